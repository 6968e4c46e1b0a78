"""What is left for a later crawl: the pages a host and day, and how it is told."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from archive.store.frontier import FrontierStore
from crawler.frontier.budget import DAY_SECONDS
from crawler.frontier.leftover import leftover
from tests.crawler.frontier.conftest import SILENT, SOURCE, Reply, Web

if TYPE_CHECKING:
    from crawler.frontier.leftover import Leftover

PAGES = [f"https://news.test/{number}" for number in range(25)]


def left(web: Web, **crawl: Any) -> Leftover:
    session = web.crawl([], scheduled=True, **crawl)
    with FrontierStore.open(web.folder) as frontier:
        frontier.urls.select(["news"])
        return leftover(frontier, session.settings.crawl, time.time())


def test_the_crawls_of_a_day_share_its_budget(web: Web) -> None:
    web.crawl(PAGES[:6], max_pages_per_host_day=10)
    web.crawl(PAGES, max_pages_per_host_day=10)
    assert web.tries["news.test"] == 10
    web.crawl([], max_pages_per_host_day=10)
    assert web.tries["news.test"] == 10
    assert web.states() == {"done": 10, "queued": 15}
    found = left(web, max_pages_per_host_day=10)
    assert (found.urls, found.hosts_failing) == ({"pages_per_day": 15}, [])


def test_the_next_day_goes_on(web: Web) -> None:
    web.crawl(PAGES, max_pages_per_host_day=10)
    web.wait(DAY_SECONDS)
    web.crawl([], max_pages_per_host_day=10)
    assert web.tries["news.test"] == 20
    web.wait(DAY_SECONDS)
    web.crawl([], max_pages_per_host_day=10)
    assert web.states() == {"done": 25}


def test_a_day_ends_within_a_crawl(web: Web) -> None:
    web.replies = lambda _: Reply(seconds=DAY_SECONDS / 20)
    web.crawl(PAGES, max_pages_per_host_day=12)
    assert web.tries["news.test"] == 10 + 12, "noon to midnight, then the next day's"


def test_each_host_has_its_own(web: Web) -> None:
    others = [f"https://other.test/{number}" for number in range(5)]
    web.crawl(PAGES + others, max_pages_per_host_day=10)
    assert web.tries == {"news.test": 10, "other.test": 5}


def test_lists_are_read_all_the_same(web: Web) -> None:
    web.crawl(PAGES, max_pages_per_host_day=10)
    web.crawl([], home=True, max_pages_per_host_day=10)
    assert SOURCE.url in web.asked[10:]
    assert not set(web.asked[10:]) & set(PAGES)


def test_a_list_is_tried_again_though_pages_wait(web: Web) -> None:
    web.crawl(PAGES, max_pages_per_host_day=10)
    web.replies = lambda _: Reply(500)
    web.crawl([], home=True, max_pages_per_host_day=10)
    assert web.asked[10:] == [SOURCE.url] * 4


def test_hosts_that_fail_and_hosts_that_asked_for_a_pause_are_told_apart(web: Web) -> None:
    busy = Reply(503, headers=((b"Retry-After", b"7200"),))
    web.replies = lambda url: SILENT if "dead" in url else busy if "busy" in url else Reply()
    dead = [f"https://dead.test/{number}" for number in range(30)]
    web.crawl([*PAGES, *dead, "https://busy.test/1", "https://busy.test/2"])
    found = left(web)
    assert found.urls == {"host_busy": 2, "host_failing": 30}
    assert found.hosts_failing == ["dead.test"]
