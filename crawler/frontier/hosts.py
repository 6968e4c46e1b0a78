"""When each host may be asked next.

A host is leased from only when its time has come, so that a delay is a floor (Scrapy's own delay is jittered
by half, and a request that waits one out counts against CONCURRENT_REQUESTS). Times are seconds of one clock
that the caller reads.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass


@dataclass(slots=True)
class HostState:
    """One host's politeness."""

    delay: float
    """Seconds between the end of a request and the start of the next."""
    not_before: float = 0.0
    in_flight: int = 0
    listed: float | None = None
    """The time under which the host stands in the heap; None where it stands in none."""


class HostQueue:
    """Hosts in the order of their next time.

    Where there is a delay, a host is asked one thing at a time: of two requests leased a delay apart, the first
    may wait for its connection and both would reach the server together.
    """

    def __init__(self, *, default_delay: float, per_host: int) -> None:
        self._default_delay = default_delay
        self._per_host = per_host
        self._states: dict[str, HostState] = {}
        self._heap: list[tuple[float, str]] = []
        self._ready_later: dict[str, float] = {}

    def state(self, host: str) -> HostState:
        """The host's state, made where it is new."""
        state = self._states.get(host)
        if state is None:
            state = self._states[host] = HostState(self._default_delay)
        return state

    def offer(self, host: str, due: float) -> None:
        """The host has a URL due at `due`."""
        state = self.state(host)
        if state.in_flight >= (1 if state.delay else self._per_host):
            self._ready_later[host] = min(due, self._ready_later.get(host, due))
            return
        at = max(due, state.not_before)
        if state.listed is None or at < state.listed:
            state.listed = at
            heapq.heappush(self._heap, (at, host))

    def pop(self, now: float) -> str | None:
        """The host whose time has come longest ago, taken off the list; None where none has."""
        while self._heap and self._heap[0][0] <= now:
            at, host = heapq.heappop(self._heap)
            state = self._states[host]
            if state.listed != at:
                continue  # listed again under another time since
            state.listed = None
            if state.not_before > now:
                self.offer(host, state.not_before)
                continue
            return host
        return None

    def next_time(self) -> float | None:
        """When the next host's time comes; None where no host is listed."""
        while self._heap and self._states[self._heap[0][1]].listed != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def started(self, host: str, now: float) -> None:
        """A request to the host begins: the next may begin a delay later."""
        state = self.state(host)
        state.in_flight += 1
        state.not_before = max(state.not_before, now + state.delay)

    def finished(self, host: str, now: float = 0.0) -> None:
        """A request to the host is over: the next may begin a delay after its end.

        From its end, not its start: a server that was busy for seconds takes a request up late, and the next
        one would then follow on its heels, as its own log sees it.
        """
        state = self.state(host)
        state.in_flight -= 1
        if state.delay:
            state.not_before = max(state.not_before, now + state.delay)
        due = self._ready_later.pop(host, None)
        if due is not None:
            self.offer(host, due)

    def rest(self, host: str, until: float) -> None:
        """Leave the host alone until then."""
        state = self.state(host)
        state.not_before = max(state.not_before, until)

    def slow_down(self, host: str, delay: float) -> None:
        """Keep at least this delay from now on."""
        state = self.state(host)
        state.delay = max(state.delay, delay)
