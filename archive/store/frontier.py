"""frontier.db: what crawling remembers of URLs, hosts, endpoints and runs.

The order of durability is WARC, then archive.db, then this file: a URL is acknowledged here only after its
record and its capture's row are durable, in the same transaction as the URLs it led to. So after a kill -9
a URL is at worst fetched twice, never lost. (Scrapy's own JOBDIR loses its queue on a kill: scrapy#7978.)

Writes gather in one open transaction that `FrontierStore.commit` closes; the caller decides when.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, Self

from archive.urls import canonical, host

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from archive.records import Candidate, ErrorKind, Role

BUSY_TIMEOUT_SECONDS = 5.0
SCHEMA_VERSION = 1

SCHEMA = """
CREATE TABLE urls (
    id INTEGER PRIMARY KEY,
    identity TEXT NOT NULL UNIQUE,      -- canonical URL: what makes two URLs one
    url TEXT NOT NULL,                  -- as found: what is fetched
    host TEXT NOT NULL,                 -- whose politeness it is
    source TEXT NOT NULL DEFAULT '',    -- '' where no source asked for it
    role TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'leased', 'done', 'failed', 'excluded')),
    priority INTEGER NOT NULL DEFAULT 0,
    due REAL NOT NULL DEFAULT 0,        -- seconds since 1970
    hops INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    redirects INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0,-- visits in a row that gave up
    via TEXT, found_by TEXT, title TEXT, published TEXT, section TEXT,
    modified TEXT,                      -- as a feed, sitemap or REST said last
    modified_seen REAL,                 -- the same, seconds since 1970
    fetched REAL, status INTEGER, error TEXT
);
CREATE INDEX urls_ready ON urls (host, state, priority, due);
CREATE INDEX urls_by_source ON urls (source, role, state);
CREATE TABLE endpoints (
    url TEXT NOT NULL, source TEXT NOT NULL, role TEXT NOT NULL, found_by TEXT NOT NULL,
    entries INTEGER, dated INTEGER, further INTEGER, newest TEXT, faults TEXT, status INTEGER,
    rank INTEGER, checked REAL,
    PRIMARY KEY (source, url)
);
CREATE TABLE robots (
    origin TEXT PRIMARY KEY,
    status INTEGER,                     -- NULL: no answer
    body BLOB NOT NULL DEFAULT x'',
    fetched REAL NOT NULL,
    due REAL NOT NULL
);
CREATE TABLE hosts (
    host TEXT PRIMARY KEY,
    not_before REAL NOT NULL DEFAULT 0, -- no request before: Retry-After, back-off
    delay REAL                          -- seconds, where the host made us slower than the settings say
);
CREATE TABLE runs (
    id INTEGER PRIMARY KEY, started REAL NOT NULL, ended REAL, command TEXT NOT NULL, summary TEXT
);
CREATE TABLE sources (
    name TEXT PRIMARY KEY, crawled REAL -- when a crawl of it last ended, for schedules
);
"""

State = Literal["queued", "leased", "done", "failed", "excluded"]
Offer = Literal["queued", "waiting", "known"]
"""What became of a found URL: queued by this, queued already, or known and nothing new."""

TEMPORARY: frozenset[str] = frozenset({"dns", "connect", "tls", "timeout", "truncated", "http_5xx", "robots"})
"""Errors that another day may mend."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A URL handed out to be fetched: its row, as it stood then."""

    id: int
    identity: str
    url: str
    host: str
    source: str
    role: Role
    hops: int
    attempts: int
    """Of this visit, this one included."""
    redirects: int
    via: str | None
    found_by: str | None
    title: str | None
    published: str | None
    section: str | None
    modified: str | None


LEASE_COLUMNS = "id, identity, url, host, source, role, hops, attempts, redirects, via, found_by, title, published, section, modified"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A feed, sitemap, REST page or section of a source, and how it did when last read."""

    url: str
    source: str
    role: Role
    found_by: str
    entries: int | None = None
    """Pages it named."""
    dated: int | None = None
    """Of these, how many with a date."""
    further: int | None = None
    """Endpoints it named in turn."""
    newest: str | None = None
    """ISO 8601: the latest date among its entries."""
    faults: str | None = None
    status: int | None = None


@dataclass(frozen=True, slots=True)
class StoredRobots:
    """robots.txt of an origin as last answered."""

    status: int | None
    body: bytes
    due: float


class FrontierStore:
    """The tables of frontier.db; one process writes, any number read."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open `folder`/frontier.db, making it where it is missing."""
        db = sqlite3.connect(folder / "frontier.db", timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None)
        db.row_factory = sqlite3.Row
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        if db.execute("PRAGMA user_version").fetchone()[0] == 0:
            db.executescript(f"BEGIN IMMEDIATE; {SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")
        return cls(db)

    def close(self) -> None:
        """Commit and close."""
        self.commit()
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def commit(self) -> None:
        """Make everything since the last commit durable, at once."""
        if self._db.in_transaction:
            self._db.execute("COMMIT")

    def _write(self, sql: str, values: tuple[object, ...] = ()) -> sqlite3.Cursor:
        if not self._db.in_transaction:
            self._db.execute("BEGIN IMMEDIATE")
        return self._db.execute(sql, values)

    # --- what is to be fetched

    def select(self, sources: Collection[str], picked: Collection[int] = ()) -> None:
        """Say what this run may lease: the URLs of these sources, and these rows."""
        self._db.executescript(
            "CREATE TEMP TABLE IF NOT EXISTS selected (source TEXT PRIMARY KEY);"
            "CREATE TEMP TABLE IF NOT EXISTS picked (id INTEGER PRIMARY KEY);"
            "DELETE FROM selected; DELETE FROM picked;"
        )
        self._db.executemany("INSERT OR IGNORE INTO selected VALUES (?)", [(name,) for name in sources])
        self._db.executemany("INSERT OR IGNORE INTO picked VALUES (?)", [(row,) for row in picked])

    def free_leases(self) -> int:
        """Queue again what a dead process had leased; returns how many."""
        return self._write("UPDATE urls SET state = 'queued' WHERE state = 'leased'").rowcount

    def retry_failed(self, sources: Collection[str], now: float) -> int:
        """Queue pages again whose fault may have passed and whose pause is over; returns how many."""
        marks = ", ".join("?" for _ in TEMPORARY)
        return sum(
            self._write(
                f"UPDATE urls SET state = 'queued', attempts = 0, redirects = 0 WHERE source = ? "  # noqa: S608
                f"AND state IN ('failed', 'excluded') AND due <= ? AND error IN ({marks})",
                (source, now, *sorted(TEMPORARY)),
            ).rowcount
            for source in sources
        )

    def hosts_waiting(self) -> list[tuple[str, float]]:
        """Each host with a URL of this run, and when its first is due."""
        return [
            (row[0], row[1])
            for row in self._db.execute(
                "SELECT host, min(due) FROM urls WHERE state = 'queued' "
                "AND (source IN selected OR id IN picked) GROUP BY host"
            )
        ]

    def earliest(self, of_host: str) -> float | None:
        """When the host's first URL of this run is due; None where it has none."""
        row = self._db.execute(
            "SELECT min(due) FROM urls WHERE host = ? AND state = 'queued' AND (source IN selected OR id IN picked)",
            (of_host,),
        ).fetchone()
        return None if row is None else row[0]

    def peek(self, of_host: str, now: float, *, pages: bool = True) -> Lease | None:
        """The host's next due URL of this run, not yet leased."""
        row = self._db.execute(
            f"SELECT {LEASE_COLUMNS} FROM urls WHERE host = ? AND state = 'queued' AND due <= ? "  # noqa: S608
            "AND (source IN selected OR id IN picked) AND (? OR role != 'page') ORDER BY priority, due, id LIMIT 1",
            (of_host, now, pages),
        ).fetchone()
        return None if row is None else Lease(*row)

    def lease(self, row_id: int) -> None:
        """Hand a URL out: it counts as tried from now on."""
        self._write("UPDATE urls SET state = 'leased', attempts = attempts + 1 WHERE id = ?", (row_id,))

    def offer(
        self, candidate: Candidate, *, source: str, via: str | None, hops: int, run_began: float
    ) -> Offer:
        """Take a found URL in: new, or known and said to have changed since, or an endpoint due in this run.

        Args:
            candidate: what discovery found.
            source: whose it is.
            via: URL of the exchange that named it.
            hops: links from the seed.
            run_began: seconds since 1970; an endpoint not read since then is read again.
        """
        identity = canonical(candidate.url)
        modified = instant_of(candidate.modified)
        row = self._db.execute(
            "SELECT id, state, modified_seen, fetched FROM urls WHERE identity = ?", (identity,)
        ).fetchone()
        if row is None:
            self._write(
                "INSERT INTO urls (identity, url, host, source, role, priority, due, hops, via, found_by, title, published, "
                "section, modified, modified_seen) VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?)",
                (identity, candidate.url, host(candidate.url), source, candidate.role, candidate.priority, hops, via,
                 candidate.found_by, candidate.title, candidate.published, candidate.section, candidate.modified, modified),
            )  # fmt: skip
            return "queued"
        known = row["modified_seen"] if row["modified_seen"] is not None else row["fetched"]
        newer = modified is not None and known is not None and modified > known
        unread = candidate.role != "page" and modified is None and (row["fetched"] or 0.0) < run_began
        if row["state"] == "queued" or newer or (modified is not None and row["modified_seen"] is None):
            self._write(
                "UPDATE urls SET title = coalesce(?, title), published = coalesce(published, ?), section = coalesce(section, ?), "
                "modified = coalesce(?, modified), modified_seen = coalesce(?, modified_seen) WHERE id = ?",
                (
                    candidate.title,
                    candidate.published,
                    candidate.section,
                    candidate.modified,
                    modified,
                    row["id"],
                ),
            )
        if row["state"] in {"queued", "leased"}:
            return "waiting"
        if (newer and row["state"] == "done") or unread:
            self.requeue(row["id"], 0.0)
            return "queued"
        return "known"

    def visit(self, candidate: Candidate, *, source: str, now: float) -> int:
        """Queue a URL for another visit, whether known or not; returns its row's id."""
        self.offer(candidate, source=source, via=None, hops=0, run_began=now)
        row = self._db.execute(
            "SELECT id FROM urls WHERE identity = ?", (canonical(candidate.url),)
        ).fetchone()
        self._write(
            "UPDATE urls SET role = ?, priority = min(priority, ?) WHERE id = ? AND state != 'leased'",
            (candidate.role, candidate.priority, row["id"]),
        )
        self.requeue(row["id"], now)
        return int(row["id"])

    def requeue(self, row_id: int, now: float) -> None:
        """Begin a new visit of a URL."""
        self._write(
            "UPDATE urls SET state = 'queued', attempts = 0, redirects = 0, due = ? WHERE id = ? AND state != 'leased'",
            (now, row_id),
        )

    # --- what became of it

    def acknowledge(self, row_id: int, *, status: int | None, now: float) -> None:
        """The visit is over and gave what it had to give."""
        self._write(
            "UPDATE urls SET state = 'done', status = ?, error = NULL, fetched = ?, failures = 0 WHERE id = ?",
            (status, now, row_id),
        )

    def again(self, row_id: int, *, due: float, status: int | None, error: ErrorKind) -> None:
        """Try once more in this visit, not before `due`."""
        self._write(
            "UPDATE urls SET state = 'queued', due = ?, status = ?, error = ? WHERE id = ?",
            (due, status, error, row_id),
        )

    def redirect(self, row_id: int, url: str) -> None:
        """The same identity at another address (http to https, a cookie's bounce): fetch that."""
        self._write(
            "UPDATE urls SET state = 'queued', url = ?, host = ?, redirects = redirects + 1, attempts = 0, due = 0 WHERE id = ?",
            (url, host(url), row_id),
        )

    def give_up(self, row_id: int, *, status: int | None, error: ErrorKind, due: float, now: float) -> None:
        """The visit failed; where the fault may pass, another crawl may try after `due`."""
        self._write(
            "UPDATE urls SET state = 'failed', status = ?, error = ?, due = ?, fetched = ?, failures = failures + 1 WHERE id = ?",
            (status, error, due, now, row_id),
        )

    def exclude(self, row_id: int, *, error: ErrorKind) -> None:
        """Not to be fetched: robots.txt or a private address forbids it."""
        self._write("UPDATE urls SET state = 'excluded', error = ? WHERE id = ?", (error, row_id))

    def failures(self, row_id: int) -> int:
        """Visits in a row that gave up."""
        row = self._db.execute("SELECT failures FROM urls WHERE id = ?", (row_id,)).fetchone()
        return int(row[0]) if row else 0

    def ancestors(self, identity: str, limit: int) -> list[str]:
        """Identities on the way that led here, nearest first."""
        found: list[str] = []
        while len(found) < limit:
            row = self._db.execute("SELECT via FROM urls WHERE identity = ?", (identity,)).fetchone()
            if row is None or row[0] is None:
                break
            identity = canonical(row[0])
            if identity in found:
                break
            found.append(identity)
        return found

    def counts(self, source: str) -> dict[tuple[str, str], int]:
        """(role, state) -> how many URLs of a source."""
        return {
            (row[0], row[1]): row[2]
            for row in self._db.execute(
                "SELECT role, state, count(*) FROM urls WHERE source = ? GROUP BY role, state", (source,)
            )
        }

    # --- robots.txt and hosts

    def robots(self, of_origin: str) -> StoredRobots | None:
        """The origin's robots.txt as last answered."""
        row = self._db.execute(
            "SELECT status, body, due FROM robots WHERE origin = ?", (of_origin,)
        ).fetchone()
        return None if row is None else StoredRobots(*row)

    def keep_robots(self, of_origin: str, robots: StoredRobots, now: float) -> None:
        """Remember an origin's robots.txt."""
        self._write(
            "INSERT INTO robots (origin, status, body, fetched, due) VALUES (?, ?, ?, ?, ?) ON CONFLICT (origin) DO UPDATE SET "
            "status = excluded.status, body = excluded.body, fetched = excluded.fetched, due = excluded.due",
            (of_origin, robots.status, robots.body, now, robots.due),
        )

    def pauses(self) -> dict[str, tuple[float, float | None]]:
        """Host -> (no request before, delay it made us keep)."""
        return {
            row[0]: (row[1], row[2]) for row in self._db.execute("SELECT host, not_before, delay FROM hosts")
        }

    def pause(self, of_host: str, not_before: float, delay: float | None) -> None:
        """Remember that a host asked for rest."""
        self._write(
            "INSERT INTO hosts VALUES (?, ?, ?) ON CONFLICT (host) DO UPDATE SET not_before = excluded.not_before, "
            "delay = coalesce(excluded.delay, delay)",
            (of_host, not_before, delay),
        )

    # --- endpoints, sources, runs

    def endpoints(self, source: str) -> list[Endpoint]:
        """A source's endpoints, best first."""
        return [
            Endpoint(*row)
            for row in self._db.execute(
                "SELECT url, source, role, found_by, entries, dated, further, newest, faults, status FROM endpoints WHERE source = ? "
                "ORDER BY rank IS NULL, rank, url",
                (source,),
            )
        ]

    def keep_endpoint(self, endpoint: Endpoint, now: float) -> None:
        """Remember an endpoint, or how it did this time; what it gave before is not forgotten for a fault."""
        self._write(
            "INSERT INTO endpoints "
            "(url, source, role, found_by, entries, dated, further, newest, faults, status, checked) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source, url) DO UPDATE SET "
            "role = excluded.role, entries = coalesce(excluded.entries, entries), "
            "dated = coalesce(excluded.dated, dated), further = coalesce(excluded.further, further), "
            "newest = coalesce(excluded.newest, newest), faults = excluded.faults, "
            "status = coalesce(excluded.status, status), checked = excluded.checked",
            (*(getattr(endpoint, name) for name in Endpoint.__slots__), now),
        )

    def rank_endpoints(self, source: str, urls: Iterable[str]) -> None:
        """Say in which order a source's endpoints are to be read, best first."""
        for rank, url in enumerate(urls):
            self._write("UPDATE endpoints SET rank = ? WHERE source = ? AND url = ?", (rank, source, url))

    def forget_source(self, source: str) -> None:
        """Drop what was queued and known of a source; what it gave stays in the archive."""
        self._write("DELETE FROM urls WHERE source = ?", (source,))
        self._write("DELETE FROM endpoints WHERE source = ?", (source,))
        self._write("DELETE FROM sources WHERE name = ?", (source,))

    def last_crawled(self) -> dict[str, float]:
        """Source -> when a crawl of it last ended, seconds since 1970."""
        return {row[0]: row[1] for row in self._db.execute("SELECT name, crawled FROM sources")}

    def mark_crawled(self, sources: Iterable[str], now: float) -> None:
        """A crawl of these sources ended."""
        for name in sources:
            self._write(
                "INSERT INTO sources VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET crawled = excluded.crawled",
                (name, now),
            )

    def begin_run(self, command: str, now: float) -> int:
        """Note that a run began; returns its id."""
        run = self._write("INSERT INTO runs (started, command) VALUES (?, ?)", (now, command)).lastrowid
        self.commit()
        return int(run or 0)

    def end_run(self, run: int, summary: str, now: float) -> None:
        """Note how a run ended: its summary as JSON."""
        self._write("UPDATE runs SET ended = ?, summary = ? WHERE id = ?", (now, summary, run))
        self.commit()


def instant_of(text: str | None) -> float | None:
    """Seconds since 1970 of an ISO 8601 text, a bare day as its midnight UTC; None where it is none."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
