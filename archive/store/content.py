"""What a revision's row says of an article, and what of it is its content."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from archive.memory import restore
from archive.records import Article, FieldEvidence
from archive.store.rows import as_json, published_seconds, storable, storable_or_none
from archive.store.statements import CONTENT, REVISED
from archive.text import text_digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archive.memory import Stripped
    from archive.store.sites import Known


@dataclass(frozen=True, slots=True)
class Content:
    """An article as a revision's row holds it."""

    values: tuple[str | int | None, ...]
    """For `CONTENT`."""
    canonical_url: str
    digest: str
    """See `content_digest`."""
    version: str
    preferences: str
    """JSON. No part of `values`: each capture has its own, whether it brought a revision or not."""
    part: int
    continues: bool
    stripped: Stripped
    """The text, and what was taken out of it."""
    said: str | None
    """By the sources of its page, packed."""

    @classmethod
    def of(cls, known: Known, version: str) -> Content:
        """Of an article as its site is known, read by a version of the extractor."""
        article, stripped = known.article, known.stripped
        columns = told_by_sources(article) | {
            "url": storable(article.url),
            "canonical_url": storable(article.canonical_url),
            "modified": storable_or_none(article.modified),
            "language": storable_or_none(article.language),
            "lead": storable_or_none(article.lead),
            "text": stripped.text,
            "topics": as_json(article.topics),
            "image": storable_or_none(article.image),
            "section": storable_or_none(article.section),
            "publisher": storable_or_none(article.publisher),
            "text_digest": text_digest(stripped.text),
            "extractor_version": version,
            "paywalled": article.paywalled,
            "languages": as_json(article.languages),
            "script": article.script,
        }
        return cls(
            tuple(columns[name] for name in CONTENT),
            storable(article.canonical_url),
            content_digest(columns | {"continues": article.continues}),
            version,
            as_json([asdict(one) for one in article.usage_preferences]),
            article.part,
            article.continues,
            stripped,
            known.told.said,
        )

    @property
    def columns(self) -> dict[str, Any]:
        """`REVISED`, with the whole text."""
        whole = restore(self.stripped.text, self.stripped.removed)
        return dict(zip(REVISED, (*self.values, self.part, self.continues), strict=True)) | {"text": whole}


def told_by_sources(article: Article) -> dict[str, str | int | None]:
    """The columns in which a site's memory may put what another source says."""
    return {
        "title": storable(article.title),
        "authors": as_json(article.authors),
        "agencies": as_json(article.agencies),
        "published": storable_or_none(article.published),
        "published_utc": published_seconds(article.published),
        "published_precision": article.published_precision,
        "published_source": storable_or_none(article.published_source),
        "field_sources": as_json(dict(article.sources)),
        "evidence": as_json({name: asdict(found) for name, found in article.evidence.items()}),
    }


def content_digest(revision: Mapping[str, Any]) -> str:
    """Of what a reader would call a change: text, title, lead, authors, date.

    Not of `modified` and topics, which publishing systems touch without an edit; nor of the lines that are the site's.
    """
    title, lead = text_digest(revision["title"]), text_digest(revision["lead"] or "")
    authors = json.loads(revision["authors"])
    compared = [revision["text_digest"], title, lead, authors, revision["published"]]
    if revision["continues"]:
        compared.append("continues")
    return hashlib.sha256(json.dumps(compared).encode()).hexdigest()


def as_told(revision: Mapping[str, Any]) -> Article:
    """Of a revision's row, what sources tell."""
    evidence = json.loads(revision["evidence"] or "{}")
    return Article(
        url="",
        canonical_url="",
        title=revision["title"],
        text="",
        authors=tuple(json.loads(revision["authors"])),
        agencies=tuple(json.loads(revision["agencies"] or "[]")),
        published=revision["published"],
        published_precision=revision["published_precision"],
        published_source=revision["published_source"],
        sources=json.loads(revision["field_sources"]),
        evidence={name: FieldEvidence(**one) for name, one in evidence.items()},
    )
