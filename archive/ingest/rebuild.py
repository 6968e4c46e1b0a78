"""archive.db anew, from the WARC files and the ledger alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.custody import ledger, takedown
from archive.extract import EXTRACTOR_VERSION
from archive.ingest.foreign import captures_in, marked_file
from archive.ingest.originals import Originals
from archive.ingest.pool import Derivation
from archive.ingest.record import read_back
from archive.records import is_readable
from archive.store import ArchiveStore
from archive.warc.reader import scan
from archive.warc.writer import OPEN_SUFFIX

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from archive.errors import WarcError
    from archive.extract.sites import SiteKnowledge
    from archive.ingest.pool import DerivationPool
    from archive.ingest.worker import Limits
    from archive.records import Capture, Exchange, Extraction
    from archive.warc.location import Location

BATCH_CAPTURES = 500
MAX_BACKLOG = 2_000
DATABASE = "archive.db"
FRESH = "archive.db.rebuilt"
BEGUN = re.compile(r"-(\d{17})-(\d{5})-")
"""Instant and serial number in the name of a WARC file."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild found."""

    files: int
    captures: int
    articles: int
    faults: tuple[str, ...]
    """Torn or damaged places, which were passed over."""


def rebuild(
    folder: Path,
    *,
    workers: int = 0,
    limits: Limits | None = None,
    known: SiteKnowledge | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Rebuilt:
    """Make archive.db anew beside the old one, then put it in the old one's place.

    Captures get their ids in the order of files and offsets, which is the order in which they were
    recorded: so every row comes out as it was.

    Args:
        folder: the archive.
        workers: processes; 0 is one a core.
        limits: of one page.
        known: of the archive's sites; with the same as before, the rows are the same.
        progress: called with (captures, articles) now and then.
    """
    scratch = folder / FRESH
    scratch.mkdir(exist_ok=True)
    for left_over in scratch.iterdir():
        left_over.unlink()
    book = ledger.read_sound(folder)
    derivation = Derivation(folder, workers, limits, known)
    with (
        ArchiveStore.open(scratch) as store,
        derivation.pool() as pool,
    ):
        for decision in book.decisions:
            store.takedowns.withhold(takedown.named(decision), ())
        run = _Run(store, pool, progress)
        files = own_files(folder / "warc")
        faults: list[WarcError] = []
        missing: list[str] = []
        for path in files:
            for location, exchange in scan(path, on_fault=faults.append):
                run.add(exchange, location)
                imported = marked_file(exchange)
                if imported is not None:
                    for place, foreign in captures_in(folder, imported, on_fault=missing.append):
                        run.add(foreign, place)
        run.finish()
    for suffix in ("-wal", "-shm"):
        (folder / (DATABASE + suffix)).unlink(missing_ok=True)
    (scratch / DATABASE).replace(folder / DATABASE)
    for left_over in scratch.iterdir():
        left_over.unlink()
    scratch.rmdir()
    if book.entries:
        _finish_takedowns(derivation)
    return Rebuilt(len(files), run.captures, run.articles, (*map(str, faults), *missing))


def _finish_takedowns(derivation: Derivation) -> None:
    """What a crash interrupted: the database that it was written down in may have been another."""
    with ArchiveStore.open(derivation.folder) as store:
        takedown.resume(derivation.folder, store)
        if waiting := store.waiting():
            with derivation.pool() as pool:
                pool.submit(waiting)
                for derived in pool.drain():
                    store.apply(derived, EXTRACTOR_VERSION)
        store.settle_sites()


def own_files(warc_folder: Path) -> list[Path]:
    """The files this archive wrote itself, in the order they were begun; what is still open is among them.

    Of a file and the one that took its place in a takedown, both of which a crash may leave, one is.
    """
    files = [*warc_folder.glob("*.warc.gz"), *warc_folder.glob("*.warc.gz" + OPEN_SUFFIX)]
    files = takedown.in_force(warc_folder.parent, files)
    return sorted(files, key=lambda path: (BEGUN.findall(path.name) or [("", "")])[0])


class _Run:
    """Captures in, derivations out, in batches and in order."""

    def __init__(
        self, store: ArchiveStore, pool: DerivationPool, progress: Callable[[int, int], None] | None
    ) -> None:
        self.captures = 0
        self.articles = 0
        self._store = store
        self._pool = pool
        self._progress = progress
        self._batch: list[Capture] = []
        self._originals = Originals(store)

    def add(self, exchange: Exchange, location: Location) -> None:
        self.captures += 1
        self._batch.append(read_back(self._store, self._originals, self.captures, exchange, location))
        if len(self._batch) >= BATCH_CAPTURES:
            self._flush()

    def finish(self) -> None:
        self._flush()
        for derived in self._pool.drain():
            self._apply(derived)
        self._store.settle_sites()

    def _flush(self) -> None:
        waiting = [capture for capture in self._batch if is_readable(capture)]
        self._store.add_captures(self._batch, waiting={capture.id for capture in waiting})
        self._batch = []
        self._originals.stored()
        self._pool.submit(waiting)
        self._apply(self._pool.ready())
        if self._pool.backlog > MAX_BACKLOG:
            for derived in self._pool.drain():
                self._apply(derived)
        if self._progress is not None:
            self._progress(self.captures, self.articles)

    def _apply(self, derived: list[tuple[Capture, Extraction]]) -> None:
        if derived:
            outcomes = self._store.apply(derived, EXTRACTOR_VERSION)
            self.articles += sum(outcome.kind == "new" for outcome in outcomes)
