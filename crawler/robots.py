"""robots.txt by RFC 9309: what a site asks of crawlers, and what follows when it cannot be had.

protego matches paths. The grouping of rules is our own, since protego departs from the RFC there:

* It takes `User-agent: war` for a group of `warraq` (it looks for the group's name inside the crawler's), and
  does not take `User-agent: warraq/1.0`. Here product tokens are compared whole, without regard to case
  (section 2.2.1).
* A line it does not know between two User-agent lines parts their group; the RFC's grouping is by Allow and
  Disallow alone, and other records must not interfere (section 2.2.4).
* It ends lines at U+2028, U+0085, form feeds and more; here they end at CR, LF and CRLF (section 2.2).
* It reads an address with two leading slashes as one of a host, and raises on a malformed host.

Left as protego has it: `Allow: /x/index.html` also allows `/x/`, as Google's parser has it and site owners
mean it; a `$` at a pattern's end also stands for a literal `$` there, and escapes of bytes that are not UTF-8
count as equal to each other, which concerns addresses that hardly occur.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from protego import Protego

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 500 * 1024
"""Bytes that are read: what RFC 9309, section 2.5, asks for at least; nobody's file is longer in earnest."""

Standing = Literal["rules", "absent", "unreachable"]
"""`absent`: there is no such file, so all is allowed (4xx, the RFC's "unavailable status"; section 2.3.1.3).
`unreachable`: the server is in trouble, so all is disallowed until it answers (5xx; section 2.3.1.4)."""

MAX_DELAYED_TOKENS = 1_000
"""Tokens of one group that a Crawl-delay is kept for."""

_ANY = "*"
_BOM = b"\xef\xbb\xbf"
_LINE_END = re.compile(r"\r\n|\r|\n")
_EXOTIC_LINE_ENDS = re.compile("[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_INVALID_BYTES = re.compile("[\udc80-\udcff]")
_TOKEN = re.compile(r"[a-z_-]+")
_AUTHORITY = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")

# Spellings that Google's parser takes as well (google/robotstxt, kAllowFrequentTypos).
_FIELDS = {
    "user-agent": "agent", "useragent": "agent", "user agent": "agent",
    "allow": "allow",
    "disallow": "disallow", "dissallow": "disallow", "dissalow": "disallow", "disalow": "disallow",
    "diasllow": "disallow", "disallaw": "disallow",
    "crawl-delay": "delay", "crawldelay": "delay",
    "sitemap": "sitemap", "site-map": "sitemap", "sitemaps": "sitemap",
}  # fmt: skip


@dataclass(slots=True)
class _Group:
    """User-agent lines and the rules below them; those that name one token merge (section 2.2.1)."""

    tokens: set[str] = field(default_factory=set)
    rules: list[str] = field(default_factory=list)
    delays: dict[str, float] = field(default_factory=dict)
    """Token -> seconds: a Crawl-delay is for the tokens above it alone."""


@dataclass(frozen=True, slots=True)
class RobotsRules:
    """The rules of one host, as of one answer; cheap to make again from the stored bytes."""

    standing: Standing
    sitemaps: tuple[str, ...] = ()
    """As written, in their order."""
    _groups: tuple[_Group, ...] = field(default=(), repr=False)
    _matchers: dict[str, Protego] = field(default_factory=dict, repr=False, compare=False)
    """Made when a token first asks: a file may name thousands of tokens, a crawler has one."""

    @classmethod
    def parse(cls, body: bytes, *, status: int | None) -> RobotsRules:
        """Read an answer.

        Args:
            body: the answer's content, its codings undone; read only where `status` is 2xx.
            status: after redirects, of which the caller follows at least five; None where no answer came.
                429 counts as unreachable: the RFC lets a crawler in, but a server that says "too many
                requests" to the first one means stay out for now.
        """
        if status is None or status >= 500 or status == 429 or status < 200:
            return cls("unreachable")
        if status >= 300:
            return cls("absent")
        groups, sitemaps = _grouped(_directives(_text(body)))
        return cls("rules", tuple(sitemaps), tuple(groups))

    @property
    def unavailable(self) -> bool:
        """The rules could not be had (5xx, no answer): stay out, and ask again later.

        Not what the RFC calls an unavailable status, a 4xx, which allows everything.
        """
        return self.standing == "unreachable"

    def allows(self, url: str, user_agent_token: str) -> bool:
        """Whether a crawler may fetch a URL of this host.

        Args:
            url: absolute, percent-encoded.
            user_agent_token: the crawler's product token, e.g. `warraq`: letters, `-` and `_`.
        """
        path = _AUTHORITY.sub("", url, count=1).partition("#")[0]
        if path.partition("?")[0] == "/robots.txt":
            return True
        if self.standing != "rules":
            return not self.unavailable
        if not path.startswith("/"):
            path = f"/{path}"
        return bool(self._matcher(self._name(user_agent_token)).can_fetch(f"http://host{path}", _ANY))

    def crawl_delay(self, token: str) -> float | None:
        """Seconds between two requests that the token's group asks for, or that of `*` where it has none.

        Not in the RFC; the widely kept extension. The longest counts where there are several.
        """
        name = self._name(token)
        return max((group.delays[name] for group in self._groups if name in group.delays), default=None)

    def _name(self, user_agent: str) -> str:
        """The token whose groups count: the crawler's own, or `*` where it has none."""
        own = _token(user_agent)
        return own if own is not None and any(own in group.tokens for group in self._groups) else _ANY

    def _matcher(self, name: str) -> Protego:
        matcher = self._matchers.get(name)
        if matcher is None:
            rules = (rule for group in self._groups if name in group.tokens for rule in group.rules)
            matcher = self._matchers[name] = Protego.parse("\n".join((f"User-agent: {_ANY}", *rules)))
        return matcher


def _text(body: bytes) -> str:
    """Decode UTF-8, bytes that are none as their escapes; a rule that the limit cuts in two is dropped."""
    if len(body) > MAX_BYTES:
        body = body[:MAX_BYTES]
        end = max(body.rfind(b"\n"), body.rfind(b"\r"))
        body = body[: end + 1]
    text = body.removeprefix(_BOM).decode("utf-8", "surrogateescape")
    text = _INVALID_BYTES.sub(lambda match: f"%{ord(match[0]) - 0xDC00:02X}", text)
    return _EXOTIC_LINE_ENDS.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), text)


def _directives(text: str) -> Iterator[tuple[str, str]]:
    """The known fields of a file, in their order, with their values; values may be empty."""
    for line in _LINE_END.split(text):
        stated = line.partition("#")[0].strip(" \t\0")
        name, colon, value = stated.partition(":")
        if not colon:  # "Disallow /x", which Google's parser takes where it is two words
            name, _, value = stated.partition(" ")
            if len(value.split()) != 1:
                continue
        known = _FIELDS.get(name.strip().lower())
        if known is not None:
            yield known, value.strip()


def _grouped(directives: Iterator[tuple[str, str]]) -> tuple[list[_Group], list[str]]:
    """The groups in their order, and the sitemaps."""
    groups: list[_Group] = []
    sitemaps: list[str] = []
    current = _Group()
    in_rules = False
    for name, value in directives:
        if name == "sitemap":
            if value:
                sitemaps.append(value)
        elif name == "agent":
            if in_rules or not groups:
                current, in_rules = _Group(), False
                groups.append(current)
            if (token := _token(value)) is not None:
                current.tokens.add(token)
        elif name == "delay":
            _set_delay(current, value)
        else:
            in_rules = True
            if value:  # an empty Disallow says nothing, and so allows
                current.rules.append(f"{name.capitalize()}: {value}")
    return groups, sitemaps


def _set_delay(group: _Group, value: str) -> None:
    try:
        seconds = float(value)
    except ValueError:
        return
    if math.isfinite(seconds) and seconds >= 0:
        for token in group.tokens if len(group.tokens) <= MAX_DELAYED_TOKENS else ():
            group.delays[token] = max(seconds, group.delays.get(token, 0.0))


def _token(value: str) -> str | None:
    """The product token that a text begins with: `Warraq/1.0 (x)` is `warraq`; None where it has none."""
    lowered = value.lower()
    if lowered.startswith(_ANY):
        return _ANY
    match = _TOKEN.match(lowered)
    return match[0] if match else None
