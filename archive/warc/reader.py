"""Reading back what was written: one attempt by its place, or a whole file in order."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast, get_args

from archive.errors import WarcError
from archive.records import Exchange, Provenance, Truncation
from archive.warc.fields import Remarks, read_remarks
from archive.warc.foreign import as_record, foreign_record, foreign_records, instant_of
from archive.warc.location import WITHOUT_PAYLOAD, Location, RecordType, is_foreign, takedown_at
from archive.warc.member import GZIP_MAGIC, BadMemberError, Record, read_record
from archive.warc.writer import OPEN_SUFFIX
from archive.wire import parse_response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

SEARCH_PIECE = 1 << 20
"""Bytes read at a time where the next member is searched for behind a damaged one."""


def read_exchange(folder: Path, warc_file: str, offset: int, group_length: int) -> Exchange:
    """The attempt recorded at a place; a resource is an exchange without a status.

    Args:
        folder: of the WARC files.
        warc_file: final name, relative to `folder`; tried with `.open` second.
        offset: of its first member.
        group_length: of all its members.

    Raises:
        WarcError: the file is missing, or the bytes there are not a sound attempt.
    """
    path = folder / warc_file
    content = read_bytes(folder, warc_file, offset, group_length)
    at, records = 0, []
    try:
        if is_foreign(warc_file):
            return _exchange(foreign_records(content), whole=True)
        while record := read_record(lambda start, size: content[start : start + size], at):
            records.append(record)
            at += record.length
        return _exchange(records)
    except ValueError as error:
        raise _fault(path, offset + at, str(error)) from error


def read_bytes(folder: Path, warc_file: str, offset: int, size: int) -> bytes:
    """Bytes of a WARC file as they are; fewer where it ends before.

    Raises:
        WarcError: the file is missing or cannot be read.
    """
    path = folder / warc_file
    try:
        fd = _open(path)
        try:
            return os.pread(fd, size, offset)
        finally:
            os.close(fd)
    except OSError as error:
        raise _fault(path, offset, error.strerror or str(error)) from error


def record_id_at(folder: Path, warc_file: str, offset: int) -> str:
    """WARC-Record-ID of the record at a place, as `<urn:uuid:...>`; see `record_at`."""
    return record_at(folder, warc_file, offset).headers.get("warc-record-id", "")


def record_at(folder: Path, warc_file: str, offset: int) -> Record:
    """The record that begins at a place.

    Raises:
        WarcError: the file is missing, or no sound record begins there.
    """
    path = folder / warc_file
    try:
        fd = _open(path)
        try:
            if is_foreign(warc_file):
                with foreign_record(lambda at, size: os.pread(fd, size, at), offset) as found:
                    record = None if found is None else as_record(found, warc_file)
            else:
                record = read_record(lambda at, size: os.pread(fd, size, at), offset)
        finally:
            os.close(fd)
    except OSError as error:
        raise _fault(path, offset, error.strerror or str(error)) from error
    except ValueError as error:
        raise _fault(path, offset, str(error)) from error
    if record is None:
        raise _fault(path, offset, "the file ends there")
    return record


def scan(
    path: Path, *, root: Path | None = None, on_fault: Callable[[WarcError], None] | None = None
) -> Iterator[tuple[Location, Exchange]]:
    """Every attempt of a file that `WarcWriter` wrote, in order.

    Args:
        path: of the file, `.open` or not.
        root: the folder that the locations' names are relative to; the file's own by default.
        on_fault: told of each torn or damaged place; the scan goes on behind it.

    Raises:
        WarcError: without `on_fault`, at the first such place, after what stands before it.
    """
    final = path.with_name(path.name.removesuffix(OPEN_SUFFIX))
    name = final.relative_to(root or path.parent).as_posix()
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise _fault(path, 0, error.strerror or str(error)) from error
    try:
        for group in _groups(fd):
            try:
                if isinstance(group, _Gap):
                    raise _fault(path, group.offset, group.why)
                yield _location(name, group), _read_group(path, group)
            except WarcError as fault:
                if on_fault is None:
                    raise
                on_fault(fault)
    finally:
        os.close(fd)


@dataclass(frozen=True, slots=True)
class _Gap:
    """A place that holds no sound record."""

    offset: int
    why: str


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        try:
            return os.open(path.with_name(path.name + OPEN_SUFFIX), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            # It was finished, and so renamed, between the two looks.
            return os.open(path, os.O_RDONLY | os.O_CLOEXEC)


def _fault(path: Path, offset: int, why: str) -> WarcError:
    return WarcError(f"{path}: at byte {offset}: {why}. The records before it are sound.")


def _groups(fd: int) -> Iterator[list[Record] | _Gap]:
    """Records that belong together: one, and those that name it in WARC-Concurrent-To."""
    group: list[Record] = []
    for found in _records(fd):
        if isinstance(found, Record) and group and _names(found, group[0]):
            group.append(found)
            continue
        if group:
            yield group
        group = []
        if isinstance(found, _Gap):
            yield found
        elif found.kind != "warcinfo":
            group = [found]
    if group:
        yield group


def _names(record: Record, first: Record) -> bool:
    return record.headers.get("warc-concurrent-to") == first.headers.get("warc-record-id", "")


def _records(fd: int) -> Iterator[Record | _Gap]:
    offset = 0
    while True:
        try:
            record = read_record(lambda at, size: os.pread(fd, size, at), offset)
        except BadMemberError as error:
            yield _Gap(offset, str(error))
            offset = _next_member(fd, offset + 1)
            continue
        if record is None:
            return
        yield record
        offset += record.length


def _next_member(fd: int, start: int) -> int:
    """Where the next whole record begins, or the end of the file."""
    at = start
    while piece := os.pread(fd, SEARCH_PIECE, at):
        found = piece.find(GZIP_MAGIC)
        while found >= 0:
            try:
                if read_record(lambda at, size: os.pread(fd, size, at), at + found):
                    return at + found
            except BadMemberError:
                found = piece.find(GZIP_MAGIC, found + 1)
        at += max(1, len(piece) - len(GZIP_MAGIC) + 1)
    return at


def _location(name: str, group: Sequence[Record]) -> Location:
    first = group[0]
    return Location(
        warc_file=name,
        offset=first.offset,
        length=first.length,
        group_length=sum(record.length for record in group),
        record_type=cast("RecordType", first.kind),
        payload_digest=None if first.kind in WITHOUT_PAYLOAD else first.headers.get("warc-payload-digest"),
        record_id=first.headers.get("warc-record-id", ""),
    )


def _read_group(path: Path, group: Sequence[Record]) -> Exchange:
    if group[-1].kind != "metadata":
        raise _fault(path, group[0].offset, "an attempt without its metadata record")
    try:
        return _exchange(group)
    except ValueError as error:
        raise _fault(path, group[0].offset, str(error)) from error


def _exchange(group: Sequence[Record], *, whole: bool = False) -> Exchange:
    """The exchange that the records of an attempt were written from; `whole` as of `parse_response`.

    Raises:
        ValueError: the records are not of one attempt.
    """
    if not group or group[0].kind not in get_args(RecordType) or _is_astray(group[0]):
        raise ValueError(f"no attempt begins here, but {group[0].kind or 'nothing' if group else 'nothing'}")
    first = group[0]
    blocks = {record.kind: record.block for record in group}
    remarks = read_remarks(blocks["metadata"]) if "metadata" in blocks else Remarks(Provenance())
    request = blocks.get("request", b"")
    if first.kind == "resource":
        return _resource(first, remarks)
    response = (first.block or remarks.response) if first.kind in {"response", "revisit"} else b""
    head_only = request.startswith(b"HEAD ")
    parsed = parse_response(response, head_only=head_only, whole=whole) if response else None
    return Exchange(
        url=first.headers.get("warc-target-uri", ""),
        started=instant_of(first.headers.get("warc-date", "")),
        request=request,
        response=response,
        status=parsed.status if parsed else None,
        reason=parsed.reason if parsed else b"",
        headers=parsed.headers if parsed else (),
        body=parsed.body if parsed else b"",
        interim=remarks.interim,
        ip=first.headers.get("warc-ip-address"),
        elapsed_ms=remarks.elapsed_ms,
        truncated=_truncation(first) if response else remarks.truncated,
        error=remarks.error,
        error_detail=remarks.error_detail,
        tls_fault=remarks.tls_fault,
        provenance=remarks.provenance,
    )


def _is_astray(record: Record) -> bool:
    """A metadata record whose attempt is damaged, not one that stands in the place of an attempt."""
    return record.kind == "metadata" and takedown_at(record.headers.get("warc-target-uri", "")) is None


def _resource(record: Record, remarks: Remarks) -> Exchange:
    return Exchange(
        url=record.headers.get("warc-target-uri", ""),
        started=instant_of(record.headers.get("warc-date", "")),
        request=b"",
        headers=((b"Content-Type", record.headers.get("content-type", "").encode()),),
        body=record.block,
        provenance=remarks.provenance,
    )


def _truncation(record: Record) -> Truncation | None:
    said = record.headers.get("warc-truncated")
    return cast("Truncation", said) if said in get_args(Truncation) else None
