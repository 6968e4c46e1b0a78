"""The query language: what a person types, as a tree.

::

    دير الزور              both words
    "قوات الأسد"           the phrase, as it stands
    ميليش*                 words that begin so
    حلب OR إدلب            one of them
    حلب -إدلب, NOT إدلب    the first without the second
    NEAR(حلب قصف, 5)       at most five words between them; ten where no number is given
    title:حلب              in one field: title, lead, text, author, topic
    (حلب OR إدلب) قصف      brackets

Everything else is words: punctuation, URLs and operators in the wrong place are no errors. Nothing a
person types reaches FTS5's own syntax.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final, Literal

from archive.errors import QueryError
from archive.search.tokens import has_token
from archive.text import fold

MAX_QUERY_CHARACTERS: Final = 2_000
MAX_TERMS: Final = 40
MAX_DEPTH: Final = 16
"""Of brackets; FTS5 allows 256 levels in all."""
MAX_NEAR_DISTANCE: Final = 1_000
DEFAULT_NEAR_DISTANCE: Final = 10

Column = Literal["title", "lead", "text", "authors", "topics"]
_COLUMNS: Final[dict[str, Column]] = {
    "title": "title",
    "lead": "lead",
    "text": "text",
    "author": "authors",
    "authors": "authors",
    "topic": "topics",
    "topics": "topics",
}
_QUOTES: Final = '"“”„‟«»＂'
# Gershayim typed as a quotation mark (צה"ל) belongs to the word.
_INNER_QUOTE: Final = '(?<=[\u05d0-\u05ea])"(?=[\u05d0-\u05ea])'
_DISTANCE: Final = r"[,،]\s*\d{1,6}\s*(?=\))"
_LEXEME: Final = re.compile(
    rf"""
    (?P<space>[\s\x00]+)
    | (?P<near>NEAR\()
    | (?P<open>\() | (?P<close>\))
    | (?P<minus>(?<![^\s(])-(?=[^\s-]))
    | (?P<field>(?:{"|".join(_COLUMNS)}):(?=\S))
    | [{_QUOTES}] (?P<phrase>(?:[^{_QUOTES}]|{_INNER_QUOTE})*) (?:[{_QUOTES}]|$) (?P<begins>\*?)
    | (?P<distance>{_DISTANCE})
    | (?P<word>(?:(?!{_DISTANCE})[^\s\x00(){_QUOTES}]|{_INNER_QUOTE})+)
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Term:
    """A word or a phrase, folded."""

    text: str
    original: str
    """As typed."""
    quoted: bool = False
    """As it stands: not widened by prefixes."""
    prefix: bool = False
    """The last word is the beginning of one."""
    column: Column | None = None


@dataclass(frozen=True, slots=True)
class Near:
    """Terms close to each other."""

    terms: tuple[Term, ...]
    distance: int
    """Words between the first and the last, at most."""
    column: Column | None = None


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part, and none of the others."""

    parts: tuple[Node, ...]
    without: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class OneOf:
    """At least one part."""

    parts: tuple[Node, ...]


Node = Term | Near | AllOf | OneOf


@dataclass(frozen=True, slots=True)
class Query:
    """A query that says something."""

    text: str
    """As typed."""
    root: Node
    exact: bool = False
    """No word is widened."""

    @classmethod
    def parse(cls, text: str, *, exact: bool = False) -> Query:
        """Read a query.

        Args:
            text: as typed.
            exact: take words as they stand, without the forms with prefixes and endings.

        Raises:
            QueryError: there is no word in it, or only words to leave out, or it is too long.
        """
        if len(text) > MAX_QUERY_CHARACTERS:
            raise QueryError(
                f"the query has {len(text)} characters; at most {MAX_QUERY_CHARACTERS} are allowed"
            )
        root = _Parser(text).parse()
        return cls(text, root, exact)


@dataclass(frozen=True, slots=True)
class _Lexeme:
    kind: str
    text: str
    begins: bool = False
    """A `*` follows: the last word is the beginning of one."""

    @classmethod
    def of(cls, match: re.Match[str]) -> _Lexeme:
        phrase = match["phrase"]
        if phrase is not None:
            return cls("phrase", phrase, bool(match["begins"]))
        kind, text = match.lastgroup or "word", match.group()
        if kind == "word":
            return cls(kind, text.rstrip("*"), text.endswith("*"))
        return cls(kind, text.strip(",،: \t\n"))


class _Parser:
    """Recursive descent; what makes no sense is passed over, as a person would."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lexemes = [_Lexeme.of(match) for match in _LEXEME.finditer(text) if match.lastgroup != "space"]
        self._at = 0
        self._terms = 0

    def parse(self) -> Node:
        parts: list[Node] = []
        while self._at < len(self._lexemes):
            node = self._any(None, 0)
            if node is not None:
                parts.append(node)
            self._take("close")  # one that closes nothing
        root = _joined(parts)
        if root is None:
            raise QueryError(
                f"'{self._text}': no word to search for. Give words, \"a phrase\", begin* or word OR word; "
                f"an operator alone says nothing."
            )
        if not _finds(root):
            raise QueryError(
                f"'{self._text}': says only what to leave out. Put what to find before NOT or '-', "
                f"on each side of an OR."
            )
        return root

    def _any(self, column: Column | None, depth: int) -> Node | None:
        if depth > MAX_DEPTH:
            raise QueryError(f"brackets are nested more than {MAX_DEPTH} deep: leave some out")
        parts = [self._all(column, depth)]
        while self._take("word", "OR"):
            parts.append(self._all(column, depth))
        found = tuple(part for part in parts if part is not None)
        return OneOf(found) if len(found) > 1 else found[0] if found else None

    def _all(self, column: Column | None, depth: int) -> Node | None:
        parts: list[Node] = []
        without: list[Node] = []
        while self._at < len(self._lexemes) and not self._sees("close") and not self._sees("word", "OR"):
            negated = self._negations()
            node = self._one(column, depth)
            if isinstance(node, AllOf) and not node.parts and not negated:
                without.extend(node.without)
            elif node is not None:
                (without if negated else parts).append(node)
        if not without:
            return _joined(parts)
        return AllOf(tuple(parts), tuple(without))

    def _negations(self) -> bool:
        negated = False
        while True:
            if self._take("minus") or self._take("word", "NOT"):
                negated = True
            elif not self._take("word", "AND"):
                return negated

    def _one(self, column: Column | None, depth: int) -> Node | None:
        if self._at >= len(self._lexemes) or self._sees("close") or self._sees("word", "OR"):
            return None
        lexeme = self._lexemes[self._at]
        self._at += 1
        if lexeme.kind == "field":
            return self._one(_COLUMNS[lexeme.text], depth)
        if lexeme.kind in {"open", "near"}:
            node = self._near(column) if lexeme.kind == "near" else self._any(column, depth + 1)
            self._take("close")
            return node
        return self._term(lexeme, column)

    def _near(self, column: Column | None) -> Node | None:
        terms: list[Term] = []
        distance = DEFAULT_NEAR_DISTANCE
        while self._at < len(self._lexemes) and not self._sees("close"):
            lexeme = self._lexemes[self._at]
            self._at += 1
            if lexeme.kind == "distance":
                distance = min(int(lexeme.text), MAX_NEAR_DISTANCE)
            elif term := self._term(lexeme, column):
                terms.append(term)
        if len(terms) < 2:
            return terms[0] if terms else None
        return Near(tuple(replace(term, quoted=True) for term in terms), distance, column)

    def _term(self, lexeme: _Lexeme, column: Column | None) -> Term | None:
        if lexeme.kind not in {"word", "phrase", "distance"}:
            return None
        folded = " ".join(fold(lexeme.text).split())
        if not has_token(folded):
            return None
        self._terms += 1
        if self._terms > MAX_TERMS:
            raise QueryError(f"more than {MAX_TERMS} words: at most so many are searched for at once")
        return Term(folded, lexeme.text, lexeme.kind == "phrase", lexeme.begins, column)

    def _sees(self, kind: str, text: str | None = None) -> bool:
        lexeme = self._lexemes[self._at] if self._at < len(self._lexemes) else None
        return lexeme is not None and lexeme.kind == kind and text in {None, lexeme.text}

    def _take(self, kind: str, text: str | None = None) -> bool:
        if not self._sees(kind, text):
            return False
        self._at += 1
        return True


def _joined(parts: list[Node]) -> Node | None:
    if len(parts) < 2:
        return parts[0] if parts else None
    return AllOf(tuple(parts))


def _finds(node: Node) -> bool:
    """Whether each part says what to find, and not only what to leave out."""
    if isinstance(node, AllOf):
        return bool(node.parts) and all(_finds(part) for part in (*node.parts, *node.without))
    return all(_finds(part) for part in node.parts) if isinstance(node, OneOf) else True
