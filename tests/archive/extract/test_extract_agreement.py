"""The second reader's text against the blocks, and the measures that are worked out the short way."""

from __future__ import annotations

import lxml.html
import pytest
import trafilatura
from hypothesis import given
from hypothesis import strategies as st

from archive.extract.body import agreement, selection
from archive.extract.body.blocks import lay_out
from archive.extract.body.prose import weight
from archive.extract.markup.tree import parse
from archive.extract.vocabulary import MAX_BEGINNING, class_words, phrases

SENTENCE = (
    "The ferry that was to leave the estuary in the morning stayed at its quay until late in the evening."
)

PIECES = st.text(st.sampled_from("ab ,.-—é日本ไท\n"), max_size=8)


@given(PIECES.map(lambda piece: piece * 12), st.lists(PIECES.map(lambda piece: piece * 12), max_size=4))
def test_a_line_stands_in_a_text_whatever_its_signs_and_white_space(line, others):
    text = " ".join(others)
    letters = "".join(filter(str.isalnum, line))
    expected = bool(letters) and letters in "".join(filter(str.isalnum, text))
    assert len(line) in {0, *range(12, 97)}
    assert agreement._Shown(text).has(line) == expected


@pytest.mark.parametrize(
    ("line", "stands"),
    [("0.1%", False), ("S", False), ("30%", True), ("Tuesday", True), ("–", False), ("(Tuesday)", True)],
)
def test_a_short_line_stands_in_a_text_as_a_line_or_a_cell(line, stands):
    assert agreement._Shown("A Sale of 20.1% on\nTuesday\n– | 30% | x").has(line) == stands


@given(st.text())
def test_a_dense_sign_weighs_two_and_a_half(text):
    dense = sum(
        "\u0e00" <= c <= "\u0eff" or "\u3040" <= c <= "\u9fff" or "\uac00" <= c <= "\ud7af" for c in text
    )
    assert weight(text) == len(text) + dense * 3 // 2


def test_regions_are_dropped_from_the_tree():
    root = lxml.html.document_fromstring("<div><p>kept<ul><li>one<li>two</ul><p>kept too</div>")
    layout = lay_out(root)
    for block in layout.blocks:
        block.region = "section" if block.text in {"one", "two"} else ""
    agreement._prune(layout)
    assert root.text_content() == "keptkept too"


def test_what_stands_beside_the_element_that_holds_all_prose_is_dropped():
    root = lxml.html.document_fromstring(
        f"<div><h2>Beside</h2><div></div></div><main><h1>Title</h1><div></div><p>{SENTENCE}</p>after</main><p>below</p>"
    )
    agreement._prune(lay_out(root))
    assert lxml.html.tostring(root.find("body")).decode() == (
        f"<body><main><h1>Title</h1><p>{SENTENCE}</p>after</main></body>"
    )


PAGE = (
    "<body><nav><a href=/>Home</a></nav><article><h1>Ferry stays</h1>"
    f"<p>{SENTENCE}</p><ul><li>A fare</ul><p>{SENTENCE}!"
)


def test_the_second_reader_is_trafilatura_without_what_stands_around_its_main_extractor():
    expected = trafilatura.bare_extraction(PAGE, fast=True, include_comments=False).text
    assert "A fare" in expected
    assert agreement._read(lxml.html.document_fromstring(PAGE)) == expected


def test_a_fault_of_the_second_reader_leaves_ours(monkeypatch):
    def fail(*_):
        raise ValueError

    monkeypatch.setattr("trafilatura.main_extractor.extract_content", fail)
    root = lxml.html.document_fromstring(PAGE)
    assert agreement.second_opinion(lay_out(root), root) is None


def paragraphs(count):
    return "".join(f"<p>{SENTENCE} This is the {number}th of them.</p>" for number in range(count))


@pytest.mark.parametrize(
    ("beside", "is_asked"),
    [
        ("", False),
        ("<h2>A subheading between two of them</h2>", False),
        ("<p><a href=/other>Another article is linked to</a></p>", False),
        ("<p>A line that nothing vouches for</p>", True),
        (f"<div>{SENTENCE}</div>", True),
    ],
)
def test_the_second_reader_is_asked_where_it_could_change_anything(beside, is_asked, monkeypatch):
    asked = []
    monkeypatch.setattr(selection, "second_opinion", lambda *_: asked.append(True))
    root = lxml.html.document_fromstring(f"<article>{paragraphs(3)}{beside}{paragraphs(2)}</article>")
    found = selection.find_body(lay_out(root), root, [])
    assert bool(asked) == is_asked
    assert len(found.blocks) == 5 + bool(beside)


def test_the_second_reader_is_asked_where_more_text_stands_elsewhere(monkeypatch):
    asked = []
    monkeypatch.setattr(selection, "second_opinion", lambda *_: asked.append(True))
    links = "".join("<li><a href=/>The title of another article that is linked to</a>" for _ in range(4))
    elsewhere = "".join(f"<div><p>{SENTENCE}</p></div>{links}" for _ in range(3))
    root = lxml.html.document_fromstring(f"<article>{paragraphs(5)}</article><div>{elsewhere}</div>")
    selection.find_body(lay_out(root), root, [])
    assert asked


def test_names_are_split_once_and_a_bundlers_are_none():
    assert class_words("articleBody sc-gIcCDI", "Main_Text", None, None) == "-article-body-main-text-"
    assert class_words("sc-gIcCDI", None, None, None) == ""


@pytest.mark.parametrize("role", ["inline", "plea", "label", "consent", "not_found", "challenge"])
def test_a_line_begins_with_any_phrase_of_any_script(role):
    """In scripts without spaces a phrase has a word for each pair of its characters."""
    known = phrases(role)
    assert {phrase for phrase in known.lines if known.begins(f"{phrase} | 2024") != phrase} == set()


@pytest.mark.parametrize("role", ["inline", "plea", "label", "consent", "not_found"])
def test_every_phrase_fits_into_a_line_s_beginning(role):
    known = phrases(role)
    assert 2 * known.longest < MAX_BEGINNING
    for phrase in filter(str.isascii, known.lines):
        assert known.begins(f"{phrase.upper()}: {'a title ' * 40}") == phrase


@pytest.mark.parametrize("line", ["Comments", "12 Comments", "Comments (12)", "«Comments» 12"])
def test_a_number_beside_a_phrase_does_not_hide_it(line):
    assert phrases("section").is_line(line)


@pytest.mark.parametrize(
    ("role", "line"),
    [
        ("noise", "メールアドレスが公開されることはありません。 ※ が付いている欄は必須項目です"),
        ("noise", "이메일 주소는 공개되지 않습니다. 필수 필드는 *로 표시됩니다"),
        ("noise", "您的邮箱地址不会被公开。 必填项已用 * 标注"),
        ("noise", "האימייל לא יוצג באתר. שדות החובה מסומנים *"),
        ("section", "Nûçeyên têkildar"), ("section", "Vélemény, hozzászólás?"), ("section", "コメントを残す"),
    ],
)  # fmt: skip
def test_templates_speak_their_sites_language(role, line):
    assert phrases(role).is_line(line)


@pytest.mark.parametrize(
    ("role", "line"),
    [
        ("plea", "关注我们的微信公众号"), ("plea", "メールマガジンに登録する"), ("plea", "Підписуйтесь на наш канал"),
        ("plea", "עקבו אחרינו בטלגרם"), ("inline", "Ayrıca okuyun: Köprü açıldı"),
        ("inline", "함께 읽기: 다리가 열렸다"),
    ],
)  # fmt: skip
def test_pleas_and_pointers_are_known_by_their_beginning(role, line):
    assert phrases(role).begins(line)


@pytest.mark.parametrize(
    "inner",
    [
        "<table><tr><td>" * 300 + "<p>one</p>" * 500,
        "<div>" * 150 + "<a href=/x>a link</a> " * 3_000,
        f"<p>{'<img>word ' * 140_000}",
        f"<p>{'word ' * 300_000}",
        "<p>word</p>" * 5_000,
    ],
)
def test_the_second_reader_is_spared_what_takes_it_long(inner, monkeypatch):
    """Its time grows with the square of what stands in one another, and of text that it takes elements out of."""
    monkeypatch.setattr("trafilatura.bare_extraction", lambda *_, **__: pytest.fail("asked"))
    root = parse(f"<article>{paragraphs(3)}{inner}</article>")
    assert root is not None
    assert agreement.second_opinion(lay_out(root), root) is None


def test_of_two_readings_with_nothing_in_common_the_one_below_the_headline_is_meant():
    paragraph, notice = f"<p>{SENTENCE}</p>", f"<p>{SENTENCE[::-1]}</p>"
    layout = lay_out(
        lxml.html.fromstring(f"<div><h1>Ferry</h1><div>{paragraph}</div><div>{notice}</div></div>")
    )
    assert selection._agree(layout, [1], {2}, 0) == [1]
