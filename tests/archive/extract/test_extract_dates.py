"""Dates as machines and newspapers write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.extract.dates import Moment, find_visible, from_url, parse_machine, solar_to_gregorian

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
        ("1970-01-01T00:00:00Z", None),
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


LEVANTINE = [
    "كانون الثاني", "شباط", "آذار", "نيسان", "أيار", "حزيران", "تموز", "آب", "أيلول", "تشرين الأول", "تشرين الثاني",
    "كانون الأول",
]  # fmt: skip
GULF = [
    "يناير",
    "فبراير",
    "مارس",
    "أبريل",
    "مايو",
    "يونيو",
    "يوليو",
    "أغسطس",
    "سبتمبر",
    "أكتوبر",
    "نوفمبر",
    "ديسمبر",
]
ALGERIAN = [
    "جانفي",
    "فيفري",
    "مارس",
    "أفريل",
    "ماي",
    "جوان",
    "جويلية",
    "أوت",
    "سبتمبر",
    "أكتوبر",
    "نوفمبر",
    "ديسمبر",
]
MOROCCAN = [
    "يناير",
    "فبراير",
    "مارس",
    "أبريل",
    "ماي",
    "يونيو",
    "يوليوز",
    "غشت",
    "شتنبر",
    "أكتوبر",
    "نونبر",
    "دجنبر",
]


@pytest.mark.parametrize(
    "names", [LEVANTINE, GULF, ALGERIAN, MOROCCAN], ids=["levantine", "gulf", "algerian", "moroccan"]
)
@pytest.mark.parametrize("pattern", ["{0} {1} {2}", "نُشر في {0} {1}، {2}", "الأحد، {0} {1} {2} - 06:31 م"])
def test_arabic_months(names, pattern):
    for month, name in enumerate(names, start=1):
        assert next(find_visible(pattern.format(5, name, 2020))).day == date(2020, month, 5)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("١٤ تشرين الثاني ٢٠٢٣", date(2023, 11, 14)), ("۲۱ اسفند ۱۴۰۲", date(2024, 3, 11)),
        ("1402/12/29", date(2024, 3, 19)),
        ("July 4, 2020 at 10:05 pm", date(2020, 7, 4)), ("le 1er janvier 2021", date(2021, 1, 1)),
        ("03.05.2024, 17:30 Uhr", date(2024, 5, 3)),
        ("2024年5月3日", date(2024, 5, 3)), ("8 de marzo de 2022", date(2022, 3, 8)),
        ("5 августа 2019", date(2019, 8, 5)),
        ("12/31/2020", date(2020, 12, 31)), ("3 พฤษภาคม 2567", date(2024, 5, 3)),
    ],
)  # fmt: skip
def test_visible_dates(text, day):
    assert next(find_visible(text)).day == day


def test_order_of_day_and_month():
    assert next(find_visible("3/4/2020")).day == date(2020, 4, 3)
    assert next(find_visible("3/4/2020", month_first=True)).day == date(2020, 3, 4)
    assert next(find_visible("3.4.2020", month_first=True)).day == date(2020, 4, 3)


@pytest.mark.parametrize(
    "text", ["", "صفحة 3 من 2020", "32 أيار 2020", "12 monkeys 2020", "192.168.10.2020", "آب", "2020"]
)
def test_what_is_no_date(text):
    assert list(find_visible(text)) == []


def test_a_clock_counts_where_the_zone_is_known():
    assert next(find_visible("5 حزيران 2020 - 6:31 م", DAMASCUS)).iso() == "2020-06-05T18:31:00+03:00"
    assert next(find_visible("5 حزيران 2020 - 6:31 م")).iso() == "2020-06-05"


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


@given(st.datetimes(datetime(1990, 1, 2), datetime(2090, 1, 1), timezones=st.timezones() | st.just(UTC)))  # noqa: DTZ001
def test_iso_round_trip(moment):
    found = parse_machine(moment.isoformat())
    if moment.utcoffset().seconds % 60:
        return  # local mean times with seconds in their offset: not ISO 8601
    assert found.iso() == moment.isoformat()


@given(st.text(max_size=200))
def test_any_text_is_read(text):
    list(find_visible(text))
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
