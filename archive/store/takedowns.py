"""What must not be shown or fetched, as archive.db knows it from the ledger.

A withheld capture keeps its row, so that ids stay, but the row is blank: its address is that of the takedown,
and it says nothing of what was there. So whoever reads `captures`, `articles` or the index sees nothing of
it, without having to ask.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from archive.store.database import transaction
from archive.urls import canonical
from archive.warc.location import tombstone_address

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence

    from archive.records import Capture

_SELECT: Final = "SELECT id, instant, action, reason, line_sha256 FROM takedowns"
_BLANK: Final = """
UPDATE captures SET url = ?2, canonical_url = ?2, role = 'page', source = NULL, status = NULL,
    media_type = NULL, payload_digest = NULL, record_type = 'metadata', truncated = NULL, error = NULL,
    revisit_of = NULL, outcome = 'none', article_id = NULL, digest = NULL, extractor_version = NULL,
    rejection = NULL, rejection_detail = NULL, location = NULL, usage_preferences = NULL
WHERE id = ?1
"""


@dataclass(frozen=True, slots=True)
class Takedown:
    """A row of `takedowns`."""

    id: int
    """Of its line in the ledger."""
    instant: str
    """UTC, ISO 8601 to the second."""
    action: Literal["takedown", "seal", "exclude"]
    reason: str
    line_sha256: str
    """Of its line in the ledger, without the line break, in hexadecimal."""

    def __str__(self) -> str:
        verb = {"takedown": "taken down", "seal": "sealed", "exclude": "excluded"}[self.action]
        return f"{verb} on {self.instant[:10]}, reason: {self.reason} (takedown {self.id} in ledger.jsonl)"


@dataclass(frozen=True, slots=True)
class Withheld:
    """What one takedown names."""

    takedown: Takedown
    articles: tuple[int, ...] = ()
    identities: tuple[str, ...] = ()
    """Canonical URLs."""
    payloads: tuple[str, ...] = ()
    """Digests of the payloads of its captures."""
    records: tuple[str, ...] = ()
    """WARC-Record-IDs of their first records."""


def blank(capture: Capture, takedown: int) -> Capture:
    """The row of a capture that is withheld: where it lies and when it was made, nothing else."""
    address = tombstone_address(takedown)
    return replace(
        capture, url=address, canonical_url=address, role="page", source=None, status=None, media_type=None,
        payload_digest=None, record_type="metadata", truncated=None, error=None, revisit_of=None, location=None,
    )  # fmt: skip


def _withhold(db: sqlite3.Connection, withheld: Withheld, captures: Sequence[int]) -> None:
    # Overwritten, not only unlinked: a database that is passed on must not hold what was taken down.
    db.execute("PRAGMA secure_delete = ON")
    one = withheld.takedown
    db.execute(
        "INSERT OR IGNORE INTO takedowns VALUES (?, ?, ?, ?, ?)",
        [one.id, one.instant, one.action, one.reason, one.line_sha256],
    )
    for table, keys in (
        ("takedown_articles", withheld.articles),
        ("takedown_identities", withheld.identities),
        ("takedown_payloads", withheld.payloads),
        ("takedown_records", withheld.records),
    ):
        db.executemany(
            f"INSERT OR IGNORE INTO {table} VALUES (?, ?)",  # noqa: S608  (names of ours)
            ((key, one.id) for key in keys),
        )
    db.executemany("DELETE FROM articles WHERE id = ?", ((article,) for article in withheld.articles))
    for capture in captures:
        if db.execute(_BLANK, [capture, tombstone_address(one.id)]).rowcount:
            note_captures(db, [(capture, one.id)])


def note_captures(db: sqlite3.Connection, captures: Iterable[tuple[int, int]]) -> None:
    """Note which captures are withheld, each with its takedown."""
    db.executemany("INSERT OR IGNORE INTO takedown_captures VALUES (?, ?)", captures)


def refusal(db: sqlite3.Connection, capture: Capture, canonical_url: str) -> int | None:
    """The takedown for which what a capture says of `canonical_url` is no article; None where there is none.

    Its own address counts, the one its page names, and its payload: the same page under another address.
    """
    found = db.execute(
        "SELECT min(takedown_id) FROM takedown_identities WHERE canonical_url IN (?, ?)",
        [canonical_url, capture.canonical_url],
    ).fetchone()[0]
    if found is None and capture.payload_digest is not None and capture.record_type == "response":
        found = _takedown_id(db, "takedown_payloads", "payload_digest", capture.payload_digest)
    return None if found is None else int(found)


class Takedowns:
    """The takedowns of an opened archive.db."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def __iter__(self) -> Iterator[Takedown]:
        """Every one, in the order they were made."""
        return iter([Takedown(*row) for row in self._db.execute(f"{_SELECT} ORDER BY id")])

    def of_url(self, url: str) -> Takedown | None:
        """The takedown that names a URL, in whatever form it is written."""
        return self._named("takedown_identities", "canonical_url", canonical(url))

    def of_payload(self, payload_digest: str) -> Takedown | None:
        """The takedown that a payload fell under."""
        return self._named("takedown_payloads", "payload_digest", payload_digest)

    def of_record(self, record_id: str) -> Takedown | None:
        """The takedown that withholds a WARC record."""
        return self._named("takedown_records", "record_id", record_id)

    def of_article(self, number: int) -> Takedown | None:
        """The takedown of an article or of a capture."""
        return self._named("takedown_articles", "article_id", number) or self._named(
            "takedown_captures", "capture_id", number
        )

    def is_withheld(self, capture_id: int) -> bool:
        """Whether nothing of a capture may be shown: replayed, exported, listed.

        So it is with what was taken down, and with the same page that came again under another address.
        """
        statement = (
            "SELECT EXISTS (SELECT 1 FROM takedown_captures WHERE capture_id = ?1)"
            " OR EXISTS (SELECT 1 FROM captures WHERE id = ?1 AND rejection = 'takedown')"
        )
        return bool(self._db.execute(statement, [capture_id]).fetchone()[0])

    def withheld_places(self, warc_file: str) -> list[tuple[int, int]]:
        """Offset and length of what has to be left out where a WARC file is passed on, in order."""
        statement = (
            "SELECT \"offset\", group_length FROM captures WHERE warc_file = ? AND (rejection = 'takedown'"
            ' OR id IN (SELECT capture_id FROM takedown_captures)) ORDER BY "offset"'
        )
        return [(row[0], row[1]) for row in self._db.execute(statement, [warc_file])]

    def withhold(self, withheld: Withheld, captures: Sequence[int]) -> None:
        """Take articles and captures out of sight, all or none; done again, it changes nothing.

        Args:
            withheld: what the takedown names.
            captures: ids of rows to blank; those that are not there yet are blank when they come.

        Raises:
            ArchiveError: the database cannot be written.
        """
        with transaction(self._db):
            _withhold(self._db, withheld, captures)

    def scrub(self) -> None:
        """Leave no trace of deleted texts in the database's files.

        SQLite keeps what was deleted in free pages and in the -wal file, and FTS5 the words of deleted rows in
        its older segments, until something happens to overwrite them.
        """
        self._db.execute("PRAGMA secure_delete = ON")
        self._db.execute("INSERT INTO articles_fts (articles_fts) VALUES ('optimize')")
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _named(self, table: str, column: str, key: str | int) -> Takedown | None:
        found = _takedown_id(self._db, table, column, key)
        if found is None:
            return None
        return Takedown(*self._db.execute(f"{_SELECT} WHERE id = ?", [found]).fetchone())


def _takedown_id(db: sqlite3.Connection, table: str, column: str, key: str | int) -> int | None:
    row = db.execute(f"SELECT takedown_id FROM {table} WHERE {column} = ?", [key]).fetchone()  # noqa: S608
    return None if row is None else int(row[0])
