"""The attempts of one WARC file of ours, each record of which is checked on the way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal, get_args

from archive.store.rows import utc_text
from archive.warc.digest import agrees, sha1
from archive.warc.foreign import scan
from archive.warc.location import WITHOUT_PAYLOAD, RecordType
from archive.warc.member import TornMemberError
from archive.warc.spool import Gap, walk
from archive.wire import body_start, payload_spans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from archive.warc.member import ReadAt
    from archive.warc.spool import SpooledRecord

_EMPTY: Final = sha1(b"")

FaultKind = Literal["torn", "damaged", "block_digest", "payload_digest", "incomplete"]


@dataclass(frozen=True, slots=True)
class RecordFault:
    """What is wrong at one place of a file."""

    kind: FaultKind
    offset: int
    what: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """The records of one attempt, as a row of `captures` has to say them."""

    offset: int
    length: int
    group_length: int
    record_type: str
    url: str
    started: str
    """UTC, as `captures.started`."""
    payload_digest: str | None


class AttemptReader:
    """Reads a file from start to end, past whatever is damaged."""

    def __init__(self, read_at: ReadAt, on_fault: Callable[[RecordFault], None]) -> None:
        """Prepare to read.

        Args:
            read_at: gives the file's bytes.
            on_fault: told of each fault, in the order of the places.
        """
        self._read_at = read_at
        self._on_fault = on_fault
        self._open: _Open | None = None
        self._astray = False
        self.records = 0
        """Sound ones, so far."""
        self.attempts = 0
        """Whole ones, so far."""
        self.offset = 0
        """Of the record read last."""

    def __iter__(self) -> Iterator[Attempt]:
        for found in walk(self._read_at):
            self.offset = found.offset
            if isinstance(found, Gap):
                yield from self._end()
                kind: FaultKind = "torn" if isinstance(found.fault, TornMemberError) else "damaged"
                self._on_fault(RecordFault(kind, found.offset, str(found.fault)))
                self._astray = True
            else:
                self.records += 1
                yield from self._take(found)
        yield from self._end()

    def _take(self, record: SpooledRecord) -> Iterator[Attempt]:
        for fault in faults_of(record):
            self._on_fault(fault)
        said = record.headers.get("warc-concurrent-to")
        if self._open is not None and said == self._open.record_id:
            self._open.add(record)
            return
        yield from self._end()
        if record.kind == "warcinfo":
            self._astray = False
        elif record.kind in get_args(RecordType) and said is None:
            self._astray = False
            self._open = _Open(record)
        elif not self._astray:  # behind a damaged record stand those that belong to it: told already
            what = f"a {record.kind or 'nameless'} record that belongs to no attempt"
            self._on_fault(RecordFault("incomplete", record.offset, what))

    def _end(self) -> Iterator[Attempt]:
        """Close the attempt that is being gathered."""
        gathered, self._open = self._open, None
        if gathered is None:
            return
        try:
            attempt = gathered.attempt()
        except ValueError as error:
            self._on_fault(RecordFault("damaged", gathered.first.offset, str(error)))
            return
        if gathered.last_kind != "metadata":
            what = "an attempt without its metadata record"
            self._on_fault(RecordFault("incomplete", gathered.first.offset, what))
            return
        if gathered.payload_fault and not gathered.answers_head:
            self._on_fault(gathered.payload_fault)
        self.attempts += 1
        yield attempt


class ForeignReader:
    """Reads a foreign file as `AttemptReader` reads ours: each capture stands alone.

    What is wrong with its records was told when it was imported; whether it is the file that was imported, its
    SHA-256 says.
    """

    def __init__(self, read_at: ReadAt, name: str) -> None:
        """Prepare to read.

        Args:
            read_at: gives the file's bytes.
            name: what captures call it, relative to warc/.
        """
        self._read_at = read_at
        self._name = name
        self.records = 0
        """Captures, so far."""
        self.attempts = 0
        """Likewise."""
        self.offset = 0
        """Of the record read last."""

    def __iter__(self) -> Iterator[Attempt]:
        for place, exchange in scan(self._read_at, self._name):
            self.offset = place.offset
            self.records += 1
            self.attempts += 1
            yield Attempt(
                place.offset,
                place.length,
                place.group_length,
                place.record_type,
                exchange.url,
                utc_text(exchange.started),
                place.payload_digest,
            )


@dataclass(frozen=True, slots=True)
class _Head:
    """What is kept of an attempt's first record once its block is let go."""

    offset: int
    length: int
    kind: str
    url: str
    date: str
    payload_digest: str | None


class _Open:
    """An attempt being gathered."""

    def __init__(self, record: SpooledRecord) -> None:
        said = record.headers.get
        self.first = _Head(
            record.offset,
            record.length,
            record.kind,
            said("warc-target-uri", ""),
            said("warc-date", ""),
            None if record.kind in WITHOUT_PAYLOAD else said("warc-payload-digest"),
        )
        self.record_id = said("warc-record-id", "")
        self.last_kind = record.kind
        self.answers_head = False
        self.payload_fault = payload_fault(record) if record.kind == "response" else None
        self._length = record.length

    def add(self, record: SpooledRecord) -> None:
        """A further record of the attempt."""
        self.last_kind = record.kind
        self._length += record.length
        if record.kind == "request" and record.block[:5] == b"HEAD ":
            # Whatever came, the answer to HEAD has no payload (RFC 9110, section 9.3.2).
            self.answers_head = self.first.payload_digest == _EMPTY

    def attempt(self) -> Attempt:
        """All of it; ValueError where its date is none."""
        first = self.first
        started = datetime.fromisoformat(first.date)
        if started.utcoffset() is None:
            raise ValueError("a WARC-Date without a time zone")
        return Attempt(
            first.offset,
            first.length,
            self._length,
            first.kind,
            first.url,
            utc_text(started),
            first.payload_digest,
        )


def faults_of(record: SpooledRecord) -> Iterator[RecordFault]:
    """What is wrong with a record, but for the payload of a response, which the request has a say in."""
    said = record.headers.get("warc-block-digest")
    if said is None or agrees(said, record.pieces()) is not True:
        yield RecordFault(
            "block_digest", record.offset, f"{_named(record)}: its block has not the digest {said}"
        )
    if record.kind not in {"response", "revisit"} and (fault := payload_fault(record)):
        yield fault


def payload_fault(record: SpooledRecord) -> RecordFault | None:
    """Whether the payload has the digest that the record says; a revisit's is elsewhere."""
    said = record.headers.get("warc-payload-digest")
    if said is None or record.kind == "revisit" or agrees(said, _payload(record)) is True:
        return None
    what = f"{_named(record)}: its payload has not the digest {said}"
    return RecordFault("payload_digest", record.offset, what)


def _payload(record: SpooledRecord) -> Iterator[bytes]:
    if record.kind == "response":
        for start, end in payload_spans(record.block):
            yield from record.pieces(start, end)
    elif record.kind == "request":
        sent = record.block[:]
        yield sent[body_start(sent) or len(sent) :]
    else:
        yield from record.pieces()


def _named(record: SpooledRecord) -> str:
    return f"{record.kind} of {record.headers.get('warc-target-uri', 'no URL')}"
