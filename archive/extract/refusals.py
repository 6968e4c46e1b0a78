"""Why a page is no article: challenge, password form, consent form, not found in disguise, listing.

What a page shows instead of an article is short; so phrases and markers count only where there is little
prose, or a report on cookies would be taken for a consent form.
"""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from archive.extract.body.blocks import HEADINGS
from archive.extract.body.neighbours import MAX_TEASER_PROSE
from archive.extract.body.prose import is_link, prose, weight
from archive.extract.metadata.titles import SEPARATOR
from archive.extract.vocabulary import Phrases, phrases
from archive.records import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

    from archive.extract.body.blocks import Block, Layout
    from archive.extract.metadata.fields import Metadata

LITTLE_PROSE = 700
"""Characters of prose up to which a page may be a form or a notice."""

MIN_ENTRIES = 6
"""Linked headlines that make a page a listing, if it has no text of its own."""

MIN_ENTRY_CHARACTERS = 25
"""Weight of a link below which it is a menu's."""

MAX_CARD_PARAGRAPHS = 2
"""Of an entry's summary."""

CHALLENGE_MARKERS = re.compile(
    r"_cf_chl_opt|cf-chl-|cdn-cgi/challenge-platform/h/|captcha-delivery\.com|_Incapsula_Resource|px-captcha|"
    r"perimeterx|awswaf|challenge-form|sec-if-cpt|__ddg|ddos-guard|sucuri_cloudproxy|g-recaptcha|h-captcha|hcaptcha",
    re.IGNORECASE,
)
"""Scripts and forms of the gatekeepers in wide use; some stand on ordinary pages too."""

CONSENT_HOSTS = re.compile(r"(?:^|\.)(?:consent|cmp|privacy-mgmt|zustimmung|myprivacy)[.-]", re.IGNORECASE)


def refuse_notice(root: HtmlElement, text: str, layout: Layout, metadata: Metadata) -> Rejected | None:
    """Refuse a page that is a form or a notice; asked before its regions are marked.

    Args:
        root: the page.
        text: its HTML.
        layout: its blocks.
        metadata: its titles.
    """
    if _has_password_form(root):
        return Rejected("password", "a form asks for the post's password")
    total = sum(prose(block) for block in layout.blocks if not is_link(block))
    if total > LITTLE_PROSE:
        return None
    lines = [*_titles(metadata), *(block.text for block in layout.blocks[:40] if block.tag in HEADINGS)]
    said = " ".join(block.text for block in layout.blocks[:60])[:4000]
    return (
        _refuse_challenge(text, lines, said)
        or _refuse_consent(lines, said, metadata)
        or _named(phrases("not_found"), lines, "soft_404")
        or _password_notice(root, said)
    )


def _has_password_form(root: HtmlElement) -> bool:
    return any("post-password-form" in (form.get("class") or "") for form in root.iter("form"))


def _password_notice(root: HtmlElement, said: str) -> Rejected | None:
    asks = any((field.get("type") or "").lower() == "password" for field in root.iter("input"))
    phrase = phrases("password").occurs(said) if asks else None
    return Rejected("password", phrase) if phrase else None


def _titles(metadata: Metadata) -> Iterator[str]:
    title = metadata.head.title
    yield title
    yield from SEPARATOR.split(title)
    if metadata.title:
        yield metadata.title.text


def _named(known: Phrases, lines: list[str], reason: str) -> Rejected | None:
    for line in lines:
        phrase = known.begins(line) if len(line) < 120 else None
        # A heading that begins so and goes on much longer is a headline about it.
        if phrase and len(line.split()) <= len(phrase.split()) + 4:
            return Rejected("soft_404", line) if reason == "soft_404" else Rejected("challenge", line)
    return None


def _refuse_challenge(text: str, lines: list[str], said: str) -> Rejected | None:
    named = _named(phrases("challenge"), lines, "challenge")
    if named:
        return named
    phrase = phrases("challenge").occurs(said)
    # All of a page's HTML is searched for them: 17 ms.
    marker = CHALLENGE_MARKERS.search(text) if phrase else None
    return Rejected("challenge", f"{phrase}; {marker[0]}") if marker else None


def _refuse_consent(lines: list[str], said: str, metadata: Metadata) -> Rejected | None:
    known = phrases("consent")
    phrase = next((found for line in lines if len(line) < 160 and (found := known.begins(line))), None)
    if phrase and not metadata.is_article:
        return Rejected("consent", phrase)
    if CONSENT_HOSTS.search(metadata.canonical_url.split("/")[2] if "//" in metadata.canonical_url else ""):
        return Rejected("consent", known.occurs(said) or "the host of a consent form")
    return None


def refuse_listing(layout: Layout, chosen: list[int], metadata: Metadata) -> Rejected | None:
    """Refuse a page of links to articles: many linked headlines, and no text but theirs, or a front page's own."""
    if metadata.is_article:
        return None
    blocks = [block for block in layout.blocks if block.region not in {"name", "section"}]
    entries = sum(block.tag in HEADINGS and is_link(block) for block in blocks)
    links = sum(is_link(block) and weight(block.text) >= MIN_ENTRY_CHARACTERS for block in blocks)
    if max(entries, links) < MIN_ENTRIES:
        return None
    paragraphs = {index for index in chosen if prose(layout.blocks[index])}
    counts = [0, *accumulate(index in paragraphs for index in range(len(layout.blocks)))]
    text = sum(prose(layout.blocks[index]) for index in paragraphs)
    of_entries = sum(
        prose(layout.blocks[index]) for index in paragraphs if _is_of_entry(layout, index, counts)
    )
    if 2 * of_entries >= text or _is_front(metadata.canonical_url):
        return Rejected("listing", f"{max(entries, links)} links to articles, {text} characters of text")
    return None


def _is_front(url: str) -> bool:
    parts = urlsplit(url)
    return parts.path in {"", "/"} and not parts.query


def _is_of_entry(layout: Layout, index: int, counts: list[int]) -> bool:
    """Whether a paragraph stands right below a linked headline, with a line between them at most.

    A button or a menu above it is none, and below a headline of its own a paragraph is that one's.

    Args:
        layout: the page's blocks.
        index: of the paragraph.
        counts: how many of the text's paragraphs stand before each block.
    """
    for block in reversed(layout.blocks[max(0, index - 2) : index]):
        if is_link(block):
            is_headline = block.tag in HEADINGS or weight(block.text) >= MIN_ENTRY_CHARACTERS
            return (
                is_headline and not block.region and _is_its_own(layout, block, layout.blocks[index], counts)
            )
        if block.tag in HEADINGS or prose(block):
            return False
    return False


def _is_its_own(layout: Layout, link: Block, paragraph: Block, counts: list[int]) -> bool:
    """Whether a linked headline is of the paragraph below it: beside it, or in one card with it.

    A box of links between the paragraphs of an article is neither.
    """
    if layout.are_beside(link.node, paragraph.node):
        return True
    around = {*layout.ancestors(link.node)}
    card = next(layout.nodes[node] for node in layout.ancestors(paragraph.node) if node in around)
    own = counts[card.end] - counts[card.first]
    is_small = own <= MAX_CARD_PARAGRAPHS and prose(paragraph) <= MAX_TEASER_PROSE
    return is_small or 2 * own <= counts[-1]
