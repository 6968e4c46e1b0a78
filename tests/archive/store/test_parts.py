"""Articles on several pages: one article, whose text is that of all its pages."""

from collections.abc import Callable

import pytest

from archive.records import Article, Capture, Rejected
from archive.store import ArchiveStore, Filters, Outcome
from archive.text import text_digest

Make = Callable[..., Capture]
MakeArticle = Callable[..., Article]
FIRST = "https://news.example/a/"


@pytest.fixture
def captures(store: ArchiveStore, make_capture: Make) -> list[Capture]:
    """Two rounds over three pages of one article, and a third over the second page."""
    urls = [FIRST, f"{FIRST}2/", f"{FIRST}3/"]
    made = [make_capture(at, url) for at, url in enumerate([*urls, *urls, urls[1]], 1)]
    store.add_captures(made, waiting=range(9))
    return made


@pytest.fixture
def page(make_article: MakeArticle) -> Callable[..., Article]:
    def make(part: int, text: str, *, of: int = 3, **given: object) -> Article:
        title = "A title" if part == 1 else f"A title - page {part}"
        return make_article(text, FIRST, title=title, part=part, continues=part < of, **given)

    return make


def test_the_pages_of_an_article_are_one_text(
    store: ArchiveStore, captures: list[Capture], page: Callable[..., Article]
) -> None:
    pages = [page(1, "One."), page(2, "Two.\nTwo more."), page(3, "Three.")]
    outcomes = store.apply(list(zip(captures, pages, strict=False)), "1")
    assert outcomes == [Outcome("new", 1), Outcome("unchanged", 1), Outcome("unchanged", 1)]
    (article,) = store.select(Filters())
    assert (article.title, article.text) == ("A title", "One.\nTwo.\nTwo more.\nThree.")
    assert (article.capture_id, article.status) == (1, "live")
    assert article.text_digest == text_digest(article.text)
    assert [(one.id, one.part, one.change, one.text) for one in store.revisions(1)] == [
        (1, 1, "first", "One."),
        (2, 2, "first", "Two.\nTwo more."),
        (3, 3, "first", "Three."),
    ]


def test_an_edit_of_one_page_is_one_edit(
    store: ArchiveStore, captures: list[Capture], page: Callable[..., Article]
) -> None:
    pages = [page(1, "One."), page(2, "Two."), page(3, "Three."), page(1, "One."), page(2, "Two, edited.")]
    kinds = [outcome.kind for outcome in store.apply(list(zip(captures, pages, strict=False)), "1")]
    assert kinds[3:] == ["unchanged", "changed"]
    article = store.article("1")
    assert (article.text, article.status) == ("One.\nTwo, edited.\nThree.", "edited")
    assert [one.change for one in store.revisions(1)] == ["first", "first", "first", "edit"]


def test_in_whatever_order_they_are_read(
    store: ArchiveStore, captures: list[Capture], page: Callable[..., Article]
) -> None:
    store.apply([(captures[2], page(3, "Three."))], "1")
    assert store.article("3").text == "Three."
    store.apply([(captures[0], page(1, "One."))], "1")
    assert store.article("1").text == "One."  # what is behind a gap waits for it
    store.apply([(captures[1], page(2, "Two."))], "1")
    assert store.article("1").text == "One.\nTwo.\nThree."


def test_a_page_that_the_article_no_longer_leads_to_is_left_out(
    store: ArchiveStore, captures: list[Capture], page: Callable[..., Article]
) -> None:
    pages = [page(1, "One."), page(2, "Two."), page(3, "Three."), page(1, "One."), page(2, "Two.", of=2)]
    store.apply(list(zip(captures, pages, strict=False)), "1")
    assert store.article("1").text == "One.\nTwo."


def test_a_further_page_that_is_gone_is_no_deletion(
    store: ArchiveStore, make_capture: Make, captures: list[Capture], page: Callable[..., Article]
) -> None:
    store.apply(list(zip(captures, [page(1, "One.", of=2), page(2, "Two.", of=2)], strict=False)), "1")
    gone = [make_capture(at, f"{FIRST}2/", status=404) for at in (8, 9)]
    store.add_captures(gone, waiting=())
    assert store.article("1").status == "live"
    store.apply([(captures[1], Rejected("soft_404"))], "1")
    assert (store.article("1").status, store.article("1").text) == ("live", "One.")
