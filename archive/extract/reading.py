"""The structural reading of a page: what its elements, its names and a second reader say is the article."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Final

from archive.extract.body.lead import find_lead
from archive.extract.body.lines import Known, select_lines
from archive.extract.body.prose import prose
from archive.extract.body.selection import Body, find_body
from archive.extract.markup.head import one_line
from archive.extract.metadata.bylines import nearest_byline
from archive.extract.metadata.near import LINES_NEAR_HEADLINE
from archive.text import fold

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from archive.extract.body.blocks import Layout
    from archive.extract.metadata.bylines import Byline
    from archive.extract.metadata.fields import Metadata

DIGIT: Final = re.compile(r"\d")
MAX_PIECES: Final = 20
"""Of a byline's text, each in an element of its own."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The blocks that are the article's, as indexes in document order."""

    body: Body
    """The element of the text, and all that was weighed."""
    lead: tuple[int, ...]
    """The standfirst's blocks."""
    lines: tuple[int, ...]
    """The text's blocks, without the standfirst's."""
    byline: Byline | None
    """The authors, where the page names any."""
    known: Known
    """What the text does not say again."""


def read_structure(layout: Layout, root: HtmlElement, metadata: Metadata, *, lead: str = "") -> Reading:
    """Choose the blocks of text and standfirst by rules. The tree is of no use afterwards.

    Args:
        layout: the page's blocks.
        root: its tree.
        metadata: what the page says of itself.
        lead: the standfirst, where a source's own rule found it.
    """
    body = find_body(layout, root, metadata.titles)
    byline = _byline(metadata, layout, body)
    known = Known(metadata.titles, frozenset(fold(name) for name in (byline.names if byline else ())))
    standfirst = _lead(layout, body, metadata, lead)
    lines = select_lines(layout.blocks, [index for index in body.blocks if index not in standfirst], known)
    return Reading(body, tuple(standfirst), tuple(lines), byline, known)


def _lead(layout: Layout, body: Body, metadata: Metadata, known: str) -> list[int]:
    """Indexes of the standfirst's blocks."""
    if known:
        return [index for index in body.blocks if fold(layout.blocks[index].text) == fold(known)]
    if metadata.part.number > 1:  # what a further page begins with is the text going on
        return []
    return find_lead(layout, body.headline, list(body.blocks), metadata.titles, metadata.descriptions)


def _byline(metadata: Metadata, layout: Layout, body: Body) -> Byline | None:
    """Who is named; by a line of its own near the headline where nobody but the site is named otherwise.

    Beside another byline that line is kept: it tells the writer where an account stands in all of a site's bylines.
    """
    marked = metadata.byline
    if not body.blocks:
        return marked
    start = body.headline + 1 if body.headline >= 0 else body.blocks[0]
    lines: list[str] = []
    own = False
    for index, block in enumerate(layout.blocks[start : start + LINES_NEAR_HEADLINE], start):
        in_body = index in body.blocks
        if in_body and prose(block):
            break
        if not block.region:
            lines.append(_undated(block.text, layout.nodes[block.node].element))
            own = in_body and block.tag == "p"
    of_site = marked if marked and marked.of_site else None
    line = nearest_byline(lines, of_site, ends_in_body=own)
    return marked.beside(line) if marked and not marked.of_site else line or marked


def _undated(line: str, element: HtmlElement) -> str:
    """A line up to the first of its pieces of text that has a digit: "By Ann Lee" of "By Ann Lee 1 May 2026"."""
    if not DIGIT.search(line):
        return line
    pieces = takewhile(lambda piece: not DIGIT.search(piece), islice(element.itertext(), MAX_PIECES))
    before = one_line(" ".join(pieces))
    return before if before and line.startswith(before) else line
