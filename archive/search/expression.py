"""A query as FTS5 takes it, and as the highlighting of a text does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from archive.search.clitics import Forms, forms
from archive.search.query import AllOf, Near, OneOf, Query, Term
from archive.search.tokens import tokens
from archive.text import is_unspaced, joined_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archive.search.query import Node

MAX_FORMS: Final = 96
"""Words looked for in one query. bm25 counts each over the whole index: two words widened without a cap
took a second over 100,000 articles."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """Words in a row that a text is searched for."""

    words: tuple[str, ...]
    prefix: bool
    """The last is the beginning of a word."""
    term: int
    """Which of the query's terms it stands for."""


def match_expression(query: Query) -> str:
    """The query in FTS5's syntax: each word folded and quoted, so that nothing typed is read as syntax."""
    return _Compiler(query).expression(query.root)


def patterns(query: Query) -> tuple[Pattern, ...]:
    """What makes a text fit, for highlighting: words that are to be left out are not among it."""
    compiler = _Compiler(query)
    found: list[Pattern] = []
    for number, term in enumerate(_positive(query.root)):
        for form in compiler.forms(term):
            words = tokens(form.text)
            if words:
                found.append(Pattern(words, form.prefix, number))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Form:
    text: str
    prefix: bool = False

    def quoted(self) -> str:
        text = self.text.replace('"', " ")
        return f'"{text}" *' if self.prefix else f'"{text}"'


class _Compiler:
    """Widens terms within one budget and puts the expression together.

    Words to leave out are not widened by endings: «-إيران» is not to leave out what is "Iranian".
    """

    def __init__(self, query: Query, *, open_ended: bool = True) -> None:
        self._query = query
        self._open_ended = open_ended
        self._budget = max(1, MAX_FORMS // sum(1 for _ in _terms(query.root)))

    def expression(self, node: Node) -> str:
        if isinstance(node, Term):
            return self._term(node)
        if isinstance(node, Near):
            phrases = " ".join(_Form(term.text, term.prefix).quoted() for term in node.terms)
            return _in_column(node.column, f"NEAR({phrases}, {node.distance})")
        if isinstance(node, OneOf):
            return "(" + " OR ".join(self.expression(part) for part in node.parts) + ")"
        wanted = " AND ".join(self.expression(part) for part in node.parts)
        if not node.without:
            return f"({wanted})"
        narrow = _Compiler(self._query, open_ended=False)
        unwanted = " OR ".join(narrow.expression(part) for part in node.without)
        return f"({wanted} NOT ({unwanted}))" if len(node.parts) == 1 else f"(({wanted}) NOT ({unwanted}))"

    def forms(self, term: Term) -> list[_Form]:
        """What a term is looked for as: itself first, even where a beginning covers it, for a better rank."""
        if term.quoted or term.prefix:
            return [_Form(term.text, term.prefix)]
        if len(term.text) == 1 and is_unspaced(term.text):
            return [_Form(term.text, prefix=True)]
        widened = Forms((term.text,)) if self._query.exact else forms(term.text)
        beginnings = widened.beginnings if self._open_ended else ()
        others = [word for word in widened.words[1:] if not word.startswith(beginnings)]
        return [
            _Form(widened.words[0]),
            *(_Form(word) for word in joined_words(term.original)),
            *(_Form(word, prefix=True) for word in beginnings),
            *(_Form(word) for word in others),
        ][: self._budget]

    def _term(self, term: Term) -> str:
        quoted = [form.quoted() for form in self.forms(term)]
        return _in_column(term.column, quoted[0] if len(quoted) == 1 else f"({' OR '.join(quoted)})")


def _in_column(column: str | None, expression: str) -> str:
    return f"{column} : {expression}" if column else expression


def _terms(node: Node) -> Iterator[Term]:
    if isinstance(node, Term):
        yield node
    elif isinstance(node, Near):
        yield from node.terms
    else:
        for part in (*node.parts, *(node.without if isinstance(node, AllOf) else ())):
            yield from _terms(part)


def _positive(node: Node) -> Iterator[Term]:
    if isinstance(node, AllOf):
        node = AllOf(node.parts)
    if isinstance(node, AllOf | OneOf):
        for part in node.parts:
            yield from _positive(part)
    else:
        yield from _terms(node)
