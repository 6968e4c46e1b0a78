"""Recording: an exchange's bytes into WARC, then its capture into archive.db."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from archive.errors import WarcError
from archive.ingest.originals import NOT_MODIFIED, Originals
from archive.records import Capture, is_readable
from archive.store.takedowns import blank
from archive.urls import canonical, normalise
from archive.warc.digest import sha1
from archive.warc.location import Original
from archive.warc.reader import read_exchange, record_id_at
from archive.wire import header, media_type

if TYPE_CHECKING:
    from pathlib import Path

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
        self.originals = Originals(store)

    @property
    def folder(self) -> Path:
        """Of the WARC files."""
        return self._writer.folder

    @property
    def pending(self) -> int:
        """Captures not yet durable."""
        return len(self._pending)

    def record(self, exchange: Exchange) -> Capture:
        """Append an exchange to WARC: as a revisit where it repeats an earlier payload."""
        original = self._original(exchange)
        if original is None:
            return self._note(exchange, self._writer.append(exchange))
        revisit = Original(
            original.url,
            original.started,
            record_id_at(self._writer.folder, original.warc_file, original.offset),
            "server-not-modified" if exchange.status == NOT_MODIFIED else "identical-payload-digest",
            original.payload_digest,
        )
        return self._note(exchange, self._writer.append(exchange, revisit=revisit), original)

    def _original(self, exchange: Exchange) -> Capture | None:
        whole = exchange.truncated is None and exchange.error is None and bool(exchange.response)
        if not whole or (exchange.status != NOT_MODIFIED and not exchange.body):
            return None
        digest = sha1(exchange.body) if exchange.body else None
        return self.originals.find(exchange.url, exchange.status, digest)

    @property
    def last_id(self) -> int:
        """Of the last capture, durable or not; 0 where there is none."""
        return self._next_id - 1

    def unmodified(self, url: str) -> Exchange | None:
        """What a 304 of this URL stands for, read back; None where it is not there or cannot be read."""
        original = self.originals.unmodified(url)
        try:
            return None if original is None else self.read(original)
        except WarcError:
            return None  # 'warraq verify' tells of it; what it would be read for is a supplement

    def read(self, capture: Capture) -> Exchange:
        """An exchange that was recorded; of one that repeats a payload, with that payload.

        Raises:
            WarcError: it cannot be read.
        """
        exchange = self._read(capture)
        if capture.revisit_of is None or exchange.status == NOT_MODIFIED:
            return exchange
        return replace(exchange, body=self._read(self._store.capture(capture.revisit_of)).body)

    def _read(self, capture: Capture) -> Exchange:
        return read_exchange(self._writer.folder, capture.warc_file, capture.offset, capture.group_length)

    def record_resource(self, exchange: Exchange, media_type: str) -> Capture:
        """Append an imported file: an exchange with neither request nor status, its bytes as body."""
        location = self._writer.append_resource(
            exchange.url, exchange.body, media_type, exchange.started, exchange.provenance
        )
        return self._note(exchange, location)

    def adopt(self, exchange: Exchange, location: Location) -> Capture:
        """Take in a capture that lies in a foreign file already."""
        capture = read_back(self._store, self.originals, self._next_id, exchange, location)
        self._next_id += 1
        self._pending.append(capture)
        return capture

    def _note(self, exchange: Exchange, location: Location, original: Capture | None = None) -> Capture:
        capture = capture_of(self._next_id, exchange, location, original)
        self._next_id += 1
        self._pending.append(capture)
        self.originals.add(capture, original)
        return capture

    def checkpoint(self) -> list[Capture]:
        """Make everything recorded so far durable.

        Returns:
            The captures among it that are to be read as articles, in order.
        """
        if not self._pending:
            return []
        self._writer.sync()
        waiting = [capture for capture in self._pending if is_readable(capture)]
        self._store.add_captures(self._pending, waiting={capture.id for capture in waiting})
        self._pending = []
        self.originals.stored()
        return waiting

    def close_idle(self, seconds: float) -> None:
        """Finish the WARC file where nothing came for so long: a long wait leaves no file half open."""
        if not self._pending:
            self._writer.close_idle(seconds)


def capture_of(
    capture_id: int, exchange: Exchange, location: Location, original: Capture | None = None
) -> Capture:
    """The row of an exchange that lies at `location`, and repeats `original` where it is a revisit."""
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
        revisit_of=None if original is None else original.id,
        location=_location(exchange),
    )


def _location(exchange: Exchange) -> str | None:
    """Where a redirect leads (RFC 9110, 10.2.2; most servers send UTF-8 there)."""
    if exchange.status is None or not 300 <= exchange.status < 400:
        return None
    raw = header(exchange.headers, b"Location")
    return normalise(raw.decode("utf-8", "replace").strip(), exchange.url) if raw else None


def read_back(
    store: ArchiveStore, originals: Originals, capture_id: int, exchange: Exchange, location: Location
) -> Capture:
    """The row of an attempt that was found in a WARC file; a blank one where the ledger withholds it."""
    original = originals.repeated_by(exchange, location)
    capture = capture_of(capture_id, exchange, location, original)
    takedown = store.takedowns.of_record(location.record_id)
    if takedown is not None:
        capture = blank(capture, takedown.id)
    originals.add(capture, original)
    return capture
