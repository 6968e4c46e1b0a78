"""Requests that were handed to Scrapy and did not come back yet.

Each ends by the limits of the download handler, in an answer or a failure. Should one be dropped on the way all
the same, its lease would stay out and the crawl would wait for it for ever: so each has a time past which it is
taken back as lost.
"""

from __future__ import annotations

from itertools import count
from typing import Any

Meta = dict[str, Any]
"""Of a request: its lease or what is asked of robots.txt, and its provenance."""


class Outstanding:
    """Tickets of requests that are under way; times are seconds of one clock that never goes back."""

    def __init__(self, *, longest: float) -> None:
        """Prepare.

        Args:
            longest: seconds after which a request that did not come back is lost.
        """
        self._longest = longest
        self._tickets = count(1)
        self._under_way: dict[int, tuple[float, Meta]] = {}

    def __bool__(self) -> bool:
        return bool(self._under_way)

    def begin(self, meta: Meta, now: float) -> int:
        """A request goes out; returns its ticket."""
        ticket = next(self._tickets)
        self._under_way[ticket] = now, meta
        return ticket

    def end(self, ticket: int) -> bool:
        """A request came back; returns whether it was still waited for."""
        return self._under_way.pop(ticket, None) is not None

    def lost(self, now: float) -> list[Meta]:
        """Take back what is under way for too long: a later answer to it is no longer waited for."""
        lost: list[Meta] = []
        while self._under_way:
            ticket, (began, meta) = next(iter(self._under_way.items()))  # in the order of their beginning
            if now - began <= self._longest:
                break
            del self._under_way[ticket]
            lost.append(meta)
        return lost
