"""Search: the query language, its translation to FTS5, hits and their snippets."""
