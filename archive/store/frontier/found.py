"""URLs that were found: new ones, and what finders say of known ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.store.frontier.rows import Came, instant_of
from archive.urls import canonical, host

if TYPE_CHECKING:
    import sqlite3

    from archive.records import Candidate
    from archive.store.frontier.rows import Offer
    from archive.store.frontier.transaction import Batch
    from archive.store.frontier.urls import Urls

ARTICLE_FINDERS = frozenset({"feed", "news-sitemap", "wordpress"})
"""Who lists articles alone; a plain sitemap lists sections too."""

_INSERT = """
    INSERT INTO urls (identity, url, host, source, role, priority, hops, redirects, via, found_by, title,
                      published, section, modified, modified_seen)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_LEARN = """
    UPDATE urls SET title = coalesce(?, title), published = coalesce(published, ?),
        section = coalesce(section, ?), modified = coalesce(?, modified),
        modified_seen = coalesce(?, modified_seen)
    WHERE id = ?"""


class Found:
    """What discovery, sources and commands say is to be fetched; times are seconds since 1970."""

    def __init__(self, batch: Batch, urls: Urls) -> None:
        self._batch = batch
        self._urls = urls

    def offer(self, candidate: Candidate, *, came: Came, run_began: float) -> Offer:
        """Take a found URL in: new, or known and said to have changed since, or a list due in this run.

        Args:
            candidate: what discovery found.
            came: from where.
            run_began: a list that was not read since is read again.
        """
        identity = canonical(candidate.url)
        row = self._batch.read(
            "SELECT id, state, role, modified_seen, fetched FROM urls WHERE identity = ?", (identity,)
        ).fetchone()
        if row is None:
            self._insert(candidate, identity, came)
            return "queued"
        newer = self._learn(candidate, row)
        # A feed knows its articles better than the shape of their addresses tells, and a page is a page although
        # another named it as an image.
        mistaken = row["role"] == "requisite" or (
            candidate.role == "page" and row["role"] == "section" and candidate.found_by in ARTICLE_FINDERS
        )
        if mistaken:
            self._batch.write(
                "UPDATE urls SET role = ?, priority = ? WHERE id = ?",
                (candidate.role, candidate.priority, row["id"]),
            )
        if row["state"] in {"queued", "leased"}:
            return "waiting"
        unread = candidate.role != "page" and not candidate.modified and (row["fetched"] or 0.0) < run_began
        if (newer and row["state"] == "done") or unread or mistaken:
            self._urls.requeue(row["id"], 0.0)
            return "queued"
        return "known"

    def offer_requisite(self, candidate: Candidate, *, came: Came, stale_before: float) -> Offer:
        """Take in what a page shows, or a file it links to; whichever source named it first, this crawl fetches it.

        Args:
            candidate: what discovery found.
            came: from where.
            stale_before: a requisite that was last fetched before that instant is asked for again.
        """
        identity = canonical(candidate.url)
        row = self._batch.read(
            "SELECT id, state, role, fetched FROM urls WHERE identity = ?", (identity,)
        ).fetchone()
        if row is None:
            row_id = self._insert(candidate, identity, came)
        elif row["role"] == candidate.role and row["state"] in {"queued", "leased"}:
            row_id = row["id"]
        elif row["role"] == "requisite" and row["state"] == "done" and (row["fetched"] or 0.0) < stale_before:
            row_id = row["id"]
            self._urls.requeue(row_id, 0.0)
        else:
            return "known"
        self._batch.write("INSERT OR IGNORE INTO picked VALUES (?)", (row_id,))
        return "queued"

    def _insert(self, candidate: Candidate, identity: str, came: Came) -> int:
        row_id = self._batch.write(
            _INSERT,
            (
                identity, candidate.url, host(candidate.url), came.source, candidate.role, candidate.priority,
                came.hops, came.redirects, came.via, candidate.found_by, candidate.title, candidate.published,
                candidate.section, candidate.modified, instant_of(candidate.modified),
            ),
        ).lastrowid  # fmt: skip
        return int(row_id or 0)

    def _learn(self, candidate: Candidate, row: sqlite3.Row) -> bool:
        """Keep what a finder says of a known URL; returns whether it has changed since it was fetched."""
        modified = instant_of(candidate.modified)
        known = row["modified_seen"] if row["modified_seen"] is not None else row["fetched"]
        newer = modified is not None and known is not None and modified > known
        if row["state"] == "queued" or newer or (modified is not None and row["modified_seen"] is None):
            said = (candidate.title, candidate.published, candidate.section, candidate.modified, modified)
            self._batch.write(_LEARN, (*said, row["id"]))
        return newer

    def visit(self, candidate: Candidate, *, source: str, now: float) -> int:
        """Queue a URL for another visit, whether known or not; returns its row's id.

        A source that asks for it takes it over from one whose pages only linked to it.
        """
        self.offer(candidate, came=Came(source), run_began=now)
        row = self._batch.read(
            "SELECT id FROM urls WHERE identity = ?", (canonical(candidate.url),)
        ).fetchone()
        self._batch.write(
            "UPDATE urls SET role = ?, priority = min(priority, ?), source = coalesce(nullif(?, ''), source) "
            "WHERE id = ? AND state != 'leased'",
            (candidate.role, candidate.priority, source, row["id"]),
        )
        self._urls.requeue(row["id"], now)
        return int(row["id"])

    def visit_list(self, candidate: Candidate, *, source: str, now: float) -> None:
        """Queue a list for another visit, unless it was read since `now`, in the crawl that this one goes on with."""
        row = self._batch.read(
            "SELECT state, fetched FROM urls WHERE identity = ? AND role = ?",
            (canonical(candidate.url), candidate.role),
        ).fetchone()
        if row is None or row["state"] not in {"done", "failed"} or row["fetched"] < now:
            self.visit(candidate, source=source, now=now)

    def pick_target(self, row_id: int, url: str, *, run_began: float) -> bool:
        """Pick what a picked URL leads to, which may belong to no source or to one that is not crawled.

        Args:
            row_id: of the URL that leads there; nothing is done unless it was picked.
            url: where to.
            run_began: what was not fetched since is visited again.

        Returns:
            Whether the target is picked.
        """
        if self._batch.read("SELECT 1 FROM picked WHERE id = ?", (row_id,)).fetchone() is None:
            return False
        target = self._batch.read(
            "SELECT id, state, fetched FROM urls WHERE identity = ?", (canonical(url),)
        ).fetchone()
        if target is None:
            return False
        self._batch.write("INSERT OR IGNORE INTO picked VALUES (?)", (target["id"],))
        if target["state"] not in {"queued", "leased"} and (target["fetched"] or 0.0) < run_began:
            self._urls.requeue(target["id"], 0.0)
        return True
