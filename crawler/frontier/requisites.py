"""What pages show beside their text, queued behind the pages of its host: each once, and again when it is old."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from archive.records import Candidate
from archive.store.frontier import Came
from archive.urls import host, is_private
from crawler.discovery.requisites import FIRST, LINKED, Requisite, requisites

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from archive.records import Exchange
    from archive.store.frontier import Lease
    from crawler.discovery.requisites import Kind
    from crawler.session import Session

FRESH_SECONDS = 7 * 24 * 3600.0
"""A requisite that came within a week is not asked for again when another page names it."""
LATER_SECONDS = 3600.0
"""What is over a source's share is left alone this long: for another crawl."""
PRIORITY = 50
"""Behind every page of the same host; the order among a page's requisites is added."""
SHEET_FINDER = "style"
"""Who named what a style sheet names; a sheet so named may show images, and imports no further ones."""
PAGE_FINDER = "shown"
LINK_FINDER = "linked"
MAX_REMEMBERED = 200_000
"""Addresses of this crawl that are not looked up again: what every page of a site shows."""

KINDS: Mapping[str, Kind] = {
    "images": "image", "styles": "style", "fonts": "font", "scripts": "script",
    "pdf": "pdf", "audio": "audio", "video": "video",
}  # fmt: skip
"""The words of warraq.toml."""


class Requisites:
    """Takes in what the pages of a crawl name, within the settings' limits."""

    def __init__(
        self, session: Session, *, host_has_work: Callable[[str], None], named_hosts: Collection[str]
    ) -> None:
        """Prepare.

        Args:
            session: the running crawl.
            host_has_work: told of each host that has a URL to fetch.
            named_hosts: hosts that the user named; these alone may be private.
        """
        self._session = session
        self._found = session.frontier.found
        self._host_has_work = host_has_work
        self._named_hosts = named_hosts
        crawl = session.settings.crawl
        asked = (*crawl.requisites, *crawl.linked) if session.scope.requisites else ()
        self._wanted = frozenset(KINDS[word] for word in asked)
        self._stale_before = session.began - FRESH_SECONDS
        self._leased: Counter[str] = Counter()
        self._known: set[str] = set()

    def take(self, lease: Lease, exchange: Exchange) -> None:
        """Queue what a page, or a style sheet of one, names."""
        wanted = self._wanted if lease.found_by != SHEET_FINDER else self._wanted - {"style"}
        if not wanted:
            return
        finder = PAGE_FINDER if lease.role == "page" else SHEET_FINDER
        came = Came(lease.source, via=lease.url, hops=lease.hops + 1)
        exclude = self._session.source(lease.source).exclude
        for one in requisites(exchange, wanted)[: self._session.settings.crawl.requisites_per_page]:
            if one.url not in self._known and not any(re.search(pattern, one.url) for pattern in exclude):
                self._remember(one.url)
                self.offer(_candidate(one, finder), came)

    def offer(self, candidate: Candidate, came: Came) -> None:
        """Queue one of them, unless it may not be fetched, or came lately."""
        of_host = host(candidate.url)
        if is_private(of_host) and of_host not in self._named_hosts:
            self._session.tally.requisites_failed += 1
        elif not self._session.is_taken_down(candidate.url):
            offer = self._found.offer_requisite(candidate, came=came, stale_before=self._stale_before)
            if offer == "queued":
                self._host_has_work(of_host)

    def is_over(self, source: str) -> bool:
        """Whether a source has had its share of this crawl; otherwise one more of it is leased."""
        if self._leased[source] >= self._session.settings.crawl.requisites_per_source:
            return True
        self._leased[source] += 1
        return False

    def _remember(self, url: str) -> None:
        if len(self._known) >= MAX_REMEMBERED:
            self._known.clear()
        self._known.add(url)


def _candidate(one: Requisite, finder: str) -> Candidate:
    if one.kind in LINKED:
        return Candidate(one.url, role="page", found_by=LINK_FINDER, priority=PRIORITY)
    return Candidate(one.url, role="requisite", found_by=finder, priority=PRIORITY + one.order - FIRST)
