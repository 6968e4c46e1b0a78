"""`warraq reextract` and `warraq rebuild`: what WARC says, read again."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from crawler.cli.filters import filter_options
from crawler.cli.output import emit, json_option, say

if TYPE_CHECKING:
    from archive.ingest import Difference, Reextracted
    from archive.store import Filters
    from crawler.cli.app import Invocation

SHOWN_DIFFERENCES = 20
SHOWN_LENGTH = 80


@click.command()
@filter_options
@click.option("--dry-run", is_flag=True, help="Change nothing; show what would change.")
@json_option
@click.pass_obj
def reextract(invocation: Invocation, /, filters: Filters, dry_run: bool, as_json: bool) -> None:
    """Extract again from WARC, without fetching, and report what changes, field by field.

    After an upgrade of warraq, or a new rule of a source, old pages are read as new ones would be. Without
    filters, pages that were refused are tried again too.

    \b
    Examples:
      warraq reextract --dry-run
      warraq reextract --source news.example --from 2026-01-01
    """  # noqa: D301  (click's own marker for a paragraph that is not rewrapped)
    from archive.extract.sites.loading import load_knowledge
    from archive.ingest import DerivationPool, Limits, Reextracted
    from archive.ingest import reextract as derive_again
    from archive.store import ArchiveStore
    from archive.store.lock import CrawlLock
    from settings.file import load

    folder = invocation.existing_archive()
    settings = load(folder)
    known = load_knowledge(folder, settings.source)
    shown = 0
    with (
        CrawlLock(folder, command="reextract"),
        ArchiveStore.open(folder) as store,
        DerivationPool(
            folder / "warc", settings.extract.workers, Limits.of(settings.extract), known=known
        ) as pool,
    ):
        for found in derive_again(store, pool, filters, dry_run=dry_run):
            if isinstance(found, Reextracted):
                _show_sums(found, dry_run=dry_run, as_json=as_json)
            elif as_json:
                emit(asdict(found))
            elif shown < SHOWN_DIFFERENCES:
                shown += 1
                _show(found)


def _show(difference: Difference) -> None:
    say(
        f"{difference.article_id} {difference.field}: {_short(difference.before)} -> {_short(difference.after)}"
    )


def _short(value: object) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= SHOWN_LENGTH else text[:SHOWN_LENGTH] + "…"


def _show_sums(sums: Reextracted, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        emit({"dry_run": dry_run, **asdict(sums)})
        return
    would = "would differ" if dry_run else "differ"
    say(
        f"{sums.captures:,} captures read again: {sums.articles_same:,} articles the same, "
        f"{sums.articles_different:,} {would}."
    )
    for name, count in sums.fields.most_common():
        say(f"  {name}: {count:,}")
    if sums.newly_articles:
        say(f"  {sums.newly_articles:,} refused pages are articles now")
    for reason, count in sums.newly_rejected.most_common():
        say(f"  {count:,} articles are refused now: {reason}")


@click.command()
@json_option
@click.pass_obj
def rebuild(invocation: Invocation, as_json: bool) -> None:
    """Make archive.db anew from the WARC files alone.

    Every article, revision and capture comes out as it was; the old database is replaced at the end.
    """
    from archive.extract.sites.loading import load_knowledge
    from archive.ingest import Limits
    from archive.ingest import rebuild as rebuild_archive
    from archive.store.lock import CrawlLock
    from crawler.cli.output import note
    from settings.file import load

    folder = invocation.existing_archive()
    settings = load(folder)
    known = load_knowledge(folder, settings.source)

    def progress(captures: int, articles: int) -> None:
        if not as_json:
            note(f"{captures:,} captures, {articles:,} articles")

    with CrawlLock(folder, command="rebuild"):
        rebuilt = rebuild_archive(
            folder,
            workers=settings.extract.workers,
            limits=Limits.of(settings.extract),
            known=known,
            progress=progress,
        )
    if as_json:
        emit(asdict(rebuilt))
    else:
        say(
            f"{rebuilt.captures:,} captures of {rebuilt.files:,} WARC files "
            f"gave {rebuilt.articles:,} articles."
        )
    for fault in rebuilt.faults:
        note(f"passed over: {fault}")
