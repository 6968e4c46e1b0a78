"""Home and section pages: what they declare, further pages, sections, and links to articles.

A link is judged by its address (`links.shape`), its text and where on the page it stands. Only the same
registrable domain is followed; feeds a site declares may lie elsewhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from archive.records import Candidate
from archive.urls import canonical, host, normalise, registrable_domain
from crawler.discovery import declared, priority
from crawler.discovery.document import Discovery, one_line
from crawler.discovery.links import page_number, shape
from crawler.discovery.markup import base_url, parse

if TYPE_CHECKING:
    from lxml import etree

    from archive.records import Role
    from crawler.discovery.document import Document

MAX_LINKS = 5_000
"""Links of one page that are looked at."""
MAX_SECTIONS = 80
"""Sections that one page may name."""
MAX_ANCESTORS = 12
"""Elements climbed from a link to see whether it stands in a navigation: a bound for hostile nesting."""
MAX_TEXTS = 50
"""Pieces of text in one link that are read."""
HEADLINE_WORDS = 5
HEADLINE_LENGTH = 30
"""Words or characters of a link's text that make it a headline."""

_NAVIGATION = frozenset(("nav", "header", "footer", "menu"))
_NAVIGATION_NAMES = re.compile(
    r"\b(?:nav|navbar|navigation|menu|main-menu|footer|breadcrumbs?)\b", re.IGNORECASE
)
_SERVICES = re.compile(
    r"(?:shop|store|tienda|help|hilfe|support|abo|abos|account|konto|login|my|mail|e-?paper|jobs|ads?|advertising)\."
)
"""Hosts of a site that hold no news."""
_NOT_FETCHED = ("#", "javascript:", "mailto:", "tel:", "whatsapp:", "data:")
_NEXT_TEXTS = frozenset((
    "next", "next page", "next »", "next ›", "older", "older posts", "older entries", "more news",
    "›", "»", "→", "التالي", "التالية", "الصفحة التالية", "الأقدم", "المقالات الأقدم", "suivant",
    "page suivante", "siguiente", "weiter", "nächste", "nächste seite", "بعدی",
    "صفحه بعد", "sonraki", "далее", "следующая",
))  # fmt: skip


def read(document: Document) -> Discovery:
    """Read a listing's links."""
    faults: list[str] = []
    kind: Role = "home" if document.role == "home" else "section"
    root = parse(document.content, document.charset, faults)
    if root is None:
        return Discovery((), (*faults, "a page without content"), kind)
    listing = _Listing(document, base_url(root, document.url))
    listing.read_declared(root)
    anchors = list(islice(root.iter("a"), MAX_LINKS + 1))
    if len(anchors) > MAX_LINKS:
        faults.append(f"more than {MAX_LINKS} links; the first are read")
    for anchor in anchors[:MAX_LINKS]:
        listing.read_link(anchor)
    candidates = listing.candidates()
    if not candidates:
        faults.append("a page without links to follow")
    return Discovery(candidates, tuple(faults), kind)


@dataclass(slots=True)
class _Listing:
    """One page's links, sorted into what they lead to, by canonical address."""

    document: Document
    base: str
    endpoints: dict[str, Candidate] = field(default_factory=dict)
    sections: dict[str, Candidate] = field(default_factory=dict)
    articles: dict[str, Candidate] = field(default_factory=dict)
    following: str | None = None
    """The next page of this list."""
    found_by: str = field(init=False)
    here: str = field(init=False)
    current: int = field(init=False)
    """Which page of a list this is."""
    path: str = field(init=False)
    home: str = field(init=False)
    """The source's own address, which is read as such."""
    sites: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        url = self.document.url
        parts = urlsplit(url)
        self.found_by = "home" if self.document.role == "home" else "section"
        self.here = canonical(url)
        self.current = page_number(parts.path, parts.query) or 1
        self.path = parts.path
        self.home = canonical(self.document.source.url)
        self.sites = frozenset(registrable_domain(host(site)) for site in (url, self.document.source.url))

    def read_declared(self, root: etree._Element) -> None:
        """Take in what the head says; a section page's own feed repeats what the section lists."""
        if self.document.role != "section":
            named = declared.feeds(root, self.base)
            posts = declared.rest(root, self.document.headers, self.document.url, self.base)
            for candidate in (*named, *posts):
                self.endpoints.setdefault(canonical(candidate.url), candidate)
        self._take_next(declared.next_page(root, self.base))

    def read_link(self, anchor: etree._Element) -> None:
        """Put one link where it belongs, or nowhere."""
        href = anchor.get("href")
        if not href or href.startswith(_NOT_FETCHED):
            return
        url = normalise(href, self.base)
        if url is None or registrable_domain(name := host(url)) not in self.sites or _SERVICES.match(name):
            return
        if "next" in (anchor.get("rel") or "").lower().split():
            self._take_next(url)
            return
        parts = urlsplit(url)
        kind = shape(parts.path, parts.query)
        identity = canonical(url)
        if kind == "skip" or identity == self.here:
            return
        number = page_number(parts.path, parts.query)
        if kind == "feed":
            self._add_feed(identity, url)
        elif kind in {"article", "numbered"} or number is None:
            self._add_page(identity, url, kind, anchor)
        elif number == self.current + 1 and (self._is_same_list(parts.path) or _says_next(anchor)):
            self._take_next(url)

    def candidates(self) -> tuple[Candidate, ...]:
        """Endpoints, the next page, sections, articles."""
        # The site's own host and short paths first: politics before its subdivisions and other services.
        sections = sorted(self.sections.values(), key=lambda found: (found.priority, _depth(found.url)))
        paging: tuple[Candidate, ...] = ()
        if self.following is not None:
            paging = (Candidate(self.following, "section", self.found_by, priority=priority.PAGING),)
            self.articles.pop(canonical(self.following), None)
        return (*self.endpoints.values(), *paging, *sections[:MAX_SECTIONS], *self.articles.values())

    def _take_next(self, url: str | None) -> None:
        if self.following is None and url is not None and canonical(url) != self.here:
            self.following = url if registrable_domain(host(url)) in self.sites else None

    def _is_same_list(self, path: str) -> bool:
        return path.startswith(re.sub(r"page/\d+/?$", "", self.path))

    def _add_feed(self, identity: str, url: str) -> None:
        if self.document.role != "section" and not declared.is_comment_feed(url, ""):
            self.endpoints.setdefault(identity, Candidate(url, "feed", self.found_by, priority=priority.FEED))

    def _add_page(self, identity: str, url: str, kind: str, anchor: etree._Element) -> None:
        title = _title(anchor)
        numbered = kind == "numbered" and (_is_headline(title) or not _in_navigation(anchor))
        if kind == "article" or numbered or (_is_headline(title) and not _in_navigation(anchor)):
            known = self.articles.get(identity)
            if known is None or (known.title is None and title is not None):  # pictures precede headlines
                self.articles[identity] = Candidate(
                    url, "page", self.found_by, title=title, priority=priority.LINKED_PAGE
                )
            self.sections.pop(identity, None)
        elif identity not in self.articles and (kind == "section" or _in_navigation(anchor)):
            self._add_section(identity, url, title)

    def _add_section(self, identity: str, url: str, title: str | None) -> None:
        if identity == self.home:
            return
        elsewhere = host(url).removeprefix("www.") != host(self.document.url).removeprefix("www.")
        order = priority.PAGING if elsewhere else priority.SECTION
        self.sections.setdefault(
            identity, Candidate(url, "section", self.found_by, title=title, priority=order)
        )


def _depth(url: str) -> int:
    return url.partition("?")[0].rstrip("/").count("/")


def _is_headline(title: str | None) -> bool:
    return title is not None and (len(title) >= HEADLINE_LENGTH or title.count(" ") >= HEADLINE_WORDS - 1)


def _title(anchor: etree._Element) -> str | None:
    text = one_line(" ".join(str(piece) for piece in islice(anchor.itertext(), MAX_TEXTS)))
    return text or one_line(anchor.get("title") or anchor.get("aria-label"))


def _says_next(anchor: etree._Element) -> bool:
    return (_title(anchor) or "").lower() in _NEXT_TEXTS


def _in_navigation(anchor: etree._Element) -> bool:
    for element in islice(anchor.iterancestors(), MAX_ANCESTORS):
        if element.tag in _NAVIGATION or element.get("role") == "navigation":
            return True
        if _NAVIGATION_NAMES.search((element.get("class") or "")[:200]):
            return True
    return False
