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
from archive.extract.body.marks import GUARD_SHARE, mark, open_prose
from archive.extract.body.neighbours import mark_after_second_headline, mark_other_articles, mark_teasers
from archive.extract.body.prose import is_link, prose
from archive.extract.body.sections import mark_sections
from archive.extract.vocabulary import (
    BODY_WORDS,
    HARD,
    NEUTRAL,
    OVERLAY_WORDS,
    SOFT,
)

if TYPE_CHECKING:
    from archive.extract.body.blocks import Layout, Node

MIN_CONSENT_BLOCKS = 2
"""Paragraphs about cookies that make a consent box; one may be an article's."""

MIN_GUARDED_PROSE = 200
"""Characters of prose below which a soft name is believed: a short article must not let its author's note
in."""

MIN_CONTINUOUS_PROSE = 400
"""Characters of prose below which a hard name is always believed."""

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

MAX_CAPTION_BLOCKS, MAX_CAPTION_CHARACTERS = 3, 400


def mark_regions(layout: Layout, headline: int) -> None:
    """Set `region` on each block that is not the article's."""
    sums = [0, *accumulate(prose(block) for block in layout.blocks)]
    _mark_consent(layout, headline)
    _mark_names(layout, headline, sums)
    mark_other_articles(layout, headline)
    mark_after_second_headline(layout, headline)
    mark_teasers(layout, headline)
    mark_sections(layout)
    _mark_colophon(layout, headline)
    _mark_captions(layout)


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
            mark(blocks[node.first : node.end], "consent")
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
                mark(layout.blocks[node.first : node.end], "name")
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
            mark(layout.blocks[node.first : node.end], "soft name")


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
            mark(layout.blocks[index + 1 :], "colophon")
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
        mark((layout.blocks[index] for index in captions), "caption")
