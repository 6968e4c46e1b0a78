"""The walks over a page's elements, and the names they read."""

from __future__ import annotations

import re

import pytest
from lxml import etree

from archive.extract.body.blocks import lay_out
from archive.extract.dates.dating import Reading
from archive.extract.markup.tree import parse
from archive.extract.metadata import visible
from archive.extract.metadata.paging import is_numbered
from archive.extract.metadata.visible import look
from archive.extract.vocabulary import HARD, NEUTRAL, SOFT, _any_of, class_words, negativity


def texts(layout):
    return [block.text for block in layout.blocks]


def test_blocks_end_where_elements_do_and_hold_what_stands_behind_inline_ones():
    page = parse(
        "<body>\n <p> One <b>two</b>\n three <a href=x>four</a>. </p>\n five <br> six <br><br> seven"
        "<ul> <li>eight<li> nine </ul> ten <my-tag>eleven</my-tag> twelve</body>"
    )
    layout = lay_out(page)
    assert texts(layout) == [
        "One two three four.", "five six", "seven", "eight", "nine", "ten", "eleven", "twelve"
    ]  # fmt: skip
    first = layout.blocks[0]
    assert (first.bold, first.links, first.bare) == (3, 4, 9)
    assert [block.wraps for block in layout.blocks[3:5]] == [frozenset({"ul"})] * 2
    for index, block in enumerate(layout.blocks):
        assert all(
            layout.nodes[up].first <= index < layout.nodes[up].end for up in layout.ancestors(block.node)
        )
    body = next(node for node in layout.nodes if node.tag == "body")
    assert (body.first, body.end) == (0, len(layout.blocks))


def test_a_walk_that_begins_inside_a_page_does_not_leave_what_it_began_with():
    page = parse("<div>above</div><section>in <p>it</p> still</section> behind <div>below</div>")
    assert texts(lay_out(next(page.iter("section")))) == ["in", "it", "still"]
    assert texts(lay_out(next(page.iter("p")))) == ["it"]


def test_an_element_that_is_passed_over_loses_its_text_and_keeps_what_follows_it():
    page = parse(
        "<p>One <svg><g><text>two</text></g></svg> three <span class=sr-only>four</span> five "
        "<span hidden>six</span> seven <i aria-hidden=true>seven</i> <i aria-hidden=true>eight</i></p>"
    )
    assert texts(lay_out(page)) == ["One three five seven eight"]
    assert "four" not in "".join(page.itertext())


def test_an_entity_that_nobody_declared_is_no_element():
    page = parse("<p>One</p><p>Two</p>")
    next(page.iter("p")).append(etree.Entity("nobody"))
    assert texts(lay_out(page)) == ["One", "Two"]


def test_a_deep_tree_is_walked_without_recursion():
    deep = 1500
    page = parse("<div>" * deep + "<h1>Deep down</h1><time datetime=2024-05-03></time>" + "</div>" * deep)
    assert texts(lay_out(page)) == ["Deep down"]
    found = look(page, Reading())
    assert found.headings == ["Deep down"]
    assert [dated.raw for dated in found.dates.times] == ["2024-05-03"]


def test_what_is_foreign_is_told_of_each_element_apart():
    page = parse(
        "<main><h1>Ours</h1><div><a rel=author>Mona</a><aside><a rel=author>Ali</a>"
        "<div class=inner><a rel=author>Omar</a></div></aside><a rel=author>Sara</a></div></main>"
        "<div class='related news'><h1>Theirs</h1><a rel=author>Adam</a></div>"
        "<div class=latest><section><a rel=author>Zaid</a></section></div><footer><a rel=author>Site</a></footer>"
    )
    found = look(page, Reading())
    assert [text for text, _ in found.authors] == ["Mona", "Sara", "Adam"]  # an h1 speaks for what holds it
    assert found.headings == ["Ours", "Theirs"]


@pytest.mark.parametrize(
    ("names", "strength", "word"),
    [
        ("related-posts", HARD, "-related-"),
        ("no-related", NEUTRAL, ""),
        ("has-comments", NEUTRAL, ""),
        ("withComments", NEUTRAL, ""),
        ("my-relacionadas", HARD, "-relacionadas-"),
        ("social-embed", NEUTRAL, ""),
        ("social-bar", HARD, "-social-"),
        ("teaser popular", HARD, "-popular-"),
        ("hidden", SOFT, "-hidden-"),
        ("overflow-hidden", NEUTRAL, ""),
        ("overflow-x-hidden", NEUTRAL, ""),
        ("overflow-z-hidden", SOFT, "-hidden-"),
        ("recommendation", HARD, "-recommendation-"),
        ("commentary", NEUTRAL, ""),
    ],
)
def test_what_names_say_against_an_element(names, strength, word):
    assert negativity(class_words(names, None, None, None)) == (strength, word)


def test_names_by_their_first_letter_are_the_same_names():
    names = "ab a(?:b|c)d abc b bcd? c-d(?!-e)"
    grouped = re.compile(f"-(?:{_any_of(names)})-")
    plain = re.compile(f"-(?:{'|'.join(names.split())})-")
    for text in ("-ab-", "-abd-", "-acd-", "-b-", "-bc-", "-bcd-", "-bcc-", "-x-abc-", "-c-d-", "-c-d-e-"):
        assert str(grouped.search(text)) == str(plain.search(text)), text


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("entry_content--wide", "-entry-content-wide-"),
        ("articleBody", "-article-body-"),
        ("HTMLText2Go", "-html-text2-go-"),
        ("__x__", "-x-"),
        ("ÉditorialBox", "-ditorial-box-"),
        ("---", ""),
        ("a-b-c", ""),
        ("sc-gIcCDI", ""),
        ("hentry tag-newsletter story", "-hentry-story-"),
        ("prehentry tag-newsletter", "-prehentry-tag-newsletter-"),
    ],
)
def test_how_names_are_cut_into_words(token, words):
    assert class_words(token, None, None, None) == words


def test_links_with_a_page_s_number_at_their_end():
    of_second = ["2", "2/", "/a/2", "/a/2/", "?page=2", "?page=2&x", "/a/2#top"]
    assert all(is_numbered(href, 2) for href in of_second)
    others = ["/a/2024", "a2", "/a-2/", "?page=x2", "/2/a", "/a/12", "?page=3"]
    assert not any(is_numbered(href, 2) for href in others)


@pytest.mark.parametrize(
    "tag", ["<p>", "<p>a", "<a>a", "<b>", "</p>", "a</p>", "<tr>", "<td>a", "<br>a", "</br>", "<q>"]
)
def test_a_tag_makes_two_elements_at_most(tag):
    """Elements are counted on a page of enough bytes alone."""
    page = "<body>" + tag * 1000
    assert parse(page).xpath("count(//*)") <= 2 / 3 * len(page) + 4


def test_the_text_of_elements_around_each_other_is_read_once(monkeypatch):
    read = []
    monkeypatch.setattr(visible, "read_written", lambda text, *_: read.append(text) or ())
    look(
        parse("<div class=meta><div class=date><span class=date>On a day in June</span></div></div>"),
        Reading(),
    )
    assert read == ["On a day in June"]


def test_a_block_s_characters_are_those_of_its_pieces_or_all():
    page = parse(
        "<p> <b>All \n bold</b> </p><p><a href=/>one</a> <a href=/>two</a></p><p>half <b>and  half</b></p>"
    )
    assert [(block.bold, block.links, block.bare) for block in lay_out(page).blocks] == [
        (8, 0, 0), (0, 6, 0), (8, 0, 4)
    ]  # fmt: skip
