"""Revisits that stay while the record they refer to goes: who takes its place, and how their records read then.

The choice is the one that recording makes (`archive.ingest.originals`): the earliest whole answer 200 with the
same payload, and for a 304 the last whole answer of its URL, among what we fetched ourselves. So a rebuild
finds the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from archive.custody.ledger import Rehomed
from archive.warc.location import Original
from archive.warc.reader import read_bytes, read_exchange, record_at, record_id_at
from archive.warc.rehome import as_response, refer_to

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from archive.records import Capture
    from archive.store import ArchiveStore

NOT_MODIFIED: Final = 304
_SAME_PAYLOAD: Final = """
SELECT id FROM captures WHERE payload_digest = ? AND record_type = 'response' AND status = 200
    AND truncated IS NULL AND error IS NULL AND id < ? AND warc_file NOT LIKE 'imported/%' ORDER BY id
"""
_SAME_URL: Final = """
SELECT id, revisit_of FROM captures WHERE url = ? AND record_type IN ('response', 'revisit') AND status = 200
    AND truncated IS NULL AND error IS NULL AND id < ? AND warc_file NOT LIKE 'imported/%' ORDER BY id DESC
"""


def rehomed(store: ArchiveStore, going: Sequence[Capture]) -> Iterator[Rehomed]:
    """The revisits that stay and whose originals go, in order, and what they are to refer to.

    Args:
        store: the archive's database, in which those that go are still as they were.
        going: the captures that go.
    """
    gone = {capture.id for capture in going}
    found = sorted(
        (number, original)
        for original in gone
        for (number,) in store.query("SELECT id FROM captures WHERE revisit_of = ?", [original])
        if number not in gone
    )
    choice = _Choice(store, gone)
    for number, original in found:
        yield Rehomed(number, original, choice.of(store.capture(number)))


class _Choice:
    """Each revisit's new original, given those before it."""

    def __init__(self, store: ArchiveStore, gone: set[int]) -> None:
        self._store = store
        self._gone = gone
        self._whole: dict[str | None, int] = {}
        """Payload -> the revisit that becomes its response."""
        self._now: dict[int, int | None] = {}

    def of(self, revisit: Capture) -> int | None:
        """What it is to refer to; None where it becomes the response itself."""
        now = self._unmodified(revisit) if revisit.status == NOT_MODIFIED else self._repeated(revisit)
        self._now[revisit.id] = now
        return now

    def _repeated(self, revisit: Capture) -> int | None:
        rows = self._store.query(_SAME_PAYLOAD, [revisit.payload_digest or "", revisit.id])
        kept = [int(number) for (number,) in rows if number not in self._gone]
        if kept:
            return kept[0]
        whole = self._whole.setdefault(revisit.payload_digest, revisit.id)
        return None if whole == revisit.id else whole

    def _unmodified(self, revisit: Capture) -> int | None:
        for number, original in self._store.query(_SAME_URL, [revisit.url, revisit.id]):
            if number in self._now:
                return self._now[number] or int(number)
            if number not in self._gone:
                return int(original or number)
        return None


def rehome(warc: Path, store: ArchiveStore, one: Rehomed) -> tuple[bytes, ...]:
    """The gzip members that take the place of a revisit's own.

    Raises:
        WarcError: its record, or that of the payload it repeats, cannot be read.
    """
    revisit = store.capture(one.id)
    record = record_at(warc, revisit.warc_file, revisit.offset)
    if one.now is None:
        was = store.capture(one.was)
        whole = read_exchange(warc, was.warc_file, was.offset, was.group_length)
        again = read_exchange(warc, revisit.warc_file, revisit.offset, revisit.group_length)
        first = as_response(record, again.response, whole.body)
    else:
        now = store.capture(one.now)
        record_id = record_id_at(warc, now.warc_file, now.offset)
        first = refer_to(record, Original(now.url, now.started, record_id))
    beside = revisit.group_length - revisit.length
    return first, read_bytes(warc, revisit.warc_file, revisit.offset + revisit.length, beside)
