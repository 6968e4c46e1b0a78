"""ARC, the format before WARC (https://archive.org/web/researcher/ArcFileFormat.php): its records as WARC's."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

MAX_LINE_BYTES: Final = 64 * 1024
"""Of the line that begins a record: a URL and four short fields (version 1), or nine (version 2)."""
LINE: Final = re.compile(
    rb"(?P<url>[a-z][a-z0-9+.-]{1,30}:\S*) (?P<ip>[0-9A-Fa-f.:]+) (?P<date>\d{8,14}) (?P<type>\S*)"
    rb"(?: \S+){0,5}? (?P<length>\d{1,15})\r?\n",
    re.IGNORECASE,
)


def fields_of(line: bytes) -> dict[str, str] | None:
    """The line that begins a record as named fields of a WARC record; None where it is no such line.

    The version block, which names the file itself, becomes a warcinfo record.
    """
    found = LINE.fullmatch(line)
    if found is None:
        return None
    date = found["date"].decode("ascii").ljust(14, "0")
    try:
        started = datetime.strptime(date, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    url = found["url"].decode("utf-8", "replace")
    own = url.startswith("filedesc:")
    return {
        "warc-type": "warcinfo" if own else "response",
        "warc-target-uri": url,
        "warc-date": f"{started:%Y-%m-%dT%H:%M:%SZ}",
        "warc-ip-address": found["ip"].decode("ascii"),
        "content-type": found["type"].decode("latin-1"),
        "content-length": found["length"].decode("ascii"),
    }
