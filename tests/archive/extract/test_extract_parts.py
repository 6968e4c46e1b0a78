"""Articles on several pages: each page tells which one it is, and of what."""

from datetime import UTC, datetime

import pytest

from archive.extract import Page, extract_html
from archive.records import Article, Provenance

BASE = "https://news.example/2026/long-read/"
PARAGRAPHS = "".join(
    f"<p>The {word} stood where it had stood for years, and the town went about its day as it always had.</p>"
    for word in ("ferry", "market", "school", "bridge")
)


def read(url: str, links: str, head: str = "", part_of: str | None = None) -> Article:
    html = (
        f"<html lang=en><head><title>A long read</title>{head}</head><body><article><h1>A long read</h1>{PARAGRAPHS}"
        f"</article>{links}<a href='/'>Home</a></body></html>"
    )
    page = Page(
        url, html.encode(), "utf-8", datetime(2026, 5, 1, tzinfo=UTC), provenance=Provenance(part_of=part_of)
    )
    article = extract_html(page)
    assert isinstance(article, Article)
    return article


def place(article: Article) -> tuple[int, bool, str]:
    return article.part, article.continues, article.canonical_url


NUMBERS = f"<p>Pages: <a href='{BASE}'>1</a> <a href='{BASE}2/'>2</a> <a href='{BASE}3/'>3</a></p>"


@pytest.mark.parametrize(
    ("url", "expected"),
    [(BASE, (1, True, BASE)), (f"{BASE}2/", (2, True, BASE)), (f"{BASE}3/", (3, False, BASE))],
)
def test_a_page_knows_its_place_by_the_numbers_it_links(url: str, expected: tuple[int, bool, str]) -> None:
    own = f'<link rel="canonical" href="{url}">'
    assert place(read(url, NUMBERS)) == expected
    assert place(read(url, NUMBERS, own)) == expected


def test_numbers_of_any_script_are_numbers() -> None:
    links = f"<a href='{BASE}'>١</a> <a href='{BASE}3/'>٣</a>"
    assert place(read(f"{BASE}2/", links)) == (2, True, BASE)


def test_by_rel_next_and_rel_prev() -> None:
    assert place(read(BASE, "", f'<link rel="next" href="{BASE}?page=2">')) == (1, True, BASE)
    found = read(f"{BASE}?page=2", f'<a rel="prev" href="{BASE}">Back</a><a rel="next" href="?page=3">On</a>')
    assert place(found) == (2, True, BASE)


def test_by_the_first_page_s_address_as_canonical() -> None:
    head = f'<link rel="canonical" href="{BASE}">'
    assert place(read(f"{BASE}2/", "", head)) == (2, False, BASE)


def test_by_what_the_crawl_knows() -> None:
    assert place(read(f"{BASE}2/", "", part_of=BASE)) == (2, False, BASE)


def test_the_next_article_is_no_further_page() -> None:
    links = (
        '<link rel="next" href="https://news.example/2026/next-story/"><a href="https://other.example/2026/long-read/2/">2</a>'
        f'<a href="{BASE}comment-page-2/">2</a>'
    )
    assert place(read(BASE, links)) == (1, False, BASE)


def test_a_small_number_at_the_end_may_be_an_article_s_own() -> None:
    url = "https://news.example/news/12"
    links = (
        "<a href='/news'>News</a><a href='/news/11'>The one before</a><a href='/news/13'>The one after</a>"
    )
    article = read(url, links)
    assert (article.part, article.canonical_url) == (1, url)
