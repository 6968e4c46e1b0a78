"""`warraq extract`: a file, and rows in bulk."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys

import pytest

from crawler.cli.extract import MAX_ROW_BYTES, Pool, answer

PAGE = (
    "<html><head><title>Ferry returns</title></head><body><h1>Ferry returns</h1>"
    "<p>The ferry between the two banks of the estuary sailed again on Thursday for the first time since the storm.</p>"
    "</body></html>"
)


@pytest.fixture
def pages(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.html").write_text(PAGE)
    (tmp_path / "b.html.gz").write_bytes(gzip.compress(PAGE.encode()))
    (tmp_path / "broken.html.gz").write_bytes(gzip.compress(PAGE.encode())[:40])
    (tmp_path / "c.txt").write_text("عنوان الخبر\n\nنص قصير.\n\nمقالات ذات صلة\n", encoding="utf-8")
    return tmp_path


def row(**fields):
    return json.dumps(fields).encode()


def test_one_file_for_programs(warraq, pages):
    ran = warraq("extract", pages / "b.html.gz", "--url", "https://n.example/a", "--json")
    assert ran.exit == 0
    (found,) = ran.rows
    assert (found["url"], found["title"], found["language"]) == ("https://n.example/a", "Ferry returns", "en")


def test_one_file_for_people(warraq, pages):
    ran = warraq("extract", "a.html")
    assert ran.exit == 0
    assert ran.out.startswith("Ferry returns\n")


def test_escape_sequences_of_a_page_do_not_reach_the_terminal(warraq, pages):
    (pages / "evil.html").write_text(PAGE.replace("estuary", "estu&#27;[2Jary"))
    assert "\x1b" not in warraq("extract", "evil.html").out


def test_a_text(warraq, pages):
    (found,) = warraq("extract", "c.txt", "--json").rows
    assert (found["title"], found["text"]) == ("عنوان الخبر", "نص قصير.")


def test_a_rejection_is_told_and_no_failure(warraq, pages):
    (pages / "empty.html").write_text("<html><body></body></html>")
    (found,) = warraq("extract", "empty.html", "--json").rows
    assert found["rejected"] == "too_short"
    ran = warraq("extract", "empty.html")
    assert (ran.exit, ran.out) == (0, "")
    assert "too_short" in ran.err


@pytest.mark.parametrize(
    "arguments", [["nowhere.html"], [], ["a.html", "--jsonl"], ["."], ["broken.html.gz"]]
)
def test_wrong_arguments(warraq, pages, arguments):
    ran = warraq("extract", *arguments)
    assert ran.exit == 2
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"nonsense", "not a JSON object"), (b"[1]", 'needs "url" and "file"'),
        (b'{"url": "https://n.example/"}', 'needs "url" and "file"'),
        (row(url="https://n.example/", file="nowhere.html"), "nowhere.html"),
        (row(url="https://n.example/", file="broken.html.gz"), "broken.html.gz"),
        (row(url="https://n.example/", file="a.html", fetched="yesterday"), "yesterday"),
        (row(url="https://n.example/", file="a.html", charset=5), '"charset" must be a str'),
        (row(url="https://n.example/", file="a.html", timezone="Mars/Olympus"), "no such time zone"),
        (b"[" * 100_000, "not a JSON object"), (b" " * (MAX_ROW_BYTES + 1), "at most"),
    ],
    ids=range(10),
)  # fmt: skip
def test_a_bad_row_gives_a_row_with_its_error(pages, line, said):
    assert said in answer(line)["error"]


@pytest.mark.slow
def test_rows_come_back_in_order_on_worker_processes(pages):
    rows = [row(url=f"https://n.example/{n}", file="a.html" if n % 3 else "b.html.gz") for n in range(40)]
    rows[7] = b"nonsense"
    command = [
        sys.executable,
        "-c",
        "from crawler.cli.app import main; main()",
        "extract",
        "--jsonl",
        "--workers",
        "2",
    ]
    done = subprocess.run(command, input=b"\n".join(rows), capture_output=True, check=True, timeout=120)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [found.get("url") for found in answers] == [
        None if n == 7 else f"https://n.example/{n}" for n in range(40)
    ]
    assert "error" in answers[7]


@pytest.mark.slow
def test_a_row_that_kills_its_worker_is_told_and_the_others_are_done(tmp_path, monkeypatch):
    (tmp_path / "deadly.py").write_text(
        "import os\ndef task(line):\n    if b'die' in line:\n        os._exit(9)\n    return {'line': line.decode()}\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    import deadly  # noqa: PLC0415

    lines = [b'{"url": "%d"}' % n for n in range(12)]
    lines[5] = b'{"url": "5", "x": "die"}'
    with Pool(2, deadly.task) as pool:
        answers = list(pool.map(lines))
    assert [found.get("line") for found in answers] == [
        None if n == 5 else line.decode() for n, line in enumerate(lines)
    ]
    assert answers[5]["url"] == "5"
    assert "died" in answers[5]["error"]
