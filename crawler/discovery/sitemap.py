"""Sitemaps: urlset, sitemapindex, news sitemaps and lists of URLs in plain text.

Read as a stream, so that what comes before a break in broken XML is kept, and so that a file of 50 MiB costs
memory for its entries alone.

Sources: sitemaps.org/protocol.html; Google's news extension (sitemap-news/0.9).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.entities import name2codepoint
from typing import TYPE_CHECKING

from archive.records import Candidate
from archive.urls import normalise
from crawler.discovery import priority
from crawler.discovery.dates import iso
from crawler.discovery.document import Discovery, one_line
from crawler.discovery.xmlstream import BrokenXmlError, elements, local_name

if TYPE_CHECKING:
    from lxml import etree

    from crawler.discovery.document import Document

MAX_ENTRIES = 50_000
"""Entries of one sitemap (sitemaps.org)."""
MAX_DEPTH = 6
"""Links from a seed past which an index's children are not followed: robots.txt, an index and, against the
protocol but seen, an index of indexes need four."""
MAX_REPAIRED_BYTES = 16 * 1024 * 1024
MAX_REPAIRS = 200_000
"""References repaired in a sitemap of at most so many bytes: each grows by four."""
MAX_FAULTS = 20
"""Faults told of one sitemap."""

_FAULTY_REFERENCE = re.compile(
    rb"&(?!(?:#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6}|amp|lt|gt|quot|apos);)(?:([A-Za-z]{2,8});)?"
)
_TAXONOMY = re.compile(
    r"(?:^|[-_./])(?:(?:post_?)?tags?|categor(?:y|ies)|authors?|users?|images?|videos?|attachments?)(?=[-_.\d]|$)",
    re.IGNORECASE,
)
_STATIC = re.compile(r"(?:^|[-_])pages?(?=[-_.\d]|$)", re.IGNORECASE)
_TEXT_LINE = re.compile(r"https?://\S+")


@dataclass(slots=True)
class _Reading:
    """What has been read so far; kept when the XML breaks."""

    pages: dict[str, Candidate] = field(default_factory=dict)
    children: dict[str, str | None] = field(default_factory=dict)
    """Address of a sitemap -> its lastmod."""
    faults: list[str] = field(default_factory=list)

    def full(self) -> bool:
        return len(self.pages) + len(self.children) >= MAX_ENTRIES

    def fault(self, text: str) -> None:
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(text)


def read(document: Document) -> Discovery:
    """Read a sitemap in XML.

    Returns:
        `page` candidates of a urlset, with the news extension's title and date where they stand; `sitemap`
        candidates of an index, the newest first.
    """
    content = document.content.lstrip()  # a blank before the XML declaration is a common fault, and harmless
    reading = _Reading()
    error = _stream(content, document.url, reading)
    if error is not None and len(content) <= MAX_REPAIRED_BYTES and _FAULTY_REFERENCE.search(content):
        reading = _Reading()
        reading.fault("not well-formed: a bare & or an entity of HTML")
        error = _stream(_FAULTY_REFERENCE.sub(_repaired, content, count=MAX_REPAIRS), document.url, reading)
    if error is not None:
        reading.fault(f"not well-formed: {error}")
    children = _children(reading, document)
    if not reading.pages and not reading.children and not reading.faults:
        reading.fault("an empty sitemap")
    return Discovery((*reading.pages.values(), *children), tuple(reading.faults), "sitemap")


def read_text(document: Document) -> Discovery:
    """Read a sitemap that is a list of URLs, one a line."""
    found: dict[str, Candidate] = {}
    faults: list[str] = []
    for line in document.content.decode("utf-8", "replace").split("\n"):
        url = normalise(line) if _TEXT_LINE.match(line.strip()) else None
        if url is None:
            continue
        if len(found) == MAX_ENTRIES:
            faults.append(f"more than {MAX_ENTRIES} entries")
            break
        found.setdefault(url, Candidate(url, "page", "sitemap", priority=priority.SITEMAP_PAGE))
    return Discovery(tuple(found.values()), tuple(faults), "sitemap")


def is_text_sitemap(content: bytes) -> bool:
    """Whether it begins with a line that is an absolute URL and nothing else."""
    first = content[:4096].decode("utf-8", "replace").lstrip().partition("\n")[0]
    return bool(_TEXT_LINE.fullmatch(first.rstrip()))


def _stream(content: bytes, base: str, reading: _Reading) -> str | None:
    """Fill `reading`; what broke the XML, or None."""
    try:
        for element in elements(content, ("{*}url", "{*}sitemap")):
            if reading.full():
                reading.fault(f"more than {MAX_ENTRIES} entries")
                return None
            _read_entry(element, base, reading)
    except BrokenXmlError as error:
        return str(error)
    return None


def _repaired(match: re.Match[bytes]) -> bytes:
    """A numeric reference for an entity that HTML knows and XML does not; else the ampersand escaped."""
    name = (match[1] or b"").decode("ascii")
    known = name2codepoint.get(name)
    return f"&#{known};".encode() if known else b"&amp;" + match[0][1:]


def _read_entry(element: etree._Element, base: str, reading: _Reading) -> None:
    fields, news = _fields(element)
    url = normalise(fields.get("loc", ""), base) if fields.get("loc") else None
    if url is None:
        reading.fault(f"an entry without a usable address: {fields.get('loc', '')[:200]}")
        return
    modified = iso(fields.get("lastmod"))
    if local_name(element) == "sitemap":
        reading.children.setdefault(url, modified)
        return
    published = iso(news.get("publication_date"))
    title = one_line(news.get("title"))
    is_news = bool(published or title)
    reading.pages.setdefault(
        url,
        Candidate(
            url,
            "page",
            "news-sitemap" if is_news else "sitemap",
            title=title,
            published=published,
            modified=modified,
            priority=priority.DATED_PAGE if is_news else priority.SITEMAP_PAGE,
        ),
    )


def _fields(element: etree._Element) -> tuple[dict[str, str], dict[str, str]]:
    """Texts of an entry's own children, and of those in its news:news, by local name."""
    own: dict[str, str] = {}
    news: dict[str, str] = {}
    for child in element:
        name = local_name(child)
        if name == "news":
            for grandchild in child:
                news.setdefault(local_name(grandchild), (grandchild.text or "").strip())
        else:
            own.setdefault(name, (child.text or "").strip())
    return own, news


def _children(reading: _Reading, document: Document) -> tuple[Candidate, ...]:
    """An index's sitemaps, the newest first; those of tags, authors, pictures only without others."""
    if reading.children and document.hops >= MAX_DEPTH:
        reading.fault(f"an index {document.hops} links from its seed; its sitemaps are not followed")
        return ()
    named = [url for url in reading.children if not _TAXONOMY.search(_file_name(url))]
    # Without dates the order in the file stands: sorted() is stable.
    order = sorted(named or reading.children, key=lambda url: reading.children[url] or "", reverse=True)
    return tuple(
        Candidate(
            url, "sitemap", "sitemap", modified=reading.children[url], priority=_child_priority(url, rank)
        )
        for rank, url in enumerate(order)
    )


def _child_priority(url: str, rank: int) -> int:
    name = _file_name(url)
    if "news" in name:
        return priority.NEWS_SITEMAP
    return priority.LATER if _STATIC.search(name) else min(priority.SITEMAP + rank, priority.LATER)


def _file_name(url: str) -> str:
    path, _, query = url.partition("?")
    return f"{path.rpartition('/')[2]}?{query}".lower()
