"""One article in the shapes that publishers' templates give it: elements around it, no metadata, lists beside it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import lxml.html
import pytest

from archive.extract import Page, extract_html
from archive.extract.body.blocks import lay_out
from archive.extract.body.prose import prose
from archive.extract.body.regions import mark_regions
from archive.extract.body.selection import container
from archive.extract.body.tail import mark_tail
from archive.records import Article, Rejected

NOW = datetime(2024, 6, 1, tzinfo=UTC)
TEXT = [
    "The ferry between the two banks of the estuary sailed again on Thursday for the first time since the storm.",
    "About forty passengers, most of them on their way to the early market, took the first crossing at half past six.",
    "The council said the fare would stay at two pounds until the end of the year, and that bicycles travel free.",
    "Two deckhands who had been sent home in the autumn were taken on again by the harbour master in the same week.",
]
TITLES = [
    "The last cinema of the island shuts its doors",
    "Five questions on the new water law answered",
    "Why so few of the night trains are on time",
    "A village that keeps bees and sells no honey",
    "Ministers meet over the price of our bread",
    "What the court said of the harbour bridge",
    "Rain at last in the valley of the orchards",
]
ABOUT = "What it means for those who live there, as our correspondent found out on a long journey through the hills."


def read(inner, head="", lang="en"):
    html = f"<html lang={lang}><head><title>Ferry returns</title>{head}</head><body>{inner}</body></html>"
    return extract_html(Page("https://n.example/a", html.encode(), None, NOW))


def lines(found):
    assert isinstance(found, Article), found
    return found.text.split("\n")


def story(*blocks, around="<div class=story>{}</div>"):
    return "<h1>Ferry returns</h1>" + around.format("".join(blocks))


def paragraphs(template="<p>{}</p>"):
    return [template.format(text) for text in TEXT]


WRAPPERS = [
    "<div><p>{}</p></div>",
    "<div class=block><div class=block__inner><p>{}</p></div></div>",
    "<section class=text-module><div><p>{}</p></div></section>",
    "<div><div>{}</div></div>",
]


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_the_first_of_wrapped_paragraphs_is_no_standfirst(wrapper):
    found = read(story(*paragraphs(wrapper)), f'<meta property="og:description" content="{TEXT[0]}">')
    assert (lines(found), found.lead) == (TEXT, None)


def test_a_standfirst_before_wrapped_paragraphs_stays_one():
    lead = "The crossing that the winter storm had closed is open again, and the old fare holds."
    inner = (
        f"<h1>Ferry returns</h1><header><p>{lead}</p></header><div>{''.join(paragraphs(WRAPPERS[1]))}</div>"
    )
    found = read(inner, f'<meta property="og:description" content="{lead}">')
    assert (lines(found), found.lead) == (TEXT, lead)


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_a_name_on_an_article_of_wrapped_paragraphs_is_not_believed(wrapper):
    links = "".join(f"<p><a href=/{at}>{title}</a></p>" for at, title in enumerate(TITLES))
    around = f"<div class=sidebar-nav><div>{{}}</div>{links}</div>"
    assert lines(read(story(*paragraphs(wrapper), around=around))) == TEXT


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_an_h1_between_wrapped_paragraphs_begins_no_other_article(wrapper):
    blocks = paragraphs(wrapper)
    caption = "<h1>The ferry at its landing stage</h1>"
    assert set(TEXT) <= set(lines(read(story(*blocks[:3], caption, blocks[3]))))


@pytest.mark.parametrize("heading", ["<h2>Fares</h2>", "<div><h2>Fares</h2></div>"])
def test_a_subheading_between_wrapped_paragraphs_stays(heading):
    blocks = paragraphs("<div><p>{}</p></div>")
    assert lines(read(story(*blocks[:2], heading, *blocks[2:]))) == [*TEXT[:2], "Fares", *TEXT[2:]]


def cards(form):
    return "".join(
        form.format(at=at, title=title, about=f"{title}: {ABOUT}") for at, title in enumerate(TITLES)
    )


def beside(form):
    """Each paragraph of the text, twice over, with something of other articles."""
    return zip(TEXT * 2, (form.format(at=at, title=title) for at, title in enumerate(TITLES)), strict=False)


LINK = "<p><a href=/{at}>{title}</a></p>"
BOX = "<ul class=flags><li><h3><a href=/{at}>{title}</a></h3></li></ul>"
HEADED = "<li><h2>Part {at}</h2><p>{about}</p><p><a href=/{at}>Learn more about {title}</a></p></li>"


@pytest.mark.parametrize(
    "inner",
    [
        story(*(f"<p>{text}</p><p>{text[::-1]}.</p>{link}" for text, link in beside(LINK))),
        story(*(f"{box}<p>{text}</p>" for text, box in beside(BOX))),
        f"<ul>{cards('<li><a href=/{at}>{title}</a></li>')}</ul>"
        + story("<div><a href=/print>Print</a></div>", *paragraphs()),
        f"<h1>Ferry returns</h1><ul>{cards(HEADED)}</ul>",
    ],
    ids=["links between paragraphs", "boxes of links", "a button above the text", "links below headings of their own"],
)  # fmt: skip
def test_an_article_that_nothing_declares_is_no_listing(inner):
    assert set(lines(read(inner))) & {*TEXT, f"{TITLES[0]}: {ABOUT}"}


def test_a_single_paragraph_below_links_to_networks_is_longer_than_a_summary():
    links = "".join(f"<li><a href=/{at}>{title}</a></li>" for at, title in enumerate(TITLES))
    networks = "<div><a href=/s>Letter, Parrot, Pigeon and Telegraph</a></div>"
    inner = f"<article><h1>Ferry returns</h1><center>{networks}</center><p>{' '.join(TEXT * 2)}</p></article>"
    assert lines(read(f"{inner}<ul>{links}</ul>")) == [" ".join(TEXT * 2)]


def test_a_listing_may_have_one_summary_alone():
    first, *others = TITLES
    rest = "".join(f"<div><h2><a href=/b>{title}</a></h2></div>" for title in others)
    found = read(
        f"<h1>News</h1><div><div><h2><a href=/a>{first}</a></h2><div><p>{ABOUT}</p></div></div>{rest}</div>"
    )
    assert (type(found), found.reason) == (Rejected, "listing")


@pytest.mark.parametrize(
    "card",
    [
        "<div><h2><a href=/{at}>{title}</a></h2><p>{about}</p></div>",
        "<h2><a href=/{at}>{title}</a></h2><p>{about}</p>",
        "<div><div><a href=/{at}>{title}</a></div><div>12 May</div><div><p>{about}</p></div></div>",
        "<dt><a href=/{at}>{title}</a></dt><dd>{about}</dd>",
        "<article><h3><a href=/{at}>{title}</a></h3><div><p>{about}</p></div></article>",
    ],
)
def test_a_listing_is_refused_whatever_its_cards_are_made_of(card):
    found = read(f"<h1>News</h1><div>{cards(card)}</div>")
    assert isinstance(found, Rejected)
    assert found.reason in {"listing", "too_short"}


def test_titles_in_chinese_make_a_listing_though_they_have_few_signs():
    titles = [
        "市议会再次表决港口大桥的预算方案",
        "北方新列车为何很少准点到达车站",
        "养蜂村今年为何不再出售蜂蜜产品",
    ] * 3
    about = "这对当地居民意味着什么，本报记者在山区的长途旅行中进行了详细的了解，并与多位村民进行了交谈。"
    items = "".join(f"<li><a href=/{at}>{title}</a><p>{about}</p></li>" for at, title in enumerate(titles))
    found = read(f"<ul>{items}</ul>", lang="zh")
    assert (type(found), found.reason) == (Rejected, "listing")


@pytest.mark.parametrize(
    "other",
    [
        f"<article><h3><a href=/b>{TITLES[0]}</a></h3><p>{ABOUT}</p></article>",
        f"<article><h2>{TITLES[0]}</h2><p>{ABOUT}</p></article>",
    ],
)
def test_an_article_element_below_a_text_that_is_in_none_is_another_article(other):
    assert lines(read(story(*paragraphs(), other))) == TEXT
    assert lines(read(story(*paragraphs()) + other)) == TEXT


def test_article_elements_that_hold_most_of_the_text_are_its_parts():
    parts = (f"<article><h2>{at}:00</h2><p>{text}</p></article>" for at, text in enumerate(TEXT, 10))
    assert set(TEXT) <= set(lines(read(story(*parts))))


@pytest.mark.parametrize(
    "name", ["iubenda-cs-banner", "qc-cmp2-container", "cmplz-message", "usercentrics-root"]
)
def test_the_box_of_a_library_for_consent_is_left_out(name):
    box = f"<div class={name}><p>You can freely give, deny, or withdraw your consent in this panel.</p></div>"
    assert lines(read(story(*paragraphs()) + box * 4)) == TEXT


def test_a_sentence_that_is_half_a_link_may_begin_and_end_a_text():
    first = "Last week the harbour master announced <a href=/b>a timetable for all of the estuary and its islands</a>."
    last = "The council had put off <a href=/c>its decision on the bridge between the two banks</a> until after March."
    found = lines(read(story(f"<p>{first}</p>", *paragraphs(), f"<p>{last}</p>")))
    assert (found[0][:9], found[1:-1], found[-1][-6:]) == ("Last week", TEXT, "March.")


def test_a_day_in_a_short_line_of_the_body_is_seen_where_nothing_else_tells_it():
    found = read(story("<p>Harbour Post</p>", "<p>12 May 2024 Source: Harbour Post</p>", *paragraphs()))
    assert found.published == "2024-05-12"


def test_a_page_on_the_way_to_the_article_gives_no_title():
    step = {"@type": "WebPage", "@id": "https://n.example/region", "name": "Region"}
    trail = {
        "@type": "BreadcrumbList",
        "itemListElement": [{"@type": "ListItem", "position": 1, "item": step}],
    }
    script = f'<script type="application/ld+json">{json.dumps(trail)}</script>'
    assert read(story(*paragraphs()), script).title == "Ferry returns"


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("by Ann Lee , February 28, 2010", ("Ann Lee",)),
        ("By Ann Lee Monday, March 25, 2024 10:15 am", ("Ann Lee",)),
        ("Ann Lee und Omar Quill | 12.03.2024, 14:30 Uhr", ("Ann Lee", "Omar Quill")),
        ("Omar Quill on May 3, 2024", ("Omar Quill",)),
        ("Posted May 3, 2024 by Omar Quill", ()),
    ],
)
def test_a_byline_may_end_with_its_day(byline, names):
    around = f"<div class=byline>{byline}</div><div>{{}}</div>"
    assert read(story(*paragraphs(), around=around)).authors == names


NOTICE = (
    "<div class=rules>{}<p>Users are obliged to speak with respect to each other on these pages.</p></div>"
)
BUTTON = "<div><a href=/share>Send it on</a></div>"


def tail(inner):
    """The paragraphs that stand below the text of a page and are no part of it."""
    layout = lay_out(lxml.html.fromstring(f"<html><body><main>{inner}</main></body></html>"))
    headline = next(index for index, block in enumerate(layout.blocks) if block.tag == "h1")
    mark_regions(layout, headline)
    mark_tail(layout, container(layout, headline), headline)
    return [block.text for block in layout.blocks if block.region == "tail" and prose(block)]


@pytest.mark.parametrize("between", ["", BUTTON])
@pytest.mark.parametrize("heading", ["", "<h3>Rules of the house</h3>"])
def test_what_is_of_another_kind_below_a_text_is_left_out(between, heading):
    inner = story(*paragraphs()) + between + NOTICE.format(heading)
    assert tail(inner)[-1:] == ["Users are obliged to speak with respect to each other on these pages."]
    assert lines(read(f"<main>{inner}</main>")) == TEXT


def test_many_notices_are_left_out_and_what_is_longer_may_be_the_end_of_the_text():
    small = [f"<p class=small>{text[::-1]}</p>" for text in TEXT]
    each = "".join(f"<div class=voice><b>Ann</b>{text}</div>" for text in small)
    assert len(tail(story(*paragraphs() * 3) + BUTTON + each)) == len(TEXT)
    assert tail(story(*paragraphs() * 3) + BUTTON + f"<div class=wide>{''.join(small)}</div>") == []


@pytest.mark.parametrize(
    "around",
    [
        "<div class=story>{}</div>",
        "<div class=wide>{}</div>",
        "<section class=end><div class=story>{}</div></section>",
    ],
)
def test_the_end_of_a_text_in_an_element_of_its_own_stays(around):
    end = [f"{text[::-1]}." for text in TEXT]
    inner = story(*paragraphs() * 3) + around.format("".join(f"<p>{text}</p>" for text in end))
    assert tail(inner) == []
    assert lines(read(f"<main>{inner}</main>"))[-len(end) :] == end


def test_the_second_half_of_a_text_that_an_advertisement_parts_stays():
    assert tail(f"{story(*paragraphs() * 3)}{BUTTON}<div class=story>{''.join(paragraphs())}</div>") == []


def test_a_box_that_holds_more_than_the_text_below_the_headline_is_not_taken_for_it():
    box = "<div class=hint>" + "".join(f"<p>{text[::-1]}</p>" for text in TEXT * 3) + "</div>"
    assert tail(box + story(*paragraphs())) == []


@pytest.mark.parametrize(
    ("path", "is_listing"), [("", True), ("/", True), ("/?p=17", False), ("/about", False)]
)
def test_a_front_page_with_a_text_of_its_own_is_no_article(path, is_listing):
    told = "".join(f"<p>{line}</p>" for line in TEXT)
    links = "".join(f"<li><a href=/{at}>{title}</a></li>" for at, title in enumerate(TITLES))
    html = f"<title>Ferry returns</title><h1>Ferry returns</h1><div>{told}</div><ul>{links}</ul>"
    found = extract_html(Page(f"https://n.example{path}", html.encode(), None, NOW))
    assert (isinstance(found, Rejected) and found.reason == "listing") == is_listing
