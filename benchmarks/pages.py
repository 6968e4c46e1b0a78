"""The pages that are served: real ones where a folder of them is there, else those of the demo site."""

from __future__ import annotations

import gzip
import json
import re
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GZIP_LEVEL = 6
"""Of zlib: what nginx and Apache are usually set to."""

_CANONICAL = re.compile(rb"<link\b[^>]*\brel\s*=\s*[\"']?canonical\b[^>]*>", re.IGNORECASE)
_GZIP_HEAD = b"\x1f\x8b\x08" + bytes(6) + b"\xff"


@dataclass(frozen=True, slots=True)
class Body:
    """A page, compressed once, that can be served under any number of addresses with a mark of its own."""

    deflated: bytes
    """Raw deflate (RFC 1951) up to a byte's edge, without the last block."""
    checksum: int
    size: int

    @classmethod
    def of(cls, html: bytes) -> Self:
        """Compress a page.

        Its `<link rel=canonical>` is left out: it would make all addresses it is served under one article.
        """
        content = _CANONICAL.sub(b"", html)
        stream = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
        deflated = stream.compress(content) + stream.flush(zlib.Z_FULL_FLUSH)
        return cls(deflated, zlib.crc32(content), len(content))

    def marked(self, mark: bytes) -> bytes:
        """The page as one gzip member (RFC 1952), with a comment at its end: no two payloads are the same.

        Args:
            mark: fewer than 64 KiB, since it becomes one stored block.
        """
        comment = b"<!-- " + mark + b" -->"
        stored = b"\x01" + struct.pack("<HH", len(comment), len(comment) ^ 0xFFFF) + comment
        trailer = struct.pack(
            "<II", zlib.crc32(comment, self.checksum), (self.size + len(comment)) & 0xFFFFFFFF
        )
        return b"".join((_GZIP_HEAD, self.deflated, stored, trailer))


def load(folder: Path | None) -> tuple[Body, ...]:
    """The pages of a folder, in the order of their names or of its manifest.jsonl.

    Args:
        folder: with *.html or *.html.gz at any depth; where it holds a manifest.jsonl (rows with `file`),
            the files named there. None is the demo site's articles.

    Raises:
        FileNotFoundError: no pages there.
    """
    bodies = tuple(Body.of(html) for html in (_demo() if folder is None else _read(folder)))
    if not bodies:
        raise FileNotFoundError(f"{folder}: neither a manifest.jsonl nor *.html or *.html.gz below it")
    return bodies


def _read(folder: Path) -> Iterator[bytes]:
    manifest = folder / "manifest.jsonl"
    if manifest.is_file():
        with manifest.open(encoding="utf-8") as rows:
            paths = [folder / str(json.loads(row)["file"]) for row in rows]
    else:
        paths = sorted((*folder.rglob("*.html"), *folder.rglob("*.html.gz")))
    for path in paths:
        content = path.read_bytes()
        yield gzip.decompress(content) if path.suffix == ".gz" else content


def _demo() -> Iterator[bytes]:
    from crawler.demo.pages import Pages  # noqa: PLC0415  (needed only where there are no real pages)

    pages = Pages("http://demo.invalid")
    stories = {story.path for story in pages.stories}
    return (page.body for path, page in pages.all() if path in stories)
