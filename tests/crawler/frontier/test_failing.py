"""Hosts that fail as a whole: what they cost, and that nothing of theirs is lost."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.records import Exchange
from archive.store.frontier import FailingHost, FrontierStore
from crawler.frontier.failing import FIRST_REST_SECONDS, LONGEST_REST_SECONDS, FailingHosts, sign_of
from crawler.frontier.scheduler import PATIENCE_SECONDS
from tests.crawler.frontier.conftest import SILENT, Reply, Web

if TYPE_CHECKING:
    from archive.records import ErrorKind

THOUSAND = [f"https://news.test/{number}" for number in range(1000)]
REST_AFTER = 6
RESTS_WITHIN_PATIENCE = 2
"""30 and 120 seconds; the next, 480, is past it."""


def exchange(status: int | None, error: ErrorKind | None = None, request: bytes = b"GET") -> Exchange:
    return Exchange(THOUSAND[0], datetime(2026, 1, 1, tzinfo=UTC), request, status=status, error=error)


# --- what an exchange says of its host


@pytest.mark.parametrize("error", ["dns", "connect", "tls", "timeout", "truncated"])
@pytest.mark.parametrize("attempt", [1, 3])
def test_no_answer_counts_each_time(error: ErrorKind, attempt: int) -> None:
    assert sign_of(exchange(None, error), attempt) == "fails"


def test_a_trickle_that_ends_by_the_timeout_is_no_answer() -> None:
    assert sign_of(exchange(200, "timeout"), 1) == "fails"


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_an_error_page_counts_once_a_url(status: int) -> None:
    assert sign_of(exchange(status), 1) == "fails"
    assert sign_of(exchange(status), 2) == "says nothing"


@pytest.mark.parametrize("status", [200, 206, 302, 304, 403, 404, 410])
def test_any_other_answer_is_a_sign_of_life(status: int) -> None:
    assert sign_of(exchange(status), 1) == "works"


def test_an_answer_cut_off_is_a_sign_of_life() -> None:
    assert sign_of(exchange(200, "truncated"), 1) == "works"


def test_what_was_never_sent_says_nothing() -> None:
    assert sign_of(exchange(None, "private_address", b""), 1) == "says nothing"


# --- what it costs


@pytest.mark.parametrize("reply", [SILENT, Reply(None, "dns"), Reply(None, "connect"), Reply(500)])
@pytest.mark.parametrize("delay", [0.0, 2.0])
def test_a_dead_host_with_a_thousand_urls_costs_a_few_tries(web: Web, reply: Reply, delay: float) -> None:
    web.replies = lambda _: reply
    began = time.time()
    web.crawl(THOUSAND, delay=delay)
    assert web.tries["news.test"] == REST_AFTER + RESTS_WITHIN_PATIENCE
    assert time.time() - began <= 8 * reply.seconds + FIRST_REST_SECONDS * (1 + 4) + 60
    assert web.states() == {"queued": 1000}, "nothing is lost, nothing is a fault of a single URL"


def test_others_are_fetched_meanwhile(web: Web) -> None:
    alive = [f"https://alive.test/{number}" for number in range(50)]
    web.replies = lambda url: SILENT if "news.test" in url else Reply()
    web.crawl(THOUSAND + alive)
    assert web.tries["alive.test"] == 50
    assert web.tries["news.test"] <= REST_AFTER + RESTS_WITHIN_PATIENCE + 1


def test_a_host_that_comes_back_within_the_crawl_is_crawled_to_its_end(web: Web) -> None:
    down_until = time.time() + 100
    web.replies = lambda _: Reply(502) if time.time() < down_until else Reply()
    web.crawl(THOUSAND, delay=0.0)
    assert web.states() == {"done": 1000}
    with FrontierStore.open(web.folder) as frontier:
        assert frontier.hosts.failing() == []


def test_a_success_ends_the_row(web: Web) -> None:
    web.replies = lambda url: Reply() if url.endswith("0") else Reply(500)
    web.crawl(THOUSAND[:60], delay=0.0, rest_after=10, retries=0)
    assert web.states() == {"done": 6, "failed": 54}


def test_a_few_broken_pages_are_no_dead_host(web: Web) -> None:
    broken = set(THOUSAND[-5:])
    web.replies = lambda url: Reply(500) if url in broken else Reply()
    began = time.time()
    web.crawl(THOUSAND[-20:], delay=0.0)
    assert web.states() == {"done": 15, "failed": 5}
    assert time.time() - began < FIRST_REST_SECONDS


def test_a_host_that_only_ever_says_slow_down_is_left_alone_in_the_end(web: Web) -> None:
    web.replies = lambda _: Reply(429, headers=((b"Retry-After", b"1"),))
    web.crawl(THOUSAND)
    assert web.tries["news.test"] < 50
    assert web.states()["queued"] > 980


# --- the next crawl


def test_the_next_crawl_knows_and_tries_once(web: Web) -> None:
    web.replies = lambda _: SILENT
    web.crawl(THOUSAND)
    web.asked.clear()
    web.crawl([])
    assert web.tries["news.test"] == 1
    with FrontierStore.open(web.folder) as frontier:
        (failing,) = frontier.hosts.failing()
    assert (failing.failures, failing.rests) == (REST_AFTER + RESTS_WITHIN_PATIENCE + 1, 4)
    web.asked.clear()
    web.replies = lambda _: Reply()
    web.crawl([])
    assert web.states() == {"done": 1000}


def test_a_scheduled_crawl_heeds_the_rest_and_a_crawl_by_hand_does_not_wait(web: Web) -> None:
    web.replies = lambda _: SILENT
    web.crawl(THOUSAND)
    web.asked.clear()
    web.replies = lambda _: Reply()
    web.crawl([], scheduled=True)
    assert web.asked == []
    web.wait(480 - PATIENCE_SECONDS)
    web.crawl([], scheduled=True)
    assert web.tries["news.test"] == 1000, "once its rest is nearly over"


def test_a_host_that_asks_for_a_day_does_not_hold_the_crawl(web: Web) -> None:
    web.replies = lambda _: Reply(503, headers=((b"Retry-After", b"86400"),))
    began = time.time()
    web.crawl(THOUSAND)
    assert web.tries["news.test"] == 1
    assert time.time() - began < PATIENCE_SECONDS
    web.asked.clear()
    web.crawl([])
    assert web.asked == [], "what a host asks for is kept by every crawl"


# --- the row itself


def test_rests_grow_to_their_limit_and_are_kept(web: Web) -> None:
    with FrontierStore.open(web.folder) as frontier:
        failing = FailingHosts(frontier.hosts, rest_after=3, heed=True)
        now, rests = 0.0, []
        for _ in range(12):
            rest = failing.observe("news.test", exchange(None, "timeout"), attempt=1, now=now)
            rests.append(rest)
            now += rest
        assert rests[:6] == [0.0, 0.0, 30.0, 120.0, 480.0, 1920.0]
        assert rests[-1] == LONGEST_REST_SECONDS
        assert frontier.hosts.failing() == [FailingHost("news.test", 12, 10, now)]
        assert FailingHosts(frontier.hosts, rest_after=3, heed=True).resting(0.0) == {"news.test": now}
        assert FailingHosts(frontier.hosts, rest_after=3, heed=False).resting(0.0) == {}


def test_what_was_in_flight_when_a_rest_began_begins_no_other(web: Web) -> None:
    with FrontierStore.open(web.folder) as frontier:
        failing = FailingHosts(frontier.hosts, rest_after=2, heed=True)
        rests = [
            failing.observe("a", exchange(None, "connect"), attempt=1, now=now)
            for now in (0.0, 1.0, 2.0, 3.0, 31.0)
        ]
    assert rests == [0.0, FIRST_REST_SECONDS, 0.0, 0.0, 4 * FIRST_REST_SECONDS]


@given(st.lists(st.sampled_from(["fails", "works"]), max_size=60), st.integers(1, 10))
def test_no_host_rests_before_its_row_is_full(signs: list[str], rest_after: int) -> None:
    class Memory:
        def failing(self) -> list[FailingHost]:
            return []

        def keep_failing(self, failing: FailingHost) -> None:
            pass

    failing, row = FailingHosts(Memory(), rest_after=rest_after, heed=True), 0  # type: ignore[arg-type]
    for number, sign in enumerate(signs):
        row = row + 1 if sign == "fails" else 0
        given_sign = exchange(200) if sign == "works" else exchange(None, "connect")
        rest = failing.observe("a", given_sign, attempt=1, now=number * 1e6)
        assert (rest > 0) == (row >= rest_after)
