"""Feeds in XML: RSS 0.9x, 1.0, 2.0 and Atom, well-formed or not.

A well-formed feed is read as a stream, at a sixth of feedparser's cost; one that is not goes to feedparser,
and still gives its entries, and its fault.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.discovery import feed_loose, feed_strict

if TYPE_CHECKING:
    from crawler.discovery.document import Discovery, Document


def read(document: Document) -> Discovery:
    """Read a feed's entries, and its next page where it names one (RFC 5005)."""
    content = document.content.lstrip()
    found = feed_strict.read(content, document)
    if found.error is None:
        # RSS 0.91 may use entities of its DTD, which the stream does not resolve.
        declares = b"<!DOCTYPE" in content[:4096]
        return feed_loose.read(content, document, "") if declares else found.discovery()
    if "depth" in found.error:  # no honest feed's, and minutes of feedparser's time
        return found.discovery()
    loose = feed_loose.read(content, document, found.error)
    # feedparser reads less of a long feed than the stream does before a break near its end.
    return loose if len(loose.candidates) >= len(found.entries) else found.discovery()
