"""`warraq extract`: a page's article, without an archive; rows of pages in bulk, on all cores."""

from __future__ import annotations

import gzip
import json
import os
import sys
from collections import deque
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from archive.errors import UsageError
from archive.extract import Page, extract_html, extract_text
from archive.extract.page import MAX_PAGE_BYTES
from archive.ingest.pool import warm_up
from archive.ingest.workers import Lost, Workers
from archive.records import Article, Provenance, Rejected
from archive.wire import decode_body, media_type
from crawler.cli.output import emit, json_option, note, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from archive.ingest.worker import Limits
    from archive.records import Exchange, Extraction
    from crawler.cli.app import Invocation

Row = dict[str, Any]

ROWS_IN_FLIGHT_PER_WORKER = 8
"""Rows read ahead for each worker: enough to keep it busy, few enough to bound memory and keep the order."""

MAX_ROW_BYTES = 1 << 20

OPTIONAL = {"fetched": str, "timezone": str, "charset": str, "status": int}
"""Further fields of a row, and their kinds."""


@click.command()
@click.argument("page", metavar="[FILE_OR_URL]", required=False)
@click.option("--url", help="The URL the file was fetched from.")
@click.option(
    "--jsonl", is_flag=True, help="Read rows of url and file from standard input, write a row for each."
)
@click.option(
    "--workers", type=click.IntRange(0, 256), default=0, help="Processes for --jsonl; 0 is one a core."
)
@json_option
@click.pass_obj
def extract(
    invocation: Invocation, page: str | None, url: str | None, jsonl: bool, workers: int, as_json: bool
) -> None:
    """Extract the article of a page: a file (.html, .html.gz, .txt) or a URL. No archive is needed.

    With --jsonl, standard input holds one JSON object a line, with `url` and `file` (relative to the
    current folder) and optionally `fetched` (ISO 8601), `timezone`, `charset` and `status`. The answers
    come in the same order; a page that holds no article has `rejected` and `detail`, a row that could not
    be read has `error`.
    """
    if jsonl == (page is not None):
        raise UsageError(
            "name a file or a URL, or give --jsonl and rows on standard input: warraq extract page.html"
        )
    if jsonl:
        for row in extract_rows(sys.stdin.buffer, workers or os.cpu_count() or 1):
            emit(row)
        return
    found = _one(str(page), url, invocation.archive)
    if as_json:
        emit(row_of(found, url or str(page)))
    else:
        _show(found)


def _one(page: str, url: str | None, archive: Path) -> Extraction:
    if page.startswith(("http://", "https://")):
        from crawler.scratch import contact_for, fetch_one  # Scrapy is imported for a URL alone

        return extract_html(_page_of(fetch_one(page, contact=contact_for(archive))))
    path = Path(page)
    return _read(path, Page(url or path.resolve().as_uri(), _bytes_of(path), None, datetime.now(UTC)))


def _page_of(exchange: Exchange) -> Page:
    """An exchange as extraction sees it."""
    media, charset = media_type(exchange.headers)
    body = decode_body(exchange.headers, exchange.body, MAX_PAGE_BYTES + 1)
    return Page(
        exchange.url, body.content, charset, datetime.now(UTC), exchange.provenance, exchange.status, media
    )


def _read(path: Path, page: Page) -> Extraction:
    return extract_text(page) if path.name.removesuffix(".gz").endswith(".txt") else extract_html(page)


def _bytes_of(path: Path) -> bytes:
    """A file's bytes, .gz undone, at most one byte more than a page may have."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
            return stream.read(MAX_PAGE_BYTES + 1)
    except (OSError, EOFError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(
            f"{path}: cannot be read ({reason}). Files are looked for from the current folder."
        ) from error


def extract_rows(lines: Iterable[bytes], workers: int) -> Iterator[Row]:
    """Extract the pages that rows name, on worker processes, in the order of the rows.

    Memory is bounded: so many rows are in flight, and only their names go to the workers. A page past the limits
    of time or memory is rejected (`limit`), one that kills its worker (a fault in a C library) gets an `error`;
    both are tried twice, and no other page is the worse for it.

    Args:
        lines: JSON objects, one a line.
        workers: number of processes.
    """
    with Pool(workers, answer) as pool:
        yield from pool.map(line for line in lines if line.strip())


class Pool:
    """Worker processes that answer rows in order; a row that costs its worker twice is told as that."""

    def __init__(self, workers: int, task: Callable[[bytes], Row], limits: Limits | None = None) -> None:
        self._workers: Workers[bytes, Row] = Workers(task, warm_up, count=workers, limits=limits)
        self._most = workers * ROWS_IN_FLIGHT_PER_WORKER
        self._flight: deque[bytes] = deque()

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self._workers.close()

    def map(self, lines: Iterable[bytes]) -> Iterator[Row]:
        """The task's answer to each line, in order."""
        for line in lines:
            self._flight.append(line)
            self._workers.submit([line])
            if len(self._flight) >= self._most:
                yield from self._rows(next(self._workers.drain()))
        for answers in self._workers.drain():
            yield from self._rows(answers)

    def _rows(self, answers: list[Row | Lost]) -> Iterator[Row]:
        for found in answers:
            line = self._flight.popleft()
            yield _lost(line, found) if isinstance(found, Lost) else found


def _lost(line: bytes, lost: Lost) -> Row:
    if lost.kind == "died":
        return {**_named(line), "error": f"{lost.detail}; it was left out"}
    return {**_named(line), "rejected": "limit", "detail": lost.detail}


def _named(line: bytes) -> Row:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return {"url": row["url"]} if isinstance(row, dict) and isinstance(row.get("url"), str) else {}


def answer(line: bytes) -> Row:
    """The answer to one row; a row that cannot be read gives its error."""
    try:
        return _answer(_checked(line))
    except (UsageError, ValueError, KeyError) as error:
        return {**_named(line), "error": str(error)}
    except MemoryError:
        raise
    except Exception as error:
        # One page must not end a run over a million: the fault is told with the row it belongs to.
        return {**_named(line), "error": f"unexpected {type(error).__name__}: {error}; a fault in warraq"}


def _answer(row: Row) -> Row:
    path = Path(row["file"])
    fetched = row.get("fetched")
    page = Page(
        row["url"],
        _bytes_of(path),
        row.get("charset"),
        _instant(fetched) if fetched else datetime.now(UTC),
        Provenance(timezone=row.get("timezone")),
        row.get("status", 200),
    )
    return row_of(_read(path, page), page.url)


def _checked(line: bytes) -> Row:
    """A row whose fields are of the right kinds.

    Raises:
        UsageError: it is not.
    """
    if len(line) > MAX_ROW_BYTES:
        raise UsageError(f"a row of {len(line)} bytes; at most {MAX_ROW_BYTES}")
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"not a JSON object: {error}") from error
    if not isinstance(row, dict) or not all(
        isinstance(row.get(key), str) and row[key] for key in ("url", "file")
    ):
        raise UsageError('a row needs "url" and "file", both texts')
    for key, kind in OPTIONAL.items():
        if row.get(key) is not None and not isinstance(row[key], kind):
            raise UsageError(f'"{key}" must be a {kind.__name__}, not {row[key]!r:.80}')
    if row.get("timezone"):
        _check_zone(row["timezone"])
    return row


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:
        raise UsageError(f"no such time zone: {name} (an IANA name like Asia/Damascus)") from error


def _instant(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def row_of(found: Extraction, url: str) -> Row:
    """What is printed of an extraction."""
    if isinstance(found, Rejected):
        return {"url": url, "rejected": found.reason, "detail": found.detail}
    return {**asdict(found), "sources": dict(found.sources)}


def _show(found: Extraction) -> None:
    if isinstance(found, Rejected):
        note(f"no article: {found.reason}" + (f" ({found.detail})" if found.detail else ""))
        return
    _show_article(found)


def _show_article(found: Article) -> None:
    say(found.title)
    facts = [", ".join(found.authors), found.published or "", found.language or "", found.section or ""]
    say(" · ".join(fact for fact in facts if fact))
    for paragraph in filter(None, [found.lead, *found.text.split("\n")]):
        say()
        say(paragraph)
