"""The whole pipeline against its peers, side by side: `python -m benchmarks.pipeline`."""

from __future__ import annotations

import json
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchmarks.contestants.job import Job
from benchmarks.measure import BenchmarkError, measure
from benchmarks.report import (
    BARE,
    EXTRACTION,
    FETCHING,
    LABELS,
    NAIVE,
    WARRAQ,
    as_row,
    figures,
    show,
)
from benchmarks.server import StaticServer
from benchmarks.truths import beside_the_checkout

if TYPE_CHECKING:
    from benchmarks.measure import Measured
    from benchmarks.server import Layout

FETCHERS = (NAIVE, BARE, FETCHING, WARRAQ)


@click.command()
@click.option("--pages", default=1000, show_default=True, type=click.IntRange(min=1), metavar="N")
@click.option("--repeat", default=1, show_default=True, type=click.IntRange(min=1), metavar="N")
@click.option(
    "--concurrency", default=16, show_default=True, type=click.IntRange(1, 1024), metavar="N",
    help="Requests in flight.",
)  # fmt: skip
@click.option(
    "--larger", type=click.IntRange(min=1), metavar="N",
    help="Run Warraq over N pages too, to see whether its memory grows with them.",
)  # fmt: skip
@click.option(
    "--pages-from", type=click.Path(path_type=Path, exists=True, file_okay=False), metavar="DIR",
    help="A folder of pages; default: newsweb in the folder beside the checkout, or else the demo's.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on one line.")
def pipeline(
    *, pages: int, repeat: int, concurrency: int, larger: int | None, pages_from: Path | None, as_json: bool
) -> None:
    """Measure Warraq beside a naive spider, bare Scrapy, itself without extraction, and extraction alone.

    All fetch the same pages from one server on this machine, each in a fresh process, in another order each
    time; the figures are medians.
    """
    folder = pages_from or real_pages()
    try:
        with StaticServer(pages, folder) as server:
            runs = _compete(server.layout, concurrency, repeat)
        grown = None
        if larger is not None:
            with StaticServer(larger, folder) as server, tempfile.TemporaryDirectory() as work:
                grown = figures([_run(WARRAQ, server.layout, concurrency, Path(work))])
    except (BenchmarkError, RuntimeError) as error:
        raise click.ClickException(str(error)) from error
    of = {name: figures(runs[name]) for name in LABELS}
    if as_json:
        click.echo(json.dumps(as_row(of, grown, repeat)))
        return
    source = f"of {folder.name}" if folder else "of the demo site (no real pages beside the checkout)"
    click.echo(f"{pages:,} pages {source}, {concurrency} requests in flight, repeats: {repeat}\n")
    show(of, grown)


def real_pages() -> Path | None:
    """The folder of real pages, which are not the project's to keep; None where it is absent."""
    folder = beside_the_checkout() / "newsweb"
    return folder if folder.is_dir() else None


def _compete(layout: Layout, concurrency: int, repeats: int) -> dict[str, list[Measured]]:
    runs: dict[str, list[Measured]] = defaultdict(list)
    for repeat in range(repeats):
        turn = repeat % len(FETCHERS)
        for name in FETCHERS[turn:] + FETCHERS[:turn]:
            with tempfile.TemporaryDirectory() as work:
                folder = Path(work)
                runs[name].append(_run(name, layout, concurrency, folder))
                if name == WARRAQ:  # whose WARC files hold the same pages
                    runs[EXTRACTION].append(_run(EXTRACTION, layout, concurrency, folder))
    return runs


def _run(name: str, layout: Layout, concurrency: int, folder: Path) -> Measured:
    """Run one contestant.

    Raises:
        BenchmarkError: it failed, or did not get every page.
    """
    print(f"{LABELS[name]} ...", file=sys.stderr, flush=True)
    job = Job(layout.hosts, tuple(layout.urls()), concurrency, str(folder))
    measured = measure(f"benchmarks.contestants.{name}", [str(job.write(folder / "job.json"))])
    if measured.told["pages"] != layout.pages:
        raise BenchmarkError(
            f"{LABELS[name]}: {measured.told['pages']} of {layout.pages} pages; nothing to compare"
        )
    return measured


if __name__ == "__main__":
    pipeline()
