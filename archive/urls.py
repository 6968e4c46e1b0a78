"""URLs: how one is fetched, and what makes two of them the same page.

Three forms of an address, never mixed up:

* `normalise` gives what is *fetched*: as found, only made absolute and legal.
* `canonical` gives *identity*: an article under five addresses has one canonical form. It is never fetched.
* `surt` gives the *sort key* of CDXJ indexes: host reversed, so that a site's pages stand together.

Sources: RFC 3986 (syntax, section 6 normalisation), WHATWG URL (what browsers make of a faulty href),
UTS 46 (host names), the public suffix list (registrable domains).
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from archive._tracking import is_tracking
from archive._url_parts import (
    DEFAULT_PORTS,
    MAX_URL_LENGTH,
    NUMERIC_END,
    SPLIT,
    ascii_host,
    clean,
    split,
)

if TYPE_CHECKING:
    from tldextract import TLDExtract

__all__ = [
    "MAX_URL_LENGTH",
    "canonical",
    "host",
    "is_private",
    "normalise",
    "origin",
    "registrable_domain",
    "surt",
]

_AMP_PATH_LIMIT = 2048
"""Characters of a path past which no AMP twin is looked for: keeps `canonical` linear on hostile input."""

_PCHAR = r"A-Za-z0-9\-._~!$&'()*+,;=:@"
_LEGAL_PATH = re.compile(rf"[{_PCHAR}/]*")
_LEGAL_QUERY = re.compile(rf"[{_PCHAR}/?]*")
_IN_PATH = re.compile(rf"%([0-9A-Fa-f]{{2}})|([^{_PCHAR}/])")
_IN_QUERY = re.compile(rf"%([0-9A-Fa-f]{{2}})|([^{_PCHAR}/?])")
_ILLEGAL_PATH = re.compile(rf"[^{_PCHAR}/%]+")
_ILLEGAL_QUERY = re.compile(rf"[^{_PCHAR}/?%\[\]]+")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

_SESSION_ID = re.compile(r";(?:jsessionid|phpsessid)=[^/;]*", re.IGNORECASE)
_ASP_SESSION_ID = re.compile(r"/\((?:[AFS]\([0-9A-Za-z]{20,}\))+\)(?=/|$)")
"""A segment of its own: ASP.NET without cookies."""
_QUERY_SESSION_ID = re.compile(
    r"(?:(?<=&)|^)(?:(?:jsessionid|phpsessid|sid)=[0-9a-z]{32}|aspsessionid[a-z]{8}=[a-z]{24}|"
    r"cfid=[^&]+&cftoken=[^&]+)(?:&|$)"
)
_SLASHES = re.compile("//+")
_PLAIN = re.compile(r"[!-\"$&-~]*")
_ESCAPE_ROUNDS = 64
"""Times an escape of an escape is undone in a SURT: a bound for hostile URLs."""
_ARTICLE_SEGMENT = re.compile(r"[-_0-9%.]")
_LOCAL_NAMES = re.compile(
    r"(?:.*\.)?(?:localhost|localdomain|local|internal|home\.arpa|ip6-localhost|ip6-loopback)"
)


def canonical(url: str) -> str:
    """The identity of a page: equal for the addresses that show the same article.

    Scheme and host in lower case, the host as A-labels, default port, credentials and fragment dropped;
    percent escapes normalised; dot segments resolved; tracking parameters and session ids dropped, the others
    in their order; AMP addresses turned into those of their twins. http and https are one identity, written
    `https`: sites moved from one to the other without a change of content, and an archive spans the move. A
    trailing slash stays, since servers may tell the two apart; `www.` stays too.

    Args:
        url: any text. What is not an http(s) URL comes back trimmed and otherwise as it was.

    Returns:
        The canonical form; `canonical(canonical(url)) == canonical(url)`. Not meant to be fetched.
    """
    text = clean(url)
    parts = split(text)
    if parts is None:
        return text
    path = parts.path
    if not _LEGAL_PATH.fullmatch(path):
        path = _IN_PATH.sub(_renormalise, path)
    if ";" in path:
        path = _SESSION_ID.sub("", path)
    path = _without_asp_session(_without_dot_segments(path))
    if "amp" in path and len(path) <= _AMP_PATH_LIMIT:
        path = _without_amp(path)
    host = parts.host
    if host.startswith("amp.") and _is_article_path(path):
        host = _amp_twin_host(host)
    # Port 443 goes from http: as well, or the form would change when read again as https.
    port = f":{parts.port}" if parts.port and parts.port != "443" else ""
    query = _canonical_query(parts.query) if parts.query else ""
    return f"https://{host}{port}{path}{query}"


def normalise(url: str, base: str | None = None) -> str | None:
    """A fetchable absolute URL from an href as found.

    Repairs what browsers repair: blanks around it, line breaks within, backslashes, characters that must be
    escaped, host names in other scripts. Existing escapes stay as they are, since some servers tell `%2F`
    from `%2f`; the fragment goes, since it is never sent.

    Args:
        url: the href, its HTML entities already decoded.
        base: the absolute URL that relative ones are relative to.

    Returns:
        An http or https URL of at most `MAX_URL_LENGTH` characters, or None: another scheme, malformed,
        too long, relative without a base, or with credentials in it (which would be archived).
    """
    text = clean(url)
    if len(text) > MAX_URL_LENGTH:
        return None
    text = text.replace("\\", "/")
    parts = split(text)
    if parts is None:
        absolute = _resolve(text, base) if base is not None else None
        parts = split(absolute) if absolute is not None else None
    if parts is None or parts.userinfo or not _is_port(parts.port) or parts.host in DEFAULT_PORTS:
        return None  # a host called "http" comes from http://http://example.com/
    path = _ILLEGAL_PATH.sub(_escape_run, parts.path)
    query = "?" + _ILLEGAL_QUERY.sub(_escape_run, parts.query) if parts.query else ""
    port = f":{parts.port}" if parts.port else ""
    result = f"{parts.scheme}://{parts.host}{port}{_without_dot_segments(path)}{query}"
    return result if len(result) <= MAX_URL_LENGTH else None


def host(url: str) -> str:
    """The host of an http(s) URL: lower case, A-labels, no port, IPv6 without brackets; "" for none."""
    parts = split(clean(url))
    return parts.host.strip("[]") if parts else ""


def origin(url: str) -> str:
    """Scheme, host and non-default port (RFC 6454), e.g. `https://example.org:8443`; "" for none."""
    parts = split(clean(url))
    if parts is None:
        return ""
    return f"{parts.scheme}://{parts.host}" + (f":{parts.port}" if parts.port else "")


def surt(url: str) -> str:
    """The sort-friendly form of a URL, as CDXJ indexes key it: `org,example)/path?a=1&b=2`.

    Agrees with what replay tools compute, so that they find what is indexed here: scheme and `www.` dropped,
    everything in lower case, host reversed, escapes undone as far as they go, runs of slashes made one, the
    path's trailing slash and session ids of the query dropped, its parameters sorted. Unlike `canonical` it
    keeps tracking parameters. What is not http(s) is lower-cased.
    """
    text = clean(url)
    parts = split(text)
    if parts is None:
        return text.lower()
    path = _without_dot_segments(_SLASHES.sub("/", _minimal(parts.path).lower()))
    if len(path) > 1:
        path = path.removesuffix("/")
    query = _QUERY_SESSION_ID.sub("", _minimal(parts.query).lower()) if parts.query else ""
    query = "&".join(sorted(query.split("&")))
    port = f":{parts.port}" if parts.port else ""
    return f"{_reversed_host(parts.host)}{port}){path}" + (f"?{query}" if query else "")


@lru_cache(maxsize=4096)
def registrable_domain(host: str) -> str:
    """The domain one registers: `example.co.uk` for `www.example.co.uk`.

    By the public suffix list that tldextract carries, private suffixes included (each blog of `blogspot.com`
    is a site of its own); nothing is fetched and nothing cached on disk. Under a suffix that is not listed it
    is the last two labels, the list's own default. An IP literal, a single label and a public suffix itself
    come back as they are.

    Args:
        host: as `host()` gives it.
    """
    if ":" in host or NUMERIC_END.fullmatch(host):
        return host
    found = _suffix_list()(host)
    if found.suffix:
        return f"{found.domain}.{found.suffix}" if found.domain else host
    return ".".join(host.split(".")[-2:])


def is_private(host: str) -> bool:
    """Whether a host looks private: an address not globally reachable, or a name for this machine.

    Names are not resolved: what a name resolves to must be asked again of the address that is connected to.

    Args:
        host: a host name or IP literal, IPv6 with or without brackets. IPv4 is read as resolvers read it:
            `127.1`, `0x7f000001` and `2130706433` are all 127.0.0.1.
    """
    name = ascii_host(host) if ":" not in host else host.strip("[]").partition("%")[0]
    if name is None:
        return False
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return bool(_LOCAL_NAMES.fullmatch(name))
    return not _is_global(address)


def _is_global(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in ipaddress.IPv6Network("64:ff9b::/96"):  # NAT64, RFC 6052
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return _is_global(inner)
    return address.is_global and not address.is_multicast


@lru_cache(maxsize=1)
def _suffix_list() -> TLDExtract:
    # Imported when first asked for: tldextract brings requests along, 0.12 s that a search need not pay.
    from tldextract import TLDExtract  # noqa: PLC0415

    return TLDExtract(cache_dir=None, suffix_list_urls=(), include_psl_private_domains=True)


def _is_port(port: str) -> bool:
    return not port or (len(port) <= 5 and 0 < int(port) <= 0xFFFF)


def _resolve(reference: str, base: str) -> str | None:
    """RFC 3986, section 5.2.2, for references without a scheme of their own."""
    context = SPLIT.fullmatch(clean(base))
    match = SPLIT.fullmatch(reference)
    if context is None or match is None or context[1] is None or context[2] is None or match[1] is not None:
        return None
    _, authority, path, query = match.groups()
    prefix = f"{context[1]}://{context[2]}"
    if authority is not None:
        return f"{context[1]}:{reference}"
    suffix = f"?{query}" if query is not None else ""
    if not path:
        kept = "" if context[4] is None else f"?{context[4]}"
        return f"{prefix}{context[3]}{suffix or kept}"
    if path.startswith("/"):
        return f"{prefix}{path}{suffix}"
    folder = context[3].rpartition("/")[0]
    return f"{prefix}{folder}/{path}{suffix}"


def _renormalise(match: re.Match[str]) -> str:
    """An escape in its normal form (RFC 3986, section 6.2.2), an illegal character escaped."""
    digits: str | None = match[1]
    if digits is None:
        return _escaped(match[2])
    char = chr(int(digits, 16))
    return char if char in _UNRESERVED else f"%{digits.upper()}"


def _minimal(text: str) -> str:
    """All escapes undone, however nested; then only the invisible, the non-ASCII, # and % escaped."""
    if _PLAIN.fullmatch(text):
        return text
    raw = text.encode("utf-8")
    for _ in range(_ESCAPE_ROUNDS):
        undone = unquote_to_bytes(raw)
        if undone == raw:
            break
        raw = undone
    return "".join(chr(byte) if 0x20 < byte < 0x7F and byte not in b"#%" else f"%{byte:02X}" for byte in raw)


def _escape_run(match: re.Match[str]) -> str:
    return _escaped(match[0])


def _escaped(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode("utf-8"))


def _without_dot_segments(path: str) -> str:
    """RFC 3986, section 5.2.4, for a path that begins with a slash."""
    if "/." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in {".", ".."}:
        kept.append("")
    return "/" + "/".join(kept)


def _canonical_query(query: str) -> str:
    if not _LEGAL_QUERY.fullmatch(query):
        query = _IN_QUERY.sub(_renormalise, query)
    kept = [pair for pair in query.split("&") if pair and not is_tracking(pair)]
    return "?" + "&".join(kept) if kept else ""


def _without_asp_session(path: str) -> str:
    return (_ASP_SESSION_ID.sub("", path) or "/") if "/(" in path else path


def _without_amp(path: str) -> str:
    """The path of an AMP page's twin: `/slug/amp/`, `/amp/slug`, `/slug.amp.html`, `/slug.amp` lose the amp.

    Only where what remains looks like an article, so that a section or tag called `amp` stays itself.
    """
    while (twin := _one_amp_less(_without_asp_session(path))) != path:
        path = twin
    return path


def _one_amp_less(path: str) -> str:
    stem, dot, extension = path.rpartition(".amp")
    if dot and extension in {"", ".html", ".htm"} and stem.rpartition("/")[2].strip("."):
        return stem + extension
    segments = path.split("/")
    slash = segments[-1] == "" and len(segments) > 2
    inner = segments[1:-1] if slash else segments[1:]
    while len(inner) > 1 and inner[-1] == "amp":
        inner.pop()
    if inner and inner[0] == "amp":
        del inner[0]
    twin = "/" + "/".join(inner) + ("/" if slash and inner else "")
    return twin if _is_article_path(twin) else path


def _is_article_path(path: str) -> bool:
    """Whether the last segment is a slug, a number or a file, not one plain word."""
    return bool(_ARTICLE_SEGMENT.search(path.rstrip("/").rpartition("/")[2]))


def _amp_twin_host(name: str) -> str:
    """`amp.example.org` mirrors `www.example.org`; `amp.sport.example.org` mirrors `sport.example.org`."""
    while name.startswith("amp."):
        rest = name[4:]
        if registrable_domain(name) == name:
            return name  # "amp" is the site's own name: amp.dev, amp.com.au
        if registrable_domain(rest) == rest:
            return f"www.{rest}"
        name = rest
    return name


def _reversed_host(name: str) -> str:
    if name.startswith("["):
        return name.strip("[]")
    return ",".join(reversed(re.sub(r"^www\d*\.", "", name).split(".")))
