"""Days of other calendars as Gregorian ones.

The solar hijri calendar (Iran, Afghanistan, Kurdistan) and the eras of East Asia convert exactly. A day of the
lunar hijri calendar converts by Umm al-Qura, the civil calendar of Saudi Arabia (Van Gent's tables, in hijridate);
where a month begins by sighting, as in most other countries, it can be a day off either way.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

from hijridate import Hijri

Calendar = Literal["gregorian", "solar", "hijri"]

EARLIEST_YEAR = 1990
"""Nothing on the web was published before it."""
LATEST_YEAR = 2100

SOLAR_EPOCH = (1349, date(1970, 3, 21))
"""A solar hijri year and the day it began."""

ERAS = {"令和": 2018, "平成": 1988, "民國": 1911, "民国": 1911}
"""An era -> the Gregorian year before its first."""

BUDDHIST_YEARS = range(2533, 2644)
"""Of the Thai calendar, 543 ahead."""


def to_gregorian(calendar: Calendar, year: int, month: int, day: int) -> date | None:
    """A day of a calendar; None where there is no such day, or no page was published in its year."""
    try:
        if calendar == "solar":
            found = solar_to_gregorian(year, month, day)
        elif calendar == "hijri":
            found = date.fromisoformat(Hijri(year, month, day).to_gregorian().isoformat())
        else:
            found = date(year - 543 if year in BUDDHIST_YEARS else year, month, day)
    except (ValueError, OverflowError):  # the 31st of June, a year that Umm al-Qura does not know
        return None
    return found if found and EARLIEST_YEAR <= found.year <= LATEST_YEAR else None


def solar_to_gregorian(year: int, month: int, day: int) -> date | None:
    """A day of the solar hijri calendar, by the 33-year cycle, exact to 1633 (Heydari-Malayeri 2004)."""
    if not (SOLAR_EPOCH[0] <= year <= 1633 and 1 <= month <= 12 and 1 <= day <= (31 if month < 7 else 30)):
        return None
    is_leap = _is_solar_leap(year)
    if month == 12 and day == 30 and not is_leap:
        return None
    leaps = sum(_is_solar_leap(past) for past in range(SOLAR_EPOCH[0], year))
    days = 365 * (year - SOLAR_EPOCH[0]) + leaps + (month - 1) * 31 - max(0, month - 7) + day - 1
    return SOLAR_EPOCH[1] + timedelta(days=days)


def _is_solar_leap(year: int) -> bool:
    return (25 * year + 11) % 33 < 8
