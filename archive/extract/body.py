"""Which blocks of a page are its article's body."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from archive.extract.blocks import HEADINGS

if TYPE_CHECKING:
    from archive.extract.blocks import Block, Layout

PROSE_CHARACTERS = 70
"""Length from which a block can count as prose: shorter ones are labels more often than sentences."""

MAX_LINK_SHARE = 0.4
"""Link share past which a block is a teaser or a list of links, not prose."""

GUARD_SHARE = 0.34
"""Share of a page's prose that makes a negative class name lie: a class `comments-enabled` on the whole article."""

SENTENCE_ENDS = frozenset(".!?…。！？؟۔।:»”\"'")
DENSE_FROM, DENSE_TO = "\u0e00", "\u9fff"


def weight(text: str) -> int:
    """A text's length in characters, an ideograph or a Thai, Japanese or Korean sign as 2.5: they say more each."""
    if text.isascii():
        return len(text)
    dense = sum(
        "\u0e00" <= char <= "\u0eff" or "\u3040" <= char <= "\u9fff" or "\uac00" <= char <= "\ud7af"
        for char in text
    )
    return len(text) + dense * 3 // 2


def prose(block: Block) -> int:
    """Characters of prose in a block: all of it where it reads as a sentence, else none."""
    if block.tag in HEADINGS or block.link_share > MAX_LINK_SHARE:
        return 0
    size = weight(block.text)
    if size >= PROSE_CHARACTERS or (size >= 30 and block.tag == "p" and block.text[-1] in SENTENCE_ENDS):
        return size
    return 0


def mark_negative(layout: Layout) -> None:
    """Set `negative` on the blocks inside elements whose names speak against them, where the names are to be believed.

    A name is not believed where its element, or all elements of that name together, hold a third of the page's prose.
    """
    blocks, nodes = layout.blocks, layout.nodes
    sums = [0, *accumulate(prose(block) for block in blocks)]
    total = sums[-1]
    by_name: dict[str, int] = defaultdict(int)
    for node in nodes:
        if node.negative:
            by_name[node.tag + node.words] += sums[node.end] - sums[node.first]
    limit = GUARD_SHARE * total
    for node in nodes:
        if not node.negative:
            continue
        own = sums[node.end] - sums[node.first]
        if total and (own > limit or by_name[node.tag + node.words] > limit):
            node.negative = False
            continue
        for block in blocks[node.first : node.end]:
            block.negative = True


def value(block: Block) -> int:
    """What a block adds to the element that holds it: prose for, labels and links against."""
    if block.negative:
        return 0
    found = prose(block)
    if found:
        return found
    size = len(block.text)
    if block.tag in HEADINGS or block.link_share <= MAX_LINK_SHARE:
        return -4
    return -min(60, 10 + size // 2)


def container(layout: Layout) -> int:
    """The element whose blocks sum highest: prose for it, links and labels against it; the innermost of equals."""
    sums = [0, *accumulate(value(block) for block in layout.blocks)]
    best, best_sum = -1, 0
    for index, node in enumerate(layout.nodes):
        found = sums[node.end] - sums[node.first]
        if found > best_sum or (found == best_sum and best >= 0 and node.parent >= best):
            best, best_sum = index, found
    return best


@dataclass(frozen=True, slots=True)
class Body:
    """The blocks chosen, in order, and the element they stand in."""

    blocks: tuple[int, ...]
    container: int


def find_body(layout: Layout) -> Body:
    """Choose the blocks of the body."""
    mark_negative(layout)
    index = container(layout)
    if index < 0:
        return Body((), -1)
    node = layout.nodes[index]
    inside = range(node.first, node.end)
    kept = [i for i in inside if not layout.blocks[i].negative]
    strong = [i for i in kept if prose(layout.blocks[i])]
    if not strong:
        return Body((), index)
    chosen = [i for i in kept if strong[0] <= i <= strong[-1] and _belongs(layout.blocks[i])]
    return Body(tuple(chosen), index)


def _belongs(block: Block) -> bool:
    return block.link_share <= 0.6 and "figcaption" not in block.wraps
