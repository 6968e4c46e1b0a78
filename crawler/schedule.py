"""What is due when: an interval or a cron expression a source."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from archive.errors import ConfigError
from settings.app import age_seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from settings.app import SourceSettings

CRON_FIELDS = 5
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
"""As crontab(5) counts them: 0 is Sunday, and so is 7. APScheduler counts from Monday, so it is given names."""
_WEEKDAY = f"[0-7]|{'|'.join(WEEKDAYS)}"
_WEEKDAY_RANGE = re.compile(rf"(?i)(\*|{_WEEKDAY})(?:-({_WEEKDAY}))?(?:/([1-7]))?")


def next_due(schedule: str | None, last: float | None, zone: tzinfo = UTC) -> float:
    """When a source is due next, in seconds since 1970; 0 is "at once".

    Args:
        schedule: `30m`, `6h`, `1d`, a cron expression of five fields, or None for "every time".
        last: when it was last crawled.
        zone: the zone a cron expression is meant in.

    Raises:
        ConfigError: the expression is neither.
    """
    if schedule is not None:
        check(schedule)
    if schedule is None or last is None:
        return 0.0
    interval = age_seconds(schedule)
    if interval is not None:
        return last + interval
    after = datetime.fromtimestamp(last + 1, zone)
    fires = (trigger.get_next_fire_time(None, after) for trigger in _triggers(schedule, zone))
    return min((fire.timestamp() for fire in fires if fire is not None), default=float("inf"))


def check(schedule: str) -> None:
    """Refuse what is no schedule.

    Raises:
        ConfigError: says what is allowed.
    """
    if age_seconds(schedule) is not None:
        return
    try:
        _triggers(schedule, UTC)
    except ValueError as error:
        raise ConfigError(
            f"schedule {schedule!r}: {error}. Give an interval (30m, 6h, 1d) or five cron fields ('0 */6 * * *')."
        ) from error


def check_sources(sources: Iterable[SourceSettings]) -> None:
    """Refuse sources whose schedule is none, due or not: who reads the file first should hear of it.

    Raises:
        ConfigError: names the source.
    """
    for source in sources:
        if source.schedule is not None:
            try:
                check(source.schedule)
            except ConfigError as error:
                raise ConfigError(f"warraq.toml: [[source]] {source.name!r}: {error}") from error


def _triggers(expression: str, zone: tzinfo) -> list[CronTrigger]:
    """The triggers of which the first to fire counts.

    A day of the month and a day of the week, both given, mean either, not both (crontab(5)).

    Raises:
        ValueError: it is no cron expression.
    """
    fields = expression.split()
    if len(fields) != CRON_FIELDS:
        raise ValueError(f"{len(fields)} fields instead of {CRON_FIELDS}")
    minute, hour, day, month, weekday = fields
    names = ",".join(name for part in weekday.split(",") for name in _weekdays(part))
    either = not (day.startswith("*") or weekday.startswith("*"))
    return [
        CronTrigger(minute=minute, hour=hour, day=days, month=month, day_of_week=weekdays, timezone=zone)
        for days, weekdays in ([(day, "*"), ("*", names)] if either else [(day, names)])
    ]


def _weekdays(part: str) -> list[str]:
    """The names of a part of the field of weekdays: `*`, `1`, `mon-fri`, `5-7`, `*/2`."""
    found = _WEEKDAY_RANGE.fullmatch(part)
    if found is None:
        raise ValueError(f"{part!r} is no day of the week (0 to 7 or {WEEKDAYS[0]} to {WEEKDAYS[-1]})")
    first = 0 if found[1] == "*" else _number(found[1])
    to_the_end = found[1] == "*" or found[3]
    last = _number(found[2]) if found[2] else 6 if to_the_end else first
    last += 7 * (last < first)
    return [WEEKDAYS[day % 7] for day in range(first, last + 1, int(found[3] or 1))]


def _number(weekday: str) -> int:
    return int(weekday) if weekday.isdigit() else WEEKDAYS.index(weekday.lower())


def due(
    sources: Iterable[SourceSettings], last_crawled: Mapping[str, float], now: float
) -> list[SourceSettings]:
    """The sources whose time has come."""
    return [
        source
        for source in sources
        if next_due(
            source.schedule,
            last_crawled.get(source.name),
            ZoneInfo(source.timezone) if source.timezone else UTC,
        )
        <= now
    ]
