"""Search: the query language, its translation to FTS5, hits and their snippets."""

from archive.search.query import Query
from archive.search.searching import MAX_LIMIT, Count, Hit, Results, Sort, count, matching_ids, search
from archive.search.snippets import Highlighter, Snippet

__all__ = [
    "MAX_LIMIT",
    "Count",
    "Highlighter",
    "Hit",
    "Query",
    "Results",
    "Snippet",
    "Sort",
    "count",
    "matching_ids",
    "search",
]
