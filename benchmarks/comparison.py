"""Extraction's figures side by side: by set, by script, by language; where this program is ahead and where not."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from statistics import mean
from typing import TYPE_CHECKING

from archive.extract.language.languages import identify
from benchmarks.measure import MEMORY_KIND
from benchmarks.quality import f1, page_scores, score
from benchmarks.report import Ratio, ratio_rows, show_ratios, table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from benchmarks.quality import Answer, BodyScore, Scores
    from benchmarks.truths import Case

WARRAQ, TRAFILATURA = "warraq", "trafilatura"

MIN_PAGES = 5
"""A script or language with fewer pages is not shown: one page would be a fifth of its figure."""

MEASURES = ("f1", "precision", "recall", "accuracy", "refused", "title", "authors_f1", "day", "instant")

WANTED_COST = 0.6
WANTED_SPEEDUP = 1.8


@dataclass(frozen=True, slots=True)
class Reading:
    """What one reader gave, and what it took."""

    answers: Mapping[str, Answer]
    """By URL."""
    failed: int
    """Pages on which it raised an error."""
    cpu_ms_per_page: float
    """Without its start."""
    peak_mebibytes: float


@dataclass(frozen=True, slots=True)
class Lead:
    """Body F1 beside the best of the peers."""

    where: str
    ours: float
    best: float
    peer: str

    @property
    def ahead(self) -> bool:
        """Whether no peer is as good, or nobody can be better."""
        return self.ours > self.best or self.ours == 1.0


@dataclass(frozen=True)
class Comparison:
    """All figures of one run."""

    cases: Sequence[Case]
    readings: Mapping[str, Reading]
    cost: float
    """CPU a page, this program's against trafilatura's with metadata, the two in turn in one process."""
    speedup: float | None
    """Two cores against one; None where that was not measured."""

    @cached_property
    def sets(self) -> dict[str, dict[str, Scores]]:
        """Scores by set, then by reader."""
        groups: dict[str, list[Case]] = defaultdict(list)
        for case in self.cases:
            groups[case.collection].append(case)
        return {
            name: {reader: score(group, each.answers) for reader, each in self.readings.items()}
            for name, group in groups.items()
        }

    @cached_property
    def scripts(self) -> dict[str, dict[str, float]]:
        """Body F1 by script, then by reader; `pages` beside them."""
        return self._by(lambda case: case.truth.script)

    @cached_property
    def languages(self) -> dict[str, dict[str, float]]:
        """The same by language, as the truth's text has it."""
        return self._by(lambda case: identify(case.truth.body or "", None) or "")

    def _by(self, kind: Callable[[Case], str]) -> dict[str, dict[str, float]]:
        groups: dict[str, list[Case]] = defaultdict(list)
        for case in self.cases:
            if case.truth.body and not case.truth.refused and (name := kind(case)):
                groups[name].append(case)
        largest = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
        return {
            name: {"pages": len(group)}
            | {
                reader: _mean_f1([found for _, found in page_scores(group, each.answers)])
                for reader, each in self.readings.items()
            }
            for name, group in largest
            if len(group) >= MIN_PAGES
        }

    @property
    def leads(self) -> list[Lead]:
        """Body F1 in each set and each script beside the best peer's; empty without peers."""
        by_place = {
            f"set {name}": {reader: each["f1"] for reader, each in readers.items() if "f1" in each}
            for name, readers in self.sets.items()
        } | {f"script {name}": values for name, values in self.scripts.items()}
        peers = [reader for reader in self.readings if reader != WARRAQ]
        found = []
        for where, values in by_place.items():
            if WARRAQ in values and peers:
                best = max(peers, key=lambda reader: values[reader])
                found.append(Lead(where, values[WARRAQ], values[best], best))
        return found

    @property
    def ratios(self) -> list[Ratio]:
        """What is wanted of cost."""
        name = "CPU a page, Warraq / trafilatura with metadata"
        found = [Ratio(name, self.cost, ceiling=WANTED_COST)]
        if self.speedup is not None:
            found.append(Ratio("pages/s, two cores / one", self.speedup, floor=WANTED_SPEEDUP))
        return found

    def worst(self, count: int) -> list[tuple[Case, BodyScore]]:
        """The pages whose text is furthest from the truth."""
        scores = page_scores(self.cases, self.readings[WARRAQ].answers)
        return sorted(scores, key=lambda entry: entry[1].f1)[:count]

    def as_row(self, worst: int) -> dict[str, object]:
        """Everything, as one JSON object."""
        return {
            "memory": MEMORY_KIND,
            "readers": {
                name: {
                    "failed": each.failed,
                    "cpu_ms_per_page": round(each.cpu_ms_per_page, 3),
                    "peak_mebibytes": round(each.peak_mebibytes, 1),
                }
                for name, each in self.readings.items()
            },
            "sets": {
                name: {reader: _rounded(each) for reader, each in readers.items()}
                for name, readers in self.sets.items()
            },
            "scripts": {name: _rounded(values) for name, values in self.scripts.items()},
            "languages": {name: _rounded(values) for name, values in self.languages.items()},
            "leads": [
                {
                    "where": each.where,
                    "warraq": round(each.ours, 4),
                    "best_peer": round(each.best, 4),
                    "peer": each.peer,
                    "ahead": each.ahead,
                }
                for each in self.leads
            ],
            "ratios": ratio_rows(self.ratios),
            "worst": [
                {"set": case.collection, "url": case.url, "f1": round(found.f1, 4)}
                for case, found in self.worst(worst)
            ],
        }


def show(found: Comparison, worst: int) -> None:
    """Print everything."""
    for name, readers in found.sets.items():
        pages = int(readers[WARRAQ]["pages"])
        measures = [measure for measure in MEASURES if measure in readers[WARRAQ]]
        print(f"Set {name}, {pages} pages")
        table(
            ("", *measures),
            [(reader, *(f"{each[name]:.4f}" for name in measures)) for reader, each in readers.items()],
        )
        print()
    for kind, rows in (("script", found.scripts), ("language", found.languages)):
        if rows:
            table(
                (f"body F1 by {kind}", *rows),
                [
                    ("pages", *(f"{values['pages']:.0f}" for values in rows.values())),
                    *(
                        (reader, *(f"{values[reader]:.4f}" for values in rows.values()))
                        for reader in found.readings
                    ),
                ],
            )
            print()
    table(
        ("", "CPU ms/page", f"peak {MEMORY_KIND} MiB", "pages failed on"),
        [
            (reader, f"{each.cpu_ms_per_page:.2f}", f"{each.peak_mebibytes:.0f}", str(each.failed))
            for reader, each in found.readings.items()
        ],
    )
    print()
    show_ratios(found.ratios)
    _show_leads(found.leads)
    for case, each in found.worst(worst):
        print(f"{each.f1:.3f}  P {each.precision:.3f}  R {each.recall:.3f}  {case.collection}  {case.url}")


def _show_leads(leads: Sequence[Lead]) -> None:
    if not leads:
        return
    print()
    table(
        ("body F1", WARRAQ, "best peer", "", "ahead"),
        [
            (each.where, f"{each.ours:.4f}", f"{each.best:.4f}", each.peer, "yes" if each.ahead else "NO")
            for each in leads
        ],
    )
    behind = [each.where for each in leads if not each.ahead]
    print(f"\nBehind in: {', '.join(behind)}\n" if behind else "\nAhead of every peer in all of them.\n")


def _mean_f1(scores: Sequence[BodyScore]) -> float:
    return f1(mean(each.precision for each in scores), mean(each.recall for each in scores))


def _rounded(values: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in values.items()}
