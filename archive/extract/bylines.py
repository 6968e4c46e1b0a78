"""Who wrote an article, as a list of names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.extract import jsonld
from archive.extract.titles import clean
from archive.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archive.extract.head import Head
    from archive.extract.jsonld import Json, LinkedData

AUTHOR_META = (
    "author", "article:author", "byl", "dc.creator", "dcterms.creator", "parsely-author",
    "sailthru.author", "citation_author", "cxenseparse:author", "vr:author", "authors", "article.author",
    "og:article:author",
)  # fmt: skip
"""Meta names of the author, the surest first."""

MAX_AUTHORS = 20
MAX_NAME_CHARACTERS = 80

PREFIX = re.compile(
    r"^(?:by|von|written by|posted by|author|autor|auteur|text|texte|texto|text von|από|автор|"
    r"view all posts by|posts by|all posts by|more from|voir tous les articles de|alle beiträge von|"
    r"ver todas las entradas de|"
    r"عرض جميع مقالات|عرض كل مقالات|جميع مقالات|مقالات الكاتب|بقلم|بواسطة|كتب|كتبت|كتبه|تحرير|إعداد|المصدر|"
    r"نوشته|نویسنده|تهیه|(?:par|por|di|da|door|av|af|od|oleh)(?=\s+\S+\s+\S))\s*[:：]?\s+",
    re.IGNORECASE,
)
"""What comes before a name; the short prepositions only before two words, since "Da Costa" is a name."""

BETWEEN = re.compile(r"\s*[,;،؛|•·/+&]\s*")
CONJUNCTION = re.compile(r"\s+(?:and|und|et|y|e|en|och|og|i|ve|и|та|και|و)\s+", re.IGNORECASE)
NO_NAME = re.compile(r"^\(|\bimages?\b|https?://|www\.|@|^\W*$|\d|\.(?:com|net|org)/", re.IGNORECASE)
NOBODY = frozenset({
    "admin", "administrator", "editor", "webmaster", "unknown", "none", "null", "undefined", "anonymous",
    "root", "n/a", "no author", "facebook", "twitter", "instagram", "linkedin", "youtube", "whatsapp",
    "telegram", "share", "follow", "staff", "updated", "published",
})  # fmt: skip
"""What templates print where a name should be."""

MARKS = " .,;:-–—|\u200e\u200f"


@dataclass(frozen=True, slots=True)
class Byline:
    """The authors and where they were found."""

    names: tuple[str, ...]
    source: str


def read_authors(
    linked: LinkedData, head: Head, visible: tuple[tuple[str, str], ...], site_names: tuple[str, ...]
) -> Byline | None:
    """Authors from JSON-LD, else <meta>, else visible bylines; the site itself where nobody else is named.

    Args:
        linked: the page's JSON-LD.
        head: the page's head.
        visible: (text, source) of elements that mark an author, in order.
        site_names: names of the site and its publisher.
    """
    sites = tuple(site for name in site_names if len(site := _compact(name)) > 1)
    of_site: Byline | None = None
    for byline in _bylines(linked, head, visible):
        if not all(_compact(name).startswith(sites) for name in byline.names):
            return byline
        of_site = of_site or byline
    return of_site


def _compact(name: str) -> str:
    return re.sub(r"\W|_", "", fold(name))


def _bylines(linked: LinkedData, head: Head, visible: tuple[tuple[str, str], ...]) -> Iterator[Byline]:
    """Each source's authors, the surest first."""
    for key in ("author", "creator", "contributor"):
        names = _names(_linked(linked, linked.article.get(key)))
        if names:
            yield Byline(names, f"json-ld:{key}")
    for name in AUTHOR_META:
        names = _names(list(head.meta.get(name, ())))
        if names:
            yield Byline(names, f"meta:{name}")
    for source in dict.fromkeys(source for _, source in visible):
        names = _names([text for text, from_ in visible if from_ == source])
        if names:
            yield Byline(names, source)


def _linked(linked: LinkedData, value: Json) -> list[str]:
    """Names of a value, following references by @id to other nodes."""
    found: list[str] = []
    for entry in value if isinstance(value, list) else [value]:
        name = jsonld.texts(entry)
        if not name and isinstance(entry, dict) and isinstance(entry.get("@id"), str):
            name = [
                text
                for node in linked.nodes
                if node.get("@id") == entry["@id"]
                for text in jsonld.texts(node.get("name"))[:1]
            ]
        found += name
    return found


def _names(raw: list[str]) -> tuple[str, ...]:
    names: dict[str, str] = {}
    for text in raw[:MAX_AUTHORS]:
        for part in split_names(text):
            names.setdefault(fold(part), part)
    return tuple(names.values())[:MAX_AUTHORS]


def split_names(text: str) -> list[str]:
    """The names in one byline."""
    text = PREFIX.sub("", clean(text)).strip(MARKS)
    if NO_NAME.search(text):
        return []
    parts = [PREFIX.sub("", name).strip(MARKS) for part in BETWEEN.split(text) for name in _joined(part)]
    return [part for part in parts if 1 < len(part) <= MAX_NAME_CHARACTERS and part.lower() not in NOBODY]


def _joined(text: str) -> list[str]:
    """The names that a conjunction joins: full names on both sides, since "Ortega y Gasset" is one."""
    parts = CONJUNCTION.split(text)
    return parts if len(parts) > 1 and all(" " in part.strip() for part in parts) else [text]
