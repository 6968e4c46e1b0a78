"""The articles of the demo site, read from their files."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

RELATED = "[related]"
"""Stands in a body where the page sets a box of related titles between the paragraphs."""

SECTIONS = {"local": "محليات", "economy": "اقتصاد", "culture": "ثقافة · Culture", "world": "World"}
RIGHT_TO_LEFT = frozenset({"ar", "fa"})


@dataclass(frozen=True, slots=True)
class Story:
    """An article of the demo site, and what a perfect extraction of its page gives."""

    number: int
    path: str
    """Of its URL, not percent-encoded."""
    language: str
    section: str
    """A key of SECTIONS."""
    title: str
    author: str
    published: str
    """ISO 8601; with an offset where the page names an instant."""
    shown: str
    """The date as a reader sees it."""
    dated_by: Literal["json-ld", "meta", "time", "text"]
    """The one place where the page says its date."""
    topics: tuple[str, ...]
    body: tuple[str, ...]
    """Paragraphs, and `RELATED` where a box stands between them."""
    lead: str | None = None
    charset: str = "utf-8"
    """Of the page; other than UTF-8, only its `<meta>` says so."""

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The text alone."""
        return tuple(line for line in self.body if line != RELATED)


def stories() -> tuple[Story, ...]:
    """All articles, the newest first."""
    folder = files(__package__) / "texts"
    read = [
        _story(number, (folder / name).read_text("utf-8"))
        for number, name in enumerate(
            sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".toml")), 1
        )
    ]
    return tuple(sorted(read, key=lambda story: story.published, reverse=True))


def labels() -> dict[str, dict[str, str]]:
    """The words around an article, by language."""
    return tomllib.loads((files(__package__) / "labels.toml").read_text("utf-8"))


def template(name: str) -> str:
    """A template of the site's pages."""
    return (files(__package__) / "templates" / name).read_text("utf-8")


def _story(number: int, text: str) -> Story:
    fields = tomllib.loads(text)
    body = tuple(fields.pop("body").strip().split("\n"))
    return Story(number=number, body=body, topics=tuple(fields.pop("topics")), **fields)
