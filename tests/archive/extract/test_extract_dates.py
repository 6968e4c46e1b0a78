"""Dates as machines and newspapers write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.extract.dates.calendars import solar_to_gregorian, to_gregorian
from archive.extract.dates.machine import Moment, from_url, parse_machine

DAMASCUS = ZoneInfo("Asia/Damascus")


@pytest.mark.parametrize(
    ("raw", "iso"),
    [
        ("2024-05-03T15:47:42.389+02:00", "2024-05-03T15:47:42.389000+02:00"),
        ("2024-05-03 15:47Z", "2024-05-03T15:47:00+00:00"), ("2024-05-03T15:47:00+0300", "2024-05-03T15:47:00+03:00"),
        ("2024-05-03T15:47:00-5", "2024-05-03T15:47:00-05:00"), ("2024-05-03", "2024-05-03"),
        ("20240503T101010Z", "2024-05-03T10:10:10+00:00"),
        ("1714751262", "2024-05-03T15:47:42+00:00"), ("1714751262000", "2024-05-03T15:47:42+00:00"),
        ("Fri, 03 May 2024 15:47:42 +0200", "2024-05-03T15:47:42+02:00"), ("٢٠٢٤-٠٥-٠٣", "2024-05-03"),
        ("2024-05-03T15:47:00", "2024-05-03T15:47:00"),
        ("2024-06-31", None), ("2024-05-03T25:00:00Z", None), ("2024-05-03T10:00:00+99:00", None),
        ("1970-01-01T00:00:00Z", None), ("0", None), ("0000000000", None), ("0000-00-00 00:00:00", None),
        ("-0001-11-30T00:00:00+00:00", None), ("0001-01-01T00:00:00Z", None), ("1899-12-30", None),
        ("2020", None), ("2020-06", None), ("June 2020", None),
        ("yesterday", None), ("", None),
    ],
)  # fmt: skip
def test_dates_for_machines(raw, iso):
    found = parse_machine(raw)
    assert (found.iso() if found else None) == iso


def test_a_time_without_offset_is_of_the_sources_zone():
    assert parse_machine("2021-07-01T12:00:00", DAMASCUS).iso() == "2021-07-01T12:00:00+03:00"
    assert parse_machine("2021-01-01T12:00:00", DAMASCUS).iso() == "2021-01-01T12:00:00+02:00"
    assert parse_machine("2021-07-01T12:00:00Z", DAMASCUS).iso() == "2021-07-01T12:00:00+00:00"


@pytest.mark.parametrize(
    ("year", "first"),
    [(1375, date(1996, 3, 20)), (1399, date(2020, 3, 20)), (1400, date(2021, 3, 21)), (1403, date(2024, 3, 20)),
     (1404, date(2025, 3, 21))],
)  # fmt: skip
def test_nowruz(year, first):
    assert solar_to_gregorian(year, 1, 1) == first


@given(st.integers(1349, 1500))
def test_solar_years_have_365_or_366_days(year):
    assert (solar_to_gregorian(year + 1, 1, 1) - solar_to_gregorian(year, 1, 1)).days in {365, 366}


def test_no_thirtieth_of_a_short_solar_month():
    assert solar_to_gregorian(1402, 12, 30) is None
    assert solar_to_gregorian(1403, 12, 30) == date(2025, 3, 20)
    assert solar_to_gregorian(1402, 7, 31) is None


@pytest.mark.parametrize(
    ("hijri", "day"),
    [  # days that the Saudi authorities proclaimed by their civil calendar
        ((1445, 1, 1), date(2023, 7, 19)), ((1445, 9, 1), date(2024, 3, 11)), ((1446, 1, 1), date(2024, 7, 7)),
        ((1441, 10, 13), date(2020, 6, 5)), ((1445, 13, 1), None), ((1400, 1, 1), None), ((1600, 1, 1), None),
    ],
)  # fmt: skip
def test_umm_al_qura(hijri, day):
    assert to_gregorian("hijri", *hijri) == day


@given(st.datetimes(datetime(1990, 1, 2), datetime(2090, 1, 1), timezones=st.timezones() | st.just(UTC)))  # noqa: DTZ001
def test_iso_round_trip(moment):
    found = parse_machine(moment.isoformat())
    if moment.utcoffset().seconds % 60:
        return  # local mean times with seconds in their offset: not ISO 8601
    assert found.iso() == moment.isoformat()


@given(st.text(max_size=200))
def test_any_text_is_read(text):
    parse_machine(text)
    from_url(text)


def test_what_lies_in_the_future():
    now = datetime(2024, 1, 1, 12, tzinfo=UTC)
    assert Moment(now + timedelta(seconds=1)).after(now)
    assert not Moment(now).after(now)
    assert not Moment(date(2024, 1, 2)).after(now)  # it is that day already in Kiritimati
    assert Moment(date(2024, 1, 3)).after(now)


def test_url():
    assert from_url("https://n.example/2024/05/03/ferry").iso() == "2024-05-03"
    assert from_url("https://n.example/12024/05/03/") is None
    assert from_url("https://n.example/2024/13/45/") is None
