"""After a crash: files left open are cut to their last whole attempt, indexed and closed."""

from __future__ import annotations

import fcntl
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.ingest.record import capture_of, is_readable
from archive.warc.member import BadMemberError, read_record
from archive.warc.reader import scan
from archive.warc.writer import OPEN_SUFFIX

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    from archive.records import Capture
    from archive.store import ArchiveStore

TORN_FOLDER = "torn"
COPY_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was mended in one file."""

    warc_file: str
    captures_added: int
    torn_bytes: int
    """Kept aside under warc/torn/."""


def recover(folder: Path, store: ArchiveStore) -> list[Recovered]:
    """Finish every WARC file that a dead process left open.

    A live writer holds a lock on its file, so its file is passed over. Captures that were durable but had
    no row get one, in the order of their offsets: the ids a rebuild would give them.
    """
    warc = folder / "warc"
    if not warc.is_dir():
        return []
    return [
        found
        for path in sorted(warc.glob("*.warc.gz" + OPEN_SUFFIX))
        if (found := _finish(path, store)) is not None
    ]


def _finish(path: Path, store: ArchiveStore) -> Recovered | None:
    with path.open("r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return None
        end = _sound_end(file.fileno())
        torn = _keep_tail_aside(file, path, end)
        added = _index(path, store)
        path.rename(path.with_name(path.name.removesuffix(OPEN_SUFFIX)))
    return Recovered(path.name.removesuffix(OPEN_SUFFIX), added, torn)


def _sound_end(fd: int) -> int:
    """Where the last whole attempt ends: each ends with its metadata record, in one write."""
    offset = end = 0
    try:
        while record := read_record(lambda at, size: os.pread(fd, size, at), offset):
            offset += record.length
            if record.kind in {"warcinfo", "metadata"}:
                end = offset
    except BadMemberError:
        pass  # what follows `end` is the torn tail, kept aside by the caller
    return end


def _keep_tail_aside(file: BinaryIO, path: Path, end: int) -> int:
    """Move what follows `end` to torn/; returns its length."""
    file.seek(end)
    if not file.read(1):
        return 0
    folder = path.parent / TORN_FOLDER
    folder.mkdir(exist_ok=True)
    file.seek(end)
    with (folder / f"{path.name.removesuffix(OPEN_SUFFIX)}.{end}").open("wb") as aside:
        shutil.copyfileobj(file, aside, COPY_BYTES)
        torn = aside.tell()
        aside.flush()
        os.fsync(aside.fileno())
    file.truncate(end)
    os.fsync(file.fileno())
    return torn


def _index(path: Path, store: ArchiveStore) -> int:
    """Give a row to each capture that has none; returns how many."""
    name = path.name.removesuffix(OPEN_SUFFIX)
    indexed = store.indexed_end(name)
    next_id = store.next_capture_id()
    captures: list[Capture] = []
    for location, exchange in scan(path):
        if location.offset >= indexed:
            captures.append(capture_of(next_id + len(captures), exchange, location))
    store.add_captures(captures, waiting={capture.id for capture in captures if is_readable(capture)})
    return len(captures)
