"""Whether an article is for subscribers, as its publisher says to search engines and social networks.

Sources: isAccessibleForFree, of the article or of a part of it
(https://developers.google.com/search/docs/appearance/structured-data/paywalled-content), and article:content_tier
(https://developers.facebook.com/docs/instant-articles/subscriptions/content-tiering: free, metered, locked).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archive.extract.markup.head import Head
    from archive.extract.markup.jsonld import Json, LinkedData

_TRUE = frozenset({"true", "yes", "1"})
_FALSE = frozenset({"false", "no", "0"})
_TIERS = {"free": False, "metered": True, "locked": True}


def read_paywalled(linked: LinkedData, head: Head) -> tuple[bool, str] | None:
    """Whether some of an article is for subscribers, and where that was said; None where nothing was."""
    said = [_free(linked.article.get("isAccessibleForFree"))]
    parts = linked.article.get("hasPart")
    said += [
        _free(part.get("isAccessibleForFree"))
        for part in (parts if isinstance(parts, list) else [parts])
        if isinstance(part, dict)
    ]
    # A part that is not free makes the whole no free article, and the other way about.
    told = [free for free in said if free is not None]
    if told:
        return not all(told), "json-ld:isAccessibleForFree"
    for value in head.meta.get("article:content_tier", ()):
        if value.lower() in _TIERS:
            return _TIERS[value.lower()], "meta:article:content_tier"
    for value in head.meta.get("isaccessibleforfree", ()):
        free = _free(value)
        if free is not None:
            return not free, "meta:isAccessibleForFree"
    return None


def _free(value: Json) -> bool | None:
    """A boolean, which half of all templates write as a string, as True, false or http://schema.org/False."""
    word = str(value).rsplit("/", 1)[-1].strip().lower()
    return True if word in _TRUE else False if word in _FALSE else None
