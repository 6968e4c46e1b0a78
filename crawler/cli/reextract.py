"""`warraq reextract` and `warraq rebuild`: what WARC says, read again."""

from __future__ import annotations

import sys
from dataclasses import asdict, fields
from typing import TYPE_CHECKING

import click

from crawler.cli.differences import Worst, row, show_changes
from crawler.cli.filters import filter_options
from crawler.cli.output import emit, json_option, say
from crawler.cli.terminal import is_terminal

if TYPE_CHECKING:
    from archive.ingest import Reextracted
    from archive.store import Filters
    from crawler.cli.app import Invocation

SHOWN_PAGES = 20


@click.command()
@filter_options
@click.option("--dry-run", is_flag=True, help="Change nothing; show what would change.")
@json_option
@click.pass_obj
def reextract(invocation: Invocation, /, filters: Filters, dry_run: bool, as_json: bool) -> None:
    """Extract again from WARC, without fetching, and report what changes, field by field.

    After an upgrade of warraq, or a new rule of a source, old pages are read as new ones would be. Without
    filters, pages that were refused are tried again too. Each revision names the extractor and the rules that made
    it ('warraq show ID --revisions'); another reading is no edit.

    Shown are the pages that lose or win most of their text. With --json there is a line for each page that changes:
    fields (before and after), lost and won (shares of the text's words), refused_before and refused_after (reason and
    detail); the last line has the sums.

    \b
    Examples:
      warraq reextract --dry-run
      warraq reextract --source news.example --from 2026-01-01
      warraq reextract --dry-run --json > changes.jsonl
    """  # noqa: D301  (click's own marker for a paragraph that is not rewrapped)
    from archive.ingest import Derivation, Reextracted
    from archive.ingest import reextract as derive_again
    from archive.store import ArchiveStore
    from archive.store.lock import CrawlLock
    from settings.file import load

    folder = invocation.existing_archive()
    derivation = Derivation.of(folder, load(folder))
    worst = Worst(SHOWN_PAGES)
    with (
        CrawlLock(folder, command="reextract"),
        ArchiveStore.open(folder) as store,
        derivation.pool() as pool,
    ):
        for found in derive_again(store, pool, filters, dry_run=dry_run, progress=_progress):
            if isinstance(found, Reextracted):
                _clear_progress()
                if not as_json:
                    _show_worst(worst)
                _show_sums(found, dry_run=dry_run, as_json=as_json)
            elif as_json:
                emit(row(found))
            else:
                worst.add(found)


def _progress(sums: Reextracted) -> None:
    """A line that is written over: for a person who waits, not for a log."""
    if sys.stderr.isatty():
        changed = sums.articles_different + sums.newly_articles + sums.newly_rejected.total()
        click.echo(f"\r{sums.captures:,} captures read again, {changed:,} pages change", err=True, nl=False)


def _clear_progress() -> None:
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", err=True, nl=False)


def _show_worst(worst: Worst) -> None:
    if worst.seen > SHOWN_PAGES:
        say(f"The {SHOWN_PAGES} of {worst.seen:,} pages whose text changes most (all of them: --json):")
    show_changes(worst, terminal=is_terminal())
    if worst.seen:
        say()


def _show_sums(sums: Reextracted, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        # Counters are told as they are: dataclasses.asdict of Python 3.11 counts their pairs anew.
        counts = {"fields": dict(sums.fields), "newly_rejected": dict(sums.newly_rejected)}
        plain = {one.name: getattr(sums, one.name) for one in fields(sums)}
        emit({"dry_run": dry_run, **plain, **counts})
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
    from archive.ingest import Derivation
    from archive.ingest import rebuild as rebuild_archive
    from archive.store.lock import CrawlLock
    from crawler.cli.output import note
    from settings.file import load

    folder = invocation.existing_archive()
    derivation = Derivation.of(folder, load(folder))

    def progress(captures: int, articles: int) -> None:
        if not as_json:
            note(f"{captures:,} captures, {articles:,} articles")

    with CrawlLock(folder, command="rebuild"):
        rebuilt = rebuild_archive(
            folder,
            workers=derivation.workers,
            limits=derivation.limits,
            known=derivation.known,
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
