"""Revisit records whose original goes: one becomes the whole response, the others refer to it instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from archive.errors import WarcError
from archive.warc.compose import compose_record, warc_date
from archive.warc.digest import agrees, sha1
from archive.warc.location import is_unmodified
from archive.wire import header, parse_response

if TYPE_CHECKING:
    from archive.warc.location import Original
    from archive.warc.member import Record

_SET_ANEW: Final = frozenset({"warc-type", "content-type", "content-length", "warc-block-digest"})
_OF_REVISITS: Final = frozenset(
    {"warc-profile", "warc-refers-to", "warc-refers-to-target-uri", "warc-refers-to-date"}
)
_UPPER: Final = frozenset({"warc", "id", "ip", "uri"})


def as_response(revisit: Record, head: bytes, payload: bytes) -> bytes:
    """The response that a revisit record stood for, as a gzip member.

    The payload is that of the record it referred to, byte for byte; where
    the head says that it came in chunks it is one chunk here, since how it was cut is not known. The record
    keeps its id, which the request and the metadata beside it name. A 304 stays a head alone: it is whole.

    Args:
        revisit: the record.
        head: of the response, as it was received.
        payload: de-chunked, still content-encoded.

    Raises:
        WarcError: the payload is not the one that the revisit says was received.
    """
    parsed = parse_response(head)
    unmodified = is_unmodified(revisit.headers)
    block = head if unmodified else head + _framed(payload, header(parsed.headers, b"transfer-encoding"))
    said = revisit.headers.get("warc-payload-digest", "")
    if not unmodified and agrees(said, [parse_response(block).body]) is not True:
        raise WarcError(
            f"{revisit.headers.get('warc-target-uri', 'a revisit')}: the payload that it repeats has not the "
            f"digest {said}, so it cannot be made whole. 'warraq verify' tells what is damaged; --seal "
            f"withholds without changing a file."
        )
    packed_from = len(head) if header(parsed.headers, b"content-encoding") else None
    fields = _fields(revisit, without=_SET_ANEW | _OF_REVISITS) | {"WARC-Block-Digest": sha1(block)}
    if unmodified:
        fields["WARC-Payload-Digest"] = sha1(b"")
    return compose_record("response", fields, revisit.headers["content-type"], block, packed_from)


def refer_to(revisit: Record, original: Original) -> bytes:
    """The same revisit of another original, as a gzip member."""
    fields = _fields(revisit, without=_SET_ANEW) | {
        "WARC-Block-Digest": sha1(revisit.block),
        "WARC-Refers-To": original.record_id,
        "WARC-Refers-To-Target-URI": original.url,
        "WARC-Refers-To-Date": warc_date(original.started),
    }
    return compose_record("revisit", fields, revisit.headers["content-type"], revisit.block)


def _framed(payload: bytes, transfer_encoding: bytes | None) -> bytes:
    if transfer_encoding is None or b"chunked" not in transfer_encoding.lower():
        return payload
    return (b"%x\r\n%s\r\n" % (len(payload), payload) if payload else b"") + b"0\r\n\r\n"


def _fields(record: Record, *, without: frozenset[str]) -> dict[str, str]:
    return {_cased(name): value for name, value in record.headers.items() if name not in without}


def _cased(name: str) -> str:
    """A field's name as the standard writes it; names compare without regard to case."""
    return "-".join(part.upper() if part in _UPPER else part.capitalize() for part in name.split("-"))
