"""Which of a page's titles is its headline, and how sure that is."""

from __future__ import annotations

import json

import lxml.html
import pytest

from archive.extract.markup.head import Head
from archive.extract.markup.jsonld import LinkedData
from archive.extract.metadata.titles import Title, choose_title, heading_in_title, line_in_title


def choose(*, linked="", og="", h1="", title="", twitter="", hinted=None, names=("Harbour Post",)):
    meta = {name: (text,) for name, text in (("og:title", og), ("twitter:title", twitter)) if text}
    node = {"@type": "NewsArticle", "headline": linked} if linked else {}
    headings = (h1,) if h1 else ()
    return choose_title(LinkedData(node), Head(meta, {}, title, None), headings, hinted, names)


@pytest.mark.parametrize(
    ("said", "source"),
    [
        (
            {
                "linked": "Ferry: sailings resume",
                "og": "The ferry is back",
                "title": "Ferry: sailings resume",
            },
            "meta:og:title",
        ),
        (
            {
                "linked": "The ferry is back",
                "og": "Ferry: sailings resume",
                "title": "Ferry: sailings resume | Harbour Post",
            },
            "json-ld:headline",
        ),
        (
            {"linked": "عادت العبّارة", "og": "استئناف رحلات العبّارة", "title": "عادت العبّارة - Harbour Post"},
            "meta:og:title",
        ),
        (
            {"linked": "渡輪復航", "og": "港口渡輪恢復航行", "title": "港口渡輪恢復航行｜Harbour Post"},
            "json-ld:headline",
        ),
        # og:title that was cut off is of <title> still
        (
            {
                "linked": "The ferry is back",
                "og": "Ferry returns and",
                "title": 'Ferry returns and "all is well"',
            },
            "json-ld:headline",
        ),
        # <title> with the words of neither: most of the others
        (
            {
                "linked": "The ferry is back",
                "og": "Boat sails",
                "h1": "The ferry is back",
                "title": "Sailings",
            },
            "json-ld:headline",
        ),
        ({"linked": "The ferry is back", "og": "Boat sails", "title": "Sailings"}, "meta:og:title"),
        ({"linked": "The ferry is back", "h1": "Boat sails"}, "json-ld:headline"),
        ({"h1": "Boat sails", "title": "Sailings"}, "h1"),
        ({"title": "Sailings", "hinted": "The ferry is back"}, "provenance"),
    ],
    ids=str,
)
def test_the_headline_is_the_title_that_is_not_for_search_engines(said, source):
    assert choose(**said).source == source


@pytest.mark.parametrize(
    ("title", "headline"),
    [
        ("Ferry returns | Harbour Post", "Ferry returns"),
        ("Ferry returns * Harbour Post * by Ann Lee", "Ferry returns"),
        ("Harbour Post – Ferry returns", "Ferry returns"),
        ("عادت العبّارة إلى الميناء » Harbour Post", "عادت العبّارة إلى الميناء"),
        ("渡輪復航：Harbour Post", "渡輪復航"),
        ("배가 돌아왔다ㅣHarbour Post", "배가 돌아왔다"),
        ("Ferry &amp;quot;Star&amp;quot; &amp; crew\n  return", 'Ferry "Star" & crew return'),
        ("Ferry – at last – returns", "Ferry – at last – returns"),
        (
            "World - Harbour Post - The ferry returns to its port",
            "World - Harbour Post - The ferry returns to its port",
        ),
    ],
    ids=str,
)
def test_the_sites_name_is_cut_with_what_stands_beyond_it(title, headline):
    assert choose(og=title).text == headline


@pytest.mark.parametrize(
    "title",
    [
        "渡轮在风暴后恢复航行_港口新闻_港口邮报",
        "渡轮在风暴后恢复航行_Harbour Post",
        "渡轮在风暴后恢复航行-港口邮报",
    ],
)
def test_the_site_of_a_chinese_title_stands_behind_an_underscore_or_a_bare_hyphen(title):
    assert choose(title=title, names=("港口邮报",)).text == "渡轮在风暴后恢复航行"


def test_an_underscore_in_another_script_is_a_headlines_own():
    assert choose(title="What snake_case means").text == "What snake_case means"


def test_a_section_behind_the_heading_is_cut_and_a_kicker_before_it_stays():
    assert choose(og="Ferry returns - Local", h1="Ferry returns").text == "Ferry returns"
    assert choose(og="Local | Ferry returns", h1="Ferry returns").text == "Ferry returns"
    assert (
        choose(og="After the storm - Ferry returns", h1="Ferry returns").text
        == "After the storm - Ferry returns"
    )


def test_the_sites_name_alone_is_no_title():
    assert choose(og="Harbour Post", h1="HARBOUR POST") is None
    assert choose(og="harbour-post", h1="Ferry returns") == Title("Ferry returns", "h1")


@pytest.mark.parametrize(
    ("said", "confidence"),
    [
        (
            {"linked": "Ferry “Star” returns", "og": 'Ferry "Star" returns', "h1": "Ferry “Star” returns"},
            "high",
        ),
        ({"linked": "Boat back", "og": "Ferry returns", "h1": "Ferry returns"}, "medium"),
        ({"og": "Ferry returns", "twitter": "Ferry returns"}, "low"),
        ({"og": "Ferry returns", "h1": "Boat back"}, "low"),
    ],
    ids=json.dumps,
)
def test_confidence_counts_sources_that_agree(said, confidence):
    assert choose(**said).confidence == confidence


@pytest.mark.parametrize(
    ("headings", "searched", "title"),
    [
        ("<h1>The Post</h1><h2>Ferry returns</h2>", "Ferry returns - The Post", Title("Ferry returns", "h2", "medium")),
        ("<h1>المرفأ</h1><h3>العبّارة تعود</h3>", "المرفأ | العبّارة تعود", Title("العبّارة تعود", "h3", "medium")),
        ("<h1>Local</h1><h2>Ferry <em>returns</em></h2>", "Ferry returns", Title("Ferry returns", "h2", "medium")),
        ("<h2>Ferry returns</h2><h1>Ferry returns</h1>", "Ferry returns | Post", Title("Ferry returns", "h1", "high")),
        ("<h1>The ferry is back</h1><h2>Sport</h2>", "Ferry returns - Sport", None),
        ("<h1>The ferry is back</h1>", "", None),
    ],
    ids=str,
)  # fmt: skip
def test_the_heading_that_the_pages_title_says(headings, searched, title):
    root = lxml.html.document_fromstring(f"<body>{headings}</body>")
    assert heading_in_title(root, searched) == title


@pytest.mark.parametrize(
    ("line", "searched", "title"),
    [
        ("<td><font><b>ثلاثة جسور تغلق</b></font>", "صحيفة المرفأ - ثلاثة جسور تغلق", ("ثلاثة جسور تغلق", "b")),
        ("<p>Three bridges close</p>", "Harbour Post | Three bridges close", ("Three bridges close", "p")),
        ("<b>Harbour Post</b>", "Harbour Post | Three bridges close", None),
        ("<b>Three bridges close</b>", "Three bridges close", None),
        ("<b>Three bridges</b>", "Three bridges: a day in the harbour", None),
        ("<b>Three bridges close in the storm</b>", "Harbour Post | Three bridges close", None),
    ],
)  # fmt: skip
def test_a_line_that_looks_like_a_heading_and_is_most_of_title(line, searched, title):
    root = lxml.html.document_fromstring(f"<table><tr><td>{line}</table>")
    assert line_in_title(root, searched) == (Title(*title, "medium") if title else None)
