"""Writes that gather in one open transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3


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
        """Run a change, as part of the open transaction."""
        if not self.connection.in_transaction:
            self.connection.execute("BEGIN IMMEDIATE")
        return self.connection.execute(sql, values)

    def commit(self) -> None:
        """Make everything written since the last commit durable, at once."""
        if self.connection.in_transaction:
            self.connection.execute("COMMIT")
