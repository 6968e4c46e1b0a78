"""The order in which things become durable: WARC, then captures, then the frontier; a failure ends it there."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from archive.errors import ArchiveError, WarcError
from archive.ingest import Recorder, recover
from archive.ingest.rebuild import own_files
from archive.records import Article, Candidate, Exchange, Provenance, Rejected
from archive.store import ArchiveStore, Outcome
from archive.store.frontier import Came, FrontierStore
from archive.warc.reader import scan
from archive.warc.writer import WarcWriter
from crawler.session import Scope, Session, Tally
from settings.app import ArchiveSettings, Settings, SourceSettings, StorageSettings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from archive.records import Capture, Extraction

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)
SOURCE = SourceSettings(
    name="news", url="https://news.test/", timezone="Asia/Damascus", language="ar", prune_xpath=["//aside"]
)
SETTINGS = Settings(archive=ArchiveSettings(contact="tests@example.org"), source=[SOURCE])
STEPS = ["sync", "captures", "frontier", "submit", "apply"]


def exchange(number: int, *, role: str = "page", status: int = 200) -> Exchange:
    head = b"HTTP/1.1 %d OK\r\nContent-Type: text/html\r\n\r\n" % status
    body = b"<p>Story %d</p>" % number
    return Exchange(
        f"https://news.test/{number}", BEGAN + timedelta(seconds=number), b"GET / HTTP/1.1\r\n\r\n", head + body,
        status, headers=((b"Content-Type", b"text/html"),), body=body, provenance=Provenance(role=role),  # type: ignore[arg-type]
    )  # fmt: skip


@dataclass
class Steps:
    """What was done, in order; one of them fails."""

    failing: str = ""
    done: list[str] = field(default_factory=list)

    def take(self, name: str) -> None:
        if name == self.failing:
            raise ArchiveError(f"{name} fails")
        self.done.append(name)


class Writer(WarcWriter):
    steps: Steps

    def sync(self) -> None:
        self.steps.take("sync")
        super().sync()


class Store(ArchiveStore):
    steps: Steps

    def add_captures(self, captures: list[Capture], *, waiting: set[int]) -> None:
        self.steps.take("captures")
        super().add_captures(captures, waiting=waiting)

    def apply(self, derived: list[tuple[Capture, Extraction]], extractor_version: str) -> list[Outcome]:
        self.steps.take("apply")
        return super().apply(derived, extractor_version)


class Frontier(FrontierStore):
    steps: Steps

    def commit(self) -> None:
        self.steps.take("frontier")
        super().commit()


@dataclass
class Pool:
    """Workers that are done at once."""

    steps: Steps
    queued: list[Capture] = field(default_factory=list)
    backlog: int = 0

    def submit(self, captures: list[Capture]) -> None:
        self.steps.take("submit")
        self.queued.extend(captures)

    def ready(self) -> list[tuple[Capture, Extraction]]:
        done, self.queued = self.queued, []
        return [(one, Article(one.url, one.canonical_url, "Title", f"Text of {one.url}.")) for one in done]

    def drain(self) -> Iterator[list[tuple[Capture, Extraction]]]:
        while self.queued:
            yield self.ready()


@dataclass
class Crawl:
    folder: Path
    session: Session
    steps: Steps

    def settled(self, number: int) -> None:
        """An exchange came and its URL is acknowledged."""
        self.session.capture(exchange(number))
        urls = self.session.frontier.urls
        self.session.frontier.found.offer(
            Candidate(f"https://news.test/{number}"), came=Came("news"), run_began=0.0
        )
        lease = urls.peek("news.test", float("inf"))
        assert lease is not None
        urls.lease(lease.id)
        urls.acknowledge(lease.id, status=200, now=1.0)

    def durable(self) -> dict[str, int]:
        """What another process would see."""
        found = {}
        for name, statement in (
            ("archive.db", "SELECT count(*) FROM captures"),
            ("frontier.db", "SELECT count(*) FROM urls WHERE state = 'done'"),
        ):
            db = sqlite3.connect(self.folder / name)
            (found[name],) = db.execute(statement).fetchone()
            db.close()
        return found


@pytest.fixture
def steps() -> Steps:
    return Steps()


@pytest.fixture
def crawl(tmp_path: Path, steps: Steps) -> Iterator[Crawl]:
    with (
        Store.open(tmp_path) as store,
        Frontier.open(tmp_path) as frontier,
        Writer(tmp_path / "warc", prefix="t", info={}, max_bytes=1 << 30) as writer,
    ):
        store.steps = frontier.steps = writer.steps = steps
        scope = Scope(sources=(SOURCE,))
        pool = Pool(steps)
        session = Session(
            SETTINGS, scope, store=store, frontier=frontier, recorder=Recorder(writer, store), pool=pool,  # type: ignore[arg-type]
        )  # fmt: skip
        frontier.urls.select(["news"])
        yield Crawl(tmp_path, session, steps)
        steps.failing = ""


def test_warc_then_captures_then_the_frontier_then_extraction(crawl: Crawl) -> None:
    for number in range(3):
        crawl.settled(number)
    assert crawl.durable() == {"archive.db": 0, "frontier.db": 0}, "nothing before the checkpoint"
    crawl.session.checkpoint()
    assert crawl.steps.done == STEPS
    assert crawl.durable() == {"archive.db": 3, "frontier.db": 3}
    assert crawl.session.tally.articles_new == 3


@pytest.mark.parametrize("failing", STEPS)
def test_a_step_that_fails_leaves_the_later_ones_undone(crawl: Crawl, failing: str) -> None:
    crawl.settled(1)
    crawl.steps.failing = failing
    with pytest.raises(ArchiveError, match=f"{failing} fails"):
        crawl.session.checkpoint()
    assert crawl.steps.done == STEPS[: STEPS.index(failing)]
    durable = crawl.durable()
    assert durable["frontier.db"] <= durable["archive.db"]
    assert durable["archive.db"] == ("captures" in crawl.steps.done)
    assert durable["frontier.db"] == ("frontier" in crawl.steps.done)


@pytest.mark.parametrize("failing", ["sync", "captures", "frontier"])
def test_what_fails_is_not_acknowledged_when_the_stores_are_closed(tmp_path: Path, failing: str) -> None:
    steps = Steps()
    with (  # noqa: PT012
        pytest.raises(ArchiveError, match="fails"),
        Store.open(tmp_path) as store,
        Frontier.open(tmp_path) as frontier,
        Writer(tmp_path / "warc", prefix="t", info={}, max_bytes=1 << 30) as writer,
    ):
        store.steps = frontier.steps = writer.steps = steps
        session = Session(
            SETTINGS, Scope((SOURCE,)), store=store, frontier=frontier, recorder=Recorder(writer, store), pool=None,
        )  # fmt: skip
        frontier.urls.select(["news"])
        crawl = Crawl(tmp_path, session, steps)
        crawl.settled(1)
        session.checkpoint()
        crawl.settled(2)
        steps.failing = failing
        session.checkpoint()
    assert crawl.durable()["frontier.db"] == 1
    (path,) = own_files(tmp_path / "warc")
    assert len(list(scan(path))) == 2, "what came is kept"
    with ArchiveStore.open(tmp_path) as store:
        recover(tmp_path, store)
        assert [capture.id for capture in store.captures()] == [1, 2], "and gets its row from the next crawl"


def test_a_long_wait_leaves_no_warc_file_half_open(crawl: Crawl) -> None:
    warc = crawl.folder / "warc"
    crawl.settled(1)
    crawl.session.checkpoint()
    (path,) = warc.iterdir()
    assert path.suffix == ".open"
    storage = StorageSettings(max_warc_idle_seconds=1e-9)
    crawl.session.settings = crawl.session.settings.model_copy(update={"storage": storage})
    crawl.session.checkpoint()
    (path,) = warc.iterdir()
    assert path.name.endswith(".warc.gz")
    crawl.settled(2)
    assert len(list(warc.iterdir())) == 2
    crawl.session.checkpoint()
    assert [capture.warc_file for capture in crawl.session.store.captures()] == sorted(
        path.name for path in own_files(warc)
    ), "rows name the finished files"


def test_an_exchange_that_cannot_be_recorded_ends_the_crawl(
    crawl: Crawl, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise WarcError("No space left on device")

    monkeypatch.setattr(crawl.session.recorder, "record", full)
    with pytest.raises(WarcError):
        crawl.session.capture(exchange(1))
    assert isinstance(crawl.session.failure, WarcError)
    monkeypatch.undo()
    crawl.session.capture(exchange(2))
    assert crawl.session.recorder.pending == 0, "nothing is recorded behind a failure"
    assert crawl.session.tally.captures == 0


def test_what_an_interrupted_crawl_left_to_extract_is_taken_up(crawl: Crawl) -> None:
    crawl.session.capture(exchange(1))
    crawl.session.recorder.checkpoint()  # and then it was killed
    assert len(crawl.session.store.waiting()) == 1
    assert crawl.session.resume() == 1
    crawl.session.drain()
    assert crawl.session.store.waiting() == []
    assert crawl.session.tally.articles_new == 1


def test_a_page_that_says_with_200_that_it_is_gone_is_looked_at_once_more(crawl: Crawl) -> None:
    notice = Rejected("soft_404", "Page not found")
    urls, now = crawl.session.frontier.urls, BEGAN.timestamp()
    crawl.settled(1)
    urls.plan_look(1, [], now)
    (capture,) = crawl.session.recorder.checkpoint()
    crawl.session._apply([(capture, Rejected("too_short"))])
    assert urls.look_again(["news"], now) == 0, "what is no article for another reason is left"
    crawl.session._apply([(capture, notice)])
    assert urls.look_again(["news"], now) == 1
    urls.acknowledge(1, status=200, now=now)
    urls.plan_look(1, [], now)
    crawl.session.capture(
        replace(exchange(1), started=BEGAN + timedelta(days=1), body=b"<p>Another notice</p>")
    )
    (capture,) = crawl.session.recorder.checkpoint()
    crawl.session._apply([(capture, notice)])
    page = crawl.session.store.page(capture.url)
    assert page is not None
    assert page.state.status == "deleted"
    assert urls.look_again(["news"], now) == 0, "two looks are enough"


def test_provenance_is_what_was_known_before_the_fetch(crawl: Crawl) -> None:
    found = Candidate(
        "https://news.test/1", found_by="feed", title="Rain", published="2026-02-28", modified="2026-03-01",
        section="weather",
    )  # fmt: skip
    came = Came("news", "https://news.test/feed", 2, 1)
    crawl.session.frontier.found.offer(found, came=came, run_began=0.0)
    lease = crawl.session.frontier.urls.peek("news.test", 1.0)
    assert lease is not None
    assert crawl.session.provenance(lease) == Provenance(
        role="page", source="news", via="https://news.test/feed", hops=2, attempt=0, redirects=1, title="Rain",
        published="2026-02-28", modified="2026-03-01", section="weather", timezone="Asia/Damascus",
        language="ar", prune_xpath=("//aside",),
    )  # fmt: skip


def test_the_tally_counts_what_became_of_pages() -> None:
    tally = Tally()
    outcomes = [
        Outcome("new", 1), Outcome("new", 2), Outcome("changed", 1), Outcome("unchanged", 2),
        Outcome("rejected", None, "too_short"), Outcome("rejected", None, "too_short"),
    ]  # fmt: skip
    tally.count(outcomes)
    assert (tally.articles_new, tally.articles_changed, tally.unchanged) == (2, 1, 1)
    assert tally.rejected == {"too_short": 2}
