"""Two readings of one page, field by field."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.records import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archive.records import Article, Capture
    from archive.store import ArticleRow

COMPARED = (
    "canonical_url", "title", "authors", "published", "published_precision", "published_source", "modified",
    "language", "languages", "script", "lead", "text", "section", "topics", "image", "publisher", "agencies",
    "paywalled", "usage_preferences",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of one article, as it is and as it would be."""

    field: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class PageChange:
    """What another reading makes of a page."""

    capture_id: int
    article_id: int | None
    """None where it is not in the archive as an article."""
    url: str
    differences: tuple[Difference, ...] = ()
    lost: float = 0.0
    """Share of the words of the text before that are not in the one after; 1 where the page is refused now."""
    won: float = 0.0
    """Share of the words of the text after that were not in the one before; 1 where it was refused before."""
    refused_before: Rejected | None = None
    refused_after: Rejected | None = None


def compare(
    capture: Capture,
    before: ArticleRow | Article | Rejected,
    after: Article | Rejected,
    article_id: int | None,
) -> PageChange | None:
    """What differs between two readings of a capture; None where nothing does, or both are refusals."""
    if isinstance(before, Rejected):
        if isinstance(after, Rejected):
            return None
        return PageChange(capture.id, article_id, capture.url, won=1.0, refused_before=before)
    if isinstance(after, Rejected):
        return PageChange(capture.id, article_id, capture.url, lost=1.0, refused_after=after)
    differences = tuple(_differences(before, after))
    if not differences:
        return None
    lost, won = _shares(before.text, after.text)
    return PageChange(capture.id, article_id, capture.url, differences, lost, won)


def _differences(before: ArticleRow | Article, after: Article) -> Iterator[Difference]:
    for name in COMPARED:
        was, would_be = getattr(before, name), getattr(after, name)
        if was != would_be:
            yield Difference(name, was, would_be)


def _shares(before: str, after: str) -> tuple[float, float]:
    """Shares of words lost and won, wherever they stand: time grows with the texts, not with their product."""
    old, new = Counter(before.split()), Counter(after.split())
    lost, won = (old - new).total(), (new - old).total()
    return lost / max(old.total(), 1), won / max(new.total(), 1)
