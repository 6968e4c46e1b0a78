"""A crawl from start to end: stores opened, leases freed, Scrapy run, everything drained."""

from __future__ import annotations

import json
import logging
import signal
import sys
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from scrapy import signals
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings as ScrapySettings

import settings.crawl as scrapy_values
from archive.custody import manifest
from archive.errors import NotFoundError, TakenDownError, UsageError
from archive.ingest import Derivation, Recorder, recover
from archive.records import Candidate
from archive.store import ArchiveStore
from archive.store.frontier import FrontierStore
from archive.store.lock import CrawlLock
from archive.urls import normalise
from archive.warc.writer import WarcWriter
from crawler.discovery import EndpointReport, rank
from crawler.frontier.catchup import catch_up
from crawler.frontier.leftover import leftover
from crawler.identity import user_agent, warcinfo
from crawler.schedule import check_sources
from crawler.schedule import due as due_sources
from crawler.session import Scope, Session
from crawler.spiders.news import NewsSpider
from settings.file import load

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from crawler.session import Tally
    from settings.app import Settings, SourceSettings

RESUME_SECONDS = 3600.0
"""A crawl that was killed or stopped goes on where it was, if it began within this; lists that are read already are
not read again. After a longer time there is news in them."""
ENDPOINT_PRIORITY = -20
NAMED_PAGE_PRIORITY = -100


@dataclass(frozen=True, slots=True)
class CrawlSummary:
    """What a crawl did: `crawl --json`."""

    requests: int
    captures: int
    articles_new: int
    articles_changed: int
    unchanged: int
    rejected: dict[str, int]
    errors: dict[str, int]
    requisites: int
    """Images, style sheets and the like that came."""
    requisites_failed: int
    seconds: float
    refused: dict[str, int] = field(default_factory=dict)
    """Links that lead into a trap, by its kind."""
    left: dict[str, int] = field(default_factory=dict)
    """URLs that wait for a later crawl, by why: see `crawler.frontier.leftover`."""
    hosts_failing: list[str] = field(default_factory=list)
    """Hosts that are left alone since nothing of them could be had."""
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """What to crawl."""

    sources: Sequence[str] = ()
    """Names; none means all."""
    urls: Sequence[str] = ()
    """Single pages instead of sources."""
    due: bool = False
    max_pages: int | None = None
    depth: int | None = None
    look_again: bool = False
    """Every article that was ever fetched, whatever its age."""
    requisites: bool = True
    """Also what the pages show beside their text."""
    extract: bool = True
    command: str = "crawl"


def run_crawl(folder: Path, order: Order, report: Callable[[Tally, int], None] | None = None) -> CrawlSummary:
    """Crawl; one crawl a process, since Twisted's reactor cannot start twice.

    Args:
        folder: the archive.
        order: what to crawl.
        report: called about twice a second with the tally and the pages still waiting for extraction.

    Raises:
        ConfigError: warraq.toml is wrong.
        NotFoundError: no source of that name.
        ArchiveBusyError: another process crawls this archive.
        TakenDownError: the pages that were named are not to be fetched.
    """
    settings = load(folder)
    check_sources(settings.source)
    derivation = Derivation.of(folder, settings)
    with ExitStack() as stack:
        stack.enter_context(CrawlLock(folder, command=order.command))
        store = stack.enter_context(ArchiveStore.open(folder))
        frontier = stack.enter_context(FrontierStore.open(folder))
        recover(folder, store)
        scope = _scope(settings, order, frontier)
        _check_not_taken_down(scope.urls, store)
        writer = stack.enter_context(
            WarcWriter(
                folder / "warc",
                prefix=settings.archive.prefix,
                info=warcinfo(settings, scope.sources),
                max_bytes=settings.storage.max_warc_bytes,
                on_finished=manifest.appender(folder),
            )
        )
        pool = stack.enter_context(derivation.pool()) if order.extract else None
        session = Session(
            settings, scope, store=store, frontier=frontier, recorder=Recorder(writer, store), pool=pool
        )
        session.report = report
        now = session.began
        session.began = frontier.plans.cut_short(now - RESUME_SECONDS) or now
        catch_up(session)
        session.run = run = frontier.plans.begin_run(
            order.command, now, began=session.began, recorded=session.recorder.last_id
        )
        session.resume()
        _seed(session)
        interrupted = _fetch(session)
        if session.failure is not None:
            raise session.failure
        session.checkpoint()
        interrupted = interrupted or not _drain(session)
        if not interrupted:
            _rank(session)
            if order.max_pages != 0:  # a plan alone is no crawl: the schedule still waits for its first
                frontier.plans.mark_crawled([source.name for source in scope.sources], time.time())
        summary = _summary(session, interrupted=interrupted)
        frontier.plans.end_run(run, json.dumps(asdict(summary)), time.time())
    return summary


def _scope(settings: Settings, order: Order, frontier: FrontierStore) -> Scope:
    depth = settings.crawl.depth if order.depth is None else order.depth
    if order.urls:
        urls = []
        for url in order.urls:
            fetchable = normalise(url)
            if fetchable is None:
                raise UsageError(f"{url!r} is no URL that can be fetched; give http://... or https://...")
            urls.append(fetchable)
        return Scope(urls=tuple(urls), max_pages=order.max_pages, depth=depth, requisites=order.requisites)
    by_name = {source.name: source for source in settings.source}
    unknown = [name for name in order.sources if name not in by_name]
    if unknown:
        raise NotFoundError(f"no source named {', '.join(unknown)}; 'warraq sources list' shows their names.")
    chosen: list[SourceSettings] = [by_name[name] for name in order.sources] or list(settings.source)
    if not chosen:
        raise NotFoundError(
            "this archive has no sources yet; 'warraq sources add https://news.example/' adds one."
        )
    if order.due:
        chosen = due_sources(chosen, frontier.plans.last_crawled(), time.time())
    return Scope(
        sources=tuple(chosen),
        max_pages=order.max_pages,
        depth=depth,
        look_again=order.look_again,
        requisites=order.requisites and order.max_pages != 0,
        scheduled=order.due,
    )


def _check_not_taken_down(urls: Sequence[str], store: ArchiveStore) -> None:
    """Say why nothing is fetched where every page that was named is taken down; single ones are counted."""
    reasons = [f"{url}: {takedown}" for url in urls if (takedown := store.takedowns.of_url(url)) is not None]
    if reasons and len(reasons) == len(urls):
        raise TakenDownError(f"{'; '.join(reasons)}. It is not fetched again.")


def _seed(session: Session) -> None:
    """Queue what this crawl begins with."""
    frontier, now, scope = session.frontier, session.began, session.scope
    names = [source.name for source in scope.sources]
    frontier.urls.free_leases()
    picked = [
        frontier.found.visit(
            Candidate(url, role="page", found_by="user", priority=NAMED_PAGE_PRIORITY), source="", now=now
        )
        for url in scope.urls
    ]
    frontier.urls.select(names, picked)
    for source in scope.sources:
        home = Candidate(source.url, role="home", found_by="user", priority=ENDPOINT_PRIORITY - 1)
        frontier.found.visit_list(home, source=source.name, now=now)
        for url in source.endpoints:
            named = Candidate(url, role="feed", found_by="user", priority=ENDPOINT_PRIORITY)
            frontier.found.visit_list(named, source=source.name, now=now)
        for endpoint in frontier.plans.endpoints(source.name):
            if endpoint.role != "home" and endpoint.status not in {404, 410}:
                again = Candidate(
                    endpoint.url, role=endpoint.role, found_by=endpoint.found_by, priority=ENDPOINT_PRIORITY
                )
                frontier.found.visit_list(again, source=source.name, now=now)
    frontier.urls.retry_failed(names, now)
    if scope.max_pages != 0:
        frontier.urls.look_again(names, now, everything=scope.look_again)
    frontier.commit()


def _fetch(session: Session) -> bool:
    """Run Scrapy until the frontier has nothing left; returns whether it was interrupted."""
    crawl = session.settings.crawl
    scrapy_settings = ScrapySettings()
    scrapy_settings.setmodule(scrapy_values)
    scrapy_settings.update(
        {
            "USER_AGENT": user_agent(session.settings),
            "CONCURRENT_REQUESTS": crawl.concurrency,
            "DOWNLOAD_TIMEOUT": crawl.timeout,
            "WARRAQ_MAX_BODY": crawl.max_body,
            "WARRAQ_TLS": crawl.tls,
            "WARRAQ_ALLOWED_HOSTS": session.scope.named_hosts,
        }
    )
    _log_faults_alone()
    process = AsyncCrawlerProcess(scrapy_settings)
    for name in ("scrapy", "twisted"):
        logging.getLogger(name).setLevel(logging.ERROR)  # Scrapy sets its own to DEBUG, and formats each line
    crawler: Any = process.create_crawler(NewsSpider)
    crawler.session = session
    crawler.capture_sink = session.capture
    reasons: list[str] = []

    def closed(reason: str) -> None:
        reasons.append(reason)

    crawler.signals.connect(closed, signal=signals.spider_closed, weak=False)
    crawling = process.crawl(crawler)
    process.start()
    if crawling.done() and not crawling.cancelled() and (fault := crawling.exception()) is not None:
        raise fault  # the crawl never began
    return reasons != ["finished"]


def _drain(session: Session) -> bool:
    """Wait for extraction; returns whether nothing is left. What is left waits for the next crawl."""
    # Scrapy's handlers would tell a reactor that has stopped.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        session.drain()
    except KeyboardInterrupt:
        return False
    return True


def _log_faults_alone() -> None:
    """What Scrapy logs of single requests stands in the tally; its errors are faults of ours."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(logging.ERROR)
    handler.setFormatter(logging.Formatter("warraq: %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)


def _rank(session: Session) -> None:
    """Put each source's endpoints in the order of what they gave."""
    for source in session.scope.sources:
        reports = [
            EndpointReport(
                url=e.url, role=e.role, found_by=e.found_by, entries=e.entries or 0, newest=e.newest,
                status=e.status, dated=e.dated or 0, endpoints=e.further or 0,
            )
            for e in session.frontier.plans.endpoints(source.name)
        ]  # fmt: skip
        session.frontier.plans.rank_endpoints(source.name, [report.url for report in rank(reports)])


def _summary(session: Session, *, interrupted: bool) -> CrawlSummary:
    tally = session.tally
    left = leftover(session.frontier, session.settings.crawl, time.time())
    return CrawlSummary(
        requests=tally.requests,
        captures=tally.captures,
        articles_new=tally.articles_new,
        articles_changed=tally.articles_changed,
        unchanged=tally.unchanged,
        rejected=dict(sorted(tally.rejected.items())),
        errors=dict(sorted(tally.errors.items())),
        requisites=tally.requisites,
        requisites_failed=tally.requisites_failed,
        seconds=round(tally.seconds, 3),
        refused={str(trap): count for trap, count in sorted(session.traps.refused.items())},
        left={str(reason): count for reason, count in left.urls.items()},
        hosts_failing=left.hosts_failing,
        interrupted=interrupted,
    )
