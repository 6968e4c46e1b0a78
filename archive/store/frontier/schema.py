"""The tables of frontier.db, and what each version of them added."""

_TABLES = """
CREATE TABLE urls (
    id INTEGER PRIMARY KEY,
    identity TEXT NOT NULL UNIQUE,      -- canonical URL: what makes two URLs one
    url TEXT NOT NULL,                  -- as found: what is fetched
    host TEXT NOT NULL,                 -- whose politeness it is
    source TEXT NOT NULL DEFAULT '',    -- '' where no source asked for it
    role TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'leased', 'done', 'failed', 'excluded')),
    priority INTEGER NOT NULL DEFAULT 0,
    due REAL NOT NULL DEFAULT 0,        -- seconds since 1970
    hops INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    redirects INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0,-- visits in a row that gave up
    via TEXT, found_by TEXT, title TEXT, published TEXT, section TEXT,
    modified TEXT,                      -- as a feed, sitemap or REST said last
    modified_seen REAL,                 -- the same, seconds since 1970
    fetched REAL, status INTEGER, error TEXT,
    first_fetched REAL,                 -- when a page first came whole
    look_again REAL,                    -- when it is to be looked at again; NULL: never
    etag TEXT, last_modified TEXT       -- validators of the last whole answer, as sent
);
CREATE INDEX urls_ready ON urls (host, state, priority, due);
CREATE INDEX urls_by_source ON urls (source, role, state);
CREATE TABLE endpoints (
    url TEXT NOT NULL, source TEXT NOT NULL, role TEXT NOT NULL, found_by TEXT NOT NULL,
    entries INTEGER, dated INTEGER, further INTEGER, newest TEXT, faults TEXT, status INTEGER,
    rank INTEGER, checked REAL,
    PRIMARY KEY (source, url)
);
CREATE TABLE robots (
    origin TEXT PRIMARY KEY,
    status INTEGER,                     -- NULL: no answer
    body BLOB NOT NULL DEFAULT x'',
    fetched REAL NOT NULL,
    due REAL NOT NULL
);
CREATE TABLE hosts (
    host TEXT PRIMARY KEY,
    not_before REAL NOT NULL DEFAULT 0, -- no request before: Retry-After, back-off
    delay REAL                          -- seconds, where the host made us slower than the settings say
);
CREATE TABLE runs (
    id INTEGER PRIMARY KEY, started REAL NOT NULL, ended REAL, command TEXT NOT NULL, summary TEXT
);
CREATE TABLE sources (
    name TEXT PRIMARY KEY, crawled REAL -- when a crawl of it last ended, for schedules
);
"""

_HOSTS_IN_TROUBLE = """
ALTER TABLE hosts ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;   -- in a row
ALTER TABLE hosts ADD COLUMN rests INTEGER NOT NULL DEFAULT 0;      -- in a row, because of them
ALTER TABLE hosts ADD COLUMN rest_until REAL NOT NULL DEFAULT 0;    -- seconds since 1970
ALTER TABLE hosts ADD COLUMN day INTEGER NOT NULL DEFAULT 0;        -- days since 1970, UTC
ALTER TABLE hosts ADD COLUMN pages INTEGER NOT NULL DEFAULT 0;      -- asked for on that day
"""

_CUT_SHORT_RUNS = """
ALTER TABLE runs ADD COLUMN began REAL;         -- of the run that this one goes on with, or its own start
ALTER TABLE runs ADD COLUMN recorded INTEGER;   -- id of the last capture when this run last committed
ALTER TABLE runs ADD COLUMN unsettled TEXT;     -- JSON: ids up to it whose URLs were not settled by then
"""

MIGRATIONS = (_TABLES, _HOSTS_IN_TROUBLE, _CUT_SHORT_RUNS)
"""Statements that lead from each version to the next; a new file goes through all of them."""
