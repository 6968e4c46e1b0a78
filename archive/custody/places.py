"""The rows of `captures` against the attempts of a WARC file, both in the order of their offsets."""

from __future__ import annotations

from dataclasses import astuple, fields, replace
from typing import TYPE_CHECKING, Final

from archive.custody.attempts import Attempt
from archive.custody.problems import Problem
from archive.warc.location import takedown_at

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from archive.store import ArchiveStore

PAGE_ROWS: Final = 500
_COLUMNS: Final = tuple(field.name for field in fields(Attempt))
_NAMES: Final = ", ".join(f'"{name}"' for name in _COLUMNS)
_ROWS: Final = (
    f"SELECT {_NAMES} FROM captures"  # noqa: S608  (names of ours)
    ' WHERE warc_file = ? AND "offset" > ? ORDER BY "offset" LIMIT ?'
)


def rows_of(store: ArchiveStore, warc_file: str) -> Iterator[Attempt]:
    """What the database says of a file, in the order of the offsets, few rows in memory at a time."""
    last = -1
    while rows := store.query(_ROWS, (warc_file, last, PAGE_ROWS)):
        for row in rows:
            yield Attempt(*row)
        last = rows[-1][0]


def named_files(store: ArchiveStore) -> list[tuple[str, int]]:
    """Every WARC file that the database names, with the number of its captures."""
    return store.query("SELECT warc_file, count(*) FROM captures GROUP BY warc_file")


class Comparison:
    """Attempts come in; the problems that the database has with them come out."""

    def __init__(self, file: str, rows: Iterable[Attempt], sealed: Container[int] = ()) -> None:
        """Prepare.

        Args:
            file: name for the problems, relative to the archive.
            rows: as the database has them, in the order of their offsets.
            sealed: takedowns whose records stay; the rows of these say nothing of what they are.
        """
        self._sealed = sealed
        self._file = file
        self._rows = iter(rows)
        self._row = next(self._rows, None)
        self.rows = 0
        """Rows seen so far."""

    def meet(self, attempt: Attempt) -> Iterator[Problem]:
        """Compare the next attempt of the file."""
        yield from self._rows_before(attempt.offset)
        row = self._row
        if row is None or row.offset != attempt.offset:
            what = f"the {attempt.record_type} of {attempt.url} is not in archive.db"
            yield Problem.of("row_missing", self._file, what, offset=attempt.offset)
            return
        self._advance()
        if takedown_at(row.url) in self._sealed:
            attempt = replace(
                attempt, url=row.url, record_type=row.record_type, payload_digest=row.payload_digest
            )
        if row != attempt:
            differing = [
                f"{name} is {in_row!r} there and {in_file!r} here"
                for name, in_row, in_file in zip(_COLUMNS, astuple(row), astuple(attempt), strict=True)
                if in_row != in_file
            ]
            what = f"archive.db says otherwise of {attempt.url}: {', '.join(differing)}"
            yield Problem.of("row_wrong", self._file, what, offset=attempt.offset)

    def end(self) -> Iterator[Problem]:
        """No more attempts come."""
        yield from self._rows_before(None)

    def _rows_before(self, offset: int | None) -> Iterator[Problem]:
        while (row := self._row) is not None and (offset is None or row.offset < offset):
            self._advance()
            what = f"archive.db has a capture of {row.url} here, where no sound attempt begins"
            yield Problem.of("row_without_record", self._file, what, offset=row.offset)

    def _advance(self) -> None:
        self.rows += 1
        self._row = next(self._rows, None)
