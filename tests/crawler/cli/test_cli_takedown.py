"""`warraq takedown`: what it asks, says and does; and that crawls, add, import and export keep to it."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from archive.ingest import rebuild
from archive.store import ArchiveStore
from settings import sources
from settings.app import SourceSettings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from crawler.demo import DemoSite
    from tests.conftest import Ran

    Run = Callable[..., Ran]

REASON = "asked for by the author"
TEXTS = {
    "bridge": "The bridge\n\nThe old bridge over the river fell on Tuesday night.\n",
    "harbour": "The harbour\n\nThe harbour was closed on Tuesday, and the river rose.\n",
    "letter": "رسالة\n\nكتبت سلمى رسالة عن النهر يوم الثلاثاء.\n",
}


@dataclass(frozen=True, slots=True)
class Command:
    """The program on one archive."""

    folder: Path
    warraq: Run

    def __call__(self, *arguments: object, code: int = 0) -> Ran:
        ran = self.warraq("--archive", self.folder, *arguments)
        assert ran.exit == code, ran.err
        return ran

    def take(self, *arguments: object, code: int = 0) -> Ran:
        return self("takedown", *arguments, "--reason", REASON, code=code)


@pytest.fixture
def command(archive_folder: Path, warraq: Run, tmp_path: Path) -> Command:
    """An archive of three articles, ids 1 to 3."""
    files = tmp_path / "texts"
    files.mkdir()
    for name, text in TEXTS.items():
        (files / f"{name}.txt").write_text(text)
    command = Command(archive_folder, warraq)
    command("import", files)
    return command


def test_an_article_is_gone_and_whoever_asks_for_it_is_told_why(command: Command) -> None:
    (row,) = command.take(2, "--json").rows
    assert (row["id"], row["action"], row["reason"], row["dry_run"]) == (1, "takedown", REASON, False)
    assert [article["id"] for article in row["articles"]] == [2]
    assert row["articles"][0]["title"] == "The harbour"
    assert (row["captures"], row["rehomed"], len(row["files"])) == ([2], [], 1)
    shown = command("show", 2, code=1)
    assert f"reason: {REASON} (takedown 1 in ledger.jsonl)" in shown.err
    assert "taken down on" in command.take(2, code=1).err
    assert command("search", "harbour", "--count").out == "0\n"
    assert {line["id"] for line in command("export", "jsonl", "-").rows} == {1, 3}
    (checked,) = command("verify", "--json").rows
    assert checked["ok"]
    assert checked["ledger_lines"] == 2
    assert "Ledger: 2 lines" in command("verify").out


def test_a_dry_run_changes_nothing(command: Command) -> None:
    before = {path.name: path.read_bytes() for path in (command.folder / "warc").iterdir() if path.is_file()}
    (row,) = command.take("--query", "river", "--dry-run", "--json").rows
    assert (row["id"], row["dry_run"], [one["id"] for one in row["articles"]]) == (None, True, [1, 2])
    assert "Nothing was changed" in command.take(1, "--dry-run").out
    assert {
        path.name: path.read_bytes() for path in (command.folder / "warc").iterdir() if path.is_file()
    } == before
    assert not (command.folder / "ledger.jsonl").exists()


def test_several_articles_go_only_where_that_was_meant(command: Command) -> None:
    refused = command.take("--query", "river", code=2)
    assert "2 articles would go: --dry-run shows them, --yes takes them down" in refused.err
    assert not (command.folder / "ledger.jsonl").exists()
    said = command.take("--query", "river", "--yes", "--seal").out
    assert "2 articles, 2 captures: sealed in their files." in said
    assert command("search", "river", "--count").out == "0\n"
    assert command("search", "سلمى", "--count").out == "1\n"


def test_a_person_is_asked(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def confirm(text: str, **_: object) -> None:
        asked.append(text)

    monkeypatch.setattr("click.confirm", confirm)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    ran = command.take("--query", "river")
    assert asked == ["2 articles will go for good. Go on?"]
    assert "The bridge" in ran.err
    command.take(3)
    assert len(asked) == 1, "one article is what was said"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), 2, "name articles by id or URL, or give a --query"),
        ((1, "--query", "river"), 2, "not both"),
        ((99,), 1, "no article 99"),
        (("not a url",), 2, "nothing of it is archived"),
        (("--query", "nothing-like-this"), 1, "finds no article"),
        (("--query", "-"), 2, "no word to search for"),
    ],
)
def test_mistakes_are_told_and_nothing_is_done(
    command: Command, arguments: tuple[object, ...], code: int, said: str
) -> None:
    assert said in command.take(*arguments, code=code).err
    assert not (command.folder / "ledger.jsonl").exists()


@pytest.mark.parametrize("reason", ["", "  \n ", "x" * 2001])
def test_a_reason_is_needed(command: Command, reason: str) -> None:
    assert "--reason" in command("takedown", 1, "--reason", reason, code=2).err
    assert "--reason" in command("takedown", 1, code=2).err


def test_a_hostile_reason_cannot_act_on_a_terminal(command: Command) -> None:
    command("takedown", 1, "--reason", "\x1b[31mred\nnext \u202eline")
    assert "reason: \\u001b[31mred next \\u202eline" in command("show", 1, code=1).err


def test_a_file_is_not_imported_again(command: Command, tmp_path: Path) -> None:
    command.take(2)
    again = command("import", tmp_path / "texts")
    assert "left out: taken down on" in again.err
    assert REASON in again.err
    assert command("search", "harbour", "--count").out == "0\n"


def test_a_copy_that_is_passed_on_leaves_sealed_records_out(command: Command, tmp_path: Path) -> None:
    command.take(2, "--seal")
    command("export", "wacz", tmp_path / "copy.wacz")
    with zipfile.ZipFile(tmp_path / "copy.wacz") as copy:
        names = copy.namelist()
        assert all(b"harbour" not in copy.read(name) for name in names)
        assert any(name.startswith("archive/") for name in names)
    import fastwarc.warc as fastwarc  # noqa: PLC0415

    with zipfile.ZipFile(tmp_path / "copy.wacz") as copy:
        for name in names:
            if name.startswith("archive/"):
                records = list(fastwarc.ArchiveIterator(copy.open(name), parse_http=False))
                assert not any(
                    "harbour" in (record.headers.get("WARC-Target-URI") or "") for record in records
                )


def test_what_lies_in_an_imported_file_can_be_sealed_alone(
    command: Command, warraq: Run, tmp_path: Path
) -> None:
    (theirs,) = (command.folder / "warc").glob("*.warc.gz")
    other = Command(tmp_path / "other", warraq)
    other("init", other.folder, "--contact", "tests@example.org")
    other("import", theirs)
    (hit,) = other("search", "harbour", "--json").rows
    refused = other.take(hit["id"], code=2)
    assert "kept byte for byte" in refused.err
    assert "--seal" in refused.err
    other.take(hit["id"], "--seal")
    assert other("search", "harbour", "--count").out == "0\n"
    assert other("verify", "--json").rows[0]["ok"]
    before = everything(other.folder)
    rebuild(other.folder, workers=1)
    assert everything(other.folder) == before
    assert other("verify", "--json").rows[0]["ok"]


def process(folder: Path, *arguments: object, code: int = 0) -> list[dict[str, Any]]:
    """Run the program in a process of its own, since a reactor cannot start twice; returns its rows."""
    command = [sys.executable, "-c", "from crawler.cli.app import main; main()", "--archive", str(folder)]
    ran = subprocess.run(
        [*command, *map(str, arguments)], capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == code, ran.stderr
    return [json.loads(line) for line in ran.stdout.splitlines()] if code == 0 else [{"err": ran.stderr}]


@pytest.mark.slow
def test_what_was_taken_down_is_not_crawled_again(
    archive_folder: Path, demo_site: DemoSite, warraq: Run
) -> None:
    sources.add(archive_folder, [SourceSettings(name="lantern", url=demo_site.url, delay=0.0)])
    command = Command(archive_folder, warraq)
    process(archive_folder, "crawl", "--json")
    taken, sealed, kept = list(demo_site.articles)[:3]
    targets = [url.removeprefix(demo_site.url.rstrip("/")) for url in (taken, sealed)]
    (row,) = command.take(taken, "--json").rows
    assert [article["url"] for article in row["articles"]] == [taken]
    number = demo_site.articles[taken].number
    assert set(row["images"]) == {f"{demo_site.url}images/{number}{size}.png" for size in ("", "-large")}
    assert f"  {demo_site.url}images/" in command.take(sealed, "--seal").out
    (row,) = command.take(row["images"][0], "--json").rows
    assert (len(row["captures"]), row["articles"], row["images"]) == (1, [], [])
    held = len(demo_site.articles) - 2
    assert len(command("export", "jsonl", "-").rows) == held

    fetched = len(demo_site.log)
    copy = demo_site.put("/copy.html", demo_site.answer(targets[0]))
    (summary,) = process(archive_folder, "crawl", "--json")
    assert not {served.target for served in demo_site.log[fetched:]} & set(targets)
    assert summary["articles_new"] == 0
    assert "takedown" not in summary["errors"], "a feed may name it for years"
    (summary,) = process(archive_folder, "add", f"{taken}?utm_source=x", copy, "--json")
    assert summary["errors"] == {"takedown": 1}
    assert summary["articles_new"] == 0
    assert summary["rejected"] == {"takedown": 1}, "the same page from elsewhere"
    (refused,) = process(archive_folder, "add", taken, code=1)
    assert f"reason: {REASON}" in refused["err"]
    assert "not fetched again" in refused["err"]
    assert not {served.target for served in demo_site.log[fetched:]} & set(targets)

    assert command("show", kept, "--json").rows[0]["url"] == kept
    before = everything(archive_folder)
    rebuild(archive_folder, workers=1)
    assert everything(archive_folder) == before
    assert len(command("export", "jsonl", "-").rows) == held
    assert command("verify", "--json").rows[0]["ok"]


def everything(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    with ArchiveStore.open(folder, readonly=True) as store:
        tables = ("captures", "articles", "revisions", "articles_folded", "takedowns", "takedown_captures")
        return {table: store.query(f"SELECT * FROM {table} ORDER BY 1") for table in tables}
