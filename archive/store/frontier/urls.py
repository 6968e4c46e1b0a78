"""URLs: leased, settled; how they are found is in `archive.store.frontier.found`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.store.frontier.rows import Lease, instant_of
from archive.urls import canonical, host

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from archive.records import ErrorKind
    from archive.store.frontier.transaction import Batch

TEMPORARY = frozenset({"dns", "connect", "tls", "timeout", "truncated", "http_5xx", "robots", "fault"})
"""Errors that another day, or another version, may mend."""

_OURS = "(source IN selected OR id IN picked)"
"""What the running crawl may lease."""

_OPEN = """NOT EXISTS (
    SELECT 1 FROM barred WHERE barred.host = urls.host AND substr(url, 1, length(start)) = start
        AND substr(url, length(start) + 1, 1) IN ('/', '?', ''))"""
"""What is not barred for the rest of the running crawl."""

_LEASE = """
    SELECT id, identity, url, host, source, role, hops, attempts, redirects, via, found_by, title, published,
           section, modified, etag, last_modified
    FROM urls"""
_KNOWN = f"{_LEASE} WHERE identity = ?"
_PEEK = f"""{_LEASE}
    WHERE host = ? AND state = 'queued' AND due <= ? AND {_OURS} AND (? OR role != 'page')
        AND (? OR role != 'requisite') AND {_OPEN}
    ORDER BY priority, due, id LIMIT 1"""
_WAITING = f"""
    SELECT host, min(due) FROM urls WHERE state = 'queued' AND {_OURS} GROUP BY host"""  # noqa: S608
_LEFT = f"""
    SELECT host, count(*), sum(role = 'page') FROM urls
    WHERE state = 'queued' AND {_OURS} GROUP BY host ORDER BY host"""  # noqa: S608
_EARLIEST = f"""
    SELECT min(due) FROM urls
    WHERE host = ? AND state = 'queued' AND {_OURS} AND (? OR role != 'page')
        AND (? OR role != 'requisite') AND {_OPEN}"""  # noqa: S608
_RETRY = """
    UPDATE urls SET state = 'queued', attempts = 0, redirects = 0
    WHERE source = ? AND state IN ('failed', 'excluded') AND due <= ? AND coalesce(fetched, 0) <= ? AND error = ?"""

_LOOK_AGAIN = """
    UPDATE urls SET state = 'queued', attempts = 0, redirects = 0, due = 0
    WHERE source = ? AND role = 'page' AND coalesce(fetched, 0) <= ? AND (
        first_fetched IS NOT NULL AND state = 'done' AND (? OR look_again <= ?)
        OR state = 'failed' AND error = 'http_4xx' AND failures = 1 AND due <= ?
            AND (first_fetched IS NOT NULL OR status IN (404, 410)))"""

_WITHDRAW = """
    UPDATE urls SET state = 'excluded', error = 'takedown', title = NULL, published = NULL, section = NULL,
        modified = NULL, look_again = NULL, etag = NULL, last_modified = NULL
    WHERE identity = ?"""


class Urls:
    """The table of URLs; times are seconds since 1970."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch

    # --- what is to be fetched

    def select(self, sources: Collection[str], picked: Collection[int] = ()) -> None:
        """Say what this crawl may lease: the URLs of these sources, and these rows."""
        self._batch.commit()
        self._batch.connection.executescript(
            "CREATE TEMP TABLE IF NOT EXISTS selected (source TEXT PRIMARY KEY);"
            "CREATE TEMP TABLE IF NOT EXISTS picked (id INTEGER PRIMARY KEY);"
            "CREATE TEMP TABLE IF NOT EXISTS barred (host TEXT, start TEXT, PRIMARY KEY (host, start));"
            "DELETE FROM selected; DELETE FROM picked; DELETE FROM barred;"
        )
        for name in sources:
            self._batch.connection.execute("INSERT OR IGNORE INTO selected VALUES (?)", (name,))
        for row_id in picked:
            self._batch.connection.execute("INSERT OR IGNORE INTO picked VALUES (?)", (row_id,))

    def bar(self, url: str) -> None:
        """Lease no URL of the same scheme, host and port until the next `select`; they stay queued."""
        start = "/".join(url.partition("?")[0].split("/")[:3])
        self._batch.write("INSERT OR IGNORE INTO barred VALUES (?, ?)", (host(url), start))

    def free_leases(self) -> int:
        """Queue again what a dead process had leased; returns how many."""
        return self._batch.write("UPDATE urls SET state = 'queued' WHERE state = 'leased'").rowcount

    def retry_failed(self, sources: Collection[str], now: float) -> int:
        """Queue again what failed before `now` for a fault that may have passed, its pause over; returns how many."""
        return sum(
            self._batch.write(_RETRY, (source, now, now, error)).rowcount
            for source in sources
            for error in sorted(TEMPORARY)
        )

    def hosts_waiting(self) -> list[tuple[str, float]]:
        """Each host with a URL of this crawl, and when its first is due."""
        return [(row[0], row[1]) for row in self._batch.read(_WAITING)]

    def left(self) -> list[tuple[str, int, int]]:
        """Each host with URLs of this crawl still queued: how many, and how many of them are pages."""
        return [(row[0], row[1], row[2]) for row in self._batch.read(_LEFT)]

    def earliest(self, of_host: str, *, pages: bool = True, requisites: bool = True) -> float | None:
        """When the first URL that `peek` would give is due; None where the host has none."""
        due: float | None = self._batch.read(_EARLIEST, (of_host, pages, requisites)).fetchone()[0]
        return due

    def peek(self, of_host: str, now: float, *, pages: bool = True, requisites: bool = True) -> Lease | None:
        """The host's next due URL of this crawl, not yet leased; without `pages` and `requisites` a list."""
        row = self._batch.read(_PEEK, (of_host, now, pages, requisites)).fetchone()
        return None if row is None else Lease(*row)

    def known(self, url: str) -> Lease | None:
        """The row of a URL, whatever its state; None where it is not known."""
        row = self._batch.read(_KNOWN, (canonical(url),)).fetchone()
        return None if row is None else Lease(*row)

    def lease(self, row_id: int) -> None:
        """Hand a URL out: it counts as tried from now on."""
        self._batch.write("UPDATE urls SET state = 'leased', attempts = attempts + 1 WHERE id = ?", (row_id,))

    def postpone(self, row_id: int, due: float) -> None:
        """Leave a queued URL alone until then."""
        self._batch.write("UPDATE urls SET due = ? WHERE id = ? AND state = 'queued'", (due, row_id))

    def requeue(self, row_id: int, now: float) -> None:
        """Begin a new visit of a URL."""
        self._batch.write(
            "UPDATE urls SET state = 'queued', attempts = 0, redirects = 0, due = ? "
            "WHERE id = ? AND state != 'leased'",
            (now, row_id),
        )

    # --- what became of it

    def acknowledge(self, row_id: int, *, status: int | None, now: float) -> None:
        """The visit is over and gave what it had to give."""
        self._batch.write(
            "UPDATE urls SET state = 'done', status = ?, error = NULL, fetched = ?, failures = 0 WHERE id = ?",
            (status, now, row_id),
        )

    def keep_validators(self, row_id: int, etag: str | None, last_modified: str | None) -> None:
        """Remember what to ask the server with next time; None where it gave none."""
        self._batch.write(
            "UPDATE urls SET etag = ?, last_modified = ? WHERE id = ?", (etag, last_modified, row_id)
        )

    def plan_look(self, row_id: int, ages: Sequence[float], now: float) -> None:
        """Say when a page that came whole is to be looked at again: at the next of these ages.

        Args:
            row_id: the page.
            ages: seconds since its publication, or since it was first fetched where that is unknown; ascending.
            now: seconds since 1970.
        """
        row = self._batch.read("SELECT published, first_fetched FROM urls WHERE id = ?", (row_id,)).fetchone()
        first = row["first_fetched"] or now
        born = min(instant_of(row["published"]) or first, first)
        look = next((born + age for age in ages if born + age > now), None)
        self._batch.write(
            "UPDATE urls SET first_fetched = ?, look_again = ? WHERE id = ?", (first, look, row_id)
        )

    def look_again(self, sources: Collection[str], now: float, *, everything: bool = False) -> int:
        """Queue the pages that are due for another look; returns how many.

        Those that were not there are among them, whether they were before or were named and never seen: one 404
        is an accident as often as not.

        Args:
            sources: whose.
            now: seconds since 1970; what was fetched since then was looked at.
            everything: every page that ever came whole, due or not.
        """
        return sum(
            self._batch.write(_LOOK_AGAIN, (source, now, everything, now, now)).rowcount for source in sources
        )

    def look_soon(self, identity: str) -> None:
        """Have a page looked at again by the next crawl."""
        self._batch.write(
            "UPDATE urls SET look_again = 0 WHERE identity = ? AND role = 'page' AND first_fetched IS NOT NULL",
            (identity,),
        )

    def lists_from(self, via: str, *, run_began: float) -> list[str]:
        """Queue the lists that an unchanged list named before; returns their hosts.

        A sitemap index may well be unchanged where the sitemaps it names are not.
        """
        rows = self._batch.read(
            "SELECT id, host FROM urls WHERE via = ? AND role != 'page' AND redirects = 0 "
            "AND state IN ('done', 'failed') AND coalesce(fetched, 0) < ?",
            (via, run_began),
        ).fetchall()
        for row_id, _ in rows:
            self.requeue(row_id, 0.0)
        return [of_host for _, of_host in rows]

    def again(self, row_id: int, *, due: float, status: int | None, error: ErrorKind) -> None:
        """Try once more in this visit, not before `due`."""
        self._batch.write(
            "UPDATE urls SET state = 'queued', due = ?, status = ?, error = ? WHERE id = ?",
            (due, status, error, row_id),
        )

    def redirect(self, row_id: int, url: str) -> None:
        """The same identity at another address (http to https, a cookie's bounce): fetch that."""
        self._batch.write(
            "UPDATE urls SET state = 'queued', url = ?, host = ?, redirects = redirects + 1, attempts = 0, "
            "due = 0, etag = NULL, last_modified = NULL WHERE id = ?",
            (url, host(url), row_id),
        )

    def come_back(self, url: str, *, via: str, redirects: int) -> bool:
        """A redirect leads back to one of its own chain, in the same visit.

        Args:
            url: where to, a known one.
            via: what redirects.
            redirects: in a row, up to here.

        Returns:
            Whether that one is fetched again: not where it answered otherwise than by a redirect.
        """
        found = self._batch.write(
            "UPDATE urls SET state = 'queued', url = ?, host = ?, via = ?, redirects = ?, attempts = 0, due = 0 "
            "WHERE identity = ? AND state = 'done' AND status BETWEEN 300 AND 399",
            (url, host(url), via, redirects, canonical(url)),
        )
        return found.rowcount > 0

    def give_up(self, row_id: int, *, status: int | None, error: ErrorKind, due: float, now: float) -> None:
        """The visit failed; where the fault may pass, another crawl may try after `due`."""
        self._batch.write(
            "UPDATE urls SET state = 'failed', status = ?, error = ?, due = ?, fetched = ?, "
            "failures = failures + 1 WHERE id = ?",
            (status, error, due, now, row_id),
        )

    def exclude(self, row_id: int, *, error: ErrorKind, now: float) -> None:
        """Not to be fetched: robots.txt or a private address forbids it. That ends the visit, as a fetch would."""
        self._batch.write(
            "UPDATE urls SET state = 'excluded', error = ?, fetched = ? WHERE id = ?", (error, now, row_id)
        )

    def withdraw(self, identities: Iterable[str]) -> None:
        """Taken down: not to be fetched, and nothing kept of what was said of them."""
        self._batch.connection.execute("PRAGMA secure_delete = ON")
        for identity in identities:
            self._batch.write(_WITHDRAW, (identity,))

    def failures(self, row_id: int) -> int:
        """Visits in a row that gave up."""
        row = self._batch.read("SELECT failures FROM urls WHERE id = ?", (row_id,)).fetchone()
        return int(row[0]) if row else 0

    def redirected_from(self, identity: str, limit: int) -> list[str]:
        """Identities whose redirects led here, nearest first."""
        found: list[str] = []
        while len(found) < limit:
            row = self._batch.read(
                "SELECT via FROM urls WHERE identity = ? AND redirects > 0", (identity,)
            ).fetchone()
            if row is None or row[0] is None:
                break
            identity = canonical(row[0])
            if identity in found:
                break
            found.append(identity)
        return found

    def counts(self, source: str) -> dict[tuple[str, str], int]:
        """(role, state) -> how many URLs of a source."""
        rows = self._batch.read(
            "SELECT role, state, count(*) FROM urls WHERE source = ? GROUP BY role, state", (source,)
        )
        return {(row[0], row[1]): row[2] for row in rows}
