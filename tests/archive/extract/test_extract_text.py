"""Texts that somebody pasted or saved."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from archive.extract import Page, extract_text

NOW = datetime(2024, 1, 1, tzinfo=UTC)


def read(text, encoding="utf-8"):
    return extract_text(Page("file:///a.txt", text.encode(encoding), None, NOW))


def test_title_paragraphs_and_boilerplate_at_the_end():
    found = read(
        "افتتاح مكتبة عامة\n\nافتتحت بلدية المدينة مكتبة عامة.\n\nوقالت المديرة إنّ الإعارة مجانية\n\n"
        "مقـالاتٌ ذاتُ صلة\n\nترميم السوق القديم\n\nاترك تعليقاً\n\n"
        "لن يتم نشر عنوان بريدك الإلكتروني. الحقول الإلزامية مشار إليها بـ *\n\nزر الذهاب إلى الأعلى"
    )
    assert found.title == "افتتاح مكتبة عامة"
    assert found.text.split("\n") == ["افتتحت بلدية المدينة مكتبة عامة.", "وقالت المديرة إنّ الإعارة مجانية"]
    assert found.language == "ar"


def test_however_short():
    assert read("عاجل").title == "عاجل"
    assert read("One line only").text == ""
    assert read("").title == "file:///a.txt"


def test_hard_wrapped_paragraphs_are_joined():
    found = read("Title\n\nThe ferry sailed again\non Thursday.\n\nForty passengers\nwere on board.\n")
    assert found.text.split("\n") == [
        "The ferry sailed again on Thursday.",
        "Forty passengers were on board.",
    ]


def test_lines_without_blank_lines_are_paragraphs():
    assert read("Title\nFirst.\nSecond.").text == "First.\nSecond."


def test_a_boilerplate_word_inside_the_text_stays():
    text = "Title\n\nRead more\n\nThe council said that it would read more applications this year.\n"
    assert "Read more" in read(text).text


def test_windows_line_ends_and_encoding():
    found = read("عنوان الخبر\r\n\r\nافتتحت بلدية المدينة مكتبة عامة في الحي القديم.\r\n", "cp1256")
    assert found.title == "عنوان الخبر"


@given(st.text(max_size=500))
def test_any_text_is_an_article(text):
    found = read(text.encode("utf-8", "replace").decode())
    assert found.title
    assert "\n\n" not in found.text
