"""A source's plan: its endpoints, the most useful first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archive.records import Exchange, Role
    from crawler.discovery.document import Discovery


@dataclass(frozen=True, slots=True)
class EndpointReport:
    """One endpoint of a site as it answered."""

    url: str
    role: Role
    """What it turned out to be; what it was asked for where it gave nothing."""
    found_by: str
    entries: int = 0
    """Pages it named."""
    newest: str | None = None
    """ISO 8601: the latest date among its entries."""
    faults: tuple[str, ...] = ()
    status: int | None = None
    """HTTP status; None where nothing was answered."""
    dated: int = 0
    """Entries with a date of publication."""
    endpoints: int = 0
    """Further endpoints it named: an index's sitemaps, REST's pages."""

    @property
    def useful(self) -> bool:
        """Whether it names anything to fetch."""
        return self.entries + self.endpoints > 0


def report(exchange: Exchange, discovery: Discovery, found_by: str) -> EndpointReport:
    """What an endpoint is worth, from what was read of it."""
    pages = [candidate for candidate in discovery.candidates if candidate.role == "page"]
    dates = [when for page in pages if (when := page.published or page.modified)]
    return EndpointReport(
        url=exchange.url,
        role=discovery.read_as or exchange.provenance.role,
        found_by=found_by,
        entries=len(pages),
        newest=max(dates, key=instant, default=None),
        faults=discovery.faults,
        status=exchange.status,
        dated=sum(page.published is not None for page in pages),
        endpoints=len(discovery.candidates) - len(pages),
    )


def rank(endpoints: Iterable[EndpointReport]) -> list[EndpointReport]:
    """Order a site's endpoints: first what names many articles with their dates, and recent ones.

    By kind: REST with dates (all posts, with both dates), news sitemap, feed, sitemaps, sections, home;
    within a kind the one with the newest entry, then the one with the most. What gave nothing comes last.
    """
    return sorted(
        endpoints,
        key=lambda endpoint: (_kind(endpoint), -instant(endpoint.newest), -endpoint.entries, endpoint.url),
    )


def _kind(endpoint: EndpointReport) -> int:
    if not endpoint.useful:
        return 9
    if endpoint.role == "sitemap":
        return 1 if endpoint.dated else 3
    return {"wordpress": 0 if endpoint.dated else 3, "feed": 2, "robots": 4, "section": 5, "home": 6}.get(
        endpoint.role, 7
    )


def instant(when: str | None) -> float:
    """Seconds since 1970 of an ISO date, for sorting: UTC where it has no zone, -infinity for None."""
    if when is None:
        return float("-inf")
    moment = datetime.fromisoformat(when)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
