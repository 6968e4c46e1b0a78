"""Feeds that a page declares: `<link rel="alternate" type="application/rss+xml">`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from archive.records import Candidate
from archive.urls import normalise
from crawler.discovery import priority
from crawler.discovery.document import one_line

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser

MAX_FEEDS = 50
"""Feeds of one page: some declare one for each section."""

_TYPES = frozenset((
    "application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json",
    "application/rss", "application/atom", "text/rss", "text/rss+xml",
))  # fmt: skip
_COMMENTS = re.compile(
    r"/comments?(?:[/?]|$)|feed=comments|\bcomments?\b|تعليقات|commentaires?|kommentare?|comentarios",
    re.IGNORECASE,
)


def feeds(tree: LexborHTMLParser, base: str) -> tuple[Candidate, ...]:
    """The declared feeds in their order, without those of comments."""
    found: dict[str, Candidate] = {}
    for link in tree.css('link[rel~="alternate"][href], link[rel="feed"][href]')[: 10 * MAX_FEEDS]:
        title = one_line(link.attributes.get("title"))
        kind = (link.attributes.get("type") or "").partition(";")[0].strip().lower()
        url = normalise(link.attributes.get("href") or "", base)
        if url is None or not _is_feed(kind, url) or is_comment_feed(url, title or ""):
            continue
        found.setdefault(url, Candidate(url, "feed", "alternate", title=title, priority=priority.FEED))
        if len(found) == MAX_FEEDS:
            break
    return tuple(found.values())


def is_comment_feed(url: str, title: str) -> bool:
    """Whether a feed is of readers' comments: WordPress declares one beside each page's own."""
    return bool(_COMMENTS.search(url) or _COMMENTS.search(title))


def _is_feed(kind: str, url: str) -> bool:
    if kind in _TYPES:
        return True
    # Types that say less; REST and oEmbed are declared with them as well.
    return kind in {"text/xml", "application/xml", "application/json"} and bool(
        re.search(r"(?:feed|rss|atom)[^/]*$", url.lower().rstrip("/")) and "oembed" not in url
    )
