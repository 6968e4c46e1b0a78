"""What other sources of a page say, handed on beside what counts for the page alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from archive.extract import Page, extract_html
from archive.extract.sites import Rules
from archive.records import Article, Provenance

FETCHED = datetime(2026, 5, 1, tzinfo=UTC)
TEXT = (
    "<p>The ferry across the lake will no longer run on Sundays, because its captain asked for a free day.</p>"
    "<p>Whoever wants to cross on that day walks around the lake, which takes most of an afternoon.</p>"
)
SAME_FOR_ALL = (
    '<meta property="og:title" content="Morning, noon and night"><meta name=author content="Rami Saleh">'
    '<meta property="article:published_time" content="2026-01-05T10:11:12Z">'
)
OWN = (
    "<title>No ferry on Sundays</title></head><body><article><h1>No ferry on Sundays</h1>"
    "<a rel=author>Rami Saleh</a><p>By Ann Reed</p><time datetime=2026-02-03T08:00:00Z></time>"
)


def read(head: str = SAME_FOR_ALL, shown: str = OWN, rules: Rules | None = None, **known: object) -> Article:
    html = f"<html lang=en><head>{head}{shown}{TEXT}</article></body></html>"
    page = Page("https://news.example/2026/02/04/ferry", html.encode(), None, FETCHED, **known)  # type: ignore[arg-type]
    article = extract_html(page, rules)
    assert isinstance(article, Article)
    return article


def others(article: Article) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    return {
        name: [(one.evidence.source, one.values) for one in said] for name, said in article.others.items()
    }


def test_each_field_has_what_its_other_sources_say() -> None:
    article = read()
    assert (article.title, article.authors) == ("Morning, noon and night", ("Rami Saleh",))
    assert others(article) == {
        "title": [("h1", ("No ferry on Sundays",))],
        # The account as readers see it, too: that they do is a reason to believe it.
        "authors": [("rel:author", ("Rami Saleh",)), ("byline:line", ("Ann Reed",))],
        "published": [("time", ("2026-02-03T08:00:00+00:00",)), ("url", ("2026-02-04",))],
    }
    (told,) = article.others["title"]
    assert (told.evidence.raw, told.evidence.confidence) == ("No ferry on Sundays", 0.85)


def test_agencies_are_told_among_other_authors() -> None:
    article = read(shown=OWN.replace("By Ann Reed", "By Ann Reed, Reuters"))
    assert article.others["authors"][-1].agencies == ("Reuters",)


def test_what_agrees_hands_nothing_on() -> None:
    head = (
        "<meta name=author content='Ann Reed'><meta property='og:title' content='No ferry on Sundays'>"
        "<meta property='article:published_time' content='2026-02-03T08:00:00Z'>"
    )
    article = read(head, OWN.replace("Rami Saleh", "Ann Reed"))
    assert others(article) == {
        "authors": [("rel:author", ("Ann Reed",))],
        "published": [("url", ("2026-02-04",))],
    }


def test_their_number_and_length_are_bounded() -> None:
    headings = "".join(f"<h1>Another heading, number {at}</h1>" for at in range(30))
    times = "".join(f"<time datetime=2026-02-{at + 1:02}T08:00:00Z></time>" for at in range(20))
    names = ", ".join(f"{'Extraordinarily' * 4} Writer{chr(97 + at)}" for at in range(12))
    article = read(shown=OWN.replace("<p>By", f"<span class=byline>{names}</span>{headings}{times}<p>By"))
    assert {name: len(said) <= 4 for name, said in article.others.items()} == {
        "title": True,
        "authors": True,
        "published": True,
    }
    assert all(len("".join(one.values)) <= 500 for said in article.others.values() for one in said)


def test_what_a_rule_or_a_manifest_says_stands_alone() -> None:
    ruled = read(
        rules=Rules({"title": ("//title",), "author": ("//a[@rel]",), "date": ("//time/@datetime",)})
    )
    assert ruled.sources["authors"] == "rule:author"
    assert ruled.others == {}
    title_alone = read(rules=Rules({"title": ("//title",)}))
    assert set(title_alone.others) == {"authors", "published"}
    told = Provenance(title="The ferry", published="2026-02-05T08:00:00Z")
    imported = read(status=None, provenance=told)
    assert (imported.title, set(imported.others)) == ("The ferry", {"authors"})


@pytest.mark.parametrize("name", ["title", "authors", "published"])
def test_nothing_is_said_of_the_others_in_an_articles_repr(name: str) -> None:
    article = read()
    assert name in article.others
    assert "byline:line" not in repr(article)
