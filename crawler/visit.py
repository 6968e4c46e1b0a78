"""What an exchange leads to: the URL acknowledged, its children in the frontier, the host left in peace.

No Scrapy here: an exchange and its lease go in, rows of the frontier come out.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from archive.records import Candidate
from archive.store.frontier import Endpoint
from archive.urls import canonical, host, is_private
from crawler.discovery import discover, probes, report
from crawler.verdict import Limits, Verdict, judge

if TYPE_CHECKING:
    from collections.abc import Callable

    from archive.records import ErrorKind, Exchange
    from archive.store.frontier import Lease
    from crawler.discovery import Discovery
    from crawler.session import Session

HOUR_SECONDS = 3600.0
LONGEST_PAUSE_SECONDS = 7 * 24 * HOUR_SECONDS
FEED_ROLES = frozenset({"feed", "sitemap", "wordpress"})
MAX_FAULT_LENGTH = 1000
READ_ROLES = frozenset({"home", "section", "feed", "sitemap", "wordpress"})
ROOT_FINDERS = frozenset({"alternate", "robots", "well-known", "user", "home", "link"})
"""Who names endpoints of the plan; what a sitemap index or a paged list names is found anew each time."""
MAX_SECTIONS = 20
"""Section pages of a source read in one crawl, beside its feeds and sitemaps."""
MAX_LISTS = 500
"""Sitemaps and REST pages of a source read in one crawl."""
LOOP_LOOKBACK = 10


class Visitor:
    """Settles leases."""

    def __init__(
        self, session: Session, *, host_has_work: Callable[[str], None], named_hosts: set[str]
    ) -> None:
        self._session = session
        self._frontier = session.frontier
        self._host_has_work = host_has_work
        self._named_hosts = named_hosts
        crawl = session.settings.crawl
        self._limits = Limits(retries=crawl.retries, redirects=crawl.redirects)
        self._lists_read: dict[tuple[str, str], int] = {}
        self._with_feeds: set[str] = set()

    def settle(self, lease: Lease, exchange: Exchange) -> Verdict:
        """Decide what becomes of a leased URL and write it down; returns the verdict for the host's sake."""
        verdict = judge(exchange, attempts=lease.attempts, redirects=lease.redirects, limits=self._limits)
        now = time.time()
        if verdict.action == "again" and verdict.error is not None:
            self._frontier.again(
                lease.id, due=now + verdict.wait, status=exchange.status, error=verdict.error
            )
            self._host_has_work(lease.host)
        elif verdict.action == "redirect" and verdict.location is not None:
            self._follow(lease, exchange, verdict.location, now)
        elif verdict.action == "give_up" and verdict.error is not None:
            self._give_up(lease, exchange, verdict.error, now)
        else:
            self._done(lease, exchange, now)
        return verdict

    def refuse(self, lease: Lease, error: ErrorKind) -> None:
        """A URL that may not be fetched."""
        self._frontier.exclude(lease.id, error=error)
        self._session.tally.errors[error] += 1

    def offer_from_robots(self, robots_url: str, source: str, found: Discovery) -> None:
        """Take in the sitemaps that robots.txt names."""
        if source:
            for candidate in found.candidates:
                if self._is_private(candidate.url):
                    continue
                status = self._frontier.offer(
                    candidate, source=source, via=robots_url, hops=1, run_began=self._session.began
                )
                if status == "queued":
                    self._host_has_work(host(candidate.url))

    # --- the four ends

    def _give_up(self, lease: Lease, exchange: Exchange, error: ErrorKind, now: float) -> None:
        failures = self._frontier.failures(lease.id)
        pause = min(LONGEST_PAUSE_SECONDS, HOUR_SECONDS * 4**failures)
        # The first failure of an endpoint or page may be tried again by the very next crawl.
        self._frontier.give_up(
            lease.id, status=exchange.status, error=error, due=now if failures == 0 else now + pause, now=now
        )
        if lease.found_by == "well-known":
            return  # a guess that found nothing is no fault of the site
        self._session.tally.errors[error] += 1
        if lease.role in READ_ROLES:
            fault = exchange.error_detail or error
            failed = Endpoint(
                lease.url, lease.source, lease.role, lease.found_by or "link", faults=fault, status=exchange.status
            )
            self._keep_endpoint(lease, failed, now)

    def _follow(self, lease: Lease, exchange: Exchange, location: str, now: float) -> None:
        if canonical(location) == lease.identity:
            self._frontier.redirect(lease.id, location)
            self._host_has_work(host(location))
            return
        if canonical(location) in self._frontier.ancestors(lease.identity, LOOP_LOOKBACK):
            self._give_up(lease, exchange, "redirect_loop", now)
            return
        self._frontier.acknowledge(lease.id, status=exchange.status, now=now)
        target = Candidate(
            location, role=lease.role, found_by=lease.found_by or "redirect", title=lease.title,
            published=lease.published, modified=lease.modified, section=lease.section, priority=-1,
        )  # fmt: skip
        if lease.role == "page":
            self._offer(target, lease)
        else:
            self._offer(target, lease, revisit=True)

    def _done(self, lease: Lease, exchange: Exchange, now: float) -> None:
        self._frontier.acknowledge(lease.id, status=exchange.status, now=now)
        if lease.role == "page":
            self._session.tally.pages += 1
        if lease.role == "page" or not lease.source:
            return
        source = self._session.source(lease.source)
        found = discover(exchange, source)
        statuses = {"queued": 0, "waiting": 0, "known": 0}
        pages = [c for c in found.candidates if c.role == "page"]
        for candidate in pages:
            statuses[self._offer(candidate, lease)] += 1
        nothing_new = bool(pages) and statuses["known"] == len(pages)
        for candidate in found.candidates:
            if candidate.role != "page" and self._is_read(candidate, lease, nothing_new=nothing_new):
                self._offer(candidate, lease)
        self._note_endpoint(lease, exchange, found, now)
        if lease.role == "home":
            self._probe(lease, found)

    # --- lists of candidates

    def _is_read(self, candidate: Candidate, lease: Lease, *, nothing_new: bool) -> bool:
        """Whether a further list is worth its request."""
        paging = candidate.role == lease.role and candidate.role in {"wordpress", "section"}
        if paging and nothing_new:
            return False
        hops = lease.hops + 1
        if candidate.role == "section" and hops > self._session.scope.depth:
            return False
        key = (lease.source, candidate.role)
        if self._lists_read.get(key, 0) >= (MAX_SECTIONS if candidate.role == "section" else MAX_LISTS):
            return False
        self._lists_read[key] = self._lists_read.get(key, 0) + 1
        return True

    def _offer(self, candidate: Candidate, lease: Lease, *, revisit: bool = False) -> str:
        if self._is_private(candidate.url):
            return "known"
        if revisit:
            self._frontier.visit(candidate, source=lease.source, now=self._session.began)
            status = "queued"
        else:
            status = self._frontier.offer(
                candidate,
                source=lease.source,
                via=lease.url,
                hops=lease.hops + 1,
                run_began=self._session.began,
            )
        if status == "queued":
            self._host_has_work(host(candidate.url))
        return status

    def _is_private(self, url: str) -> bool:
        """Whether a link leads to a private address that the user did not name; it is counted, not followed."""
        of_host = host(url)
        if not is_private(of_host) or of_host in self._named_hosts:
            return False
        self._session.tally.errors["private_address"] += 1
        return True

    def _probe(self, lease: Lease, found: Discovery) -> None:
        """Try the well-known addresses of a site that names neither feed nor sitemap nor REST."""
        named = {c.role for c in found.candidates} & FEED_ROLES
        known = [
            e for e in self._frontier.endpoints(lease.source) if e.role in {"feed", "sitemap", "wordpress"}
        ]
        if named or known or lease.source in self._with_feeds:
            return
        for candidate in probes(lease.url):
            self._offer(candidate, lease)

    def _note_endpoint(self, lease: Lease, exchange: Exchange, found: Discovery, now: float) -> None:
        if lease.role in FEED_ROLES and found.candidates:
            self._with_feeds.add(lease.source)
        if lease.found_by == "well-known" and not found.candidates:
            return
        seen = report(exchange, found, lease.found_by or "link")
        self._keep_endpoint(
            lease,
            Endpoint(
                lease.url, lease.source, seen.role, seen.found_by, seen.entries, seen.dated, seen.endpoints,
                seen.newest, "; ".join(seen.faults)[:MAX_FAULT_LENGTH] or None, seen.status,
            ),
            now,
        )  # fmt: skip

    def _keep_endpoint(self, lease: Lease, endpoint: Endpoint, now: float) -> None:
        if lease.source and (lease.role == "home" or lease.found_by in ROOT_FINDERS):
            self._frontier.keep_endpoint(endpoint, now)
