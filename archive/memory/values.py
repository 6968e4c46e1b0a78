"""One title, author or instant that a source gives on many pages is the site's: the next source of each page holds.

A slogan as og:title, the one account that posts everything, the instant of an import as datePublished: no single page
can tell them from the truth. Several pages of one site can, where their other sources contradict: the value stays the
same from article to article, and what stands beside it does not.

All of it errs on keeping. A value is the site's only if most of its pages that say anything else contradict it, each
in its own words. So what has no other value beside it stays on every page, whoever it is; so does a columnist with
half of a site's articles, whose name the page shows as well; and so does a news agency, which the writer of its
report does not refute.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any, Final

from archive.records import FieldEvidence, Statement

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from archive.records import Article

FIELDS: Final = ("title", "authors", "published")

MIN_PAGES: Final = 5
"""Pages with a value that others contradict; fewer are a series, or one day's accident."""

MIN_SHARE: Final = {"title": 1 / 2, "authors": 1 / 2, "published": 1 / 4}
"""Of the pages with the field, that say it. What an import dated is a part of an archive; and no two articles that were
written on different days are of the same second."""

MIN_CONTRADICTED: Final = 3 / 4
"""Of its pages that say something else beside it, on which that is another thing altogether."""

MIN_DISTINCT: Final = 3
"""Different things that are said beside it; and of titles, `MIN_OWN_TITLES`."""

MIN_OWN_TITLES: Final = 3 / 4
"""Of the titles beside it, that are no other page's: sections and columns repeat, headlines do not."""

SAME_TITLE: Final = 1 / 2
"""Part of another title from which on it is the same in more words: "Horoscope", "Horoscope for Leo"."""

MAX_DAYS_APART: Final = 1
"""Of dates that mean the same day, in two zones."""

LINE: Final = "byline:line"
"""Source of "By Somebody" near the headline: whoever that names is the writer, also where another byline, of the
account that posted, is shown."""
_SEEN: Final = ("rel:", "byline")

Said = dict[str, tuple[Statement, ...]]
"""Field -> what a page's sources say of it, the one first that counts for the page alone."""

Value = tuple[str, str]
"""Field, and what is said of it, in a form that is the same where typography and zones differ."""

_WRITTEN: Final = re.compile("creat|upload", re.IGNORECASE)
"""In the name of a source of dates: of when a text or file came to be, and not of when it came out."""

_NO_LETTERS: Final = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class SetAside:
    """What is not an article's, though a source of its page says it."""

    field: str
    values: tuple[str, ...]
    source: str
    profile: int
    """Id of the capture up to which the site had to be known for that."""


def read_said(article: Article) -> Said:
    """What the sources of an article's page say of the fields that are remembered.

    A field that rests on no evidence, the first line of a text as its title say, is nothing that a source says.
    """
    own = {
        "title": Statement((article.title,), _NONE),
        "authors": Statement(article.authors, _NONE, article.agencies),
        "published": Statement((article.published or "",), _NONE),
    }
    return {
        name: (replace(statement, evidence=article.evidence[name]), *article.others.get(name, ()))
        for name, statement in own.items()
        if name in article.evidence and any(statement.values)
    }


def pack_said(said: Said) -> str:
    """What was said, as the database keeps it: JSON."""
    packed = {name: [_packed(one) for one in statements] for name, statements in said.items()}
    return json.dumps(packed, ensure_ascii=False, separators=(",", ":"))


def unpack_said(packed: str | None) -> Said:
    """What `pack_said` packed; nothing of a page that was read before this was kept."""
    fields: dict[str, list[list[Any]]] = json.loads(packed or "{}")
    return {name: tuple(_unpacked(*one) for one in statements) for name, statements in fields.items()}


def values_of(said: Said) -> set[Value]:
    """All that is said."""
    return {_value(name, one) for name, statements in said.items() for one in statements}


def set_aside(said: Said, found: Mapping[Value, int]) -> list[SetAside]:
    """What goes before the statements that hold, and is the site's.

    Args:
        said: by a page.
        found: each of the site's values -> id of the capture with which it was found to be one.
    """
    return [
        SetAside(name, one.values, one.evidence.source, found[_value(name, one)])
        for name, statements in said.items()
        for one in statements[: statements.index(_holding(name, statements, found))]
    ]


def apply_values(article: Article, said: Said, found: Mapping[Value, int]) -> Article:
    """An article with the statements that hold.

    Args:
        article: of the page.
        said: by its sources.
        found: see `set_aside`.
    """
    holding = {name: _holding(name, statements, found) for name, statements in said.items()}
    if "title" in holding:
        article = replace(article, title=holding["title"].values[0])
    if "authors" in holding:
        article = replace(article, authors=holding["authors"].values, agencies=holding["authors"].agencies)
    if "published" in holding:
        published = holding["published"]
        article = replace(
            article,
            published=published.values[0],
            published_precision="instant" if (moment := _moment(published)) and moment.tzinfo else "day",
            published_source=published.evidence.source,
        )
    return replace(
        article,
        sources={**article.sources, **{name: one.evidence.source for name, one in holding.items()}},
        evidence={**article.evidence, **{name: one.evidence for name, one in holding.items()}},
    )


def repeated_values(pages: Sequence[Said], known: Collection[Value]) -> set[Value]:
    """The values that are a site's own; in whatever order its pages come.

    Args:
        pages: of different articles, that bear witness: see `archive.memory.lines.witnesses`.
        known: what was found before, on pages that may be among these.
    """
    return {
        value
        for name in FIELDS
        for value in _repeated(name, [page[name] for page in pages if name in page], known)
    }


_NONE: Final = FieldEvidence("", None, 0.0)


def _packed(one: Statement) -> list[object]:
    found = one.evidence
    packed: list[object] = [found.source, found.confidence, one.values]
    if one.agencies or found.raw != one.values[0]:
        packed.append(found.raw)
    return [*packed, one.agencies] if one.agencies else packed


def _unpacked(source: str, confidence: float, values: list[str], *more: Any) -> Statement:
    raw = more[0] if more else values[0]
    return Statement(
        tuple(values), FieldEvidence(source, raw, confidence), tuple(more[1]) if len(more) > 1 else ()
    )


def _value(name: str, one: Statement) -> Value:
    if name == "published":
        instant = _instant(one)
        return name, instant.isoformat() if instant else one.values[0]
    return name, "\n".join(sorted(_NO_LETTERS.sub("", text.casefold()) for text in one.values))


def _moment(one: Statement) -> datetime | None:
    """A date as its page states it; None of what is none."""
    try:
        return datetime.fromisoformat(one.values[0])
    except ValueError:
        return None


def _instant(one: Statement) -> datetime | None:
    """In UTC, a date that is the same for everybody."""
    moment = _moment(one)
    try:
        return moment.astimezone(UTC) if moment and moment.tzinfo else None
    except OverflowError:
        return None


def _holding(name: str, statements: tuple[Statement, ...], found: Mapping[Value, int]) -> Statement:
    """The first statement that is not the site's; the first of all where each of them is."""
    return next((one for one in statements if _value(name, one) not in found), statements[0])


def _repeated(name: str, pages: Sequence[tuple[Statement, ...]], known: Collection[Value]) -> list[Value]:
    """The values of one field that are the site's."""
    valued = [[(_value(name, one), one) for one in statements] for statements in pages]
    counts = Counter(value for page in valued for value in {value for value, _ in page})
    least = max(MIN_PAGES, MIN_SHARE[name] * len(pages))
    common = {value for value, count in counts.items() if count >= least}
    return [
        value
        for value in common.difference(known)
        if _is_contradicted(name, value, valued, common.union(known))
    ]


def _is_contradicted(
    name: str, value: Value, pages: Sequence[Sequence[tuple[Value, Statement]]], common: Collection[Value]
) -> bool:
    """Whether other sources on a value's pages say other things, and not the same thing on each.

    Args:
        name: of the field.
        value: that many pages have.
        pages: all.
        common: values that are on so many pages that they tell nothing of one.
    """
    agreeing = 0
    contradicting: Counter[str] = Counter()
    for page in pages:
        own = [one for each, one in page if each == value]
        others = [(each, one) for each, one in page if each != value]
        if not own or not others:
            continue
        if not _may_be_sites(name, own[0]):
            return False
        if any(_agree(name, own[0], one) for _, one in others):
            agreeing += 1
            continue
        told = [each for each, one in others if each not in common and _is_witness(name, own, one)]
        contradicting.update(_told(name, text) for _, text in told[:1])
    total = contradicting.total()
    distinct = max(MIN_DISTINCT, MIN_OWN_TITLES * total if name == "title" else 0)
    enough = max(MIN_PAGES, MIN_CONTRADICTED * (agreeing + total))
    return total >= enough and len(contradicting) >= distinct


def _may_be_sites(name: str, one: Statement) -> bool:
    """Whether a statement can be repeated without being true: agencies write much, and many share a day."""
    if name == "published":
        instant = _instant(one)
        # Midnight, here or in UTC, is how templates write a day.
        return instant is not None and time(0) not in {
            instant.time(),
            datetime.fromisoformat(one.values[0]).time(),
        }
    return not one.agencies


def _agree(name: str, one: Statement, other: Statement) -> bool:
    """Whether two statements may mean the same."""
    if name == "published":
        first, second = _moment(one), _moment(other)
        return not first or not second or abs((first.date() - second.date()).days) <= MAX_DAYS_APART
    if name == "authors":
        return not _words(one).isdisjoint(_words(other))
    shorter, longer = sorted((_value(name, one)[1], _value(name, other)[1]), key=len)
    return shorter in longer and len(shorter) >= SAME_TITLE * len(longer)


def _words(one: Statement) -> set[str]:
    """Of names, as far as they tell one from another: "Troy L. Smith" is "Smith, Troy"."""
    return {word for text in one.values for word in _NO_LETTERS.split(text.casefold()) if len(word) > 1}


def _is_witness(name: str, own: Sequence[Statement], other: Statement) -> bool:
    """Whether a statement refutes others.

    Names in elements that are called bylines are as often a photographer's or a translator's: against a name that the
    page shows as well, they are nothing. What a weekly's issue brings at one instant was written on as many days as
    it has articles.
    """
    if name == "published":
        return _WRITTEN.search(other.evidence.source) is None
    if name != "authors" or other.evidence.source == LINE:
        return True
    return not other.agencies and not any(one.evidence.source.startswith(_SEEN) for one in own)


def _told(name: str, text: str) -> str:
    return text[:10] if name == "published" else text
