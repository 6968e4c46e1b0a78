"""frontier.db: nothing handed out is forgotten, nothing known is fetched again without evidence."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from archive.records import Candidate
from archive.store.frontier import Came, Endpoint, FrontierStore, StoredRobots, instant_of

URL = "https://news.test/2026/01/02/story.html"


@pytest.fixture
def frontier(tmp_path: Path) -> Iterator[FrontierStore]:
    with FrontierStore.open(tmp_path) as store:
        store.urls.select(["news"])
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
    return frontier.found.offer(candidate, came=Came("news", "https://news.test/feed", 1), run_began=began)


def fetch(frontier: FrontierStore, now: float) -> None:
    lease = frontier.urls.peek("news.test", now)
    assert lease is not None
    frontier.urls.lease(lease.id)
    frontier.urls.acknowledge(lease.id, status=200, now=now)


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
    assert frontier.urls.peek("news.test", 1e12) is None


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


def test_a_list_that_is_forbidden_is_asked_for_once_a_run(frontier: FrontierStore) -> None:
    offer(frontier, role="section", began=100.0)
    lease = frontier.urls.peek("news.test", 1.0)
    assert lease is not None
    frontier.urls.exclude(lease.id, error="robots", now=110.0)
    assert offer(frontier, role="section", began=100.0) == "known", (
        "another page that names it changes nothing"
    )
    assert offer(frontier, role="section", began=200.0) == "queued", "the next crawl asks again"


def test_a_dead_process_leases_are_freed(tmp_path: Path) -> None:
    with FrontierStore.open(tmp_path) as first:
        first.urls.select(["news"])
        offer(first)
        lease = first.urls.peek("news.test", 1.0)
        assert lease is not None
        first.urls.lease(lease.id)
        first.commit()
    with FrontierStore.open(tmp_path) as second:
        second.urls.select(["news"])
        assert second.urls.peek("news.test", 1.0) is None
        assert second.urls.free_leases() == 1
        again = second.urls.peek("news.test", 1.0)
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
    frontier.found.offer(Candidate(URL), came=Came("other"), run_began=0.0)
    assert frontier.urls.peek("news.test", 1.0) is None
    assert frontier.urls.hosts_waiting() == []
    frontier.urls.select(["other"])
    assert frontier.urls.peek("news.test", 1.0) is not None


def test_a_named_page_is_leased_whatever_its_source(frontier: FrontierStore) -> None:
    frontier.found.offer(Candidate(URL), came=Came("other"), run_began=0.0)
    row = frontier.found.visit(Candidate(URL, found_by="user", priority=-100), source="", now=5.0)
    frontier.commit()
    frontier.urls.select([], [row])
    lease = frontier.urls.peek("news.test", 5.0)
    assert lease is not None
    assert lease.id == row


def test_passing_faults_are_tried_again_after_their_pause(frontier: FrontierStore) -> None:
    offer(frontier)
    offer(frontier, "https://news.test/gone.html")
    for error in ("http_5xx", "http_4xx"):
        lease = frontier.urls.peek("news.test", 1.0)
        assert lease is not None
        frontier.urls.lease(lease.id)
        frontier.urls.give_up(lease.id, status=None, error=error, due=500.0, now=1.0)  # type: ignore[arg-type]
    assert frontier.urls.retry_failed(["news"], now=499.0) == 0
    assert frontier.urls.retry_failed(["news"], now=500.0) == 1
    lease = frontier.urls.peek("news.test", 500.0)
    assert lease is not None
    assert lease.url == URL


def test_pages_can_be_left_out(frontier: FrontierStore) -> None:
    offer(frontier)
    assert frontier.urls.peek("news.test", 1.0, pages=False) is None
    assert frontier.urls.peek("news.test", 1.0) is not None


def test_redirects_are_followed_back_and_loops_end(frontier: FrontierStore) -> None:
    for number, via in ((1, 2), (2, 3), (3, 1)):
        came = Came("news", f"https://a.test/{via}", redirects=1)
        frontier.found.offer(Candidate(f"https://a.test/{number}"), came=came, run_began=0.0)
    linked = Came("news", "https://a.test/1")
    frontier.found.offer(Candidate("https://a.test/4"), came=linked, run_began=0.0)
    assert frontier.urls.redirected_from("https://a.test/1", 10) == [f"https://a.test/{n}" for n in (2, 3, 1)]
    assert frontier.urls.redirected_from("https://a.test/4", 10) == [], "a link is no redirect"


def test_a_feed_knows_its_articles_better_than_their_addresses_tell(frontier: FrontierStore) -> None:
    offer(frontier, role="section")
    found = Candidate(URL, found_by="feed")
    assert frontier.found.offer(found, came=Came("news"), run_began=0.0) == "waiting"
    lease = frontier.urls.peek("news.test", 1.0)
    assert lease is not None
    assert lease.role == "page"


def test_endpoints_keep_what_an_empty_answer_would_forget(frontier: FrontierStore) -> None:
    good = Endpoint("https://news.test/feed", "news", "feed", "alternate", 20, 20, 0, "2026-01-02", None, 200)
    frontier.plans.keep_endpoint(good, 1.0)
    frontier.plans.keep_endpoint(Endpoint(good.url, "news", "feed", "alternate", faults="timeout"), 2.0)
    assert frontier.plans.endpoints("news") == [replace(good, faults="timeout")]


def test_robots_and_pauses_survive(tmp_path: Path) -> None:
    with FrontierStore.open(tmp_path) as first:
        first.hosts.keep_robots("https://news.test", StoredRobots(200, b"User-agent: *\n", 99.0), now=1.0)
        first.hosts.pause("news.test", 50.0, 4.0)
        first.hosts.pause("news.test", 60.0, None)
    with FrontierStore.open(tmp_path) as second:
        assert second.hosts.robots("https://news.test") == StoredRobots(200, b"User-agent: *\n", 99.0)
        assert second.hosts.pauses() == {"news.test": (60.0, 4.0)}


# --- what pages show


def show(frontier: FrontierStore, url: str = "https://cdn.test/a.png", *, stale_before: float = 0.0) -> str:
    candidate = Candidate(url, role="requisite", found_by="shown", priority=50)
    return frontier.found.offer_requisite(candidate, came=Came("other", URL, 2), stale_before=stale_before)


def fetch_shown(frontier: FrontierStore, now: float) -> None:
    lease = frontier.urls.peek("cdn.test", now)
    assert lease is not None
    assert (lease.role, lease.via) == ("requisite", URL)
    frontier.urls.lease(lease.id)
    frontier.urls.acknowledge(lease.id, status=200, now=now)


def test_what_a_page_shows_is_fetched_by_this_crawl_whichever_source_named_it_first(
    frontier: FrontierStore,
) -> None:
    assert show(frontier) == show(frontier) == "queued"
    assert frontier.urls.peek("cdn.test", 100.0, requisites=False) is None
    fetch_shown(frontier, 100.0)
    frontier.urls.select(["news"])
    assert show(frontier) == "known"
    assert show(frontier, stale_before=101.0) == "queued"
    fetch_shown(frontier, 200.0)


def test_what_could_not_be_had_is_not_asked_for_by_each_page_that_shows_it(frontier: FrontierStore) -> None:
    show(frontier)
    lease = frontier.urls.peek("cdn.test", 100.0)
    assert lease is not None
    frontier.urls.give_up(lease.id, status=404, error="http_4xx", due=0.0, now=100.0)
    assert show(frontier, stale_before=1e9) == "known"


def test_a_page_that_is_also_named_as_an_image_stays_a_page(frontier: FrontierStore) -> None:
    offer(frontier)
    assert show(frontier, URL) == "known"
    lease = frontier.urls.peek("news.test", 100.0)
    assert lease is not None
    assert lease.role == "page"


def test_an_image_that_turns_out_to_be_a_page_becomes_one(frontier: FrontierStore) -> None:
    show(frontier, URL)
    fetch_of = frontier.urls.peek("news.test", 100.0)
    assert fetch_of is not None
    frontier.urls.lease(fetch_of.id)
    frontier.urls.acknowledge(fetch_of.id, status=200, now=100.0)
    assert offer(frontier) == "queued"
    lease = frontier.urls.peek("news.test", 200.0)
    assert lease is not None
    assert lease.role == "page"


def test_what_is_over_a_share_waits_for_later(frontier: FrontierStore) -> None:
    show(frontier)
    lease = frontier.urls.peek("cdn.test", 100.0)
    assert lease is not None
    frontier.urls.postpone(lease.id, 3700.0)
    assert frontier.urls.peek("cdn.test", 100.0) is None
    assert frontier.urls.peek("cdn.test", 3700.0) is not None
