"""A page as a flat list of text blocks over one tree: what every rule about the body looks at.

The walk visits each element once and keeps two parallel records: the blocks, in document order, and the
elements, each with the range of blocks inside it. Since blocks are in document order, "all that stands in
this element" is a slice, and sums over it are differences of prefix sums.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archive.extract.markup.head import one_line
from archive.extract.markup.tree import drop
from archive.extract.vocabulary import HARD, HIDDEN_WORDS, NEUTRAL, SOFT, class_words, negativity, remembered

if TYPE_CHECKING:
    from lxml.html import HtmlElement

SKIPPED = frozenset({
    "script", "style", "noscript", "template", "iframe", "svg", "math", "head", "object", "embed", "applet",
    "audio", "video", "canvas", "map", "select", "option", "textarea", "input", "button", "dialog", "link",
    "meta", "img", "picture", "source", "progress", "meter", "datalist", "frameset", "title",
})  # fmt: skip
"""Elements that hold no text of an article."""

PICTURES = frozenset({"img", "picture", "video"})

INLINE = frozenset({
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font",
    "i", "ins", "kbd", "label", "mark", "nobr", "q", "rb", "rp", "rt", "ruby", "s", "samp", "small", "span",
    "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr", "o:p",
})  # fmt: skip
"""Elements that do not end a block (HTML, "phrasing content")."""

CLIPPED = re.compile(r"clip:rect\(0|clip:rect\(1px|clip-path:inset\((?:50|100)%")

NEGATIVE_TAGS = {"nav": HARD, "footer": HARD, "menu": HARD, "aside": SOFT, "form": SOFT}
WHOLE_PAGE = frozenset({"html", "body", "main"})
"""Their class names speak of the page, not of a part of it."""

MAX_HIDDEN_CHARACTERS = 200
"""Of a longer run of inline text a script shows the rest: "read on" buttons hide half an article so."""

MAX_WHITE_SPACE = 200
"""Characters of line ends and indents at the end of a text that are searched for what was said before."""

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
BOLD = frozenset({"b", "strong", "h1", "h2", "h3", "h4", "h5", "h6"})
PARAGRAPH_LIKE = frozenset(
    {"p", "li", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "td", "th", "figcaption", "dd", "dt"}
)


@dataclass(slots=True)
class Node:
    """An element that ends blocks, with the blocks inside it as a slice."""

    element: HtmlElement
    tag: str
    parent: int
    """Index among the nodes; -1 for the root."""
    words: str
    """Its class, id and role as `-word-word-`; see `vocabulary.class_words`."""
    negative: int
    """How much its tag, names or style speak against its being part of an article."""
    because: str
    """The tag or word that does."""
    pictured: bool = False
    """Whether a picture or film stands directly in it, or in an inline element of it."""
    first: int = 0
    """Index of its first block."""
    end: int = 0
    """One past the index of its last block."""


@dataclass(slots=True)
class Block:
    """A run of text between two block boundaries."""

    text: str
    """One line, white space folded."""
    node: int
    """The innermost element that ends blocks."""
    tag: str
    """Of the innermost paragraph-like element; else of `node`."""
    links: int
    """Characters inside links."""
    bold: int
    """Characters inside <b>, <strong> or a heading."""
    bare: int
    """Characters outside all inline elements: text that stands in `node` itself."""
    wraps: frozenset[str]
    """Tags around it that change its reading: ul, ol, table, figure, figcaption, blockquote, pre, header,
    article."""
    region: str = ""
    """What region it stands in that is not the article's, e.g. `section` (see `regions`); empty where it
    may be its own."""
    prose: int = -1
    """See `prose.prose`; -1 while not worked out."""

    @property
    def link_share(self) -> float:
        """Share of its characters inside links."""
        return self.links / len(self.text)


@dataclass(slots=True)
class Layout:
    """A page's blocks and elements."""

    blocks: list[Block] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)

    def ancestors(self, node: int) -> list[int]:
        """A node and what it stands in, the innermost first."""
        chain = []
        while node >= 0:
            chain.append(node)
            node = self.nodes[node].parent
        return chain

    def holder(self, node: int) -> int:
        """The innermost element that holds a node and other text beside it; -1 where none does.

        Templates put each paragraph in an element of its own, some in several: those say nothing of what
        stands beside what.
        """
        inner = self.nodes[node]
        node = inner.parent
        while node >= 0 and self.nodes[node].first == inner.first and self.nodes[node].end == inner.end:
            node = self.nodes[node].parent
        return node

    def kind(self, block: Block) -> tuple[str, str, str]:
        """What the paragraphs of one text have in common: the names around them, their tag, their names."""
        node = self.nodes[block.node]
        return self.nodes[node.parent].words, block.tag, node.words

    def are_beside(self, one: int, other: int) -> bool:
        """Whether two nodes have the same parent, or each stands alone in wrappers of the same kind that have it."""
        nodes = self.nodes
        while (one := nodes[one].parent) != (other := nodes[other].parent):
            first, second = nodes[one], nodes[other]
            if min(one, other) < 0 or first.end - first.first != 1 or second.end - second.first != 1:
                return False
            if (first.tag, first.words) != (second.tag, second.words):
                return False
        return True


WRAPPERS = frozenset(
    {"ul", "ol", "dl", "table", "figure", "figcaption", "blockquote", "pre", "header", "article"}
)
NO_WRAPS: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Walk:
    """The state of the walk."""

    layout: Layout = field(default_factory=Layout)
    unseen: list[HtmlElement] = field(default_factory=list)
    """Runs of text inside a line that no reader sees."""
    node: int = -1
    """Index of the innermost node that is open; -1 outside of the root."""
    tag: str = ""
    """Of the innermost paragraph-like element that is open; else of that node."""
    wraps: frozenset[str] = NO_WRAPS
    outer: list[tuple[int, str, frozenset[str]]] = field(default_factory=list)
    """The same three of the nodes around it, the outermost first."""
    pieces: list[str] = field(default_factory=list)
    """The text since the last block, from its first character on that is no white space."""
    said: int = 0
    """Pieces that are no white space."""
    linked: list[str] = field(default_factory=list)
    """Those inside links."""
    bold: list[str] = field(default_factory=list)
    bare: list[str] = field(default_factory=list)
    """See `Block`."""
    in_link: int = 0
    in_bold: int = 0
    in_inline: int = 0
    broken: bool = False
    """Whether a <br> came last: a second one ends the block."""

    def enter(self, element: HtmlElement) -> bool:
        """Take in an element's beginning.

        Returns:
            Whether it is to be looked into.
        """
        tag = element.tag
        if not isinstance(tag, str):  # an entity that nobody declared
            return False
        if tag in INLINE:
            self.enter_inline(tag)
            if self.node >= 0 and self.is_unseen(element):
                self.unseen.append(element)
                return False
            if text := element.text:
                self.add(text)
        elif tag in SKIPPED:
            if tag in PICTURES and self.node >= 0:
                self.layout.nodes[self.node].pictured = True
            return False
        elif tag == "br":
            self.break_line()
        elif "-" in tag and self.in_paragraph():
            self.add(element.text or "")
        else:
            self.open(element, tag)
        return True

    def leave(self, element: HtmlElement) -> None:
        """Take in an element's end, and the text behind it."""
        tag = element.tag
        if tag in INLINE:
            self.in_link -= tag == "a"
            self.in_bold -= tag in BOLD
            self.in_inline -= 1
        elif not isinstance(tag, str):
            return
        elif self.node >= 0 and self.layout.nodes[self.node].element is element:
            self.close(tag)
        if (text := element.tail) and self.node >= 0:
            self.add(text)

    def add(self, text: str) -> None:
        if text.isspace():
            if self.pieces:
                self.pieces.append(text)
            return
        self.pieces.append(text)
        self.said += 1
        self.broken = False
        if self.in_link:
            self.linked.append(text)
        if self.in_bold:
            self.bold.append(text)
        if not self.in_inline:
            self.bare.append(text)

    def enter_inline(self, tag: str) -> None:
        self.in_link += tag == "a"
        self.in_bold += tag in BOLD
        self.in_inline += 1

    def just_said(self, text: str) -> bool:
        """Whether the block so far ends with a text."""
        said = one_line(text)
        # No more of it than is compared, and white space: a line may have 100,000 that are hidden.
        wanted = 2 * len(said) + MAX_WHITE_SPACE
        end: list[str] = []
        for piece in reversed(self.pieces):
            end.append(piece[-wanted:])
            wanted -= len(piece)
            if wanted <= 0:
                break
        return bool(said) and one_line("".join(reversed(end))).endswith(said)

    def in_paragraph(self) -> bool:
        """Whether the walk is in a paragraph, where a custom element is a tooltip or a link and no block."""
        return self.node >= 0 and self.layout.nodes[self.node].tag in PARAGRAPH_LIKE

    def is_unseen(self, element: HtmlElement) -> bool:
        """Whether an element inside a line is not shown: notes for screen readers, boxes that a pointer opens.

        What is hidden from screen readers alone is shown, so it is dropped only where it says again what was
        just said.
        """
        names = element.get("class")
        if names and _is_named_unseen(names):
            return True
        if _is_not_shown(element):
            return len(_all_text(element)) <= MAX_HIDDEN_CHARACTERS
        return element.get("aria-hidden") == "true" and self.just_said(_all_text(element))

    def break_line(self) -> None:
        if self.broken:
            self.flush()
        self.pieces.append(" ")
        self.broken = True

    def flush(self) -> None:
        """End the block, if there is text in it."""
        text = one_line("".join(self.pieces))
        self.pieces.clear()
        if text:
            measure = self.measure
            self.layout.blocks.append(
                Block(
                    text,
                    self.node,
                    self.tag,
                    measure(self.linked, text),
                    measure(self.bold, text),
                    measure(self.bare, text),
                    self.wraps,
                )
            )
        self.said = 0
        self.broken = False

    def measure(self, pieces: list[str], text: str) -> int:
        """Characters of a block's text that some of its pieces make, which are forgotten."""
        if not pieces:
            return 0
        length = len(text)
        if self.said > 1:
            length = min(length, sum(len(one_line(piece)) for piece in pieces))
        pieces.clear()
        return length

    def open(self, element: HtmlElement, tag: str) -> None:
        if self.pieces and self.node >= 0:
            self.flush()
        layout = self.layout
        get = element.get
        words = class_words(get("class"), get("id"), get("role"), get("itemprop"))
        is_hidden = _is_not_shown(element) or get("aria-hidden") == "true"
        negative, because = _negativity(tag, words, "hidden" if is_hidden else "")
        self.outer.append((self.node, self.tag, self.wraps))
        self.node = len(layout.nodes)
        layout.nodes.append(
            Node(element, tag, self.outer[-1][0], words, negative, because, False, len(layout.blocks))
        )
        if tag in PARAGRAPH_LIKE or self.tag not in PARAGRAPH_LIKE:
            self.tag = tag
        if tag in WRAPPERS and tag not in self.wraps:
            self.wraps |= {tag}
        self.in_bold += tag in BOLD
        if text := element.text:
            self.add(text)

    def close(self, tag: str) -> None:
        if self.pieces:
            self.flush()
        self.in_bold -= tag in BOLD
        self.layout.nodes[self.node].end = len(self.layout.blocks)
        self.node, self.tag, self.wraps = self.outer.pop()


def lay_out(root: HtmlElement) -> Layout:
    """Walk a tree once and record its blocks and elements.

    Runs of text inside a line that no reader sees are taken out of the tree, or a second reader would read
    them.
    """
    walk = _Walk()
    around: list[HtmlElement] = []
    element: HtmlElement | None = root
    # By hand: a page's walk takes half the time of etree.iterwalk's.
    while element is not None:
        if walk.enter(element) and len(element):
            around.append(element)
            element = element[0]
            continue
        walk.leave(element)
        following = None
        while around and (following := element.getnext()) is None:
            element = around.pop()
            walk.leave(element)
        element = following
    drop(root, walk.unseen)
    return walk.layout


@remembered
def _negativity(tag: str, words: str, style: str) -> tuple[int, str]:
    """How much an element's tag, names or style speak against its being part of an article, and what does."""
    if tag in WHOLE_PAGE:
        return NEUTRAL, ""
    found = negativity(words)
    if found[0] == SOFT and tag in HEADINGS:
        # `widget-title` and `font-size-l` are said of how a heading looks.
        return NEUTRAL, ""
    if NEGATIVE_TAGS.get(tag, NEUTRAL) > found[0]:
        found = NEGATIVE_TAGS[tag], tag
    return (SOFT, style) if style and not found[0] else found


@remembered
def _is_named_unseen(css_class: str) -> bool:
    return HIDDEN_WORDS.search(class_words(css_class, None, None, None)) is not None


def _is_not_shown(element: HtmlElement) -> bool:
    style = element.get("style")
    if style:
        style = style.replace(" ", "").lower()
        # Nothing of `clip:rect(0,0,0,0)` and its kin is seen: a note for screen readers.
        if "display:none" in style or CLIPPED.search(style):
            return True
    return element.get("hidden") is not None


def _all_text(element: HtmlElement) -> str:
    return "".join(element.itertext("*"))
