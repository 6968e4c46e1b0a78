"""Sources: the endpoints that make up a source's plan, when it was crawled, and the runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from archive.store.frontier.rows import Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archive.store.frontier.transaction import Batch

_ENDPOINTS = """
    SELECT url, source, role, found_by, entries, dated, further, newest, faults, status
    FROM endpoints WHERE source = ? ORDER BY rank IS NULL, rank, url"""
_KEEP_ENDPOINT = """
    INSERT INTO endpoints
        (url, source, role, found_by, entries, dated, further, newest, faults, status, checked)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (source, url) DO UPDATE SET
        role = excluded.role, entries = coalesce(excluded.entries, entries),
        dated = coalesce(excluded.dated, dated), further = coalesce(excluded.further, further),
        newest = coalesce(excluded.newest, newest), faults = excluded.faults,
        status = coalesce(excluded.status, status), checked = excluded.checked"""
_MARK_CRAWLED = """
    INSERT INTO sources VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET crawled = excluded.crawled"""
_LAST_RUN = """
    SELECT began, ended IS NULL OR coalesce(json_extract(summary, '$.interrupted'), 0)
    FROM runs ORDER BY id DESC LIMIT 1"""


class Plans:
    """The tables of endpoints, sources and runs; times are seconds since 1970."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch

    def endpoints(self, source: str) -> list[Endpoint]:
        """A source's endpoints, best first."""
        return [Endpoint(*row) for row in self._batch.read(_ENDPOINTS, (source,))]

    def keep_endpoint(self, endpoint: Endpoint, now: float) -> None:
        """Remember an endpoint, or how it did this time; what it gave before is not forgotten for a fault."""
        values = tuple(getattr(endpoint, name) for name in Endpoint.__slots__)
        self._batch.write(_KEEP_ENDPOINT, (*values, now))

    def rank_endpoints(self, source: str, urls: Iterable[str]) -> None:
        """Say in which order a source's endpoints are told and read, best first."""
        for rank, url in enumerate(urls):
            self._batch.write(
                "UPDATE endpoints SET rank = ? WHERE source = ? AND url = ?", (rank, source, url)
            )

    def forget_source(self, source: str) -> None:
        """Drop what was queued and known of a source; what it gave stays in the archive."""
        self._batch.write("DELETE FROM urls WHERE source = ?", (source,))
        self._batch.write("DELETE FROM endpoints WHERE source = ?", (source,))
        self._batch.write("DELETE FROM sources WHERE name = ?", (source,))

    def last_crawled(self) -> dict[str, float]:
        """Source -> when a crawl of it last ended."""
        return {row[0]: row[1] for row in self._batch.read("SELECT name, crawled FROM sources")}

    def mark_crawled(self, sources: Iterable[str], now: float) -> None:
        """A crawl of these sources ended."""
        for name in sources:
            self._batch.write(_MARK_CRAWLED, (name, now))

    def begin_run(self, command: str, now: float, *, began: float, recorded: int) -> int:
        """Note that a run began; returns its id.

        Args:
            command: `crawl`, `add`, ...
            now: seconds since 1970.
            began: of the run that it goes on with; `now` where it is a new one.
            recorded: id of the last capture; all up to it are settled.
        """
        run = self._batch.write(
            "INSERT INTO runs (started, command, began, recorded, unsettled) VALUES (?, ?, ?, ?, '[]')",
            (now, command, began, recorded),
        ).lastrowid
        self._batch.commit()
        return int(run or 0)

    def keep_settled(self, run: int, recorded: int, unsettled: Iterable[int]) -> None:
        """Note how far a run has settled what it recorded, in the transaction that settles it.

        Args:
            run: its id.
            recorded: id of the last capture.
            unsettled: ids up to it whose URLs are not settled yet.
        """
        self._batch.write(
            "UPDATE runs SET recorded = ?, unsettled = ? WHERE id = ?",
            (recorded, json.dumps(sorted(unsettled)), run),
        )

    def settled(self) -> tuple[int, list[int]] | None:
        """What the last run kept by `keep_settled`; None where there was none, or a version of old kept nothing."""
        row = self._batch.read("SELECT recorded, unsettled FROM runs ORDER BY id DESC LIMIT 1").fetchone()
        return None if row is None or row[0] is None else (int(row[0]), list(json.loads(row[1])))

    def cut_short(self, since: float) -> float | None:
        """When the last run began, if it was killed or stopped before its end and began after `since`; else None."""
        row = self._batch.read(_LAST_RUN).fetchone()
        return float(row[0]) if row is not None and row[1] and row[0] is not None and row[0] > since else None

    def end_run(self, run: int, summary: str, now: float) -> None:
        """Note how a run ended: its summary as JSON."""
        self._batch.write("UPDATE runs SET ended = ?, summary = ? WHERE id = ?", (now, summary, run))
        self._batch.commit()
