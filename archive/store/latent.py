"""Revisions that captures will have brought once their site is known.

A capture brings no revision where all that counts is as it was before. Its page may still say another thing in a
source that does not count, name another writer beside the account that posts everything. Once the account is found to
be the site's that is an edit, and its revision has to be the one that the page gives when the site is known already:
so all of it is kept, as the page alone tells it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from archive.memory import apply_values, restore, unpack_said
from archive.store.content import as_told, told_by_sources
from archive.store.rows import as_json
from archive.store.statements import INSERT_LATENT, REVISED, SELECT_CONTENT

if TYPE_CHECKING:
    import sqlite3

_KEEP: Final = """
INSERT INTO latent_revisions (capture_id, content) VALUES (?, ?)
ON CONFLICT (capture_id) DO UPDATE SET content = excluded.content
"""


def keep(db: sqlite3.Connection, capture: int, columns: dict[str, Any], said: str | None) -> None:
    """Keep what a capture's revision would be; inside of a transaction, as all that follows.

    Args:
        db: to be changed.
        capture: without a revision.
        columns: `REVISED`, with the whole text.
        said: by its page, packed.
    """
    alone = told_by_sources(apply_values(as_told(columns), unpack_said(said), {}))
    # SQLite's truths are numbers.
    kept = {
        name: int(value) if isinstance(value, bool) else value for name, value in (columns | alone).items()
    }
    db.execute(_KEEP, [capture, as_json(kept)])


def keep_revision(db: sqlite3.Connection, capture: int, said: str | None) -> None:
    """Keep what a capture's revision is, which is about to go; where it has one."""
    row = db.execute(SELECT_CONTENT, [capture]).fetchone()
    if row is None:
        return
    columns = dict(zip(REVISED, row, strict=True))
    taken = db.execute("SELECT removed FROM removed_lines WHERE revision_id = ?", [capture]).fetchone()
    columns["text"] = restore(columns["text"], json.loads(taken[0]) if taken else [])
    keep(db, capture, columns, said)


def forget(db: sqlite3.Connection, capture: int) -> None:
    """Keep nothing of a capture: it has a revision, or says what the one before it says."""
    db.execute("DELETE FROM latent_revisions WHERE capture_id = ?", [capture])


def bring(db: sqlite3.Connection, article: int, capture: int) -> bool:
    """Give a capture the revision that was kept, as its page alone tells it; whether there was one.

    Args:
        db: to be changed.
        article: id of the capture's article.
        capture: without a revision.
    """
    row = db.execute(
        "DELETE FROM latent_revisions WHERE capture_id = ? RETURNING content", [capture]
    ).fetchone()
    if row is None:
        return False
    columns = json.loads(row[0])
    db.execute(INSERT_LATENT, [capture, article, capture, *(columns[name] for name in REVISED)])
    return True
