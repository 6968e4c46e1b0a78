"""What is extracted does not change within one EXTRACTOR_VERSION."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from archive.extract import EXTRACTOR_VERSION
from archive.records import Article
from tests.archive.extract import readings

CHANGED = "0" * readings.DIGITS


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """A copy of what is kept, to be written to; the pages are read once, whoever asks."""
    copy = tmp_path / readings.KEPT.name
    copy.write_text(readings.KEPT.read_text("utf-8"), "utf-8")
    monkeypatch.setattr(readings, "KEPT", copy)
    now = readings.load()[1]
    monkeypatch.setattr(readings, "readings", lambda: now)
    return copy


def run(monkeypatch, *options):
    monkeypatch.setattr(sys, "argv", ["readings", *options])
    return readings.main()


def spoil(path, page):
    """As if this page had been read otherwise when its reading was kept."""
    version, pages = readings.load()
    text = path.read_text("utf-8")
    path.write_text(text.replace(pages[page]["reading"], CHANGED), "utf-8")
    return version


def test_nothing_is_read_otherwise_than_by_its_version():
    version, kept = readings.load()
    now = readings.readings()
    others = readings.changed(kept, now)
    assert not others or version != EXTRACTOR_VERSION, readings.ADVICE.format(pages=", ".join(others))
    assert (version, kept) == (EXTRACTOR_VERSION, now), (
        f"The version was raised, or pages changed: run {readings.COMMAND}"
    )


def test_pages_are_many_and_most_are_articles():
    found = [article for page in readings.pages().values() for article in readings.read_all(page)]
    assert len(found) > 200
    assert sum(isinstance(each, Article) for each in found) > 100


def test_any_field_of_an_article_is_part_of_its_reading(monkeypatch):
    page = readings.pages()["ar_wordpress"]
    found = list(readings.read_all(page))
    article = found[0]
    assert isinstance(article, Article)
    whole = readings.written(found)
    for fields in ({"lead": "x"}, {"image": "x"}, {"sources": {"title": "x"}}, {"continues": True}):
        assert readings.written([replace(article, **fields), *found[1:]]) != whole


def test_another_reading_is_refused_until_the_version_is_raised(kept, monkeypatch, capsys):
    spoil(kept, "ar_wordpress")
    before = kept.read_text("utf-8")
    assert run(monkeypatch) == 1
    assert "ar_wordpress" in capsys.readouterr().err
    assert kept.read_text("utf-8") == before
    monkeypatch.setattr(readings, "EXTRACTOR_VERSION", "next")
    assert run(monkeypatch) == 0
    assert readings.load() == ("next", readings.readings())


def test_a_version_that_nobody_has_used_may_change(kept, monkeypatch):
    spoil(kept, "ar_wordpress")
    assert run(monkeypatch, "--unreleased") == 0
    assert readings.changed(readings.load()[1], readings.readings()) == []


def test_pages_may_come_go_and_change_without_a_new_version(kept, monkeypatch):
    now = dict(readings.readings())
    now["new"] = now.pop("listing")
    now["zh_news"] = {"page": CHANGED, "reading": CHANGED}
    monkeypatch.setattr(readings, "readings", lambda: now)
    assert run(monkeypatch) == 0
    assert readings.load() == (EXTRACTOR_VERSION, now)


def test_branches_that_change_neighbours_merge(kept, monkeypatch):
    base = kept.with_name("base")
    base.write_text(kept.read_text("utf-8"), "utf-8")
    one, other = list(readings.load()[1])[5:7]
    theirs = kept.with_name("theirs")
    for page, path in ((one, theirs), (other, kept)):
        spoil(kept, page)
        monkeypatch.setattr(readings, "EXTRACTOR_VERSION", "next")
        text = kept.read_text("utf-8").replace(f'version = "{EXTRACTOR_VERSION}"', 'version = "next"')
        path.write_text(text, "utf-8")
        if path is theirs:
            kept.write_text(base.read_text("utf-8"), "utf-8")
    subprocess.run(["git", "merge-file", kept, base, theirs], check=True)
    version, pages = readings.load()
    assert version == "next"
    assert {name for name, page in pages.items() if page["reading"] == CHANGED} == {one, other}
