"""Hosts that fail as a whole: after a row of failures left alone, longer each time, over crawls.

Without it a dead host with a thousand URLs would cost a thousand times four tries of a minute. With it, it costs
`rest_after` tries, then one after each rest; a rest past the crawl's patience leaves the host's URLs queued for
a later crawl, which goes on where this one ended: one try, and a longer rest if that fails too.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from archive.store.frontier import FailingHost

if TYPE_CHECKING:
    from archive.records import ErrorKind, Exchange
    from archive.store.frontier.hosts import Hosts

FIRST_REST_SECONDS = 30.0
REST_GROWTH = 4
"""30 s, 2 min, 8 min (past the patience of a crawl), 32 min, 2 h, ..."""
LONGEST_REST_SECONDS = 6 * 3600.0
"""A feed holds its entries for a day or so: a host that came back is to be noticed before they are gone."""
UNANSWERED: frozenset[ErrorKind] = frozenset({"dns", "connect", "tls", "timeout"})
"""Faults of the way to a host, whatever is asked for. A time-out is one even where something came: a host that
trickles costs as much as one that is silent."""
TOO_MANY_REQUESTS = 429

Sign = Literal["works", "fails", "says nothing"]


def sign_of(exchange: Exchange, attempt: int) -> Sign:
    """What an exchange says of its host.

    Args:
        exchange: what happened.
        attempt: 1 for the first try of its URL. An error page speaks of its own URL first, so it counts against
            the host once a URL: three broken pages, tried four times each, are no dead host.
    """
    if exchange.error in UNANSWERED:
        return "fails"
    if exchange.status is None:
        if not exchange.request:
            return "says nothing"  # refused before anything was sent, such as a private address
        return "fails" if exchange.error == "truncated" or attempt == 1 else "says nothing"
    if exchange.status >= 500 or exchange.status == TOO_MANY_REQUESTS:
        return "fails" if attempt == 1 else "says nothing"
    return "works"


class FailingHosts:
    """Counts each host's failures in a row; times are seconds since 1970."""

    def __init__(self, hosts: Hosts, *, rest_after: int, heed: bool) -> None:
        """Take up what earlier crawls saw.

        Args:
            hosts: where it is remembered.
            rest_after: failures in a row after which a host is left alone.
            heed: rests that an earlier crawl began go on; otherwise each host is tried once before.
        """
        self._hosts = hosts
        self._rest_after = rest_after
        self._known = {
            one.host: one if heed else replace(one, rest_until=0.0) for one in self._hosts.failing()
        }

    def resting(self, now: float) -> dict[str, float]:
        """Host -> until when it is left alone."""
        return {name: one.rest_until for name, one in self._known.items() if one.rest_until > now}

    def observe(self, of_host: str, exchange: Exchange, *, attempt: int, now: float) -> float:
        """Take in what a host did; returns for how many seconds it is to be left alone, mostly 0."""
        sign = sign_of(exchange, attempt)
        known = self._known.get(of_host)
        if sign == "works" and known is not None:
            del self._known[of_host]
            self._hosts.keep_failing(FailingHost(of_host))
        return self._failed(known or FailingHost(of_host), now) if sign == "fails" else 0.0

    def _failed(self, before: FailingHost, now: float) -> float:
        after = replace(before, failures=before.failures + 1)
        rest = 0.0
        # What was in flight when a rest began belongs to the row before it.
        if after.failures >= self._rest_after and before.rest_until <= now:
            rest = min(LONGEST_REST_SECONDS, FIRST_REST_SECONDS * REST_GROWTH ** min(before.rests, 20))
            after = replace(after, rests=before.rests + 1, rest_until=now + rest)
        self._known[after.host] = after
        self._hosts.keep_failing(after)
        return rest
