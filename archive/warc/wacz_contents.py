"""The WARC files in somebody's WACZ, read without trusting it: nothing is unpacked by the names it gives.

An entry that is made to do harm, or that cannot be read, is left out and told; what is sound beside it counts.
Neither the index nor the list of pages is read: what they say follows from the records, or is not true.
"""

from __future__ import annotations

import hashlib
import json
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Self

MAX_DIRECTORY_BYTES: Final = 64 << 20
"""Of the list of entries: some half a million."""
MAX_PACKAGE_BYTES: Final = 16 << 20
"""Of datapackage.json."""
MAX_RATIO: Final = 100
"""Bytes an entry may inflate to for each it takes; HTML in a WARC file that is not gzipped gives some 10."""
MAX_NAME_LENGTH: Final = 1024
WARC_SUFFIXES: Final = (".warc", ".warc.gz", ".arc", ".arc.gz")
PACKAGE: Final = "datapackage.json"
PACKAGE_DIGEST: Final = "datapackage-digest.json"
"""Bears the hash of datapackage.json, and may be signed (WACZ 1.1.1, section 5.2.6)."""
_WARCS: Final = "archive/"
_SHA256: Final = re.compile(r"sha256:([0-9a-f]{64})")
_END_BYTES: Final = (1 << 16) + 22
_LOCAL_HEAD: Final = struct.Struct("<4s22xHH")
_PIECE: Final = 64 * 1024
_METHODS: Final = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
"""What programs write. LZMA would take as much memory as an entry asks for."""


class Readable(Protocol):
    """What can be read from start to end."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end."""


class Content(Readable, Protocol):
    """Of an entry."""

    @property
    def fault(self) -> str | None:
        """Why it ended before its end, once it is read."""


@dataclass(frozen=True, slots=True)
class ContainedWarc:
    """A WARC file in a WACZ."""

    path: str
    """Of its entry."""
    content: Content
    sha256: str | None
    """What datapackage.json says of it, in hexadecimal; None where it says nothing."""


class WaczContents:
    """A WACZ file that was found fit to be read; a context manager."""

    def __init__(self, path: Path) -> None:
        """Open it.

        Raises:
            ValueError: it is no ZIP file, or one made to do harm as a whole: the text says how.
            OSError: it cannot be read.
        """
        self.faults: list[str] = []
        """What is wrong with entries that are left out, and with what the package says of itself."""
        self._file = path.open("rb")
        try:
            size = path.stat().st_size
            _check_directory(self._file, size)
            self._zip = zipfile.ZipFile(self._file)
            self._entries = self._sound_entries(size)
        except (zipfile.BadZipFile, NotImplementedError, struct.error) as error:
            self._file.close()
            raise ValueError(f"no ZIP file that can be read: {error}") from error
        except BaseException:
            self._file.close()
            raise
        self._hashes = self._said_hashes()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()
        self._file.close()

    @property
    def is_described(self) -> bool:
        """Whether a datapackage.json that can be read says which files it holds."""
        return self._hashes is not None

    def warcs(self) -> Iterator[ContainedWarc]:
        """Its WARC files, in the order of their names; each to be read before the next is asked for."""
        said = self._hashes or {}
        found = set()
        for info in self._entries:
            name = info.filename
            if not name.startswith(_WARCS) or not name.lower().endswith(WARC_SUFFIXES):
                if what := _passed_over(name):
                    self.faults.append(f"{name}: {what}")
                continue
            found.add(name)
            try:
                content = self._open(info)
            except (ValueError, struct.error) as error:
                self.faults.append(f"{name}: left out: {error}")
                continue
            yield ContainedWarc(name, content, said.get(name))
        known = {info.filename for info in self._zip.infolist()}
        for name in sorted(said.keys() - known):
            if name.startswith(_WARCS):
                self.faults.append(f"{name}: {PACKAGE} names it, and it is not there")

    def _open(self, info: zipfile.ZipInfo) -> Content:
        """Raises ValueError where the entry cannot be read."""
        if info.flag_bits & 1:
            raise ValueError("encrypted")
        if info.compress_type not in _METHODS:
            raise ValueError(f"compressed by method {info.compress_type}; a WACZ stores its WARC files")
        # Past zipfile, whose checksum would cost the sound records of a file with a flipped bit.
        if info.compress_type == zipfile.ZIP_STORED:
            return _Stored(self._file, info)
        return _Deflated(_Stored(self._file, info), info.file_size, info.CRC)

    def _said_hashes(self) -> dict[str, str] | None:
        """What datapackage.json says; None where it says nothing that can be read, which is noted."""
        try:
            content = self._small(PACKAGE)
            package = _object(content)
            found = {item["path"]: _SHA256.fullmatch(str(item.get("hash"))) for item in package["resources"]}
            digest = _object(self._small(PACKAGE_DIGEST)) if PACKAGE_DIGEST in self._zip.NameToInfo else {}
        except KeyError as error:
            self.faults.append(f"{PACKAGE}: not there, or without {error}: no hash can be checked")
            return None
        except (ValueError, TypeError, AttributeError, RecursionError, RuntimeError, zlib.error) as error:
            self.faults.append(f"{PACKAGE} cannot be read, so no hash can be checked: {error!r}")
            return None
        said = digest.get("hash")
        if said is not None and said != f"sha256:{hashlib.sha256(content).hexdigest()}":
            self.faults.append(f"{PACKAGE} is not the one of which {PACKAGE_DIGEST} has the hash")
        return {path: digest[1] for path, digest in found.items() if digest}

    def _small(self, name: str) -> bytes:
        """An entry that describes the others.

        Raises:
            KeyError: there is none.
            ValueError: it is larger than any, or damaged. RuntimeError, NotImplementedError: as zipfile.
        """
        info = self._zip.getinfo(name)
        if info not in self._entries:
            raise ValueError("left out")
        if info.file_size > MAX_PACKAGE_BYTES:
            raise ValueError(f"{info.file_size} bytes; at most {MAX_PACKAGE_BYTES} are read")
        try:
            return self._zip.read(info)
        except (zipfile.BadZipFile, EOFError, OSError) as error:
            raise ValueError(str(error)) from error

    def _sound_entries(self, size: int) -> list[zipfile.ZipInfo]:
        """The entries that are fit to be read, by name; of the others it is noted why they are not.

        Raises:
            ValueError: they lie over one another.
        """
        found = []
        for info in sorted(self._zip.infolist(), key=lambda info: info.filename):
            if what := _harm(info, size):
                self.faults.append(f"left out: {what}")
            else:
                found.append(info)
        taken = sum(info.compress_size for info in found)
        if taken > size:
            raise ValueError(f"a bomb: its entries overlap; they claim {taken} of {size} bytes")
        return found


def _harm(info: zipfile.ZipInfo, size: int) -> str | None:
    """What harm an entry could do; None for a sound one."""
    name = info.filename
    parts = re.split(r"[/\\]", name)
    if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or len(name) > MAX_NAME_LENGTH:
        return f"an entry that leads out of its folder: {name[:MAX_NAME_LENGTH]!r}"
    if not 0 <= info.header_offset < size:
        return f"{name!r}: its place in the file is wrong"
    if info.compress_size > size - info.header_offset:
        return f"{name!r}: claims {info.compress_size} bytes, more than there are"
    if info.file_size > MAX_RATIO * max(info.compress_size, 1024):
        return f"a bomb: {name!r} would take {info.file_size} bytes for {info.compress_size} in the file"
    return None


def _passed_over(name: str) -> str | None:
    """Why an entry that looks like captures is no WARC file to be read; None for any other."""
    lower = name.lower()
    if lower.endswith(".wacz"):
        return "left out: a WACZ in a WACZ; unzip this one, and import what comes out"
    if lower.endswith(".warc.zst"):
        return "left out: compressed with zstd; unpack it, and import what comes out"
    if lower.endswith(WARC_SUFFIXES):
        return f"left out: not below {_WARCS}"
    return None


def _object(content: bytes) -> dict[str, Any]:
    found = json.loads(content)
    if not isinstance(found, dict):
        raise TypeError("no JSON object")
    return found


class _Stored:
    """An entry that is not compressed, as it lies in the file."""

    fault = None

    def __init__(self, file: BinaryIO, info: zipfile.ZipInfo) -> None:
        file.seek(info.header_offset)
        magic, name_length, extra_length = _LOCAL_HEAD.unpack(file.read(_LOCAL_HEAD.size))
        if magic != b"PK\3\4":
            raise ValueError("its place in the file is wrong")
        self._file = file
        self._at = info.header_offset + _LOCAL_HEAD.size + name_length + extra_length
        self._rest = info.compress_size

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end."""
        self._file.seek(self._at)
        piece = self._file.read(min(size, self._rest))
        self._at += len(piece)
        self._rest -= len(piece)
        return piece


class _Deflated:
    """An entry that is compressed, as far as it is sound; zipfile would keep back what comes before a fault."""

    def __init__(self, packed: _Stored, size: int, crc: int) -> None:
        self._packed = packed
        self._stream = zlib.decompressobj(-zlib.MAX_WBITS)
        self._fed = b""
        self._rest = size
        self._crc = crc
        self._found = 0
        self.fault: str | None = None

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end, or where it is damaged."""
        while self.fault is None and not self._stream.eof:
            self._fed = self._fed or self._packed.read(_PIECE)
            try:
                piece = self._stream.decompress(self._fed, size)
            except zlib.error as error:
                self.fault = f"read as far as it is sound: {error}"
                break
            if not self._fed and not piece and not self._stream.eof:
                self.fault = "read as far as it is sound: it breaks off"
            self._fed = self._stream.unconsumed_tail
            if piece:
                return self._checked(piece)
        if self.fault is None and (self._rest or self._found != self._crc):
            self.fault = "not the bytes that were packed: its size or its checksum is another"
        return b""

    def _checked(self, piece: bytes) -> bytes:
        """No more than there was said to be: on that it was let pass."""
        if len(piece) > self._rest:
            self.fault = f"more in it than was said: {len(piece) - self._rest} bytes at least are left out"
            piece = piece[: self._rest]
        self._rest -= len(piece)
        self._found = zlib.crc32(piece, self._found)
        return piece


def _check_directory(file: BinaryIO, size: int) -> None:
    """Refuse a list of entries that would fill the memory: zipfile reads all of it (APPNOTE 4.3.14, 4.3.16)."""
    file.seek(max(0, size - _END_BYTES))
    tail = file.read(_END_BYTES)
    end = tail.rfind(b"PK\5\6")
    if end < 0:
        raise ValueError("no ZIP file")
    (length,) = struct.unpack_from("<L", tail, end + 12)
    large = tail.rfind(b"PK\6\6", 0, end)
    if length == 0xFFFFFFFF and large >= 0:
        (length,) = struct.unpack_from("<Q", tail, large + 40)
    if length > MAX_DIRECTORY_BYTES:
        raise ValueError(f"its list of entries takes {length} bytes; at most {MAX_DIRECTORY_BYTES} are read")
