"""A source's rules on its latest captures: what each finds, what they change, what fails."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from archive.extract.sites import Rules, SiteKnowledge
from archive.extract.sites.rules import Script
from archive.ingest import Recorder, Trial, try_rules
from archive.ingest.comparing import compare
from archive.records import Article, Exchange, Provenance, Rejected
from archive.store import ArchiveStore
from archive.warc.writer import WarcWriter
from archive.wire import parse_response

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from archive.records import Capture

BEGAN = datetime(2026, 3, 1, tzinfo=UTC)
PAGE = """<html lang="en"><head><title>{0} number {1}</title></head><body><h1>{0} number {1}</h1>
<p class="{2}">The council decided on Tuesday that matter number {1} has to wait until the summer,
when all of its members can vote on it again.</p>
<p>Until then nothing changes for the people who live near the harbour, said the mayor to the journalists of {1}.</p>
</body></html>"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ArchiveStore]:
    """Four pages of a source, a day after another; only the last two have a paragraph `intro`."""
    (tmp_path / "warc").mkdir()
    with (
        ArchiveStore.open(tmp_path) as store,
        WarcWriter(tmp_path / "warc", prefix="test", info={}, max_bytes=1 << 20) as writer,
    ):
        recorder = Recorder(writer, store)
        for day in range(4):
            body = PAGE.format("Matter", day, "intro" if day > 1 else "text").encode()
            raw = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + body
            parsed = parse_response(raw)
            recorder.record(
                Exchange(
                    f"https://paper.test/{day}.html", BEGAN + timedelta(days=day), b"GET / HTTP/1.1\r\n\r\n", raw,
                    parsed.status, parsed.reason, parsed.headers, parsed.body, provenance=Provenance(source="paper"),
                )
            )  # fmt: skip
        recorder.checkpoint()
        yield store


def tried(store: ArchiveStore, folder: Path, *sets: Rules, count: int = 20) -> Trial:
    return try_rules(store, folder / "warc", "paper", SiteKnowledge({"paper": sets}), count)


def test_it_tells_what_each_rule_finds_and_what_they_change(store: ArchiveStore, tmp_path: Path) -> None:
    trial = tried(store, tmp_path, Rules({"lead": ("//p[@class='intro']",), "title": ("//h6",)}))

    assert [(rule.rule, rule.matched, rule.captures) for rule in trial.rules] == [
        ("title_xpath: //h6", 0, 4),
        ("lead_xpath: //p[@class='intro']", 2, 4),
    ]
    assert [rule.rule for rule in trial.idle] == ["title_xpath: //h6"]
    assert [change.url[-6:] for change in trial.changes] == ["3.html", "2.html"], "the latest first"
    assert {difference.field for difference in trial.changes[0].differences} == {"lead", "text"}
    assert 0 < trial.changes[0].lost < 1
    assert trial.changes[0].won == 0


def test_it_tries_the_latest_captures(store: ArchiveStore, tmp_path: Path) -> None:
    trial = tried(store, tmp_path, Rules({"lead": ("//p[@class='intro']",)}), count=1)

    assert (trial.captures, len(trial.changes)) == (1, 1)


def test_rules_are_tried_on_the_captures_of_their_time(store: ArchiveStore, tmp_path: Path) -> None:
    old = Rules({"title": ("//h1",)}, valid_until=date(2026, 3, 4))
    older = Rules({"title": ("//h6",)}, valid_until=date(2020, 1, 1))

    trial = tried(store, tmp_path, older, old, Rules({"title": ("//h1",)}))

    assert [(rule.rule, rule.matched, rule.captures) for rule in trial.rules] == [
        ("title_xpath: //h6 (until 2020-01-01)", 0, 0),
        ("title_xpath: //h1 (until 2026-03-04)", 3, 3),
        ("title_xpath: //h1", 1, 1),
    ]
    assert trial.idle == (), "a rule whose time no capture is of was not tried"


def test_a_script_that_fails_is_told_with_the_page(store: ArchiveStore, tmp_path: Path) -> None:
    text = "def title(root, url):\n    return root.find_class('intro')[0]\n"

    trial = tried(store, tmp_path, Rules(script=Script("rules/paper.py", text)))

    assert [(rule.rule, rule.matched) for rule in trial.rules] == [("rules/paper.py: title()", 2)]
    assert [url[-6:] for url, _ in trial.faults] == ["1.html", "0.html"]
    assert trial.faults[0][1] == "rules/paper.py:2: IndexError: list index out of range"


def article(text: str) -> Article:
    return Article("https://paper.test/a", "https://paper.test/a", "Title", text)


def test_what_is_lost_and_won_is_counted_in_words(store: ArchiveStore) -> None:
    capture: Capture = store.capture(1)

    change = compare(capture, article("one two three four"), article("three four one five six"), 1)

    assert change is not None
    assert (change.lost, change.won) == (0.25, 0.4)
    refused = Rejected("listing", "links alone")
    won, lost = compare(capture, refused, article("one"), None), compare(capture, article("one"), refused, 1)
    assert won is not None
    assert lost is not None
    assert (won.won, won.refused_before, lost.lost, lost.refused_after) == (1.0, refused, 1.0, refused)
    assert compare(capture, refused, Rejected("too_short"), None) is None
    assert compare(capture, article("one"), article("one"), 1) is None
