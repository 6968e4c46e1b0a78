"""From one page to an article, or to the reason why there is none."""

from __future__ import annotations

import gc
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from archive import urls
from archive.extract.body.agreement import silence
from archive.extract.body.blocks import lay_out
from archive.extract.body.prose import weight
from archive.extract.confidence import BY_SOURCES
from archive.extract.dates.dating import Dates, Evidence, date_article
from archive.extract.language.languages import identify, read_writing
from archive.extract.language.scripts import table
from archive.extract.learned import load, revise
from archive.extract.markup import jsonld
from archive.extract.markup.decoding import decode
from archive.extract.markup.tree import TooLargeError, looks_like_html, parse, prune
from archive.extract.metadata.agencies import agencies_in
from archive.extract.metadata.fields import read_metadata
from archive.extract.metadata.near import see_near
from archive.extract.metadata.usage import read_preferences
from archive.extract.page import MAX_BLOCKS, MAX_PAGE_BYTES, MAX_TEXT_CHARACTERS
from archive.extract.reading import read_structure
from archive.extract.refusals import refuse_listing, refuse_notice
from archive.extract.sites.reading import SOURCE as RULE
from archive.extract.sites.reading import read_by_rules
from archive.extract.sites.scripts import RuleFaultError
from archive.extract.vocabulary import phrases
from archive.records import Article, FieldEvidence, Rejected, Statement

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from archive.extract.body.blocks import Layout
    from archive.extract.metadata.bylines import Byline
    from archive.extract.metadata.fields import Metadata
    from archive.extract.metadata.titles import Title
    from archive.extract.page import Page
    from archive.extract.reading import Reading
    from archive.extract.sites.reading import Ruled
    from archive.extract.sites.rules import Rules
    from archive.records import Extraction

LOST_BODY = 2.0
"""So many times the text in JSON-LD's articleBody means that the page shows only the beginning."""

CELLS = frozenset({"td", "th"})
CELL_SEPARATOR = " | "

MAX_OTHER_CHARACTERS = 400
"""Of names that another source gives; with more it is a list of something else."""

MIN_ARTICLE_BODY = 400
"""Characters below which articleBody is a summary as often as a body."""


def extract_html(page: Page, rules: Rules | None = None) -> Extraction:
    """Read a page's article: text, title, authors, dates and the rest, each with its source.

    A function of its arguments alone. It raises nothing on any bytes: what cannot be read is rejected with
    the reason.

    Args:
        page: as it was fetched.
        rules: its source's own; None where the record alone says what is to be dropped.
    """
    if page.status is not None and not 200 <= page.status < 300:
        return Rejected("error_page", f"status {page.status}")
    if len(page.content) > MAX_PAGE_BYTES:
        return Rejected("limit", f"{len(page.content)} bytes; at most {MAX_PAGE_BYTES} are read")
    if not looks_like_html(page.content, page.media_type):
        return Rejected("not_html", page.media_type or "no HTML in it")
    decoded = decode(page.content, page.charset)
    try:
        root = parse(decoded.text, decoded.utf8)
    except TooLargeError as error:
        return Rejected("limit", str(error))
    return (
        Rejected("not_html", "no element in it") if root is None else _read(page, root, decoded.text, rules)
    )


def _read(page: Page, root: HtmlElement, html: str, rules: Rules | None) -> Extraction:
    try:
        ruled = read_by_rules(root, page.url, rules)
    except RuleFaultError as error:
        return Rejected("fault", str(error))
    if rules is None:
        prune(root, page.provenance)
    metadata = ruled.metadata(read_metadata(root, page))
    layout = lay_out(root)
    if len(layout.blocks) > MAX_BLOCKS:
        return Rejected("limit", f"{len(layout.blocks)} runs of text; at most {MAX_BLOCKS} are read")
    return refuse_notice(root, html, layout, metadata) or _article(page, root, layout, metadata, ruled)


def _article(page: Page, root: HtmlElement, layout: Layout, metadata: Metadata, ruled: Ruled) -> Extraction:
    reading = read_structure(layout, root, metadata, lead=ruled.lead)
    standfirst = ruled.lead or " ".join(layout.blocks[index].text for index in reading.lead) or None
    text, source = ruled.text(title=ruled.title, lead=standfirst), f"{RULE}body"
    if not text:
        refused = refuse_listing(layout, list(reading.lines), metadata)
        if refused:
            return refused
        text, source = compose_text(layout, revise(layout, reading), metadata)
    if not text:
        return Rejected("too_short", "no sentence in it")
    if len(text) > MAX_TEXT_CHARACTERS:
        return Rejected("limit", f"more than {MAX_TEXT_CHARACTERS} characters of text")
    dates = ruled.dates(_dates(page, metadata, layout, reading), page.fetched, metadata.reading)
    metadata = replace(metadata, byline=reading.byline)
    article = _compose(page, metadata, (text, source, standfirst), dates)
    if not ruled.digest:
        return article
    found = {**article.sources, "lead": f"{RULE}lead"} if ruled.lead else article.sources
    others = {name: said for name, said in article.others.items() if not found[name].startswith(RULE)}
    return replace(article, sources=found, others=others, rules=ruled.digest)


def compose_text(layout: Layout, lines: list[int], metadata: Metadata) -> tuple[str, str]:
    """The text, a paragraph a line, and where it is from."""
    own = "\n".join(_rows(layout, lines))
    told = jsonld.text(metadata.linked.article.get("articleBody"))
    if told and weight(told) >= MIN_ARTICLE_BODY and weight(told) > LOST_BODY * weight(own):
        return "\n".join(jsonld.paragraphs(told)), "json-ld:articleBody"
    return own, "body"


def _rows(layout: Layout, lines: list[int]) -> list[str]:
    """A line for each block; the cells of a table's row on one line, unless a cell has several: that is layout."""
    rows: list[str] = []
    for row, found in groupby(lines, key=lambda index: _row(layout, _cell(layout, index))):
        indexes = list(found)
        texts = [layout.blocks[index].text for index in indexes]
        is_of_cells = row >= 0 and len({_cell(layout, index) for index in indexes}) == len(indexes)
        rows += [CELL_SEPARATOR.join(texts)] if is_of_cells else texts
    return rows


def _cell(layout: Layout, index: int) -> int:
    """The node of the table's cell that a block stands in; -1 of a block in none, or in a paragraph of one."""
    block = layout.blocks[index]
    if block.tag not in CELLS:
        return -1
    return next((node for node in layout.ancestors(block.node) if layout.nodes[node].tag in CELLS), -1)


def _row(layout: Layout, cell: int) -> int:
    return layout.nodes[cell].parent if cell >= 0 else -1


def _dates(page: Page, metadata: Metadata, layout: Layout, reading: Reading) -> Dates:
    shown, headline = metadata.visible.dates, reading.body.headline
    see_near(shown, layout, metadata.reading, headline, reading.lead, reading.lines)
    return date_article(
        Evidence(
            linked=metadata.linked,
            head=metadata.head,
            shown=shown,
            provenance=page.provenance,
            url=page.url,
            fetched=page.fetched,
            reading=metadata.reading,
            by_hand=page.is_file,
        )
    )


def _compose(page: Page, metadata: Metadata, text: tuple[str, str, str | None], dates: Dates) -> Article:
    body, source, lead = text
    title, byline = metadata.title, metadata.byline
    found = {
        "title": title.source if title else "body",
        "text": source,
        "lead": "body" if lead else None,
        "authors": byline.source if byline else None,
        "published": dates.published.source if dates.published else None,
        "modified": dates.modified.source if dates.modified else None,
        "paywalled": metadata.paywalled[1] if metadata.paywalled else None,
        "section": metadata.section[1] if metadata.section else None,
        "topics": metadata.topics_source,
        "image": metadata.image[1] if metadata.image else None,
        "publisher": metadata.publisher[1] if metadata.publisher else None,
    }
    headline = title.text if title else body.split("\n", 1)[0][:200]
    part = metadata.part
    writing = read_writing(headline, body, page.provenance.language or metadata.head.language)
    return Article(
        url=page.url,
        canonical_url=metadata.canonical_url,
        title=headline,
        text=body,
        lead=lead,
        authors=byline.names if byline else (),
        agencies=agencies_in(byline.names) if byline else (),
        paywalled=metadata.paywalled[0] if metadata.paywalled else None,
        published=dates.published.moment.iso() if dates.published else None,
        published_precision=dates.precision,
        published_source=found["published"],
        modified=dates.modified.moment.iso() if dates.modified else None,
        language=writing.main,
        languages=writing.languages,
        script=writing.script,
        section=metadata.section[0] if metadata.section else None,
        topics=metadata.topics,
        image=metadata.image[0] if metadata.image else None,
        publisher=metadata.publisher[0] if metadata.publisher else None,
        sources={name: where for name, where in found.items() if where},
        evidence={**_rests_on(title, byline), **dates.evidence()},
        others=_others(title, byline, dates),
        usage_preferences=read_preferences(page.headers, metadata.head),
        part=part.number,
        continues=part.continues,
    )


def _rests_on(title: Title | None, byline: Byline | None) -> dict[str, FieldEvidence]:
    """What title and authors rest on, as they stood in their source."""
    found: dict[str, FieldEvidence] = {}
    if title is not None:
        found["title"] = _title_evidence(title)
    if byline is not None:
        found["authors"] = _byline_evidence(byline)
    return found


def _title_evidence(title: Title) -> FieldEvidence:
    return FieldEvidence(title.source, title.text, BY_SOURCES[title.confidence])


def _byline_evidence(byline: Byline) -> FieldEvidence:
    return FieldEvidence(byline.source, None, BY_SOURCES[byline.confidence])


def _others(title: Title | None, byline: Byline | None, dates: Dates) -> dict[str, tuple[Statement, ...]]:
    """What else the page says of title, authors and date: whether it holds, its site's other pages tell."""
    titles = (Statement((one.text,), _title_evidence(one)) for one in (title.others if title else ()))
    names = byline.others if byline else ()
    authors = (
        Statement(one.names, _byline_evidence(one), agencies_in(one.names))
        for one in names
        if sum(map(len, one.names)) <= MAX_OTHER_CHARACTERS
    )
    published = (Statement((one.moment.iso(),), one.evidence()) for one in dates.others)
    said = {"title": tuple(titles), "authors": tuple(authors), "published": tuple(published)}
    return {name: statements for name, statements in said.items() if statements}


def warm_up() -> None:
    """Load what takes long: language model, public suffixes, phrases, weights. Once a process, about 1 s."""
    silence()
    identify("warm up the language model before the first page", None)
    table()
    urls.registrable_domain("example.org")
    phrases("section")
    load()
    # The elements of a page make the collector search all that lives: half a millisecond a page, for what stays.
    gc.collect()
    gc.freeze()
