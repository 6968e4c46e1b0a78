"""Every encoding in use, said rightly, wrongly, in contradiction and not at all: the letters come out right."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from archive.extract import Page, extract_html
from archive.extract.markup.charsets import python_encoding
from archive.extract.markup.decoding import decode

TEXTS = {
    "ar": "افتتحت بلدية المدينة صباح الثلاثاء مكتبة عامة في حي الميدان تضم نحو اثني عشر ألف كتاب، وقال مديرها إن "
    "أبوابها تبقى مفتوحة حتى العاشرة ليلاً.",
    "ru": "Весенний паводок вернул реку в русло, которое она покинула почти сто лет назад, сообщили гидрологи. Жители "
    "вышли на берег.",
    "zh": "老城区图书馆昨天上午重新向市民开放，首日接待的读者超过三千人次，馆长说，明年还将增设儿童阅览室。",
    "zh-Hant": "老城區圖書館昨天上午重新向市民開放，首日接待的讀者超過三千人次，館長說，明年還將增設兒童閱覽室。",
    "ja": "図書館は昨日の朝、二年間の改修を終えて再び開館し、多くの市民が訪れたと館長は話した。コーヒーも出る。",
    "ko": "도서관이 이 년 동안의 공사를 마치고 어제 아침 다시 문을 열었다고 관장은 말했다. 시민 삼천 명이 찾았다.",
    "fr": "La bibliothèque a rouvert ses portes après deux années de travaux, et des élèves y étaient déjà : "
    "« L’été », dit-elle – œuvre d’un été.",
}
ENCODINGS = [
    ("cp1256", "ar", "windows-1256"), ("iso8859-6", "ar", "ISO-8859-6"), ("gb18030", "zh", "GB18030"),
    ("gbk", "zh", "gb2312"), ("big5", "zh-Hant", "Big5"), ("cp932", "ja", "Shift_JIS"), ("euc_jp", "ja", "EUC-JP"),
    ("iso2022_jp", "ja", "ISO-2022-JP"), ("euc_kr", "ko", "EUC-KR"), ("koi8-r", "ru", "KOI8-R"),
    ("cp1251", "ru", "windows-1251"), ("iso8859-5", "ru", "ISO-8859-5"), ("cp1252", "fr", "windows-1252"),
    ("utf-8", "ar", "utf-8"), ("utf-16-le", "ar", "utf-16"), ("utf-16-be", "zh", "utf-16"),
    ("utf-16-le", "fr", "utf-16"),
]  # fmt: skip
LABELS = (
    None, "utf-8", "iso-8859-1", "windows-1256", "windows-1251", "gb18030", "shift_jis", "euc-kr", "big5", "koi8-r",
    "iso-8859-6", "no-such-charset",
)  # fmt: skip
SHORT = 24
"""Characters: a headline."""


def page(text: str, meta: str | None) -> str:
    head = f'<meta charset="{meta}">' if meta else ""
    return f"<html><head>{head}<title>{text[:20]}</title></head><body><p>{text}</p></body></html>"


@pytest.mark.parametrize(("encoding", "language", "right"), ENCODINGS)
@pytest.mark.parametrize("length", [SHORT, None])
def test_whatever_is_said_of_it(encoding: str, language: str, right: str, length: int | None) -> None:
    text = (
        TEXTS[language][:length].encode(encoding, "ignore").decode(encoding)
    )  # gb2312 has no quotation mark of …
    said = [(header, meta) for header in (*LABELS, right) for meta in (None, right, "utf-8", "windows-1251")]
    said += [(header, meta) for header in (None, right) for meta in LABELS]
    wrong = [
        (header, meta, decoded.encoding)
        for header, meta in said
        if text not in (decoded := decode(page(text, meta).encode(encoding), header)).text
    ]
    assert wrong == []


@pytest.mark.parametrize("encoding", ["cp1250", "cp1254", "cp1257"])
def test_tables_of_the_latin_alphabet_are_told_apart_by_their_names_alone(encoding: str) -> None:
    """Nothing in a text without one tells ş of windows-1254 from þ: it is read as windows-1252 then."""
    text = {"cp1250": "Zażółć gęślą jaźń, powiedziała", "cp1254": "Şehirdeki kütüphane açıldı, dedi",
            "cp1257": "Biblioteka vėl atvėrė duris, sakė šį rytą"}[encoding]  # fmt: skip
    content = page(text, None).encode(encoding)
    assert text in decode(content, encoding.replace("cp", "windows-")).text
    assert decode(content, None).encoding == "cp1252"


def test_two_accents_are_no_other_alphabet() -> None:
    content = page(
        "Le incursioni dei caccia russi e la mossa di Varsavia: di più non si sa, ed è già molto", None
    )
    assert "di più non si sa, ed è già" in decode(content.encode("cp1252"), "iso-8859-1").text


@pytest.mark.parametrize(
    "filler", [" " * 1500, "<!-- " + "x" * 3000 + " -->", "<script>" + "x" * 9000 + "</script>"]
)
def test_a_meta_beyond_1024_bytes_counts(filler: str) -> None:
    text = "Şehirdeki kütüphane açıldı"
    content = f"<html><head>{filler}<meta charset=windows-1254></head><p>{text}</p>".encode("cp1254")
    assert text in decode(content, None).text


def test_a_meta_in_a_comment_does_not() -> None:
    text = "Şehirdeki kütüphane açıldı"
    content = f"<!-- <meta charset=windows-1250> --><meta charset=windows-1254><p>{text}</p>".encode("cp1254")
    assert text in decode(content, None).text


def test_an_xml_declaration_counts() -> None:
    content = f'<?xml version="1.0" encoding="windows-1254"?><html><p>{"Şehirdeki kütüphane açıldı"}</p>'
    decoded = decode(content.encode("cp1254"), None)
    assert ("Şehirdeki" in decoded.text, decoded.source) == (True, "meta")


@pytest.mark.parametrize(
    "label",
    [
        "punycode",
        "idna",
        "unicode_escape",
        "raw_unicode_escape",
        "cp037",
        "utf-32",
        "rot13",
        "base64",
        "undefined",
    ],
)
def test_what_python_alone_calls_an_encoding_is_none_of_a_page(label: str) -> None:
    """Some fail on a page's bytes, which cost the page; unicode_escape would have changed its text."""
    assert python_encoding(label) is None
    text = f"<meta charset={label}><p>{TEXTS['ru']} \\u0041</p>"
    decoded = decode(text.encode("cp1251"), label)
    assert (decoded.text, decoded.encoding) == (text, "cp1251")


@pytest.mark.parametrize("broken", [b"\xff", b"\xd9", b"\x92", b"\xe2\x80"])
def test_a_broken_byte_costs_itself_alone_on_a_short_page_too(broken: bytes) -> None:
    decoded = decode("<p>école, été".encode() + broken + " déjà</p>".encode(), "iso-8859-1")
    assert decoded.text == "<p>école, été\ufffd déjà</p>"


@pytest.mark.parametrize("taken_for", ["cp1252", "cp1256", "cp1251"])
@pytest.mark.parametrize("language", ["ar", "ru", "zh", "fr"])
def test_utf8_encoded_twice_is_undone(taken_for: str, language: str) -> None:
    once = page(TEXTS[language] + " — “déjà”", "utf-8")
    read = "".join(bytes([byte]).decode(taken_for, "ignore") or chr(byte) for byte in once.encode())
    decoded = decode(read.encode(), "utf-8")
    assert (decoded.text, decoded.source) == (once, "twice")


def test_an_article_on_broken_letters_stays_as_it_is() -> None:
    text = "<p>Wer „Ã©“ statt „é“ liest, der hält UTF-8 für Latin-1; „Ã¼“ ist ein „ü“, „â‚¬“ ein Eurozeichen.</p>"
    assert decode(text.encode(), None).text == text


@pytest.mark.parametrize(("encoding", "language", "right"), ENCODINGS)
def test_the_article_too(encoding: str, language: str, right: str) -> None:
    text = TEXTS[language].encode(encoding, "ignore").decode(encoding)
    content = f"<html><body><article><h1>{text[:20]}</h1><p>{text}</p><p>{text}</p></article>"
    found = extract_html(
        Page("https://n.example/a", content.encode(encoding), "iso-8859-1", datetime.now(UTC))
    )
    assert getattr(found, "title", found) == text[:20].strip(" ،，,")
    assert text in found.text
