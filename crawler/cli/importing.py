"""`warraq import`: texts and HTML pages from disk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.cli.output import emit, json_option, note, say

if TYPE_CHECKING:
    from crawler.cli.app import Invocation


@click.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@json_option
@click.pass_obj
def import_files(invocation: Invocation, files: tuple[Path, ...], as_json: bool) -> None:
    """Bring text and HTML files, or folders of them, into the archive.

    Each file is kept byte for byte in WARC. A text's first line is its title; boilerplate lines at its end
    are cut. Importing the same file again changes nothing.

    \b
    Example:
      warraq import article.txt saved-pages/
    """  # noqa: D301  (click's own marker)
    from archive.custody import manifest
    from archive.extract import EXTRACTOR_VERSION
    from archive.ingest import DerivationPool, Recorder, record_files, recover
    from archive.store import ArchiveStore
    from archive.store.lock import CrawlLock
    from archive.warc.writer import WarcWriter
    from crawler.identity import warcinfo
    from crawler.session import Tally
    from settings.file import load

    folder = invocation.existing_archive()
    settings = load(folder)
    tally = Tally()
    with (
        CrawlLock(folder, command="import"),
        ArchiveStore.open(folder) as store,
        WarcWriter(
            folder / "warc", prefix=settings.archive.prefix, info=warcinfo(settings),
            max_bytes=settings.storage.max_warc_bytes, on_finished=manifest.appender(folder),
        ) as writer,
    ):  # fmt: skip
        recover(folder, store)
        recorder = Recorder(writer, store)
        imported = record_files(files, recorder, store)
        recorder.checkpoint()
        with DerivationPool(folder / "warc", settings.extract.workers if imported.files > 8 else 1) as pool:
            pool.submit(store.waiting())
            for derived in pool.drain():
                tally.count(store.apply(derived, EXTRACTOR_VERSION))
    for path, reason in imported.refused.items():
        note(f"{path}: left out: {reason}")
    if as_json:
        emit(
            {
                "files": imported.files,
                "articles_new": tally.articles_new,
                "articles_changed": tally.articles_changed,
                "unchanged": tally.unchanged + imported.unchanged,
                "rejected": dict(tally.rejected),
                "refused": imported.refused,
            }
        )
    else:
        say(
            f"{imported.files} files taken in: {tally.articles_new} new articles, {tally.articles_changed} changed; "
            f"{imported.unchanged} were there already, {len(imported.refused)} left out."
        )
        for reason, count in tally.rejected.items():
            say(f"  {count} no articles: {reason}")
