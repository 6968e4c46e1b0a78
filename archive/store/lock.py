"""One crawling process an archive: a lock that names its holder."""

from __future__ import annotations

import fcntl
import json
import os
import socket
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Self

from archive.errors import ArchiveBusyError, ArchiveError

if TYPE_CHECKING:
    from pathlib import Path

LOCK_FILE: Final = ".crawl.lock"
MAX_HOLDER_BYTES: Final = 4096


@dataclass(frozen=True, slots=True)
class Holder:
    """Who crawls an archive."""

    pid: int
    host: str
    command: str
    started: str
    """UTC, ISO 8601, to the second."""


class CrawlLock:
    """The right to crawl an archive, held from `acquire` (or `with`) to `release` or the process's end.

    It is a flock(2) on `ARCHIVE/.crawl.lock`: the kernel frees it with the process, however that ends, so
    there is no stale lock to remove. The file is left in place (to unlink it would let two processes hold
    two files of one name) and its descriptor is not inherited by programs that are started. A child by bare
    fork() would share it: workers are spawned.
    """

    def __init__(self, folder: Path, command: str) -> None:
        self._path = folder / LOCK_FILE
        self._command = command
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def acquire(self) -> None:
        """Take the lock.

        Raises:
            ArchiveBusyError: another process has it; the text names that process.
            ArchiveError: the archive's folder cannot be written.
        """
        if self._descriptor is not None:
            return
        # os.open gives descriptors that are closed on exec (PEP 446).
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise ArchiveError(
                f"{self._path}: cannot be written: {error.strerror or error}. Nothing was changed; see to the disk "
                "(space, permissions). Searching, showing and exporting work meanwhile."
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise ArchiveBusyError(self._busy()) from None
        except BaseException:
            os.close(descriptor)
            raise
        holder = Holder(
            os.getpid(), socket.gethostname(), self._command, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        )
        os.ftruncate(descriptor, 0)
        with suppress(OSError):  # the disk is full: then nobody is named, and who needs the space tells it
            os.pwrite(descriptor, json.dumps(asdict(holder), ensure_ascii=False).encode() + b"\n", 0)
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the lock up; once released, releasing again does nothing."""
        if self._descriptor is None:
            return
        os.ftruncate(self._descriptor, 0)
        # Unlocked by name, not by closing alone: a child forked meanwhile may hold a copy of the descriptor.
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        os.close(self._descriptor)
        self._descriptor = None

    def holder(self) -> Holder | None:
        """Who has, or last had, the lock, as far as the file says."""
        try:
            with self._path.open("rb") as file:
                return Holder(**json.loads(file.read(MAX_HOLDER_BYTES)))
        except (OSError, ValueError, TypeError):
            return None

    def _busy(self) -> str:
        holder = self.holder()
        folder = self._path.parent
        if holder is None:
            who = "another process"
        else:
            who = f"'{holder.command}' (process {holder.pid} on {holder.host}, since {holder.started})"
        return (
            f"{folder}: {who} is crawling this archive. Wait until it ends, or stop it with Ctrl-C or "
            f"SIGINT; searching, showing and exporting work meanwhile."
        )
