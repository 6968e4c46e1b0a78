"""schema.org in JSON-LD: the page's article among the nodes of its scripts.

Sources: JSON-LD 1.1 (W3C, section 7.2: data blocks in HTML), https://schema.org/Article.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from archive.extract.markup.entities import unescape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lxml.html import HtmlElement

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None
Node = dict[str, Json]

MAX_SCRIPT_CHARACTERS = 2_000_000
"""A script past this size is left unread."""

MAX_NODES = 2_000
"""Nodes looked at on one page; the largest live blogs have some hundred."""

MAX_ENTRIES = 200
"""Entries of one list that are looked at."""

MAX_DEPTH = 12
"""Of nested values followed; deeper ones are left unread."""

ARTICLE_TYPES = {
    "newsarticle": 0, "reportagenewsarticle": 0, "analysisnewsarticle": 0, "opinionnewsarticle": 0,
    "backgroundnewsarticle": 0, "reviewnewsarticle": 0, "asknewsarticle": 0, "advertisercontentarticle": 0,
    "satiricalarticle": 0, "liveblogposting": 0, "article": 1, "blogposting": 1, "report": 1,
    "scholarlyarticle": 1, "socialmediaposting": 2, "techarticle": 1, "review": 2, "claimreview": 3,
    "videoobject": 4, "webpage": 5,
}  # fmt: skip
"""Types that can be the page's article, the surest first."""

NESTING = (
    "@graph",
    "mainEntity",
    "mainEntityOfPage",
    "itemListElement",
    "hasPart",
    "isPartOf",
    "item",
    "subjectOf",
)
"""Properties below which further nodes lie."""

MAX_MARKS = 8
"""Each costs a copy of the script: a megabyte of `/*` is no JSON."""
OPENERS = ("/*", "//", "<!--", "<![CDATA[", "*/")
CLOSERS = ("*/", "//", "-->", "]]>", "/*", ";")
"""What old templates put around a script's text, so that old browsers would not show it."""

BLOCK_TAG = re.compile(r"</?(?:p|br|div|li|h\d|blockquote|ul|ol|tr)\b", re.IGNORECASE)
TAG = re.compile(r"<[^<>]{0,500}>")
BESIDE_PATH = re.compile(r"^https?://[^/]*+|[?#].*+", re.DOTALL)
"""What a URL has before its path and after it."""
TRAILING_COMMA = re.compile(r",\s{0,200}([}\]])")


@dataclass(frozen=True, slots=True)
class LinkedData:
    """What a page's JSON-LD says."""

    article: Node
    """The node of the page's article; empty where there is none."""
    nodes: tuple[Node, ...] = ()
    """All nodes, outer before inner."""


def read(scripts: list[str], url: str) -> LinkedData:
    """Read the page's JSON-LD scripts; one that is broken beyond repair counts as absent."""
    nodes = list(islice((node for script in scripts for node in _nodes(_load(script), 0)), MAX_NODES))
    candidates = [
        (_rank(node, url), index) for index, node in enumerate(nodes) if _rank(node, url) is not None
    ]
    best = min(candidates, default=None, key=lambda entry: (entry[0] or (9, 9), entry[1]))
    return LinkedData(nodes[best[1]] if best else {}, tuple(nodes))


def scripts_of(root: HtmlElement) -> list[str]:
    """The texts of a page's JSON-LD scripts."""
    return [
        text
        for script in root.iter("script")
        if "ld+json" in (script.get("type") or "").lower()
        and (text := script.text)
        and len(text) <= MAX_SCRIPT_CHARACTERS
    ]


def _load(script: str) -> Json:
    text = _unwrapped(script)
    for mend in (str, _without_trailing_commas, unescape):
        try:
            # strict=False: raw line ends inside strings, the commonest fault of hand-made templates
            value: Json = json.loads(mend(text), strict=False)
        except (ValueError, RecursionError):
            continue
        return value
    return None


def _without_trailing_commas(text: str) -> str:
    return TRAILING_COMMA.sub(r"\1", text)


def _unwrapped(script: str) -> str:
    """A script's text without the marks of comments and CDATA sections around it."""
    text = script.strip()
    for _ in range(MAX_MARKS):
        text = text.removeprefix(next((mark for mark in OPENERS if text.startswith(mark)), "")).lstrip()
        text = text.removesuffix(next((mark for mark in CLOSERS if text.endswith(mark)), "")).rstrip()
    return text


def _nodes(value: Json, depth: int) -> Iterator[Node]:
    if depth > MAX_DEPTH:
        return
    if isinstance(value, list):
        for entry in value[:MAX_NODES]:
            yield from _nodes(entry, depth + 1)
    elif isinstance(value, dict):
        yield value
        for key in NESTING:
            if key in value:
                yield from _nodes(value[key], depth + 1)


def types_of(node: Mapping[str, Json]) -> tuple[str, ...]:
    """A node's types, lower-case, without their vocabulary's URL."""
    value = node.get("@type")
    names = value if isinstance(value, list) else [value]
    return tuple(
        name.rsplit("/", 1)[-1].rsplit(":", 1)[-1].lower() for name in names if isinstance(name, str)
    )


def _rank(node: Node, url: str) -> tuple[int, int] | None:
    ranks = [ARTICLE_TYPES[name] for name in types_of(node) if name in ARTICLE_TYPES]
    if not ranks:
        return None
    about = _is_about(node, url)
    # A page with nothing but a name is a step of the way there: "Home", "Sports".
    named = ("name",) if about or min(ranks) != ARTICLE_TYPES["webpage"] else ()
    if not any(node.get(key) for key in ("headline", "datePublished", "articleBody", *named)):
        return None
    return min(ranks), 0 if about else 1


def _is_about(node: Node, url: str) -> bool:
    path = _path(url)
    named = [
        *texts(node.get("url")),
        *texts(node.get("@id")),
        *texts(node.get("mainEntityOfPage"), key="@id"),
    ]
    return any(_path(name) == path for name in named)


def _path(url: str) -> str:
    return BESIDE_PATH.sub("", url).rstrip("/")


def texts(value: Json, key: str = "name") -> list[str]:
    """All plain strings of a value: a string, a list of strings, or nodes that bear it under `key`."""
    return list(_texts(value, key, 0))


def _texts(value: Json, key: str, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        text = unescape(value).strip()
        if text:
            yield text
    elif depth > MAX_DEPTH:
        return
    elif isinstance(value, list):
        for entry in value[:MAX_ENTRIES]:
            yield from _texts(entry, key, depth + 1)
    elif isinstance(value, dict):
        inner = value.get(key, value.get("@value"))
        if not isinstance(inner, dict):
            yield from _texts(inner, key, depth + 1)


def text(value: Json, key: str = "name") -> str | None:
    """The first plain string of a value, or None."""
    found = texts(value, key)
    return found[0] if found else None


def paragraphs(text: str) -> list[str]:
    """The paragraphs of an articleBody, which may hold tags and has line ends or none."""
    plain = TAG.sub(lambda tag: "\n" if BLOCK_TAG.match(tag[0]) else "", text)
    return [line for part in plain.split("\n") if (line := " ".join(part.split()))]
