from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from archive.records import Candidate
from crawler.discovery import discover, probes
from crawler.discovery import dispatch as dispatching

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawler.discovery import Discovery

    Read = Callable[..., Discovery]

RSS = "<rss><channel><item><link>https://news.example.org/a-1</link></item></channel></rss>"
SITEMAP = "<urlset><url><loc>https://news.example.org/a-1</loc></url></urlset>"
PAGE = '<!DOCTYPE html><html><body><a href="/2024/05/a-story">A story</a></body></html>'


@pytest.mark.parametrize("role", ["feed", "sitemap", "probe", "home", "section", "wordpress"])
def test_a_document_is_read_as_what_it_is(read: Read, role: str) -> None:
    assert read(RSS, role, type="text/html").read_as == "feed"
    assert read(SITEMAP, role, type="text/html").read_as == "sitemap"
    page = read(PAGE, role, type="application/rss+xml")
    assert page.read_as == ("home" if role == "home" else "section")
    assert len(page.candidates) == 1


def test_a_page_where_a_feed_was_expected_is_a_fault(read: Read) -> None:
    assert read(PAGE, "feed").faults == ("a web page came where a feed was expected",)


@pytest.mark.parametrize(
    "prolog",
    [
        "\ufeff",
        "\n\n",
        "<?xml version='1.0'?>",
        "<!-- made by x -->",
        "<?xml-stylesheet href='x'?>",
        "<!DOCTYPE rss>",
    ],
)
def test_prologs(read: Read, prolog: str) -> None:
    assert read(prolog + RSS, "feed").read_as == "feed"


@pytest.mark.parametrize(
    ("status", "fault"), [(404, "HTTP 404"), (503, "HTTP 503"), (301, "HTTP 301"), (None, "no answer")]
)
def test_errors_are_not_read(read: Read, status: int | None, fault: str) -> None:
    found = read(RSS, "feed", status=status)
    assert (found.candidates, found.faults) == ((), (fault,))


def test_not_modified_is_no_fault(read: Read) -> None:
    assert read("", "feed", status=304).faults == ()


def test_nothing_and_nonsense_are_faults(read: Read) -> None:
    assert read(" \n", "feed").faults == ("an empty document",)
    assert "neither feed" in read(b"\x89PNG\r\n\x1a\n" + bytes(100), "feed", type="image/png").faults[0]
    assert "neither a JSON Feed" in read('{"a": 1}', "feed").faults[0]
    assert "neither a JSON Feed" in read("[" * 100_000, "feed").faults[0]


def test_robots_txt_gives_its_sitemaps(read: Read) -> None:
    found = read(
        "User-agent: *\nDisallow: /\nSitemap: https://news.example.org/sitemap.xml # all\r\n"
        "sitemap:/news-sitemap.xml\rSitemap: https://cdn.example.net/s.xml\nSitemap: mailto:x\nsitemapx: /y\n"
        "Sitemap: https://news.example.org/sitemap.xml",
        "robots",
        url="https://news.example.org/robots.txt",
    )
    assert [c.url for c in found.candidates] == [
        "https://news.example.org/sitemap.xml",
        "https://news.example.org/news-sitemap.xml",
        "https://cdn.example.net/s.xml",
    ]
    assert {(c.role, c.found_by) for c in found.candidates} == {("sitemap", "robots")}
    assert found.faults == ("a Sitemap line without a usable URL: mailto:x",)
    assert read(PAGE, "robots").candidates == ()


def test_plug_ins_add_candidates_and_cannot_break_a_crawl(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    def extra(exchange: object, source: object) -> list[Candidate]:
        return [
            Candidate("https://news.example.org/a-1", title="again"),
            Candidate("https://news.example.org/b-2"),
        ]

    def broken(exchange: object, source: object) -> list[Candidate]:
        raise RuntimeError("no luck")

    monkeypatch.setattr(dispatching, "_plugins", lambda: (("extra", extra), ("broken", broken)))
    found = read(RSS, "feed")
    assert [(c.url, c.title) for c in found.candidates] == [
        ("https://news.example.org/a-1", None),
        ("https://news.example.org/b-2", None),
    ]
    assert found.faults == ("plug-in broken: RuntimeError: no luck",)


def test_probes() -> None:
    found = probes("https://news.example.org")
    assert {c.found_by for c in found} == {"well-known"}
    assert {
        "https://news.example.org/feed/",
        "https://news.example.org/rss.xml",
        "https://news.example.org/sitemap.xml",
    } <= {c.url for c in found}
    assert {c.role for c in found} == {"feed", "sitemap", "wordpress"}
    below = [c.url for c in probes("https://news.example.org/arabic/index.html?x")]
    assert below[0] == "https://news.example.org/arabic/feed/"
    assert "https://news.example.org/feed/" in below
    assert probes("mailto:x") == ()
    assert discover is dispatching.discover
