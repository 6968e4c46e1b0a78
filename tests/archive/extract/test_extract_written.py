"""Dates as people write them, in every language we know the months of."""

from __future__ import annotations

from datetime import date, datetime
from time import process_time
from zoneinfo import ZoneInfo

import pytest
from babel.dates import format_date
from hypothesis import example, given
from hypothesis import strategies as st

from archive.extract.dates.calendars import solar_to_gregorian
from archive.extract.dates.months import months
from archive.extract.dates.written import find_visible

DAMASCUS = ZoneInfo("Asia/Damascus")
INDIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")

# As the press of each region writes them, with the vowel signs of a school book; independent of months.txt.
ARABIC = {
    "levantine": "كَانُون_الثَّانِي شُبَاط آذَار نَيْسَان أَيَّار حَزِيرَان تَمُّوز آب أَيْلُول تِشْرِين_الأَوَّل تِشْرِين_الثَّانِي كَانُون_الأَوَّل",
    "gulf": "يَنَايِر فِبْرَايِر مَارِس أَبْرِيل مَايُو يُونْيُو يُولْيُو أُغُسْطُس سِبْتَمْبَر أُكْتُوبَر نُوفَمْبَر دِيسَمْبَر",
    "algerian and tunisian": "جَانْفِي فِيفْرِي مَارْس أَفْرِيل مَاي جُوَان جُوِيلِيَة أُوت سِبْتَمْبَر أُكْتُوبَر نُوفَمْبَر دِيسَمْبَر",
    "moroccan": "يَنَايِر فِبْرَايِر مَارِس أَبْرِيل مَاي يُونْيُو يُولْيُوز غُشْت شُتَنْبِر أُكْتُوبَر نُوَنْبِر دُجَنْبِر",
}  # fmt: skip
TASHKEEL = str.maketrans("", "", "\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652")


def arabic_months():
    for usage, names in ARABIC.items():
        for month, name in enumerate(names.split(), start=1):
            yield pytest.param(month, name.replace("_", " "), id=f"{usage} {month}")


def day_of(text, **known):
    found = next(find_visible(text, **known), None)
    return found and found.moment.day


@pytest.mark.parametrize(("month", "name"), list(arabic_months()))
def test_arabic_months(month, name):
    bare = name.translate(TASHKEEL)
    stretched = bare[:2] + "\u0640\u0640" + bare[2:]
    without_hamza = bare.replace("أ", "ا").replace("آ", "ا").replace("إ", "ا")
    for written in (name, bare, stretched, without_hamza):
        for pattern in ("{0} {1} {2}", "نُشر في {0} {1}، {2}", "الأحد، {0} {1} {2} - 06:31 م", "{0}/{1}/{2}"):
            text = pattern.format(5, written, 2020)
            assert day_of(text) == day_of(text.translate(INDIC)) == date(2020, month, 5), text


LOCALES = [
    "en", "en_US", "de", "de_AT", "fr", "es", "pt", "pt_PT", "it", "nl", "pl", "cs", "sk", "sl", "sv", "nb", "nn",
    "da", "fi", "el", "ro", "hu", "bg", "sr", "sr_Latn", "hr", "bs", "mk", "lt", "et", "ca", "tr", "az", "id", "ms",
    "vi", "hi", "bn", "ur", "ru", "uk", "be", "he", "fa", "ku", "ckb", "zh", "zh_Hant", "ja", "ko", "th", "ar",
    "ar_SY", "ar_LB", "ar_IQ", "ar_JO", "ar_PS", "ar_EG", "ar_SA", "ar_AE", "ar_TN", "ar_DZ", "ar_MA", "ar_MR",
]  # fmt: skip


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("form", ["long", "full"])
def test_months_by_cldr(locale, form):
    language = locale.replace("_", "-")
    for month in range(1, 13):
        day = date(2020, month, 5)
        text = format_date(day, form, locale=locale)
        assert day_of(text, language=language) == day, text


@pytest.mark.parametrize(
    "locale", [name for name in LOCALES if name.split("_")[0] not in {"ku", "th", "zh", "ja", "ko"}]
)
def test_abbreviations_and_nominatives_by_cldr(locale):
    for month in range(1, 13):
        day = date(2020, month, 5)
        for form in ("medium", "d LLLL y"):
            text = format_date(day, form, locale=locale)
            assert day_of(text, language=locale.replace("_", "-"), month_first=locale == "en_US") == day, text


def test_a_name_that_is_two_months_needs_the_pages_language():
    assert day_of("5. listopada 2020.", language="hr") == date(2020, 10, 5)
    assert day_of("5 listopada 2020", language="pl-PL") == date(2020, 11, 5)
    assert day_of("5 listopada 2020") is None
    twofold = {name for name, found in months().items() if len(found) > 1}
    assert twofold == {"listopad", "listopada", "lip", "lis"}


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("١٤ تشرين الثاني ٢٠٢٣", date(2023, 11, 14)), ("5 حزيران/يونيو 2020", date(2020, 6, 5)),
        ("5 يونيو/حزيران 2020", date(2020, 6, 5)), ("5 حزيران (يونيو) 2020", date(2020, 6, 5)),
        ("5 من حزيران عام 2020", date(2020, 6, 5)), ("حزيران 5، 2020", date(2020, 6, 5)),
        ("2020 حزيران 5", date(2020, 6, 5)), ("5-حزيران-2020", date(2020, 6, 5)),
        ("\u200f5\u200f حزيران\u200f 2020", date(2020, 6, 5)),
        ("الجمعة - 13 شوال 1441 هـ - 05 يونيو 2020 مـ", date(2020, 6, 5)), ("13 شوال 1441 هـ", date(2020, 6, 5)),
        ("١ رمضان ١٤٤٥هـ", date(2024, 3, 11)), ("1445/9/1 هـ", date(2024, 3, 11)), ("1/9/1445 هـ", date(2024, 3, 11)),
        ("۲۱ اسفند ۱۴۰۲", date(2024, 3, 11)), ("1402/12/29", date(2024, 3, 19)), ("۱۴۰۲/۱۲/۲۹", date(2024, 3, 19)),
        ("۱۶ جوزا ۱۳۹۹", date(2020, 6, 5)),
        ("July 4, 2020 at 10:05 pm", date(2020, 7, 4)), ("Friday, 5th of June, 2020", date(2020, 6, 5)),
        ("05-Jun-2020", date(2020, 6, 5)), ("Jun. 5th, 2020", date(2020, 6, 5)),
        ("le 1er janvier 2021", date(2021, 1, 1)), ("8 de marzo de 2022", date(2022, 3, 8)),
        ("1º de junho de 2020", date(2020, 6, 1)), ("1η Ιουνίου 2020", date(2020, 6, 1)),
        ("03.05.2024, 17:30 Uhr", date(2024, 5, 3)), ("2020. 06. 05. 10:31", date(2020, 6, 5)),
        ("2024年5月3日", date(2024, 5, 3)), ("２０２４年５月３日（金）", date(2024, 5, 3)),
        ("令和2年6月5日", date(2020, 6, 5)), ("公開日令和元年6月5日", date(2019, 6, 5)),
        ("平成31年4月30日", date(2019, 4, 30)),
        ("中華民國109年6月5日", date(2020, 6, 5)), ("2020년 6월 5일 금요일", date(2020, 6, 5)),
        ("ngày 5 tháng 6 năm 2020", date(2020, 6, 5)), ("5 tháng sáu, 2020", date(2020, 6, 5)),
        ("5 августа 2019 г.", date(2019, 8, 5)), ("5 ב-יוני 2020", date(2020, 6, 5)), ("5 جون 2020ء", date(2020, 6, 5)),
        ("3 พฤษภาคม 2567", date(2024, 5, 3)), ("12/31/2020", date(2020, 12, 31)),
    ],
)  # fmt: skip
def test_forms(text, day):
    assert day_of(text) == day


@pytest.mark.parametrize(
    "text",
    [
        "", "صفحة 3 من 2020", "32 أيار 2020", "31 June 2020", "12 monkeys 2020", "192.168.10.2020", "1.2.3.2020",
        "+49 30 12-34-2020", "آب", "2020", "June 2020", "5 June", "5 June 20", "5 May/June 2020", "5-7 June 2020",
        "10:05 June 2020", "5 Farvardin 2020", "5 June 1402", "30 اسفند 1402", "5.6.20", "13/13/2020", "0/0/2020",
        "© 5 June 2020", "Copyright 2020-06-05", "Today: 5 June 2020", "اليوم: 5 حزيران 2020",
        "Свидетельство о регистрации СМИ Эл № ФС77-00000 от 5 июня 2012 г.", "등록연월일: 2012년 11월 06일",
    ],
)  # fmt: skip
def test_what_is_no_date(text):
    assert list(find_visible(text)) == []


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        ("نُشِرَ في ٥ حُزَيْرَان/يُونيو ٢٠٢٠ الساعة", "٥ حُزَيْرَان/يُونيو ٢٠٢٠"),
        ("By A. Finch |  June 5,   2020 | News", "June 5, 2020"), ("등록 2020년 6월 5일 금요일", "2020년 6월 5일"),
    ],
)  # fmt: skip
def test_what_stood_there_is_kept(text, raw):
    assert next(find_visible(text)).raw == raw


def test_the_order_of_day_and_month_is_said_to_be_unsure_where_it_is():
    found = next(find_visible("3/4/2020"))
    assert (found.moment.day, found.other_order) == (date(2020, 4, 3), date(2020, 3, 4))
    found = next(find_visible("3/4/2020", month_first=True))
    assert (found.moment.day, found.other_order) == (date(2020, 3, 4), date(2020, 4, 3))
    for text in ("3.4.2020", "13/4/2020", "4/4/2020", "2020/4/3"):
        assert next(find_visible(text, month_first=True)).other_order is None
    assert day_of("3.4.2020", month_first=True) == date(2020, 4, 3)


def test_a_lunar_day_is_said_to_be_approximate():
    assert next(find_visible("1 رمضان 1445")).approximate
    assert not next(find_visible("5 مهر 1400")).approximate
    days = [found.moment.day for found in find_visible("1 رمضان 1445 - 10 آذار 2024")]
    assert days == [date(2024, 3, 10)], "the one that is sure, of two for one day"


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("5 حزيران 2020 - 6:31 م", "2020-06-05T18:31:00+03:00"),
        ("6:31 ص | 5 حزيران 2020", "2020-06-05T06:31:00+03:00"),
        ("2020年6月5日 下午6:31", "2020-06-05T18:31:00+03:00"),
        ("2020년 6월 5일 오후 6:31", "2020-06-05T18:31:00+03:00"),
        ("5 June 2020, 12:05 a.m.", "2020-06-05T00:05:00+03:00"), ("05.06.2020 18.31", "2020-06-05T18:31:00+03:00"),
        ("5 June 2020 18:31 GMT", "2020-06-05T18:31:00+00:00"),
        ("5 June 2020 18:31 (GMT+5:30)", "2020-06-05T18:31:00+05:30"),
        ("5 June 2020 18:31 UTC-3", "2020-06-05T18:31:00-03:00"),
        ("June 5, 2020 6:31 PM EDT", "2020-06-05T18:31:00-04:00"),
        ("5 June 2020 25:31", "2020-06-05"), ("5 June 2020", "2020-06-05"),
    ],
)  # fmt: skip
def test_clocks(text, iso):
    assert next(find_visible(text, DAMASCUS)).moment.iso() == iso


def test_a_clock_counts_where_the_zone_is_known():
    assert next(find_visible("5 حزيران 2020 - 6:31 م")).moment.iso() == "2020-06-05"
    assert next(find_visible("5 June 2020 18:31 CEST")).moment.iso() == "2020-06-05T18:31:00+02:00"


@pytest.mark.parametrize(
    "label",
    ["Last updated:", "آخر تحديث:", "آخِرُ تَحديث", "Mis à jour le", "Aktualisiert am", "Обновлено", "Güncelleme:",
     "更新日:", "Actualizado:", "Son güncelleme", "עודכן", "Оновлено:", "업데이트"],
)  # fmt: skip
def test_a_label_says_which_date_it_is(label):
    published, updated = find_visible(f"5.6.2020 | {label} 7.6.2020")
    assert (published.updated, updated.updated) == (False, True)


DAYS = st.dates(date(1991, 1, 1), date(2090, 12, 31))


@given(DAYS, st.sampled_from(LOCALES), st.sampled_from(["long", "full"]))
def test_what_cldr_writes_is_read_back(day, locale, form):
    assert day_of(format_date(day, form, locale=locale), language=locale.replace("_", "-")) == day


FIGURES = [
    "{0:%d}.{0:%m}.{0:%Y}",
    "{0:%Y}-{0:%m}-{0:%d}",
    "{0:%Y}/{0:%m}/{0:%d}",
    "{0.day}.{0.month}.{0.year}",
]


@given(DAYS, st.sampled_from(FIGURES))
def test_numbers_are_read_back(day, form):
    text = form.format(day)
    assert day_of(text) == day_of(text.translate(PERSIAN)) == day_of(f"x {text}, 10:31") == day


@given(st.integers(1370, 1430), st.integers(1, 12), st.integers(1, 29))
def test_solar_days_are_read_back(year, month, day):
    names = [
        "فروردین",
        "اردیبهشت",
        "خرداد",
        "تیر",
        "مرداد",
        "شهریور",
        "مهر",
        "آبان",
        "آذر",
        "دی",
        "بهمن",
        "اسفند",
    ]
    text = f"{day} {names[month - 1]} {year}".translate(PERSIAN)
    assert day_of(text) == day_of(f"{year}/{month:02}/{day:02}") == solar_to_gregorian(year, month, day)


PIECES = [
    "5",
    "2020",
    "حزيران",
    "June",
    "/",
    "-",
    ".",
    " ",
    "年",
    "6月",
    "10:31",
    "م",
    "令和",
    "هـ",
    "\u064f",
]


@given(st.lists(st.sampled_from(PIECES)).map("".join) | st.text())
@example("令和年月日 0000年0月0日")
@example("99999999999999999999/1/2020")
def test_any_text_is_read(text):
    found = list(find_visible(text, DAMASCUS))
    for entry in found:
        assert entry.raw
        assert isinstance(entry.moment.value, date | datetime)


@pytest.mark.parametrize("piece", ["5 حزيران ", "5/", "June ", "2020-", "10:31 ", "5 June 2020 ", "年", "a"])
def test_time_is_bounded_however_long_the_text(piece):
    def cost(length):
        text = (piece * length)[:length]
        began = process_time()
        for _ in range(5):
            list(find_visible(text, DAMASCUS))
        return process_time() - began

    cost(400)
    assert cost(400_000) < 20 * cost(400) + 0.05
