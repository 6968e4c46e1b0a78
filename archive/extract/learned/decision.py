"""Which blocks the learned look adds and takes away.

The structural reading stands unless the trees speak against it, since they were trained on few sites. They
speak most uncertainly of what one publisher counts as text and another leaves out: lists, subheadings and
quotes go only where they are all but sure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from archive.extract.body.between import copies
from archive.extract.body.lines import select_lines
from archive.extract.learned.features import considered, describe
from archive.extract.learned.model import Trees, load

if TYPE_CHECKING:
    from archive.extract.body.blocks import Block, Layout
    from archive.extract.learned.features import Numbers
    from archive.extract.reading import Reading

DROP_BELOW = -600
"""Log-odds, in 1/1000, up to which a kept block goes: .35 of a chance. Chosen by cross-validation together
with the next two; see training/README.md. Of -400 to -1100 all gain."""

DROP_UNSETTLED_BELOW = -2000
"""The same for lists, subheadings and quotes: .12 of a chance."""

ADD_ABOVE = 0
"""Log-odds, in 1/1000, past which a further block comes: an even chance."""

LOST, GAINED = 0.5, 2.0
"""A revision that leaves less than this share of the characters, or more, is another article: the structural
reading stands."""

MAX_CANDIDATES = 4_000
"""Blocks of a page past which the structural reading stands: the table of comparisons grows with them."""

ENTRIES = frozenset({"li", "td", "th", "dd", "dt"})
SUBHEADINGS = frozenset({"h2", "h3", "h4"})
LISTS = frozenset({"ul", "ol", "dl", "table"})


def revise(layout: Layout, reading: Reading, trees: Trees | None = None) -> list[int]:
    """Indexes of the text's blocks, the structural reading corrected where the trees are sure.

    Args:
        layout: the page's blocks.
        reading: the structural reading.
        trees: those to go by; the committed ones if None.

    Raises:
        WeightsError: the committed ones are absent or damaged.
    """
    kept = list(reading.lines)
    if not kept or len(considered(reading)) > MAX_CANDIDATES:
        return kept
    candidates, rows = describe(layout, reading)
    odds = _voted(layout, candidates, (trees or load()).weigh(rows))
    standing = {*kept}
    limits = [_limit(layout.blocks[index], kept=index in standing) for index in candidates.tolist()]
    chosen: list[int] = candidates[odds > np.array(limits)].tolist()
    if chosen == kept:
        return kept
    before, after = _characters(layout, kept), _characters(layout, chosen)
    if not LOST * before <= after <= GAINED * before:
        return kept
    # The trees read no words: they know neither a copy nor a line that says where to read on.
    own = sorted({*chosen} - copies(layout, {*chosen}))
    return select_lines(layout.blocks, own, reading.known)


def _limit(block: Block, *, kept: bool) -> int:
    """The log-odds past which a block is text."""
    if not kept:
        return ADD_ABOVE
    # Publishers differ over what these are: their truths contradict each other in training, too.
    is_unsettled = block.tag in ENTRIES or block.tag in SUBHEADINGS or "blockquote" in block.wraps
    return DROP_UNSETTLED_BELOW if is_unsettled else DROP_BELOW


def _characters(layout: Layout, indexes: list[int]) -> int:
    return sum(len(layout.blocks[index].text) for index in indexes)


def _voted(layout: Layout, candidates: Numbers, odds: Numbers) -> Numbers:
    """The odds, entries of one list or table all the mean of them by length: a list is text as a whole."""
    blocks = layout.blocks
    entries = [(at, index) for at, index in enumerate(candidates.tolist()) if blocks[index].tag in ENTRIES]
    if not entries:
        return odds
    lists = _outermost_lists(layout)
    by_list: dict[int, list[int]] = {}
    for at, index in entries:
        if lists[index] >= 0:
            by_list.setdefault(lists[index], []).append(at)
    voted = odds.copy()
    for together in by_list.values():
        lengths = np.array([len(blocks[candidates[at]].text) for at in together], dtype=np.int64)
        voted[together] = (odds[together] * lengths).sum() // lengths.sum()
    return voted


def _outermost_lists(layout: Layout) -> list[int]:
    """For each block, the index of the outermost list or table around it; -1 where none is."""
    found = [-1] * len(layout.blocks)
    covered = 0
    for index, node in enumerate(layout.nodes):
        if node.tag in LISTS and node.first >= covered and node.end > node.first:
            found[node.first : node.end] = [index] * (node.end - node.first)
            covered = node.end
    return found
