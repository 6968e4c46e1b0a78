"""A WARC file without some of its records: what of it may be passed on."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, BinaryIO, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PIECE: Final = 1 << 20
"""Bytes read at a time."""


class Kept:
    """A file as it is without some of its records."""

    def __init__(self, file: BinaryIO, withheld: Sequence[tuple[int, int]]) -> None:
        """Prepare.

        Args:
            file: all of it.
            withheld: offset and length of what is left out, in order.
        """
        self._file = file
        self._withheld = withheld
        size = file.seek(0, os.SEEK_END)
        starts = [0, *(offset + length for offset, length in withheld)]
        ends = [*(offset for offset, _ in withheld), size]
        self.size = size - sum(length for _, length in withheld)
        """In bytes, of what is left."""
        self._spans = [(start, end) for start, end in zip(starts, ends, strict=True) if start < end]

    def __iter__(self) -> Iterator[bytes]:
        yield from self.pieces(0, self.size)

    def pieces(self, start: int, end: int) -> Iterator[bytes]:
        """A part of what is left, not much of it in memory at a time."""
        at = start
        while at < end and (piece := self.read_at(at, min(PIECE, end - at))):
            yield piece
            at += len(piece)

    def read_at(self, offset: int, size: int) -> bytes:
        """At most so many bytes from a place of what is left; none at the end."""
        for start, end in self._spans:
            if offset < end - start:
                self._file.seek(start + offset)
                return self._file.read(min(size, end - start - offset))
            offset -= end - start
        return b""
