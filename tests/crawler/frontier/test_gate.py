"""robots.txt before anything else of an origin: asked once, remembered for a day, and over crawls."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from archive.records import Exchange
from archive.store.frontier import FrontierStore
from crawler.frontier.gate import FRESH_SECONDS, LONGEST_DELAY_SECONDS, RobotsGate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ORIGIN = "https://news.test"
OPEN, CLOSED = f"{ORIGIN}/story.html", f"{ORIGIN}/private/draft.html"
RULES = b"User-agent: *\nDisallow: /private/\nCrawl-delay: 4\n"
BEGAN = 1_000_000.0


@pytest.fixture
def frontier(tmp_path: Path) -> Iterator[FrontierStore]:
    with FrontierStore.open(tmp_path) as store:
        yield store


def said(status: int | None, body: bytes) -> Exchange:
    headers = ((b"Content-Type", b"text/plain"),)
    return Exchange(
        f"{ORIGIN}/robots.txt", datetime.now(UTC), b"GET", status=status, headers=headers, body=body
    )


def gate(frontier: FrontierStore, began: float = BEGAN) -> RobotsGate:
    """The gate of a crawl of its own."""
    return RobotsGate(frontier, token="warraq", run_began=began)


def test_an_origin_is_asked_once_and_then_passes_by_its_rules(frontier: FrontierStore) -> None:
    crawl = gate(frontier)
    assert crawl.passage(OPEN, ORIGIN, BEGAN) == "ask"
    assert crawl.delay(ORIGIN) is None
    crawl.ask(ORIGIN)
    assert crawl.passage(OPEN, ORIGIN, BEGAN) == "asked"
    assert crawl.passage(CLOSED, ORIGIN, BEGAN) == "asked"
    crawl.answer(ORIGIN, said(200, RULES), BEGAN + 1)
    assert crawl.passage(OPEN, ORIGIN, BEGAN + 1) == "open"
    assert crawl.passage(CLOSED, ORIGIN, BEGAN + 1) == "closed"
    assert crawl.delay(ORIGIN) == 4.0


def test_origins_are_asked_one_by_one(frontier: FrontierStore) -> None:
    crawl = gate(frontier)
    crawl.answer(ORIGIN, said(200, RULES), BEGAN)
    for other in ("http://news.test", "https://news.test:8443", "https://www.news.test"):
        assert crawl.passage(f"{other}/story.html", other, BEGAN) == "ask"


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_where_there_is_no_robots_txt_all_is_open(frontier: FrontierStore, status: int) -> None:
    crawl = gate(frontier)
    crawl.answer(ORIGIN, said(status, b""), BEGAN)
    assert crawl.passage(CLOSED, ORIGIN, BEGAN) == "open"


@pytest.mark.parametrize("status", [None, 500, 503])
def test_where_it_cannot_be_had_nothing_is_open(frontier: FrontierStore, status: int | None) -> None:
    crawl = gate(frontier)
    crawl.answer(ORIGIN, said(status, RULES), BEGAN)
    assert crawl.passage(OPEN, ORIGIN, BEGAN) == "unreachable"


def test_rules_are_remembered_over_crawls(frontier: FrontierStore) -> None:
    gate(frontier).answer(ORIGIN, said(200, RULES), BEGAN)
    later = gate(frontier, BEGAN + 3600)
    assert later.passage(OPEN, ORIGIN, BEGAN + 3600) == "open"
    assert later.passage(CLOSED, ORIGIN, BEGAN + 3600) == "closed"
    assert later.delay(ORIGIN) == 4.0


@pytest.mark.parametrize("status", [200, 404])
def test_an_answer_a_day_old_is_asked_for_again_by_another_crawl(
    frontier: FrontierStore, status: int
) -> None:
    gate(frontier).answer(ORIGIN, said(status, RULES), BEGAN)
    day_later = BEGAN + FRESH_SECONDS
    assert gate(frontier, day_later - 1).passage(OPEN, ORIGIN, day_later - 1) == "open"
    assert gate(frontier, day_later).passage(OPEN, ORIGIN, day_later) == "ask"


def test_an_answer_a_day_old_is_asked_for_again_within_a_long_crawl(frontier: FrontierStore) -> None:
    crawl = gate(frontier)
    crawl.answer(ORIGIN, said(200, RULES), BEGAN)
    assert crawl.passage(OPEN, ORIGIN, BEGAN + FRESH_SECONDS - 1) == "open"
    assert crawl.passage(OPEN, ORIGIN, BEGAN + FRESH_SECONDS) == "ask"
    crawl.ask(ORIGIN)
    crawl.answer(ORIGIN, said(200, b"User-agent: *\nDisallow: /\n"), BEGAN + FRESH_SECONDS)
    assert crawl.passage(OPEN, ORIGIN, BEGAN + FRESH_SECONDS + 1) == "closed"


def test_a_site_that_did_not_answer_is_asked_again_by_the_next_crawl(frontier: FrontierStore) -> None:
    first = gate(frontier)
    first.answer(ORIGIN, said(503, b""), BEGAN + 5)
    assert first.passage(OPEN, ORIGIN, BEGAN + 10) == "unreachable", "and not again and again by the same"
    second = gate(frontier, BEGAN + 60)
    assert second.passage(OPEN, ORIGIN, BEGAN + 60) == "ask"
    second.answer(ORIGIN, said(200, b""), BEGAN + 61)
    assert second.passage(OPEN, ORIGIN, BEGAN + 62) == "open"


def test_a_delay_that_would_stop_a_crawl_is_bounded(frontier: FrontierStore) -> None:
    crawl = gate(frontier)
    crawl.answer(ORIGIN, said(200, b"User-agent: *\nCrawl-delay: 86400\n"), BEGAN)
    assert crawl.delay(ORIGIN) == LONGEST_DELAY_SECONDS


def test_a_group_of_our_own_counts_before_that_of_all(frontier: FrontierStore) -> None:
    crawl = gate(frontier)
    body = b"User-agent: *\nDisallow: /\n\nUser-agent: Warraq\nDisallow: /private/\nCrawl-delay: 1.5\n"
    crawl.answer(ORIGIN, said(200, body), BEGAN)
    assert crawl.passage(OPEN, ORIGIN, BEGAN) == "open"
    assert crawl.passage(CLOSED, ORIGIN, BEGAN) == "closed"
    assert crawl.delay(ORIGIN) == 1.5


def test_an_answer_that_broke_off_and_one_that_asks_to_wait_are_none(frontier: FrontierStore) -> None:
    crawl = gate(frontier)
    assert crawl.answer(ORIGIN, replace(said(200, RULES), truncated="disconnect"), BEGAN).unavailable
    assert crawl.answer(ORIGIN, said(429, b""), BEGAN).unavailable


def test_for_what_pages_show_a_site_that_did_not_answer_is_not_asked_by_the_next_crawl(
    frontier: FrontierStore,
) -> None:
    gate(frontier).answer(ORIGIN, said(None, b""), BEGAN)
    later = gate(frontier, BEGAN + 60)
    assert later.passage(OPEN, ORIGIN, BEGAN + 60, patient=True) == "unreachable"
    assert later.passage(OPEN, ORIGIN, BEGAN + 60) == "ask"
    assert later.passage(OPEN, ORIGIN, BEGAN + FRESH_SECONDS + 1, patient=True) == "ask"
