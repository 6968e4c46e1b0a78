"""frontier.db: what crawling remembers of URLs, hosts, endpoints and runs.

The order of durability is WARC, then archive.db, then this file: a URL is acknowledged here only after its
record and its capture's row are durable, in the same transaction as the URLs it led to. So after a kill -9
a URL is at worst fetched twice, never lost. (Scrapy's own JOBDIR loses its queue on a kill: scrapy#7978.)
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Self

from archive.errors import ArchiveError
from archive.store.frontier.found import Found
from archive.store.frontier.hosts import Hosts
from archive.store.frontier.plans import Plans
from archive.store.frontier.rows import Came, Endpoint, FailingHost, Lease, Offer, StoredRobots, instant_of
from archive.store.frontier.schema import MIGRATIONS
from archive.store.frontier.transaction import Batch
from archive.store.frontier.urls import Urls

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path
    from types import TracebackType

__all__ = [
    "Came",
    "Endpoint",
    "FailingHost",
    "FrontierStore",
    "Lease",
    "Offer",
    "StoredRobots",
    "instant_of",
]

DATABASE = "frontier.db"
BUSY_TIMEOUT_SECONDS = 5.0


class FrontierStore:
    """frontier.db; one process writes, any number read.

    A context manager: what is not committed at its end is, unless an exception ends it.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._batch = Batch(connection)
        self.urls = Urls(self._batch)
        self.found = Found(self._batch, self.urls)
        self.hosts = Hosts(self._batch)
        self.plans = Plans(self._batch)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open `folder`/frontier.db, making it where it is missing; an older one is brought up to date.

        An older one is copied to `frontier.db.before-VERSION` first.

        Raises:
            ArchiveError: it cannot be opened, is no database, or was made by a newer version.
        """
        path = folder / DATABASE
        try:
            db = sqlite3.connect(path, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None)
            db.row_factory = sqlite3.Row
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            if 0 < _version(db) < len(MIGRATIONS):
                with closing(sqlite3.connect(folder / f"{DATABASE}.before-{len(MIGRATIONS)}")) as copy:
                    db.backup(copy)
            _migrate(db)
        except sqlite3.Error as error:
            raise ArchiveError(
                f"{path}: {error}. It holds what is still to be fetched; "
                "moved away, the next crawl begins anew."
            ) from error
        if _version(db) > len(MIGRATIONS):
            raise ArchiveError(f"{path}: made by a newer warraq. Upgrade warraq to use it.")
        return cls(db)

    def close(self) -> None:
        """Commit and close."""
        self.commit()
        self._batch.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is not None:
            # What failed may be the record in WARC of what is acknowledged here: it is fetched again instead.
            self._batch.roll_back()
        self.close()

    def commit(self) -> None:
        """Make everything since the last commit durable, at once."""
        self._batch.commit()

    def whole(self) -> AbstractContextManager[None]:
        """What is written within is kept as a whole, or, where an exception ends it, not at all."""
        return self._batch.whole()


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _migrate(db: sqlite3.Connection) -> None:
    while (version := _version(db)) < len(MIGRATIONS):
        try:
            db.executescript(
                f"BEGIN IMMEDIATE; {MIGRATIONS[version]} PRAGMA user_version = {version + 1}; COMMIT;"
            )
        except sqlite3.OperationalError:
            db.rollback()
            if _version(db) == version:
                raise
            # Another process that opened it at the same time was first.
