"""A block in whole numbers: what the learned look goes by.

All is counted, and shares are in thousandths, so that every machine gets the same numbers. None of it is a
word of a class name or of a text: names matter as far as two elements have the same ones. What the structural
reading and the second reader chose is evidence among the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from archive.extract.body.blocks import HEADINGS
from archive.extract.body.prose import LINK_SHARE, SENTENCE_ENDS, prose

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from archive.extract.body.blocks import Block, Layout
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
LISTS = frozenset({"ul", "ol", "dl"})
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
    # A page has about 200 blocks and 30 candidates: what a call of numpy costs is the call, so each takes the
    # columns of one kind together.
    page = _Page(layout, reading)
    columns = [_own(page), _around(page), _beside(page), _kin(page), _place(page)]
    return page.candidates, np.ascontiguousarray(np.concatenate(columns).T)


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
        blocks, nodes = layout.blocks, layout.nodes
        self.candidates = np.array(considered(reading), dtype=np.int64)
        self.chosen = [blocks[index] for index in self.candidates.tolist()]
        self.length, self.links, self.prose, self.ends, self.heading, self.parent = _numbers(
            [
                [len(block.text) for block in blocks],
                [block.links for block in blocks],
                [prose(block) for block in blocks],
                [block.text[-1] in SENTENCE_ENDS for block in blocks],
                [block.tag in HEADINGS for block in blocks],
                [nodes[block.node].parent for block in blocks],
            ]
        )
        self.link = _share(self.links, self.length)
        self.kept = _flags(reading.lines, len(blocks))
        self.own = _flags(reading.body.own, len(blocks))
        self.other = _flags(reading.body.other, len(blocks))
        self.sums = _sums(
            [
                self.prose,
                self.prose * self.kept,
                self.prose * self.other,
                self.links,
                self.length,
                (self.link >= 1000 * LINK_SHARE).astype(np.int64),
            ]
        )


def _numbers(values: Sequence[Sequence[int] | Numbers]) -> Numbers:
    return np.array(values, dtype=np.int64)


def _flags(indexes: Iterable[int], size: int) -> Numbers:
    flags = np.zeros(size, dtype=np.int64)
    flags[list(indexes)] = 1
    return flags


def _sums(rows: list[Numbers]) -> Numbers:
    """Prefix sums of each row, the empty one first."""
    sums = np.zeros((len(rows), len(rows[0]) + 1), dtype=np.int64)
    np.cumsum(rows, axis=1, out=sums[:, 1:])
    return sums


def _share(part: Numbers, whole: Numbers | int) -> Numbers:
    """Thousandths, rounded down; 0 of nothing."""
    return 1000 * part // np.maximum(whole, 1)


def _own(page: _Page) -> Numbers:
    at = page.candidates
    words, bold, bare, *further = _numbers([_of_its_own(block) for block in page.chosen]).T
    length = page.length[at]
    signs, lower, *named = further
    return _numbers(
        [
            page.prose[at],
            length,
            words,
            page.link[at],
            _share(bold, length),
            _share(bare, length),
            page.ends[at],
            signs,
            lower,
            *named,
        ]
    )


def _of_its_own(block: Block) -> tuple[int, ...]:
    text, tag, wraps = block.text, block.tag, block.wraps
    return (
        text.count(" ") + 1,
        block.bold,
        block.bare,
        sum(map(text.count, "|•·/©@")),
        text[0].islower(),
        tag == "p",
        tag == "li",
        tag in {"td", "th"},
        tag == "blockquote",
        tag == "h2",
        tag == "h3",
        "article" in wraps,
        not wraps.isdisjoint(LISTS),
        "table" in wraps,
        "blockquote" in wraps,
        "header" in wraps,
    )


def _around(page: _Page) -> Numbers:
    """What stands in the elements of each level around the candidates."""
    first, end = _levels(page)
    prose_, kept, other, links, length, linked = page.sums[:, end] - page.sums[:, first]
    all_prose, all_kept = page.sums[:2, -1]
    size = end - first
    columns = [
        size,
        _share(prose_, all_prose),
        _share(links, length),
        _share(linked, size),
        _share(kept, prose_),
        _share(kept, all_kept),
        _share(other, prose_),
    ]
    return _by_group(columns)


def _by_group(columns: Numbers | list[Numbers]) -> Numbers:
    """Columns that each stand for all groups (levels, steps, kinships), those of one group together."""
    return np.concatenate(np.array(columns).swapaxes(0, 1))


def _levels(page: _Page) -> tuple[Numbers, Numbers]:
    """The first block of each candidate's element and the end of it, a row a level."""
    nodes = page.layout.nodes
    first, end = [], []
    level = [nodes[block.node] for block in page.chosen]
    for _ in range(LEVELS):
        first.append([node.first for node in level])
        end.append([node.end for node in level])
        level = [nodes[max(node.parent, 0)] for node in level]
    return _numbers(first), _numbers(end)


def _beside(page: _Page) -> Numbers:
    """The blocks so many blocks further on."""
    at = page.candidates + np.array(NEIGHBOURS)[:, None]
    near = at.clip(0, len(page.kept) - 1)
    columns = [
        page.length[near],
        page.link[near],
        page.prose[near],
        page.heading[near],
        page.kept[near],
        page.other[near],
        page.parent[near] == page.parent[page.candidates],
    ]
    return _by_group(np.where(at == near, columns, OUTSIDE))


def _kinships(layout: Layout) -> Numbers:
    """For each kinship, a row of numbers that kindred blocks have in common; no two kinships share one."""
    nodes, blocks = layout.nodes, layout.blocks
    paths: dict[tuple[int, str, str], int] = {}
    path = [-1] * (len(nodes) + 1)  # the last is of what the root stands in, whose index is -1
    for index, node in enumerate(nodes):
        if node.first != node.end:
            path[index] = paths.setdefault((path[node.parent], node.tag, node.words), len(paths))
    shapes: dict[tuple[int, str], int] = {}
    shape = [-1] * (len(paths) + 1)
    for index, (above, tag, _) in enumerate(paths):
        shape[index] = shapes.setdefault((shape[above], tag), len(shapes))
    siblings: dict[tuple[int, str], int] = {}
    kinds: dict[tuple[str, str], int] = {}
    # Of one path or shape is one tag of a block: it follows from the tags around.
    own = [path[block.node] for block in blocks]
    rows = [
        own,
        [shape[index] for index in own],
        [siblings.setdefault((nodes[block.node].parent, block.tag), len(siblings)) for block in blocks],
        [kinds.setdefault((nodes[block.node].words, block.tag), len(kinds)) for block in blocks],
    ]
    apart: Numbers = np.cumsum([0, len(paths), len(shapes), len(siblings)], dtype=np.int64)[:, None]
    return _numbers(rows) + apart


def _kin(page: _Page) -> Numbers:
    """What the candidates' kindred blocks are, all together."""
    kinships = _kinships(page.layout)
    own = kinships[:, page.candidates]
    all_kinships = kinships.ravel()
    # A block without prose counts for one character: lists have kept entries too.
    size_of = np.maximum(page.prose, 1)
    measures = [np.ones_like(size_of), page.prose, page.length, page.ends]
    measures += [size_of, size_of * page.kept, size_of * page.other]
    # Sums of whole numbers below 2**53: exact in the floating point that bincount has.
    weights = np.tile(np.array(measures, dtype=np.float64), len(KINSHIPS))
    sums = np.array([np.bincount(all_kinships, weights=row)[own] for row in weights]).astype(np.int64)
    count, in_prose, length, ends, whole, kept, other = sums
    columns = [
        count,
        _share(in_prose, page.sums[0, -1]),
        length // count,
        _share(ends, count),
        _share(_span(kinships)[own], len(size_of)),
        _share(kept, whole),
        _share(other, whole),
    ]
    return _by_group(columns)


def _span(kinships: Numbers) -> Numbers:
    """For each number of a kinship, how far the first and the last block that have it stand apart."""
    positions = np.broadcast_to(np.arange(kinships.shape[1]), kinships.shape)
    last = np.zeros(kinships.max() + 1, dtype=np.int64)
    np.maximum.at(last, kinships, positions)
    first = last.copy()
    np.minimum.at(first, kinships, positions)
    return last - first


def _place(page: _Page) -> Numbers:
    at = page.candidates
    prose_above, kept_above = page.sums[:2, at]
    kept_below = page.sums[1, -1] - page.sums[1, at + 1]
    return _numbers(
        [
            page.kept[at],
            page.own[at],
            page.other[at],
            _share(kept_above, page.sums[1, -1]),
            _share(kept_below, page.sums[1, -1]),
            _share(prose_above, page.sums[0, -1]),
            *_distances(page.kept, at),
            *_distances(page.other, at),
        ]
    )


def _distances(flags: Numbers, at: Numbers) -> Numbers:
    """How many blocks above, and below, the nearest flagged one stands."""
    flagged = np.concatenate([[-FAR], np.flatnonzero(flags), [len(flags) + FAR]])
    above = flagged[np.searchsorted(flagged, at) - 1]
    below = flagged[np.searchsorted(flagged, at, side="right")]
    return np.minimum([at - above, below - at], FAR)
