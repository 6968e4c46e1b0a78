"""`warraq search` and `warraq show`: rows for programs, passages for people, remarks on standard error."""

import gzip
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archive.errors import NotFoundError, QueryError, UsageError
from archive.ingest.record import Recorder
from archive.records import Article, Exchange, Provenance, Rejected, UsagePreference
from archive.store import ArchiveStore
from archive.warc.writer import WarcWriter
from crawler.cli.app import warraq

Run = Callable[..., Result]
PAGE = "<html><body><p>عناصر ميليشـ.ـيا مسلّحة</p></body></html>".encode()
ROW = ["id", "url", "title", "source", "language", "published", "snippet", "score", "cluster_id"]


@pytest.fixture(scope="module")
def archive_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three articles, the first with an edit; the pages in WARC."""
    folder = tmp_path_factory.mktemp("archive")
    (folder / "warraq.toml").write_text('[archive]\ncontact = "a@b.example"\n')
    articles = [
        (
            "https://news.example/1",
            "خبر أول",
            "عناصر ميليشـ.ـيا مسلّحة\nفقرة ثانية",
            "2024-05-01T10:00:00+03:00",
        ),
        ("https://news.example/2", "Harbour \x1b[31mred", "The harbour \u202eand the sea.", "2024-05-02"),
        ("https://news.example/3", "Undated", "Another harbour.", None),
        ("https://news.example/1", "خبر أول", "عناصر ميليشيا مسلّحة في البلدة", "2024-05-01T10:00:00+03:00"),
    ]
    with ArchiveStore.open(folder) as store:
        writer = WarcWriter(folder / "warc", prefix="test", info={"software": "test"}, max_bytes=1 << 20)
        recorder = Recorder(writer, store)
        for at, (url, title, text, published) in enumerate(articles):
            capture = recorder.record(_exchange(url, at))
            recorder.checkpoint()
            said = (UsagePreference("header:x-robots-tag", "noarchive, noai"),) if at == 1 else ()
            article = Article(
                url, url, title, text, published=published, language="ar", topics=("محليات",),
                usage_preferences=said,
            )  # fmt: skip
            store.apply([(capture, article)], "1")
        named = Provenance(source="example", title="خبر حُذف", published="2024-04-30T08:00:00+03:00")
        recorder.record(_exchange("https://news.example/feed", 4, Provenance(role="feed")))
        recorder.record(_exchange("https://news.example/gone", 5, named, status=410))
        challenge = recorder.record(_exchange("https://news.example/3", 6))
        recorder.checkpoint()
        store.apply([(challenge, Rejected("challenge", "Just a moment..."))], "1")
        writer.close()
    return folder


def _exchange(url: str, at: int, provenance: Provenance | None = None, *, status: int = 200) -> Exchange:
    body = gzip.compress(PAGE + b"<!--%d-->" % at, mtime=0)  # each its own: no revisits
    headers = (
        (b"Content-Type", b"text/html; charset=utf-8"),
        (b"Content-Encoding", b"gzip"),
        (b"Content-Length", str(len(body)).encode()),
    )
    head = b"HTTP/1.1 %d OK\r\n" % status + b"".join(b"%s: %s\r\n" % field for field in headers) + b"\r\n"
    return Exchange(
        url=url,
        started=datetime(2024, 5, 3, tzinfo=UTC) + timedelta(minutes=at),
        request=b"GET / HTTP/1.1\r\nHost: news.example\r\n\r\n",
        response=head + body,
        status=status,
        reason=b"OK",
        headers=headers,
        body=body,
        provenance=provenance or Provenance(source="example"),
    )


@pytest.fixture
def run(archive_folder: Path) -> Run:
    def call(*arguments: str) -> Result:
        return CliRunner().invoke(warraq, ["--archive", str(archive_folder), *arguments])

    return call


def test_rows_have_exactly_the_keys_that_were_promised(run: Run) -> None:
    result = run("search", "ميليشيا", "--json")
    (row,) = [json.loads(line) for line in result.stdout.splitlines()]
    assert list(row) == ROW
    assert (row["id"], row["source"], row["title"]) == (1, "example", "خبر أول")
    assert row["snippet"] == "عناصر ميليشيا مسلّحة في البلدة"
    assert result.stderr == ""


def test_several_arguments_are_one_query(run: Run) -> None:
    assert run("search", "harbour", "sea", "--count").stdout == "1\n"
    assert run("search", "harbour -sea", "--count").stdout == "1\n"


def test_the_latest_first_and_pages(run: Run) -> None:
    result = run("search", "harbour", "--sort", "date", "--limit", "1", "--json")
    assert json.loads(result.stdout)["id"] == 2
    result = run("search", "harbour", "--sort", "date", "--limit", "1", "--offset", "1")
    assert "Undated" in result.stdout
    assert result.stderr == "2 to 2 of 2.\n"
    result = run("search", "harbour", "--limit", "1")
    assert result.stderr == "1 to 1 of 2. --offset 1 shows more.\n"


def test_undated_articles_are_counted(run: Run) -> None:
    result = run("search", "harbour", "--from", "2024-05-02", "--to", "2024-05-02", "--json")
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == [2]
    assert result.stderr == "1 more without a date: --from and --to leave them out.\n"
    counted = run("search", "harbour", "--from", "2024-05-02", "--count", "--json")
    assert json.loads(counted.stdout) == {"count": 1, "undated": 1}


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("nowhere",), "Try fewer words"),
        (("harbour", "--source", "none"), "2 fit without them"),
        (("harbour", "--offset", "5"), "--offset passes over all of them"),
        (("البلدات", "--exact"), "without --exact"),
    ],
)
def test_no_hit_is_told_with_a_hint_and_no_failure(run: Run, arguments: tuple[str, ...], hint: str) -> None:
    result = run("search", *arguments)
    assert (result.exit_code, result.stdout) == (0, "")
    assert hint in result.stderr


def test_an_empty_archive_says_so(tmp_path: Path) -> None:
    (tmp_path / "warraq.toml").touch()
    ArchiveStore.open(tmp_path).close()
    result = CliRunner().invoke(warraq, ["--archive", str(tmp_path), "search", "x"])
    assert "holds no article yet" in result.stderr


def test_a_query_without_words_is_a_usage_error(run: Run) -> None:
    result = run("search", '"" OR')
    assert isinstance(result.exception, QueryError)
    assert result.exception.exit_code == 2


def test_texts_from_the_web_cannot_act_on_the_terminal(
    run: Run, archive_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = run("search", "harbour sea").stdout
    assert "\x1b" not in plain
    assert "\u202e" not in plain
    assert "\\u001b[31mred" in plain
    monkeypatch.setattr("crawler.cli.search.is_terminal", lambda: True)
    arguments = ["--archive", str(archive_folder), "search", "harbour sea"]
    shown = CliRunner().invoke(warraq, arguments, color=True).stdout
    title = shown.splitlines()[0]
    assert title == "\u2068\x1b[1mHarbour\x1b[0m \\u001b[31mred\u2069"
    assert re.search("The \x1b\\[1mharbour\x1b\\[0m \\\\u202eand the \x1b\\[1msea\x1b\\[0m\\.\u2069", shown)


def test_show_gives_all_of_an_article(run: Run) -> None:
    row = json.loads(run("show", "1", "--json").stdout)
    assert row["text"] == "عناصر ميليشيا مسلّحة في البلدة"
    assert (row["status"], row["capture_id"], row["topics"]) == ("edited", 4, ["محليات"])
    assert "revisions" not in row
    both = json.loads(run("show", "https://news.example/1", "--revisions", "--captures", "--json").stdout)
    assert [revision["id"] for revision in both["revisions"]] == [1, 4]
    assert [capture["started"] for capture in both["captures"]] == [
        "2024-05-03T00:00:00.000000Z",
        "2024-05-03T00:03:00.000000Z",
    ]


def test_show_for_people(run: Run) -> None:
    shown = run("show", "4", "--revisions", "--captures").stdout
    assert shown.startswith("خبر أول\n")
    assert "ميليشـ.ـيا" in shown
    assert "revision 1 (first)" in shown
    assert "test-20" in shown


def test_show_what_an_edit_changed(run: Run) -> None:
    (row,) = [json.loads(line) for line in run("show", "1", "--diff", "--json").stdout.splitlines()]
    assert (row["id"], row["before"], row["after"]) == (1, 1, 2)
    kinds = {name: [span["kind"] for span in spans] for name, spans in row["changes"].items()}
    assert "text" in kinds
    assert {"gone", "new"} & set(kinds["text"])
    assert run("show", "1", "--diff", "2", "1", "--json").exit_code == 0
    assert isinstance(run("show", "1", "--diff", "1", "9").exception, NotFoundError)
    assert isinstance(run("show", "1", "2").exception, UsageError)
    assert "no word differs" in run("show", "2", "--diff").stdout


def test_show_the_page_as_it_was_fetched(run: Run) -> None:
    assert run("show", "1", "--html").stdout_bytes == PAGE + b"<!--3-->"
    assert isinstance(run("show", "1", "--html", "--json").exception, UsageError)


def test_show_what_is_not_there(run: Run) -> None:
    for unknown in ("99", "https://news.example/never", "https://news.example/feed"):
        result = run("show", unknown)
        assert isinstance(result.exception, NotFoundError), unknown


def test_show_what_became_of_a_page_without_an_article(run: Run) -> None:
    url = "https://news.example/gone"
    row = json.loads(run("show", f"{url}#top", "--json").stdout)
    assert (row["id"], row["url"], row["status"], row["reason"]) == (None, url, "gone", "http_4xx")
    assert (row["title"], row["published"], row["source"]) == (
        "خبر حُذف",
        "2024-04-30T08:00:00+03:00",
        "example",
    )
    (capture,) = row["captures"]
    assert (capture["status"], capture["started"]) == (410, "2024-05-03T00:05:00.000000Z")
    assert capture["warc_file"].startswith("test-20")
    assert capture["offset"] > 0
    assert json.loads(run("show", url, "--captures", "--json").stdout) == row
    for option in ("--revisions", "--diff", "--html"):
        assert isinstance(run("show", url, option).exception, NotFoundError), option


def test_show_a_page_without_an_article_for_people(run: Run) -> None:
    shown = run("show", "https://news.example/gone").stdout.splitlines()
    assert shown[0] == "خبر حُذف"
    assert any(re.match(r"status +gone at first look", line) for line in shown)
    assert re.match(
        r"6 2024-05-03T00:05:00\.000000Z 410 test-\S+ \d+ \d+ https://news.example/gone$", shown[-1]
    )


def test_show_which_capture_blocked_an_article(run: Run) -> None:
    row = json.loads(run("show", "3", "--captures", "--json").stdout)
    assert row["status"] == "blocked"
    assert [one["rejection"] for one in row["captures"]] == [None, "challenge"]
    assert " 200 (challenge) test-" in run("show", "3", "--captures").stdout


def test_show_what_a_page_said_of_its_use(run: Run) -> None:
    row = json.loads(run("show", "2", "--json").stdout)
    assert row["usage_preferences"] == [{"source": "header:x-robots-tag", "value": "noarchive, noai"}]
    assert row["evidence"] == {}
    assert re.search(
        "^usage_preferences +header:x-robots-tag = noarchive, noai$", run("show", "2").stdout, re.MULTILINE
    )
    assert "usage_preferences" not in run("show", "3").stdout


def test_a_search_loads_nothing_heavy(archive_folder: Path) -> None:
    """It is to answer within 0.4 s of CPU, its start included."""
    heavy = [
        "scrapy",
        "twisted",
        "trafilatura",
        "sqlite_utils",
        "numpy",
        "lxml",
        "pydantic",
        "rich",
        "pyarrow",
    ]
    code = f"""
import atexit, sys
from crawler.cli.app import main
atexit.register(lambda: print([name for name in {heavy!r} if name in sys.modules]))
sys.argv = ["warraq", "--archive", {str(archive_folder)!r}, "search", "harbour", "--count"]
main()
"""
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    assert result.stdout == "2\n[]\n"
