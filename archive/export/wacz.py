"""WACZ: the WARC files themselves, with an index and the articles as pages, for ReplayWeb.page and pywb.

WARC files are copied whole, byte for byte, so that every record of them can be proven to be the one that was
written; filters choose the articles that are listed as pages, and leave out the files that hold none of them.
Files that are still being written are left out, and pages in them.
"""

from __future__ import annotations

import hashlib
from contextlib import ExitStack
from importlib.metadata import version
from typing import TYPE_CHECKING

from archive.errors import ArchiveError, UsageError
from archive.export.destination import whole_file
from archive.export.rows import STANDARD_OUTPUT, Summary
from archive.warc.cdxj import drop_stale, index_of, merged
from archive.warc.wacz import PIECE, Page, WaczWriter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from archive.export.rows import ArchivedArticle, Options


def export(articles: Iterator[ArchivedArticle], destination: Path, options: Options) -> Summary:
    """Write one WACZ file; see `archive.export.rows.Exporter`. A row is a page.

    Needs `options.archive`. An article's page is its latest revision's capture, by the URL and the instant it
    was fetched at, so that replay finds it.
    """
    if str(destination) == STANDARD_OUTPUT:
        raise UsageError("wacz: a file is needed, standard output will not do; name one")
    if options.archive is None:
        raise UsageError("wacz: only an archive with its WARC files can be exported so")
    if not options.text:
        raise UsageError("wacz: it holds the pages as they were fetched, so --no-text cannot be kept")
    finished = {path.name: path for path in sorted((options.archive / "warc").glob("*.warc.gz"))}
    used: set[str] = set()
    with whole_file(destination, options) as file:
        with WaczWriter(file) as wacz:
            rows = wacz.add_pages(_pages(articles, finished, used))
            _add_files(
                wacz,
                options.archive,
                [path for name, path in finished.items() if name in used or not options.selected],
            )
            wacz.finish(title=options.archive.resolve().name, software=f"warraq/{version('warraq')}")
        size, sha256 = _hashed(file)
    return Summary(rows, str(destination), size, sha256)


def _pages(articles: Iterator[ArchivedArticle], finished: dict[str, Path], used: set[str]) -> Iterator[Page]:
    """The pages whose records are copied; the files they lie in are noted."""
    for row in articles:
        capture = row.capture
        if capture.warc_file in finished:
            used.add(capture.warc_file)
            yield Page(str(row.article.id), capture.url, capture.started, row.article.title)


def _add_files(wacz: WaczWriter, archive: Path, paths: list[Path]) -> None:
    """Copy WARC files, and write the index of all of them."""
    for path in paths:
        try:
            with path.open("rb") as content:
                wacz.add_warc(path.name, content, path.stat().st_size)
        except FileNotFoundError as error:
            raise ArchiveError(f"{path}: was there and is gone. Run the export again.") from error
    drop_stale(archive)
    indexes = [index_of(archive, path) for path in paths]
    with ExitStack() as stack:
        wacz.add_index(merged(indexes, stack))


def _hashed(file: BinaryIO) -> tuple[int, str]:
    """Size and SHA-256 of what was written: some of it was written out of order."""
    file.seek(0)
    found = hashlib.sha256()
    while piece := file.read(PIECE):
        found.update(piece)
    return file.tell(), found.hexdigest()
