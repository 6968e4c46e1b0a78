"""Searching a store: order, filters, pages, counts, the plan of the statement."""

from collections.abc import Callable
from datetime import date

import pytest

from archive.records import Article
from archive.search import Count, Query, count, search
from archive.search.searching import _MATCHING
from archive.store import ArchiveStore, Filters

Add = Callable[..., int]


def ids(store: ArchiveStore, text: str, *given: object, **named: object) -> list[int]:
    return [hit.id for hit in search(store, Query.parse(text), *given, **named).hits]  # type: ignore[arg-type]


def test_a_word_of_the_title_counts_more(store: ArchiveStore, add: Add) -> None:
    in_text = add("the election was held", title="A report of the day")
    in_title = add("a vote was held", title="The election of the day")
    for _ in range(5):
        add("nothing of the kind")
    assert ids(store, "election") == [in_title, in_text]
    first, second = search(store, Query.parse("election")).hits
    assert first.score > second.score > 0
    assert [first.title[start:end] for start, end in first.title_marks] == ["election"]


def test_the_word_itself_ranks_before_its_other_forms(store: ArchiveStore, add: Add) -> None:
    other = add("الإيرانية في الطريق")
    itself = add("إيران في الطريق")
    for _ in range(5):
        add("كلام آخر")
    assert ids(store, "إيران") == [itself, other]


def test_by_date_the_latest_first_and_undated_last(store: ArchiveStore, add: Add) -> None:
    undated = add("news")
    early = add("news", published="2024-01-01T10:00:00+03:00")
    late = add("news", published="2024-01-02")
    same = add("news", published="2024-01-02T00:00:00Z")
    assert ids(store, "news", sort="date") == [same, late, early, undated]


def test_filters_leave_undated_out_and_count_them(store: ArchiveStore, add: Add) -> None:
    add("news", language="en")
    add("news", language="ar")
    dated = add(
        "news", language="en", published="2024-01-01T23:59:59-00:30", source="one", topics=("Economy",)
    )
    day = Filters(date_from=date(2024, 1, 2), date_to=date(2024, 1, 2))
    results = search(store, Query.parse("news"), day)
    assert ([hit.id for hit in results.hits], results.undated) == ([dated], 2)
    narrow = Filters(date_from=date(2024, 1, 1), language=("en",))
    assert count(store, Query.parse("news"), narrow) == Count(matching=1, undated=1)
    assert ids(store, "news", Filters(source=("one",), topic=("economy",))) == [dated]
    assert search(store, Query.parse("news"), Filters(source=("one",))).undated == 0


def test_pages(store: ArchiveStore, add: Add) -> None:
    numbers = [add("news " * (9 - at)) for at in range(9)]
    add("else")
    all_of_them = ids(store, "news", limit=100)
    assert sorted(all_of_them) == numbers
    pages = [ids(store, "news", limit=4, offset=offset) for offset in (0, 4, 8)]
    assert pages == [all_of_them[:4], all_of_them[4:8], all_of_them[8:]]
    assert ids(store, "news", offset=9) == []
    assert count(store, Query.parse("news")).matching == 9


def test_a_row_has_what_the_article_has(store: ArchiveStore, add: Add) -> None:
    number = add("Some text.", title="A title", source="one", language="en", published="2024-01-01")
    (hit,) = search(store, Query.parse("some")).hits
    assert (hit.id, hit.url, hit.title) == (number, f"https://news.example/{number}", "A title")
    assert (hit.source, hit.language, hit.published, hit.cluster_id) == ("one", "en", "2024-01-01", None)


def test_a_match_in_the_lead_alone_is_shown(store: ArchiveStore, add: Add) -> None:
    add("The text.", lead="A standfirst with harbour.")
    (hit,) = search(store, Query.parse("harbour")).hits
    assert hit.snippet == "A standfirst with harbour."
    assert hit.snippet_marks == ((18, 25),)


def test_by_author_and_topic(store: ArchiveStore, add: Add) -> None:
    by = add("x", authors=("ليلى الخطيب", "Jane O'Neil"), topics=("حقوق الإنسان",))
    add("ليلى الخطيب Jane")
    assert ids(store, "author:الخطيب") == [by]
    assert ids(store, "author:jane") == [by]
    assert ids(store, 'topic:"حقوق الانسان"') == [by]


def test_an_edit_is_found_and_what_it_took_away_is_not(store: ArchiveStore, add: Add) -> None:
    add("old words here")
    capture = store.capture(1)
    store.apply([(capture, Article(capture.url, capture.url, "Untitled", "new words here"))], "1")
    assert ids(store, "old") == []
    assert ids(store, "new") == [1]


@pytest.mark.parametrize("order", ["articles_fts.rank", "articles.published_utc DESC"])
def test_the_index_is_read_before_the_articles(store: ArchiveStore, add: Add, order: str) -> None:
    """The other way round the index is probed once an article."""
    for at in range(50):
        add("news", language="en", published=f"2024-01-{at % 28 + 1:02}")
    store.query("SELECT 1")
    condition = Filters(language=("en",), date_from=date(2024, 1, 3)).condition()
    plan = store.query(
        f"EXPLAIN QUERY PLAN SELECT articles.id {_MATCHING} AND {condition.sql} ORDER BY {order} LIMIT 20",
        ['"news"', *condition.parameters],
    )
    steps = [row[3] for row in plan if "SCAN" in row[3] or "SEARCH" in row[3]]
    assert steps[0].startswith("SCAN articles_fts VIRTUAL TABLE")
    assert steps[1].startswith("SEARCH articles USING INTEGER PRIMARY KEY")
