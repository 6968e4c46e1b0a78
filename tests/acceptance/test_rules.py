"""A source's rules from warraq.toml to the rows: tried, compared, applied and rebuilt."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.acceptance.conftest import Archive

pytestmark = pytest.mark.slow

README = Path(__file__).parents[2] / "README.md"
URL = "https://lantern.example/2026/04/the-ferry/"
PAGE = (
    "<html lang=en><head><title>The ferry</title></head><body><h1>The ferry</h1><table><tr><td class=text>The ferry "
    "across the lake will no longer run on Sundays, because its only captain asked for one free day in the week.</td>"
    "</tr></table><a class=writer title='Ann Reed' href=/ann>A.R.</a>"
    "<h2 id=kicker>No ferry on Sundays</h2></body></html>"
)


def examples() -> dict[str, str]:
    """The files of rules that the README shows, by language."""
    section = README.read_text(encoding="utf-8").partition("## A site's own rules")[2].partition("\n## ")[0]
    return dict(re.findall(r"```(toml|python)\n(.*?)```", section, re.DOTALL))


def with_page(archive: Archive) -> None:
    """Have the page in an archive as one of the source `lantern`."""
    archive.run("sources", "add", "https://lantern.example/", "--name", "lantern", "--no-discover")
    pages = archive.folder.parent / "pages"
    pages.mkdir()
    (pages / "ferry.html").write_text(PAGE)
    told = {"file": "ferry.html", "url": URL, "source": "lantern", "fetched": "2026-05-01T08:00:00Z"}
    (pages / "manifest.jsonl").write_text(json.dumps(told) + "\n")
    archive.run("import", pages)


def test_rules_are_tried_compared_applied_and_rebuilt(new_archive: Callable[..., Archive]) -> None:
    archive = new_archive()
    with_page(archive)
    (before,) = archive.rows("show", URL)
    rules = archive.folder / "rules"
    rules.mkdir()
    # The example as it is, but for the day of the redesign.
    shown = examples()
    (rules / "news.example.toml").write_text(
        shown["toml"].replace("valid_until = 2025", "valid_until = 2125")
    )
    (rules / "news_example.py").write_text(shown["python"])
    archive.run("sources", "edit", "lantern", "rules=rules/news.example.toml", "title_xpath=['//h7']")
    assert before["source"] == "lantern"

    (trial,) = archive.rows("sources", "check", "lantern", "--rules")

    assert {rule["rule"].partition(" (")[0]: rule["matched"] for rule in trial["rules"]} == {
        "body_xpath: //td[@class='text']": 1, "rules/news_example.py: author()": 1, "title_xpath: //h7": 0,
    }  # fmt: skip
    *changes, sums = archive.rows("reextract", "--dry-run")
    assert [change["article_id"] for change in changes] == [before["id"]]
    assert changes[0]["fields"]["authors"]["after"] == ["Ann Reed"]
    assert sums["fields"]["authors"] == 1
    assert archive.rows("show", URL) == [before], "a dry run changes nothing"

    assert "Ann Reed" in archive.run("reextract")

    (after,) = archive.rows("show", URL)
    assert (after["authors"], after["status"]) == (["Ann Reed"], "live")
    assert after["extractor_version"].startswith(f"{before['extractor_version']}+")
    archive.run("rebuild")
    assert archive.rows("show", URL) == [after]
    assert f"extractor {after['extractor_version']}" in archive.run("show", URL, "--revisions")


def test_a_rule_that_finds_nothing_anywhere_is_a_failure(new_archive: Callable[..., Archive]) -> None:
    archive = new_archive()
    with_page(archive)
    archive.run("sources", "edit", "lantern", "title_xpath=['//h2[@id=\"kicker\"]']")
    assert "finds something on 1 of 1" in archive.run("sources", "check", "--rules")

    archive.run("sources", "edit", "lantern", "title_xpath=['//h6']")

    assert "finds nothing on any of 1" in archive.run("sources", "check", "--rules", code=1)
