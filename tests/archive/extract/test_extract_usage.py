"""What a page says of its use: which of it is recorded, from where, and how much."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from archive.extract import Page, extract_html
from archive.extract.metadata.usage import MAX_PREFERENCES, MAX_VALUE_CHARACTERS, ROBOTS_TOKEN
from archive.records import Article, Headers
from crawler.identity import PRODUCT

TEXT = "The ferry between the two banks of the estuary sailed again on Thursday for the first time since the storm."


def said(head: str = "", headers: Headers = ()) -> list[tuple[str, str]]:
    html = f"<html><head><title>Ferry</title>{head}</head><body><h1>Ferry</h1><p>{TEXT}</p></body></html>"
    page = Page("https://n.example/a", html.encode(), None, datetime(2026, 1, 1, tzinfo=UTC), headers=headers)
    found = extract_html(page)
    assert isinstance(found, Article)
    return [(one.source, one.value) for one in found.usage_preferences]


def test_header_fields_are_kept_as_sent_in_their_order() -> None:
    headers = (
        (b"Content-Type", b"text/html"),
        (b"X-Robots-Tag", b"noarchive, noai"),
        (b"tdm-reservation", b"1"),
        (b"X-ROBOTS-TAG", b"noindex"),
        (b"TDM-Policy", b"https://n.example/policy.json"),
        (b"x-robots-tag", b"noindex"),
    )
    assert said(headers=headers) == [
        ("header:x-robots-tag", "noarchive, noai"),
        ("header:tdm-reservation", "1"),
        ("header:x-robots-tag", "noindex"),
        ("header:tdm-policy", "https://n.example/policy.json"),
    ]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("googlebot: noarchive", None),
        ("warraq: noarchive", "warraq: noarchive"),
        ("Warraq: noai, noimageai", "Warraq: noai, noimageai"),
        ("*: noai", "*: noai"),
        ("otherbot: noindex, nofollow", None),
        ("noai, googlebot: noarchive, nofollow", "noai"),
        ("googlebot: nofollow, warraq: noai", "warraq: noai"),
        ("max-snippet:50, noai", "max-snippet:50, noai"),
        ("unavailable_after: 25 Jun 2030 15:00:00 GMT", "unavailable_after: 25 Jun 2030 15:00:00 GMT"),
        ("", None),
        (" ", None),
    ],
)
def test_a_robots_header_counts_for_all_and_for_us(sent: str, kept: str | None) -> None:
    expected = [] if kept is None else [("header:x-robots-tag", kept)]
    assert said(headers=((b"X-Robots-Tag", sent.encode()),)) == expected


@pytest.mark.parametrize(
    ("head", "kept"),
    [
        ('<meta name="robots" content="index, follow, max-image-preview:large">', []),
        ('<meta name="robots" content="noindex, NOARCHIVE">', [("meta:robots", "noindex, NOARCHIVE")]),
        ('<meta name="ROBOTS" content="noai noimageai">', [("meta:robots", "noai noimageai")]),
        ('<meta name="warraq" content="nocache">', [("meta:warraq", "nocache")]),
        ('<meta name="googlebot" content="noarchive">', []),
        ('<meta name="robots" content="notranslate, noairport">', []),
        ('<meta name="pinterest" content="nopin">', []),
        (
            '<meta name="tdm-policy" content="https://n.example/p"><meta name="tdm-reservation" content="0">',
            [("meta:tdm-reservation", "0"), ("meta:tdm-policy", "https://n.example/p")],
        ),
    ],
)
def test_of_the_head_what_speaks_of_copies_and_mining(head: str, kept: list[tuple[str, str]]) -> None:
    assert said(head) == kept


def test_header_and_head_may_say_the_same() -> None:
    assert said('<meta name="tdm-reservation" content="1">', ((b"TDM-Reservation", b"1"),)) == [
        ("header:tdm-reservation", "1"),
        ("meta:tdm-reservation", "1"),
    ]


def test_number_and_length_are_bounded() -> None:
    many = tuple((b"X-Robots-Tag", b"noai, max-snippet:%d" % number) for number in range(100))
    assert len(said(headers=many)) == MAX_PREFERENCES
    ((_, value),) = said(headers=((b"tdm-policy", b"x" * 100_000),))
    assert len(value) == MAX_VALUE_CHARACTERS


def test_a_value_is_one_line_whatever_its_bytes() -> None:
    assert said(headers=((b"tdm-policy", b"a\xff \t b"),)) == [("header:tdm-policy", "a\ufffd b")]


def test_robots_know_us_by_one_name() -> None:
    assert ROBOTS_TOKEN == PRODUCT
