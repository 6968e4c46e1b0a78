"""A part of a body, as media players ask for it (RFC 9110, section 14)."""

from __future__ import annotations

import re
from typing import Final

_RANGE: Final = re.compile(r"\s*bytes\s*=\s*([0-9]{0,18})\s*-\s*([0-9]{0,18})\s*", re.IGNORECASE)


class UnsatisfiableRangeError(ValueError):
    """The body has no such part."""


def range_of(asked: str | None, size: int) -> tuple[int, int] | None:
    """What a Range field asks for: where the part starts, and where it ends, exclusively.

    Returns:
        None where the whole body is to be sent: nothing was asked, or what a server may ignore (several
        parts, other units, what makes no sense).

    Raises:
        UnsatisfiableRangeError: the part begins behind the end.
    """
    found = _RANGE.fullmatch(asked) if asked else None
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        start, end = max(0, size - int(found[2])), size
    else:
        start, end = int(found[1]), min(int(found[2]) + 1, size) if found[2] else size
        if found[2] and int(found[2]) < start:
            return None
    if start >= size or start >= end:
        raise UnsatisfiableRangeError(f"bytes {start}- of {size}")
    return start, end
