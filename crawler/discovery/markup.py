"""HTML parsed for its links: bounded, whatever the page is made of.

libxml2 rather than an HTML5 tree builder, which rebuilds unclosed formatting elements in every later block
(1,500 <b> before 3,000 <p> took lexbor 3.4 s, libxml2 3 ms) and takes quadratic time for deep nesting (40,000
<div>: 2.7 s). What is quadratic in libxml2 itself, the attributes of one tag, is cut off here.
"""

from __future__ import annotations

import codecs
import re

from lxml import etree

from archive.urls import normalise

MAX_HTML_BYTES = 8 * 1024 * 1024
"""Bytes of a page that are parsed; the longest home page of 164 measured news sites has 2 MB."""
MAX_TAG_BYTES = 8 * 1024
"""Length of one tag from which its attributes are counted."""
MAX_ATTRIBUTES = 1_000
"""Attributes of one tag: 40,000 take libxml2 1.7 s, a thousand 1 ms."""

# Quotes count after "=" alone, as in HTML's tokeniser; possessive, so that no input makes it go back.
_TAG = re.compile(rb"<[a-zA-Z](?>[^>=]+|=\s*\"[^\"]*\"|=\s*'[^']*'|=)*+")
_ATTRIBUTE = re.compile(rb"[^\s/>=]++(?>\s*=\s*(?>\"[^\"]*\"|'[^']*'|[^\s>]*))?")
_META_CHARSET = re.compile(rb"""<meta[^>]{0,300}?charset\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)


def parse(content: bytes, charset: str | None, faults: list[str]) -> etree._Element | None:
    """Parse a page, or as much of it as is safe to.

    Args:
        content: its bytes, content codings undone.
        charset: of Content-Type.
        faults: takes what was left out, and why.

    Returns:
        The root element; None where there is none.
    """
    if len(content) > MAX_HTML_BYTES:
        content = content[:MAX_HTML_BYTES]
        faults.append(f"cut at {MAX_HTML_BYTES} bytes")
    for tag in _TAG.finditer(content):
        if tag.end() - tag.start() > MAX_TAG_BYTES and _attributes(tag[0]) > MAX_ATTRIBUTES:
            content = content[: tag.start()]
            faults.append(f"cut at a tag with more than {MAX_ATTRIBUTES} attributes")
            break
    text = decode(content, charset).replace("\0", "")
    parser = etree.HTMLParser(
        recover=True, no_network=True, remove_comments=True, remove_pis=True, huge_tree=True, encoding="utf-8"
    )
    try:
        root: etree._Element | None = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:  # nothing in it but blanks or comments
        return None
    last = parser.error_log.last_error
    if last is not None and "depth" in last.message:
        faults.append("cut where its elements are nested too deep")
    return root


def decode(content: bytes, charset: str | None) -> str:
    """The page as text. Addresses are ASCII or UTF-8 in practice; only link texts depend on the rest."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        declared = _META_CHARSET.search(content[:16384])
        label = declared[1].decode("ascii") if declared else charset or "windows-1252"
    try:
        name = codecs.lookup(label).name
        return content.decode("windows-1252" if name == "iso8859-1" else name, "replace")
    except (LookupError, ValueError):  # an unknown label, or one that is no text encoding
        return content.decode("utf-8", "replace")


def base_url(root: etree._Element, url: str) -> str:
    """What relative links are relative to: <base href>, else the page's own URL."""
    declared = next(root.iter("base"), None)
    return (normalise(declared.get("href") or "", url) if declared is not None else None) or url


def _attributes(tag: bytes) -> int:
    count = 0
    for _ in _ATTRIBUTE.finditer(tag):
        count += 1
        if count > MAX_ATTRIBUTES:
            break
    return count
