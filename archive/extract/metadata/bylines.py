"""Who wrote an article, as a list of names."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from archive.extract.markup import jsonld
from archive.extract.metadata.agencies import agencies_in
from archive.extract.metadata.titles import clean
from archive.extract.page import MAX_OTHERS
from archive.extract.vocabulary import NO_WORD
from archive.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from archive.extract.markup.head import Head
    from archive.extract.markup.jsonld import Json, LinkedData
    from archive.records import Confidence

AUTHOR_META = (
    "author", "article:author", "byl", "dc.creator", "dcterms.creator", "parsely-author",
    "sailthru.author", "citation_author", "cxenseparse:author", "vr:author", "authors", "article.author",
    "og:article:author",
)  # fmt: skip
"""Meta names of the author, the surest first."""

MAX_AUTHORS = 20
MAX_NAME_CHARACTERS = 80
MAX_NAME_WORDS = 5
MAX_LINE_CHARACTERS = 100

PREFIX = re.compile(
    r"^(?:(?:by|von|(?:written|posted|reported|story|words|article|report|analysis|opinion|commentary|interview) by|"
    r"(?:eine? )?(?:kommentar|interview|analyse|bericht|reportage|essay|kolumne|gastbeitrag|porträt) von|"
    r"(?:propos recueillis|entretien|tribune|analyse|reportage) par|"
    r"author|autor|auteur|text|texte|texto|text von|από|автор|автори|текст|"
    r"view all posts by|posts by|all posts by|more from|voir tous les articles de|alle beiträge von|"
    r"ver todas las entradas de|publi(?:é par|cado por|cada por)|post(?:ado por|ada por|ato da)|pubblicato da|"
    r"eingestellt von|gepostet von|gepost door|upplagd av|diposting oleh|"
    r"ارسال شده توسط|פורסם על ידי|yazan(?=\s*[:：])|yazar|haber|muhabir|nivîskar|تحریر|نووسەر|"
    r"γράφει [οη]|γράφουν οι|szerző|írta|penulis|tác giả|โดย|teksti|kirjoittaja|piše|מאת|כתב|লেখক|लेखक|"
    r"مرسلة بواسطة|نشر بواسطة|"
    r"عرض جميع مقالات|عرض كل مقالات|جميع مقالات|مقالات الكاتب|بقلم|بواسطة|كتب|كتبت|كتبه|تحرير|إعداد|اعداد|المصدر|"
    r"نوشته|نویسنده|تهیه|(?:par|por|di|da|door|av|af|od|oleh|του|της)(?=\s+\S+\s+\S))(?:\s*[:：]\s*|\s+)"
    r"|(?:文|撰文|作者|记者|記者|編輯|编辑|取材・文)(?:\s*[/／:：=＝・]\s*|\s+)"
    r"|(?:记者|記者)(?=[\u4e00-\u9fff]{2,4} ?$))",
    re.IGNORECASE,
)
"""What comes before a name; the short prepositions only before two words, since "Da Costa" is a name, and
Turkish "yazan" before a colon alone, since Yazan is one, too."""
OFFICE = re.compile(
    r"^(?:(?:unser\w*|our|notre|nuestr\w+)\s+)(?:\S+\s+){0,2}?\w*(?:[ck]orrespond\w*|reporter\w*|redakteur\w*)\s*",
    re.IGNORECASE,
)
"""Of "Von unserem Korrespondenten Max Muster"."""
SUFFIX = re.compile(
    r"(?:(?<!\s)\s++)?(?:기자|특파원|記者|记者)$"
    r"|(?<!\s)\s++(?:envoyée?s? spécia(?:le?s?|ux)|enviad[oa]s? especial(?:es)?|"
    r"inviat[oaie] special[ei]|special correspondents?)\b.*+$",
    re.IGNORECASE,
)
"""Of "Anne Martin Envoyée spéciale à Lyon"."""
DEGREE = re.compile(
    r"(?:M\.?D|Ph\.?D|D\.?Phil|Psy\.?D|M\.?A|M\.?Sc?|B\.?A|B\.?Sc|M\.?B\.?A|M\.?P\.?H|MBBS|R\.?N|R\.?D\.?N?|Pharm\.?D|LCSW|J\.?D|Esq|Jr|Sr|II|III)\.?"
)
"""Between two commas of "Ann Lee, MD, Omar Quill": what belongs to the name before."""
JOB = re.compile(
    r"(?:^|\s)(?:\w*korrespondent(?:in)?|\w*redakteur(?:in)?|[ck]orr?espond[ae]nte?s?|reporter|editor|editor-in-chief|editor-at-large|"
    r"journalist|columnist|writer|producer|journaliste|rédact(?:eur|rice)|chroniqueur|redactor|redactora|periodista|"
    r"giornalista|journalistin|reporterin|muhabiri?|editörü|yazarı|корреспондент|журналист|обозреватель|редактор|"
    r"خبرنگار|مراسل|مراسلة|محرر|محررة|صحفي|صحفية|כתב|כתבת)$",
    re.IGNORECASE,
)
"""A part of a byline that ends so says what somebody is."""

ADDRESS = re.compile(r"[(<\[]?(?<![^\s(<\[])[\w.+-]{0,64}@[\w.-]{1,100}[)>\]]?")
"""An e-mail address or a handle."""
BETWEEN = re.compile(
    r"(?:(?<!\s)\s++)?[,;،؛|•/+&、，；｜／＆]\s*+|(?<!\s)\s++·\s*+|·\s++|(?<=[\u4e00-\u9fff])・(?=[\u4e00-\u9fff])"
)
"""The middle dots of 约翰·史密斯 and ジョン・スミス are inside of a name."""
CONJUNCTION = re.compile(r"(?<!\s)\s++(?:and|und|et|y|e|en|och|og|i|ve|и|та|και|و)\s++", re.IGNORECASE)
NO_NAME = re.compile(
    r"^\(|责任编辑|責任編輯|责编|\bimages?\b|https?://|www\.|@|^\W*$|\d|\.(?:com|net|org)/", re.IGNORECASE
)
NETWORK = re.compile(r"\b(?:twitter|facebook|instagram|linkedin|telegram|whatsapp|bluesky)\b", re.IGNORECASE)
IS_SOMETHING = re.compile(r"\s(?:is|was) an?\s")
"""Of "Ann Lee is a freelance writer in Cardiff": who somebody is, said in a sentence."""
HOST = re.compile(r"(?<![\w-])[\w-]{3,}+(?:\.[\w-]++){0,3}?\.[a-z]{2,6}")
NOBODY = frozenset({
    "admin", "administrator", "editor", "webmaster", "unknown", "none", "null", "undefined", "anonymous",
    "root", "n/a", "no author", "author", "name", "your name", "author name", "youtube",
    "خاص", "متابعات", "share", "follow", "staff", "updated", "published", "posted", "by", "story by", "written by",
    "posted by", "von", "par", "por", "nga",
})  # fmt: skip
"""What templates print where a name should be."""

FULL_NAME = re.compile(r"(?<![\w'’.-])[A-ZÀ-ÖØ-ÞŠŽČĆ][\w'’.-]++(?:\s++[A-ZÀ-ÖØ-ÞŠŽČĆ][\w'’.-]*+){1,3}")
"""In Latin script, where capitals tell a name from a phrase."""

REPORTER = re.compile(r"[\uac00-\ud7a3]{2,4}\s+(?:기자|특파원)")
"""A name in Hangul with the job behind it, as Korean papers sign."""
DASH = re.compile(r"(?<!\s)\s++[-–—]\s++")
MARKS = " .,;:-–—|\u200e\u200f"


@dataclass(frozen=True, slots=True)
class Byline:
    """The authors and where they were found."""

    names: tuple[str, ...]
    source: str
    of_site: bool = False
    """Whether nobody but the site is named."""
    confidence: Confidence = "low"
    others: tuple[Byline, ...] = ()
    """Whom other sources name instead, in the order in which they are asked."""

    @property
    def is_seen(self) -> bool:
        """Whether it is there for people."""
        return not self.source.startswith(("json-ld", "meta"))

    def beside(self, line: Byline | None) -> Byline:
        """The same, with what a line near the headline says."""
        others = self.others[: MAX_OTHERS - 1]
        if line is None or _kept_as(line) in map(_kept_as, (self, *others)):
            return self
        return replace(self, others=(*others, line))


def read_authors(
    linked: LinkedData, head: Head, visible: tuple[tuple[str, str], ...], site_names: tuple[str, ...]
) -> Byline | None:
    """Authors from JSON-LD, else <meta>, else visible bylines; the site itself where nobody else is named.

    `confidence` is `high` where JSON-LD, <meta> and the visible bylines name the same, two of them at the least,
    `medium` where one of the others names somebody of them, `low` where one alone names them.

    Args:
        linked: the page's JSON-LD.
        head: the page's head.
        visible: (text, source) of elements that mark an author, in order.
        site_names: names of the site and its publisher.
    """
    sites = _Sites(site_names)
    found = list(_bylines(linked, head, visible))
    named = [byline for byline in found if not all(map(sites.has, byline.names))]
    of_site = [byline for byline in found if byline not in named]
    for byline in named:
        # Initials in a visible byline are names to the newsroom alone, and words are found there that are none.
        if not (byline.is_seen and of_site and all(name.islower() for name in byline.names)):
            fuller = next((other for other in named if _is_fuller(other, byline)), byline)
            return replace(
                fuller, confidence=_confidence(fuller, found), others=_others(fuller, named, found)
            )
    return replace(of_site[0], of_site=True, confidence=_confidence(of_site[0], found)) if of_site else None


def _others(chosen: Byline, named: list[Byline], found: list[Byline]) -> tuple[Byline, ...]:
    """Whom else the page names, somebody other than the site; and the same people where a reader sees them too."""
    others: dict[tuple[bool, frozenset[str]], Byline] = {}
    for byline in named:
        others.setdefault(_kept_as(byline), byline)
    others.pop(_kept_as(chosen))
    first = list(others.values())[:MAX_OTHERS]
    return tuple(replace(byline, confidence=_confidence(byline, found)) for byline in first)


def _kept_as(byline: Byline) -> tuple[bool, frozenset[str]]:
    return byline.is_seen, frozenset(map(_compact, byline.names))


def _is_fuller(other: Byline, chosen: Byline) -> bool:
    """Whether links to authors name all that JSON-LD or <meta> name, and more: templates often fill in the first."""
    return other.source == "rel:author" and set(map(_compact, other.names)) > set(map(_compact, chosen.names))


class _Sites:
    """The names of a site, for names that are its own: "Example Staff", "Redaktion The Example", "example.org"."""

    def __init__(self, names: Iterable[str]) -> None:
        compact = {name: _letters(name) for name in names}
        self._begins = tuple(site for site in compact.values() if len(site) > 1)
        # Of one word it may be a surname.
        self._ends = tuple(site for name, site in compact.items() if " " in name.strip() and len(site) > 1)

    def has(self, name: str) -> bool:
        """Whether a name is the site's."""
        compact = _compact(name)
        return (
            compact.startswith(self._begins)
            or compact.endswith(self._ends)
            or HOST.fullmatch(name) is not None
        )


def _confidence(chosen: Byline, found: list[Byline]) -> Confidence:
    """Of the kinds of sources (JSON-LD, <meta>, the visible page), how many name the same."""
    wanted = {_compact(name) for name in chosen.names}
    kinds: dict[str, set[str]] = {}
    for byline in found:
        kind = byline.source.partition(":")[0]
        kinds.setdefault("visible" if kind in {"rel", "byline"} else kind, set()).update(
            map(_compact, byline.names)
        )
    shared = [names for names in kinds.values() if names & wanted]
    if len(shared) < 2:
        return "low"
    return "high" if len(shared) == len(kinds) and all(wanted <= names for names in shared) else "medium"


def nearest_byline(lines: list[str], of_site: Byline | None, *, ends_in_body: bool) -> Byline | None:
    """The byline among the short lines between a headline and the first paragraph, of a page that marks none.

    Such a line begins with a preposition ("By", "بقلم"), or is the last of them, a paragraph of the body and
    nothing but full names or an agency.

    Args:
        lines: in their order; only those of at most `MAX_LINE_CHARACTERS` are looked at.
        of_site: what names the site, which is no news.
        ends_in_body: whether the last line is a paragraph of the body.
    """
    sites = _Sites(of_site.names if of_site else ())
    for number, line in enumerate(lines, 1):
        text = line.strip(MARKS)
        if len(text) > MAX_LINE_CHARACTERS:
            continue
        is_reporter, begins = REPORTER.fullmatch(text), PREFIX.match(text)
        stands_alone = ends_in_body and number == len(lines)
        if not (is_reporter or begins or stands_alone):
            continue
        names = [name for name in split_names(text) if not sites.has(name)]
        is_told = is_reporter or (begins and all(map(_is_named, names)))
        if names and (is_told or (stands_alone and all(_stands_alone(name) for name in names))):
            return Byline(tuple(names[:MAX_AUTHORS]), "byline:line")
    return None


def _stands_alone(text: str) -> bool:
    return FULL_NAME.fullmatch(text) is not None or agencies_in([text]) == (text,)


def _is_named(text: str) -> bool:
    return len(text.split()) <= MAX_NAME_WORDS and (not text[:1].islower())


def _letters(name: str) -> str:
    """Letters and digits alone, folded."""
    return NO_WORD.sub("", fold(name))


_compact = lru_cache(maxsize=128)(_letters)
"""The same of what is short: the sources of a page name the same people, and each is compared with each."""


def _bylines(linked: LinkedData, head: Head, visible: tuple[tuple[str, str], ...]) -> Iterator[Byline]:
    """Each source's authors, the surest first."""
    for key in ("author", "creator", "contributor"):
        names = _names(_linked(linked, linked.article.get(key)))
        if names:
            yield Byline(names, f"json-ld:{key}")
    for name in AUTHOR_META:
        names = _names(list(head.meta.get(name, ())))
        if names:
            yield Byline(names, f"meta:{name}")
    for source in dict.fromkeys(source for _, source in visible):
        names = _names([text for text, from_ in visible if from_ == source])
        # Beside names in capitals, words in small letters are sections and the like.
        names = tuple(name for name in names if not name.islower()) or names
        if names:
            yield Byline(names, source)


def _linked(linked: LinkedData, value: Json) -> list[str]:
    """Names of a value, following references by @id to other nodes."""
    found: list[str] = []
    for entry in value[: jsonld.MAX_ENTRIES] if isinstance(value, list) else [value]:
        name = jsonld.texts(entry)
        if not name and isinstance(entry, dict) and isinstance(entry.get("@id"), str):
            name = [
                text
                for node in linked.nodes
                if node.get("@id") == entry["@id"]
                for text in jsonld.texts(node.get("name"))[:1]
            ]
        found += name
    return found


def _names(raw: list[str]) -> tuple[str, ...]:
    names: dict[str, str] = {}
    for text in raw[:MAX_AUTHORS]:
        for part in split_names(text):
            names.setdefault(fold(part), part)
    return tuple(names.values())[:MAX_AUTHORS]


def split_names(text: str) -> list[str]:
    """The names in one byline: no addresses, no jobs beside a name."""
    text = _without_prefix(ADDRESS.sub(" ", clean(text)) if "@" in text else clean(text))
    if NO_NAME.search(text):
        return []
    parts = [_without_prefix(name) for part in BETWEEN.split(text) for name in _joined(part)]
    parts = [part for part in parts if _may_be_name(part)]
    people = [part for part in parts if not JOB.search(part) and not DEGREE.fullmatch(part)]
    return people or parts


def _may_be_name(text: str) -> bool:
    # A place beside "exclusive" («إسطنبول - خاص») names nobody either.
    named = 1 < len(text) <= MAX_NAME_CHARACTERS and NOBODY.isdisjoint(DASH.split(text.lower()))
    return named and NETWORK.search(text) is None and IS_SOMETHING.search(text) is None


def _without_prefix(text: str) -> str:
    # Where an element of its own holds it, nothing follows.
    text = PREFIX.sub("", f"{text.strip(MARKS)} ").strip(MARKS)
    return SUFFIX.sub("", OFFICE.sub("", text)).strip(MARKS)


def _joined(text: str) -> list[str]:
    """The names that a conjunction joins: full names on both sides, since "Ortega y Gasset" is one."""
    parts = CONJUNCTION.split(text)
    return parts if len(parts) > 1 and all(" " in part.strip() for part in parts) else [text]
