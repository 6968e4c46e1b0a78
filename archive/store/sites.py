"""The memory of each site: the lines that are taken out of its articles, as `archive.memory` finds them.

A site is the host of its articles' canonical URLs; its pages are its articles, in the order of their ids, each as its
first capture read. Whenever there are 8, 16, 32 and so on to 512 of them, then after each 256 more, the last 512
are looked at together. The lines found are the site's: they are taken out of the articles that were looked at and of
all later ones, in every revision. So two revisions of an article are compared under one profile of their site, and a
profile that grows looks like no edit.

What is taken out is therefore a function of the articles in the archive alone, not of when or in what order they
were read: the first page of a site is mended by its eighth, and a rebuild ends in the same rows. Where an earlier
page comes, goes or is read anew (a takedown, a new extractor), the site is stale until `settle` works it out from
its start.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from archive.memory import Stripped, pack, read_lines, repeated_lines, strip, unpack
from archive.urls import host

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from archive.memory import Line

FIRST_LOOK_PAGES: Final = 8
WINDOW_PAGES: Final = 512
"""A look costs some 10 ms, and what it finds changes at most so many articles."""
STEP_PAGES: Final = 256

_LINES_OF_PAGES: Final = """
SELECT page.article_id, revision_lines.lines
FROM (SELECT article_id FROM site_pages WHERE host = ? AND article_id <= ?
    ORDER BY article_id DESC LIMIT ?) AS page
JOIN revision_lines ON revision_lines.id = page.article_id
ORDER BY page.article_id
"""
_LINES_SINCE: Final = """
SELECT revisions.article_id, revision_lines.lines
FROM site_pages JOIN revisions ON revisions.article_id = site_pages.article_id
JOIN revision_lines ON revision_lines.id = revisions.id
WHERE site_pages.host = ? AND site_pages.article_id >= ?
"""
_KEEP: Final = """
INSERT INTO revision_lines (id, lines, removed, profile) VALUES (?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET lines = excluded.lines, removed = excluded.removed, profile = excluded.profile
"""
_COUNT: Final = """
INSERT INTO sites (host, pages, last_page, stale) VALUES (?, 1, ?, 0)
ON CONFLICT (host) DO UPDATE SET pages = pages + 1, last_page = excluded.last_page
RETURNING pages, stale
"""
_COPY: Final = """
INSERT OR IGNORE INTO revision_lines SELECT :capture, lines, removed, profile
FROM revision_lines JOIN revisions USING (id)
WHERE article_id = :article AND part = :part AND id < :capture ORDER BY id DESC LIMIT 1
"""
_BELATED: Final = "UPDATE sites SET stale = 1 WHERE host = ? AND last_page > ?"
_PAGES: Final = "SELECT article_id FROM site_pages WHERE host = ? ORDER BY article_id"
_SITE_LINES: Final = "SELECT key, since, found FROM site_lines WHERE host = ?"


def is_look(pages: int) -> bool:
    """Whether a site is looked at when it has so many pages."""
    if pages <= WINDOW_PAGES:
        return pages >= FIRST_LOOK_PAGES and pages & (pages - 1) == 0
    return pages % STEP_PAGES == 0


def strip_article(
    db: sqlite3.Connection, canonical_url: str, article_id: int, text: str
) -> tuple[bytes, Stripped]:
    """A text's packed lines, and the text without those that are known to be its site's.

    Args:
        db: to be read.
        canonical_url: of the article.
        article_id: the one it has or will have.
        text: the whole text.
    """
    lines = read_lines(text)
    return pack(lines), strip(text, lines, _found(db, host(canonical_url), article_id, lines))


def keep_lines(db: sqlite3.Connection, revision: int, lines: bytes, stripped: Stripped) -> None:
    """Keep what a revision consists of; inside of a transaction, as all that follows."""
    before = db.execute("SELECT lines FROM revision_lines WHERE id = ?", [revision]).fetchone()
    db.execute(_KEEP, [revision, lines, json.dumps(stripped.removed, ensure_ascii=False), stripped.profile])
    if before is not None and before[0] != lines:
        # Of an article's first revision; of a later one it makes no difference to the site.
        db.execute(
            "UPDATE sites SET stale = 1 WHERE host = (SELECT host FROM site_pages WHERE article_id = ?)",
            [revision],
        )


def keep_text_of(db: sqlite3.Connection, revision: int, text: str) -> None:
    """Keep the lines of a revision from before there were any kept: nothing was taken out of its text."""
    keep_lines(db, revision, pack(read_lines(text)), Stripped(text))


def copy_lines(db: sqlite3.Connection, place: dict[str, int]) -> None:
    """Give a revision that was copied from the one before it the same lines.

    Args:
        db: inside of a transaction.
        place: `article`, `part` and `capture`, the revision's id.
    """
    db.execute(_COPY, place)


def note_page(db: sqlite3.Connection, canonical_url: str, article_id: int) -> list[int]:
    """Count an article among its site's pages, once, and look at the site where it is time to.

    Returns:
        Ids of the articles that have lines which were found to be the site's.
    """
    site = host(canonical_url)
    added = db.execute("INSERT OR IGNORE INTO site_pages VALUES (?, ?)", [article_id, site]).rowcount
    if not added:
        return []
    if db.execute(_BELATED, [site, article_id]).rowcount:
        return []
    pages, stale = db.execute(_COUNT, [site, article_id]).fetchone()
    if not is_look(pages):
        return []
    return settle(db, site) if stale else _having(db, site, *_look(db, site, article_id))


def stale(db: sqlite3.Connection) -> list[str]:
    """Hosts that are to be settled."""
    return [row[0] for row in db.execute("SELECT host FROM sites WHERE stale = 1 ORDER BY host")]


def settle(db: sqlite3.Connection, site: str) -> list[int]:
    """Work out a site's lines from its first page on.

    Returns:
        Ids of the articles that have lines which became the site's or ceased to be.
    """
    before = set(db.execute(_SITE_LINES, [site]))
    db.execute("DELETE FROM site_lines WHERE host = ?", [site])
    db.execute("DELETE FROM sites WHERE host = ?", [site])
    pages = [row[0] for row in db.execute(_PAGES, [site])]
    for rank, page in enumerate(pages, 1):
        if is_look(rank):
            _look(db, site, page)
    if pages:
        db.execute("INSERT INTO sites VALUES (?, ?, ?, 0)", [site, len(pages), pages[-1]])
    changed = before ^ set(db.execute(_SITE_LINES, [site]))
    return _having(db, site, 0, {key for key, *_ in changed})


def _look(db: sqlite3.Connection, site: str, last: int) -> tuple[int, set[int]]:
    """Find a site's lines on its last pages up to one; returns the first of these and the keys that are new."""
    rows = db.execute(_LINES_OF_PAGES, [site, last, WINDOW_PAGES]).fetchall()
    known = {row[0] for row in db.execute("SELECT key FROM site_lines WHERE host = ?", [site])}
    since = rows[0][0]
    found = repeated_lines([unpack(packed) for _, packed in rows], known)
    db.executemany(
        "INSERT INTO site_lines VALUES (?, ?, ?, ?)", ((site, key, since, last) for key in sorted(found))
    )
    return since, found


def _having(db: sqlite3.Connection, site: str, since: int, keys: set[int]) -> list[int]:
    """Articles from one on that have a line with one of these keys, in any of their revisions."""
    if not keys:
        return []
    rows = db.execute(_LINES_SINCE, [site, since])
    return sorted({article for article, packed in rows if any(line.key in keys for line in unpack(packed))})


def _found(db: sqlite3.Connection, site: str, article_id: int, lines: Sequence[Line]) -> dict[int, int]:
    """Key -> when it was found, for those of a text's lines that are its site's."""
    places = ", ".join("?" * len(lines))
    rows = db.execute(
        f"SELECT key, found FROM site_lines WHERE host = ? AND since <= ? AND key IN ({places})",  # noqa: S608
        [site, article_id, *(line.key for line in lines)],
    )
    return dict(rows.fetchall())
