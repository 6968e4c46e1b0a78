"""The records that travel through the system: frozen, slotted, typed.

An `Exchange` becomes a `Capture` (where it lies in WARC), a capture's page becomes an `Extraction`
(`Article` or `Rejected`), and discovery turns exchanges into `Candidate`s.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

Headers = tuple[tuple[bytes, bytes], ...]
"""Header fields in the order they came, names and values as sent (RFC 9112, section 5)."""

Role = Literal[
    "page", "home", "section", "feed", "sitemap", "wordpress", "robots", "probe", "requisite", "import",
]  # fmt: skip
"""What a URL was fetched as; only a `page` is read as an article.

`wordpress` is a page of the REST API's posts; `probe` asks whether a well-known address exists; `requisite` is
what a page needs, such as an image, or what else came in a foreign file; `import` marks where such a file came in.
"""

ErrorKind = Literal[
    "dns", "connect", "tls", "timeout", "truncated", "http_4xx", "http_5xx", "robots", "redirect_loop",
    "private_address", "too_large", "malformed", "takedown", "fault",
]  # fmt: skip
"""Why a URL gave nothing. More may be added, none renamed.

`fault` is ours: what came is in WARC, and reading on from it failed.
"""

RejectionReason = Literal[
    "not_html", "too_short", "listing", "soft_404", "challenge", "password", "consent", "error_page", "limit",
    "too_large", "fault", "takedown",
]  # fmt: skip
"""Why a page that was fetched is no article. More may be added, none renamed.

`fault` is ours: extraction failed over the page; its detail says how. `takedown` is a page that must not be
shown, under whatever address it came; its detail names the takedown.
"""

Truncation = Literal["time", "length", "disconnect"]
"""WARC-Truncated (WARC 1.1, section 5.13)."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """How a URL came to be fetched and what was known of it before.

    It is written into the capture's WARC metadata record, so that a page can be derived again from the
    record alone. Every text is one line.
    """

    role: Role = "page"
    source: str | None = None
    """Slug of the source in warraq.toml."""
    via: str | None = None
    """URL of the page, feed or sitemap that named this URL."""
    hops: int = 0
    """Links followed from a seed."""
    attempt: int = 1
    """1 for the first try of this URL in this visit."""
    redirects: int = 0
    """Redirects that led here."""
    title: str | None = None
    """What the feed, news sitemap or REST said."""
    published: str | None = None
    """ISO 8601 as the feed, news sitemap or REST said; with an offset where it had one."""
    modified: str | None = None
    section: str | None = None
    timezone: str | None = None
    """IANA name, from the source's settings: the zone of dates without an offset."""
    language: str | None = None
    """BCP 47, from the source's settings."""
    prune_xpath: tuple[str, ...] = ()
    """The source's own rules in force: elements to drop before reading."""
    part_of: str | None = None
    """URL of the article's first page, where this was fetched as a further one."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One attempt on the wire: what was sent and what came back, byte for byte."""

    url: str
    """As fetched, absolute, without fragment."""
    started: datetime
    """Aware, UTC, to the microsecond: the WARC-Date of all records of this attempt."""
    request: bytes
    """The request as sent: head and body."""
    response: bytes = b""
    """The final response as received, head and body, chunk framing and all; empty where none came."""
    status: int | None = None
    reason: bytes = b""
    headers: Headers = ()
    body: bytes = b""
    """De-chunked, still content-encoded: what the payload digest is of."""
    interim: tuple[bytes, ...] = ()
    """1xx responses, as received."""
    ip: str | None = None
    """The peer's address; None behind a proxy."""
    elapsed_ms: int = 0
    truncated: Truncation | None = None
    error: ErrorKind | None = None
    error_detail: str | None = None
    tls_fault: str | None = None
    """What was wrong with the certificate, where the settings let it pass."""
    provenance: Provenance = field(default_factory=Provenance)


@dataclass(frozen=True, slots=True)
class Capture:
    """Where an exchange lies, and what it was: a row of `captures`."""

    id: int
    """Rank of the capture in the order of recording; the same after a rebuild."""
    url: str
    canonical_url: str
    role: Role
    source: str | None
    started: datetime
    """Aware, UTC, to the microsecond."""
    status: int | None
    media_type: str | None
    """Type/subtype of Content-Type, lower-case, without parameters."""
    payload_digest: str | None
    """`sha1:` and base32, of the de-chunked, still content-encoded payload; of a 304, of what it says is unchanged."""
    record_type: Literal["response", "revisit", "request", "resource", "metadata"]
    """Type of the record at `offset`; `request` where no response came, `metadata` where the capture is
    withheld: then the row says nothing of what was there."""
    warc_file: str
    """Final name of the file, relative to warc/; readers try it with `.open` second."""
    offset: int
    """Of the response record's (or the only record's) gzip member, in bytes."""
    length: int
    """Of that member, in bytes."""
    group_length: int
    """Of all members of this attempt, which begin at `offset`: response, request, metadata."""
    truncated: Truncation | None = None
    error: ErrorKind | None = None
    revisit_of: int | None = None
    location: str | None = None
    """Where a redirect leads: absolute, normalised."""


def is_readable(capture: Capture) -> bool:
    """Whether a capture is to be read as an article: a page that came whole."""
    if capture.record_type == "resource":
        return capture.role == "page"
    return (
        capture.role == "page"
        and capture.record_type == "response"
        and capture.status is not None
        and 200 <= capture.status < 300
        and capture.truncated is None
        and capture.error is None
    )


@dataclass(frozen=True, slots=True)
class UsagePreference:
    """One thing that a page said of what may be done with it, as it said it."""

    source: str
    """Where it was found: `header:x-robots-tag`, `header:tdm-reservation`, `meta:robots` and the like."""
    value: str
    """As sent, on one line."""

    def __str__(self) -> str:
        return f"{self.source} = {self.value}"


Confidence = Literal["high", "medium", "low"]
"""How sure a field is, by what the page's sources say: several and none otherwise; several, but another says
otherwise; one alone."""


@dataclass(frozen=True, slots=True)
class FieldEvidence:
    """What one field of an article rests on."""

    source: str
    """Where it was found, as in `Article.sources`."""
    raw: str | None
    """What stood there, on one line, before anything was made of it; None where nothing stood as one string."""
    confidence: float
    """0 to 1: how many of a hundred such findings may be relied on. 1.0 was said by whoever brought the page in,
    .9 and more is a statement for machines about this article, .6 to .8 one for people or an unsure one for
    machines, below .5 a guess with a reason; `archive.extract.confidence` has the levels."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What one of a page's sources says of a field."""

    values: tuple[str, ...]
    """Names of authors; else one value, as `Article` has it."""
    evidence: FieldEvidence
    agencies: tuple[str, ...] = ()
    """The news agencies among names of authors."""


@dataclass(frozen=True, slots=True)
class Article:
    """What a page says, and where each field was found."""

    url: str
    canonical_url: str
    title: str
    text: str
    """Paragraphs, a line each, without the title and without `lead`."""
    lead: str | None = None
    """The standfirst, where the page sets one apart."""
    authors: tuple[str, ...] = ()
    """As the page names them: people, agencies, or the site itself where nobody else is named."""
    agencies: tuple[str, ...] = ()
    """The news agencies among `authors`, which are no people."""
    paywalled: bool | None = None
    """Whether the publisher says that it, or a part of it, is for subscribers; None where nothing is said."""
    published: str | None = None
    """ISO 8601 with its offset where one is known; a date alone where only a day is known."""
    published_precision: Literal["instant", "day"] | None = None
    published_source: str | None = None
    """Where `published` was found, e.g. `json-ld:datePublished`."""
    modified: str | None = None
    language: str | None = None
    """BCP 47 primary tag, from the text; of several languages the one of most of it."""
    languages: tuple[str, ...] = ()
    """All that a substantial share of the text is in, `language` first."""
    script: str | None = None
    """ISO 15924, from the text: the script of most of it."""
    section: str | None = None
    topics: tuple[str, ...] = ()
    image: str | None = None
    publisher: str | None = None
    sources: Mapping[str, str] = field(default_factory=dict)
    """Field name -> where it was found."""
    evidence: Mapping[str, FieldEvidence] = field(default_factory=dict)
    """Field name -> what it rests on, for fields that weigh evidence."""
    usage_preferences: tuple[UsagePreference, ...] = ()
    """What the page said of archiving and of text and data mining, header fields first."""
    part: int = 1
    """Which page of an article on several pages this is; its text is then that page's alone."""
    continues: bool = False
    """Whether a further page follows."""
    rules: str | None = None
    """Digest of its source's own rules by which it was read; None where it has none."""
    others: Mapping[str, tuple[Statement, ...]] = field(default_factory=dict, repr=False)
    """Of title, authors and published: what other sources of the page say instead, the surest first. One of them is
    the article's where the value itself turns out to be its site's (`archive.memory`)."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """Why a page is no article."""

    reason: RejectionReason
    detail: str = ""


Extraction = Article | Rejected


@dataclass(frozen=True, slots=True)
class Candidate:
    """A URL that discovery found, with what the finder said of it."""

    url: str
    role: Role = "page"
    found_by: str = "link"
    """`feed`, `news-sitemap`, `sitemap`, `wordpress`, `section`, `home`, `alternate`, `robots`, `well-known`,
    `user`, `link`, `redirect`, `part`."""
    title: str | None = None
    published: str | None = None
    """ISO 8601; with an offset where the finder gave one."""
    modified: str | None = None
    section: str | None = None
    priority: int = 0
    """Lower is fetched first."""
