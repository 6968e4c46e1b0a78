"""kill -9 at any instant, again and again: nothing is lost, nothing is there twice, and it goes on."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from html import escape
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from archive.ingest.rebuild import own_files
from archive.store import ArchiveStore, Filters
from archive.urls import canonical
from archive.warc.reader import read_exchange, scan
from archive.warc.writer import OPEN_SUFFIX
from crawler.demo import DemoSite
from crawler.demo.pages import Page
from tests.acceptance.conftest import PATIENCE_SECONDS, PROGRAM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.acceptance.conftest import Archive

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

ROUNDS = int(os.environ.get("WARRAQ_KILL_ROUNDS", "5"))
SEED = int(os.environ.get("WARRAQ_KILL_SEED") or time.time_ns() % 1_000_000)
"""To see a failure again: WARRAQ_KILL_SEED as the failed test told it."""
PER_ROUND = 24
"""Articles for each round, so that there is work in most of them."""
MAX_REQUESTS = 30
DELAY_SECONDS = 0.02
WORDS = (
    "harbour", "morning", "council", "bridge", "river", "wheat", "library", "engineer", "village", "station",
    "ferry", "market", "winter", "teacher", "orchard", "lantern", "museum", "railway", "baker", "storm",
    "valley", "doctor", "island", "garden", "bell", "north", "report", "season",
)  # fmt: skip


@dataclass(slots=True)
class Story:
    """An article that is published while the crawler is being killed."""

    url: str
    title: str
    paragraphs: list[str]


@dataclass(slots=True)
class Newsroom:
    """The demo site, and a feed of what is published on it round by round."""

    site: DemoSite
    chance: random.Random
    stories: list[Story] = field(default_factory=list)

    @property
    def feed(self) -> str:
        return f"{self.site.url}breaking.xml"

    def publish(self, count: int) -> None:
        for number in range(len(self.stories), len(self.stories) + count):
            title = f"Report {number}: {' '.join(self.chance.sample(WORDS, 4))}"
            paragraphs = [
                f"{' '.join(self.chance.choices(WORDS, k=40)).capitalize()} {number}-{place}."
                for place in range(4)
            ]
            text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
            page = (
                f"<html lang=en><head><title>{title}</title></head><body><article><h1>{title}</h1>{text}"
                "</article></body></html>"
            )
            url = self.site.put(f"/2026/04/report-{number:05d}/", Page(page.encode()))
            self.stories.append(Story(url, title, paragraphs))
        items = "".join(
            f"<item><title>{escape(story.title)}</title><link>{story.url}</link></item>"
            for story in self.stories
        )
        feed = f'<rss version="2.0"><channel><title>Breaking</title>{items}</channel></rss>'
        self.site.put("/breaking.xml", Page(feed.encode(), "application/rss+xml"))

    def fetched(self) -> Counter[str]:
        """How often each URL was asked for, by its identity."""
        return Counter(canonical(self.site.url.rstrip("/") + served.target) for served in self.site.log)


@dataclass(slots=True)
class Killed:
    """What rounds of killing left to check."""

    archive: Archive
    newsroom: Newsroom
    kills: int = 0
    ended: int = 0
    """Crawls that came to their end before they were killed: the one after begins anew."""
    asked: Counter[str] = field(default_factory=Counter)
    """Of the server, when the last crawl had ended."""


def crawl_and_kill(killed: Killed, *, group: bool) -> None:
    """Start a crawl, let it make so many requests, and kill it in the middle of whatever it does."""
    archive, log, chance = killed.archive, killed.newsroom.site.log, killed.newsroom.chance
    wanted = len(log) + chance.randint(0, MAX_REQUESTS)
    with subprocess.Popen(
        [PROGRAM, "--archive", archive.folder, "crawl", "--json"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    ) as crawl:  # fmt: skip
        until = time.monotonic() + PATIENCE_SECONDS
        while len(log) < wanted and crawl.poll() is None and time.monotonic() < until:
            time.sleep(0.002)
        time.sleep(chance.random() * chance.choice((0.0, 0.05, 1.0)))
        family = psutil.Process(crawl.pid).children(recursive=True) if crawl.poll() is None else []
        if group and crawl.poll() is None:
            os.killpg(crawl.pid, signal.SIGKILL)
        else:
            crawl.kill()
        assert crawl.wait() in {0, -signal.SIGKILL}, "it ends by itself or by the kill, never by a fault"
    killed.kills += 1
    left = psutil.wait_procs(family, timeout=PATIENCE_SECONDS)[1] if chance.random() < 0.5 else []
    assert left == [], "workers end with their parent"


@pytest.fixture(scope="module")
def killed(new_archive: Callable[..., Archive]) -> Iterator[Killed]:
    """An archive whose crawls were killed again and again, and then one that was left to end."""
    archive = new_archive(delay=DELAY_SECONDS)
    with DemoSite() as site:
        newsroom = Newsroom(site, random.Random(SEED))
        # All at once: a crawl that was cut short goes on, and reads no list again that it had read.
        newsroom.publish(PER_ROUND * ROUNDS)
        archive.run("sources", "add", "--no-discover", site.url, "--name", "lantern")
        archive.run("sources", "edit", "lantern", f'endpoints=["{newsroom.feed}"]')
        killed = Killed(archive, newsroom)
        for number in range(ROUNDS):
            crawl_and_kill(killed, group=number % 2 == 1)
        with closing(sqlite3.connect(archive.folder / "frontier.db")) as frontier:
            (killed.ended,) = frontier.execute("SELECT count(*) FROM runs WHERE ended IS NOT NULL").fetchone()
        archive.run("crawl")
        killed.asked = newsroom.fetched()
        yield killed


def test_every_article_is_there_once_with_its_text(killed: Killed) -> None:
    with ArchiveStore.open(killed.archive.folder, readonly=True) as store:
        articles = list(store.select(Filters()))
        waiting = store.waiting()
    texts = {article.canonical_url: article.text for article in articles}
    assert len(texts) == len(articles)
    wanted = {canonical(story.url): "\n".join(story.paragraphs) for story in killed.newsroom.stories}
    assert {url: texts.get(url) for url in wanted} == wanted, f"seed {SEED}"
    demo = {canonical(url) for url in killed.newsroom.site.articles}
    assert demo - texts.keys() == set(), f"seed {SEED}"
    assert waiting == []


def test_rows_and_records_are_one_to_one(killed: Killed) -> None:
    warc = killed.archive.folder / "warc"
    with ArchiveStore.open(killed.archive.folder, readonly=True) as store:
        captures = list(store.captures())
    assert [capture.id for capture in captures] == list(range(1, len(captures) + 1)), f"seed {SEED}"
    for capture in captures:
        exchange = read_exchange(warc, capture.warc_file, capture.offset, capture.group_length)
        assert (exchange.url, exchange.started) == (capture.url, capture.started), f"seed {SEED}"
    recorded = [
        (location.warc_file, location.offset) for path in own_files(warc) for location, _ in scan(path)
    ]
    assert recorded == [(capture.warc_file, capture.offset) for capture in captures], f"seed {SEED}"


def test_every_file_is_whole(killed: Killed) -> None:
    warc = killed.archive.folder / "warc"
    files = own_files(warc)
    assert files
    assert not list(warc.glob(f"*{OPEN_SUFFIX}"))
    for path in files:
        subprocess.run(["gzip", "-t", path], check=True)


def test_nothing_is_fetched_again_but_what_was_in_flight(killed: Killed) -> None:
    """With a delay a host is asked one thing at a time, so a kill finds one request in flight at most.

    Counted in the server's own log, lists, robots.txt, images and all. A kill may come after a crawl's end: the
    next is then a new one, which reads the lists anew and looks a second time at what was gone.
    """
    with ArchiveStore.open(killed.archive.folder, readonly=True) as store:
        of_each_crawl = {
            canonical(capture.url)
            for capture in store.captures()
            if capture.role not in {"page", "requisite", "robots"} or capture.status == HTTPStatus.NOT_FOUND
        }
    again = {
        url: more
        for url, times in killed.asked.items()
        if (more := times - 1 - (killed.ended if url in of_each_crawl else 0)) > 0
    }
    assert killed.kills == ROUNDS
    assert sum(again.values()) <= killed.kills, f"seed {SEED}: {killed.ended} ended, {again}"


def test_a_rebuild_gives_the_same_rows(killed: Killed) -> None:
    before = _rows(killed.archive.folder)
    assert before["articles"]
    killed.archive.run("rebuild")
    assert _rows(killed.archive.folder) == before, f"seed {SEED}"


def test_it_goes_on_as_if_nothing_had_been(killed: Killed) -> None:
    """A crawl that was not cut short reads the lists again, and nothing else."""
    before = len(killed.newsroom.site.log)
    (summary,) = killed.archive.rows("crawl")
    again = {served.target for served in killed.newsroom.site.log[before:]}
    assert "/breaking.xml" in again
    assert not [target for target in again if "/report-" in target or target.endswith((".png", ".css"))]
    assert (summary["articles_new"], summary["articles_changed"]) == (0, 0)


def _rows(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    with ArchiveStore.open(folder, readonly=True) as store:
        return {
            table: store.query(f"SELECT * FROM {table} ORDER BY id")
            for table in ("captures", "articles", "revisions")
        }
