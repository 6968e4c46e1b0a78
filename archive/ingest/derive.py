"""Deriving: one record read from WARC becomes an article or a reason why it is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.extract import Page, extract_html, extract_text
from archive.extract.sites import NOTHING_KNOWN
from archive.records import Rejected
from archive.warc.reader import read_exchange
from archive.wire import decode_body, media_type

if TYPE_CHECKING:
    from pathlib import Path

    from archive.extract.sites import SiteKnowledge
    from archive.records import Exchange, Extraction

MAX_DECODED_BYTES = 32 << 20
"""A page that inflates past this is refused: a gzip bomb, or no article."""


def derive(
    warc_folder: Path, warc_file: str, offset: int, group_length: int, known: SiteKnowledge = NOTHING_KNOWN
) -> Extraction:
    """Read the records of one attempt and extract its page.

    Args:
        warc_folder: where the archive's WARC files lie.
        warc_file: the name of one of them.
        offset: of the attempt's first record in it, in bytes.
        group_length: of all its records, in bytes.
        known: of the archive's sites.

    Raises:
        WarcError: the records cannot be read.
    """
    return derive_exchange(read_exchange(warc_folder, warc_file, offset, group_length), known)


def derive_exchange(exchange: Exchange, known: SiteKnowledge = NOTHING_KNOWN) -> Extraction:
    """Extract the page of an exchange: a function of the exchange and of what is known of its site, alone."""
    page = page_of(exchange)
    if isinstance(page, Rejected):
        return page
    if exchange.status is None and page.media_type == "text/plain":
        return extract_text(page)
    return extract_html(page, known.rules_for(exchange.provenance.source, exchange.started))


def page_of(exchange: Exchange) -> Page | Rejected:
    """An exchange as extraction reads it; or why it is not read."""
    decoded = decode_body(exchange.headers, exchange.body, MAX_DECODED_BYTES)
    if decoded.truncated:
        return Rejected("too_large", f"more than {MAX_DECODED_BYTES} bytes once decoded")
    kind, charset = media_type(exchange.headers)
    return Page(
        url=exchange.url,
        content=decoded.content,
        charset=charset,
        fetched=exchange.started,
        provenance=exchange.provenance,
        status=exchange.status,
        media_type=kind,
        headers=exchange.headers,
    )
