"""Which encoding a page is read in, where labels are right, wrong and absent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.extract.markup.charsets import python_encoding
from archive.extract.markup.decoding import TWICE_RUNS, decode

ARABIC = "افتتحت بلدية المدينة صباح الثلاثاء مكتبة عامة في حي الميدان تضم نحو اثني عشر ألف كتاب"
RUSSIAN = "Весенний паводок вернул реку в русло, которое она покинула почти сто лет назад"
GREEK = "Το ποτάμι επέστρεψε στην παλιά του κοίτη, ανακοίνωσαν οι υδρολόγοι της περιφέρειας, και οι κάτοικοι"
HEBREW = "הספרייה העירונית נפתחה מחדש אתמול בבוקר לאחר שנתיים של שיפוצים, ומאות קוראים הגיעו אליה"
THAI = "ห้องสมุดประชาชนเปิดให้บริการอีกครั้งเมื่อวานนี้หลังจากปิดปรับปรุงเป็นเวลาสองปี"
FRENCH = "La bibliothèque a rouvert ses portes après deux années de travaux, et des élèves y étaient"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (ARABIC, "cp1256"), (RUSSIAN, "cp1251"), (RUSSIAN, "koi8-r"), (GREEK, "cp1253"), (HEBREW, "cp1255"),
        (THAI, "cp874"), (FRENCH, "cp1252"),
        ("老城区图书馆昨天上午重新向市民开放，首日接待的读者超过三千人次，馆长说", "gb18030"),
        ("図書館は昨日の朝、二年間の改修を終えて再び開館し、多くの市民が訪れたと館長は話した。", "cp932"),
        ("図書館は昨日の朝、二年間の改修を終えて再び開館し、多くの市民が訪れたと館長は話した。", "euc_jp"),
        ("도서관이 이 년 동안의 공사를 마치고 어제 아침 다시 문을 열었다고 관장은 말했다", "cp949"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("label", [None, "iso-8859-1", "utf-8", "no-such-charset"])
def test_a_wrong_or_missing_label_does_not_garble(text, encoding, label):
    if encoding == "cp1252" and label is None:
        label = "windows-1252"
    assert decode(f"<p>{text}</p>".encode(encoding), label).text == f"<p>{text}</p>"


def test_windows_1256_said_in_meta_alone():
    page = f'<meta http-equiv="Content-Type" content="text/html; charset=windows-1256"><p>{ARABIC}</p>'
    decoded = decode(page.encode("cp1256"), "ISO-8859-1")
    assert ARABIC in decoded.text
    assert (decoded.encoding, decoded.source) == ("cp1256", "meta")


def test_utf8_said_to_be_latin_1():
    decoded = decode(f"<p>{ARABIC} café</p>".encode(), "ISO-8859-1")
    assert ARABIC in decoded.text
    assert (decoded.encoding, decoded.source) == ("utf-8", "content")


def test_broken_utf8_stays_utf8():
    page = f"<p>{ARABIC}".encode() + b"\xff\xd9" + f"{ARABIC}</p>".encode()
    text = decode(page, "windows-1252").text
    assert text.count(ARABIC) == 2
    assert "\ufffd" in text


def test_nul_bytes_inside_words_are_dropped():
    assert decode("<p>المد\0ينة\x0c</p>".encode(), "utf-8").text == "<p>المدينة</p>"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("mark", ["\ufeff", ""])
def test_utf16_with_and_without_its_mark(encoding, mark):
    page = (
        f"{mark}<html><head><title>Ferry service</title></head><body><p>{FRENCH}</p></body></html>"
        + " " * 200
    )
    assert FRENCH in decode(page.encode(encoding), None).text


@pytest.mark.parametrize(
    ("label", "encoding"),
    [("ISO-8859-1", "cp1252"), ("latin1", "cp1252"), ("gb2312", "gb18030"), ("x-sjis", "cp932"),
     ("ks_c_5601-1987", "cp949"),
     (" 'utf-8' ", "utf-8"), ("utf-16", "utf-8"), ("base64", None), ("a\0b", None), ("", None)],
)  # fmt: skip
def test_labels_mean_what_they_mean_to_browsers(label, encoding):
    assert python_encoding(label) == encoding


@given(st.binary(max_size=2000), st.none() | st.text(max_size=20))
def test_any_bytes_decode(content, charset):
    assert "\0" not in decode(content, charset).text


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=300))
def test_utf8_comes_back_whatever_the_header_says(text):
    if text.startswith("\ufeff"):
        return
    assert decode(text.encode(), "windows-1251").text == text


@pytest.mark.parametrize("spoiled", ["", "\0", "\x0b", "\x1f", "\x7f"])
def test_a_page_s_own_bytes_are_handed_on_where_they_are_its_text(spoiled):
    decoded = decode(f"<p>{ARABIC}{spoiled} café\n\t</p>".encode(), None)
    assert decoded.text == f"<p>{ARABIC} café\n\t</p>"
    assert decoded.utf8 == decoded.text.encode()
    for content in (f"<p>{RUSSIAN}</p>".encode("cp1251"), f"<p>{ARABIC}".encode() + b"\xff\xd9</p>"):
        assert decode(content, None).utf8 is None


@pytest.mark.parametrize(("once", "source"), [(6, "twice"), (7, "content")])
def test_a_second_encoding_is_undone_where_nine_tenths_of_a_page_have_it(once, source):
    words = " ".join(["été"] * TWICE_RUNS)
    garbled = words.encode().decode("cp1252")
    page = "’ " * once + garbled
    decoded = decode(page.encode(), None)
    assert decoded.source == source
    assert decoded.text == "’ " * once + (words if source == "twice" else garbled)
