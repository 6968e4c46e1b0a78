"""An origin that is barred is passed over, and nothing else is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from archive.records import Candidate
from archive.store.frontier import Came, FrontierStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def frontier(tmp_path: Path) -> Iterator[FrontierStore]:
    with FrontierStore.open(tmp_path) as store:
        store.urls.select(["news"])
        yield store


def leased(frontier: FrontierStore, of_host: str = "news.test") -> set[str]:
    found = set()
    while (lease := frontier.urls.peek(of_host, 1.0)) is not None:
        frontier.urls.lease(lease.id)
        found.add(lease.url)
    return found


@pytest.mark.parametrize(
    ("unreachable", "open_still"),
    [
        ("http://news.test:80/a?b=/c", {"http://news.test:8080/b", "https://news.test/c", "https://news.test:8443/d"}),
        ("http://news.test:8080/b", {"http://news.test:80/a?b=/c", "https://news.test/c", "https://news.test:8443/d"}),
        ("https://news.test/c", {"http://news.test:80/a?b=/c", "http://news.test:8080/b", "https://news.test:8443/d"}),
        ("https://news.test?e", {"http://news.test:80/a?b=/c", "http://news.test:8080/b", "https://news.test:8443/d"}),
    ],
)  # fmt: skip
def test_other_origins_of_the_host_go_on(
    frontier: FrontierStore, unreachable: str, open_still: set[str]
) -> None:
    for url in {unreachable} | open_still | {"https://news.test/c"} - {unreachable}:
        frontier.found.offer(Candidate(url), came=Came("news"), run_began=0.0)
    frontier.urls.bar(unreachable)
    assert leased(frontier) == open_still
    assert frontier.urls.earliest("news.test") is None


def test_a_host_of_the_same_beginning_is_another(frontier: FrontierStore) -> None:
    for url in ("https://news.test/", "https://news.test.example/"):
        frontier.found.offer(Candidate(url), came=Came("news"), run_began=0.0)
    frontier.urls.bar("https://news.test/")
    assert leased(frontier) == set()
    assert leased(frontier, "news.test.example") == {"https://news.test.example/"}


def test_the_next_crawl_leases_what_was_barred(frontier: FrontierStore) -> None:
    frontier.found.offer(Candidate("https://news.test/"), came=Came("news"), run_began=0.0)
    frontier.urls.bar("https://news.test/")
    assert leased(frontier) == set()
    frontier.urls.select(["news"])
    assert leased(frontier) == {"https://news.test/"}
