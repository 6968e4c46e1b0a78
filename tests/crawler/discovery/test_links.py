from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery.links import page_number, shape


@pytest.mark.parametrize(
    "path",
    [
        "/2024/05/01/river-rises",
        "/2024/05/river/",
        "/2024/may/01/river",
        "/20240501/river",
        "/world/river-123456",
        "/world/123456",
        "/news/the-minister-resigns-after-a-night",
        "/archives/613021",
        "/article/river",
        "/%D9%85%D9%82%D8%AA%D9%84-%D9%85%D8%AF%D9%86%D9%8A-%D9%81%D9%8A-%D8%AF%D9%85%D8%B4%D9%82/",
        "/a12345",
        "/world/613.html",
        "/story/4711",
        "/b/9d3f2c1a-4b5e-4f6a-8b7c-1234567890ab",
        "/video/the-minister-resigns-at-night",
        "/en/news/africa/the-minister-resigns-today/x",
    ],
)
def test_articles(path: str) -> None:
    assert shape(path, "") in {"article", "numbered"}


@pytest.mark.parametrize(
    "path", ["/de/politik/s-12321", "/rubric/138", "/world/613.html", "/indices/dax-159096"]
)
def test_a_number_alone_may_be_a_section(path: str) -> None:
    assert shape(path, "") in {"numbered", "section"}


@pytest.mark.parametrize("query", ["p=123", "id=55&x=1", "page=news&newsid=4711", "ArticleID=99"])
def test_articles_by_their_query(query: str) -> None:
    assert shape("/news.php", query) == "article"


@pytest.mark.parametrize(
    "path",
    [
        "/world",
        "/world/africa/",
        "/category/local-news/",
        "/section/news",
        "/news/page/2/",
        "/science-and-health",
        "/themen/krieg-und-frieden-in-der-welt/",
        "/de/themen/s-9077",
        "/%D8%A3%D8%AE%D8%A8%D8%A7%D8%B1",
        "/politics.html",
    ],
)
def test_sections(path: str) -> None:
    assert shape(path, "") == "section"


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/login", ""),
        ("/wp-login.php", ""),
        ("/tag/river/", ""),
        ("/tags/a-b-c-d-e-f", ""),
        ("/autoren/johannes-knuth-1.1767041", ""),
        ("/en/author/a-b-c-d-e", ""),
        ("/", "feed=comments-rss2"),
        ("/a/b.jpg", ""),
        ("/", "s=x"),
        ("/x", "share=twitter"),
        ("/x", "replytocom=7"),
        ("/about", ""),
        ("/about.html", ""),
        ("/comments/feed/", ""),
        ("/2024/05/river/feed.pdf", ""),
        ("/wp-content/uploads/x", ""),
        ("/calendar/4", ""),
    ],
)
def test_what_is_not_followed(path: str, query: str) -> None:
    assert shape(path, query) == "skip"


@pytest.mark.parametrize("path", ["/feed", "/feed/", "/rss.xml", "/world/rss", "/index.rss", "/atom.xml"])
def test_feeds(path: str) -> None:
    assert shape(path, "") == "feed"


@pytest.mark.parametrize("path", ["/2024/05/", "/2024/", "/2024/05/01", "/"])
def test_date_archives_and_the_home_page_are_no_articles(path: str) -> None:
    assert shape(path, "") in {"unclear", "section"}


def test_page_numbers() -> None:
    assert page_number("/news/page/12/", "") == 12
    assert page_number("/news", "a=1&page=3") == 3
    assert page_number("/news", "homepage=3") is None


@given(st.text(), st.text())
def test_never_raises(path: str, query: str) -> None:
    shape(f"/{path}", query)
    page_number(path, query)
