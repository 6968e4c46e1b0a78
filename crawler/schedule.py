"""What is due when: an interval or a cron expression a source."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from archive.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from settings.app import SourceSettings

INTERVAL = re.compile(r"^(\d{1,6})\s*([smhdw])$")
UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


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
    interval = INTERVAL.match(schedule.strip())
    if interval is not None:
        return last + int(interval[1]) * UNIT_SECONDS[interval[2]]
    fires = CronTrigger.from_crontab(schedule, timezone=zone).get_next_fire_time(
        None, datetime.fromtimestamp(last + 1, zone)
    )
    return float("inf") if fires is None else fires.timestamp()


def check(schedule: str) -> None:
    """Refuse what is no schedule.

    Raises:
        ConfigError: says what is allowed.
    """
    if INTERVAL.match(schedule.strip()):
        return
    try:
        CronTrigger.from_crontab(schedule, timezone=UTC)
    except ValueError as error:
        raise ConfigError(
            f"schedule {schedule!r}: {error}. Give an interval (30m, 6h, 1d) or five cron fields ('0 */6 * * *')."
        ) from error


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
