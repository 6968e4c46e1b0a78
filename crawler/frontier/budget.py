"""How many pages a host is asked for on one day, over all crawls of that day."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archive.store.frontier.hosts import Hosts

DAY_SECONDS = 86_400


class DayBudget:
    """Pages a host and day (UTC), counted in the frontier; lists are not counted, so that nothing new is missed."""

    def __init__(self, hosts: Hosts, most: int) -> None:
        self._hosts = hosts
        self._most = most
        self._day = 0
        self._asked: dict[str, int] = {}

    def allows(self, of_host: str, now: float) -> bool:
        """Whether a host may be asked for a page more today."""
        return self._so_far(of_host, now) < self._most

    def spend(self, of_host: str, now: float) -> None:
        """A host is asked for a page."""
        self._asked[of_host] = self._so_far(of_host, now) + 1
        self._hosts.count_page(of_host, self._day)

    def _so_far(self, of_host: str, now: float) -> int:
        day = int(now // DAY_SECONDS)
        if day != self._day:
            self._day, self._asked = day, {}
        if of_host not in self._asked:
            self._asked[of_host] = self._hosts.pages_asked(of_host, day)
        return self._asked[of_host]
