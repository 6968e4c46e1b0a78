"""Searching the store: hits with snippets, and counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from archive.search.expression import match_expression
from archive.search.snippets import Highlighter, Snippet
from archive.store import Filters

if TYPE_CHECKING:
    from archive.search.query import Query
    from archive.store import ArchiveStore
    from archive.store.filters import Condition

# ruff: noqa: S608  (conditions and columns are constants of ours; what was typed goes in as parameters)

Sort = Literal["relevance", "date"]
MAX_LIMIT: Final = 10_000

# CROSS JOIN keeps the index in front: left to itself the planner may start from `articles` and probe the
# index once a row, which took 2.3 s where this takes 0.04.
_MATCHING: Final = (
    "FROM articles_fts CROSS JOIN articles ON articles.id = articles_fts.rowid WHERE articles_fts MATCH ?"
)
_ORDER: Final[dict[Sort, str]] = {
    "relevance": "articles_fts.rank",
    "date": "articles.published_utc DESC NULLS LAST, articles.id DESC",
}
_SHOWN: Final = "id, url, title, source, language, published, lead, text, cluster_id"


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that fits."""

    id: int
    url: str
    title: str
    source: str | None
    language: str | None
    published: str | None
    """As found, ISO 8601."""
    snippet: str
    """From the text as written, on one line."""
    score: float
    """BM25, the title above the text; higher is better."""
    cluster_id: int | None
    snippet_marks: tuple[tuple[int, int], ...] = ()
    """Start and end of each match in `snippet`."""
    title_marks: tuple[tuple[int, int], ...] = ()
    """The same in `title`."""


@dataclass(frozen=True, slots=True)
class Results:
    """A page of hits."""

    hits: tuple[Hit, ...]
    undated: int = 0
    """Articles that fit but for the filter by date, since they have none."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many articles fit."""

    matching: int
    undated: int = 0
    """Further ones that fit but for the filter by date, since they have none."""


def search(
    store: ArchiveStore,
    query: Query,
    filters: Filters | None = None,
    sort: Sort = "relevance",
    limit: int = 20,
    offset: int = 0,
) -> Results:
    """Articles that fit a query and filters.

    Args:
        store: where to look.
        query: what to look for.
        filters: which articles; None is all.
        sort: the best first, or the latest first with undated articles last.
        limit: hits at most; up to `MAX_LIMIT`.
        offset: hits passed over.
    """
    filters = filters or Filters()
    condition = filters.condition()
    with store.snapshot():
        ranked = store.query(
            f"SELECT articles.id, -articles_fts.rank {_MATCHING} AND {condition.sql}"
            f" ORDER BY {_ORDER[sort]} LIMIT ? OFFSET ?",
            [match_expression(query), *condition.parameters, min(limit, MAX_LIMIT), offset],
        )
        hits = _hits(store, query, dict(ranked))
        undated = _undated(store, query, filters)
    return Results(hits, undated)


def count(store: ArchiveStore, query: Query, filters: Filters | None = None) -> Count:
    """How many articles fit a query and filters."""
    filters = filters or Filters()
    with store.snapshot():
        if filters == Filters():
            rows = store.query(
                "SELECT count(*) FROM articles_fts WHERE articles_fts MATCH ?", [match_expression(query)]
            )
            return Count(rows[0][0])
        return Count(_number(store, query, filters.condition()), _undated(store, query, filters))


def matching_ids(store: ArchiveStore, query: Query) -> list[int]:
    """Every article that fits a query, in the order of their ids."""
    rows = store.query(
        "SELECT rowid FROM articles_fts WHERE articles_fts MATCH ? ORDER BY rowid", [match_expression(query)]
    )
    return [int(number) for (number,) in rows]


def _undated(store: ArchiveStore, query: Query, filters: Filters) -> int:
    return _number(store, query, filters.undated()) if filters.by_date else 0


def _number(store: ArchiveStore, query: Query, condition: Condition) -> int:
    rows = store.query(
        f"SELECT count(*) {_MATCHING} AND {condition.sql}", [match_expression(query), *condition.parameters]
    )
    return int(rows[0][0])


def _hits(store: ArchiveStore, query: Query, scores: dict[int, float]) -> tuple[Hit, ...]:
    places = ", ".join("?" * len(scores))
    rows = store.query(f"SELECT {_SHOWN} FROM articles WHERE id IN ({places})", list(scores))
    highlighter = Highlighter(query)
    found: dict[int, Hit] = {}
    for article_id, url, title, source, language, published, lead, text, cluster_id in rows:
        snippet = _snippet(highlighter, lead, text)
        found[article_id] = Hit(
            id=article_id,
            url=url,
            title=title,
            source=source,
            language=language,
            published=published,
            snippet=snippet.text,
            score=round(scores[article_id], 6),
            cluster_id=cluster_id,
            snippet_marks=snippet.marks,
            title_marks=highlighter.marks(title),
        )
    return tuple(found[article_id] for article_id in scores)


def _snippet(highlighter: Highlighter, lead: str | None, text: str) -> Snippet:
    """From the lead where the match is there alone, else from the text."""
    of_text = highlighter.snippet(text)
    if lead and not of_text.marks:
        of_lead = highlighter.snippet(lead)
        if of_lead.marks or not of_text.text:
            return of_lead
    return of_text
