"""`ArchiveStore`: all that other packages do with archive.db."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

from archive.store import pages, places, reads, sites, writes
from archive.store.database import open_for_reading, open_for_writing, transaction
from archive.store.takedowns import Takedowns
from archive.warc.location import IMPORTED

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from archive.memory import SetAside
    from archive.records import Article, Capture, Extraction, RejectionReason
    from archive.store.filters import Filters
    from archive.store.pages import KnownPage, PageStatus
    from archive.store.rows import ArticleRow, CaptureOutcome, Fate, Outcome, RevisionRow, Statistics


class ArchiveStore:
    """archive.db: captures, articles, revisions and the search index.

    One process writes, under the archive's `CrawlLock`; any number read meanwhile. A store belongs to the
    thread that opened it. It is a context manager.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self.takedowns = Takedowns(connection)
        """What must not be shown or fetched."""

    @classmethod
    def open(cls, folder: Path, *, readonly: bool = False) -> Self:
        """Open archive.db in an archive's folder.

        Args:
            folder: the archive; it must exist.
            readonly: take no right to change anything. Otherwise archive.db is made where it is missing.

        Raises:
            NotAnArchiveError: no such folder, or readonly and no archive.db.
            ArchiveError: archive.db cannot be used; the text says why and what to do.
        """
        return cls(open_for_reading(folder) if readonly else open_for_writing(folder))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database; the last writer to do so leaves no -wal file beside it."""
        self._db.close()

    # Writing

    def next_capture_id(self) -> int:
        """One past the highest id there is; 1 in an empty archive."""
        (highest,) = self._db.execute("SELECT max(id) FROM captures").fetchone()
        return 1 if highest is None else int(highest) + 1

    def add_captures(self, captures: Sequence[Capture], *, waiting: Collection[int]) -> None:
        """Record captures, all or none.

        Args:
            captures: with ids that are not in use.
            waiting: ids of those that are still to be derived.

        Raises:
            ArchiveError: an id is in use, or the database cannot be written.
        """
        with transaction(self._db):
            writes.add_captures(self._db, captures, waiting)

    def apply(self, derived: Sequence[tuple[Capture, Extraction]], extractor_version: str) -> list[Outcome]:
        """Apply what was derived from captures, all or nothing.

        A derivation applied a second time changes nothing; another one of the same capture takes its place.
        Applied in the order of ids, the rows are those of a rebuild, also where others were applied before.
        In another order they are too, but for fields that do not count as content where the content is equal.

        Args:
            derived: captures that are recorded, each with its extraction.
            extractor_version: digests are compared within one version only.

        Returns:
            What became of each, in the same order.

        Raises:
            NotFoundError: a capture is not recorded.
            ArchiveError: the database cannot be written.
        """
        with transaction(self._db):
            return [
                writes.apply(self._db, capture, extraction, extractor_version)
                for capture, extraction in derived
            ]

    def settle_sites(self) -> None:
        """Work out anew what is the site's own wherever an earlier page came, went or was read anew.

        To be called at the end of what does such things: the rows are then those of a rebuild again.

        Raises:
            ArchiveError: the database cannot be written.
        """
        for host in sites.stale(self._db):
            with transaction(self._db):
                writes.mend(self._db, sites.settle(self._db, host))

    def settle(self, moved: Iterable[Capture], rehomed: Mapping[int, int | None]) -> None:
        """Note that captures lie elsewhere now, and what became of revisits; all or nothing.

        Args:
            moved: with their new places.
            rehomed: capture's id -> the capture it is a revisit of now; None where it is a whole response, which
                waits to be read if it is a page.

        Raises:
            ArchiveError: the database cannot be written.
        """
        with transaction(self._db):
            places.settle(self._db, moved, rehomed)

    def durably(self) -> None:
        """From now on a commit outlives a power cut: for when something is deleted that the rows before named."""
        self._db.execute("PRAGMA synchronous = FULL")

    # Reading

    @contextmanager
    def snapshot(self) -> Iterator[Self]:
        """Everything read inside sees one state of the archive, whatever is written meanwhile.

        One inside of another is part of it. Inside, this store must not write.
        """
        if self._db.in_transaction:
            yield self
            return
        self._db.execute("BEGIN")
        try:
            yield self
        finally:
            self._db.rollback()

    def waiting(self, limit: int | None = None) -> list[Capture]:
        """Captures still to be derived, in the order of recording."""
        return reads.waiting(self._db, limit)

    def capture(self, capture_id: int) -> Capture:
        """One capture.

        Raises:
            NotFoundError: there is none of this id.
        """
        return reads.capture(self._db, capture_id)

    def captures(
        self,
        *,
        url: str | None = None,
        article_id: int | None = None,
        source: str | None = None,
        role: str | None = None,
        outcome: CaptureOutcome | None = None,
        warc_file: str | None = None,
    ) -> Iterator[Capture]:
        """Captures that fit everything given, in the order of recording."""
        wanted = {
            "url": url, "article_id": article_id, "source": source, "role": role, "outcome": outcome,
            "warc_file": warc_file,
        }  # fmt: skip
        return reads.captures(self._db, wanted)

    def captures_after(self, capture_id: int) -> Iterator[Capture]:
        """Captures with a higher id, in the order of recording."""
        return reads.captures(self._db, {}, after=capture_id)

    def indexed_end(self, warc_file: str) -> int:
        """Where the last capture known of a WARC file ends, in bytes; 0 where none is known."""
        rows = self.query(
            'SELECT max("offset" + group_length) FROM captures WHERE warc_file = ?', (warc_file,)
        )
        return int(rows[0][0] or 0)

    def last_warc_file(self) -> str | None:
        """The WARC file of our own that has the latest capture; None where there is none."""
        rows = self.query(
            "SELECT warc_file FROM captures WHERE warc_file NOT LIKE ? ORDER BY id DESC LIMIT 1",
            (f"{IMPORTED}%",),
        )
        return str(rows[0][0]) if rows else None

    def last_capture(self) -> Capture | None:
        """The latest capture, in whatever file; None where there is none."""
        number = self.next_capture_id() - 1
        return reads.capture(self._db, number) if number else None

    def first_with_payload(self, payload_digest: str, *, foreign: bool = False) -> Capture | None:
        """The earliest whole answer 200 with this payload: what a later one with it repeats.

        It is looked for in our own files, or in `foreign` ones.
        """
        return reads.first_with_payload(self._db, payload_digest, foreign=foreign)

    def last_whole(self, url: str, *, foreign: bool = False) -> Capture | None:
        """The latest whole answer 200 of a URL; the one it repeats, where it was a revisit itself."""
        return reads.last_whole(self._db, url, foreign=foreign)

    def foreign_at(self, url: str, started: datetime) -> Capture | None:
        """The earliest whole answer 200 in a foreign file that a URL gave at an instant."""
        return reads.foreign_at(self._db, url, started)

    def has_payload(self, url: str, payload_digest: str) -> bool:
        """Whether a URL has been captured with exactly this payload."""
        return bool(
            self.query(
                "SELECT 1 FROM captures WHERE url = ? AND payload_digest = ? LIMIT 1", (url, payload_digest)
            )
        )

    def fate(self, capture_id: int) -> Fate:
        """What became of a capture.

        Raises:
            NotFoundError: there is none of this id.
        """
        return reads.fate(self._db, capture_id)

    def article(self, id_or_url: str) -> ArticleRow:
        """An article by its id, by the id of a capture of it, or by any URL it has or was fetched as.

        Raises:
            TakenDownError: it was taken down.
            NotFoundError: there is none; the text says what is known of the URL.
        """
        return reads.article(self._db, id_or_url)

    def page(self, url: str) -> KnownPage | None:
        """What became of a page, also where it gave no article; None where it was never fetched as one."""
        return pages.page(self._db, url)

    def rejections(self, article_id: int) -> dict[int, RejectionReason]:
        """Capture's id -> why it showed no article, for captures of an article's address that did not."""
        return pages.rejections(self._db, article_id)

    def pages_without_article(self) -> dict[PageStatus, int]:
        """How many pages gave no article, by what became of them; the most frequent first."""
        return pages.without_article(self._db)

    def by_site(self, article: Article) -> Article:
        """An article as it is kept: without its site's lines, with the values that hold on its site."""
        return reads.by_site(self._db, article)

    def set_aside(self, article: ArticleRow) -> list[SetAside]:
        """What sources of an article's page say of it that is found to be its site's."""
        return reads.set_aside(self._db, article)

    def revisions(self, article_id: int) -> list[RevisionRow]:
        """The texts an article had, oldest first."""
        return reads.revisions(self._db, article_id)

    def select(self, filters: Filters) -> Iterator[ArticleRow]:
        """The articles that fit, in the order of their ids, a page of rows in memory at a time."""
        return reads.select(self._db, filters)

    def statistics(self) -> Statistics:
        """What the archive holds."""
        with self.snapshot():
            return reads.statistics(self._db)

    def query(self, statement: str, parameters: Sequence[str | int] = ()) -> list[tuple[Any, ...]]:
        """Rows of a SELECT, for `archive.search`; values go into `parameters`, never into the statement."""
        return self._db.execute(statement, parameters).fetchall()
