"""An article from a plain text: what somebody pasted or saved from a page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from archive import urls
from archive.extract.dates.dating import date_file
from archive.extract.language.languages import read_writing
from archive.extract.markup.decoding import decode
from archive.extract.markup.head import one_line
from archive.extract.page import MAX_TEXT_CHARACTERS
from archive.extract.vocabulary import phrases
from archive.records import Article
from archive.text import fold

if TYPE_CHECKING:
    from archive.extract.page import Page

BLANK_LINE = re.compile(r"\n[ \t\u00a0]*\n")


def extract_text(page: Page) -> Article:
    """Read an imported text: its first line is the title, each paragraph a line.

    Where a manifest gives a title, the first line is one of the text, unless it says the same.
    Boilerplate lines that a page printed below its article (related articles, the comment form, back to
    top) are cut off the end. A text is an article however short; the title of an empty one is its URL.
    Where paragraphs are parted by blank lines, lines inside them are joined; else each line is a paragraph.
    """
    text = (
        decode(page.content, page.charset)
        .text.replace("\r\n", "\n")
        .replace("\r", "\n")[:MAX_TEXT_CHARACTERS]
    )
    stripped = text.strip()
    title, _, rest = stripped.partition("\n")
    provenance = page.provenance
    named = provenance.title
    lines = _paragraphs(rest if named is None or fold(named) == fold(one_line(title)) else stripped)
    kept = lines[: _end(lines)]
    body = "\n".join(kept)
    dates = date_file(provenance, page.fetched)
    writing = read_writing(one_line(title), body, provenance.language)
    found = {
        "title": "provenance" if named else "first line",
        "text": "text",
        "published": dates.published.source if dates.published else None,
        "modified": dates.modified.source if dates.modified else None,
    }
    return Article(
        url=page.url,
        canonical_url=urls.canonical(page.url),
        title=named or one_line(title) or page.url,
        text=body,
        published=dates.published.moment.iso() if dates.published else None,
        published_precision=dates.precision,
        published_source=found["published"],
        modified=dates.modified.moment.iso() if dates.modified else None,
        language=writing.main,
        languages=writing.languages,
        script=writing.script,
        section=provenance.section,
        sources={name: where for name, where in found.items() if where},
        evidence=dates.evidence(),
    )


def _paragraphs(text: str) -> list[str]:
    parts = BLANK_LINE.split(text)
    # Hard-wrapped paragraphs between blank lines; a text whose every line is a paragraph has hardly a blank
    # one.
    wrapped = len(parts) > 1 and all(_is_wrapped(part.strip("\n").split("\n")) for part in parts)
    chunks = (part.replace("\n", " ") for part in parts) if wrapped else text.split("\n")
    return [line for chunk in chunks if (line := one_line(chunk))]


def _is_wrapped(lines: list[str]) -> bool:
    return all(len(line) <= 100 for line in lines)


def _end(lines: list[str]) -> int:
    """Where the boilerplate at a text's end begins.

    From the end upwards: lines that are boilerplate, and what lies between them if it is short (titles of
    related articles, names of fields), as long as nothing that reads as a paragraph is met.
    """
    section, noise = phrases("section"), phrases("noise")
    end, index = len(lines), len(lines)
    while index > 0:
        index -= 1
        line = lines[index]
        if section.is_line(line) or noise.is_line(line):
            end = index
        elif len(line) > MAX_RELATED_TITLE or line[-1] in ".؟!。":
            break
    return end


MAX_RELATED_TITLE = 160
"""Characters; a longer line above a boilerplate line is a paragraph."""
