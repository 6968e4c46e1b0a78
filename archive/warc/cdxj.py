"""CDXJ: where each capture lies, a line a record, sorted by SURT and instant.

A line is `SURT TIMESTAMP JSON`, as cdxj-indexer writes it but for the SURT, which is our own: `url`, `mime`,
`status`, `digest`, `length`, `offset`, `filename`, numbers as text, in this order. Response, revisit and
resource records are indexed, and metadata records that are no fields. Lines are sorted as bytes (LC_ALL=C).

`indexes/NAME.cdxj` (of a foreign file with its whole name) is made when it is asked for, not when a file is
finished: a finished file never changes, so an index that is there is right, and a crash while one is made costs
nothing but itself.
"""

from __future__ import annotations

import heapq
import json
import os
import re
import secrets
import tempfile
import zlib
from contextlib import ExitStack
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO, Final

from archive.errors import ArchiveError, WarcError
from archive.urls import surt
from archive.warc.foreign import walk as foreign_walk
from archive.warc.location import IMPORTED, is_foreign
from archive.warc.spool import Gap, walk
from archive.wire import header, parse_head

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from archive.warc.member import ReadAt
    from archive.warc.spool import SpooledRecord

OWN_SUFFIX: Final = ".warc.gz"
INDEX_FOLDER: Final = "indexes"
SORTED_LINES: Final = 100_000
"""Lines sorted in memory at a time: some 60 MB."""
MERGED_FILES: Final = 64
"""Files merged at a time: far below what a process may have open."""
BLOCK_LINES: Final = 3_000
"""Lines of a compressed block, by the wacz tool's choice."""
_TYPE_END: Final = re.compile(r"[;\s]")
_INDEXED: Final = frozenset({"response", "revisit", "resource", "metadata"})
_FIRST_INSTANT: Final = "00000101000000"
_FIELDS_TYPE: Final = "application/warc-fields"


def index_lines(path: Path, filename: str) -> Iterator[bytes]:
    """The lines of a WARC file, in the order of its records; see `lines_of`.

    Args:
        path: of the file; below imported/ it is read as foreign files are.
        filename: what the lines call it.

    Raises:
        WarcError: it cannot be read.
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise WarcError(f"{path}: cannot be indexed: {error.strerror or error}") from error
    try:
        yield from lines_of(lambda at, size: os.pread(fd, size, at), filename, foreign=_is_imported(path))
    finally:
        os.close(fd)


def lines_of(read_at: ReadAt, filename: str, *, foreign: bool = False) -> Iterator[bytes]:
    """The lines of a WARC file by its bytes; damage is passed over."""
    for found in foreign_walk(read_at) if foreign else walk(read_at):
        if not isinstance(found, Gap) and (line := index_line(found, filename)) is not None:
            yield line


def _is_imported(path: Path) -> bool:
    return is_foreign(f"{path.parent.name}/")


def index_line(record: SpooledRecord, filename: str) -> bytes | None:
    """The line of a record, with its line break; None for one that is not indexed."""
    said = record.headers.get
    kind, url = record.kind, said("warc-target-uri")
    if kind not in _INDEXED or not url:
        return None
    if kind in {"resource", "metadata"} and said("content-type") == _FIELDS_TYPE:
        return None
    fields: dict[str, str | None] = {"url": url}
    if kind in {"response", "revisit"}:
        head = parse_head(record.block)
        mime = _decoded(header(head.headers, b"content-type"))
        fields["mime"] = "warc/revisit" if kind == "revisit" else _media_type(mime)
        fields["status"] = None if head.status is None else str(head.status)
    else:
        fields["mime"] = _media_type(said("content-type"))
    fields["digest"] = said("warc-payload-digest")
    fields |= {"length": str(record.length), "offset": str(record.offset), "filename": filename}
    row = json.dumps({name: value for name, value in fields.items() if value is not None})
    digits = "".join(filter(str.isdigit, said("warc-date", "")))[:14]
    timestamp = digits + _FIRST_INSTANT[len(digits) :]  # of a date that names a year or a day alone
    key = surt(url).replace(" ", "%20")
    return f"{key} {timestamp} {row}\n".encode("utf-8", "backslashreplace")


def _media_type(value: str | None) -> str | None:
    return _TYPE_END.split(value, 1)[0].strip() if value else value


def _decoded(value: bytes | None) -> str | None:
    if value is None:
        return None
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def write_sorted(lines: Iterable[bytes], out: BinaryIO, *, chunk: int = SORTED_LINES) -> None:
    """Write lines in the order of their bytes, each once; past `chunk` lines by way of temporary files."""
    with ExitStack() as stack:
        out.writelines(sorted_lines(lines, stack, chunk=chunk))


def sorted_lines(lines: Iterable[bytes], stack: ExitStack, *, chunk: int = SORTED_LINES) -> Iterator[bytes]:
    """Lines in the order of their bytes, each once; `stack` closes the temporary files they come from."""
    remaining = iter(lines)
    runs: list[Iterable[bytes]] = []
    while part := sorted(islice(remaining, chunk)):
        if len(part) < chunk:
            runs.append(part)
            break
        run = stack.enter_context(tempfile.TemporaryFile(prefix="warraq-"))  # noqa: SIM115  (the stack does)
        run.writelines(part)
        run.seek(0)
        runs.append(run)
    return _once(heapq.merge(*runs))


def merged(paths: Sequence[Path], stack: ExitStack, *others: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of sorted indexes as one, each once, with few files open at a time.

    Args:
        paths: of the indexes.
        stack: closes what is open.
        others: sorted lines that belong among them.
    """
    runs: list[BinaryIO] = []
    for at in range(0, len(paths), MERGED_FILES):
        some = paths[at : at + MERGED_FILES]
        if len(paths) <= MERGED_FILES:
            runs.extend(stack.enter_context(path.open("rb")) for path in some)
            continue
        run = stack.enter_context(tempfile.TemporaryFile(prefix="warraq-"))  # noqa: SIM115  (the stack does)
        with ExitStack() as inner:
            run.writelines(_once(heapq.merge(*(inner.enter_context(path.open("rb")) for path in some))))
        run.seek(0)
        runs.append(run)
    return _once(heapq.merge(*runs, *others))


def _once(lines: Iterable[bytes]) -> Iterator[bytes]:
    last = b""
    for line in lines:
        if line != last:
            yield line
        last = line


def index_of(folder: Path, path: Path) -> Path:
    """The sorted index of a finished WARC file, `indexes/NAME.cdxj`; made if it is missing.

    Args:
        folder: the archive.
        path: of the WARC file.

    Raises:
        ArchiveError: the file cannot be read, or its index cannot be written.
    """
    name = path.name if _is_imported(path) else path.name.removesuffix(OWN_SUFFIX)
    destination = folder / INDEX_FOLDER / f"{name}.cdxj"
    if destination.is_file():
        return destination
    temporary = destination.with_name(f".{destination.name}.{secrets.token_hex(4)}.part")
    try:
        destination.parent.mkdir(exist_ok=True)
        with temporary.open("xb") as file:
            write_sorted(index_lines(path, path.name), file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(destination)
    except OSError as error:
        raise ArchiveError(
            f"{destination}: cannot be written: {error.strerror or error}. Make room, then run it again."
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
    return destination


def drop_stale(folder: Path) -> list[Path]:
    """Remove the indexes of WARC files that are no more, such as those a takedown rewrote."""
    stale = [
        path
        for path in sorted((folder / INDEX_FOLDER).glob("*.cdxj"))
        if not (folder / "warc" / f"{path.stem}{OWN_SUFFIX}").exists()
        and not (folder / "warc" / IMPORTED / path.stem).exists()
    ]
    for path in stale:
        path.unlink(missing_ok=True)
    return stale


def compressed_blocks(lines: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Lines in gzip members of some thousands: the start of each member's first line, and the member."""
    remaining = iter(lines)
    while part := list(islice(remaining, BLOCK_LINES)):
        stream = zlib.compressobj(wbits=31)
        yield part[0].partition(b" {")[0], stream.compress(b"".join(part)) + stream.flush()
