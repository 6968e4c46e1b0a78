"""What an exchange means for its URL."""

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
import time_machine

from archive.records import ErrorKind, Exchange
from crawler.frontier.verdict import LONGEST_RETRY_AFTER_SECONDS, Limits, judge, retry_after

LIMITS = Limits(retries=2, redirects=3)
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def exchange(
    status: int | None = 200,
    *headers: tuple[bytes, bytes],
    error: ErrorKind | None = None,
    truncated: str | None = None,
) -> Exchange:
    return Exchange(
        "https://news.test/a/b",
        NOW,
        b"GET",
        b"x",
        status=status,
        headers=headers,
        error=error,
        truncated=truncated,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("given", "attempts", "action", "error"),
    [
        (exchange(200), 1, "done", None),
        (exchange(304), 1, "done", None),
        (exchange(404), 1, "give_up", "http_4xx"),
        (exchange(410), 1, "give_up", "http_4xx"),
        (exchange(500), 1, "again", "http_5xx"),
        (exchange(500), 3, "give_up", "http_5xx"),
        (exchange(429), 2, "again", "http_4xx"),
        (exchange(None, error="timeout"), 1, "again", "timeout"),
        (exchange(None, error="timeout"), 3, "give_up", "timeout"),
        (exchange(None, error="private_address"), 1, "give_up", "private_address"),
        (exchange(200, truncated="disconnect"), 1, "again", "truncated"),
        (exchange(200, truncated="length"), 1, "give_up", "too_large"),
        (exchange(302), 1, "give_up", "http_4xx"),
        (exchange(302, (b"Location", b"mailto:a@b")), 1, "give_up", "http_4xx"),
    ],
)
def test_verdicts(given: Exchange, attempts: int, action: str, error: str | None) -> None:
    verdict = judge(given, attempts=attempts, redirects=0, limits=LIMITS)
    assert (verdict.action, verdict.error) == (action, error)


@pytest.mark.parametrize(
    ("location", "target"),
    [
        (b"/c", "https://news.test/c"),
        (b"c?x=1#f", "https://news.test/a/c?x=1"),
        (b"//other.test/", "https://other.test/"),
        ("/خبر".encode(), "https://news.test/%D8%AE%D8%A8%D8%B1"),
    ],
)
def test_redirects_are_resolved(location: bytes, target: str) -> None:
    verdict = judge(exchange(301, (b"location", location)), attempts=1, redirects=0, limits=LIMITS)
    assert (verdict.action, verdict.location) == ("redirect", target)


def test_redirects_end() -> None:
    verdict = judge(exchange(301, (b"Location", b"/c")), attempts=1, redirects=3, limits=LIMITS)
    assert (verdict.action, verdict.error) == ("give_up", "redirect_loop")


def test_a_busy_host_is_left_alone_as_long_as_it_asks() -> None:
    verdict = judge(exchange(503, (b"Retry-After", b"40")), attempts=1, redirects=0, limits=LIMITS)
    assert (verdict.action, verdict.wait, verdict.host_wait) == ("again", 40.0, 40.0)


@pytest.mark.parametrize(
    ("error", "waits"),
    [
        ("timeout", [2.0, 4.0, 8.0]),
        ("truncated", [2.0, 4.0, 8.0]),
        ("connect", [5.0, 10.0, 20.0]),
        ("dns", [10.0]),
        ("tls", [5.0]),
        ("malformed", [2.0]),
        ("private_address", []),
        ("too_large", []),
    ],
)
def test_each_kind_is_tried_again_as_often_as_it_may_help(error: ErrorKind, waits: list[float]) -> None:
    given = exchange(None, error=error)
    verdicts = [judge(given, attempts=n, redirects=0, limits=Limits(3, 0)) for n in (1, 2, 3, 4)]
    assert [verdict.wait for verdict in verdicts if verdict.action == "again"] == waits
    assert verdicts[len(waits)].action == "give_up"
    assert judge(given, attempts=1, redirects=0, limits=Limits(0, 0)).action == "give_up", "the settings rule"


def test_waits_grow() -> None:
    waits = [judge(exchange(500), attempts=n, redirects=0, limits=Limits(20, 0)).wait for n in range(1, 12)]
    assert waits == sorted(waits)
    assert waits[0] == 2.0
    assert waits[-1] == 120.0


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (b"7", 7.0),
        (b" 7 ", 7.0),
        (format_datetime(NOW.replace(minute=5), usegmt=True).encode(), 60.0),
        (format_datetime(NOW.replace(year=2020), usegmt=True).encode(), 0.0),
        (b"99999999999999999999", LONGEST_RETRY_AFTER_SECONDS),
        (b"soon", None),
        (b"-5", None),
        ("٧".encode(), None),
    ],
)
def test_retry_after(value: bytes, seconds: float | None) -> None:
    assert retry_after(exchange(503, (b"Retry-After", value))) == seconds
