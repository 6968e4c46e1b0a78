"""`warraq reextract` and `warraq rebuild`: what WARC says, read again."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from crawler.cli.output import emit, json_option, say

if TYPE_CHECKING:
    from crawler.cli.app import Invocation


@click.command()
@json_option
@click.pass_obj
def rebuild(invocation: Invocation, as_json: bool) -> None:
    """Make archive.db anew from the WARC files alone.

    Every article, revision and capture comes out as it was; the old database is replaced at the end.
    """
    from archive.ingest import rebuild as rebuild_archive
    from archive.store.lock import CrawlLock
    from settings.file import load

    folder = invocation.existing_archive()
    settings = load(folder)
    with CrawlLock(folder, command="rebuild"):
        rebuilt = rebuild_archive(folder, workers=settings.extract.workers)
    if as_json:
        emit(asdict(rebuilt))
    else:
        say(
            f"{rebuilt.captures:,} captures of {rebuilt.files:,} WARC files gave {rebuilt.articles:,} articles."
        )
