"""Line by line: what stands between an article's paragraphs without being one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.extract.body.blocks import HEADINGS
from archive.extract.body.headline import is_title
from archive.extract.body.prose import (
    LINK_SHARE,
    PROSE_CHARACTERS,
    SENTENCE_ENDS,
    is_bare_sentence,
    is_link,
    prose,
    weight,
)
from archive.extract.dates.written import find_visible
from archive.extract.vocabulary import line_key, phrases
from archive.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archive.extract.body.blocks import Block

MAX_LINE_CHARACTERS = 220
"""A longer block is a paragraph, whatever it begins with."""


SUBHEADINGS = HEADINGS - {"h1"}

MIN_FLASH_WORDS = 3

MAX_CREDIT_CHARACTERS = 450
"""A longer last paragraph is the article's, whatever it begins with."""

MAX_LISTED_LINKS = 0.3
"""Link share past which an entry at a text's end is one of a list of links."""

SEPARATORS = (":", "|", "..", "…", " – ", " - ", "—", "]", ">", "»", "؛", "：")
"""What stands between "Read also" and the title of what to read."""

MAX_POINTED_CHARACTERS = 160
"""A longer line is no title."""

MIN_POINTER_WEIGHT = 10
"""Weight of a single word that is taken for a pointer without a mark after it: shorter ones begin sentences."""

NO_TITLE_ENDS = (SENTENCE_ENDS | frozenset(":：;؛,،")) - frozenset('?؟？!！"”»…')
"""How a sentence ends or breaks off before a quotation, and no title does."""

MIN_POINTED = 0.5
"""Link share of a line that is a link with a label before it."""

LABELLED = re.compile(r"^[^:|.?!»>\d]{4,30}[:|»>]\s*+\S++(?:\s++\S++){3,24}(?<![.!?؟。])$")
"""A few words and a colon, and no sentence after it: "More on the matter: TITLE" in whatever language."""

CREDIT = re.compile(
    r"^\W*(?:additional |with )?(?:reporting|writing|editing|compiled|translated|production|edited|written) "
    r"(?:and \w+ )?(?:by|from)\b"
    r"|^\W*(?:more|follow|read more) (?:of )?(?:the )?AP\b.{,80}https?://"
    r"|^\W*(?:e-?mail|contact|reach|follow) [^.]{3,60}(?<!\w)(?:at|on)\b.{,20}@"
    r"|^\W*(?:\w+[\w .'’,-]{2,60}) contributed to this (?:report|story|article)",
    re.IGNORECASE,
)
"""Sign-offs of agencies' and papers' texts: "(Reporting by A; Editing by B)"."""


@dataclass(frozen=True, slots=True)
class Known:
    """What stands elsewhere on the page and is not said again in the body."""

    titles: tuple[frozenset[str], ...]
    """The folded words of each."""
    authors: frozenset[str]
    """Folded."""


def select_lines(blocks: list[Block], indexes: Iterable[int], known: Known) -> list[int]:
    """Drop the lines that are no part of the text, and the labels at its two ends."""
    kept: list[int] = []
    begun = False
    label: Block | None = None
    for index in indexes:
        block = blocks[index]
        if index > 0 and _announces(blocks[index - 1]):
            label = blocks[index - 1]
        elif label is not None and not _is_announced(block, label):
            label = None
        if (
            (label is not None and _is_announced(block, label))
            or is_foreign(block)
            or _says_title(block, known, begun=begun)
        ):
            continue
        kept.append(index)
        begun = begun or prose(block) > 0
    return _trim(blocks, kept, known)


def _says_title(block: Block, known: Known, *, begun: bool) -> bool:
    """Whether a line is the headline once more.

    Once the text has begun, a subheading may well be of the headline's words: only the whole of it is it.
    """
    if len(block.text) > MAX_LINE_CHARACTERS or (prose(block) and block.tag != "h1"):
        return False
    if begun:
        return frozenset(line_key(block.text).split()) in known.titles
    return is_title(block.text, known.titles)


def is_foreign(block: Block) -> bool:
    """Whether a line is of no article's text wherever it stands: a caption, a link, "Read also", a plea."""
    if "figcaption" in block.wraps or (
        "figure" in block.wraps and "table" not in block.wraps and "blockquote" not in block.wraps
    ):
        return True
    if is_link(block):
        return True
    if len(block.text) > MAX_LINE_CHARACTERS:
        return False
    if phrases("noise").is_line(block.text) or phrases("section").is_line(block.text):
        return True
    return _points_elsewhere(block) or _pleads(block)


def _announces(block: Block) -> bool:
    """Whether a line is only "Read also", and titles follow on lines of their own."""
    return len(block.text) <= MAX_LINE_CHARACTERS and phrases("inline").is_line(block.text)


def _is_announced(block: Block, label: Block) -> bool:
    return block.tag == label.tag and block.bold <= label.bold and not prose(block) and _is_unfinished(block)


def _points_elsewhere(block: Block) -> bool:
    """Whether a line names another article."""
    phrase = phrases("inline").begins(block.text)
    if phrase is None:
        return block.link_share > MIN_POINTED and LABELLED.match(block.text) is not None
    if block.link_share > 0.3 or _has_separator(block.text, phrase):
        return True
    # Without a mark or link: a title is no sentence, and "related" alone may begin one.
    return _is_unfinished(block) and (" " in phrase or weight(phrase) >= MIN_POINTER_WEIGHT)


def _has_separator(text: str, phrase: str) -> bool:
    """Whether a colon or the like parts a phrase from what follows."""
    words = len(phrase.split()) + 1
    return any(
        mark and len(line_key(head).split()) <= words
        for head, mark, _ in (text.partition(separator) for separator in SEPARATORS)
    )


def _is_unfinished(block: Block) -> bool:
    """Whether a line is a title rather than a sentence, by how it ends."""
    return (
        len(block.text) <= MAX_POINTED_CHARACTERS
        and block.text[-1] not in NO_TITLE_ENDS
        and block.tag not in HEADINGS
    )


def _pleads(block: Block) -> bool:
    return phrases("plea").begins(block.text) is not None and (
        block.link_share > 0.1 or len(block.text) < 100
    )


def _trim(blocks: list[Block], kept: list[int], known: Known) -> list[int]:
    """Cut the labels before the first paragraph and after the last."""
    first = next((at for at, index in enumerate(kept) if _is_paragraph(blocks[index], known)), None)
    if first is None:
        return [index for index in kept if _is_flash(blocks[index], known)]
    backwards = range(len(kept) - 1, -1, -1)
    last = next((at for at in backwards if _ends_text(blocks[kept[at]], known)), first)
    while last + 1 < len(kept) and _is_afterword(blocks[kept[last]], blocks[kept[last + 1]], known):
        last += 1
    return kept[first : last + 1]


def _is_flash(block: Block, known: Known) -> bool:
    """Whether a short paragraph is all there is of a short article."""
    return block.tag == "p" and len(block.text.split()) >= MIN_FLASH_WORDS and not _is_label(block, known)


def _is_afterword(last: Block, line: Block, known: Known) -> bool:
    """Whether a short line below the last paragraph is of its kind, as "Source: agencies" is."""
    same = line.node == last.node or (line.tag == last.tag == "p") or is_bare_sentence(line)
    return same and not line.links and not _is_label(line, known) and not _is_credit(line, known)


def _ends_text(block: Block, known: Known) -> bool:
    """Whether a block may be a text's last: a paragraph that is not a credit, or an entry of a list."""
    if block.tag in {"li", "td", "th", "dd"}:
        return block.link_share < MAX_LISTED_LINKS
    return _is_paragraph(block, known) and not _is_credit(block, known)


def _is_credit(block: Block, known: Known) -> bool:
    """Whether a last paragraph names who worked on the text, or says who its author is."""
    if CREDIT.match(block.text) or (
        phrases("label").begins(block.text) and len(block.text) <= MAX_LINE_CHARACTERS
    ):
        return True
    if len(block.text) <= MAX_CREDIT_CHARACTERS and phrases("plea").begins(block.text):
        return True
    folded = fold(block.text)
    return any(folded.startswith(author) for author in known.authors if " " in author)


def _is_paragraph(block: Block, known: Known) -> bool:
    return (prose(block) > 0 or _is_linked_sentence(block)) and not _is_label(block, known)


def _is_linked_sentence(block: Block) -> bool:
    """Whether half a paragraph is a link, and it is a sentence all the same."""
    return (
        block.tag == "p"
        and block.link_share < LINK_SHARE
        and block.text[-1] in SENTENCE_ENDS
        and weight(block.text) >= PROSE_CHARACTERS
    )


def _is_label(block: Block, known: Known) -> bool:
    """Whether a line is a byline or a date."""
    if len(block.text) > 120:
        return False
    folded = fold(block.text)
    if any(author in folded and len(folded) < len(author) + 25 for author in known.authors):
        return True
    return block.text[-1] not in SENTENCE_ENDS and next(find_visible(block.text), None) is not None
