"""Which title, account or instant is a site's, and which is told again by its articles."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.memory.values import (
    Said,
    SetAside,
    apply_values,
    pack_said,
    read_said,
    repeated_values,
    set_aside,
    unpack_said,
    values_of,
)
from archive.records import Article, FieldEvidence, Statement

WRITERS = ("Salma Haddad", "Omar Quill", "Nour Aldin", "Lena Voss")
SITES_OWN = ("authors", "admin2")


def said(name: str, *statements: tuple[str, str]) -> Said:
    """What sources say of one field, as (source, value)."""
    return {
        name: tuple(
            Statement(
                tuple(value.split(", ")),
                FieldEvidence(source, None, 0.6),
                ("Reuters",) if "Reuters" in value else (),
            )
            for source, value in statements
        )
    }


def by(number: int) -> str:
    return WRITERS[number % len(WRITERS)]


def found(pages: list[Said]) -> set[tuple[str, str]]:
    return repeated_values(pages, ())


def test_the_account_that_posts_everything_is_no_author() -> None:
    pages = [said("authors", ("json-ld:author", "admin2"), ("byline", by(at))) for at in range(8)]
    assert found(pages) == {SITES_OWN}
    assert found(pages[:4]) == set(), "four pages tell nothing"


def test_of_two_accounts_the_one_of_half_the_pages_is_found() -> None:
    pages = [
        said("authors", ("json-ld:author", "admin2" if at % 5 < 3 else "Web team"), ("byline", by(at)))
        for at in range(20)
    ]
    assert found(pages) == {SITES_OWN}


def test_an_account_with_which_the_page_agrees_as_often_stays() -> None:
    pages = [
        said(
            "authors",
            ("json-ld:author", "Salma H. Haddad"),
            ("byline", by(at) if at % 2 else "Haddad, Salma"),
        )
        for at in range(16)
    ]
    assert found(pages) == set()


def test_a_name_with_nothing_beside_it_stays() -> None:
    assert found([said("authors", ("json-ld:author", "The newsroom")) for _ in range(40)]) == set()
    beside = [said("authors", ("json-ld:author", "The newsroom"), ("byline", "All of us")) for _ in range(40)]
    assert found(beside) == set(), "and what is the same on all pages refutes nothing"


def test_what_some_pages_alone_say_beside_it_refutes_it() -> None:
    alone = [said("authors", ("json-ld:author", "admin2")) for _ in range(20)]
    named = [said("authors", ("json-ld:author", "admin2"), ("byline", by(at))) for at in range(5)]
    assert found([*alone, *named]) == {SITES_OWN}
    assert found([*alone, *named[:4]]) == set()


def test_an_agency_writes_as_much_as_it_likes() -> None:
    pages = [said("authors", ("json-ld:author", "Reuters"), ("byline", by(at))) for at in range(16)]
    assert found(pages) == set()


def test_a_columnist_with_a_third_of_the_articles_stays() -> None:
    pages = [
        said("authors", ("json-ld:author", "Jan Marek" if at % 3 == 0 else by(at)), ("byline", by(at + 1)))
        for at in range(48)
    ]
    assert found(pages) == set()


def test_photographers_do_not_refute_the_one_writer_whom_the_page_shows() -> None:
    pages = [
        said("authors", ("json-ld:author", "Jan Marek"), ("rel:author", "Jan Marek"), ("byline", by(at)))
        for at in range(16)
    ]
    assert found(pages) == set()
    credited = [
        said("authors", ("json-ld:author", "Jan Marek"), ("byline", f"{by(at)}, Reuters")) for at in range(16)
    ]
    assert found(credited) == set()


def test_a_line_near_the_headline_refutes_an_account_that_the_page_shows() -> None:
    pages = [
        said("authors", ("json-ld:author", "admin2"), ("rel:author", "admin2"), ("byline:line", by(at)))
        for at in range(8)
    ]
    assert found(pages) == {SITES_OWN}


def test_a_slogan_is_no_title() -> None:
    pages = [
        said(
            "title", ("meta:og:title", "News you can trust"), ("h1", "The Lantern"), ("title", f"Flood {at}")
        )
        for at in range(8)
    ]
    assert found(pages) == {("title", "newsyoucantrust"), ("title", "thelantern")}


def test_a_column_keeps_its_title() -> None:
    same = [said("title", ("meta:og:title", "Horoscope"), ("title", "Horoscope")) for _ in range(16)]
    assert found(same) == set()
    longer = [said("title", ("h1", "Horoscope"), ("title", f"Horoscope for {at}")) for at in range(16)]
    assert found(longer) == set()
    sections = [said("title", ("h1", "Daily notice"), ("title", f"Part {at % 3}")) for at in range(16)]
    assert found(sections) == set(), "what repeats itself is no better"


def test_the_instant_of_an_import_is_no_date() -> None:
    pages = [
        said(
            "published",
            ("json-ld:datePublished", "2021-06-01T10:02:33+02:00" if at % 2 else f"2022-01-{at + 1:02}T09:00:00Z"),
            ("visible", f"2019-03-{at + 1:02}" if at % 2 else f"2022-01-{at + 1:02}"),
        )
        for at in range(24)
    ]  # fmt: skip
    assert found(pages) == {("published", "2021-06-01T08:02:33+00:00")}


@pytest.mark.parametrize(
    ("stated", "shown"),
    [
        ("2021-06-01", "2019-03-{:02}"),
        ("2021-06-01T00:00:00+03:00", "2019-03-{:02}"),
        ("2021-06-01T03:00:00+03:00", "2019-03-{:02}"),
        ("2021-06-01T05:00:00+03:00", "2021-06-01"),
        ("2021-06-01T05:00:00+03:00", "2021-05-31"),
        ("2021-06-01T05:00:00+03:00", "2019-03-01"),
    ],
    ids=["a day", "midnight", "midnight in UTC", "an edition", "another zone", "one other day"],
)
def test_dates_that_repeat_by_nature_stay(stated: str, shown: str) -> None:
    pages = [
        said("published", ("json-ld:datePublished", stated), ("visible", shown.format(at + 1)))
        for at in range(16)
    ]
    assert found(pages) == set()


def test_an_issue_of_a_weekly_keeps_its_date() -> None:
    pages = [
        said(
            "published",
            ("json-ld:datePublished", "2021-06-03T12:00:00+02:00"),
            ("json-ld:dateCreated", f"2021-05-{at + 1:02}T09:21:33+02:00"),
        )
        for at in range(16)
    ]
    assert found(pages) == set()


statements = st.lists(
    st.tuples(st.sampled_from(["json-ld:author", "byline", "byline:line"]), st.sampled_from(["a2", *WRITERS])),
    min_size=1, max_size=3,
)  # fmt: skip


@given(st.lists(statements, max_size=14), st.randoms(use_true_random=False))
def test_the_order_of_pages_does_not_matter(listed: list[list[tuple[str, str]]], random: object) -> None:
    pages = [said("authors", *one) for one in listed]
    shuffled = pages[:]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert found(shuffled) == found(pages)


ARTICLE = Article(
    "u", "u", "News you can trust", "Text.", authors=("admin2",), published="2021-06-01T10:02:33+02:00",
    published_precision="instant", published_source="json-ld:datePublished",
    sources={
        "title": "meta:og:title", "authors": "json-ld:author", "published": "json-ld:datePublished", "text": "body",
    },
    evidence={
        "title": FieldEvidence("meta:og:title", "News you can trust", 0.6),
        "authors": FieldEvidence("json-ld:author", None, 0.6),
        "published": FieldEvidence("json-ld:datePublished", "2021-06-01 10:02:33", 0.95),
    },
    others={
        "authors": (
            Statement(("Salma Haddad", "Reuters"), FieldEvidence("byline", None, 0.6), ("Reuters",)),
            Statement(("Desk",), FieldEvidence("rel:author", None, 0.6)),
        ),
        "published": (Statement(("2019-03-02",), FieldEvidence("visible", "2 March 2019", 0.7)),),
    },
)  # fmt: skip


def test_a_page_alone_keeps_what_it_says() -> None:
    told = read_said(ARTICLE)
    assert unpack_said(pack_said(told)) == told
    assert apply_values(ARTICLE, told, {}) == ARTICLE
    assert read_said(Article("u", "u", "First line", "Text.")) == {}
    assert unpack_said(None) == {}


def test_the_next_source_holds_and_says_so() -> None:
    told = read_said(ARTICLE)
    sites = {("authors", "admin2"): 8, ("published", "2021-06-01T08:02:33+00:00"): 16}
    mended = apply_values(ARTICLE, told, sites)
    assert (mended.authors, mended.agencies) == (("Salma Haddad", "Reuters"), ("Reuters",))
    assert (mended.published, mended.published_precision) == ("2019-03-02", "day")
    assert mended.published_source == mended.sources["published"] == "visible"
    assert mended.evidence["published"] == FieldEvidence("visible", "2 March 2019", 0.7)
    assert (mended.title, mended.sources["text"]) == (ARTICLE.title, "body")
    assert set_aside(told, sites) == [
        SetAside("authors", ("admin2",), "json-ld:author", 8),
        SetAside("published", ("2021-06-01T10:02:33+02:00",), "json-ld:datePublished", 16),
    ]
    assert apply_values(mended, told, {}) == ARTICLE, "and back again"


def test_where_no_source_holds_the_first_stays() -> None:
    told = read_said(ARTICLE)
    everything = dict.fromkeys(values_of(told), 8)
    assert apply_values(ARTICLE, told, everything) == ARTICLE
    assert set_aside(told, everything) == []


def test_a_date_that_is_none_is_not_weighed() -> None:
    odd = replace(ARTICLE, published="in spring")
    assert apply_values(odd, read_said(odd), {}).published == "in spring"
    pages = [said("published", ("x", "in spring"), ("y", f"2019-03-{at + 1:02}")) for at in range(9)]
    assert found(pages) == set()
