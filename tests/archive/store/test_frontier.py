"""frontier.db: nothing handed out is forgotten, nothing known is fetched again without evidence."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from archive.records import Candidate
from archive.store.frontier import Endpoint, FrontierStore, StoredRobots, instant_of

URL = "https://news.test/2026/01/02/story.html"


@pytest.fixture
def frontier(tmp_path: Path) -> Iterator[FrontierStore]:
    with FrontierStore.open(tmp_path) as store:
        store.select(["news"])
        yield store


def offer(
    frontier: FrontierStore,
    url: str = URL,
    *,
    modified: str | None = None,
    role: str = "page",
    began: float = 100.0,
) -> str:
    candidate = Candidate(url, role=role, modified=modified)  # type: ignore[arg-type]
    return frontier.offer(candidate, source="news", via="https://news.test/feed", hops=1, run_began=began)


def fetch(frontier: FrontierStore, now: float) -> None:
    lease = frontier.peek("news.test", now)
    assert lease is not None
    frontier.lease(lease.id)
    frontier.acknowledge(lease.id, status=200, now=now)


def test_five_urls_of_one_article_are_one(frontier: FrontierStore) -> None:
    assert offer(frontier) == "queued"
    for twin in (
        URL + "?utm_source=x",
        URL + "?fbclid=y",
        URL + "#top",
        "http://news.test/2026/01/02/story.html",
    ):
        assert offer(frontier, twin) == "waiting"
    fetch(frontier, 110.0)
    assert frontier.peek("news.test", 1e12) is None


def test_a_known_page_is_fetched_again_only_when_said_to_have_changed(frontier: FrontierStore) -> None:
    offer(frontier, modified="2026-01-02T10:00:00Z")
    fetch(frontier, instant_of("2026-01-03") or 0)
    assert offer(frontier, modified="2026-01-02T10:00:00Z") == "known"
    assert offer(frontier, modified="2026-01-02") == "known", (
        "a sitemap's bare day is no news beside an instant"
    )
    assert offer(frontier) == "known"
    assert offer(frontier, modified="2026-01-04T00:00:00+02:00") == "queued"
    fetch(frontier, instant_of("2026-01-05") or 0)
    assert offer(frontier, modified="2026-01-04T00:00:00+02:00") == "known"


def test_a_page_without_a_date_counts_as_of_its_fetch(frontier: FrontierStore) -> None:
    offer(frontier)
    fetch(frontier, instant_of("2026-01-03") or 0)
    assert offer(frontier, modified="2026-01-02") == "known"
    assert offer(frontier, modified="2026-01-04") == "queued"


def test_lists_are_read_once_a_run(frontier: FrontierStore) -> None:
    assert offer(frontier, role="sitemap", began=100.0) == "queued"
    fetch(frontier, 110.0)
    assert offer(frontier, role="sitemap", began=100.0) == "known"
    assert offer(frontier, role="sitemap", began=200.0) == "queued"


def test_a_dead_process_leases_are_freed(tmp_path: Path) -> None:
    with FrontierStore.open(tmp_path) as first:
        first.select(["news"])
        offer(first)
        lease = first.peek("news.test", 1.0)
        assert lease is not None
        first.lease(lease.id)
        first.commit()
    with FrontierStore.open(tmp_path) as second:
        second.select(["news"])
        assert second.peek("news.test", 1.0) is None
        assert second.free_leases() == 1
        again = second.peek("news.test", 1.0)
        assert again is not None
        assert again.attempts == 1, "a page that kills the crawler is not tried for ever"


def test_what_is_not_committed_is_not_there(tmp_path: Path) -> None:
    frontier = FrontierStore.open(tmp_path)
    offer(frontier)
    other = sqlite3.connect(tmp_path / "frontier.db")
    assert other.execute("SELECT count(*) FROM urls").fetchone() == (0,)
    frontier.commit()
    assert other.execute("SELECT count(*) FROM urls").fetchone() == (1,)
    other.close()
    frontier.close()


def test_only_selected_sources_are_leased(frontier: FrontierStore) -> None:
    frontier.offer(Candidate(URL), source="other", via=None, hops=0, run_began=0.0)
    assert frontier.peek("news.test", 1.0) is None
    assert frontier.hosts_waiting() == []
    frontier.select(["other"])
    assert frontier.peek("news.test", 1.0) is not None


def test_a_named_page_is_leased_whatever_its_source(frontier: FrontierStore) -> None:
    frontier.offer(Candidate(URL), source="other", via=None, hops=0, run_began=0.0)
    row = frontier.visit(Candidate(URL, found_by="user", priority=-100), source="", now=5.0)
    frontier.commit()
    frontier.select([], [row])
    lease = frontier.peek("news.test", 5.0)
    assert lease is not None
    assert lease.id == row


def test_passing_faults_are_tried_again_after_their_pause(frontier: FrontierStore) -> None:
    offer(frontier)
    offer(frontier, "https://news.test/gone.html")
    for error in ("http_5xx", "http_4xx"):
        lease = frontier.peek("news.test", 1.0)
        assert lease is not None
        frontier.lease(lease.id)
        frontier.give_up(lease.id, status=None, error=error, due=500.0, now=1.0)  # type: ignore[arg-type]
    assert frontier.retry_failed(["news"], now=499.0) == 0
    assert frontier.retry_failed(["news"], now=500.0) == 1
    lease = frontier.peek("news.test", 500.0)
    assert lease is not None
    assert lease.url == URL


def test_pages_can_be_left_out(frontier: FrontierStore) -> None:
    offer(frontier)
    assert frontier.peek("news.test", 1.0, pages=False) is None
    assert frontier.peek("news.test", 1.0) is not None


def test_ancestors_are_found_and_loops_end(frontier: FrontierStore) -> None:
    for url, via in (
        ("https://a.test/1", "https://a.test/2"),
        ("https://a.test/2", "https://a.test/3"),
        ("https://a.test/3", "https://a.test/1"),
    ):
        frontier.offer(Candidate(url), source="news", via=via, hops=1, run_began=0.0)
    assert frontier.ancestors("https://a.test/1", 10) == [
        "https://a.test/2",
        "https://a.test/3",
        "https://a.test/1",
    ]


def test_endpoints_keep_what_an_empty_answer_would_forget(frontier: FrontierStore) -> None:
    good = Endpoint("https://news.test/feed", "news", "feed", "alternate", 20, 20, 0, "2026-01-02", None, 200)
    frontier.keep_endpoint(good, 1.0)
    frontier.keep_endpoint(Endpoint(good.url, "news", "feed", "alternate", faults="timeout"), 2.0)
    assert frontier.endpoints("news") == [replace(good, faults="timeout")]


def test_robots_and_pauses_survive(tmp_path: Path) -> None:
    with FrontierStore.open(tmp_path) as first:
        first.keep_robots("https://news.test", StoredRobots(200, b"User-agent: *\n", 99.0), now=1.0)
        first.pause("news.test", 50.0, 4.0)
        first.pause("news.test", 60.0, None)
    with FrontierStore.open(tmp_path) as second:
        assert second.robots("https://news.test") == StoredRobots(200, b"User-agent: *\n", 99.0)
        assert second.pauses() == {"news.test": (60.0, 4.0)}
