"""The query language: what is read how, what is refused, and that nothing typed reaches FTS5's syntax."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from archive.errors import QueryError
from archive.records import Article, Capture
from archive.search import Query, count, search
from archive.search.expression import MAX_FORMS, match_expression, patterns
from archive.search.query import MAX_DEPTH, MAX_QUERY_CHARACTERS, MAX_TERMS
from archive.store import ArchiveStore


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("one two", '("one" AND "two")'),
        ("one AND two", '("one" AND "two")'),
        ('"one two" three', '("one two" AND "three")'),
        ("«one two»", '"one two"'),
        ("“one two", '"one two"'),
        ('one"two"', '("one" AND "two")'),
        ("begin*", '"begin" *'),
        ('"one be"*', '"one be" *'),
        ("a OR b OR c", '("a" OR "b" OR "c")'),
        ("a b OR c", '(("a" AND "b") OR "c")'),
        ("a (b OR c)", '("a" AND ("b" OR "c"))'),
        ("a -b", '("a" NOT ("b"))'),
        ("a b NOT c -d", '(("a" AND "b") NOT ("c" OR "d"))'),
        ("a (-b)", '("a" NOT ("b"))'),
        ("a -(b OR c)", '("a" NOT (("b" OR "c")))'),
        ("NEAR(a b, 5)", 'NEAR("a" "b", 5)'),
        ("NEAR(a b، ٥)", 'NEAR("a" "b", 5)'),
        ('NEAR("a b" c)', 'NEAR("a b" "c", 10)'),
        ("NEAR(a)", '"a"'),
        ("NEAR(a b, 999999)", 'NEAR("a" "b", 1000)'),
        ("title:a", 'title : "a"'),
        ("title:(a OR b) c", '((title : "a" OR title : "b") AND "c")'),
        ("author:x topic:y", '(authors : "x" AND topics : "y")'),
        ('title:"a b"', 'title : "a b"'),
        ("title:NEAR(a b)", 'title : NEAR("a" "b", 10)'),
        ("subtitle:a", '"subtitle:a"'),
        ("10:30", '"10:30"'),
        ("https://news.example/a?b=c", '"https://news.example/a?b=c"'),
        ("a) b", '("a" AND "b")'),
        ("(a", '"a"'),
        ("a OR", '"a"'),
        ("OR a", '"a"'),
        ("a AND OR b", '("a" OR "b")'),
        ("NOT NOT a b", '("b" NOT ("a"))'),
        ("a - b", '("a" AND "b")'),
        ("x-y", '"x-y"'),
        ("--x", '"--x"'),
        ("or not near", '("or" AND "not" AND "near")'),
        ("a ** ! … b", '("a" AND "b")'),
        ("Ünder_score", '"under_score"'),
        ('צה"ל', '"צה ל"'),
        ("(a, b)", '("a," AND "b")'),
        ("京", '"京" *'),
    ],
)
def test_translation(text: str, expression: str) -> None:
    assert match_expression(Query.parse(text)) == expression


@pytest.mark.parametrize(
    "text", ["", "  ", '""', "OR", "NOT AND", "()", "((", '" "', "*", "-", "…!؟", "NEAR(,5)", "😀", "\x00"]
)
def test_a_query_without_a_word_is_refused_with_help(text: str) -> None:
    with pytest.raises(QueryError, match=r'no word to search for.*"a phrase"'):
        Query.parse(text)


@pytest.mark.parametrize("text", ["-a", "NOT a", "a OR -b", "-(a b)", "a -(-b)"])
def test_leaving_out_alone_is_refused(text: str) -> None:
    with pytest.raises(QueryError, match="only what to leave out"):
        Query.parse(text)


def test_limits() -> None:
    assert Query.parse("(" * MAX_DEPTH + "a")
    with pytest.raises(QueryError, match="brackets"):
        Query.parse("(" * (MAX_DEPTH + 1) + "a")
    with pytest.raises(QueryError, match="words"):
        Query.parse("a " * (MAX_TERMS + 1))
    with pytest.raises(QueryError, match="characters"):
        Query.parse("a" * (MAX_QUERY_CHARACTERS + 1))


def test_widening_is_capped_over_the_whole_query() -> None:
    words = ["القوات", "المسلحة", "تتقدم", "شمالا", "وتقصف", "المدينة", "والبلدات", "القريبة", "مساء"]
    for number in range(1, len(words) + 1):
        query = Query.parse(" ".join(words[:number]))
        found = patterns(query)
        assert len(found) <= MAX_FORMS
        assert {pattern.term for pattern in found} == set(range(number))


def test_what_is_left_out_is_not_widened_by_endings() -> None:
    assert '"ايران" *' in match_expression(Query.parse("إيران"))
    expression = match_expression(Query.parse("نفط -إيران"))
    assert '"ايران" *' not in expression
    assert '"وايران"' in expression


SYNTAX = [
    '"', "*", "(", ")", "^", ":", "-", "+", "{", "}", ",", "NEAR(", "NEAR/2", "AND", "OR", "NOT", "title:",
    "text :", "'", ";", "«", "”", " ", "\n",
]  # fmt: skip
pieces = st.one_of(
    st.sampled_from([*SYNTAX, "كلمة", "والقوات", "word", "北京市", "ق.تل", "1,2"]), st.text(max_size=4)
)


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("searched")
    ArchiveStore.open(folder).close()
    return folder


@given(text=st.lists(pieces, max_size=12).map("".join), exact=st.booleans())
@settings(max_examples=400, deadline=None)
@example(text='"" AND ""', exact=False)
@example(text="a\ud800b", exact=False)
@example(text="\u1fff\u0378 NOT x", exact=False)
def test_whatever_is_typed_is_searched_or_refused(searched: Path, text: str, exact: bool) -> None:
    """sqlite3.OperationalError would be FTS5's complaint of its syntax."""
    try:
        query = Query.parse(text, exact=exact)
    except QueryError:
        return
    with ArchiveStore.open(searched, readonly=True) as store:
        assert search(store, query).hits == ()
        assert count(store, query).matching == 0


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "Z"]), min_size=1, max_size=20))
@settings(max_examples=100, deadline=None)
def test_a_text_is_found_by_itself_as_a_phrase(text: str) -> None:
    text = text.translate(dict.fromkeys(map(ord, '"“”„‟«»＂'), " "))
    wanted = f'"{text}"'
    try:
        query = Query.parse(wanted)
    except QueryError:
        return
    capture = Capture(
        id=1, url="u", canonical_url="u", role="page", source=None, started=datetime(2024, 1, 1, tzinfo=UTC),
        status=200, media_type=None, payload_digest=None, record_type="response", warc_file="w", offset=0,
        length=0, group_length=0,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder, ArchiveStore.open(Path(folder)) as store:
        store.add_captures([capture], waiting={1})
        store.apply([(capture, Article("u", "u", "T", f"before {text} after"))], "1")
        assert len(search(store, query).hits) == 1, match_expression(query)
