from __future__ import annotations

import random
from datetime import UTC, datetime

from archive.records import Candidate, Exchange, Provenance
from crawler.discovery import Discovery, EndpointReport, rank, report


def endpoint(role: str, **known: object) -> EndpointReport:
    fields = {"url": f"https://e.org/{role}", "found_by": "link", "entries": 10} | known
    return EndpointReport(role=role, **fields)  # type: ignore[arg-type]


def test_what_dates_many_recent_articles_comes_first() -> None:
    wanted = [
        endpoint("wordpress", url="https://e.org/rest", dated=10, newest="2024-05-01T10:00:00+03:00"),
        endpoint("sitemap", url="https://e.org/news", dated=10, newest="2024-05-01"),
        endpoint("feed", url="https://e.org/new", dated=10, newest="2024-05-01T10:00:00+03:00"),
        endpoint("feed", url="https://e.org/large", entries=20, dated=10, newest="2024-05-01T06:00:00+00:00"),
        endpoint("feed", url="https://e.org/small", entries=10, dated=10, newest="2024-05-01T09:00:00+03:00"),
        endpoint("feed", url="https://e.org/old", newest="2019-01-01"),
        endpoint("feed", url="https://e.org/undated"),
        endpoint("sitemap", newest="2024-05-01"),
        endpoint("robots", entries=0, endpoints=2),
        endpoint("section"),
        endpoint("home"),
        endpoint("feed", url="https://e.org/empty", entries=0, faults=("HTTP 404",)),
    ]
    shuffled = wanted.copy()
    random.Random(7).shuffle(shuffled)
    assert [found.url for found in rank(shuffled)] == [found.url for found in wanted]


def test_a_report_counts_what_was_found() -> None:
    exchange = Exchange(
        "https://e.org/feed",
        datetime(2026, 1, 1, tzinfo=UTC),
        b"",
        status=200,
        provenance=Provenance(role="probe"),
    )
    found = report(
        exchange,
        Discovery(
            (
                Candidate("https://e.org/1", published="2024-05-01T10:00:00+03:00"),
                Candidate("https://e.org/2", modified="2024-05-01T08:00:00+00:00"),
                Candidate("https://e.org/3"),
                Candidate("https://e.org/next", "feed"),
            ),
            ("a fault",),
            "feed",
        ),
        "well-known",
    )
    assert (found.role, found.found_by, found.status) == ("feed", "well-known", 200)
    assert (found.entries, found.dated, found.endpoints) == (3, 1, 1)
    assert found.newest == "2024-05-01T08:00:00+00:00"
    assert found.faults == ("a fault",)
    assert report(exchange, Discovery(), "well-known").role == "probe"
