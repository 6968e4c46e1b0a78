"""One gzip member, one WARC record: how the records of a file are taken apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, cast

from zlib_ng import zlib_ng

if TYPE_CHECKING:
    from collections.abc import Mapping

PIECE = 32 * 1024
"""Bytes read at a time: about the size of a compressed page."""

MAX_RECORD_BYTES = 1 << 30
"""Of a record, decompressed; a member that inflates to more is refused."""

GZIP_MAGIC = b"\x1f\x8b\x08"

ReadAt: TypeAlias = Callable[[int, int], bytes]
"""(offset, size) -> at most so many bytes from there; empty at the end."""

# The stubs of zlib_ng call its error an instance; it is a class.
_DAMAGE = cast("type[Exception]", zlib_ng.error)


class BadMemberError(ValueError):
    """The bytes are no whole, sound record; the text says why."""


class TornMemberError(BadMemberError):
    """The file ends within the record."""

    def __init__(self) -> None:
        super().__init__("torn: the file ends within the record")


@dataclass(frozen=True, slots=True)
class Record:
    """A WARC record and the member it lies in."""

    headers: Mapping[str, str]
    """Lower-case names; of a repeated one, the first."""
    block: bytes
    offset: int
    """Of the member, in bytes."""
    length: int
    """Of the member, in bytes."""

    @property
    def kind(self) -> str:
        """WARC-Type."""
        return self.headers.get("warc-type", "")


def read_record(read_at: ReadAt, offset: int) -> Record | None:
    """The record whose member begins at `offset`; None at the end of the file.

    Raises:
        BadMemberError: the member is torn or damaged, or holds no WARC record.
    """
    content, length = _inflate(read_at, offset)
    if not length:
        return None
    headers, start = _head(content)
    size = headers.get("content-length", "")
    if not (size.isascii() and size.isdigit()):
        raise BadMemberError("a record without a Content-Length")
    end = start + int(size)
    if content[end:] != b"\r\n\r\n":
        raise BadMemberError("a record that is not as long as its Content-Length")
    return Record(headers, content[start:end], offset, length)


def _inflate(read_at: ReadAt, offset: int) -> tuple[bytes, int]:
    stream = zlib_ng.decompressobj(31)
    pieces: list[bytes] = []
    at, size = offset, 0
    while not stream.eof:
        fed = read_at(at, PIECE)
        if not fed and at == offset:
            return b"", 0
        try:
            pieces.append(stream.decompress(fed, MAX_RECORD_BYTES - size + 1))
        except _DAMAGE as error:
            raise BadMemberError(f"damaged: {error}") from error
        at += len(fed) - len(stream.unused_data) - len(stream.unconsumed_tail)
        size += len(pieces[-1])
        if size > MAX_RECORD_BYTES:
            raise BadMemberError(f"a record of more than {MAX_RECORD_BYTES} bytes")
        if not fed and not stream.eof:
            raise TornMemberError
    return b"".join(pieces), at - offset


def _head(content: bytes) -> tuple[dict[str, str], int]:
    end = content.find(b"\r\n\r\n")
    if not content.startswith(b"WARC/1.") or end < 0:
        raise BadMemberError("no WARC record")
    headers: dict[str, str] = {}
    for line in content[:end].decode("utf-8", "replace").split("\r\n")[1:]:
        name, _, value = line.partition(":")
        headers.setdefault(name.strip().lower(), value.strip())
    return headers, end + 4
