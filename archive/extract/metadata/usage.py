"""What a page says of its use: robots directives and reservations of text and data mining.

Recorded as said, and not weighed: what follows from them is for who uses the archive to decide. Three ways of
saying it are in wide use:

* X-Robots-Tag, a header field for all robots or, as `name: directives`, for one
  (https://developers.google.com/search/docs/crawling-indexing/robots-meta-tag);
* `<meta name="robots">`, or with a robot's own name, where `noarchive` and `nocache` speak of copies kept, and
  `noai` and `noimageai`, which DeviantArt began, of training;
* tdm-reservation and tdm-policy, as header fields and as `<meta>` (W3C TDMRep,
  https://www.w3.org/community/reports/tdmrep/CG-FINAL-tdmrep-20240202/).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from archive.extract.markup.head import one_line
from archive.records import UsagePreference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archive.extract.markup.head import Head
    from archive.records import Headers

ROBOTS_TOKEN: Final = "warraq"  # noqa: S105  (a product token)
"""Who we are to robots directives, whatever User-Agent a crawl was told to send: the same bytes say the same."""

MAX_PREFERENCES: Final = 20
"""Kept of a page; real ones have up to three."""
MAX_VALUE_CHARACTERS: Final = 1000
"""A longer value is cut."""

_RESERVATIONS: Final = ("tdm-reservation", "tdm-policy")
_KEPT_DIRECTIVES: Final = frozenset({"noarchive", "nocache", "noai", "noimageai"})
"""Directives of `<meta name="robots">` that speak of copies or of training; the rest is for search engines, and on
nearly every page."""
_WITH_VALUE: Final = frozenset({"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"})
"""Directives that have a colon themselves, and so begin as the name of a robot does."""
_ADDRESSED: Final = re.compile(r"^\s*+(\*|[A-Za-z][\w.-]*+)\s*+:")
_BETWEEN_DIRECTIVES: Final = re.compile(r"[\s,;]+")


def read_preferences(headers: Headers, head: Head) -> tuple[UsagePreference, ...]:
    """What header fields and head say, in this order; at most `MAX_PREFERENCES`."""
    found = dict.fromkeys([*_in_headers(headers), *_in_head(head)])
    return tuple(found)[:MAX_PREFERENCES]


def _in_headers(headers: Headers) -> Iterator[UsagePreference]:
    for raw_name, raw in headers:
        name = raw_name.decode("latin-1").lower()
        value = one_line(raw.decode("utf-8", "replace"))
        if name == "x-robots-tag":
            value = _for_us(value)
        elif name not in _RESERVATIONS:
            continue
        if value:
            yield UsagePreference(f"header:{name}", value[:MAX_VALUE_CHARACTERS])


def _for_us(value: str) -> str:
    """The directives of an X-Robots-Tag without those that are addressed to other robots alone."""
    parts = value.split(",")
    kept, ours = [], True
    for part in parts:
        addressed = _ADDRESSED.match(part)
        if addressed and addressed[1].lower() not in _WITH_VALUE:
            ours = addressed[1].lower() in {"*", ROBOTS_TOKEN}
        if ours:
            kept.append(part)
    return ",".join(kept).strip()


def _in_head(head: Head) -> Iterator[UsagePreference]:
    for name in ("robots", ROBOTS_TOKEN):
        for value in head.meta.get(name, ()):
            if _KEPT_DIRECTIVES.intersection(_BETWEEN_DIRECTIVES.split(value.lower())):
                yield UsagePreference(f"meta:{name}", value[:MAX_VALUE_CHARACTERS])
    for name in _RESERVATIONS:
        for value in head.meta.get(name, ()):
            yield UsagePreference(f"meta:{name}", value[:MAX_VALUE_CHARACTERS])
