"""Home and section pages: feeds and REST they declare, further pages, sections, and links to articles.

A link is judged by its address (`links.shape`), its text and where on the page it stands. Only the same
registrable domain is followed; feeds a site declares may lie elsewhere.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from archive.records import Candidate
from archive.urls import canonical, host, normalise, registrable_domain
from crawler.discovery import priority, wordpress
from crawler.discovery.alternates import feeds, is_comment_feed
from crawler.discovery.document import Discovery, one_line
from crawler.discovery.links import page_number, shape

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

    from crawler.discovery.document import Document

MAX_HTML_BYTES = 8 * 1024 * 1024
"""Bytes of a page that are parsed; the longest home page of 164 measured news sites has 2 MB."""
MAX_LINKS = 5_000
"""Links of one page that are looked at."""
MAX_SECTIONS = 80
"""Sections that one page may name."""
MAX_ANCESTORS = 12
"""Elements climbed from a link to see whether it stands in a navigation: a bound for hostile nesting."""
HEADLINE_WORDS = 5
HEADLINE_LENGTH = 30
"""Words or characters of a link's text that make it a headline."""

_META_CHARSET = re.compile(rb"""<meta[^>]{0,300}?charset\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)
_NAVIGATION = frozenset(("nav", "header", "footer", "menu"))
_NAVIGATION_NAMES = re.compile(
    r"\b(?:nav|navbar|navigation|menu|main-menu|footer|breadcrumbs?)\b", re.IGNORECASE
)
_NEXT_TEXTS = frozenset((
    "next", "next page", "next »", "next ›", "older", "older posts", "older entries", "more news",
    "›", "»", "→", "التالي", "التالية", "الصفحة التالية", "الأقدم", "المقالات الأقدم", "suivant",
    "page suivante", "siguiente", "weiter", "nächste", "nächste seite", "بعدی",
    "صفحه بعد", "sonraki", "далее", "следующая",
))  # fmt: skip


@dataclass(slots=True)
class _Found:
    """What a page gave so far, by canonical address."""

    articles: dict[str, Candidate] = field(default_factory=dict)
    sections: dict[str, Candidate] = field(default_factory=dict)
    endpoints: dict[str, Candidate] = field(default_factory=dict)

    def article(self, identity: str, candidate: Candidate) -> None:
        """Keep the first link to an article, but rather one with a text: pictures precede headlines."""
        known = self.articles.get(identity)
        if known is None or (known.title is None and candidate.title is not None):
            self.articles[identity] = candidate


def read(document: Document) -> Discovery:
    """Read a listing's links."""
    faults: list[str] = []
    content = document.content
    if len(content) > MAX_HTML_BYTES:
        content = content[:MAX_HTML_BYTES]
        faults.append(f"cut at {MAX_HTML_BYTES} bytes")
    tree = LexborHTMLParser(_text(content, document.charset))
    base = _base(tree, document.url)
    found = _Found()
    if document.role != "section":
        for candidate in (*feeds(tree, base), *_rest(tree, document, base)):
            found.endpoints.setdefault(canonical(candidate.url), candidate)
    anchors = tree.css("a[href]")
    if len(anchors) > MAX_LINKS:
        faults.append(f"{len(anchors)} links; the first {MAX_LINKS} are read")
    reader = _LinkReader(document, base, found)
    for anchor in anchors[:MAX_LINKS]:
        reader.read(anchor)
    following = _next_page(tree, document.url, base)
    if following is not None and reader.same_site(following):
        found.sections[canonical(following)] = Candidate(
            following, "section", reader.found_by, priority=priority.PAGING
        )
    candidates = (*found.endpoints.values(), *found.sections.values(), *found.articles.values())
    if not candidates:
        faults.append("a page without links to follow")
    return Discovery(candidates, tuple(faults), "home" if document.role == "home" else "section")


class _LinkReader:
    """Sorts the links of one page."""

    def __init__(self, document: Document, base: str, found: _Found) -> None:
        self.found_by = "home" if document.role == "home" else "section"
        self._from_home = document.role != "section"
        self._base = base
        self._here = canonical(document.url)
        self._found = found
        self._sites = {registrable_domain(host(document.url)), registrable_domain(host(document.source.url))}

    def same_site(self, url: str) -> bool:
        """Whether a URL is of the page's or the source's registrable domain."""
        return registrable_domain(host(url)) in self._sites

    def read(self, anchor: LexborNode) -> None:
        """Put one link where it belongs, or nowhere."""
        href = anchor.attributes.get("href") or ""
        if href.startswith(("#", "javascript:", "mailto:", "tel:", "whatsapp:", "data:")):
            return
        rel = (anchor.attributes.get("rel") or "").lower().split()
        url = normalise(href, self._base)
        if url is None or "next" in rel or not self.same_site(url):
            return
        parts = urlsplit(url)
        kind = shape(parts.path, parts.query)
        if kind == "skip":
            return
        identity = canonical(url)
        if identity == self._here:
            return
        if kind == "feed":
            self._add_feed(identity, url)
        elif kind == "article" or page_number(parts.path, parts.query) is None:
            self._add_page(identity, url, kind, anchor)

    def _add_feed(self, identity: str, url: str) -> None:
        if self._from_home and not is_comment_feed(url, ""):
            self._found.endpoints.setdefault(
                identity, Candidate(url, "feed", self.found_by, priority=priority.FEED)
            )

    def _add_page(self, identity: str, url: str, kind: str, anchor: LexborNode) -> None:
        title = _title(anchor)
        headline = title is not None and (
            len(title) >= HEADLINE_LENGTH or title.count(" ") >= HEADLINE_WORDS - 1
        )
        if kind == "article" or (headline and not _in_navigation(anchor)):
            self._found.article(
                identity, Candidate(url, "page", self.found_by, title=title, priority=priority.LINKED_PAGE)
            )
        elif identity not in self._found.articles and self._is_section(kind, anchor):
            self._found.sections.setdefault(
                identity, Candidate(url, "section", self.found_by, title=title, priority=priority.SECTION)
            )

    def _is_section(self, kind: str, anchor: LexborNode) -> bool:
        return len(self._found.sections) < MAX_SECTIONS and (kind == "section" or _in_navigation(anchor))


def _text(content: bytes, charset: str | None) -> str:
    """The page as text. Addresses are ASCII or UTF-8 in practice; only link texts depend on the rest."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        declared = _META_CHARSET.search(content[:16384])
        label = declared[1].decode("ascii") if declared else charset or "windows-1252"
    try:
        name = codecs.lookup(label).name
        return content.decode("windows-1252" if name == "iso8859-1" else name, "replace")
    except (LookupError, ValueError):
        return content.decode("utf-8", "replace")


def _base(tree: LexborHTMLParser, url: str) -> str:
    declared = tree.css_first("base[href]")
    return (normalise(declared.attributes.get("href") or "", url) if declared else None) or url


def _rest(tree: LexborHTMLParser, document: Document, base: str) -> tuple[Candidate, ...]:
    root = wordpress.api_root(document.headers, document.url)
    if root is None:
        link = tree.css_first(f'link[rel="{wordpress.API_REL}"]')
        root = normalise(link.attributes.get("href") or "", base) if link else None
    return (wordpress.endpoint(root),) if root else ()


def _next_page(tree: LexborHTMLParser, url: str, base: str) -> str | None:
    """The next page of this list: by rel=next, else by the link's text together with a page number."""
    for node in tree.css('link[rel~="next"], a[rel~="next"]')[:5]:
        following = normalise(node.attributes.get("href") or "", base)
        if following is not None and following != url:
            return following
    here = urlsplit(url)
    current = page_number(here.path, here.query) or 1
    for node in tree.css("a[href]")[:MAX_LINKS]:
        following = normalise(node.attributes.get("href") or "", base)
        if following is None:
            continue
        parts = urlsplit(following)
        if page_number(parts.path, parts.query) == current + 1 and (
            (_title(node) or "").lower() in _NEXT_TEXTS or parts.path.startswith(here.path)
        ):
            return following
    return None


def _title(anchor: LexborNode) -> str | None:
    text = one_line(anchor.text())
    if text is None:
        text = one_line(anchor.attributes.get("title") or anchor.attributes.get("aria-label"))
    return text


def _in_navigation(anchor: LexborNode) -> bool:
    node = anchor.parent
    for _ in range(MAX_ANCESTORS):
        if node is None:
            return False
        if node.tag in _NAVIGATION or node.attributes.get("role") == "navigation":
            return True
        if _NAVIGATION_NAMES.search((node.attributes.get("class") or "")[:200]):
            return True
        node = node.parent
    return False
