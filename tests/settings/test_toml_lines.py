"""Lines of keys: against hand-counted texts, and against texts that tomlkit writes."""

from __future__ import annotations

import tomllib

import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from settings.toml_lines import blocks, key_lines, statements

TEXT = '''\
# comment with [brackets] and "quotes"
title = "a # no comment [x]"  # [[source]]

[archive] # here
contact = \'\'\'
[not.a.table]
\'\'\'
lines = """
one \\""" two
"""
"quoted.key" = 1
a.b = 2

[[source]]
name = "one"
list = [ # {
  "[", # ]
  { x = 1, y = ["]"] },
]
[source.sub]
z = 1

[[source]]
name = """"quoted""""
'''


def test_lines_of_every_kind_of_key() -> None:
    tomllib.loads(TEXT)  # the text is TOML

    lines = key_lines(TEXT)

    assert lines["title",] == 2
    assert lines["archive",] == 4
    assert lines["archive", "contact"] == 5
    assert lines["archive", "lines"] == 8
    assert lines["archive", "quoted.key"] == 11
    assert lines["archive", "a", "b"] == 12
    assert lines["source", 0] == 14
    assert lines["source", 0, "list"] == lines["source", 0, "list", 1, "y", 0] == 16
    assert lines["source", 0, "sub"] == 20
    assert lines["source", 0, "sub", "z"] == 21
    assert lines["source", 1] == 23
    assert lines["source", 1, "name"] == 24


def test_blocks_reach_from_the_header_to_the_last_key() -> None:
    first, second = blocks(TEXT, "source")

    assert TEXT[slice(*first)].startswith('[[source]]\nname = "one"')
    assert TEXT[slice(*first)].endswith("z = 1\n")
    assert TEXT[slice(*second)] == '[[source]]\nname = """"quoted""""\n'


def test_an_array_of_tables_within_one_is_counted_anew_in_each() -> None:
    text = "[[a]]\n[[a.b]]\nx = 1\n[[a.b]]\n[[a]]\n[[a.b]]\nx = 2\n"

    lines = key_lines(text)

    assert lines["a", 0, "b", 0, "x"] == 3
    assert lines["a", 1, "b", 0, "x"] == 7
    assert [text[slice(*span)] for span in blocks(text, "a")] == [text[:28], text[28:]]


KEYS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8)
LEAVES = (
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)


@given(st.dictionaries(KEYS, VALUES, max_size=5))
def test_every_key_of_a_written_text_has_a_line_on_which_it_stands(tree: dict[str, object]) -> None:
    text = tomlkit.dumps(tree)
    if tomllib.loads(text) != tree:  # tomlkit's own fault
        return

    lines = key_lines(text)

    assert {path[0] for path in lines} == tree.keys()
    assert all(1 <= line <= text.count("\n") + 1 for line in lines.values())


@given(st.lists(st.tuples(KEYS, LEAVES), max_size=6))
def test_statements_put_together_say_what_the_text_says(pairs: list[tuple[str, object]]) -> None:
    tree = dict(pairs)
    text = tomlkit.dumps(tree).replace("\n", "  # end\n\n")

    if tomllib.loads(text) == tree:
        assert tomllib.loads("\n".join(statement for _, statement in statements(text))) == tree
