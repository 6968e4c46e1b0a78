"""How near what a reader gives of pages is to the truth: body, title, authors, dates.

The body is measured as the public article-extraction benchmark does it (github.com/scrapinghub/
article-extraction-benchmark): multisets of runs of four words, precision and recall a page, their means over
the pages, F1 of the means; accuracy is the share of pages whose runs are all equal. Ideographs, kana, hangul
and Thai signs are a word each. A page without an answer has precision 0.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from statistics import mean
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.truths import Case

Answer = dict[str, Any]
"""What a reader gives of a page: `text`, and where it has them `lead`, `title`, `authors`, `published`."""

Scores = dict[str, float]
"""Measures by name; one that a set's truth says nothing of is absent."""

RUN = 4
WORD = re.compile(
    "[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\u0e00-\u0e7f]"
    r"|[^\W_]+(?:[\u064b-\u0652\u0670\u0640][^\W_]*)*"
)
"""Vowel signs and tatweel join an Arabic word's letters, they do not part them."""

LEAD_IN_TRUTH = frozenset({"fundus"})
"""Collections whose truth begins with the standfirst, which the others leave out."""

SAME_INSTANT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class BodyScore:
    """How near one page's text is to the truth."""

    precision: float
    recall: float
    equal: bool

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return f1(self.precision, self.recall)


def f1(precision: float, recall: float) -> float:
    """Harmonic mean; 0 of two zeros."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def body_score(truth: str, text: str) -> BodyScore:
    """Compare one text."""
    want, got = _runs(truth), _runs(text)
    hit = (want & got).total()
    return BodyScore(
        hit / got.total() if got else 0.0, hit / want.total() if want else 1.0, equal=want == got
    )


def _runs(text: str) -> Counter[tuple[str, ...]]:
    words = WORD.findall(text)
    if not words:
        return Counter()
    return Counter(tuple(words[at : at + RUN]) for at in range(max(1, len(words) - RUN + 1)))


def body_of(collection: str, answer: Answer) -> str:
    """The text that is compared: with the standfirst before it where the truth has one."""
    lead, text = answer.get("lead") or "", answer.get("text") or ""
    return f"{lead}\n{text}" if collection in LEAD_IN_TRUTH and lead and lead not in text else text


def page_scores(cases: Sequence[Case], answers: Mapping[str, Answer]) -> list[tuple[Case, BodyScore]]:
    """The score of each page that has a body."""
    return [
        (case, body_score(case.truth.body, body_of(case.collection, answers.get(case.url, {}))))
        for case in cases
        if case.truth.body and not case.truth.refused
    ]


def score(cases: Sequence[Case], answers: Mapping[str, Answer]) -> Scores:
    """All measures over the pages of one collection.

    Args:
        cases: its pages.
        answers: by URL; one that is absent is a page on which the reader failed.
    """
    found: Scores = {"pages": len(cases), "missing": sum(case.url not in answers for case in cases)}
    refused = [case for case in cases if case.truth.refused]
    if refused:
        found["refused"] = mean(not answers.get(case.url, {}).get("text") for case in refused)
    articles = [case for case in cases if not case.truth.refused]
    return found | _body(articles, answers) | _snippets(articles, answers) | _metadata(articles, answers)


def _body(cases: Sequence[Case], answers: Mapping[str, Answer]) -> Scores:
    scores = [each for _, each in page_scores(cases, answers)]
    if not scores:
        return {}
    precision, recall = mean(each.precision for each in scores), mean(each.recall for each in scores)
    return {
        "f1": f1(precision, recall),
        "precision": precision,
        "recall": recall,
        "accuracy": mean(each.equal for each in scores),
        "under_half": sum(each.f1 < 0.5 for each in scores),
    }


def _snippets(cases: Sequence[Case], answers: Mapping[str, Answer]) -> Scores:
    told = [case for case in cases if case.truth.has_snippets]
    if not told:
        return {}
    hit = missed = leaked = 0
    for case in told:
        text = answers.get(case.url, {}).get("text") or ""
        present = sum(snippet in text for snippet in case.truth.present)
        hit += present
        missed += len(case.truth.present) - present
        leaked += sum(snippet in text for snippet in case.truth.absent)
    precision, recall = hit / (hit + leaked or 1), hit / (hit + missed or 1)
    return {"f1": f1(precision, recall), "precision": precision, "recall": recall}


def _metadata(cases: Sequence[Case], answers: Mapping[str, Answer]) -> Scores:
    told = [(case.truth, answers.get(case.url, {})) for case in cases if case.truth.title]
    if not told:
        return {}
    dated = [
        (when, _instant(answer.get("published")))
        for truth, answer in told
        if (when := _instant(truth.published))
    ]
    zoned = [(when, got) for when, got in dated if when.tzinfo]
    found = {
        "title": mean(_fold(truth.title) == _fold(answer.get("title")) for truth, answer in told),
        "authors_f1": mean(_authors(truth.authors, answer.get("authors") or ()) for truth, answer in told),
    }
    if dated:
        found["day"] = mean(got is not None and when.date() == got.date() for when, got in dated)
    if zoned:
        found["instant"] = mean(
            got is not None
            and got.tzinfo is not None
            and abs((when - got).total_seconds()) < SAME_INSTANT_SECONDS
            for when, got in zoned
        )
    return found


def _authors(truth: Sequence[str], names: Sequence[str]) -> float:
    want, got = ({_fold(name).casefold() for name in each} for each in (truth, names))
    if want == got:
        return 1.0
    hit = len(want & got)
    return f1(hit / (len(got) or 1), hit / (len(want) or 1))


def _fold(text: str | None) -> str:
    return " ".join((text or "").split())


def _instant(value: object) -> datetime | None:
    if not isinstance(value, str):  # a peer may give anything
        return None
    try:
        return datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        return None
