"""Addresses of replay: `/20240501083000/https://news.example/` and its two other forms.

The forms and their names are those of other replay tools (pywb, the Wayback Machine), so that links to an
archive stay good when another tool serves it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from archive.urls import normalise

Form = Literal["", "mp_", "id_", "pl_"]
"""`` is the page with the banner above it, `mp_` what stands in the frame below, `id_` the bytes as archived; `pl_`,
which is ours alone, the page with the banner above the player."""

SECOND_DIGITS: Final = 14
MICROSECOND_DIGITS: Final = 20

_ADDRESS = re.compile(r"/([0-9]{4,20})([a-z]{2}_)?/(.+)", re.DOTALL)
_ONE_SLASH = re.compile(r"(https?:/)(?=[^/])", re.IGNORECASE)
# What other tools rewrite requisites to, by their kind; here the archived type alone decides.
_FORMS: Final[dict[str | None, Form]] = {
    None: "", "mp_": "mp_", "id_": "id_", "pl_": "pl_",
    "if_": "mp_", "im_": "mp_", "cs_": "mp_", "js_": "mp_", "fr_": "mp_",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Address:
    """What a request asks for: a URL near an instant."""

    stamp: str
    """`YYYYMMDDhhmmss` in UTC, cut short to no less than the year or with up to six digits of the second's
    fraction behind it."""
    url: str
    form: Form = ""

    @classmethod
    def parse(cls, target: str) -> Address | None:
        """From the path and query of a request, percent-encoded as sent; None where it is no such address."""
        found = _ADDRESS.fullmatch(target)
        if found is None or found[2] not in _FORMS or instant_of(found[1]) is None:
            return None
        # Some proxies and frameworks make one slash of two in a path.
        url = _ONE_SLASH.sub(r"\1/", found[3], count=1)
        if not url.startswith("file:"):
            url = normalise(url) or normalise(f"https://{url}") or url
        return cls(found[1], url, _FORMS[found[2]])

    @property
    def path(self) -> str:
        """Path and query of the request."""
        return f"/{self.stamp}{self.form}/{self.url}"


def instant_of(stamp: str) -> datetime | None:
    """The first instant that a stamp means; None where it is no date.

    Args:
        stamp: 4 to 20 digits; a field that is cut in two is left out.
    """
    year, rest = int(stamp[:4]), stamp[4:SECOND_DIGITS]
    fields = [int(rest[at : at + 2]) for at in range(0, len(rest) - 1, 2)]
    month, day, hour, minute, second = [*fields, *(1, 1, 0, 0, 0)[len(fields) :]]
    fraction = stamp[SECOND_DIGITS:].ljust(6, "0")
    try:
        # As in WARC and CDX, a leap second is the second before it.
        return datetime(year, month, day, hour, minute, min(second, 59), int(fraction), UTC)
    except ValueError:
        return None


def stamp_of(instant: datetime, digits: int = SECOND_DIGITS) -> str:
    """An instant as a stamp.

    Args:
        instant: aware.
        digits: 14, or 20 to tell captures of one second apart.
    """
    return f"{instant.astimezone(UTC):%Y%m%d%H%M%S%f}".rjust(MICROSECOND_DIGITS, "0")[:digits]
