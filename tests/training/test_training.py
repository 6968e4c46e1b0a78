"""Training: which blocks a truth is made of, pages masked, folds by publisher, the same weights twice."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from lxml.html import fromstring, tostring

from archive.extract.body.blocks import lay_out
from archive.extract.learned import model
from archive.extract.markup.tree import parse
from training import validation
from training.examples import Example, mask, read_examples
from training.fit import fit
from training.labels import agreement, label, shingles

if TYPE_CHECKING:
    from pathlib import Path

SUBJECTS = ("harbour", "orchard", "library", "railway", "bakery", "quarry", "theatre", "stadium")


def sentence(subject: str, number: int) -> str:
    return f"The {subject} was the talk of the town on day {number}, when its keeper told the council what it lacked."


def blocks(html: str):
    return lay_out(parse(html))


def chosen(html: str, truth: str) -> list[str]:
    layout = blocks(html)
    return [layout.blocks[index].text for index in sorted(label(layout, truth))]


def test_shingles_are_runs_of_four_and_signs_count_as_words():
    assert shingles([]) == {}
    assert shingles(["a", "b"]) == {("a", "b"): 1}
    assert shingles(list("abcde")) == {tuple("abcd"): 1, tuple("bcde"): 1}
    assert agreement(shingles(list("abcde")), shingles(list("abcd"))) == (1.0, 0.5, False)
    assert agreement(shingles(list("abcd")), shingles([])) == (0.0, 0.0, False)


def test_paragraphs_subheadings_and_cells_of_a_truth_are_found():
    first, second = sentence("ferry", 1), sentence("mill", 2)
    cells = "<table><tr><td>Mon</td><td>6.30</td><td>7.15</td><td>8.45</td></tr></table>"
    html = (
        f"<h1>Title of it</h1><p>{first}</p><h2>Fares</h2><p>{second}</p>{cells}<p>More news of us today</p>"
    )

    assert chosen(html, f"{first}\nFares\n{second}\nMon 6.30 7.15 8.45") == [
        first, "Fares", second, "Mon", "6.30", "7.15", "8.45",
    ]  # fmt: skip


def test_a_text_that_stands_twice_is_taken_once():
    text = sentence("ferry", 1)

    assert chosen(
        f"<p>{text}</p><div>{text}</div><p>Quite another matter is told here, of a mill.</p>", text
    ) == [text]


def test_a_truth_of_which_nothing_is_there_gives_no_block():
    assert chosen(f"<p>{sentence('ferry', 1)}</p>", "Entirely other words stand here") == []


def test_masked_names_repeat_and_nothing_else_changes():
    html = "<div class='a b' id=c title=t><p class=b>x</p></div>"
    root = fromstring(html)
    mask(root, 1.0, "salt")
    names = (root.get("class").split(), root.find("p").get("class"))

    assert names[0][1] == names[1] != "b"
    assert root.get("title") == "t"
    again = fromstring(html)
    mask(again, 1.0, "salt")
    assert tostring(again) == tostring(root)
    mask(again, 0.0, "salt")
    assert tostring(again) == tostring(root)


@pytest.fixture(scope="module")
def examples(tmp_path_factory) -> list[Example]:
    """Two pages each of eight publishers, of our own making."""
    return list(read_examples(manifest(tmp_path_factory.mktemp("pages"))))


def manifest(folder: Path) -> Path:
    rows = []
    for at, subject in enumerate(SUBJECTS):
        for number in range(2):
            story = [sentence(subject, 10 * number + day) for day in range(5 + at)]
            body = "".join(f"<p class=text>{line}</p>" for line in story)
            teasers = "".join(
                f"<li><a href=/{day}>News of day {day} in {subject}</a></li>" for day in range(9)
            )
            html = f"<h1>The {subject}</h1><div class=c{at}>{body}</div><ul class=more>{teasers}</ul>"
            (folder / f"{subject}{number}.html").write_text(html, encoding="utf-8")
            rows.append({
                "url": f"https://www.{subject}.example/{number}", "file": f"{subject}{number}.html",
                "collection": "fundus" if at % 2 else "aeb", "truth": {"body": "\n".join(story)},
            })  # fmt: skip
    rows.append({"url": "https://n.example/refused", "file": "absent.html", "truth": None})
    path = folder / "manifest.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_examples_have_their_labels_and_copies(examples):
    assert len(examples) == 16
    for example in examples:
        kept = [example.copies[0].layout.blocks[index].text for index in sorted(example.labels)]
        assert "\n".join(kept) == example.truth
        assert len(example.copies) == 4
        assert example.score(example.copies[0], sorted(example.labels))[2]
        assert not example.score(example.copies[0], sorted(example.labels)[1:])[2]


def test_a_publishers_pages_are_in_one_fold(examples):
    for seed in range(3):
        folds = validation.folds(examples, seed)
        assert len(set(folds)) == validation.FOLDS
        assert folds[::2] == folds[1::2]
    assert validation.folds(examples, 0) != validation.folds(examples, 1)


def test_the_same_pages_give_the_same_weights(examples):
    pytest.importorskip("lightgbm", reason="an extra: pip install '.[training]'")

    # The last paragraph of each is none of its text: something to learn.
    told = [replace(example, labels=example.labels - {max(example.labels)}) for example in examples]
    text = fit(told, 5, min_data_in_leaf=5)

    assert text == fit(told, 5, min_data_in_leaf=5)
    assert len(model.parse(text).roots) == 5


def test_the_table_has_a_row_for_each_reading(examples):
    pytest.importorskip("lightgbm", reason="an extra: pip install '.[training]'")

    rows = validation.report(examples, seeds=(0,)).splitlines()

    assert len(rows) == 9
    assert "structure" in rows[0]
    assert "aeb 1.0000 (1.000)" in rows[0]


def test_a_page_without_an_element_is_told(tmp_path):
    (tmp_path / "empty.html").write_bytes(b"")
    (tmp_path / "m.jsonl").write_text(
        json.dumps({"url": "https://n.example/a", "file": "empty.html", "truth": {"body": "x"}})
    )

    with pytest.raises(ValueError, match=r"https://n\.example/a: no element"):
        list(read_examples(tmp_path / "m.jsonl"))
