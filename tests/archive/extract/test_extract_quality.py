"""Floors under the quality on pages that are kept beside the checkout, not in it: `shared/newsweb`, `shared/seed`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.extract import Page, extract_html
from archive.records import Article, Rejected

NOW = datetime(2026, 10, 1, tzinfo=UTC)
SHARED = Path(os.environ.get("WARRAQ_SHARED", Path(__file__).resolve().parents[4] / "shared"))
SCORER = SHARED / "tools" / "score_extraction.py"

# A little below what was reached, so that a change of a parser's minor version does not fail the build:
# AEB .981 (accuracy .51), Fundus .982, title .81, authors .87, day .992, instant 1.0; seed .975: its truth lacks
# the list and the table of one page, in three themes, which readers want.
FLOORS = {
    "newsweb": {
        "aeb": {"f1": 0.977, "accuracy": 0.48},
        "fundus": {"f1": 0.978, "title": 0.80, "authors_f1": 0.85, "day": 0.985, "instant": 0.99},
    },
    "seed": {"seed": {"f1": 0.97, "refused": 1.0, "title": 1.0, "authors_f1": 0.99, "day": 1.0}},
}
MANIFESTS = {"newsweb": "manifest.jsonl", "seed": "pages.jsonl"}


@pytest.mark.slow
@pytest.mark.parametrize("pages", sorted(FLOORS))
def test_quality_does_not_fall(pages, tmp_path):
    folder, manifest = SHARED / pages, MANIFESTS[pages]
    if not SCORER.is_file() or not (folder / manifest).is_file():
        pytest.skip(
            f"no pages to measure on: {folder / manifest} is absent (WARRAQ_SHARED names another folder)"
        )
    answers = tmp_path / "answers.jsonl"
    command = [sys.executable, "-c", "from crawler.cli.app import main; main()", "extract", "--jsonl"]
    with (folder / manifest).open("rb") as rows, answers.open("wb") as out:
        subprocess.run(command, cwd=folder, stdin=rows, stdout=out, check=True, timeout=280)
    score = subprocess.run(
        [sys.executable, SCORER, folder / manifest, answers, "--json"],
        capture_output=True,
        check=True,
        timeout=120,
    )
    scores = json.loads(score.stdout)
    fallen = {
        f"{name} {measure}": (scores[name][measure], floor)
        for name, floors in FLOORS[pages].items()
        for measure, floor in floors.items()
        if scores[name][measure] < floor
    }
    assert not fallen


@pytest.mark.slow
def test_no_theme_lets_boilerplate_in_and_password_pages_are_refused(shared):
    folder = shared / "seed"
    boilerplate = json.loads((folder / "expected.json").read_text("utf-8"))["boilerplate"]
    rows = [json.loads(line) for line in (folder / "pages.jsonl").read_text("utf-8").splitlines()]
    refused = []
    for row in rows:
        found = extract_html(Page(row["url"], (folder / row["file"]).read_bytes(), None, NOW))
        if row.get("refuse"):
            assert isinstance(found, Rejected)
            refused.append(found.reason)
            continue
        assert isinstance(found, Article), found
        said = f"{found.lead or ''}\n{found.text}"
        assert not [line for line in boilerplate if line in said], row["file"]
    assert refused == ["password"] * 3
    assert len({row["theme"] for row in rows}) == 3
