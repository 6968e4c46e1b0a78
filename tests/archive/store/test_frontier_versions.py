"""frontier.db of an older version is brought up to date at its first use, a copy kept; a newer one is left."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from archive.errors import ArchiveError
from archive.store.frontier import FailingHost, FrontierStore
from archive.store.frontier.schema import MIGRATIONS

if TYPE_CHECKING:
    from pathlib import Path


def as_of(folder: Path, version: int) -> Path:
    """A frontier.db as an earlier version left it."""
    path = folder / "frontier.db"
    with closing(sqlite3.connect(path)) as db:
        for statements in MIGRATIONS[:version]:
            db.executescript(statements)
        db.execute("INSERT INTO hosts (host, not_before, delay) VALUES ('slow.test', 5.0, 2.0)")
        db.execute(
            "INSERT INTO urls (identity, url, host, role) VALUES ('a', 'https://a.test/', 'a.test', 'page')"
        )
        db.execute(f"PRAGMA user_version = {version}")
        db.commit()
    return path


def columns(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as db:
        return [row[1] for row in db.execute("PRAGMA table_info(hosts)")]


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS)))
def test_an_older_one_keeps_what_it_knows_and_is_copied_first(tmp_path: Path, version: int) -> None:
    path = as_of(tmp_path, version)
    before = columns(path)
    with FrontierStore.open(tmp_path) as frontier:
        assert frontier.hosts.pauses() == {"slow.test": (5.0, 2.0)}
        assert frontier.hosts.failing() == []
        frontier.hosts.keep_failing(FailingHost("slow.test", 3, 1, 9.0))
        assert frontier.urls.counts("") == {("page", "queued"): 1}
    assert columns(tmp_path / f"frontier.db.before-{len(MIGRATIONS)}") == before
    with FrontierStore.open(tmp_path) as again:
        assert again.hosts.failing() == [FailingHost("slow.test", 3, 1, 9.0)]


def test_a_new_one_is_of_the_newest_version_and_has_no_copy(tmp_path: Path) -> None:
    FrontierStore.open(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "frontier.db")) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    assert not list(tmp_path.glob("*before*"))


def test_one_of_a_newer_version_is_left_as_it_is(tmp_path: Path) -> None:
    path = as_of(tmp_path, 1)
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(ArchiveError, match="newer warraq"):
        FrontierStore.open(tmp_path)
    assert columns(path) == ["host", "not_before", "delay"]


# --- what is written as a whole


def test_what_fails_within_a_whole_leaves_nothing_and_what_came_before_stays(tmp_path: Path) -> None:
    with FrontierStore.open(tmp_path) as frontier:
        frontier.hosts.pause("before.test", 1.0, None)
        with pytest.raises(RecursionError), frontier.whole():  # noqa: PT012
            frontier.hosts.pause("within.test", 1.0, None)
            raise RecursionError
        frontier.hosts.pause("after.test", 1.0, None)
        with frontier.whole():
            frontier.hosts.pause("whole.test", 1.0, None)
    with FrontierStore.open(tmp_path) as again:
        assert sorted(again.hosts.pauses()) == ["after.test", "before.test", "whole.test"]
