"""Writes that gather in one open transaction."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from archive.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Iterator


class Batch:
    """A connection whose writes stay in one transaction until `commit`.

    A commit a URL would cost more than the URL's fetch; and what is acknowledged must not become durable
    before its record in WARC, so the caller says when.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def read(self, sql: str, values: tuple[object, ...] = ()) -> sqlite3.Cursor:
        """Run a SELECT; it sees what is written and not yet committed."""
        return self.connection.execute(sql, values)

    def write(self, sql: str, values: tuple[object, ...] = ()) -> sqlite3.Cursor:
        """Run a change, as part of the open transaction.

        Raises:
            ArchiveError: the database cannot be written: disk full, or locked for longer than the busy timeout.
        """
        try:
            if not self.connection.in_transaction:
                self.connection.execute("BEGIN IMMEDIATE")
            return self.connection.execute(sql, values)
        except sqlite3.OperationalError as error:
            raise self._fault(error) from error

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Keep what is written within as a whole, or, where an exception ends it, nothing of it.

        Raises:
            ArchiveError: as `write`.
        """
        self.write("SAVEPOINT whole")
        try:
            yield
        except BaseException:
            if self.connection.in_transaction:  # SQLite itself may have undone all of it, on a full disk
                self.connection.execute("ROLLBACK TO whole")
                self.connection.execute("RELEASE whole")
            raise
        self.connection.execute("RELEASE whole")

    def commit(self) -> None:
        """Make everything written since the last commit durable, at once.

        Raises:
            ArchiveError: as `write`; nothing of it is then kept.
        """
        if self.connection.in_transaction:
            try:
                self.connection.execute("COMMIT")
            except sqlite3.OperationalError as error:
                self.roll_back()
                raise self._fault(error) from error

    def roll_back(self) -> None:
        """Undo everything written since the last commit."""
        self.connection.rollback()

    def _fault(self, error: sqlite3.OperationalError) -> ArchiveError:
        (path,) = self.read("SELECT file FROM pragma_database_list WHERE name = 'main'").fetchone()
        return ArchiveError(
            f"{path}: cannot be written ({error}). What was fetched is safe in warc/; check free space and "
            "rights, and whether another program has it open, then run it again."
        )
