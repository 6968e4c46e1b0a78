"""WACZ: the WARC files themselves, with an index and the articles as pages, for ReplayWeb.page and pywb.

WARC files are copied whole, byte for byte, so that every record of them can be proven to be the one that was
written; of a file with records that are withheld, the others. Filters choose the articles that are listed as
pages, and leave out the files that hold none of them. Left out are files that are still being written, ARC files,
which a WACZ may not hold, and pages in either.
"""

from __future__ import annotations

import hashlib
from contextlib import ExitStack
from importlib.metadata import version
from typing import TYPE_CHECKING, BinaryIO, Final

from archive.errors import ArchiveError, UsageError
from archive.export.destination import whole_file
from archive.export.rows import STANDARD_OUTPUT, Summary
from archive.export.withheld import withheld_places
from archive.store import ArchiveStore
from archive.warc.cdxj import drop_stale, index_of, lines_of, merged, sorted_lines
from archive.warc.kept import PIECE, Kept
from archive.warc.location import IMPORTED, is_foreign
from archive.warc.wacz import Page, WaczWriter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from archive.export.rows import ArchivedArticle, Options
    from archive.export.withheld import Places


WARC_SUFFIXES: Final = (".warc", ".warc.gz")
"""Of the files that a WACZ may hold."""


def export(articles: Iterator[ArchivedArticle], destination: Path, options: Options) -> Summary:
    """Write one WACZ file; see `archive.export.rows.Exporter`. A row is a page.

    Needs `options.archive`. An article's page is its latest revision's capture, by the URL and the instant it
    was fetched at, so that replay finds it.
    """
    if str(destination) == STANDARD_OUTPUT:
        raise UsageError("wacz: a file is needed, standard output will not do; name one")
    archive = options.archive
    if archive is None:
        raise UsageError("wacz: only an archive with its WARC files can be exported so")
    if not options.text:
        raise UsageError("wacz: it holds the pages as they were fetched, so --no-text cannot be kept")
    finished = finished_files(archive)
    used: set[str] = set()
    with whole_file(destination, options) as file:
        with WaczWriter(file) as wacz:
            rows = wacz.add_pages(_pages(articles, finished, used))
            chosen = [name for name in finished if name in used or not options.selected]
            _add_files(wacz, archive, chosen)
            wacz.finish(title=archive.resolve().name, software=f"warraq/{version('warraq')}")
        size, sha256 = _hashed(file)
    return Summary(rows, str(destination), size, sha256)


def finished_files(archive: Path) -> list[str]:
    """The files that can be copied, as captures call them."""
    warc = archive / "warc"
    own = sorted(path.name for path in warc.glob("*.warc.gz"))
    foreign = sorted(
        path.name for path in (warc / IMPORTED).glob("[!.]*") if path.name.endswith(WARC_SUFFIXES)
    )
    return [*own, *(IMPORTED + name for name in foreign)]


def _pages(articles: Iterator[ArchivedArticle], finished: list[str], used: set[str]) -> Iterator[Page]:
    """The pages whose records are copied; the files they lie in are noted."""
    known = set(finished)
    for row in articles:
        capture = row.capture
        if capture.warc_file in known:
            used.add(capture.warc_file)
            yield Page(str(row.article.id), capture.url, capture.started, row.article.title)


def _add_files(wacz: WaczWriter, archive: Path, names: Sequence[str]) -> None:
    """Copy WARC files, and write the index of all of them."""
    drop_stale(archive)
    warc = archive / "warc"
    with ArchiveStore.open(archive, readonly=True) as store:
        withheld = {name: places for name in names if (places := _withheld(warc, name, store))}
    for name in names:
        try:
            with (warc / name).open("rb") as file:
                kept = Kept(file, withheld.get(name, ()))
                wacz.add_warc(file_name(name), kept, kept.size)
        except FileNotFoundError as error:
            raise _gone(warc / name) from error
    indexes = [index_of(archive, warc / name) for name in names if name not in withheld]
    with ExitStack() as stack:
        others = sorted_lines(_lines_of_kept(warc, withheld), stack)
        wacz.add_index(merged(indexes, stack, others))


def _withheld(warc: Path, name: str, store: ArchiveStore) -> Places:
    try:
        return withheld_places(warc, name, store)
    except FileNotFoundError as error:
        raise _gone(warc / name) from error


def _gone(path: Path) -> ArchiveError:
    return ArchiveError(f"{path}: was there and is gone. Run the export again.")


def _lines_of_kept(warc: Path, withheld: Mapping[str, Sequence[tuple[int, int]]]) -> Iterator[bytes]:
    """The index of files without some of their records: what is left lies elsewhere."""
    for name, places in withheld.items():
        with (warc / name).open("rb") as file:
            yield from lines_of(Kept(file, places).read_at, file_name(name), foreign=is_foreign(name))


def file_name(name: str) -> str:
    """What a file is called in the WACZ, where all lie in one folder."""
    return name.rpartition("/")[2]


def _hashed(file: BinaryIO) -> tuple[int, str]:
    """Size and SHA-256 of what was written: some of it was written out of order."""
    file.seek(0)
    found = hashlib.sha256()
    while piece := file.read(PIECE):
        found.update(piece)
    return file.tell(), found.hexdigest()
