"""A page as a flat list of text blocks over one tree: what every rule about the body looks at.

The walk visits each element once and keeps two parallel records: the blocks, in document order, and the
elements, each with the range of blocks inside it. Since blocks are in document order, "all that stands in
this element" is a slice, and sums over it are differences of prefix sums.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lxml import etree

from archive.extract.head import one_line
from archive.extract.vocabulary import HARD, HIDDEN_WORDS, NEUTRAL, SOFT, class_words, negativity

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


WRAPPERS = frozenset(
    {"ul", "ol", "dl", "table", "figure", "figcaption", "blockquote", "pre", "header", "article"}
)
NO_WRAPS: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Context:
    """The state of the walk."""

    layout: Layout
    pieces: list[str] = field(default_factory=list)
    links: int = 0
    bold: int = 0
    in_link: int = 0
    bare: int = 0
    in_bold: int = 0
    in_inline: int = 0
    stack: list[int] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    wraps: list[frozenset[str]] = field(default_factory=lambda: [NO_WRAPS])
    broken: bool = False
    """Whether a <br> came last: a second one ends the block."""

    def add(self, text: str | None) -> None:
        if not text:
            return
        self.pieces.append(text)
        if text.isspace():
            return
        self.broken = False
        if self.in_link or self.in_bold or not self.in_inline:
            length = len(one_line(text))
            self.bare += 0 if self.in_inline else length
            self.links += length if self.in_link else 0
            self.bold += length if self.in_bold else 0

    def enter_inline(self, tag: str) -> None:
        self.in_link += tag == "a"
        self.in_bold += tag in BOLD
        self.in_inline += tag in INLINE

    def leave_inline(self, tag: str) -> None:
        self.in_link -= tag == "a"
        self.in_bold -= tag in BOLD
        self.in_inline -= 1

    def just_said(self, text: str) -> bool:
        """Whether the block so far ends with a text."""
        return bool(text) and one_line("".join(self.pieces)).endswith(one_line(text))

    def flush(self) -> None:
        if self.pieces:
            text = one_line("".join(self.pieces))
            if text:
                self.layout.blocks.append(
                    Block(
                        text,
                        self.stack[-1],
                        self.tags[-1],
                        min(self.links, len(text)),
                        min(self.bold, len(text)),
                        min(self.bare, len(text)),
                        self.wraps[-1],
                    )
                )
            self.pieces.clear()
        self.links = self.bold = self.bare = 0
        self.broken = False


def lay_out(root: HtmlElement) -> Layout:
    """Walk a tree once and record its blocks and elements.

    Runs of text inside a line that no reader sees are taken out of the tree, or a second reader would read
    them.
    """
    layout = Layout()
    unseen = []
    context = _Context(layout)
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, element in walker:
        tag = element.tag
        if not isinstance(tag, str):  # an entity that nobody declared
            continue
        if event == "end":
            _leave(element, tag, context)
        elif tag in SKIPPED:
            walker.skip_subtree()
            if tag in PICTURES and context.stack:
                layout.nodes[context.stack[-1]].pictured = True
        elif tag in INLINE and element.attrib and context.stack and _is_unseen(element, context):
            walker.skip_subtree()
            context.enter_inline(tag)
            unseen.append(element)
        else:
            _enter(element, tag, context)
    for element in unseen:
        element.drop_tree()
    return layout


def _enter(element: HtmlElement, tag: str, context: _Context) -> None:
    if tag == "br":
        _line_break(context)
    elif tag in INLINE or ("-" in tag and _in_paragraph(context)):
        context.enter_inline(tag)
        context.add(element.text)
    else:
        _open(element, tag, context)


def _leave(element: HtmlElement, tag: str, context: _Context) -> None:
    if context.stack and context.layout.nodes[context.stack[-1]].element is element:
        _close(tag, context)
    elif tag in INLINE:
        context.leave_inline(tag)
    if context.stack and (tail := element.tail):
        context.add(tail)


def _in_paragraph(context: _Context) -> bool:
    """Whether the walk is in a paragraph, where a custom element is a tooltip or a link and no block."""
    return bool(context.stack) and context.layout.nodes[context.stack[-1]].tag in PARAGRAPH_LIKE


def _line_break(context: _Context) -> None:
    if context.broken:
        context.flush()
    context.pieces.append(" ")
    context.broken = True


def _open(element: HtmlElement, tag: str, context: _Context) -> None:
    if context.stack:
        context.flush()
    layout = context.layout
    words = class_words(element.get("class"), element.get("id"), element.get("role"), element.get("itemprop"))
    parent = context.stack[-1] if context.stack else -1
    node = Node(element, tag, parent, words, *_negativity(element, tag, words), first=len(layout.blocks))
    context.stack.append(len(layout.nodes))
    layout.nodes.append(node)
    outer = context.tags[-1] if context.tags else ""
    context.tags.append(tag if tag in PARAGRAPH_LIKE or outer not in PARAGRAPH_LIKE else outer)
    wraps = context.wraps[-1]
    context.wraps.append(wraps | {tag} if tag in WRAPPERS and tag not in wraps else wraps)
    context.in_bold += tag in BOLD
    context.add(element.text)


def _close(tag: str, context: _Context) -> None:
    context.flush()
    context.in_bold -= tag in BOLD
    context.tags.pop()
    context.wraps.pop()
    context.layout.nodes[context.stack.pop()].end = len(context.layout.blocks)


def _negativity(element: HtmlElement, tag: str, words: str) -> tuple[int, str]:
    if tag in WHOLE_PAGE:
        return NEUTRAL, ""
    found = negativity(words)
    if found[0] == SOFT and tag in HEADINGS:
        # `widget-title` and `font-size-l` are said of how a heading looks.
        return NEUTRAL, ""
    if NEGATIVE_TAGS.get(tag, NEUTRAL) > found[0]:
        found = NEGATIVE_TAGS[tag], tag
    return (SOFT, "hidden") if not found[0] and _hidden(element) else found


def _hidden(element: HtmlElement) -> bool:
    return _is_not_shown(element) or element.get("aria-hidden") == "true"


def _is_not_shown(element: HtmlElement) -> bool:
    style = element.get("style")
    if style:
        style = style.replace(" ", "").lower()
        # Nothing of `clip:rect(0,0,0,0)` and its kin is seen: a note for screen readers.
        if "display:none" in style or CLIPPED.search(style):
            return True
    return element.get("hidden") is not None


def _is_unseen(element: HtmlElement, context: _Context) -> bool:
    """Whether an element inside a line is not shown: notes for screen readers, boxes that a pointer opens.

    What is hidden from screen readers alone is shown, so it is dropped only where it says again what was
    just said.
    """
    names = element.get("class")
    if names and HIDDEN_WORDS.search(class_words(names, None, None, None)):
        return True
    if _is_not_shown(element):
        return len(_all_text(element)) <= MAX_HIDDEN_CHARACTERS
    return element.get("aria-hidden") == "true" and context.just_said(_all_text(element))


def _all_text(element: HtmlElement) -> str:
    return "".join(element.itertext("*"))
