"""What discovery reads and what it gives: a decoded document, and candidates with the faults met."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.wire import decode_body, media_type
from archive.wire_coding import decode_stream

if TYPE_CHECKING:
    from archive.records import Candidate, Exchange, Headers, Role
    from settings.app import SourceSettings

MAX_DECODED_BYTES = 52_428_800
"""Bytes of a decoded document that are read: what sitemaps.org allows one sitemap, and far above any feed."""

MAX_TITLE_LENGTH = 500
"""Characters of a title that are kept."""

GZIP_MAGIC = b"\x1f\x8b"
_BOM_UTF8 = b"\xef\xbb\xbf"
_MARKUP = re.compile(r"</?[A-Za-z!][^<>]*>")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Discovery:
    """What one exchange gave."""

    candidates: tuple[Candidate, ...] = ()
    """In the order found, each address once."""
    faults: tuple[str, ...] = ()
    """What was wrong with the document; recorded, not raised."""
    read_as: Role | None = None
    """What the document turned out to be, whatever it was fetched as; None where it was not read."""


@dataclass(frozen=True, slots=True)
class Document:
    """A successful response, its content codings undone."""

    url: str
    role: Role
    """What it was fetched as."""
    hops: int
    """Links followed from a seed."""
    content: bytes
    """At most `MAX_DECODED_BYTES`, without a UTF-8 byte-order mark."""
    media_type: str | None
    charset: str | None
    """Of Content-Type, as sent."""
    headers: Headers
    source: SourceSettings
    faults: tuple[str, ...] = ()


def read_document(exchange: Exchange, source: SourceSettings) -> Document:
    """Decode an exchange; a gzip file that is served as one (`sitemap.xml.gz`) is opened as well."""
    faults: list[str] = []
    decoded = decode_body(exchange.headers, exchange.body, MAX_DECODED_BYTES)
    content, cut = decoded.content, decoded.truncated
    if decoded.fault:
        faults.append(decoded.fault)
    if content.startswith(GZIP_MAGIC):
        inner = decode_stream("gzip", content, MAX_DECODED_BYTES)
        content, cut = inner.content, cut or inner.truncated
        if inner.fault:
            faults.append(inner.fault)
    if cut:
        faults.append(f"cut at {MAX_DECODED_BYTES} bytes of content")
    if exchange.truncated:
        faults.append(f"truncated on the wire ({exchange.truncated})")
    kind, charset = media_type(exchange.headers)
    return Document(
        url=exchange.url,
        role=exchange.provenance.role,
        hops=exchange.provenance.hops,
        content=content.removeprefix(_BOM_UTF8),
        media_type=kind,
        charset=charset,
        headers=exchange.headers,
        source=source,
        faults=tuple(faults),
    )


def one_line(text: str | None) -> str | None:
    """A title on one line, without what surrounds it; None where nothing is left."""
    if not text:
        return None
    return _SPACE.sub(" ", text[: 4 * MAX_TITLE_LENGTH]).strip()[:MAX_TITLE_LENGTH].rstrip() or None


def plain_title(title: str | None) -> str | None:
    """A title without markup: RSS and REST do not say whether it is text or HTML, so both are met."""
    if not title:
        return None
    return one_line(html.unescape(_MARKUP.sub("", title[: 8 * MAX_TITLE_LENGTH])))
