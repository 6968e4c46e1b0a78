"""A URL taken apart: what `archive.urls` builds its three forms from.

Sources: RFC 3986, appendix B (syntax); WHATWG URL (faulty input, IPv4 in all its spellings); UTS 46 (hosts).
"""

from __future__ import annotations

import ipaddress
import re
from typing import NamedTuple

import idna

MAX_URL_LENGTH = 4096
"""Characters of a URL that is fetched: half of the 8 KiB request line that nginx and Apache accept.
More than the 2,048 of sitemaps.org, since an Arabic letter is 6 characters once percent-encoded."""

MAX_HOST_LENGTH = 253
"""Characters of a host name in its ASCII form (RFC 1035, section 2.3.4, without the root's dot)."""

DEFAULT_PORTS = {"http": "80", "https": "443"}

SPLIT = re.compile(
    r"(?:([A-Za-z][A-Za-z0-9+.\-]*):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#.*)?", re.DOTALL
)
_AUTHORITY = re.compile(r"(.*@)?(\[[0-9A-Fa-f:.]+\]|[^:\[\]@]*)(?::([0-9]*))?", re.DOTALL)
_EDGES = "".join(map(chr, range(0x21)))
_LINE_BREAKS = re.compile(r"[\t\n\r]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_HOST = re.compile(r"[a-z0-9_\-.]*[a-z0-9_\-]")
NUMERIC_END = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")


class Parts(NamedTuple):
    """An http(s) URL taken apart; host in its ASCII form, port without the scheme's default."""

    scheme: str
    userinfo: bool
    host: str
    """IPv6 literals in brackets."""
    port: str
    path: str
    query: str


def clean(url: str) -> str:
    """Drop line breaks and tabs, then the C0 controls and blanks around (WHATWG URL, section 4.4)."""
    text = _LINE_BREAKS.sub("", url).strip(_EDGES)
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)


def split(text: str) -> Parts | None:
    """Take an absolute http(s) URL apart; None where it is none, or malformed."""
    match = SPLIT.fullmatch(text)
    if match is None or match[1] is None or match[2] is None:
        return None
    scheme = match[1].lower()
    if scheme not in DEFAULT_PORTS:
        return None
    authority = _AUTHORITY.fullmatch(match[2])
    name = ascii_host(authority[2]) if authority else None
    if authority is None or name is None:
        return None
    port = (authority[3] or "").lstrip("0") or ("0" if authority[3] else "")
    if port == DEFAULT_PORTS[scheme]:
        port = ""
    return Parts(scheme, authority[1] is not None, name, port, match[3] or "/", match[4] or "")


def ascii_host(name: str) -> str | None:
    """The A-label form of a host, IP literals in their usual spelling; None where it cannot be one."""
    if name.startswith("["):
        try:
            return f"[{ipaddress.IPv6Address(name[1:-1]).compressed}]"
        except ValueError:
            return None
    if not name or len(name) > MAX_URL_LENGTH:
        return None
    lowered = name.lower()
    if not _HOST.fullmatch(lowered):
        lowered = _repaired_host(lowered)
    if not lowered or len(lowered) > MAX_HOST_LENGTH:
        return None
    return _ipv4(lowered) if NUMERIC_END.fullmatch(lowered) else lowered


def _repaired_host(name: str) -> str:
    """A host with escapes, other scripts or a root dot, as an ASCII name; "" where it cannot be one."""
    if "%" in name:
        try:
            name = re.sub(r"(?:%[0-9a-f]{2})+", lambda run: _unescaped(run[0]), name).lower()
        except UnicodeDecodeError:
            return ""
    if not name.isascii():
        try:
            name = idna.encode(name[: MAX_HOST_LENGTH + 1], uts46=True).decode("ascii")
        except UnicodeError:
            return ""
    name = name.rstrip(".")
    return name if _HOST.fullmatch(name) else ""


def _unescaped(run: str) -> str:
    return bytes.fromhex(run.replace("%", "")).decode("utf-8")


def _ipv4(name: str) -> str | None:
    """An IPv4 address in any spelling that resolvers take (WHATWG URL, IPv4 parser), dotted."""
    parts = name.split(".")
    if len(parts) > 4:
        return None
    try:
        numbers = [_ipv4_number(part) for part in parts]
        *heads, last = numbers
        value = last + sum(number << (8 * (3 - place)) for place, number in enumerate(heads))
        if any(number > 0xFF for number in heads) or last >= 256 ** (5 - len(parts)):
            return None
        return str(ipaddress.IPv4Address(value))
    except ValueError:
        return None


def _ipv4_number(part: str) -> int:
    if part.startswith("0x"):
        return int(part[2:] or "0", 16)
    return int(part, 8) if part.startswith("0") and len(part) > 1 else int(part)
