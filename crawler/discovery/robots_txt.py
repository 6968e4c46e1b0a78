"""robots.txt as a pointer to sitemaps (sitemaps.org, "Specifying the Sitemap location")."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from archive.records import Candidate
from archive.urls import normalise
from crawler.discovery import priority
from crawler.discovery.document import Discovery

if TYPE_CHECKING:
    from crawler.discovery.document import Document

MAX_BYTES = 500 * 1024
"""Bytes that are read (RFC 9309, section 2.5)."""
MAX_SITEMAPS = 1000
"""Sitemap lines that are read; a site with more has an index."""

_SITEMAP_LINE = re.compile(rb"[ \t]*site-?maps?[ \t]*:[ \t]*([^\s#]+)", re.IGNORECASE)


def read(document: Document) -> Discovery:
    """The Sitemap lines, wherever they stand; other hosts' too, as the protocol allows."""
    found: dict[str, Candidate] = {}
    faults: list[str] = []
    for line in document.content[:MAX_BYTES].splitlines():
        match = _SITEMAP_LINE.match(line)
        if match is None:
            continue
        named = match[1].decode("utf-8", "replace")
        url = normalise(named, document.url)
        if url is None:
            faults.append(f"a Sitemap line without a usable URL: {named[:200]}")
            continue
        if len(found) == MAX_SITEMAPS:
            faults.append(f"more than {MAX_SITEMAPS} sitemaps")
            break
        first = priority.NEWS_SITEMAP if "news" in url.rpartition("/")[2] else priority.SITEMAP
        found.setdefault(url, Candidate(url, "sitemap", "robots", priority=first))
    return Discovery(tuple(found.values()), tuple(faults[:20]), "robots")
