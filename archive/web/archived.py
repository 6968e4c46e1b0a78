"""What a capture holds: status, headers and payload, read from WARC in bounded memory."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from archive.errors import WarcError
from archive.warc.foreign import foreign_record
from archive.warc.location import is_foreign
from archive.warc.spool import spooled_record
from archive.warc.writer import OPEN_SUFFIX
from archive.wire import decode_body, header, media_type, parse_head, payload_spans

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Self

    from archive.records import Capture, Headers
    from archive.warc.spool import SpooledRecord

HEAD_BYTES: Final = 256 * 1024
"""Of a response in which its head is looked for; servers and clients stop at 8 to 64 KiB."""
MAX_SPANS: Final = 200_000
"""Chunks of a body: at the usual 4 KiB and more a chunk that is 800 MB."""
STEP: Final = 256 * 1024
"""Bytes of a body handed on at a time."""


class TooLargeError(Exception):
    """What was archived is beyond what is shown; its text says by which limit."""


@dataclass(frozen=True, slots=True)
class Archived:
    """An answer as it was archived; to be used while its record is open, and closed after.

    The payload may be another capture's: see `archive.web.captures.shown_by`.
    """

    status: int
    headers: Headers
    spans: tuple[tuple[int, int], ...]
    """Where the payload lies in the record's block: de-chunked, still content-encoded."""
    _record: SpooledRecord
    _stack: ExitStack

    @property
    def size(self) -> int:
        """Bytes of the payload."""
        return sum(end - start for start, end in self.spans)

    @property
    def media_type(self) -> str | None:
        """Of Content-Type, lower-case."""
        return media_type(self.headers)[0]

    @property
    def is_encoded(self) -> bool:
        """Whether the payload has a content coding, which browsers undo."""
        coding = header(self.headers, b"content-encoding")
        return coding is not None and coding.strip().lower() not in {b"", b"identity"}

    def pieces(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """A part of the payload, not much of it in memory at a time."""
        at, stop = 0, self.size if end is None else end
        for first, last in self.spans:
            low, high = max(start, at), min(stop, at + last - first)
            for piece in range(low, high, STEP):
                yield from self._record.pieces(first + piece - at, first + min(piece + STEP, high) - at)
            at += last - first

    def content(self, limit: int) -> bytes:
        """The payload with its content coding undone.

        Raises:
            TooLargeError: it has more bytes than `limit`, before or after.
        """
        if self.size > limit:
            raise TooLargeError(f"{self.size:,} bytes; {limit:,} are shown at most")
        decoded = decode_body(self.headers, b"".join(self.pieces()), limit)
        if decoded.truncated:
            raise TooLargeError(f"more than {limit:,} bytes once decoded")
        return decoded.content

    def close(self) -> None:
        """Let go of the record."""
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def archived(warc_folder: Path, capture: Capture, shown: Capture) -> Archived:
    """Open what a capture shows.

    Args:
        warc_folder: of the archive.
        capture: what was asked for.
        shown: the capture whose payload it shows: itself, or what it is a revisit of.

    Returns:
        The headers are those of `capture`, unless it is a 304: it has only some, and its status is not the
        page's.

    Raises:
        WarcError: a record cannot be read.
        TooLargeError: the body has more chunks than `MAX_SPANS`.
    """
    opened = _open(warc_folder, shown)
    if capture is shown or capture.status == 304:
        return opened
    try:
        with _open(warc_folder, capture) as revisit:
            return replace(opened, status=revisit.status, headers=revisit.headers)
    except BaseException:
        opened.close()
        raise


def _open(warc_folder: Path, capture: Capture) -> Archived:
    stack = ExitStack()
    path = warc_folder / capture.warc_file
    try:
        fd = _descriptor(path)
        stack.callback(os.close, fd)
        opened = foreign_record if is_foreign(capture.warc_file) else spooled_record
        record = stack.enter_context(opened(lambda at, size: os.pread(fd, size, at), capture.offset))
        if record is None:
            raise ValueError("the file ends before the record")  # noqa: TRY301  (worded like the others)
        return _read(record, stack, whole=is_foreign(capture.warc_file))
    except (OSError, ValueError) as error:
        stack.close()
        raise WarcError(
            f"{path}: at byte {capture.offset}: {error}. 'warraq verify' checks the files."
        ) from error
    except BaseException:
        stack.close()
        raise


def _descriptor(path: Path) -> int:
    """Of a file that may be finished, and so renamed, between two looks."""
    for name in (path, path.with_name(path.name + OPEN_SUFFIX)):
        try:
            return os.open(name, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
    return os.open(path, os.O_RDONLY | os.O_CLOEXEC)


def _read(record: SpooledRecord, stack: ExitStack, *, whole: bool) -> Archived:
    if record.kind == "resource":
        said = record.headers.get("content-type", "").encode()
        return Archived(200, ((b"Content-Type", said),), ((0, len(record.block)),), record, stack)
    if record.kind not in {"response", "revisit"}:
        raise ValueError(f"no response, but a record of type {record.kind!r}")
    head = parse_head(record.block[:HEAD_BYTES])
    if head.status is None:
        raise ValueError("a response without a status line")
    spans: list[tuple[int, int]] = []
    if record.kind == "response":
        for span in payload_spans(record.block, whole=whole):
            spans.append(span)
            if len(spans) > MAX_SPANS:
                raise TooLargeError(f"more than {MAX_SPANS:,} chunks")
    return Archived(head.status, head.headers, tuple(spans), record, stack)


def type_said(answer: Archived) -> str | None:
    """Content-Type as the server sent it; None where it cannot stand in a header."""
    said = header(answer.headers, b"content-type")
    text = (said or b"").decode("latin-1")
    return text if text.isascii() and text.isprintable() and 0 < len(text) <= 200 else None
