"""How sure a field is: one scale from 0 to 1 for all fields, by the kind of source that says it.

A level says how many of a hundred such findings may be relied on. They were set by judgement, to put kinds of sources
in their order, and not counted one by one: what is sorted or cut off by them keeps its meaning as long as they do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archive.records import Confidence

BY_HAND: Final = 1.0
"""Whoever brought the page in says it, in a manifest."""
STATED: Final = 0.95
"""A statement for machines about just this article: JSON-LD's datePublished, the feed or REST, Open Graph's
published_time; what a source's own rule finds and is written for machines."""
MARKED: Final = 0.85
"""A statement for machines whose meaning varies: other properties and <meta>, <time> below the headline."""
WRITTEN: Final = 0.7
"""Text for people, in full, that can be read in one way."""
APPROXIMATE: Final = 0.6
"""The same, and what it says is not exact: a day of the lunar calendar, off by one either way."""
ALONE: Final = 0.6
"""One kind of source says it, and nothing on the page bears it out."""
EITHER_ORDER: Final = 0.5
"""Numbers that can be read in two ways, and nothing on the page decides."""
IN_URL: Final = 0.4
"""A guess from the address."""
ABOVE: Final = 0.3
"""Above the headline, where sites tell of themselves: the reader's day, their own name."""

BY_SOURCES: Final[Mapping[Confidence, float]] = {"high": STATED, "medium": MARKED, "low": ALONE}
"""Of title and authors, by how many kinds of sources say them: two or more, one beside others, one alone."""


def borne_out(confidence: float) -> float:
    """What a finding is worth that another kind of source says too: half of what is missing to 1 is made up."""
    return (1 + confidence) / 2
