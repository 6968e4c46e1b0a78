"""The parse that all readers share."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from archive.extract import Page, extract_html
from archive.extract.markup.tree import drop, parse

SENTENCE = "The ferry came back to the harbour on Monday after eleven weeks in the dockyard."


def written(html: str) -> str:
    root = parse(html)
    assert root is not None
    return etree.tostring(root, encoding="unicode")


@pytest.mark.parametrize(
    "begin",
    [
        "<title>Ferry returns</title>",
        "<html lang=en><head><title>Ferry returns</title>",
        "<title>Ferry returns</title></head>",
    ],
)
@pytest.mark.parametrize("element", ["article", "main", "section", "header", "story-body"])
def test_tags_of_head_and_body_may_be_left_out(begin: str, element: str) -> None:
    html = f"<!doctype html>{begin}<{element}><h1>Ferry returns</h1><p>{SENTENCE}</p><p>{SENTENCE}..</p></{element}>"
    found = extract_html(Page("https://n.example/a", html.encode(), None, datetime(2026, 5, 1, tzinfo=UTC)))
    assert getattr(found, "text", found) == f"{SENTENCE}\n{SENTENCE}.."


def test_what_begins_the_body_stands_before_the_rest_and_metadata_stay() -> None:
    html = "<head><title>T</title><nav>a</nav><x-y>c</x-y><meta name=author content=D></head><body>e<p>f</p></body>"
    assert written(html) == (
        '<html><head><title>T</title><meta name="author" content="D"/></head>'
        "<body><nav>a</nav><x-y>c</x-y>e<p>f</p></body></html>"
    )


def test_a_head_of_metadata_stays_as_it_is() -> None:
    html = "<head><title>T</title><script>1</script><style>a{}</style><link rel=next href=b></head><body>c</body>"
    assert written(html).startswith(
        '<html><head><title>T</title><script>1</script><style>a{}</style><link rel="next" href="b"/></head><body>'
    )


def test_a_page_is_parsed_from_its_own_bytes_where_they_are_at_hand() -> None:
    text = "<p>café</p>"
    roots = parse(text), parse(text, text.encode())
    assert len({etree.tostring(root, encoding="unicode") for root in roots if root is not None}) == 1
    assert all(root is not None for root in roots)


@given(
    st.lists(st.sampled_from(["", "a", " b "]), min_size=12, max_size=12),
    st.permutations(range(8)),
    st.integers(0, 8),
)
def test_elements_go_as_by_drop_tree_whatever_their_order(
    texts: list[str], order: list[int], count: int
) -> None:
    page = "<div>{}<p>{}<b>{}</b>{}<i>c</i></p>{}<p>d</p>{}<ul>{}<li>e</li>{}<li>f<b>g</b>{}</li></ul>{}</div>{}{}"
    html = f"<html><body>{page.format(*texts)}</body></html>"
    one, other = parse(html), parse(html)
    assert one is not None
    assert other is not None
    names = ("div", "p", "b", "i", "ul", "li", "p", "b")
    drop(one, [list(one.iter(names[place]))[-1] for place in order[:count]])
    chosen = [list(other.iter(names[place]))[-1] for place in order[:count]]
    for element in chosen:
        if element.getparent() is not None:
            element.drop_tree()
    assert etree.tostring(one) == etree.tostring(other)
