"""Which regions of a page are not its article's: marked first, since a leak there is a whole section.

In force are, in this order: names of elements (`vocabulary.HARD_WORDS`, `SOFT_WORDS`), other articles on
the same page, teasers (a linked headline with a line or two), and sections that begin with a heading like
"Related articles". Each has a guard for the page on which the name lies.
"""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import accumulate
from typing import TYPE_CHECKING

from archive.extract.body.blocks import HEADINGS
from archive.extract.body.prose import is_link, prose
from archive.extract.vocabulary import (
    BODY_WORDS,
    HARD,
    NEUTRAL,
    NUMBER,
    OVERLAY_WORDS,
    SOFT,
    key,
    phrases,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from archive.extract.body.blocks import Block, Layout, Node

GUARD_SHARE = 0.34
"""Share of a page's prose that makes a soft name lie: `teaser-layout` on the whole article."""

MIN_CONSENT_BLOCKS = 2
"""Paragraphs about cookies that make a consent box; one may be an article's."""

MIN_GUARDED_PROSE = 200
"""Characters of prose below which a soft name is believed: a short article must not let its author's note
in."""

MIN_CONTINUOUS_PROSE = 400
"""Characters of prose below which a hard name is always believed."""

MIN_ARTICLE_PROSE = 300
"""Characters of prose between two headlines that make the second another article's."""

SAME_WORDS = 0.8
"""Share of the shorter line's words that two ways of putting a title have in common."""

MAX_LONGER = 2.5
"""A line of so many times a title's words only mentions its matter."""

MAX_TEASER_PROSE = 450
"""Characters of prose a teaser holds at most."""

COPYRIGHT = re.compile(
    r"^\W*(?:©|copyright\b)\D{0,60}(?:19|20)\d\d\b"
    r"|\b(?:all rights reserved|alle rechte vorbehalten|tous droits réservés|todos los derechos reservados|"
    r"todos os direitos reservados|tutti i diritti riservati|все права защищены|tüm hakları saklıdır|"
    r"wszelkie prawa zastrzeżone)|جميع الحقوق محفوظة|تمامی حقوق",
    re.IGNORECASE,
)
"""The line in which a site names its copyright and its year."""

MAX_COLOPHON_CHARACTERS = 400

MAX_COLOPHON_SHARE = 0.3
"""Share of a page's prose below its copyright past which the line is a picture's."""

SECTIONS = frozenset({"article", "div", "main", "section", "td"})
"""Elements that may hold a whole text; a quote or a list is a part of one."""

MAX_NOTICE_PROSE = 300
"""Characters of prose in one element below a text past which it may be the end of it."""

MIN_TEXT_SHARE = 0.7
"""Share of a text's prose in one element from which what follows that element is no half of the text."""

MAX_CAPTION_BLOCKS, MAX_CAPTION_CHARACTERS = 3, 400

MAX_HEADING_CHARACTERS = 70
"""A longer line is no heading of a section."""


def find_headline(layout: Layout, titles: Iterable[frozenset[str]]) -> int:
    """Index of the block that is the article's headline; -1 where none is.

    Args:
        layout: the page's blocks.
        titles: the folded words of what head, JSON-LD and feed say the title is.
    """
    first_h1 = -1
    half = sum(prose(block) for block in layout.blocks) / 2
    above = 0
    for index, block in enumerate(layout.blocks):
        above += prose(block)
        if above > half:
            break
        if block.tag not in HEADINGS:
            continue
        if is_title(block.text, titles) and not _inside_hard(layout, block):
            return index
        if block.tag == "h1" and first_h1 < 0 and not _inside_hard(layout, block):
            first_h1 = index
    return first_h1


def is_title(text: str, titles: Iterable[frozenset[str]]) -> bool:
    """Whether a line says one of the titles, given as folded words; it may add a kicker, or lack one."""
    words = set(key(text).split())
    return any(_is_same(words, title) for title in titles)


def _is_same(words: set[str], title: frozenset[str]) -> bool:
    if len(words) > MAX_LONGER * len(title):
        return False
    common = len(words & title)
    return common >= SAME_WORDS * min(len(words), len(title)) and common >= min(3, len(title))


def _inside_hard(layout: Layout, block: Block) -> bool:
    return any(layout.nodes[index].negative == HARD for index in layout.ancestors(block.node))


def mark_regions(layout: Layout, headline: int) -> None:
    """Set `region` on each block that is not the article's."""
    sums = [0, *accumulate(prose(block) for block in layout.blocks)]
    _mark_consent(layout, headline)
    _mark_names(layout, headline, sums)
    _mark_other_articles(layout, headline)
    _mark_after_second_headline(layout, headline)
    _mark_teasers(layout, headline)
    _mark_sections(layout)
    _mark_colophon(layout, headline)
    _mark_captions(layout)


def _mark(blocks: Iterable[Block], region: str) -> None:
    for block in blocks:
        block.region = block.region or region


def open_prose(layout: Layout) -> list[int]:
    """Prefix sums of the prose that is not marked."""
    return [0, *accumulate(0 if block.region else prose(block) for block in layout.blocks)]


def _mark_consent(layout: Layout, headline: int) -> None:
    """Mark the boxes that ask for consent to cookies, by what they say: their names are often a library's."""
    blocks = layout.blocks
    about = [prose(block) > 0 and "cookie" in block.text.casefold() for block in blocks]
    if sum(about) < MIN_CONSENT_BLOCKS or (headline >= 0 and "cookie" in blocks[headline].text.casefold()):
        return
    cookies = [0, *accumulate(about)]
    paragraphs = [0, *accumulate(prose(block) > 0 for block in blocks)]
    end = 0
    for node in layout.nodes:
        own = cookies[node.end] - cookies[node.first]
        # The outermost element that is about cookies and holds no headline; what is in it is marked with it.
        # One paragraph is no box: among others, it is an article's that mentions cookies here and there.
        if node.first < end or own < MIN_CONSENT_BLOCKS or node.first <= headline < node.end:
            continue
        if 2 * own >= paragraphs[node.end] - paragraphs[node.first]:
            _mark(blocks[node.first : node.end], "consent")
            end = node.end


def _mark_names(layout: Layout, headline: int, sums: list[int]) -> None:
    total = sums[-1]
    end = 0
    for node in layout.nodes:
        if node.negative == HARD and node.end > end:  # the others are inside one that is marked already
            own = sums[node.end] - sums[node.first]
            if _holds(node, headline) or (own > GUARD_SHARE * total and _is_continuous(layout, node, own)):
                node.negative = NEUTRAL
            else:
                _mark(layout.blocks[node.first : node.end], "name")
                end = node.end
    sums = open_prose(layout)
    limit = max(GUARD_SHARE * sums[-1], MIN_GUARDED_PROSE)
    by_name: dict[str, int] = defaultdict(int)
    soft = [node for node in layout.nodes if node.negative == SOFT]
    for node in soft:
        by_name[node.because] += sums[node.end] - sums[node.first]
    for node in soft:
        own = sums[node.end] - sums[node.first]
        if (_holds(node, headline) and own) or own > limit or by_name[node.because] > limit:
            node.negative = NEUTRAL
        else:
            _mark(layout.blocks[node.first : node.end], "soft name")


def _holds(node: Node, headline: int) -> bool:
    if node.first <= headline < node.end and node.end - node.first > 1:
        return True
    return BODY_WORDS.search(node.words) is not None


def _is_continuous(layout: Layout, node: Node, own: int) -> bool:
    """Whether an element's prose is one text: siblings, or with few links; cards have a link each."""
    if own < MIN_CONTINUOUS_PROSE or OVERLAY_WORDS.search(node.words):
        return False
    inside = layout.blocks[node.first : node.end]
    by_holder: dict[int, int] = defaultdict(int)
    for block in inside:
        by_holder[layout.holder(block.node)] += prose(block)
    links = sum(is_link(block) for block in inside)
    return 2 * max(by_holder.values()) > own or 2 * links < sum(prose(block) > 0 for block in inside)


def _mark_other_articles(layout: Layout, headline: int) -> None:
    """Mark <article> elements other than the one the headline is of: follow-up articles, cards, comments."""
    articles = [node for node in layout.nodes if node.tag == "article" and node.end > node.first]
    for node in _other_articles(articles, headline, open_prose(layout)):
        if node.end <= headline or any(
            block.tag in HEADINGS or is_link(block) for block in layout.blocks[node.first : node.end]
        ):
            _mark(layout.blocks[node.first : node.end], "article")


def _other_articles(articles: list[Node], headline: int, sums: list[int]) -> list[Node]:
    """Those that are not the page's own; none where it is in doubt which that is.

    Args:
        articles: the <article> elements with text, in order.
        headline: index of the headline's block; -1 where none is.
        sums: prefix sums of the prose that is not marked.
    """

    def held(node: Node) -> int:
        return sums[node.end] - sums[node.first]

    if not articles:
        return []
    largest = max(articles, key=held)
    holding = [node for node in articles if node.first <= headline < node.end]
    main = holding[-1] if holding and held(holding[-1]) > 0.2 * held(largest) else largest
    if held(main) < GUARD_SHARE * sums[-1]:
        # The headline's own text is in no <article> then, if what is in them is little.
        outermost = (node for at, node in enumerate(articles) if not at or node.first >= articles[at - 1].end)
        apart = headline >= 0 and not holding and sum(map(held, outermost)) < GUARD_SHARE * sums[-1]
        return articles if apart else []
    return [
        node
        for node in articles
        if not (node.first <= main.first and main.end <= node.end)
        and not (main.first <= node.first and node.end <= main.end and held(node) > 0.5 * held(main))
    ]


def _mark_after_second_headline(layout: Layout, headline: int) -> None:
    """Mark what follows a further h1 below the article: endless pages append the next article."""
    if headline < 0:
        return
    blocks = layout.blocks
    seen, following = 0, -1
    holders: set[int] = set()
    for index in range(headline + 1, len(blocks)):
        block = blocks[index]
        if block.region:
            continue
        if (
            block.tag == "h1"
            and blocks[headline].tag == "h1"
            and seen > MIN_ARTICLE_PROSE
            and block.text != blocks[headline].text
        ):
            if following < index:  # looked for once for all headlines above it
                following = _next_prose(blocks, index)
            # An h1 between paragraphs of one element is a subheading, or an advertisement's.
            if following < len(blocks) and layout.holder(blocks[following].node) not in holders:
                _mark(blocks[index:], "next article")
                return
        elif prose(block):
            seen += prose(block)
            holders.add(layout.holder(block.node))


def _next_prose(blocks: list[Block], start: int) -> int:
    """Index of the next block of open prose; how many blocks there are where none follows."""
    later = range(start, len(blocks))
    return next((index for index in later if prose(blocks[index]) and not blocks[index].region), len(blocks))


def _mark_teasers(layout: Layout, headline: int) -> None:
    """Mark cards: a small element that begins with a linked headline and has a line or two of text."""
    found = []
    for node in layout.nodes:
        size = node.end - node.first
        if (
            not 1 < size <= 8
            or node.first <= headline < node.end
            or node.tag in {"p", "blockquote", "figure"}
        ):
            continue
        inside = layout.blocks[node.first : node.end]
        heading = next((block for block in inside if block.tag in HEADINGS), None)
        if (
            heading is not None
            and is_link(heading)
            and 0 < sum(prose(block) for block in inside) <= MAX_TEASER_PROSE
        ):
            found.append(node)
    if len(found) >= 2:
        for node in found:
            _mark(layout.blocks[node.first : node.end], "teaser")


def _mark_sections(layout: Layout) -> None:
    """Mark sections that a heading announces: related articles, comments, newsletters, sharing."""
    section = phrases("section")
    sums = open_prose(layout)
    for index, block in enumerate(layout.blocks):
        if not block.region and len(block.text) <= MAX_HEADING_CHARACTERS and section.is_line(block.text):
            _mark(layout.blocks[index : _section_end(layout, index, sums)], "section")


def _section_end(layout: Layout, heading: int, sums: list[int]) -> int:
    """One past the last block of the section that a heading begins.

    Args:
        layout: the page's blocks.
        heading: index of the heading.
        sums: prefix sums of the prose that no other rule marked.
    """
    scope = _scope(layout, heading)
    before = sums[heading] - sums[scope.first]
    after = sums[scope.end] - sums[heading]
    # An element that begins with "4 Comments" may well hold more than a short article above it.
    counted = sums[heading] > 0 and NUMBER.search(key(layout.blocks[heading].text)) is not None
    if not before and (counted or after < 0.5 * sums[-1]):
        return scope.end
    blocks = layout.blocks
    text = {layout.holder(block.node) for block in blocks[scope.first : heading] if prose(block)}
    end = heading + 1
    while end < scope.end and _is_entry(blocks, end, scope.end):
        if end + 1 == scope.end and _goes_on(layout, blocks[end], text):
            break
        end += 1
    if end > heading + 1:
        return end
    # No link follows: titles or comments as plain text go on to the end; a stray line is only a line.
    # So is "Read also", in bold though it be: the text goes on below the title that it announces.
    bold = 2 * blocks[heading].bold > len(blocks[heading].text)
    announces = blocks[heading].tag in HEADINGS or (
        bold and not phrases("inline").is_line(blocks[heading].text)
    )
    return scope.end if announces and before > after else heading + 1


def _scope(layout: Layout, heading: int) -> Node:
    """The smallest element around a heading in which something follows it."""
    chain = layout.ancestors(layout.blocks[heading].node)
    return next(
        (layout.nodes[index] for index in chain if layout.nodes[index].end > heading + 1), layout.nodes[0]
    )


def _goes_on(layout: Layout, block: Block, text: set[int]) -> bool:
    """Whether a paragraph stands where the article's do: its last one, below a link to another article."""
    return block.tag == "p" and prose(block) > 0 and layout.holder(block.node) in text


def _is_entry(blocks: list[Block], index: int, end: int) -> bool:
    """Whether a block is an entry of a list of links: a link, or the text between two."""
    if is_link(blocks[index]) or blocks[index].region:
        return True
    after = blocks[index + 1 : min(index + 3, end)]
    return is_link(blocks[index - 1]) and (not after or any(is_link(block) for block in after))


def _mark_colophon(layout: Layout, headline: int) -> None:
    """Mark what follows the line of a page's copyright: terms of use, addresses, other services.

    The line itself may be a wire agency's, at the end of its text; the rules for lines judge it.
    """
    sums = open_prose(layout)
    for index in range(headline + 1, len(layout.blocks)):
        text = layout.blocks[index].text
        if (
            len(text) <= MAX_COLOPHON_CHARACTERS
            and sums[-1] - sums[index + 1] < MAX_COLOPHON_SHARE * sums[-1]
            and COPYRIGHT.search(text)
        ):
            _mark(layout.blocks[index + 1 :], "colophon")
            return


def _mark_captions(layout: Layout) -> None:
    """Mark the lines beside a picture: a small element that holds a picture and no more than a caption.

    Where such lines are most of what a page tells, it is a gallery, and they are its text.
    """
    sums = open_prose(layout)
    captions: set[int] = set()
    for node in layout.nodes:
        size = node.end - node.first
        if not node.pictured or node.tag in {"p", "li", "td"} or not 0 < size <= MAX_CAPTION_BLOCKS:
            continue
        inside = layout.blocks[node.first : node.end]
        if sum(len(block.text) for block in inside) <= MAX_CAPTION_CHARACTERS and not any(
            block.tag in HEADINGS for block in inside
        ):
            captions.update(range(node.first, node.end))
    told = sum(sums[index + 1] - sums[index] for index in captions)
    if 2 * told <= sums[-1]:
        _mark((layout.blocks[index] for index in captions), "caption")


def mark_tail(layout: Layout, container: int, headline: int) -> None:
    """Mark what follows the element that holds most of a text, where it is of another kind.

    Rules of the house, offers and notices that open over a page stand so, at its end and with no name that says it.
    Of the same kind is the second half of a text that an advertisement parts; and what is more than a notice may be
    that half, or a conclusion, in an element of another name.

    Args:
        layout: the page's blocks, its regions marked.
        container: index of the element whose blocks are considered; -1 where there is none.
        headline: index of the headline's block; -1 where none is.
    """
    if container < 0:
        return
    inner, end = _holding_most(layout, container), layout.nodes[container].end
    if inner.end <= headline:
        return
    is_kindred = _kindred(layout, inner)
    tail = [block for block in layout.blocks[inner.end : end] if not block.region and not is_kindred(block)]
    told: dict[int, int] = defaultdict(int)
    for block in tail:
        told[layout.holder(block.node)] += prose(block) if block.tag != "li" else 0
    _mark((block for block in tail if told[layout.holder(block.node)] <= MAX_NOTICE_PROSE), "tail")


def _holding_most(layout: Layout, container: int) -> Node:
    """The innermost element of a container that holds most of its prose."""
    sums = open_prose(layout)
    nodes = layout.nodes
    found = nodes[container]
    least = MIN_TEXT_SHARE * (sums[found.end] - sums[found.first])
    holding = container
    for index in range(container + 1, len(nodes)):
        node = nodes[index]
        if node.first >= found.end:
            break
        if node.parent == holding and node.tag in SECTIONS and sums[node.end] - sums[node.first] >= least:
            holding, found = index, node
    return found


def _kindred(layout: Layout, text: Node) -> Callable[[Block], bool]:
    """Whether a block has its tag in common with one of a text's, and names: those around it, or its own."""
    nodes = layout.nodes

    def around(block: Block) -> tuple[str, str]:
        return nodes[nodes[block.node].parent].words, block.tag

    def own(block: Block) -> tuple[str, str]:
        return block.tag, nodes[block.node].words

    inside = [block for block in layout.blocks[text.first : text.end] if not is_link(block)]
    arounds, owns = {around(block) for block in inside}, {own(block) for block in inside if own(block)[1]}
    return lambda block: around(block) in arounds or own(block) in owns
