"""The list of captures."""

from __future__ import annotations

import re

import pytest


def addresses(text: str) -> list[str]:
    return re.findall(r'<a class="title" href="([^"]*)"', text)


def test_captures_are_listed_newest_first_a_page_at_a_time(shelf) -> None:
    for number in range(60):
        shelf.put(f"https://news.test/{number:02}", b"page", at=f"202601020304{number:02}")

    first = shelf.get("/")
    older = re.search(r'<a href="([^"]*)" rel="next"', first.text)
    assert older is not None
    second = shelf.get(older[1])

    shown = [address.rpartition("/")[2] for page in (first, second) for address in addresses(page.text)]
    assert shown == [f"{number:02}" for number in reversed(range(60))]
    assert 'rel="next"' not in second.text


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("https://news.test/a", {"https://news.test/a"}),
        ("news.test", {"https://news.test/a", "https://news.test/b?x=1"}),
        ("أخبار", {"https://other.test/%D8%A3%D8%AE%D8%A8%D8%A7%D8%B1"}),
        ("https://other.test/أخبار", {"https://other.test/%D8%A3%D8%AE%D8%A8%D8%A7%D8%B1"}),
        ("%", {"https://other.test/%D8%A3%D8%AE%D8%A8%D8%A7%D8%B1"}),
        ("_", set()),
        ("nowhere", set()),
        ("'\"<>;--", set()),
    ],
)  # fmt: skip
def test_a_url_or_a_part_of_one_is_found(shelf, wanted: str, found: set[str]) -> None:
    for url in (
        "https://news.test/a",
        "https://news.test/b?x=1",
        "https://other.test/%D8%A3%D8%AE%D8%A8%D8%A7%D8%B1",
    ):
        shelf.put(url, b"page")

    page = shelf.client.get("/", params={"url": wanted})

    assert page.status_code == 200
    assert {address.removeprefix("/20260102030405/") for address in addresses(page.text)} == found


def test_what_is_no_page_is_listed_when_asked_for(shelf) -> None:
    shelf.put("https://news.test/robots.txt", b"User-agent: *", content_type="text/plain", role="robots")
    shelf.put("https://news.test/moved", b"", status=301)

    assert addresses(shelf.get("/").text) == []
    assert len(addresses(shelf.get("/?all=1").text)) == 2
    # Named exactly, it is shown whatever it is.
    assert len(addresses(shelf.get("/?url=https://news.test/robots.txt").text)) == 1


def test_texts_of_the_web_are_escaped_and_readable(shelf) -> None:
    shelf.put("https://news.test/%D8%AE%D8%A8%D8%B1?a='<b>", b"page")
    shelf.put("https://news.test/%E2%80%AEgnp.exe%20%0A", b"page")

    text = shelf.get("/").text

    assert "https://news.test/خبر?a=&#39;" in text
    assert "<b>" not in text
    assert "\u202e" not in text
    assert "%E2%80%AEgnp.exe%20%0A" in text
    assert '<bdi dir="ltr">' in text


@pytest.mark.parametrize(
    "query",
    [
        "before=x",
        "before=-1",
        "before=99999999999999999999999",
        "before=²",
        "url=%00",
        "url=%FF",
        "url=" + "a" * 9000,
    ],
)
def test_a_query_that_makes_no_sense_is_answered(shelf, query: str) -> None:
    shelf.put("https://news.test/a", b"page")

    assert shelf.get(f"/?{query}").status_code == 200
