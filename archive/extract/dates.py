"""Dates as machines and newspapers write them.

The names of months stand in months.txt, as journalists use them: for Arabic that is four sets, Levantine
(كانون الثاني), the Gulf's and Egypt's (يناير), Algerian and Tunisian (جانفي), Moroccan (غشت, شتنبر, نونبر).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from email.utils import parsedate_to_datetime
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from zoneinfo import ZoneInfo

EARLIEST_YEAR = 1990
"""Nothing on the web was published before it."""

SOLAR_MARK = "fa-solar"
SOLAR_EPOCH = (1349, date(1970, 3, 21))
"""A solar hijri year and the day it began."""

ISO = re.compile(
    r"^\s*(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})"
    r"(?:[T\s,]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"\s*(?P<offset>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{1,2})?)?(?![\d:])",
    re.IGNORECASE,
)
COMPACT = re.compile(
    r"^(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"
    r"(?:T?(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?(?P<offset>Z|[+-]\d{2}:?\d{2})?)?$"
)
EPOCH = re.compile(r"^(\d{10})(?:\d{3})?$")
RFC_2822 = re.compile(r"^\s*(?:\w{3,9},?\s+)?\d{1,2}\s+[A-Za-z]{3}[a-z]*\s+\d{4}\s+\d{1,2}:\d{2}")

DAY_FIRST = re.compile(
    r"(?<![\d/.:])(\d{1,2})(?:st|nd|rd|th|er|º|ª|°)?[\s.،,\-–/]{0,3}(?:of\s+|de\s+|del\s+|من\s+)?"
    r"([^\W\d_][\w'’]*(?:\s+[^\W\d_]\w*)?)[\s.،,\-–/]{0,4}(?:de\s+|del\s+)?(\d{4})(?!\d)"
)
MONTH_FIRST = re.compile(
    r"((?:[^\W\d_]\w*\s+)?[^\W\d_]\w*)\.?\s+(\d{1,2})(?:st|nd|rd|th)?[\s,.]{1,3}(\d{4})(?!\d)"
)
YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})\s?[年년./-]\s?(\d{1,2})\s?[月월./-]\s?(\d{1,2})(?!\d)")
NUMERIC = re.compile(r"(?<![\d/.:-])(\d{1,2})\s?([./-])\s?(\d{1,2})\s?\2\s?(\d{4})(?![\d/])")
CLOCK = re.compile(
    r"(?<![\d:.])(\d{1,2})[:.h](\d{2})(?::(\d{2}))?(?![\d./])\s*([ap]\.?m\.?|صباحا|مساء|ص|م)?(?!\w)",
    re.IGNORECASE,
)
URL_DATE = re.compile(r"(?<!\d)((?:19|20)\d{2})[/-](\d{1,2})[/-](\d{1,2})(?!\d)")


@dataclass(frozen=True, slots=True)
class Moment:
    """A date as a page states it, no more exact than it was said."""

    value: datetime | date
    """A date alone; or a datetime, naive where no offset was said and no zone is known."""

    @property
    def zoned(self) -> bool:
        """Whether this is one instant for everybody."""
        return isinstance(self.value, datetime) and self.value.tzinfo is not None

    @property
    def day(self) -> date:
        """The day, in the page's own zone."""
        return self.value.date() if isinstance(self.value, datetime) else self.value

    def iso(self) -> str:
        """ISO 8601, as exact as it was said."""
        return self.value.isoformat()

    def after(self, instant: datetime) -> bool:
        """Whether it lies after an aware instant, whatever zone the page may be in."""
        if isinstance(self.value, datetime) and self.value.tzinfo is not None:
            return self.value > instant
        # A day begins 14 hours before UTC's in the easternmost zone (Pacific/Kiritimati).
        return self.day > (instant + timedelta(hours=14)).date()


def fold_name(text: str) -> str:
    """Fold a month's name, or a text that may hold one: case, accents, hamza forms, digits."""
    out = []
    for char in unicodedata.normalize("NFKD", text.casefold()):
        if unicodedata.combining(char) or char in "\u0640\u200c\u200d\u200e\u200f\u061c":
            continue
        digit = unicodedata.decimal(char, None)
        out.append(
            str(digit) if digit is not None else {"ى": "ي", "ی": "ي", "ک": "ك", "ı": "i"}.get(char, char)
        )
    return "".join(out)


@lru_cache(maxsize=1)
def months() -> Mapping[str, tuple[int, bool]]:
    """The names in months.txt, folded -> (month, whether it is a solar hijri one); read once a process."""
    table: dict[str, tuple[int, bool]] = {}
    text = resources.files("archive.extract").joinpath("months.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        language, *names = line.split()
        for number, name in enumerate(names, start=1):
            if name != "_":
                table.setdefault(fold_name(name.replace("_", " ")), (number, language == SOLAR_MARK))
    return table


def parse_machine(raw: str, zone: ZoneInfo | None = None) -> Moment | None:
    """Read a date written for machines: ISO 8601 and its deviations, RFC 2822, seconds since 1970.

    Args:
        raw: the value of an attribute or property.
        zone: the source's zone, for a time without an offset.

    Returns:
        None for what is no date, or one before EARLIEST_YEAR.
    """
    raw = fold_digits(raw.strip())[:64]
    match = ISO.match(raw) or COMPACT.match(raw)
    try:
        if match:
            moment = _moment(match.groupdict(), zone)
        elif EPOCH.match(raw):
            moment = Moment(datetime.fromtimestamp(int(raw[:10]), UTC))
        elif RFC_2822.match(raw):
            moment = Moment(_in_zone(parsedate_to_datetime(raw), zone))
        else:
            return None
    except (ValueError, OverflowError):  # the 31st of June, an offset of 99 hours
        return None
    return moment if moment.day.year >= EARLIEST_YEAR else None


def _moment(parts: dict[str, str | None], zone: ZoneInfo | None) -> Moment:
    """Raises ValueError for a day or time that does not exist."""
    day = date(*(int(parts[name] or 0) for name in ("year", "month", "day")))
    if parts["hour"] is None or parts["minute"] is None:
        return Moment(day)
    fraction = (parts.get("fraction") or "").ljust(6, "0")[:6]
    clock = time(int(parts["hour"]), int(parts["minute"]), int(parts["second"] or 0), int(fraction))
    offset = parts["offset"]
    if offset:
        return Moment(datetime.combine(day, clock, _offset(offset)))
    return Moment(datetime.combine(day, clock, zone))


def _offset(text: str) -> timezone:
    if text.upper() in {"Z", "UTC", "GMT"}:
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0") if len(text) > 3 else text[1:].zfill(2) + "00"
    delta = timedelta(hours=int(digits[:2]), minutes=int(digits[2:4]))
    return timezone(-delta if text[0] == "-" else delta)


def _in_zone(value: datetime, zone: ZoneInfo | None) -> datetime:
    return value if value.tzinfo is not None or zone is None else value.replace(tzinfo=zone)


def fold_digits(text: str) -> str:
    """Decimal digits of every script as ASCII digits."""
    if text.isascii():
        return text
    return "".join(
        str(digit) if (digit := unicodedata.decimal(char, None)) is not None else char for char in text
    )


def find_visible(text: str, zone: ZoneInfo | None = None, *, month_first: bool = False) -> Iterator[Moment]:
    """Dates that stand in a text for people, in the order they stand.

    A clock time beside a date counts only where the zone is known.

    Args:
        text: any text; its first 400 characters are read.
        zone: the source's zone.
        month_first: whether 3/4/2024 is 4 March (the United States' way).
    """
    folded = fold_name(text[:400])
    for start, end, day in sorted(_days(folded, month_first=month_first), key=lambda found: found[0]):
        clock = _clock_near(folded, start, end) if zone is not None else None
        if clock is None:
            yield Moment(day)
        else:
            yield Moment(datetime(day.year, day.month, day.day, *clock, tzinfo=zone))


def _days(text: str, *, month_first: bool) -> Iterator[tuple[int, int, date]]:
    for match in DAY_FIRST.finditer(text):
        found = _named(match[3], match[2], match[1])
        if found:
            yield match.start(), match.end(), found
    for match in MONTH_FIRST.finditer(text):
        found = _named(match[3], match[1], match[2])
        if found:
            yield match.start(), match.end(), found
    for match in YEAR_FIRST.finditer(text):
        found = _gregorian_or_solar(int(match[1]), int(match[2]), int(match[3]))
        if found:
            yield match.start(), match.end(), found
    for match in NUMERIC.finditer(text):
        first, second = int(match[1]), int(match[3])
        day, month = (
            (second, first)
            if second > 12 or (month_first and first <= 12 and match[2] == "/")
            else (first, second)
        )
        found = _gregorian_or_solar(int(match[4]), month, day)
        if found:
            yield match.start(), match.end(), found


def _named(year: str, name: str, day: str) -> date | None:
    words = name.split()
    names = months()
    month = names.get(" ".join(words)) or names.get(words[0]) or names.get(words[-1])
    if month is None:
        return None
    number, solar = month
    if solar != (1300 <= int(year) <= 1500):
        return None
    return _gregorian_or_solar(int(year), number, int(day))


def _gregorian_or_solar(year: int, month: int, day: int) -> date | None:
    if 1300 <= year <= 1500:
        return solar_to_gregorian(year, month, day)
    if 2500 <= year <= 2600:  # Thai solar calendar
        year -= 543
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found if EARLIEST_YEAR <= found.year <= 2100 else None


def solar_to_gregorian(year: int, month: int, day: int) -> date | None:
    """A day of the solar hijri calendar, by the 33-year cycle, exact to 1633 (Heydari-Malayeri 2004)."""
    if not (SOLAR_EPOCH[0] <= year <= 1633 and 1 <= month <= 12 and 1 <= day <= 31):
        return None
    leaps = sum((25 * past + 11) % 33 < 8 for past in range(SOLAR_EPOCH[0], year))
    days = 365 * (year - SOLAR_EPOCH[0]) + leaps + (month - 1) * 31 - max(0, month - 7) + day - 1
    return SOLAR_EPOCH[1] + timedelta(days=days)


def _clock_near(text: str, start: int, end: int) -> tuple[int, int, int] | None:
    for match in CLOCK.finditer(text[max(0, start - 30) : end + 40]):
        hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
        half = (match[4] or "").replace(".", "")
        if half in {"pm", "م", "مساء"} and hour < 12:
            hour += 12
        if half in {"am", "ص", "صباحا"} and hour == 12:
            hour = 0
        if hour < 24 and minute < 60 and second < 60:
            return hour, minute, second
    return None


def from_url(url: str) -> Moment | None:
    """The day that a URL's path names, as in /2024/05/03/."""
    match = URL_DATE.search(url)
    found = _gregorian_or_solar(int(match[1]), int(match[2]), int(match[3])) if match else None
    return Moment(found) if found else None
