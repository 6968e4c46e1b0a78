"""Floors under the quality of extraction: on the project's golden pages, and on sets kept beside the checkout.

How cheap it is, is told by `python -m benchmarks.extraction`: a test would measure the machine.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from datetime import UTC, datetime

import pytest

from archive.extract import Page, extract_html
from archive.records import Article, Provenance, Rejected
from benchmarks.quality import page_scores, score
from benchmarks.truths import OWN, own_cases, read_manifest

MARGIN = 0.003
"""How much a figure may fall, so that a parser's next minor version does not fail the build."""

REACHED = {
    "newsweb/manifest.jsonl": {
        "aeb": {"f1": 0.9829, "precision": 0.9852, "recall": 0.9805, "accuracy": 0.5326},
        "fundus": {
            "f1": 0.9828, "precision": 0.9759, "recall": 0.9897, "accuracy": 0.5397,
            "title": 0.9127, "authors_f1": 0.9032, "day": 0.9921, "instant": 1.0,
        },
    },
    "seed/pages.jsonl": {
        "seed": {
            "f1": 0.9753, "precision": 0.9602, "recall": 0.991, "accuracy": 0.8889,
            "refused": 1.0, "title": 1.0, "authors_f1": 1.0, "day": 1.0,
        },
    },
}  # fmt: skip
"""What was measured last, by manifest and collection: raised with each gain."""


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(REACHED))
def test_quality_does_not_fall(name, shared, tmp_path):
    manifest = shared / name
    if not manifest.is_file():
        pytest.skip(f"no pages to measure on: {manifest} is absent (WARRAQ_SHARED names another folder)")
    answers = extracted(manifest, tmp_path)
    fallen = {}
    for collection, reached in REACHED[name].items():
        cases = [case for case in read_manifest(manifest) if case.collection == collection]
        scores = score(cases, answers)
        fallen |= {
            f"{collection} {measure}": (scores[measure], value)
            for measure, value in reached.items()
            if scores[measure] < value - MARGIN
        }
    assert not fallen


@pytest.mark.slow
def test_the_measure_is_the_one_that_is_kept_beside_the_pages(shared, tmp_path):
    scorer = shared / "tools" / "score_extraction.py"
    manifest = shared / "seed" / "pages.jsonl"
    if not scorer.is_file() or not manifest.is_file():
        pytest.skip(f"nothing to compare with: {scorer} or {manifest} is absent")
    answers = extracted(manifest, tmp_path)
    assert_same_scores(scorer, manifest, tmp_path / "answers.jsonl", answers)
    # Answers of other pages, snippets and all: numbers that are not near one, without extraction anew.
    mixed = shared / "newsweb" / "manifest.jsonl"
    cases = read_manifest(mixed)
    wrong = {
        case.url: {
            "url": case.url,
            "text": (case.truth.body or "")[: 400 + 37 * number] + " said somebody else",
            "lead": "A line before it",
            "title": case.truth.title if number % 3 else None,
            "authors": [*case.truth.authors[:1], "Somebody Else"],
            "published": case.truth.published if number % 2 else "2020-02-30",
        }
        for number, case in enumerate(cases)
        if number % 7
    }
    path = tmp_path / "wrong.jsonl"
    path.write_text("\n".join(map(json.dumps, wrong.values())), encoding="utf-8")
    assert_same_scores(scorer, mixed, path, wrong)


@pytest.mark.slow
def test_no_theme_lets_boilerplate_in_and_password_pages_are_refused(shared):
    folder = shared / "seed"
    boilerplate = json.loads((folder / "expected.json").read_text("utf-8"))["boilerplate"]
    rows = [json.loads(line) for line in (folder / "pages.jsonl").read_text("utf-8").splitlines()]
    refused = []
    for row in rows:
        found = extract_html(
            Page(row["url"], (folder / row["file"]).read_bytes(), None, datetime(2026, 10, 1, tzinfo=UTC))
        )
        if row.get("refuse"):
            assert isinstance(found, Rejected)
            refused.append(found.reason)
            continue
        assert isinstance(found, Article), found
        said = f"{found.lead or ''}\n{found.text}"
        assert not [line for line in boilerplate if line in said], row["file"]
    assert refused == ["password"] * 3
    assert len({row["theme"] for row in rows}) == 3


def test_golden_pages_are_read_in_full():
    cases = own_cases()
    answers = {}
    for case in cases:
        page = Page(
            case.url,
            case.content,
            None,
            datetime.fromisoformat(case.row["fetched"]),
            Provenance(timezone=case.row.get("timezone")),
        )
        found = extract_html(page)
        answers[case.url] = asdict(found) if isinstance(found, Article) else {}
    assert {case.collection for case in cases} == {OWN}
    scores = score(cases, answers)
    wrong = {case.url: each for case, each in page_scores(cases, answers) if not each.equal}
    assert not wrong
    assert {measure: scores[measure] for measure in ("f1", "refused", "title", "authors_f1", "day")} == {
        "f1": 1.0, "refused": 1.0, "title": 1.0, "authors_f1": 1.0, "day": 1.0,
    }  # fmt: skip


def extracted(manifest, tmp_path):
    """What `warraq extract --jsonl` answers, by URL."""
    answers = tmp_path / "answers.jsonl"
    command = [sys.executable, "-c", "from crawler.cli.app import main; main()", "extract", "--jsonl"]
    with manifest.open("rb") as rows, answers.open("wb") as out:
        subprocess.run(command, cwd=manifest.parent, stdin=rows, stdout=out, check=True, timeout=280)
    rows = map(json.loads, answers.read_text("utf-8").splitlines())
    return {row["url"]: row for row in rows}


def assert_same_scores(scorer, manifest, path, answers):
    ran = subprocess.run(
        [sys.executable, scorer, manifest, path, "--json"], capture_output=True, check=True, timeout=120
    )
    theirs = json.loads(ran.stdout)
    cases = read_manifest(manifest)
    ours = {
        name: score([case for case in cases if case.collection == name], answers)
        for name in {case.collection for case in cases}
    }
    assert ours == {name: pytest.approx(each) for name, each in theirs.items()}
