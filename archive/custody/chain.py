"""Files of lines each of which names the SHA-256 of the line before: no line can be changed unnoticed."""

from __future__ import annotations

import fcntl
import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NO_LINE: Final = "0" * 64
"""What the first line says of the line before it."""


@dataclass(frozen=True, slots=True)
class Lines:
    """A chained file as it was read; whether the links hold is for who knows the lines' form to say."""

    whole: tuple[bytes, ...]
    """Without their line breaks."""
    torn: int
    """Bytes behind the last line break: an append that a crash cut short."""

    @property
    def head(self) -> str:
        """SHA-256 of the last whole line, in hexadecimal: what the next line has to name."""
        return digest_of(self.whole[-1]) if self.whole else NO_LINE


def digest_of(line: bytes) -> str:
    """SHA-256 of a line without its line break, in hexadecimal."""
    return hashlib.sha256(line).hexdigest()


def read_lines(path: Path) -> Lines:
    """All lines; none where the file is missing.

    Raises:
        OSError: it is there and cannot be read.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        content = b""
    return _split(content)


def append_line(path: Path, compose: Callable[[Lines], bytes]) -> None:
    """Add a line, durably, or nothing; a torn one before it is cut off first.

    Args:
        path: of the file, made where it is missing.
        compose: given the lines there are, held against other writers, the new one without its line break.

    Raises:
        OSError: the file cannot be written.
    """
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        size = os.fstat(fd).st_size
        with os.fdopen(os.dup(fd), "rb") as file:
            lines = _split(file.read())
        line = compose(lines)
        if lines.torn:
            os.ftruncate(fd, size - lines.torn)
        _write(fd, line + b"\n")
    finally:
        os.close(fd)
    _sync_folder(path.parent)


def _split(content: bytes) -> Lines:
    *whole, torn = content.split(b"\n")
    return Lines(tuple(whole), len(torn))


def _write(fd: int, line: bytes) -> None:
    before = os.fstat(fd).st_size
    rest = memoryview(line)
    try:
        while rest:
            rest = rest[os.write(fd, rest) :]
        os.fsync(fd)
    except OSError:
        os.ftruncate(fd, before)
        raise


def _sync_folder(folder: Path) -> None:
    """Make the name as durable as the line."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
