"""Who wrote it, and who of them is an agency."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from archive.extract import Page, extract_html
from archive.extract.markup.head import Head
from archive.extract.markup.jsonld import LinkedData
from archive.extract.metadata.agencies import agencies_in
from archive.extract.metadata.bylines import read_authors, split_names

ONE = "The ferry between the two banks of the estuary sailed again on Thursday for the first time since the storm."
TWO = "About forty passengers, most of them on their way to the early market, took the first crossing at half past six."


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("By Ann Lee and Omar Quill", ["Ann Lee", "Omar Quill"]),
        ("Ann Lee, Senior Political Reporter", ["Ann Lee"]), ("Ann Lee, Editor-at-large", ["Ann Lee"]),
        ("Von unserem Korrespondenten Max Muster", ["Max Muster"]),
        ("Eva Klar, Auslandskorrespondentin", ["Eva Klar"]),
        ("Ann Lee ann.lee@post.example", ["Ann Lee"]),
        ("Ann Lee (@annlee)", ["Ann Lee"]),
        ("بقلم: سلمى حدّاد", ["سلمى حدّاد"]),
        ("إعداد سلمى حدّاد و كريم ناصر", ["سلمى حدّاد", "كريم ناصر"]),
        ("כתב: דנה לוי", ["דנה לוי"]),
        ("מאת דנה לוי", ["דנה לוי"]),
        ("文/王小明、李華", ["王小明", "李華"]),
        ("記者王小明", ["王小明"]),
        ("佐藤花子・鈴木一郎", ["佐藤花子", "鈴木一郎"]),
        ("约翰·史密斯", ["约翰·史密斯"]),
        ("김철수 기자 kim@post.example", ["김철수"]),
        ("Автор: Анна Петрова", ["Анна Петрова"]),
        ("Анна Петрова, корреспондент", ["Анна Петрова"]),
        ("Yazan: Elif Kaya", ["Elif Kaya"]),
        ("نویسنده: رضا کریمی، خبرنگار", ["رضا کریمی"]),
        ("Reporter", ["Reporter"]),
        ("Hannah Editorsson", ["Hannah Editorsson"]),
        ("José Ortega y Gasset", ["José Ortega y Gasset"]),
        ("Ann Lee, MD, Omar Quill, Ph.D.", ["Ann Lee", "Omar Quill"]),
        ("Story by Ann Lee", ["Ann Lee"]),
        ("Story by", []), ("إعداد", []), ("مرسلة بواسطة", []),
        ("مرسلة بواسطة سلمى حدّاد", ["سلمى حدّاد"]), ("Publié par Anne Martin", ["Anne Martin"]),
        ("Ann Lee, Ann Lee is a writer in Cardiff", ["Ann Lee"]),
        ("Ein Interview von Eva Klar", ["Eva Klar"]), ("Kommentar von", []), ("Analysis by Ann Lee", ["Ann Lee"]),
        ("Yazan Haddad", ["Yazan Haddad"]),
        ("حلب - خاص", []), ("خاص", []), ("سلمى حدّاد - حلب", ["سلمى حدّاد - حلب"]),
        ("Anne Martin Envoyée spéciale à Lyon", ["Anne Martin"]),
        ("Anne Martin, Suivre cette journaliste sur Twitter", ["Anne Martin"]),
        ("责任编辑：王小明", []),
        ("Nga", []),
        ("name", []),
    ],
    ids=str,
)  # fmt: skip
def test_names_in_a_byline(byline, names):
    assert split_names(byline) == names


@pytest.mark.parametrize(
    ("names", "agencies"),
    [
        (("Ann Lee", "AFP"), ("AFP",)), (("Reuters Staff",), ("Reuters",)), (("Le Post et AFP",), ("AFP",)),
        (("dpa", "Eva Klar"), ("dpa",)), (("سانا",), ("سانا",)), (("سانا محمود", "وفا علي"), ()),
        (("رويترز", "أ ف ب"), ("رويترز", "أ ف ب")), (("Anadolu Ajansı",), ("Anadolu Ajansı",)),
        (("ap",), ()), (("Apa Sherpa", "Lusaka Daily"), ()), (("共同",), ("共同",)), (("共同子",), ()), ((), ()),
    ],
    ids=str,
)  # fmt: skip
def test_agencies_are_told_apart(names, agencies):
    assert agencies_in(names) == agencies


def authors(*, linked=(), meta=(), visible=()):
    node = {"@type": "NewsArticle", "author": [{"name": name} for name in linked]} if linked else {}
    head = Head({"author": meta} if meta else {}, {}, "", None)
    return read_authors(LinkedData(node), head, visible, ("Harbour Post", "post.example", "post"))


def test_a_person_goes_before_the_site_and_initials_do_not():
    seen = (("Ann Lee", "byline"),)
    assert authors(linked=("Harbour Post",), visible=seen).names == ("Ann Lee",)
    found = authors(linked=("Harbour Post",), visible=(("amw", "byline"),))
    assert (found.names, found.of_site) == (("Harbour Post",), True)
    assert authors(visible=(("amw", "byline"),)).names == ("amw",)
    assert authors(visible=(("sport", "byline"), ("von Ann Lee", "byline"))).names == ("Ann Lee",)


@pytest.mark.parametrize(
    ("author", "is_site"),
    [
        ("Harbour Post", True), ("Harbour Post Staff", True), ("Redaktion Harbour Post", True),
        ("harbourpost.org", True), ("news.elsewhere.co.uk", True), ("Ann Lee", False), ("J.R.R", False),
        ("Lee Post", False),
    ],
)  # fmt: skip
def test_names_of_the_site_itself(author, is_site):
    assert authors(meta=(author,)).of_site == is_site


def test_links_to_more_authors_than_json_ld_names_are_believed():
    both = (("Ann Lee", "rel:author"), ("Omar Quill", "rel:author"))
    assert authors(linked=("Omar Quill",), visible=both).names == ("Ann Lee", "Omar Quill")
    assert authors(linked=("Eva Klar",), visible=both).names == ("Eva Klar",)


@pytest.mark.parametrize(
    ("said", "confidence"),
    [
        ({"linked": ("Ann Lee",), "meta": ("Ann Lee",), "visible": (("by Ann Lee", "byline"),)}, "high"),
        ({"linked": ("Ann Lee",), "meta": ("Ann Lee",), "visible": (("Eva Klar", "byline"),)}, "medium"),
        ({"linked": ("Ann Lee", "Eva Klar"), "meta": ("Ann Lee",)}, "medium"),
        ({"linked": ("Ann Lee",)}, "low"),
        ({"linked": ("Ann Lee",), "meta": ("Eva Klar",)}, "low"),
    ],
    ids=str,
)
def test_confidence_counts_kinds_of_sources_that_agree(said, confidence):
    assert authors(**said).confidence == confidence


def read(lines, head=""):
    inner = f"<h1>Ferry returns</h1><div class=story>{lines}<p>{ONE}</p><p>{TWO}</p></div>"
    html = f"<html><head><title>Ferry returns</title>{head}</head><body>{inner}</body></html>"
    return extract_html(Page("https://post.example/a", html.encode(), None, datetime(2024, 6, 1, tzinfo=UTC)))


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        ("<p>Ann Lee/Omar Quill</p>", ("Ann Lee", "Omar Quill")),
        ("<div>By: Ann Lee</div><p>3 minutes</p>", ("Ann Lee",)),
        ("<p>بقلم: سلمى حدّاد</p>", ("سلمى حدّاد",)),
        ("<p>Agence France-Presse</p>", ("Agence France-Presse",)),
        ("<p>Second crossing at noon</p>", ()),
        ("<p>Ann Lee</p><p>Second crossing at noon</p>", ()),
        ("<p>김철수 기자</p>", ("김철수",)),
        ("<p>تحریر: احمد رضا</p>", ("احمد رضا",)),
        ("<p>文・佐藤花子</p>", ("佐藤花子",)),
        ("<p>Nivîskar: Rojda Azad</p>", ("Rojda Azad",)),
        ("<p>Γράφει ο Νίκος Παππάς</p>", ("Νίκος Παππάς",)),
        ("<p>Penulis: Siti Rahma</p>", ("Siti Rahma",)),
        ("<p>โดย สมชาย ใจดี</p>", ("สมชาย ใจดี",)),
        ("<p>نووسەر: ئازاد کەریم</p>", ("ئازاد کەریم",)),
        ("<p>Szerző: Kovács Anna</p>", ("Kovács Anna",)),
        ("<p>기자 회견</p>", ()),
        ("<p>By the time the wind fell it was noon</p>", ()),
    ],
    ids=str,
)
def test_a_byline_in_a_line_of_its_own(lines, names):
    found = read(lines)
    assert found.authors == names
    assert found.sources.get("authors") == ("byline:line" if names else None)


def test_bloggers_post_is_in_a_widget():
    html = (
        "<title>The ferry sails</title><div class='widget Blog' id=Blog1>"
        "<div class='post hentry'><h3>The ferry sails</h3>"
        f"<div class=post-body><p>{ONE}</p><p>{TWO}</p></div><div class=post-footer><span class='post-author vcard'>"
        "مرسلة بواسطة <span class=fn>سلمى حدّاد</span></span></div></div></div>"
        "<div class='widget Profile'><span class=author-name>Omar Quill</span></div>"
    )
    found = extract_html(
        Page("https://ferry.example/a", html.encode(), None, datetime(2026, 5, 1, tzinfo=UTC))
    )
    assert found.authors == ("سلمى حدّاد",)


def test_a_line_that_names_the_site_again_is_no_byline():
    said = '<meta name=author content="Post">'
    assert read("<div>By Post with Agencies</div>", said).authors == ("Post",)


def test_confidence_is_kept_as_evidence():
    found = read("", '<meta name=author content="Ann Lee">')
    assert (found.evidence["title"].confidence, found.evidence["authors"].confidence) == (0.95, 0.6)
