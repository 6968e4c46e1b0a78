"""Opening archive.db: the released schema, migration after a copy, refusals, readers beside a writer."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from archive.errors import ArchiveError, NotAnArchiveError
from archive.records import Article, Capture, FieldEvidence
from archive.store import ArchiveStore
from archive.store.database import open_for_writing, transaction
from archive.store.schema import MIGRATIONS, Migration

# The columns of the first release. Later migrations may add; none of these goes or changes its place.
REVISED = (
    "url canonical_url title authors published published_utc published_precision published_source modified "
    "language lead text topics image section publisher field_sources text_digest extractor_version"
)
RELEASED = {
    "captures": "id url canonical_url role source started status media_type payload_digest record_type "
    "warc_file offset length group_length truncated error revisit_of outcome article_id digest "
    "extractor_version rejection rejection_detail",
    "articles": "id url canonical_url source title authors published published_utc published_precision "
    "published_source modified language lead text topics image status first_seen last_seen capture_id "
    "cluster_id section publisher field_sources text_digest extractor_version",
    "revisions": f"id article_id change {REVISED}",
    "articles_folded": "id title lead text authors topics",
    "articles_fts": "title lead text authors topics",
}


BEFORE = {
    "url": "u", "canonical_url": "u", "title": "T", "authors": "[]", "text": "Text.", "topics": "[]",
    "field_sources": "{}", "text_digest": "d", "extractor_version": "1",
}  # fmt: skip
"""What an article's row had to say before its page's usage preferences were recorded."""


def test_released_schema(tmp_path: Path) -> None:
    ArchiveStore.open(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "archive.db")) as db:
        for table, columns in RELEASED.items():
            found = [name for (name,) in db.execute("SELECT name FROM pragma_table_info(?)", [table])]
            assert found[: len(columns.split())] == columns.split(), table
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert MIGRATIONS[0].name == "0001_captures_articles_revisions_search"


def test_a_reader_has_the_settings_and_cannot_write(
    tmp_path: Path, make_capture: Callable[..., Capture]
) -> None:
    ArchiveStore.open(tmp_path).close()
    with ArchiveStore.open(tmp_path, readonly=True) as store:
        assert store.query("PRAGMA foreign_keys") == [(1,)]
        assert store.query("PRAGMA busy_timeout") == [(5000,)]
        assert store.query("PRAGMA synchronous") == [(1,)]
        with pytest.raises(ArchiveError, match="readonly"):
            store.add_captures([make_capture(1)], waiting=())


def test_an_older_archive_is_copied_then_migrated(tmp_path: Path) -> None:
    ArchiveStore.open(tmp_path).close()
    later = Migration("0002_note", ("ALTER TABLE articles ADD COLUMN note TEXT",))
    open_for_writing(tmp_path, [*MIGRATIONS, later]).close()
    with closing(sqlite3.connect(tmp_path / "archive.db")) as db:
        assert db.execute(
            "SELECT count(*) FROM pragma_table_info('articles') WHERE name = 'note'"
        ).fetchone() == (1,)
    with closing(sqlite3.connect(tmp_path / "archive.db.before-0002_note")) as db:
        assert db.execute(
            "SELECT count(*) FROM pragma_table_info('articles') WHERE name = 'note'"
        ).fetchone() == (0,)
    with pytest.raises(ArchiveError, match=r"newer warraq.*0002_note.*Upgrade"):
        ArchiveStore.open(tmp_path, readonly=True)


def test_articles_of_before_their_usage_was_recorded(
    tmp_path: Path, make_capture: Callable[..., Capture], make_article: Callable[..., Article]
) -> None:
    """A database of the schema before it: copied, migrated, nothing claimed, filled in by another reading."""
    rows = {
        "captures": {
            "id": 1, "url": "u", "canonical_url": "u", "role": "page", "started": "2024-05-01T09:30:00.000000Z",
            "record_type": "response", "warc_file": "w", "offset": 0, "length": 1, "group_length": 1,
            "outcome": "new", "article_id": 1, "digest": "d", "extractor_version": "1",
        },
        "revisions": {"id": 1, "article_id": 1, "change": "first", **BEFORE},
        "articles": {"id": 1, "capture_id": 1, "status": "live", "first_seen": "2024", "last_seen": "2024", **BEFORE},
    }  # fmt: skip
    with closing(open_for_writing(tmp_path, MIGRATIONS[:2])) as db, transaction(db):
        for table, row in rows.items():
            names = ", ".join(f'"{name}"' for name in row)
            db.execute(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(row))})", [*row.values()])
    with ArchiveStore.open(tmp_path, readonly=True) as store:
        assert store.article("1").text == "Text."
        assert store.article("1").usage_preferences is None
        assert store.revisions(1)[0].usage_preferences is None
        assert store.article("1").evidence is store.revisions(1)[0].evidence is None
        assert (store.article("1").agencies, store.article("1").paywalled) == (None, None)
        assert (store.article("1").languages, store.article("1").script) == (None, None)
        assert store.capture(1).location is None
    with closing(sqlite3.connect(tmp_path / "archive.db.before-0003_usage_preferences_locations")) as db:
        columns = {name for (name,) in db.execute("SELECT name FROM pragma_table_info('articles')")}
        assert "usage_preferences" not in columns
        assert db.execute("SELECT text FROM articles").fetchall() == [("Text.",)]
    with ArchiveStore.open(tmp_path) as store:
        read = make_article(
            "Text.",
            "u",
            title="T",
            agencies=("سانا",),
            paywalled=False,
            languages=("en", "ar"),
            script="Latn",
        )
        store.apply([(make_capture(1, "u"), read)], "1")
        assert store.article("1").usage_preferences == ()
        assert store.article("1").evidence == {}
        assert (store.article("1").agencies, store.article("1").paywalled) == (("سانا",), False)
        assert (store.revisions(1)[0].agencies, store.revisions(1)[0].paywalled) == (("سانا",), False)
        for row in (store.article("1"), store.revisions(1)[0]):
            assert (row.languages, row.script) == (("en", "ar"), "Latn")


def test_what_a_field_rests_on_is_kept_with_each_revision(
    tmp_path: Path, make_capture: Callable[..., Capture], make_article: Callable[..., Article]
) -> None:
    grounds = [
        {
            "published": FieldEvidence("visible", f"{day} حزيران 2020", 0.5),
            "title": FieldEvidence("h1", None, 0.9),
        }
        for day in (5, 6)
    ]
    captures = [make_capture(number, "u") for number in (1, 2)]
    articles = [make_article(f"Text {at}.", "u", evidence=said) for at, said in enumerate(grounds)]
    with ArchiveStore.open(tmp_path) as store:
        store.add_captures(captures, waiting={1, 2})
        store.apply(list(zip(captures, articles, strict=True)), "1")
        assert store.article("1").evidence == grounds[1]
        assert [revision.evidence for revision in store.revisions(1)] == grounds


def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    ArchiveStore.open(tmp_path).close()
    broken = Migration("0002_broken", ("CREATE TABLE half (id)", "CREATE TABLE half (id)"))
    with pytest.raises(ArchiveError, match="half already exists"):
        open_for_writing(tmp_path, [*MIGRATIONS, broken])
    with ArchiveStore.open(tmp_path) as store:
        assert store.query("SELECT 1 FROM sqlite_master WHERE name = 'half'") == []


def test_a_reader_migrates_what_a_writer_left_unmade(tmp_path: Path) -> None:
    (tmp_path / "archive.db").touch()
    with ArchiveStore.open(tmp_path, readonly=True) as store:
        assert store.statistics().articles == 0


def test_refusals_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotAnArchiveError, match="warraq crawl"):
        ArchiveStore.open(tmp_path, readonly=True)
    with pytest.raises(NotAnArchiveError, match="warraq init"):
        ArchiveStore.open(tmp_path / "none")
    (tmp_path / "archive.db").write_bytes(b"this is not a database" * 100)
    for readonly in (True, False):
        with pytest.raises(ArchiveError, match=r"not a database.*warraq rebuild"):
            ArchiveStore.open(tmp_path, readonly=readonly)


def test_a_folder_with_special_characters_in_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "a?b#c%20 وراق"
    folder.mkdir()
    ArchiveStore.open(folder).close()
    assert (folder / "archive.db").is_file()
    assert [path.name for path in folder.iterdir()] == ["archive.db"]


def test_a_locked_database_is_an_error_with_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archive.store.database.BUSY_TIMEOUT_SECONDS", 0.05)
    with ArchiveStore.open(tmp_path) as store, closing(sqlite3.connect(tmp_path / "archive.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ArchiveError, match=r"archive\.db: cannot be written .*locked"):
            store.add_captures([], waiting=())


def test_readers_work_while_a_writer_is_at_it(
    tmp_path: Path, make_capture: Callable[..., Capture], make_article: Callable[..., Article]
) -> None:
    capture = make_capture(1)
    with ArchiveStore.open(tmp_path) as writer, ArchiveStore.open(tmp_path, readonly=True) as reader:
        with reader.snapshot():
            assert reader.query("SELECT count(*) FROM articles") == [(0,)]
            writer.add_captures([capture], waiting={1})
            writer.apply([(capture, make_article())], "1")
            assert reader.query("SELECT count(*) FROM articles") == [(0,)]
        assert reader.query("SELECT count(*) FROM articles") == [(1,)]


def test_a_read_only_medium_is_read_without_a_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ArchiveStore.open(tmp_path).close()
    flags = os.statvfs(tmp_path)
    sealed = os.statvfs_result([*flags[:8], flags.f_flag | os.ST_RDONLY, flags.f_namemax])
    monkeypatch.setattr(os, "statvfs", lambda _: sealed)
    with ArchiveStore.open(tmp_path, readonly=True) as store:
        assert store.statistics().articles == 0
        assert [path.name for path in tmp_path.iterdir()] == ["archive.db"]


def test_snapshots_nest(tmp_path: Path) -> None:
    with ArchiveStore.open(tmp_path) as store, store.snapshot():
        assert store.statistics().articles == 0
        with store.snapshot():
            assert store.next_capture_id() == 1


def test_reading_does_not_import_sqlite_utils(tmp_path: Path) -> None:
    ArchiveStore.open(tmp_path).close()
    code = (
        "import sys, pathlib; from archive.store import ArchiveStore;"
        "ArchiveStore.open(pathlib.Path(sys.argv[1]), readonly=True).statistics();"
        "print([name for name in ('sqlite_utils', 'numpy', 'scrapy', 'trafilatura') if name in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    assert result.stdout == "[]\n"


def test_an_archive_of_before_what_pages_say_was_kept(
    tmp_path: Path, make_capture: Callable[..., Capture], make_article: Callable[..., Article]
) -> None:
    found = {"title": FieldEvidence("h1", "T", 0.6)}
    with closing(open_for_writing(tmp_path, MIGRATIONS[:8])) as db, transaction(db):
        db.execute("INSERT INTO sites VALUES ('news.example', 1, 1, 0)")
    with ArchiveStore.open(tmp_path) as store:
        store.add_captures([make_capture(1, "u")], waiting={1})
        store.apply([(make_capture(1, "u"), make_article("Text.", "u", title="T", evidence=found))], "1")
        assert store.query("SELECT said FROM capture_lines") == [('{"title":[["h1",0.6,["T"]]]}',)]
        assert store.query("SELECT count(*) FROM site_values") == [(0,)]
        assert store.set_aside(store.article("1")) == []
