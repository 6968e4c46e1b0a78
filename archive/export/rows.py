"""What is exported: an article with the capture it was read from, as one flat row."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

from archive.store.rows import ArticleRow, utc_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Protocol

    from archive.records import Capture
    from archive.store import ArchiveStore, Filters

    class Exporter(Protocol):
        """Writes articles in one format; packages add theirs by the entry-point group `warraq.exporters`."""

        def __call__(
            self, articles: Iterator[ArchivedArticle], destination: Path, options: Options
        ) -> Summary:
            """Write all articles to the destination.

            Raises:
                UsageError: the destination is there already and may not be replaced, or cannot be used.
                ArchiveError: it cannot be written; nothing was left behind.
            """


Value = str | int | list[str] | dict[str, str] | list[dict[str, str]] | dict[str, dict[str, Any]] | None
Kind = Literal["text", "integer", "boolean", "texts", "object", "preferences"]

STANDARD_OUTPUT = "-"


@dataclass(frozen=True, slots=True)
class ArchivedArticle:
    """An article, and the capture that its latest revision was read from."""

    article: ArticleRow
    capture: Capture


@dataclass(frozen=True, slots=True)
class Options:
    """How to write."""

    text: bool = True
    """Without: no `text` and no `lead`, where they may not be passed on."""
    force: bool = False
    """Replace the destination where it is there."""
    bom: bool = False
    """CSV: begin with a byte order mark, without which Excel does not take a file for UTF-8."""
    escape_formulas: bool = False
    """CSV: put an apostrophe before cells that a spreadsheet would run as formulas
    (https://owasp.org/www-community/attacks/CSV_Injection)."""
    archive: Path | None = None
    """The archive's folder, for formats that carry its files."""
    selected: bool = False
    """Filters chose the articles: they are not all there are."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What was written."""

    rows: int
    file: str
    bytes: int
    sha256: str
    """Of the file, in hexadecimal."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of every format."""

    name: str
    kind: Kind
    instant: Literal["seconds", "microseconds"] | None = None
    """Where the column is an instant: seconds since 1970, or UTC text to the microsecond."""


WITHHELD = frozenset({"text", "lead"})
"""Columns that `Options.text` drops."""

_KINDS: dict[str, Kind] = {
    "id": "integer",
    "published_utc": "integer",
    "capture_id": "integer",
    "cluster_id": "integer",
    "authors": "texts",
    "topics": "texts",
    "agencies": "texts",
    "languages": "texts",
    "paywalled": "boolean",
    "field_sources": "object",
    "usage_preferences": "preferences",
    "evidence": "object",
}
_INSTANTS: dict[str, Literal["seconds", "microseconds"]] = {
    "published_utc": "seconds",
    "first_seen": "microseconds",
    "last_seen": "microseconds",
}
_ARTICLE = tuple(field.name for field in fields(ArticleRow))
_COLUMNS = (
    *(Column(name, _KINDS.get(name, "text"), _INSTANTS.get(name)) for name in _ARTICLE),
    Column("capture_url", "text"),
    Column("captured", "text", "microseconds"),
    Column("payload_digest", "text"),
    Column("warc_file", "text"),
    Column("warc_offset", "integer"),
    Column("warc_length", "integer"),
)


def columns(options: Options) -> tuple[Column, ...]:
    """The columns of an export, in their order: those of `articles`, then the capture's place."""
    return _COLUMNS if options.text else tuple(column for column in _COLUMNS if column.name not in WITHHELD)


def values(row: ArchivedArticle) -> dict[str, Value]:
    """A row by column, text and all."""
    article, capture = row.article, row.capture
    found: dict[str, Value] = {name: getattr(article, name) for name in _ARTICLE}
    found["authors"], found["topics"] = list(article.authors), list(article.topics)
    found["agencies"] = None if article.agencies is None else list(article.agencies)
    found["languages"] = None if article.languages is None else list(article.languages)
    said = article.usage_preferences
    found["usage_preferences"] = None if said is None else [asdict(one) for one in said]
    grounds = article.evidence
    found["evidence"] = None if grounds is None else {name: asdict(one) for name, one in grounds.items()}
    found["capture_url"] = capture.url
    found["captured"] = utc_text(capture.started)
    found["payload_digest"] = capture.payload_digest
    found["warc_file"] = capture.warc_file
    found["warc_offset"] = capture.offset
    found["warc_length"] = capture.length
    return found


def archived(store: ArchiveStore, filters: Filters) -> Iterator[ArchivedArticle]:
    """The articles that fit, each with its capture, in the order of their ids; few in memory at a time."""
    for article in store.select(filters):
        yield ArchivedArticle(article, store.capture(article.capture_id))
