"""`warraq import`: texts, HTML pages, and WARC files of others."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.cli.output import emit, json_option, note, say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archive.ingest import DerivationPool, Imported
    from archive.ingest.foreign import ForeignImporter, Taken
    from archive.store import ArchiveStore
    from crawler.cli.app import Invocation
    from crawler.session import Tally

WAITING_CAPTURES = 2_000
"""Handed to the workers at a time."""
SHOWN_FAULTS = 20


@click.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@json_option
@click.pass_obj
def import_files(invocation: Invocation, files: tuple[Path, ...], as_json: bool) -> None:
    """Bring text, HTML, WARC, ARC and WACZ files, or folders of them, into the archive.

    Each file is kept byte for byte: texts and pages in our own WARC, where a text's first line is its title and
    boilerplate lines at its end are cut; WARC and ARC files in warc/imported/, with their pages read where they
    lie. Damage in them is told, and what is sound is taken in. Importing a file again changes nothing.

    \b
    Example:
      warraq import article.txt saved-pages/ crawl.warc.gz collection.wacz
    """  # noqa: D301  (click's own marker)
    from archive.custody import manifest
    from archive.ingest import DerivationPool, Recorder, record_files, recover
    from archive.ingest.files import files_under
    from archive.ingest.foreign import SUFFIXES, ForeignImporter
    from archive.store import ArchiveStore
    from archive.store.lock import CrawlLock
    from archive.warc.writer import WarcWriter
    from crawler.identity import warcinfo
    from crawler.session import Tally
    from settings.file import load

    folder = invocation.existing_archive()
    settings = load(folder)
    found = list(files_under(files))
    foreign = [path for path in found if path.name.lower().endswith(SUFFIXES)]
    plain = [path for path in found if not path.name.lower().endswith(SUFFIXES)]
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
        imported = record_files(plain, recorder, store)
        recorder.checkpoint()
        taken = _take(foreign, ForeignImporter(folder, recorder, store), imported, as_json=as_json)
        many = len(store.waiting(9)) > 8
        with DerivationPool(folder / "warc", settings.extract.workers if many else 1) as pool:
            _derive(store, pool, tally)
    _tell(imported, taken, tally, as_json=as_json)


def _take(
    paths: Iterable[Path], importer: ForeignImporter, imported: Imported, *, as_json: bool
) -> list[Taken]:
    """Take foreign files in; those that are refused are noted beside the others."""
    found: list[Taken] = []
    for path in paths:
        if not as_json:
            note(f"{path}: {path.stat().st_size / 1e6:,.1f} MB ...")
        try:
            taken = importer.take_file(path)
        except (OSError, ValueError) as error:
            imported.refused[str(path)] = str(error)
            continue
        found += taken
        imported.files += any(one.warc_file for one in taken)
        imported.unchanged += all(one.unchanged for one in taken)
    return found


def _derive(store: ArchiveStore, pool: DerivationPool, tally: Tally) -> None:
    """Read everything that waits, some at a time."""
    from archive.extract import EXTRACTOR_VERSION

    while waiting := store.waiting(WAITING_CAPTURES):
        pool.submit(waiting)
        for derived in pool.drain():
            tally.count(store.apply(derived, EXTRACTOR_VERSION))


def _tell(imported: Imported, taken: list[Taken], tally: Tally, *, as_json: bool) -> None:
    for path, reason in imported.refused.items():
        note(f"{path}: left out: {reason}")
    captures = sum(one.captures for one in taken)
    if as_json:
        faults = {one.file: {"count": one.faults_in_all, "first": one.faults} for one in taken if one.faults}
        emit(
            {
                "files": imported.files,
                "captures": captures,
                "articles_new": tally.articles_new,
                "articles_changed": tally.articles_changed,
                "unchanged": tally.unchanged + imported.unchanged,
                "rejected": dict(tally.rejected),
                "refused": imported.refused,
                "faults": faults,
            }
        )
        return
    for one in taken:
        for fault in one.faults[:SHOWN_FAULTS]:
            note(f"{one.file}: {fault}")
        if one.faults_in_all > SHOWN_FAULTS:
            note(f"{one.file}: {one.faults_in_all - SHOWN_FAULTS:,} faults more; --json has the first 1,000")
    say(
        f"{imported.files} files taken in: {tally.articles_new} new articles, {tally.articles_changed} changed; "
        f"{imported.unchanged} were there already, {len(imported.refused)} left out."
    )
    if captures:
        say(f"{captures:,} captures of WARC files were indexed.")
    for reason, count in tally.rejected.items():
        say(f"  {count} no articles: {reason}")
