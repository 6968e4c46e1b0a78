"""The block that is the article's headline, and the lines that say it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.extract.body.blocks import HEADINGS
from archive.extract.body.prose import prose
from archive.extract.vocabulary import HARD, key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archive.extract.body.blocks import Block, Layout

SAME_WORDS = 0.8
"""Share of the shorter line's words that two ways of putting a title have in common."""

MAX_LONGER = 2.5
"""A line of so many times a title's words only mentions its matter."""


def find_headline(layout: Layout, titles: Iterable[frozenset[str]]) -> int:
    """Index of the block that is the article's headline; -1 where none is.

    Args:
        layout: the page's blocks.
        titles: the folded words of what head, JSON-LD and feed say the title is.
    """
    first_h1 = -1
    half = sum(prose(block) for block in layout.blocks) / 2
    above = 0
    for index, block in enumerate(layout.blocks):
        above += prose(block)
        if above > half:
            break
        if block.tag not in HEADINGS:
            continue
        if is_title(block.text, titles) and not _inside_hard(layout, block):
            return index
        if block.tag == "h1" and first_h1 < 0 and not _inside_hard(layout, block):
            first_h1 = index
    return first_h1


def is_title(text: str, titles: Iterable[frozenset[str]]) -> bool:
    """Whether a line says one of the titles, given as folded words; it may add a kicker, or lack one."""
    words = set(key(text).split())
    return any(_is_same(words, title) for title in titles)


def _is_same(words: set[str], title: frozenset[str]) -> bool:
    if len(words) > MAX_LONGER * len(title):
        return False
    common = len(words & title)
    return common >= SAME_WORDS * min(len(words), len(title)) and common >= min(3, len(title))


def _inside_hard(layout: Layout, block: Block) -> bool:
    return any(layout.nodes[index].negative == HARD for index in layout.ancestors(block.node))
