"""The languages of an article, and its script."""

from __future__ import annotations

import tracemalloc
import unicodedata
from datetime import UTC, datetime

import numpy as np
import pytest

from archive.extract import Page, extract_html, extract_text
from archive.extract.language import languages as identification
from archive.extract.language.languages import read_writing
from archive.extract.language.scripts import count_scripts, name_script, table

ENGLISH = [
    "The council voted on Tuesday to close the old bridge for the whole of the "
    "winter, and to pay for a ferry until it opens again.",
    "Shopkeepers on the eastern bank said that they had not been asked, and that "
    "most of their customers come over it on foot.",
    "An engineer who looked at the piers last month found cracks in two of them, "
    "which a flood of the size of last year's could widen.",
    "The mayor promised that the work will be finished before schools open in the "
    "autumn, whatever it may cost the city.",
]
FRENCH = [
    "Le conseil a décidé mardi de fermer le vieux pont pendant tout l'hiver et de "
    "payer un bac jusqu'à sa réouverture.",
    "Les commerçants de la rive droite disent qu'ils n'ont pas été consultés et que "
    "leurs clients viennent surtout à pied.",
    "Un ingénieur qui a examiné les piles le mois dernier a trouvé des fissures que "
    "la prochaine crue pourrait élargir.",
    "Le maire a promis que les travaux seront achevés avant la rentrée des classes, "
    "quel que soit leur coût pour la ville.",
]
ARABIC = [
    "صوّت المجلس البلدي يوم الثلاثاء على إغلاق الجسر القديم طوال فصل الشتاء، وعلى "
    "تشغيل عبّارة مجانية حتى إعادة افتتاحه.",
    "وقال أصحاب المتاجر في الضفة الشرقية إن أحداً لم يسألهم عن رأيهم، وإن معظم "
    "زبائنهم يعبرون الجسر مشياً على الأقدام.",
    "وعثر مهندس فحص الدعامات الشهر الماضي على تشققات في اثنتين منها، قد يوسّعها "
    "فيضان مثل فيضان العام الماضي بحسب التقرير.",
    "ووعد رئيس البلدية بأن تنتهي الأعمال قبل افتتاح المدارس في الخريف، مهما بلغت "
    "كلفتها على ميزانية المدينة وسكانها.",
]


def languages(*paragraphs: str) -> tuple[str, ...]:
    return read_writing("", "\n".join(paragraphs), None).languages


@pytest.mark.parametrize(("text", "tag"), [(ENGLISH, "en"), (FRENCH, "fr"), (ARABIC, "ar")])
def test_a_text_of_one_language_lists_that_one(text: list[str], tag: str) -> None:
    assert languages(*text) == (tag,)


@pytest.mark.parametrize(("text", "tag"), [(ENGLISH, "en"), (FRENCH, "fr"), (ARABIC, "ar")])
def test_paragraphs_that_agree_tell_the_language_by_themselves(
    text: list[str], tag: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(identification, "identify")
    assert languages(*text) == (tag,)


def test_paragraphs_of_sister_languages_are_of_what_the_text_begins_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = iter(["nb", "da", "nb", "nb"])
    monkeypatch.setattr(identification, "_language", lambda _: next(found))
    monkeypatch.setattr(identification, "_scores", lambda _: {"da": 1.0, "nb": 0.0})
    monkeypatch.setattr(identification, "identify", lambda *_: "nb")
    assert languages(*ENGLISH) == ("nb",)


def test_languages_stand_in_the_order_of_their_shares() -> None:
    assert languages(*ENGLISH[:2], *ARABIC) == ("ar", "en")
    assert languages(*ENGLISH, *ARABIC[:2]) == ("en", "ar")
    assert languages(*FRENCH[:2], *ENGLISH) == ("en", "fr")
    assert (
        languages(*(line for pair in zip(FRENCH, ENGLISH[:3], strict=False) for line in pair), FRENCH[3])[0]
        == "fr"
    )


def test_the_main_language_is_that_of_most_of_the_text_and_not_of_its_beginning() -> None:
    assert read_writing("", "\n".join([*ENGLISH[:1], *ARABIC]), None).main == "ar"


def test_a_quotation_is_no_second_language() -> None:
    assert languages(*ENGLISH * 2, FRENCH[0]) == ("en",)
    assert languages(*ARABIC * 2, ENGLISH[0]) == ("ar",)


def test_short_lines_of_another_language_are_passed_over() -> None:
    assert languages(*ARABIC, *["Warraq News Agency, 2024"] * 8) == ("ar",)


def test_sister_languages_are_not_listed_beside_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paragraphs are by turns a little likelier of one and of the other; those of a third language count as that."""
    found = {
        "a": {"zu": 1.0, "xh": 0.5, "en": -9.0},
        "b": {"xh": 1.0, "zu": 0.5, "en": -9.0},
        "c": {"en": 1.0, "zu": -9.0, "xh": -9.5},
    }
    monkeypatch.setattr(identification, "_scores", found.__getitem__)

    assert identification._by_share("ababa", np.full(5, 100), 500) == ("zu",)
    assert identification._by_share("abbac", np.full(5, 100), 500) == ("xh", "en")


def test_what_is_too_short_goes_by_what_is_declared() -> None:
    assert read_writing("عاجل", "", "ar-SY") == (("ar",), "Arab")
    assert read_writing("", "12", None) == ((), None)
    assert read_writing("", "", "pt_BR").main == "pt"


@pytest.mark.parametrize(
    ("text", "script"),
    [
        (ARABIC[0] + " WhatsApp", "Arab"),
        (FRENCH[0], "Latn"),
        ("Мост закрыт на зиму", "Cyrl"),
        ("הגשר נסגר לחורף", "Hebr"),
        ("橋は冬の間ずっと閉鎖される", "Jpan"),
        ("다리는 겨울 동안 닫힌다", "Kore"),
        ("大橋將於冬季關閉", "Hani"),
        ("大桥将于冬季关闭", "Hani"),
        ("大橋將於冬季關閉，由日本公司負責重建工程，預計明年春天完成の", "Hani"),
        ("𞤀𞤁𞤂𞤃", "Adlm"),
        ("2024 — 12:30 😀", None),
        ("", None),
    ],
)
def test_script(text: str, script: str | None) -> None:
    assert name_script(count_scripts(text).sum(axis=0)) == script


def test_letters_are_counted_by_line() -> None:
    counts, names = count_scripts("ab 1\n\nجسر x\n"), table().names
    assert counts.sum(axis=1).tolist() == [2, 0, 4, 0]
    assert counts[:, names.index("Arab")].tolist() == [0, 0, 3, 0]


def test_a_list_of_words_takes_no_memory_for_each_line() -> None:
    words = "ab\n" * 300_000
    tracemalloc.start()
    try:
        writing = read_writing("words", words, "en")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert writing.script == "Latn"
    assert peak < 20 * len(words)


def test_a_lone_surrogate_is_of_no_script() -> None:
    assert count_scripts("a\ud800").sum() == 1


@pytest.mark.parametrize(
    ("prefix", "script"),
    [
        ("LATIN SMALL LETTER", "Latn"), ("ARABIC LETTER", "Arab"), ("HEBREW LETTER", "Hebr"),
        ("CYRILLIC SMALL LETTER", "Cyrl"), ("GREEK SMALL LETTER", "Grek"), ("HIRAGANA LETTER", "Hira"),
        ("KATAKANA LETTER", "Kana"), ("HANGUL SYLLABLE", "Hang"), ("CJK UNIFIED", "Hani"),
        ("DEVANAGARI LETTER", "Deva"), ("ETHIOPIC SYLLABLE", "Ethi"), ("THAI CHARACTER", "Thai"),
    ],
)  # fmt: skip
def test_the_table_agrees_with_the_names_of_characters(prefix: str, script: str) -> None:
    letters = [
        chr(point)
        for point in range(0x30000)
        if unicodedata.name(chr(point), "").startswith(prefix) and unicodedata.category(chr(point))[0] == "L"
    ]
    counts = count_scripts("".join(letters))
    assert letters
    assert counts[0, table().names.index(script)] == len(letters)


def test_an_article_says_its_languages_and_script() -> None:
    paragraphs = "".join(f"<p>{line}</p>" for line in [*ARABIC, *ENGLISH[:2]])
    html = (
        f"<html lang=en><title>إغلاق الجسر</title><body><article><h1>إغلاق الجسر</h1>{paragraphs}</article>"
    )
    now = datetime(2024, 1, 1, tzinfo=UTC)
    for found in (
        extract_html(Page("https://n.example/a", html.encode(), "utf-8", now)),
        extract_text(Page("file:///a.txt", "\n".join(["عنوان", *ARABIC, *ENGLISH[:2]]).encode(), None, now)),
    ):
        assert (found.language, found.languages, found.script) == ("ar", ("ar", "en"), "Arab")


def test_a_page_may_say_which_of_two_sisters_its_language_is() -> None:
    serbian = [
        "Gradska uprava je saopštila da će popravka južnog mosta biti završena do kraja godine sredstvima okruga.",
        "Predstavnik ministarstva zdravlja rekao je da je broj obolelih opao i da bolnice rade normalno.",
    ]
    said = "\n".join(serbian)
    assert {read_writing("", said, tag).main for tag in ("sr", "bs", "hr")} == {"sr", "bs", "hr"}
    assert read_writing("", said, "en").main == read_writing("", said, None).main
    assert read_writing("", "\n".join(ENGLISH), "sr-Latn").main == "en"
