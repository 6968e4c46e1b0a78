"""Opening archive.db: connection settings, migrations, transactions."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from archive.errors import ArchiveError, NotAnArchiveError
from archive.store.schema import MIGRATIONS, SET, Migration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from sqlite_utils import Database

DATABASE: Final = "archive.db"
BUSY_TIMEOUT_SECONDS: Final = 5.0


def open_for_reading(folder: Path) -> sqlite3.Connection:
    """Open archive.db without the right to change it; an older one is migrated first.

    Raises:
        NotAnArchiveError: there is no archive.db.
        ArchiveError: it is no SQLite database, or was made by a newer version.
    """
    path = folder / DATABASE
    if not path.is_file():
        raise NotAnArchiveError(
            f"{path}: nothing is archived here yet. 'warraq crawl' or 'warraq import' fills it, "
            f"'warraq rebuild' makes it anew from the WARC files."
        )
    connection = _connect(path, _reading_mode(folder))
    try:
        if not _pending(path, connection, MIGRATIONS):
            return connection
    except BaseException:
        connection.close()
        raise
    connection.close()
    open_for_writing(folder).close()
    return _connect(path, _reading_mode(folder))


def open_for_writing(folder: Path, migrations: Sequence[Migration] = MIGRATIONS) -> sqlite3.Connection:
    """Open archive.db, made where it is missing, with its schema brought up to date.

    An older database is copied to `archive.db.before-NAME` first, NAME being that of the first new migration.

    Raises:
        NotAnArchiveError: the folder does not exist.
        ArchiveError: archive.db is no SQLite database, or was made by a newer version.
    """
    if not folder.is_dir():
        raise NotAnArchiveError(
            f"{folder}: no such folder. 'warraq init {folder} --contact MAIL_OR_URL' makes an archive."
        )
    path = folder / DATABASE
    connection = _connect(path, "mode=rwc")
    try:
        if pending := _pending(path, connection, migrations):
            connection.execute("PRAGMA journal_mode = WAL")
            if len(pending) < len(migrations):
                _copy(connection, folder / f"{DATABASE}.before-{pending[0].name}")
            _migrate(connection, migrations)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing. BEGIN IMMEDIATE waits for other writers at once, not at the first write.

    Raises:
        ArchiveError: the database cannot be written: locked for longer than the busy timeout, disk full.
    """
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("COMMIT")
    except sqlite3.OperationalError as error:
        connection.rollback()
        (path,) = connection.execute("SELECT file FROM pragma_database_list WHERE name = 'main'").fetchone()
        raise ArchiveError(
            f"{path}: cannot be written ({error}). Nothing of this batch was kept; "
            f"check free space and rights, and whether another program has it open."
        ) from error
    except BaseException:
        connection.rollback()
        raise


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    # The path as a URI, so that '?', '#' and '%' in a folder's name are nothing special.
    uri = f"file:{quote(str(path.absolute()))}?{mode}"
    connection = None
    try:
        connection = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None)
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA recursive_triggers = ON")
    except sqlite3.DatabaseError as error:
        if connection is not None:
            connection.close()
        raise _unusable(path, error) from error
    return connection


def _reading_mode(folder: Path) -> str:
    # Even a reader of a WAL database makes a -shm file beside it. On a medium that cannot be written nothing
    # changes either, so SQLite may do without; anywhere else `immutable` would be unsafe beside a writer.
    read_only_medium = os.statvfs(folder).f_flag & os.ST_RDONLY
    return "mode=ro&immutable=1" if read_only_medium else "mode=ro"


def _unusable(path: Path, error: sqlite3.DatabaseError) -> ArchiveError:
    if isinstance(error, sqlite3.OperationalError):
        return ArchiveError(
            f"{path}: cannot be opened ({error}). Check the rights to the file and its folder."
        )
    return ArchiveError(f"{path}: {error}. 'warraq rebuild' makes it anew from the WARC files.")


def _pending(path: Path, connection: sqlite3.Connection, migrations: Sequence[Migration]) -> list[Migration]:
    """The migrations still to come, by sqlite-utils' table of them.

    Read without sqlite-utils: its import takes 0.1 s, a third of what a search may.
    """
    try:
        applied = _applied(connection)
    except sqlite3.DatabaseError as error:
        raise _unusable(path, error) from error
    if unknown := applied - {migration.name for migration in migrations}:
        raise ArchiveError(
            f"{path}: made by a newer warraq (it has {min(unknown)}). Upgrade warraq to use it."
        )
    return [migration for migration in migrations if migration.name not in applied]


def _applied(connection: sqlite3.Connection) -> set[str]:
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = '_sqlite_migrations'").fetchone():
        return set()
    rows = connection.execute("SELECT name FROM _sqlite_migrations WHERE migration_set = ?", [SET])
    return {name for (name,) in rows}


def _copy(connection: sqlite3.Connection, path: Path) -> None:
    with closing(sqlite3.connect(path)) as destination:
        connection.backup(destination)


def _migrate(connection: sqlite3.Connection, migrations: Sequence[Migration]) -> None:
    """Apply what is pending, in one transaction, so that two openers at once do it once."""
    from sqlite_utils import Database, Migrations  # noqa: PLC0415  (0.1 s that only a migration pays)

    registered = Migrations(SET)
    for migration in migrations:
        registered(name=migration.name)(_step(migration))
    with transaction(connection):
        registered.apply(Database(connection, execute_plugins=False))


def _step(migration: Migration) -> Callable[[Database], None]:
    def step(database: Database) -> None:
        for statement in migration.statements:
            database.execute(statement)

    return step
