"""Addresses without end are told from those of articles and sections."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.records import Candidate
from crawler.discovery.traps import (
    MAX_PARAMETERS,
    MAX_READABLE_LENGTH,
    MAX_SEGMENTS,
    MAX_VARIANTS,
    REPETITIONS,
    TrapWatch,
    repeats,
    trap,
)

SITE = "https://news.test"
YEAR = 2026
ARABIC = "%D9%85%D9%82%D8%AA%D9%84-"


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("/a/b/a/b/a/b/", "repeating"),
        ("/en/world/world/world/rain", "repeating"),
        ("/x/1/a/1/a/1/a/y.html", "repeating"),
        ("/s/a-b-c/s/a-b-c/s/a-b-c", "repeating"),
        ("/" + "/".join(f"s{number}" for number in range(MAX_SEGMENTS + 1)), "deep"),
        ("/x?q=" + "y" * MAX_READABLE_LENGTH, "long"),
        ("/list?" + "&".join(f"f{number}=1" for number in range(MAX_PARAMETERS + 1)), "parameters"),
        ("/list?tag[]=a&tag[]=b&tag[]=c&tag[]=d", "parameters"),
        ("/agenda/2028/01/", "calendar"),
        ("/agenda/2031/5/7", "calendar"),
        ("/day/2099-12-31", "calendar"),
        ("/agenda?month=2031-05", "calendar"),
        ("/agenda?tribe-bar-date=2031-05-01", "calendar"),
        ("/agenda?date=20310501", "calendar"),
        ("/agenda?year=2031&month=5", "calendar"),
        ("/agenda?cal%5Byear%5D=2031", "calendar"),
    ],
)
def test_traps(address: str, kind: str) -> None:
    assert trap(SITE + address, year=YEAR) == kind


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/2026/03/01/rain-in-the-hills",
        "/2027/01/",
        "/2011/11/11/11-things-to-know",
        "/11/11/11/rain",
        "/sport/sport/football",
        "/2050/05/what-the-world-will-look-like",
        "/story/2500",
        "/story/2999.html",
        "/goals-2030-10-years-on",
        "/archive/1851/09/18/",
        "/news?start=2040",
        "/news?page=2500",
        "/news.php?id=20310501",
        "/" + ARABIC * 25,
        "/a/b/c/d/e/f/g/h/i/j/k/l",
        "/index.php?option=com_content&view=article&id=5123&catid=12&Itemid=101&lang=ar",
    ],
)
def test_what_is_none(address: str) -> None:
    assert trap(SITE + address, year=YEAR) is None


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=5), st.lists(st.sampled_from("xyz"), max_size=6))
def test_a_group_that_comes_often_enough_is_seen_wherever_it_begins(
    group: list[str], before: list[str]
) -> None:
    assert repeats([*before, *group * REPETITIONS])


@given(st.lists(st.text("abcdefgh", min_size=1), unique=True, max_size=MAX_SEGMENTS))
def test_segments_that_differ_repeat_nothing(segments: list[str]) -> None:
    assert not repeats(segments)
    assert not repeats([segment for segment in segments for _ in range(REPETITIONS - 1)])


@given(st.text(max_size=200), st.text(max_size=200))
def test_never_raises(path: str, query: str) -> None:
    trap(f"{SITE}/{path}?{query}", year=YEAR)


# --- over a crawl


def link(address: str, found_by: str = "section", role: str = "page") -> Candidate:
    return Candidate(SITE + address, role=role, found_by=found_by)  # type: ignore[arg-type]


@pytest.mark.parametrize("found_by", ["feed", "news-sitemap", "sitemap", "wordpress", "user"])
def test_what_a_feed_a_sitemap_or_the_user_names_is_no_link(found_by: str) -> None:
    watch = TrapWatch(year=YEAR)
    assert not watch.refuses(link("/a/a/a/a", found_by))
    assert not watch.refused


def test_each_address_counts_once() -> None:
    watch = TrapWatch(year=YEAR)
    for _ in range(3):
        assert watch.refuses(link("/a/a/a/"))
        assert watch.refuses(link("/day/2099-01-01", role="section"))
    assert watch.refuses(link("/b/b/b/"))
    assert watch.refused == {"repeating": 2, "calendar": 1}


def test_combinations_of_filters_are_bounded_and_articles_are_not() -> None:
    watch = TrapWatch(year=YEAR)
    filters = [link(f"/list?colour={number}&size=1&sort=2") for number in range(MAX_VARIANTS + 20)]
    for _ in range(2):
        assert [watch.refuses(one) for one in filters] == [False] * MAX_VARIANTS + [True] * 20
    articles = [link(f"/news.php?page=show&lang=ar&id={number}") for number in range(100, 1000)]
    assert not any(watch.refuses(one) for one in articles)
    assert not any(watch.refuses(link(f"/news?slug={number}")) for number in range(1000))
    assert watch.refused == {"variants": 20}
