"""Dates in the lines between headline and text."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from archive.extract.dates.dating import NEAR, read_written
from archive.extract.metadata.names import is_apart, is_in_header, kind_of
from archive.extract.metadata.visible import MAX_BYLINE_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml.html import HtmlElement

    from archive.extract.body.blocks import Block, Layout
    from archive.extract.dates.dating import Reading, Shown

LINES_NEAR_HEADLINE = 12
MAX_NAMED = 4
"""Elements from a date outwards of which one may be named after it."""


def _is_named_date(block: Block, element: HtmlElement) -> bool:
    """Whether a line is left out of the text for a name that dates and bylines have, not for one of other articles."""
    if block.region not in {"name", "soft name"}:
        return False
    around = islice((element, *element.iterancestors()), MAX_NAMED)
    return any("date" in kind_of(one.get("class"), one.get("id"), None) for one in around)


def see_near(
    dates: Shown, layout: Layout, reading: Reading, headline: int, lead: Sequence[int], lines: Sequence[int]
) -> None:
    """Add the dates in the short lines between headline and text: not all pages' elements have telling names.

    Args:
        dates: those that were seen; more are added.
        layout: the page's blocks.
        reading: how its dates are read.
        headline: index of the headline's block, -1 where none is.
        lead: indexes of the standfirst's blocks, in which a date is of what is told.
        lines: indexes of the text's blocks, in order; lines before them may stand in the same element.
    """
    first = lines[0] if lines else 0
    # The site's name is an h1 too on many pages, with the reader's day below it.
    lowest = max((place for place in range(first) if layout.blocks[place].tag == "h1"), default=-1)
    start = max(headline, lowest) + 1
    near = [index for index in range(start, first) if index not in lead][:LINES_NEAR_HEADLINE]
    has_article = any(node.tag in {"article", "main"} for node in layout.nodes)
    for block in [layout.blocks[index] for index in near] if start else []:
        element = layout.nodes[block.node].element
        if len(block.text) >= MAX_BYLINE_CHARACTERS or (block.region and not _is_named_date(block, element)):
            continue
        if has_article and (element.tag == "header" or is_in_header(element)) and is_apart(element):
            continue
        for found, updated in read_written(block.text, NEAR, reading):
            (dates.updates if updated else dates.near).append(found)
