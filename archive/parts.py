"""Articles on several pages: how the address of a further page follows from that of the first.

WordPress (`<!--nextpage-->`) appends `/2/`, others `?page=2`. That the rest of the address stays the same is what
tells a further page of one article from the next article, which sites also link as "next".
"""

from __future__ import annotations

import re

from archive.urls import canonical

MAX_PARTS = 99
"""Two digits: a longer number at an address's end is an id or a year."""

_IN_PATH = re.compile(r"(?P<first>.*/[^/]+?/?)/(?P<number>[1-9]\d?)(?P<slash>/?)")
_IN_QUERY = re.compile(r"(?:^|&)(?:page|pagina|seite|pg)=(?P<number>[1-9]\d?)(?=&|$)")


def split(url: str) -> tuple[str, int] | None:
    """The first page's address and the number of a page whose address looks like that of a further one.

    What looks so may be something else: `/news/12` is as often the twelfth article.
    """
    path, mark, query = url.partition("?")
    found = _IN_QUERY.search(query)
    if found is not None:
        rest = (query[: found.start()] + query[found.end() :]).lstrip("&")
        number = int(found["number"])
        return (f"{path}?{rest}" if rest else path, number) if number > 1 else None
    scheme, _, rest = path.partition("://")
    named = _IN_PATH.fullmatch(rest)
    if named is None or int(named["number"]) == 1:
        return None
    return f"{scheme}://{named['first']}{named['slash']}{mark}{query}", int(named["number"])


def part_number(url: str, first: str) -> int | None:
    """Which page of an article an address is of: 1 for the first page itself, None for another article's.

    Args:
        url: absolute.
        first: address of the article's first page, absolute.
    """
    url, first = canonical(url), canonical(first)
    if _key(url) == _key(first):
        return 1
    found = split(url)
    return found[1] if found is not None and _key(found[0]) == _key(first) else None


def _key(url: str) -> str:
    """Sites write the first page with a slash at its end and the others without, or the other way round."""
    path, mark, query = url.partition("?")
    return path.rstrip("/") + mark + query
