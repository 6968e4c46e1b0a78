"""Where a recorded attempt lies, and how a later one refers to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

IMPORTED: Final = "imported/"
"""How the names of foreign files begin, relative to the folder of WARC files."""

RecordType = Literal["response", "revisit", "request", "resource", "metadata"]
"""Of an attempt's first record; `metadata` stands alone in the place of an attempt that was taken down."""

WITHOUT_PAYLOAD: Final = frozenset({"request", "metadata"})
"""First records of attempts in which nothing came; the digest they bear is of what they are themselves."""
TOMBSTONE: Final = "urn:warraq:takedown:"
"""And the takedown's id: what stands in the place of every address that it withholds, in WARC and in rows."""


@dataclass(frozen=True, slots=True)
class Location:
    """Where the records of one attempt lie: successive gzip members of one file."""

    warc_file: str
    """Final name, relative to the folder of WARC files; while it is written, `.open` is appended to it."""
    offset: int
    """Of the first member, in bytes: the response's, or that of the only record there is."""
    length: int
    """Of that member, in bytes."""
    group_length: int
    """Of all members of the attempt, in bytes."""
    record_type: RecordType
    """Of the record at `offset`; `request` where no response came, `metadata` where all was taken down."""
    payload_digest: str | None
    """`sha1:` and base32 of the de-chunked, still content-encoded payload; of a 304, of what it says is
    unchanged; None where none came."""
    record_id: str
    """WARC-Record-ID of the record at `offset`, as `<urn:uuid:...>`."""
    refers_to: tuple[str, datetime] | None = None
    """Address and instant of what a foreign revisit says it repeats: its digest may be of another algorithm."""


def is_foreign(warc_file: str) -> bool:
    """Whether a capture's file is one that was imported."""
    return warc_file.startswith(IMPORTED)


@dataclass(frozen=True, slots=True)
class Original:
    """The earlier capture that a revisit record stands for (WARC 1.1, section 6.7)."""

    url: str
    started: datetime
    """WARC-Date of the earlier capture."""
    record_id: str
    profile: Literal["identical-payload-digest", "server-not-modified"] = "identical-payload-digest"
    payload_digest: str | None = None
    """Of the earlier capture; what a 304, whose own payload is empty, says is unchanged."""


def is_unmodified(headers: Mapping[str, str]) -> bool:
    """Whether a revisit record is of a 304, by its named fields; of WARC 1.0 or 1.1."""
    return headers.get("warc-profile", "").endswith("/server-not-modified")


def tombstone_address(takedown: int) -> str:
    """The address of what a takedown withholds."""
    return f"{TOMBSTONE}{takedown}"


def takedown_at(address: str) -> int | None:
    """The takedown that such an address names; None for any other."""
    number = address.removeprefix(TOMBSTONE)
    return int(number) if number != address and number.isascii() and number.isdigit() else None
