"""What repeats over a site's pages: which lines are the site's, and which are told again by its articles."""

from __future__ import annotations

import random

import pytest

from archive.memory.lines import (
    MAX_END_LINES,
    Line,
    pack,
    read_lines,
    repeated_lines,
    restore,
    strip,
    unpack,
)

PLEA = "Independent reporting costs money: support our newsroom with a monthly gift."
BIO = "Salma Haddad writes on water and cities; her book on the Orontes came out last spring."
FOLLOW = "Follow us on Telegram"
BACKGROUND = "The dam was closed in 2019 after two of its gates had given way in a single night."


def prose(seed: int, lines: int = 6) -> list[str]:
    """Paragraphs that no other seed gives."""
    words = random.Random(seed)
    return [
        " ".join("".join(words.choices("abcdefghilmnoprstu", k=6)) for _ in range(18)) + "."
        for _ in range(lines)
    ]


def found_on(pages: list[list[str]]) -> set[str]:
    """The lines of these pages that are found to be their site's."""
    keys = repeated_lines([read_lines("\n".join(page)) for page in pages], ())
    return {line for page in pages for line in page if read_lines(line)[0].key in keys}


def test_lines_are_known_again_by_letters_and_digits() -> None:
    assert read_lines("Support  us, please!") == read_lines("support us please")
    assert read_lines("Gold: 123 pounds") != read_lines("Gold: 124 pounds")
    lines = read_lines("One.\nTwo two.\n***")
    assert [line.letters for line in lines] == [3, 6, 0]
    assert unpack(pack(lines)) == lines
    # Kept in archives: they must stay what they are.
    assert read_lines("One.")[0] == Line(-3957126355335908812, 3)


def test_of_a_long_text_the_ends_are_looked_at() -> None:
    text = "\n".join(f"Article {number} of the law." for number in range(5000))
    lines = read_lines(text)
    assert len(lines) == 2 * MAX_END_LINES
    stripped = strip(text, lines, {})
    assert (stripped.text, stripped.removed, stripped.profile) == (text, (), None)


def test_a_plea_between_paragraphs_is_the_sites() -> None:
    pages = [[*prose(seed, 3), PLEA, *prose(seed + 100, 3)] for seed in range(8)]
    assert found_on(pages) == {PLEA}


def test_a_biography_at_the_end_is_the_sites() -> None:
    pages = [[*prose(seed), *([BIO] if seed % 4 == 0 else [])] for seed in range(16)]
    assert found_on(pages) == {BIO}


def test_background_with_which_some_reports_end_is_theirs() -> None:
    pages = [[*prose(seed), *([BACKGROUND] if seed % 5 == 0 else [])] for seed in range(60)]
    assert found_on(pages) == set()


def test_what_follows_a_biography_is_found_with_it() -> None:
    pages = [[*prose(seed), BIO, FOLLOW] for seed in range(8)]
    assert found_on(pages) == {BIO, FOLLOW}


@pytest.mark.parametrize("at", [0, 3, 6], ids=["first", "inside", "last"])
def test_a_paragraph_told_again_in_follow_ups_is_the_articles(at: int) -> None:
    pages = [prose(seed) for seed in range(40)]
    for seed in (20, 21, 24):
        pages[seed].insert(at, BACKGROUND)
    assert found_on(pages) == set()


def test_a_heading_of_a_format_is_the_articles() -> None:
    pages = [[*prose(seed, 2), "What we know", *prose(seed + 100, 2)] for seed in range(16)]
    assert found_on(pages) == set()


def test_copies_of_an_article_do_not_make_its_text_the_sites() -> None:
    wire = prose(1)
    same = [wire for _ in range(5)]
    edited = [[*wire, *prose(seed, 1)] for seed in range(200, 205)]
    assert found_on([*same, *edited, *(prose(seed) for seed in range(2, 8))]) == set()


def test_pictures_of_one_gallery_do_not_make_its_text_the_sites() -> None:
    story = prose(1, 12)
    assert found_on([[*story, *prose(seed, 1)] for seed in range(2, 10)]) == set()


def test_daily_figures_are_the_articles() -> None:
    pages = [
        [
            *prose(seed, 2),
            f"One gram of gold of 21 carats costs {seed} pounds today in Cairo.",
            *prose(seed + 99, 2),
        ]
        for seed in range(16)
    ]
    assert found_on(pages) == set()


def test_news_flashes_shorter_than_what_follows_them_bear_witness() -> None:
    assert found_on([[prose(seed, 1)[0], PLEA, BIO] for seed in range(8)]) == {PLEA, BIO}


def test_a_text_is_stripped_and_restored() -> None:
    plea, follow = read_lines(PLEA)[0].key, read_lines(FOLLOW)[0].key
    text = "\n".join([FOLLOW, "One.", PLEA, FOLLOW, "Two.", FOLLOW, "Three.", FOLLOW])
    stripped = strip(text, read_lines(text), {plea: 8, follow: 16})
    # A short line goes at the ends and beside another line that goes, and stays in between.
    assert stripped.text == "\n".join(["One.", "Two.", FOLLOW, "Three."])
    assert stripped.profile == 16
    assert restore(stripped.text, stripped.removed) == text


def test_a_text_of_nothing_else_stays() -> None:
    text = f"{PLEA}\n{BIO}"
    found = {line.key: 8 for line in read_lines(text)}
    assert strip(text, read_lines(text), found).text == text
