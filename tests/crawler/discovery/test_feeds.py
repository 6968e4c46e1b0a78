from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawler.discovery import Discovery

    Read = Callable[..., Discovery]

RSS2 = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/"
     xmlns:media="http://search.yahoo.com/mrss/" xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0">
<channel><title>Example</title><link>https://news.example.org/</link>
<atom:link href="https://news.example.org/feed?paged=2" rel="next"/>
<item><title>Rivers &amp;amp; &lt;i&gt;roads&lt;/i&gt;</title><link>https://news.example.org/a-1</link>
  <pubDate>Wed, 01 May 2024 10:00:00 +0300</pubDate><category>Local</category><category>Other</category>
  <media:group><media:title>A picture</media:title></media:group></item>
<item><media:title>A picture</media:title><title>مقتل &quot;مدني&quot;</title><link> /b-2?utm_source=rss
  </link><dc:date>2024-05-02T08:30:00Z</dc:date><atom:updated>2024-05-03T00:00:00Z</atom:updated></item>
<item><title>By its id</title><guid>https://news.example.org/c-3</guid></item>
<item><title>By the counter</title><link>https://counter.example.net/~r/x</link>
  <feedburner:origLink>https://news.example.org/d-4</feedburner:origLink></item>
<item><title>By no link</title><guid isPermaLink="false">tag:5</guid></item>
</channel></rss>"""


def test_rss_2(read: Read) -> None:
    found = read(RSS2, "feed")
    pages = [candidate for candidate in found.candidates if candidate.role == "page"]
    assert [page.url for page in pages] == [
        "https://news.example.org/a-1",
        "https://news.example.org/b-2?utm_source=rss",
        "https://news.example.org/c-3",
        "https://news.example.org/d-4",
    ]
    assert [page.title for page in pages] == ["Rivers & roads", 'مقتل "مدني"', "By its id", "By the counter"]
    assert [page.published for page in pages] == [
        "2024-05-01T10:00:00+03:00",
        "2024-05-02T08:30:00+00:00",
        None,
        None,
    ]
    assert pages[1].modified == "2024-05-03T00:00:00+00:00"
    assert pages[0].section == "Local"
    assert {page.found_by for page in pages} == {"feed"}
    assert [c.url for c in found.candidates if c.role == "feed"] == ["https://news.example.org/feed?paged=2"]
    assert found.faults == ("1 entries without a usable link",)
    assert found.read_as == "feed"


def test_rss_1(read: Read) -> None:
    found = read(
        """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
        xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://news.example.org/"/>
        <item rdf:about="https://news.example.org/a-1"><title>One</title><dc:date>2024-05-01</dc:date>
        <dc:subject>World</dc:subject></item></rdf:RDF>""",
        "feed",
    )
    (page,) = found.candidates
    assert (page.url, page.published, page.section) == ("https://news.example.org/a-1", "2024-05-01", "World")


def test_rss_091_with_the_entities_of_its_dtd(read: Read) -> None:
    found = read(
        """<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY eacute "&#233;">]><rss version="0.91"><channel>
        <item><title>Caf&eacute;</title><link>https://news.example.org/a-1</link></item></channel></rss>""",
        "feed",
    )
    assert [page.title for page in found.candidates] == ["Café"]


def test_atom(read: Read) -> None:
    found = read(
        """<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://news.example.org/news/"><title>x</title>
        <link rel="self" href="https://news.example.org/endpoint"/><link rel="next" href="/endpoint?page=2"/>
        <entry><title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">One <b>bold</b> day</div></title>
        <link rel="enclosure" href="/a.mp3"/><link rel="alternate" href="one"/><id>tag:1</id>
        <published>2024-05-01T10:00:00.250+03:00</published><updated>2024-05-01T12:00:00+03:00</updated>
        <category term="world" label="World"/></entry>
        <entry><title type="html">&lt;b&gt;Two&lt;/b&gt; &amp;mdash; three</title><link href="two"/>
        <updated>2024-05-02T12:00:00Z</updated></entry></feed>""",
        "feed",
    )
    one, two, following = found.candidates
    assert (one.url, one.title, one.section) == ("https://news.example.org/news/one", "One bold day", "World")
    assert (one.published, one.modified) == ("2024-05-01T10:00:00+03:00", "2024-05-01T12:00:00+03:00")
    assert (two.title, two.published, two.modified) == ("Two — three", None, "2024-05-02T12:00:00+00:00")
    assert (following.url, following.role) == ("https://news.example.org/endpoint?page=2", "feed")
    assert found.faults == ()


def test_json_feed(read: Read) -> None:
    found = read(
        json.dumps(
            {
                "version": "https://jsonfeed.org/version/1.1",
                "next_url": "https://news.example.org/feed.json?page=2",
                "items": [
                    {
                        "id": "1",
                        "url": "/a-1",
                        "title": "One",
                        "tags": ["World"],
                        "date_published": "2024-05-01T10:00:00+03:00",
                        "date_modified": "2024-05-01T11:00:00+03:00",
                    },
                    {"id": "https://news.example.org/b-2"},
                    {"id": "mailto:x"},
                    "not an item",
                ],
            }
        ),
        "feed",
    )
    one, two, following = found.candidates
    assert (one.url, one.title, one.section) == ("https://news.example.org/a-1", "One", "World")
    assert (one.published, one.modified) == ("2024-05-01T10:00:00+03:00", "2024-05-01T11:00:00+03:00")
    assert two.url == "https://news.example.org/b-2"
    assert following.role == "feed"
    assert found.faults == ("2 entries without a usable link",)


@pytest.mark.parametrize(
    "broken",
    [
        RSS2.replace("</item>\n<item>", "<item>&nbsp;<br>", 1),
        RSS2.replace("</channel></rss>", ""),
        RSS2.replace("&quot;", "&"),
        "  junk before the feed " + RSS2,
    ],
    ids=["entity and tags", "cut short", "ampersand", "junk"],
)
def test_a_feed_that_is_not_well_formed_gives_its_entries_and_its_fault(read: Read, broken: str) -> None:
    found = read(broken, "feed")
    urls = {candidate.url for candidate in found.candidates}
    assert {"https://news.example.org/c-3", "https://news.example.org/d-4"} <= urls
    assert found.faults[0].startswith("not well-formed: ")


def test_dates_of_a_broken_feed_keep_their_offsets_and_updated_is_no_publication(read: Read) -> None:
    found = read(
        "<rss><channel>&nbsp;<item><link>https://news.example.org/a-1</link>"
        "<pubDate>Wed, 01 May 2024 10:00:00 +0300</pubDate></item>"
        "<item><link>https://news.example.org/b-2</link><pubDate>01 May 2024 10:00:00 EST</pubDate></item>",
        "feed",
    )
    one, two = found.candidates
    assert (one.published, one.modified) == ("2024-05-01T10:00:00+03:00", None)
    assert two.published == "2024-05-01T10:00:00-05:00"


@pytest.mark.parametrize("encoding", ["windows-1256", "utf-8", "utf-16"])
def test_encodings(read: Read, encoding: str) -> None:
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?><rss><channel><item><title>أخبار المدينة</title>'
        "<link>https://news.example.org/a-1</link></item></channel></rss>"
    )
    assert [page.title for page in read(text.encode(encoding), "feed").candidates] == ["أخبار المدينة"]


def test_an_encoding_that_only_the_header_tells(read: Read) -> None:
    text = "<rss><channel><item><title>أخبار</title><link>https://news.example.org/a-1</link></item></channel></rss>"
    found = read(text.encode("windows-1256"), "feed", type="application/rss+xml; charset=windows-1256")
    assert [page.title for page in found.candidates] == ["أخبار"]


def test_entities_are_neither_expanded_nor_fetched(read: Read) -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    for declared, used in (
        (f'<!ENTITY l0 "ha">{laughs}', "&l11;"),
        ('<!ENTITY x SYSTEM "file:///etc/passwd">', "&x;"),
    ):
        began = time.process_time()
        found = read(
            f"<?xml version='1.0'?><!DOCTYPE rss [{declared}]><rss><channel><item><title>{used}</title>"
            "<link>https://news.example.org/a-1</link></item></channel></rss>",
            "feed",
        )
        assert time.process_time() - began < 20
        assert all(
            "root:" not in (page.title or "") and len(page.title or "") <= 500 for page in found.candidates
        )


@pytest.mark.parametrize(
    "body",
    ["<rss><channel>" + "<item>" * 200_000, "<rss><channel><item><title>" + "<b>" * 200_000],
    ids=["entries", "markup"],
)
def test_deep_nesting_costs_little(read: Read, body: str) -> None:
    began = time.process_time()
    assert read(body, "feed").candidates == ()
    assert time.process_time() - began < 5


def test_a_feed_of_too_many_entries_is_cut_and_says_so(read: Read) -> None:
    entries = "".join(f"<item><link>https://news.example.org/{n}</link></item>" for n in range(6000))
    found = read(f"<rss><channel>{entries}</channel></rss>", "feed")
    assert len(found.candidates) == 5000
    assert found.faults == ("more than 5000 entries",)


markup = st.lists(
    st.sampled_from(
        [
            "<rss>",
            "<channel>",
            "<item>",
            "</item>",
            "<title>",
            "</title>",
            "<link>",
            "</link>",
            "<link href='x'/>",
            "https://news.example.org/a",
            "<![CDATA[",
            "]]>",
            "<!--",
            "&amp;",
            "&nbsp;",
            "&",
            "<guid>",
            "</guid>",
            "\x00",
            "<pubDate>2024-13-45T99:99</pubDate>",
            "<pubDate>Wed, 99 May 2024 10:00:00 +9999</pubDate>",
            "<entry>",
            "<feed xmlns='http://www.w3.org/2005/Atom'>",
            "<a:b>",
            "ا",
            "<?x?>",
            "<!DOCTYPE x>",
        ]
    )
    | st.text(max_size=8),
    max_size=40,
).map("".join)


@given(
    st.sampled_from(
        ["<rss>", "<feed>", "<rdf:RDF>", '{"version": "https://jsonfeed.org/version/1", "items": ']
    ),
    markup,
)
def test_never_raises(read: Read, start: str, rest: str) -> None:
    found = read((start + rest).encode("utf-8", "replace"), "feed")
    assert all(candidate.url.startswith(("http://", "https://")) for candidate in found.candidates)


json_value = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("https://news.example.org/x"),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["items", "url", "id", "title", "tags", "next_url", "date_published"]), inner
        )
    ),
    max_leaves=12,
)


@given(json_value)
def test_json_feeds_never_raise(read: Read, items: object) -> None:
    read(
        json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items, "next_url": items}), "feed"
    )
