"""Folding: spellings of one word meet, a second fold changes nothing, the way back holds."""

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from archive.text import alternates, fold, fold_map, index_text, text_digest

TRICKY = (
    "ءآأؤئابتةجحدرسشقكلمنهويىیېےکڤپچگـ ً ّ َ ُ ٔ ٕ ٰ.*٭·•|~^_,،٬0123٣٤۵ \n\t"
    "\u200c\u200f\u00ad\ufeff\ufefb\ufe70\ufc5e\ufdfa"
    "aàÀßæøłđıİéſ\u0301\u0308ΣςσёйЁ北京市東ガか\u3099ｶﾞ한글\u1112\u1161\u11abㅎㅏกรุงเทพำ\u0e33हिन्दी\u09c7\u09be"
    "שלוֹם״¨´½①ﬁ…\x00\x85\u2028\ud800😀🇸🇾"
)
texts = st.text(alphabet=st.one_of(st.sampled_from(TRICKY), st.characters()), max_size=40)

SAME = [
    ("ميليشيا", "ميليشـ.ـيا"),
    ("قوات", "قـ.ـوات"),
    ("مقتل", "مقتـ.ـل"),
    ("الحرس", "الحـرس"),
    ("الثوري", "الثـوري"),
    ("قتل", "قـ*ـتل"),
    ("قتل", "ق*تل"),
    ("داعش", "د|ا|ع|ش"),
    ("قتل", "قـ.,.ـتل"),
    ("طردها", "طردِها"),
    ("تعرضت", "تعرّضت"),
    ("إيران", "ايران"),
    ("آذار", "اذار"),
    ("مدينة", "مدينه"),
    ("على", "علي"),
    ("علی", "على"),
    ("شيء", "شئ"),
    ("مسؤول", "مسئول"),
    ("مسؤول", "مسو\u0654ول"),
    ("کتاب", "كتاب"),
    ("ڤيينا", "فيينا"),
    ("می\u200cشود", "میشود"),
    ("خانۀ", "خانه"),
    ("ہے", "هي"),
    ("١٩٩٩", "1999"),
    ("۱۹۹۹", "१९९९"),
    ("١٬٢٠٠", "1,200"),
    ("1,234,567", "1234567"),
    ("ﻻ", "لا"),
    ("ﷲ", "الله"),
    ("كتابﹰ", "كتاب"),
    ("\u200fسوريا\u200e", "سوريا"),
    ("Müller", "MULLER"),
    ("Straße", "STRASSE"),
    ("Łódź", "lodz"),
    ("Đorđe Æsir Øst", "dorde aesir ost"),
    ("İstanbul Iğdır", "istanbul igdir"),
    ("ΟΔΟΣ", "οδος"),
    ("Ελλάδα", "ελλαδα"),
    ("Ещё", "еще"),
    ("שָׁלוֹם", "שלום"),
    ("ﬁnance", "finance"),
    ("ｶﾞｽ", "ガス"),
    ("か\u3099", "が"),
    ("Ｎｅｗｓ", "news"),
    ("co\u00adoperation", "cooperation"),
]
DIFFERENT = [
    ("انتهى.وقال", "انتهىوقال"),
    ("دير_الزور", "ديرالزور"),
    ("پاس", "باس"),
    ("چين", "جين"),
    ("گل", "كل"),
    ("か", "が"),
    ("कि", "की"),
    ("1,23", "123"),
    ("10,2000", "102000"),
    ("3.141", "3141"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_spellings_of_one_word_fold_alike(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_words_stay_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_runs_without_spaces_become_pairs_and_single_characters_stay() -> None:
    assert fold("北京市 京") == "北京 京市 京"
    assert fold("在iPhone上看") == "在 iphone 上看"
    assert fold("กรุง").split() == ["กร", "รุ", "ุง"]
    assert fold("한국") == "한국"


def test_controls_become_spaces_but_lines_stay() -> None:
    assert fold("a\x00b\x1bc\nd\te\r\nf") == "a b c\nd\te \nf"


def test_alternates_join_words_cut_by_dots_and_spaces() -> None:
    assert alternates("ق.تل و قـ ـتل ثم مق.تـ.ـل") == ("قتل", "مقتل")
    assert alternates("1440 هـ وقال") == ()
    assert alternates("plain text. Of ASCII") == ()
    assert alternates("北京 市 上海") == ("京", "海")


def test_index_text_holds_the_fold_and_the_alternates() -> None:
    assert index_text("ق.تل") == "ق.تل\nقتل"
    assert index_text("Plain") == "plain"


def test_digest_ignores_layout_and_normal_form_alone() -> None:
    assert text_digest("Café\n\nnoir ") == text_digest("Cafe\u0301 noir")
    assert text_digest("طردِها") != text_digest("طردها")
    assert text_digest("").startswith("sha256:e3b0c442")


@given(texts)
@settings(max_examples=500, deadline=None)
@example("ييء")
@example("شيـيء")
@example("ق*.*ـتل*س")
@example("a京b")
@example("\u0627\ufe70\u0628")
def test_folding_again_changes_nothing(text: str) -> None:
    once = fold(text)
    assert fold(once) == once


@given(texts)
@settings(max_examples=500, deadline=None)
def test_map_agrees_with_fold_and_spans_only_move_forward(text: str) -> None:
    mapped = fold_map(text)
    assert mapped.text == fold(text)
    assert len(mapped.starts) == len(mapped.ends) == len(mapped.text)
    assert all(0 <= start <= end <= len(text) for start, end in zip(mapped.starts, mapped.ends, strict=True))
    letters = [at for at, char in enumerate(mapped.text) if not char.isspace()]
    pairs = any(char > "\u0e00" for char in fold(text))
    if not pairs:
        assert list(mapped.starts) == sorted(mapped.starts)
        assert list(mapped.ends) == sorted(mapped.ends)
    for at in letters:
        assert mapped.starts[at] < mapped.ends[at]


@given(texts)
@settings(deadline=None)
def test_alternates_are_folded_and_single_words(text: str) -> None:
    for word in alternates(text):
        assert fold(word) == word
        assert not any(char.isspace() for char in word)


def test_map_leads_back_through_junk_marks_and_pairs() -> None:
    text = "قال إن «ميليشـ.ـيا» في 北京市 و ﻻجئ"
    mapped = fold_map(text)
    at = mapped.text.index("ميليشيا")
    start, end = mapped.original(at, at + len("ميليشيا"))
    assert text[start:end] == "ميليشـ.ـيا"
    at = mapped.text.index("京市")
    assert text[slice(*mapped.original(at, at + 2))] == "京市"
    at = mapped.text.index("لاجء")
    assert text[slice(*mapped.original(at, at + 4))] == "ﻻجئ"


def test_map_of_decomposed_letters_covers_the_marks() -> None:
    text = unicodedata.normalize("NFD", "Müller")
    mapped = fold_map(text)
    assert mapped.text == "muller"
    assert text[slice(*mapped.original(0, 2))] == "Mu\u0308"
