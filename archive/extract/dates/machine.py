"""Dates as machines write them; those that people write are in `archive.extract.dates.written`."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from archive.extract.dates.calendars import EARLIEST_YEAR, to_gregorian

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

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

    def on(self, day: date) -> Moment:
        """The same time of another day."""
        if not isinstance(self.value, datetime):
            return Moment(day)
        return Moment(datetime.combine(day, self.value.timetz()))

    def after(self, instant: datetime) -> bool:
        """Whether it lies after an aware instant, whatever zone the page may be in."""
        if isinstance(self.value, datetime) and self.value.tzinfo is not None:
            return self.value > instant
        # A day begins 14 hours before UTC's in the easternmost zone (Pacific/Kiritimati).
        return self.day > (instant + timedelta(hours=14)).date()


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


def from_url(url: str) -> Moment | None:
    """The day that a URL's path names, as in /2024/05/03/."""
    match = URL_DATE.search(url)
    found = to_gregorian("gregorian", int(match[1]), int(match[2]), int(match[3])) if match else None
    return Moment(found) if found else None
