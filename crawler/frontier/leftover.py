"""What a crawl leaves queued for a later one, and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from crawler.frontier.budget import DayBudget

if TYPE_CHECKING:
    from archive.store.frontier import FrontierStore
    from settings.app import CrawlSettings

Reason = Literal["host_failing", "host_busy", "pages_per_day"]
"""Its host fails as a whole; its host asked to be left alone; its host was asked for enough pages today."""


@dataclass(frozen=True, slots=True)
class Leftover:
    """URLs of a crawl that wait for a later one."""

    urls: dict[Reason, int]
    """How many, by the reason why; those that have another are left out."""
    hosts_failing: list[str]
    """Hosts of the crawl that are left alone since they fail, by name."""


def leftover(frontier: FrontierStore, crawl: CrawlSettings, now: float) -> Leftover:
    """Look what the running crawl leaves.

    Args:
        frontier: its URLs selected.
        crawl: the limits in force.
        now: seconds since 1970.
    """
    failing = {one.host for one in frontier.hosts.failing(crawl.rest_after)}
    busy = {name for name, (not_before, _) in frontier.hosts.pauses().items() if not_before > now}
    budget = DayBudget(frontier.hosts, crawl.max_pages_per_host_day)
    left: Counter[Reason] = Counter()
    found_failing = []
    for name, urls, pages in frontier.urls.left():
        if name in failing:
            left["host_failing"] += urls
            found_failing.append(name)
        elif name in busy:
            left["host_busy"] += urls
        elif pages and not budget.allows(name, now):
            left["pages_per_day"] += pages
    return Leftover(dict(sorted(left.items())), found_failing)
