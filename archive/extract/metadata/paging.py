"""Which page of an article a page is, where the article goes over several."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive import parts, urls
from archive.extract.markup.head import absolute

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

    from archive.extract.page import Page

MAX_LINKS = 20_000
"""Links of a page that are looked at."""


PLACE = re.compile(r"[/=](\d{1,6})(?=/?(?:[&#]|$))")
"""What the address of a further page ends in, or one of its parameters."""


@dataclass(frozen=True, slots=True)
class Part:
    """A page's place among the pages of its article."""

    number: int = 1
    first: str | None = None
    """Address of the article's first page; None where this is it."""
    continues: bool = False
    """Whether a further page follows."""


def read_part(root: HtmlElement, page: Page, canonical_url: str) -> Part:
    """Find a page's place among the pages of its article, by the links between them.

    Args:
        root: the page's tree.
        page: its address, and what the crawl knew of it.
        canonical_url: what the page says its address is.
    """
    first, number = _own(root, page, canonical_url)
    continues = any(
        parts.part_number(url, first or page.url) == number + 1
        for url, _ in _links(root, page.url, number + 1)
    )
    return Part(number, first, continues)


def is_numbered(href: str, number: int) -> bool:
    """Whether a link may lead to an article's page of a number: few others do."""
    digits = str(number)
    # The slash stands for the beginning, which as an alternative in the pattern takes half of its time.
    return digits in href and any(found[1] == digits for found in PLACE.finditer(f"/{href}"))


def identity(part: Part, canonical_url: str, url: str) -> str:
    """The canonical URL of the article that a page is a part of.

    Args:
        part: as `read_part` found.
        canonical_url: what the page says its address is; further pages name themselves, or the first page.
        url: the page's address.
    """
    if part.first is None:
        return canonical_url
    said = parts.split(canonical_url)
    if said is not None and said[1] == part.number:
        return urls.canonical(said[0])
    return canonical_url if canonical_url != urls.canonical(url) else urls.canonical(part.first)


def _own(root: HtmlElement, page: Page, canonical_url: str) -> tuple[str | None, int]:
    """The first page's address and this page's number; (None, 1) of a first page, and of every other article."""
    said = page.provenance.part_of
    number = parts.part_number(page.url, said) if said else None
    if said and number is not None and number > 1:
        return said, number
    looks_like = parts.split(page.url)
    if looks_like is None:
        return None, 1
    first, number = looks_like
    if parts.part_number(canonical_url, first) == 1 or _names_previous(root, page.url, first, number - 1):
        return first, number
    return None, 1


def _names_previous(root: HtmlElement, url: str, first: str, number: int) -> bool:
    """Whether a link that is the previous page's address is told as that: by its rel, or by the number it shows."""
    for linked, element in _links(root, url):
        if parts.part_number(linked, first) == number and (
            "prev" in (element.get("rel") or "").lower().split() or _number_shown(element) == number
        ):
            return True
    return False


def _number_shown(element: HtmlElement) -> int | None:
    text = element.text_content().strip()
    return int(text) if len(text) <= 2 and text.isdecimal() else None


def _links(root: HtmlElement, base: str, number: int | None = None) -> Iterator[tuple[str, HtmlElement]]:
    """The links to the same host, each with its address; to pages of a number alone where one is given."""
    host = urls.host(base)
    for count, element in enumerate(root.iter("a", "link")):
        if count == MAX_LINKS:
            return
        href = (element.get("href") or "").strip()
        if not href or (number is not None and not is_numbered(href, number)):
            continue
        url = absolute(base, href)
        if url is not None and urls.host(url) == host:
            yield url, element
