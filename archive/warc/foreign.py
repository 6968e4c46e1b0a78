"""WARC and ARC files that others wrote: gzipped a record a member, or not compressed at all.

They are read as they come: blanks between records, `<>` around a URL, a record that ends in one line break are
no fault. A file that was gzipped as a whole has no places to read a record from; `MultiRecordError` says so.
"""

from __future__ import annotations

import os
import re
import uuid
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, cast, get_args

from archive.records import Exchange, Provenance, Truncation
from archive.warc.arc import LINE, MAX_LINE_BYTES, fields_of
from archive.warc.digest import agrees, as_sha1, sha1_of
from archive.warc.location import Location, RecordType, is_unmodified
from archive.warc.member import GZIP_MAGIC, MAX_RECORD_BYTES, BadMemberError, Record, TornMemberError
from archive.warc.spool import (
    PIECE,
    SEARCH_BYTES,
    Allowance,
    AllowanceSpentError,
    Gap,
    MemberContent,
    PlainContent,
    SpooledRecord,
    Unread,
    block_size,
    read_head,
    spool,
)
from archive.wire import header, parse_head, payload_spans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from archive.records import Headers, Role
    from archive.warc.member import ReadAt

MAX_PAGE_BYTES: Final = 64 << 20
"""Of a response that is read as a page; a larger one is indexed and no more."""
ZSTD_MAGIC: Final = (b"\x28\xb5\x2f\xfd", b"\x5d\x2a\x4d\x18")
"""Of a frame, and of one with the dictionary of those that follow."""
UNPACK_ZSTD: Final = (
    "compressed with zstd: unpack it with 'zstd -d', and import what comes out (some bear a dictionary of their own, "
    "see https://iipc.github.io/warc-specifications/specifications/warc-zstd)"
)
MAX_BLANKS: Final = 64
"""Line breaks passed over between records, and behind the last of a member."""
SEARCH_ALLOWANCE: Final = 4 << 30
"""Bytes that may be read in vain behind one damaged place: some seconds. A sound file has hardly any."""
_BLANK: Final = b"\r\n"
_HEAD: Final = rb"WARC/[01]\.\d+\r?\n[A-Za-z-]+:|" + LINE.pattern
_BEGINS: Final = re.compile(
    re.escape(GZIP_MAGIC) + rb"(?=[\0-\x1f])|(?:^|(?<=\n))(?:" + _HEAD + rb")", re.IGNORECASE
)
_CONTENT_BEGINS: Final = re.compile(rb"WARC/[01]\.\d|[a-z][a-z0-9+.-]{1,30}:", re.IGNORECASE)
_DAY: Final = re.compile(r"[0-9]{4}(-[0-9]{2}){0,2}")
_NEAR: Final = 1024
"""Bytes of a gzip member within which its content begins, whatever names and tables come first."""
_INDEXED: Final = frozenset({"response", "revisit", "resource"})
_PAGES: Final = frozenset({"text/html", "application/xhtml+xml"})
_POSTED: Final = "__wb_method="
"""In the address of what was not fetched by GET, as browsers' crawlers write it."""
_SCHEMES: Final = ("http://", "https://", "file://")


class MultiRecordError(BadMemberError):
    """A gzip member with more than one record in it: what lies behind the first cannot be read by its place."""

    def __init__(self) -> None:
        super().__init__("more than one record in a gzip member: gunzip the file, and import what comes out")


@dataclass(frozen=True, slots=True)
class ForeignFault:
    """What is wrong at one place of a file."""

    offset: int
    what: str

    def __str__(self) -> str:
        return f"at byte {self.offset}: {self.what}"


def as_record(record: SpooledRecord, name: str) -> Record:
    """A record with its block in memory; one without an id has the one that follows from its place."""
    headers = {**record.headers, "warc-record-id": record_id_of(record.headers, name, record.offset)}
    return Record(headers, record.block[:], record.offset, record.length)


def foreign_records(content: bytes) -> list[Record]:
    """The one record that a place of a foreign file holds.

    Raises:
        BadMemberError: it holds none that is sound.
    """
    with foreign_record(lambda at, size: content[at : at + size], 0) as record:
        if record is None:
            raise TornMemberError
        return [Record(record.headers, record.block[:], 0, record.length)]


def walk(read_at: ReadAt, start: int = 0) -> Iterator[SpooledRecord | Gap]:
    """The records from a place on, each to be used before the next is asked for; gaps where it is damaged."""
    offset = start
    while True:
        try:
            with foreign_record(read_at, offset) as record:
                if record is None:
                    return
                offset = record.offset + record.length
                yield record
        except BadMemberError as fault:
            yield Gap(offset, fault)
            try:
                offset = _next_record(read_at, offset + 1)
            except AllowanceSpentError as spent:
                yield Gap(offset, spent)
                return


def scan_file(
    path: Path, name: str, *, start: int = 0, on_fault: Callable[[ForeignFault], None] = lambda _: None
) -> Iterator[tuple[Location, Exchange]]:
    """The captures of a foreign file on disk; see `scan`.

    Raises:
        OSError: it cannot be read.
    """
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield from scan(lambda at, size: os.pread(fd, size, at), name, start=start, on_fault=on_fault)
    finally:
        os.close(fd)


def scan(
    read_at: ReadAt, name: str, *, start: int = 0, on_fault: Callable[[ForeignFault], None] = lambda _: None
) -> Iterator[tuple[Location, Exchange]]:
    """The captures of a foreign file, in order: of what was fetched by HTTP, and of files.

    An exchange that comes has no body: it is for the index. Its payload digest is computed, whatever the record
    says of it.

    Args:
        read_at: gives the file's bytes.
        name: what captures call it, relative to warc/.
        start: where to begin, at a record.
        on_fault: told of what is torn, damaged, contradicts itself, or is larger than this reads.
    """
    for found in walk(read_at, start):
        if isinstance(found, Gap):
            on_fault(ForeignFault(found.offset, str(found.fault)))
            continue
        for what in faults_of(found):
            on_fault(ForeignFault(found.offset, what))
        if not _is_indexed(found):
            continue
        try:
            capture = _location(found, name), _exchange(found)
        except ValueError as error:
            on_fault(ForeignFault(found.offset, str(error)))
            continue
        yield capture


@contextmanager
def foreign_record(
    read_at: ReadAt, offset: int, allowance: Allowance | None = None
) -> Iterator[SpooledRecord | None]:
    """The record at a place, with what it is called in WARC; its place is behind blanks that come first.

    Yields:
        None at the end of the file.

    Raises:
        BadMemberError: no sound record is there, or the allowance is spent.
    """
    start = _behind_blanks(read_at, offset)
    magic = read_at(start, len(GZIP_MAGIC))
    if not magic:
        yield None
        return
    packed = magic == GZIP_MAGIC
    content = (MemberContent if packed else PlainContent)(read_at, start, allowance)
    unread = Unread(content)
    version, headers = _head(unread)
    size = block_size(headers)
    if size > MAX_RECORD_BYTES:
        raise BadMemberError(f"a record of {size} bytes: more than {MAX_RECORD_BYTES} are not read")
    if size > PIECE and not packed:
        _check_end(read_at, start + unread.consumed + size)
    with ExitStack() as stack:
        block = spool(unread, size, stack)
        if packed:
            _end_member(unread)
        else:
            _end_plain(unread)
        yield SpooledRecord(version, headers, block, start, unread.consumed)


def _head(unread: Unread) -> tuple[str, dict[str, str]]:
    """Version and fields of a WARC record, or of an ARC record as if it were one."""
    if unread.peek(5) == b"WARC/":
        version, headers = read_head(unread)
        url = headers.get("warc-target-uri", "")
        if url.startswith("<") and url.endswith(">"):  # as wget before 1.20 wrote it
            headers["warc-target-uri"] = url[1:-1]
        return version, headers
    line = unread.until(b"\n", MAX_LINE_BYTES)
    fields = None if line is None else fields_of(line + b"\n")
    if fields is None:
        zstd = (unread.peek(4) if line is None else line).startswith(ZSTD_MAGIC)
        raise BadMemberError(UNPACK_ZSTD if zstd else "neither a WARC nor an ARC record")
    return "ARC/1", fields


def _end_member(unread: Unread) -> None:
    rest = unread.exactly(MAX_BLANKS + 1)
    if rest.strip(_BLANK):
        starts_anew = rest.lstrip(_BLANK)
        if starts_anew.startswith(b"WARC/") or LINE.match(starts_anew + b"\n"):
            raise MultiRecordError
        raise BadMemberError("a record that is not as long as its Content-Length")
    if len(rest) > MAX_BLANKS:
        raise BadMemberError("more line breaks behind a record than any program writes")


def _check_end(read_at: ReadAt, end: int) -> None:
    """Refuse a block that cannot be sound before it is read: in a damaged file there may be many."""
    if not read_at(end - 1, 1) or read_at(end, 1).strip(_BLANK):
        raise BadMemberError("a record that is not as long as its Content-Length")


def _end_plain(unread: Unread) -> None:
    rest = unread.peek(len(_BLANK) * 2)
    blanks = len(rest) - len(rest.lstrip(_BLANK))
    if rest and not blanks:
        raise BadMemberError("a record that is not as long as its Content-Length")
    unread.exactly(blanks)


def _behind_blanks(read_at: ReadAt, offset: int) -> int:
    near = read_at(offset, MAX_BLANKS)
    return offset + len(near) - len(near.lstrip(_BLANK))


def _next_record(read_at: ReadAt, start: int) -> int:
    """Where the next whole record begins, or the end of the file.

    Raises:
        AllowanceSpentError: nothing was found for what may be spent on it.
    """
    allowance = Allowance(SEARCH_ALLOWANCE)
    at = start
    while piece := read_at(at, SEARCH_BYTES):
        for found in _BEGINS.finditer(piece):
            begin = found.start()
            if not found[0].startswith(GZIP_MAGIC) or _holds_record(piece[begin : begin + _NEAR]):
                try:
                    with foreign_record(read_at, at + begin, allowance):
                        return at + begin
                except AllowanceSpentError:
                    raise
                except BadMemberError:
                    continue  # of many candidates few are records
        # What begins at the piece's end is looked at again, with what follows it.
        at += max(1, len(piece) - MAX_LINE_BYTES) if len(piece) == SEARCH_BYTES else len(piece)
    return at


def _holds_record(member: bytes) -> bool:
    """Whether the beginning of a gzip member gives that of a record; three bytes alone are met by chance."""
    try:
        near = MemberContent(lambda at, size: member[at : at + size], 0).read(MAX_LINE_BYTES)
    except BadMemberError:
        return False
    return _CONTENT_BEGINS.match(near) is not None


def _is_indexed(record: SpooledRecord) -> bool:
    url = record.headers.get("warc-target-uri", "")
    return record.kind in _INDEXED and url.lower().startswith(_SCHEMES)


def faults_of(record: SpooledRecord) -> Iterator[str]:
    """Digests that are not those of the bytes.

    A payload digest may be of the payload or of the bytes as they were sent: many programs hash the chunks.
    """
    if len(record.block) > MAX_PAGE_BYTES:
        yield f"{len(record.block)} bytes: indexed, but not read as a page"
    said = record.headers.get("warc-block-digest")
    if said is not None and agrees(said, record.pieces()) is False:
        yield f"the block has not the digest {said}"
    said = record.headers.get("warc-payload-digest")
    if said is None or record.kind not in {"response", "resource"} or "warc-truncated" in record.headers:
        return
    if agrees(said, _payload(record)) is False and (
        record.kind == "resource"
        or agrees(said, record.pieces(parse_head(record.block).head_length)) is False
    ):
        yield f"the payload has not the digest {said}"


def _payload(record: SpooledRecord) -> Iterator[bytes]:
    if record.kind != "response":
        yield from record.pieces()
        return
    for start, end in payload_spans(record.block, whole=True):
        yield from record.pieces(start, end)


def _location(record: SpooledRecord, name: str) -> Location:
    said = record.headers.get("warc-payload-digest")
    revisit = record.kind == "revisit"
    if revisit and said is not None:
        said = as_sha1(said)
    return Location(
        warc_file=name,
        offset=record.offset,
        length=record.length,
        group_length=record.length,
        record_type=cast("RecordType", record.kind),
        payload_digest=said if revisit else sha1_of(_payload(record)),
        record_id=record_id_of(record.headers, name, record.offset),
        refers_to=_referred(record.headers) if revisit else None,
    )


def _referred(said: Mapping[str, str]) -> tuple[str, datetime] | None:
    """What a revisit says it repeats (WARC 1.1, sections 5.16 and 5.17)."""
    url = said.get("warc-refers-to-target-uri", said.get("warc-target-uri", "")).strip("<>")
    try:
        return url, instant_of(said.get("warc-refers-to-date", ""))
    except ValueError:
        return None


def record_id_of(headers: Mapping[str, str], name: str, offset: int) -> str:
    """WARC-Record-ID; where a record has none, as in ARC, one that follows from its place."""
    said = headers.get("warc-record-id", "")
    return said or f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{name}#{offset}')}>"


def _exchange(record: SpooledRecord) -> Exchange:
    """What the index has to know of a record; ValueError where its date is none."""
    said = record.headers
    started = instant_of(said.get("warc-date", ""))
    status: int | None = None
    if record.kind == "resource":
        headers: Headers = ((b"Content-Type", said.get("content-type", "").encode()),)
    else:
        head = parse_head(record.block)
        status, headers = head.status, head.headers
        if record.kind == "revisit" and not record.block and is_unmodified(said):
            status = 304  # it needs no head to say so (WARC 1.1, section 6.7.3)
    truncated = said.get("warc-truncated")
    return Exchange(
        url=said["warc-target-uri"],
        started=started,
        request=b"",
        status=status,
        headers=headers,
        truncated=cast("Truncation", truncated) if truncated in get_args(Truncation) else None,
        provenance=Provenance(role=role_of(record, headers)),
    )


def instant_of(text: str) -> datetime:
    """A WARC-Date in UTC; of a year, a month or a day (WARC 1.1, section 5.4) its first instant.

    Raises:
        ValueError: it is none, names no time zone, or lies outside of years 1 to 9999.
    """
    if _DAY.fullmatch(text):
        return datetime.fromisoformat(f"{text}-01-01"[:10]).replace(tzinfo=UTC)
    instant = datetime.fromisoformat(text)
    if instant.utcoffset() is None:
        raise ValueError("a WARC-Date without a time zone")
    try:
        return instant.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"a WARC-Date out of all bounds: {text}") from error


def role_of(record: SpooledRecord, headers: Headers) -> Role:
    """What a foreign record was fetched as: nobody says, so its media type has to."""
    if len(record.block) > MAX_PAGE_BYTES or _POSTED in record.headers["warc-target-uri"]:
        return "requisite"
    media_type = (header(headers, b"content-type") or b"").split(b";")[0].strip().lower().decode("latin-1")
    if media_type in _PAGES or (record.kind == "resource" and media_type == "text/plain"):
        return "page"
    return "requisite"
