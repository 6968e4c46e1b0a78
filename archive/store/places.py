"""Captures that lie elsewhere than before, since a WARC file was written anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from archive.records import is_readable
from archive.store import reads
from archive.store.writes import take_along_revisits
from archive.warc.digest import sha1

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

    from archive.records import Capture

_MOVE: Final = 'UPDATE captures SET warc_file = ?, "offset" = ?, length = ?, group_length = ? WHERE id = ?'

_WHOLE: Final = """
UPDATE captures SET revisit_of = NULL, record_type = 'response',
    payload_digest = iif(status = 304, ?, payload_digest) WHERE id = ?
"""
"""A 304 is empty by itself."""


def settle(db: sqlite3.Connection, moved: Iterable[Capture], rehomed: Mapping[int, int | None]) -> None:
    """Note new places, and what became of revisits; inside of a transaction. See `ArchiveStore.settle`."""
    db.executemany(
        _MOVE, ((one.warc_file, one.offset, one.length, one.group_length, one.id) for one in moved)
    )
    for capture, original in sorted(rehomed.items()):
        if original is None:
            _make_whole(db, capture)
        else:
            db.execute("UPDATE captures SET revisit_of = ? WHERE id = ?", [original, capture])
            take_along_revisits(db, original)


def _make_whole(db: sqlite3.Connection, capture: int) -> None:
    """A revisit is a response now, and read as one."""
    db.execute(_WHOLE, [sha1(b""), capture])
    if is_readable(reads.capture(db, capture)):
        db.execute("UPDATE captures SET outcome = 'waiting' WHERE id = ?", [capture])
