"""What an article is about: its section, and the topics its publisher files it under."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from archive.extract.markup import jsonld
from archive.extract.markup.entities import unescape
from archive.extract.vocabulary import key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archive.extract.markup.head import Head
    from archive.extract.markup.jsonld import LinkedData, Node
    from archive.extract.page import Page

Found = tuple[str, str]
"""A value and where it was found."""

LIST_SEPARATORS: Final = re.compile(r"(?:(?<!\s)\s++)?[,;،؛、]\s*+")
MAX_TOPICS: Final = 50
MAX_TOPIC_CHARACTERS: Final = 100
"""A longer one is a sentence of the text."""

MAX_STEPS: Final = 20
MAX_STEP_CHARACTERS: Final = 50
"""A longer name is the article's own."""

KIND: Final = re.compile(
    r"^(?:[\w ]{1,20} )?(?:category|section|tag|topic|keyword)s?\s*[:/]\s*", re.IGNORECASE
)
"""Of "Category: Space" and "topic/floods": what kind of topic it is, said by a template."""

CODE: Final = re.compile(
    r"^(?:[@_/]"  # @river, _no-apple-news, /article: orders to the publisher's own system
    r"|[A-Za-z][\w-]*+:\S"  # adnode:culture: machine tags
    r"|[A-Za-z0-9]++_\w++$"  # type_news
    r"|\d{5,}+$|[0-9a-f]{8}-[0-9a-f]{4}-|[0-9a-f]{16,}+$)"  # numbers of a database, UUIDs, digests
)
"""How an entry begins that is meant for the publisher's programs. Eighteen of some 150 publishers write such ones among
their keywords, for readers none of them."""

QUOTES: Final = " \t\"'“”„«»‘’#"


def read_topics(linked: LinkedData, head: Head, tags: list[str]) -> tuple[tuple[str, ...], str | None]:
    """The topics, and where they were found: the first of JSON-LD, <meta> and links that has any.

    Args:
        linked: the page's JSON-LD.
        head: the page's head.
        tags: texts of links with rel=tag.
    """
    chain = (
        (jsonld.texts(linked.article.get("keywords")), "json-ld:keywords"),
        (list(head.meta.get("article:tag", ())), "meta:article:tag"),
        (tags, "rel:tag"),
        (list(head.meta.get("news_keywords", ())), "meta:news_keywords"),
        (list(head.meta.get("keywords", ())), "meta:keywords"),
    )
    for found, source in chain:
        topics = tuple(dict.fromkeys(_topics(found)))
        if topics:
            return topics[:MAX_TOPICS], source
    return (), None


def _topics(found: list[str]) -> Iterator[str]:
    said = [unescape(entry) for entry in found]
    # One entry is a list as often as a topic; of several, "Paris, Texas" is one.
    are_lists = all(map(LIST_SEPARATORS.search, said))
    for entry in said:
        for part in LIST_SEPARATORS.split(entry) if are_lists else [entry]:
            named = KIND.sub("", part.strip())
            topic = named.strip(QUOTES)
            if key(topic) and len(topic) <= MAX_TOPIC_CHARACTERS and not CODE.match(named):
                yield topic


def read_section(
    linked: LinkedData, head: Head, page: Page, visible: list[str], titles: list[str]
) -> Found | None:
    """The section, as JSON-LD, <meta>, the feed, a link or the way to the page says it.

    Args:
        linked: the page's JSON-LD.
        head: the page's head.
        page: with what its feed said.
        visible: texts of links with rel="category tag".
        titles: all that the page puts forward as its title.
    """
    hinted = page.provenance.section
    if hinted and page.is_file:
        return hinted, f"provenance:{page.provenance.role}"
    said = jsonld.text(linked.article.get("articleSection"))
    if said:
        return said, "json-ld:articleSection"
    named = head.first("article:section", "og:article:section", "parsely-section", "section")
    if named:
        return named[1], f"meta:{named[0]}"
    if hinted:
        return hinted, f"provenance:{page.provenance.role}"
    if visible:
        return visible[0], "rel:category"
    last = _last_step(linked, titles)
    return (last, "json-ld:BreadcrumbList") if last else None


def _last_step(linked: LinkedData, titles: list[str]) -> str | None:
    """Where the way from the front page to the article ends: in "Home > Sport > Football > Headline" before the last.

    A way of one step leads no farther than the front page.
    """
    known = {key(title) for title in titles}
    for node in linked.nodes:
        if "breadcrumblist" in jsonld.types_of(node):
            steps = _steps(node)
            if steps and (len(steps[-1]) > MAX_STEP_CHARACTERS or key(steps[-1]) in known):
                steps.pop()
            return steps[-1] if len(steps) > 1 else None
    return None


def _steps(way: Node) -> list[str]:
    entries = way.get("itemListElement")
    named = (
        jsonld.text(entry.get("name")) or jsonld.text(entry.get("item"))
        for entry in (entries if isinstance(entries, list) else [])[:MAX_STEPS]
        if isinstance(entry, dict)
    )
    return [name for name in named if name]
