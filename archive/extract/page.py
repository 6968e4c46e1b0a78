"""One page as extraction sees it, and the limits within which it is read.

All limits are counts, none is a clock: the same bytes give the same article on every machine, at every load.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archive.records import Provenance

if TYPE_CHECKING:
    from datetime import datetime

    from archive.records import Headers

MAX_PAGE_BYTES = 16 << 20
"""Decoded bytes of a page past which it is refused: the largest article pages seen are under 5 MiB."""

MAX_ELEMENTS = 150_000
"""Elements of a page past which it is refused; news pages have 500 to 8,000."""

MAX_BLOCKS = 20_000
"""Runs of text between block boundaries past which a page is refused; articles have 50 to 2,000."""

MAX_TEXT_CHARACTERS = 2_000_000
"""Characters of text past which an article is refused: ten long novels."""

MAX_OTHERS = 4
"""Statements of other sources that are handed on with a field's own."""


@dataclass(frozen=True, slots=True)
class Page:
    """A fetched page, content-decoded, with what is known of it from outside."""

    url: str
    """As fetched, absolute."""
    content: bytes
    """The body, its Content-Encoding undone."""
    charset: str | None
    """The charset parameter of Content-Type, as sent."""
    fetched: datetime
    """Aware, UTC: no date of an article lies after it."""
    provenance: Provenance = field(default_factory=Provenance)
    """What feed, sitemap, REST or settings said of this page: further evidence."""
    status: int | None = 200
    """HTTP status; None for a page that never came by HTTP."""
    media_type: str | None = "text/html"
    """Type/subtype of Content-Type, lower-case; None where it was not said."""
    headers: Headers = ()
    """Of the response."""

    @property
    def is_file(self) -> bool:
        """Whether it was imported from disk: what is said of it was said of just this page, by who has it."""
        return self.status is None
