"""The head and the directory of a ZIP file whose entries are stored: its layout, whatever lies in between.

So an archive can be served as one file without being copied into one. Every entry is of the form for more than
4 GiB (ZIP64, APPNOTE 6.3.10, sections 4.3 and 4.5.3), which readers of WACZ take at any size.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

VERSION: Final = 45
"""Of the format: the first with ZIP64."""
UTF8_NAME: Final = 1 << 11
DATE: Final = (1 << 5) | 1
"""1 January 1980, the first there is: the layout is a function of names and sizes alone."""
ELSEWHERE: Final = 0xFFFFFFFF
"""Stands for a number that is in the field for ZIP64."""
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
_END64: Final = struct.Struct("<4sQ2H2L4Q")
_LOCATOR: Final = struct.Struct("<4sLQL")
_END: Final = struct.Struct("<4s4H2LH")


@dataclass(frozen=True, slots=True)
class Entry:
    """A stored file."""

    name: str
    size: int
    """In bytes."""
    offset: int
    """Of its head."""
    crc32: int = 0
    """0 where it would take reading all of the file, which is not worth it to a reader that asks for ranges."""


def local_head(entry: Entry) -> bytes:
    """What stands before an entry's bytes."""
    name = entry.name.encode()
    extra = struct.pack("<2H2Q", 1, 16, entry.size, entry.size)
    head = _LOCAL.pack(
        b"PK\x03\x04", VERSION, UTF8_NAME, 0, 0, DATE, entry.crc32, ELSEWHERE, ELSEWHERE, len(name), len(extra)
    )  # fmt: skip
    return head + name + extra


def directory(entries: Sequence[Entry], offset: int) -> bytes:
    """What stands behind all entries, at this offset."""
    listed = b"".join(map(_listed, entries))
    count, end = len(entries), offset + len(listed)
    return b"".join(
        (
            listed,
            _END64.pack(
                b"PK\x06\x06", _END64.size - 12, VERSION, VERSION, 0, 0, count, count, len(listed), offset
            ),
            _LOCATOR.pack(b"PK\x06\x07", 0, end, 1),
            _END.pack(b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, ELSEWHERE, ELSEWHERE, 0),
        )
    )


def _listed(entry: Entry) -> bytes:
    name = entry.name.encode()
    extra = struct.pack("<2H3Q", 1, 24, entry.size, entry.size, entry.offset)
    head = _CENTRAL.pack(
        b"PK\x01\x02", VERSION, VERSION, UTF8_NAME, 0, 0, DATE, entry.crc32, ELSEWHERE, ELSEWHERE,
        len(name), len(extra), 0, 0, 0, 0, ELSEWHERE,
    )  # fmt: skip
    return head + name + extra
