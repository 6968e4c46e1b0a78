"""Which of a page's dates is the article's, and how sure that is."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from babel.dates import format_date, format_datetime

from archive.extract import Page, extract_html, extract_text
from archive.records import Article, FieldEvidence, Provenance

NOW = datetime(2024, 6, 5, 9, 30, tzinfo=UTC)
TODAY = NOW.date()
ONE = "The ferry between the two banks of the estuary sailed again on Thursday for the first time since the storm."
TWO = "About forty passengers, most of them on their way to the early market, took the first crossing at half past six."
THREE = "The council said the fare would stay at two pounds until the end of the year, and that bicycles travel free."
STORY = f"<div class=story><p>{ONE}</p><p>{TWO}</p><p>{THREE}</p></div>"
LANGUAGES = [
    "ar",
    "ar_SY",
    "fa",
    "he",
    "tr",
    "ru",
    "en",
    "fr",
    "de",
    "es",
    "ja",
    "ko",
    "zh",
    "el",
    "hi",
    "ur",
    "id",
    "vi",
]


def read(above="", below="", *, head="", lang="", url="https://n.example/a", provenance=None, after=""):
    html = f"<html lang='{lang}'><head><title>Ferry returns</title>{head}</head><body>{above}"
    html += f"<article><h1>Ferry returns</h1>{below}{STORY}</article>{after}</body></html>"
    found = extract_html(Page(url, html.encode(), "utf-8", NOW, provenance or Provenance()))
    assert isinstance(found, Article), found
    return found


def linked(**fields):
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **fields})}</script>'


CLOCKS = [
    "<div class=date>{}</div>", "<header><div class=date>{}</div></header>",
    "<div class='top-bar'><span>{}</span></div>",
    "<div id=today>{}</div>", "<div class=current-date>{}</div>",
    "<header><time datetime=2024-06-05>{}</time></header>",
    "<div class=weather><span class=date>{}</span></div>", "<nav><span class=date>{}</span></nav>",
    "<header><h1>Harbour Post</h1><div class=date>{}</div></header>", "<h1>Harbour Post</h1><time>{}</time>",
    "<time class=clock datetime='2024-06-05T12:29:58+03:00'>{}</time>", "<p class=info>{}</p>",
]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_readers_day_is_not_the_articles(language):
    today = format_date(TODAY, "full", locale=language)
    for clock in CLOCKS:
        for found in (read(clock.format(today)), read(after=clock.format(today).replace("h1", "h2"))):
            assert (found.published, found.modified) == (None, None), clock
    shown = format_date(date(2024, 5, 3), "long", locale=language)
    for clock in CLOCKS:
        found = read(clock.format(today), f"<div class=date>{shown}</div>", lang=language)
        assert found.published == "2024-05-03", clock
        found = read(clock.format(today), f"<p>{shown}</p>", lang=language)
        assert (found.published, found.published_source) == ("2024-05-03", "visible:headline"), clock


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_article_of_the_crawls_day_keeps_its_date(language):
    shown = format_date(TODAY, "long", locale=language)
    assert read("", f"<div class=date>{shown}</div>", lang=language).published == "2024-06-05"
    found = read(head=linked(datePublished="2024-06-05T08:00:00+01:00"))
    assert (found.published, found.evidence["published"].confidence) == ("2024-06-05T08:00:00+01:00", 0.95)


@pytest.mark.parametrize(
    "now", ["2024-06-05T09:29:57Z", "2024-06-05T12:30:00+03:00", "Wed, 05 Jun 2024 09:28:00 GMT"]
)
def test_what_templates_fill_with_the_time_they_run(now):
    head = linked(datePublished="2024-05-03T10:00:00Z", dateModified=now)
    assert read(head=head).modified is None
    assert read(head=f'<meta property="article:modified_time" content="{now}">').modified is None
    assert read(head=f'<meta name="date" content="{now}">').published is None
    edited = linked(datePublished="2024-05-03T10:00:00Z", dateModified="2024-06-05T08:12:00Z")
    assert read(head=edited).modified == "2024-06-05T08:12:00+00:00"


@pytest.mark.parametrize(
    "other",
    [
        "<div class=related-posts><span class=date>4 May 2024</span></div>",
        "<div id=comments><span class=date>4 May 2024</span></div>",
        "<aside><time datetime=2024-05-04>4 May</time></aside>",
        "<footer>© 4 May 2024 Harbour Post</footer>",
        "<div class=info>Copyright 2024-05-04 Harbour Post</div>",
        "<div class=info>Свидетельство о регистрации от 4 мая 2024 г.</div>",
        "<div class=date>2024</div>",
        "<div class=date>May 2024</div>",
    ],
)
def test_dates_of_others_and_halves_of_dates(other):
    assert read(after=other).published is None
    assert read(other).published is None


def test_the_evidence_has_what_stood_there():
    text = "٥ حُزَيْرَان/يُونْيُو ٢٠٢٣ - ٦:٣١ م"
    found = read("", f"<div class=date>{text}</div>", provenance=Provenance(timezone="Asia/Damascus"))
    assert found.published == "2023-06-05T18:31:00+03:00"
    assert found.evidence["published"] == FieldEvidence("visible", text, 0.7)
    raw = "2024-05-03T10:00:00+02:00"
    found = read("", "<div class=date>3 May 2024</div>", head=linked(datePublished=raw))
    assert found.evidence["published"] == FieldEvidence("json-ld:datePublished", raw, 0.97)


@pytest.mark.parametrize(
    ("page", "confidence"),
    [
        ({"below": "<div class=date>3 May 2024</div>"}, 0.7), ({"below": "<div class=date>25 شوال 1445</div>"}, 0.6),
        ({"below": "<div class=date>3/4/2024</div>"}, 0.5), ({"url": "https://n.example/2024/05/03/a"}, 0.4),
        ({"above": "<div class=date>3 May 2024</div>"}, 0.3),
        ({"head": '<meta name="date" content="2024-05-03">'}, 0.85),
        ({"below": "<time datetime=2024-05-03></time>"}, 0.85),
        ({"above": "<meta itemprop=datePublished content=2024-05-03>"}, 0.97),
        ({"provenance": Provenance(published="2024-05-03T10:00:00Z")}, 0.95),
    ],
)  # fmt: skip
def test_the_scale_of_confidence(page, confidence):
    assert read(**page).evidence["published"].confidence == confidence


def test_a_manifest_is_believed():
    page = Page(
        "https://n.example/a", ONE.encode(), "utf-8", NOW, Provenance(published="2024-05-03"), status=None
    )
    assert extract_text(page).evidence["published"] == FieldEvidence("provenance:page", "2024-05-03", 1.0)
    html = f"<h1>Ferry returns</h1>{STORY}".encode()
    assert extract_html(replace(page, content=html)).evidence["published"].confidence == 1.0


@pytest.mark.parametrize(
    ("page", "day", "confidence"),
    [
        ({}, "2024-04-03", 0.5), ({"lang": "en-US"}, "2024-03-04", 0.5), ({"lang": "en-GB"}, "2024-04-03", 0.5),
        ({"url": "https://n.example/2024/03/04/a"}, "2024-03-04", 0.85),
        ({"url": "https://n.example/2024/04/03/a"}, "2024-04-03", 0.85),
    ],
)  # fmt: skip
def test_the_order_of_day_and_month_is_taken_from_the_page(page, day, confidence):
    found = read("", "<div class=date>3/4/2024</div>", **page)
    assert (found.published, found.evidence["published"].confidence) == (day, confidence)


def test_an_order_that_lies_in_the_future_is_the_other():
    found = read("", "<div class=date>5/11/2024</div>")
    assert (found.published, found.evidence["published"].confidence) == ("2024-05-11", 0.7)


def test_a_label_tells_change_from_publication():
    shown = "<div class=date>آخر تحديث: 7 أيار 2024</div><div class=date>نشر في: 3 أيار 2024</div>"
    found = read("", shown)
    assert (found.published, found.modified) == ("2024-05-03", "2024-05-07")
    assert found.evidence["modified"].raw == "7 أيار 2024"


def test_meta_values_for_people_are_read():
    found = read(head='<meta name="pubdate" content="May 3, 2024, 10:30 am GMT">')
    assert (found.published, found.evidence["published"].confidence) == ("2024-05-03T10:30:00+00:00", 0.7)


PAGES = ("newsweb/manifest.jsonl", "seed/pages.jsonl")
EVERY = 6
CRAWLED = datetime(2026, 12, 24, 9, 30, tzinfo=UTC)


@pytest.mark.slow
@pytest.mark.parametrize("manifest", PAGES)
def test_no_page_is_dated_by_a_clock_in_its_header(manifest, shared):
    path = shared / manifest
    if not path.is_file():
        pytest.skip(f"{path} is absent")
    rows = [json.loads(line) for line in path.read_text().splitlines()][::EVERY]
    for place, row in enumerate(rows):
        content = (path.parent / row["file"]).read_bytes()
        content = gzip.decompress(content) if row["file"].endswith(".gz") else content
        language = LANGUAGES[place % len(LANGUAGES)]
        today = format_datetime(CRAWLED, "EEEE d MMMM y HH:mm", locale=language)
        clock = CLOCKS[place % len(CLOCKS)].replace("2024-06-05", "2026-12-24").format(today)
        at = content.find(b">", content.find(b"<body")) + 1
        told = content[:at] + clock.encode("ascii", "xmlcharrefreplace") + content[at:]
        page = Page(row["url"], content, None, CRAWLED, Provenance(timezone=row.get("timezone")))
        plain, clocked = extract_html(page), extract_html(replace(page, content=told))
        if not isinstance(plain, Article) or not isinstance(clocked, Article):
            continue
        for found in (plain, clocked):
            dates = [datetime.fromisoformat(one).date() for one in (found.published, found.modified) if one]
            assert all(one < CRAWLED.date() for one in dates), row["file"]
        assert (plain.published, plain.modified) == (clocked.published, clocked.modified), row["file"]


def read_plain(*lines):
    told = "".join(f"<p>{line}</p>" for line in (*lines, ONE, TWO, THREE))
    html = f"<html><head><title>Ferry returns</title></head><body><div><h1>Ferry returns</h1>{told}</div></body></html>"
    found = extract_html(Page("https://n.example/a", html.encode(), "utf-8", NOW, Provenance()))
    assert isinstance(found, Article), found
    return found


@pytest.mark.parametrize(
    "lines",
    [
        ("By Ann Lee", "3 May 2024"),
        ("3 May 2024", "By Ann Lee"),
        ("Share", "By Ann Lee", "3 May 2024, 14:05"),
    ],
)
def test_a_date_among_the_paragraphs_before_the_text(lines):
    found = read_plain(*lines)
    assert found.published.startswith("2024-05-03")
    assert found.text.split("\n") == [ONE, TWO, THREE]


def test_a_date_that_the_standfirst_tells_is_of_what_is_told():
    told = "The ferry between the two banks had not sailed since 3 February 2024, when the storm took its pier away"
    found = read(below=f"<h2>{told}</h2><div>3 May 2024</div>")
    assert found.lead == told
    assert found.published == "2024-05-03"


@pytest.mark.parametrize(
    ("shown", "published"),
    [
        ("<time datetime=2024-06-05T11:02:00+03:00>5 June</time>", "2024-06-05T11:02:00+03:00"),
        ("<time datetime=2024-06-05T12:28:30Z>5 June</time>", None),
        ("<time datetime='2024-06-05 11:02'>5 June</time>", "2024-06-05T11:02:00"),
        ("<time datetime='2024-06-05 11:30'>5 June</time>", None),
        ("<time datetime='2024-06-05 15:15:40'>5 June</time>", None),
        ("<time datetime=2024-06-05>5 June</time>", None),
        ("<time datetime=2024-06-05T00:00:00>5 June</time>", None),
        ("<time datetime=2024-06-04>4 June</time>", None),
        ("<meta itemprop=datePublished content=2024-06-05T08:02:00Z>", "2024-06-05T08:02:00+00:00"),
    ],
)
def test_a_time_of_the_same_day_that_is_not_that_of_the_capture_is_no_clock(shown, published):
    assert read_below(shown, NOW) == published


def read_below(shown, fetched):
    """The date of a page that has one below its text, where the reader's day may stand as well."""
    html = f"<title>Ferry returns</title><article><h1>Ferry returns</h1>{STORY}<div>{shown}</div></article>"
    return extract_html(Page("https://n.example/a", html.encode(), None, fetched)).published


def test_yesterday_is_no_readers_day_but_where_it_is_yesterday_still():
    shown = "<time datetime=2024-06-04>4 June</time>"
    assert read_below(shown, datetime(2024, 6, 5, 11, 59, tzinfo=UTC)) is None
    assert read_below(shown, datetime(2024, 6, 5, 12, 1, tzinfo=UTC)) == "2024-06-04"


@pytest.mark.parametrize("name", ["date", "article-meta", "byline", "published-on"])
def test_a_named_date_between_headline_and_text_is_believed_on_the_same_day(name):
    assert read(below=f"<div class={name}>5 June 2024</div>").published == "2024-06-05"


def test_an_address_tells_no_reader_the_day():
    assert read(url="https://n.example/2024/06/05/ferry").published == "2024-06-05"
