"""Feeds in XML: RSS 0.9x, 1.0, 2.0 and Atom, well-formed or not.

A feed that is not well-formed still gives its entries, and its fault. feedparser's cleaning of HTML and its
rewriting of links within texts are off: they are four fifths of its cost, and only addresses, titles, dates
and categories are read here.
"""

from __future__ import annotations

import html
import re
from io import BytesIO
from typing import TYPE_CHECKING, Any

import feedparser

from archive.records import Candidate
from archive.urls import normalise
from crawler.discovery import priority
from crawler.discovery.dates import iso
from crawler.discovery.document import Discovery, one_line

if TYPE_CHECKING:
    from crawler.discovery.document import Document

MAX_FEED_BYTES = 8 * 1024 * 1024
"""Bytes of a feed that are read: a thousand entries with their full texts."""
MAX_ENTRIES = 5_000
"""Entries of one feed."""

_MARKUP = re.compile(r"</?[A-Za-z!][^<>]*>")
# What feedparser reports though the feed can be read as it stands.
_HARMLESS = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)


def read(document: Document) -> Discovery:
    """Read a feed's entries, and its next page where it names one (RFC 5005)."""
    faults: list[str] = []
    content = document.content
    if len(content) > MAX_FEED_BYTES:
        content = content[:MAX_FEED_BYTES]
        faults.append(f"cut at {MAX_FEED_BYTES} bytes")
    parsed = _parse(content, document)
    problem = parsed.get("bozo_exception")
    if parsed.get("bozo") and not isinstance(problem, _HARMLESS):
        faults.append(f"not well-formed: {one_line(str(problem)) or type(problem).__name__}"[:300])
    found: dict[str, Candidate] = {}
    skipped = 0
    entries = parsed.entries
    for entry in entries[:MAX_ENTRIES]:
        candidate = _candidate(entry, document.url)
        if candidate is None:
            skipped += 1
        else:
            found.setdefault(candidate.url, candidate)
    if len(entries) > MAX_ENTRIES:
        faults.append(f"more than {MAX_ENTRIES} entries")
    if skipped:
        faults.append(f"{skipped} entries without a usable link")
    return Discovery((*found.values(), *_next_page(parsed, document.url)), tuple(faults), "feed")


def _parse(content: bytes, document: Document) -> Any:
    # A stream, since feedparser takes a bare string for a file name or a URL to fetch.
    media_type = "application/xml" + (f"; charset={document.charset}" if document.charset else "")
    return feedparser.parse(
        BytesIO(content.lstrip()),
        response_headers={"content-location": document.url, "content-type": media_type},
        sanitize_html=False,
        resolve_relative_uris=False,
    )


def _candidate(entry: Any, base: str) -> Candidate | None:
    # FeedBurner's links lead through its counter; the site's own stands beside.
    named = entry.get("feedburner_origlink") or entry.get("link") or ""
    url = normalise(named, base) if isinstance(named, str) and named else None
    if url is None or url == base:
        return None
    tags = entry.get("tags") or ()
    return Candidate(
        url,
        "page",
        "feed",
        title=plain_title(entry.get("title")),
        published=iso(entry.get("published")) or _utc(entry.get("published_parsed")),
        modified=iso(entry.get("updated")) or _utc(entry.get("updated_parsed")),
        section=plain_title(next((tag.get("term") for tag in tags if tag.get("term")), None)),
        priority=priority.DATED_PAGE,
    )


def plain_title(title: str | None) -> str | None:
    """A title without markup: RSS does not say whether it is text or HTML, so both are met."""
    if not title:
        return None
    return one_line(html.unescape(_MARKUP.sub("", title[:4000])))


def _utc(parsed: Any) -> str | None:
    """A date that only feedparser could read, which it gives in UTC."""
    if parsed is None:
        return None
    return iso("{:04d}-{:02d}-{:02d}T{:02d}:{:02d}:{:02d}Z".format(*parsed[:6]))


def _next_page(parsed: Any, base: str) -> tuple[Candidate, ...]:
    for link in parsed.feed.get("links") or ():
        if link.get("rel") == "next":
            url = normalise(str(link.get("href") or ""), base)
            if url is not None and url != base:
                return (Candidate(url, "feed", "feed", priority=priority.PAGING),)
    return ()
