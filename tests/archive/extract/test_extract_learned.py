"""The learned look: whole numbers in, a choice of blocks out, and no weights but those for this code."""

from __future__ import annotations

import gc
import json
from datetime import UTC, datetime
from importlib import resources

import numpy as np
import pytest

from archive.extract import Page, extract_html, learned, warm_up
from archive.extract.body.blocks import lay_out
from archive.extract.learned import decision, model
from archive.extract.learned.features import FEATURES, FEATURES_VERSION, describe
from archive.extract.learned.model import WeightsError
from archive.extract.markup.tree import parse
from archive.extract.metadata.fields import read_metadata
from archive.extract.reading import read_structure
from archive.records import Article

SENTENCE = (
    "The ferry between the two banks of the estuary sailed again on Thursday, number {}, for the first time."
)
STANDFIRST = "After nine weeks in the yard the boat is back, and with it the market's earliest customers."
PARAGRAPHS = "".join(f"<p>{SENTENCE.format(number)}</p>" for number in range(6))
MORE_PARAGRAPHS = "".join(f"<p>{SENTENCE.format(number)}</p>" for number in range(6, 12))
LINKED = "<p>The council has <a href=/a>timetables of the summer</a> at its office, where fares are told as well.</p>"
ENTRIES = "<ul><li>Adults pay two pounds a crossing.</li><li>Children go free.</li></ul>"


def read(story: str):
    html = f"<title>Ferry returns</title><h1>Ferry returns</h1><div class=story>{story}</div>"
    root = parse(html)
    page = Page("https://n.example/a", html.encode(), None, datetime(2024, 6, 1, tzinfo=UTC))
    layout = lay_out(root)
    return layout, read_structure(layout, root, read_metadata(root, page))


def weights(*trees, **fields) -> str:
    return json.dumps({"version": FEATURES_VERSION, "features": FEATURES, "trees": trees} | fields)


def stump(feature: str, threshold: int, low: int, high: int):
    """Up to a threshold these log-odds, past it those."""
    return [[FEATURES.index(feature), threshold, 1, 2], [low], [high]]


def texts(layout, indexes) -> list[str]:
    return [layout.blocks[index].text for index in indexes]


def test_a_block_is_described_in_whole_numbers_that_repeat():
    layout, reading = read(PARAGRAPHS + LINKED + ENTRIES)

    candidates, rows = describe(layout, reading)

    assert rows.dtype == np.int64
    assert rows.shape == (len(candidates), len(FEATURES))
    assert set(reading.lines) <= set(candidates.tolist())
    again = describe(*read(PARAGRAPHS + LINKED + ENTRIES))
    assert np.array_equal(rows, again[1])


def test_a_choice_that_the_trees_leave_as_it_is_is_not_looked_through_again(monkeypatch):
    layout, reading = read(PARAGRAPHS + LINKED)
    trees = model.parse(weights(stump("place.kept", 0, -9000, 9000)))
    monkeypatch.delattr(decision, "select_lines")
    assert decision.revise(layout, reading, trees) == list(reading.lines)


def test_numbers_are_what_they_are_named():
    layout, reading = read(PARAGRAPHS + LINKED)
    assert "council" in texts(layout, reading.lines)[-1]
    candidates, rows = describe(layout, reading)
    at = candidates.tolist().index(
        next(i for i, block in enumerate(layout.blocks) if "council" in block.text)
    )
    row = dict(zip(FEATURES, rows[at].tolist(), strict=True))
    block = layout.blocks[candidates[at]]

    assert row["own.length"] == len(block.text)
    assert row["own.link"] == 1000 * block.links // len(block.text)
    assert row["own.p"] == row["own.ends"] == row["place.kept"] == 1
    assert row["own.li"] == row["own.lower"] == 0
    assert row["beside-1.length"] == len(SENTENCE.format(5))
    assert row["beside-1.parent"] == 1
    assert row["beside+1.length"] == -1
    assert row["path.count"] == row["siblings.count"] == 7
    assert row["place.kept_up"] == 1
    assert row["place.kept_down"] == 50
    assert row["around0.kept"] == 1000


def test_numbers_of_levels_neighbours_and_kin():
    notes = "<div class=note><p>Note one.</p></div><div class=note><p>Note two.</p></div>"
    layout, reading = read(PARAGRAPHS + ENTRIES + notes + LINKED + MORE_PARAGRAPHS)
    blocks, nodes = layout.blocks, layout.nodes
    candidates, rows = describe(layout, reading)
    kept = set(reading.lines)

    def far(index: int, step: int) -> int:
        beyond = range(index + step, len(blocks) if step > 0 else -1, step)
        return next((abs(other - index) for other in beyond if other in kept), 50)

    for index, numbers in zip(candidates.tolist(), rows.tolist(), strict=True):
        row = dict(zip(FEATURES, numbers, strict=True))
        block, node = blocks[index], nodes[blocks[index].node]
        siblings = [
            at
            for at, other in enumerate(blocks)
            if nodes[other.node].parent == node.parent and other.tag == block.tag
        ]
        kind = [other for other in blocks if (nodes[other.node].words, other.tag) == (node.words, block.tag)]
        parent = nodes[node.parent]
        assert row["siblings.count"] == len(siblings)
        assert row["siblings.span"] == 1000 * (siblings[-1] - siblings[0]) // len(blocks)
        assert row["siblings.length"] == sum(len(blocks[at].text) for at in siblings) // len(siblings)
        assert row["kind.count"] == len(kind)
        assert row["around1.size"] == parent.end - parent.first
        assert row["beside+2.length"] == (len(blocks[index + 2].text) if index + 2 < len(blocks) else -1)
        assert row["beside-1.kept"] == (index - 1 in kept)
        assert (row["place.kept_up"], row["place.kept_down"]) == (far(index, -1), far(index, 1))
    notes_at = [at for at, block in enumerate(blocks) if block.text.startswith("Note")]
    shown = {at: row for at, row in zip(candidates.tolist(), rows.tolist(), strict=True) if at in notes_at}
    assert all(row[FEATURES.index("path.count")] == 2 for row in shown.values())
    assert {row[FEATURES.index("siblings.count")] for row in shown.values()} <= {1}


def test_renamed_classes_change_no_number():
    story = "".join(f"<p class=text>{SENTENCE.format(number)}</p>" for number in range(6)) + ENTRIES
    _, rows = describe(*read(story))
    _, renamed = describe(*read(story.replace("text", "k17")))

    assert np.array_equal(rows, renamed)


def test_standfirst_and_what_the_line_rules_took_out_are_not_judged():
    layout, reading = read(
        f"<div class=standfirst>{STANDFIRST}</div>{PARAGRAPHS}<p>Advertisement</p>{MORE_PARAGRAPHS[:-4]}</p>"
    )
    assert texts(layout, reading.lead) == [STANDFIRST]

    judged = texts(layout, describe(layout, reading)[0])

    assert STANDFIRST not in judged
    assert "Advertisement" not in judged


def test_a_kept_block_goes_where_the_trees_are_sure_and_stays_where_they_are_not():
    layout, reading = read(PARAGRAPHS + LINKED + MORE_PARAGRAPHS)
    sure = model.parse(weights(stump("own.link", 100, 3000, -3000)))
    unsure = model.parse(weights(stump("own.link", 100, 3000, -500)))

    assert len(decision.revise(layout, reading, sure)) == len(reading.lines) - 1
    assert decision.revise(layout, reading, unsure) == list(reading.lines)


def test_lists_go_only_where_the_trees_are_all_but_sure():
    layout, reading = read(PARAGRAPHS + ENTRIES + MORE_PARAGRAPHS)
    assert "Children go free." in texts(layout, reading.lines)

    kept = decision.revise(layout, reading, model.parse(weights(stump("own.li", 0, 3000, -1900))))
    gone = decision.revise(layout, reading, model.parse(weights(stump("own.li", 0, 3000, -2100))))

    assert kept == list(reading.lines)
    assert "Children go free." not in texts(layout, gone)


def test_a_list_is_judged_as_a_whole():
    layout, reading = read(PARAGRAPHS + ENTRIES + MORE_PARAGRAPHS)
    short = model.parse(weights(stump("own.length", 20, -3000, 3000)))

    assert "Children go free." in texts(layout, decision.revise(layout, reading, short))


def test_a_revision_that_leaves_no_half_of_the_article_is_none():
    layout, reading = read(PARAGRAPHS)

    assert decision.revise(layout, reading, model.parse(weights([[-9000]]))) == list(reading.lines)


def test_past_a_count_of_blocks_the_structural_reading_stands(monkeypatch):
    layout, reading = read(PARAGRAPHS + LINKED + MORE_PARAGRAPHS)
    trees = model.parse(weights(stump("own.link", 100, 3000, -3000)))
    monkeypatch.setattr(decision, "MAX_CANDIDATES", len(reading.lines) - 1)

    assert decision.revise(layout, reading, trees) == list(reading.lines)


def test_no_text_stays_no_text():
    layout, reading = read("<a href=/x>Home</a>")
    assert not reading.lines

    assert decision.revise(layout, reading) == []


def test_trees_of_several_depths_add_up():
    deep = [[0, 10, 1, 2], [5], [1, 20, 3, 4], [7], [11]]
    trees = model.parse(weights(deep, [[100]]))
    rows = np.zeros((3, len(FEATURES)), dtype=np.int64)
    rows[1, 0] = 11
    rows[2, :2] = 11, 21

    assert trees.weigh(rows).tolist() == [105, 107, 111]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "damaged"),
        ("[]", "damaged"),
        (weights()[:-9], "damaged"),
        (weights(), "no tree"),
        (weights([]), "no tree"),
        (weights([[1.5]]), "whole numbers"),
        (weights([["1"]]), "whole numbers"),
        (weights([[0, 1, 2]]), "damaged"),
        (weights([[len(FEATURES), 1, 1, 2], [1], [2]]), "compares feature"),
        (weights([[0, 1, 0, 1], [1]]), "out of its tree"),
        (weights([[0, 1, 1, 2], [1]]), "out of its tree"),
        (weights([[1]], version=FEATURES_VERSION + 1), "version"),
        (weights([[1]], features=FEATURES[1:]), "features"),
    ],
)
def test_weights_that_are_damaged_or_of_other_features_are_refused(text, told):
    with pytest.raises(WeightsError, match=told):
        model.parse(text)


def test_what_is_loaded_is_not_searched_for_garbage_with_every_page(monkeypatch):
    loaded = []
    monkeypatch.setattr(gc, "freeze", lambda: loaded.append(model.load.cache_info().currsize))
    warm_up()
    assert loaded == [1]


def test_absent_weights_stop_a_worker_at_its_start(monkeypatch):
    monkeypatch.setattr(model, "WEIGHTS", "absent.json")
    learned.load.cache_clear()
    try:
        with pytest.raises(WeightsError, match=r"absent\.json cannot be read .*training/README\.md"):
            warm_up()
    finally:
        learned.load.cache_clear()


def test_the_committed_weights_are_small_and_for_this_code():
    text = resources.files("archive.extract.learned").joinpath(model.WEIGHTS).read_text(encoding="utf-8")

    assert len(text) < 100_000
    assert len(model.parse(text).roots) > 1


def test_extraction_goes_by_the_trees(monkeypatch):
    trees = model.parse(weights(stump("own.link", 100, 3000, -3000)))
    monkeypatch.setattr(decision, "load", lambda: trees)
    html = (
        f"<title>Ferry returns</title><h1>Ferry returns</h1><div>{PARAGRAPHS}{LINKED}{MORE_PARAGRAPHS}</div>"
    )

    found = extract_html(Page("https://n.example/a", html.encode(), None, datetime(2024, 6, 1, tzinfo=UTC)))

    assert isinstance(found, Article)
    assert len(found.text.split("\n")) == 12
    assert "council" not in found.text
