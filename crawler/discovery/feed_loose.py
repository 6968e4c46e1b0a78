"""Feeds that are not well-formed, by feedparser.

Its cleaning of HTML and its rewriting of links within texts are off: they are four fifths of its cost, and
only addresses, titles, dates and categories are read here.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import feedparser

from archive.records import Candidate
from archive.urls import normalise
from crawler.discovery import priority
from crawler.discovery.dates import iso
from crawler.discovery.document import Discovery, one_line, plain_title

if TYPE_CHECKING:
    from crawler.discovery.document import Document

MAX_FEED_BYTES = 1024 * 1024
"""Bytes that are read: feedparser takes up to 5 s for a MiB made to hurt it, 0.3 s for an honest one."""
MAX_ENTRIES = 5_000
"""Entries of one feed."""

# What feedparser reports though the feed can be read as it stands.
_HARMLESS = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)


def read(content: bytes, document: Document, error: str) -> Discovery:
    """Read the entries that can be made out.

    Args:
        content: the feed, without blanks before it.
        document: where it came from.
        error: what a strict parser made of it; "" where it was not asked.
    """
    faults = [f"not well-formed: {error}"] if error else []
    if len(content) > MAX_FEED_BYTES:
        content = content[:MAX_FEED_BYTES]
        faults.append(f"cut at {MAX_FEED_BYTES} bytes, since it is not well-formed")
    parsed = _parse(content, document)
    problem = parsed.get("bozo_exception")
    if parsed.get("bozo") and not faults and not isinstance(problem, _HARMLESS):
        faults.append(f"not well-formed: {one_line(str(problem)) or type(problem).__name__}"[:300])
    found: dict[str, Candidate] = {}
    skipped = 0
    for entry in parsed.entries[:MAX_ENTRIES]:
        candidate = _candidate(entry, document.url)
        if candidate is None:
            skipped += 1
        else:
            found.setdefault(candidate.url, candidate)
    if len(parsed.entries) > MAX_ENTRIES:
        faults.append(f"more than {MAX_ENTRIES} entries")
    if skipped:
        faults.append(f"{skipped} entries without a usable link")
    return Discovery((*found.values(), *_next_page(parsed, document.url)), tuple(faults), "feed")


def _parse(content: bytes, document: Document) -> Any:
    # A stream, since feedparser takes a bare string for a file name or a URL to fetch.
    media_type = "application/xml" + (f"; charset={document.charset}" if document.charset else "")
    return feedparser.parse(
        BytesIO(content),
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
    # dict.get, since the entry's own falls back from `updated` to `published`.
    return Candidate(
        url,
        "page",
        "feed",
        title=plain_title(entry.get("title")),
        published=iso(entry.get("published")) or _utc(entry.get("published_parsed")),
        modified=iso(dict.get(entry, "updated")) or _utc(dict.get(entry, "updated_parsed")),
        section=plain_title(next((tag.get("term") for tag in tags if tag.get("term")), None)),
        priority=priority.DATED_PAGE,
    )


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
