"""The memory of each site: lines that are taken out of its articles, values that are set aside; see `archive.memory`.

A site is the host of its articles' canonical URLs. Now and then, as `window` says, its last captures are looked at
together, of each article the latest. The lines and values found are
the site's. They are no longer those of any article that was captured in the time looked at or later, in all its
revisions: so two revisions are compared under one profile of their site, and neither a profile that grows nor another
plea on all pages looks like an edit.

What is taken out or set aside is therefore a function of the captures in the archive alone, not of when or in what
order they were read: the first page of a site is mended by its eighth, and a rebuild ends in the same rows. Where an
earlier capture comes, goes or is read anew (a takedown, a new extractor), the site is stale until `settle` works it
out from its start.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from archive.memory import (
    apply_values,
    pack,
    pack_said,
    read_lines,
    read_said,
    repeated_lines,
    repeated_values,
    set_aside,
    strip,
    unpack,
    unpack_said,
    values_of,
    witnesses,
)
from archive.store.rows import storable

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from archive.memory import Line, Said, SetAside, Stripped, Value
    from archive.records import Article

FIRST_LOOK_CAPTURES: Final = 8
STEP_CAPTURES: Final = 32
MIN_WINDOW_CAPTURES: Final = 64
MAX_WINDOW_CAPTURES: Final = 512
"""A look at so many costs some 30 ms, and what it finds changes at most so many articles."""

_WINDOW: Final = """
SELECT capture_id, article_id, lines, said FROM (
    SELECT capture_id, lines, said FROM capture_lines WHERE host = ? AND capture_id <= ?
    ORDER BY capture_id DESC LIMIT ?)
JOIN captures ON captures.id = capture_id ORDER BY capture_id
"""
_OF_ARTICLES_SINCE: Final = """
SELECT captures.article_id, capture_lines.lines, capture_lines.said
FROM captures JOIN capture_lines ON capture_lines.capture_id = captures.id
WHERE captures.article_id IN (
    SELECT sight.article_id FROM capture_lines AS seen JOIN captures AS sight ON sight.id = seen.capture_id
    WHERE seen.host = ? AND seen.capture_id >= ?)
"""
_KEEP: Final = """
INSERT INTO capture_lines (capture_id, host, lines, said) VALUES (?, ?, ?, ?)
ON CONFLICT (capture_id) DO UPDATE SET host = excluded.host, lines = excluded.lines, said = excluded.said
"""
_COUNT: Final = """
INSERT INTO sites (host, captures, last_capture, stale) VALUES (?1, 1, ?2, 0)
ON CONFLICT (host) DO UPDATE SET captures = captures + 1, last_capture = ?2
RETURNING captures, stale
"""
_KEEP_REMOVED: Final = """
INSERT INTO removed_lines (revision_id, removed, profile) VALUES (?, ?, ?)
ON CONFLICT (revision_id) DO UPDATE SET removed = excluded.removed, profile = excluded.profile
"""
_COPY_REMOVED: Final = """
INSERT OR IGNORE INTO removed_lines SELECT :capture, removed, profile
FROM removed_lines WHERE revision_id = (
    SELECT id FROM revisions WHERE article_id = :article AND part = :part AND id < :capture ORDER BY id DESC LIMIT 1)
"""
_SITE_LINES: Final = "SELECT key, since, found FROM site_lines WHERE host = ?"
_SITE_VALUES: Final = "SELECT field, value, since, found FROM site_values WHERE host = ?"
_HAS_NEW: Final = """
SELECT 1 FROM site_lines WHERE host = ?1 AND since > ?2 AND since <= ?3
UNION ALL SELECT 1 FROM site_values WHERE host = ?1 AND since > ?2 AND since <= ?3 LIMIT 1
"""


class Told(NamedTuple):
    """What is remembered of a capture."""

    lines: bytes
    """Packed."""
    said: str | None
    """Packed; None of a page that was read before it was kept."""


@dataclass(frozen=True, slots=True)
class Known:
    """An article as it is when its site is known."""

    article: Article
    """With the values that hold, and its whole text."""
    stripped: Stripped
    """The text that is kept, and what was taken out of it."""
    told: Told


class _Found(NamedTuple):
    """What is a site's."""

    keys: set[int]
    """Of lines."""
    values: set[Value]


def window(captures: int) -> int:
    """How many of a site's last captures are looked at when there are so many; 0 where it is not yet time again.

    All, at 8, 16 and so on to 64; then with every 32 more the last 64, or 128, 256 or 512 where their number is a
    multiple of that. A new plea is seen soon, a rare biography in time.
    """
    if captures < MIN_WINDOW_CAPTURES:
        return captures if captures % FIRST_LOOK_CAPTURES == 0 else 0
    if captures % STEP_CAPTURES:
        return 0
    return min(MAX_WINDOW_CAPTURES, max(MIN_WINDOW_CAPTURES, captures & -captures))


def know(db: sqlite3.Connection, site: str, until: int, article: Article) -> Known:
    """An article as it is by what is known of its site.

    Args:
        db: to be read.
        site: host of the article's canonical URL.
        until: id of the latest capture of the article.
        article: as its page alone tells it.
    """
    text = storable(article.text)
    lines = read_lines(text)
    said = storable(pack_said(read_said(article)))
    return Known(
        mend_values(db, site, until, article, unpack_said(said)),
        strip(text, lines, _found_lines(db, site, until, lines)),
        Told(pack(lines), said),
    )


def strip_text(db: sqlite3.Connection, site: str, until: int, text: str) -> Stripped:
    """A text without the lines that are known to be its site's; see `know`."""
    lines = read_lines(text)
    return strip(text, lines, _found_lines(db, site, until, lines))


def mend_values(db: sqlite3.Connection, site: str, until: int, article: Article, said: Said) -> Article:
    """An article with the values that hold; see `know`.

    Args:
        db: to be read.
        site: the article's.
        until: id of its latest capture.
        article: of which only the fields are read that are in `said`, with sources and evidence.
        said: by its page.
    """
    return apply_values(article, said, _found_values(db, site, until, said))


def packed_said(db: sqlite3.Connection, capture: int) -> str | None:
    """What a capture's page says, packed; None of one that was read before that was kept."""
    row = db.execute("SELECT said FROM capture_lines WHERE capture_id = ?", [capture]).fetchone()
    return row[0] if row else None


def values_set_aside(db: sqlite3.Connection, site: str, until: int, capture: int) -> list[SetAside]:
    """What a capture's page says that is its site's, and not its article's; see `know`."""
    said = unpack_said(packed_said(db, capture))
    return set_aside(said, _found_values(db, site, until, said))


def has_news(db: sqlite3.Connection, site: str, before: int, until: int) -> bool:
    """Whether more is the site's, of what an article says, for its having a later capture than before."""
    return db.execute(_HAS_NEW, [site, before, until]).fetchone() is not None


def keep_removed(db: sqlite3.Connection, revision: int, stripped: Stripped) -> None:
    """Keep what was taken out of a revision's text; inside of a transaction, as all that follows."""
    if stripped.profile is None:
        db.execute("DELETE FROM removed_lines WHERE revision_id = ?", [revision])
    else:
        removed = json.dumps(stripped.removed, ensure_ascii=False)
        db.execute(_KEEP_REMOVED, [revision, removed, stripped.profile])


def copy_removed(db: sqlite3.Connection, place: dict[str, int]) -> None:
    """What was taken out of a revision that was copied from the one before it.

    Args:
        db: inside of a transaction.
        place: `article`, `part` and `capture`, the revision's id.
    """
    db.execute(_COPY_REMOVED, place)


def note_capture(db: sqlite3.Connection, capture: int, site: str, told: Told) -> list[int]:
    """Count a capture of an article among its site's, once, and look at the site where it is time to.

    Returns:
        Ids of the articles that say what was found to be the site's.
    """
    before = db.execute(
        "SELECT host, lines, said FROM capture_lines WHERE capture_id = ?", [capture]
    ).fetchone()
    if before == (site, *told):
        return []
    db.execute(_KEEP, [capture, site, *told])
    if before is not None:
        db.execute("UPDATE sites SET stale = 1 WHERE host IN (?, ?)", [site, before[0]])
    belated = db.execute("UPDATE sites SET stale = 1 WHERE host = ? AND last_capture >= ?", [site, capture])
    if belated.rowcount:
        return []
    count, is_stale = db.execute(_COUNT, [site, capture]).fetchone()
    size = window(count)
    if not size:
        return []
    return settle(db, site) if is_stale else _saying(db, site, *_look(db, site, capture, size))


def stale(db: sqlite3.Connection) -> list[str]:
    """Hosts that are to be settled."""
    return [row[0] for row in db.execute("SELECT host FROM sites WHERE stale = 1 ORDER BY host")]


def settle(db: sqlite3.Connection, site: str) -> list[int]:
    """Work out what is a site's from its first capture on.

    Returns:
        Ids of the articles that say what became the site's or ceased to be.
    """
    lines, values = set(db.execute(_SITE_LINES, [site])), set(db.execute(_SITE_VALUES, [site]))
    for table in ("site_lines", "site_values", "sites"):
        db.execute(f"DELETE FROM {table} WHERE host = ?", [site])  # noqa: S608  (names of ours)
    captures = [
        row[0]
        for row in db.execute(
            "SELECT capture_id FROM capture_lines WHERE host = ? ORDER BY capture_id", [site]
        )
    ]
    for rank, capture in enumerate(captures, 1):
        if size := window(rank):
            _look(db, site, capture, size)
    if captures:
        db.execute("INSERT INTO sites VALUES (?, ?, ?, 0)", [site, len(captures), captures[-1]])
    lines ^= set(db.execute(_SITE_LINES, [site]))
    values ^= set(db.execute(_SITE_VALUES, [site]))
    changed = _Found({key for key, *_ in lines}, {(field, value) for field, value, *_ in values})
    return _saying(db, site, 0, changed)


def _look(db: sqlite3.Connection, site: str, last: int, size: int) -> tuple[int, _Found]:
    """Find what is a site's in its captures up to one; returns the first that was looked at and what is new."""
    rows = db.execute(_WINDOW, [site, last, size]).fetchall()
    latest: dict[int, Told] = {}
    for _, article, lines, said in rows:
        latest.pop(article, None)
        latest[article] = Told(lines, said)
    since, told = rows[0][0], list(latest.values())
    known_keys = {key for key, *_ in db.execute(_SITE_LINES, [site])}
    known_values = {(field, value) for field, value, *_ in db.execute(_SITE_VALUES, [site])}
    pages = [unpack(page.lines) for page in told]
    said_by_witnesses = [unpack_said(told[index].said) for index in witnesses(pages, known_keys)]
    found = _Found(repeated_lines(pages, known_keys), repeated_values(said_by_witnesses, known_values))
    db.executemany(
        "INSERT INTO site_lines VALUES (?, ?, ?, ?)",
        ((site, key, since, last) for key in sorted(found.keys)),
    )
    db.executemany(
        "INSERT INTO site_values VALUES (?, ?, ?, ?, ?)",
        ((site, *value, since, last) for value in sorted(found.values)),
    )
    return since, found


def _saying(db: sqlite3.Connection, site: str, since: int, found: _Found) -> list[int]:
    """Articles with a capture from one on that say something of what was found, in any of their captures."""
    if not found.keys and not found.values:
        return []
    return sorted(
        {
            article
            for article, lines, said in db.execute(_OF_ARTICLES_SINCE, [site, since])
            if any(line.key in found.keys for line in unpack(lines))
            or not found.values.isdisjoint(values_of(unpack_said(said)))
        }
    )


def _found_lines(db: sqlite3.Connection, site: str, until: int, lines: Sequence[Line]) -> dict[int, int]:
    """Key -> when it was found, for those of a text's lines that are its site's."""
    places = ", ".join("?" * len(lines))
    rows = db.execute(
        f"SELECT key, found FROM site_lines WHERE host = ? AND since <= ? AND key IN ({places})",  # noqa: S608
        [site, until, *(line.key for line in lines)],
    )
    return dict(rows.fetchall())


def _found_values(db: sqlite3.Connection, site: str, until: int, said: Said) -> dict[Value, int]:
    """Value -> when it was found, for what a page says that is its site's."""
    values = [part for value in sorted(values_of(said)) for part in value]
    places = " OR ".join(["(field = ? AND value = ?)"] * (len(values) // 2)) or "FALSE"
    rows = db.execute(
        f"SELECT field, value, found FROM site_values WHERE host = ? AND since <= ? AND ({places})",  # noqa: S608
        [site, until, *values],
    )
    return {(field, value): found for field, value, found in rows}
