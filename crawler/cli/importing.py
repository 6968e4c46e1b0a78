"""`warraq import`: texts, HTML pages, and WARC files of others."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.cli.output import emit, json_option, note, safe_line, say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archive.ingest import DerivationPool, Imported
    from archive.ingest.file_manifest import Descriptions
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
def import_files(invocation: Invocation, files: tuple[Path, ...], as_json: bool) -> int:
    """Bring text, HTML, WARC, ARC and WACZ files, or folders of them, into the archive.

    Each file is kept byte for byte: texts and pages in our own WARC, where a text's first line is its title and
    boilerplate lines at its end are cut; WARC and ARC files in warc/imported/, with their pages read where they
    lie. Damage in them is told, and what is sound is taken in. Importing a file again changes nothing.

    A folder may say where its texts and pages are from: in manifest.csv, whose first line names the columns, or
    in manifest.jsonl, an object a line. Columns, of which all but the first may be empty or absent: file (below
    the manifest's folder), url (the address it is archived under), fetched, published, modified, title, section,
    source, language (as ar), timezone (as Asia/Damascus), encoding (as windows-1256). What it says goes before
    what the page says. A line that is wrong is told, and its file left out until it is mended.

    The exit code is 1 where nothing of what was named could be taken in.

    \b
    Example:
      warraq import article.txt saved-pages/ crawl.warc.gz collection.wacz
    """  # noqa: D301  (click's own marker)
    from archive.custody import manifest
    from archive.ingest import Derivation, Recorder, recover
    from archive.ingest.file_manifest import describe
    from archive.ingest.files import record_found
    from archive.ingest.folders import find
    from archive.ingest.foreign import SUFFIXES, ForeignImporter
    from archive.store import ArchiveStore
    from archive.store.lock import CrawlLock
    from archive.warc.writer import WarcWriter
    from crawler.identity import warcinfo
    from crawler.session import Tally
    from settings.file import load

    folder = invocation.existing_archive()
    settings = load(folder)
    derivation = Derivation.of(folder, settings)
    found = find(files)
    said = describe(found)
    foreign = [path for path in found.files if path.name.lower().endswith(SUFFIXES)]
    plain = [path for path in found.files if not path.name.lower().endswith(SUFFIXES)]
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
        imported = record_found(plain, said.rows, recorder, store)
        recorder.checkpoint()
        imported.refused = found.left_out | imported.refused
        taken = _take(foreign, ForeignImporter(folder, recorder, store), imported, as_json=as_json)
        many = len(store.waiting(9)) > 8
        with derivation.pool(workers=None if many else 1) as pool:
            _derive(store, pool, tally)
    _tell(Told(imported, said, taken, tally), as_json=as_json)
    return 1 if (imported.refused or said.faults) and not (imported.files or imported.unchanged) else 0


@dataclass(frozen=True, slots=True)
class Told:
    """What there is to tell."""

    imported: Imported
    said: Descriptions
    taken: list[tuple[Path, Taken]]
    tally: Tally


def _take(
    paths: Iterable[Path], importer: ForeignImporter, imported: Imported, *, as_json: bool
) -> list[tuple[Path, Taken]]:
    """Take foreign files in; those that are refused are noted beside the others."""
    found: list[tuple[Path, Taken]] = []
    for path in paths:
        try:
            if not as_json:
                note(safe_line(f"{path}: {path.stat().st_size / 1e6:,.1f} MB ..."))
            taken = importer.take_file(path)
        except OSError as error:
            imported.refused[str(path)] = f"cannot be read: {error.strerror or error}"
            continue
        except ValueError as error:
            imported.refused[str(path)] = str(error)
            continue
        found += [(path, one) for one in taken]
        if any(one.warc_file for one in taken):
            imported.files += 1
        elif all(one.unchanged for one in taken):
            imported.unchanged += 1
        else:
            imported.refused[str(path)] = "nothing in it could be taken in"
    return found


def _derive(store: ArchiveStore, pool: DerivationPool, tally: Tally) -> None:
    """Read everything that waits, some at a time."""
    from archive.extract import EXTRACTOR_VERSION

    while waiting := store.waiting(WAITING_CAPTURES):
        pool.submit(waiting)
        for derived in pool.drain():
            tally.count(store.apply(derived, EXTRACTOR_VERSION))
    store.settle_sites()


def _tell(told: Told, *, as_json: bool) -> None:
    imported, tally = told.imported, told.tally
    for path, reason in imported.refused.items():
        note(safe_line(f"{path}: left out: {reason}"))
    for place, fault in told.said.faults.items():
        note(safe_line(f"{place}: {fault}"))
    captures = sum(one.captures for _, one in told.taken)
    if as_json:
        emit(
            {
                "files": imported.files,
                "captures": captures,
                "articles_new": tally.articles_new,
                "articles_changed": tally.articles_changed,
                "unchanged": tally.unchanged + imported.unchanged,
                "rejected": dict(tally.rejected),
                "refused": imported.refused,
                "faults": _faults(told.taken)
                | {place: _only(one) for place, one in told.said.faults.items()},
                "undescribed": [str(path) for path in told.said.undescribed],
            }
        )
        return
    _tell_faults(told.taken)
    _tell_undescribed(told.said.undescribed)
    say(
        f"{imported.files} files taken in: {tally.articles_new} new articles, {tally.articles_changed} changed; "
        f"{imported.unchanged} were there already, {len(imported.refused)} left out."
    )
    if captures:
        say(f"{captures:,} captures of WARC files were indexed.")
    for reason, count in tally.rejected.items():
        say(f"  {count} no articles: {reason}")


def _faults(taken: list[tuple[Path, Taken]]) -> dict[str, object]:
    """By the file's name; by its path where another one has the same."""
    faults: dict[str, object] = {}
    for path, one in taken:
        if one.faults:
            name = one.file if one.file not in faults else f"{path}: {one.file}"
            faults[name] = {"count": one.faults_in_all, "first": one.faults}
    return faults


def _only(fault: str) -> dict[str, object]:
    return {"count": 1, "first": [fault]}


def _tell_faults(taken: list[tuple[Path, Taken]]) -> None:
    for _, one in taken:
        for fault in one.faults[:SHOWN_FAULTS]:
            note(safe_line(f"{one.file}: {fault}"))
        if one.faults_in_all > SHOWN_FAULTS:
            left = one.faults_in_all - SHOWN_FAULTS
            note(safe_line(f"{one.file}: {left:,} faults more; --json has the first 1,000"))


def _tell_undescribed(paths: list[Path]) -> None:
    for path in paths[:SHOWN_FAULTS]:
        note(safe_line(f"{path}: not in the manifest: taken in under its own name"))
    if len(paths) > SHOWN_FAULTS:
        note(f"{len(paths) - SHOWN_FAULTS:,} more files are not in the manifest; --json has them all")
