"""Who reads pages: one function a reader, each as its library's documentation has it used.

A peer is imported when it is made, since each environment has its own; all that is wanted of a reader is
wanted of each, so metadata is asked for wherever there is any.
"""

# ruff: noqa: PLC0415

from __future__ import annotations

import logging
import socket
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Source:
    """A page as readers get it."""

    url: str
    content: bytes
    text: str
    """Decoded beforehand, for the readers that take no bytes."""
    row: dict[str, Any]
    """What else is known of its fetch."""


if TYPE_CHECKING:
    Reader = Callable[[Source], Answer]


def warraq() -> Reader:
    """This program, as `warraq extract --jsonl` calls it."""
    from archive.extract import Page, extract_html, warm_up
    from archive.records import Article, Provenance

    warm_up()

    def read(source: Source) -> Answer:
        row = source.row
        told = datetime.fromisoformat(row["fetched"]) if row.get("fetched") else datetime.now(UTC)
        fetched = told if told.tzinfo else told.replace(tzinfo=UTC)
        provenance = Provenance(timezone=row.get("timezone"))
        page = Page(
            source.url, source.content, row.get("charset"), fetched, provenance, row.get("status", 200)
        )
        found = extract_html(page)
        return asdict(found) if isinstance(found, Article) else {}

    return read


def _trafilatura(**mode: Any) -> Reader:
    import trafilatura

    def read(source: Source) -> Answer:
        found = trafilatura.bare_extraction(
            source.content, url=source.url, with_metadata=True, include_comments=False, **mode
        )
        if found is None or isinstance(found, dict):
            return {}
        names = [name.strip() for name in (found.author or "").split(";") if name.strip()]
        return {"text": found.text, "title": found.title, "authors": names, "published": found.date}

    return read


def trafilatura() -> Reader:
    """trafilatura, no comments."""
    return _trafilatura()


def trafilatura_precision() -> Reader:
    """The same, precision preferred."""
    return _trafilatura(favor_precision=True)


def trafilatura_fast() -> Reader:
    """The same, without its fallbacks."""
    return _trafilatura(fast=True)


def readability() -> Reader:
    """readability-lxml; the text of what it keeps, a block element a line."""
    import lxml.html
    from readability import Document

    def read(source: Source) -> Answer:
        document = Document(source.text, url=source.url)
        tree = lxml.html.fromstring(document.summary(html_partial=True))
        return {"text": "\n".join(tree.itertext()), "title": document.short_title()}

    return read


def newspaper4k() -> Reader:
    """newspaper4k."""
    import newspaper

    def read(source: Source) -> Answer:
        article = newspaper.Article(source.url, fetch_images=False)
        article.download(input_html=source.text)
        article.parse()
        when = article.publish_date
        published = when.isoformat() if isinstance(when, datetime) else None
        return {
            "text": article.text,
            "title": article.title,
            "authors": list(article.authors),
            "published": published,
        }

    return read


def goose3() -> Reader:
    """goose3."""
    from goose3 import Goose

    goose = Goose({"enable_image_fetching": False})

    def read(source: Source) -> Answer:
        article = goose.extract(url=source.url, raw_html=source.text)
        when = article.publish_datetime_utc
        return {
            "text": article.cleaned_text,
            "title": article.title,
            "authors": list(article.authors or ()),
            "published": when.isoformat() if when else article.publish_date,
        }

    return read


def resiliparse() -> Reader:
    """resiliparse, main content alone; it reads no metadata."""
    from resiliparse.extract.html2text import extract_plain_text

    return lambda source: {"text": extract_plain_text(source.text, main_content=True, alt_texts=False)}


def justext() -> Reader:
    """jusText, with the stop words of the page's language where it has them; it reads no metadata."""
    import justext as library
    import lxml.html
    from langdetect import DetectorFactory, LangDetectException, detect

    DetectorFactory.seed = 0
    names = {name.lower(): name for name in library.get_stoplists()}
    stop_words = {code: library.get_stoplist(names[name]) for code, name in JUSTEXT.items() if name in names}

    def read(source: Source) -> Answer:
        try:
            code = detect(lxml.html.fromstring(source.content).text_content()[:5000])
        except LangDetectException:
            code = ""
        paragraphs = library.justext(source.content, stop_words.get(code, frozenset()))
        return {"text": "\n".join(each.text for each in paragraphs if not each.is_boilerplate)}

    return read


JUSTEXT = {
    "ar": "arabic", "cs": "czech", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "es": "spanish", "fa": "persian", "fi": "finnish", "fr": "french", "he": "hebrew", "hi": "hindi",
    "hu": "hungarian", "id": "indonesian", "it": "italian", "ko": "korean", "lt": "lithuanian",
    "nl": "dutch", "no": "norwegian_bokmal", "pl": "polish", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "sv": "swedish", "tr": "turkish", "uk": "ukrainian", "vi": "vietnamese",
}  # fmt: skip


def boilerpy3() -> Reader:
    """boilerpy3, its extractor for articles."""
    from boilerpy3.extractors import ArticleExtractor

    extractor = ArticleExtractor(raise_on_failure=False)

    def read(source: Source) -> Answer:
        document = extractor.get_doc(source.text)
        return {"text": document.content, "title": document.title}

    return read


def news_please() -> Reader:
    """news-please."""
    from newsplease import NewsPlease

    def read(source: Source) -> Answer:
        article = NewsPlease.from_html(source.text, url=source.url, fetch_images=False)
        when = article.date_publish
        return {
            "text": article.maintext,
            "title": article.title,
            "authors": list(article.authors or ()),
            "published": when.isoformat() if when else None,
        }

    return read


READERS: dict[str, Callable[[], Reader]] = {
    "warraq": warraq,
    "trafilatura": trafilatura,
    "trafilatura precision": trafilatura_precision,
    "trafilatura fast": trafilatura_fast,
    "readability-lxml": readability,
    "newspaper4k": newspaper4k,
    "goose3": goose3,
    "resiliparse": resiliparse,
    "jusText": justext,
    "boilerpy3": boilerpy3,
    "news-please": news_please,
}


def shut_off() -> None:
    """No connection from this process: some peers would fetch images, or the page anew.

    Their remarks on single pages are silenced with it.
    """

    def refuse(*_: object, **__: object) -> NoReturn:
        raise OSError("the benchmark's pages are all there is: no network")

    socket.socket.connect = refuse  # type: ignore[method-assign]
    socket.getaddrinfo = refuse
    logging.disable(logging.CRITICAL)
