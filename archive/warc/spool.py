"""Records of any size, their blocks in memory while small and in a mapped temporary file past that."""

from __future__ import annotations

import mmap
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

from zlib_ng import zlib_ng

from archive.warc.member import GZIP_MAGIC, BadMemberError, TornMemberError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from archive.warc.member import ReadAt

PIECE = 64 * 1024
"""Compressed bytes inflated at a time."""
STEP = 1 << 20
"""Bytes of content a step may yield, whatever a piece inflates to."""
SEARCH_BYTES = 1 << 20
"""Read at a time where the next member is searched for behind a damaged one."""
MAX_HEAD_BYTES = 1 << 20
"""Of a record's header; a longer one is no WARC record."""
SPOOL_BYTES = 8 << 20
"""A larger block goes to a temporary file."""
MAX_BLOCK_BYTES = 1 << 34
"""Of a block, decompressed: a member that claims or inflates to more is refused."""
TRAILER = b"\r\n\r\n"

# The stubs of zlib_ng call its error an instance; it is a class.
_DAMAGE = cast("type[Exception]", zlib_ng.error)


@dataclass(frozen=True, slots=True)
class SpooledRecord:
    """A record; its block is to be used while it is open."""

    version: str
    """As the first line says: `WARC/1.1`."""
    headers: Mapping[str, str]
    """Lower-case names; of a repeated one, the first."""
    block: bytes | mmap.mmap
    offset: int
    """Of the record in its file: of its gzip member, where it has one."""
    length: int
    """In the file, in bytes: of the member, or of the record with the empty lines behind it."""

    @property
    def kind(self) -> str:
        """WARC-Type."""
        return self.headers.get("warc-type", "")

    def pieces(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """A part of the block, not much of it in memory at a time."""
        stop = len(self.block) if end is None else end
        if start == 0 and stop == len(self.block) and isinstance(self.block, bytes):
            yield self.block
            return
        for at in range(start, stop, STEP):
            yield self.block[at : min(at + STEP, stop)]


class AllowanceSpentError(BadMemberError):
    """More was read in vain than is allowed."""


class Allowance:
    """How many bytes, read and inflated, a search may cost: a file made for it would cost hours."""

    def __init__(self, size: int) -> None:
        self._left = size

    def spend(self, size: int) -> None:
        """Count so many bytes.

        Raises:
            AllowanceSpentError: there are not so many left.
        """
        self._left -= size
        if self._left < 0:
            raise AllowanceSpentError("too much that only looks like records: the rest is not read")


class Content(Protocol):
    """Decompressed bytes, in order."""

    def read(self, size: int) -> bytes:
        """At most so many; none at the end. Raises BadMemberError where they are torn or damaged."""

    @property
    def consumed(self) -> int:
        """Bytes of the file that the content read so far took; of a member all, once its end is read."""


class MemberContent:
    """The content of the gzip member at a place."""

    def __init__(self, read_at: ReadAt, offset: int, allowance: Allowance | None = None) -> None:
        self._read_at = read_at
        self._allowance = allowance
        self._at = offset
        self._offset = offset
        self._stream = zlib_ng.decompressobj(31)
        self._fed = b""

    @property
    def consumed(self) -> int:
        """Bytes of the member; all of it once its end is read."""
        return self._at - self._offset - len(self._fed)

    def read(self, size: int) -> bytes:
        """At most so many bytes; none at the member's end."""
        while not self._stream.eof:
            if not self._fed:
                self._fed = self._read_at(self._at, PIECE)
                self._at += len(self._fed)
            ended = not self._fed
            try:
                piece = self._stream.decompress(self._fed, min(size, STEP))
            except _DAMAGE as error:
                raise BadMemberError(f"damaged: {error}") from error
            self._fed = self._stream.unused_data if self._stream.eof else self._stream.unconsumed_tail
            if self._allowance is not None:
                self._allowance.spend(PIECE + len(piece))
            if piece:
                return piece
            if ended and not self._stream.eof:
                raise TornMemberError
        return b""


class PlainContent:
    """Bytes of an uncompressed file from a place on."""

    def __init__(self, read_at: ReadAt, offset: int, allowance: Allowance | None = None) -> None:
        self._read_at = read_at
        self._allowance = allowance
        self._at = offset
        self._offset = offset

    @property
    def consumed(self) -> int:
        """Bytes read so far."""
        return self._at - self._offset

    def read(self, size: int) -> bytes:
        """At most so many bytes; none at the end of the file."""
        piece = self._read_at(self._at, min(size, STEP))
        self._at += len(piece)
        if self._allowance is not None:
            self._allowance.spend(len(piece))
        return piece


class Unread:
    """Content that can be looked at before it is taken."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._ahead = b""

    @property
    def consumed(self) -> int:
        """Bytes of the file that what was taken took; exact for plain files, and at the end of members."""
        return self._content.consumed - (len(self._ahead) if isinstance(self._content, PlainContent) else 0)

    def read(self, size: int) -> bytes:
        """At most so many bytes; none at the end."""
        if self._ahead:
            piece, self._ahead = self._ahead[:size], self._ahead[size:]
            return piece
        return self._content.read(size)

    def peek(self, size: int) -> bytes:
        """So many bytes, or fewer at the end, without taking them."""
        while len(self._ahead) < size and (piece := self._content.read(PIECE)):
            self._ahead += piece
        return self._ahead[:size]

    def exactly(self, size: int) -> bytes:
        """So many bytes, or fewer at the end."""
        pieces: list[bytes] = []
        while size and (piece := self.read(size)):
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def until(self, mark: bytes, limit: int) -> bytes | None:
        """What stands before a mark, which is taken too; None where there is none within `limit`."""
        content = self._ahead
        searched = 0
        while (found := content.find(mark, searched)) < 0:
            searched = max(0, len(content) - len(mark) + 1)
            piece = self._content.read(PIECE) if len(content) <= limit else b""
            if not piece:
                self._ahead = content
                return None
            content += piece
        self._ahead = content[found + len(mark) :]
        return content[:found]


@contextmanager
def spooled_record(read_at: ReadAt, offset: int) -> Iterator[SpooledRecord | None]:
    """The record whose gzip member begins at `offset`, and which is all of that member.

    Yields:
        None at the end of the file.

    Raises:
        BadMemberError: the member is torn or damaged, or does not hold exactly one WARC record.
    """
    if not read_at(offset, 1):
        yield None
        return
    content = MemberContent(read_at, offset)
    unread = Unread(content)
    version, headers = read_head(unread)
    with ExitStack() as stack:
        block = spool(unread, block_size(headers), stack)
        if unread.exactly(len(TRAILER)) != TRAILER or unread.read(1):
            raise BadMemberError("a record that is not as long as its Content-Length")
        yield SpooledRecord(version, headers, block, offset, content.consumed)


@dataclass(frozen=True, slots=True)
class Gap:
    """A place that holds no sound record."""

    offset: int
    fault: BadMemberError


def walk(read_at: ReadAt) -> Iterator[SpooledRecord | Gap]:
    """The records of a file in order, each to be used before the next is asked for; gaps where it is damaged."""
    offset = 0
    while True:
        try:
            with spooled_record(read_at, offset) as record:
                if record is None:
                    return
                offset += record.length
                yield record
        except BadMemberError as fault:
            yield Gap(offset, fault)
            offset = _next_member(read_at, offset + 1)


def _next_member(read_at: ReadAt, start: int) -> int:
    """Where the next whole record begins, or the end of the file."""
    at = start
    while piece := read_at(at, SEARCH_BYTES):
        found = piece.find(GZIP_MAGIC)
        while found >= 0:
            try:
                with spooled_record(read_at, at + found):
                    return at + found
            except BadMemberError:
                found = piece.find(GZIP_MAGIC, found + 1)
        at += max(1, len(piece) - len(GZIP_MAGIC) + 1)
    return at


def read_head(unread: Unread) -> tuple[str, dict[str, str]]:
    """The first line and the named fields of a WARC record.

    Raises:
        BadMemberError: no record begins here.
    """
    head = unread.until(b"\r\n\r\n", MAX_HEAD_BYTES)
    if head is None or not head.startswith(b"WARC/"):
        raise BadMemberError("no WARC record")
    version, *lines = head.decode("utf-8", "replace").split("\r\n")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers.setdefault(name.strip().lower(), value.strip())
    return version, headers


def block_size(headers: Mapping[str, str]) -> int:
    """What Content-Length says.

    Raises:
        BadMemberError: it says nothing, or more than any record may have.
    """
    size = headers.get("content-length", "")
    if not (size.isascii() and size.isdigit()):
        raise BadMemberError("a record without a Content-Length")
    if len(size) > 19 or int(size) > MAX_BLOCK_BYTES:
        raise BadMemberError(f"a record of more than {MAX_BLOCK_BYTES} bytes")
    return int(size)


def spool(unread: Unread, size: int, stack: ExitStack) -> bytes | mmap.mmap:
    """Take a block of this size, into memory or past `SPOOL_BYTES` into a temporary file.

    Args:
        unread: where it comes from.
        size: in bytes.
        stack: closes the temporary file.

    Raises:
        BadMemberError: it is shorter.
    """
    if size <= SPOOL_BYTES:
        block = unread.exactly(size)
        if len(block) < size:
            raise BadMemberError("a record that is not as long as its Content-Length")
        return block
    file = stack.enter_context(tempfile.TemporaryFile(prefix="warraq-"))  # noqa: SIM115  (the stack does)
    rest = size
    while rest and (piece := unread.read(min(rest, STEP))):
        file.write(piece)
        rest -= len(piece)
    if rest:
        raise BadMemberError("a record that is not as long as its Content-Length")
    file.flush()
    return stack.enter_context(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
