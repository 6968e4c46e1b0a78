"""The tables of archive.db, as numbered migrations.

A released migration is never changed: a new one is appended. Nothing in these tables depends on the time
of writing, so that a rebuild from WARC gives the same rows (sqlite-utils' own table of migrations apart).

* `captures`: one row an exchange, in the order of recording, with what became of it.
* `revisions`: one row a text that an article, or one page of it, had; its id is that of the capture that brought it.
* `articles`: one row an article, as its latest revision says, with the texts of its further pages behind it; its id
  is that of its first capture.
* `articles_folded`, `articles_fts`: the search index, readable by plain SQLite, sqlite-utils and Datasette.
* `capture_lines`, `sites`, `site_lines`, `site_values`, `removed_lines`: what repeats over a site's pages, and what was
  taken out of texts for that; see `archive.store.sites`.
* `latent_revisions`: what captures without a revision say otherwise in sources that do not count.
* `takedowns` and the tables that name one: what ledger.jsonl says must not be shown or fetched.
"""

# ruff: noqa: S608  (constants put together from constants)

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SET: Final = "archive"
"""Name of the set in sqlite-utils' table of migrations."""


@dataclass(frozen=True, slots=True)
class Migration:
    """A step of the schema; its name is never used again."""

    name: str
    statements: tuple[str, ...]


_CAPTURES = """
CREATE TABLE captures (
    id INTEGER PRIMARY KEY,
    url TEXT NOT NULL,
    canonical_url TEXT NOT NULL,
    role TEXT NOT NULL,
    source TEXT,
    started TEXT NOT NULL,            -- UTC, 2024-05-01T08:30:00.000000Z
    status INTEGER,
    media_type TEXT,
    payload_digest TEXT,
    record_type TEXT NOT NULL,
    warc_file TEXT NOT NULL,
    "offset" INTEGER NOT NULL,
    length INTEGER NOT NULL,
    group_length INTEGER NOT NULL,
    truncated TEXT,
    error TEXT,
    revisit_of INTEGER REFERENCES captures (id) DEFERRABLE INITIALLY DEFERRED,
    outcome TEXT NOT NULL CHECK (outcome IN ('none', 'waiting', 'new', 'changed', 'unchanged', 'rejected')),
    article_id INTEGER REFERENCES articles (id)
        ON UPDATE CASCADE ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
    digest TEXT,                      -- of the article's content; compared within one extractor version
    extractor_version TEXT,
    rejection TEXT,
    rejection_detail TEXT
)
"""

_ARTICLES = """
CREATE TABLE articles (
    id INTEGER PRIMARY KEY,           -- of its first capture
    url TEXT NOT NULL,
    canonical_url TEXT NOT NULL UNIQUE,
    source TEXT,
    title TEXT NOT NULL,
    authors TEXT NOT NULL,            -- JSON
    published TEXT,                   -- ISO 8601 as found
    published_utc INTEGER,            -- seconds since 1970; of a day its first second
    published_precision TEXT CHECK (published_precision IN ('instant', 'day')),
    published_source TEXT,
    modified TEXT,
    language TEXT,
    lead TEXT,
    text TEXT NOT NULL,
    topics TEXT NOT NULL,             -- JSON
    image TEXT,
    status TEXT NOT NULL CHECK (status IN ('live', 'edited', 'moved', 'deleted', 'blocked')),
    first_seen TEXT NOT NULL,         -- UTC, as captures.started
    last_seen TEXT NOT NULL,
    capture_id INTEGER NOT NULL REFERENCES captures (id),  -- of the latest revision
    cluster_id INTEGER,
    section TEXT,
    publisher TEXT,
    field_sources TEXT NOT NULL,      -- JSON: field -> where it was found
    text_digest TEXT NOT NULL,
    extractor_version TEXT NOT NULL
)
"""

_REVISIONS = """
CREATE TABLE revisions (
    id INTEGER PRIMARY KEY REFERENCES captures (id),
    article_id INTEGER NOT NULL REFERENCES articles (id)
        ON UPDATE CASCADE ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    change TEXT NOT NULL CHECK (change IN ('first', 'edit', 'extractor')),
    url TEXT NOT NULL,
    canonical_url TEXT NOT NULL,
    title TEXT NOT NULL,
    authors TEXT NOT NULL,
    published TEXT,
    published_utc INTEGER,
    published_precision TEXT,
    published_source TEXT,
    modified TEXT,
    language TEXT,
    lead TEXT,
    text TEXT NOT NULL,
    topics TEXT NOT NULL,
    image TEXT,
    section TEXT,
    publisher TEXT,
    field_sources TEXT NOT NULL,
    text_digest TEXT NOT NULL,
    extractor_version TEXT NOT NULL
)
"""

# External content: the index stores no second copy, and the file needs no tokenizer that others lack.
# Marks stay inside words (category M*): the fold has dropped those that do not count, and unicode61 would
# cut Indic and Thai words at the rest.
_FTS = """
CREATE VIRTUAL TABLE articles_fts USING fts5 (
    title, lead, text, authors, topics,
    content = 'articles_folded', content_rowid = 'id',
    tokenize = "unicode61 remove_diacritics 0 categories 'L* N* Co Mn Mc'"
)
"""
_OLD = "'delete', old.id, old.title, old.lead, old.text, old.authors, old.topics"
_NEW = "new.id, new.title, new.lead, new.text, new.authors, new.topics"
_DELETE = (
    f"INSERT INTO articles_fts (articles_fts, rowid, title, lead, text, authors, topics) VALUES ({_OLD});"
)
_INSERT = f"INSERT INTO articles_fts (rowid, title, lead, text, authors, topics) VALUES ({_NEW});"


def _named_by_takedown(table: str, key: str) -> str:
    """A table of what a takedown names; the earliest that does counts."""
    return (
        f"CREATE TABLE {table} ({key} PRIMARY KEY,"
        " takedown_id INTEGER NOT NULL REFERENCES takedowns (id)) WITHOUT ROWID"
    )


MIGRATIONS: Final = (
    Migration(
        "0001_captures_articles_revisions_search",
        (
            _CAPTURES,
            "CREATE INDEX captures_by_url ON captures (url)",
            "CREATE INDEX captures_by_canonical_url ON captures (canonical_url)",
            "CREATE INDEX captures_by_article ON captures (article_id, id) WHERE article_id IS NOT NULL",
            'CREATE INDEX captures_by_place ON captures (warc_file, "offset")',
            "CREATE INDEX captures_by_payload ON captures (payload_digest) WHERE record_type = 'response'",
            "CREATE INDEX captures_waiting ON captures (id) WHERE outcome = 'waiting'",
            "CREATE INDEX captures_revisits ON captures (revisit_of) WHERE revisit_of IS NOT NULL",
            _ARTICLES,
            "CREATE INDEX articles_by_date ON articles (published_utc)",
            "CREATE INDEX articles_by_source ON articles (source, published_utc)",
            "CREATE INDEX articles_by_language ON articles (language, published_utc)",
            "CREATE INDEX articles_by_url ON articles (url)",
            _REVISIONS,
            "CREATE INDEX revisions_by_article ON revisions (article_id, id)",
            """
            CREATE TABLE articles_folded (
                id INTEGER PRIMARY KEY REFERENCES articles (id)
                    ON UPDATE CASCADE ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
                title TEXT NOT NULL, lead TEXT NOT NULL, text TEXT NOT NULL, authors TEXT NOT NULL,
                topics TEXT NOT NULL  -- a line each, with a line break before and after
            )
            """,
            _FTS,
            # A word of the title says more of an article than one of its text.
            "INSERT INTO articles_fts (articles_fts, rank) VALUES ('rank', 'bm25(8.0, 3.0, 1.0, 2.0, 2.0)')",
            f"CREATE TRIGGER articles_folded_inserted AFTER INSERT ON articles_folded BEGIN {_INSERT} END",
            f"CREATE TRIGGER articles_folded_deleted AFTER DELETE ON articles_folded BEGIN {_DELETE} END",
            # Guarded: an unguarded trigger indexes anew on every update (5,051 rows/s against 76,000).
            f"""
            CREATE TRIGGER articles_folded_updated AFTER UPDATE ON articles_folded
            WHEN (old.id, old.title, old.lead, old.text, old.authors, old.topics)
                IS NOT (new.id, new.title, new.lead, new.text, new.authors, new.topics)
            BEGIN {_DELETE} {_INSERT} END
            """,
        ),
    ),
    Migration(
        "0002_takedowns",
        (
            """
            CREATE TABLE takedowns (
                id INTEGER PRIMARY KEY,           -- of its line in ledger.jsonl
                instant TEXT NOT NULL,            -- UTC, ISO 8601 to the second
                action TEXT NOT NULL CHECK (action IN ('takedown', 'seal', 'exclude')),
                reason TEXT NOT NULL,
                line_sha256 TEXT NOT NULL         -- of that line: a changed ledger is known by it
            )
            """,
            _named_by_takedown("takedown_articles", "article_id INTEGER"),
            _named_by_takedown("takedown_identities", "canonical_url TEXT"),
            _named_by_takedown("takedown_payloads", "payload_digest TEXT"),
            _named_by_takedown("takedown_records", "record_id TEXT"),
            # What a withheld capture was is blank in its own row: whoever reads `captures` sees nothing.
            """
            CREATE TABLE takedown_captures (
                capture_id INTEGER PRIMARY KEY REFERENCES captures (id) DEFERRABLE INITIALLY DEFERRED,
                takedown_id INTEGER NOT NULL REFERENCES takedowns (id)
            )
            """,
        ),
    ),
    Migration(
        "0003_usage_preferences_locations",
        (
            # JSON; NULL where the page was read before these were recorded, until 'warraq reextract'.
            "ALTER TABLE articles ADD COLUMN usage_preferences TEXT",
            "ALTER TABLE revisions ADD COLUMN usage_preferences TEXT",
            "ALTER TABLE captures ADD COLUMN usage_preferences TEXT",
            "ALTER TABLE captures ADD COLUMN location TEXT",  # of a redirect; before this, NULL until a rebuild
        ),
    ),
    Migration(
        "0004_parts",
        (
            # Of an article on several pages: which one it is. A revision has the text of its page alone.
            "ALTER TABLE captures ADD COLUMN part INTEGER NOT NULL DEFAULT 1",
            "ALTER TABLE revisions ADD COLUMN part INTEGER NOT NULL DEFAULT 1",
            "ALTER TABLE revisions ADD COLUMN continues INTEGER NOT NULL DEFAULT 0",
        ),
    ),
    Migration(
        "0005_evidence",
        (
            # JSON: field -> {source, raw, confidence}; NULL where the page was read before it was recorded.
            "ALTER TABLE articles ADD COLUMN evidence TEXT",
            "ALTER TABLE revisions ADD COLUMN evidence TEXT",
        ),
    ),
    Migration(
        "0006_sites",
        (
            """
            CREATE TABLE capture_lines (          -- of each capture that has an article's text
                capture_id INTEGER PRIMARY KEY REFERENCES captures (id) DEFERRABLE INITIALLY DEFERRED,
                host TEXT NOT NULL,               -- of the article's canonical URL
                lines BLOB NOT NULL               -- of the whole text; see archive.memory.pack
            )
            """,
            "CREATE INDEX capture_lines_by_host ON capture_lines (host, capture_id)",
            """
            CREATE TABLE removed_lines (          -- of each revision that lines were taken out of
                revision_id INTEGER PRIMARY KEY REFERENCES revisions (id)
                    ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
                removed TEXT NOT NULL,            -- JSON: [place among the lines of the whole text, line], ...
                profile INTEGER NOT NULL          -- id of the capture up to which the site had to be known for that
            )
            """,
            """
            CREATE TABLE sites (
                host TEXT PRIMARY KEY,
                captures INTEGER NOT NULL,        -- with lines
                last_capture INTEGER NOT NULL,    -- id of the last of them
                stale INTEGER NOT NULL            -- 1 where one before it came, went or was read anew
            ) WITHOUT ROWID
            """,
            """
            CREATE TABLE site_lines (             -- the lines that are the host's own
                host TEXT NOT NULL,
                key INTEGER NOT NULL,             -- see archive.memory.Line
                since INTEGER NOT NULL,           -- id of the first capture that was looked at for it
                found INTEGER NOT NULL,           -- and of the last
                PRIMARY KEY (host, key)
            ) WITHOUT ROWID
            """,
            """
            CREATE TRIGGER captures_left AFTER UPDATE OF digest ON captures
            WHEN old.digest IS NOT NULL AND new.digest IS NULL
            BEGIN DELETE FROM capture_lines WHERE capture_id = old.id; END
            """,
            """
            CREATE TRIGGER capture_lines_deleted AFTER DELETE ON capture_lines
            BEGIN UPDATE sites SET stale = 1 WHERE host = old.host; END
            """,
        ),
    ),
    Migration(
        "0007_agencies_paywalled",
        (
            # NULL where the page was read before these were recorded, until 'warraq reextract'.
            "ALTER TABLE articles ADD COLUMN agencies TEXT",  # JSON
            "ALTER TABLE articles ADD COLUMN paywalled INTEGER",  # 0 or 1; NULL too where nothing was said
            "ALTER TABLE revisions ADD COLUMN agencies TEXT",
            "ALTER TABLE revisions ADD COLUMN paywalled INTEGER",
        ),
    ),
    Migration(
        "0008_languages_script",
        (
            # NULL where the page was read before these were recorded, until 'warraq reextract'.
            "ALTER TABLE articles ADD COLUMN languages TEXT",  # JSON; the one of most of the text first
            "ALTER TABLE articles ADD COLUMN script TEXT",  # ISO 15924; NULL too where there is no letter
            "ALTER TABLE revisions ADD COLUMN languages TEXT",
            "ALTER TABLE revisions ADD COLUMN script TEXT",
        ),
    ),
    Migration(
        "0009_site_values",
        (
            # JSON; see archive.memory.pack_said. NULL where the page was read before it was kept.
            "ALTER TABLE capture_lines ADD COLUMN said TEXT",
            """
            CREATE TABLE site_values (            -- titles, authors and instants that are the host's own
                host TEXT NOT NULL,
                field TEXT NOT NULL,
                value TEXT NOT NULL,              -- see archive.memory.Value
                since INTEGER NOT NULL,           -- as in site_lines
                found INTEGER NOT NULL,
                PRIMARY KEY (host, field, value)
            ) WITHOUT ROWID
            """,
            """
            CREATE TABLE latent_revisions (       -- see archive.store.latent
                capture_id INTEGER PRIMARY KEY REFERENCES captures (id) DEFERRABLE INITIALLY DEFERRED,
                content TEXT NOT NULL             -- JSON: column of revisions -> value
            )
            """,
            """
            CREATE TRIGGER captures_left_latent AFTER UPDATE OF digest ON captures
            WHEN old.digest IS NOT NULL AND new.digest IS NULL
            BEGIN DELETE FROM latent_revisions WHERE capture_id = old.id; END
            """,
        ),
    ),
)
