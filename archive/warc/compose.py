"""The records of one attempt, each a gzip member, in memory.

Composed by warcio, with two corrections: blocks go in as the bytes they are (warcio would parse an HTTP
head and write it anew), and `gzip_member` compresses them.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive.errors import WarcError
from archive.warc.deflate import gzip_member
from archive.warc.digest import sha1
from archive.warc.fields import Remarks, remarks_of, write_fields, write_remarks
from archive.warc.location import tombstone_address
from archive.wire import body_start, header

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archive.records import Exchange, Provenance
    from archive.warc.location import Original, RecordType

WARC_FIELDS = "application/warc-fields"
CONFORMS_TO = "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"
REVISIT_PROFILE = "http://netpreserve.org/warc/1.1/revisit/"


class _Block(StatusAndHeaders):  # type: ignore[misc]  # warcio is not typed
    """A block that warcio writes as it is, in the place of an HTTP head it would compose."""

    def __init__(self, block: bytes) -> None:
        super().__init__("as received", [])
        self._block = block

    def compute_headers_buffer(self, header_filter: object = None) -> None:
        self.headers_buff = self._block


class _Written:
    """A file-like object that keeps what warcio writes to it."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def write(self, content: bytes) -> None:
        self.pieces.append(content)

    def flush(self) -> None:
        """Called by warcio at the end of a record."""


@dataclass(frozen=True, slots=True)
class Group:
    """The members of one attempt, in the order they are written."""

    members: tuple[bytes, ...]
    record_type: RecordType
    """Of the first."""
    payload_digest: str | None
    record_id: str


def warc_date(instant: datetime) -> str:
    """An aware instant in UTC with microseconds (WARC 1.1, section 5.4).

    Raises:
        ValueError: the instant has no time zone.
    """
    if instant.utcoffset() is None:
        raise ValueError(f"an instant without a time zone: {instant!r}")
    return instant.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def new_record_id() -> str:
    """A fresh WARC-Record-ID."""
    return f"<urn:uuid:{uuid.uuid4()}>"


def compose_warcinfo(filename: str, info: Mapping[str, str]) -> tuple[str, bytes]:
    """The first record of a file: its id, and its member."""
    record_id = new_record_id()
    block = write_fields({"format": "WARC File Format 1.1", "conformsTo": CONFORMS_TO, **info}.items())
    head = {
        "WARC-Record-ID": record_id,
        "WARC-Filename": filename,
        "WARC-Date": warc_date(datetime.now(UTC)),
        "WARC-Block-Digest": sha1(block),
    }
    return record_id, compose_record("warcinfo", head, WARC_FIELDS, block)


def compose_exchange(exchange: Exchange, warcinfo_id: str, original: Original | None = None) -> Group:
    """The records of an attempt: response or revisit, request, metadata.

    A revisit's block is the response's head (WARC 1.1, section 6.7.2); its payload digest is of the payload
    that came. That of a 304 is empty, as section 6.7.3 allows, and its digest is of the payload that it refers
    to: pywb 2.10 takes a head that is there, or the digest of nothing, for all there is and shows an empty page,
    where else it shows the original. What came is kept in the metadata record.

    Raises:
        WarcError: nothing was on the wire, or the URL cannot stand in a header.
        ValueError: a truncated payload is no repetition of an earlier one, nor is an empty one.
    """
    if not exchange.request and not exchange.response:
        raise WarcError(f"{exchange.url}: nothing was sent and nothing came, so there is nothing to record")
    if original and (exchange.truncated or not exchange.response):
        raise ValueError(f"{exchange.url}: not whole, so it cannot stand for an earlier capture")
    unmodified = original is not None and original.profile == "server-not-modified"
    shared = _shared(exchange.url, exchange.started, warcinfo_id)
    if exchange.ip is not None:
        shared["WARC-IP-Address"] = exchange.ip
    main_id = new_record_id()
    members: list[bytes] = []
    digest = None
    if exchange.response:
        digest = original.payload_digest if original and unmodified else sha1(exchange.body)
        head = shared | {"WARC-Record-ID": main_id}
        if digest is not None:
            head["WARC-Payload-Digest"] = digest
        members.append(_response(exchange, head, original))
    if exchange.request:
        head = shared | {"WARC-Protocol": "http/1.1"}
        head |= _beside(main_id) if members else {"WARC-Record-ID": main_id}
        sent = exchange.request[body_start(exchange.request) or len(exchange.request) :]
        head |= {"WARC-Block-Digest": sha1(exchange.request), "WARC-Payload-Digest": sha1(sent)}
        members.append(compose_record("request", head, "application/http; msgtype=request", exchange.request))
    remarks = remarks_of(exchange, without_block=unmodified)
    members.append(_metadata(remarks, shared | _beside(main_id)))
    kind: RecordType = ("revisit" if original else "response") if exchange.response else "request"
    return Group(tuple(members), kind, digest, main_id)


def compose_resource(
    url: str, content: bytes, media_type: str, started: datetime, provenance: Provenance, warcinfo_id: str
) -> Group:
    """The records of something that came by no exchange: resource, metadata."""
    shared = _shared(url, started, warcinfo_id)
    main_id, digest = new_record_id(), sha1(content)
    head = {"WARC-Record-ID": main_id, "WARC-Block-Digest": digest, "WARC-Payload-Digest": digest}
    members = (
        compose_record("resource", shared | head, media_type, content),
        _metadata(Remarks(provenance), shared | _beside(main_id)),
    )
    return Group(members, "resource", digest, main_id)


def compose_tombstone(takedown: int, capture: int, started: datetime) -> bytes:
    """What stands in the place of an attempt that was taken down, so that those behind it keep their rank.

    It says which line of the ledger took it down and when the attempt was made, and nothing of what it was. A
    function of its arguments alone: a removal that is done again after a crash gives the same file.
    """
    address = tombstone_address(takedown)
    block = write_fields([("warraq-takedown", str(takedown))])
    head = {
        "WARC-Record-ID": f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{address}:{capture}')}>",
        "WARC-Target-URI": address,
        "WARC-Date": warc_date(started),
        "WARC-Block-Digest": sha1(block),
        "WARC-Payload-Digest": sha1(block),
    }
    return compose_record("metadata", head, WARC_FIELDS, block)


def _shared(url: str, started: datetime, warcinfo_id: str) -> dict[str, str]:
    if not url or url != url.strip() or not url.isprintable():
        raise WarcError(f"{url!r}: white space or control characters cannot stand in WARC-Target-URI")
    return {"WARC-Target-URI": url, "WARC-Date": warc_date(started), "WARC-Warcinfo-ID": warcinfo_id}


def _beside(main_id: str) -> dict[str, str]:
    return {"WARC-Record-ID": new_record_id(), "WARC-Concurrent-To": main_id}


def _response(exchange: Exchange, head: dict[str, str], original: Original | None) -> bytes:
    start = body_start(exchange.response) or len(exchange.response)
    block = exchange.response[:start] if original else exchange.response
    if original and original.profile == "server-not-modified":
        block = b""
    head["WARC-Block-Digest"] = sha1(block)
    if exchange.status is not None:
        head["WARC-Protocol"] = exchange.response[:16].split()[0].decode("ascii").lower()
    if exchange.truncated:
        head["WARC-Truncated"] = exchange.truncated
    if original:
        head |= {
            "WARC-Profile": REVISIT_PROFILE + original.profile,
            "WARC-Refers-To": original.record_id,
            "WARC-Refers-To-Target-URI": original.url,
            "WARC-Refers-To-Date": warc_date(original.started),
        }
    packed_from = start if header(exchange.headers, b"content-encoding") and not original else None
    kind = "revisit" if original else "response"
    return compose_record(kind, head, "application/http; msgtype=response", block, packed_from)


def _metadata(remarks: Remarks, head: dict[str, str]) -> bytes:
    block = write_remarks(remarks)
    digest = sha1(block)
    head |= {"WARC-Block-Digest": digest, "WARC-Payload-Digest": digest}
    return compose_record("metadata", head, WARC_FIELDS, block)


def compose_record(
    kind: str, head: Mapping[str, str], content_type: str, block: bytes, packed_from: int | None = None
) -> bytes:
    """One record as one member.

    Args:
        kind: WARC-Type.
        head: the other named fields, WARC-Record-ID among them, but for Content-Type and Content-Length.
        content_type: of the block.
        block: as it is.
        packed_from: where in the block what is compressed already begins; it is not compressed again.
    """
    written = _Written()
    writer = WARCWriter(written, gzip=False, warc_version="1.1")
    record = writer.create_warc_record(
        "",
        kind,
        http_headers=_Block(block),
        warc_content_type=content_type,
        warc_headers_dict={"WARC-Type": kind, "WARC-Record-ID": head["WARC-Record-ID"], **head},
    )
    writer.write_record(record)
    start = len(written.pieces[0])
    packed = None if packed_from is None else slice(start + packed_from, start + len(block))
    return gzip_member(b"".join(written.pieces), packed)
