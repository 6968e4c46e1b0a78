"""Draws what `benchmarks.extraction --json` printed: `python -m benchmarks.plot FILE.svg < ROW`.

Run by the peers' environment, where matplotlib is.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot as plt

OURS, THEIRS = "#b3541e", "#9aa5b1"
WIDEST_F1 = 1.12
"""Where the axes of F1 end: a label stands behind a full bar."""


def draw(row: dict[str, Any], path: str) -> None:
    """One panel a set or script, bars by reader, the best on top; and one of CPU a page."""
    panels = [
        (f"set {name}", {reader: each["f1"] for reader, each in readers.items() if "f1" in each})
        for name, readers in row["sets"].items()
    ]
    for name, values in row["scripts"].items():
        pages = f"{values['pages']:.0f}"
        panels.append((f"{name}, {pages} pages", {reader: values[reader] for reader in row["readers"]}))
    columns = 3
    rows = -(-(len(panels) + 1) // columns)
    mpl.rcParams["svg.hashsalt"] = "warraq"  # the same figures give the same file
    figure, grid = plt.subplots(rows, columns, figsize=(15, 3.2 * rows), layout="constrained", squeeze=False)
    axes = list(grid.flat)
    for axis, (title, values) in zip(axes, panels, strict=False):
        _bars(axis, f"body F1, {title}", values, "{:.3f}")
        axis.set_xlim(0, WIDEST_F1)
    cost = {name: each["cpu_ms_per_page"] for name, each in row["readers"].items()}
    _bars(axes[len(panels)], "CPU ms a page (log)", {name: -value for name, value in cost.items()}, "{:.1f}")
    axes[len(panels)].set_xscale("log")
    for axis in axes[len(panels) + 1 :]:
        axis.set_visible(False)
    figure.savefig(path, format="svg", metadata={"Date": None})


def _bars(axis: Any, title: str, values: dict[str, float], form: str) -> None:
    """Bars in the order of their values, the greatest on top; a negative value is drawn as its amount."""
    names = sorted(values, key=lambda name: values[name])
    amounts = [abs(values[name]) for name in names]
    bars = axis.barh(names, amounts, color=[OURS if name == "warraq" else THEIRS for name in names])
    axis.bar_label(bars, [form.format(amount) for amount in amounts], padding=3, fontsize=8)
    axis.set_title(title, fontsize=10)
    axis.tick_params(labelsize=8)


if __name__ == "__main__":
    draw(json.load(sys.stdin), sys.argv[1])
