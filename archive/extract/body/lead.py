"""The standfirst: the sentence or two between headline and body, where a page sets them apart.

Set apart means by name (class `standfirst`, itemprop `description`), by element (a heading under the
headline) or by being the page's own description outside the paragraphs' element. A first paragraph in bold
type is a first paragraph.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from archive.extract.body.blocks import HEADINGS
from archive.extract.body.headline import is_title
from archive.extract.body.prose import prose, weight
from archive.extract.dates.written import find_visible
from archive.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archive.extract.body.blocks import Block, Layout

LEAD_WORDS = re.compile(
    "-(?:lead|leads|leadtext|lead-text|lede|intro|introtext|introduction|standfirst|strapline|subtitle|sub-title|subtitulo|subtitel|"
    "subhead|subheading|sub-heading|subheadline|sub-headline|subheader|dek|deck|summary|excerpt|abstract|chapo|chapeau|entradilla|bajada|"
    "copete|sapo|ingress|manchet|vorspann|anleser|einleitung|teaser-text|teasertext|sommario|occhiello|catenaccio|spot|preamble|description|desc|"
    "article-?lead|article-?intro|article-?summary|synopsis|precis|linha-fina|resumo|kicker-text)-"
)
STRONG_LEAD_WORDS = re.compile(
    "-(?:standfirst|strapline|subtitle|sub-title|subtitulo|subheadline|sub-headline|lede|dek|chapo|chapeau|entradilla|"
    "bajada|copete|sapo|ingress|manchet|vorspann|anleser|catenaccio|occhiello|linha-fina)-"
)
"""Names of a standfirst even among the paragraphs; `intro` and `summary` may be the first paragraph's."""

NOT_LEAD = re.compile(
    r"(?<!-has)-(?:image|photo|picture|media|video|caption|credit|related|comments?|meta|cookies?|consent|site-description|newsletter|share|leaderboard|toc|speakable)-"
)

MIN_LEAD_WEIGHT = 35
MAX_LEAD_WEIGHT = 900
MAX_LEAD_BLOCKS = 4
MAX_DISTANCE = 60
"""Blocks between headline and standfirst at most: bylines, dates, buttons."""

SAME_TEXT = 60
"""Folded characters that must agree for a block to be the page's description, which is often cut short."""


def find_lead(
    layout: Layout,
    headline: int,
    body: list[int],
    titles: Iterable[frozenset[str]],
    descriptions: Iterable[str],
) -> list[int]:
    """Indexes of the standfirst's blocks, perhaps among the body's; empty where the page sets none apart.

    Args:
        layout: the page's blocks.
        headline: index of the headline's block; -1 where none is.
        body: indexes of the body's blocks, in order.
        titles: the folded words of what is known as the title, which no standfirst says again.
        descriptions: what head and JSON-LD give as the page's description.
    """
    paragraphs = [index for index in body if prose(layout.blocks[index])]
    if not paragraphs:
        return []
    known = {folded for text in descriptions if len(folded := fold(text)) >= MIN_LEAD_WEIGHT}
    first = headline + 1 if headline < paragraphs[0] else paragraphs[0]
    found: list[int] = []
    for index in range(max(first, paragraphs[0] - MAX_DISTANCE), len(layout.blocks)):
        block = layout.blocks[index]
        if (
            _may_be(layout, block)
            and _is_set_apart(layout, index, headline, paragraphs, known)
            and not is_title(block.text, titles)
            and not _is_imprint(block.text)
        ):
            found.append(index)
        elif (found and index > found[0] + 1) or index in paragraphs:
            break
    rest = [index for index in paragraphs if index not in found]
    return found[:MAX_LEAD_BLOCKS] if rest else []


def _may_be(layout: Layout, block: Block) -> bool:
    if not MIN_LEAD_WEIGHT <= weight(block.text) <= MAX_LEAD_WEIGHT or block.link_share > 0.3:
        return False
    if (
        block.region not in {"", "soft name"}
        or "figure" in block.wraps
        or "figcaption" in block.wraps
        or "table" in block.wraps
    ):
        return False
    return not any(NOT_LEAD.search(layout.nodes[index].words) for index in layout.ancestors(block.node)[:3])


def _is_imprint(text: str) -> bool:
    """Whether a line says when it was published, and little beside that: a name, "updated", an hour."""
    for found in find_visible(text):
        text = text.replace(found.raw, "")
    return weight(text) < MIN_LEAD_WEIGHT


def _is_set_apart(layout: Layout, index: int, headline: int, paragraphs: list[int], known: set[str]) -> bool:
    block = layout.blocks[index]
    own = layout.nodes[block.node]
    later = [layout.blocks[at].node for at in paragraphs if at > index]
    around = {own.parent, block.node}
    beside = any(
        layout.nodes[node].parent in around
        or (own.words and layout.nodes[node].words == own.words)
        or layout.are_beside(block.node, node)
        for node in later
    )
    if _is_named(layout, block, STRONG_LEAD_WORDS if beside else LEAD_WORDS):
        return True
    if block.tag in HEADINGS and block.tag != "h1":
        return index < paragraphs[0] and (not beside or _is_known(block, known) or index == headline + 1)
    return not beside and _is_known(block, known)


def _is_named(layout: Layout, block: Block, names: re.Pattern[str]) -> bool:
    for index in layout.ancestors(block.node)[:3]:
        node = layout.nodes[index]
        if node.end - node.first > 4:
            return False
        if names.search(node.words):
            return True
    return False


def _is_known(block: Block, known: set[str]) -> bool:
    folded = fold(block.text)
    return any(text[:SAME_TEXT] in folded or folded[:SAME_TEXT] in text for text in known)
