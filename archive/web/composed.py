"""The archive as one WACZ that is nowhere written: the WARC files where they lie, an index from archive.db.

For a player that asks for ranges. Files that are finished are in it, without the records that are withheld; so it
costs the size of its index, and is made once for each state of the archive.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import threading
import weakref
import zlib
from bisect import bisect_left
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, BinaryIO, Final, Protocol

from archive.export.wacz import file_name, finished_files
from archive.store import ArchiveStore
from archive.urls import surt
from archive.warc.cdxj import compressed_blocks, sorted_lines
from archive.warc.digest import sha1
from archive.warc.kept import Kept
from archive.warc.stored_zip import Entry, directory, local_head
from archive.warc.wacz import INDEX, WACZ_VERSION
from archive.web.address import stamp_of
from archive.web.captures import in_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from archive.records import Capture

EMPTY: Final = sha1(b"")
STEP: Final = 256 * 1024
DATABASES: Final = ("archive.db", "archive.db-wal")
_INDEXED: Final = frozenset({"response", "revisit", "resource"})
_WITHHELD: Final = """
SELECT (SELECT count(*) FROM takedowns), (SELECT count(*) FROM takedown_captures),
    (SELECT count(*) FROM captures WHERE rejection = 'takedown')
"""

Withheld = list[tuple[int, int]]


class _Part(Protocol):
    """Bytes of the whole."""

    @property
    def size(self) -> int:
        """How many."""

    def pieces(self, start: int, end: int) -> Iterator[bytes]:
        """Those from `start` to `end`, exclusively."""


@dataclass(frozen=True, slots=True)
class _Bytes:
    content: bytes

    @property
    def size(self) -> int:
        return len(self.content)

    def pieces(self, start: int, end: int) -> Iterator[bytes]:
        yield self.content[start:end]


@dataclass(frozen=True, slots=True)
class _Warc:
    """Opened when it is read: an archive has more files than a process may have open."""

    path: Path
    withheld: Withheld
    size: int

    def pieces(self, start: int, end: int) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            yield from Kept(file, self.withheld).pieces(start, end)


class _Spooled:
    """A temporary file, closed once nobody reads it any more."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self.size = size
        self._fd = file.fileno()
        weakref.finalize(self, file.close)

    def pieces(self, start: int, end: int) -> Iterator[bytes]:
        for at in range(start, end, STEP):
            yield os.pread(self._fd, min(STEP, end - at), at)


class ComposedWacz:
    """A WACZ by its parts. Several threads may read it at once."""

    def __init__(self, parts: Sequence[_Part]) -> None:
        self._parts = parts
        self._ends = list(accumulate(part.size for part in parts))
        self.size = self._ends[-1]
        """In bytes."""

    def pieces(self, start: int, end: int) -> Iterator[bytes]:
        """A part of it, not much of it in memory at a time.

        Raises:
            OSError: a WARC file cannot be read; a takedown may have replaced it.
        """
        at = bisect_left(self._ends, start + 1)
        while start < min(end, self.size):
            part = self._parts[at]
            first = self._ends[at] - part.size
            yield from part.pieces(start - first, min(end, self._ends[at]) - first)
            start, at = self._ends[at], at + 1


@dataclass(frozen=True, slots=True)
class _State:
    """What a WACZ is composed of, as far as it can change."""

    files: tuple[str, ...]
    withheld: tuple[int, ...]

    @property
    def name(self) -> str:
        """Of the WACZ: players remember one by its address."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]


class Composer:
    """Keeps the WACZ of the archive's present state. Several threads may ask at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._seen: object = None
        self._state: _State | None = None
        self._wacz: tuple[_State, ComposedWacz] | None = None

    def name(self) -> str:
        """Of the WACZ of now.

        Raises:
            ArchiveError: the archive cannot be read.
        """
        with self._lock:
            return self._now().name

    def wacz(self, name: str) -> ComposedWacz | None:
        """The WACZ of that name; None where the archive is another by now.

        Raises:
            ArchiveError: the archive cannot be read.
        """
        with self._lock:
            state = self._now()
            if state.name != name:
                return None
            if self._wacz is None or self._wacz[0] != state:
                self._wacz = state, compose(self._folder, state.files)
            return self._wacz[1]

    def _now(self) -> _State:
        """Looked for again only where something was written since: counting takes all rows."""
        files = tuple(finished_files(self._folder))
        seen = files, [_stamp(self._folder / name) for name in DATABASES]
        if self._state is None or seen != self._seen:
            with ArchiveStore.open(self._folder, readonly=True) as store:
                (withheld,) = store.query(_WITHHELD)
            self._seen, self._state = seen, _State(files, tuple(withheld))
        return self._state


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_size, found.st_mtime_ns


def compose(folder: Path, files: Sequence[str]) -> ComposedWacz:
    """Lay the archive out as a WACZ.

    Args:
        folder: the archive.
        files: those to take in, as captures call them.
    """
    warc = folder / "warc"
    with ArchiveStore.open(folder, readonly=True) as store, store.snapshot(), ExitStack() as stack:
        withheld = {name: store.takedowns.withheld_places(name) for name in files}
        index, heads = _spooled_index(sorted_lines(_lines(store, withheld), stack))
    layout = _Layout()
    for name, places in withheld.items():
        path = warc / name
        size = path.stat().st_size - sum(length for _, length in places)
        layout.add(f"archive/{file_name(name)}", _Warc(path, places, size))
    layout.add(f"indexes/{INDEX}", index)
    layout.add("indexes/index.idx", _Bytes(heads))
    layout.add(
        "pages/pages.jsonl", _Bytes(b'{"format": "json-pages-1.0", "id": "pages", "title": "Pages"}\n')
    )
    package = {"profile": "data-package", "wacz_version": WACZ_VERSION, "resources": []}
    layout.add("datapackage.json", _Bytes(json.dumps(package).encode()))
    return layout.finish()


class _Layout:
    """Parts and the heads before them."""

    def __init__(self) -> None:
        self._parts: list[_Part] = []
        self._entries: list[Entry] = []
        self._size = 0

    def add(self, name: str, part: _Part) -> None:
        crc32 = zlib.crc32(part.content) if isinstance(part, _Bytes) else 0
        entry = Entry(name, part.size, self._size, crc32)
        self._entries.append(entry)
        self._take(_Bytes(local_head(entry)))
        self._take(part)

    def finish(self) -> ComposedWacz:
        self._take(_Bytes(directory(self._entries, self._size)))
        return ComposedWacz(self._parts)

    def _take(self, part: _Part) -> None:
        if part.size:
            self._parts.append(part)
            self._size += part.size


def _spooled_index(lines: Iterator[bytes]) -> tuple[_Spooled, bytes]:
    """The index in blocks, and the index of these; see `archive.warc.wacz.WaczWriter.add_index`."""
    file = tempfile.TemporaryFile(prefix="warraq-")  # noqa: SIM115  (it lives as long as the WACZ)
    heads = [b'!meta 0 {"format": "cdxj-gzip-1.0", "filename": "%s"}\n' % INDEX.encode()]
    offset = 0
    for key, block in compressed_blocks(lines):
        file.write(block)
        heads.append(key + b" " + json.dumps({"offset": offset, "length": len(block)}).encode() + b"\n")
        offset += len(block)
    file.flush()
    return _Spooled(file, offset), b"".join(heads)


def _lines(store: ArchiveStore, withheld: Mapping[str, Withheld]) -> Iterator[bytes]:
    """A line for each capture that is shown by its own record."""
    for name in withheld:
        for capture in in_file(store, name):
            if capture.record_type in _INDEXED and is_played(capture):
                place = _place(capture, withheld)
                if place is not None:
                    yield _line(capture, place)


def is_played(capture: Capture) -> bool:
    """Whether players show a capture by its own record; else they have to be asked for what it refers to.

    Of a 304 they show the original only where its record has no head (ReplayWeb.page 2.5.3: an empty page); those that
    an older version wrote have one, and the digest of nothing.
    """
    return capture.status != 304 or (
        capture.record_type == "revisit" and capture.payload_digest not in {None, EMPTY}
    )


def _place(capture: Capture, withheld: Mapping[str, Withheld]) -> int | None:
    """Where a record lies in what is left of its file; None where it is not there."""
    places = withheld.get(capture.warc_file)
    if places is None:
        return None
    before = bisect_left(places, (capture.offset, 0))
    if before < len(places) and places[before][0] == capture.offset:
        return None
    return capture.offset - sum(length for _, length in places[:before])


def _line(capture: Capture, place: int) -> bytes:
    """As `archive.warc.cdxj` writes it: where there is no head, there is no status."""
    fields = {
        "url": capture.url,
        "mime": "warc/revisit" if capture.record_type == "revisit" else capture.media_type,
        "status": None if capture.status in {None, 304} else str(capture.status),
        "digest": capture.payload_digest,
        "length": str(capture.length),
        "offset": str(place),
        "filename": file_name(capture.warc_file),
    }
    row = json.dumps({name: value for name, value in fields.items() if value is not None})
    key = surt(capture.url).replace(" ", "%20")
    return f"{key} {stamp_of(capture.started)} {row}\n".encode("utf-8", "backslashreplace")
