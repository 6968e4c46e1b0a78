"""Sections that a heading announces: "Related articles", "Comments", "Newsletter"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.extract.body.blocks import HEADINGS
from archive.extract.body.marks import mark, open_prose
from archive.extract.body.prose import is_link, prose
from archive.extract.vocabulary import NUMBER, key, phrases

if TYPE_CHECKING:
    from archive.extract.body.blocks import Block, Layout, Node

MAX_HEADING_CHARACTERS = 70
"""A longer line is no heading of a section."""


def mark_sections(layout: Layout) -> None:
    """Mark sections that a heading announces: related articles, comments, newsletters, sharing."""
    section = phrases("section")
    sums = open_prose(layout)
    for index, block in enumerate(layout.blocks):
        if not block.region and len(block.text) <= MAX_HEADING_CHARACTERS and section.is_line(block.text):
            mark(layout.blocks[index : _section_end(layout, index, sums)], "section")


def _section_end(layout: Layout, heading: int, sums: list[int]) -> int:
    """One past the last block of the section that a heading begins.

    Args:
        layout: the page's blocks.
        heading: index of the heading.
        sums: prefix sums of the prose that no other rule marked.
    """
    scope = _scope(layout, heading)
    before = sums[heading] - sums[scope.first]
    after = sums[scope.end] - sums[heading]
    # An element that begins with "4 Comments" may well hold more than a short article above it.
    counted = sums[heading] > 0 and NUMBER.search(key(layout.blocks[heading].text)) is not None
    if not before and (counted or after < 0.5 * sums[-1]):
        return scope.end
    blocks = layout.blocks
    text = {layout.holder(block.node) for block in blocks[scope.first : heading] if prose(block)}
    end = heading + 1
    while end < scope.end and _is_entry(blocks, end, scope.end):
        if end + 1 == scope.end and _goes_on(layout, blocks[end], text):
            break
        end += 1
    if end > heading + 1:
        return end
    # No link follows: titles or comments as plain text go on to the end; a stray line is only a line.
    # So is "Read also", in bold though it be: the text goes on below the title that it announces.
    bold = 2 * blocks[heading].bold > len(blocks[heading].text)
    announces = blocks[heading].tag in HEADINGS or (
        bold and not phrases("inline").is_line(blocks[heading].text)
    )
    return scope.end if announces and before > after else heading + 1


def _scope(layout: Layout, heading: int) -> Node:
    """The smallest element around a heading in which something follows it."""
    chain = layout.ancestors(layout.blocks[heading].node)
    return next(
        (layout.nodes[index] for index in chain if layout.nodes[index].end > heading + 1), layout.nodes[0]
    )


def _goes_on(layout: Layout, block: Block, text: set[int]) -> bool:
    """Whether a paragraph stands where the article's do: its last one, below a link to another article."""
    return block.tag == "p" and prose(block) > 0 and layout.holder(block.node) in text


def _is_entry(blocks: list[Block], index: int, end: int) -> bool:
    """Whether a block is an entry of a list of links: a link, or the text between two."""
    if is_link(blocks[index]) or blocks[index].region:
        return True
    after = blocks[index + 1 : min(index + 3, end)]
    return is_link(blocks[index - 1]) and (not after or any(is_link(block) for block in after))
