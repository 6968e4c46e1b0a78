"""Hosts: their robots.txt, and how long they are to be left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.store.frontier.rows import StoredRobots

if TYPE_CHECKING:
    from archive.store.frontier.transaction import Batch

_KEEP_ROBOTS = """
    INSERT INTO robots (origin, status, body, fetched, due) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (origin) DO UPDATE SET
        status = excluded.status, body = excluded.body, fetched = excluded.fetched, due = excluded.due"""
_PAUSE = """
    INSERT INTO hosts VALUES (?, ?, ?)
    ON CONFLICT (host) DO UPDATE SET
        not_before = excluded.not_before, delay = coalesce(excluded.delay, delay)"""


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
        """Host -> (no request before, delay it made us keep)."""
        rows = self._batch.read("SELECT host, not_before, delay FROM hosts")
        return {row[0]: (row[1], row[2]) for row in rows}

    def pause(self, of_host: str, not_before: float, delay: float | None) -> None:
        """Remember that a host asked for rest."""
        self._batch.write(_PAUSE, (of_host, not_before, delay))
