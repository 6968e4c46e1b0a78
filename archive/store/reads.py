"""What readers ask of archive.db."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from archive.errors import NotFoundError, TakenDownError
from archive.store.rows import (
    ARTICLE_COLUMNS,
    CAPTURE_COLUMNS,
    REVISION_COLUMNS,
    ArticleRow,
    Fate,
    RevisionRow,
    SourceStatistics,
    Statistics,
    capture_of,
    preferences_of,
    utc_text,
)
from archive.store.sites import know, values_set_aside
from archive.store.takedowns import Takedowns
from archive.urls import canonical, host
from archive.warc.location import IMPORTED

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from archive.memory import SetAside
    from archive.records import Article, Capture
    from archive.store.filters import Filters

PAGE_ROWS: Final = 500
"""Rows read at a time: no statement stays open between them, so the caller may write meanwhile."""

NEWEST: Final = 2**63 - 1
"""An id past that of every article."""

_LATEST: Final = """
SELECT max(captures.id) FROM captures JOIN articles ON articles.id = captures.article_id
WHERE articles.canonical_url = ? AND captures.digest IS NOT NULL
"""
_FOREIGN: Final = "(warc_file LIKE ?) = ?"

# ruff: noqa: S608  (only names of columns and conditions of ours are put into statements)


def capture(db: sqlite3.Connection, capture_id: int) -> Capture:
    """One capture; NotFoundError where there is none."""
    row = db.execute(f"SELECT {CAPTURE_COLUMNS} FROM captures WHERE id = ?", [capture_id]).fetchone()
    if row is None:
        raise NotFoundError(
            f"no capture {capture_id}. 'warraq show ID --captures' lists an article's captures."
        )
    return capture_of(row)


def captures(
    db: sqlite3.Connection, wanted: Mapping[str, str | int | None], *, after: int = -1
) -> Iterator[Capture]:
    """Captures whose columns have these values, in the order of recording; None stands for any value."""
    named = {column: value for column, value in wanted.items() if value is not None}
    condition = "".join(f' AND "{column}" = ?' for column in named)
    statement = (
        f"SELECT {CAPTURE_COLUMNS} FROM captures WHERE id > ?{condition} ORDER BY id LIMIT {PAGE_ROWS}"
    )
    last = after
    while rows := db.execute(statement, [last, *named.values()]).fetchall():
        for row in rows:
            yield capture_of(row)
        last = rows[-1][0]


def first_with_payload(db: sqlite3.Connection, payload_digest: str, *, foreign: bool) -> Capture | None:
    """The earliest whole answer 200 with this payload, of our own or in a foreign file."""
    row = db.execute(
        f"SELECT {CAPTURE_COLUMNS} FROM captures WHERE payload_digest = ? AND record_type = 'response'"
        f" AND status = 200 AND truncated IS NULL AND error IS NULL AND {_FOREIGN} ORDER BY id LIMIT 1",
        [payload_digest, f"{IMPORTED}%", foreign],
    ).fetchone()
    return None if row is None else capture_of(row)


def last_whole(db: sqlite3.Connection, url: str, *, foreign: bool) -> Capture | None:
    """The latest whole answer 200 of a URL, of our own or in a foreign file; of a revisit, what it repeats."""
    row = db.execute(
        f"SELECT {CAPTURE_COLUMNS} FROM captures WHERE url = ? AND status = 200 AND truncated IS NULL"
        f" AND error IS NULL AND record_type IN ('response', 'revisit') AND {_FOREIGN} ORDER BY id DESC LIMIT 1",
        [url, f"{IMPORTED}%", foreign],
    ).fetchone()
    if row is None:
        return None
    found = capture_of(row)
    return found if found.revisit_of is None else capture(db, found.revisit_of)


def foreign_at(db: sqlite3.Connection, url: str, started: datetime) -> Capture | None:
    """The earliest whole answer 200 in a foreign file that a URL gave at an instant."""
    row = db.execute(
        f"SELECT {CAPTURE_COLUMNS} FROM captures WHERE url = ? AND started = ? AND record_type = 'response'"
        f" AND status = 200 AND truncated IS NULL AND error IS NULL AND {_FOREIGN} ORDER BY id LIMIT 1",
        [url, utc_text(started), f"{IMPORTED}%", True],
    ).fetchone()
    return None if row is None else capture_of(row)


def waiting(db: sqlite3.Connection, limit: int | None) -> list[Capture]:
    """Captures still to be derived, in the order of recording."""
    rows = db.execute(
        f"SELECT {CAPTURE_COLUMNS} FROM captures WHERE outcome = 'waiting' ORDER BY id LIMIT ?",
        [-1 if limit is None else limit],
    )
    return [capture_of(row) for row in rows]


def fate(db: sqlite3.Connection, capture_id: int) -> Fate:
    """What became of a capture."""
    row = db.execute(
        "SELECT outcome, article_id, rejection, rejection_detail, usage_preferences FROM captures WHERE id = ?",
        [capture_id],
    ).fetchone()
    if row is None:
        raise NotFoundError(
            f"no capture {capture_id}. 'warraq show ID --captures' lists an article's captures."
        )
    outcome, article_id, rejection, detail, preferences = row
    return Fate(outcome, article_id, rejection, detail, preferences_of(preferences))


def article(db: sqlite3.Connection, id_or_url: str) -> ArticleRow:
    """An article by its id, a capture's id, its URL, a URL it was fetched as, or a form of either."""
    found = _article_id(db, id_or_url.strip())
    if found is None:
        if taken_down := _taken_down(db, id_or_url.strip()):
            raise TakenDownError(taken_down)
        raise NotFoundError(_nowhere(db, id_or_url.strip()))
    row = db.execute(f"SELECT {ARTICLE_COLUMNS} FROM articles WHERE id = ?", [found]).fetchone()
    return ArticleRow.of(row)


def _article_id(db: sqlite3.Connection, id_or_url: str) -> int | None:
    by_id = "SELECT article_id FROM captures WHERE id = ? AND article_id IS NOT NULL"
    attempts: list[tuple[str, list[str | int]]]
    if id_or_url.isascii() and id_or_url.isdigit() and len(id_or_url) < 19:
        attempts = [(by_id, [int(id_or_url)])]
    else:
        identity = canonical(id_or_url)
        captured = (
            "SELECT article_id FROM captures WHERE {} = ? AND article_id IS NOT NULL ORDER BY id DESC LIMIT 1"
        )
        attempts = [
            ("SELECT id FROM articles WHERE canonical_url = ?", [identity]),
            ("SELECT id FROM articles WHERE url = ? ORDER BY id DESC LIMIT 1", [id_or_url]),
            (captured.format("url"), [id_or_url]),
            (captured.format("canonical_url"), [identity]),
        ]
    for statement, parameters in attempts:
        if row := db.execute(statement, parameters).fetchone():
            return int(row[0])
    return None


def _taken_down(db: sqlite3.Connection, id_or_url: str) -> str | None:
    takedowns = Takedowns(db)
    if id_or_url.isascii() and id_or_url.isdigit() and len(id_or_url) < 19:
        found = takedowns.of_article(int(id_or_url))
        what = f"article {id_or_url}"
    else:
        found, what = takedowns.of_url(id_or_url), id_or_url
    return None if found is None else f"{what}: {found}."


def _nowhere(db: sqlite3.Connection, id_or_url: str) -> str:
    if id_or_url.isascii() and id_or_url.isdigit():
        return f"no article {id_or_url}. 'warraq search WORDS' shows the ids of articles."
    row = db.execute(
        "SELECT started, outcome, rejection, status, error FROM captures WHERE url = ? OR canonical_url = ?"
        " ORDER BY id DESC LIMIT 1",
        [id_or_url, canonical(id_or_url)],
    ).fetchone()
    if row is None:
        return (
            f"{id_or_url}: not in the archive. 'warraq add URL' archives a page, 'warraq search' finds one."
        )
    started, outcome, rejection, status, error = row
    if outcome == "waiting":
        return f"{id_or_url}: captured {started}, not read yet. The next 'warraq crawl' reads it."
    reason = f"refused as an article ({rejection})" if rejection else f"no page to read ({error or status})"
    return f"{id_or_url}: captured {started}, but {reason}. 'warraq add URL' tries again."


def by_site(db: sqlite3.Connection, read: Article) -> Article:
    """An article as its site is known: without the site's lines, with the values that hold."""
    (latest,) = db.execute(_LATEST, [read.canonical_url]).fetchone()
    known = know(db, host(read.canonical_url), latest or NEWEST, read)
    return replace(known.article, text=known.stripped.text)


def set_aside(db: sqlite3.Connection, article: ArticleRow) -> list[SetAside]:
    """What sources of an article's page say that is its site's."""
    (latest,) = db.execute(_LATEST, [article.canonical_url]).fetchone()
    return values_set_aside(db, host(article.canonical_url), latest or NEWEST, article.capture_id)


def revisions(db: sqlite3.Connection, article_id: int) -> list[RevisionRow]:
    """The texts an article had, oldest first."""
    rows = db.execute(
        f"SELECT {REVISION_COLUMNS} FROM revisions WHERE article_id = ? ORDER BY id", [article_id]
    )
    return [RevisionRow.of(row) for row in rows]


def select(db: sqlite3.Connection, filters: Filters) -> Iterator[ArticleRow]:
    """The articles that fit, in the order of their ids."""
    condition = filters.condition()
    statement = (
        f"SELECT {ARTICLE_COLUMNS} FROM articles WHERE articles.id > ? AND {condition.sql}"
        f" ORDER BY articles.id LIMIT {PAGE_ROWS}"
    )
    last = -1
    while rows := db.execute(statement, [last, *condition.parameters]).fetchall():
        for row in rows:
            yield ArticleRow.of(row)
        last = rows[-1][0]


def statistics(db: sqlite3.Connection) -> Statistics:
    """What the archive holds, in one state of the database."""

    def number(statement: str) -> int:
        return int(db.execute(statement).fetchone()[0])

    def counts(statement: str) -> dict[str, int]:
        return dict(db.execute(statement).fetchall())

    first, last, undated = db.execute(_PUBLISHED).fetchone()
    return Statistics(
        captures=number("SELECT count(*) FROM captures"),
        articles=number("SELECT count(*) FROM articles"),
        revisions=number("SELECT count(*) FROM revisions"),
        waiting=number("SELECT count(*) FROM captures WHERE outcome = 'waiting'"),
        rejected=counts(_BY.format("rejection", "captures WHERE rejection IS NOT NULL")),
        errors=counts(_BY.format("error", "captures WHERE error IS NOT NULL")),
        roles=counts(_BY.format("role", "captures")),
        sources=tuple(SourceStatistics(*row) for row in db.execute(_SOURCES)),
        languages=counts(_BY.format("coalesce(language, '')", "articles")),
        first_published=first,
        last_published=last,
        undated=undated,
    )


_BY: Final = "SELECT {0}, count(*) FROM {1} GROUP BY 1 ORDER BY 2 DESC, 1"
_SOURCES: Final = "SELECT source, count(*), max(last_seen) FROM articles GROUP BY source ORDER BY source"
_PUBLISHED: Final = """
SELECT strftime('%Y-%m-%dT%H:%M:%SZ', min(published_utc), 'unixepoch'),
    strftime('%Y-%m-%dT%H:%M:%SZ', max(published_utc), 'unixepoch'),
    count(*) FILTER (WHERE published_utc IS NULL) FROM articles
"""
