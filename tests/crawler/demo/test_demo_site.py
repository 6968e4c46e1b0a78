"""The demo site: what it serves is consistent, and it answers as HTTP/1.1 servers do."""

from __future__ import annotations

import gzip
import http.client
import re
import urllib.request
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit
from xml.etree import ElementTree as ET

import pytest

from crawler.demo import Page

if TYPE_CHECKING:
    from crawler.demo import DemoSite

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def fetch(site: DemoSite, path: str, **headers: str) -> tuple[int, http.client.HTTPMessage, bytes]:
    parts = urlsplit(site.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    try:
        connection.request(
            "GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


def locations(body: bytes, tag: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(body).iter(tag)]


def test_it_has_articles_in_six_languages(demo_site: DemoSite) -> None:
    stories = demo_site.articles.values()

    assert len(stories) >= 12
    assert {story.language for story in stories} == {"ar", "en", "fr", "fa", "ru", "zh"}
    assert {story.dated_by for story in stories} == {"json-ld", "meta", "time", "text"}
    assert all(len(story.paragraphs) >= 5 for story in stories)


def test_every_article_is_served_with_its_whole_text(demo_site: DemoSite) -> None:
    for url, story in demo_site.articles.items():
        status, headers, body = fetch(demo_site, urlsplit(url).path)

        assert status == 200
        assert headers["Content-Type"] == (
            "text/html; charset=utf-8" if story.charset == "utf-8" else "text/html"
        )
        page = body.decode(story.charset)
        assert all(f"<p>{line}</p>".replace('"', "&quot;") in page for line in story.paragraphs)


def test_every_link_of_the_listings_leads_somewhere(demo_site: DemoSite) -> None:
    seen: set[str] = set()
    waiting = ["/"]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        status, _, body = fetch(demo_site, path)
        assert status == 200, path
        if re.match(r"/(\w+/(page/\d+/)?)?$", path):
            links = re.findall(rf'href="(?:{re.escape(demo_site.url)}|/)([^"]*)"', body.decode())
            waiting.extend(f"/{link}" for link in links if not link.startswith(("author", "tag")))

    assert {urlsplit(url).path for url in demo_site.articles} <= seen


def test_the_sitemap_index_leads_to_every_article(demo_site: DemoSite) -> None:
    robots = fetch(demo_site, "/robots.txt")[2].decode()
    index = re.search(r"Sitemap: (\S+)", robots)
    assert index is not None
    name = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"
    maps = locations(fetch(demo_site, urlsplit(index[1]).path)[2], name)

    packed = fetch(demo_site, urlsplit(maps[0]).path)
    listed = locations(gzip.decompress(packed[2]), name)

    assert set(demo_site.articles) <= set(listed)
    assert packed[1]["Content-Encoding"] is None
    assert len(locations(fetch(demo_site, urlsplit(maps[1]).path)[2], name)) == 4


def test_one_feed_is_broken_and_the_others_are_not(demo_site: DemoSite) -> None:
    rss = locations(fetch(demo_site, "/feed/")[2], "link")
    atom = ET.fromstring(fetch(demo_site, "/atom.xml")[2]).iter("{http://www.w3.org/2005/Atom}link")

    assert {url.partition("?")[0] for url in rss[1:]} == {link.get("href") for link in atom}
    assert rss[1].endswith("?utm_source=rss")
    with pytest.raises(ET.ParseError):
        ET.fromstring(fetch(demo_site, "/culture/feed/")[2])


def test_some_articles_stand_in_no_feed(demo_site: DemoSite) -> None:
    fed = {url.partition("?")[0] for url in locations(fetch(demo_site, "/feed/")[2], "link")}

    assert len(set(demo_site.articles) - fed) >= 4


def test_pages_come_compressed_where_asked_and_in_chunks_where_they_like(demo_site: DemoSite) -> None:
    plain = {path: fetch(demo_site, path) for path in (urlsplit(url).path for url in demo_site.articles)}

    assert {headers["Transfer-Encoding"] for _, headers, _ in plain.values()} == {None, "chunked"}
    for path, (_, headers, body) in plain.items():
        assert headers["Content-Length"] in {None, str(len(body))}
        _, packed_headers, packed = fetch(demo_site, path, Accept_Encoding="gzip")
        assert packed_headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed) == body


def test_an_unchanged_page_is_not_sent_again(demo_site: DemoSite) -> None:
    etag = fetch(demo_site, "/")[1]["ETag"]

    status, _, body = fetch(demo_site, "/", If_None_Match=etag)

    assert (status, body) == (304, b"")
    assert [served.status for served in demo_site.log] == [200, 304]


def test_several_requests_go_over_one_connection_and_the_log_has_all(demo_site: DemoSite) -> None:
    parts = urlsplit(demo_site.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    targets = ["/", "/nowhere?x=1", quote("/2026/03/إعادة-افتتاح-الجسر/"), "/feed/?a=b"]
    for target in targets:
        connection.request("HEAD" if target == "/" else "GET", target, headers={"User-Agent": "test"})
        connection.getresponse().read()
    connection.close()

    assert [(served.target, served.status) for served in demo_site.log] == list(
        zip(targets, [200, 404, 200, 200], strict=True)
    )
    assert demo_site.log[0].method == "HEAD"
    assert demo_site.log[0].headers["user-agent"] == "test"


def test_a_test_can_add_pages(demo_site: DemoSite) -> None:
    url = demo_site.put("/x?id=1", Page(b"teapot", "text/plain", status=418, headers=(("X-Y", "z"),)))

    status, headers, body = fetch(demo_site, "/x?id=1")

    assert unquote(url) == f"{demo_site.url}x?id=1"
    assert (status, headers["X-Y"], body) == (418, "z", b"teapot")
    assert fetch(demo_site, "/x?id=2")[0] == 404
