"""What makes a block prose, and what makes it a link: the two measures all rules share."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from archive.extract.body.blocks import HEADINGS

if TYPE_CHECKING:
    from archive.extract.body.blocks import Block

PROSE_CHARACTERS = 70
"""Weight from which a block counts as prose: shorter ones are labels more often than sentences."""

SENTENCE_CHARACTERS = 25
"""The same for a <p> that ends as a sentence does."""

MAX_LINK_SHARE = 0.45
"""Link share past which a block is a teaser or a list of links, not prose."""

LINK_SHARE = 0.7
"""Link share from which a block is nothing but a link."""

DENSE = re.compile("[\u0e00-\u0eff\u3040-\u9fff\uac00-\ud7af]+")

SENTENCE_ENDS = frozenset('.!?…。！？؟۔।।”"»')


def weight(text: str) -> int:
    """A text's length in characters, an ideograph, kana, hangul or Thai sign as 2.5: they say more each."""
    if text.isascii() or not DENSE.search(text):
        return len(text)
    dense = sum(map(len, DENSE.findall(text)))
    return len(text) + dense * 3 // 2


def prose(block: Block) -> int:
    """Weight of a block that reads as prose, else 0; worked out once a block."""
    if block.prose < 0:
        block.prose = _prose(block)
    return block.prose


def _prose(block: Block) -> int:
    if block.tag in HEADINGS or block.link_share > MAX_LINK_SHARE:
        return 0
    size = weight(block.text)
    if size >= PROSE_CHARACTERS or (
        size >= SENTENCE_CHARACTERS and block.tag == "p" and block.text[-1] in SENTENCE_ENDS
    ):
        return size
    return 0


def is_bare_sentence(block: Block) -> bool:
    """Whether a block is a sentence without any element of its own: what an editor added by hand."""
    return (
        block.bare == len(block.text)
        and weight(block.text) >= SENTENCE_CHARACTERS
        and block.text[-1] in SENTENCE_ENDS
    )


def is_link(block: Block) -> bool:
    """Whether a block is nothing but a link."""
    return block.link_share >= LINK_SHARE
