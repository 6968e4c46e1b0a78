"""Snippets: from the text as written, on one line, cut between words and never inside a grapheme."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.search import Highlighter, Query
from archive.text import fold

FILLER = "و" + "كلام كثير لا يهم أحدا هنا " * 20


def highlighter(query: str) -> Highlighter:
    return Highlighter(Query.parse(query))


def test_short_texts_are_shown_whole() -> None:
    snippet = highlighter("b").snippet("a\nb  c")
    assert snippet.text == "a b  c"
    assert snippet.marks == ((2, 3),)


def test_the_match_is_in_the_middle_of_a_long_text() -> None:
    text = f"{FILLER}قبل ميليشـ.ـيا بعد {FILLER}"
    snippet = highlighter("ميليشيا").snippet(text)
    assert snippet.text.startswith("…")
    assert snippet.text.endswith("…")
    ((start, end),) = snippet.marks
    assert snippet.text[start:end] == "ميليشـ.ـيا"
    assert "قبل ميليشـ.ـيا بعد" in snippet.text
    assert len(snippet.text) <= 242
    assert all(word in text.split() for word in snippet.text.strip("…").split())


def test_the_piece_with_most_of_the_terms_is_shown() -> None:
    text = f"حلب {FILLER} حلب حلب {FILLER} قصف على حلب {FILLER}"
    snippet = highlighter("حلب قصف").snippet(text)
    assert {snippet.text[start:end] for start, end in snippet.marks} == {"حلب", "قصف"}


def test_the_end_of_a_text_fills_the_piece() -> None:
    text = f"{FILLER}نهاية"
    snippet = highlighter("نهاية").snippet(text)
    assert snippet.text.endswith("نهاية")
    assert len(snippet.text) > 200


def test_without_a_match_the_beginning_is_shown() -> None:
    snippet = highlighter("غيره").snippet(FILLER)
    assert FILLER.startswith(snippet.text.rstrip("…"))
    assert snippet.marks == ()


@pytest.mark.parametrize(
    ("query", "text", "marked"),
    [
        ("ميليشيا", "ميليشـ.ـيا و«الميليشيات»", ["ميليشـ.ـيا", "الميليشيات"]),
        ("طردها", "بعدَ طردِها", ["طردِها"]),
        ('"قوات الأسد"', "قوّات الأسد، قوات أخرى", ["قوّات الأسد"]),
        ("قتل", "ق.تل. ثم", ["ق.تل"]),
        ("北京市", "在北京市长", ["北京市"]),
        ("京", "东京 京都", ["京都"]),
        ("munchen", "in Mu\u0308nchen.", ["Mu\u0308nchen"]),
        ("لا", "ﻻ", ["ﻻ"]),
        ("1200", "١٬٢٠٠ و1,200", ["١٬٢٠٠", "و1,200"]),
        ("a OR b -c", "a b c", ["a", "b"]),
        ("be*", "begin abe", ["begin"]),
        ('"go be"*', "go begin", ["go begin"]),
        ("NEAR(a b)", "a x b", ["a", "b"]),
        ("title:a", "a", ["a"]),
    ],
)
def test_marks(query: str, text: str, marked: list[str]) -> None:
    assert [text[start:end] for start, end in highlighter(query).marks(text)] == marked


def test_no_cut_inside_a_grapheme() -> None:
    family = "👨\u200d👩\u200d👧\u200d👦"
    for unit in ("e\u0301\u0302", family, "🇸🇾", "👍🏽", "กำ", "क्षि", "한"):
        text = unicodedata.normalize("NFD", unit) * 300
        for width in range(20, 60):
            shown = highlighter("x").snippet(text, width).text.rstrip("…")
            whole = unicodedata.normalize("NFD", unit)
            allowed = whole if unit in {family, "한"} else unit[:1]
            assert len(shown) == 0 or shown == text[: len(shown)]
            following = text[len(shown) : len(shown) + 1]
            assert unicodedata.category(following) not in {"Mn", "Mc", "Cf"}, (unit, allowed)


@given(st.text(max_size=400), st.integers(min_value=1, max_value=120))
@settings(max_examples=300, deadline=None)
def test_any_text_gives_a_piece_of_itself(text: str, width: int) -> None:
    snippet = highlighter("a OR ب OR 京").snippet(text, width)
    plain = "".join(" " if char.isspace() else char for char in text)
    assert snippet.text.strip("…").strip() in plain or "…" in text
    last = 0
    for start, end in snippet.marks:
        assert last <= start < end <= len(snippet.text)
        assert fold(snippet.text[start:end]).strip()
        last = end


@given(st.text(alphabet="ab بـ.َ北京\n", max_size=60))
@settings(deadline=None)
def test_marks_lie_in_the_text_in_order(text: str) -> None:
    last = 0
    for start, end in highlighter("a OR ب OR 北京").marks(text):
        assert last <= start < end <= len(text)
        last = end
