"""The further pages of an article that goes over several: found by their addresses, in a page's links."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from archive.parts import part_number
from archive.records import Candidate
from archive.urls import normalise
from archive.wire import decode_body, media_type
from crawler.discovery.priority import DATED_PAGE

if TYPE_CHECKING:
    from archive.records import Exchange

FINDER = "part"
MAX_SCANNED_BYTES = 8 << 20
"""Decoded bytes of a page that are looked through."""

_HTML = frozenset({"text/html", "application/xhtml+xml"})
# Possessive, so that no input makes it go back.
_LINK = re.compile(rb"href\s*+=\s*+(?>\"([^\"]*+)\"|'([^']*+)'|([^\s>\"']++))", re.IGNORECASE)
_NUMBERED = re.compile(rb"(?:^|[/=])\d{1,2}/?(?:[&#]|$)")


def further_pages(exchange: Exchange, limit: int) -> list[Candidate]:
    """What a page links as further pages of its own article, in their order.

    Args:
        exchange: of a page, with its provenance.
        limit: the highest number of a page that is taken.
    """
    if limit < 2 or media_type(exchange.headers)[0] not in _HTML:
        return []
    content = decode_body(exchange.headers, exchange.body, MAX_SCANNED_BYTES).content
    first = exchange.provenance.part_of or exchange.url
    found: dict[int, str] = {}
    for quoted, single, bare in _LINK.findall(content):
        address = (quoted or single or bare).strip()
        if not _NUMBERED.search(address):
            continue
        url = normalise(html.unescape(address.decode("latin-1")), exchange.url)
        number = part_number(url, first) if url is not None else None
        if url is not None and number is not None and 1 < number <= limit:
            found.setdefault(number, url)
    return [Candidate(url, found_by=FINDER, priority=DATED_PAGE - 1) for _, url in sorted(found.items())]
