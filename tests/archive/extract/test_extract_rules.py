"""The rules of extraction, one page a rule, and what no page may do to it."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.extract import Page, extract_html
from archive.extract.page import MAX_ELEMENTS, MAX_PAGE_BYTES
from archive.records import Article, Provenance, Rejected

NOW = datetime(2024, 6, 1, tzinfo=UTC)
ONE = "The ferry between the two banks of the estuary sailed again on Thursday for the first time since the storm."
TWO = "About forty passengers, most of them on their way to the early market, took the first crossing at half past six."
THREE = "The council said the fare would stay at two pounds until the end of the year, and that bicycles travel free."
BODY = f"<h1>Ferry returns</h1><div class=story><p>{ONE}</p><p>{TWO}</p><p>{THREE}</p></div>"


def read(html, *, url="https://n.example/a", provenance=None, **known):
    content = html if isinstance(html, bytes) else html.encode()
    return extract_html(
        Page(url, content, known.pop("charset", None), NOW, provenance or Provenance(), **known)
    )


def page(inner, head=""):
    return f"<html><head><title>Ferry returns</title>{head}</head><body>{inner}</body></html>"


def paragraphs(found):
    assert isinstance(found, Article), found
    return found.text.split("\n")


@pytest.mark.parametrize(
    "added",
    [
        "<div class=related-posts><h4>Elsewhere</h4><p>A long line about a matter that is not of this one.</p></div>",
        "<aside><p>A long line about another matter that is not of this article at all, in the margin.</p></aside>",
        "<h3>Related articles</h3><p><a href=/b>Storm damage: what the council pays for</a></p>",
        "<h3>Leave a comment</h3><p>Your email address will not be published. Required fields are marked *</p>",
        "<p><b>Sign up for our newsletter and never miss a ferry.</b> <a href=/n>Sign up</a></p>",
        "<p>Tags: ferry, estuary</p>", "<p>(Reporting by Ada Finch; editing by Omar Quill)</p>", "<p>Advertisement</p>",
        "<p>See also: <a href=/b>Storm damage: what the council pays for</a></p>",
        "<figure><img src=a.jpg><figcaption>The ferry at its landing stage, seen last year.</figcaption></figure>",
        "<div><img src=a.jpg><p>The ferry at its landing stage, photographed last year.</p></div>",
        "<div id=comments><p>My grandfather told me that the old ferry was faster, and free of charge.</p></div>",
    ],
)  # fmt: skip
def test_what_is_not_the_articles_is_left_out(added):
    inside = BODY.replace("</div>", f"{added}</div>")
    assert paragraphs(read(page(inside))) == [ONE, TWO, THREE]


def test_a_section_of_links_in_the_middle_ends_where_the_text_goes_on():
    middle = "<h3>Related articles</h3><ul><li><a href=/b>Storm damage in the harbour</a></li></ul>"
    assert paragraphs(read(page(BODY.replace(f"<p>{TWO}", f"{middle}<p>{TWO}")))) == [ONE, TWO, THREE]


@pytest.mark.parametrize(
    "name", ["comments-enabled", "has-related", "no-sidebar", "teaser-layout", "post tag-newsletter hentry"]
)
def test_a_name_on_the_whole_article_is_not_believed(name):
    assert paragraphs(read(page(f'<article class="{name}">{BODY}</article>'))) == [ONE, TWO, THREE]


def test_comments_longer_than_the_article_stay_out():
    comments = "".join(f"<li><p>{text}</p></li>" for text in (TWO, THREE, TWO + THREE))
    html = page(f"<h1>Ferry returns</h1><p>{ONE}</p><section class=comments><ol>{comments}</ol></section>")
    assert paragraphs(read(html)) == [ONE]


def test_lists_quotes_subheadings_and_tables_stay():
    more = "<h2>Fares</h2><ul><li>Adults: two pounds</li><li>Children: free</li></ul>"
    more += "<table><tr><td>Mon</td><td>6.30</td></tr></table>"
    assert paragraphs(read(page(BODY.replace(f"<p>{THREE}", f"{more}<p>{THREE}")))) == [
        ONE, TWO, "Fares", "Adults: two pounds", "Children: free", "Mon | 6.30", THREE,
    ]  # fmt: skip


def test_short_news_is_news():
    assert paragraphs(read(page("<h1>Ferry returns</h1><p>The ferry sailed again.</p>"))) == [
        "The ferry sailed again."
    ]


def test_the_longer_body_of_json_ld_wins_over_a_shortened_page():
    linked = {
        "@type": "NewsArticle",
        "headline": "Ferry returns",
        "articleBody": "\n\n".join([ONE, TWO, THREE, ONE + TWO]),
    }
    head = f'<script type="application/ld+json">{json.dumps(linked)}</script>'
    found = read(page(f"<h1>Ferry returns</h1><p>{ONE}</p><p>Subscribe to read on.</p>", head))
    assert paragraphs(found) == [ONE, TWO, THREE, ONE + TWO]
    assert found.sources["text"] == "json-ld:articleBody"


def linked_page(**fields):
    return page(
        BODY, f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **fields})}</script>'
    )


def test_dates_of_the_future_are_no_dates():
    found = read(linked_page(datePublished="2031-01-01T00:00:00Z", dateModified="2031-01-01T00:00:00Z"))
    assert (found.published, found.modified) == (None, None)
    assert (
        read(linked_page(datePublished="2031-01-01"), url="https://n.example/2024/05/30/a").published_source
        == "url"
    )


def test_an_instant_of_the_same_day_goes_before_a_day():
    html = linked_page(datePublished="2024-05-03").replace(
        "</head>", '<meta property="article:published_time" content="2024-05-03T23:30:00+02:00"></head>'
    )
    found = read(html)
    assert (found.published, found.published_precision) == ("2024-05-03T23:30:00+02:00", "instant")
    assert found.published_source == "meta:article:published_time"


def test_a_time_whose_zone_nobody_said_is_no_instant():
    html = linked_page(datePublished="2024-05-03T10:00:00")
    assert (read(html).published, read(html).published_precision) == ("2024-05-03T10:00:00", "day")
    zoned = read(html, provenance=Provenance(timezone="Asia/Beirut"))
    assert (zoned.published, zoned.published_precision) == ("2024-05-03T10:00:00+03:00", "instant")


def test_what_the_feed_said_is_evidence():
    said = Provenance(
        role="page", title="Ferry returns", published="2024-05-03T08:00:00+01:00", section="Local"
    )
    found = read(f"<p>{ONE}</p><p>{TWO}</p>", provenance=said)
    assert (found.title, found.published, found.section) == (
        "Ferry returns",
        "2024-05-03T08:00:00+01:00",
        "Local",
    )
    assert found.sources["title"] == "provenance"
    assert (
        read(linked_page(datePublished="2024-05-02T00:00:00Z"), provenance=said).published_source
        == "json-ld:datePublished"
    )


def test_the_day_in_the_pages_header_is_not_the_articles():
    assert read(page(f"<div class=today-date>1 June 2024</div>{BODY}")).published is None


def test_the_sites_name_is_no_part_of_the_title():
    head = '<meta property="og:site_name" content="Harbour Post">'
    head += '<meta property="og:title" content="Ferry returns | Harbour Post">'
    assert read(page(BODY, head)).title == "Ferry returns"


def test_the_sites_own_rules_drop_elements():
    html = page(BODY.replace("</div>", f"<div id=box><p>{TWO} {ONE}</p></div></div>"))
    assert len(paragraphs(read(html))) == 4
    assert paragraphs(read(html, provenance=Provenance(prune_xpath=("//*[@id='box']", "//[broken")))) == [
        ONE,
        TWO,
        THREE,
    ]


@pytest.mark.parametrize(
    ("content", "known", "reason"),
    [
        (b"", {}, "not_html"), (b"%PDF-1.7 <html>", {}, "not_html"), (b"\x89PNG\r\n", {}, "not_html"),
        (b"just words", {}, "not_html"), (b"<?xml version='1.0'?><rss><channel/></rss>", {}, "not_html"),
        (page(BODY).encode(), {"media_type": "application/pdf"}, "not_html"),
        (page(BODY).encode(), {"status": 404}, "error_page"), (page(BODY).encode(), {"status": 503}, "error_page"),
        (b"<html><body></body></html>", {}, "too_short"), (b"<html></html>", {}, "too_short"),
        (b"<p>" + b"a" * (MAX_PAGE_BYTES + 1), {}, "limit"), (b"<html>" + b"<br>" * (MAX_ELEMENTS + 1), {}, "limit"),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_refused(content, known, reason):
    found = read(content, **known)
    assert isinstance(found, Rejected)
    assert found.reason == reason
    assert found.detail


def test_an_article_about_challenges_is_no_challenge():
    text = "<p>Just a moment, says the page, while it is verifying that you are human. " + TWO + "</p>"
    head = "<script src=/cdn-cgi/challenge-platform/h/b/scripts/jsd/main.js></script>"
    assert isinstance(read(page(BODY + text + f"<p>{ONE} {THREE} {TWO}</p>", head)), Article)


def test_deep_nesting_is_read():
    found = read("<html><body>" + "<div>" * 3000 + BODY + "</div>" * 3000)
    assert isinstance(found, Article | Rejected)


def test_the_same_page_gives_the_same_article():
    html = (Path(__file__).parent / "golden" / "de_magazin.html").read_bytes()
    assert read(html) == read(html)


HTML_PIECES = st.sampled_from([
    b"<p>", b"</p>", b"<div class='related'>", b"</div>", b"<h1>", b"</h1>", b"<br>", b"<a href='//[x'>", b"'>", b"\0",
    b"<time datetime=x>", b"<table><tr><td>", b"<article>", b"</article>", b"}</script>", b"<!--", b"<![CDATA[",
    b'<script type="application/ld+json">{"@type":"NewsArticle",', b"<meta property=og:title content='", b"\xff\xfe",
    b"&#x110000;", b"<svg>", b"<x-y>", ONE.encode(), "5 شباط 2020".encode(),
])  # fmt: skip


@settings(max_examples=150)
@given(
    st.lists(HTML_PIECES | st.binary(max_size=30), max_size=40).map(b"".join),
    st.none() | st.text(max_size=12),
)
def test_no_bytes_raise(content, charset):
    found = read(b"<html>" + content, charset=charset)
    assert isinstance(found, Article | Rejected)


@settings(max_examples=100)
@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["@type", "@id", "@graph", "headline", "name", "author", "datePublished", "keywords",
                         "publisher", "image", "mainEntity", "articleBody", "url", "NewsArticle"]), inner, max_size=5),
    max_leaves=12,
))  # fmt: skip
def test_no_json_ld_raises(value):
    html = page(BODY, f'<script type="application/ld+json">{json.dumps(value)}</script>')
    assert paragraphs(read(html)) == [ONE, TWO, THREE]


POINTERS = {
    "ar": ("اقرأ أيضاً", "أسعار الوقود ترتفع في المدينة مجدداً"),
    "bn": ("আরও পড়ুন", "ঝড়ে বন্দরের ক্ষতি"),
    "ckb": ("بابەتی پەیوەندیدار", "زیانەکانی زریان بۆ بەندەر"),
    "de": ("Lesen Sie auch", "Was der Sturm den Hafen gekostet hat"),
    "en": ("Read more", "What the storm cost the harbour"),
    "es": ("Lea también", "Lo que la tormenta costó al puerto"),
    "fa": ("بیشتر بخوانید", "قیمت سوخت در شهر بالا رفت"),
    "fr": ("Lire aussi", "Ce que la tempête a coûté au port"),
    "he": ("קראו גם", "מה עלתה הסערה לנמל"),
    "hi": ("यह भी पढ़ें", "तूफान से बंदरगाह को नुकसान"),
    "id": ("Baca juga", "Kerugian pelabuhan akibat badai"),
    "it": ("Leggi anche", "Quanto è costata la tempesta al porto"),
    "ja": ("関連記事", "嵐が港に与えた損害"),
    "ko": ("관련기사", "폭풍이 항구에 남긴 피해"),
    "pl": ("Czytaj także", "Ile burza kosztowała port"),
    "pt": ("Leia também", "O que a tempestade custou ao porto"),
    "ru": ("Читайте также", "Во что обошлась порту буря"),
    "tr": ("Bunu da okuyun", "Fırtına limana neye mal oldu"),
    "ur": ("یہ بھی پڑھیں", "طوفان سے بندرگاہ کو نقصان"),
    "zh": ("延伸阅读", "风暴给港口造成的损失"),
}


@pytest.mark.parametrize("language", sorted(POINTERS))
@pytest.mark.parametrize(
    "form",
    [
        "<p>{0}: {1}</p>", "<p>{0} {1}</p>", "<p>{0}.. {1}</p>", "<p>[{0}] {1}</p>", "<p>{0} – {1}</p>",
        "<p>▶ {0} | {1}</p>", "<p><strong>{0}</strong> {1}</p>", "<p>{0}<br>{1}</p>", "<p>{0}: <a href=/b>{1}</a></p>",
        "<p><strong>{0}</strong></p><p>{1}</p>", "<p><strong>{0}</strong></p><p>{1}</p><p>{1}</p>",
        "<p>{0}:</p><p><a href=/b>{1}</a></p>",
    ],
)  # fmt: skip
def test_a_paragraph_that_only_points_elsewhere_is_left_out(language, form):
    pointer = form.format(*POINTERS[language])
    html = page(BODY.replace(f"<p>{THREE}", f"{pointer}<p>{THREE}"))
    assert paragraphs(read(html)) == [ONE, TWO, THREE]


@pytest.mark.parametrize(
    "sentence",
    [
        "Read more slowly, the teacher told them, and they did.",
        "More from the harbour master's letter of Tuesday:",
        "Related matters were put off until the autumn",
        "Watch repairers have left the quarter one by one",
    ],
)
def test_a_sentence_that_begins_like_a_pointer_stays(sentence):
    html = page(BODY.replace(f"<p>{THREE}", f"<p>{sentence}</p><p>{THREE}"))
    assert paragraphs(read(html)) == [ONE, TWO, sentence, THREE]


def test_a_label_and_a_link_point_elsewhere_in_a_language_of_no_list():
    pointer = "<p>LEZENU TAMEN ANKAU | <a href=/b>La sturmo damagis la tutan havenon</a></p>"
    html = page(BODY.replace(f"<p>{THREE}", f"{pointer}<p>{THREE}"))
    assert paragraphs(read(html)) == [ONE, TWO, THREE]
    listed = '<p>Account: <a href="https://social.example/ada">@ada.finch</a></p>'
    html = page(BODY.replace(f"<p>{THREE}", f"{listed}<p>{THREE}"))
    assert "Account: @ada.finch" in paragraphs(read(html))


def test_a_paragraph_is_said_once_and_a_question_as_often_as_it_is_asked():
    html = page(BODY.replace(f"<p>{THREE}", f"<div class=later><p>{ONE}</p></div><p>{THREE}"))
    assert paragraphs(read(html)) == [ONE, TWO, THREE]
    html = page(BODY.replace(f"<p>{THREE}", f"<p>{ONE}</p><p>{THREE}"))
    assert paragraphs(read(html)) == [ONE, TWO, ONE, THREE]
    asked = "And what, if you look back on it today, would you have done in another way on that night of the storm?"
    html = page(BODY.replace(f"<p>{THREE}", f"<p>{asked}</p><p>{THREE}</p><p>{asked}</p><p>No."))
    assert paragraphs(read(html)).count(asked) == 2


@pytest.mark.parametrize(
    "line",
    [
        "<p>Harbour Post’s Ada Finch contributed to this report.</p>",
        "<p>More AP ferries: https://wire.example/ferries and https://social.example/ferries</p>",
        "<p>Email Ada Finch at ada@n.example or follow her on Twitter @adafinch.</p>",
        "<p>dpa-infocom, dpa:240501-99-1/2</p>",
    ],
)
def test_who_made_the_text_does_not_end_it(line):
    assert paragraphs(read(page(BODY.replace("</div>", f"{line}</div>")))) == [ONE, TWO, THREE]


def test_a_subheading_that_the_other_reader_loses_is_kept():
    html = page(BODY.replace(f"<p>{TWO}", f"<div class=pf-subheadline>Who pays for it</div><p>{TWO}"))
    assert paragraphs(read(html)) == [ONE, "Who pays for it", TWO, THREE]


def test_what_stands_below_the_copyright_is_not_the_articles():
    terms = "Whoever uses these pages agrees to the terms of use, which were last changed in the spring of the year."
    for line in ("© 2024 Harbour Post Ltd", "Copyright (c) The Harbour Post 2024. All rights reserved."):
        found = paragraphs(read(page(BODY.replace("</div>", f"<p>{line}</p><p>{terms}</p></div>"))))
        assert terms not in found
        assert found[:3] == [ONE, TWO, THREE]
    credit = BODY.replace("<div class=story>", "<div class=story><p>© 2024 Harbour Post</p>")
    assert paragraphs(read(page(credit)))[-3:] == [ONE, TWO, THREE]


@pytest.mark.parametrize("line", ["Comments (12)", "12 comments", "تعليقات (3)"])
def test_a_count_beside_a_label_is_a_label(line):
    assert paragraphs(read(page(BODY.replace(f"<p>{THREE}", f"<p>{line}</p><p>{THREE}")))) == [
        ONE,
        TWO,
        THREE,
    ]


def test_no_line_makes_a_rule_slow():
    lines = [
        "© " + "." * 390,
        "copyright " + "a. " * 120,
        "A label: " + "a " * 100 + ".",
        "More " + "ap " * 70,
    ]
    body = BODY.replace("</div>", "".join(f"<p>{line}</p>" for line in lines * 50) + "</div>")
    began = time.process_time()
    read(page(body))
    assert time.process_time() - began < 2


def test_an_articles_paragraphs_that_mention_cookies_are_no_consent_box():
    first = (
        "The shop on the quay had read the cookies of its visitors for years, and told none of them about it."
    )
    second = (
        "A court will decide in the autumn whether cookies of this kind need the consent of those who visit."
    )
    told = BODY.replace(f"<p>{TWO}", f"<p>{first}</p><p>{TWO}").replace("</div>", f"<p>{second}</p></div>")
    assert paragraphs(read(page(told))) == [ONE, first, TWO, THREE, second]


def test_a_box_of_paragraphs_about_cookies_is_left_out():
    asks = "<p>We use cookies to make this page work as you expect it to, and to count its visitors.</p>"
    tells = "<p>You may refuse the cookies that are not needed, and change your mind at any time below.</p>"
    assert paragraphs(read(page(f"{BODY}<div>{asks}{tells}</div>"))) == [ONE, TWO, THREE]


@pytest.mark.parametrize(
    ("line", "is_lead"),
    [
        ("27 October 2023 at 18:27 (Updated: 19:56)", False),
        ("On 27 October 2023 the last ferry for a month sailed from the estuary", True),
    ],
)
def test_when_an_article_was_published_is_no_standfirst(line, is_lead):
    found = read(page(BODY.replace("</h1>", f"</h1><h5>{line}</h5>")))
    assert isinstance(found, Article)
    assert found.lead == (line if is_lead else None)


@pytest.mark.parametrize(
    "cell", ["{}<br><br>{}", "<div>{}</div><div>{}</div>", "<font>{}</font><br>&nbsp;<br>{}"]
)
def test_paragraphs_in_a_cell_are_lines_and_cells_of_a_row_are_one(cell):
    layout = f"<table><tr><td>{cell.format(TWO, THREE)}</td></tr></table>"
    assert paragraphs(read(page(f"<div><h1>Ferry returns</h1><p>{ONE}</p>{layout}</div>"))) == [
        ONE,
        TWO,
        THREE,
    ]
    rows = "<table><tr><th>Year<th><div>Ships</div><tr><td><div>2001</div><td>12</table>"
    found = read(page(f"<div><h1>Ferry returns</h1><p>{ONE}</p><p>{TWO}</p>{rows}<p>{THREE}</p></div>"))
    assert paragraphs(found) == [ONE, TWO, "Year | Ships", "2001 | 12", THREE]
