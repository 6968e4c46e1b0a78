"""Topics and section: what is said for readers, not for the publisher's programs."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from archive.extract import Page, extract_html
from archive.records import Article

TEXT = "".join(
    f"<p>The river rose by {number} centimetres in the night, and the bridge stayed open.</p>"
    for number in range(30, 36)
)


def read(head, beside=""):
    html = f"<html><head>{head}</head><body><article><h1>The river rises</h1>{TEXT}{beside}</article></body></html>"
    found = extract_html(
        Page("https://news.example/river", html.encode(), None, datetime(2026, 5, 1, tzinfo=UTC))
    )
    assert isinstance(found, Article), found
    return found


def linked(**fields):
    article = {"@type": "NewsArticle", "headline": "The river rises", **fields}
    return f'<script type="application/ld+json">{json.dumps(article)}</script>'


def way(*names):
    steps = [{"@type": "ListItem", "position": at, "name": name} for at, name in enumerate(names, 1)]
    return (
        '<script type="application/ld+json">'
        + json.dumps({"@type": "BreadcrumbList", "itemListElement": steps})
        + "</script>"
    )


@pytest.mark.parametrize(
    ("said", "topics"),
    [
        (["Floods", "Paris, Texas"], ("Floods", "Paris, Texas")),
        (["Floods, rivers", "weather, rain"], ("Floods", "rivers", "weather", "rain")),
        ("فيضانات، أنهار، طقس", ("فيضانات", "أنهار", "طقس")),
        ("洪水、河川", ("洪水", "河川")),
        ("floods, &amp;quot;great&amp;quot; rivers", ("floods", 'great" rivers')),
        (["Category: Weather", "section/Weather", "topic/floods & rain"], ("Weather", "floods & rain")),
        (
            ["@river", "_no-news-app", "/article", "adnode:culture/film", "type_news", "100312362", "Floods"],
            ("Floods",),
        ),
        (["98be933f-38cf-4fba-b6c6-ad438e82010a", "0a1b2c3d4e5f60718293a4b5", "1989"], ("1989",)),
        (["#MeToo", "U.S.", "«Дождь»", "—", "Floods", "Floods"], ("MeToo", "U.S.", "Дождь", "Floods")),
        ("x" * 101, ()),
    ],
)
def test_topics_are_what_readers_are_told(said, topics):
    assert read(linked(keywords=said)).topics == topics


def test_a_source_with_codes_alone_is_passed_over():
    found = read(linked(keywords=["@river", "type_news"]) + '<meta name="keywords" content="floods, rain">')
    assert (found.topics, found.sources["topics"]) == (("floods", "rain"), "meta:keywords")


@pytest.mark.parametrize(
    ("names", "section"),
    [
        (("Home", "News", "Weather", "The river rises"), "Weather"),
        (("World", "Europe"), "Europe"),
        (("الرئيسية", "محليات", "The River Rises!"), "محليات"),
        (("Home", "Weather", "The night in which the river rose by thirty-six centimetres"), "Weather"),
        (("Home", "The river rises"), None),
        (("Home",), None),
        ((), None),
    ],
)
def test_the_way_to_the_page_ends_in_its_section(names, section):
    found = read(linked() + way(*names))
    assert found.section == section
    assert found.sources.get("section") == ("json-ld:BreadcrumbList" if section else None)


def test_what_is_said_of_the_section_goes_before_the_way_to_the_page():
    assert read(linked(articleSection="Weather") + way("Home", "News")).section == "Weather"
    assert read(way("Home", "News"), '<a rel="category tag" href="/c">Rivers</a>').section == "Rivers"


def test_a_way_of_no_shape_is_none():
    for steps in ("Home", None, [None, 3, "Home"], {"name": "Home"}, [{"name": {"name": 3}}]):
        script = json.dumps({"@type": "BreadcrumbList", "itemListElement": steps})
        assert read(f'<script type="application/ld+json">{script}</script>').section is None
