"""What a page's head says: <meta>, <link>, <title>, each name once with all its values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lxml.html import HtmlElement

MAX_VALUE_CHARACTERS = 20_000
MAX_VALUES = 200
"""Of one name, the first: the most that pages have are some dozen tags, and each may be read as a date."""


@dataclass(frozen=True, slots=True)
class Head:
    """Meta values by lower-case name, property or itemprop; links by rel; the title element's text."""

    meta: Mapping[str, tuple[str, ...]]
    links: Mapping[str, tuple[str, ...]]
    """As written, not resolved."""
    title: str
    language: str | None
    """The lang attribute of <html>."""

    def first(self, *names: str) -> tuple[str, str] | None:
        """The first of these names that has a value, as (name, value)."""
        for name in names:
            for value in self.meta.get(name, ()):
                return name, value
        return None


def read_head(root: HtmlElement) -> Head:
    """Read a page's head; tags that strayed into the body count too."""
    meta: dict[str, list[str]] = {}
    links: dict[str, list[str]] = {}
    title = ""
    for element in root.iter("meta", "link", "title"):
        if element.tag == "meta":
            _add_meta(element, meta)
        elif element.tag == "link":
            href = (element.get("href") or "").strip()
            for rel in (element.get("rel") or "").lower().split():
                if href:
                    _add(links, rel, href)
        elif not title and (parent := element.getparent()) is not None and parent.tag != "svg":
            title = one_line(element.text_content()[:MAX_VALUE_CHARACTERS])
    return Head(
        {name: tuple(values) for name, values in meta.items()},
        {rel: tuple(values) for rel, values in links.items()},
        title,
        root.get("lang") or root.get("xml:lang"),
    )


def _add_meta(element: HtmlElement, meta: dict[str, list[str]]) -> None:
    value = one_line((element.get("content") or "")[:MAX_VALUE_CHARACTERS])
    if value:
        for attribute in ("property", "name", "itemprop"):
            for name in (element.get(attribute) or "").lower().split():
                _add(meta, name, value)


def _add(found: dict[str, list[str]], name: str, value: str) -> None:
    values = found.setdefault(name, [])
    if len(values) < MAX_VALUES:
        values.append(value)


def one_line(text: str) -> str:
    """A text with its white space folded to single spaces."""
    return " ".join(text.split())


def absolute(base: str, href: str) -> str | None:
    """A link resolved against its page, or None where it is no http(s) URL."""
    try:
        url = urljoin(base, href.strip())
        scheme = urlsplit(url).scheme
    except ValueError:
        return None
    return url if scheme in {"http", "https"} else None
