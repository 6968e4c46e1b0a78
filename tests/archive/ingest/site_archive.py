"""An archive of a small site: its pages recorded, read, and all its rows."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from archive.custody import manifest
from archive.extract import EXTRACTOR_VERSION
from archive.ingest import Recorder, derive_exchange
from archive.ingest.derive import derive
from archive.store import ArchiveStore
from archive.warc.writer import WarcWriter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from archive.records import Capture, Exchange, Extraction

BEGAN = datetime(2026, 4, 22, 12, 0, tzinfo=UTC)

read_page = cache(derive_exchange)
"""The pages of this site are read again and again, and come out the same."""


@contextmanager
def opened(folder: Path) -> Iterator[tuple[Recorder, ArchiveStore]]:
    with (
        ArchiveStore.open(folder) as store,
        WarcWriter(
            folder / "warc", prefix="test", info={}, max_bytes=200_000, on_finished=manifest.appender(folder)
        ) as writer,
    ):
        yield Recorder(writer, store), store


def crawl(folder: Path, exchanges: Sequence[Exchange], *, batch: int = 3) -> None:
    """Record pages and read them, some at a time."""
    with opened(folder) as (recorder, store):
        read = {recorder.record(one).id: one for one in exchanges}
        waiting = recorder.checkpoint()
        derived = [(capture, read_page(read[capture.id])) for capture in waiting]
        for at in range(0, len(derived), batch):
            store.apply(derived[at : at + batch], EXTRACTOR_VERSION)


TABLES = {
    "captures": "id", "articles": "id", "revisions": "id", "articles_folded": "id", "capture_lines": "capture_id",
    "removed_lines": "revision_id", "sites": "host", "site_lines": "host, key", "site_values": "host, field, value",
    "latent_revisions": "capture_id",
}  # fmt: skip


def rows(folder: Path, *, places: bool = True) -> dict[str, list[tuple[object, ...]]]:
    """Every row; without the captures' places where archives with files of their own are compared."""
    with ArchiveStore.open(folder, readonly=True) as store:
        found = {name: store.query(f"SELECT * FROM {name} ORDER BY {by}") for name, by in TABLES.items()}
        if not places:
            found["captures"] = store.query(
                "SELECT id, url, outcome, article_id, digest FROM captures ORDER BY id"
            )
        return found


class PoolOfNone:
    """In the place of a `DerivationPool`: reads in this process, that starts none of its own for a few pages."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "warc"
        self._captures: list[Capture] = []

    def submit(self, captures: Sequence[Capture]) -> None:
        self._captures += captures

    def drain(self) -> Iterator[list[tuple[Capture, Extraction]]]:
        for one in self._captures:
            yield [(one, derive(self._folder, one.warc_file, one.offset, one.group_length))]
        self._captures = []
