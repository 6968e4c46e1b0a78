"""The writer's SQL, made once from the columns' names."""

# ruff: noqa: S608  (only names of columns of ours are put into statements)

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from archive.store.rows import CAPTURE_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Sequence

CONTENT: Final = (
    "url", "canonical_url", "title", "authors", "published", "published_utc", "published_precision",
    "published_source", "modified", "language", "lead", "text", "topics", "image", "section", "publisher",
    "field_sources", "text_digest", "extractor_version",
)  # fmt: skip
"""Columns that an article takes from its latest revision."""
_SEEN: Final = ("source", "status", "first_seen", "last_seen")
"""Columns that an article takes from its captures and revisions together."""
_FOLDED: Final = ("title", "lead", "text", "authors", "topics")


def _names(columns: Sequence[str], prefix: str = "") -> str:
    return ", ".join(prefix + name for name in columns)


def _places(count: int) -> str:
    return ", ".join("?" * count)


def _excluded(columns: Sequence[str]) -> str:
    return ", ".join(f"{name} = excluded.{name}" for name in columns)


INSERT_CAPTURE: Final = (
    f"INSERT INTO captures ({CAPTURE_COLUMNS}, outcome) VALUES ({_places(CAPTURE_COLUMNS.count(',') + 2)})"
)

_DERIVED: Final = "SELECT id, article_id, digest, extractor_version FROM captures"
SELECT_KNOWN: Final = f"{_DERIVED} WHERE id = ?"
PREVIOUS: Final = (
    f"{_DERIVED} WHERE article_id = ? AND id < ? AND digest IS NOT NULL ORDER BY id DESC LIMIT 1"
)
FOLLOWING: Final = f"{_DERIVED} WHERE article_id = ? AND id > ? AND digest IS NOT NULL ORDER BY id LIMIT 1"
"""Revisits have no digest: nothing was derived from them."""

SELECT_CONTENT: Final = f"SELECT {_names(CONTENT)} FROM revisions WHERE id = ?"

UPSERT_REVISION: Final = f"""
INSERT INTO revisions (id, article_id, change, {_names(CONTENT)}) VALUES ({_places(3 + len(CONTENT))})
ON CONFLICT (id) DO UPDATE SET {_excluded(("article_id", "change", *CONTENT))}
"""

COPY_REVISION: Final = f"""
INSERT INTO revisions (id, article_id, change, {_names(CONTENT)})
SELECT :capture, article_id, change, {_names(CONTENT)} FROM revisions
WHERE article_id = :article AND id <= :capture ORDER BY id DESC LIMIT 1
ON CONFLICT (id) DO NOTHING
"""

_MOVED: Final = "(301, 308)"
_BLOCKED: Final = "(401, 403, 451)"
_GONE: Final = "(404, 410)"
_ABSENT: Final = "(301, 308, 401, 403, 404, 410, 451)"
"""Answers in which an article's address no longer shows it."""
_ABSENCE: Final = f"role = 'page' AND record_type = 'response' AND status IN {_ABSENT}"


def _last_status(skipped: int) -> str:
    """HTTP status of an article's last sight, or of one before it."""
    return (
        f"(SELECT status FROM captures WHERE article_id = :article ORDER BY id DESC LIMIT 1 OFFSET {skipped})"
    )


# min and max of a text that sorts by time; the earliest capture that names a source gives it. One 404 is an
# accident as often as not: two in a row are a deletion.
_SEEN_VALUES: Final = f"""
(SELECT source FROM captures WHERE article_id = :article AND source IS NOT NULL
    ORDER BY id LIMIT 1) AS source,
CASE
    WHEN {_last_status(0)} IN {_GONE} AND {_last_status(1)} IN {_GONE} THEN 'deleted'
    WHEN {_last_status(0)} IN {_BLOCKED} THEN 'blocked'
    WHEN {_last_status(0)} IN {_MOVED} THEN 'moved'
    WHEN EXISTS (SELECT 1 FROM revisions WHERE article_id = :article AND change = 'edit') THEN 'edited'
    ELSE 'live'
END AS status,
(SELECT min(started) FROM captures WHERE article_id = :article) AS first_seen,
(SELECT max(started) FROM captures WHERE article_id = :article
    AND (status IS NULL OR status NOT IN {_ABSENT})) AS last_seen
"""

ATTACH_ABSENCE: Final = f"""
UPDATE captures SET article_id = (
    SELECT seen.article_id FROM captures AS seen
    WHERE seen.url = captures.url AND seen.id < captures.id AND seen.digest IS NOT NULL
    ORDER BY seen.id DESC LIMIT 1)
WHERE id = ? AND {_ABSENCE}
RETURNING article_id
"""
"""An answer without the article is a sight of the one that its address showed last."""

ATTACH_ABSENCES: Final = f"""
UPDATE captures SET article_id = :article
WHERE url = (SELECT url FROM captures WHERE id = :capture) AND id > :capture AND {_ABSENCE}
RETURNING id
"""
DETACH_ABSENCES: Final = f"""
UPDATE captures SET article_id = NULL
WHERE article_id = :article AND url = (SELECT url FROM captures WHERE id = :capture) AND {_ABSENCE}
    AND NOT EXISTS (SELECT 1 FROM captures AS seen
        WHERE seen.article_id = :article AND seen.url = captures.url AND seen.digest IS NOT NULL)
"""

UPSERT_ARTICLE: Final = f"""
INSERT INTO articles (id, capture_id, {_names(CONTENT)}, {_names(_SEEN)})
SELECT article_id, id, {_names(CONTENT)}, {_SEEN_VALUES} FROM revisions
WHERE article_id = :article ORDER BY id DESC LIMIT 1
ON CONFLICT (id) DO UPDATE SET {_excluded(("capture_id", *CONTENT, *_SEEN))}
"""

UPDATE_SEEN: Final = f"""
UPDATE articles SET ({_names(_SEEN)}) = (SELECT {_SEEN_VALUES}) WHERE id = :article
"""

UPSERT_FOLDED: Final = f"""
INSERT INTO articles_folded (id, {_names(_FOLDED)}) VALUES ({_places(1 + len(_FOLDED))})
ON CONFLICT (id) DO UPDATE SET {_excluded(_FOLDED)}
"""

ATTACH_REVISITS: Final = """
UPDATE captures SET outcome = 'unchanged', article_id = seen.article_id
FROM captures AS seen
WHERE captures.revisit_of = ? AND captures.record_type = 'revisit' AND seen.id = captures.revisit_of
    AND seen.article_id IS NOT NULL
RETURNING article_id
"""
DETACH_REVISITS: Final = """
UPDATE captures SET outcome = 'none', article_id = NULL WHERE revisit_of = ? AND record_type = 'revisit'
"""
