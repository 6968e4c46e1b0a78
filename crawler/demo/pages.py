"""The HTML pages of the demo site: home, sections, articles, and what is no article."""

from __future__ import annotations

import json
from dataclasses import dataclass
from html import escape
from string import Template
from typing import TYPE_CHECKING
from urllib.parse import quote

from crawler.demo.pictures import picture
from crawler.demo.stories import RELATED, RIGHT_TO_LEFT, SECTIONS, labels, stories, template

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crawler.demo.stories import Story

PER_PAGE = 2
"""Articles on a page of a section: few, so that there is paging."""


@dataclass(frozen=True, slots=True)
class Page:
    """What the site answers to a path."""

    body: bytes
    content_type: str = "text/html; charset=utf-8"
    status: int = 200
    chunked: bool = False
    """Sent in chunks, without Content-Length."""
    headers: tuple[tuple[str, str], ...] = ()


class Pages:
    """All HTML pages, for a site at a given address."""

    def __init__(self, site: str) -> None:
        """Read the stories and templates.

        Args:
            site: the site's address, without a slash at its end.
        """
        self.site = site
        self.stories = stories()
        self._labels = labels()
        self._page = Template(template("page.html"))
        self._article = Template(template("article.html"))

    def all(self) -> Iterator[tuple[str, Page]]:
        """Paths, not percent-encoded, and their pages."""
        yield "/", self._listing("en", "The Lantern", self.stories[:6], self._alternate("/culture/feed/"))
        for section, name in SECTIONS.items():
            yield from self._section(section, name)
        for story in self.stories:
            yield story.path, self._story(story)
        yield "/about/", self._plain("About us", "<p>The Lantern is printed nowhere.</p>")
        yield "/login/", self._plain("Log in", "<form><input name='user'><input type='password'></form>")
        yield "/private/drafts/", self._plain("Drafts", "<p>Robots are asked to stay out.</p>")
        yield "/members/annual-report/", self._protected()
        yield "/old/2019/gone/", self._plain("Page not found", "<h1>404</h1><p>Sorry, this page is gone.</p>")
        yield "/style.css", Page(template("style.css").encode(), "text/css")
        yield "/images/paper.png", Page(picture(0, 60, 40), "image/png")
        for story in self.stories:
            yield f"/images/{story.number}.png", Page(picture(story.number), "image/png")
            yield f"/images/{story.number}-large.png", Page(picture(story.number, 480, 270), "image/png")

    def missing(self) -> Page:
        """The answer to any other path."""
        page = self._plain("Page not found", "<h1>404</h1><p>There is nothing here.</p>")
        return Page(page.body, status=404)

    def url(self, story: Story) -> str:
        """The address of an article, percent-encoded."""
        return self.site + quote(story.path)

    def _section(self, section: str, name: str) -> Iterator[tuple[str, Page]]:
        own = [story for story in self.stories if story.section == section]
        pages = [own[first : first + PER_PAGE] for first in range(0, len(own), PER_PAGE)]
        language = "ar" if section in {"local", "economy"} else "en"
        for number, shown in enumerate(pages, 1):
            path = f"/{section}/" if number == 1 else f"/{section}/page/{number}/"
            following = f"{self.site}/{section}/page/{number + 1}/" if number < len(pages) else None
            extra = f'<link rel="next" href="{following}">' if following else ""
            if section == "culture":
                extra += self._alternate("/culture/feed/")
            yield path, self._listing(language, name, shown, extra, following)

    def _alternate(self, feed: str) -> str:
        return f'<link rel="alternate" type="application/rss+xml" href="{self.site}{feed}">'

    def _listing(
        self, language: str, title: str, shown: Sequence[Story], extra: str = "", following: str | None = None
    ) -> Page:
        teasers = "\n".join(
            f'<article class="teaser"><h2><a href="{self.url(story)}">{escape(story.title)}</a></h2>'
            f"<p>{escape((story.lead or story.paragraphs[0])[:120])}…</p></article>"
            for story in shown
        )
        paging = (
            f'<p class="pagination"><a class="next" href="{following}">Older</a></p>' if following else ""
        )
        return Page(
            self._render(language, title, f"<h1>{escape(title)}</h1>\n{teasers}\n{paging}", extra).encode()
        )

    def _story(self, story: Story) -> Page:
        words = {key: escape(word) for key, word in self._labels[story.language].items()}
        others = [other for other in self.stories if other.section == story.section and other is not story][
            :3
        ]
        shown = escape(story.shown)
        if story.dated_by == "time":
            shown = f'<time datetime="{story.published}">{shown}</time>'
        main = self._article.substitute(
            words,
            section=story.section,
            section_name=escape(SECTIONS[story.section]),
            title=escape(story.title),
            lead=f'<p class="lead">{escape(story.lead)}</p>' if story.lead else "",
            author=escape(story.author),
            author_slug=quote(story.author.replace(" ", "-")),
            shown=shown,
            number=story.number,
            url=self.url(story),
            topics=", ".join(
                f'<a rel="tag" href="/tag/{quote(topic)}/">{escape(topic)}</a>' for topic in story.topics
            ),
            body="\n".join(self._block(story, line, others) for line in story.body),
            more="".join(
                f'<li><a href="{self.url(other)}">{escape(other.title)}</a></li>' for other in others
            ),
        )
        text = self._render(story.language, story.title, main, self._metadata(story), story.charset)
        in_meta = story.charset != "utf-8"
        return Page(
            text.encode(story.charset, "xmlcharrefreplace"),
            "text/html" if in_meta else "text/html; charset=utf-8",
            chunked=story.number % 3 == 1,
        )

    def _block(self, story: Story, line: str, others: Sequence[Story]) -> str:
        """A paragraph, or the box of related titles that some pages set in the middle of a text."""
        if line != RELATED:
            return f"<p>{escape(line)}</p>"
        heading = escape(self._labels[story.language]["related"])
        titles = "".join(
            f'<li><a href="{self.url(other)}">{escape(other.title)}</a></li>' for other in others or [story]
        )
        return f'<div class="related-inline"><strong>{heading}</strong><ul>{titles}</ul></div>'

    def _metadata(self, story: Story) -> str:
        """What the page's head says of the article; its date only where `dated_by` puts it."""
        url = self.url(story)
        lines = [
            f'<link rel="canonical" href="{url}">',
            '<meta property="og:type" content="article">',
            f'<meta property="og:title" content="{escape(story.title)}">',
            f'<meta property="og:image" content="{self.site}/images/{story.number}.png">',
        ]
        if story.dated_by == "meta":
            lines.append(f'<meta property="article:published_time" content="{story.published}">')
            lines.append(f'<meta name="author" content="{escape(story.author)}">')
        if story.dated_by == "json-ld":
            stated = {
                "@context": "https://schema.org",
                "@type": "NewsArticle",
                "headline": story.title,
                "datePublished": story.published,
                "author": {"@type": "Person", "name": story.author},
                "publisher": {"@type": "NewsMediaOrganization", "name": "The Lantern"},
                "keywords": list(story.topics),
                "mainEntityOfPage": url,
            }
            lines.append(f'<script type="application/ld+json">{json.dumps(stated)}</script>')
        return "\n".join(lines)

    def _protected(self) -> Page:
        """A page behind a password, as WordPress shows it."""
        form = (
            '<article><h1>Protected: Annual report</h1><form class="post-password-form" method="post">'
            "<p>This content is password protected. To view it please enter your password below:</p>"
            '<label>Password: <input name="post_password" type="password"></label></form></article>'
        )
        return self._plain("Protected: Annual report", form)

    def _plain(self, title: str, main: str) -> Page:
        return Page(self._render("en", title, main).encode())

    def _render(self, language: str, title: str, main: str, head: str = "", charset: str = "utf-8") -> str:
        nav = "".join(
            f'<li><a href="{self.site}/{slug}/">{escape(name)}</a></li>' for slug, name in SECTIONS.items()
        )
        return self._page.substitute(
            language=language,
            direction="rtl" if language in RIGHT_TO_LEFT else "ltr",
            charset=charset,
            title=escape(title),
            site=self.site,
            head=head,
            nav=nav,
            main=main,
        )
