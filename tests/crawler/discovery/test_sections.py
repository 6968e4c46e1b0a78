from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings.app import SourceSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawler.discovery import Discovery

    Read = Callable[..., Discovery]

HOME = "https://news.example.org/"
PAGE = """<!DOCTYPE html><html><head><title>Example</title>
<link rel="alternate" type="application/rss+xml" title="Example » Feed" href="/feed/">
<link rel="alternate" type="application/rss+xml" title="Example » Comments Feed" href="/comments/feed/">
<link rel="alternate" type="application/rss+xml" title="موقع &raquo; تعليقات" href="/x/feed/">
<link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/2">
<link rel="alternate" type="application/json+oembed" href="/wp-json/oembed/1.0/embed?url=x">
<link rel="alternate" hreflang="ar" href="https://news.example.org/ar/">
<link rel="alternate" type="application/atom+xml" href="https://feeds.example.net/all">
<link rel="https://api.w.org/" href="https://news.example.org/wp-json/">
</head><body>
<header><nav><a href="/">Home</a> <a href="/world">World</a> <a href="/category/local-news/">Local</a>
<a href="/about">About</a> <a href="/login?next=/">Log in</a>
<a href="https://shop.example.net/">Shop</a></nav></header>
<main>
<article><a href="/2024/05/river-rises/"><img src="a.jpg"></a>
<h2><a href="/2024/05/river-rises/?utm_source=home">River
  rises</a></h2><a href="/2024/05/river-rises/#comments">3 comments</a></article>
<a href="/world/minister-resigns-after-long-night-123456">Minister resigns</a>
<a href="https://www.news.example.org/story/4711">By another host of the site</a>
<a href="https://elsewhere.example.net/2024/05/other-story/">Another site's story of the day</a>
<a href="/opinion/what-now">What now for the people of the valley?</a>
<a href="/photos/one.jpg">Picture</a> <a href="mailto:a@example.org">Mail</a>
<a href="javascript:void(0)">x</a>
<a href="/tag/river/">river</a> <a href="/author/jane-doe/">Jane Doe</a>
<a href="https://news.example.org/2024/05/river-rises/?share=facebook&nb=1">Share</a>
<a href="/?s=river">Search for the river in all articles</a>
<a href="/2024/05/">May 2024</a>
</main><a rel="next" href="/page/2/">Older</a>
<footer><a href="/privacy-policy/">Privacy</a><a href="/rss.xml">RSS</a></footer></body></html>"""


def test_a_home_page_gives_feeds_rest_sections_articles_and_the_next_page(read: Read) -> None:
    found = read(PAGE, "home", url=HOME)
    assert [(c.role, c.url) for c in found.candidates] == [
        ("feed", "https://news.example.org/feed/"),
        ("feed", "https://feeds.example.net/all"),
        ("wordpress", found.candidates[2].url),
        ("feed", "https://news.example.org/rss.xml"),
        ("section", "https://news.example.org/page/2/"),
        ("section", "https://news.example.org/world"),
        ("section", "https://news.example.org/category/local-news/"),
        ("page", "https://news.example.org/2024/05/river-rises/?utm_source=home"),
        ("page", "https://news.example.org/world/minister-resigns-after-long-night-123456"),
        ("page", "https://www.news.example.org/story/4711"),
        ("page", "https://news.example.org/opinion/what-now"),
    ]
    assert "wp/v2/posts" in found.candidates[2].url
    assert found.read_as == "home"
    assert found.faults == ()


def test_the_title_of_an_article_is_its_first_link_with_a_text(read: Read) -> None:
    titles = {c.url: c.title for c in read(PAGE, "home", url=HOME).candidates}
    assert titles["https://news.example.org/2024/05/river-rises/?utm_source=home"] == "River rises"


def test_a_section_page_names_no_feeds(read: Read) -> None:
    found = read(PAGE, "section", url="https://news.example.org/world")
    assert {c.role for c in found.candidates} == {"page", "section"}
    assert {c.found_by for c in found.candidates} == {"section"}


def test_an_article_page_is_not_followed_from(read: Read) -> None:
    assert read(PAGE, "page").candidates == ()


def test_a_number_in_a_navigation_is_a_section_and_services_are_none(read: Read) -> None:
    found = read(
        "<body><nav><a href='/'>Home</a><a href='/de/europa/africa/x'>Africa</a>"
        "<a href='/de/politik/s-12321'>Politik</a>"
        "<a href='https://shop.news.example.org/'>Shop</a><a href='https://roma.news.example.org/'>Roma</a>"
        "<a href='/sport'>Sport</a></nav><a href='/de/a-68117411'>Nun doch</a></body>",
        "section",
        url="https://news.example.org/de/",
    )
    assert [(c.role, c.url.partition(".org")[2]) for c in found.candidates] == [
        ("section", "/sport"),
        ("section", "/de/politik/s-12321"),
        ("section", "/de/europa/africa/x"),
        ("section", "/"),
        ("page", "/de/a-68117411"),
    ]


def test_base_href_and_another_charset(read: Read) -> None:
    page = (
        '<html><head><meta charset="windows-1256"><base href="/ar/"></head><body>'
        '<a href="news/1234567">خبر من المدينة</a></body></html>'
    )
    (candidate,) = read(page.encode("windows-1256"), "section").candidates
    assert (candidate.url, candidate.title) == ("https://news.example.org/ar/news/1234567", "خبر من المدينة")


@pytest.mark.parametrize(
    ("here", "links", "expected"),
    [
        ("/news", '<a href="/news?page=2">2</a><a href="/news?page=9">9</a>', "/news?page=2"),
        ("/news?page=2", '<a href="/news?page=1">1</a><a href="/news?page=3">3</a>', "/news?page=3"),
        ("/news/page/2/", '<a href="/news/page/1/">1</a><a href="/news/page/3/">3</a>', "/news/page/3/"),
        ("/news", '<a href="/list?page=2">التالي</a>', "/list?page=2"),
        ("/news", '<link rel="next" href="/news/older">', "/news/older"),
        ("/news", '<a href="/news" rel="next">x</a>', None),
        ("/news?page=5", '<a href="/news?page=4">4</a>', None),
        ("/news", '<a rel="next" href="https://elsewhere.example.net/2">x</a>', None),
    ],
)
def test_paging(read: Read, here: str, links: str, expected: str | None) -> None:
    found = read(f"<html><body>{links}</body></html>", "section", url=f"https://news.example.org{here}")
    assert [c.url for c in found.candidates] == ([f"https://news.example.org{expected}"] if expected else [])


def test_include_and_exclude(read: Read) -> None:
    source = SourceSettings(name="example", url=HOME, include=[r"/2024/"], exclude=[r"/category/"])
    found = read(PAGE, "home", url=HOME, source=source)
    assert [c.url for c in found.candidates if c.role == "page"] == [
        "https://news.example.org/2024/05/river-rises/?utm_source=home"
    ]
    assert [c.url for c in found.candidates if c.role == "section"] == [
        "https://news.example.org/page/2/",
        "https://news.example.org/world",
    ]


@pytest.mark.parametrize(
    ("body", "limit"),
    [
        ("".join(f'<a href="/2024/05/{n}/a-story-of-the-day">A story</a>' for n in range(100_000)), 5000),
        ("<div>" * 300_000 + '<a href="/2024/05/a-story">x</a>' * 2000, 1),
        ('<a href="/2024/05/a-story">' + "<b>" * 200_000 + "text " * 200_000, 1),
        ("<p>" + "".join(f"<b id={n}>" for n in range(1500)) + "</p>" + "<p>x</p>" * 3000, 0),
        ("<p " + "".join(f"a{n}=1 " for n in range(300_000)) + ">", 0),
        ("".join("<p " + "".join(f"a{n}=1 " for n in range(900)) + ">" for _ in range(300)), 0),
        ("<" * 4_000_000, 0),
    ],
    ids=[
        "100,000 links",
        "deep",
        "deep in a link",
        "open formatting",
        "attributes",
        "many attributes",
        "angles",
    ],
)
def test_hostile_pages_cost_little(read: Read, body: str, limit: int) -> None:
    began = time.process_time()
    found = read(f"<html><body>{body}</body></html>", "home", url=HOME)
    assert time.process_time() - began < 10
    assert len(found.candidates) <= limit


@given(
    st.text()
    | st.lists(
        st.sampled_from(
            [
                "<a href='",
                "'>",
                "</a>",
                "<base href='http://[x'>",
                "<nav>",
                "/2024/05/a-b",
                "?page=2",
                "<link rel=next href=",
                "<link rel=alternate type=application/rss+xml href=",
                ">",
                "é",
                "\x00",
                "&#x110000;",
                "<!--",
                "%",
                "//",
            ]
        )
    ).map("".join)
)
def test_never_raises(read: Read, body: str) -> None:
    found = read(f"<html><body>{body}".encode("utf-8", "replace"), "home", url=HOME)
    assert all(candidate.url.startswith(("http://", "https://")) for candidate in found.candidates)
