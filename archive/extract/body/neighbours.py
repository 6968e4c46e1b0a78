"""Other articles on the same page: in elements of their own, below a headline of their own, in cards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.extract.body.blocks import HEADINGS
from archive.extract.body.marks import GUARD_SHARE, mark, open_prose
from archive.extract.body.prose import is_link, prose

if TYPE_CHECKING:
    from archive.extract.body.blocks import Block, Layout, Node

MIN_ARTICLE_PROSE = 300
"""Characters of prose between two headlines that make the second another article's."""

MAX_TEASER_PROSE = 450
"""Characters of prose a teaser holds at most."""


def mark_other_articles(layout: Layout, headline: int) -> None:
    """Mark <article> elements other than the one the headline is of: follow-up articles, cards, comments."""
    articles = [node for node in layout.nodes if node.tag == "article" and node.end > node.first]
    for node in _other_articles(articles, headline, open_prose(layout)):
        if node.end <= headline or any(
            block.tag in HEADINGS or is_link(block) for block in layout.blocks[node.first : node.end]
        ):
            mark(layout.blocks[node.first : node.end], "article")


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


def mark_after_second_headline(layout: Layout, headline: int) -> None:
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
                mark(blocks[index:], "next article")
                return
        elif prose(block):
            seen += prose(block)
            holders.add(layout.holder(block.node))


def _next_prose(blocks: list[Block], start: int) -> int:
    """Index of the next block of open prose; how many blocks there are where none follows."""
    later = range(start, len(blocks))
    return next((index for index in later if prose(blocks[index]) and not blocks[index].region), len(blocks))


def mark_teasers(layout: Layout, headline: int) -> None:
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
            mark(layout.blocks[node.first : node.end], "teaser")
