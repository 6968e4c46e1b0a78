"""The one parse of a page that all readers share."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from archive.extract.page import MAX_ELEMENTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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


LONG_TAG = 30_000
"""Characters between two "<" from which tags are looked at more closely; few pages have one, and then in scripts."""

MAX_ATTRIBUTES = 2_000
"""Of an element, past which a page is refused: libxml2 compares each with all before it, a minute for 200,000."""

TAG_NAME = re.compile(r"<[a-z][^\s>/]*+", re.IGNORECASE)
_ATTRIBUTE = r"[\s/]++[^\s>/=\"'<]++(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s>\"']++))?+"
ATTRIBUTES = re.compile(f"(?:{_ATTRIBUTE}){{0,{MAX_ATTRIBUTES - 1}}}+({_ATTRIBUTE})?+")
"""What follows a tag's name; the group is the attribute that is one too many."""

MAX_READINGS = 20
"""Times a page's text is read in search of attributes. Tags inside of attributes are read once more each; a page that
nests them so that this is spent is refused."""

SCRIPT = re.compile(r"(?:script|style)\b", re.IGNORECASE)

MAX_ATTRIBUTE_CHARACTERS = 10_000
"""A longer attribute says nothing that is read, and every reader would search it."""

READ_WHATEVER_ITS_LENGTH = frozenset({"content", "href", "datetime"})

METADATA = frozenset({
    "base", "basefont", "bgsound", "link", "meta", "noframes", "noscript", "object", "script", "style", "template",
    "title",
})  # fmt: skip
"""What stands in a head (HTML, 13.2.6.4.4 The "in head" insertion mode)."""

PAGE_STRUCTURE = re.compile(rb"<(?:!doctype\s+html|html|head|body|title)\b", re.IGNORECASE)

DROPPED = "x-dropped"
"""For a moment the name of what is taken out of a tree."""

SCRIPT_START = re.compile(
    rb"""^\s*+(?:[{\[]\s*[{}\[\]"\d]|(?:var|let|const|function|import|export|window|document|define|jQuery)\b|[!;(+]\s*function\b|"""
    rb"""\$\(|["']use strict|/\*|//|[\w$.]{1,60}\(\s*[{\["])"""
)
"""How JSON and JavaScript begin, and a page does not."""


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
    if SCRIPT_START.match(head) and not PAGE_STRUCTURE.search(head):
        return False
    # Without NULs: in UTF-16 every second byte of a tag is one.
    return SOME_HTML.search(content[: 1 << 20].replace(b"\0", b"")) is not None


def _has_many_attributes(text: str) -> bool:
    """Whether an element may have MAX_ATTRIBUTES, or the text is made so that telling would take long."""
    left = MAX_READINGS * len(text)
    for name in TAG_NAME.finditer(text):
        found = ATTRIBUTES.match(text, name.end())
        if found is None:
            continue
        left -= found.end() - name.end()
        if found[1] is not None or left < 0:
            return True
    return False


def _long_pieces(text: str) -> Iterator[str]:
    """The pieces between one "<" and the next that are longer than LONG_TAG."""
    at = 0
    while len(text) - at > LONG_TAG:
        # From the far end of what is too long, where a "<" stands nearby: of most pages next to nothing is read.
        last = text.rfind("<", at, at + LONG_TAG + 1)
        if last < 0:
            last = text.find("<", at)
            last = len(text) if last < 0 else last
            yield text[at:last]
        at = last + 1


def parse(text: str, utf8: bytes | None = None) -> HtmlElement | None:
    """Parse a page's text; None where there is no element in it.

    Args:
        text: of the page.
        utf8: the same in UTF-8, where it is at hand.

    Raises:
        TooLargeError: more elements than MAX_ELEMENTS, or more attributes of one than MAX_ATTRIBUTES.
    """
    long = list(_long_pieces(text))
    # What is long is a script's content, mostly; nobody reads its attributes, but libxml2 compares them.
    has_long_tag = not all(map(SCRIPT.match, long))
    suspects = [text] if has_long_tag else [f"<{script}" for script in long]
    if any(map(_has_many_attributes, suspects)):
        raise TooLargeError(f"more than {MAX_ATTRIBUTES} attributes of an element")
    # A parser each: libxml2's keeps a dictionary of every name it has met.
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    parser.set_element_class_lookup(_CLASSES)
    content = utf8 or text.encode("utf-8", "replace")
    try:
        root = document_fromstring(content, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None
    # To count them is a seventh of a parse. A tag has three bytes, and makes an element and an implied one at most.
    if 2 * len(content) > 3 * MAX_ELEMENTS and root.xpath("count(//*)") > MAX_ELEMENTS:
        raise TooLargeError(f"more than {MAX_ELEMENTS} elements")
    if has_long_tag:
        _drop_long_attributes(root)
    _end_head(root)
    return root


def _end_head(root: HtmlElement) -> None:
    """Put into the body what begins it: the tags around may be left out, and libxml2 knows no element of HTML 5.

    `<title>T</title><article>...` would have its article in the head, where nobody looks for text.
    """
    head = root.find("head")
    strays = [] if head is None else [child for child in head if child.tag not in METADATA]
    if not strays:
        return
    body = root.find("body")
    if body is None:
        body = etree.SubElement(root, "body")
    if body.text:
        strays[-1].tail = (strays[-1].tail or "") + body.text
        body.text = None
    for element in reversed(strays):  # each to the first place: to find a later one takes a walk
        body.insert(0, element)


def _drop_long_attributes(root: HtmlElement) -> None:
    for element in root.iter(etree.Element):
        for name, value in element.items():
            if len(value) > MAX_ATTRIBUTE_CHARACTERS and name not in READ_WHATEVER_ITS_LENGTH:
                del element.attrib[name]


def prune(root: HtmlElement, provenance: Provenance) -> None:
    """Drop the elements that the source's own rules name; a rule that is no XPath drops nothing."""
    for expression in provenance.prune_xpath:
        try:
            found = root.xpath(expression)
        except etree.XPathError:
            continue
        if isinstance(found, list):
            drop(root, [element for element in found if isinstance(element, HtmlElement)])


def drop(root: HtmlElement, elements: Iterable[HtmlElement]) -> None:
    """Take elements out of a tree, each with all that stands in it; the text behind each stays.

    `drop_tree` joins that text to what stands before, which is copied anew for each of 100,000 neighbours, and which
    lxml refuses to write where libxml2 has read a character that XML has not.

    Args:
        root: of the tree; it stays, whatever `elements` say.
        elements: of it, in any order.
    """
    for element in elements:
        if element is not root:
            element.tag = DROPPED
    etree.strip_elements(root, DROPPED, with_tail=False)
