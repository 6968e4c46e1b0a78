"""What stands between an article's paragraphs: what belongs to them though one reader loses it, and what does not.

Subheadings, the hours of a live blog's entries and posts that the article quotes belong to it; second copies of
its paragraphs do not.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from archive.extract.body.blocks import HEADINGS
from archive.extract.body.prose import prose
from archive.extract.vocabulary import POST_WORDS, SUBHEADING_WORDS

if TYPE_CHECKING:
    from archive.extract.body.blocks import Block, Layout

MAX_SUBHEADING_CHARACTERS = 120

MIN_COPY_CHARACTERS = 80
"""A shorter paragraph may be a refrain."""

ASKING = frozenset("?؟？:")
"""How a question of a series ends: it may well be asked again."""

CLOCK = re.compile(r"\d{1,2}[:.h]\d{2}(?: ?(?:[ap]\.?m\.?|uhr|[A-Z]{2,4}))?", re.IGNORECASE)
"""The hour of a live blog's entry, alone on its line."""

MIN_HOURS = 3
"""Hours above paragraphs that make a live blog; one or two are when a text was published and changed."""


def subheadings(layout: Layout, own: list[int], kept: set[int]) -> set[int]:
    """Indexes of the headings that stand right above a paragraph of the text, and below another.

    So do the hours of a live blog's entries, if there are several; an entry may have a heading below its hour.

    Args:
        layout: the page's blocks.
        own: indexes of the blocks of the text's element, in order.
        kept: those of them that are the text.
    """
    blocks = layout.blocks
    begin = next((index for index in own if index in kept and prose(blocks[index])), len(blocks))
    found, hours = set(), set()
    for following, index in pairwise(reversed(own)):
        if index <= begin:
            break
        is_above_text = following in kept and prose(blocks[following]) > 0
        if CLOCK.fullmatch(blocks[index].text):
            if is_above_text or following in found:
                hours.add(index)
        elif is_above_text and _is_subheading(layout, blocks[index], blocks[following]):
            found.add(index)
    return found | hours if len(hours) >= MIN_HOURS else found


def copies(layout: Layout, kept: set[int]) -> set[int]:
    """Indexes of paragraphs that another element has said before: for other screens, or those who have not paid.

    Args:
        layout: the page's blocks.
        kept: indexes of the blocks of the text.
    """
    said: dict[str, int] = {}
    found = set()
    for index in sorted(kept):
        block = layout.blocks[index]
        if len(block.text) < MIN_COPY_CHARACTERS or not prose(block) or block.text[-1] in ASKING:
            continue
        parent = layout.nodes[block.node].parent
        if said.setdefault(block.text, parent) != parent:
            found.add(index)
    return found


def posts(layout: Layout, own: list[int], kept: set[int]) -> set[int]:
    """Indexes of the blocks of embedded posts that stand inside the text: an article quotes them.

    Args:
        layout: the page's blocks.
        own: indexes of the blocks of the text's element, in order.
        kept: those of them that are the text.
    """
    text = [index for index in kept if prose(layout.blocks[index])]
    if not text:
        return set()
    first, last = min(text), max(text)
    return {index for index in own if first < index < last and _is_post(layout, layout.blocks[index])}


def _is_post(layout: Layout, block: Block) -> bool:
    return "blockquote" in block.wraps and any(
        POST_WORDS.search(layout.nodes[index].words) for index in layout.ancestors(block.node)[:3]
    )


def _is_subheading(layout: Layout, block: Block, following: Block) -> bool:
    if block.links or len(block.text) > MAX_SUBHEADING_CHARACTERS:
        return False
    # The title of a film or box between two paragraphs stands in an element of its own.
    beside = layout.nodes[block.node].parent == layout.holder(following.node)
    if not beside and not layout.are_beside(block.node, following.node):
        return False
    return block.tag in HEADINGS or SUBHEADING_WORDS.search(layout.nodes[block.node].words) is not None
