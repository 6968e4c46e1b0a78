"""The second reader's text against the blocks, and the measures that are worked out the short way."""

from __future__ import annotations

import lxml.html
from hypothesis import given
from hypothesis import strategies as st

from archive.extract import agreement
from archive.extract.blocks import lay_out
from archive.extract.prose import weight
from archive.extract.vocabulary import class_words

PIECES = st.text(st.sampled_from("ab ,.-—é日本ไท\n"), max_size=8)


@given(PIECES, st.lists(PIECES, max_size=4))
def test_a_line_stands_in_a_text_whatever_its_signs_and_white_space(line, others):
    text = " ".join(others)
    letters = "".join(filter(str.isalnum, line))
    expected = bool(letters) and letters in "".join(filter(str.isalnum, text))
    assert agreement._stands_in(line, text, agreement._squeeze(text)) == expected


@given(st.text())
def test_a_dense_sign_weighs_two_and_a_half(text):
    dense = sum(
        "\u0e00" <= c <= "\u0eff" or "\u3040" <= c <= "\u9fff" or "\uac00" <= c <= "\ud7af" for c in text
    )
    assert weight(text) == len(text) + dense * 3 // 2


def test_regions_are_dropped_from_the_tree():
    root = lxml.html.document_fromstring("<div><p>kept<ul><li>one<li>two</ul><p>kept too</div>")
    layout = lay_out(root)
    for block in layout.blocks:
        block.region = "section" if block.text in {"one", "two"} else ""
    agreement._prune(layout)
    assert root.text_content() == "keptkept too"


def test_names_are_split_once_and_a_bundlers_are_none():
    assert class_words("articleBody sc-gIcCDI", "Main_Text", None, None) == "-article-body-main-text-"
    assert class_words("sc-gIcCDI", None, None, None) == ""
