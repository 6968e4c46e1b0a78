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
    "field_sources", "text_digest", "extractor_version", "agencies", "paywalled", "evidence",
    "languages", "script",
)  # fmt: skip
"""Columns that an article takes from its latest revision."""
_SEEN: Final = ("source", "status", "first_seen", "last_seen", "usage_preferences")
"""Columns that an article takes from its captures and revisions together."""
_PAGE: Final = ("part", "continues")
"""Columns of a revision that place its page in the article."""
REVISED: Final = (*CONTENT, *_PAGE)
"""Columns of a revision that its page gives."""
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

_DERIVED: Final = "SELECT id, article_id, part, digest, extractor_version, usage_preferences FROM captures"
SELECT_KNOWN: Final = f"{_DERIVED} WHERE id = ?"
_OF_PAGE: Final = "article_id = ? AND part = ? AND digest IS NOT NULL"
PREVIOUS: Final = f"{_DERIVED} WHERE {_OF_PAGE} AND id < ? ORDER BY id DESC LIMIT 1"
FOLLOWING: Final = f"{_DERIVED} WHERE {_OF_PAGE} AND id > ? ORDER BY id LIMIT 1"
"""Captures of one page of an article. Revisits have no digest: nothing was derived from them."""

SELECT_CONTENT: Final = f"SELECT {_names(CONTENT)}, {_names(_PAGE)} FROM revisions WHERE id = ?"

DERIVED_OF_ARTICLE: Final = f"{_DERIVED} WHERE article_id = ? AND digest IS NOT NULL ORDER BY id"

_MENDED: Final = (
    "title", "authors", "agencies", "published", "published_utc", "published_precision", "published_source",
    "field_sources", "evidence", "text", "text_digest",
)  # fmt: skip
MENDED: Final = ("id", "removed", *_MENDED, "lead", "continues")
SELECT_MENDED: Final = f"""
SELECT revisions.id, coalesce(removed_lines.removed, '[]'), {_names(MENDED[2:], "revisions.")}
FROM revisions LEFT JOIN removed_lines ON removed_lines.revision_id = revisions.id
WHERE revisions.article_id = ?1 AND (?2 IS NULL OR revisions.id = ?2) ORDER BY revisions.id
"""
"""The revisions of an article, or one of them, with what was taken out of their texts: columns `MENDED`."""
UPDATE_MENDED: Final = f"""
UPDATE revisions SET {", ".join(f"{name} = :{name}" for name in _MENDED)} WHERE id = :id
"""

SELECT_SAID: Final = """
SELECT captures.id, captures.part, capture_lines.said, revisions.id IS NOT NULL
FROM captures LEFT JOIN capture_lines ON capture_id = captures.id LEFT JOIN revisions ON revisions.id = captures.id
WHERE captures.article_id = ? AND captures.digest IS NOT NULL ORDER BY captures.id
"""
"""The captures of an article with what their pages say, and whether they have revisions."""

SELECT_WITHOUT_LINES: Final = """
SELECT id, text FROM revisions WHERE article_id = ?
AND NOT EXISTS (SELECT 1 FROM capture_lines WHERE capture_id = revisions.id) ORDER BY id
"""

INSERT_LATENT: Final = f"""
INSERT INTO revisions (id, article_id, change, usage_preferences, {_names(REVISED)})
VALUES (?, ?, 'edit', (SELECT usage_preferences FROM captures WHERE id = ?), {_places(len(REVISED))})
ON CONFLICT (id) DO NOTHING
"""

UPSERT_REVISION: Final = f"""
INSERT INTO revisions (id, article_id, change, usage_preferences, {_names(CONTENT)}, {_names(_PAGE)})
VALUES ({_places(4 + len(CONTENT) + len(_PAGE))})
ON CONFLICT (id) DO UPDATE SET {_excluded(("article_id", "change", "usage_preferences", *CONTENT, *_PAGE))}
"""

COPY_REVISION: Final = f"""
INSERT INTO revisions (id, article_id, change, usage_preferences, {_names(CONTENT)}, {_names(_PAGE)})
SELECT :capture, article_id, change, (SELECT usage_preferences FROM captures WHERE id = :capture), {_names(CONTENT)},
    {_names(_PAGE)}
FROM revisions
WHERE article_id = :article AND part = :part AND id <= :capture ORDER BY id DESC LIMIT 1
ON CONFLICT (id) DO NOTHING
"""

SIGHT: Final = """
CASE
    WHEN captures.role != 'page' THEN NULL
    WHEN captures.record_type = 'response' AND captures.status IN (404, 410) THEN 'gone'
    WHEN captures.record_type = 'response' AND captures.status IN (401, 403, 451) THEN 'blocked'
    WHEN captures.record_type = 'response' AND captures.status IN (301, 308) THEN
        CASE WHEN captures.location LIKE '%://%/' AND captures.location NOT LIKE '%://%/_%' THEN 'gone' ELSE 'moved' END
    ELSE (SELECT CASE
            WHEN page.rejection = 'soft_404' THEN 'gone'
            WHEN page.rejection IN ('challenge', 'password', 'consent') THEN 'blocked' END
        FROM captures AS page WHERE page.id = coalesce(captures.revisit_of, captures.id))
END
"""
"""Of a row of `captures`: what stood at its address instead of an article; NULL where that cannot be told.

A redirect to a home page leads to no article: the page is as good as gone. A "not found", a challenge or a form
that came with 200 counts as the status it should have had; so does a revisit of one, as most are: these pages are
the same each time.
"""


def _last_sight(skipped: int) -> str:
    """What stood at an article's address last, or the time before."""
    return f"(SELECT {SIGHT} FROM captures WHERE article_id = :article ORDER BY id DESC LIMIT 1 OFFSET {skipped})"


# min and max of a text that sorts by time; the earliest capture that names a source gives it. One 404 is an
# accident as often as not: two in a row are a deletion. What a page says of its use counts as it said it last.
_SEEN_VALUES: Final = f"""
(SELECT source FROM captures WHERE article_id = :article AND source IS NOT NULL
    ORDER BY id LIMIT 1) AS source,
CASE
    WHEN {_last_sight(0)} = 'gone' AND {_last_sight(1)} = 'gone' THEN 'deleted'
    WHEN {_last_sight(0)} IN ('blocked', 'moved') THEN {_last_sight(0)}
    WHEN EXISTS (SELECT 1 FROM revisions WHERE article_id = :article AND change = 'edit') THEN 'edited'
    ELSE 'live'
END AS status,
(SELECT min(started) FROM captures WHERE article_id = :article) AS first_seen,
(SELECT max(started) FROM captures WHERE article_id = :article AND ({SIGHT}) IS NULL) AS last_seen,
(SELECT usage_preferences FROM captures WHERE article_id = :article AND digest IS NOT NULL
    ORDER BY id DESC LIMIT 1) AS usage_preferences
"""

_TEXTLESS_HERE: Final = """
url IN (
    SELECT url FROM captures WHERE id = :capture
    UNION SELECT url FROM captures WHERE revisit_of = :capture)
AND digest IS NULL AND NOT EXISTS (
    SELECT 1 FROM captures AS original WHERE original.id = captures.revisit_of AND original.digest IS NOT NULL)
"""
"""Captures without an article's text, at the address of a capture and at those where it came again."""

ABSENT_FROM: Final = f"""
SELECT DISTINCT article_id FROM captures WHERE article_id IS NOT NULL AND {_TEXTLESS_HERE}
"""
PLACE_ABSENCES: Final = f"""
UPDATE captures SET article_id = CASE WHEN ({SIGHT}) IS NOT NULL THEN (
    SELECT seen.article_id FROM captures AS seen
    WHERE seen.url = captures.url AND seen.id < captures.id AND seen.digest IS NOT NULL AND seen.part = 1
    ORDER BY seen.id DESC LIMIT 1) END
WHERE (article_id IS NOT NULL OR ({SIGHT}) IS NOT NULL) AND {_TEXTLESS_HERE}
RETURNING article_id
"""
"""An answer without an article is a sight of the one that its address showed last; that a further page is gone
says nothing of the article."""

UPSERT_ARTICLE: Final = f"""
INSERT INTO articles (id, capture_id, {_names(CONTENT)}, {_names(_SEEN)})
SELECT article_id, id, {_names(CONTENT)}, {_SEEN_VALUES} FROM revisions
WHERE article_id = :article ORDER BY part, id DESC LIMIT 1
ON CONFLICT (id) DO UPDATE SET {_excluded(("capture_id", *CONTENT, *_SEEN))}
"""

SELECT_PAGES: Final = """
SELECT part, continues, text, max(id) FROM revisions WHERE article_id = ? GROUP BY part ORDER BY part
"""
"""The latest text of each page of an article: beside a max, SQLite gives the columns of its row."""

UPDATE_TEXT: Final = "UPDATE articles SET text = ?, text_digest = ? WHERE id = ?"

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
    AND seen.digest IS NOT NULL
RETURNING article_id
"""
DETACH_REVISITS: Final = """
UPDATE captures SET outcome = 'none', article_id = NULL WHERE revisit_of = ? AND record_type = 'revisit'
"""
