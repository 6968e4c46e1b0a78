"""Scrapy's scheduler over the frontier: one URL at a time, of hosts whose time has come."""

from __future__ import annotations

import heapq
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from scrapy import Request
from scrapy.core.scheduler import BaseScheduler
from scrapy.exceptions import NotConfigured
from scrapy.utils.asyncio import call_later
from scrapy.utils.defer import deferred_from_coro

from archive.records import Exchange, Provenance
from archive.urls import host, is_private, origin, registrable_domain
from crawler.discovery import discover
from crawler.frontier.budget import DayBudget
from crawler.frontier.failing import TOO_MANY_REQUESTS, FailingHosts
from crawler.frontier.gate import Asked, Passage, RobotsGate
from crawler.frontier.hosts import HostQueue
from crawler.frontier.outstanding import Outstanding
from crawler.frontier.requisites import LATER_SECONDS
from crawler.frontier.verdict import Limits, judge
from crawler.frontier.visit import BROKEN_STORE, Visitor
from crawler.identity import robots_token
from crawler.session import CHECKPOINT_CAPTURES, CHECKPOINT_SECONDS, MAX_BACKLOG_PAGES

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.crawler import Crawler
    from twisted.internet.defer import Deferred

    from archive.records import ErrorKind
    from archive.store.frontier import Lease
    from crawler.session import Session

PATIENCE_SECONDS = 300.0
"""A URL due later than this is left for another crawl; the crawl does not wait for it."""
BUSY_SECONDS = 0.2
"""When to look again while extraction lags behind."""
GRACE_SECONDS = 60.0
"""Longer than a request can take, past which it is taken back as lost."""
SLOWED_DELAY_SECONDS = 0.5
LONGEST_SLOWED_DELAY_SECONDS = 10.0
ROBOTS_REDIRECTS = 5
"""RFC 9309, 2.3.1.2: at least five."""


class Frontier(BaseScheduler):
    """Hands out leases as requests and takes their exchanges back."""

    def __init__(self, crawler: Crawler, session: Session) -> None:
        self._crawler = crawler
        self._session = session
        crawl = session.settings.crawl
        self._hosts = HostQueue(default_delay=crawl.delay, per_host=crawl.per_host)
        self._gate = RobotsGate(
            session.frontier, token=robots_token(session.settings), run_began=session.began
        )
        self._named = session.scope.named_hosts
        self._visitor = Visitor(session, host_has_work=self._host_has_work, named_hosts=self._named)
        self._robots_limits = Limits(retries=min(1, crawl.retries), redirects=ROBOTS_REDIRECTS)
        # The look-up of a name and the download have the whole time each.
        self._outstanding = Outstanding(longest=2 * crawl.timeout + GRACE_SECONDS)
        self._failing = FailingHosts(
            session.frontier.hosts, rest_after=crawl.rest_after, heed=session.scope.scheduled
        )
        self._budget = DayBudget(session.frontier.hosts, crawl.max_pages_per_host_day)
        self._pages_left = session.scope.max_pages
        self._pages_of: dict[str, int] = {}
        self._last_checkpoint = time.monotonic()
        self._wake_up: Any = None
        self._closing: Deferred[None] | None = None
        self._robots_due: list[tuple[float, Asked]] = []

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's way in; the session was put on the crawler by who started it.

        Raises:
            NotConfigured: nobody did: the spider was started by Scrapy's own command.
        """
        session: Session | None = getattr(crawler, "session", None)
        if session is None:
            raise NotConfigured(
                "a crawl needs an archive to go into: run 'warraq crawl' instead of 'scrapy crawl'"
            )
        return cls(crawler, session)

    # --- what Scrapy asks

    def open(self, spider: Spider) -> None:
        """Take up the hosts that have URLs of this crawl."""
        # Of all hosts, not of those alone that have work by now: a redirect may lead to a host that rests.
        for name, (not_before, delay) in self._session.frontier.hosts.pauses().items():
            self._hosts.rest(name, not_before)
            self._hosts.slow_down(name, delay or 0.0)
        for name, until in self._failing.resting(time.time()).items():
            self._hosts.rest(name, until)
        for name, due in self._session.frontier.urls.hosts_waiting():
            self._host_has_work(name, due)
        for source in self._session.scope.sources:
            if source.delay is not None:
                self._hosts.state(host(source.url)).delay = source.delay
        self._tick()

    def close(self, reason: str) -> None:
        """Make durable what is left."""
        if self._wake_up is not None:
            self._wake_up.cancel()
            self._wake_up = None
        if self._session.failure is None:
            self._session.checkpoint()

    def has_pending_requests(self) -> bool:
        """Whether this crawl has anything left to do, and soon enough to wait for it."""
        if self._outstanding or self._robots_due:
            return True
        due = self._hosts.next_time()
        return due is not None and due - time.time() <= PATIENCE_SECONDS

    def enqueue_request(self, request: Request) -> bool:
        """Nothing comes in this way: found URLs go into the frontier's tables with their exchange."""
        raise RuntimeError(f"{request} was yielded past the frontier")

    def next_request(self) -> Request | None:
        """The next request of a host whose time has come."""
        if self._session.failure is not None or self._session.backlog > MAX_BACKLOG_PAGES:
            return None
        try:
            return self._next(time.time())
        except BROKEN_STORE as error:
            self._session.failure = error
            return None

    def _next(self, now: float) -> Request | None:
        if self._robots_due and self._robots_due[0][0] <= now:
            return self._request_robots(heapq.heappop(self._robots_due)[1], now)
        while (of_host := self._hosts.pop(now)) is not None:
            request = self._lease_from(of_host, now)
            if request is not None:
                return request
        return None

    # --- leasing

    def _host_has_work(self, of_host: str, due: float = 0.0) -> None:
        self._hosts.offer(of_host, max(due, time.time()))

    def _lease_from(self, of_host: str, now: float) -> Request | None:
        frontier = self._session.frontier
        pages = (self._pages_left is None or self._pages_left > 0) and self._budget.allows(of_host, now)
        requisites = self._session.scope.requisites
        while (lease := frontier.urls.peek(of_host, now, pages=pages, requisites=requisites)) is not None:
            if (why := self._refusal(lease)) is not None:
                self._visitor.refuse(lease, why)
                continue
            if self._pages_of.get(lease.source, 0) >= self._session.settings.crawl.max_pages_per_source:
                return None
            of_origin, shown = origin(lease.url), lease.role == "requisite"
            passage = self._passage(lease, of_origin, now)
            if passage == "ask":
                self._gate.ask(of_origin)
                robots = f"{of_origin}/robots.txt"
                return self._request_robots(
                    Asked(of_origin, of_host, lease.source, robots, for_requisite=shown), now
                )
            if passage == "asked":
                return None
            if passage == "unreachable":  # its URLs wait for the next crawl; others of the host need not
                frontier.urls.bar(lease.url)
                continue
            if passage == "closed":
                self._visitor.refuse(lease, "robots")
                continue
            if shown and self._visitor.requisites.is_over(lease.source):
                frontier.urls.postpone(lease.id, now + LATER_SECONDS)
                continue
            return self._lease(lease, now)
        due = frontier.urls.earliest(of_host, pages=pages, requisites=requisites)
        if due is not None and due > now:
            self._host_has_work(of_host, due)
        return None

    def _refusal(self, lease: Lease) -> ErrorKind | None:
        if is_private(lease.host) and lease.host not in self._named:
            return "private_address"
        return "takedown" if self._session.is_taken_down(lease.identity) else None

    def _passage(self, lease: Lease, of_origin: str, now: float) -> Passage:
        if self._overridden(lease):
            return "open"
        return self._gate.passage(lease.url, of_origin, now, patient=lease.role == "requisite")

    def _overridden(self, lease: Lease) -> bool:
        """Whether robots.txt does not count, by the word of who crawls: on the source's own site."""
        source = self._session.source(lease.source)
        if source.robots_override_reason is None:
            return False
        return lease.role != "requisite" or registrable_domain(lease.host) == registrable_domain(
            host(source.url)
        )

    def _lease(self, lease: Lease, now: float) -> Request:
        self._session.frontier.urls.lease(lease.id)
        if lease.role == "page":
            self._budget.spend(lease.host, now)
            self._pages_of[lease.source] = self._pages_of.get(lease.source, 0) + 1
            if self._pages_left is not None:
                self._pages_left -= 1
        lease = replace(lease, attempts=lease.attempts + 1)
        self._hosts.slow_down(lease.host, self._gate.delay(origin(lease.url)) or 0.0)
        self._hosts.started(lease.host, now)
        self._hosts.offer(lease.host, now)
        meta = {"lease": lease, "provenance": self._session.provenance(lease)}
        return self._request(lease.url, meta, self._conditions(lease))

    def _conditions(self, lease: Lease) -> dict[str, str]:
        """Ask for a body only where it has changed (RFC 9110, 13.1), if the archive has the one before."""
        if not (lease.etag or lease.last_modified) or not self._session.recorder.originals.unmodified(
            lease.url
        ):
            return {}
        asked = {"If-None-Match": lease.etag, "If-Modified-Since": lease.last_modified}
        return {name: value for name, value in asked.items() if value}

    def _request(self, url: str, meta: dict[str, Any], conditions: dict[str, str] | None = None) -> Request:
        spider: Any = self._crawler.spider
        meta = {**meta, "ticket": self._outstanding.begin(meta, time.monotonic())}
        return Request(
            url, callback=spider.settle, errback=spider.settle_failure, dont_filter=True, meta=meta,
            headers={"User-Agent": self._crawler.settings["USER_AGENT"], **(conditions or {})},
            encoding="latin-1",  # as header fields came, they go back
        )  # fmt: skip

    # --- what came back

    def settle(self, meta: dict[str, Any], exchange: Exchange) -> None:
        """Take an exchange back from the wire."""
        if self._outstanding.end(meta["ticket"]):
            self._settle(meta, exchange)
        # Otherwise it was taken for lost and its URL queued again; what came lies in WARC, and is read from there.

    def _settle(self, meta: dict[str, Any], exchange: Exchange) -> None:
        if self._session.failure is not None:
            return  # it may not be in WARC: it stays leased, and the next crawl fetches it
        asked: Asked | None = meta.get("robots")
        of_host = asked.host if asked is not None else meta["lease"].host
        try:
            if asked is not None:
                self._note_failing(of_host, exchange, asked.attempts)
                self._robots_answered(asked, exchange)
            else:
                self._page_answered(meta["lease"], exchange)
            self._session.settled(exchange.url)
        except BROKEN_STORE as error:
            self._session.failure = error
        finally:
            self._hosts.finished(of_host, time.time())
            if self._session.recorder.pending >= CHECKPOINT_CAPTURES:
                self._checkpoint()

    def _page_answered(self, lease: Lease, exchange: Exchange) -> None:
        self._note_failing(lease.host, exchange, lease.attempts)
        verdict = self._visitor.settle(lease, exchange)
        if verdict.host_wait:
            self._rest(lease.host, verdict.host_wait, too_fast=exchange.status == TOO_MANY_REQUESTS)

    def _note_failing(self, of_host: str, exchange: Exchange, attempt: int) -> None:
        now = time.time()
        rest = self._failing.observe(of_host, exchange, attempt=attempt, now=now)
        self._hosts.rest(of_host, now + rest)

    def _take_back_lost(self) -> None:
        """Queue again what Scrapy dropped: nothing else would, and the crawl would wait for it for ever."""
        for meta in self._outstanding.lost(time.monotonic()):
            asked: Asked | None = meta.get("robots")
            url = asked.url if asked is not None else meta["lease"].url
            self._settle(
                meta,
                Exchange(
                    url, datetime.now(UTC), b"", error="timeout", error_detail="the request never came back",
                    provenance=meta["provenance"],
                ),
            )  # fmt: skip

    def _rest(self, of_host: str, seconds: float, *, too_fast: bool) -> None:
        """Leave a host alone; one that says it is asked too often is asked half as often from now on."""
        now, state = time.time(), self._hosts.state(of_host)
        resting = state.not_before > now + state.delay  # answers to what was in flight count once
        delay = None
        if too_fast and not resting:
            delay = min(LONGEST_SLOWED_DELAY_SECONDS, max(SLOWED_DELAY_SECONDS, state.delay * 2))
            self._hosts.slow_down(of_host, delay)
        self._hosts.rest(of_host, now + seconds)
        self._session.frontier.hosts.pause(of_host, now + seconds, delay)

    # --- robots.txt

    def _request_robots(self, asked: Asked, now: float) -> Request:
        self._hosts.started(asked.host, now)
        provenance = Provenance(
            role="robots", source=asked.source or None, attempt=asked.attempts, redirects=asked.redirects
        )
        return self._request(asked.url, {"robots": asked, "provenance": provenance})

    def _robots_answered(self, asked: Asked, exchange: Exchange) -> None:
        verdict = judge(
            exchange, attempts=asked.attempts, redirects=asked.redirects, limits=self._robots_limits
        )
        delay = self._hosts.state(asked.host).delay
        if verdict.action == "redirect" and verdict.location is not None:
            further = replace(asked, url=verdict.location, redirects=asked.redirects + 1)
            heapq.heappush(self._robots_due, (time.time() + delay, further))
        elif verdict.action == "again" and asked.host not in self._failing.resting(time.time()):
            further = replace(asked, attempts=asked.attempts + 1)
            heapq.heappush(self._robots_due, (time.time() + max(delay, verdict.wait), further))
        else:
            self._robots_final(asked, exchange, unanswered=exchange.error or verdict.error)

    def _robots_final(self, asked: Asked, exchange: Exchange, *, unanswered: str | None) -> None:
        rules = self._gate.answer(asked.origin, exchange, time.time())
        self._hosts.slow_down(asked.host, self._gate.delay(asked.origin) or 0.0)
        self._host_has_work(asked.host)
        if rules.unavailable:
            kind = "robots" if exchange.status is not None else unanswered or "robots"
            self._session.tally.fail(kind, for_requisite=asked.for_requisite)
            return
        found = discover(exchange, self._session.source(asked.source))
        self._visitor.take_sitemaps(asked.url, asked.source, found)

    # --- time

    def _tick(self) -> None:
        self._take_back_lost()
        if time.monotonic() - self._last_checkpoint >= CHECKPOINT_SECONDS:
            self._checkpoint()
        if self._session.failure is not None:
            self._end()
            return
        slot = getattr(self._crawler.engine, "_slot", None)
        if slot is not None:
            slot.nextcall.schedule()
        self._wake_up = call_later(self._pause(), self._tick)

    def _pause(self) -> float:
        due = min(
            (at for at in (self._hosts.next_time(), *(at for at, _ in self._robots_due[:1])) if at),
            default=None,
        )
        if due is None or self._session.backlog > MAX_BACKLOG_PAGES:
            return BUSY_SECONDS
        return min(BUSY_SECONDS, max(0.005, due - time.time()))

    def _checkpoint(self) -> None:
        if self._session.failure is not None:
            return  # a visit may be half written: none of it is to become durable
        try:
            self._session.checkpoint()
        except Exception as error:  # a full disk, say: end cleanly; who started the crawl raises it
            self._session.failure = error
        self._last_checkpoint = time.monotonic()

    def _end(self) -> None:
        engine: Any = self._crawler.engine
        closing = engine.close_spider_async(reason="failed")
        self._closing = deferred_from_coro(closing)  # as a task: it awaits futures of asyncio
