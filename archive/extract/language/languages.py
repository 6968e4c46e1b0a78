"""The languages of a text and its script, by the text: <html lang> is wrong or missing on 5 % of pages."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import islice
from math import inf, sqrt
from statistics import fmean
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from archive.extract.language.scripts import count_scripts, name_script

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

MIN_CHARACTERS = 20
"""A shorter text has too few features; what the page declares is taken then."""

MAX_CHARACTERS = 750
"""Enough to tell 97 languages apart; twice as many give the same answer on every page tried."""

MIN_PARAGRAPH = 80
"""Letters from which a paragraph is looked at on its own; see `MIN_MARGIN`."""

MAX_PARAGRAPH = 120
"""Characters of it that are read: twice as many take twice as long."""

MAX_PROBE = 60
"""The same where it is only asked whether several are of one language. Of 865 texts put together from two languages
none is told otherwise than with 120; two are with 40."""

MIN_MARGIN = 3.0
"""By how much a paragraph's language must be likelier than another of the text: difference of py3langid's scores,
over the root of the bytes read. Of 3,737 paragraphs in 219 news texts in 18 languages four were taken for another
than the page's: one French quotation that was (16.7), a list of names (1.0), and two for a sister (0.4, 0.0)."""

STANDS_FOR = {"sdh": "ckb"}
"""py3langid has not learned Central Kurdish, the one of the two that is written much, and takes it for Southern."""

MIN_SHARE = 0.15
"""Of a text's letters, from which a language beside the main one is named: less is a quotation."""

PROBES = 4
"""Paragraphs that are tried, evenly over the text: where they are of one language, nothing else is looked at."""

MAX_LINES = 20_000
"""Of a text, that are looked at: a list of words, one a line, has a row of counts for each."""

MAX_PARAGRAPHS = 400
"""That are looked at in one text, where there is reason to."""


class Writing(NamedTuple):
    """What a text is written in."""

    languages: tuple[str, ...]
    """BCP 47 primary tags, the one of most letters first; of a text of one language that one, of none nothing."""
    script: str | None
    """ISO 15924, of most letters."""

    @property
    def main(self) -> str | None:
        """The language of most of the text."""
        return self.languages[0] if self.languages else None


def read_writing(title: str, body: str, declared: str | None) -> Writing:
    """The languages of an article, paragraph by paragraph where they are not all of one, and its script.

    Languages that are hardly told apart (Zulu and Xhosa, Danish and Norwegian) are not listed beside each other.

    Args:
        title: as it is shown.
        body: the text, a paragraph a line.
        declared: the page's or the source's own statement, for texts too short to tell, and where it is a language that
            can hardly be told from the one found (Serbian from Bosnian).
    """
    text = f"{title}\n{body}"
    lines = text.split("\n", MAX_LINES)[:MAX_LINES]
    counts = count_scripts("\n".join(lines))
    script = name_script(counts.sum(axis=0))
    letters = counts.sum(axis=1)
    long = np.flatnonzero(letters >= MIN_PARAGRAPH)[:MAX_PARAGRAPHS]
    if len(long) < 2:
        main = identify(text, declared)
        return Writing(_settled((main,) if main else (), text, declared), script)
    paragraphs = [lines[at] for at in long]
    one = None if _scripts_differ(counts[long]) else _one_language(text, _probes(paragraphs, letters[long]))
    found = (one,) if one else _by_share(paragraphs, letters[long], int(letters.sum()))
    return Writing(_settled(found, text, declared), script)


def identify(text: str, declared: str | None) -> str | None:
    """BCP 47 primary tag of the language that a text begins in.

    Args:
        text: title and body.
        declared: the page's or the source's own statement, for texts too short to tell.
    """
    sample = text[:MAX_CHARACTERS]
    if sum(1 for _ in islice(filter(str.isalpha, sample), MIN_CHARACTERS)) < MIN_CHARACTERS:
        return _primary(declared)
    return _language(sample)


def _primary(declared: str | None) -> str | None:
    return declared.replace("_", "-").split("-")[0].lower() or None if declared else None


def _settled(found: tuple[str, ...], text: str, declared: str | None) -> tuple[str, ...]:
    """Languages by the names they go by, the first as the page declares it where both are as likely."""
    named = tuple(dict.fromkeys(STANDS_FOR.get(language, language) for language in found))
    tag = _primary(declared)
    if not named or not tag or tag in named:
        return named
    scores = _scores(text, MAX_CHARACTERS)
    is_sister = tag in scores and _margin(scores, next(iter(scores)), tag) < MIN_MARGIN
    return (tag, *named[1:]) if is_sister else named


def _language(sample: str) -> str:
    import py3langid  # noqa: PLC0415  (its numpy is 0.1 s of start for a process that reads no page)

    language, _score = py3langid.classify(sample)
    return str(language)


def _scripts_differ(counts: NDArray[np.int64]) -> bool:
    """Whether paragraphs are of several scripts. Japanese is not: some paragraphs have more Han, some more kana."""
    return len(np.unique(counts.argmax(axis=1))) > 1 and len({name_script(row) for row in counts}) > 1


def _probes(paragraphs: Sequence[str], letters: NDArray[np.int64]) -> list[str]:
    """A few paragraphs, evenly over the text."""
    ends = np.cumsum(letters)
    middles = (np.arange(PROBES) + 0.5) / PROBES * ends[-1]
    return [paragraphs[at] for at in np.unique(np.searchsorted(ends, middles))]


def _one_language(text: str, probes: Sequence[str]) -> str | None:
    """The language of a text whose probes are all of it, or of a sister of it; None where one is of another."""
    found = [(probe, _language(probe[:MAX_PROBE])) for probe in probes]
    languages = {language for _, language in found}
    # They read on the whole as the text's beginning does, which takes as long again.
    main = languages.pop() if len(languages) == 1 else identify(text, None)
    differ = main is None or any(
        language != main and _margin(_scores(probe), language, main) >= MIN_MARGIN
        for probe, language in found
    )
    return None if differ else main


def _scores(paragraph: str, characters: int = MAX_PARAGRAPH) -> dict[str, float]:
    """Each language's score for a paragraph, the likeliest first, made one of length by the root of its bytes."""
    import py3langid  # noqa: PLC0415  (see identify)

    sample = paragraph[:characters]
    length = sqrt(len(sample.encode(errors="replace")))
    return {str(language): score / length for language, score in py3langid.rank(sample)}


def _margin(scores: Mapping[str, float], language: str, other: str) -> float:
    """By how much a language is likelier than another; without end where the other is none that is known."""
    return scores[language] - scores.get(other, -inf)


def _by_share(paragraphs: Sequence[str], letters: NDArray[np.int64], total: int) -> tuple[str, ...]:
    """The languages that have enough of the text, the one with most of it first.

    A language that one with more of the text can hardly be told from is taken for that one.

    Args:
        paragraphs: those long enough.
        letters: in each of them.
        total: letters in the whole text.
    """
    shares: Counter[str] = Counter()
    scores: defaultdict[str, list[dict[str, float]]] = defaultdict(list)
    for paragraph, count in zip(paragraphs, letters, strict=True):
        found = _scores(paragraph)
        language = next(iter(found))
        shares[language] += int(count)
        scores[language].append(found)
    apart: Counter[str] = Counter()
    for language in sorted(shares, key=lambda name: (-shares[name], name)):
        sister = next(
            (other for other in apart if not _is_apart(scores[language], language, other)), language
        )
        apart[sister] += shares[language]
    ordered = sorted(apart, key=lambda name: (-apart[name], name))
    return tuple(name for name in ordered if name == ordered[0] or apart[name] >= MIN_SHARE * total)


def _is_apart(scores: Sequence[Mapping[str, float]], language: str, other: str) -> bool:
    return fmean(_margin(found, language, other) for found in scores) >= MIN_MARGIN
