"""Pages that gave no article: what became of them, by their captures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from archive.records import Article, Capture, Rejected
from archive.store.pages import PageState

if TYPE_CHECKING:
    from collections.abc import Callable

    from archive.store import ArchiveStore

URL = "https://news.example/story"
HOME = "https://news.example/"


@dataclass(frozen=True)
class Answer:
    """A capture, and what was derived from it."""

    fields: dict[str, Any] = field(default_factory=dict)
    refused: Rejected | None = None
    waiting: bool = False


def status(code: int, location: str | None = None) -> Answer:
    return Answer({"status": code, "location": location})


def error(kind: str) -> Answer:
    return Answer({"status": None, "error": kind, "record_type": "request"})


def refused(reason: str, detail: str = "") -> Answer:
    return Answer(refused=Rejected(reason, detail))  # type: ignore[arg-type]


def cut(how: str) -> Answer:
    return Answer({"truncated": how})


AGAIN = Answer({"record_type": "revisit", "revisit_of": 1})
WAITING = Answer(waiting=True)


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        ([status(404)], PageState("gone", "http_4xx")),
        ([status(410), status(404)], PageState("deleted", "http_4xx")),
        ([status(410), error("timeout"), status(410)], PageState("deleted", "http_4xx")),
        ([status(410), error("timeout")], PageState("gone", "http_4xx")),
        ([status(410), status(403)], PageState("blocked", "http_4xx")),
        ([status(410), status(403), status(410)], PageState("gone", "http_4xx")),
        ([refused("soft_404", "Not found")], PageState("gone", "soft_404", "Not found")),
        ([refused("soft_404", "Not found"), AGAIN], PageState("deleted", "soft_404", "Not found")),
        ([refused("soft_404", "Not found"), status(404)], PageState("deleted", "http_4xx")),
        ([status(301, HOME)], PageState("gone", location=HOME)),
        ([status(301, HOME + "new")], PageState("moved", location=HOME + "new")),
        ([status(302, HOME + "new")], PageState("moved", location=HOME + "new")),
        ([status(302, URL)], PageState("failed", "redirect_loop", location=URL)),
        ([status(301, URL + "?utm_source=x"), status(410)] * 2, PageState("deleted", "http_4xx")),
        ([status(451)], PageState("blocked", "http_4xx")),
        ([refused("challenge", "Just a moment")], PageState("blocked", "challenge", "Just a moment")),
        ([refused("too_short", "no sentence in it")], PageState("refused", "too_short", "no sentence in it")),
        ([refused("listing"), AGAIN], PageState("refused", "listing", "")),
        ([error("dns")], PageState("failed", "dns")),
        ([status(503), status(500)], PageState("failed", "http_5xx")),
        ([status(418)], PageState("failed", "http_4xx")),
        ([cut("disconnect")], PageState("failed", "truncated")),
        ([cut("length")], PageState("failed", "too_large")),
        ([cut("time")], PageState("failed", "timeout")),
        ([WAITING], PageState("waiting")),
        ([WAITING, AGAIN], PageState("waiting")),
    ],
)
def test_the_last_answer_that_says_something_decides(
    store: ArchiveStore, make_capture: Callable[..., Capture], answers: list[Answer], state: PageState
) -> None:
    for number, answer in enumerate(answers, 1):
        capture = make_capture(number, URL, **answer.fields)
        store.add_captures([capture], waiting={number} if answer.waiting or answer.refused else ())
        if answer.refused:
            store.apply([(capture, answer.refused)], "1")
    page = store.page(f"{URL}#top")
    assert page is not None
    assert page.state == state
    assert (page.url, page.source) == (URL, "example")
    assert [capture.id for capture in page.captures] == list(range(1, len(answers) + 1))
    assert store.pages_without_article() == {state.status: 1}


def test_a_page_with_an_article_and_what_was_no_page_do_not_count(
    store: ArchiveStore, make_capture: Callable[..., Capture], make_article: Callable[..., Article]
) -> None:
    captures = [
        make_capture(1, URL),
        make_capture(2, URL, status=404),
        make_capture(3, URL + "?utm_source=x", canonical_url=URL, status=404),
        make_capture(4, HOME + "feed", role="feed", status=404),
        make_capture(5, HOME + "other", status=404),
    ]
    store.add_captures(captures, waiting={1})
    store.apply([(captures[0], make_article(url=URL))], "1")
    assert store.pages_without_article() == {"gone": 1}
    assert store.page(HOME + "feed") is None
    assert store.page(HOME + "never") is None
    known = store.page(URL)
    assert known is not None
    assert known.state.status == "deleted"


def test_what_is_withheld_is_not_told(store: ArchiveStore, make_capture: Callable[..., Capture]) -> None:
    tombstone = make_capture(1, "urn:x:takedown:1", record_type="metadata", status=None)
    copy = make_capture(2, URL)
    store.add_captures([tombstone, copy], waiting={2})
    store.apply([(copy, Rejected("takedown", "takedown 1 in ledger.jsonl"))], "1")
    assert store.page(URL) is None
    assert store.pages_without_article() == {}
