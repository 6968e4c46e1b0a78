"""What a page's head declares: feeds (`<link rel="alternate">`), the REST root, the next page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from archive.records import Candidate
from archive.urls import normalise
from crawler.discovery import priority, wordpress
from crawler.discovery.document import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

    from archive.records import Headers

MAX_FEEDS = 50
"""Feeds of one page: some declare one for each section."""
MAX_DECLARATIONS = 1_000
"""<link> elements of one page that are looked at."""

_TYPES = frozenset((
    "application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json",
    "application/rss", "application/atom", "text/rss", "text/rss+xml",
))  # fmt: skip
_COMMENTS = re.compile(
    r"/comments?(?:[/?]|$)|feed=comments|\bcomments?\b|تعليقات|commentaires?|kommentare?|comentarios",
    re.IGNORECASE,
)
_NAMED_FEED = re.compile(r"(?:feed|rss|atom)[^/]*$")


def feeds(root: etree._Element, base: str) -> tuple[Candidate, ...]:
    """The declared feeds in their order, without those of readers' comments."""
    found: dict[str, Candidate] = {}
    for link, rel in _links(root):
        if "alternate" not in rel and "feed" not in rel:
            continue
        title = one_line(link.get("title"))
        kind = (link.get("type") or "").partition(";")[0].strip().lower()
        url = normalise(link.get("href") or "", base)
        if url is None or not _is_feed(kind, url) or is_comment_feed(url, title or ""):
            continue
        found.setdefault(url, Candidate(url, "feed", "alternate", title=title, priority=priority.FEED))
        if len(found) == MAX_FEEDS:
            break
    return tuple(found.values())


def rest(root: etree._Element, headers: Headers, url: str, base: str) -> tuple[Candidate, ...]:
    """The posts of WordPress, where the response's Link header or the page names the REST root."""
    api = wordpress.api_root(headers, url)
    if api is None:
        named = next((link for link, rel in _links(root) if wordpress.API_REL in rel), None)
        api = normalise(named.get("href") or "", base) if named is not None else None
    return (wordpress.endpoint(api),) if api else ()


def next_page(root: etree._Element, base: str) -> str | None:
    """The page that `<link rel="next">` names."""
    named = next((link for link, rel in _links(root) if "next" in rel), None)
    return normalise(named.get("href") or "", base) if named is not None else None


def is_comment_feed(url: str, title: str) -> bool:
    """Whether a feed is of readers' comments: WordPress declares one beside each page's own."""
    return bool(_COMMENTS.search(url) or _COMMENTS.search(title))


def _links(root: etree._Element) -> Iterator[tuple[etree._Element, list[str]]]:
    for count, link in enumerate(root.iter("link")):
        if count == MAX_DECLARATIONS:
            return
        yield link, (link.get("rel") or "").lower().split()


def _is_feed(kind: str, url: str) -> bool:
    if kind in _TYPES:
        return True
    # Types that say less; REST and oEmbed are declared with them as well.
    return kind in {"text/xml", "application/xml", "application/json"} and bool(
        _NAMED_FEED.search(url.lower().rstrip("/")) and "oembed" not in url
    )
