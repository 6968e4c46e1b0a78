"""What a crawl recorded and did not settle before it was killed: it is in WARC, so it is not fetched again.

Records become durable before the frontier learns what they lead to, so a kill leaves some half a second of
exchanges that only WARC knows of. Here they are settled from there, in the order they came, as they would have been.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from archive.errors import NotFoundError, WarcError
from archive.urls import host, origin
from archive.warc.location import is_foreign
from crawler.discovery import discover
from crawler.frontier.gate import RobotsGate
from crawler.frontier.verdict import REDIRECTS
from crawler.frontier.visit import Visitor
from crawler.identity import robots_token

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archive.records import Capture, Exchange
    from crawler.session import Session


def catch_up(session: Session) -> int:
    """Settle what the last run left unsettled; before a new run begins. Returns how many captures.

    What cannot be read, or belongs to no URL of the frontier any more, stays as it is: its URL is then fetched
    again, if it still waits.
    """
    session.frontier.urls.select([])
    named = {host(source.url) for source in session.settings.source} | session.scope.named_hosts
    visitor = Visitor(session, host_has_work=_nobody_waits, named_hosts=named)
    gate = RobotsGate(session.frontier, token=robots_token(session.settings), run_began=session.began)
    count = 0
    for capture in _unsettled(session):
        try:
            exchange = session.recorder.read(capture)
        except (WarcError, NotFoundError):
            continue
        count += _settle_robots(exchange, gate, visitor, session) or _settle(exchange, visitor, session)
    return count


def _nobody_waits(_: str) -> None:
    """No crawl runs yet: it will look for hosts with work when it begins."""


def _unsettled(session: Session) -> Iterator[Capture]:
    kept = session.frontier.plans.settled()
    if kept is None:
        return
    recorded, unsettled = kept
    found = [*map(session.store.capture, unsettled), *session.store.captures_after(recorded)]
    for capture in found:
        if capture.record_type in {"response", "revisit", "request"} and not is_foreign(capture.warc_file):
            yield capture


def _settle_robots(exchange: Exchange, gate: RobotsGate, visitor: Visitor, session: Session) -> bool:
    """Take a final robots.txt in; one on its way through redirects or repetitions is asked for anew."""
    provenance = exchange.provenance
    if provenance.role != "robots" or provenance.redirects or exchange.status in REDIRECTS:
        return False
    rules = gate.answer(origin(exchange.url), exchange, exchange.started.timestamp())
    if not rules.unavailable:
        source = provenance.source or ""
        visitor.take_sitemaps(exchange.url, source, discover(exchange, session.source(source)))
    return True


def _settle(exchange: Exchange, visitor: Visitor, session: Session) -> bool:
    urls = session.frontier.urls
    known = urls.known(exchange.url)
    if known is None or exchange.provenance.role == "robots":
        return False
    urls.lease(known.id)
    lease = replace(known, url=exchange.url, attempts=exchange.provenance.attempt)
    visitor.settle(lease, exchange)
    return True
