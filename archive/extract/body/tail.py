"""What follows the element that holds most of a text."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from archive.extract.body.marks import mark, open_prose
from archive.extract.body.prose import is_link, prose

if TYPE_CHECKING:
    from collections.abc import Callable

    from archive.extract.body.blocks import Block, Layout, Node

SECTIONS = frozenset({"article", "div", "main", "section", "td"})
"""Elements that may hold a whole text; a quote or a list is a part of one."""

MAX_NOTICE_PROSE = 300
"""Characters of prose in one element below a text past which it may be the end of it."""

MIN_TEXT_SHARE = 0.7
"""Share of a text's prose in one element from which what follows that element is no half of the text."""


def mark_tail(layout: Layout, container: int, headline: int) -> None:
    """Mark what follows the element that holds most of a text, where it is of another kind.

    Rules of the house, offers and notices that open over a page stand so, at its end and with no name that says it.
    Of the same kind is the second half of a text that an advertisement parts; and what is more than a notice may be
    that half, or a conclusion, in an element of another name.

    Args:
        layout: the page's blocks, its regions marked.
        container: index of the element whose blocks are considered; -1 where there is none.
        headline: index of the headline's block; -1 where none is.
    """
    if container < 0:
        return
    inner, end = _holding_most(layout, container), layout.nodes[container].end
    if inner.end <= headline:
        return
    is_kindred = _kindred(layout, inner)
    tail = [block for block in layout.blocks[inner.end : end] if not block.region and not is_kindred(block)]
    told: dict[int, int] = defaultdict(int)
    for block in tail:
        told[layout.holder(block.node)] += prose(block) if block.tag != "li" else 0
    mark((block for block in tail if told[layout.holder(block.node)] <= MAX_NOTICE_PROSE), "tail")


def _holding_most(layout: Layout, container: int) -> Node:
    """The innermost element of a container that holds most of its prose."""
    sums = open_prose(layout)
    nodes = layout.nodes
    found = nodes[container]
    least = MIN_TEXT_SHARE * (sums[found.end] - sums[found.first])
    holding = container
    for index in range(container + 1, len(nodes)):
        node = nodes[index]
        if node.first >= found.end:
            break
        if node.parent == holding and node.tag in SECTIONS and sums[node.end] - sums[node.first] >= least:
            holding, found = index, node
    return found


def _kindred(layout: Layout, text: Node) -> Callable[[Block], bool]:
    """Whether a block has its tag in common with one of a text's, and names: those around it, or its own."""
    nodes = layout.nodes

    def around(block: Block) -> tuple[str, str]:
        return nodes[nodes[block.node].parent].words, block.tag

    def own(block: Block) -> tuple[str, str]:
        return block.tag, nodes[block.node].words

    inside = [block for block in layout.blocks[text.first : text.end] if not is_link(block)]
    arounds, owns = {around(block) for block in inside}, {own(block) for block in inside if own(block)[1]}
    return lambda block: around(block) in arounds or own(block) in owns
