"""The figures side by side, the ratios, and what they are meant to be."""

from __future__ import annotations

import platform
import sys
from dataclasses import asdict, dataclass
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.measure import MEMORY_KIND

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.measure import Measured

NAIVE, BARE, FETCHING, WARRAQ, EXTRACTION = "naive", "bare", "fetching", "warraq", "extraction"
LABELS = {
    NAIVE: "naive Scrapy spider",
    BARE: "bare Scrapy",
    FETCHING: "Warraq, extraction off",
    WARRAQ: "Warraq",
    EXTRACTION: "extraction alone, all cores",
}


@dataclass(frozen=True, slots=True)
class Figures:
    """A contestant's medians over the repeats."""

    pages: int
    articles: int
    pages_per_second: float
    """From the process's start to its end."""
    pages_per_second_started: float
    """Without its start: imports, and for extraction alone the workers' models."""
    cpu_ms_per_page: float
    """User and system, all processes."""
    cpu_ms_per_page_started: float
    peak_mebibytes: float
    """The highest of all repeats, all processes together."""
    start_seconds: float


@dataclass(frozen=True, slots=True)
class Ratio:
    """One comparison."""

    name: str
    value: float
    floor: float | None = None
    """It is meant to be at least this."""
    ceiling: float | None = None
    """It is meant to be at most this."""

    @property
    def met(self) -> bool:
        """Whether it is as it is meant to be."""
        above = self.floor is None or self.value >= self.floor
        return above and (self.ceiling is None or self.value <= self.ceiling)

    @property
    def wanted(self) -> str:
        """The goal in words; empty where the value is told for what it says of the others."""
        if self.floor is not None:
            return f">= {self.floor:g}"
        return "" if self.ceiling is None else f"<= {self.ceiling:g}"


def figures(runs: Sequence[Measured]) -> Figures:
    """Put a contestant's runs together."""
    pages = runs[0].told["pages"]
    return Figures(
        pages=pages,
        articles=runs[0].told["articles"],
        pages_per_second=median(pages / run.seconds for run in runs),
        pages_per_second_started=median(pages / run.work_seconds for run in runs),
        cpu_ms_per_page=median(1000 * run.cpu_seconds / pages for run in runs),
        cpu_ms_per_page_started=median(1000 * run.work_cpu_seconds / pages for run in runs),
        peak_mebibytes=max(run.peak_mebibytes for run in runs),
        start_seconds=median(run.seconds - run.work_seconds for run in runs),
    )


def ratios(of: Mapping[str, Figures], larger: Figures | None) -> list[Ratio]:
    """Compare.

    Args:
        of: every contestant's figures.
        larger: Warraq's over more pages, to see whether memory grows with them.
    """
    naive, bare, fetching, warraq, alone = (of[name] for name in LABELS)
    most = larger or warraq
    found = [
        Ratio("pages/s, Warraq / naive", warraq.pages_per_second / naive.pages_per_second, floor=2.3),
        Ratio("CPU a page, naive / Warraq", naive.cpu_ms_per_page / warraq.cpu_ms_per_page),
        Ratio(
            "CPU a page, Warraq with extraction off / bare Scrapy",
            fetching.cpu_ms_per_page / bare.cpu_ms_per_page,
            ceiling=1.5,
        ),
        Ratio(
            "pages/s, Warraq / extraction alone, both without start",
            warraq.pages_per_second_started / alone.pages_per_second_started,
        ),
        Ratio(f"peak {MEMORY_KIND} MiB, {most.pages:,} pages", most.peak_mebibytes, ceiling=700),
    ]
    if larger is not None:
        name = f"peak {MEMORY_KIND}, {larger.pages:,} / {warraq.pages:,} pages"
        found.append(Ratio(name, larger.peak_mebibytes / warraq.peak_mebibytes, ceiling=1.15))
    return found


def as_row(of: Mapping[str, Figures], larger: Figures | None, repeats: int) -> dict[str, object]:
    """Everything, as one JSON object."""
    return {
        "repeats": repeats,
        "memory": MEMORY_KIND,
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "contestants": {name: _rounded(asdict(each)) for name, each in of.items()},
        "larger": None if larger is None else _rounded(asdict(larger)),
        "ratios": ratio_rows(ratios(of, larger)),
    }


def ratio_rows(found: Sequence[Ratio]) -> list[dict[str, object]]:
    """Ratios as JSON objects."""
    return [
        {"name": each.name, "value": round(each.value, 3), "wanted": each.wanted, "met": each.met}
        for each in found
    ]


def show_ratios(found: Sequence[Ratio]) -> None:
    """Print the ratios beside what they are meant to be."""
    table(
        ("ratio", "value", "wanted", "met"),
        [
            (
                each.name,
                f"{each.value:.2f}",
                each.wanted,
                ("yes" if each.met else "no") if each.wanted else "",
            )
            for each in found
        ],
    )


def show(of: Mapping[str, Figures], larger: Figures | None) -> None:
    """Print both tables: ruled on a terminal, plain elsewhere."""
    rows = [(LABELS[name], each) for name, each in of.items()]
    if larger is not None:
        rows.append((f"Warraq, {larger.pages:,} pages", larger))
    head = (
        "",
        "pages/s",
        "started",
        "CPU ms/page",
        "started",
        f"peak {MEMORY_KIND} MiB",
        "start s",
        "articles",
    )
    table(
        head,
        [
            (
                label, f"{each.pages_per_second:.1f}", f"{each.pages_per_second_started:.1f}",
                f"{each.cpu_ms_per_page:.2f}", f"{each.cpu_ms_per_page_started:.2f}",
                f"{each.peak_mebibytes:.0f}", f"{each.start_seconds:.1f}", f"{each.articles:,}",
            )
            for label, each in rows
        ],
    )  # fmt: skip
    print()
    show_ratios(ratios(of, larger))


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """Print one: ruled on a terminal, plain elsewhere."""
    if sys.stdout.isatty():
        from rich.console import Console  # noqa: PLC0415  (plain output needs none of it)
        from rich.table import Table  # noqa: PLC0415

        ruled = Table()
        for index, name in enumerate(head):
            ruled.add_column(name, justify="right" if index else "left")
        for row in rows:
            ruled.add_row(*row)
        Console().print(ruled)
        return
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    for row in (head, *rows):
        cells = [
            row[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)),
        ]
        print("  ".join(cells).rstrip())


def _rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 3) if isinstance(value, float) else value for name, value in values.items()}
