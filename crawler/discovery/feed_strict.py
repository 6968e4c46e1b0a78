"""Well-formed feeds, read as a stream.

Sources: RSS 2.0 (rssboard.org/rss-specification), RSS 1.0 (web.resource.org/rss/1.0), Atom (RFC 4287), paging
(RFC 5005), Dublin Core's date and subject.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from archive.records import Candidate
from archive.urls import normalise
from crawler.discovery import priority
from crawler.discovery.dates import iso
from crawler.discovery.document import Discovery, plain_title
from crawler.discovery.xmlstream import BrokenXmlError, elements, local_name

if TYPE_CHECKING:
    from lxml import etree

    from crawler.discovery.document import Document

MAX_ENTRIES = 5_000
"""Entries of one feed."""
MAX_CHILDREN = 200
"""Elements of one entry that are looked at."""
MAX_TEXTS = 100
"""Pieces of text in one element that are read."""

_ABSOLUTE = re.compile(r"https?://", re.IGNORECASE)
# Local names, the preferred first.
_PUBLISHED = ("pubDate", "published", "date", "issued", "created")
_MODIFIED = ("updated", "modified")
_SECTION = ("category", "subject")


@dataclass(slots=True)
class Reading:
    """What has been read of a feed; kept when its XML breaks."""

    entries: dict[str, Candidate] = field(default_factory=dict)
    following: str | None = None
    """The feed's next page."""
    seen: int = 0
    skipped: int = 0
    full: bool = False
    error: str | None = None
    """What broke the XML."""

    def discovery(self) -> Discovery:
        """The candidates and the faults."""
        faults = [f"not well-formed: {self.error}"] if self.error else []
        if self.full:
            faults.append(f"more than {MAX_ENTRIES} entries")
        if self.skipped:
            faults.append(f"{self.skipped} entries without a usable link")
        if not self.entries and not faults:
            faults.append("a feed without entries")
        following = self.following
        paging = (Candidate(following, "feed", "feed", priority=priority.PAGING),) if following else ()
        return Discovery((*self.entries.values(), *paging), tuple(faults), "feed")


def read(content: bytes, document: Document) -> Reading:
    """Read entries until the feed ends, breaks or exceeds `MAX_ENTRIES`."""
    reading = Reading()
    try:
        for element in elements(content, ("{*}item", "{*}entry"), beside=("{*}link",)):
            if local_name(element) == "link":
                _read_paging(element, document.url, reading)
            elif reading.seen == MAX_ENTRIES:
                reading.full = True
                break
            else:
                reading.seen += 1
                _read_entry(element, document.url, reading)
    except BrokenXmlError as error:
        reading.error = str(error)
    return reading


def _read_paging(link: etree._Element, base: str, reading: Reading) -> None:
    parent = link.getparent()
    if link.get("rel") == "next" and parent is not None and local_name(parent) in {"feed", "channel"}:
        url = normalise(link.get("href") or "", base)
        reading.following = url if url != base else None


def _read_entry(element: etree._Element, url: str, reading: Reading) -> None:
    base = (normalise(element.base, url) if element.base else None) or url
    fields: dict[str, etree._Element] = {}
    links: list[etree._Element] = []
    for child in islice(element, MAX_CHILDREN):
        name = local_name(child)
        if name in {"link", "origLink"}:
            links.append(child)
        elif not _is_foreign(child):
            fields.setdefault(name, child)
    address = _address(element, links, fields.get("guid"), base)
    if address is None or address == url:
        reading.skipped += 1
        return
    reading.entries.setdefault(
        address,
        Candidate(
            address,
            "page",
            "feed",
            title=plain_title(_text(fields.get("title"))),
            published=_first_date(fields, _PUBLISHED),
            modified=_first_date(fields, _MODIFIED),
            section=_section(fields),
            priority=priority.DATED_PAGE,
        ),
    )


def _address(
    element: etree._Element, links: list[etree._Element], guid: etree._Element | None, base: str
) -> str | None:
    """The entry's page: the site's own address before a counter's, links, ids that are addresses."""
    named: list[str] = [_text(link) for link in links if local_name(link) == "origLink"]
    plain = [link for link in links if local_name(link) == "link"]
    named += [_text(link) for link in plain if not link.get("href")]
    named += [link.get("href") or "" for link in plain if link.get("rel") in {None, "", "alternate"}]
    if guid is not None and guid.get("isPermaLink") != "false" and _ABSOLUTE.match(_text(guid)):
        named.append(_text(guid))
    named.append(element.get("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about") or "")
    return next((url for text in named if text and (url := normalise(text, base)) is not None), None)


def _section(fields: dict[str, etree._Element]) -> str | None:
    for name in _SECTION:
        element = fields.get(name)
        if element is not None:
            return plain_title(element.get("label") or element.get("term") or _text(element))
    return None


def _first_date(fields: dict[str, etree._Element], names: tuple[str, ...]) -> str | None:
    return next((when for name in names if name in fields and (when := iso(_text(fields[name])))), None)


def _text(element: etree._Element | None) -> str:
    if element is None:
        return ""
    if not len(element):
        return (element.text or "").strip()
    return "".join(str(piece) for piece in islice(element.itertext(), MAX_TEXTS)).strip()


def _is_foreign(element: etree._Element) -> bool:
    """Whether an element is of Media RSS or a podcast's, which have titles and categories of their own."""
    return "search.yahoo.com" in str(element.tag) or "itunes.com" in str(element.tag)
