"""The formats: ours, and those that other packages bring by the entry-point group `warraq.exporters`."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, cast

from archive.errors import UsageError

if TYPE_CHECKING:
    from archive.export.rows import Exporter

GROUP = "warraq.exporters"
OURS = {
    "jsonl": "archive.export.jsonl:export",
    "csv": "archive.export.csv:export",
    "parquet": "archive.export.parquet:export",
    "wacz": "archive.export.wacz:export",
}
"""Format -> module and function, loaded when called: pyarrow alone takes 0.2 s."""


def formats() -> list[str]:
    """The names of all formats, ours first."""
    others = sorted(entry.name for entry in entry_points(group=GROUP) if entry.name not in OURS)
    return [*OURS, *others]


def exporter(name: str) -> Exporter:
    """The exporter of a format; ours cannot be replaced.

    Raises:
        UsageError: there is none of this name.
    """
    if name in OURS:
        module, _, function = OURS[name].partition(":")
        return cast("Exporter", getattr(import_module(module), function))
    for entry in entry_points(group=GROUP):
        if entry.name == name:
            return cast("Exporter", entry.load())
    raise UsageError(f"{name}: no such format; there are {', '.join(formats())}")
