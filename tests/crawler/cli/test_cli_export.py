"""`export` and `status`, as a user runs them."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from archive.records import Article, Capture, Rejected
from archive.store import ArchiveStore
from archive.store.frontier import FailingHost, FrontierStore
from settings.app import SourceSettings
from settings.sources import add

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Ran

STORIES = (
    ("kurier", "ar", "2026-03-01T23:30:00+02:00", ("حرب",)),
    ("kurier", "ar", "2026-03-02", ("سلم", "حرب")),
    ("lantern", "en", "2026-03-03T00:30:00+02:00", ("war",)),
    ("lantern", "en", None, ()),
)


@pytest.fixture
def archive(archive_folder: Path) -> Path:
    """Four articles, a page that is none, and two sources of which one is no longer in warraq.toml."""
    add(archive_folder, [SourceSettings(name="kurier", url="https://kurier.example/")])
    (archive_folder / "warc").mkdir()
    (archive_folder / "warc" / "w.warc.gz").write_bytes(b"x" * 123)
    with ArchiveStore.open(archive_folder) as store:
        captures = [_capture(number) for number in range(1, 6)]
        store.add_captures(captures, waiting=[1, 2, 3, 4, 5])
        store.apply([(each, _derived(each.id)) for each in captures], "1")
    FrontierStore.open(archive_folder).close()
    return archive_folder


def _capture(number: int) -> Capture:
    source = STORIES[number - 1][0] if number <= len(STORIES) else "kurier"
    url = f"https://x.example/{number}"
    return Capture(
        id=number,
        url=url,
        canonical_url=url,
        role="page",
        source=source,
        started=datetime(2026, 4, number, tzinfo=UTC),
        status=200,
        media_type="text/html",
        payload_digest="sha1:A",
        record_type="response",
        warc_file="w.warc.gz",
        offset=number,
        length=1,
        group_length=3,
    )


def _derived(number: int) -> Article | Rejected:
    if number > len(STORIES):
        return Rejected("too_short")
    _, language, published, topics = STORIES[number - 1]
    url = f"https://x.example/{number}"
    return Article(
        url=url, canonical_url=url, title=f"title {number}", text=f"text {number}", language=language,
        published=published, published_precision=None, topics=topics,
    )  # fmt: skip


@pytest.fixture
def exported(warraq: Callable[..., Ran], archive: Path) -> Callable[..., list[int]]:
    def export(*filters: str) -> list[int]:
        return [row["id"] for row in warraq("--archive", archive, "export", "jsonl", "-", *filters).rows]

    return export


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ([], [1, 2, 3, 4]),
        (["--source", "kurier"], [1, 2]),
        (["--source", "kurier", "--source", "lantern"], [1, 2, 3, 4]),
        (["--language", "en"], [3, 4]),
        (["--from", "2026-03-02"], [2, 3]),
        (["--from", "2026-03-02", "--to", "2026-03-02"], [2, 3]),
        (["--to", "2026-03-01"], [1]),
        (["--topic", "حـرب"], [1, 2]),
        (["--language", "en", "--topic", "حرب"], []),
    ],
)
def test_filters_choose(exported: Callable[..., list[int]], filters: list[str], ids: list[int]) -> None:
    assert exported(*filters) == ids


def test_undated_articles_left_out_by_date_are_counted(
    warraq: Callable[..., Ran], archive: Path, tmp_path: Path
) -> None:
    ran = warraq("--archive", archive, "export", "csv", tmp_path / "a.csv", "--from", "2026-01-01", "--json")

    content = (tmp_path / "a.csv").read_bytes()
    assert ran.rows == [
        {"rows": 3, "file": str(tmp_path / "a.csv"), "bytes": len(content),
         "sha256": hashlib.sha256(content).hexdigest(), "undated": 1}
    ]  # fmt: skip
    assert "1 articles without a date were left out" in ran.err


def test_standard_output_has_the_rows_and_standard_error_the_rest(
    warraq: Callable[..., Ran], archive: Path
) -> None:
    ran = warraq("--archive", archive, "export", "csv", "-", "--no-text", "--json")

    assert ran.out.startswith("id,url,")
    assert "text 1" not in ran.out
    assert "4 articles" in ran.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["xls", "a"], "xls: no such format; there are jsonl, csv, parquet"),
        (["parquet", "-"], "parquet: a file is needed"),
        (["jsonl", "a", "--bom"], "are for csv, not jsonl"),
        (["jsonl", "a", "--from", "2026-02-30"], "'2026-02-30' does not match"),
        (
            ["jsonl", "a", "--from", "2026-02-02", "--to", "2026-02-01"],
            "--from 2026-02-02 is later than --to",
        ),
        (["jsonl", "absent/a"], "there is no folder absent"),
    ],
)
def test_what_cannot_be_exported_is_told(
    warraq: Callable[..., Ran],
    archive: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    told: str,
) -> None:
    monkeypatch.chdir(archive)

    ran = warraq("--archive", archive, "export", *arguments)

    assert (ran.exit, ran.out) == (2, "")
    assert told in ran.err
    assert not (archive / "a").exists()


def test_an_export_without_rows_is_no_failure(
    warraq: Callable[..., Ran], archive: Path, tmp_path: Path
) -> None:
    ran = warraq("--archive", archive, "export", "parquet", tmp_path / "a.parquet", "--language", "fr")

    assert ran.exit == 0
    assert "No article fits" in ran.err


def test_status_says_what_there_is(warraq: Callable[..., Ran], archive: Path) -> None:
    (row,) = warraq("--archive", archive, "status", "--json").rows

    assert (row["articles"], row["captures"], row["revisions"], row["warc_bytes"]) == (4, 5, 4, 123)
    assert row["rejected"] == {"too_short": 1}
    assert row["pages_without_article"] == {"refused": 1}
    assert row["languages"] == {"ar": 2, "en": 2}
    assert row["undated"] == 1
    assert [(one["name"], one["articles"], one["url"]) for one in row["sources"]] == [
        ("kurier", 2, "https://kurier.example/"),
        ("lantern", 2, None),
    ]


def test_status_for_people(warraq: Callable[..., Ran], archive: Path) -> None:
    out = warraq("--archive", archive, "status").out

    assert "4 articles, 4 revisions, 5 captures" in out
    assert "Published: 2026-03-01 to 2026-03-02, 1 undated" in out
    assert "No articles: too_short 1" in out
    assert "Pages without an article: refused 1" in out
    assert "(no longer in warraq.toml)" in out.splitlines()[-1]


def test_status_names_the_hosts_that_are_left_alone(warraq: Callable[..., Ran], archive: Path) -> None:
    with FrontierStore.open(archive) as frontier:
        frontier.hosts.keep_failing(FailingHost("dead.example", 9, 3, 1_772_366_400.0))
        frontier.hosts.keep_failing(FailingHost("shaky.example", 2))

    (row,) = warraq("--archive", archive, "status", "--json").rows
    assert row["hosts_failing"] == [
        {"host": "dead.example", "failures": 9, "rest_until": "2026-03-01T12:00:00Z"}
    ]
    out = warraq("--archive", archive, "status").out
    assert "Failing: dead.example, 9 times in a row; left alone until 2026-03-01T12:00:00Z" in out
    assert "shaky.example" not in out


def test_status_of_a_new_archive(warraq: Callable[..., Ran], tmp_path: Path) -> None:
    warraq("init", tmp_path / "new", "--contact", "a@example.org")

    assert "No sources yet" in warraq("--archive", tmp_path / "new", "status").out
    assert not (tmp_path / "new" / "frontier.db").exists()


def test_rows_are_the_same_whoever_asks(warraq: Callable[..., Ran], archive: Path, tmp_path: Path) -> None:
    warraq("--archive", archive, "export", "jsonl", tmp_path / "a")
    ran = warraq("--archive", archive, "export", "jsonl", "-")

    assert [json.loads(line) for line in (tmp_path / "a").read_text().splitlines()] == ran.rows
