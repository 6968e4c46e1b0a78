"""Where an export goes: a file that appears whole or not at all, hashed as it is written."""

from __future__ import annotations

import hashlib
import os
import secrets
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from archive.errors import ArchiveError, UsageError
from archive.export.rows import STANDARD_OUTPUT, Options, Summary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO


class HashedOutput:
    """A binary stream that counts and hashes what goes through it."""

    def __init__(self, out: BinaryIO) -> None:
        """Write to `out`, which stays the caller's to close."""
        self._out = out
        self._hash = hashlib.sha256()
        self._bytes = 0
        self.closed = False

    def write(self, content: bytes) -> int:
        """Write all of it."""
        self._out.write(content)
        self._hash.update(content)
        size = memoryview(content).nbytes
        self._bytes += size
        return size

    def tell(self) -> int:
        """Bytes so far."""
        return self._bytes

    def flush(self) -> None:
        """Pass on what is buffered."""
        self._out.flush()

    def close(self) -> None:
        """Say that no more comes; the stream below stays open."""
        self.closed = True

    def readable(self) -> bool:
        """No."""
        return False

    def writable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """No."""
        return False

    def summary(self, rows: int, destination: Path) -> Summary:
        """What was written so far."""
        return Summary(rows, str(destination), self._bytes, self._hash.hexdigest())


@contextmanager
def output(destination: Path, options: Options) -> Iterator[HashedOutput]:
    """Open the destination; `-` is standard output.

    A file appears as `whole_file` says. A pipe or device is written to as it is: a rename would replace it.

    Raises:
        UsageError: it is there already, and `options.force` is not set; or its folder is not there.
        ArchiveError: it cannot be written.
    """
    if str(destination) == STANDARD_OUTPUT:
        yield HashedOutput(sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return
    if destination.exists() and not destination.is_file() and not destination.is_dir():
        with _told(destination), destination.open("wb") as device:
            yield HashedOutput(device)
        return
    with whole_file(destination, options) as file:
        yield HashedOutput(file)


@contextmanager
def whole_file(destination: Path, options: Options) -> Iterator[BinaryIO]:
    """Open a file to write, read and seek in.

    It is written under a temporary name beside it, synced, and takes its name at the end; where the block
    raises, it is removed.

    Raises:
        UsageError: it is there already, and `options.force` is not set; or its folder is not there.
        ArchiveError: it cannot be written.
    """
    _check(destination, options)
    temporary = destination.with_name(f".{destination.name}.{secrets.token_hex(4)}.part")
    try:
        with _told(destination), temporary.open("x+b", buffering=1 << 20) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        with _told(destination):
            _take_name(temporary, destination, options)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def _told(destination: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ArchiveError(
            f"{destination}: cannot be written: {error.strerror or error}. No part of it was left behind; "
            "make room or name another place, and run it again."
        ) from error


def _check(destination: Path, options: Options) -> None:
    if destination.is_dir():
        raise UsageError(f"{destination}: is a folder; name a file")
    if destination.exists() and not options.force:
        raise _taken(destination)
    if not destination.parent.is_dir():
        raise UsageError(f"{destination}: there is no folder {destination.parent}; make it first")


def _take_name(temporary: Path, destination: Path, options: Options) -> None:
    if options.force:
        temporary.replace(destination)
        return
    try:
        destination.hardlink_to(temporary)  # unlike a rename, this cannot replace what came meanwhile
    except FileExistsError as error:
        raise _taken(destination) from error
    except OSError:  # a file system without hard links, such as exFAT
        temporary.replace(destination)


def _taken(destination: Path) -> UsageError:
    return UsageError(f"{destination}: is there already; name another file or add --force")
