"""What a page or style sheet names that a reader would see: images, styles, and what else is asked for.

Read by scanning for tags, not from a tree: this runs beside every page that is fetched, and takes a tenth of
the time of a parse. What only looks like a tag, in a script's text or in a comment, is passed over.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast, get_args

from archive.css import css_urls
from archive.requisites import LAZY, SHOWN_RELS, image_candidates
from archive.urls import normalise
from archive.wire import decode_body, media_type
from crawler.discovery.markup import decode

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from archive.records import Exchange

Kind = Literal["image", "style", "font", "script", "pdf", "audio", "video"]

LINKED: frozenset[Kind] = frozenset(("pdf", "audio", "video"))
"""What pages link to, more than show; an archive asks for it or not."""
MAX_SCANNED_BYTES = 8 << 20
"""Decoded bytes of a page or style sheet that are looked through."""
MAX_NAMED = 2_000
"""Addresses read from one page or style sheet; pages of news name 20 to 300."""
MAX_CANDIDATE_WIDTH = 2_600
"""Pixels of an image candidate, past which no screen of today asks for it."""
MAX_CANDIDATE_DENSITY = 2.0

FIRST, NEXT, LAST = range(3)
"""In which order a page's requisites are fetched: what lays it out, what it shows, what it may show instead."""

_QUOTED = rb"\"[^\"]*\"|'[^']*'"
# All of these are for a page in lower case, where a pattern need not fold: twice as fast.
_TAG = re.compile(
    rb"<(?:!--|(?:script|style|img|image|source|link|meta|base|video|audio|input|body|table|td)\b)"
)
_TAG_OR_LINK = re.compile(_TAG.pattern.replace(b"img|", b"img|a|"))
# Quotes count after "=" alone, as in HTML's tokeniser; possessive, so that no input makes it go back.
_ATTRIBUTES = re.compile(rb"(?>[^>=]+|=\s*+(?:%b)|=)*+" % _QUOTED)
_ATTRIBUTE = re.compile(rb"([^\s\"'<>/=]+)\s*+=\s*+(?:(%b)|([^\s\"'=<>`]++))" % _QUOTED)
_INLINE_STYLE = re.compile(rb"style\s*+=\s*+(%b)" % _QUOTED)
_LINKED = re.compile(
    r"\.(?:(?P<pdf>pdf)|(?P<audio>mp3|m4a|aac|ogg|oga|opus|wav|flac)|(?P<video>mp4|m4v|webm|mov|ogv|mkv|avi))$",
    re.IGNORECASE,
)
_IMAGE_PROPERTIES = frozenset(
    {"og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src"}
)


@dataclass(frozen=True, slots=True)
class Requisite:
    """An address that a page or style sheet names."""

    url: str
    """Absolute, fetchable."""
    kind: Kind
    order: int
    """`FIRST`, `NEXT` or `LAST`."""


def requisites(exchange: Exchange, wanted: Collection[Kind] = frozenset(get_args(Kind))) -> list[Requisite]:
    """What an answer names, each address once, in the order it is to be fetched.

    Args:
        exchange: a whole answer: a page, or a style sheet that a page or another sheet named.
        wanted: kinds to look for.

    Returns:
        Nothing where it is neither HTML nor CSS; never raises on what a server sent.
    """
    kind, charset = media_type(exchange.headers)
    is_sheet = kind == "text/css"
    if not is_sheet and exchange.provenance.role != "page":
        return []
    content = decode_body(exchange.headers, exchange.body, MAX_SCANNED_BYTES).content
    if is_sheet:
        base, named = exchange.url, list(_in_css(content.decode("latin-1"), NEXT))
    else:
        # As UTF-8 again: in bytes, lower case is ASCII's and every place stays where it is.
        page = _Page(decode(content, charset).encode("utf-8", "replace"), links=not LINKED.isdisjoint(wanted))
        base, named = normalise(page.base, exchange.url) or exchange.url, page.named
    found: dict[str, Requisite] = {}
    for address, what, order in named:
        if what not in wanted or (url := normalise(address, base)) is None or url == exchange.url:
            continue
        if url not in found or order < found[url].order:
            found[url] = Requisite(url, what, order)
        if len(found) >= MAX_NAMED:
            break
    return sorted(found.values(), key=lambda one: one.order)


_Named = tuple[str, Kind, int]


def _in_css(text: str, order: int) -> Iterator[_Named]:
    for address, kind in css_urls(text):
        yield address, kind, FIRST if kind == "style" else order


class _Page:
    """The addresses in a page's tags, as found."""

    def __init__(self, page: bytes, *, links: bool) -> None:
        self.base = ""
        self.named: list[_Named] = []
        self._page = page
        self._lower = page.lower()
        tag, at = _TAG_OR_LINK if links else _TAG, 0
        while found := tag.search(self._lower, at):
            at = self._take(found)
        for found in _INLINE_STYLE.finditer(self._lower):
            if b"url(" in found[1]:
                declarations = page[found.start(1) + 1 : found.end(1) - 1].decode("utf-8", "replace")
                self.named.extend(_in_css(html.unescape(declarations), NEXT))

    def _take(self, found: re.Match[bytes]) -> int:
        """Read a tag, and the text of those that hold no tags; returns where to go on."""
        name, end = found[0][1:].decode("ascii"), found.end()
        if name == "!--":
            return self._after(b"-->", end)
        shut = _ATTRIBUTES.match(self._lower, end)
        end = shut.end() if shut else end
        attributes = _attributes(self._page[found.end() : end])
        if name == "script":
            self._name(attributes.get("src"), "script", NEXT)
            return self._after(b"</script", end)
        if name == "style":
            start, end = end + 1, self._after(b"</style", end)
            self.named.extend(_in_css(self._page[start:end].decode("utf-8", "replace"), NEXT))
            return end
        self._tag(name, attributes)
        return end

    def _after(self, mark: bytes, start: int) -> int:
        at = self._lower.find(mark, start)
        return len(self._lower) if at < 0 else at

    def _name(self, address: str | None, kind: Kind, order: int) -> None:
        if address and not address.startswith(("data:", "#")):
            self.named.append((address, kind, order))

    def _tag(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "base":
            self.base = self.base or attributes.get("href", "")
        elif tag == "link":
            self._link(attributes)
        elif tag == "meta":
            if attributes.get("property", attributes.get("name", "")).lower() in _IMAGE_PROPERTIES:
                self._name(attributes.get("content"), "image", LAST)
        elif tag == "a":
            self._linked(attributes.get("href", ""))
        elif tag in {"video", "audio"} or (tag == "source" and "src" in attributes):
            self._name(attributes.get("poster"), "image", NEXT)
            address = attributes.get("src", "")
            self._name(address, _kind_of_file(address) or ("audio" if tag == "audio" else "video"), LAST)
        else:
            self._image(tag, attributes)

    def _image(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag in {"body", "table", "td"}:
            self._name(attributes.get("background"), "image", NEXT)
            return
        if tag == "input" and attributes.get("type", "").lower() != "image":
            return
        names = {"src": ["src"], "srcset": ["srcset"]}
        for kept, name in LAZY.items():
            names[name].append(kept)
        for name in (*names["src"], "href", "xlink:href"):
            self._name(attributes.get(name), "image", NEXT)
        for name in names["srcset"]:
            for address, descriptor in image_candidates(attributes.get(name, "")):
                if _is_asked_for(descriptor):
                    self._name(address, "image", LAST)

    def _link(self, attributes: Mapping[str, str]) -> None:
        rels = SHOWN_RELS & set(attributes.get("rel", "").lower().split())
        if "stylesheet" in rels:
            self._name(attributes.get("href"), "style", FIRST)
        elif rels:
            self._name(attributes.get("href"), "image", LAST)

    def _linked(self, address: str) -> None:
        if kind := _kind_of_file(address):
            self._name(address, kind, LAST)


def _kind_of_file(address: str) -> Kind | None:
    found = _LINKED.search(address.partition("#")[0].partition("?")[0])
    return cast("Kind", found.lastgroup) if found is not None else None


def _attributes(text: bytes) -> dict[str, str]:
    """Names in lower case; of two the first counts (HTML, section 13.2.5.33)."""
    found: dict[str, str] = {}
    for name, quoted, bare in _ATTRIBUTE.findall(text):
        value = (quoted[1:-1] if quoted else bare).decode("utf-8", "replace")
        key = name.lower().decode("utf-8", "replace")
        found.setdefault(key, html.unescape(value).strip() if "&" in value else value.strip())
    return found


def _is_asked_for(descriptor: str) -> bool:
    number, unit = descriptor[:-1], descriptor[-1:]
    try:
        size = float(number) if number else 0.0
    except ValueError:
        return True
    return size <= (MAX_CANDIDATE_WIDTH if unit == "w" else MAX_CANDIDATE_DENSITY)
