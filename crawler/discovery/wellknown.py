"""Addresses where feeds, sitemaps and REST usually are: tried where a home page names none."""

from __future__ import annotations

from archive.records import Candidate, Role
from archive.urls import host, normalise, origin
from crawler.discovery import priority
from crawler.discovery.wordpress import posts_url

_PATHS: tuple[tuple[str, Role], ...] = (
    ("feed/", "feed"),  # WordPress; without the slash it redirects
    ("feed", "feed"),
    ("rss.xml", "feed"),
    ("rss", "feed"),
    ("atom.xml", "feed"),
    ("news-sitemap.xml", "sitemap"),
    ("sitemap_index.xml", "sitemap"),
    ("sitemap.xml", "sitemap"),
)


def probes(url: str) -> tuple[Candidate, ...]:
    """Endpoints that may exist at a site.

    Args:
        url: its home page; one below a path (`https://example.org/arabic/`) is tried there first, then at
            the root.

    Returns:
        Candidates of role feed, sitemap or wordpress, found by `well-known`; none for what is no http(s) URL.
    """
    home = normalise(url)
    if home is None or not host(home):
        return ()
    root = f"{origin(home)}/"
    folder = home.partition("?")[0].rpartition("/")[0] + "/"
    bases = (folder, root) if folder != root else (root,)
    return tuple(
        Candidate(address, role, "well-known", priority=priority.PROBE)
        for base in bases
        for address, role in (
            *((base + path, role) for path, role in _PATHS),
            (posts_url(f"{base}wp-json/"), "wordpress"),
        )
    )
