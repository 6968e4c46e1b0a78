"""Sources in warraq.toml: names for addresses, and edits that touch their own lines alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import ConfigError, NotFoundError, UsageError
from settings.app import SourceSettings
from settings.file import load
from settings.sources import add, change, find, remove, site_url, slug

if TYPE_CHECKING:
    from pathlib import Path

HAND_WRITTEN = """\
[archive]
contact = "a@example.org"  # me

# --- papers ---

# the old one
[[source]]
name = "alt"   # since 1901
url = "https://alt.example/"

# --- watches ---
[[watch]]
name = "w"
query = "q"

# the new one
[[source]]
name = "neu"
url = 'https://neu.example/'
exclude = [
    "/video/",   # no text there
]
# last words
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "warraq.toml").write_text(HAND_WRITTEN)
    return tmp_path


def text_of(folder: Path) -> str:
    return (folder / "warraq.toml").read_text()


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("news.example", "https://news.example/"),
        ("  news.example/ar ", "https://news.example/ar"),
        ("http://news.example#top", "http://news.example/"),
        ("127.0.0.1:8080", "https://127.0.0.1:8080/"),
        ("http://[::1]:80/", "http://[::1]:80/"),
        ("http://localhost:8000", "http://localhost:8000/"),
        ("https://بي-بي-سي.com/", "https://بي-بي-سي.com/"),
    ],
)
def test_what_a_person_types_becomes_an_address(typed: str, url: str) -> None:
    assert site_url(typed) == url


@pytest.mark.parametrize(
    "typed",
    ["", " ", "news", "two words.example", "mailto:a@b.example", "a@b.example", "/etc/passwd", "./x.toml",
     "~/x.y", "ftp://a.example/", "file:///etc", "javascript:alert(1)", "http://", "https:///x",
     "a.example:port", "http://[::1/", "..", "http://./"],
)  # fmt: skip
def test_what_is_no_site_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(UsageError, match=r"is no site.*https://news\.example/"):
        site_url(typed)


@pytest.mark.parametrize(
    ("url", "taken", "name"),
    [
        ("https://www.news.example/", [], "news.example"),
        ("https://news.example/Arabic/x", [], "news.example"),
        ("https://news.example/Arabic/x", ["news.example"], "news.example-arabic"),
        ("https://news.example/", ["news.example"], "news.example-2"),
        ("https://news.example/", ["news.example", "news.example-2"], "news.example-3"),
        ("http://127.0.0.1:8080/", [], "127.0.0.1-8080"),
        ("http://[::1]/", [], "1"),
        ("https://مثال.إختبار/", [], "xn--mgbh0fb.xn--kgbechtv"),
        ("https://news.example/عربي/", ["news.example"], "news.example-2"),
    ],
)
def test_a_name_is_made_of_the_host(url: str, taken: list[str], name: str) -> None:
    assert slug(url, taken) == name


@given(st.from_regex(r"https?://[\w.-]{1,90}(:[0-9]{1,4})?/[\w/]{0,20}", fullmatch=True), st.integers(0, 3))
def test_a_name_made_of_any_address_is_allowed_and_free(url: str, used: int) -> None:
    taken: list[str] = []
    for _ in range(used + 1):
        name = slug(url, taken)
        assert name not in taken
        assert SourceSettings(name=name, url=url).name == name
        taken.append(name)


def test_a_new_source_comes_after_the_others_and_nothing_else_moves(folder: Path) -> None:
    add(folder, [SourceSettings(name="third", url="https://third.example/", language="ar", delay=0.5)])

    added = '\n[[source]]\nname = "third"\nurl = "https://third.example/"\nlanguage = "ar"\ndelay = 0.5\n'
    assert text_of(folder) == HAND_WRITTEN.replace("# last words\n", f"{added}# last words\n")


def test_the_first_source_comes_at_the_end(tmp_path: Path) -> None:
    (tmp_path / "warraq.toml").write_text('[archive]\ncontact = "a@example.org"')

    add(tmp_path, [SourceSettings(name="one", url="https://one.example/")])

    assert [source.name for source in load(tmp_path).source] == ["one"]
    assert text_of(tmp_path).startswith('[archive]\ncontact = "a@example.org"\n\n[[source]]\n')


def test_a_name_that_is_taken_is_refused(folder: Path) -> None:
    with pytest.raises(ConfigError, match="'alt' is taken"):
        add(folder, [SourceSettings(name="alt", url="https://third.example/")])

    assert text_of(folder) == HAND_WRITTEN


def test_a_change_touches_its_own_line_alone(folder: Path) -> None:
    change(folder, "neu", {"url": "https://new.example/", "delay": 7}, [])

    after = HAND_WRITTEN.replace("url = 'https://neu.example/'", 'url = "https://new.example/"')
    after = after.replace("no text there\n]\n", "no text there\n]\ndelay = 7\n")
    assert text_of(folder) == after


def test_a_key_can_be_unset(folder: Path) -> None:
    change(folder, "neu", {}, ["exclude"])

    assert find(folder, "neu").exclude == []
    assert "# last words" in text_of(folder)


@pytest.mark.parametrize(
    ("values", "unset", "error", "told"),
    [
        ({"name": "x"}, [], UsageError, "cannot change"),
        ({}, ["delay"], UsageError, "delay is not set"),
        ({"url": "http://x/"}, ["url"], UsageError, "set and unset at once"),
        ({}, ["url"], ConfigError, "url: missing"),
        ({"delay": -1}, [], ConfigError, "greater than or equal to 0"),
        ({"dely": 1}, [], ConfigError, "did you mean delay"),
    ],
)
def test_a_change_that_is_wrong_changes_nothing(
    folder: Path, values: dict[str, str | int], unset: list[str], error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=told):
        change(folder, "alt", values, unset)

    assert text_of(folder) == HAND_WRITTEN


def test_removing_takes_the_source_and_the_comment_above_it(folder: Path) -> None:
    remove(folder, "alt")

    start, end = HAND_WRITTEN.index("# the old one"), HAND_WRITTEN.index("# --- watches")
    assert text_of(folder) == HAND_WRITTEN[:start] + HAND_WRITTEN[end:]


def test_removing_the_last_keeps_the_words_after_it(folder: Path) -> None:
    remove(folder, "neu")
    remove(folder, "alt")

    assert load(folder).source == []
    assert text_of(folder).endswith('query = "q"\n\n# last words\n')
    assert "# --- papers ---" in text_of(folder)


def test_an_unknown_name_is_told_with_those_there_are(folder: Path) -> None:
    for use in (
        lambda: find(folder, "x"),
        lambda: change(folder, "x", {"delay": 1}),
        lambda: remove(folder, "x"),
    ):
        with pytest.raises(NotFoundError, match="there are: alt, neu"):
            use()


def test_sources_written_inline_are_read_but_not_edited(tmp_path: Path) -> None:
    text = 'source = [{ name = "a", url = "http://a/" }]\n[archive]\ncontact = "a@example.org"\n'
    (tmp_path / "warraq.toml").write_text(text)

    assert find(tmp_path, "a").url == "http://a/"
    for use in (lambda: remove(tmp_path, "a"), lambda: change(tmp_path, "a", {"delay": 1}),
                lambda: add(tmp_path, [SourceSettings(name="b", url="http://b/")])):  # fmt: skip
        with pytest.raises(ConfigError, match=r"write \[\[source\]\] tables"):
            use()
    assert text_of(tmp_path) == text
