"""`warraq export`: articles as files."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.errors import UsageError
from crawler.cli.filters import filter_options
from crawler.cli.output import emit, json_option, note, say

if TYPE_CHECKING:
    from archive.export import Summary
    from archive.store import ArchiveStore, Filters
    from crawler.cli.app import Invocation


@click.command()
@click.argument("form", metavar="FORMAT")
@click.argument("destination", metavar="DEST", type=click.Path(path_type=Path, allow_dash=True))
@filter_options
@click.option("--no-text", is_flag=True, help="Leave text and lead out, where they may not be passed on.")
@click.option(
    "--bom", is_flag=True, help="csv: begin with a byte order mark, which Excel needs to read UTF-8."
)
@click.option("--escape-formulas", is_flag=True, help="csv: put ' before cells a spreadsheet would run.")
@click.option("--force", is_flag=True, help="Replace DEST where it is there.")
@json_option
@click.pass_obj
def export(
    invocation: Invocation, /, form: str, destination: Path, filters: Filters, as_json: bool, **how: bool
) -> None:
    """Export articles as jsonl, csv, parquet or wacz to the file DEST; - is standard output.

    Every row has the columns of `articles` and the place of its capture: warc_file, warc_offset, warc_length,
    payload_digest, capture_url, captured. DEST appears whole or not at all.

    A wacz holds the WARC files themselves, whole, with an index and the articles as its pages, to be opened at
    replayweb.page. With filters it holds those pages, and the WARC files that they lie in.

    \b
    Examples:
      warraq export parquet articles.parquet
      warraq export csv spring.csv --from 2026-03-01 --to 2026-05-31 --language ar --bom
      warraq export jsonl - --no-text | head
      warraq export wacz spring.wacz --source news.example --from 2026-03-01 --to 2026-05-31
    """  # noqa: D301  (click's own marker)
    from archive.export import Options, archived, exporter
    from archive.store import ArchiveStore, Filters

    csv_alone = {key: how[key] for key in ("bom", "escape_formulas")}
    folder = invocation.existing_archive()
    options = Options(
        text=not how["no_text"],
        force=how["force"],
        archive=folder,
        selected=filters != Filters(),
        **csv_alone,
    )
    write = exporter(form)
    if form != "csv" and any(csv_alone.values()):
        raise UsageError(f"--bom and --escape-formulas are for csv, not {form}")
    with ArchiveStore.open(folder, readonly=True) as store, store.snapshot():
        summary = write(archived(store, filters), destination, options)
        undated = _undated(store, filters)
    _tell(summary, undated, as_json=as_json)


def _undated(store: ArchiveStore, filters: Filters) -> int:
    """Articles that a filter by date left out because they have none."""
    if not filters.by_date:
        return 0
    condition = filters.undated()
    statement = f"SELECT count(*) FROM articles WHERE {condition.sql}"  # noqa: S608  (our own condition)
    return int(store.query(statement, condition.parameters)[0][0])


def _tell(summary: Summary, undated: int, *, as_json: bool) -> None:
    if summary.file == "-":  # standard output has the rows
        note(f"{summary.rows:,} articles, {summary.bytes:,} bytes, sha256 {summary.sha256}")
    elif as_json:
        emit({**asdict(summary), "undated": undated})
    else:
        size = f"{summary.bytes:,} bytes, sha256 {summary.sha256}"
        say(f"Wrote {summary.rows:,} articles to {summary.file}: {size}.")
    if undated:
        note(f"{undated:,} articles without a date were left out by --from and --to.")
    if not summary.rows:
        note("No article fits; 'warraq status' shows what there is.")
