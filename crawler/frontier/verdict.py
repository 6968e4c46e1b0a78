"""What an exchange means for its URL: done, elsewhere, once more, or given up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Literal

from archive.urls import normalise
from archive.wire import header

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archive.records import ErrorKind, Exchange

LONGEST_BACKOFF_SECONDS = 120.0
LONGEST_RETRY_AFTER_SECONDS = 24 * 3600.0
REDIRECTS = frozenset({301, 302, 303, 307, 308})
BUSY = frozenset({429, 503})
PASSING = frozenset({408, 425, 429})
"""Client errors that mean "later", not "never" (RFC 9110, 15.5; RFC 6585; RFC 8470)."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """How a kind of error is tried again."""

    first: float
    """Seconds before the second try; doubled for each further one."""
    most: int | None = None
    """Further tries in one visit, where the settings allow more."""


PASSING_FAULT = Backoff(2.0)
"""What may be over with the next request: a time-out, a connection lost, a server in trouble or busy."""
BACKOFFS: Mapping[ErrorKind, Backoff] = {
    # The same address is the same address a second later: only another crawl may find it otherwise.
    "private_address": Backoff(0.0, 0),
    "too_large": Backoff(0.0, 0),
    "redirect_loop": Backoff(0.0, 0),
    # That a name does not exist is kept by resolvers for minutes (RFC 2308, 5); a resolver that was busy is
    # not ten seconds later.
    "dns": Backoff(10.0, 1),
    # A certificate or protocol that does not fit will not fit the next time; a handshake cut off may.
    "tls": Backoff(5.0, 1),
    # Who speaks no HTTP does so each time, save behind a balancer one machine of which is broken.
    "malformed": Backoff(2.0, 1),
    # Refused: nothing listens. A restart takes seconds, so asking at once is in vain.
    "connect": Backoff(5.0),
}
"""Kinds that are no passing fault."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How often a URL is tried and how far it is followed, within one visit."""

    retries: int
    redirects: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do with the URL, and with its host."""

    action: Literal["done", "redirect", "again", "give_up"]
    error: ErrorKind | None = None
    location: str | None = None
    """Where a redirect leads: absolute."""
    wait: float = 0.0
    """Seconds before the next try."""
    host_wait: float = 0.0
    """Seconds the whole host is to be left alone."""


def judge(exchange: Exchange, *, attempts: int, redirects: int, limits: Limits) -> Verdict:
    """Read the verdict off an exchange.

    Args:
        exchange: what happened.
        attempts: tries in this visit, this one included.
        redirects: redirects that led to this URL.
        limits: how often and how far.
    """
    fault = _fault(exchange)
    if fault is not None:
        return _failed(fault, attempts, limits)
    status = exchange.status or 0
    if status in REDIRECTS:
        return _elsewhere(exchange, redirects, limits)
    if status in PASSING or status >= 500:
        return _later(exchange, status, attempts, limits)
    return Verdict("give_up", "http_4xx") if status >= 400 else Verdict("done")


def _fault(exchange: Exchange) -> ErrorKind | None:
    """Why no whole answer came, if none came."""
    if exchange.error is not None:
        return exchange.error
    if exchange.truncated is not None:
        return "too_large" if exchange.truncated == "length" else "truncated"
    return "truncated" if exchange.status is None else None


def _later(exchange: Exchange, status: int, attempts: int, limits: Limits) -> Verdict:
    asked = retry_after(exchange)
    error: ErrorKind = "http_5xx" if status >= 500 else "http_4xx"
    verdict = _failed(error, attempts, limits, at_least=asked or 0.0)
    rest = asked if asked is not None else (verdict.wait or PASSING_FAULT.first)
    return Verdict(verdict.action, error, wait=verdict.wait, host_wait=rest if status in BUSY else 0.0)


def _failed(error: ErrorKind, attempts: int, limits: Limits, at_least: float = 0.0) -> Verdict:
    backoff = BACKOFFS.get(error, PASSING_FAULT)
    retries = limits.retries if backoff.most is None else min(backoff.most, limits.retries)
    if attempts > retries:
        return Verdict("give_up", error)
    wait = min(LONGEST_BACKOFF_SECONDS, backoff.first * 2 ** (attempts - 1))
    return Verdict("again", error, wait=max(at_least, wait))


def _elsewhere(exchange: Exchange, redirects: int, limits: Limits) -> Verdict:
    if redirects >= limits.redirects:
        return Verdict("give_up", "redirect_loop")
    raw = header(exchange.headers, b"Location")
    # Most servers send UTF-8 where RFC 9110 (10.2.2) allows only a URI reference.
    location = normalise(raw.decode("utf-8", "replace").strip(), exchange.url) if raw else None
    if location is None:
        return Verdict("give_up", "http_4xx")
    return Verdict("redirect", location=location)


def retry_after(exchange: Exchange) -> float | None:
    """Seconds that Retry-After asks for (RFC 9110, 10.2.3), at most a day; None where it asks for none."""
    raw = header(exchange.headers, b"Retry-After")
    if raw is None:
        return None
    text = raw.decode("latin-1").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), LONGEST_RETRY_AFTER_SECONDS)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(0.0, (moment - datetime.now(UTC)).total_seconds()), LONGEST_RETRY_AFTER_SECONDS)
