"""Trees from examples, and the file they are kept in.

Few leaves, few bins and many blocks to a leaf: a page that was trained on must gain no more than one that was
not. All of it is seeded and on one thread, so that the same examples give the same file.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from archive.extract.learned.features import FEATURES, FEATURES_VERSION
from archive.extract.learned.model import UNIT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from training.examples import Copy, Example

ROUNDS = 60
PARAMETERS: dict[str, Any] = {
    "objective": "binary",
    "num_leaves": 4,
    "max_bin": 16,
    "min_data_in_leaf": 60,
    "lambda_l2": 5,
    "learning_rate": 0.1,
    "feature_fraction": 0.3,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "seed": 1,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbose": -1,
}
"""Of LightGBM; chosen by cross-validation as a set."""

LONG_BLOCK = 600
"""Characters past which a block counts for no more."""

MAX_PUBLISHER_PAGES = 12
"""Pages that those of one publisher count for at most, all together."""


MAX_COLLECTION_WEIGHT = 2.0
"""What a page of a small collection counts for at most, beside one of the largest."""


def fit(examples: Sequence[Example], rounds: int = ROUNDS, **parameters: Any) -> str:
    """Train on examples.

    Args:
        examples: pages with truths.
        rounds: number of trees.
        parameters: of LightGBM, in place of those in PARAMETERS.

    Returns:
        The text of a file of weights.
    """
    import lightgbm  # noqa: PLC0415 - an extra: the rest of this module is tested without it

    weights = _weights_of_pages(examples)
    parts = [
        _part(example, copy, weight)
        for example, weight in zip(examples, weights, strict=True)
        for copy in example.copies
    ]
    rows, labels, counts = (np.concatenate(column) for column in zip(*parts, strict=True))
    settings = PARAMETERS | parameters
    data = lightgbm.Dataset(
        rows.astype(np.float64),
        labels,
        weight=counts / counts.mean(),
        params={name: settings[name] for name in ("max_bin", "verbose")},
    )
    trees = lightgbm.train(settings, data, rounds).dump_model()["tree_info"]
    return dump([_nodes(tree["tree_structure"]) for tree in trees])


def dump(trees: list[list[list[int]]]) -> str:
    """The text of a file of weights: a line a tree, so that changes can be read."""
    lines = ",\n".join("  " + json.dumps(tree, separators=(",", ":")) for tree in trees)
    names = json.dumps(list(FEATURES))
    return f'{{"version": {FEATURES_VERSION},\n "features": {names},\n "trees": [\n{lines}\n ]}}\n'


def _weights_of_pages(examples: Sequence[Example]) -> list[float]:
    """What each page counts for: collections alike, as far as no publisher gets too loud."""
    collections = Counter(example.collection for example in examples)
    publishers = Counter(example.publisher for example in examples)
    largest = max(collections.values())
    return [
        min(
            largest / collections[example.collection],
            MAX_COLLECTION_WEIGHT,
            MAX_PUBLISHER_PAGES / publishers[example.publisher],
        )
        for example in examples
    ]


def _part(
    example: Example, copy: Copy, weight: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """A copy's rows, their labels, and what each counts for: a page's text counts for one, all together."""
    lengths = [min(len(copy.layout.blocks[index].text), LONG_BLOCK) for index in copy.candidates]
    labels = np.array([int(index) in example.labels for index in copy.candidates], dtype=np.int64)
    counts = np.sqrt(np.array(lengths, dtype=np.float64))
    return copy.rows, labels, weight * counts / max(counts[labels > 0].sum(), 1.0)


def _nodes(structure: dict[str, Any]) -> list[list[int]]:
    """A tree's nodes, each before its children: [feature, threshold, left, right], or [value] for a leaf."""
    nodes: list[list[int]] = []

    def add(node: dict[str, Any]) -> int:
        at = len(nodes)
        if "leaf_value" in node:
            nodes.append([round(UNIT * node["leaf_value"])])
            return at
        # Whole numbers are compared: up to 12.5 is up to 12.
        nodes.append([node["split_feature"], math.floor(node["threshold"])])
        left = add(node["left_child"])
        nodes[at] += [left, add(node["right_child"])]
        return at

    add(structure)
    return nodes
