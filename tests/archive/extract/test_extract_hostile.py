"""Pages made to be slow: the time of each stays in proportion to its size."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.extract import Page, extract_html, vocabulary
from archive.extract.body import blocks, regions
from archive.extract.body.blocks import lay_out
from archive.extract.body.prose import prose
from archive.extract.dates.dating import Reading
from archive.extract.markup.head import MAX_VALUES, read_head
from archive.extract.markup.tree import LONG_TAG, MAX_ATTRIBUTES, TooLargeError, parse
from archive.extract.metadata import names, visible
from archive.extract.page import MAX_BLOCKS
from archive.records import Article, Rejected

SENTENCE = (
    "<p>The ferry between the two banks of the estuary sailed again for the first time since the storm.</p>"
)
CPU_SECONDS = 15
"""Each took under 2 s, one 4. Rules that looked at all blocks for each block took minutes, some expressions hours."""

TITLE = "<html><body><h1>Ferry returns</h1>"
MANY = 9_000
FETCHED = datetime(2026, 4, 22, tzinfo=UTC)
GOLDEN = (
    "<!doctype html><html lang=en><head><meta charset=utf-8><title>Ferry returns - The Lantern</title>"
    '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Ferry returns", '
    '"datePublished": "2026-04-21T10:00:00+02:00", "author": [{"name": "Ada Finch"}]}</script></head>'
    f"<body><nav><a href=/>Home</a></nav><article><h1>Ferry returns — عادت العبّارة</h1><p class=byline>By Ada Finch</p>"
    f"<time datetime=2026-04-21>21 April 2026</time>{SENTENCE * 4}<table><tr><td>1<td>2</table></article></body></html>"
)


def linked(**said):
    article = {"@type": "NewsArticle", "headline": "Ferry returns", **said}
    nodes = [article, *({"@id": f"#p{number}", "@type": "Person"} for number in range(1_990))]
    return f"<html><script type='application/ld+json'>{json.dumps({'@graph': nodes})}</script>{SENTENCE}"


PAGES = {
    "headings of sections": TITLE + f"<h3>Share</h3>{SENTENCE}" * MANY,
    "headlines": TITLE + f"<h1>Another headline</h1>{SENTENCE}" * MANY,
    "headlines below the article": TITLE + SENTENCE * 9 + "<h1>Another headline</h1>" * 19_000,
    "links": TITLE + "<a href=/x>Storm damage: what the council will pay for</a><br><br>" * MANY,
    "cookies": TITLE
    + "<div><p>We use cookies to make this page work as you expect, and more cookies.</p></div>" * MANY,
    "cards": TITLE + "<article><h2><a href=/x>Some other headline</a></h2><p>Words.</p></article>" * MANY,
    "times": TITLE + "<time datetime=2020-01-01>x</time>" * MANY * 3,
    "bylines": TITLE + "<span class=author>Ada Finch</span>" * MANY * 3,
    "nested names": TITLE + f"<div class='comments author'>{SENTENCE}" * 3_000,
    "nested articles": "<html><body>" + f"<article>{SENTENCE}" * MANY,
    "spaces in JSON-LD": f"<html><script type='application/ld+json'>{{{' ' * 1_900_000}x</script>{SENTENCE}",
    "brackets in articleBody": '<html><script type="application/ld+json">'
    '{"@type": "NewsArticle", "headline": "x", "articleBody": "'
    f'{"<" * 1_900_000}"}}</script>{SENTENCE}',
    "brackets in an unknown encoding": ("<html>" + SENTENCE + "<" * 1_000_000).encode() + b"\xe9\xff",
    "scripts in an unknown encoding": ("<html>" + SENTENCE + "<script " * 150_000).encode() + b"\xe9\xff",
    "brackets in the title": f"<html><title>{'<' * 500_000} - x</title>{SENTENCE}",
    "a long headline": f"<html><h1>{'word ' * 500_000}</h1>{SENTENCE}",
    "a long word": f"<html><h1>T</h1><p>{'a' * 5_000_000}",
    "a long class": f"<html>{SENTENCE}<div class='{'a-b ' * 500_000}'>{SENTENCE}</div>",
    "attributes": TITLE + "<div " + " ".join(f"a{n}=1" for n in range(100_000)) + ">" + SENTENCE,
    "a long title": f"<html><title>{'|' * 5_000_000}</title>{SENTENCE}",
    "marks around JSON-LD": f"<html><script type='application/ld+json'>{'/*' * 900_000}</script>{SENTENCE}",
    "nesting": TITLE + "<div>" * 1_000_000 + SENTENCE,
    "nested tables": TITLE + "<table><tr><td>" * 30_000 + SENTENCE,
    "nested JSON-LD": f"<html><script type='application/ld+json'>{'[' * 900_000}</script>{SENTENCE}",
    "line breaks": TITLE + "<p>" + "word<br>" * 1_000_000,
    "inline links": TITLE + "<a href=/x>a link's text</a> " * 100_000 + SENTENCE,
    "one text": TITLE + "<p>" + "word " * 2_000_000,
    "one attribute": TITLE + f"<div class='{'a ' * 5_000_000}'>{SENTENCE}</div>",
    "entities": TITLE + "<p>" + "&amp;&#1575;&bogus;" * 50_000 + SENTENCE,
    "NULs": TITLE + "\0" * 5_000_000 + SENTENCE,
    "broken UTF-8": (TITLE + SENTENCE).encode() + b"\xd9" * 3_000_000,
    "a head without end": "<title>Ferry</title>" + "<x-y>a</x-y>" * 100_000 + f"<article>{SENTENCE}",
    "nothing closed": TITLE + "<p><b><i><a href=x><table><td><ul><li><select><option>" * 3_000 + SENTENCE,
    "an open attribute": TITLE + SENTENCE + '<div class="' + "x" * 5_000_000,
    "tags in a tag's name": TITLE + SENTENCE + "<a" * 1_000_000 + "x" * 40_000,
    "tags in attributes": TITLE + SENTENCE + "<a/b=" * 500_000 + "x" * 40_000,
    "many dates": "<html>" + "<meta name=date content='12 May 2020, about noon'>" * 50_000 + SENTENCE,
    "spaces in a byline": TITLE + f"<p class=byline>By{'&nbsp;' * 800_000}x</p>{SENTENCE}",
    "words of a byline": TITLE + f"<p class=byline>By {'Ada Finch ' * 400_000}</p>{SENTENCE}",
    "authors by reference": linked(author=[{"@id": f"#{n}"} for n in range(50_000)]),
    "a long date": linked(datePublished="1 May " * 300_000),
    "a query for a URL": linked(url="?" * 1_500_000 + "\nx"),
    "hidden from screen readers": TITLE + "<p>" + "<span aria-hidden=true>aa</span> aa " * 49_000 + SENTENCE,
    "hidden in a line": TITLE + "<p>" + "<span hidden>x</span> y " * 140_000 + SENTENCE,
    "dates in a menu": TITLE + f"<nav>{'<span class=date>12 May 2020</span> ' * 140_000}</nav>" + SENTENCE,
    "deep dates": TITLE + "<span>" * 240 + "<time datetime=2020-01-01>x</time>" * 140_000 + SENTENCE,
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


@pytest.mark.parametrize(
    "content",
    [
        json.dumps({"items": ["<p>A story</p>"] * 50}), json.dumps(["<div>x</div>"]),
        'var page = "<div><p>A story</p></div>";',
        '(function () { document.write("<p>A story</p>") })()', 'callback({"html": "<p>A story</p>"})',
        "", " ", "\0" * 100,
    ],
)  # fmt: skip
def test_scripts_that_pose_as_pages_are_none(content):
    found = extract_html(Page("https://n.example/a", content.encode(), "utf-8", FETCHED))
    assert isinstance(found, Rejected)
    assert found.reason == "not_html"


def test_a_page_that_begins_with_words_or_a_bracket_is_one():
    found = extract_html(Page("https://n.example/a", f"[Update] {SENTENCE * 3}".encode(), None, FETCHED))
    assert isinstance(found, Article)


def test_a_page_cut_anywhere_is_read_or_refused():
    whole = GOLDEN.encode()
    assert isinstance(extract_html(Page("https://n.example/a", whole, None, FETCHED)), Article)
    for end in range(0, len(whole), 7):
        found = extract_html(Page("https://n.example/a", whole[:end], "windows-1256", FETCHED))
        assert isinstance(found, Article | Rejected)


@pytest.mark.parametrize("broken", [False, True])
def test_a_number_that_no_character_has_is_read(broken):
    number = f"&#{'1' * 9_000};"
    page = linked(headline=f"Ferry {number} returns")
    page = page.replace('{"@graph"', '{x"@graph"') if broken else page
    page = page.replace(
        "</script>", f"</script><title>Ferry {number.replace('&', '&amp;amp;')} returns</title>"
    )
    found = extract_html(Page("https://n.example/a", (page + SENTENCE * 4).encode(), "utf-8", FETCHED))
    assert isinstance(found, Article)
    assert found.title == "Ferry \ufffd returns"


def test_authors_nested_past_all_depth_are_left_unread():
    deep = linked(author="AUTHOR").replace('"AUTHOR"', "[" * 700 + '"Ada Finch"' + "]" * 700)
    found = extract_html(Page("https://n.example/a", (deep + SENTENCE * 4).encode(), "utf-8", FETCHED))
    assert isinstance(found, Article)
    assert (found.title, found.authors) == ("Ferry returns", ())


def test_the_first_values_of_a_name_are_kept():
    many = "".join(f"<meta name=author content='{number}'>" for number in range(1_000))
    root = parse(
        f"<html><head>{many}<link rel=next href=/1>{'<link rel=next href=/2>' * 1_000}</head></html>"
    )
    assert root is not None
    head = read_head(root)
    assert head.meta["author"] == tuple(map(str, range(MAX_VALUES)))
    assert len(head.links["next"]) == MAX_VALUES
    assert head.links["next"][0] == "/1"


def test_attributes_are_counted_wherever_a_tag_stands():
    """A quoted attribute in a comment may hold a tag that the parser sees."""
    many = "<div " + "".join(f"a{number} " for number in range(MAX_ATTRIBUTES)) + "x" * LONG_TAG + ">"
    for page in (many, f'<!-- <a b=" -->{many}<p c="x">', f"<a<1 {many[5:]}"):
        with pytest.raises(TooLargeError):
            parse(page)
    few = "<div " + "".join(f"a{number} " for number in range(MAX_ATTRIBUTES - 2)) + "x" * LONG_TAG + ">"
    assert parse(f"<p>x</p>{few}") is not None


@pytest.mark.parametrize("before", [0, 1, LONG_TAG - 5, LONG_TAG - 4, LONG_TAG - 3, LONG_TAG, 3 * LONG_TAG])
@pytest.mark.parametrize("after", ["", "<p>x" * LONG_TAG])
def test_a_long_tag_is_found_wherever_it_stands(before: int, after: str):
    many = "<div " + " ".join(f"a{number}" for number in range(MAX_ATTRIBUTES))
    many += " " * (LONG_TAG + 2 - len(many))
    with pytest.raises(TooLargeError):
        parse(f"<p>{'x' * before}{many}{after}")


TAGS = ("div", "p", "table", "tr", "td", "ul", "li", "a", "h1", "h2", "article", "section", "blockquote", "figure",
        "span", "br", "time", "script", "style", "svg", "template", "form", "main", "aside", "title", "head",
        "body")  # fmt: skip
WORDS = st.text(max_size=20) | st.sampled_from(
    ["By Ada Finch", "1 May 2020", "Share", "اقرأ أيضاً", SENTENCE, "&nbsp;&#0;"]
)
ATTRIBUTES = st.sampled_from(
    [
        "",
        " class=author",
        " class='related share'",
        " datetime=2020-13-45",
        " href='//['",
        " rel=tag href=x",
        " itemprop=name",
    ]
)
TREES = st.recursive(
    WORDS,
    lambda inner: st.builds(
        lambda tag, attributes, parts, end: f"<{tag}{attributes}>{''.join(parts)}{end and f'</{tag}>'}",
        st.sampled_from(TAGS), ATTRIBUTES, st.lists(inner, max_size=5), st.booleans(),
    ),
    max_leaves=40,
)  # fmt: skip


@settings(max_examples=60)
@given(TREES, st.sampled_from([None, "utf-8", "windows-1256", "gb2312", "utf-16"]))
def test_any_tree_is_read_or_refused(tree, charset):
    page = Page("https://n.example/a", f"<html>{tree}".encode("utf-8", "replace"), charset, FETCHED)
    assert isinstance(extract_html(page), Article | Rejected)


@settings(max_examples=60)
@given(st.data())
def test_any_change_to_a_page_is_read_or_refused(data):
    content = bytearray(GOLDEN.encode())
    for _ in range(data.draw(st.integers(1, 8))):
        start = data.draw(st.integers(0, len(content)))
        content[start : start + data.draw(st.integers(0, 60))] = data.draw(
            st.binary(max_size=12)
            | st.sampled_from([b"<", b">", b'"', b"</", b"\0", b"<!--", b"\xd9", b"<table>"])
        )
    found = extract_html(
        Page("https://n.example/a", bytes(content), data.draw(st.none() | st.text(max_size=9)), FETCHED)
    )
    assert isinstance(found, Article | Rejected)


def test_too_many_runs_of_text_are_refused():
    page = Page(
        "https://n.example/a", (TITLE + "<p>x</p>" * (MAX_BLOCKS + 1)).encode(), None, datetime.now(UTC)
    )
    assert extract_html(page).reason == "limit"


@pytest.mark.parametrize(
    ("element", "what"),
    [
        ("<time datetime=2020-01-01>x</time>", "read_stated"),
        ("<time>12 May 2020</time>", "_dates_in"),
        ("<nav><time>12 May 2020</time></nav>", "_moment"),
        ("<nav><i class=date>12 May 2020</i><b class=date>12 May 2020</b></nav>", "_dates_in"),
        ("<span itemprop=datePublished content=2020-01-01>x</span>", "read_stated"),
        ("<nav><span class=author>Ada Finch</span></nav>", "_names_in"),
        ("<nav><a rel=tag href=/x>Ferries</a></nav>", "_text"),
        ("<nav><h1>Ferry returns</h1></nav>", "_text"),
    ],
)
def test_so_many_elements_of_a_kind_are_read(element, what, monkeypatch):
    read = []
    original = getattr(visible, what)
    monkeypatch.setattr(visible, what, lambda *given: read.append(given) or original(*given))
    root = parse(f"<html><body><div>{element * (3 * visible.MAX_TRIED)}</div>{SENTENCE}")
    assert root is not None
    found = visible.look(root, Reading())
    assert 0 < len(read) <= visible.MAX_TRIED
    assert len(found.dates.times) + len(found.dates.written) <= visible.MAX_TIMES


@pytest.mark.parametrize(
    ("before", "hidden", "kept"),
    [
        ("Ten", "Ten", "Ten more"),
        ("<b>T</b><i>e</i>n  \n ", " Ten ", "Ten more"),
        ("Ten", "Eleven", "Ten Eleven more"),
        ("word " * 500 + "Ten", "word Ten", "word " * 500 + "Ten more"),
    ],
)
def test_what_is_hidden_from_screen_readers_goes_where_it_was_just_said(before, hidden, kept):
    root = parse(f"<html><body><p>{before} <span aria-hidden=true>{hidden}</span> more</p>")
    assert root is not None
    assert [block.text for block in lay_out(root).blocks] == [kept]


def test_what_was_just_said_is_looked_for_in_the_end_of_a_line():
    """Reading the whole line for each took five minutes for 100,000."""
    root = parse("<p>" + "word <b>word</b> " * 9_000 + "<i aria-hidden=true>word</i> " * 9_000)
    assert root is not None
    start = time.process_time()
    lay_out(root)
    assert time.process_time() - start < 2  # 0.16, and 4.7 before


def test_names_are_remembered_within_a_number_of_characters(monkeypatch):
    monkeypatch.setattr(vocabulary, "MAX_CHARACTERS_OF_NAMES", 10_000)
    read = []
    known = vocabulary.remembered(lambda name, role: read.append(name) or (name, role))
    for _ in range(2):
        assert known("share", "nav") == ("share", "nav")
        assert known("share", None) == ("share", None)
    assert read == ["share", "share"]
    most = 0
    for number in range(100):
        name = f"{number}" * 1_000
        assert known(name, None) == (name, None)
        most = max(most, known.cache_info().currsize)
    assert 3 < most <= 11
    assert known("share", "nav") == ("share", "nav")


@pytest.mark.parametrize(
    "known",
    [vocabulary.class_words, vocabulary._parts, names.kind_of, names.tells_time, blocks._negativity],
)
def test_whatever_is_remembered_of_names_is_counted(known, monkeypatch):
    monkeypatch.setattr(vocabulary, "MAX_CHARACTERS_OF_NAMES", 10_000)
    for number in range(100):
        name = f"{number}{'ab' * 500}"
        page = f"<div class={name}><time class={name} datetime=2020-01-01>x</time></div>{SENTENCE}"
        extract_html(Page("https://n.example/a", page.encode(), None, FETCHED))
    assert 0 < known.cache_info().currsize < 40


def test_a_byline_of_many_links_is_read_in_part(monkeypatch):
    read = []
    monkeypatch.setattr(visible, "one_line", lambda text: read.append(text) or text)
    links = "<a href=/x>Ada Finch</a> " * 5_000
    root = parse(
        f"<html><body><div class=author>{links}</div><div class=author>{'Ada Finch<br>' * 5_000}</div>"
    )
    assert root is not None
    visible.look(root, Reading())
    assert len(read) < 6 * visible.MAX_PIECES


def test_so_much_text_of_a_page_is_read_for_bylines_and_dates(monkeypatch):
    """A page of 2 MB took 39 s, whose bylines stood in one another and each held the same style sheet."""
    read = []
    monkeypatch.setattr(visible, "one_line", lambda text: read.append(len(text)) or text)
    monkeypatch.setattr(visible, "MAX_READ_CHARACTERS", 100_000)
    page = f"<html><body>{'<div class=author><a href=/x>' * 200}<style>{'a ' * 4_000}</style>Ada Finch"
    root = parse(page)
    assert root is not None
    assert visible.look(root, Reading()).authors == []
    assert sum(read) < 200_000


def test_what_holds_a_whole_column_is_no_byline():
    """Each of 900 in one another looked through all that it holds."""
    root = parse(
        f"<html><body>{'<div class=author>' * 900}{'<b></b>' * 20_000}<span class=author>Ada Finch</span>"
    )
    assert root is not None
    start = time.process_time()
    assert visible.look(root, Reading()).authors == [("Ada Finch", "byline")]
    assert time.process_time() - start < 1  # 0.1


@pytest.mark.parametrize("char", ["\ufffe", "\uffff", "\x01", "\x1b"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
def test_characters_that_xml_has_not_cost_no_page(char, encoding):
    """lxml refuses to write them, and libxml2 reads them."""
    page = f"<html><body><h1>Ferry</h1><p>Ten <i hidden>x</i>a{char}b{char}</p>{SENTENCE * 4}"
    found = extract_html(Page("https://n.example/a", page.encode(encoding), None, FETCHED))
    assert isinstance(found, Article)
    assert char.isprintable() or not set("\x01\x1b") & set(found.text)


def test_what_follows_headlines_below_the_article_is_looked_for_once(monkeypatch):
    asked = []
    monkeypatch.setattr(regions, "prose", lambda block: asked.append(block) or prose(block))
    page = TITLE + SENTENCE * 9 + "<h1>Another headline</h1>" * 500
    extract_html(Page("https://n.example/a", page.encode(), None, FETCHED))
    assert 0 < len(asked) < 10_000  # 128,000 before
