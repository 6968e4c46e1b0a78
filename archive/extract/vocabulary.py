"""The words by which pages name their parts: in class names, and in the headings and lines people read.

No publisher stands here, and no phrase of one site: each word is what templates of many sites say.
Phrases are folded as the text is before they are matched.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING

from archive.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

NO_WORD = re.compile(r"[\W_]+")
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+|(?<=[A-Z])(?=[A-Z][a-z])")

NEGATIVE_WORDS = re.compile(
    "-(?:"
    "related|relateds|relacionad[oa]s|recommend(?:ed|ations?|s)?|recirc(?:ulation)?|similar|"
    "comments?|commentaires?|kommentare?|disqus|respond|reply|replies|discussion|"
    "share|shares|sharing|shareable|sharebar|sharethis|addthis|addtoany|social|socials|sociallinks|"
    "newsletters?|subscribe|subscription|signup|sign-up|optin|mailchimp|"
    "nav|navi|navigation|navbar|menu|submenu|breadcrumbs?|crumbs?|masthead|topbar|"
    "footer|foot|colophon|sidebar|rail|aside|widgets?|complementary|contentinfo|"
    "promos?|promotion|promotional|promobox|teasers?|upsell|cta|"
    "ads?|adv|advert|adverts|advertisement|advertising|adslot|adbox|dfp|banner|sponsor|sponsored|anzeige|werbung|publicidad|pub|"
    "outbrain|taboola|zergnet|revcontent|mgid|dianomi|"
    "popular|trending|trends|most-(?:read|viewed|popular|commented|shared)|mostread|latest|headlines|"
    "more-(?:news|stories|on|from|articles|posts|about|like|in|top)|read-(?:more|next|also|too|further)|see-also|also-read|up-next|upnext|readmore|more|"
    "tags|tag|tagcloud|taglist|tag-list|keywords|topics|categories|"
    "cookies?|consent|gdpr|ccpa|onetrust|privacy|"
    "popup|pop-up|modal|lightbox|overlay|dialog|tooltip|"
    "login|log-in|signin|register|registration|paywall|regwall|"
    "bylines?|byliner|author|authors|authorbox|bio|biography|vcard|"
    "post-meta|entry-meta|article-meta|meta|metadata|dateline|timestamp|"
    "captions?|wp-caption-text|credits?|photo-credit|copyright|legende|"
    "toolbar|tools|tool|utility|utilities|print|font-size|search|"
    "pagination|pager|paging|prev-next|next-prev|post-navigation|"
    "rating|ratings|vote|votes|voting|poll|quiz|survey|"
    "skip|skip-link|screen-reader|screen-reader-text|sr-only|visually-hidden|visuallyhidden|offscreen|"
    "donate|donation|donations|contribute|support-us|membership|"
    "disclaimer|editors-note|feedback|report-error|correction-form|"
    "follow|followus|follow-us|app-promo|download-app|"
    "jumplinks?|toc|table-of-contents|ticker|carousel|slider|slideshow|gallery|playlist|"
    "affiliate|commerce|shop|shopping|product|products|price|deals|coupon|"
    "loading|placeholder|spinner|back-to-top|go-to-top|scroll-to-top|totop|"
    "has-extra-post|infobar|infobox"
    ")-"
)

GUARDED_BODY = re.compile(
    "-(?:article-?body|articlebody|entry-content|post-content|article-content|story-body|article-text|body-text|post-body|story-content)-"
)


@lru_cache(maxsize=8192)
def class_words(css_class: str | None, css_id: str | None, role: str | None, itemprop: str | None) -> str:
    """An element's names as `-word-word-`: lower-case, split at every separator and at camelCase."""
    joined = " ".join(part for part in (css_class, css_id, role, itemprop) if part)
    return f"-{'-'.join(part for part in CAMEL.split(joined[:600]) if part)}-".lower() if joined else ""


@lru_cache(maxsize=8192)
def is_negative(words: str) -> bool:
    """Whether an element's names speak against its being part of an article."""
    return bool(words) and NEGATIVE_WORDS.search(words) is not None


@dataclass(frozen=True, slots=True)
class Phrases:
    """Folded phrases of one role: the whole of a line, or its beginning."""

    lines: frozenset[str]
    longest: int
    """Characters of the longest."""

    def is_line(self, line: str) -> bool:
        """Whether a line says this phrase and nothing else but punctuation and digits."""
        return len(line) <= 2 * self.longest + 20 and key(line) in self.lines

    def begins(self, line: str) -> str | None:
        """The phrase that a line begins with, at a word's end; None where there is none."""
        words = key(line[: 2 * self.longest + 20]).split()
        for count in range(min(len(words), MAX_PHRASE_WORDS), 0, -1):
            phrase = " ".join(words[:count])
            if phrase in self.lines:
                return phrase
        return None

    def occurs(self, text: str) -> str | None:
        """The first phrase that occurs in a text as whole words."""
        padded = f" {key(text)} "
        return next((phrase for phrase in sorted(self.lines) if f" {phrase} " in padded), None)


MAX_PHRASE_WORDS = 16


def key(line: str) -> str:
    """A line folded to its words: what two spellings of one phrase have in common."""
    return NO_WORD.sub(" ", fold(line)).strip()


@lru_cache(maxsize=1)
def _lists() -> dict[str, Phrases]:
    source = resources.files("archive.extract").joinpath("phrases.toml").read_text(encoding="utf-8")
    return {role: _phrases(languages.values()) for role, languages in tomllib.loads(source).items()}


def _phrases(lists: Iterable[list[str]]) -> Phrases:
    lines = frozenset(filter(None, (key(phrase) for phrases in lists for phrase in phrases)))
    return Phrases(lines, max(map(len, lines)))


def phrases(role: str) -> Phrases:
    """The phrases of one role, a table of phrases.toml; read once a process."""
    return _lists()[role]
