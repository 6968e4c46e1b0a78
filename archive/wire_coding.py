"""Content codings undone piece by piece, so that a bomb stops at the limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

from zlib_ng import zlib_ng

if TYPE_CHECKING:
    from collections.abc import Iterator

try:
    import brotli
except ImportError:  # not a requirement: `br` is then not asked for either
    brotli = None

PIECE = 64 * 1024
"""Bytes fed to a decoder at a time."""
STEP = 1024 * 1024
"""Bytes of content a step may yield, whatever a piece inflates to."""

_GZIP_MAGIC = b"\x1f\x8b"
_GZIP, _ZLIB, _RAW = 31, 15, -15
_OPTIONAL_FAULTS = () if brotli is None else (brotli.error,)
# The stubs of zlib_ng call its error an instance; it is a class.
_FAULTS = cast("tuple[type[Exception], ...]", (ValueError, zlib_ng.error, *_OPTIONAL_FAULTS))


@dataclass(frozen=True, slots=True)
class Decoded:
    """A body without its content coding."""

    content: bytes
    truncated: bool = False
    """The limit was met: there is more."""
    fault: str | None = None
    """What was wrong with the coding; `content` is what could be read before it."""


class _Decoder(Protocol):
    """A decompressor that yields at most so many bytes a step."""

    def steps(self, body: bytes, room: int) -> Iterator[bytes]:
        """Yield content until the body ends; raises the codec's own error, or ValueError."""


def decode_stream(coding: str, body: bytes, limit: int) -> Decoded:
    """Undo one coding.

    Args:
        coding: lower-case name, as in Content-Encoding.
        body: encoded.
        limit: bytes of content to stop at.
    """
    if coding in {"identity", "none"} or not body:
        return Decoded(body)
    decoder = _decoder(coding, body)
    if isinstance(decoder, str):
        return Decoded(body, fault=decoder)
    pieces: list[bytes] = []
    size, fault = 0, None
    try:
        for piece in decoder.steps(body, limit + 1):
            pieces.append(piece)
            size += len(piece)
            if size > limit:
                break
    except _FAULTS as error:
        fault = f"{coding}: {error}"
    content = b"".join(pieces)
    if fault and body.lstrip()[:1] == b"<":
        # Brotli and bare deflate have no mark to tell them by: this is a page that was decoded before.
        return Decoded(body, fault=fault)
    return Decoded(content[:limit], truncated=size > limit, fault=fault)


def _decoder(coding: str, body: bytes) -> _Decoder | str:
    """The decoder of a coding, or why the body is to be taken as it is."""
    if coding in {"gzip", "x-gzip"}:
        return _Zlib(_GZIP) if body.startswith(_GZIP_MAGIC) else "said to be gzip, and is not"
    if coding in {"deflate", "x-deflate"}:
        # RFC 9110, section 8.4.1.2: meant is zlib, yet some servers send the bare deflate stream.
        wrapped = len(body) > 1 and body[0] & 15 == 8 and (body[0] << 8 | body[1]) % 31 == 0
        return _Zlib(_ZLIB if wrapped else _RAW)
    if coding == "br":
        return "br: the package brotli is not installed" if brotli is None else _Brotli()
    return f"content coding {coding!r} is not known"


@dataclass(frozen=True, slots=True)
class _Zlib:
    window_bits: int

    def steps(self, body: bytes, room: int) -> Iterator[bytes]:
        at, stream = 0, zlib_ng.decompressobj(self.window_bits)
        while True:
            fed = body[at : at + PIECE]
            piece = stream.decompress(fed, min(room, STEP))
            at += len(fed) - len(stream.unconsumed_tail) - len(stream.unused_data)
            yield piece
            if stream.eof and at == len(body):
                return
            if stream.eof:
                if self.window_bits != _GZIP or not body.startswith(_GZIP_MAGIC, at):
                    raise ValueError("bytes after the stream's end")
                stream = zlib_ng.decompressobj(self.window_bits)  # a further member (RFC 1952, section 2.2)
            elif not fed and not piece:
                raise ValueError("the stream breaks off")


@dataclass(frozen=True, slots=True)
class _Brotli:
    def steps(self, body: bytes, room: int) -> Iterator[bytes]:
        stream = brotli.Decompressor()
        for at in range(0, len(body), PIECE):
            yield stream.process(body[at : at + PIECE], output_buffer_limit=min(room, STEP))
            while not stream.is_finished() and not stream.can_accept_more_data():
                yield stream.process(b"", output_buffer_limit=min(room, STEP))
        if not stream.is_finished():
            raise ValueError("the stream breaks off")
