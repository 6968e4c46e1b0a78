"""After a crash: files left open are cut to their last whole attempt, and what has no row is indexed."""

from __future__ import annotations

import fcntl
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.custody import manifest, takedown
from archive.ingest import foreign
from archive.ingest.originals import Originals
from archive.ingest.rebuild import own_files
from archive.ingest.record import read_back
from archive.records import is_readable
from archive.warc.member import BadMemberError, read_record
from archive.warc.reader import scan
from archive.warc.writer import OPEN_SUFFIX

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import BinaryIO

    from archive.errors import WarcError
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
    """Finish every WARC file that a dead process left open, and give a row to every capture without one.

    A live writer holds a lock on its file, so its file is passed over. A file may have been finished (it was
    full, or its writer failed in order) before its last captures got their rows; such files are the newest,
    so those before the last one that has a row are not looked at. Rows are given in the order of files and
    offsets: the ids a rebuild would give. Before it, takedowns are carried on that a crash interrupted; last, the
    manifest names every finished file.
    """
    warc = folder / "warc"
    # First: an interrupted takedown left files side by side, of which one counts.
    takedown.resume(folder, store)
    if not warc.is_dir():
        return []
    foreign.complete(folder, store)
    files = own_files(warc)
    names = [_final_name(path) for path in files]
    last = store.last_warc_file()
    newest = names.index(last) if last in names else 0
    found = [
        _finish(path, store) if path.name.endswith(OPEN_SUFFIX) else _complete(path, store)
        for number, path in enumerate(files)
        if number >= newest or path.name.endswith(OPEN_SUFFIX)
    ]
    finished = [path for path in own_files(warc) if not path.name.endswith(OPEN_SUFFIX)]
    manifest.append_missing(folder, [*finished, *foreign.marked_files(folder, store)])
    return [one for one in found if one is not None]


def _final_name(path: Path) -> str:
    return path.name.removesuffix(OPEN_SUFFIX)


def _complete(path: Path, store: ArchiveStore) -> Recovered | None:
    """Index the end of a finished file, where it has no rows."""
    if path.stat().st_size <= store.indexed_end(path.name):
        return None
    added = _index(path, store)
    return Recovered(path.name, added, 0) if added else None


def _finish(path: Path, store: ArchiveStore) -> Recovered | None:
    with path.open("r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return None
        end = _sound_end(file.fileno())
        torn = _keep_tail_aside(file, path, end)
        os.fsync(file.fileno())  # before there are rows that point into it
        added = _index(path, store)
        if end:
            path.rename(path.with_name(_final_name(path)))
        else:
            path.unlink()  # not even its warcinfo came through: an empty file is no gzip file
    return Recovered(_final_name(path), added, torn)


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
    with (folder / f"{_final_name(path)}.{end}").open("wb") as aside:
        shutil.copyfileobj(file, aside, COPY_BYTES)
        torn = aside.tell()
        aside.flush()
        os.fsync(aside.fileno())
    file.truncate(end)
    return torn


def _index(path: Path, store: ArchiveStore) -> int:
    """Give a row to each capture that has none; returns how many."""
    indexed = store.indexed_end(_final_name(path))
    next_id = store.next_capture_id()
    originals = Originals(store)
    captures: list[Capture] = []
    added = 0
    damaged: list[WarcError] = []  # an older damage, which `verify` tells: not the crash's, not in the way
    for location, exchange in scan(path, on_fault=damaged.append):
        if location.offset >= indexed:
            captures.append(read_back(store, originals, next_id + len(captures), exchange, location))
            if foreign.marked_file(exchange) is not None:
                added += _add(store, captures, originals) + foreign.complete(path.parent.parent, store)
                captures, next_id = [], store.next_capture_id()
    return added + _add(store, captures, originals)


def _add(store: ArchiveStore, captures: Sequence[Capture], originals: Originals) -> int:
    store.add_captures(captures, waiting={capture.id for capture in captures if is_readable(capture)})
    originals.stored()
    return len(captures)
