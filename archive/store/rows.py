"""What the store hands out: rows of its tables as frozen records, and the way from and to SQLite."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from archive.records import Capture, FieldEvidence, UsagePreference

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from archive.records import RejectionReason

Status = Literal["live", "edited", "moved", "deleted", "blocked"]
Change = Literal["first", "edit", "extractor"]
"""Why a revision is there: the first, an edit of the page, or another version of the extractor."""
CaptureOutcome = Literal["none", "waiting", "new", "changed", "unchanged", "rejected"]
"""What became of a capture; `none` where there was nothing to read."""

_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one derived capture."""

    kind: Literal["new", "changed", "unchanged", "rejected"]
    article_id: int | None = None
    reason: RejectionReason | None = None


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """A row of `articles`; the fields are its columns, in their order."""

    id: int
    """That of its first capture."""
    url: str
    """As fetched, of the latest revision."""
    canonical_url: str
    """What makes it one article."""
    source: str | None
    title: str
    authors: tuple[str, ...]
    published: str | None
    """As found, ISO 8601."""
    published_utc: int | None
    """Seconds since 1970; of a day its first second."""
    published_precision: Literal["instant", "day"] | None
    published_source: str | None
    modified: str | None
    language: str | None
    lead: str | None
    text: str
    topics: tuple[str, ...]
    image: str | None
    status: Status
    first_seen: str
    """UTC, ISO 8601 to the microsecond: when its first capture was made."""
    last_seen: str
    capture_id: int
    """The capture of the latest revision."""
    cluster_id: int | None
    section: str | None
    publisher: str | None
    field_sources: dict[str, str]
    text_digest: str
    extractor_version: str
    usage_preferences: tuple[UsagePreference, ...] | None
    """What the page said of its use when it was read last; None where it was read before this was recorded."""
    agencies: tuple[str, ...] | None
    """None where it was read before this was recorded."""
    paywalled: bool | None
    evidence: dict[str, FieldEvidence] | None
    """Field -> what it rests on; None where the page was read before this was recorded."""
    languages: tuple[str, ...] | None
    """None where it was read before this was recorded."""
    script: str | None

    @classmethod
    def of(cls, row: Sequence[Any]) -> ArticleRow:
        """From a row of `ARTICLE_COLUMNS`."""
        return cls(*_decoded(_ARTICLE, row))


@dataclass(frozen=True, slots=True)
class RevisionRow:
    """A row of `revisions`: one text that an article had."""

    id: int
    """That of the capture that brought it."""
    article_id: int
    change: Change
    url: str
    canonical_url: str
    title: str
    authors: tuple[str, ...]
    published: str | None
    published_utc: int | None
    published_precision: Literal["instant", "day"] | None
    published_source: str | None
    modified: str | None
    language: str | None
    lead: str | None
    text: str
    topics: tuple[str, ...]
    image: str | None
    section: str | None
    publisher: str | None
    field_sources: dict[str, str]
    text_digest: str
    extractor_version: str
    usage_preferences: tuple[UsagePreference, ...] | None
    """As its capture said."""
    agencies: tuple[str, ...] | None
    paywalled: bool | None
    part: int
    """Which page of the article it is of; the text is that page's alone."""
    evidence: dict[str, FieldEvidence] | None
    languages: tuple[str, ...] | None
    script: str | None

    @classmethod
    def of(cls, row: Sequence[Any]) -> RevisionRow:
        """From a row of `REVISION_COLUMNS`."""
        return cls(*_decoded(_REVISION, row))


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a capture."""

    outcome: CaptureOutcome
    article_id: int | None
    rejection: RejectionReason | None
    rejection_detail: str | None
    usage_preferences: tuple[UsagePreference, ...] | None


@dataclass(frozen=True, slots=True)
class SourceStatistics:
    """What the archive holds of one source; None is what no source asked for."""

    source: str | None
    articles: int
    last_seen: str


@dataclass(frozen=True, slots=True)
class Statistics:
    """What the archive holds."""

    captures: int
    articles: int
    revisions: int
    waiting: int
    """Captures that are still to be read."""
    rejected: dict[str, int]
    """By reason."""
    errors: dict[str, int]
    """Captures by kind of error."""
    roles: dict[str, int]
    """Captures by role."""
    sources: tuple[SourceStatistics, ...]
    languages: dict[str, int]
    """Articles by language; '' where it is unknown. The most frequent first."""
    first_published: str | None
    """UTC, ISO 8601 to the second."""
    last_published: str | None
    undated: int


def _json_list(value: str) -> tuple[str, ...]:
    return tuple(json.loads(value))


def _json_list_or_none(value: str | None) -> tuple[str, ...] | None:
    return None if value is None else _json_list(value)


def _boolean_or_none(value: int | None) -> bool | None:
    return None if value is None else bool(value)


def _json_object(value: str) -> dict[str, str]:
    found: dict[str, str] = json.loads(value)
    return found


def preferences_of(value: str | None) -> tuple[UsagePreference, ...] | None:
    """From a column `usage_preferences`."""
    return None if value is None else tuple(UsagePreference(**one) for one in json.loads(value))


def _evidence(value: str | None) -> dict[str, FieldEvidence] | None:
    return None if value is None else {name: FieldEvidence(**one) for name, one in json.loads(value).items()}


def _decoded(columns: tuple[str, ...], row: Sequence[Any]) -> list[Any]:
    return [
        _DECODED[name](value) if name in _DECODED else value for name, value in zip(columns, row, strict=True)
    ]


_DECODED: Final[dict[str, Callable[[Any], Any]]] = {
    "authors": _json_list,
    "topics": _json_list,
    "field_sources": _json_object,
    "usage_preferences": preferences_of,
    "agencies": _json_list_or_none,
    "paywalled": _boolean_or_none,
    "evidence": _evidence,
    "languages": _json_list_or_none,
}
_ARTICLE: Final = tuple(field.name for field in fields(ArticleRow))
_REVISION: Final = tuple(field.name for field in fields(RevisionRow))
_CAPTURE: Final = tuple(field.name for field in fields(Capture))

ARTICLE_COLUMNS: Final = ", ".join(f"articles.{name}" for name in _ARTICLE)
REVISION_COLUMNS: Final = ", ".join(_REVISION)
CAPTURE_COLUMNS: Final = ", ".join(f'"{name}"' for name in _CAPTURE)


def capture_of(row: Sequence[Any]) -> Capture:
    """From a row of `CAPTURE_COLUMNS`."""
    named = dict(zip(_CAPTURE, row, strict=True))
    named["started"] = datetime.fromisoformat(named["started"])
    return Capture(**named)


def capture_values(capture: Capture) -> tuple[str | int | None, ...]:
    """For `CAPTURE_COLUMNS`."""
    return tuple(
        utc_text(capture.started) if name == "started" else getattr(capture, name) for name in _CAPTURE
    )


def utc_text(instant: datetime) -> str:
    """An instant as the tables hold it: UTC, to the microsecond, of one width, so that it sorts as text."""
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def published_seconds(published: str | None) -> int | None:
    """Seconds since 1970 of an ISO 8601 instant or day; without an offset it is read as UTC.

    None where it is missing, no ISO 8601, or outside the years 1 to 9999.
    """
    if published is None:
        return None
    try:
        instant = datetime.fromisoformat(published)
        return int((instant if instant.tzinfo else instant.replace(tzinfo=UTC)).timestamp() // 1)
    except (ValueError, OverflowError):
        return None


def as_json(value: object) -> str:
    """JSON as the tables hold it: readable in any script."""
    return storable(json.dumps(value, ensure_ascii=False))


def storable(text: str) -> str:
    """A text without what SQLite cannot hold or other programs cut short: lone surrogates, NUL."""
    return _UNSTORABLE.sub("\ufffd", text)


def storable_or_none(text: str | None) -> str | None:
    """The same, where a text may be missing."""
    return None if text is None else storable(text)
