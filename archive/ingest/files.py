"""Texts and HTML pages from disk, into the archive as resource records."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from archive.errors import NotFoundError
from archive.ingest.derive import MAX_DECODED_BYTES
from archive.records import Exchange, Provenance
from archive.warc.digest import sha1

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
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


@dataclass(slots=True)
class Imported:
    """What an import took in."""

    files: int = 0
    unchanged: int = 0
    """Files whose bytes are in the archive already."""
    refused: dict[str, str] = field(default_factory=dict)
    """Path -> why it was left out."""


def files_under(paths: Iterable[Path]) -> Iterator[Path]:
    """The files named, and those below the folders named, in order.

    Raises:
        NotFoundError: a path does not exist.
    """
    for path in paths:
        if path.is_dir():
            yield from sorted(
                found for found in path.rglob("*") if found.is_file() and not found.name.startswith(".")
            )
        elif path.is_file():
            yield path
        else:
            raise NotFoundError(f"{path}: no such file or folder.")


def record_files(paths: Iterable[Path], recorder: Recorder, store: ArchiveStore) -> Imported:
    """Record files as they are; what is there already, byte for byte under the same name, is passed over."""
    imported = Imported()
    for path in files_under(paths):
        try:
            media_type, content = _read(path)
        except (OSError, EOFError, ValueError) as error:
            imported.refused[str(path)] = str(error)
            continue
        url = path.resolve().as_uri()
        takedown = store.takedowns.of_url(url) or store.takedowns.of_payload(sha1(content))
        if takedown is not None:
            imported.refused[str(path)] = str(takedown)
            continue
        if store.has_payload(url, sha1(content)):
            imported.unchanged += 1
            continue
        exchange = Exchange(
            url, datetime.now(UTC), b"", body=content,
            headers=((b"Content-Type", media_type.encode()),), provenance=Provenance(role="page", via=path.name),
        )  # fmt: skip
        recorder.record_resource(exchange, media_type)
        imported.files += 1
    return imported


def _read(path: Path) -> tuple[str, bytes]:
    """Media type and bytes of a file; a `.gz` is unpacked.

    Raises:
        ValueError: of no known kind, too large, or empty.
    """
    packed = path.suffix.lower() == ".gz"
    name = path.with_suffix("") if packed else path
    media_type = MEDIA_TYPES.get(name.suffix.lower())
    if media_type is None:
        raise ValueError(f"of no known kind; known are {', '.join(MEDIA_TYPES)}, also with .gz")
    with gzip.open(path) if packed else path.open("rb") as file:
        content = file.read(MAX_DECODED_BYTES + 1)
    if len(content) > MAX_DECODED_BYTES:
        raise ValueError(f"larger than {MAX_DECODED_BYTES} bytes")
    if not content.strip():
        raise ValueError("empty")
    return media_type, content
