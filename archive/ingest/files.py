"""Texts and HTML pages from disk, into the archive as resource records."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from archive.ingest.derive import MAX_DECODED_BYTES
from archive.ingest.file_manifest import Described, describe
from archive.ingest.folders import find, open_regular
from archive.records import Exchange, Provenance
from archive.warc.digest import sha1
from archive.warc.foreign import UNPACK_ZSTD
from archive.warc.reader import read_exchange

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from archive.ingest.record import Recorder
    from archive.store import ArchiveStore

MEDIA_TYPES = {
    ".txt": "text/plain",
    ".text": "text/plain",
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "text/html",
}
"""By the end of the name, once a `.gz` is taken off."""


BATCH_CAPTURES = 500
ZSTD = (".zst", ".zstd")


@dataclass(slots=True)
class Imported:
    """What an import took in."""

    files: int = 0
    unchanged: int = 0
    """Files whose bytes are in the archive already."""
    refused: dict[str, str] = field(default_factory=dict)
    """Path -> why it was left out."""


def record_files(paths: Iterable[Path], recorder: Recorder, store: ArchiveStore) -> Imported:
    """Record the files named and those below the folders named, with what manifests among them say.

    Raises:
        NotFoundError: a path does not exist.
    """
    found = find(paths)
    said = describe(found)
    imported = record_found(found.files, said.rows, recorder, store)
    imported.refused = {**found.left_out, **said.faults, **imported.refused}
    return imported


def record_found(
    paths: Iterable[Path], rows: Mapping[Path, Described], recorder: Recorder, store: ArchiveStore
) -> Imported:
    """Record files as they are, with what is said of them; what is there already is passed over.

    A file is there where its bytes are, under the same address. One that a manifest describes is there where
    they are with the same description: who mends a title gets it mended.
    """
    imported = Imported()
    pending: set[tuple[str, str]] = set()
    for path in paths:
        row = rows.get(path.resolve())
        try:
            exchange = _exchange(path, row)
        except (OSError, EOFError, ValueError, zlib.error) as error:
            imported.refused[str(path)] = _reason(error)
            continue
        digest = sha1(exchange.body)
        takedown = store.takedowns.of_url(exchange.url) or store.takedowns.of_payload(digest)
        if takedown is not None:
            imported.refused[str(path)] = str(takedown)
            continue
        if (exchange.url, digest) in pending or recorder.pending >= BATCH_CAPTURES:
            recorder.checkpoint()
            pending.clear()
        if _is_there(exchange, digest, row, recorder, store):
            imported.unchanged += 1
            continue
        recorder.record_resource(exchange, exchange.headers[0][1].decode("ascii"))
        pending.add((exchange.url, digest))
        imported.files += 1
    return imported


def _is_there(
    exchange: Exchange, digest: str, row: Described | None, recorder: Recorder, store: ArchiveStore
) -> bool:
    if row is None:
        return store.has_payload(exchange.url, digest)
    for capture in store.captures(url=exchange.url):
        if capture.payload_digest != digest or capture.record_type != "resource":
            continue
        kept = read_exchange(recorder.folder, capture.warc_file, capture.offset, capture.group_length)
        same_instant = row.fetched is None or kept.started == row.fetched
        if same_instant and (kept.provenance, kept.headers) == (exchange.provenance, exchange.headers):
            return True
    return False


def _exchange(path: Path, row: Described | None) -> Exchange:
    """A file as what came by no exchange; ValueError or OSError where it cannot be read."""
    media_type, content = _read(path)
    if row is None:
        row = Described(place="", file=path.name, provenance=Provenance(via=path.name))
    if row.encoding is not None:
        media_type = f"{media_type}; charset={row.encoding}"
    return Exchange(
        url=row.url or path.resolve().as_uri(),
        started=row.fetched or datetime.now(UTC),
        request=b"",
        body=content,
        headers=((b"Content-Type", media_type.encode("ascii")),),
        provenance=row.provenance,
    )


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"cannot be read: {error.strerror or error}"
    return f"damaged: {error}" if isinstance(error, zlib.error | EOFError) else str(error)


def _read(path: Path) -> tuple[str, bytes]:
    """Media type and bytes of a file; a `.gz` is unpacked.

    Raises:
        ValueError: of no known kind, too large, or empty. zlib.error, EOFError: what is packed is damaged.
    """
    packed = path.suffix.lower() == ".gz"
    name = path.with_suffix("") if packed else path
    media_type = MEDIA_TYPES.get(name.suffix.lower())
    if path.name.lower().endswith(ZSTD):
        raise ValueError(UNPACK_ZSTD)
    if media_type is None:
        raise ValueError(f"of no known kind; known are {', '.join(MEDIA_TYPES)}, also with .gz")
    with open_regular(path) as file, gzip.open(file) if packed else file as plain:
        content = plain.read(MAX_DECODED_BYTES + 1)
    if len(content) > MAX_DECODED_BYTES:
        raise ValueError(f"larger than {MAX_DECODED_BYTES} bytes")
    if not content.strip():
        raise ValueError("empty")
    return media_type, content
