from __future__ import annotations

import gzip
import time
import tracemalloc
import zlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery.sitemap import MAX_DEPTH, MAX_ENTRIES

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawler.discovery import Discovery

    Read = Callable[..., Discovery]

NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
NEWS = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
IMAGE = 'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'


def test_urlset(read: Read) -> None:
    found = read(
        f"""<?xml version="1.0"?><urlset {NS} {IMAGE}>
        <url><loc> https://news.example.org/a-1 </loc><lastmod>2024-05-01T10:00:00+03:00</lastmod>
        <image:image><image:loc>https://news.example.org/a.jpg</image:loc></image:image></url>
        <url><loc><![CDATA[https://news.example.org/b?x=1&y=2]]></loc><lastmod>2024-05-01</lastmod></url>
        <url><loc>https://news.example.org/c?x=1&amp;y=2</loc><lastmod>yesterday</lastmod></url>
        <url><lastmod>2024-05-01</lastmod></url><url><loc>ftp://news.example.org/</loc></url></urlset>""",
        "sitemap",
    )
    assert [(page.url, page.modified, page.role, page.found_by) for page in found.candidates] == [
        ("https://news.example.org/a-1", "2024-05-01T10:00:00+03:00", "page", "sitemap"),
        ("https://news.example.org/b?x=1&y=2", "2024-05-01", "page", "sitemap"),
        ("https://news.example.org/c?x=1&y=2", None, "page", "sitemap"),
    ]
    assert len(found.faults) == 2
    assert "ftp://news.example.org/" in found.faults[1]


def test_news_sitemap(read: Read) -> None:
    found = read(
        f"""<urlset {NS} {NEWS}><url><loc>https://news.example.org/a-1</loc><news:news><news:publication>
        <news:name>Example</news:name><news:language>ar</news:language></news:publication>
        <news:publication_date>2024-05-01T10:00:00+03:00</news:publication_date><news:title>عنوان
        الخبر</news:title></news:news></url></urlset>""",
        "sitemap",
    )
    (page,) = found.candidates
    assert (page.found_by, page.title, page.published, page.modified) == (
        "news-sitemap",
        "عنوان الخبر",
        "2024-05-01T10:00:00+03:00",
        None,
    )


def test_an_index_gives_its_sitemaps_the_newest_first_without_tags_and_pictures(read: Read) -> None:
    names = {
        "post-sitemap1.xml": "2020-01-01",
        "post-sitemap2.xml": "2024-05-01T00:00:00Z",
        "post_tag-sitemap.xml": "2024-05-02",
        "category-sitemap.xml": None,
        "author-sitemap.xml": None,
        "sitemap-image-1.xml": None,
        "page-sitemap.xml": None,
        "sitemap-news.xml": None,
        "sitemap.xml?month=2020-01": "2020-01-31",
    }
    rows = "".join(
        f"<sitemap><loc>https://news.example.org/{name}</loc><lastmod>{day or ''}</lastmod></sitemap>"
        for name, day in names.items()
    )
    found = read(f"<sitemapindex {NS}>{rows}</sitemapindex>", "sitemap")
    assert {candidate.role for candidate in found.candidates} == {"sitemap"}
    assert [candidate.url.rpartition("/")[2] for candidate in found.candidates] == [
        "post-sitemap2.xml",
        "sitemap.xml?month=2020-01",
        "post-sitemap1.xml",
        "page-sitemap.xml",
        "sitemap-news.xml",
    ]
    by_priority = sorted(found.candidates, key=lambda candidate: candidate.priority)
    assert by_priority[0].url.endswith("sitemap-news.xml")
    assert by_priority[-1].url.endswith("page-sitemap.xml")


def test_an_index_of_nothing_but_tags_is_followed_all_the_same(read: Read) -> None:
    found = read(
        f"<sitemapindex {NS}><sitemap><loc>https://news.example.org/tag-sitemap.xml</loc></sitemap></sitemapindex>",
        "sitemap",
    )
    assert len(found.candidates) == 1


def test_indexes_are_not_followed_without_end(read: Read) -> None:
    index = f"<sitemapindex {NS}><sitemap><loc>https://news.example.org/i.xml</loc></sitemap></sitemapindex>"
    assert len(read(index, "sitemap", hops=MAX_DEPTH - 1).candidates) == 1
    stopped = read(index, "sitemap", hops=MAX_DEPTH)
    assert stopped.candidates == ()
    assert "not followed" in stopped.faults[0]


def test_gzip_is_known_by_its_content(read: Read) -> None:
    packed = gzip.compress(
        f"<urlset {NS}><url><loc>https://news.example.org/a-1</loc></url></urlset>".encode()
    )
    for headers in ((), (("Content-Encoding", "gzip"),)):
        found = read(packed, "sitemap", type="application/octet-stream", headers=headers)
        assert [page.url for page in found.candidates] == ["https://news.example.org/a-1"]


def test_text_sitemap(read: Read) -> None:
    found = read(
        "https://news.example.org/a-1\r\n\n  https://news.example.org/b-2\nnot a url\n",
        "sitemap",
        type="text/plain",
    )
    assert [page.url for page in found.candidates] == [
        "https://news.example.org/a-1",
        "https://news.example.org/b-2",
    ]
    assert found.read_as == "sitemap"


@pytest.mark.parametrize(
    "end", ["<url><loc>https://news.exa", "</broken>", "<url><loc>&nbsp;</loc></url></urlset"]
)
def test_what_stands_before_a_break_is_kept(read: Read, end: str) -> None:
    rows = "".join(f"<url><loc>https://news.example.org/{n}</loc></url>" for n in range(3000))
    found = read(f" \n<?xml version='1.0'?><urlset {NS}>{rows}{end}", "sitemap")
    assert len(found.candidates) == 3000
    assert found.faults[0].startswith("not well-formed: ")


def test_bare_ampersands_are_repaired(read: Read) -> None:
    found = read(
        f"<urlset {NS}><url><loc>https://news.example.org/?a=1&b=2&amp;c=3&copy=4</loc></url>"
        "<url><loc>https://news.example.org/caf&eacute;&#33;</loc></url></urlset>",
        "sitemap",
    )
    assert [page.url for page in found.candidates] == [
        "https://news.example.org/?a=1&b=2&c=3&copy=4",
        "https://news.example.org/caf%C3%A9!",
    ]
    assert found.faults == ("not well-formed: a bare & or an entity of HTML",)


def test_an_empty_sitemap_says_so(read: Read) -> None:
    assert read(f"<urlset {NS}></urlset>", "sitemap").faults == ("an empty sitemap",)


def test_more_entries_than_the_protocol_allows_are_cut(read: Read) -> None:
    rows = "".join(f"<url><loc>https://news.example.org/{n}</loc></url>" for n in range(MAX_ENTRIES + 10))
    found = read(f"<urlset {NS}>{rows}</urlset>", "sitemap")
    assert len(found.candidates) == MAX_ENTRIES
    assert found.faults == (f"more than {MAX_ENTRIES} entries",)


def test_a_gzip_bomb_is_cut_in_bounded_memory(read: Read) -> None:
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = squeeze.compress(b"<urlset><url><loc>https://news.example.org/a-1</loc></url>")
    bomb += b"".join(squeeze.compress(b" " * (1 << 20)) for _ in range(256)) + squeeze.flush()
    tracemalloc.start()
    try:
        found = read(bomb, "sitemap")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [page.url for page in found.candidates] == ["https://news.example.org/a-1"]
    assert any("cut at" in fault for fault in found.faults)
    assert peak < 4 * 52_428_800


def test_entity_bombs_and_external_entities_do_nothing(read: Read) -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    for declared, used in (
        (f'<!ENTITY l0 "ha">{laughs}', "&l11;"),
        ('<!ENTITY x SYSTEM "file:///etc/passwd">', "&x;"),
    ):
        began = time.process_time()
        found = read(
            f"<!DOCTYPE urlset [{declared}]><urlset><url><loc>https://news.example.org/{used}</loc></url></urlset>",
            "sitemap",
        )
        assert time.process_time() - began < 5
        assert all(len(page.url) < 100 and "root" not in page.url for page in found.candidates)


def test_deep_nesting_costs_little(read: Read) -> None:
    began = time.process_time()
    assert read("<urlset>" + "<url>" * 500_000, "sitemap").candidates == ()
    assert time.process_time() - began < 5


pieces = st.lists(
    st.sampled_from(
        [
            "<url>",
            "</url>",
            "<loc>",
            "</loc>",
            "<sitemap>",
            "</sitemap>",
            "<lastmod>",
            "</lastmod>",
            "2024-05-01",
            "&",
            "https://news.example.org/",
            "<news:news>",
            "</news:news>",
            "<![CDATA[",
            "]]>",
            "&x;",
            "\x00",
            "<!--",
            "-->",
            "<?p?>",
            "http://[",
            "</urlset>",
        ]
    )
    | st.text(max_size=6),
    max_size=40,
).map("".join)


@given(
    st.sampled_from([f"<urlset {NS}>", f"<sitemapindex {NS}>", "<urlset>", "https://news.example.org/\n"]),
    pieces,
)
def test_never_raises(read: Read, start: str, rest: str) -> None:
    found = read((start + rest).encode("utf-8", "replace"), "sitemap")
    assert all(candidate.url.startswith(("http://", "https://")) for candidate in found.candidates)


@given(
    st.binary(max_size=200),
    st.sampled_from(["sitemap", "feed", "home", "section", "wordpress", "robots", "probe"]),
)
def test_any_bytes_give_faults_at_most(read: Read, body: bytes, role: str) -> None:
    read(body, role)
    read(b"\x1f\x8b" + body, role)
    read(body, role, headers=(("Content-Encoding", "gzip"),))
