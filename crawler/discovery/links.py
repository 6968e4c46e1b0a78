"""What a link leads to, by the look of its address: an article, a section, a further page, or neither.

News sites name articles by date, number or slug, and sections by one or two plain words. The lists are short
on purpose: a wrong guess costs one request, an overlong list costs articles.
"""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import unquote

Shape = Literal["article", "numbered", "section", "feed", "skip", "unclear"]
"""`numbered` has a number and no more: mostly an article, but in a navigation a section."""

_MEDIA = re.compile(
    r"\.(?:jpe?g|png|gif|webp|avif|svg|ico|css|m?js|json|woff2?|mp[34]|m4[av]|webm|mov|avi|ogg|wav|zip|rar|gz|7z|pdf|"
    r"docx?|xlsx?|pptx?|epub|apk|exe|dmg|ics|vcf)$",
    re.IGNORECASE,
)
_FEED = re.compile(
    r"(?:^|/)(?:feeds?|rss|atom)/?$|\.(?:rss|atom)$|(?:^|/)(?:rss|atom|feed)\.(?:xml|php|json)$"
)
_COMMENT_FEED = re.compile(r"comments?[/_-]|/comments?(?:/|$)")
_SKIP_SEGMENTS = frozenset((
    # accounts and shops
    "login", "log-in", "signin", "sign-in", "logout", "register", "registration", "signup", "sign-up",
    "account", "myaccount", "my-account", "profile", "password", "subscribe", "subscription",
    "subscriptions", "subscriber", "abo", "shop", "store", "cart", "checkout", "donate", "newsletter",
    "newsletters", "wp-login.php", "wp-admin", "wp-content", "wp-includes", "wp-json", "xmlrpc.php",
    "cdn-cgi", "oauth", "auth",
    # actions on a page
    "share", "sharer", "intent", "print", "email", "comment", "comments", "reply", "trackback", "search",
    "suche", "recherche", "buscar", "oembed", "embed", "amp-form",
    # who runs the site
    "about", "about-us", "aboutus", "contact", "contact-us", "contactus", "privacy", "privacy-policy",
    "terms", "terms-of-use", "terms-of-service", "terms-and-conditions", "legal", "imprint", "impressum",
    "datenschutz", "cookies", "cookie-policy", "advertise", "advertising", "careers", "jobs", "help",
    "faq", "support", "sitemap", "accessibility", "who-we-are", "من-نحن", "اتصل-بنا", "سياسة-الخصوصية",
    # lists that never end
    "calendar", "events", "archive.php", "attachment",
    # not text
    "video", "videos", "photo", "photos", "gallery", "galleries", "podcast", "podcasts", "live-tv",
    "apps", "app",
))  # fmt: skip
# Lists that repeat what sections list, whatever the name below them looks like.
_REPEATING_SEGMENTS = frozenset((
    "tag", "tags", "author", "authors", "autor", "autores", "autoren", "auteur", "auteurs", "people",
    "وسم", "كاتب",
))  # fmt: skip
_SKIP_QUERY = re.compile(
    r"(?:^|&)(?:s|q|search|share|replytocom|print|login|redirect_to|tag|attachment_id|action|add-to-cart)=",
    re.IGNORECASE,
)
_SECTION_SEGMENTS = frozenset((
    "category", "categories", "cat", "section", "sections", "topic", "topics", "rubrik", "ressort",
    "rubrique", "rubric", "channel", "category.php", "thema", "themen", "theme", "themes", "tema", "temas",
    "dossier", "dossiers", "قسم", "تصنيف", "ملف",
))  # fmt: skip
_ARTICLE_SEGMENTS = frozenset(
    ("article", "articles", "story", "stories", "artikel", "archives", "posts", "node", "p")
)
_ARTICLE_QUERY = re.compile(
    r"(?:^|&)(?:p|id|aid|nid|sid|newsid|news_id|idx|articleid|article_id|story|storyid|artid|idarticle)=[0-9]{2,}",
    re.IGNORECASE,
)
_DATED = re.compile(r"/(?:19|20)\d{2}(?:[/-]?(?:0?[1-9]|1[0-2]|[a-z]{3})(?:[/-]?\d{1,2})?)?/[^/]*[^/\d]")
_DATE_LISTING = re.compile(r"/(?:19|20)\d{2}(?:/\d{1,2}){0,2}/?$")
_PAGED = re.compile(r"/page/\d+/?$")
_PAGE_QUERY = re.compile(r"(?:^|&)(?:page|paged|pagina|seite|pg)=(\d+)(?:&|$)", re.IGNORECASE)
_LONG_NUMBER = re.compile(r"(?<!\d)\d{5,}(?!\d)|[a-z]\d{4,}")
_EXTENSION = re.compile(r"\.(?:html?|shtml|php|aspx?|jsp|story|ece|cms|stm|amp)$", re.IGNORECASE)
_WORD_BREAK = re.compile(r"[-_+\s.،–]+")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-")

MIN_SLUG_WORDS = 4
"""Words of a last segment that make it a headline: sections have three at most (`science-and-health`)."""
MIN_SLUG_LENGTH = 30
"""Characters that do so whatever the words."""


def shape(path: str, query: str) -> Shape:
    """Classify an address of the same site.

    Args:
        path: percent-encoded, beginning with a slash.
        query: without the question mark.
    """
    readable = unquote(path).lower()
    segments = [segment for segment in readable.split("/") if segment]
    if not segments:
        return _by_query(query)
    excluded = _excluded(readable, segments, query)
    if excluded is not None:
        return excluded
    if _PAGED.search(readable):
        return "section"
    if _ARTICLE_QUERY.search(query) or _is_article(readable, segments):
        return "article"
    if not _DATE_LISTING.search(readable) and _is_numbered(segments):
        return "numbered"
    return "section" if _is_section(segments) else "unclear"


def page_number(path: str, query: str) -> int | None:
    """Which page of a list this is: `/page/3/` and `?page=3` are 3; None for one without a number."""
    match = _PAGE_QUERY.search(query) or re.search(r"/page/(\d+)/?$", path)
    return int(match[1][:6]) if match else None


def _excluded(readable: str, segments: list[str], query: str) -> Shape | None:
    if _FEED.search(readable):
        return "skip" if _COMMENT_FEED.search(readable) else "feed"
    if (
        _MEDIA.search(readable)
        or _SKIP_QUERY.search(query)
        or not _REPEATING_SEGMENTS.isdisjoint(segments[:-1])
    ):
        return "skip"
    if len(segments) > 1 and (_is_slug(segments[-1]) or _DATED.search(readable)):
        return None  # a slug may hold a word of the list, and a section be called by one
    names = {*segments, *(_EXTENSION.sub("", segment) for segment in segments)}
    return "skip" if names & _SKIP_SEGMENTS or segments[-1] in _REPEATING_SEGMENTS else None


def _by_query(query: str) -> Shape:
    if _ARTICLE_QUERY.search(query):
        return "article"
    if query.startswith("feed="):
        return "skip" if query.startswith("feed=comments") else "feed"
    if _SKIP_QUERY.search(query):
        return "skip"
    return "section" if query.startswith("cat=") or _PAGE_QUERY.search(query) else "unclear"


def _is_article(readable: str, segments: list[str]) -> bool:
    if _DATED.search(readable) or _UUID.search(readable):
        return True
    if not _SECTION_SEGMENTS.isdisjoint(segments[:-1]):
        return False
    if len(segments) > 1 and segments[-2] in _ARTICLE_SEGMENTS:
        return True
    # With a number or an identifier behind it, the slug stands before.
    return _is_slug(_EXTENSION.sub("", segments[-1])) or (
        len(segments) > 3 and any(_is_slug(segment) for segment in segments)
    )


def _is_numbered(segments: list[str]) -> bool:
    stem = _EXTENSION.sub("", segments[-1])
    if _LONG_NUMBER.search(stem):
        return True
    if len(segments) == 1:
        return stem != segments[0] and stem.isdigit() and len(stem) > 2
    return any(segment.isdigit() and len(segment) > 2 for segment in (*segments, stem))


def _is_slug(stem: str) -> bool:
    words = [word for word in _WORD_BREAK.split(stem) if word]
    return len(words) >= MIN_SLUG_WORDS or (len(words) > 1 and len(stem) >= MIN_SLUG_LENGTH)


def _is_section(segments: list[str]) -> bool:
    if not _SECTION_SEGMENTS.isdisjoint(segments[:-1]):
        return True
    stems = [_EXTENSION.sub("", segment) for segment in segments]
    return (
        len(segments) <= 3
        and stems[-1] not in _SECTION_SEGMENTS
        and not any(any(char.isdigit() for char in stem) for stem in stems)
    )
