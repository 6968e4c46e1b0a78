"""Everything against everything: records, digests, files, manifest, database. Nothing is changed."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from archive.custody import ledger, manifest
from archive.custody.attempts import AttemptReader, ForeignReader, RecordFault
from archive.custody.carried_out import ledger_problems
from archive.custody.chain import NO_LINE
from archive.custody.files import HashedFile, is_being_written
from archive.custody.places import Comparison, named_files, rows_of
from archive.custody.problems import Problem
from archive.errors import ArchiveError, NotAnArchiveError
from archive.store import ArchiveStore
from archive.store.database import DATABASE
from archive.warc.location import IMPORTED, is_foreign
from archive.warc.writer import OPEN_SUFFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SETTLING_SECONDS: Final = 10.0
"""A file finished beside a live writer so lately may still wait for its rows and its manifest's line."""
CUT_SHORT: Final = (
    "'warraq verify --repair' completes an import that was cut short; else import the file again"
)
MAX_DATABASE_FAULTS: Final = 20


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """One WARC file, after the check."""

    file: str
    """Relative to the archive."""
    bytes: int
    sha256: str
    records: int
    captures: int
    problems: int


@dataclass(slots=True)
class Verified:
    """What was checked."""

    files: int = 0
    bytes: int = 0
    records: int = 0
    captures: int = 0
    """Attempts in the files."""
    being_written: int = 0
    """Files of a live writer, passed over."""
    problems: Counter[str] = field(default_factory=Counter)
    """By kind."""
    manifest_lines: int = 0
    manifest_head: str = NO_LINE
    """SHA-256 of the manifest's last line: note it elsewhere, and the files can be proven later."""
    ledger_lines: int = 0
    ledger_head: str = NO_LINE
    """SHA-256 of the last line of ledger.jsonl."""
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether no problem was found."""
        return not self.problems


@dataclass(frozen=True, slots=True)
class Listener:
    """Who is told of what, while it is found."""

    problem: Callable[[Problem], None]
    file: Callable[[CheckedFile], None] = lambda _: None
    progress: Callable[[int, int], None] = lambda _done, _total: None
    """Bytes checked, and bytes in all."""


def verify(folder: Path, listener: Listener) -> Verified:
    """Check an archive; see the module. It works beside a crawl, whose open file is passed over.

    Args:
        folder: the archive.
        listener: told of each problem, each file, and how far the check is.

    Returns:
        The sums. Memory stays within some tens of megabytes, whatever the files hold.
    """
    began = time.monotonic()
    with ExitStack() as stack:
        check = _Check(folder, listener)
        check.store = stack.enter_context(check.database())
        check.run()
    check.sums.seconds = time.monotonic() - began
    return check.sums


class _Check:
    """One run."""

    def __init__(self, folder: Path, listener: Listener) -> None:
        self._folder = folder
        self._warc = folder / manifest.WARC_FOLDER
        self._listener = listener
        self._checked_bytes = 0
        self._listed: set[str] = set()
        self._sealed: frozenset[int] = frozenset()
        self.sums = Verified()
        self.store: ArchiveStore | None = None

    def run(self) -> None:
        """Files first, then what the manifest and the database name beside them."""
        left_open, finished = self._files()
        lines = self._manifest()
        finished += self._foreign(lines)
        self._ledger(lines)
        total = sum(path.stat().st_size for path in (*left_open, *finished))
        for path in left_open:
            what = "was left open by a process that is gone"
            self._tell(Problem.of("left_open", self._name(path), what))
            self._file(path, None, total)
        for path in finished:
            self._file(path, lines, total)
        self._absent(lines)

    @contextmanager
    def database(self) -> Iterator[ArchiveStore | None]:
        """The database, sound in itself; None where there is none to compare with."""
        try:
            store = ArchiveStore.open(self._folder, readonly=True)
        except NotAnArchiveError:
            if next(self._warc.glob("*.warc.gz*"), None) is not None:
                self._tell(Problem.of("database", DATABASE, "is missing, and there are WARC files"))
            yield None
            return
        except ArchiveError as error:
            self._tell(Problem.of("database", DATABASE, f"cannot be opened: {error}"))
            yield None
            return
        with store:
            yield store if self._is_sound(store) else None

    def _is_sound(self, store: ArchiveStore) -> bool:
        """SQLite's own check of pages, indexes and references."""
        try:
            rows = store.query("SELECT * FROM pragma_integrity_check(?)", (MAX_DATABASE_FAULTS,))
            faults = [str(row[0]) for row in rows if row[0] != "ok"]
            for table, row_id, parent, _ in store.query("SELECT * FROM pragma_foreign_key_check LIMIT 20"):
                faults.append(f"row {row_id} of {table} refers to a row of {parent} that is not there")
        except sqlite3.DatabaseError as error:
            faults = [str(error)]
        for fault in faults:
            self._tell(Problem.of("database", DATABASE, fault))
        return not faults

    def _files(self) -> tuple[list[Path], list[Path]]:
        """Files that a dead process left open, and finished ones; without those being written."""
        opened = sorted(self._warc.glob("*.warc.gz" + OPEN_SUFFIX))
        finished = sorted(self._warc.glob("*.warc.gz"))
        left_open = [path for path in opened if not is_being_written(path)]
        if len(left_open) < len(opened):
            since = time.time() - SETTLING_SECONDS
            finished = [path for path in finished if path.stat().st_mtime < since]
        self._listed = {self._final_name(path) for path in (*left_open, *finished)}
        self.sums.being_written = len(opened) - len(left_open)
        return left_open, finished

    def _foreign(self, lines: dict[str, manifest.Entry]) -> list[Path]:
        """Imported files; the one that is being taken in has no line yet."""
        found = sorted((self._warc / IMPORTED).glob("[!.]*"))
        if self.sums.being_written:
            found = [path for path in found if self._final_name(path) in lines]
        self._listed.update(map(self._final_name, found))
        return found

    def _manifest(self) -> dict[str, manifest.Entry]:
        """The manifest's lines by the file they name."""
        name = f"{manifest.WARC_FOLDER}/{manifest.MANIFEST}"
        try:
            found = manifest.read(self._folder)
        except ArchiveError as error:
            self._tell(Problem.of("unreadable", name, str(error)))
            return {}
        for fault in found.faults:
            self._tell(Problem.of("manifest", name, fault))
        lines: dict[str, manifest.Entry] = {}
        for entry in found.entries:
            if entry.name in lines:
                self._tell(Problem.of("manifest", name, f"names {entry.name} twice"))
            lines[entry.name] = entry
        self.sums.manifest_lines, self.sums.manifest_head = len(found.entries), found.head
        return lines

    def _ledger(self, lines: dict[str, manifest.Entry]) -> None:
        """What was decided, and whether it is done."""
        try:
            book = ledger.read(self._folder)
        except ArchiveError as error:
            self._tell(Problem.of("unreadable", ledger.LEDGER, str(error)))
            return
        for problem in ledger_problems(book, self.store, {name: line.sha256 for name, line in lines.items()}):
            self._tell(problem)
        self._sealed = frozenset(one.id for one in book.decisions if one.action == "seal")
        self.sums.ledger_lines, self.sums.ledger_head = len(book.entries), book.head

    def _file(self, path: Path, lines: dict[str, manifest.Entry] | None, total: int) -> None:
        """Check one file; `lines` is None where it is not finished, and so in no manifest."""
        name, before = self._name(path), self.sums.problems.total()
        try:
            with HashedFile(path) as file:
                reader = self._records(path, file, total)
                size, sha256 = file.finish()
        except OSError as error:
            self._tell(Problem.of("unreadable", name, f"cannot be read: {error.strerror or error}"))
            return
        if lines is not None:
            self._against_line(name, size, sha256, lines.get(self._final_name(path)))
        self._checked_bytes += size
        self.sums.files += 1
        self.sums.bytes += size
        self.sums.records += reader.records
        problems = self.sums.problems.total() - before
        self._listener.file(CheckedFile(name, size, sha256, reader.records, reader.attempts, problems))

    def _records(self, path: Path, file: HashedFile, total: int) -> AttemptReader | ForeignReader:
        """Check the records of a file, and the database's rows of it."""
        name, final = self._name(path), self._final_name(path)
        is_open = path.name.endswith(OPEN_SUFFIX)

        def tell(fault: RecordFault) -> None:
            remedy = "'warraq verify --repair' keeps the torn tail aside" if is_open else None
            self._tell(Problem.of(fault.kind, name, fault.what, offset=fault.offset, remedy=remedy))

        reader: AttemptReader | ForeignReader = AttemptReader(file.read_at, tell)
        if is_foreign(final):
            reader = ForeignReader(file.read_at, final)
        rows = None
        if self.store is not None:
            rows = Comparison(name, rows_of(self.store, final), self._sealed)
        for attempt in reader:
            if rows is not None:
                for problem in rows.meet(attempt):
                    self._tell(problem)
            self._listener.progress(self._checked_bytes + reader.offset, total)
        if rows is not None:
            for problem in rows.end():
                self._tell(problem)
        self.sums.captures += reader.attempts
        return reader

    def _against_line(self, name: str, size: int, sha256: str, line: manifest.Entry | None) -> None:
        if line is None:
            remedy = CUT_SHORT if is_foreign(name.removeprefix(f"{manifest.WARC_FOLDER}/")) else None
            self._tell(Problem.of("not_in_manifest", name, "is not in the manifest", remedy=remedy))
        elif (line.size, line.sha256) != (size, sha256):
            what = (
                f"is not the file that was finished: {size} bytes with SHA-256 {sha256}, "
                f"where the manifest says {line.size} and {line.sha256}"
            )
            self._tell(Problem.of("changed", name, what))

    def _absent(self, lines: dict[str, manifest.Entry]) -> None:
        """Files that the manifest or the database name and that are not there."""
        for name in lines.keys() - self._listed - {line.replaces for line in lines.values()}:
            if not self._is_there(name):
                self._tell(self._missing(name, "is in the manifest, and not there"))
        for name, captures in named_files(self.store) if self.store is not None else ():
            if name not in self._listed and not self._is_there(name):
                self._tell(self._missing(name, f"is not there, and archive.db has {captures} captures of it"))

    def _missing(self, name: str, what: str) -> Problem:
        return Problem.of("file_missing", f"{manifest.WARC_FOLDER}/{name}", what)

    def _is_there(self, name: str) -> bool:
        path = self._warc / name
        return path.is_file() or path.with_name(path.name + OPEN_SUFFIX).is_file()

    def _final_name(self, path: Path) -> str:
        """As captures call a file."""
        return path.relative_to(self._warc).as_posix().removesuffix(OPEN_SUFFIX)

    def _name(self, path: Path) -> str:
        return path.relative_to(self._folder).as_posix()

    def _tell(self, problem: Problem) -> None:
        self.sums.problems[problem.kind] += 1
        self._listener.problem(problem)
