"""How far a takedown reaches: from the articles and URLs that were named to every capture of the same.

With an article go all its captures, every other capture of its addresses, and the articles whose page came
byte for byte the same from elsewhere; not those that gave way to the same "not found". A list (home, section,
feed, sitemap) at one of an article's addresses stays, unless it was named itself: a site whose pages all call
its front page their own would lose it. So do the lists that quote an article; they can be taken down by their
own URLs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from archive.urls import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archive.store import ArchiveStore

LISTS: Final = frozenset({"home", "section", "feed", "sitemap", "wordpress", "robots"})


@dataclass(frozen=True, slots=True)
class NamedArticle:
    """An article that a takedown reaches."""

    id: int
    url: str
    title: str


@dataclass(frozen=True, slots=True)
class Reach:
    """What a takedown reaches."""

    articles: tuple[NamedArticle, ...]
    identities: tuple[str, ...]
    """Canonical URLs, sorted."""
    captures: tuple[int, ...]
    """Ids, in order."""


def reach(store: ArchiveStore, *, articles: Iterable[int], urls: Iterable[str]) -> Reach:
    """Everything that goes with these articles and URLs.

    Args:
        store: in a snapshot, so that all of it is of one state.
        articles: ids.
        urls: addresses in any form; captured or not.
    """
    search = _Search(store)
    for url in urls:
        search.address(canonical(url), named=True)
    for article in articles:
        search.waiting.append(article)
    search.run()
    return Reach(
        tuple(search.articles[number] for number in sorted(search.articles)),
        tuple(sorted(search.identities)),
        tuple(sorted(search.captures)),
    )


class _Search:
    """Articles lead to addresses and payloads, and these to articles, until nothing new is found."""

    def __init__(self, store: ArchiveStore) -> None:
        self._store = store
        self.waiting: list[int] = []
        self.articles: dict[int, NamedArticle] = {}
        self.identities: set[str] = set()
        self.captures: set[int] = set()
        self._lists: set[str] = set()
        self._payloads: set[str] = set()

    def run(self) -> None:
        while self.waiting:
            number = self.waiting.pop()
            if number not in self.articles:
                self._article(number)

    def address(self, identity: str, *, named: bool = False) -> None:
        """Every capture of an address, and their articles."""
        if identity in self.identities or (identity in self._lists and not named):
            return
        rows = self._store.query(
            "SELECT id, role, article_id, payload_digest, record_type FROM captures WHERE canonical_url = ?",
            [identity],
        )
        if not named and any(role in LISTS for _, role, *_ in rows):
            self._lists.add(identity)
            return
        self.identities.add(identity)
        for capture, _, article, payload, record_type in rows:
            self._capture(capture, payload, record_type)
            if article is not None:
                self.waiting.append(article)
        self._add_articles("SELECT id FROM articles WHERE canonical_url = ?", identity)

    def _article(self, number: int) -> None:
        rows = self._store.query("SELECT id, url, title, canonical_url FROM articles WHERE id = ?", [number])
        if not rows:
            return
        self.articles[number] = NamedArticle(*rows[0][:3])
        captures = self._store.query(
            "SELECT id, canonical_url, payload_digest, record_type FROM captures WHERE article_id = ?",
            [number],
        )
        for capture, _, payload, record_type in captures:
            self._capture(capture, payload, record_type)
        for identity in {rows[0][3], *(identity for _, identity, *_ in captures)}:
            self.address(identity)

    def _capture(self, number: int, payload: str | None, record_type: str) -> None:
        """A capture, and the articles that came with the same payload."""
        self.captures.add(number)
        if record_type == "response" and payload is not None and payload not in self._payloads:
            self._payloads.add(payload)
            self._add_articles(
                "SELECT DISTINCT article_id FROM captures WHERE payload_digest = ?"
                " AND record_type = 'response' AND digest IS NOT NULL",
                payload,
            )

    def _add_articles(self, statement: str, key: str) -> None:
        self.waiting.extend(row[0] for row in self._store.query(statement, [key]))
