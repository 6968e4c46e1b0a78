"""What a source's rules find on a page; it goes before what extraction finds by itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lxml import etree
from lxml.html import HtmlElement

from archive.extract.body.blocks import INLINE, lay_out
from archive.extract.confidence import STATED
from archive.extract.dates.dating import Dated, Dates, read_stated
from archive.extract.markup.head import one_line
from archive.extract.markup.tree import drop
from archive.extract.metadata.bylines import Byline, split_names
from archive.extract.metadata.titles import Title, clean
from archive.extract.page import MAX_BLOCKS
from archive.extract.sites.rules import FIELDS, Rules
from archive.extract.sites.scripts import RuleFaultError, call, functions
from archive.extract.vocabulary import key
from archive.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from archive.extract.dates.dating import Reading
    from archive.extract.metadata.fields import Metadata
    from archive.extract.sites.rules import Script

SOURCE = "rule:"
"""Begins the name of where a field was found, before the rule's field."""


@dataclass(frozen=True, slots=True)
class Ruled:
    """The fields that rules found; what is empty they did not."""

    title: str = ""
    lead: str = ""
    paragraphs: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    published: str = ""
    """As written; see `dates`."""
    modified: str = ""
    digest: str | None = None
    """Of the rules, where there are any."""

    def metadata(self, found: Metadata) -> Metadata:
        """A page's metadata with title and authors as the rules say."""
        if self.title:
            titles = tuple({*found.titles, frozenset(key(self.title).split())})
            found = replace(found, title=Title(self.title, f"{SOURCE}title", "high"), titles=titles)
        if self.authors:
            found = replace(found, byline=Byline(self.authors, f"{SOURCE}author", confidence="high"))
        return found

    def text(self, *, title: str, lead: str | None) -> str:
        """The body, a paragraph a line, without the headline and the standfirst; empty where no rule found one."""
        said = {fold(title), fold(lead or "")}
        return "\n".join(line for line in self.paragraphs if fold(line) not in said)

    def dates(self, found: Dates, fetched: datetime, reading: Reading) -> Dates:
        """A page's dates, with those that the rules found in place of its own.

        Args:
            found: without rules.
            fetched: when; a date after it is none.
            reading: how the page writes dates.
        """
        published, modified = (
            _dated(self.published, "date", reading),
            _dated(self.modified, "modified", reading),
        )
        return Dates(
            published if published and not published.moment.after(fetched) else found.published,
            modified if modified and not modified.moment.after(fetched) else found.modified,
            found.others,
        )


def read_by_rules(root: HtmlElement, url: str, rules: Rules | None) -> Ruled:
    """Drop what a source's rules drop, then read what they find.

    Args:
        root: the page; what `prune` names is dropped from it.
        url: its address.
        rules: in force when it was captured.

    Raises:
        RuleFaultError: a rule failed over this page.
    """
    if not rules:
        return Ruled()
    drop(root, [each for each in _all_found(root, url, rules, "prune") if isinstance(each, HtmlElement)])
    return Ruled(
        title=clean(_first_text(root, url, rules, "title")),
        lead=_first_text(root, url, rules, "lead"),
        paragraphs=tuple(_paragraphs(_first_found(root, url, rules, "body"))),
        authors=tuple(_names(_first_found(root, url, rules, "author"))),
        published=_first_text(root, url, rules, "date"),
        modified=_first_text(root, url, rules, "modified"),
        digest=rules.digest,
    )


def labels(rules: Rules) -> list[str]:
    """A name for each rule: `FIELD_xpath: EXPRESSION`, or `FILE: FIELD()`."""
    return [label for label, _, _ in _each(rules)]


def count_matches(root: HtmlElement, url: str, rules: Rules) -> dict[str, int]:
    """How much each rule finds on a page, by its label, before anything is dropped.

    Raises:
        RuleFaultError: a rule failed over this page.
    """
    return {
        label: len(_texts(_asked(root, url, name, rule), keep=name == "prune"))
        for label, name, rule in _each(rules)
    }


def _each(rules: Rules) -> Iterator[tuple[str, str, str | Script]]:
    """A label, the field and the expression or script of each rule, in the order in which they are asked."""
    for name in FIELDS:
        if rules.script is not None and name in functions(rules.script):
            yield f"{rules.script.path}: {name}()", name, rules.script
        for expression in rules.xpaths.get(name, ()):
            yield f"{name}_xpath: {expression}", name, expression


def _asked(root: HtmlElement, url: str, name: str, rule: str | Script) -> list[object]:
    return _evaluated(root, name, rule) if isinstance(rule, str) else call(rule, name, root, url)


def _first_found(root: HtmlElement, url: str, rules: Rules, name: str) -> list[object]:
    """The findings of a field's first rule that finds something other than blanks."""
    return next((found for found in _findings(root, url, rules, name) if _texts(found)), [])


def _all_found(root: HtmlElement, url: str, rules: Rules, name: str) -> list[object]:
    return [element for found in _findings(root, url, rules, name) for element in found]


def _first_text(root: HtmlElement, url: str, rules: Rules, name: str) -> str:
    return next(iter(_texts(_first_found(root, url, rules, name))), "")


def _findings(root: HtmlElement, url: str, rules: Rules, name: str) -> Iterator[list[object]]:
    for _, field, rule in _each(rules):
        if field == name:
            yield _asked(root, url, name, rule)


def _evaluated(root: HtmlElement, name: str, expression: str) -> list[object]:
    try:
        found = root.xpath(expression)
    except etree.XPathError as error:
        raise RuleFaultError(f"{name}_xpath: {expression!r} cannot be applied: {error}") from error
    if isinstance(found, list):
        return list(found)
    return [found] if isinstance(found, str) else []  # a number or a truth is no finding


def _texts(found: Sequence[object], *, keep: bool = False) -> list[str]:
    """The texts of findings, a line each, without those that are blank unless they are to be kept."""
    texts = [one_line(_text(each)) for each in found]
    return texts if keep else [text for text in texts if text]


def _text(found: object) -> str:
    if isinstance(found, HtmlElement):
        # <time datetime>, <meta content>: what is meant for machines.
        return found.get("datetime") or found.get("content") or str(found.text_content())
    return found if isinstance(found, str) else ""


def _names(found: Sequence[object]) -> Iterator[str]:
    yield from dict.fromkeys(name for text in _texts(found) for name in split_names(text))


def _paragraphs(found: Sequence[object]) -> Iterator[str]:
    chosen = [each for each in found if isinstance(each, HtmlElement)]
    inside = set(chosen)
    for each in found:
        if not isinstance(each, HtmlElement) or each.tag in INLINE:
            yield from _texts([each])
        elif inside.isdisjoint(each.iterancestors()):  # what holds it has given its text
            yield from (block.text for block in lay_out(each).blocks[:MAX_BLOCKS])


def _dated(said: str, name: str, reading: Reading) -> Dated | None:
    return read_stated(said, f"{SOURCE}{name}", STATED, reading) if said else None
