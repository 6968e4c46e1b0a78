"""What a reader would expect a search to find, and not to find: queries and texts, one pair a line."""

from collections.abc import Callable

import pytest

from archive.search import Query, search
from archive.store import ArchiveStore

FOUND = [
    # words cut or stretched to slip past filters
    ("ميليشيا", "دخلت ميليشـ.ـيا إلى البلدة"),
    ("مليشيا", "عناصر المليشـ.ـيا المسلحة"),
    ("قوات", "تقدمت قـ.ـوات النظام"),
    ("مقتل", "أنباء عن مقتـ.ـل خمسة"),
    ("الحرس", "قيادي في الحـرس"),
    ("الثوري", "الحرس الثـوري"),
    ("الثـوري", "الحرس الثوري"),
    ("قتل", "قـ*ـتل مدنيان"),
    ("قتل", "ق*تل مدنيان"),
    ("قتل", "ق.تل مدنيان"),
    ("ق.تل", "قتل مدنيان"),
    ("قتل", "قـ ـتل مدنيان"),
    ("داعش", "تنظيم د|ا|ع|ش"),
    ("تفجير", "تفـ-ـجير في السوق"),
    ("إرهاب", "تهمة الإرهـــاب"),
    # vowel signs
    ("طردها", "بعدَ طردِها"),
    ("طردِها", "بعد طردها"),
    ("تعرضت", "تعرّضت مواقع"),
    ("الآن", "الاٰن"),
    ("مدرسة", "مُدَرِّسَةٌ"),
    ("هذا", "هٰذا"),
    # letters
    ("ايران", "إيران"),
    ("أحمد", "احمد"),
    ("مدينه", "مدينة كبيرة"),
    ("مدينة", "مدينه كبيره"),
    ("مستشفى", "مستشفي"),
    ("مسؤول", "مسئول"),
    ("مسئول", "مسؤول"),
    ("شيء", "شئ"),
    ("كتاب", "کتاب"),
    ("ایران", "إيران"),
    ("یکشنبه", "يكشنبه"),
    ("میشود", "می\u200cشود"),
    ("می‌شود", "میشود"),
    ("فيينا", "ڤيينا"),
    ("خانه", "خانۀ"),
    ("کراچی", "كراچي"),
    ("لا", "ﻻ"),
    ("الله", "ﷲ"),
    # prefixes and endings
    ("قوات", "والقوات تتقدم"),
    ("القوات", "وقوات تتقدم"),
    ("والقوات", "قوات تتقدم"),
    ("مدينة", "بالمدينة"),
    ("مدينة", "للمدينة"),
    ("مدينة", "مدينتهم"),
    ("ميليشيا", "والميليشيات"),
    ("إيران", "الإيرانية"),
    ("دمشق", "لدمشق وحلب"),
    ("دمشق", "فدمشق"),
    ("ألمانيا", "وبألمانيا"),
    ("حلب", "بحلب"),
    # digits and punctuation
    ("2017", "عام ٢٠١٧"),
    ("٢٠١٧", "in 2017"),
    ("۲۰۱۷", "عام ٢٠١٧"),
    ("1200", "١٬٢٠٠ نازح"),
    ("1200", "1,200 people"),
    ("1200", "قتيلا و١٬٢٠٠ جريح"),
    ("البوكمال 2017", "على مدينة البوكمال، في تشرين الثاني من العام 2017،"),
    # hashtags
    ("دير الزور", "#دير_الزور"),
    ("#دير_الزور", "في دير الزور"),
    ("#حلب", "قصف #حلب الآن"),
    # phrases
    ('"قوات الأسد"', "على حساب قوّات الاسد والميليشيات"),
    ("«قوات الأسد»", "قوات الأسد"),
    ('"دير الزور 24"', "شبكة “دير الزور 24” الإخبارية"),
    # other scripts
    ("北京", "北京市长"),
    ("京", "东京"),
    ("東京都", "東京都知事"),
    ("ガス", "ｶﾞｽ料金"),
    ("서울", "서울에서"),
    ("กรุงเทพ", "ที่กรุงเทพมหานคร"),
    ("munchen", "München"),
    ("STRASSE", "Straße"),
    ("lodz", "Łódź"),
    ("еще", "Ещё"),
    ("Αθήνα", "ΑΘΗΝΑ"),
    ("שלום", "שָׁלוֹם"),
    ('צה"ל', "צה״ל הודיע"),
    ("हिन्दी", "हिन्दी समाचार"),
    ("istanbul", "İSTANBUL"),
    ("finance", "ﬁnance"),
    # beginnings and operators
    ("ميليش*", "الى ميليشيات"),
    ('"قوات الاس"*', "قوات الأسد"),
    ("حلب OR إدلب", "في إدلب"),
    ("حلب -إدلب", "في حلب"),
    ("حلب NOT إدلب", "في حلب"),
    ("NEAR(الحرس القدس, 3)", "الحرس الثوري فيلق القدس"),
    ("(حلب OR إدلب) قصف", "قصف على إدلب"),
    ("title:حلب OR قصف", "قصف"),
    ("covid-19", "COVID-19 cases"),
    ("U.S.", "the U.S. army"),
    ("l'Aquila", "L’Aquila"),
]
NOT_FOUND = [
    ("البوكمال 2018", "البوكمال 2017"),
    ('"الأسد قوات"', "قوات الأسد"),
    ('"قوات"', "والقوات"),
    ("حلب -إدلب", "بين حلب وإدلب"),
    ("حلب NOT (إدلب OR حمص)", "حلب وحمص"),
    ("NEAR(الحرس القدس, 1)", "الحرس الثوري فيلق القدس"),
    ("title:حلب", "حلب"),
    ("京", "北海道"),
    ("北京", "北方 京"),
    ("علم", "معلم"),
    ("حمص", "حمصي"),
    ("له", "اللغة"),
    ("كل", "گل"),
    ("12", "112"),
    ("cat", "concatenate"),
]


@pytest.mark.parametrize(("query", "text"), FOUND)
def test_found_and_marked(store: ArchiveStore, add: Callable[..., int], query: str, text: str) -> None:
    wanted = add(text)
    add("كلام عن أمر مختلف something else 別の")
    hits = search(store, Query.parse(query)).hits
    assert [hit.id for hit in hits] == [wanted]
    assert hits[0].snippet == text or "ـ ـ" in text


@pytest.mark.parametrize(("query", "text"), NOT_FOUND)
def test_not_found(store: ArchiveStore, add: Callable[..., int], query: str, text: str) -> None:
    add(text)
    assert search(store, Query.parse(query)).hits == ()


@pytest.mark.parametrize(
    ("query", "text"),
    [pair for pair in FOUND if "ـ ـ" not in pair[1] and pair[0] != "京"],
)
def test_the_match_is_marked(store: ArchiveStore, add: Callable[..., int], query: str, text: str) -> None:
    add(text)
    (hit,) = search(store, Query.parse(query)).hits
    assert hit.snippet_marks
    assert all(hit.snippet[start:end].strip() for start, end in hit.snippet_marks)


@pytest.mark.parametrize(
    ("query", "text"),
    [("قوات", "والقوات"), ("مدينة", "مدينتهم"), ("ميليشيا", "ميليشيات"), ("إيران", "الإيرانية")],
)
def test_exact_takes_words_as_they_stand(
    store: ArchiveStore, add: Callable[..., int], query: str, text: str
) -> None:
    add(text)
    same = add(query)
    assert [hit.id for hit in search(store, Query.parse(query, exact=True)).hits] == [same]


def test_exact_still_folds(store: ArchiveStore, add: Callable[..., int]) -> None:
    number = add("عناصر ميليشـ.ـيا مسلّحة")
    assert [hit.id for hit in search(store, Query.parse("ميليشيا مسلحه", exact=True)).hits] == [number]
