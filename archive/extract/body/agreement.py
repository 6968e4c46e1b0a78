"""A second reader: trafilatura, on the same tree, without the regions that are not the article's.

Two readers err on different pages. What both took is the text; where one took much more prose than the
other, the other lost a part of the body, and the fuller one is believed.

trafilatura is imported with the first page: the process that crawls imports this package too, reads no page,
and is spared 0.2 s of start and 25 MB.
"""

# ruff: noqa: PLC0415

from __future__ import annotations

import logging
import re
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING

from archive.extract.body.marks import open_prose
from archive.extract.markup.tree import drop
from archive.extract.vocabulary import NO_WORD

if TYPE_CHECKING:
    from lxml.html import HtmlElement
    from trafilatura.settings import Extractor

    from archive.extract.body.blocks import Layout

LOGGER = logging.getLogger(__name__)

MAX_BLOCKS = 4_000
"""Blocks of a page past which the second reader is not asked: its time grows with the square of some of
them."""

MAX_CHARACTERS = 1_000_000
"""The same of text: for every element that it takes out of a run of text it copies the run. A page of 11 MB, its half a
few lines with 10,000 pictures, took 5 s; the fullest of 250 news pages has 4,100 elements."""

MAX_NESTED = 400_000
"""The same of elements times the depth of their nesting: it counts the links in whatever holds them, and reads a table
in a table twice. Of 250 news pages none has a fifth of it; one of 80 kB with 300 tables in one another took 4 s."""

LARGE_PAGE_CHARACTERS = 500_000

MIN_CHARACTERS = 12
"""A shorter line, as "S" and "0.1%" are, stands in any text by chance."""

LETTER = re.compile(r"[^\W_]")


def second_opinion(layout: Layout, root: HtmlElement) -> set[int] | None:
    """Indexes of the blocks that trafilatura takes for the body; None where it finds none.

    The tree is pruned: it is of no use for anything else afterwards.
    """
    from trafilatura.meta import reset_caches

    if _is_large(layout):
        return None
    _prune(layout)
    elements = root.xpath("count(//*)")
    # None is nested deeper than there are elements, which settles it for all but the largest.
    if elements * elements > MAX_NESTED and elements * _depth(layout) > MAX_NESTED:
        return None
    try:
        text = _read(root)
    except Exception:
        # Of another project's code any fault is possible; ours is then the only reading.
        LOGGER.warning("trafilatura failed on a page", exc_info=True)
        return None
    if not text:
        return None
    shown = _Shown(text)
    if len(text) > LARGE_PAGE_CHARACTERS:
        # Its caches are bounded in lines, not in characters; a thousand lines of a megabyte would stay.
        reset_caches()
    return {index for index, block in enumerate(layout.blocks) if not block.region and shown.has(block.text)}


def _is_large(layout: Layout) -> bool:
    return len(layout.blocks) > MAX_BLOCKS or sum(len(block.text) for block in layout.blocks) > MAX_CHARACTERS


def _depth(layout: Layout) -> int:
    """Of the innermost element that ends blocks."""
    depths: list[int] = []
    for node in layout.nodes:
        depths.append(depths[node.parent] + 1 if depths else 1)
    return max(depths, default=0)


def _read(root: HtmlElement) -> str:
    """The text that trafilatura's main extractor finds.

    The steps around it in `trafilatura.bare_extraction` (four copies of the tree, two searches for readers' comments,
    a second try where it found little) are a third of its time, and no text of 330 pages was another without them.
    """
    from trafilatura.htmlprocessing import convert_tags, tree_cleaning
    from trafilatura.main_extractor import extract_content
    from trafilatura.xml import xmltotxt

    options = _options()
    body, _ = extract_content(convert_tags(tree_cleaning(root, options), options), options)
    return str(xmltotxt(body, include_formatting=False))


@lru_cache(maxsize=1)
def _options() -> Extractor:
    from trafilatura.settings import Extractor

    return Extractor(fast=True)


class _Shown:
    """A text to find lines in, but for white space and signs."""

    def __init__(self, text: str) -> None:
        self._text = text
        pieces = [_squeeze(piece) for line in text.split("\n") for piece in line.split("|")]
        self._squeezed = "".join(pieces)
        self._pieces = {*pieces} - {""}

    def has(self, line: str) -> bool:
        """Whether a line stands there: a short one as a line or a table's cell, a longer one anywhere."""
        if len(line) < MIN_CHARACTERS:
            return _squeeze(line) in self._pieces
        if line in self._text:  # mostly it stands there as it is
            return LETTER.search(line) is not None
        key = _squeeze(line)
        return bool(key) and key in self._squeezed


def _squeeze(text: str) -> str:
    return NO_WORD.sub("", text)


def _prune(layout: Layout) -> None:
    """Leave in the tree the innermost element that holds all prose, without its parts that are marked or empty.

    The second reader's time goes by the size of the tree, and what is pruned it would not take.
    """
    shown = [0, *accumulate(not block.region for block in layout.blocks)]
    sums = open_prose(layout)
    # One paragraph is no scope: a short article's lines stand beside it.
    holding = (
        index
        for index, node in enumerate(layout.nodes)
        if sums[node.end] - sums[node.first] == sums[-1] > 0 and node.end - node.first > 1
    )
    scope = max(holding, default=0)
    around = {*layout.ancestors(scope)}
    dropped: set[int] = set()
    topmost: list[HtmlElement] = []
    for index, node in enumerate(layout.nodes):
        if index in around:
            continue
        if node.parent in dropped:
            dropped.add(index)
        elif shown[node.end] == shown[node.first] or (node.parent in around and node.parent != scope):
            dropped.add(index)
            topmost.append(node.element)
    drop(layout.nodes[0].element, topmost)


def silence() -> None:
    """Keep trafilatura's remarks on single pages out of the log: the extraction says what matters."""
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
