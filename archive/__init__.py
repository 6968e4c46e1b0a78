"""The archive: everything that works offline, from WARC and SQLite alone."""
