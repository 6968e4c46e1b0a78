"""The comparison of extraction with its peers: its measure, its page sets, its verdicts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.comparison import Comparison, Reading, show
from benchmarks.quality import body_score, score
from benchmarks.truths import Case, Truth, own_cases, read_manifest

ROOT = Path(__file__).resolve().parents[2]


def case(url: str, collection: str = "a", **truth: object) -> Case:
    return Case(collection, url, Path("absent.html"), Truth(**truth), {})


def test_the_body_is_compared_in_runs_of_four_words() -> None:
    found = body_score("one two three four five", "one two three four six")
    assert (found.precision, found.recall, found.equal) == (0.5, 0.5, False)
    assert body_score("one two", "One, two.").f1 == 0
    assert body_score("one, two", "one two").equal


def test_ideographs_are_words_and_vowel_signs_are_not() -> None:
    assert body_score("東京の天気", "東京の天気。").equal
    assert body_score("東京の天気", "東京の天候").recall == 0.5
    assert body_score("بعدَ طردِها", "بعدَ طردِها!").equal
    assert not body_score("بعدَ طردِها", "بعد طردها").equal


def test_a_page_without_an_answer_has_nothing_right() -> None:
    cases = [
        case("u", body="one two three four", title="T", published="2024-05-01T10:00:00+00:00"),
        case("v", body="five"),
    ]
    scores = score(cases, {"v": {"text": "five"}})
    assert scores["missing"] == 1
    assert (scores["precision"], scores["recall"], scores["accuracy"]) == (0.5, 0.5, 0.5)
    assert (scores["title"], scores["day"], scores["instant"]) == (0, 0, 0)


def test_refused_pages_count_apart() -> None:
    cases = [case("u", body="one", refused=True), case("v", body="two")]
    scores = score(cases, {"u": {"text": "leaked"}, "v": {"text": "two"}})
    assert (scores["refused"], scores["f1"]) == (0, 1)


def test_snippets_that_must_and_must_not_occur() -> None:
    one = case("u", present=("a b", "c d"), absent=("e f",), has_snippets=True)
    scores = score([one], {"u": {"text": "a b e f"}})
    assert (scores["precision"], scores["recall"]) == (0.5, 0.5)


def test_the_standfirst_counts_where_the_truth_has_it() -> None:
    answer = {"u": {"lead": "one two", "text": "three four"}}
    assert score([case("u", "fundus", body="one two three four")], answer)["accuracy"] == 1
    assert score([case("u", "aeb", body="three four")], answer)["accuracy"] == 1


@pytest.mark.parametrize(
    ("body", "script"),
    [
        ("The bridge", "Latin"),
        ("الجسر القديم", "Arabic"),
        ("Мост", "Cyrillic"),
        ("古い橋は閉鎖", "Japanese"),
        ("旧桥关闭", "Han"),
    ],
)
def test_scripts(body: str, script: str) -> None:
    assert Truth(body).script == script


def test_manifests_say_where_they_are_wrong(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.jsonl"
    (tmp_path / "a.html").write_text("<p>a", encoding="utf-8")
    good = {"url": "u", "file": "a.html", "collection": "c", "truth": {"body": "a"}}
    manifest.write_text(json.dumps(good) + "\n" + json.dumps(good | {"truth": None}), encoding="utf-8")
    assert [each.truth.body for each in read_manifest(manifest)] == ["a"]
    manifest.write_text(json.dumps(good) + "\nno JSON", encoding="utf-8")
    with pytest.raises(ValueError, match="line 2"):
        read_manifest(manifest)
    manifest.write_text(json.dumps(good | {"file": "b.html"}), encoding="utf-8")
    with pytest.raises(FileNotFoundError, match=r"line 1.*b\.html"):
        read_manifest(manifest)


def test_where_a_peer_is_better_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    cases = [case(str(number), body="one two three four five") for number in range(5)]
    right, wrong = (
        {each.url: {"text": text} for each in cases} for text in ("one two three four five", "one")
    )
    readings = {"warraq": Reading(wrong, 0, 1.0, 1.0), "peer": Reading(right, 0, 9.0, 1.0)}
    found = Comparison(cases, readings, 0.7, 1.9)
    assert {lead.where: (lead.peer, lead.ahead) for lead in found.leads} == {
        "set a": ("peer", False),
        "script Latin": ("peer", False),
    }
    assert {ratio.name: ratio.met for ratio in found.ratios} == {
        "CPU a page, Warraq / trafilatura with metadata": False,
        "pages/s, two cores / one": True,
    }
    show(found, 1)
    out = capsys.readouterr().out
    assert "Behind in: set a, script Latin" in out
    assert json.loads(json.dumps(found.as_row(1)))["leads"][0]["ahead"] is False


@pytest.mark.slow
def test_extraction_is_measured_on_the_projects_own_pages(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.jsonl"
    (tmp_path / "empty.html").write_bytes(b"")
    row = {
        "url": "http://empty.example/",
        "file": "empty.html",
        "collection": "empty",
        "truth": {"body": "a b c d"},
    }
    manifest.write_text(json.dumps(row), encoding="utf-8")
    command = [sys.executable, "-m", "benchmarks.extraction", str(manifest)]
    options = ["--reader", "trafilatura", "--passes", "1", "--no-cores", "--json"]
    ran = subprocess.run([*command, *options], cwd=ROOT, capture_output=True, check=False)
    assert ran.returncode == 0, ran.stderr.decode()
    told = json.loads(ran.stdout)
    assert told["sets"]["own"]["warraq"]["pages"] == len(own_cases())
    assert told["sets"]["own"]["warraq"]["f1"] == 1
    assert {each["f1"] for each in told["sets"]["empty"].values()} == {0}
    assert set(told["readers"]) == {"warraq", "trafilatura"}
    assert told["ratios"][0]["value"] > 0
