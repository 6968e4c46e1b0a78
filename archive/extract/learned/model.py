"""The trees that weigh a block, from a file of whole numbers.

Splits compare whole numbers and leaves add them up, so that the sum is the same on every machine; with floats
it would hang on the order of the additions. The file is JSON: nothing in it can be run.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from archive.errors import WarraqError
from archive.extract.learned.features import FEATURES, FEATURES_VERSION

if TYPE_CHECKING:
    from archive.extract.learned.features import Numbers

WEIGHTS = "weights.json"

UNIT = 1000
"""What a leaf's number is counted in: thousandths of log-odds."""

CURE = "it comes with the package: install Warraq again, or train it anew (training/README.md)"


class WeightsError(WarraqError):
    """The weights are absent, damaged, or for other features than this code counts."""


@dataclass(frozen=True, slots=True)
class Trees:
    """Decision trees, all their nodes in one row; a leaf leads to itself."""

    roots: Numbers
    """Index of each tree's first node."""
    feature: Numbers
    """Of each node: the column it compares; 0 for a leaf."""
    threshold: Numbers
    """Of each node: up to this number it goes left."""
    left: Numbers
    right: Numbers
    value: Numbers
    """Of each node: what it adds, in 1/UNIT of log-odds; 0 for one that is no leaf."""
    depth: int
    """Steps from a root to its furthest leaf."""

    def weigh(self, rows: Numbers) -> Numbers:
        """The log-odds of each row's being the article's, in 1/UNIT."""
        at = np.tile(self.roots, (len(rows), 1))
        row = np.arange(len(rows))[:, None]
        for _ in range(self.depth):
            goes_left = rows[row, self.feature[at]] <= self.threshold[at]
            at = np.where(goes_left, self.left[at], self.right[at])
        odds: Numbers = self.value[at].sum(axis=1)
        return odds


def parse(text: str) -> Trees:
    """Trees from a file's text.

    Raises:
        WeightsError: it is damaged, or of other features.
    """
    try:
        told = json.loads(text)
        version, names = told["version"], tuple(told["features"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise WeightsError(f"{WEIGHTS} is damaged ({error}); {CURE}") from error
    if (version, names) != (FEATURES_VERSION, FEATURES):
        raise WeightsError(
            f"{WEIGHTS} is for version {version} of the features, this code counts version {FEATURES_VERSION};"
            f" {CURE}"
        )
    try:
        return _trees(told["trees"])
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise WeightsError(f"{WEIGHTS} is damaged ({error}); {CURE}") from error


def _trees(told: list[Any]) -> Trees:
    rows: list[tuple[int, int, int, int, int]] = []
    roots = []
    depths: dict[int, int] = {}
    for tree in told:
        base = len(rows)
        roots.append(base)
        for index, node in enumerate(tree, start=base):
            row, below = _node(node, index, base)
            # Children follow their parent, so that no file can send the walk in a circle.
            if not all(index < child < base + len(tree) for child in below):
                raise ValueError(f"node {index} leads out of its tree")
            for child in below:
                depths[child] = depths.get(index, 0) + 1
            rows.append(row)
    if not roots or not all(told):
        raise ValueError("no tree in it")
    feature, threshold, left, right, value = np.array(rows, dtype=np.int64).T
    return Trees(
        np.array(roots, dtype=np.int64),
        feature,
        threshold,
        left,
        right,
        value,
        max(depths.values(), default=0),
    )


def _node(node: Any, index: int, base: int) -> tuple[tuple[int, int, int, int, int], list[int]]:
    """A node as a row, and the indexes of its children."""
    if not all(isinstance(number, int) for number in node):
        raise ValueError(f"node {index} holds something else than whole numbers")
    if len(node) == 1:
        return (0, 0, index, index, node[0]), []
    feature, threshold, left, right = node
    if not 0 <= feature < len(FEATURES):
        raise ValueError(f"node {index} compares feature {feature}; there are {len(FEATURES)}")
    return (feature, threshold, base + left, base + right, 0), [base + left, base + right]


@lru_cache(maxsize=1)
def load() -> Trees:
    """The committed trees; read once a process.

    Raises:
        WeightsError: they are absent, damaged, or of other features.
    """
    try:
        text = resources.files("archive.extract.learned").joinpath(WEIGHTS).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WeightsError(f"{WEIGHTS} cannot be read ({error}); {CURE}") from error
    return parse(text)
