"""Pages made to be slow: the time of each stays in proportion to its size."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from archive.extract import Page, extract_html
from archive.extract.page import MAX_BLOCKS
from archive.records import Article, Rejected

SENTENCE = (
    "<p>The ferry between the two banks of the estuary sailed again for the first time since the storm.</p>"
)
CPU_SECONDS = 15
"""Each took under 2 s, one 4. Rules that looked at all blocks for each block took minutes, some expressions hours."""

TITLE = "<html><body><h1>Ferry returns</h1>"
MANY = 9_000
PAGES = {
    "headings of sections": TITLE + f"<h3>Share</h3>{SENTENCE}" * MANY,
    "headlines": TITLE + f"<h1>Another headline</h1>{SENTENCE}" * MANY,
    "links": TITLE + "<a href=/x>Storm damage: what the council will pay for</a><br><br>" * MANY,
    "cookies": TITLE
    + "<div><p>We use cookies to make this page work as you expect, and more cookies.</p></div>" * MANY,
    "cards": TITLE + "<article><h2><a href=/x>Some other headline</a></h2><p>Words.</p></article>" * MANY,
    "times": TITLE + "<time datetime=2020-01-01>x</time>" * MANY * 3,
    "bylines": TITLE + "<span class=author>Ada Finch</span>" * MANY * 3,
    "nested names": TITLE + f"<div class='comments author'>{SENTENCE}" * 3_000,
    "nested articles": "<html><body>" + f"<article>{SENTENCE}" * MANY,
    "spaces in JSON-LD": f"<script type='application/ld+json'>{{{' ' * 1_900_000}x</script>{SENTENCE}",
    "brackets in articleBody": '<script type="application/ld+json">'
    '{"@type": "NewsArticle", "headline": "x", "articleBody": "'
    f'{"<" * 1_900_000}"}}</script>{SENTENCE}',
    "brackets in an unknown encoding": ("<html>" + SENTENCE + "<" * 1_000_000).encode() + b"\xe9\xff",
    "scripts in an unknown encoding": ("<html>" + SENTENCE + "<script " * 150_000).encode() + b"\xe9\xff",
    "brackets in the title": f"<html><title>{'<' * 500_000} - x</title>{SENTENCE}",
    "a long headline": f"<html><h1>{'word ' * 500_000}</h1>{SENTENCE}",
    "a long word": f"<html><h1>T</h1><p>{'a' * 5_000_000}",
    "a long class": f"<html>{SENTENCE}<div class='{'a-b ' * 500_000}'>{SENTENCE}</div>",
    "many authors": "<html>" + "<meta name=author content='A, B and C D, E F'>" * 20_000 + SENTENCE,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", PAGES)
def test_time_stays_in_proportion(name):
    content = PAGES[name]
    page = Page(
        "https://n.example/a",
        content if isinstance(content, bytes) else content.encode(),
        None,
        datetime.now(UTC),
    )
    start = time.process_time()
    found = extract_html(page)
    assert time.process_time() - start < CPU_SECONDS
    assert isinstance(found, Article | Rejected)


def test_too_many_runs_of_text_are_refused():
    page = Page(
        "https://n.example/a", (TITLE + "<p>x</p>" * (MAX_BLOCKS + 1)).encode(), None, datetime.now(UTC)
    )
    assert extract_html(page).reason == "limit"
