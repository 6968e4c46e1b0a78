"""Which blocks of a page a truth's text is made of, and how near a choice of blocks comes to it."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from archive.extract.body.blocks import Layout

    Shingles = Counter[tuple[str, ...]]

TOKEN = re.compile(r"[぀-ヿ㐀-䶿一-鿿가-힯฀-๿]|[^\W_]+(?:[\u064b-\u0652\u0670ـ][^\W_]*)*")
"""A word; a sign of Chinese, Japanese, Korean or Thai script is one by itself."""

SHINGLE_TOKENS = 4

MIN_SHARE = 0.5
"""Share of a block's shingles that must stand in the truth for the block to be begun with."""

MIN_LIST_SHARE = 0.8
"""The same for an element as a whole, whose blocks are too short to tell one by one: a table's cells."""

MIN_KNOWN_TOKENS = 0.6
REACH = 15
"""Blocks before the first and after the last that may be the text's, though no shingle says so."""

ROUNDS = 2


def shingles(tokens: Sequence[str]) -> Shingles:
    """Runs of four tokens, as often as they occur; a shorter text is one run."""
    if not tokens:
        return Counter()
    runs = range(max(1, len(tokens) - SHINGLE_TOKENS + 1))
    return Counter(tuple(tokens[at : at + SHINGLE_TOKENS]) for at in runs)


def agreement(want: Shingles, got: Shingles) -> tuple[float, float, bool]:
    """Precision, recall, and whether the two are equal."""
    hit = (want & got).total()
    return (hit / got.total() if got else 0.0, hit / want.total() if want else 1.0, want == got)


def f1(precision: float, recall: float) -> float:
    """Harmonic mean of two shares."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def label(layout: Layout, truth: str) -> frozenset[int]:
    """The blocks that together come nearest to a truth's text.

    Blocks that share their shingles with it come first; single ones are then added and taken away as long as
    the whole gets nearer.
    """
    tokens = [TOKEN.findall(block.text) for block in layout.blocks]
    told = TOKEN.findall(truth)
    want = shingles(told)

    def share(words: Sequence[str]) -> float:
        return agreement(want, shingles(words))[0]

    chosen = {
        index
        for index, words in enumerate(tokens)
        if len(words) >= SHINGLE_TOKENS and share(words) >= MIN_SHARE
    }
    for node in layout.nodes:
        inside = range(node.first, node.end)
        words = [word for index in inside for word in tokens[index]]
        if (
            SHINGLE_TOKENS <= len(words) < 3 * len(told)
            and not chosen.issuperset(inside)
            and share(words) >= MIN_LIST_SHARE
        ):
            chosen.update(inside)
    return frozenset(_climb(tokens, want, chosen, _open(tokens, set(told), chosen)))


def _open(tokens: list[list[str]], known: set[str], chosen: set[int]) -> list[int]:
    """The blocks whose choice is tried both ways."""
    first, last = (min(chosen), max(chosen)) if chosen else (0, len(tokens))
    return [
        index
        for index, words in enumerate(tokens)
        if index in chosen
        or (
            words
            and first - REACH <= index <= last + REACH
            and sum(word in known for word in words) >= MIN_KNOWN_TOKENS * len(words)
        )
    ]


def _climb(tokens: list[list[str]], want: Shingles, chosen: set[int], candidates: Iterable[int]) -> set[int]:
    def score(indexes: set[int]) -> float:
        words = [word for index in sorted(indexes) for word in tokens[index]]
        return f1(*agreement(want, shingles(words))[:2])

    best = score(chosen)
    for _ in range(ROUNDS):
        before = best
        for index in candidates:
            other = chosen ^ {index}
            found = score(other)
            if found > best:
                chosen, best = other, found
        if best == before:
            break
    return chosen
