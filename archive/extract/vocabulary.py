"""The words by which pages name their parts: in class names, and in the headings and lines people read.

No publisher stands here, and no phrase of one site: each word is what templates of many sites say.
Phrases are folded as the text is before they are matched.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache, wraps
from importlib import resources
from typing import TYPE_CHECKING, TypeVar

from archive.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from functools import _lru_cache_wrapper

MIN_SYLLABLES, MEAN_SYLLABLE = 3, 3.2
NUMBER = re.compile(r"^\d+ | \d+$")
"""`12 comments`, `Comments (12)`."""

MAX_NAMES = 65_536
"""Sets of names whose reading is remembered, in each cache of them; it takes 12 MB when it is full.

A page has 170, nearly all its publisher's own, and a crawl goes round its sources. With room for 8,192, those of 50
publishers, what was read of a page was forgotten when the next came from there: 1.1 ms of a page's 20 (measured).
"""

MAX_CHARACTERS_OF_NAMES = 4_000_000
"""Characters of all names that one of these caches holds: 65,536 sets as pages have them are 2,500,000. A page gives
names as long as it likes, and what a worker remembers of it stays for all its life: it grew by 9 MB a page."""

Read = TypeVar("Read")

NO_WORD = re.compile(r"[\W_]+")
"""White space and signs: what does not count where two spellings are compared."""
SEPARATORS = re.compile(r"[^A-Za-z0-9]+")
CAMEL = re.compile(rf"(?<=[a-z0-9])(?=[A-Z])|{SEPARATORS.pattern}|(?<=[A-Z])(?=[A-Z][a-z])")

POST_NAMES = ("hentry", "type-post", "status-publish")
OF_A_POST = re.compile(rf"\b(?:{'|'.join(POST_NAMES)})\b")
TERMS = re.compile(r"(?<!\S)(?:tag|category|post_tag|type|format|status|postid|post)-\S+|(?<!\S)has-\S+")
"""WordPress names a post's element after its terms: `tag-newsletter` says nothing of the element."""

_UNLESS = r"(?<!-no-)(?<!-has-)(?<!-with-)(?<!-without-)(?<!-hide-)(?<!-show-)(?<!-is-)"
"""`no-comments` and `has-related` are said of a whole article, not of the part so named."""


def _any_of(names: str) -> str:
    """The pattern of any of some names, which stand between blanks; each begins with a letter.

    By that letter they are grouped: a search that finds nothing, as most do, tries 20 groups at a hyphen in place of
    100 names, and takes half the time.
    """
    groups: dict[str, list[str]] = defaultdict(list)
    for name in names.split():
        groups[name[0]].append(name[1:])
    return "|".join(f"{letter}(?:{'|'.join(rest)})" for letter, rest in groups.items())


HARD_WORDS = re.compile(
    f"-{_UNLESS}(?:"
    + _any_of(
        "relateds? relacionad[oa]s? recommended recommendations? recommend recirc recirculation similar "
        "comments? commentlist comentarios? commentaires? kommentare? disqus respond replies "
        "share shares sharing sharebar sharethis addthis addtoany socials sociallinks "
        "social(?!-(?:media-)?(?:embed|embeds|post|posts)-) "
        "newsletters? subscribe signup sign-up optin mailchimp "
        "nav navi navigation navbar menu submenu breadcrumbs? crumbs? masthead topbar "
        "footer colophon sidebar complementary contentinfo "
        "outbrain taboola zergnet revcontent mgid dianomi "
        "popular trending trends most-(?:read|viewed|popular|commented|shared) mostread "
        "more-(?:news|stories|on|from|articles|posts|about|like|in|top) "
        "read-(?:more|next|also|too|further) see-also also-read up-next upnext readmore has-extra-post "
        "cookies? cookielaw consent gdpr ccpa onetrust cookiebot didomi iubenda usercentrics qc-cmp2 cmplz borlabs "
        "klaro tarteaucitron axeptio trustarc truste "
        "popup pop-up modal lightbox overlay "
        "pagination pager paging prev-next next-prev post-navigation "
        "skip-link screen-reader screen-reader-text sr-only visually-hidden visuallyhidden offscreen "
        "back-to-top go-to-top scroll-to-top totop"
    )
    + ")-(?!enabled|disabled|open|closed|allowed|on-|off-)"
)
"""Names of parts that are never the article's own text."""

SOFT_WORDS = re.compile(
    f"-{_UNLESS}(?:"
    + _any_of(
        "promos? promotion promotional promobox teasers? upsell cta discussion reply "
        "ads? adv advert adverts advertisement advertising adslot adbox dfp banner sponsor sponsored "
        "anzeige werbung publicidad pub subscription "
        "rail aside widgets? foot latest headlines more "
        "tags? tagcloud taglist keywords topics categories privacy dialog tooltip "
        "login log-in signin register registration paywall regwall "
        "bylines? byliner authors? authorbox bio biography vcard "
        "post-meta entry-meta article-meta meta metadata dateline timestamp "
        "captions? wp-caption-text credits? photo-credit copyright legende "
        "toolbar tools tool utility utilities print font-size search "
        "ratings? votes? voting poll quiz survey "
        "skip donate donations? contribute support-us membership "
        "disclaimer editors-note feedback report-error correction-form "
        "follow followus follow-us app-promo download-app "
        "jumplinks? toc table-of-contents ticker carousel slider slideshow gallery playlist "
        "affiliate commerce shop shopping products? price deals coupon "
        "loading placeholder spinner infobar infobox hidden(?<!-overflow-hidden)(?<!-overflow-[xy]-hidden)"
    )
    + ")-"
)
"""Names of parts that mostly are not, where the page holds enough text elsewhere."""

OVERLAY_WORDS = re.compile(
    "-(?:cookies?|consent|gdpr|ccpa|onetrust|cookiebot|didomi|iubenda|usercentrics|qc-cmp2|cmplz|borlabs|klaro|"
    "tarteaucitron|axeptio|trustarc|truste|comments?|disqus)-"
)
"""Names believed however much text stands there."""

POST_WORDS = re.compile(
    "-(?:twitter-(?:tweet|video)|instagram-media|bluesky-embed|tiktok-embed|fb-post|mastodon-embed)-"
)
"""Names that the networks' own code gives an embedded post, before a script has made a frame of it."""

SUBHEADING_WORDS = re.compile(
    "-(?:sub-?head(?:ing|line|er)?|cross-?head(?:ing)?|inter-?titre|intertitle|inter-?title|zwischen(?:titel|ueberschrift|head)|"
    "ladillo|mellanrubrik|mellomtittel|tussenkop|srodtytul)-"
)
"""Names of a subheading that is no heading element."""

HIDDEN_WORDS = re.compile(
    "-(?:sr-only|screen-reader(?:-text|-only)?|visually-?hidden|visuallyhidden|offscreen|assistive-text|"
    "(?:tooltip|popover|hovercard|hover-card|rollover)-?(?:text|content|contents|body|block|box|inner))-"
)
"""Names of what stands inside a line and is not seen there."""

BODY_WORDS = re.compile(
    "-(?:article-?body|articlebody|entry-content|post-content|article-content|story-body|article-text|body-text|"
    "post-body|story-content|story-text|article-main|main-content)-"
)
"""Names of an article's body."""


def remembered(read: Callable[..., Read]) -> _lru_cache_wrapper[Read]:
    """Remember what was read of names, for the latest sets of them, within a number of sets and of characters.

    Past the characters all is forgotten and begun anew. They are counted where something is read, not where it is
    remembered: that is asked for some thousand times a page.

    Args:
        read: a function of names alone.
    """
    characters = 0

    @wraps(read)
    def count(*names: str | None) -> Read:
        nonlocal characters
        characters += sum(map(len, filter(None, names)))
        if characters > MAX_CHARACTERS_OF_NAMES:
            characters = 0
            known.cache_clear()
        return read(*names)

    known = lru_cache(maxsize=MAX_NAMES)(count)
    return known


def _is_of_post(css_class: str) -> bool:
    # The pattern alone takes three times as long: it cannot leap to a first letter.
    return any(map(css_class.__contains__, POST_NAMES)) and OF_A_POST.search(css_class) is not None


@remembered
def class_words(css_class: str | None, css_id: str | None, role: str | None, itemprop: str | None) -> str:
    """An element's names as `-word-word-`: lower-case, split at every separator and at camelCase."""
    if css_class and _is_of_post(css_class):
        css_class = TERMS.sub("", css_class)
    joined = " ".join(filter(None, (css_class, css_id, role, itemprop)))[:600]
    words = "-".join(filter(None, map(_parts, joined.split())))
    return f"-{words}-" if words else ""


@remembered
def _parts(token: str) -> str:
    """One name as `word-word`. Sets of names differ from page to page, single names come again on most."""
    # Most have no capital letter, and to look for where one begins a word takes three times as long.
    name = (SEPARATORS if token.islower() else CAMEL).sub("-", token).strip("-").lower()
    hyphens = name.count("-")
    # Names that a bundler made (`sc-gIcCDI`, `lHNGcMV`) fall into syllables, `ad` and `pub` among them.
    if hyphens + 1 >= MIN_SYLLABLES and len(name) - hyphens < MEAN_SYLLABLE * (hyphens + 1):
        return ""
    return name


HARD, SOFT, NEUTRAL = 2, 1, 0


def negativity(words: str) -> tuple[int, str]:
    """How much an element's names speak against its being part of an article, and the word that does.

    Returns:
        HARD, SOFT or NEUTRAL; the word, empty for NEUTRAL.
    """
    for strength, pattern in ((HARD, HARD_WORDS), (SOFT, SOFT_WORDS)):
        match = pattern.search(words)
        if match:
            return strength, match[0]
    return NEUTRAL, ""


@dataclass(frozen=True, slots=True)
class Phrases:
    """Folded phrases of one role: the whole of a line, or its beginning."""

    lines: frozenset[str]
    longest: int
    """Characters of the longest."""
    first_words: frozenset[str]
    most_words: int
    """Of one phrase; in a script without spaces each pair of neighbouring characters is a word."""

    def is_line(self, line: str) -> bool:
        """Whether a line says this phrase and nothing else but punctuation and digits."""
        if len(line) > 2 * self.longest + 20:
            return False
        said = line_key(line)
        if said in self.lines:
            return True
        # Few lines have a number to take away, and a pattern is searched for along the whole of each.
        numbered = said[:1].isdecimal() or said[-1:].isdecimal()
        return numbered and NUMBER.sub("", said) in self.lines

    def begins(self, line: str) -> str | None:
        """The phrase that a line begins with, at a word's end; None where there is none."""
        said = line_key(line[:MAX_BEGINNING])
        if said.partition(" ")[0] not in self.first_words:
            return None
        words = said.split()
        for count in range(min(len(words), self.most_words), 0, -1):
            phrase = " ".join(words[:count])
            if phrase in self.lines:
                return phrase
        return None

    def occurs(self, text: str) -> str | None:
        """The first phrase that occurs in a text as whole words."""
        padded = f" {key(text)} "
        return next((phrase for phrase in sorted(self.lines) if f" {phrase} " in padded), None)


MAX_BEGINNING = 160
"""Characters of a line that are searched for the phrase it begins with: over twice the longest, and the same for all
roles, so that the line is folded once."""


def key(line: str) -> str:
    """A line folded to its words: what two spellings of one phrase have in common."""
    return NO_WORD.sub(" ", fold(line)).strip()


line_key = lru_cache(maxsize=4096)(key)
"""`key` of what is short: a line is held against the phrases of five roles, by two readers."""


@lru_cache(maxsize=1)
def _lists() -> dict[str, Phrases]:
    source = resources.files("archive.extract").joinpath("phrases.toml").read_text(encoding="utf-8")
    return {role: _phrases(languages.values()) for role, languages in tomllib.loads(source).items()}


def _phrases(lists: Iterable[list[str]]) -> Phrases:
    lines = frozenset(filter(None, (key(phrase) for phrases in lists for phrase in phrases)))
    words = [line.split() for line in lines]
    return Phrases(lines, max(map(len, lines)), frozenset(each[0] for each in words), max(map(len, words)))


def phrases(role: str) -> Phrases:
    """The phrases of one role, a table of phrases.toml; read once a process."""
    return _lists()[role]
