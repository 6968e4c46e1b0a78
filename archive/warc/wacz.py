"""WACZ 1.1.1: WARC files, an index, a list of pages and a manifest in one ZIP file.

https://specs.webrecorder.net/wacz/1.1.1/. What is compressed already is stored, so that a reader may ask for
byte ranges of it; entries are written as streams, hashed on the way.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, BinaryIO, Final

from archive.warc.cdxj import compressed_blocks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Self

WACZ_VERSION: Final = "1.1.1"
INDEX: Final = "index.cdx.gz"


@dataclass(frozen=True, slots=True)
class Resource:
    """An entry, as datapackage.json lists it (https://specs.frictionlessdata.io/data-resource/)."""

    path: str
    size: int
    sha256: str

    def as_json(self) -> dict[str, str | int]:
        """Its object there; names are in lower case."""
        return {
            "name": self.path.rpartition("/")[2].lower(),
            "path": self.path,
            "hash": f"sha256:{self.sha256}",
            "bytes": self.size,
        }


@dataclass(frozen=True, slots=True)
class Page:
    """A line of pages.jsonl."""

    id: str
    url: str
    ts: datetime
    """Of the capture: with the URL it is what replay looks for."""
    title: str

    def line(self) -> bytes:
        """With its line break."""
        instant = f"{self.ts.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        row = {"id": self.id, "url": self.url, "ts": instant, "title": self.title}
        return json.dumps(row, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


class WaczWriter:
    """Puts the parts of a WACZ into a seekable file, in any order; `finish` is last. It is a context manager."""

    def __init__(self, file: BinaryIO) -> None:
        self._zip = zipfile.ZipFile(file, "w")
        self._resources: list[Resource] = []
        self._created = datetime.now(UTC)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def add_warc(self, name: str, pieces: Iterable[bytes], size: int) -> None:
        """Copy a WARC file.

        Args:
            name: of the entry below archive/.
            pieces: of the file, in order.
            size: in bytes, or more: past 2 GiB an entry takes another form.
        """
        self._add(f"archive/{name}", pieces, stored=True, size=size)

    def add_pages(self, pages: Iterable[Page]) -> int:
        """Write the list of pages; returns how many there are."""
        count = 0

        def lines() -> Iterator[bytes]:
            nonlocal count
            yield b'{"format": "json-pages-1.0", "id": "pages", "title": "Pages"}\n'
            for page in pages:
                count += 1
                yield page.line()

        self._add("pages/pages.jsonl", lines())
        return count

    def add_index(self, lines: Iterable[bytes]) -> None:
        """Write sorted CDXJ as compressed blocks, and the index of these, so that a reader loads few of them."""
        heads = [b'!meta 0 {"format": "cdxj-gzip-1.0", "filename": "%s"}\n' % INDEX.encode()]

        def blocks() -> Iterator[bytes]:
            offset = 0
            for key, block in compressed_blocks(lines):
                digest = f"sha256:{hashlib.sha256(block).hexdigest()}"
                row = json.dumps({"offset": offset, "length": len(block), "digest": digest})
                heads.append(key + b" " + row.encode() + b"\n")
                offset += len(block)
                yield block

        self._add(f"indexes/{INDEX}", blocks(), stored=True)
        self._add("indexes/index.idx", heads)

    def finish(self, *, title: str, software: str) -> None:
        """Write datapackage.json and its digest; the ZIP file's own directory follows when this is closed."""
        package = {
            "profile": "data-package",
            "resources": [resource.as_json() for resource in self._resources],
            "title": title,
            "created": f"{self._created:%Y-%m-%dT%H:%M:%SZ}",
            "wacz_version": WACZ_VERSION,
            "software": software,
        }
        content = json.dumps(package, indent=2, ensure_ascii=False).encode()
        digest = {"path": "datapackage.json", "hash": f"sha256:{hashlib.sha256(content).hexdigest()}"}
        self._add("datapackage.json", [content])
        self._add("datapackage-digest.json", [json.dumps(digest, indent=2).encode()])

    def _add(self, path: str, pieces: Iterable[bytes], *, stored: bool = False, size: int = 0) -> None:
        info = zipfile.ZipInfo(path, self._created.timetuple()[:6])
        info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
        info.external_attr = 0o644 << 16
        info.file_size = size
        found, written = hashlib.sha256(), 0
        with self._zip.open(info, "w") as entry:
            for piece in pieces:
                entry.write(piece)
                found.update(piece)
                written += len(piece)
        self._resources.append(Resource(path, written, found.hexdigest()))
