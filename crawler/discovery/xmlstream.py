"""XML from the web, read as a stream of the elements that matter, each let go once it is read.

No DTD is loaded, no entity resolved, nothing fetched; nesting and text lengths are libxml2's own limits
(256 elements, 10 MB). What stands before a break is given before the break is raised.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK = 64 * 1024
"""Bytes fed to the parser at a time: what a reader that stops early has not paid for."""


class BrokenXmlError(ValueError):
    """The XML is not well-formed from here on; the text says how."""


def elements(
    content: bytes, entries: tuple[str, ...], beside: tuple[str, ...] = ()
) -> Iterator[etree._Element]:
    """Yield elements as they end.

    Args:
        content: a document, with its encoding declaration or in UTF-8 or UTF-16.
        entries: names to yield, as lxml writes them (`{*}item`); emptied when the next is asked for.
        beside: further names to yield, left as they are.

    Raises:
        BrokenXmlError: after what stands before the break.
    """
    parser = etree.XMLPullParser(
        events=("end",),
        tag=(*entries, *beside),
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
        huge_tree=False,
    )
    kept = {name.rpartition("}")[2] for name in beside}
    broken: etree.XMLSyntaxError | None = None
    for start in range(0, len(content) + 1, CHUNK):
        try:
            if chunk := content[start : start + CHUNK]:
                parser.feed(chunk)
            if start + CHUNK > len(content):
                parser.close()
        except etree.XMLSyntaxError as error:
            broken = error
        for _, element in parser.read_events():
            yield element
            if local_name(element) not in kept:
                _let_go(element)
        # An undefined entity does not raise; the chunk after it would be taken for a new document.
        fatal = next(iter(parser.feed_error_log.filter_from_fatals()), None)
        if fatal is not None or broken is not None:
            raise BrokenXmlError((fatal.message if fatal else str(broken))[:200]) from broken


def local_name(element: etree._Element) -> str:
    """The name of an element without its namespace; "" for comments and entities."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _let_go(element: etree._Element) -> None:
    """Free an element that has been read, and all before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
