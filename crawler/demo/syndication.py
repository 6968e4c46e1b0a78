"""The demo site's feeds, sitemaps and robots.txt: several ways to the same articles, one of them broken."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from typing import TYPE_CHECKING

from crawler.demo.pages import Page

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crawler.demo.pages import Pages
    from crawler.demo.stories import Story

LATEST = 8
"""Entries of a feed; older articles are found by sections and sitemaps alone."""


def syndication(pages: Pages) -> Iterator[tuple[str, Page]]:
    """Paths and what stands there."""
    site, latest = pages.site, pages.stories[:LATEST]
    yield "/robots.txt", Page(_robots(site).encode(), "text/plain")
    yield "/feed/", Page(_rss(pages, latest).encode(), "application/rss+xml; charset=utf-8")
    yield "/atom.xml", Page(_atom(pages, latest).encode(), "application/atom+xml")
    yield "/comments/feed/", Page(_rss(pages, ()).encode(), "application/rss+xml; charset=utf-8")
    culture = [story for story in pages.stories if story.section == "culture"]
    yield "/culture/feed/", Page(_broken(_rss(pages, culture)).encode(), "text/xml; charset=utf-8")
    yield "/sitemap_index.xml", Page(_index(site).encode(), "application/xml")
    # Compressed as a file: no Content-Encoding says so (sitemaps.org, "Sitemap file").
    yield "/sitemap-posts.xml.gz", Page(gzip.compress(_posts(pages).encode(), mtime=0), "application/x-gzip")
    yield "/news-sitemap.xml", Page(_news(pages).encode(), "application/xml")


def instant(story: Story) -> datetime:
    """When a story was published; noon in UTC where only the day is known."""
    read = datetime.fromisoformat(story.published)
    return read if read.tzinfo else read.replace(hour=12, tzinfo=UTC)


def _robots(site: str) -> str:
    return f"User-agent: *\nDisallow: /private/\n\nSitemap: {site}/sitemap_index.xml\n"


def _rss(pages: Pages, stories: Sequence[Story]) -> str:
    entries = "".join(
        f"<item><title>{escape(story.title)}</title><link>{pages.url(story)}?utm_source=rss</link>"
        f'<guid isPermaLink="false">lantern-{story.number}</guid>'
        f"<pubDate>{format_datetime(instant(story))}</pubDate><category>{escape(story.section)}</category>"
        f"<description>{escape(story.lead or story.paragraphs[0])}</description></item>\n"
        for story in stories
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel><title>The Lantern</title>'
        f"<link>{pages.site}/</link><description>News of invented places</description>\n"
        f"{entries}</channel></rss>\n"
    )


def _broken(feed: str) -> str:
    """A feed as careless templates write it: a bare `&` and an element that is never closed."""
    return feed.replace("The Lantern", "The Lantern: arts & letters", 1).replace(
        "</description></item>", "</item>", 1
    )


def _atom(pages: Pages, stories: Sequence[Story]) -> str:
    entries = "".join(
        f"<entry><id>tag:lantern.example,2026:{story.number}</id><title>{escape(story.title)}</title>"
        f'<link href="{pages.url(story)}"/><updated>{instant(story).isoformat()}</updated>'
        f"<published>{instant(story).isoformat()}</published></entry>\n"
        for story in stories
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>The Lantern</title>'
        f"<id>{pages.site}/</id><updated>{instant(pages.stories[0]).isoformat()}</updated>\n{entries}</feed>\n"
    )


def _index(site: str) -> str:
    places = "".join(
        f"<sitemap><loc>{site}{path}</loc></sitemap>"
        for path in ("/sitemap-posts.xml.gz", "/news-sitemap.xml")
    )
    return f'<?xml version="1.0"?>\n<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{places}</sitemapindex>\n'


def _posts(pages: Pages) -> str:
    """Every article, and two pages that are none."""
    urls = "".join(
        f"<url><loc>{pages.url(story)}</loc><lastmod>{instant(story).isoformat()}</lastmod></url>\n"
        for story in pages.stories
    )
    urls += "".join(
        f"<url><loc>{pages.site}{path}</loc></url>\n"
        for path in ("/members/annual-report/", "/old/2019/gone/")
    )
    return f'<?xml version="1.0"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{urls}</urlset>\n'


def _news(pages: Pages) -> str:
    urls = "".join(
        f"<url><loc>{pages.url(story)}</loc><news:news><news:publication><news:name>The Lantern</news:name>"
        f"<news:language>{story.language}</news:language></news:publication>"
        f"<news:publication_date>{instant(story).isoformat()}</news:publication_date>"
        f"<news:title>{escape(story.title)}</news:title></news:news></url>\n"
        for story in pages.stories[:4]
    )
    return (
        '<?xml version="1.0"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        f'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">\n{urls}</urlset>\n'
    )
