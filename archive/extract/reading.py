"""The structural reading of a page: what its elements, its names and a second reader say is the article."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.extract.body import Body, find_body
from archive.extract.lead import find_lead
from archive.extract.lines import Known, select_lines
from archive.text import fold

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from archive.extract.blocks import Layout
    from archive.extract.metadata import Metadata


@dataclass(frozen=True, slots=True)
class Reading:
    """The blocks that are the article's, as indexes in document order."""

    body: Body
    """The element of the text, and all that was weighed."""
    lead: tuple[int, ...]
    """The standfirst's blocks."""
    lines: tuple[int, ...]
    """The text's blocks, without the standfirst's."""


def read_structure(layout: Layout, root: HtmlElement, metadata: Metadata) -> Reading:
    """Choose the blocks of text and standfirst by rules. The tree is of no use afterwards."""
    body = find_body(layout, root, metadata.titles)
    # What a further page begins with is the text going on.
    lead = (
        find_lead(layout, body.headline, list(body.blocks), metadata.titles, metadata.descriptions)
        if metadata.part.number == 1
        else []
    )
    lines = select_lines(
        layout.blocks, [index for index in body.blocks if index not in lead], _known(metadata)
    )
    return Reading(body, tuple(lead), tuple(lines))


def _known(metadata: Metadata) -> Known:
    names = metadata.byline.names if metadata.byline else ()
    return Known(metadata.titles, frozenset(fold(name) for name in names))
