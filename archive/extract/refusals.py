"""Why a page is no article: challenge, password form, consent form, not found in disguise, listing.

What a page shows instead of an article is short; so phrases and markers count only where there is little
prose, or a report on cookies would be taken for a consent form.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from archive.extract.body.blocks import HEADINGS
from archive.extract.body.prose import is_link, prose
from archive.extract.metadata.titles import SEPARATOR
from archive.extract.vocabulary import Phrases, phrases
from archive.records import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

    from archive.extract.body.blocks import Layout
    from archive.extract.metadata.fields import Metadata

LITTLE_PROSE = 700
"""Characters of prose up to which a page may be a form or a notice."""

MIN_ENTRIES = 6
"""Linked headlines that make a page a listing, if it has no text of its own."""

MIN_ENTRY_CHARACTERS = 25
"""A shorter link is a menu's."""

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
    """Refuse a page of links to articles: many linked headlines, and no text but theirs."""
    if metadata.is_article:
        return None
    blocks = [block for block in layout.blocks if block.region not in {"name", "section"}]
    entries = sum(block.tag in HEADINGS and is_link(block) for block in blocks)
    links = sum(is_link(block) and len(block.text) >= MIN_ENTRY_CHARACTERS for block in blocks)
    if max(entries, links) < MIN_ENTRIES:
        return None
    text = sum(prose(layout.blocks[index]) for index in chosen)
    of_entries = sum(prose(layout.blocks[index]) for index in chosen if _is_of_entry(layout, index))
    if 2 * of_entries >= text:
        return Rejected("listing", f"{max(entries, links)} links to articles, {text} characters of text")
    return None


def _is_of_entry(layout: Layout, index: int) -> bool:
    """Whether a paragraph stands right below a linked headline."""
    return any(is_link(block) for block in layout.blocks[max(0, index - 2) : index])
