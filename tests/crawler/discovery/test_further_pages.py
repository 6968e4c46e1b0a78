"""The further pages of an article, by the links of a page of it."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.records import Exchange, Provenance
from crawler.discovery.parts import further_pages

FIRST = "https://news.test/2026/long-read/"


def found(
    html: str | bytes,
    url: str = FIRST,
    limit: int = 30,
    part_of: str | None = None,
    kind: bytes = b"text/html",
) -> list[str]:
    body = html.encode() if isinstance(html, str) else html
    exchange = Exchange(
        url, datetime.now(UTC), b"GET", b"HTTP/1.1 200 OK", 200, headers=((b"Content-Type", kind),), body=body,
        provenance=Provenance(part_of=part_of),
    )  # fmt: skip
    return [candidate.url.removeprefix(FIRST) for candidate in further_pages(exchange, limit)]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (f"<a href='{FIRST}3/'>3</a> <a class=post-page-numbers HREF=\"{FIRST}2/\">2</a>", ["2/", "3/"]),
        ("<a href=2/>2</a>", ["2/"]),
        ('<a href="?utm_source=x&amp;page=2">next</a>', ["?utm_source=x&page=2"]),
        (f'<link rel="next" href="{FIRST}?page=2">', ["?page=2"]),
        ("<a href='/2026/next-story/'>Next</a><a href='/page/2/'>2</a><a href='comment-page-2/'>2</a>", []),
        ("<a href='31/'>31</a><a href='30/'>30</a>", ["30/"]),
    ],
)
def test_by_their_addresses(html: str, expected: list[str]) -> None:
    assert found(html) == expected


def test_of_the_first_page_wherever_they_are_named() -> None:
    html = f"<a href='{FIRST}3/'>3</a><a href='{FIRST}2/3/'>no page of it</a>"
    assert found(html, f"{FIRST}2/", part_of=FIRST) == ["3/"]


def test_none_where_none_are_wanted_or_it_is_no_page() -> None:
    html = "<a href='2/'>2</a>"
    assert found(html, limit=0) == []
    assert found(html, limit=1) == []
    assert found(html, kind=b"application/pdf") == []


@given(st.binary(max_size=200) | st.text(alphabet="<a href='\"=/2?>&#", max_size=300).map(str.encode))
def test_any_bytes_give_an_answer(html: bytes) -> None:
    found(html)
