"""A WARC file anew, without some of its attempts: every other byte is copied as it is."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO, Final

from archive.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from archive.records import Capture

COPY_BYTES: Final = 1 << 20
SUFFIX: Final = ".warc.gz"
UNFINISHED: Final = ".rewriting"
"""Appended to the name of a file that is not whole yet."""
_REWRITTEN: Final = re.compile(r"-r\d+$")


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A file's successor."""

    captures: tuple[Capture, ...]
    """Those of the file, in their order, where they lie now."""
    sha256: str
    """In hexadecimal."""


def successor(name: str, takedown: int) -> str:
    """The name of the file that takes another's place; it sorts where that one did.

    A rebuild takes files in the order of the instant and serial number in their names, which stay.
    """
    return f"{_REWRITTEN.sub('', name.removesuffix(SUFFIX))}-r{takedown}{SUFFIX}"


def is_successor(name: str, takedown: int) -> bool:
    """Whether a file was written for a takedown."""
    return name.endswith(f"-r{takedown}{SUFFIX}")


def rewrite(
    source: Path, target: Path, captures: Iterable[Capture], members: Mapping[int, Sequence[bytes]]
) -> Rewritten:
    """Write a file's successor, durably, under its final name; an older one of that name is replaced.

    Args:
        source: the file.
        target: its successor.
        captures: every capture that lies in it, in the order of their offsets.
        members: capture's id -> the gzip members that take the place of its own.

    Raises:
        ArchiveError: the source cannot be read, or the target cannot be written; then it is not there.
    """
    unfinished = target.with_name(target.name + UNFINISHED)
    try:
        with source.open("rb") as file, unfinished.open("wb") as out:
            copy = _Copy(file, out)
            moved = [copy.take(capture, target.name, members.get(capture.id)) for capture in captures]
            copy.rest()
            out.flush()
            os.fsync(out.fileno())
        unfinished.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise ArchiveError(
            f"{source}: cannot be rewritten: {error.strerror or error}. It is as it was, and what was taken down "
            f"is not shown; see to the disk (space, permissions), then 'warraq verify --repair' goes on."
        ) from error
    return Rewritten(tuple(moved), copy.sha256)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


class _Copy:
    """Bytes on their way from one file to the other."""

    def __init__(self, file: BinaryIO, out: BinaryIO) -> None:
        self._file = file
        self._out = out
        self._read = 0
        self._written = 0
        self._sha256 = hashlib.sha256()

    @property
    def sha256(self) -> str:
        return self._sha256.hexdigest()

    def take(self, capture: Capture, name: str, members: Sequence[bytes] | None) -> Capture:
        """A capture where it will lie: as it is, or as other members."""
        if capture.offset < self._read:
            raise ArchiveError(
                f"{self._file.name}: captures overlap at byte {capture.offset}. Nothing was removed; "
                f"'warraq rebuild' sets archive.db right, then 'warraq verify --repair' goes on."
            )
        offset = self._written + capture.offset - self._read
        if members is None:
            return replace(capture, warc_file=name, offset=offset)
        self._copy_to(capture.offset)
        for member in members:
            self._write(member)
        self._read = capture.offset + capture.group_length
        self._file.seek(self._read)
        return replace(
            capture,
            warc_file=name,
            offset=offset,
            length=len(members[0]),
            group_length=sum(map(len, members)),
        )

    def rest(self) -> None:
        """Everything that is left."""
        while piece := self._file.read(COPY_BYTES):
            self._write(piece)

    def _copy_to(self, end: int) -> None:
        while self._read < end:
            piece = self._file.read(min(COPY_BYTES, end - self._read))
            if not piece:
                raise ArchiveError(
                    f"{self._file.name}: ends before byte {end}, where archive.db has a capture. Restore the "
                    f"file from a backup, then 'warraq verify --repair' goes on."
                )
            self._write(piece)
            self._read += len(piece)

    def _write(self, content: bytes) -> None:
        self._out.write(content)
        self._written += len(content)
        self._sha256.update(content)
