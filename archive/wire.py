"""HTTP/1.1 as it stands in a block of bytes: one reader for live and for archived responses.

Servers send what they like, so the reading is lenient where browsers are (RFC 9112, section 2.2 and
appendix C): lines that end in LF alone, folded fields, lines without a colon, no reason phrase, chunk
extensions and trailers, a message that breaks off. What was out of order is named in `faults`, and
nothing that came is thrown away.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.wire_coding import Decoded, decode_stream

if TYPE_CHECKING:
    from collections.abc import Iterator
    from mmap import mmap
    from typing import TypeAlias

    from archive.records import Headers

    Block: TypeAlias = bytes | mmap
    Span: TypeAlias = tuple[int, int]

__all__ = [
    "Decoded",
    "ParsedResponse",
    "body_start",
    "decode_body",
    "header",
    "media_type",
    "parse_head",
    "parse_response",
    "payload_spans",
    "split_interim",
]

MAX_SIZE_LINE = 1024
"""Bytes of a chunk's first line that are looked at where it does not end."""
MAX_CODINGS = 4
"""Content codings applied to one body; more than two are only seen in attacks."""

_HEAD_END = re.compile(rb"\n\r?\n")
# HTTP/2 has no status line: programs that write one for it say HTTP/2, HTTP/2.0 or h2.
_STATUS_LINE = re.compile(
    rb"(HTTP/[0-9]+(?:\.[0-9]+)?|h[23])[ \t]+([0-9]{3})(?:[ \t]+(.*))?", re.DOTALL | re.IGNORECASE
)
_CHUNK_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?", re.DOTALL)
_DIGITS = re.compile(rb"[0-9]{1,18}")
_MEDIA_TYPE = re.compile(r"\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+/[!#$%&'*+.^_`|~0-9A-Za-z-]+)")
_CHARSET = re.compile(r";\s*charset\s*=\s*[\"']?\s*([0-9A-Za-z._:+-]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ParsedResponse:
    """A response, taken apart."""

    status: int | None
    """None where the block does not begin with a status line."""
    reason: bytes
    """The reason phrase as sent; often empty or localised."""
    headers: Headers
    """Names as sent, values without the white space around them; folded lines joined by a space."""
    body: bytes
    """De-chunked, still content-encoded."""
    faults: tuple[str, ...] = ()
    """What was out of order, in the order it was met; empty for a sound message."""
    head_length: int = 0
    """Bytes of the head, with the empty line that ends it."""
    version: bytes = b""
    """As sent, e.g. `HTTP/1.1`."""


def header(headers: Headers, name: bytes | str) -> bytes | None:
    """The first value of a field, or None; names compare without regard to case."""
    wanted = (name.encode("latin-1") if isinstance(name, str) else name).lower()
    return next((value for key, value in headers if key.lower() == wanted), None)


def media_type(headers: Headers) -> tuple[str | None, str | None]:
    """What Content-Type says (RFC 9110, section 8.3).

    Returns:
        `type/subtype` and the charset, both lower-case; None for what is not said or makes no sense.
    """
    value = (header(headers, b"content-type") or b"").decode("latin-1")
    kind = _MEDIA_TYPE.match(value)
    charset = _CHARSET.search(value)
    return kind and kind[1].lower(), charset and charset[1].lower()


def decode_body(headers: Headers, body: bytes, limit: int) -> Decoded:
    """Undo Content-Encoding (RFC 9110, section 8.4), in memory bounded by `limit` and the body's size.

    A body that is not in the coding its header claims is handed on as it is, and a coding that is not
    known (some servers write `UTF-8` there) is passed over, each with a fault.

    Args:
        headers: of the response.
        body: de-chunked, still encoded.
        limit: bytes of content to stop at; also of each stage where codings are stacked.
    """
    names = [
        coding.strip().lower().decode("latin-1")
        for key, value in headers
        if key.lower() == b"content-encoding"
        for coding in value.split(b",")
        if coding.strip()
    ]
    if len(names) > MAX_CODINGS:
        return Decoded(
            b"", truncated=True, fault=f"{len(names)} content codings; at most {MAX_CODINGS} are undone"
        )
    content, truncated, faults = body, False, []
    for name in reversed(names):
        stage = decode_stream(name, content, limit)
        content, truncated = stage.content, truncated or stage.truncated
        if stage.fault:
            faults.append(stage.fault)
    if len(content) > limit:
        content, truncated = content[:limit], True
    return Decoded(content, truncated, "; ".join(faults) or None)


def body_start(block: bytes) -> int | None:
    """Where the body begins: after the first empty line; None while the head is not whole."""
    end = _HEAD_END.search(block)
    return end.end() if end else None


def split_interim(block: bytes) -> tuple[tuple[bytes, ...], bytes]:
    """Cut the interim (1xx) responses off the front of what a server sent.

    They stand outside the response's WARC block, or readers take a 103 for the response. 101 is final
    (RFC 9110, section 15.2.2).

    Returns:
        The interim responses, and the rest.
    """
    interim: list[bytes] = []
    rest = block
    while rest.startswith(b"HTTP/"):
        end = body_start(rest)
        line = _STATUS_LINE.match(rest.split(b"\n", 1)[0].rstrip(b"\r"))
        if end is None or line is None or not 100 <= int(line[2]) < 200 or int(line[2]) == 101:
            break
        interim.append(rest[:end])
        rest = rest[end:]
    return tuple(interim), rest


def parse_response(block: bytes, *, head_only: bool = False, whole: bool = False) -> ParsedResponse:
    """Read one final response.

    Args:
        block: head and body as received, without interim responses.
        head_only: it answers HEAD, so that whatever the head says there is no body.
        whole: the body ends where the block does, whatever shorter length the head says; see `payload_spans`.

    Returns:
        What could be read; never raises, whatever the bytes.
    """
    head = _head(block)
    if head.status is None:
        return ParsedResponse(None, b"", (), block, tuple(head.faults))
    view = memoryview(block)
    body = b"".join(view[start:end] for start, end in _spans(block, head, head_only=head_only, whole=whole))
    return ParsedResponse(
        head.status, head.reason, head.headers, body, tuple(head.faults), head.length, head.version
    )


def parse_head(block: Block) -> ParsedResponse:
    """Read the head of a response alone: what `parse_response` says, without a body."""
    head = _head(block)
    return ParsedResponse(
        head.status, head.reason, head.headers, b"", tuple(head.faults), head.length, head.version
    )


def payload_spans(block: Block, *, head_only: bool = False, whole: bool = False) -> Iterator[Span]:
    """Where the payload of a response lies in its block: what `parse_response` joins to a body.

    For blocks that are not to be copied: a mapped file will do. `whole` is for records of programs that decode a
    body and keep the head that came with it: its Content-Length is then that of fewer bytes.

    Yields:
        Start and end of each piece, in order.
    """
    head = _head(block)
    if head.status is None:
        yield 0, len(block)
    else:
        yield from _spans(block, head, head_only=head_only, whole=whole)


@dataclass(frozen=True, slots=True)
class _Head:
    status: int | None
    reason: bytes
    headers: Headers
    faults: list[str]
    length: int
    version: bytes


def _head(block: Block) -> _Head:
    faults: list[str] = []
    end = _HEAD_END.search(block)
    lines = (block[: end.start()] if end else block[:]).split(b"\n")
    if not end:
        faults.append("the head breaks off")
        lines = lines[:-1] if len(lines) > 1 else lines  # the last line is not whole
    start = _STATUS_LINE.fullmatch(lines[0].removesuffix(b"\r"))
    if start is None:
        return _Head(None, b"", (), ["no status line", *faults], 0, b"")
    headers = _fields(lines[1:], faults)
    return _Head(int(start[2]), start[3] or b"", headers, faults, end.end() if end else len(block), start[1])


def _spans(block: Block, head: _Head, *, head_only: bool, whole: bool) -> Iterator[Span]:
    status = head.status or 0
    if head_only or status in {204, 304} or status < 200:
        return iter(())
    return _payload(block, head, whole=whole)


def _fields(lines: list[bytes], faults: list[str]) -> Headers:
    """Header lines to pairs; folded ones joined (RFC 9112, section 5.2), those without a colon named."""
    fields: list[tuple[bytes, bytes]] = []
    for line in lines:
        if line[:1] in {b" ", b"\t"}:
            if fields:
                name, value = fields[-1]
                fields[-1] = name, b" ".join(filter(None, (value, line.strip())))
                continue
            faults.append("the first field line begins with white space")
        name, colon, value = line.partition(b":")
        if not colon:
            faults.append("a field line has no colon")
            continue
        fields.append((name.strip(), value.strip()))
    return tuple(fields)


def _payload(block: Block, head: _Head, *, whole: bool) -> Iterator[Span]:
    """Where the body's payload lies, by its framing (RFC 9112, section 6.3)."""
    start, headers, faults = head.length, head.headers, head.faults
    codings = [
        coding.strip().lower()
        for name, value in headers
        if name.lower() == b"transfer-encoding"
        for coding in value.split(b",")
    ]
    if b"chunked" in codings:
        yield from _chunks(block, start, faults)
        return
    lengths = {
        length.strip()
        for name, value in headers
        if name.lower() == b"content-length"
        for length in value.split(b",")
    }
    if not lengths:
        yield start, len(block)
        return
    if len(lengths) > 1 or not _DIGITS.fullmatch(next(iter(lengths))):
        faults.append("Content-Length makes no sense")
        yield start, len(block)
        return
    length = int(lengths.pop())
    if len(block) - start < length:
        faults.append("the body is shorter than its Content-Length")
    elif len(block) - start > length:
        faults.append("bytes after the body")
    yield start, len(block) if whole else min(start + length, len(block))


def _chunks(block: Block, start: int, faults: list[str]) -> Iterator[Span]:
    """Where the chunks lie (RFC 9112, section 7.1); extensions and trailers are passed over."""
    at = start
    while True:
        eol = block.find(b"\n", at)
        line = block[at : eol if eol >= 0 else at + MAX_SIZE_LINE].removesuffix(b"\r")
        size = _CHUNK_SIZE.fullmatch(line)
        if size is None and at == start and (line or eol >= 0):
            # Said to be chunked, and is not, as in WARC files of programs that keep the head of what they
            # de-chunk: what came is worth more than nothing.
            faults.append("the body is not chunked, though its head says so")
            yield start, len(block)
            return
        if eol < 0:
            faults.append("the chunked body breaks off")
            return
        if size is None:
            faults.append("a chunk has no size")
            return
        length, at = int(size[1], 16), eol + 1
        if length == 0:
            return
        yield at, min(at + length, len(block))
        at += length
        if at > len(block):
            faults.append("the chunked body breaks off")
            return
        at += 2 if block[at : at + 2] == b"\r\n" else block[at : at + 1] == b"\n"
