"""What the learned look gains on pages of publishers it was not trained on."""

from __future__ import annotations

import hashlib
from statistics import mean
from typing import TYPE_CHECKING, NamedTuple

from archive.extract.learned.decision import revise
from archive.extract.learned.model import parse
from training.examples import MASKS
from training.fit import fit
from training.labels import f1

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from archive.extract.learned.model import Trees
    from training.examples import Copy, Example

FOLDS = 5


class Score(NamedTuple):
    """Of a collection."""

    f1: float
    accuracy: float


def folds(examples: Sequence[Example], seed: int) -> list[int]:
    """The fold of each example: all pages of a publisher in one, in an order that a hash shuffles."""
    publishers = sorted(
        {example.publisher for example in examples},
        key=lambda publisher: hashlib.sha256(f"{seed} {publisher}".encode()).digest(),
    )
    fold = {publisher: at % FOLDS for at, publisher in enumerate(publishers)}
    return [fold[example.publisher] for example in examples]


def held_back(examples: Sequence[Example], seed: int) -> list[Trees]:
    """For each example, trees that saw no page of its publisher."""
    of = folds(examples, seed)
    trees = {
        fold: parse(fit([example for example, own in zip(examples, of, strict=True) if own != fold]))
        for fold in sorted(set(of))
    }
    return [trees[fold] for fold in of]


def score(
    examples: Sequence[Example], number: int, choose: Callable[[int, Copy], list[int]]
) -> dict[str, Score]:
    """Body F1 and accuracy of each collection.

    Args:
        examples: pages with truths.
        number: which copy of each is read.
        choose: gives the blocks of an example, by its index and that copy.
    """
    found: dict[str, list[tuple[float, float, bool]]] = {}
    for at, example in enumerate(examples):
        copy = example.copies[number]
        found.setdefault(example.collection, []).append(example.score(copy, choose(at, copy)))
    return {
        collection: Score(
            f1(mean(one[0] for one in scores), mean(one[1] for one in scores)), mean(one[2] for one in scores)
        )
        for collection, scores in sorted(found.items())
    }


def report(examples: Sequence[Example], seeds: Sequence[int] = (0, 1, 2)) -> str:
    """A table: the structural reading alone, with trees of other publishers, with trees of the same pages."""
    lines = []
    held = [held_back(examples, seed) for seed in seeds]
    own = parse(fit(examples))
    for number in range(len(MASKS) - 1):
        readings = {"structure": lambda _, copy: list(copy.reading.lines)}
        readings |= {
            f"held back, seed {seed}": _reviser(trees) for seed, trees in zip(seeds, held, strict=True)
        }
        readings["in sample"] = _reviser([own] * len(examples))
        for name, choose in readings.items():
            figures = score(examples, number, choose)
            told = "  ".join(f"{name} {one.f1:.4f} ({one.accuracy:.3f})" for name, one in figures.items())
            lines.append(f"names masked {MASKS[number]:.0%}  {name:18}  {told}")
    return "\n".join(lines)


def _reviser(trees: Sequence[Trees]) -> Callable[[int, Copy], list[int]]:
    return lambda at, copy: revise(copy.layout, copy.reading, trees[at])
