"""Writing WARC so that a crash costs nothing: an attempt is on disk as a whole or not at all."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import socket
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NoReturn

from archive.errors import WarcError
from archive.warc.compose import compose_exchange, compose_resource, compose_warcinfo
from archive.warc.location import Location

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from archive.records import Exchange, Provenance
    from archive.warc.compose import Group
    from archive.warc.location import Original

OPEN_SUFFIX = ".open"
"""Appended to a file's name while it is written."""

NAME_ATTEMPTS = 100
"""Names tried before giving up: each further one has another serial number and instant."""


class WarcWriter:
    """Appends attempts to WARC files of one folder; for one thread.

    Files are named `PREFIX-YYYYMMDDHHMMSSmmm-NNNNN-HOST-PID.warc.gz`, with `.open` appended and an
    exclusive flock held while they are written. A file is made when the first record comes, and finished
    past `max_bytes`, or by `close_idle` when nothing comes any more. A file that was closed is never appended
    to: what stands behind a torn tail is lost to every reader.
    """

    def __init__(
        self,
        folder: Path,
        *,
        prefix: str,
        info: Mapping[str, str],
        max_bytes: int,
        on_finished: Callable[[Path, str], None] | None = None,
    ) -> None:
        """Prepare; nothing is written yet.

        Args:
            folder: of the WARC files; made if it is missing.
            prefix: first part of the names.
            info: fields of each file's warcinfo record: software, settings in force, robots policy, ...
            max_bytes: size past which a file is finished.
            on_finished: told of each file once it is durable under its final name, with the SHA-256 of what
                was written to it, in hexadecimal.
        """
        self._folder = folder
        self._prefix = prefix
        self._info = dict(info)
        self._max_bytes = max_bytes
        self._on_finished = on_finished
        self._sha256 = hashlib.sha256()
        self._serial = 0
        self._fd = -1
        self._name = ""
        self._warcinfo_id = ""
        self._size = 0
        self._unsynced = False
        self._last_write = 0.0

    @property
    def folder(self) -> Path:
        """Of the WARC files."""
        return self._folder

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def append(self, exchange: Exchange, *, revisit: Original | None = None) -> Location:
        """Write the records of an attempt: response, request, metadata; request, metadata if none came.

        Args:
            exchange: the attempt; something of it was on the wire.
            revisit: the earlier capture whose payload this response repeats; its body is then left out.

        Returns:
            Where it lies. It is durable after the next `sync` or `close`.

        Raises:
            WarcError: the disk is full or fails (the file is then as it was), or there is nothing to record.
        """
        self._open_file()
        return self._append(compose_exchange(exchange, self._warcinfo_id, revisit))

    def append_resource(
        self, url: str, content: bytes, media_type: str, started: datetime, provenance: Provenance
    ) -> Location:
        """Write what came by no exchange, such as a file from disk, as a resource and a metadata record.

        Args:
            url: what it is known by.
            content: as it is.
            media_type: Content-Type of the record.
            started: aware instant of its recording.
            provenance: where it came from.

        Raises:
            WarcError: as `append`.
        """
        self._open_file()
        return self._append(
            compose_resource(url, content, media_type, started, provenance, self._warcinfo_id)
        )

    def sync(self) -> None:
        """Make everything appended so far durable; cheap if it is already.

        Raises:
            WarcError: the disk failed; what was appended since the last `sync` may be lost.
        """
        if self._fd < 0 or not self._unsynced:
            return
        try:
            _make_durable(self._fd)
        except OSError as error:
            raise self._fault("cannot be made durable", error) from error
        self._unsynced = False

    def close_idle(self, seconds: float) -> None:
        """Finish the open file, if nothing was written to it for so long; the next record begins a new one.

        Raises:
            WarcError: as `close`.
        """
        if self._fd >= 0 and time.monotonic() - self._last_write >= seconds:
            self.close()

    def close(self) -> None:
        """Finish the open file, if there is one: durable, under its final name.

        Raises:
            WarcError: the disk failed.
        """
        if self._fd < 0:
            return
        fd, self._fd = self._fd, -1
        final = self._folder / self._name
        try:
            try:
                _make_durable(fd)
                final.with_name(final.name + OPEN_SUFFIX).rename(final)
                _sync_folder(self._folder)
            finally:
                os.close(fd)
        except OSError as error:
            raise self._fault("cannot be finished", error) from error
        if self._on_finished is not None:
            self._on_finished(final, self._sha256.hexdigest())

    def _append(self, group: Group) -> Location:
        offset = self._size
        self._write(b"".join(group.members))
        location = Location(
            warc_file=self._name,
            offset=offset,
            length=len(group.members[0]),
            group_length=self._size - offset,
            record_type=group.record_type,
            payload_digest=group.payload_digest,
            record_id=group.record_id,
        )
        if self._size >= self._max_bytes:
            self.close()
        return location

    def _open_file(self) -> None:
        """Make the next file, warcinfo first, unless one is open."""
        if self._fd >= 0:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._fd = self._create()
            fcntl.flock(self._fd, fcntl.LOCK_EX)  # a check that asks whether it is held has it for an instant
            # The name must be as durable as the records: a capture's row points to it.
            _sync_folder(self._folder)
        except OSError as error:
            raise self._fault("cannot be made", error) from error
        self._size = 0
        self._sha256 = hashlib.sha256()
        self._warcinfo_id, member = compose_warcinfo(self._name, self._info)
        try:
            self._write(member)
        except WarcError:
            self._abandon()
            raise

    def _create(self) -> int:
        for _ in range(NAME_ATTEMPTS):
            now = datetime.now(UTC)
            self._name = (
                f"{self._prefix}-{now:%Y%m%d%H%M%S}{now.microsecond // 1000:03d}-{self._serial:05d}"
                f"-{_host()}-{os.getpid()}.warc.gz"
            )
            self._serial += 1
            if (self._folder / self._name).exists():
                continue
            path = self._folder / (self._name + OPEN_SUFFIX)
            try:
                return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
            except FileExistsError:
                continue
        raise FileExistsError(f"{NAME_ATTEMPTS} names in a row are taken")

    def _write(self, content: bytes) -> None:
        """Append all of it, or nothing."""
        rest = memoryview(content)
        self._unsynced = True
        self._last_write = time.monotonic()
        try:
            while rest:
                rest = rest[os.write(self._fd, rest) :]
        except OSError as error:
            self._roll_back(error)
        except BaseException:
            self._truncate()
            raise
        self._size += len(content)
        # Of what was meant to be written: a disk that kept something else is found out by it.
        self._sha256.update(content)

    def _roll_back(self, error: OSError) -> NoReturn:
        """Take back what was written of the attempt, and say why.

        Raises:
            WarcError: always.
        """
        fault = self._fault("cannot be written", error)
        self._truncate()
        raise fault from error

    def _truncate(self) -> None:
        try:
            os.ftruncate(self._fd, self._size)
        except OSError:
            # The tail stays torn: nothing may ever be appended behind it. The next record gets a new
            # file, and this one keeps its `.open` for the recovery to cut.
            self._abandon()

    def _abandon(self) -> None:
        fd, self._fd = self._fd, -1
        os.close(fd)

    def _fault(self, what: str, error: OSError) -> WarcError:
        return WarcError(
            f"{self._folder / self._name}: {what}: {error.strerror or error}. "
            f"Nothing recorded before is lost; see to the disk (space, permissions), then run it again."
        )


def _host() -> str:
    """This machine's name, as it may stand in a file name."""
    return re.sub(r"[^A-Za-z0-9]+", "-", socket.gethostname().split(".")[0])[:40].strip("-") or "localhost"


def _make_durable(fd: int) -> None:
    if sys.platform == "darwin":  # fsync there leaves the drive's own cache alone
        fcntl.fcntl(fd, fcntl.F_FULLFSYNC)
    else:
        os.fdatasync(fd)


def _sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
