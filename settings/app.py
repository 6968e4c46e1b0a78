"""The schema of warraq.toml: each key, its default and what it means."""

from __future__ import annotations

import re
from datetime import date  # noqa: TC003  (pydantic reads it when the classes are made)
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,79}$")]
MEBIBYTE = 1 << 20
AGE = r"(\d{1,6})\s*([smhdw])"
"""A length of time: a number and its unit."""
UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def age_seconds(text: str) -> int | None:
    """Seconds of a length of time such as `6h`; None where the text is none."""
    found = re.fullmatch(AGE, text.strip())
    return int(found[1]) * UNIT_SECONDS[found[2]] if found else None


class Section(BaseModel):
    """A table of warraq.toml: unknown keys and loose types are errors."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ArchiveSettings(Section):
    """`[archive]`: whose archive this is."""

    name: str = "news-archive"
    contact: Annotated[str, StringConstraints(min_length=3)]
    """A mail address or URL for the User-Agent: site owners can reach who crawls them."""
    prefix: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]{1,40}$")] = "warraq"
    """First part of the names of WARC files."""

    @field_validator("contact")
    @classmethod
    def _reachable(cls, value: str) -> str:
        if "@" not in value and not value.startswith(("http://", "https://", "mailto:")):
            raise ValueError("give a mail address or a URL where the owner of a site can reach you")
        if any(ord(char) < 32 for char in value):
            raise ValueError("must be one line")
        return value


class CrawlSettings(Section):
    """`[crawl]`: politeness and limits."""

    delay: float = Field(default=2.0, ge=0, le=3600)
    """Seconds from the end of a request to a host to the start of the next: a floor. 0 is for one's own hosts."""
    concurrency: int = Field(default=256, ge=1, le=4096)
    """Requests in flight over all hosts."""
    per_host: int = Field(default=2, ge=1, le=64)
    """Requests in flight to one host that has no delay; with a delay it is one."""
    robots: Literal["obey", "ignore"] = "obey"
    """`ignore` needs robots_override_reason in each source it is meant for."""
    user_agent: str | None = None
    """Default: `warraq/VERSION (+CONTACT)`."""
    max_body: int = Field(default=32 * MEBIBYTE, ge=1024)
    """Bytes of a body, on the wire and decoded, past which it is truncated."""
    timeout: float = Field(default=60.0, gt=0, le=3600)
    """Seconds one request may take."""
    retries: int = Field(default=3, ge=0, le=20)
    """Further tries after time-outs, lost connections, 429 and 5xx; fewer where asking again is in vain."""
    rest_after: int = Field(default=6, ge=1, le=1000)
    """Failures of a host in a row (no answer, or pages that give 5xx or 429) after which it is left alone: for half
    a minute, then longer each time; in the end its URLs wait for a later crawl."""
    redirects: int = Field(default=10, ge=0, le=50)
    """Redirects followed for one URL."""
    depth: int = Field(default=2, ge=0, le=20)
    """Links followed from a source's home page: 1 reads its sections, 2 their further pages."""
    max_pages_per_source: int = Field(default=10_000, ge=1)
    """Pages fetched of one source in one crawl."""
    max_pages_per_host_day: int = Field(default=50_000, ge=1)
    """Pages asked of one host on one day (UTC), over all crawls; what is over it waits for another day. Two seconds
    apart, a day has room for 43,200."""
    look_again: list[str] = ["1h", "6h", "1d", "3d", "7d", "30d"]
    """Ages of an article (since its publication, or since it was first fetched where that is unknown) at which
    it is fetched once more, to see whether it was edited or taken down; [] looks only where a feed, sitemap or
    REST says that it changed."""
    parts_per_article: int = Field(default=30, ge=0, le=99)
    """Pages of one article that goes over several (`/2/`, `?page=2`), joined into one text; 0 or 1: its first page
    alone."""
    requisites: list[Literal["images", "styles", "fonts", "scripts"]] = ["images", "styles"]
    """What pages show beside their text, fetched after all pages of the host so that a replayed page is the page;
    [] fetches none."""
    requisites_per_page: int = Field(default=60, ge=0, le=2000)
    """Of these at most so many a page: style sheets first, then images, then their other sizes."""
    requisites_per_source: int = Field(default=1000, ge=0)
    """And so many of one source in one crawl; the others wait for the next one."""
    linked: list[Literal["pdf", "audio", "video"]] = []
    """Files that articles link to or play, to be archived too; none is read as an article (`not_html`)."""
    tls: Literal["record", "refuse"] = "record"
    """What a faulty certificate does: noted in the metadata record, or the exchange refused."""

    @field_validator("look_again")
    @classmethod
    def _are_ages(cls, value: list[str]) -> list[str]:
        for age in value:
            if age_seconds(age) is None:
                raise ValueError(f"{age!r} is no age; give numbers with s, m, h, d or w, such as 6h or 3d")
        return value


class ExtractSettings(Section):
    """`[extract]`: the worker processes."""

    workers: int = Field(default=0, ge=0, le=256)
    """0 is one a core."""
    page_seconds: float = Field(default=10.0, ge=0.1, le=3600)
    """CPU seconds a page may take in a worker, and three times as many by the clock; past them it is refused (`limit`,
    `time: ...`). Tried twice, and again by `reextract`."""
    page_memory: int = Field(default=500_000_000, ge=250_000_000)
    """Bytes a worker may hold over a page, its own code and models (about 150 MB) among them; past them the page is
    refused (`limit`, `memory: ...`), as above."""


class StorageSettings(Section):
    """`[storage]`: where the WARC files lie."""

    warc: str = "warc/"
    max_warc_bytes: int = Field(default=1_000_000_000, ge=MEBIBYTE)
    """A WARC file is closed past this size."""
    max_warc_idle_seconds: float = Field(default=600.0, gt=0)
    """A WARC file is closed after this long without a new record; the next record begins another."""


class _SiteRules(Section):
    """The keys that say where on a site's pages something stands, as XPath (1.0) over the page's elements.

    Of a list the first expression that finds something counts; of `prune_xpath` all do.
    """

    prune_xpath: list[str] = []
    """Elements of this site to drop before its pages are read."""
    body_xpath: list[str] = []
    """The text's elements: all of their text is the article's, in order."""
    title_xpath: list[str] = []
    lead_xpath: list[str] = []
    """The standfirst."""
    author_xpath: list[str] = []
    """Authors, an element each or several in one."""
    date_xpath: list[str] = []
    """When the article was published: an element, or its attribute (`//time/@datetime`)."""
    modified_xpath: list[str] = []
    """When it was last changed."""

    @field_validator(
        "prune_xpath",
        "body_xpath",
        "title_xpath",
        "lead_xpath",
        "author_xpath",
        "date_xpath",
        "modified_xpath",
    )
    @classmethod
    def _xpath(cls, value: list[str]) -> list[str]:
        if value:
            from lxml import etree  # noqa: PLC0415  (most archives have no rules)

            for expression in value:
                try:
                    etree.XPath(expression)(etree.Element("html"))
                except etree.XPathError as error:
                    raise ValueError(
                        f"{expression!r} is no XPath: {error}; try it in a browser's console: $x({expression!r})"
                    ) from error
        return value


class RuleSet(_SiteRules):
    """`[[rules]]` in a file that a source names: the rules for captures of a time."""

    valid_from: date | None = None
    """First day (UTC) whose captures are read by them."""
    valid_until: date | None = None
    """First day whose captures are not: that of a site's redesign."""
    python: str | None = None
    """A Python file in the archive's folder, asked before the expressions."""

    @field_validator("python")
    @classmethod
    def _is_python(cls, value: str | None) -> str | None:
        if value is not None and not value.endswith(".py"):
            raise ValueError(f"{value!r} is no Python file; name one that ends with .py")
        return value


class RulesFile(Section):
    """The whole of a file of rules; the first set that holds at a capture's instant counts."""

    rules: list[RuleSet] = []


class SourceSettings(_SiteRules):
    """`[[source]]`: one site."""

    name: Slug
    url: Annotated[str, StringConstraints(pattern=r"^https?://")]
    schedule: str | None = None
    """An interval (`30m`, `6h`, `1d`) or a cron expression; None is due in every `crawl --due`."""
    timezone: str | None = None
    """IANA name: the zone of dates that name none."""
    language: str | None = None
    delay: float | None = Field(default=None, ge=0, le=3600)
    include: list[str] = []
    """Regular expressions: only article URLs that match one are fetched."""
    exclude: list[str] = []
    """Regular expressions: URLs that match one are not fetched."""
    endpoints: list[str] = []
    """Further feeds, sitemaps or section pages, beside those that discovery finds."""
    rules: str | None = None
    """A file in the archive's folder: rules that hold for a time (.toml), or in Python (.py)."""
    robots_override_reason: str | None = None
    """Why robots.txt is not obeyed here; stands in each WARC file's warcinfo."""

    @field_validator("include", "exclude")
    @classmethod
    def _patterns(cls, value: list[str]) -> list[str]:
        for pattern in value:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern!r} is no regular expression: {error}") from error
        return value

    @field_validator("rules")
    @classmethod
    def _file_of_rules(cls, value: str | None) -> str | None:
        if value is not None and not value.endswith((".toml", ".py")):
            raise ValueError(f"{value!r} is no file of rules; name one that ends with .toml or .py")
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                ZoneInfo(value)
            except (OSError, ValueError, KeyError) as error:  # ZoneInfoNotFoundError is a KeyError
                raise ValueError(f"no such time zone: {value} (an IANA name like Asia/Damascus)") from error
        return value


class WatchSettings(Section):
    """`[[watch]]`: a saved search."""

    name: Slug
    query: str
    notify: str | None = None


class Settings(Section):
    """The whole of warraq.toml."""

    archive: ArchiveSettings
    crawl: CrawlSettings = CrawlSettings()
    extract: ExtractSettings = ExtractSettings()
    storage: StorageSettings = StorageSettings()
    source: list[SourceSettings] = []
    watch: list[WatchSettings] = []
