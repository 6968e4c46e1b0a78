"""Which reader an exchange goes to: by what it holds, and only then by what it was fetched as.

Servers answer a feed's address with a home page, and call a sitemap text/html; so the content decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Literal

from archive.records import Candidate, Exchange
from crawler.discovery import feed, jsonfeed, robots_txt, section, sitemap, wordpress
from crawler.discovery.document import Discovery, Document, read_document
from settings.app import SourceSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

Format = Literal["feed", "sitemap", "text-sitemap", "json", "html", "robots", "unknown"]
Plugin = Callable[[Exchange, SourceSettings], Iterable[Candidate]]

ENTRY_POINTS = "warraq.discovery"
"""Group of entry points: functions `(exchange, source) -> Iterable[Candidate]`, called for every exchange
that is read for links; their candidates join those found here."""

MAX_SNIFFED_BYTES = 8192
"""Bytes in which a document's root element must begin."""

_ROOT = re.compile(
    rb"<(?:[A-Za-z_][\w.-]*:)?(rss|rdf|feed|urlset|sitemapindex|html|head|body|!doctype\s+html)\b",
    re.IGNORECASE,
)
_FORMATS: Mapping[bytes, Format] = {
    b"rss": "feed", b"rdf": "feed", b"feed": "feed", b"urlset": "sitemap", b"sitemapindex": "sitemap",
}  # fmt: skip
_ENDPOINT_ROLES = frozenset(("feed", "sitemap", "wordpress", "probe"))


def discover(exchange: Exchange, source: SourceSettings) -> Discovery:
    """Read what an exchange names to fetch.

    Args:
        exchange: a final answer; its `provenance.role` says what it was fetched as. A `page` names nothing:
            articles are not followed from, or a crawl would have no end.
        source: the site's settings: `include` and `exclude` filter what is found, `url` is the site.

    Returns:
        Candidates, each address once; never raises on what a server sent.
    """
    if exchange.provenance.role == "page" or exchange.status == 304:
        return Discovery()
    if exchange.status is None or not 200 <= exchange.status < 300:
        reason = f"HTTP {exchange.status}" if exchange.status else exchange.error or "no answer"
        return Discovery((), (reason,))
    document = read_document(exchange, source)
    found = _read(document)
    candidates = list(found.candidates)
    faults = [*document.faults, *found.faults]
    for name, plugin in _plugins():
        try:
            candidates.extend(plugin(exchange, source))
        except Exception as error:  # foreign code: one plug-in's fault costs its own candidates alone
            faults.append(f"plug-in {name}: {type(error).__name__}: {error}"[:300])
    once: dict[str, Candidate] = {}
    for candidate in candidates:
        if _wanted(candidate, source):
            once.setdefault(candidate.url, candidate)
    return replace(found, candidates=tuple(once.values()), faults=tuple(faults))


def _read(document: Document) -> Discovery:
    if not document.content.strip():
        return Discovery((), ("an empty document",))
    reader = READERS.get(sniff(document))
    if reader is None:
        return Discovery((), (f"neither feed, sitemap nor page ({document.media_type or 'no type'})",))
    return reader(document)


def _read_json(document: Document) -> Discovery:
    content = wordpress.parse(document.content)
    if isinstance(content, dict) and jsonfeed.is_json_feed(content):
        return jsonfeed.read(document.url, content)
    if wordpress.is_wordpress(content):
        return wordpress.read(document, content)
    return Discovery((), ("JSON, but neither a JSON Feed nor WordPress posts",))


def _read_html(document: Document) -> Discovery:
    found = section.read(document)
    if document.role in _ENDPOINT_ROLES:
        expected = "an endpoint" if document.role == "probe" else f"a {document.role}"
        return replace(found, faults=(f"a web page came where {expected} was expected", *found.faults))
    return found


READERS: Mapping[Format, Callable[[Document], Discovery]] = {
    "robots": robots_txt.read,
    "feed": feed.read,
    "sitemap": sitemap.read,
    "text-sitemap": sitemap.read_text,
    "json": _read_json,
    "html": _read_html,
}
"""The readers by what they read."""


def sniff(document: Document) -> Format:
    """The format of a document by its first bytes; its role decides only between kinds of plain text."""
    head = document.content[:MAX_SNIFFED_BYTES].replace(b"\0", b"").lstrip()  # NULs: UTF-16
    root = _ROOT.search(head)
    if document.role == "robots":
        return "unknown" if root and head.startswith(b"<") else "robots"
    if head[:1] in {b"{", b"["}:
        return "json"
    if root is not None:
        return _FORMATS.get(root[1].lower(), "html")
    if sitemap.is_text_sitemap(head):
        return "text-sitemap"
    return "html" if b"<" in head and document.role in {"home", "section"} else "unknown"


def _wanted(candidate: Candidate, source: SourceSettings) -> bool:
    if any(re.search(pattern, candidate.url) for pattern in source.exclude):
        return False
    if candidate.role != "page" or not source.include:
        return True
    return any(re.search(pattern, candidate.url) for pattern in source.include)


@lru_cache(maxsize=1)
def _plugins() -> tuple[tuple[str, Plugin], ...]:
    return tuple((point.name, point.load()) for point in entry_points(group=ENTRY_POINTS))
