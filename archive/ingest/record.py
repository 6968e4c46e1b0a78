"""Recording: an exchange's bytes into WARC, then its capture into archive.db."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.records import Capture
from archive.urls import canonical
from archive.wire import media_type

if TYPE_CHECKING:
    from archive.records import Exchange
    from archive.store import ArchiveStore
    from archive.warc.location import Location
    from archive.warc.writer import WarcWriter


class Recorder:
    """Writes exchanges to WARC at once and their captures in batches.

    Nothing is promised until `checkpoint`: it makes the WARC bytes durable first and commits the
    captures' rows second, so the database is never ahead of the files.
    """

    def __init__(self, writer: WarcWriter, store: ArchiveStore) -> None:
        self._writer = writer
        self._store = store
        self._next_id = store.next_capture_id()
        self._pending: list[Capture] = []

    @property
    def pending(self) -> int:
        """Captures not yet durable."""
        return len(self._pending)

    def record(self, exchange: Exchange) -> Capture:
        """Append an exchange to WARC."""
        return self._note(exchange, self._writer.append(exchange))

    def record_resource(self, exchange: Exchange, media_type: str) -> Capture:
        """Append an imported file: an exchange with neither request nor status, its bytes as body."""
        location = self._writer.append_resource(
            exchange.url, exchange.body, media_type, exchange.started, exchange.provenance
        )
        return self._note(exchange, location)

    def _note(self, exchange: Exchange, location: Location) -> Capture:
        capture = capture_of(self._next_id, exchange, location)
        self._next_id += 1
        self._pending.append(capture)
        return capture

    def checkpoint(self) -> list[Capture]:
        """Make everything recorded so far durable.

        Returns:
            The captures among it that are to be read as articles, in order.
        """
        if not self._pending:
            return []
        self._writer.sync()
        batch, self._pending = self._pending, []
        waiting = [capture for capture in batch if is_readable(capture)]
        self._store.add_captures(batch, waiting={capture.id for capture in waiting})
        return waiting


def capture_of(capture_id: int, exchange: Exchange, location: Location) -> Capture:
    """The row of an exchange that lies at `location`."""
    return Capture(
        id=capture_id,
        url=exchange.url,
        canonical_url=canonical(exchange.url),
        role=exchange.provenance.role,
        source=exchange.provenance.source,
        started=exchange.started,
        status=exchange.status,
        media_type=media_type(exchange.headers)[0],
        payload_digest=location.payload_digest,
        record_type=location.record_type,
        warc_file=location.warc_file,
        offset=location.offset,
        length=location.length,
        group_length=location.group_length,
        truncated=exchange.truncated,
        error=exchange.error,
    )


def is_readable(capture: Capture) -> bool:
    """Whether a capture is to be read as an article: a page that came whole."""
    if capture.record_type == "resource":
        return True
    return (
        capture.role == "page"
        and capture.record_type == "response"
        and capture.status is not None
        and 200 <= capture.status < 300
        and capture.truncated is None
        and capture.error is None
    )
