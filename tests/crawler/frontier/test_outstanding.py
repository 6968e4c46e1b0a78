"""No lease stays out: what Scrapy drops is queued again, and what a reader cannot stand is given up."""

from __future__ import annotations

import sqlite3
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from archive.ingest import Recorder
from archive.store import ArchiveStore
from archive.store.frontier import FrontierStore
from archive.store.frontier.urls import Urls
from archive.warc.writer import WarcWriter
from crawler.frontier import scheduler, visit
from crawler.frontier.outstanding import Outstanding
from crawler.session import Scope, Session
from settings.app import ArchiveSettings, CrawlSettings, Settings
from tests.crawler.frontier.conftest import SOURCE, Reply, Web, answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.frontier.scheduler import Frontier

URL = "https://news.test/story.html"
TIMEOUT = 20.0
LOST_SECONDS = 2 * TIMEOUT + scheduler.GRACE_SECONDS


def test_a_ticket_ends_once_and_is_lost_when_its_time_is_over() -> None:
    outstanding = Outstanding(longest=10.0)
    first, second = outstanding.begin({"name": "first"}, 0.0), outstanding.begin({"name": "second"}, 5.0)
    assert outstanding
    assert outstanding.lost(10.0) == []
    assert outstanding.lost(11.0) == [{"name": "first"}]
    assert outstanding.lost(11.0) == []
    assert not outstanding.end(first), "it is no longer waited for"
    assert outstanding.end(second)
    assert not outstanding.end(second)
    assert not outstanding


# --- in a crawl


@pytest.fixture
def running(web: Web, monkeypatch: pytest.MonkeyPatch) -> Iterator[Frontier]:
    """A crawl of one page; the clock for what is under way is the one that the test moves."""
    monkeypatch.setattr(scheduler, "time", SimpleNamespace(time=time.time, monotonic=time.time))
    settings = Settings(
        archive=ArchiveSettings(contact="tests@example.org"),
        crawl=CrawlSettings(timeout=TIMEOUT, delay=0.0),
        source=[SOURCE],
    )
    web.crawl([], delay=0.0)
    with (
        ArchiveStore.open(web.folder) as store,
        FrontierStore.open(web.folder) as frontier,
        WarcWriter(web.folder / "warc", prefix="t", info={}, max_bytes=1 << 30) as writer,
    ):
        scope = Scope(sources=(SOURCE,))
        session = Session(
            settings, scope, store=store, frontier=frontier, recorder=Recorder(writer, store), pool=None
        )
        frontier.urls.select(["news"])
        web.queue(frontier, [URL])
        running = web.running(session)
        web.step(running)  # robots.txt
        yield running


def state(running: Frontier) -> tuple[str, int, str | None]:
    rows = running._session.frontier.urls._batch.read(
        "SELECT state, attempts, error FROM urls WHERE url = ?", (URL,)
    )
    return tuple(rows.fetchone())


def test_a_request_that_never_comes_back_is_queued_again(web: Web, running: Frontier) -> None:
    dropped = running.next_request()
    assert dropped is not None
    web.wait(LOST_SECONDS - 1)
    running._tick()
    assert state(running) == ("leased", 1, None)
    assert running.next_request() is None
    assert running.has_pending_requests()
    web.wait(2)
    running._tick()
    assert state(running) == ("queued", 1, "timeout")
    web.wait(30)
    again = running.next_request()
    assert again is not None
    assert again.url == URL
    running.settle(again.meta, answer(URL, Reply()))
    assert state(running)[0] == "done"
    assert running.next_request() is None
    assert not running.has_pending_requests()
    running.settle(dropped.meta, answer(URL, Reply(500)))
    assert state(running)[0] == "done", "what comes after all changes nothing"
    assert running._hosts.state("news.test").in_flight == 0


def test_a_request_that_is_always_dropped_is_given_up_in_the_end(web: Web, running: Frontier) -> None:
    for _ in range(20):
        running.next_request()
        web.wait(LOST_SECONDS + 1)
        running._tick()
    assert state(running) == ("failed", 4, "timeout")
    assert not running.has_pending_requests()


def test_a_robots_txt_that_never_comes_back_is_asked_for_once_more(web: Web, running: Frontier) -> None:
    web.queue(running._session.frontier, ["https://other.test/story.html"])
    running._host_has_work("other.test")
    asked: list[Any] = []
    for _ in range(6):
        request = running.next_request()
        asked += [request.url] if request is not None else []
        web.wait(LOST_SECONDS + 1)
        running._tick()
    assert asked.count("https://other.test/robots.txt") == 2
    assert "https://other.test/story.html" not in asked, "without it nothing is asked for"


# --- a reader that fails


def test_a_page_that_is_too_much_for_a_reader_is_given_up_and_told(
    web: Web, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def overwhelmed(*_: object) -> None:
        raise RecursionError("too deep \x1b[2J")

    monkeypatch.setattr(visit, "discover", overwhelmed)
    session = web.crawl([], home=True)
    assert session.tally.errors == {"fault": 1}
    assert web.states() == {"failed": 1}
    assert "https://news.test/: given up" in caplog.text
    assert "\x1b" not in caplog.text
    monkeypatch.undo()


def test_a_visit_that_fails_half_way_leaves_nothing_half_written(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = visit.Visitor._offer, []

    def fails_at_the_third(self: visit.Visitor, *found: Any) -> Any:
        calls.append(found)
        if len(calls) == 3:
            raise ZeroDivisionError
        return real(self, *found)

    monkeypatch.setattr(visit.Visitor, "_offer", fails_at_the_third)
    links = "".join(f"<a href='/2026/03/01/story-{n}'>A headline of some words {n}</a>" for n in range(5))
    web.replies = lambda _: Reply(body=links.encode())
    web.crawl([], home=True)
    assert len(calls) == 3
    assert web.states() == {"failed": 1}, "neither done without its links, nor two of them without the rest"


def test_a_frontier_that_cannot_be_read_ends_the_crawl_and_is_no_fault_of_a_url(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise sqlite3.DatabaseError("database disk image is malformed")

    for name in ("acknowledge", "peek"):
        with monkeypatch.context() as patched, pytest.raises(sqlite3.DatabaseError):  # noqa: PT012
            patched.setattr(Urls, name, broken)
            web.crawl([URL])
        assert not web.states()["failed"]
