"""WARC files as a check sees them: read through a window and hashed on the way, or in a writer's hands."""

from __future__ import annotations

import fcntl
import hashlib
import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Self

WINDOW_BYTES: Final = 1 << 20
"""Read from a file at a time."""


class HashedFile:
    """A file read here and there through a window, and hashed as a whole on the way."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd = -1
        self._sha256 = hashlib.sha256()
        self._hashed = 0
        self._window = b""
        self._start = 0

    def __enter__(self) -> Self:
        self._fd = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)

    def read_at(self, offset: int, size: int) -> bytes:
        """At most so many bytes from there; none at the end."""
        at = offset - self._start
        if not 0 <= at < len(self._window):
            self._load(offset)
            at = 0
        return self._window[at : at + size]

    def finish(self) -> tuple[int, str]:
        """Read what is left; the file's size, and its SHA-256 in hexadecimal."""
        while self._load(self._hashed):
            pass
        return self._hashed, self._sha256.hexdigest()

    def _load(self, offset: int) -> int:
        self._window, self._start = os.pread(self._fd, WINDOW_BYTES, offset), offset
        end = offset + len(self._window)
        if offset <= self._hashed < end:
            self._sha256.update(memoryview(self._window)[self._hashed - offset :])
            self._hashed = end
        return len(self._window)


def is_being_written(path: Path) -> bool:
    """Whether a live writer holds a file; so is one that was finished and renamed since it was listed."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(fd)
