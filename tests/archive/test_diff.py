"""Differences by words: both texts can be told from them, whatever the script."""

import time
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from archive.diff import MAX_WORDS, Span, diff_words

TEXTS = st.text(st.sampled_from(list("ab \n\tبتَ،.界")), max_size=60)


@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_from_it(before: str, after: str) -> None:
    spans = diff_words(before, after)
    assert "".join(span.text for span in spans if span.kind != "new") == before
    assert "".join(span.text for span in spans if span.kind != "gone") == after
    assert all(one.kind != other.kind for one, other in pairwise(spans))


@given(TEXTS)
def test_equal_texts_have_none(text: str) -> None:
    assert [span for span in diff_words(text, text) if span.kind != "same"] == []


def test_a_changed_word_is_told_as_that_word() -> None:
    before = "قال الوزير إنّ النهر ارتفع مترين.\nوأضاف أنّ الخطر زال."
    after = "قال الوزير إنّ النهر ارتفع ثلاثة أمتار.\nوأضاف أنّ الخطر زال."
    assert [span for span in diff_words(before, after) if span.kind != "same"] == [
        Span("gone", " مترين."),
        Span("new", " ثلاثة أمتار."),
    ]


def test_an_added_paragraph_is_told_as_that_paragraph() -> None:
    spans = diff_words("one\ntwo", "one\nthree\ntwo")
    assert spans == [Span("same", "one\n"), Span("new", "three\n"), Span("same", "two")]


def test_long_texts_take_no_long_time() -> None:
    before = " ".join(f"w{n}" for n in range(MAX_WORDS + 1))
    after = " ".join(f"v{n}" for n in range(MAX_WORDS + 1))
    began = time.process_time()
    assert [span.kind for span in diff_words(before, after)] == ["gone", "new"]
    assert time.process_time() - began < 5
