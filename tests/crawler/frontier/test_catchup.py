"""What a killed crawl had fetched is settled from WARC: nothing is fetched in vain."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from archive.ingest import Recorder, recover
from archive.records import Candidate, Exchange, Provenance
from archive.store import ArchiveStore
from archive.store.frontier import FrontierStore
from archive.warc.writer import WarcWriter
from archive.wire import parse_response
from crawler.frontier.catchup import catch_up
from crawler.frontier.gate import RobotsGate
from crawler.frontier.visit import Visitor
from crawler.session import Scope, Session
from settings.app import ArchiveSettings, CrawlSettings, Settings, SourceSettings

if TYPE_CHECKING:
    from pathlib import Path

    from archive.records import Role

SITE = "https://news.test"
SOURCE = SourceSettings(name="news", url=f"{SITE}/")
STORIES = [f"{SITE}/2026/04/01/story-{number}" for number in range(3)]
FEED = f"<rss version='2.0'><channel>{''.join(f'<item><link>{url}</link></item>' for url in STORIES)}</channel></rss>"


def answer(url: str, body: str, *, role: Role = "page", status: int = 200, attempt: int = 1) -> Exchange:
    kind = "application/rss+xml" if role == "feed" else "text/plain" if role == "robots" else "text/html"
    response = f"HTTP/1.1 {status} Said\r\nContent-Type: {kind}\r\n\r\n{body}".encode()
    parsed = parse_response(response)
    return Exchange(
        url, datetime.now(UTC), b"GET / HTTP/1.1\r\n\r\n", response, parsed.status, headers=parsed.headers,
        body=parsed.body, provenance=Provenance(role=role, source="news", attempt=attempt),
    )  # fmt: skip


@dataclass
class Run:
    """A crawl without a network, that ends as a killed one does: nothing more is committed."""

    folder: Path

    def __post_init__(self) -> None:
        self._stack = ExitStack()
        settings = Settings(
            archive=ArchiveSettings(contact="tests@example.org"), crawl=CrawlSettings(), source=[SOURCE]
        )
        self.store = self._stack.enter_context(ArchiveStore.open(self.folder))
        recover(self.folder, self.store)
        self.frontier = self._stack.enter_context(FrontierStore.open(self.folder))
        self.writer = WarcWriter(self.folder / "warc", prefix="t", info={}, max_bytes=1 << 30)
        self.session = Session(
            settings, Scope(sources=(SOURCE,)), store=self.store, frontier=self.frontier,
            recorder=Recorder(self.writer, self.store), pool=None,
        )  # fmt: skip
        self.caught_up = catch_up(self.session)
        self.session.run = self.frontier.plans.begin_run(
            "crawl", 0.0, began=0.0, recorded=self.session.recorder.last_id
        )
        self.frontier.urls.select(["news"])
        feed = Candidate(f"{SITE}/feed", role="feed", found_by="user")
        self.frontier.found.visit(feed, source="news", now=0.0)
        self.frontier.commit()
        self.visitor = Visitor(self.session, host_has_work=lambda _: None, named_hosts=())

    def fetch(self, exchange: Exchange, *, settle: bool = True) -> None:
        """What the tap and the scheduler do."""
        lease = self.frontier.urls.known(exchange.url)
        assert lease is not None or exchange.provenance.role == "robots"
        self.session.capture(exchange)
        if settle and lease is not None:
            self.frontier.urls.lease(lease.id)
            self.visitor.settle(replace(lease, attempts=exchange.provenance.attempt), exchange)
            self.session.settled(exchange.url)

    def kill(self, *, rows: bool) -> None:
        """End; `rows`: after the captures' rows were committed, else only WARC knows of them."""
        if rows:
            self.session.recorder.checkpoint()
        self.frontier._batch.roll_back()
        self._stack.close()
        if self.session.tally.captures:
            self.writer._abandon()  # the file keeps its `.open`, its lock is gone

    def states(self) -> dict[str, str]:
        rows = self.frontier.urls._batch.read("SELECT url, state FROM urls ORDER BY id")
        return {row[0].removeprefix(SITE): row[1] for row in rows}


@pytest.mark.parametrize("rows", [True, False])
def test_what_only_warc_knows_is_settled_in_its_order(tmp_path: Path, rows: bool) -> None:
    run = Run(tmp_path)
    run.fetch(answer(f"{SITE}/feed", FEED, role="feed"))
    for url in STORIES[:2]:
        run.fetch(answer(url, f"<p>{url}"))
    run.kill(rows=rows)

    again = Run(tmp_path)
    assert again.caught_up == 3
    paths = [url.removeprefix(SITE) for url in STORIES]
    # The feed waits as each crawl's seed does.
    assert again.states() == {"/feed": "queued", paths[0]: "done", paths[1]: "done", paths[2]: "queued"}
    again.kill(rows=True)
    assert Run(tmp_path).caught_up == 0


def test_what_was_settled_is_not_settled_twice_and_what_was_under_way_is(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.fetch(answer(f"{SITE}/feed", FEED, role="feed"))
    run.fetch(answer(STORIES[0], "<p>0"), settle=False)
    run.fetch(answer(STORIES[1], "<p>1"))
    run.session.checkpoint()
    run.fetch(answer(STORIES[2], "<p>2"))
    run.kill(rows=False)
    again = Run(tmp_path)
    assert again.caught_up == 2
    assert list(again.states().values()) == ["queued", "done", "done", "done"]


def test_a_try_that_failed_counts_as_one(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.fetch(answer(f"{SITE}/feed", FEED, role="feed"))
    run.session.checkpoint()
    run.fetch(answer(STORIES[0], "busy", status=503))
    run.kill(rows=False)
    again = Run(tmp_path)
    known = again.frontier.urls.known(STORIES[0])
    assert known is not None
    assert known.attempts == 1
    assert again.states()[STORIES[0].removeprefix(SITE)] == "queued"


def test_a_list_that_repeats_a_payload_is_read_by_that_payload(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.frontier.found.visit(Candidate(f"{SITE}/rss", role="feed"), source="news", now=0.0)
    run.session.capture(answer(f"{SITE}/copy", FEED, role="feed"))
    run.session.settled(f"{SITE}/copy")
    run.session.checkpoint()
    run.fetch(answer(f"{SITE}/rss", FEED, role="feed"))
    run.kill(rows=False)
    again = Run(tmp_path)
    assert again.caught_up == 1
    assert [state for path, state in again.states().items() if "story" in path] == ["queued"] * 3


def test_robots_txt_is_not_asked_for_again(tmp_path: Path) -> None:
    run = Run(tmp_path)
    sitemap = f"{SITE}/sitemap.xml"
    run.fetch(
        answer(f"{SITE}/robots.txt", f"User-agent: *\nDisallow: /no/\nSitemap: {sitemap}\n", role="robots")
    )
    run.kill(rows=False)
    again = Run(tmp_path)
    assert again.states()["/sitemap.xml"] == "queued"
    gate = RobotsGate(again.frontier, token="warraq", run_began=again.session.began)
    now = datetime.now(UTC).timestamp()
    assert gate.passage(f"{SITE}/no/", SITE, now) == "closed"
    assert gate.passage(f"{SITE}/yes/", SITE, now) == "open"


def test_an_archive_whose_frontier_is_of_an_older_version_has_nothing_to_catch_up(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.fetch(answer(f"{SITE}/feed", FEED, role="feed"))
    run.session.checkpoint()
    run.frontier._batch.write("UPDATE runs SET recorded = NULL, unsettled = NULL")
    run.frontier.commit()
    run.kill(rows=True)
    assert Run(tmp_path).caught_up == 0
