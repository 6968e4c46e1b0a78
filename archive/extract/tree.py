"""The one parse of a page that all readers share."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from archive.extract.page import MAX_ELEMENTS

if TYPE_CHECKING:
    from archive.records import Provenance

BINARY = (
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"RIFF",
    b"\x00\x00\x00",
    b"OggS",
    b"ID3",
    b"BZh",
    b"\x7fELF",
)
"""First bytes of what is no page, whatever its Content-Type says (WHATWG MIME Sniffing, section 6)."""

HTML_TYPES = frozenset(
    {
        "text/html",
        "application/xhtml+xml",
        "application/xml",
        "text/xml",
        "application/octet-stream",
        "text/plain",
    }
)
"""Media types whose content may be a page; all but the first two only if a tag of HTML stands in it."""

SOME_HTML = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|title|meta|div|article|section|main|p|h1|table|span|br)\b",
    re.IGNORECASE,
)


_CLASSES = etree.ElementDefaultClassLookup(element=HtmlElement)
"""lxml.html chooses each element's class in Python, at every touch: 8 % of a page's time, for classes of form
fields that nobody here asks for."""


class TooLargeError(Exception):
    """A page beyond the limits of `archive.extract.page`."""


def looks_like_html(content: bytes, media_type: str | None) -> bool:
    """Whether bytes may be a page, by their type and by what they begin with."""
    if media_type is not None and media_type not in HTML_TYPES:
        return False
    head = content[:65536].lstrip()
    if head.startswith(BINARY):
        return False
    if head.startswith((b"<?xml", b"<rss", b"<feed")) and b"<html" not in head.lower():
        return False
    # Without NULs: in UTF-16 every second byte of a tag is one.
    return SOME_HTML.search(content[: 1 << 20].replace(b"\0", b"")) is not None


def parse(text: str) -> HtmlElement | None:
    """Parse a page's text; None where there is no element in it.

    Raises:
        TooLargeError: more elements than MAX_ELEMENTS.
    """
    # A parser each: libxml2's keeps a dictionary of every name it has met.
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    parser.set_element_class_lookup(_CLASSES)
    try:
        root = document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None
    if root.xpath("count(//*)") > MAX_ELEMENTS:
        raise TooLargeError(f"more than {MAX_ELEMENTS} elements")
    return root


def prune(root: HtmlElement, provenance: Provenance) -> None:
    """Drop the elements that the source's own rules name; a rule that is no XPath drops nothing."""
    for expression in provenance.prune_xpath:
        try:
            found = root.xpath(expression)
        except etree.XPathError:
            continue
        for element in found if isinstance(found, list) else []:
            if isinstance(element, HtmlElement) and element.getparent() is not None:
                element.drop_tree()
