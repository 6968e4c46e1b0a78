"""A real article, with vowel signs here and there, is found as its readers would look for it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from archive.search import Query, search
from archive.store import ArchiveStore


@pytest.fixture
def seed(shared: Path) -> tuple[str, str]:
    """Its title and its text."""
    title, _, text = (shared / "seed" / "article.txt").read_text("utf-8").partition("\n")
    return title, "\n".join(line for line in text.splitlines() if line)


@pytest.mark.parametrize(
    "query",
    [
        "ميليشيا",
        '"قوات الأسد"',
        "البوكمال 2017",
        "الثـوري",
        "الثوري",
        "ميليشـ.ـيا",
        "البوكمال ٢٠١٧",
        "title:البوكمال",
    ],
)
def test_found_by(store: ArchiveStore, add: Callable[..., int], seed: tuple[str, str], query: str) -> None:
    title, text = seed
    number = add(text, title=title)
    (hit,) = search(store, Query.parse(query)).hits
    assert hit.id == number
    assert hit.snippet_marks or hit.title_marks
    assert hit.snippet.strip("…") in " ".join(text.split())


def test_every_word_of_it_finds_it(
    store: ArchiveStore, add: Callable[..., int], seed: tuple[str, str]
) -> None:
    """Stock unicode61 cannot find 8 % of the unvowelled words of this text."""
    title, text = seed
    add(text, title=title)
    bare = {"".join(char for char in word if not "\u064b" <= char <= "\u0652") for word in text.split()}
    missed = [
        word
        for word in sorted(bare)
        if any(map(str.isalnum, word)) and not search(store, Query.parse(f'"{word}"')).hits
    ]
    assert missed == []
