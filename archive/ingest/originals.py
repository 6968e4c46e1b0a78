"""What a later capture repeats: the same payload again, or a server's word that nothing changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.warc.location import is_foreign

if TYPE_CHECKING:
    from datetime import datetime

    from archive.records import Capture, Exchange
    from archive.store import ArchiveStore
    from archive.warc.location import Location

NOT_MODIFIED = 304


class Originals:
    """Finds the earlier capture that a revisit record refers to (WARC 1.1, section 6.7).

    A capture that is recorded but not yet in archive.db is known as well. The answer depends on the captures
    before it alone, so that a rebuild finds the same. What we fetch refers to what we fetched, and a foreign
    record to foreign ones: either may be taken away without the other.
    """

    def __init__(self, store: ArchiveStore) -> None:
        self._store = store
        self._by_payload: dict[tuple[bool, str], Capture] = {}
        self._by_url: dict[tuple[bool, str], Capture] = {}
        self._by_instant: dict[tuple[str, datetime], Capture] = {}

    def find(
        self, url: str, status: int | None, payload_digest: str | None, *, foreign: bool = False
    ) -> Capture | None:
        """The capture that an answer repeats; None where it is the first of its kind."""
        if status == NOT_MODIFIED:
            return self.unmodified(url, foreign=foreign)
        if status != 200 or payload_digest is None:
            return None
        # The earliest, whatever is stored already: a rebuild stores at other moments. Foreign files repeat payloads.
        stored = self._store.first_with_payload(payload_digest, foreign=foreign)
        return stored or self._by_payload.get((foreign, payload_digest))

    def repeated_by(self, exchange: Exchange, location: Location) -> Capture | None:
        """The capture that a record read back repeats, where it is a revisit."""
        if location.record_type != "revisit":
            return None
        foreign = is_foreign(location.warc_file)
        # Crawlers of the Internet Archive write revisits without a head: what came was what had come before.
        status = 200 if exchange.status is None and foreign else exchange.status
        found = self.find(exchange.url, status, location.payload_digest, foreign=foreign)
        return found if found is not None or location.refers_to is None else self._named(*location.refers_to)

    def _named(self, url: str, started: datetime) -> Capture | None:
        """The whole answer in a foreign file that was fetched from an address at an instant."""
        return self._store.foreign_at(url, started) or self._by_instant.get((url, started))

    def unmodified(self, url: str, *, foreign: bool = False) -> Capture | None:
        """The last whole answer of a URL, which a 304 confirms."""
        return self._by_url.get((foreign, url)) or self._store.last_whole(url, foreign=foreign)

    def add(self, capture: Capture, original: Capture | None = None) -> None:
        """Take a capture into account that is not in archive.db yet, and what it repeats."""
        if (
            capture.record_type not in {"response", "revisit"}
            or capture.status != 200
            or not is_whole(capture)
        ):
            return
        foreign = is_foreign(capture.warc_file)
        self._by_url[foreign, capture.url] = original or capture
        if foreign and capture.record_type == "response":
            self._by_instant.setdefault((capture.url, capture.started), capture)
        if capture.record_type == "response" and capture.payload_digest is not None:
            self._by_payload.setdefault((foreign, capture.payload_digest), capture)

    def stored(self) -> None:
        """Everything added is in archive.db now."""
        self._by_payload.clear()
        self._by_url.clear()
        self._by_instant.clear()


def is_whole(capture: Capture) -> bool:
    """Whether all of an answer came."""
    return capture.truncated is None and capture.error is None
