"""archive.db: what goes in, what comes out, and that neither order nor repetition matters."""

import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.errors import ArchiveError, NotFoundError
from archive.records import Article, Capture, Extraction, Rejected, RejectionReason, UsagePreference
from archive.store import ArchiveStore, Filters, Outcome

Make = Callable[..., Capture]
MakeArticle = Callable[..., Article]
TABLES = ("captures", "articles", "revisions", "articles_folded")


def dump(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(folder / "archive.db")) as db:
        db.execute("INSERT INTO articles_fts (articles_fts, rank) VALUES ('integrity-check', 1)")
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        return {table: db.execute(f"SELECT * FROM {table} ORDER BY id").fetchall() for table in TABLES}


def test_captures_come_back_as_they_went_in(store: ArchiveStore, make_capture: Make) -> None:
    assert store.next_capture_id() == 1
    captures = [
        make_capture(1),
        make_capture(
            2, role="feed", source=None, status=None, error="dns", record_type="request", media_type=None
        ),
        make_capture(3, truncated="length", payload_digest=None),
    ]
    store.add_captures(captures, waiting={1, 3})
    assert list(store.captures()) == captures
    assert store.waiting() == [captures[0], captures[2]]
    assert store.waiting(1) == [captures[0]]
    assert store.capture(2) == captures[1]
    assert list(store.captures(role="feed")) == [captures[1]]
    assert list(store.captures(outcome="none")) == [captures[1]]
    assert store.next_capture_id() == 4
    assert store.statistics().errors == {"dns": 1}


def test_captures_are_recorded_all_or_none(store: ArchiveStore, make_capture: Make) -> None:
    store.add_captures([make_capture(1)], waiting=())
    with pytest.raises(ArchiveError, match="rebuild"):
        store.add_captures([make_capture(2), make_capture(1)], waiting=())
    assert [capture.id for capture in store.captures()] == [1]


def test_new_unchanged_changed_rejected(
    store: ArchiveStore, make_capture: Make, make_article: MakeArticle
) -> None:
    captures = [make_capture(1), make_capture(2), make_capture(3), make_capture(4, "https://news.example/b")]
    store.add_captures(captures, waiting={1, 2, 3, 4})
    outcomes = store.apply(
        [
            (captures[0], make_article("One.")),
            (captures[1], make_article(" One. ", topics=("late topic",))),
            (captures[2], make_article("Two.")),
            (captures[3], Rejected("too_short", "12 characters")),
        ],
        "1",
    )
    assert outcomes == [
        Outcome("new", 1),
        Outcome("unchanged", 1),
        Outcome("changed", 1),
        Outcome("rejected", None, "too_short"),
    ]
    row = store.article("1")
    assert (row.text, row.status, row.capture_id, row.topics) == ("Two.", "edited", 3, ())
    assert (row.first_seen, row.last_seen) == ("2024-05-01T09:30:00.000000Z", "2024-05-01T11:30:00.000000Z")
    assert [(revision.id, revision.change, revision.text) for revision in store.revisions(1)] == [
        (1, "first", "One."),
        (3, "edit", "Two."),
    ]
    assert store.fate(4).rejection_detail == "12 characters"
    assert store.waiting() == []
    statistics = store.statistics()
    assert (statistics.articles, statistics.revisions, statistics.rejected) == (1, 2, {"too_short": 1})
    assert [capture.id for capture in store.captures(article_id=1)] == [1, 2, 3]


@pytest.mark.parametrize("field", ["title", "lead", "published", "authors"])
def test_what_counts_as_an_edit(
    store: ArchiveStore, make_capture: Make, make_article: MakeArticle, field: str
) -> None:
    captures = [make_capture(1), make_capture(2)]
    store.add_captures(captures, waiting={1, 2})
    other: object = ("Somebody",) if field == "authors" else "2024-01-01"
    edited = make_article(**{field: other})
    kinds = [
        outcome.kind for outcome in store.apply([(captures[0], make_article()), (captures[1], edited)], "1")
    ]
    assert kinds == ["new", "changed"]


def test_another_version_of_the_extractor_is_no_edit(
    store: ArchiveStore, make_capture: Make, make_article: MakeArticle
) -> None:
    captures = [make_capture(1), make_capture(2)]
    store.add_captures(captures, waiting={1, 2})
    store.apply([(captures[0], make_article("One."))], "1")
    assert store.apply([(captures[1], make_article("One, better."))], "2") == [Outcome("unchanged", 1)]
    row = store.article("1")
    assert (row.text, row.status) == ("One, better.", "live")
    assert [revision.change for revision in store.revisions(1)] == ["first", "extractor"]
    store.apply([(captures[0], make_article("One, better."))], "2")
    assert [revision.id for revision in store.revisions(1)] == [1]
    assert store.article("1").extractor_version == "2"


def test_derived_again_the_article_may_move_or_vanish(
    store: ArchiveStore, make_capture: Make, make_article: MakeArticle
) -> None:
    captures = [make_capture(number) for number in (1, 2, 3)]
    store.add_captures(captures, waiting={1, 2, 3})
    store.apply([(capture, make_article("One.")) for capture in captures], "1")
    assert store.apply([(captures[0], make_article("Else.", "https://news.example/other"))], "1") == [
        Outcome("new", 1)
    ]
    assert store.article("https://news.example/other").id == 1
    moved = store.article("https://news.example/a")
    assert (moved.id, moved.text, moved.first_seen) == (2, "One.", "2024-05-01T10:30:00.000000Z")
    store.apply([(captures[1], Rejected("listing")), (captures[2], Rejected("listing"))], "1")
    assert store.statistics().articles == 1
    store.apply([(captures[0], Rejected("listing"))], "1")
    with pytest.raises(NotFoundError, match="refused as an article \\(listing\\)"):
        store.article("https://news.example/a")
    assert store.statistics().articles == 0


def test_a_revisit_belongs_to_what_it_repeats(
    store: ArchiveStore, make_capture: Make, make_article: MakeArticle
) -> None:
    first, again = make_capture(1), make_capture(2, record_type="revisit", revisit_of=1)
    later = make_capture(3, record_type="revisit", revisit_of=1)
    store.add_captures([first, again], waiting={1})
    store.apply([(first, make_article())], "1")
    assert store.article("1").last_seen == "2024-05-01T10:30:00.000000Z"
    store.add_captures([later], waiting=())
    assert store.article("1").last_seen == "2024-05-01T11:30:00.000000Z"
    assert store.fate(3).outcome == "unchanged"
    store.apply([(first, Rejected("listing"))], "1")
    assert (store.fate(2).outcome, store.fate(2).article_id) == ("none", None)


texts = st.sampled_from(["One.", "Two.", "Three."])
pages = st.sampled_from(["https://news.example/a", "https://news.example/b"])
preferences = st.sampled_from([(), (UsagePreference("header:tdm-reservation", "1"),)])
reasons: st.SearchStrategy[RejectionReason] = st.sampled_from(["listing", "soft_404", "challenge"])
extractions = st.one_of(
    st.builds(
        lambda url, text, said, part, continues: Article(
            url=url,
            canonical_url=url,
            title="T",
            text=text,
            usage_preferences=said,
            part=part,
            continues=continues,
        ),
        pages,
        texts,
        preferences,
        st.sampled_from([1, 1, 1, 2, 3]),
        st.booleans(),
    ),
    st.builds(Rejected, reasons),
)


@given(st.lists(extractions, min_size=1, max_size=6), st.data())
@settings(max_examples=150, deadline=None)
def test_order_and_repetition_do_not_matter(final: list[Extraction], data: st.DataObject) -> None:
    """Whatever was applied before, in whatever order: the last derivation of each capture decides."""
    numbers = list(range(1, len(final) + 1))
    earlier = data.draw(st.lists(st.tuples(st.sampled_from(numbers), extractions), max_size=8))
    order = data.draw(st.permutations(numbers))
    captures = {number: _capture(number) for number in numbers}
    revisits = [
        replace(_capture(len(numbers) + number), record_type="revisit", revisit_of=number)
        for number in numbers[:2]
    ]
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        with ArchiveStore.open(Path(one)) as store:
            store.add_captures([*captures.values(), *revisits], waiting=numbers)
            store.apply([(captures[number], final[number - 1]) for number in numbers], "1")
        with ArchiveStore.open(Path(other)) as store:
            store.add_captures([*captures.values(), *revisits], waiting=numbers)
            for number, extraction in earlier:
                store.apply([(captures[number], extraction)], "1")
            for number in order:
                store.apply([(captures[number], final[number - 1])], "1")
        assert dump(Path(other)) == dump(Path(one))
        with ArchiveStore.open(Path(other)) as store:
            before = dump(Path(other))
            store.apply([(captures[number], final[number - 1]) for number in numbers], "1")
            assert dump(Path(other)) == before


@st.composite
def histories(draw: st.DrawFn) -> list[Capture]:
    """What two addresses answered in turn: pages, absences, and what came before."""
    found: list[Capture] = []
    for number in range(1, draw(st.integers(1, 8)) + 1):
        one = _capture(number, draw(pages))
        kind = draw(st.sampled_from(["page", "page", "absence", "revisit"]))
        read = [before.id for before in found if before.record_type == "response" and before.status == 200]
        if kind == "absence":
            location = draw(st.sampled_from(["https://news.example/", "https://news.example/elsewhere"]))
            one = replace(one, status=draw(st.sampled_from([301, 403, 404, 410, 500])), location=location)
        elif kind == "revisit" and read:
            one = replace(one, record_type="revisit", revisit_of=draw(st.sampled_from(read)))
        found.append(one)
    return found


@given(histories(), st.data())
@settings(max_examples=100, deadline=None)
def test_absences_are_the_same_whenever_they_are_known(history: list[Capture], data: st.DataObject) -> None:
    """Recorded before a page was read or after, read first or again: the last derivations decide."""
    read = [one for one in history if one.record_type == "response" and one.status == 200]
    final = {one.id: data.draw(extractions) for one in read}
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        with ArchiveStore.open(Path(one)) as store:
            store.add_captures(history, waiting=final)
            store.apply([(capture, final[capture.id]) for capture in read], "1")
        with ArchiveStore.open(Path(other)) as store:
            for recorded, capture in enumerate(history, 1):
                store.add_captures([capture], waiting={capture.id} & final.keys())
                there = [early for early in history[:recorded] if early.id in final]
                for early in data.draw(st.lists(st.sampled_from(there), max_size=2)) if there else ():
                    store.apply([(early, data.draw(extractions))], "1")
            for capture in data.draw(st.permutations(read)):
                store.apply([(capture, final[capture.id])], "1")
        assert dump(Path(other)) == dump(Path(one))


def _capture(number: int, url: str = "https://news.example/a") -> Capture:
    return Capture(
        id=number,
        url=url,
        canonical_url=url,
        role="page",
        source=None if number % 3 else f"s{number}",
        started=datetime(2024, 5, 1, tzinfo=UTC) + timedelta(minutes=number * 7 % 10),
        status=200,
        media_type="text/html",
        payload_digest=None,
        record_type="response",
        warc_file="w.warc.gz",
        offset=number,
        length=1,
        group_length=1,
    )


def test_a_better_extractor_over_all_captures_gives_the_rows_of_a_rebuild(
    tmp_path: Path, make_capture: Make, make_article: MakeArticle
) -> None:
    captures = [make_capture(number) for number in range(1, 7)]
    old = [make_article(text) for text in ("A", "A", "B", "A", "C", "C")]
    new = [make_article(text, modified=str(at)) for at, text in enumerate(("A", "B", "B", "B", "C", "D"))]
    for name in ("upgraded", "rebuilt"):
        (tmp_path / name).mkdir()
        with ArchiveStore.open(tmp_path / name) as store:
            store.add_captures(captures, waiting=range(7))
            if name == "upgraded":
                store.apply(list(zip(captures, old, strict=True)), "1")
            store.apply(list(zip(captures, new, strict=True)), "2")
    assert dump(tmp_path / "upgraded") == dump(tmp_path / "rebuilt")


def test_articles_are_found_by_id_and_by_every_url(
    store: ArchiveStore, make_capture: Make, make_article: MakeArticle
) -> None:
    captures = [
        make_capture(1, "https://news.example/a?utm_source=x"),
        make_capture(2, "https://news.example/amp"),
    ]
    store.add_captures(captures, waiting={1, 2})
    store.apply([(capture, make_article(url="https://news.example/a")) for capture in captures], "1")
    for name in (
        "1",
        "2",
        " https://news.example/a ",
        "https://news.example/a?utm_source=x",
        "https://news.example/amp",
    ):
        assert store.article(name).id == 1, name
    for unknown in ("3", "https://news.example/none", "", "٣", "9" * 30):
        with pytest.raises(NotFoundError, match="warraq"):
            store.article(unknown)
    with pytest.raises(NotFoundError, match="capture 9"):
        store.capture(9)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters(), [1, 2, 3, 4]),
        (Filters(source=("one",)), [1, 2]),
        (Filters(source=("one", "two")), [1, 2, 3]),
        (Filters(language=("ar",)), [1, 3]),
        (Filters(source=("one",), language=("ar",)), [1]),
        (Filters(date_from=date(2024, 5, 2)), [2, 3]),
        (Filters(date_to=date(2024, 5, 1)), [1]),
        (Filters(date_from=date(2024, 5, 2), date_to=date(2024, 5, 2)), [2]),
        (Filters(topic=("الشرق الاوسط",)), [1]),
        (Filters(topic=("الشرق",)), []),
        (Filters(topic=("syria", "الشَّرق الأوسط")), [1, 3]),
        (Filters(ids=(2, 4, 99)), [2, 4]),
    ],
)
def test_filters(
    store: ArchiveStore, make_capture: Make, make_article: MakeArticle, filters: Filters, found: list[int]
) -> None:
    rows = [
        ("one", "ar", "2024-05-02T01:30:00+03:00", ("الشرق الأوسط",)),  # still 1 May in UTC
        ("one", "en", "2024-05-02T23:59:59Z", ("Politics",)),
        ("two", "ar", "2024-05-03", ("Sport", "Syria")),
        (None, None, None, ()),
    ]
    for at, (source, language, published, topics) in enumerate(rows, 1):
        url = f"https://news.example/{at}"
        capture = make_capture(at, url, source=source)
        store.add_captures([capture], waiting={at})
        store.apply(
            [(capture, make_article(url=url, language=language, published=published, topics=topics))], "1"
        )
    assert [row.id for row in store.select(filters)] == found


def test_statistics(store: ArchiveStore, make_capture: Make, make_article: MakeArticle) -> None:
    for at, published in enumerate(["1969-07-20T20:17:40Z", "2024-05-02", None], 1):
        url = f"https://news.example/{at}"
        store.add_captures([make_capture(at, url)], waiting={at})
        store.apply([(make_capture(at, url), make_article(url=url, published=published, language="en"))], "1")
    statistics = store.statistics()
    assert statistics.first_published == "1969-07-20T20:17:40Z"
    assert statistics.last_published == "2024-05-02T00:00:00Z"
    assert (statistics.undated, statistics.languages) == (1, {"en": 3})
    assert [(row.source, row.articles) for row in statistics.sources] == [("example", 3)]


def test_texts_that_sqlite_cannot_hold_are_mended(
    store: ArchiveStore, make_capture: Make, make_article: MakeArticle
) -> None:
    store.add_captures([make_capture(1)], waiting={1})
    store.apply(
        [(make_capture(1), make_article("a\x00b \ud800 c", title="\udfff", authors=("\ud800",)))], "1"
    )
    row = store.article("1")
    assert (row.text, row.title, row.authors) == ("a\ufffdb \ufffd c", "\ufffd", ("\ufffd",))


def test_a_failed_batch_leaves_nothing(
    store: ArchiveStore, make_capture: Make, make_article: MakeArticle
) -> None:
    store.add_captures([make_capture(1)], waiting={1})
    with pytest.raises(NotFoundError, match="capture 2"):
        store.apply([(make_capture(1), make_article()), (make_capture(2), make_article())], "1")
    assert store.statistics().articles == 0
    assert store.waiting() == [make_capture(1)]


def test_writing_while_reading_a_page_at_a_time(
    store: ArchiveStore, make_capture: Make, make_article: MakeArticle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archive.store.reads.PAGE_ROWS", 2)
    captures = [make_capture(at, f"https://news.example/{at}") for at in range(1, 8)]
    store.add_captures(captures, waiting=range(8))
    store.apply([(capture, make_article(url=capture.url)) for capture in captures], "1")
    seen = []
    for row in store.select(Filters()):
        seen.append(row.id)
        store.apply([(captures[row.id - 1], make_article("New text.", url=row.url))], "2")
    assert seen == [1, 2, 3, 4, 5, 6, 7]
