"""The memory of each site: the lines that are taken out of its articles, as `archive.memory` finds them.

A site is the host of its articles' canonical URLs. Now and then, as `window` says, its last captures are looked at
together, of each article the latest. The lines found are
the site's. They are taken out of every article that was captured in the time looked at or later, in all its
revisions: so two revisions are compared under one profile of their site, and neither a profile that grows nor another
plea on all pages looks like an edit.

What is taken out is therefore a function of the captures in the archive alone, not of when or in what order they
were read: the first page of a site is mended by its eighth, and a rebuild ends in the same rows. Where an earlier
capture comes, goes or is read anew (a takedown, a new extractor), the site is stale until `settle` works it out from
its start.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from archive.memory import pack, read_lines, repeated_lines, strip, unpack

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from archive.memory import Line, Stripped

FIRST_LOOK_CAPTURES: Final = 8
STEP_CAPTURES: Final = 32
MIN_WINDOW_CAPTURES: Final = 64
MAX_WINDOW_CAPTURES: Final = 512
"""A look at so many costs some 30 ms, and what it finds changes at most so many articles."""

_WINDOW: Final = """
SELECT capture_id, article_id, lines FROM (
    SELECT capture_id, lines FROM capture_lines WHERE host = ? AND capture_id <= ?
    ORDER BY capture_id DESC LIMIT ?)
JOIN captures ON captures.id = capture_id ORDER BY capture_id
"""
_LINES_OF_ARTICLES_SINCE: Final = """
SELECT captures.article_id, capture_lines.lines
FROM captures JOIN capture_lines ON capture_lines.capture_id = captures.id
WHERE captures.article_id IN (
    SELECT sight.article_id FROM capture_lines AS seen JOIN captures AS sight ON sight.id = seen.capture_id
    WHERE seen.host = ? AND seen.capture_id >= ?)
"""
_KEEP_LINES: Final = """
INSERT INTO capture_lines (capture_id, host, lines) VALUES (?, ?, ?)
ON CONFLICT (capture_id) DO UPDATE SET host = excluded.host, lines = excluded.lines
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


def strip_text(db: sqlite3.Connection, site: str, until: int, text: str) -> tuple[bytes, Stripped]:
    """A text's packed lines, and the text without those that are known to be its site's.

    Args:
        db: to be read.
        site: host of the article's canonical URL.
        until: id of the latest capture of the article.
        text: the whole text.
    """
    lines = read_lines(text)
    return pack(lines), strip(text, lines, _found(db, site, until, lines))


def has_new_lines(db: sqlite3.Connection, site: str, before: int, until: int) -> bool:
    """Whether more is taken out of an article for having a later capture than before."""
    row = db.execute(
        "SELECT 1 FROM site_lines WHERE host = ? AND since > ? AND since <= ? LIMIT 1", [site, before, until]
    ).fetchone()
    return row is not None


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


def note_capture(db: sqlite3.Connection, capture: int, site: str, lines: bytes) -> list[int]:
    """Count a capture of an article among its site's, once, and look at the site where it is time to.

    Returns:
        Ids of the articles that have lines which were found to be the site's.
    """
    before = db.execute("SELECT host, lines FROM capture_lines WHERE capture_id = ?", [capture]).fetchone()
    if before == (site, lines):
        return []
    db.execute(_KEEP_LINES, [capture, site, lines])
    if before is not None:
        db.execute("UPDATE sites SET stale = 1 WHERE host IN (?, ?)", [site, before[0]])
    belated = db.execute("UPDATE sites SET stale = 1 WHERE host = ? AND last_capture >= ?", [site, capture])
    if belated.rowcount:
        return []
    count, is_stale = db.execute(_COUNT, [site, capture]).fetchone()
    size = window(count)
    if not size:
        return []
    return settle(db, site) if is_stale else _having(db, site, *_look(db, site, capture, size))


def stale(db: sqlite3.Connection) -> list[str]:
    """Hosts that are to be settled."""
    return [row[0] for row in db.execute("SELECT host FROM sites WHERE stale = 1 ORDER BY host")]


def settle(db: sqlite3.Connection, site: str) -> list[int]:
    """Work out a site's lines from its first capture on.

    Returns:
        Ids of the articles that have lines which became the site's or ceased to be.
    """
    before = set(db.execute(_SITE_LINES, [site]))
    db.execute("DELETE FROM site_lines WHERE host = ?", [site])
    db.execute("DELETE FROM sites WHERE host = ?", [site])
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
    changed = before ^ set(db.execute(_SITE_LINES, [site]))
    return _having(db, site, 0, {key for key, *_ in changed})


def _look(db: sqlite3.Connection, site: str, last: int, size: int) -> tuple[int, set[int]]:
    """Find a site's lines in its captures up to one; returns the first that was looked at and the keys that are new."""
    rows = db.execute(_WINDOW, [site, last, size]).fetchall()
    known = {row[0] for row in db.execute("SELECT key FROM site_lines WHERE host = ?", [site])}
    latest: dict[int, bytes] = {}
    for _, article, lines in rows:
        latest.pop(article, None)
        latest[article] = lines
    since = rows[0][0]
    found = repeated_lines([unpack(lines) for lines in latest.values()], known)
    db.executemany(
        "INSERT INTO site_lines VALUES (?, ?, ?, ?)", ((site, key, since, last) for key in sorted(found))
    )
    return since, found


def _having(db: sqlite3.Connection, site: str, since: int, keys: set[int]) -> list[int]:
    """Articles with a capture from one on that have a line with one of these keys, in any of their captures."""
    if not keys:
        return []
    rows = db.execute(_LINES_OF_ARTICLES_SINCE, [site, since])
    return sorted({article for article, lines in rows if any(line.key in keys for line in unpack(lines))})


def _found(db: sqlite3.Connection, site: str, until: int, lines: Sequence[Line]) -> dict[int, int]:
    """Key -> when it was found, for those of a text's lines that are its site's."""
    places = ", ".join("?" * len(lines))
    rows = db.execute(
        f"SELECT key, found FROM site_lines WHERE host = ? AND since <= ? AND key IN ({places})",  # noqa: S608
        [site, until, *(line.key for line in lines)],
    )
    return dict(rows.fetchall())
