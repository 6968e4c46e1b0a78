"""Kinds of articles, on pages whose elements have no telling names: each gives its text, all of it and no more."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from archive.extract import Page, extract_html
from archive.records import Article

TITLE = "Southern bridge closed to lorries"
TOLD = [
    "The city council voted on Tuesday to close the southern bridge to lorries until the repairs are complete.",
    "Engineers found cracks in two of the four piers during an inspection that had been delayed for three years.",
    "Residents of the old quarter say the detour adds half an hour to the journey to the hospital.",
    "The mayor promised that buses would run every ten minutes while the work goes on.",
    "A second inspection is planned for the spring, when the river is low enough to reach the foundations.",
    "The contractor declined to comment, citing the inquiry that the prosecutor opened last month.",
]
OTHER = [
    "Shopkeepers near the market fear that customers will stay away until the summer comes.",
    "The ministry of transport has set aside four million for the first stage of its plan.",
    "The lighthouse was built in 1931 and has been painted twice since, in 1958 and in 1987.",
    "Nobody was hurt when part of a roof fell into the yard of the school in January.",
]
ASKED = ["What did you find?", "Who pays for it?", "When will it reopen?"]
LIVE = ["Council votes", "Mayor speaks", "Ferry announced"]
POEM = [
    "The river took the railing in the night", "and nobody was there to see it fall",
    "the lamps along the quay were out of light", "the bells of the old quarter gave no call",
]  # fmt: skip


def paragraphs(lines):
    return "".join(f"<p>{line}</p>" for line in lines)


def read(inner, after=""):
    html = (
        f"<!doctype html><title>{TITLE} | Harbour Post</title><header><a href=/>Harbour Post</a>"
        f"<nav><a href=/n>News</a><a href=/s>Sport</a></nav></header><main><div><h1>{TITLE}</h1>"
        f"<div><span>By Ann Lee</span> <time datetime=2026-05-01T14:05:00Z>1 May 2026</time></div>{inner}</div>{after}"
        "</main><footer><p>© 2026 Harbour Post</p></footer>"
    )
    found = extract_html(
        Page("https://post.example/2/bridge", html.encode(), None, datetime(2026, 5, 3, tzinfo=UTC))
    )
    assert isinstance(found, Article), found
    assert (found.title, found.authors, found.published) == (TITLE, ("Ann Lee",), "2026-05-01T14:05:00+00:00")
    return found.text.split("\n")


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        pytest.param(
            paragraphs(TOLD[:1])
            + "".join(
                f"<p><strong>{a}</strong></p><p>{b}</p>" for a, b in zip(ASKED, TOLD[1:4], strict=True)
            ),
            [TOLD[0], ASKED[0], TOLD[1], ASKED[1], TOLD[2], ASKED[2], TOLD[3]],
            id="interview",
        ),
        pytest.param(
            paragraphs(TOLD[:1]) + "".join(f"<p><b>LEE:</b> {line}</p>" for line in TOLD[1:4]),
            [TOLD[0], *(f"LEE: {line}" for line in TOLD[1:4])],
            id="transcript",
        ),
        pytest.param(
            paragraphs(TOLD[:2]) + f"<p>{'<br>'.join(POEM)}</p>" + paragraphs(TOLD[2:4]),
            [*TOLD[:2], " ".join(POEM), *TOLD[2:4]],
            id="poem",
        ),
        pytest.param(
            paragraphs(TOLD[:2]) + "<ol>" + "".join(f"<li>{line}</li>" for line in TOLD[2:5]) + "</ol>",
            TOLD[:5],
            id="numbered statement",
        ),
        pytest.param(
            paragraphs(TOLD[:2])
            + "<table><tr><th>Year<th>Part<tr><td>1958<td>Railing<tr><td>1987<td>Piers</table>"
            + paragraphs(TOLD[2:4]),
            [*TOLD[:2], "Year | Part", "1958 | Railing", "1987 | Piers", *TOLD[2:4]],
            id="table",
        ),
        pytest.param(
            paragraphs(TOLD[:1])
            + "".join(f"<div><img src={line[:3]}.jpg><p>{line}</p></div>" for line in TOLD[1:]),
            TOLD,
            id="gallery",
        ),
        pytest.param(
            paragraphs(TOLD[:4]) + f"<div><img src=a.jpg><p>{OTHER[0]}</p></div>" + paragraphs(TOLD[4:]),
            TOLD,
            id="picture",
        ),
        pytest.param(
            paragraphs(TOLD[:2])
            + "".join(
                f"<details><summary>{a}</summary><p>{b}</p></details>"
                for a, b in zip(ASKED, TOLD[2:5], strict=True)
            ),
            [*TOLD[:2], ASKED[0], TOLD[2], ASKED[1], TOLD[3], ASKED[2], TOLD[4]],
            id="questions",
        ),
        pytest.param(
            paragraphs(TOLD[:1])
            + "".join(
                f"<article><time datetime=2026-05-01T1{at}:00Z>1{at}:00</time><h3>{a}</h3><p>{b}</p></article>"
                for at, (a, b) in enumerate(zip(LIVE, TOLD[1:4], strict=True))
            ),
            [TOLD[0], "10:00", LIVE[0], TOLD[1], "11:00", LIVE[1], TOLD[2], "12:00", LIVE[2], TOLD[3]],
            id="live",
        ),
        pytest.param(
            "".join(f"<p>{line}<sup><a href=#f{at}>[{at}]</a></sup></p>" for at, line in enumerate(TOLD))
            + "<hr><ol>"
            + "".join(f"<li id=f{at}>Harbour Archive, box {at}. <a href=#r>↩</a></li>" for at in range(6))
            + "</ol>",
            [f"{line}[{at}]" for at, line in enumerate(TOLD)],
            id="footnotes",
        ),
        pytest.param("<div>" + "<br/>\n<br/>\n".join(TOLD) + "</div>", TOLD, id="breaks"),
        pytest.param(
            "<p>Advertisement</p>".join(
                f"<div class=a>{paragraphs(part)}</div>" for part in (TOLD[:2], TOLD[2:4], TOLD[4:])
            ),
            TOLD,
            id="three containers",
        ),
    ],
)
def test_a_kind_of_article(inner, text):
    assert read(inner) == text


@pytest.mark.parametrize(
    "after",
    [
        "".join(
            f"<div><a href=/x><img src=x.jpg></a><h3><a href=/x>Ferry times of {at}</a></h3><p>{line}</p></div>"
            for at, line in enumerate(OTHER)
        ),
        "<h2>4 Comments</h2>"
        + "".join(
            f"<div><b>reader{at}</b> <span>2 May 2026</span><p>{line}</p><a href=#>Reply</a></div>"
            for at, line in enumerate(OTHER)
        ),
    ],
    ids=["cards", "comments"],
)
@pytest.mark.parametrize("long", [1, 6])
def test_what_stands_below_an_article_is_none_of_it(after, long):
    assert read(paragraphs(TOLD[:long]), f"<div>{after}</div>") == TOLD[:long]
