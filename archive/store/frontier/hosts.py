"""Hosts: their robots.txt, how long they are to be left alone, and what they were asked for today."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.store.frontier.rows import FailingHost, StoredRobots

if TYPE_CHECKING:
    from archive.store.frontier.transaction import Batch

_KEEP_ROBOTS = """
    INSERT INTO robots (origin, status, body, fetched, due) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (origin) DO UPDATE SET
        status = excluded.status, body = excluded.body, fetched = excluded.fetched, due = excluded.due"""
_PAUSE = """
    INSERT INTO hosts (host, not_before, delay) VALUES (?, ?, ?)
    ON CONFLICT (host) DO UPDATE SET
        not_before = excluded.not_before, delay = coalesce(excluded.delay, delay)"""
_KEEP_FAILING = """
    INSERT INTO hosts (host, failures, rests, rest_until) VALUES (?, ?, ?, ?)
    ON CONFLICT (host) DO UPDATE SET
        failures = excluded.failures, rests = excluded.rests, rest_until = excluded.rest_until"""
_COUNT_PAGE = """
    INSERT INTO hosts (host, day, pages) VALUES (?, ?, 1)
    ON CONFLICT (host) DO UPDATE SET
        pages = CASE WHEN day = excluded.day THEN pages + 1 ELSE 1 END, day = excluded.day"""


class Hosts:
    """The tables of hosts and of their robots.txt."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch

    def robots(self, of_origin: str) -> StoredRobots | None:
        """The origin's robots.txt as last answered."""
        row = self._batch.read(
            "SELECT status, body, due FROM robots WHERE origin = ?", (of_origin,)
        ).fetchone()
        return None if row is None else StoredRobots(*row)

    def keep_robots(self, of_origin: str, robots: StoredRobots, now: float) -> None:
        """Remember an origin's robots.txt."""
        self._batch.write(_KEEP_ROBOTS, (of_origin, robots.status, robots.body, now, robots.due))

    def pauses(self) -> dict[str, tuple[float, float | None]]:
        """Host -> (no request before, delay it made us keep), of those that asked for either."""
        rows = self._batch.read(
            "SELECT host, not_before, delay FROM hosts WHERE not_before > 0 OR delay IS NOT NULL"
        )
        return {row[0]: (row[1], row[2]) for row in rows}

    def pause(self, of_host: str, not_before: float, delay: float | None) -> None:
        """Remember that a host asked for rest."""
        self._batch.write(_PAUSE, (of_host, not_before, delay))

    def failing(self, at_least: int = 1) -> list[FailingHost]:
        """Hosts whose last requests failed, by name.

        Args:
            at_least: failures in a row.
        """
        rows = self._batch.read(
            "SELECT host, failures, rests, rest_until FROM hosts WHERE failures >= ? ORDER BY host",
            (at_least,),
        )
        return [FailingHost(*row) for row in rows]

    def keep_failing(self, failing: FailingHost) -> None:
        """Remember how a host fails; none of it where it has 0 failures."""
        self._batch.write(_KEEP_FAILING, (failing.host, failing.failures, failing.rests, failing.rest_until))

    def pages_asked(self, of_host: str, day: int) -> int:
        """Pages that a host was asked for on a day, given in days since 1970 (UTC)."""
        row = self._batch.read(
            "SELECT pages FROM hosts WHERE host = ? AND day = ?", (of_host, day)
        ).fetchone()
        return int(row[0]) if row else 0

    def count_page(self, of_host: str, day: int) -> None:
        """A host is asked for one page more on a day."""
        self._batch.write(_COUNT_PAGE, (of_host, day))
