"""`init` and `sources`, as a user runs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from archive.records import Candidate
from archive.store import CrawlLock
from archive.store.frontier import FrontierStore
from settings.file import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Ran


@pytest.fixture
def sources(warraq: Callable[..., Ran], archive_folder: Path) -> Callable[..., Ran]:
    return lambda *arguments: warraq("--archive", archive_folder, "sources", *arguments)


def test_init_makes_an_archive_that_can_be_used_at_once(warraq: Callable[..., Ran], tmp_path: Path) -> None:
    made = warraq("init", tmp_path / "new", "--contact", "a@example.org")

    assert made.exit == 0
    assert f"--archive {tmp_path}/new sources add" in made.out
    assert warraq("--archive", tmp_path / "new", "status", "--json").rows[0]["articles"] == 0


def test_init_takes_the_folder_from_archive_too(warraq: Callable[..., Ran], tmp_path: Path) -> None:
    made = warraq(
        "--archive", tmp_path / "new", "init", "--contact", "a@example.org", "--name", "x", "--json"
    )

    assert made.rows == [
        {"archive": str(tmp_path / "new"), "settings": str(tmp_path / "new" / "warraq.toml")}
    ]
    assert load(tmp_path / "new").archive.name == "x"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["init"], "--contact"),
        (["init", "DIR", "--contact", "nobody"], "contact: give a mail address or a URL"),
        (["--archive", "DIR", "sources", "list"], "no archive here"),
        (["--archive", "DIR", "status"], "warraq init DIR --contact MAIL_OR_URL"),
        (["nonsense"], "No such command 'nonsense'"),
    ],
)
def test_a_wrong_use_exits_with_2_and_says_what_to_do(
    warraq: Callable[..., Ran],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)

    ran = warraq(*arguments)

    assert ran.exit == 2
    assert told in ran.err
    assert "Traceback" not in ran.err
    assert ran.out == ""


def test_init_does_not_touch_an_archive(warraq: Callable[..., Ran], archive_folder: Path) -> None:
    before = (archive_folder / "warraq.toml").read_text()

    ran = warraq("init", archive_folder, "--contact", "other@example.org")

    assert (ran.exit, "an archive here already" in ran.err) == (2, True)
    assert (archive_folder / "warraq.toml").read_text() == before


def test_a_broken_warraq_toml_is_told_with_file_and_line(
    warraq: Callable[..., Ran], archive_folder: Path
) -> None:
    path = archive_folder / "warraq.toml"
    path.write_text(path.read_text().replace("delay = 2.0", "delai = 2.0"))
    line = 1 + path.read_text().split("delai")[0].count("\n")

    ran = warraq("--archive", archive_folder, "sources", "list")

    assert ran.exit == 2
    assert ran.err == f"warraq: {path}:{line}: [crawl] delai: unknown key; did you mean delay?\n"


def test_sources_are_added_listed_shown_changed_and_removed(
    sources: Callable[..., Ran], archive_folder: Path
) -> None:
    added = sources(
        "add", "news.example", "https://b.example/ar", "--no-discover", "--schedule", "6h", "--json"
    )
    assert [(row["name"], row["url"]) for row in added.rows] == [
        ("news.example", "https://news.example/"),
        ("b.example", "https://b.example/ar"),
    ]

    changed = sources("edit", "b.example", "delay=5", 'exclude=["/v/"]', "language=ar", "--unset", "schedule")
    assert changed.exit == 0
    shown = sources("show", "b.example", "--json").rows[0]
    assert (shown["delay"], shown["exclude"], shown["language"], shown["schedule"]) == (
        5.0,
        ["/v/"],
        "ar",
        None,
    )
    assert 'url = "https://b.example/ar"' in sources("show", "b.example").out
    assert "every 6h" in sources("list").out

    assert sources("remove", "news.example").exit == 0
    assert [row["name"] for row in sources("list", "--json").rows] == ["b.example"]
    assert [source.name for source in load(archive_folder).source] == ["b.example"]


def test_an_address_that_is_there_is_told_and_no_failure(sources: Callable[..., Ran]) -> None:
    sources("add", "news.example", "--no-discover", "--name", "mine")

    again = sources("add", "https://news.example/", "--no-discover")

    assert (again.exit, again.out) == (0, "")
    assert "is there already, as 'mine'" in again.err


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["add", "no site"], 2, "is no site; give the address of a site"),
        (["add", "a.example", "b.example", "--name", "x"], 2, "--name is for one URL"),
        (["add", "a.example", "--name", "A B", "--no-discover"], 2, "--name: must be lower-case letters"),
        (["show", "x"], 1, "x: no such source; there are none yet"),
        (["edit", "x", "delay=1"], 1, "no such source"),
        (["edit", "x"], 2, "nothing to change"),
        (["edit", "x", "delay"], 2, "say KEY=VALUE"),
        (["remove", "x"], 1, "no such source"),
        (["check"], 2, "no sources yet"),
        (["export", "a.txt"], 2, "add --format"),
        (["import", "/nowhere.csv"], 2, "No such file"),
    ],
)
def test_what_cannot_be_done_is_told(
    sources: Callable[..., Ran], arguments: list[str], code: int, told: str
) -> None:
    ran = sources(*arguments)

    assert (ran.exit, ran.out) == (code, "")
    assert told in ran.err


def test_removing_several_is_all_or_none(sources: Callable[..., Ran]) -> None:
    sources("add", "a.example", "b.example", "--no-discover")

    assert sources("remove", "a.example", "x").exit == 1
    assert len(sources("list", "--json").rows) == 2


def test_removing_forgets_what_was_queued_and_waits_for_no_crawl(
    sources: Callable[..., Ran], archive_folder: Path
) -> None:
    sources("add", "a.example", "b.example", "--no-discover")
    with FrontierStore.open(archive_folder) as frontier:
        for name in ("a.example", "b.example"):
            frontier.found.visit(Candidate(f"https://{name}/", role="home"), source=name, now=0.0)
        frontier.commit()

    assert sources("remove", "a.example").err == ""
    with CrawlLock(archive_folder, "crawl"):
        beside = sources("remove", "b.example")

    assert beside.exit == 0
    assert "The crawl that runs goes on with b.example" in beside.err
    with FrontierStore.open(archive_folder) as frontier:
        assert (frontier.urls.counts("a.example"), len(frontier.urls.counts("b.example"))) == ({}, 1)
    assert sources("list", "--json").rows == []


@pytest.mark.parametrize("suffix", ["toml", "csv", "opml"])
def test_sources_go_out_and_come_in(sources: Callable[..., Ran], tmp_path: Path, suffix: str) -> None:
    sources("add", "a.example", "b.example", "--no-discover")
    file = tmp_path / f"list.{suffix}"

    assert sources("export", file).exit == 0
    assert sources("export", file).exit == 2
    assert sources("export", "-", "--format", suffix).out.encode() == file.read_bytes()
    sources("remove", "a.example")
    ran = sources("import", file, "--json")

    assert ran.exit == 0
    assert ran.rows[0]["added"] == ["a.example"]
    assert [row["name"] for row in ran.rows[0]["refused"]] == ["b.example"]
    assert sources("import", file).exit == 1


def test_refused_rows_are_told_with_their_line(sources: Callable[..., Ran], tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("name,url,colour\ngood,good.example,red\nbad\x1b[31m,nosite,red\n")

    ran = sources("import", file)

    assert ran.exit == 0
    assert f"{file}:3: refused bad\\u001b[31m: url: 'nosite' is no site" in ran.out
    assert "Added 1 sources, refused 1." in ran.out
    assert "passed over: column colour" in ran.err


def test_rules_that_are_no_xpath_are_told(sources: Callable[..., Ran]) -> None:
    sources("add", "a.example", "--no-discover")

    ran = sources("edit", "a.example", 'prune_xpath=["//div["]')

    assert ran.exit == 2
    assert "prune_xpath: '//div[' is no XPath" in ran.err
    assert "warraq.toml:" in ran.err
    assert sources("show", "a.example", "--json").rows[0]["prune_xpath"] == []
