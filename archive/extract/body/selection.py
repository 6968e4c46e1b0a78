"""Which blocks of a page are its article's body: one element, its prose, and what stands between."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from archive.extract.body.agreement import second_opinion
from archive.extract.body.between import copies, posts, subheadings
from archive.extract.body.blocks import HEADINGS
from archive.extract.body.headline import find_headline
from archive.extract.body.lines import is_foreign
from archive.extract.body.marks import open_prose
from archive.extract.body.prose import MAX_LINK_SHARE, is_bare_sentence, prose
from archive.extract.body.regions import mark_regions
from archive.extract.body.tail import mark_tail

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.html import HtmlElement

    from archive.extract.body.blocks import Block, Layout


SIBLINGS = 3
"""So many agreed paragraphs vouch for a further one of the same element and kind."""

LOST_BODY = 1.25
"""So much more prose in one reading means that the other lost a part of the body."""


@dataclass(frozen=True, slots=True)
class Body:
    """The blocks chosen, in order, and where they stand."""

    blocks: tuple[int, ...]
    container: int
    """Index of the element they stand in; -1 where there is none."""
    headline: int
    """Index of the headline's block; -1 where there is none."""
    own: tuple[int, ...] = ()
    """The blocks that the rules alone consider, in order."""
    other: frozenset[int] = frozenset()
    """The blocks that the second reader takes for the body; those of `own` where it was not asked."""


def find_body(layout: Layout, root: HtmlElement, titles: Iterable[frozenset[str]]) -> Body:
    """Choose the blocks of the body: what two readers agree on.

    The tree is pruned on the way and of no use afterwards.
    """
    headline = find_headline(layout, titles)
    mark_regions(layout, headline)
    index = container(layout, headline)
    mark_tail(layout, index, headline)
    own: list[int] = []
    if index >= 0:
        node = layout.nodes[index]
        start = headline + 1 if node.first <= headline < node.end else node.first
        own = [i for i in range(start, node.end) if not layout.blocks[i].region]
    elif headline >= 0:
        # No sentence long enough to be known as one: a flash of a few words, in the paragraphs below the headline.
        later = range(headline + 1, len(layout.blocks))
        own = [i for i in later if layout.blocks[i].tag == "p" and not layout.blocks[i].region]
    # It is a third of the cost of a page.
    other = second_opinion(layout, root) if _is_in_doubt(layout, own, headline) else set(own)
    chosen = set(_agree(layout, own, other, headline))
    agreed = sorted(chosen - copies(layout, chosen))
    return Body(tuple(agreed), index, headline, tuple(own), frozenset(other or ()))


def _is_in_doubt(layout: Layout, own: list[int], headline: int) -> bool:
    """Whether a second reader could change anything: it has a text to find elsewhere, or a line to leave out."""
    blocks = layout.blocks
    own_prose = sum(prose(blocks[i]) for i in own)
    sums = open_prose(layout)
    if not own_prose or sums[-1] - sums[headline + 1] > LOST_BODY * own_prose:
        return True
    kinds = Counter(layout.kind(blocks[i]) for i in own if prose(blocks[i]))
    # These vouch for each other, whatever another reader says of them.
    settled = {i for i in own if prose(blocks[i]) and kinds[layout.kind(blocks[i])] >= SIBLINGS}
    doubtful = {*own} - {*_agree(layout, own, settled, headline)}
    return not all(is_foreign(blocks[i]) for i in doubtful)


def _agree(layout: Layout, own: list[int], other: set[int] | None, headline: int) -> list[int]:
    if other is None:
        return own
    blocks = layout.blocks
    own_prose = sum(prose(blocks[i]) for i in own)
    other_prose = sum(prose(blocks[i]) for i in other if i > headline)
    if own_prose > LOST_BODY * other_prose:
        return own
    if other_prose > LOST_BODY * own_prose:
        return sorted(i for i in other if i > headline)
    agreed = {i for i in own if i in other}
    if own_prose and not any(prose(blocks[i]) for i in agreed):
        return own  # Of two texts that have nothing in common the one below the headline is meant.
    # A paragraph among agreed ones, of the same element and kind, was lost by the other reader.
    kinds = Counter(layout.kind(blocks[i]) for i in agreed if prose(blocks[i]))
    # So was a sentence that stands bare among them, in the element that holds them.
    holders = Counter(layout.holder(blocks[i].node) for i in agreed if prose(blocks[i]))

    def vouched(block: Block) -> bool:
        if prose(block) and kinds[layout.kind(block)] >= SIBLINGS:
            return True
        return holders[block.node] >= SIBLINGS and is_bare_sentence(block)

    kept = {i for i in own if i in agreed or vouched(blocks[i])}
    return sorted(kept | subheadings(layout, own, kept) | posts(layout, own, kept))


def container(layout: Layout, headline: int) -> int:
    """The element whose blocks sum highest, prose for and links against it; the innermost of equals."""
    sums = [0, *accumulate(_value(block, index < headline) for index, block in enumerate(layout.blocks))]
    best, best_sum = -1, 0
    for index, node in enumerate(layout.nodes):
        found = sums[node.end] - sums[node.first]
        if found > best_sum or (
            found == best_sum
            and best >= 0
            and node.first >= layout.nodes[best].first
            and node.end <= layout.nodes[best].end
        ):
            best, best_sum = index, found
    return best


def _value(block: Block, above_headline: bool) -> int:
    """What a block adds to the element that holds it."""
    if block.region:
        return 0
    found = prose(block)
    if above_headline:
        return -min(found, 60)
    if found:
        return found
    if block.tag in HEADINGS or block.link_share <= MAX_LINK_SHARE:
        return -4
    return -min(60, 10 + len(block.text) // 2)
