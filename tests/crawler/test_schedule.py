"""When a source is due: intervals, cron as crontab(5) has it, time zones and their changes of clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import ConfigError
from crawler.schedule import check, check_sources, due, next_due
from settings.app import SourceSettings

BERLIN = ZoneInfo("Europe/Berlin")
DAMASCUS = ZoneInfo("Asia/Damascus")
SUNDAY_NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def following(expression: str, last: datetime, zone: ZoneInfo | None = None) -> datetime:
    moment = next_due(expression, last.timestamp(), zone or UTC)
    return datetime.fromtimestamp(moment, zone or UTC)


@pytest.mark.parametrize(
    ("schedule", "later"),
    [
        ("90s", timedelta(seconds=90)),
        ("30m", timedelta(minutes=30)),
        ("6h", timedelta(hours=6)),
        ("1d", timedelta(days=1)),
        ("2w", timedelta(weeks=2)),
        (" 6 h ", timedelta(hours=6)),
    ],
)
def test_an_interval_counts_from_the_last_crawl(schedule: str, later: timedelta) -> None:
    assert following(schedule, SUNDAY_NOON) == SUNDAY_NOON + later


@pytest.mark.parametrize("schedule", [None, "6h", "0 6 * * *"])
def test_what_was_never_crawled_is_due_at_once(schedule: str | None) -> None:
    assert next_due(schedule, None) == 0.0


def test_no_schedule_means_every_time() -> None:
    assert next_due(None, SUNDAY_NOON.timestamp()) == 0.0


@pytest.mark.parametrize(
    ("expression", "day", "hour"),
    [
        ("0 6 * * *", 2, 6),
        ("30 13 * * *", 1, 13),
        ("0 6 * * 0", 8, 6),
        ("0 6 * * 7", 8, 6),
        ("0 6 * * sun", 8, 6),
        ("0 6 * * SUN", 8, 6),
        ("0 6 * * 1", 2, 6),
        ("0 6 * * 2-5", 3, 6),
        ("0 6 * * fri-sun", 6, 6),
        ("0 6 * * 5-7", 6, 6),
        ("0 6 * * 6,3", 4, 6),
        ("0 6 * * */3", 4, 6),
        ("0 6 * * 2/2", 3, 6),
        ("0 6 13 * *", 13, 6),
        ("0 6 13 * 5", 6, 6),
        ("0 6 4 * fri", 4, 6),
    ],
)
def test_cron_is_read_as_crontab_reads_it(expression: str, day: int, hour: int) -> None:
    fires = following(expression, SUNDAY_NOON)
    assert (fires.month, fires.day, fires.hour) == (3, day, hour)


def test_cron_is_meant_in_the_sources_own_zone() -> None:
    fires = following("0 6 * * *", SUNDAY_NOON, DAMASCUS)
    assert fires == datetime(2026, 3, 2, 6, tzinfo=DAMASCUS)
    assert fires.astimezone(UTC).hour == 3


def test_an_hour_that_the_clocks_leave_out_costs_no_day() -> None:
    saturday = datetime(2026, 3, 28, 12, tzinfo=BERLIN)
    first = following("30 2 * * *", saturday, BERLIN)
    assert (first.day, first.hour, first.minute) == (29, 3, 30)
    second = following("30 2 * * *", first, BERLIN)
    assert (second.day, second.hour, second.minute) == (30, 2, 30)


def test_every_hour_is_every_hour_when_clocks_go_back() -> None:
    moment = datetime(2026, 10, 25, 0, 30, tzinfo=BERLIN).timestamp()
    fires = []
    for _ in range(4):
        moment = next_due("0 * * * *", moment, BERLIN)
        fires.append(moment)
    assert [later - earlier for earlier, later in pairwise(fires)] == [3600.0] * 3


def test_an_interval_is_not_bent_by_the_clocks() -> None:
    saturday = datetime(2026, 3, 28, 12, tzinfo=BERLIN)
    assert next_due("1d", saturday.timestamp(), BERLIN) == saturday.timestamp() + 86_400


def test_a_day_that_never_comes_is_never_due() -> None:
    assert next_due("0 0 31 2 *", SUNDAY_NOON.timestamp()) == float("inf")


@pytest.mark.parametrize(
    "schedule",
    ["", "often", "6x", "-1h", "6.5h", "@daily", "* * * *", "0 0 1 1 * 2027", "60 * * * *", "0 24 * * *",
     "0 6 * * 8", "0 6 * * mon-", "0 6 * * moon", "0 6 * * 1/0", "0 6 0 * *", "0 6 * 13 *", "1;2 * * * *"],
)  # fmt: skip
def test_what_is_no_schedule_is_refused_with_what_is_allowed(schedule: str) -> None:
    with pytest.raises(ConfigError, match=r"30m, 6h, 1d.*0 \*/6 \* \* \*") as refused:
        check(schedule)
    assert repr(schedule) in str(refused.value)
    with pytest.raises(ConfigError):
        next_due(schedule, None)


@given(st.text(max_size=30))
def test_any_text_is_a_schedule_or_refused(text: str) -> None:
    try:
        moment = next_due(text, SUNDAY_NOON.timestamp())
    except ConfigError:
        return
    assert moment >= SUNDAY_NOON.timestamp()


@given(
    st.lists(st.integers(0, 7), min_size=1, max_size=4, unique=True),
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_weekdays_fall_on_their_days(days: list[int], last: datetime) -> None:
    fires = following(f"0 6 * * {','.join(map(str, days))}", last)
    assert fires.isoweekday() % 7 in {day % 7 for day in days}
    assert timedelta(0) < fires - last <= timedelta(days=8)


def source(name: str, schedule: str | None = None, timezone: str | None = None) -> SourceSettings:
    return SourceSettings(name=name, url=f"https://{name}.test/", schedule=schedule, timezone=timezone)


def test_due_are_those_whose_time_has_come() -> None:
    noon = SUNDAY_NOON.timestamp()
    sources = [
        source("always"),
        source("new", "1d"),
        source("hourly", "1h"),
        source("daily", "1d"),
        source("mornings", "0 6 * * *"),
        source("mornings-there", "0 13 * * *", "Asia/Damascus"),
    ]
    crawled = dict.fromkeys(["always", "hourly", "daily", "mornings", "mornings-there"], noon)
    assert [s.name for s in due(sources, crawled, noon + 1)] == ["always", "new"]
    assert [s.name for s in due(sources, crawled, noon + 3600)] == ["always", "new", "hourly"]
    assert [s.name for s in due(sources, crawled, noon + 86_400)] == [s.name for s in sources]
    at_13_there = datetime(2026, 3, 2, 13, tzinfo=DAMASCUS).timestamp()
    assert "mornings-there" not in [s.name for s in due(sources, crawled, at_13_there - 1)]
    assert "mornings-there" in [s.name for s in due(sources, crawled, at_13_there)]


def test_a_wrong_schedule_is_told_with_its_source() -> None:
    check_sources([source("good", "6h"), source("none")])
    with pytest.raises(ConfigError, match=r"warraq\.toml: \[\[source\]\] 'bad': schedule 'often'"):
        check_sources([source("good", "6h"), source("bad", "often")])
