"""Blocks that are no article's are marked by region; what is unmarked is open."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from archive.extract.body.prose import prose

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archive.extract.body.blocks import Block, Layout

GUARD_SHARE = 0.34
"""Share of a page's prose that makes a name lie (`teaser-layout` on the whole article), or an <article> too small."""


def mark(blocks: Iterable[Block], region: str) -> None:
    """Name the region of blocks that have none yet."""
    for block in blocks:
        block.region = block.region or region


def open_prose(layout: Layout) -> list[int]:
    """Prefix sums of the prose that is not marked."""
    return [0, *accumulate(0 if block.region else prose(block) for block in layout.blocks)]
