"""Exports: every column in every format, whole files or none."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.errors import ArchiveError, UsageError
from archive.export import ArchivedArticle, Options, archived, exporter, formats, parquet, registry
from archive.export.rows import columns, values
from archive.records import Article, Capture, FieldEvidence, UsagePreference
from archive.store import ArchiveStore, Filters

if TYPE_CHECKING:
    from collections.abc import Iterator

ARTICLE = Article(
    url="https://a.example/1",
    canonical_url="a.example/1",
    title="=1+1 «عنوان»",
    text='سطر أول\nسطر "ثانٍ", مع فاصلة',
    lead="lead",
    authors=("أمل", "B, C"),
    published="2026-03-12T09:30:00+02:00",
    published_precision="instant",
    published_source="json-ld:datePublished",
    language="ar",
    languages=("ar", "en"),
    script="Arab",
    topics=("جسور",),
    sources={"title": "h1"},
    evidence={"published": FieldEvidence("json-ld:datePublished", "2026-03-12T09:30:00+02:00", 0.9)},
    agencies=("أمل",),
    paywalled=True,
    usage_preferences=(UsagePreference("header:tdm-reservation", "1"),),
)
UNDATED = Article(
    url="https://a.example/2", canonical_url="a.example/2", title="二", text=ARTICLE.text, language="zh"
)


def capture(number: int, article: Article) -> Capture:
    return Capture(
        id=number,
        url=f"{article.url}?utm_source=x",
        canonical_url=article.canonical_url,
        role="page",
        source="kurier",
        started=datetime(2026, 4, 1, 12, 0, number, 123456, tzinfo=UTC),
        status=200,
        media_type="text/html",
        payload_digest="sha1:ABC",
        record_type="response",
        warc_file="warraq-1.warc.gz",
        offset=1000 * number,
        length=500,
        group_length=900,
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ArchiveStore]:
    with ArchiveStore.open(tmp_path) as opened:
        derived = [(capture(1, ARTICLE), ARTICLE), (capture(2, UNDATED), UNDATED)]
        opened.add_captures([each for each, _ in derived], waiting=[1, 2])
        opened.apply(derived, "1")
        yield opened


@pytest.fixture
def rows(store: ArchiveStore) -> list[ArchivedArticle]:
    return list(archived(store, Filters()))


def test_a_row_has_the_columns_of_articles_and_the_captures_place(
    store: ArchiveStore, rows: list[ArchivedArticle]
) -> None:
    names = [column.name for column in columns(Options())]
    in_table = [name for (name,) in store.query("SELECT name FROM pragma_table_info('articles')")]

    assert set(in_table) <= set(names)
    assert list(values(rows[0])) == names
    assert values(rows[0]) | {"published_utc": 1773300600} == values(rows[0])
    assert values(rows[0])["usage_preferences"] == [{"source": "header:tdm-reservation", "value": "1"}]
    assert values(rows[1])["usage_preferences"] == []
    assert [(values(row)["agencies"], values(row)["paywalled"]) for row in rows] == [
        (["أمل"], True),
        ([], None),
    ]
    assert [(values(row)["languages"], values(row)["script"]) for row in rows] == [
        (["ar", "en"], "Arab"),
        ([], None),
    ]
    assert {key: value for key, value in values(rows[0]).items() if key not in in_table} == {
        "capture_url": "https://a.example/1?utm_source=x",
        "captured": "2026-04-01T12:00:01.123456Z",
        "payload_digest": "sha1:ABC",
        "warc_file": "warraq-1.warc.gz",
        "warc_offset": 1000,
        "warc_length": 500,
    }


def test_jsonl_gives_back_every_value(tmp_path: Path, rows: list[ArchivedArticle]) -> None:
    path = tmp_path / "a.jsonl"

    summary = exporter("jsonl")(iter(rows), path, Options())

    content = path.read_bytes()
    assert [json.loads(line) for line in content.splitlines()] == [values(row) for row in rows]
    assert "«عنوان»".encode() in content
    assert (summary.rows, summary.bytes, summary.sha256) == (
        2,
        len(content),
        hashlib.sha256(content).hexdigest(),
    )


def test_csv_gives_back_every_value(tmp_path: Path, rows: list[ArchivedArticle]) -> None:
    path = tmp_path / "a.csv"

    summary = exporter("csv")(iter(rows), path, Options())

    content = path.read_bytes()
    read = list(csv.DictReader(io.StringIO(content.decode(), newline="")))
    assert [row["text"] for row in read] == [ARTICLE.text, UNDATED.text]
    assert [json.loads(row["authors"]) for row in read] == [["أمل", "B, C"], []]
    assert [row["published_utc"] for row in read] == ["1773300600", ""]
    assert list(read[0]) == [column.name for column in columns(Options())]
    assert (summary.bytes, summary.sha256) == (len(content), hashlib.sha256(content).hexdigest())


def test_csv_for_spreadsheets(tmp_path: Path, rows: list[ArchivedArticle]) -> None:
    path = tmp_path / "a.csv"

    exporter("csv")(iter(rows), path, Options(bom=True, escape_formulas=True))

    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbfid,")
    titles = [row["title"] for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))]
    assert titles == ["'=1+1 «عنوان»", "二"]


def test_parquet_is_typed_and_gives_back_every_value(tmp_path: Path, rows: list[ArchivedArticle]) -> None:
    path = tmp_path / "a.parquet"

    summary = exporter("parquet")(iter(rows), path, Options())

    table = pq.read_table(path)
    types = {field.name: str(field.type) for field in table.schema}
    assert types["authors"] == types["topics"] == "list<element: string>"
    assert types["published_utc"].startswith("timestamp")
    assert types["captured"] == types["first_seen"] == types["last_seen"] == "timestamp[us, tz=UTC]"
    assert types["warc_offset"] == types["id"] == "int64"
    assert [native(row) for row in table.to_pylist()] == [values(row) for row in rows]
    assert pq.ParquetFile(path).metadata.row_group(0).column(0).compression == "ZSTD"
    assert (summary.rows, summary.bytes) == (2, path.stat().st_size)


def native(row: dict[str, Any]) -> dict[str, Any]:
    """A Parquet row as the other formats have it."""
    row["field_sources"] = json.loads(row["field_sources"])
    row["evidence"] = json.loads(row["evidence"])
    row["published_utc"] = row["published_utc"] and int(row["published_utc"].timestamp())
    for name in ("first_seen", "last_seen", "captured"):
        row[name] = row[name].strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return row


def test_parquet_goes_by_batches(
    tmp_path: Path, rows: list[ArchivedArticle], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "BATCH_ROWS", 2)
    path = tmp_path / "a.parquet"

    summary = exporter("parquet")(iter(rows * 3 + rows[:1]), path, Options())

    assert summary.rows == pq.read_table(path).num_rows == 7
    assert pq.ParquetFile(path).num_row_groups == 4


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_without_text_neither_text_nor_lead_is_in_the_file(
    form: str, tmp_path: Path, rows: list[ArchivedArticle]
) -> None:
    path = tmp_path / "a"

    exporter(form)(iter(rows), path, Options(text=False))

    if form == "parquet":
        names = pq.read_table(path).column_names
    elif form == "csv":
        names = path.read_text().splitlines()[0].split(",")
    else:
        names = list(json.loads(path.read_text().splitlines()[0]))
    assert names == [column.name for column in columns(Options(text=False))]
    assert {"text", "lead"}.isdisjoint(names)
    assert {"title", "text_digest", "warc_offset"} <= set(names)
    assert "سطر أول".encode() not in path.read_bytes()


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_no_article_is_an_empty_file_with_its_header(form: str, tmp_path: Path) -> None:
    path = tmp_path / "a"

    assert exporter(form)(iter(()), path, Options()).rows == 0

    if form == "parquet":
        assert pq.read_table(path).num_rows == 0
    else:
        assert path.read_text().startswith("id,url," if form == "csv" else "")
        assert len(path.read_text().splitlines()) == (1 if form == "csv" else 0)


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_a_failure_leaves_nothing_behind_and_the_old_file_as_it_was(
    form: str, tmp_path: Path, rows: list[ArchivedArticle]
) -> None:
    def failing() -> Iterator[ArchivedArticle]:
        yield rows[0]
        raise ZeroDivisionError

    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "a").write_text("old")

    with pytest.raises(ZeroDivisionError):
        exporter(form)(failing(), folder / "a", Options(force=True))

    assert [path.name for path in folder.iterdir()] == ["a"]
    assert (folder / "a").read_text() == "old"


def test_a_file_that_is_there_is_replaced_only_by_force(tmp_path: Path, rows: list[ArchivedArticle]) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("old")

    with pytest.raises(UsageError, match="--force"):
        exporter("jsonl")(iter(rows), path, Options())
    assert path.read_text() == "old"

    exporter("jsonl")(iter(rows), path, Options(force=True))
    assert path.read_text() != "old"


def test_a_file_that_comes_meanwhile_is_not_overwritten(tmp_path: Path, rows: list[ArchivedArticle]) -> None:
    path = tmp_path / "a.jsonl"

    def meanwhile() -> Iterator[ArchivedArticle]:
        path.write_text("someone else's")
        yield from rows

    with pytest.raises(UsageError, match="--force"):
        exporter("jsonl")(meanwhile(), path, Options())

    assert path.read_text() == "someone else's"
    assert [each.name for each in tmp_path.iterdir() if each.suffix == ".part"] == []


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path, rows: list[ArchivedArticle]) -> None:
    with pytest.raises(UsageError, match="no folder"):
        exporter("jsonl")(iter(rows), tmp_path / "absent" / "a.jsonl", Options())
    with pytest.raises(UsageError, match="is a folder"):
        exporter("jsonl")(iter(rows), tmp_path, Options())


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_a_full_disk_is_told_and_leaves_nothing(
    form: str, tmp_path: Path, rows: list[ArchivedArticle], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    folder = tmp_path / "out"
    folder.mkdir()

    with pytest.raises(ArchiveError, match="No space left on device"):
        exporter(form)(iter(rows), folder / "a", Options())

    assert list(folder.iterdir()) == []


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path, rows: list[ArchivedArticle]) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as reader:
        read = reader.submit(pipe.read_bytes)
        summary = exporter("jsonl")(iter(rows), pipe, Options(force=True))

    assert pipe.is_fifo()
    assert len(read.result().splitlines()) == summary.rows == 2


def test_standard_output_gets_the_rows_alone(
    tmp_path: Path, rows: list[ArchivedArticle], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    path = tmp_path / "-"

    summary = exporter("jsonl")(iter(rows), path.relative_to(tmp_path), Options())

    assert [json.loads(line)["id"] for line in capfdbinary.readouterr().out.splitlines()] == [1, 2]
    assert summary.file == "-"
    with pytest.raises(UsageError, match="parquet"):
        exporter("parquet")(iter(rows), path.relative_to(tmp_path), Options())


def test_another_package_can_bring_a_format(monkeypatch: pytest.MonkeyPatch) -> None:
    class Entry:
        name = "tei"

        def load(self) -> object:
            return sys.exit

    monkeypatch.setattr(
        registry, "entry_points", lambda group: [Entry()] if group == "warraq.exporters" else []
    )

    assert formats() == ["jsonl", "csv", "parquet", "wacz", "tei"]
    assert exporter("tei") is sys.exit
    with pytest.raises(UsageError, match="no such format; there are jsonl, csv, parquet, wacz, tei"):
        exporter("xls")


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)


@settings(max_examples=20)  # each opens a store
@given(title=TEXTS, author=TEXTS, lead=st.none() | TEXTS.filter(bool))
def test_any_text_comes_back_from_every_format(title: str, author: str, lead: str | None) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with ArchiveStore.open(folder) as store:
            article = replace(ARTICLE, title=title, authors=(author,), lead=lead)
            store.add_captures([capture(1, article)], waiting=[1])
            store.apply([(capture(1, article), article)], "1")
            for form in ("jsonl", "csv", "parquet"):
                exporter(form)(archived(store, Filters()), folder / form, Options())
        with (folder / "csv").open(encoding="utf-8", newline="") as file:
            as_csv = next(csv.DictReader(file))
        as_jsonl = json.loads((folder / "jsonl").read_bytes())
        as_parquet = pq.read_table(folder / "parquet").to_pylist()[0]

    assert as_csv["title"] == as_jsonl["title"] == as_parquet["title"] == title
    assert json.loads(as_csv["authors"]) == as_jsonl["authors"] == as_parquet["authors"] == [author]
    assert (as_csv["lead"] or None) == as_jsonl["lead"] == as_parquet["lead"] == lead
