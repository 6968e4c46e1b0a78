"""A block in whole numbers: what the learned look goes by.

All is counted, and shares are in thousandths, so that every machine gets the same numbers. None of it is a
word of a class name or of a text: names matter as far as two elements have the same ones. What the structural
reading and the second reader chose is evidence among the rest.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from archive.extract.blocks import HEADINGS
from archive.extract.prose import LINK_SHARE, SENTENCE_ENDS, prose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from archive.extract.blocks import Block, Layout
    from archive.extract.reading import Reading

    Numbers = np.ndarray[tuple[int, ...], np.dtype[np.int64]]

FEATURES_VERSION = 1
"""Raised with every change of what a number below means; weights of another version are refused."""

LEVELS = 4
"""Elements around a block that are looked at: its own and three further ones."""

NEIGHBOURS = (-2, -1, 1, 2)
KINSHIPS = ("path", "shape", "siblings", "kind")
"""What two blocks can have in common: tags and names of all elements around them; the tags alone; the parent
of their element; tag and names of their element."""

FAR = 50
"""Distance in blocks that stands for every greater one."""

OUTSIDE = -1
"""Of a neighbour beyond the page's edge."""

OWN = (
    "prose", "length", "words", "link", "bold", "bare", "ends", "signs", "lower",
    "p", "li", "cell", "quote", "h2", "h3", "in_article", "in_list", "in_table", "in_quote", "in_header",
)  # fmt: skip
AROUND = ("size", "prose", "link", "links", "kept", "kept_of_all", "other")
BESIDE = ("length", "link", "prose", "heading", "kept", "other", "parent")
KIN = ("count", "prose", "length", "ends", "span", "kept", "other")
PLACE = ("kept", "own", "other", "before", "after", "above", "kept_up", "kept_down", "other_up", "other_down")

FEATURES: tuple[str, ...] = (
    *(f"own.{name}" for name in OWN),
    *(f"around{level}.{name}" for level in range(LEVELS) for name in AROUND),
    *(f"beside{step:+d}.{name}" for step in NEIGHBOURS for name in BESIDE),
    *(f"{kinship}.{name}" for kinship in KINSHIPS for name in KIN),
    *(f"place.{name}" for name in PLACE),
)
"""The columns of `describe`, in order."""


def describe(layout: Layout, reading: Reading) -> tuple[Numbers, Numbers]:
    """The blocks that may be the article's, and a row of FEATURES for each.

    Returns:
        Indexes of the blocks (see `considered`), and the matrix.
    """
    page = _Page(layout, reading)
    columns = [
        *_own(page),
        *(column for level in _levels(page) for column in _around(page, level)),
        *(column for step in NEIGHBOURS for column in _beside(page, step)),
        *(column for kinship in _kinships(page) for column in _kin(page, kinship)),
        *_place(page),
    ]
    return page.candidates, np.stack(columns, axis=1)


def considered(reading: Reading) -> list[int]:
    """Indexes of the blocks that one reader or the other took into consideration, in order.

    What the line rules took out is none of them, nor is the standfirst: those go by what a line says, and
    nothing here reads words.
    """
    taken_out = {*reading.body.blocks, *reading.lead} - {*reading.lines}
    return sorted({*reading.body.own, *reading.body.other, *reading.lines} - taken_out)


class _Page:
    """What is known of all blocks, an array for each measure."""

    def __init__(self, layout: Layout, reading: Reading) -> None:
        self.layout = layout
        blocks = layout.blocks
        self.candidates = np.array(considered(reading), dtype=np.int64)
        self.chosen = [blocks[index] for index in self.candidates]
        self.node = _numbers(block.node for block in blocks)
        self.parent = _numbers(layout.nodes[block.node].parent for block in blocks)
        self.length = _numbers(len(block.text) for block in blocks)
        self.links = _numbers(block.links for block in blocks)
        self.link = _share(self.links, self.length)
        self.prose = _numbers(prose(block) for block in blocks)
        self.ends = _numbers(block.text[-1] in SENTENCE_ENDS for block in blocks)
        self.kept = _flags(reading.lines, len(blocks))
        self.own = _flags(reading.body.own, len(blocks))
        self.other = _flags(reading.body.other, len(blocks))
        self.all_prose = _sums(self.prose)
        self.all_kept = _sums(self.prose * self.kept)
        self.all_other = _sums(self.prose * self.other)
        self.all_links = _sums(self.links)
        self.all_length = _sums(self.length)
        self.all_linked = _sums((self.link >= 1000 * LINK_SHARE).astype(np.int64))


def _numbers(values: Iterable[int]) -> Numbers:
    return np.array(list(values), dtype=np.int64)


def _flags(indexes: Iterable[int], size: int) -> Numbers:
    flags = np.zeros(size, dtype=np.int64)
    flags[list(indexes)] = 1
    return flags


def _sums(values: Numbers) -> Numbers:
    """Prefix sums, the empty one first."""
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(values)])


def _share(part: Numbers, whole: Numbers | int) -> Numbers:
    """Thousandths, rounded down; 0 of nothing."""
    return 1000 * part // np.maximum(whole, 1)


def _own(page: _Page) -> list[Numbers]:
    chosen, at = page.chosen, page.candidates

    def each(measure: Callable[[Block], int]) -> Numbers:
        return _numbers(measure(block) for block in chosen)

    def tagged(*tags: str) -> Numbers:
        return each(lambda block: block.tag in tags)

    def wrapped(*tags: str) -> Numbers:
        return each(lambda block: not block.wraps.isdisjoint(tags))

    return [
        page.prose[at],
        page.length[at],
        each(lambda block: block.text.count(" ") + 1),
        page.link[at],
        _share(each(lambda block: block.bold), page.length[at]),
        _share(each(lambda block: block.bare), page.length[at]),
        page.ends[at],
        each(lambda block: sum(map(block.text.count, "|•·/©@"))),
        each(lambda block: block.text[0].islower()),
        tagged("p"),
        tagged("li"),
        tagged("td", "th"),
        tagged("blockquote"),
        tagged("h2"),
        tagged("h3"),
        wrapped("article"),
        wrapped("ul", "ol", "dl"),
        wrapped("table"),
        wrapped("blockquote"),
        wrapped("header"),
    ]


def _levels(page: _Page) -> list[Numbers]:
    """For each level, the element of each candidate."""
    parents = _numbers(node.parent for node in page.layout.nodes)
    levels = [page.node[page.candidates]]
    while len(levels) < LEVELS:
        levels.append(np.maximum(parents[levels[-1]], 0))
    return levels


def _around(page: _Page, nodes: Numbers) -> list[Numbers]:
    """What stands in the elements of one level."""
    first = _numbers(page.layout.nodes[node].first for node in nodes)
    end = _numbers(page.layout.nodes[node].end for node in nodes)

    def inside(sums: Numbers) -> Numbers:
        return sums[end] - sums[first]

    held = inside(page.all_prose)
    kept = inside(page.all_kept)
    return [
        end - first,
        _share(held, page.all_prose[-1]),
        _share(inside(page.all_links), inside(page.all_length)),
        _share(inside(page.all_linked), end - first),
        _share(kept, held),
        _share(kept, page.all_kept[-1]),
        _share(inside(page.all_other), held),
    ]


def _beside(page: _Page, step: int) -> list[Numbers]:
    """The block so many blocks further on."""
    size = len(page.layout.blocks)
    at = page.candidates + step
    there = (at >= 0) & (at < size)
    at = np.clip(at, 0, size - 1)
    heading = _numbers(page.layout.blocks[index].tag in HEADINGS for index in at)
    same = (page.parent[at] == page.parent[page.candidates]).astype(np.int64)
    beside = [page.length[at], page.link[at], page.prose[at], heading, page.kept[at], page.other[at], same]
    return [np.where(there, column, OUTSIDE) for column in beside]


def _kinships(page: _Page) -> list[Numbers]:
    """For each kinship, a number that kindred blocks have in common."""
    nodes, blocks = page.layout.nodes, page.layout.blocks
    paths: list[int] = []
    shapes: list[int] = []
    known: dict[tuple[object, ...], int] = {}
    for node in nodes:
        above, outline = (paths[node.parent], shapes[node.parent]) if node.parent >= 0 else (-1, -1)
        paths.append(known.setdefault(("path", above, node.tag, node.words), len(known)))
        shapes.append(known.setdefault(("shape", outline, node.tag), len(known)))
    return [
        _kindred((paths[block.node], block.tag) for block in blocks),
        _kindred((shapes[block.node],) for block in blocks),
        _kindred((nodes[block.node].parent, block.tag) for block in blocks),
        _kindred((nodes[block.node].words, block.tag) for block in blocks),
    ]


def _kindred(keys: Iterable[tuple[object, ...]]) -> Numbers:
    known: dict[tuple[object, ...], int] = {}
    return _numbers(known.setdefault(key, len(known)) for key in keys)


def _kin(page: _Page, kinship: Numbers) -> list[Numbers]:
    """What the candidates' kindred blocks are, all together."""
    size = int(kinship.max()) + 1
    own = kinship[page.candidates]

    def together(values: Numbers) -> Numbers:
        # Sums of whole numbers below 2**53: exact in the floating point that bincount has.
        return np.bincount(kinship, weights=values, minlength=size).astype(np.int64)[own]

    positions = np.arange(len(kinship))
    first = np.full(size, len(kinship))
    np.minimum.at(first, kinship, positions)
    last = np.zeros(size, dtype=np.int64)
    np.maximum.at(last, kinship, positions)
    count = together(np.ones_like(kinship))
    # A block without prose counts for one character: lists have kept entries too.
    size_of = np.maximum(page.prose, 1)
    whole = together(size_of)
    return [
        count,
        _share(together(page.prose), page.all_prose[-1]),
        together(page.length) // count,
        _share(together(page.ends), count),
        _share((last - first)[own], len(kinship)),
        _share(together(size_of * page.kept), whole),
        _share(together(size_of * page.other), whole),
    ]


def _place(page: _Page) -> list[Numbers]:
    at = page.candidates
    kept = page.all_kept
    return [
        page.kept[at],
        page.own[at],
        page.other[at],
        _share(kept[at], kept[-1]),
        _share(kept[-1] - kept[at + 1], kept[-1]),
        _share(page.all_prose[at], page.all_prose[-1]),
        _distance(page.kept)[at],
        _distance(page.kept[::-1])[::-1][at],
        _distance(page.other)[at],
        _distance(page.other[::-1])[::-1][at],
    ]


def _distance(flags: Numbers) -> Numbers:
    """How many blocks above each block the nearest flagged one stands."""
    passed = accumulate(flags[:-1].tolist(), lambda far, flag: 1 if flag else min(far + 1, FAR), initial=FAR)
    return _numbers(passed)
