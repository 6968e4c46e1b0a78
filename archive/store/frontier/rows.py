"""What frontier.db hands out and takes in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from archive.records import Role

Offer = Literal["queued", "waiting", "known"]
"""What became of a found URL: queued by this, queued already, or known and nothing new."""


@dataclass(frozen=True, slots=True)
class Came:
    """From where a found URL came."""

    source: str
    """Name of a source; '' where none asked for it."""
    via: str | None = None
    """URL of the exchange that named it."""
    hops: int = 0
    """Links from the seed."""
    redirects: int = 0
    """Redirects in a row that led to it."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A URL handed out to be fetched: its row, as it stood then."""

    id: int
    identity: str
    """Canonical URL."""
    url: str
    """As found: what is fetched."""
    host: str
    source: str
    role: Role
    hops: int
    attempts: int
    """Of this visit."""
    redirects: int
    via: str | None
    found_by: str | None
    title: str | None
    published: str | None
    section: str | None
    modified: str | None
    etag: str | None = None
    """Validators of the last whole answer (RFC 9110, 8.8), as sent."""
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A feed, sitemap, REST page or section of a source, and how it did when last read."""

    url: str
    source: str
    role: Role
    found_by: str
    entries: int | None = None
    """Pages it named."""
    dated: int | None = None
    """Of these, how many with a date of publication."""
    further: int | None = None
    """Endpoints it named in turn."""
    newest: str | None = None
    """ISO 8601: the latest date among its entries."""
    faults: str | None = None
    status: int | None = None


@dataclass(frozen=True, slots=True)
class StoredRobots:
    """robots.txt of an origin as last answered."""

    status: int | None
    """None where no answer came."""
    body: bytes
    due: float
    """When to ask again, in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class FailingHost:
    """A host whose last requests failed, and how long it is left alone for it."""

    host: str
    failures: int = 0
    """In a row, up to now."""
    rests: int = 0
    """Times in a row that it was left alone because of them."""
    rest_until: float = 0.0
    """In seconds since 1970; 0 where it was not left alone yet."""


def instant_of(text: str | None) -> float | None:
    """Seconds since 1970 of an ISO 8601 text, a bare day as its midnight UTC; None where it is none."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
