"""Extraction beside its peers, on the same pages: `python -m benchmarks.extraction`."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.extract.markup.decoding import decode
from benchmarks.comparison import TRAFILATURA, WARRAQ, Comparison, Reading, show
from benchmarks.contestants.readers import READERS
from benchmarks.measure import BenchmarkError, measure
from benchmarks.truths import ROOT, manifests_beside, own_cases, read_manifest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.quality import Answer
    from benchmarks.truths import Case

PEERS_PYTHON = ROOT / ".venv-peers" / "bin" / "python"
"""Made by `make peers`."""

OWN_ENVIRONMENT = frozenset({WARRAQ})
"""Readers in the project's environment. trafilatura is a dependency as well as a peer: without the peers'
environment it is measured here."""

MIN_BULK_PAGES = 400
"""Rows that one core and two are compared over: pages are repeated until there are as many."""

OF_THE_FETCH = ("fetched", "timezone", "charset", "status")
"""What a row may tell beside its page, as `warraq extract --jsonl` takes it."""


@click.command()
@click.argument(
    "manifests",
    nargs=-1,
    metavar="[MANIFEST]...",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
)
@click.option(
    "--reader", "readers", multiple=True, type=click.Choice(list(READERS)), help="Only these beside Warraq; repeatable."
)  # fmt: skip
@click.option(
    "--passes", default=2, show_default=True, type=click.IntRange(min=1), metavar="N",
    help="Timed passes over the pages; the quickest counts.",
)  # fmt: skip
@click.option(
    "--worst", default=10, show_default=True, type=click.IntRange(min=0), metavar="N",
    help="List Warraq's N worst pages.",
)  # fmt: skip
@click.option("--plot", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write an SVG.")
@click.option("--cores/--no-cores", default=True, help="Compare two cores with one.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on one line.")
def extraction(  # noqa: PLR0913  (options of a command)
    *,
    manifests: tuple[Path, ...],
    readers: tuple[str, ...],
    passes: int,
    worst: int,
    plot: Path | None,
    cores: bool,
    as_json: bool,
) -> None:
    """Score Warraq and its peers on the project's golden pages and on sets of pages with their truth.

    MANIFEST is a page set's manifest.jsonl or pages.jsonl; default: those found in the folder beside the
    checkout. Peers are in an environment of their own (`make peers`); without it only trafilatura is compared.
    """
    chosen = [WARRAQ, *(name for name in readers or READERS if name != WARRAQ)]
    if not PEERS_PYTHON.is_file():
        chosen = [name for name in chosen if name.startswith((WARRAQ, TRAFILATURA))]
        click.echo("No environment of peers: 'make peers' makes it. Only trafilatura is compared.", err=True)
    elif plot is not None:
        plot = plot.resolve()
    try:
        cases = own_cases() + [
            case for path in manifests or manifests_beside() for case in read_manifest(path)
        ]
        with tempfile.TemporaryDirectory() as work:
            folder = Path(work)
            write_pages(cases, folder)
            readings = {name: _read(name, folder, passes) for name in chosen}
            cost = measure("benchmarks.contestants.cost", [str(folder), str(passes)]).told
            speedup = _speedup(cases, folder) if cores else None
    except (BenchmarkError, OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    found = Comparison(cases, readings, cost["warraq_us"] / cost["trafilatura_us"], speedup)
    if as_json:
        click.echo(json.dumps(found.as_row(worst), ensure_ascii=False))
    else:
        show(found, worst)
    if plot is not None:
        _draw(found, plot)


def write_pages(cases: Sequence[Case], folder: Path) -> None:
    """Write pages as readers load them: their bytes, and their text for those that take no bytes."""
    with (folder / "pages.jsonl").open("w", encoding="utf-8") as rows:
        for number, case in enumerate(cases):
            content = case.content
            (folder / f"{number}.html").write_bytes(content)
            text = decode(content, case.row.get("charset")).text
            (folder / f"{number}.txt").write_text(text, encoding="utf-8", errors="replace")
            known = {
                name: case.row.get(name)
                for name in ("fetched", "timezone", "charset", "status")
                if name in case.row
            }
            row = {"url": case.url, "content": f"{number}.html", "text": f"{number}.txt", "row": known}
            rows.write(json.dumps(row) + "\n")


def _read(name: str, folder: Path, passes: int) -> Reading:
    """Let one reader read all pages, in a fresh process.

    Raises:
        BenchmarkError: it failed as a whole; a page it fails on is a page without an answer.
    """
    print(f"{name} ...", file=sys.stderr, flush=True)
    python = PEERS_PYTHON if name not in OWN_ENVIRONMENT and PEERS_PYTHON.is_file() else None
    answers = folder / "answers.jsonl"
    arguments = [name, str(folder), str(answers), str(passes)]
    measured = measure("benchmarks.contestants.reading", arguments, python)
    found: dict[str, Answer] = {}
    for line in answers.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        found[row["key"]] = row
    told = measured.told
    return Reading(
        answers=found,
        failed=told["failed"],
        cpu_ms_per_page=told["cpu_us"] / 1000 / told["pages"],
        peak_mebibytes=measured.peak_mebibytes,
    )


def _speedup(cases: Sequence[Case], folder: Path) -> float:
    """How much sooner two workers are done than one, their start excluded."""
    print("one core and two ...", file=sys.stderr, flush=True)
    rows = [json.dumps({"url": case.url, "file": str(case.file)}) for case in cases]
    path = folder / "rows.jsonl"
    path.write_text("\n".join(rows * -(-MIN_BULK_PAGES // len(rows))), encoding="utf-8")
    one, two = (
        measure("benchmarks.contestants.bulk", [str(path), str(workers)]).told["wall_us"]
        for workers in (1, 2)
    )
    return one / two


def _draw(found: Comparison, path: Path) -> None:
    """Draw the comparison, by matplotlib in the peers' environment.

    Raises:
        ClickException: there is no such environment, or it failed.
    """
    if not PEERS_PYTHON.is_file():
        raise click.ClickException("a plot needs matplotlib, which 'make peers' installs beside the peers")
    ran = subprocess.run(
        [str(PEERS_PYTHON), "-m", "benchmarks.plot", str(path)],
        input=json.dumps(found.as_row(0)),
        text=True,
        cwd=ROOT,
        check=False,
    )
    if ran.returncode:
        raise click.ClickException(f"the plot was not drawn: exit code {ran.returncode}")


if __name__ == "__main__":
    extraction()
