"""Dates as feeds, sitemaps and REST give them, as ISO 8601: the offset kept where there was one."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_ISO = re.compile(
    r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2})?(\.\d+)?\s*(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?",
    re.IGNORECASE,
)
MAX_DATE_LENGTH = 80
"""Characters; the longest date of any format here is half of it."""
WIDEST_OFFSET = timedelta(hours=14)
"""Of Line Islands Time, the farthest zone from UTC."""


def iso(text: str | None) -> str | None:
    """Normalise a date of RFC 822, RFC 3339 or the W3C's profile of ISO 8601.

    Returns:
        `2024-05-01`, `2024-05-01T10:00:00` where no zone was given, or `2024-05-01T10:00:00+03:00`; seconds
        at most. None for anything else, and for days that do not exist.
    """
    text = (text or "").strip()
    if not text or len(text) > MAX_DATE_LENGTH:
        return None
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text).isoformat()
        match = _ISO.fullmatch(text)
        instant = _from_iso(match) if match else parsedate_to_datetime(text)
        if not match and text.endswith("-0000"):
            instant = instant.replace(tzinfo=UTC)  # RFC 5322, section 3.3: UTC, and the local zone not told
        return instant.isoformat(timespec="seconds")
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _from_iso(match: re.Match[str]) -> datetime:
    day, minute, second, _fraction, zone = match.groups()
    instant = datetime.fromisoformat(f"{day}T{minute}{second or ':00'}")
    if not zone:
        return instant
    if zone[0] not in "+-":
        return instant.replace(tzinfo=UTC)
    digits = zone[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return instant.replace(tzinfo=timezone(-offset if zone[0] == "-" else offset))


def with_offset(local: str | None, utc: str | None) -> str | None:
    """An instant from the pair that WordPress gives: local time and UTC, neither with a zone.

    Returns:
        Local time with the offset that the two imply; UTC where they imply none; None without `utc`, or
        what `local` says alone.
    """
    at_utc, at_home = iso(utc), iso(local)
    if at_utc is None or len(at_utc) != 19:
        return at_home
    instant = datetime.fromisoformat(at_utc)
    if at_home is not None and len(at_home) == 19:
        offset = datetime.fromisoformat(at_home) - instant
        if abs(offset) <= WIDEST_OFFSET and not offset % timedelta(minutes=15):
            return f"{at_home}{timezone(offset).tzname(None).removeprefix('UTC') or '+00:00'}"
    return f"{at_utc}+00:00"
