"""One crawl of one archive: what its parts share, and the order in which things become durable."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING

from archive.extract import EXTRACTOR_VERSION
from archive.records import Provenance
from archive.urls import host
from crawler.discovery.parts import FINDER
from crawler.discovery.traps import TrapWatch
from settings.app import SourceSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from archive.ingest import DerivationPool, Recorder
    from archive.records import Capture, Exchange, Extraction, Role
    from archive.store import ArchiveStore, Outcome
    from archive.store.frontier import FrontierStore, Lease
    from settings.app import Settings

CHECKPOINT_SECONDS = 0.5
"""Longest time an exchange stays without its row; a crash then costs what was fetched in it once more."""
CHECKPOINT_CAPTURES = 200
MAX_BACKLOG_PAGES = 400
"""Pages waiting for extraction, past which nothing new is fetched: memory stays bounded while work grows."""


@dataclass(slots=True)
class Tally:
    """What a crawl did so far."""

    requests: int = 0
    captures: int = 0
    pages: int = 0
    articles_new: int = 0
    articles_changed: int = 0
    unchanged: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    """Of pages and lists, by kind."""
    requisites: int = 0
    """Images, style sheets and the like that came whole."""
    requisites_failed: int = 0
    hosts: set[str] = field(default_factory=set)
    began: float = field(default_factory=time.monotonic)

    def count(self, outcomes: Iterable[Outcome]) -> None:
        """Add what became of derived pages."""
        for outcome in outcomes:
            if outcome.kind == "new":
                self.articles_new += 1
            elif outcome.kind == "changed":
                self.articles_changed += 1
            elif outcome.kind == "unchanged":
                self.unchanged += 1
            else:
                self.rejected[outcome.reason or "unknown"] += 1

    def fail(self, error: str, *, for_requisite: bool) -> None:
        """Count a URL that could not be had; of what pages show, how many is enough to know."""
        if for_requisite:
            self.requisites_failed += 1
        else:
            self.errors[error] += 1

    @property
    def seconds(self) -> float:
        """Since the crawl began."""
        return time.monotonic() - self.began


@dataclass(frozen=True, slots=True)
class Scope:
    """What this crawl is asked to do."""

    sources: tuple[SourceSettings, ...] = ()
    urls: tuple[str, ...] = ()
    max_pages: int | None = None
    """Pages to fetch at most; 0 reads endpoints alone, to make a plan."""
    depth: int = 2
    look_again: bool = False
    """Fetch every known article once more, whatever its age."""
    requisites: bool = True
    """Also what pages show beside their text, as the settings say."""
    scheduled: bool = False
    """Begun by a schedule, not by hand: hosts that an earlier crawl found failing are left alone as long as it said."""

    @property
    def named_hosts(self) -> set[str]:
        """Hosts that the user named; these alone may have private addresses."""
        return {host(source.url) for source in self.sources} | {host(url) for url in self.urls}


NO_SOURCE = SourceSettings(name="none", url="http://none.invalid/")
"""Stands in for the source of pages that were named one by one."""


class Session:
    """The stores, the recorder, the workers and the tally of a running crawl."""

    def __init__(
        self,
        settings: Settings,
        scope: Scope,
        *,
        store: ArchiveStore,
        frontier: FrontierStore,
        recorder: Recorder,
        pool: DerivationPool | None,
    ) -> None:
        self.settings = settings
        self.scope = scope
        self.store = store
        self.frontier = frontier
        self.recorder = recorder
        self.pool = pool
        self.tally = Tally()
        self.failure: Exception | None = None
        """What made it impossible to go on, such as a full disk: the crawl ends, nothing is acknowledged."""
        self.report: Callable[[Tally, int], None] | None = None
        self.began = time.time()
        """What was fetched since is not fetched again; earlier where this crawl goes on with one that was cut short."""
        self.traps = TrapWatch(year=datetime.now(UTC).year)
        self.run: int | None = None
        """Id of this run in the frontier, once it has begun."""
        self._unsettled: dict[str, list[int]] = {}  # URL -> its captures since it was last settled
        self._sources = {source.name: source for source in (*settings.source, *scope.sources)}

    def source(self, name: str | None) -> SourceSettings:
        """A source's settings; those of none where the page was named by itself."""
        return self._sources.get(name or "", NO_SOURCE)

    def is_taken_down(self, url: str) -> bool:
        """Whether a URL is not to be fetched, as the ledger says."""
        return self.store.takedowns.of_url(url) is not None

    def provenance(self, lease: Lease, role: Role | None = None) -> Provenance:
        """What is known of a URL before it is fetched: it goes into the capture's metadata record."""
        source = self.source(lease.source)
        return Provenance(
            role=role or lease.role,
            source=lease.source or None,
            via=lease.via,
            hops=lease.hops,
            attempt=lease.attempts,
            redirects=lease.redirects,
            title=lease.title,
            published=lease.published,
            modified=lease.modified,
            section=lease.section,
            timezone=source.timezone,
            language=source.language,
            prune_xpath=tuple(source.prune_xpath),
            part_of=lease.via if lease.found_by == FINDER else None,
        )

    def capture(self, exchange: Exchange) -> None:
        """Take an exchange from the wire: the sink of the capture tap."""
        if self.failure is not None:
            return
        try:
            capture = self.recorder.record(exchange)
        except Exception as error:
            self.failure = error
            raise
        self._unsettled.setdefault(exchange.url, []).append(capture.id)
        self.tally.requests += 1
        self.tally.captures += 1
        self.tally.hosts.add(host(exchange.url))
        if capture.record_type == "revisit" and capture.role == "page":
            self.tally.unchanged += 1  # nothing to extract: the text is the one of the capture it repeats

    def settled(self, url: str) -> None:
        """What was captured of a URL has led to what it leads to in the frontier."""
        self._unsettled.pop(url, None)

    @property
    def backlog(self) -> int:
        """Pages fetched and not yet extracted."""
        return self.recorder.pending + (self.pool.backlog if self.pool is not None else 0)

    def checkpoint(self) -> None:
        """WARC, then captures, then the frontier; each step may be done again without harm."""
        waiting = self.recorder.checkpoint()
        if self.run is not None:
            unsettled = chain.from_iterable(self._unsettled.values())
            self.frontier.plans.keep_settled(self.run, self.recorder.last_id, unsettled)
        self.frontier.commit()
        self.recorder.close_idle(self.settings.storage.max_warc_idle_seconds)
        if self.pool is not None:
            self.pool.submit(waiting)
            self._apply(self.pool.ready())
        if self.report is not None:
            self.report(self.tally, self.backlog)

    def resume(self) -> int:
        """Hand the pages of an earlier, interrupted crawl to the workers; returns how many."""
        if self.pool is None:
            return 0
        waiting: list[Capture] = self.store.waiting()
        self.pool.submit(waiting)
        return len(waiting)

    def drain(self) -> None:
        """Wait for every page that is still being extracted."""
        if self.pool is not None:
            for derived in self.pool.drain():
                self._apply(derived)
                self.recorder.close_idle(self.settings.storage.max_warc_idle_seconds)
                if self.report is not None:
                    self.report(self.tally, self.backlog)
            self.store.settle_sites()

    def _apply(self, derived: list[tuple[Capture, Extraction]]) -> None:
        if not derived:
            return
        outcomes = self.store.apply(derived, EXTRACTOR_VERSION)
        self.tally.count(outcomes)
        for (capture, _), outcome in zip(derived, outcomes, strict=True):
            if outcome.reason == "soft_404":
                self._confirm_absence(capture)

    def _confirm_absence(self, capture: Capture) -> None:
        """Have a page that says with 200 that it is gone looked at a second time, as with 404."""
        page = self.store.page(capture.url)
        if page is not None and page.state.status == "gone":
            self.frontier.urls.look_soon(capture.canonical_url)
