"""25 hosts of deliberate trouble in one crawl: each gives what it can, and harms no other."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from archive.store import ArchiveStore, Filters
from archive.warc.reader import read_exchange

if TYPE_CHECKING:
    from collections.abc import Callable

    from archive.records import Exchange
    from archive.store import ArticleRow
    from tests.acceptance.conftest import Archive, Newsweb

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

WHOLE = (
    "slow", "flaky", "moved", "cookie", "badfeed", "nofeed", "limit", "delay", "cp1256", "wrongcp", "badbytes", "hdr",
    "optout", "dup", "soft404", "trap", "update",
)  # fmt: skip
"""Hosts all five articles of which are to be had."""
REST = ("big", "bomb", "reset", "short", "loop", "gone", "closed", "norobots")
NOBODY = "nosuchhost"


class Trouble:
    """The archive after the crawl, asked by host."""

    def __init__(self, archive: Archive, summary: dict[str, Any], log: list[dict[str, Any]]) -> None:
        self.archive = archive
        self.summary = summary
        self._log = log
        self._folder = archive.folder
        with ArchiveStore.open(archive.folder, readonly=True) as store:
            self._articles = list(store.select(Filters()))
            self._captures = list(store.captures())
            self.rejected = {c.url: store.fate(c.id).rejection for c in store.captures(outcome="rejected")}

    def articles(self, host: str) -> list[ArticleRow]:
        return [article for article in self._articles if f"//{host}.test/" in article.url]

    def exchanges(self, host: str, *, role: str = "page") -> list[Exchange]:
        return [
            read_exchange(self._folder / "warc", c.warc_file, c.offset, c.group_length)
            for c in self._captures
            if f"//{host}.test/" in c.url and c.role == role
        ]

    def requests(self, host: str) -> list[dict[str, Any]]:
        return sorted((row for row in self._log if row["host"] == f"{host}.test"), key=lambda row: row["t"])


@pytest.fixture(scope="module")
def trouble(newsweb: Newsweb, new_archive: Callable[..., Archive]) -> Trouble:
    archive = new_archive(delay=0.1, environment=newsweb.environment)
    hosts = [f"https://{name}.test/" for name in (*WHOLE, *REST, NOBODY)]
    archive.run("sources", "add", "--no-discover", *hosts)
    archive.run(
        "sources", "edit", "limit.test", "delay=0.0"
    )  # too fast for it, also where this machine is slow
    (summary,) = archive.rows("crawl")
    return Trouble(archive, summary, newsweb.requests())


@pytest.mark.parametrize("host", WHOLE)
def test_all_five_articles_are_there(trouble: Trouble, host: str) -> None:
    titles = [article.title for article in trouble.articles(host)]
    assert len(titles) == 5, titles
    assert len(set(titles)) == 5


@pytest.mark.parametrize(
    ("host", "count"), [("big", 4), ("bomb", 4), ("reset", 0), ("short", 0), ("loop", 0), ("gone", 0)]
)
def test_what_cannot_be_had_costs_itself_alone(trouble: Trouble, host: str, count: int) -> None:
    assert len(trouble.articles(host)) == count


def test_each_fault_is_named(trouble: Trouble) -> None:
    assert trouble.summary["errors"] == {
        "http_4xx": 6,  # gone's five articles, and nofeed's feed
        "redirect_loop": 5,
        "robots": 3,  # closed, norobots, and the host that the proxy does not know
        "too_large": 1,
        "truncated": 10,
    }
    assert trouble.summary["rejected"] == {"too_large": 1}


def test_truncated_answers_are_kept_with_the_reason_and_tried_again(trouble: Trouble) -> None:
    assert [one.truncated for one in trouble.exchanges("big") if one.truncated] == ["length"]
    for host in ("reset", "short"):
        tries = trouble.exchanges(host)
        assert {one.truncated for one in tries} == {"disconnect"}
        assert set(Counter(one.url for one in tries).values()) == {4}


def test_robots_keep_out(trouble: Trouble) -> None:
    for host in ("closed", "norobots"):
        assert {row["target"] for row in trouble.requests(host)} == {"/robots.txt"}


def test_a_crawl_delay_is_a_floor(trouble: Trouble) -> None:
    times = [row["t"] for row in trouble.requests("delay")]
    assert len(times) > 8
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert min(gaps) >= 1.95, gaps


def test_a_host_that_says_slow_down_is_asked_less_often(trouble: Trouble) -> None:
    rows = trouble.requests("limit")
    refused = [row["t"] for row in rows if row["status"] == 429]
    assert refused, "the delay of this crawl is meant to be too short for it"
    later = [row["t"] for row in rows if row["t"] > refused[0]]
    assert all(sum(start <= other < start + 1 for other in later) <= 4 for start in later)


def test_an_article_that_moved_is_under_its_new_address(trouble: Trouble) -> None:
    assert all("/new/" in article.url for article in trouble.articles("moved"))
    assert sum(one.status == 301 for one in trouble.exchanges("moved")) == 5


def test_letters_are_right_whatever_the_charset_says(trouble: Trouble) -> None:
    assert all("مجلس البلدية والمدارس" in article.text for article in trouble.articles("cp1256"))
    assert all("Zürich, Łódź, 東京, حلب." in article.text for article in trouble.articles("wrongcp"))
    assert all("\x00" not in article.text for article in trouble.articles("badbytes"))


def test_odd_headers_are_kept_byte_for_byte(trouble: Trouble) -> None:
    for one in trouble.exchanges("hdr"):
        assert (
            b"\r\nx-ODD-Case: kept\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Arabic: \xd8\xae\xd8\xa8\xd8\xb1\r\n"
            in one.response
        )


def test_a_trap_is_bounded(trouble: Trouble) -> None:
    calendar = [row for row in trouble.requests("trap") if "/calendar/" in row["target"]]
    assert len(calendar) <= 50


def test_not_found_in_disguise_is_no_article(trouble: Trouble) -> None:
    assert not [
        article.title for article in trouble.articles("soft404") if "not found" in article.title.lower()
    ]


def test_what_a_page_says_of_its_use_is_recorded(trouble: Trouble) -> None:
    said = [
        {"source": "header:x-robots-tag", "value": "noarchive, noai"},
        {"source": "header:tdm-reservation", "value": "1"},
    ]
    for article in trouble.articles("optout"):
        (row,) = trouble.archive.rows("show", article.id)
        assert row["usage_preferences"] == said
    assert all(article.usage_preferences == () for article in trouble.articles("hdr"))


def test_pages_that_were_gone_before_they_were_seen_are_told_with_their_evidence(trouble: Trouble) -> None:
    """At first look gone, deleted after a second, in a later crawl."""
    urls = sorted({one.url for one in trouble.exchanges("gone")})
    assert len(urls) == 5
    for crawls, status in ((1, "gone"), (2, "deleted"), (3, "deleted")):
        if crawls > 1:
            trouble.archive.run("crawl", "gone.test")
        for url in urls:
            (row,) = trouble.archive.rows("show", url)
            assert (row["status"], row["url"]) == (status, url)
            assert row["title"].endswith("report from gone.test")
            assert row["published"].startswith("2026-01-0")
            assert [one["status"] for one in row["captures"]] == [410] * min(crawls, 2), (
                "two looks are enough"
            )
        (held,) = trouble.archive.rows("status")
        assert held["pages_without_article"][status] == 5
    shown = trouble.archive.run("show", urls[0], "--captures")
    assert shown.count(" 410 ") == 2
    assert "deleted" in shown


def test_each_edit_is_one_revision_and_what_is_unchanged_costs_no_body(
    newsweb: Newsweb, new_archive: Callable[..., Archive]
) -> None:
    archive = new_archive(environment=newsweb.environment)
    archive.run("sources", "add", "--no-discover", "https://update.test/")
    archive.run("crawl")
    with ArchiveStore.open(archive.folder, readonly=True) as store:
        numbers = [article.id for article in store.select(Filters())]
    assert len(numbers) == 5
    edition = 1
    for bumped in (True, False, True):
        if bumped:
            edition = newsweb.bump()
        before = len(newsweb.requests())
        (summary,) = archive.rows("crawl", "--look-again")
        pages = [
            row for row in newsweb.requests()[before:]
            if row["host"] == "update.test" and row["target"].endswith("-report.html")
        ]  # fmt: skip
        assert [row["status"] for row in pages] == [200 if bumped else 304] * 5
        assert (summary["articles_changed"], summary["articles_new"]) == (5 if bumped else 0, 0)
        for number in numbers:
            (row,) = archive.rows("show", number, "--revisions")
            assert (row["status"], len(row["revisions"])) == ("edited", edition)
            (change,) = archive.rows("show", number, "--diff")
            assert list(change["changes"]) == ["text"]
            spans = [(span["kind"], span["text"].strip()) for span in change["changes"]["text"]]
            assert [span for span in spans if span[0] != "same"] == _edit(edition - 1, edition)


def _edit(before: int, after: int) -> list[tuple[str, str]]:
    """What an edition of update.test changes: its number and a figure."""
    return [(kind, f"{number}: {1000 + 17 * number}") for kind, number in (("gone", before), ("new", after))]
