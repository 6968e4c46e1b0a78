"""robots.txt before anything else of an origin: kept over crawls, asked again when a day old (RFC 9309, 2.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from archive.store.frontier import StoredRobots
from archive.wire import decode_body
from crawler.robots import RobotsRules

if TYPE_CHECKING:
    from archive.records import Exchange
    from archive.store.frontier import FrontierStore

FRESH_SECONDS = 24 * 3600.0
MAX_ROBOTS_BYTES = 1 << 20
LONGEST_DELAY_SECONDS = 300.0
"""A Crawl-delay past this is taken as this: a larger one would stop a crawl, not slow it."""

Passage = Literal["open", "closed", "ask", "asked", "unreachable"]
"""May a URL be fetched; or must robots.txt be asked for, is it being asked for, did the site not give it."""


@dataclass(frozen=True, slots=True, order=True)
class Asked:
    """A request for robots.txt, across its redirects and repetitions."""

    origin: str
    host: str
    """The host whose politeness it is."""
    source: str
    url: str
    attempts: int = 1
    redirects: int = 0
    for_requisite: bool = False
    """Whether nothing but what pages show is waiting for it."""


class RobotsGate:
    """Lets URLs pass by their origin's robots.txt."""

    def __init__(self, frontier: FrontierStore, *, token: str, run_began: float) -> None:
        self._frontier = frontier
        self._token = token
        self._run_began = run_began
        self._rules: dict[str, tuple[RobotsRules, float]] = {}  # and until when they are fresh
        self._asked: set[str] = set()

    def passage(self, url: str, origin: str, now: float, *, patient: bool = False) -> Passage:
        """Whether a URL may pass.

        Args:
            url: to be fetched.
            origin: of it.
            now: seconds since 1970.
            patient: a robots.txt that did not come is not asked for again by the very next crawl.
        """
        if origin in self._asked:
            return "asked"
        rules = self._fresh(origin, now, patient=patient)
        if rules is None:
            return "ask"
        if rules.unavailable:
            return "unreachable"
        return "open" if rules.allows(url, self._token) else "closed"

    def delay(self, origin: str) -> float | None:
        """Seconds of Crawl-delay, where the origin asks for one."""
        known = self._rules.get(origin)
        delay = known[0].crawl_delay(self._token) if known is not None else None
        return None if delay is None else min(delay, LONGEST_DELAY_SECONDS)

    def ask(self, origin: str) -> None:
        """robots.txt of the origin is on its way."""
        self._asked.add(origin)

    def answer(self, origin: str, exchange: Exchange, now: float) -> RobotsRules:
        """Take the origin's answer in, after redirects and repetitions."""
        self._asked.discard(origin)
        status = None if exchange.status == 429 or exchange.truncated == "disconnect" else exchange.status
        body = (
            decode_body(exchange.headers, exchange.body, MAX_ROBOTS_BYTES).content if status == 200 else b""
        )
        rules, due = RobotsRules.parse(body, status=status), now + FRESH_SECONDS
        self._rules[origin] = rules, due
        self._frontier.hosts.keep_robots(origin, StoredRobots(status, body, due), now)
        return rules

    def _fresh(self, origin: str, now: float, *, patient: bool) -> RobotsRules | None:
        known = self._rules.get(origin)
        return (
            known[0]
            if known is not None and now < known[1]
            else self._remembered(origin, now, patient=patient)
        )

    def _remembered(self, origin: str, now: float, *, patient: bool) -> RobotsRules | None:
        stored = self._frontier.hosts.robots(origin)
        if stored is None or stored.due <= now:
            return None
        rules = RobotsRules.parse(stored.body, status=stored.status)
        if rules.unavailable and stored.due - FRESH_SECONDS < self._run_began:
            return rules if patient else None  # it did not answer an earlier crawl: this one asks anew
        self._rules[origin] = rules, stored.due
        return rules
