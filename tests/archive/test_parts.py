"""Which addresses are further pages of one article."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.parts import part_number, split

FIRST = "https://news.example/2026/a-long-read/"


@pytest.mark.parametrize(
    ("url", "number"),
    [
        (FIRST, 1),
        (FIRST.rstrip("/"), 1),
        (f"{FIRST}2/", 2),
        (f"{FIRST}12", 12),
        (f"{FIRST}?page=3", 3),
        ("http://news.example/2026/a-long-read?page=2&utm_source=x", 2),
        (f"{FIRST}#comments", 1),
        (f"{FIRST}comment-page-2/", None),
        (f"{FIRST}?cpage=2", None),
        (f"{FIRST}2/attachment/", None),
        (f"{FIRST}2026/", None),
        (f"{FIRST}0/", None),
        (f"{FIRST}1/", None),
        ("https://news.example/2026/a-long-read-2/", None),
        ("https://news.example/2026/another/2/", None),
        ("https://other.example/2026/a-long-read/2/", None),
    ],
)
def test_a_number_behind_the_same_address(url: str, number: int | None) -> None:
    assert part_number(url, FIRST) == number


def test_a_number_in_the_query_leaves_the_rest_of_it() -> None:
    assert part_number("https://news.example/?p=5&page=2", "https://news.example/?p=5") == 2
    assert part_number("https://news.example/?page=2&p=5", "https://news.example/?p=5") == 2
    assert part_number("https://news.example/?p=6&page=2", "https://news.example/?p=5") is None


def test_a_site_s_root_has_no_further_pages() -> None:
    assert split("https://news.example/2/") is None


@given(st.integers(2, 99), st.sampled_from(["/{}/", "/{}", "?page={}", "?id=7&page={}"]))
def test_what_is_split_is_known_again(number: int, form: str) -> None:
    url = f"https://news.example/a/story{form.format(number)}"
    found = split(url)
    assert found is not None
    assert found[1] == number
    assert part_number(url, found[0]) == number


@given(st.text(max_size=60))
def test_any_text_gives_an_answer(text: str) -> None:
    split(text)
    part_number(f"https://news.example/{text}", FIRST)
