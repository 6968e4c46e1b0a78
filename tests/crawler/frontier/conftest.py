"""A whole crawl in a moment: the scheduler, without Scrapy, a network or a real clock."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from archive.ingest import Recorder
from archive.records import Candidate, Exchange
from archive.store import ArchiveStore
from archive.store.frontier import Came, FrontierStore
from archive.urls import host
from archive.warc.writer import WarcWriter
from crawler.frontier import scheduler
from crawler.frontier.scheduler import Frontier
from crawler.session import Scope, Session
from settings.app import ArchiveSettings, CrawlSettings, Settings, SourceSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from archive.records import ErrorKind, Headers

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SOURCE = SourceSettings(name="news", url="https://news.test/")


@dataclass(frozen=True, slots=True)
class Reply:
    """What a simulated host does."""

    status: int | None = 200
    error: ErrorKind | None = None
    headers: Headers = ()
    seconds: float = 0.1
    """It takes."""
    body: bytes = b""
    """HTML."""


NO_ROBOTS = Reply(404)
SILENT = Reply(None, "timeout", seconds=60.0)


@dataclass
class Web:
    """Hosts that do as a test says, and a clock that runs only while something happens."""

    folder: Path
    clock: time_machine.Traveller
    replies: Callable[[str], Reply] = lambda _: Reply()
    asked: list[str] = field(default_factory=list)
    """URLs, robots.txt left out."""

    def wait(self, seconds: float) -> None:
        self.clock.shift(seconds)

    def crawl(
        self,
        pages: list[str],
        *,
        home: bool = False,
        scheduled: bool = False,
        steps: int = 100_000,
        **crawl: Any,
    ) -> Session:
        """Crawl until nothing is left that the crawl waits for; returns the session, its stores closed."""
        settings = Settings(
            archive=ArchiveSettings(contact="tests@example.org"),
            crawl=CrawlSettings(**crawl),
            source=[SOURCE],
        )
        with (
            ArchiveStore.open(self.folder) as store,
            FrontierStore.open(self.folder) as frontier,
            WarcWriter(self.folder / "warc", prefix="t", info={}, max_bytes=1 << 30) as writer,
        ):
            scope = Scope(sources=(SOURCE,), scheduled=scheduled)
            session = Session(
                settings, scope, store=store, frontier=frontier, recorder=Recorder(writer, store), pool=None
            )
            frontier.urls.free_leases()
            frontier.urls.select(["news"])
            self.queue(frontier, pages)
            if home:
                found = Candidate(SOURCE.url, role="home", found_by="user")
                frontier.found.visit(found, source="news", now=time.time())
            frontier.urls.retry_failed(["news"], time.time())
            running = self.running(session)
            while session.failure is None and running.has_pending_requests():
                steps -= 1
                assert steps, "the crawl does not end"
                self.step(running)
            if session.failure is not None:
                raise session.failure
        return session

    def queue(self, frontier: FrontierStore, pages: list[str]) -> None:
        """A feed names pages."""
        for url in pages:
            frontier.found.offer(Candidate(url, found_by="feed"), came=Came("news"), run_began=time.time())

    def running(self, session: Session) -> Frontier:
        """The scheduler of a crawl that begins."""
        crawler: Any = SimpleNamespace(
            spider=SimpleNamespace(settle=print, settle_failure=print),
            settings={"USER_AGENT": "t"},
            engine=None,
        )
        running = Frontier(crawler, session)
        running.open(crawler.spider)
        return running

    def step(self, running: Frontier) -> None:
        """One request from its start to its end, or the wait until the next."""
        request = running.next_request()
        if request is None:
            if not running.has_pending_requests():
                return
            times = [running._hosts.next_time(), *(due for due, _ in running._robots_due)]
            self.wait(max(0.001, min((due for due in times if due is not None), default=0.0) - time.time()))
            return
        robots = request.url.endswith("/robots.txt")
        if not robots:
            self.asked.append(request.url)
        reply = NO_ROBOTS if robots else self.replies(request.url)
        self.wait(reply.seconds)
        running.settle(request.meta, answer(request.url, reply))

    @property
    def tries(self) -> Counter[str]:
        """Host -> requests, robots.txt left out."""
        return Counter(host(url) for url in self.asked)

    def states(self) -> Counter[str]:
        """State -> URLs."""
        with FrontierStore.open(self.folder) as frontier:
            return Counter(row[0] for row in frontier.urls._batch.read("SELECT state FROM urls"))


def answer(url: str, reply: Reply) -> Exchange:
    sent = b"" if reply.error in {"dns", "connect"} else b"GET"
    return Exchange(
        url, datetime.now(UTC), sent, b"HTTP/1.1" if reply.status else b"", reply.status,
        headers=(*reply.headers, (b"Content-Type", b"text/html")), body=reply.body, error=reply.error,
    )  # fmt: skip


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    monkeypatch.setattr(scheduler, "call_later", lambda *_: SimpleNamespace(cancel=lambda: None))
    with time_machine.travel(NOON, tick=False) as clock:
        yield Web(tmp_path, clock)
