"""What an exchange leads to: the URL acknowledged, its children in the frontier, the host left in peace.

No Scrapy here: an exchange and its lease go in, rows of the frontier come out.
"""

from __future__ import annotations

import logging
import re
import sqlite3
import time
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from archive.errors import ArchiveError
from archive.records import Candidate
from archive.store.frontier import Came, Endpoint
from archive.urls import canonical, host, is_private
from archive.wire import header
from crawler.discovery import discover, probes, report
from crawler.discovery.parts import further_pages
from crawler.frontier.requisites import LINK_FINDER, PRIORITY, Requisites
from crawler.frontier.verdict import Limits, Verdict, judge
from settings.app import age_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from archive.records import ErrorKind, Exchange
    from archive.store.frontier import Lease, Offer
    from crawler.discovery import Discovery
    from crawler.session import Session

BROKEN_STORE = (ArchiveError, sqlite3.Error)
"""What ends a crawl, whatever URL it came with: the archive cannot be written, or not be read."""
_log = logging.getLogger(__name__)

HOUR_SECONDS = 3600.0
LONGEST_PAUSE_SECONDS = 7 * 24 * HOUR_SECONDS
FEED_ROLES = frozenset({"feed", "sitemap", "wordpress"})
READ_ROLES = FEED_ROLES | {"home", "section"}
ROOT_FINDERS = frozenset({"alternate", "robots", "well-known", "user", "home", "link"})
"""Who names endpoints of the plan; what a sitemap index or a paged list names is found anew each time."""
MAX_SECTIONS = 20
"""Section pages of a source read in one crawl, beside its feeds and sitemaps."""
MAX_LISTS = 500
"""Sitemaps and REST pages of a source read in one crawl."""
REQUISITE_RETRIES = 1
MAX_FAULT_LENGTH = 1000
MAX_VALIDATOR_LENGTH = 500
NOT_MODIFIED = 304
LOOP_LOOKBACK = 10


def _text(exchange: Exchange, name: bytes) -> str | None:
    """A header field that goes back to the server as it came."""
    value = header(exchange.headers, name)
    return value.decode("latin-1") if value and len(value) <= MAX_VALIDATOR_LENGTH else None


class Visitor:
    """Settles leases."""

    def __init__(
        self, session: Session, *, host_has_work: Callable[[str], None], named_hosts: Collection[str]
    ) -> None:
        """Prepare.

        Args:
            session: the running crawl.
            host_has_work: told of each host that has a URL to fetch.
            named_hosts: hosts that the user named; these alone may be private.
        """
        self._session = session
        self._urls = session.frontier.urls
        self._found = session.frontier.found
        self._plans = session.frontier.plans
        self._host_has_work = host_has_work
        self._named_hosts = named_hosts
        crawl = session.settings.crawl
        self._ages = sorted(seconds for age in crawl.look_again if (seconds := age_seconds(age)))
        self._limits = Limits(retries=crawl.retries, redirects=crawl.redirects)
        self._requisite_limits = Limits(min(crawl.retries, REQUISITE_RETRIES), crawl.redirects)
        self.requisites = Requisites(session, host_has_work=host_has_work, named_hosts=named_hosts)
        self._lists_read: Counter[tuple[str, str]] = Counter()

    def settle(self, lease: Lease, exchange: Exchange) -> Verdict:
        """Decide what becomes of a leased URL and write it down; the verdict says what its host needs.

        It is written as a whole or not at all. Where what a server sent is too much for a reader of ours, its URL
        is given up: its lease would otherwise stay out, or it would count as done without what it leads to.
        """
        try:
            with self._session.frontier.whole():
                return self._settle(lease, exchange)
        except BROKEN_STORE:
            raise
        except Exception as error:
            _log.error("%s: given up, since it was too much for us: %r", lease.url, error)
            self._give_up(lease, exchange, "fault", time.time())
            return Verdict("give_up", "fault")

    def _settle(self, lease: Lease, exchange: Exchange) -> Verdict:
        limits = self._requisite_limits if lease.role == "requisite" else self._limits
        verdict = judge(exchange, attempts=lease.attempts, redirects=lease.redirects, limits=limits)
        now = time.time()
        if verdict.action == "again" and verdict.error is not None:
            self._urls.again(lease.id, due=now + verdict.wait, status=exchange.status, error=verdict.error)
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
        self._urls.exclude(lease.id, error=error, now=time.time())
        self._session.tally.fail(error, for_requisite=lease.role == "requisite")

    def take_sitemaps(self, robots_url: str, source: str, found: Discovery) -> None:
        """Take in what robots.txt names."""
        if source:
            for candidate in found.candidates:
                self._offer(candidate, Came(source, via=robots_url, hops=1))

    # --- the ends of a visit

    def _give_up(self, lease: Lease, exchange: Exchange, error: ErrorKind, now: float) -> None:
        failures = self._urls.failures(lease.id)
        # The first failure may be tried again by the very next crawl.
        pause = min(LONGEST_PAUSE_SECONDS, HOUR_SECONDS * 4**failures) if failures else 0.0
        self._urls.give_up(lease.id, status=exchange.status, error=error, due=now + pause, now=now)
        if lease.found_by == "well-known":
            return  # a guess that found nothing is no fault of the site
        self._session.tally.fail(error, for_requisite=lease.role == "requisite")
        if lease.role in READ_ROLES:
            fault = exchange.error_detail or error
            finder = lease.found_by or "link"
            failed = Endpoint(
                lease.url, lease.source, lease.role, finder, faults=fault, status=exchange.status
            )
            self._keep_endpoint(lease, failed, now)

    def _follow(self, lease: Lease, exchange: Exchange, location: str, now: float) -> None:
        if canonical(location) == lease.identity:
            self._urls.redirect(lease.id, location)
            self._host_has_work(host(location))
            return
        if canonical(location) in self._urls.redirected_from(lease.identity, LOOP_LOOKBACK):
            self._come_back(lease, exchange, location, now)
            return
        self._urls.acknowledge(lease.id, status=exchange.status, now=now)
        target = Candidate(
            location, role=lease.role, found_by=lease.found_by or "redirect", title=lease.title,
            published=lease.published, modified=lease.modified, section=lease.section,
        )  # fmt: skip
        came = Came(lease.source, lease.url, lease.hops, lease.redirects + 1)
        if lease.role == "requisite":
            self.requisites.offer(replace(target, priority=PRIORITY), came)
            return
        self._offer(target, came)
        if self._found.pick_target(lease.id, location, run_began=self._session.began):
            self._host_has_work(host(location))

    def _come_back(self, lease: Lease, exchange: Exchange, location: str, now: float) -> None:
        """Follow a redirect to where it came from if it set a cookie, as walls do; without one it is a loop."""
        sets = header(exchange.headers, b"Set-Cookie") is not None
        if sets and self._urls.come_back(location, via=lease.url, redirects=lease.redirects + 1):
            self._urls.acknowledge(lease.id, status=exchange.status, now=now)
            self._host_has_work(host(location))
        else:
            self._give_up(lease, exchange, "redirect_loop", now)

    def _done(self, lease: Lease, exchange: Exchange, now: float) -> None:
        self._urls.acknowledge(lease.id, status=exchange.status, now=now)
        if lease.role == "page":
            self._session.tally.pages += 1
            if lease.found_by != LINK_FINDER:
                self._urls.plan_look(lease.id, self._ages, now)
        elif lease.role == "requisite":
            self._session.tally.requisites += 1
        if exchange.status == NOT_MODIFIED:
            self._unmodified(lease)
            return
        self._urls.keep_validators(lease.id, _text(exchange, b"ETag"), _text(exchange, b"Last-Modified"))
        if lease.role in {"page", "requisite"}:
            self._take_shown(lease, exchange)
        elif lease.source:
            self._read_list(lease, exchange, now)

    def _take_shown(self, lease: Lease, exchange: Exchange) -> None:
        """Queue what a page shows, and the further pages of its article."""
        self.requisites.take(lease, exchange)
        if lease.role == "page" and lease.found_by != LINK_FINDER:
            self._take_parts(lease, exchange)

    def _take_parts(self, lease: Lease, exchange: Exchange) -> None:
        """Each of them names the first page as where it was found."""
        first = exchange.provenance.part_of or lease.url
        came = Came(lease.source, via=first, hops=lease.hops)
        exclude = self._session.source(lease.source).exclude
        for candidate in further_pages(exchange, self._session.settings.crawl.parts_per_article):
            if not any(re.search(pattern, candidate.url) for pattern in exclude):
                self._offer(candidate, came)
                if self._found.pick_target(lease.id, candidate.url, run_began=self._session.began):
                    self._host_has_work(host(candidate.url))

    def _unmodified(self, lease: Lease) -> None:
        """What an unchanged answer named before may be due all the same."""
        if lease.role in READ_ROLES:
            for of_host in self._urls.lists_from(lease.url, run_began=self._session.began):
                self._host_has_work(of_host)
        elif (original := self._session.recorder.unmodified(lease.url)) is not None:
            self._take_shown(lease, original)

    def _read_list(self, lease: Lease, exchange: Exchange, now: float) -> None:
        """Queue what a feed, sitemap, REST page, section or home page names."""
        found = discover(exchange, self._session.source(lease.source))
        came = Came(lease.source, lease.url, lease.hops + 1)
        pages = [self._offer(candidate, came) for candidate in found.candidates if candidate.role == "page"]
        nothing_new = bool(pages) and all(offer == "known" for offer in pages)
        for candidate in found.candidates:
            if candidate.role != "page" and self._is_worth_reading(candidate, lease, nothing_new=nothing_new):
                # What every page of a site names counts once, or its navigation would use up the limit.
                queued = self._offer(candidate, came) == "queued"
                self._lists_read[lease.source, candidate.role] += queued
        self._note_endpoint(lease, exchange, found, now)
        if lease.role == "home":
            self._probe(lease, found)

    # --- what was found

    def _is_worth_reading(self, candidate: Candidate, lease: Lease, *, nothing_new: bool) -> bool:
        """Whether a further list is worth its request."""
        paging = candidate.role == lease.role and candidate.role in {"wordpress", "section"}
        too_deep = candidate.role == "section" and lease.hops + 1 > self._session.scope.depth
        if (paging and nothing_new) or too_deep:
            return False
        limit = MAX_SECTIONS if candidate.role == "section" else MAX_LISTS
        return self._lists_read[lease.source, candidate.role] < limit

    def _offer(self, candidate: Candidate, came: Came) -> Offer:
        of_host = host(candidate.url)
        if is_private(of_host) and of_host not in self._named_hosts:
            self._session.tally.errors["private_address"] += 1
            return "known"
        if self._session.is_taken_down(candidate.url):
            return "known"  # a feed may name it for years: told once, where it was asked for by name
        if self._session.traps.refuses(candidate):
            return "known"
        offer = self._found.offer(candidate, came=came, run_began=self._session.began)
        if offer == "queued":
            self._host_has_work(of_host)
        return offer

    def _probe(self, lease: Lease, found: Discovery) -> None:
        """Try the well-known addresses of a site that names neither feed nor sitemap nor REST."""
        named = any(candidate.role in FEED_ROLES for candidate in found.candidates)
        # robots.txt came before the home page, so its sitemaps are in the frontier by now.
        known = any(role in FEED_ROLES for role, _ in self._urls.counts(lease.source))
        if not (named or known):
            for candidate in probes(lease.url):
                self._offer(candidate, Came(lease.source, lease.url, lease.hops + 1))

    # --- the plan

    def _note_endpoint(self, lease: Lease, exchange: Exchange, found: Discovery, now: float) -> None:
        if lease.found_by == "well-known" and not found.candidates:
            return
        seen = report(exchange, found, lease.found_by or "link")
        faults = "; ".join(seen.faults)[:MAX_FAULT_LENGTH] or None
        endpoint = Endpoint(
            lease.url, lease.source, seen.role, seen.found_by, seen.entries, seen.dated, seen.endpoints,
            seen.newest, faults, seen.status,
        )  # fmt: skip
        self._keep_endpoint(lease, endpoint, now)

    def _keep_endpoint(self, lease: Lease, endpoint: Endpoint, now: float) -> None:
        if lease.source and (lease.role == "home" or lease.found_by in ROOT_FINDERS):
            self._plans.keep_endpoint(endpoint, now)
