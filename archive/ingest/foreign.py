"""WARC and ARC files of others, into the archive: kept byte for byte, and indexed where they lie.

A file goes to `warc/imported/`, named by its SHA-256. A record in our own WARC file marks the moment: a rebuild
that meets the mark reads the imported file then, so that every capture gets the id it had. A mark that has no
captures behind it, since a crash came between, is completed at the next start.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO, Final

from archive.custody import manifest
from archive.errors import ArchiveError, WarcError
from archive.ingest.folders import open_regular
from archive.ingest.originals import Originals
from archive.ingest.record import read_back
from archive.records import Exchange, Provenance, is_readable
from archive.warc.fields import read_fields, write_fields
from archive.warc.foreign import ForeignFault, MultiRecordError, scan_file, walk
from archive.warc.location import IMPORTED, is_foreign
from archive.warc.reader import read_exchange
from archive.warc.spool import Gap
from archive.warc.wacz_contents import WARC_SUFFIXES, WaczContents

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from archive.ingest.record import Recorder
    from archive.records import Capture
    from archive.store import ArchiveStore
    from archive.warc.location import Location
    from archive.warc.wacz_contents import ContainedWarc, Readable

SUFFIXES: Final = (*WARC_SUFFIXES, ".wacz")
"""Of the names of files that are taken in here."""
MARK: Final = "urn:warraq:import:"
"""How the address of a mark begins; the SHA-256 of the file follows."""
MARK_TYPE: Final = "application/warc-fields"
BATCH_CAPTURES: Final = 500
UNFINISHED: Final = ".part"
COPY_BYTES: Final = 1 << 20
MAX_NAME_LENGTH: Final = 120
MAX_LISTED_FAULTS: Final = 1_000
SHOWN_FAULTS: Final = 5
"""Of a package that is refused as a whole."""
_NAME: Final = re.compile(r"imported/[0-9a-f]{16}-[A-Za-z0-9._-]{1,160}")
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(slots=True)
class Taken:
    """What became of one file."""

    file: str
    """As it was named."""
    sha256: str = ""
    warc_file: str = ""
    """Where it is kept, relative to warc/."""
    captures: int = 0
    unchanged: bool = False
    """Nothing of it had to be taken in: it was in the archive already, or there is nothing in it."""
    faults: list[str] = field(default_factory=list)
    """The first of them."""
    faults_in_all: int = 0

    def fault(self, fault: ForeignFault | str) -> None:
        """Note a fault."""
        self.faults_in_all += 1
        if len(self.faults) < MAX_LISTED_FAULTS:
            self.faults.append(str(fault))


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a file came from, for its mark."""

    file: str
    container: str | None = None
    """Name of the WACZ it was in."""
    container_sha256: str | None = None

    def __str__(self) -> str:
        return self.file if self.container is None else f"{self.container}: {self.file}"


class ForeignImporter:
    """Takes foreign files in, one after another."""

    def __init__(self, folder: Path, recorder: Recorder, store: ArchiveStore) -> None:
        """Prepare.

        Args:
            folder: the archive, under its lock.
            recorder: writes the marks, and gives the captures their ids.
            store: of the archive.
        """
        self._folder = folder
        self._recorder = recorder
        self._store = store
        for left_over in (folder / "warc" / IMPORTED).glob(f".*{UNFINISHED}"):
            left_over.unlink()  # of a copy that a crash cut short

    def take_file(self, path: Path) -> list[Taken]:
        """Take a WARC or ARC file in, or all of those in a WACZ; see `take`.

        Raises:
            ValueError: it is refused as a whole; what came before that was taken in.
            OSError: it cannot be read.
            ArchiveError: it cannot be kept.
        """
        if not path.name.lower().endswith(".wacz"):
            with open_regular(path) as content:
                return [self.take(content, Origin(path.name))]
        with open_regular(path) as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        with WaczContents(path) as package:
            found = [
                self._take_contained(warc, Origin(warc.path, path.name, sha256), package.is_described)
                for warc in package.warcs()
            ]
            faults = package.faults
        if not found:
            raise ValueError(
                "; ".join(["holds no WARC file below archive/ to take in", *faults[:SHOWN_FAULTS]])
            )
        if faults:
            whole = Taken(path.name, unchanged=True)
            for fault in faults:
                whole.fault(fault)
            found.append(whole)
        return found

    def _take_contained(self, warc: ContainedWarc, origin: Origin, described: bool) -> Taken:
        try:
            taken = self.take(warc.content, origin)
        except ValueError as error:
            taken = Taken(str(origin))
            taken.fault(f"left out: {error}")
        if warc.content.fault is not None:
            taken.fault(warc.content.fault)
        if warc.sha256 is not None and taken.sha256 and warc.sha256 != taken.sha256:
            taken.fault(f"its SHA-256 is {taken.sha256}, and datapackage.json says {warc.sha256}")
        elif warc.sha256 is None and described:
            taken.fault("datapackage.json does not name it")
        return taken

    def take(self, content: Readable, origin: Origin) -> Taken:
        """Take one WARC or ARC file in; a second time, it changes nothing.

        Args:
            content: of the file, from its start.
            origin: what it is called and where it was found.

        Raises:
            ValueError: it holds no sound record, or none that could be read by its place; nothing was kept.
            ArchiveError: it cannot be kept.
        """
        taken = Taken(str(origin))
        path, sha256, size = self._keep(content, origin.file)
        taken.sha256 = sha256
        if next(self._store.captures(url=MARK + sha256), None) is not None:
            path.unlink()
            taken.unchanged = True
            return taken
        try:
            _check_readable(path)
        except ValueError:
            path.unlink()
            raise
        taken.warc_file = f"{IMPORTED}{sha256[:16]}-{_safe(origin.file)}"
        final = self._folder / "warc" / taken.warc_file
        self._make_room(final, path, sha256)
        path.replace(final)
        _sync_folder(final.parent)
        self._mark(taken.warc_file, sha256, size, origin)
        self._index(final, taken)
        manifest.append(self._folder, final, sha256)
        return taken

    def _keep(self, content: Readable, name: str) -> tuple[Path, str, int]:
        """Copy into the archive, durably, under a name that nothing refers to yet."""
        folder = self._folder / "warc" / IMPORTED
        temporary = folder / f".{secrets.token_hex(8)}{UNFINISHED}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with temporary.open("xb") as file:
                sha256, size = _copy(content, file)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise ArchiveError(
                f"{name}: cannot be copied into {folder}: {error.strerror or error}. Nothing of it was kept; "
                "see to the disk (space, permissions), then import it again."
            ) from error
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        return temporary, sha256, size

    def _make_room(self, final: Path, path: Path, sha256: str) -> None:
        """Drop a copy that a crash left without its mark, under this name or another; overwrite no other file.

        Raises:
            ValueError: another file has its place: hashes that begin alike can be made.
        """
        for other in final.parent.glob(f"{sha256[:16]}-*"):
            if manifest.sha256_of(other) == sha256:
                other.unlink()
        if final.exists():
            path.unlink()
            raise ValueError(f"{final.name} is another file that is in the archive already; rename this one")

    def _mark(self, warc_file: str, sha256: str, size: int, origin: Origin) -> None:
        """Write down the moment of the import."""
        pairs = [("name", warc_file), ("sha256", sha256), ("bytes", str(size)), ("file", origin.file)]
        if origin.container is not None:
            pairs += [("container", origin.container), ("container-sha256", origin.container_sha256 or "")]
        mark = Exchange(
            MARK + sha256,
            datetime.now(UTC),
            b"",
            body=write_fields(pairs),
            headers=((b"Content-Type", MARK_TYPE.encode()),),
            provenance=Provenance(role="import", via=origin.file),
        )
        self._recorder.checkpoint()
        self._recorder.record_resource(mark, MARK_TYPE)
        self._recorder.checkpoint()

    def _index(self, path: Path, taken: Taken) -> None:
        for location, exchange in scan_file(path, taken.warc_file, on_fault=taken.fault):
            self._recorder.adopt(exchange, location)
            taken.captures += 1
            if self._recorder.pending >= BATCH_CAPTURES:
                self._recorder.checkpoint()
        self._recorder.checkpoint()


def marked_file(exchange: Exchange) -> str | None:
    """The imported file that a record of our own marks, relative to warc/; None where it is no mark."""
    if exchange.provenance.role != "import" or not exchange.url.startswith(MARK):
        return None
    name = dict(read_fields(exchange.body)).get("name", "")
    return name if _NAME.fullmatch(name) else None


def captures_in(
    folder: Path, name: str, *, start: int = 0, on_fault: Callable[[str], None]
) -> Iterator[tuple[Location, Exchange]]:
    """The captures of an imported file, in order, from a place on; what cannot be read is told."""
    path = folder / "warc" / name
    try:
        yield from scan_file(path, name, start=start)
    except OSError as error:
        on_fault(f"{path}: cannot be read: {error.strerror or error}. Restore the file from a backup.")


def complete(folder: Path, store: ArchiveStore) -> int:
    """Index the rest of the last import, where a crash came in between; returns how many captures it had.

    Only the last can be incomplete: nothing is recorded behind a mark before all of its file is indexed.
    """
    last = store.last_capture()
    name = None
    if last is not None and is_foreign(last.warc_file):
        name = last.warc_file
    elif last is not None and last.role == "import":
        name = _name_at(folder, last)
    if name is None:
        return 0
    originals = Originals(store)
    found = captures_in(folder, name, start=store.indexed_end(name), on_fault=lambda _: None)
    added = 0
    while batch := list(islice(found, BATCH_CAPTURES)):
        first = store.next_capture_id()
        captures = [
            read_back(store, originals, number, exchange, location)
            for number, (location, exchange) in enumerate(batch, first)
        ]
        store.add_captures(captures, waiting={one.id for one in captures if is_readable(one)})
        originals.stored()
        added += len(captures)
    return added


def marked_files(folder: Path, store: ArchiveStore) -> list[Path]:
    """The foreign files that were imported, in that order; those that are gone left out."""
    warc = folder / "warc"
    names = [_name_at(folder, mark) for mark in store.captures(role="import")]
    return [warc / name for name in names if name is not None and (warc / name).is_file()]


def _name_at(folder: Path, mark: Capture) -> str | None:
    """The file that a mark names; None where the mark cannot be read, which `verify` tells."""
    try:
        exchange = read_exchange(folder / "warc", mark.warc_file, mark.offset, mark.group_length)
    except WarcError:
        return None
    return marked_file(exchange)


def _copy(content: Readable, file: BinaryIO) -> tuple[str, int]:
    """Copy all of it, durably; its SHA-256 in hexadecimal, and its size in bytes."""
    found, size = hashlib.sha256(), 0
    while piece := _read(content):
        file.write(piece)
        found.update(piece)
        size += len(piece)
    file.flush()
    os.fsync(file.fileno())
    return found.hexdigest(), size


def _read(content: Readable) -> bytes:
    """The next piece of a file of others; ValueError where it cannot be read, which is not the archive's fault."""
    try:
        return content.read(COPY_BYTES)
    except OSError as error:
        raise ValueError(f"cannot be read to its end: {error.strerror or error}") from error


def _check_readable(path: Path) -> None:
    """Refuse what holds no record that could be read by its place.

    Raises:
        ValueError: the reason.
    """
    first = None
    with path.open("rb") as file:
        fd = file.fileno()
        for found in walk(lambda at, size: os.pread(fd, size, at)):
            if not isinstance(found, Gap):
                return
            if isinstance(found.fault, MultiRecordError):
                raise found.fault
            first = first or found
    why = f"at byte {first.offset}: {first.fault}" if first else "empty"
    raise ValueError(f"holds no sound WARC or ARC record ({why})")


def _safe(name: str) -> str:
    """A file's name without its folders, of letters that mean nothing anywhere; its end is kept."""
    return _UNSAFE.sub("_", name.rpartition("/")[2])[-MAX_NAME_LENGTH:].lstrip("._-") or "file"


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
