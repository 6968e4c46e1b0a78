"""How the differences of two readings are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.ingest import Difference, PageChange
from archive.records import Rejected
from crawler.cli.differences import Worst, row, show_changes

if TYPE_CHECKING:
    import pytest

URL = "https://news.example/a"


def change(lost: float, *differences: Difference, number: int = 1) -> PageChange:
    return PageChange(number, number, URL, differences, lost)


def test_the_worst_come_first_and_no_more_than_asked_for() -> None:
    worst = Worst(3)
    for number, lost in enumerate([0.1, 0.9, 0.3, 0.9, 0.0], 1):
        worst.add(change(lost, number=number))

    assert [one.article_id for one in worst] == [2, 4, 3]
    assert worst.seen == 5


def test_texts_are_compared_by_words_with_what_stands_around(capsys: pytest.CaptureFixture[str]) -> None:
    same = "the same words again and again " * 30
    differs = Difference("text", f"{same}old {same}", f"{same}new {same}")

    show_changes([change(0.01, differs, Difference("authors", (), ("Ann Reed",)))], terminal=False)

    out = capsys.readouterr().out
    assert "[-old-] {+new+}" in out or "[-old-]{+new+}" in out
    assert "…" in out
    assert len(out) < 600
    assert "authors  (none) -> Ann Reed" in out
    assert "1% lost" in out


def test_on_a_terminal_each_text_keeps_its_direction_to_itself(capsys: pytest.CaptureFixture[str]) -> None:
    show_changes([change(0.5, Difference("title", "مكتبة قديمة", "مكتبة جديدة"))], terminal=True)

    out = capsys.readouterr().out
    assert out.count("\u2068") == out.count("\u2069") > 2


def test_refusals_are_told_with_their_reason(capsys: pytest.CaptureFixture[str]) -> None:
    refused = Rejected("listing", "links\x1b[31m")
    gone = PageChange(1, 1, URL, lost=1.0, refused_after=refused)
    won = PageChange(2, None, URL, won=1.0, refused_before=refused)

    show_changes([gone, won], terminal=False)

    out = capsys.readouterr().out
    assert "is refused now: listing, links\\u001b[31m" in out
    assert "is an article now; it was refused: listing" in out
    assert row(gone)["refused_after"] == {"reason": "listing", "detail": "links\x1b[31m"}
