"""The WARC files in somebody's WACZ, read without trusting it: nothing is unpacked by the names it gives."""

from __future__ import annotations

import json
import re
import struct
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final, Protocol

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
_SHA256: Final = re.compile(r"sha256:([0-9a-f]{64})")
_END_BYTES: Final = (1 << 16) + 22
_LOCAL_HEAD: Final = struct.Struct("<4s22xHH")


class Readable(Protocol):
    """What can be read from start to end."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end."""


@dataclass(frozen=True, slots=True)
class ContainedWarc:
    """A WARC file in a WACZ."""

    path: str
    """Of its entry."""
    content: Readable
    sha256: str | None
    """What datapackage.json says of it, in hexadecimal; None where it says nothing."""


class WaczContents:
    """A WACZ file that was found fit to be read; a context manager."""

    def __init__(self, path: Path) -> None:
        """Open it.

        Raises:
            ValueError: it is no ZIP file, or one made to do harm: the text says how.
            OSError: it cannot be read.
        """
        self._file = path.open("rb")
        try:
            size = path.stat().st_size
            _check_directory(self._file, size)
            self._zip = zipfile.ZipFile(self._file)
            self._check_entries(size)
        except (zipfile.BadZipFile, NotImplementedError, struct.error) as error:
            self._file.close()
            raise ValueError(f"no ZIP file that can be read: {error}") from error
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()
        self._file.close()

    def warcs(self) -> Iterator[ContainedWarc]:
        """Its WARC files, in the order of their names; each to be read before the next is asked for.

        Raises:
            ValueError: datapackage.json, or an entry, cannot be read.
        """
        said = self._hashes()
        for info in sorted(self._zip.infolist(), key=lambda info: info.filename):
            name = info.filename
            if not name.startswith("archive/") or not name.lower().endswith(WARC_SUFFIXES):
                continue
            if info.flag_bits & 1:
                raise ValueError(f"{name}: encrypted")
            if info.compress_type == zipfile.ZIP_STORED:
                # Past zipfile, whose checksum would cost the sound records of a file with a flipped bit.
                yield ContainedWarc(name, _Stored(self._file, info), said.get(name))
            else:
                with self._zip.open(info) as content:
                    yield ContainedWarc(name, content, said.get(name))

    def _hashes(self) -> dict[str, str]:
        try:
            info = self._zip.getinfo("datapackage.json")
        except KeyError:
            return {}
        if info.file_size > MAX_PACKAGE_BYTES:
            raise ValueError(
                f"datapackage.json: {info.file_size} bytes; at most {MAX_PACKAGE_BYTES} are read"
            )
        try:
            package = json.loads(self._zip.read(info))
            resources = package["resources"]
            found = {item["path"]: _SHA256.fullmatch(str(item.get("hash"))) for item in resources}
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, zipfile.BadZipFile) as error:
            raise ValueError(f"datapackage.json cannot be read: {error!r}") from error
        return {path: digest[1] for path, digest in found.items() if digest}

    def _check_entries(self, size: int) -> None:
        taken = 0
        for info in self._zip.infolist():
            name = info.filename
            parts = re.split(r"[/\\]", name)
            if (
                name.startswith(("/", "\\"))
                or ".." in parts
                or ":" in parts[0]
                or len(name) > MAX_NAME_LENGTH
            ):
                raise ValueError(f"an entry that leads out of its folder: {name[:MAX_NAME_LENGTH]!r}")
            if not 0 <= info.header_offset < size:
                raise ValueError(f"{name!r}: its place in the file is wrong")
            if info.file_size > MAX_RATIO * max(info.compress_size, 1024):
                raise ValueError(
                    f"a bomb: {name!r} would take {info.file_size} bytes for {info.compress_size} in the file"
                )
            taken += info.compress_size
        if taken > size:
            raise ValueError(f"a bomb: its entries overlap; they claim {taken} of {size} bytes")


class _Stored:
    """An entry that is not compressed, as it lies in the file."""

    def __init__(self, file: BinaryIO, info: zipfile.ZipInfo) -> None:
        file.seek(info.header_offset)
        magic, name_length, extra_length = _LOCAL_HEAD.unpack(file.read(_LOCAL_HEAD.size))
        if magic != b"PK\3\4":
            raise ValueError(f"{info.filename}: its place in the file is wrong")
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
