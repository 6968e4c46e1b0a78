"""What became of a page, by its captures alone: for pages that were named and gave no article."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Final, Literal

from archive.store.rows import CAPTURE_COLUMNS, capture_of
from archive.store.statements import SIGHT
from archive.urls import canonical

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from archive.records import Capture, ErrorKind, RejectionReason, Truncation

PageStatus = Literal["deleted", "gone", "blocked", "moved", "refused", "failed", "waiting", "read"]
"""What became of a page.

`gone` was not there at its first look, `deleted` not at a second either, as with articles; `moved` leads
elsewhere; `refused` is no article; `failed` gave no answer, or an error; `waiting` is to be extracted yet;
`read` gave an article.
"""

_CUT: Final[dict[Truncation | None, ErrorKind]] = {
    "length": "too_large",
    "time": "timeout",
    "disconnect": "truncated",
}


@dataclass(frozen=True, slots=True)
class PageState:
    """What became of a page."""

    status: PageStatus
    reason: RejectionReason | ErrorKind | None = None
    """Why it is no article, or what kind of error came."""
    detail: str | None = None
    location: str | None = None
    """Where it leads."""


@dataclass(frozen=True, slots=True)
class KnownPage:
    """A page, what became of it, and what shows that."""

    url: str
    """As fetched last."""
    canonical_url: str
    source: str | None
    state: PageState
    captures: tuple[Capture, ...]
    """In the order of recording."""
    rejections: Mapping[int, RejectionReason]
    """Capture's id -> why what it showed is no article."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a capture of a page says of it."""

    capture_id: int
    canonical_url: str
    sight: Literal["gone", "blocked", "moved"] | None
    """What stood there instead of an article."""
    outcome: str
    """Of what it repeats, where it is a revisit; so are the next two."""
    rejection: RejectionReason | None
    detail: str | None
    status: int | None
    error: ErrorKind | None
    truncated: Truncation | None
    location: str | None

    def state(self) -> PageState:
        """What it says by itself."""
        if self.location is not None and self.sight != "gone":
            if canonical(self.location) == self.canonical_url:  # to https, say, or to set a cookie
                return PageState("failed", "redirect_loop", location=self.location)
            return PageState("moved", location=self.location)
        if self.sight is not None:
            return PageState(self.sight, self.rejection or self._error(), self.detail, self.location)
        if self.outcome == "waiting":
            return PageState("waiting")
        if self.rejection is not None:
            return PageState("refused", self.rejection, self.detail)
        read = self.outcome in {"new", "changed", "unchanged"}
        return PageState("read") if read else PageState("failed", self._error())

    def _error(self) -> ErrorKind | None:
        if self.error or self.truncated:
            return self.error or _CUT[self.truncated]
        status = self.status or 0
        return "http_5xx" if status >= 500 else "http_4xx" if status >= 400 else None


# What is withheld says nothing here: neither a capture of which only the place is left, nor the same page under
# another address.
_ANSWERS: Final = f"""
SELECT captures.id, captures.canonical_url, {SIGHT}, page.outcome, page.rejection, page.rejection_detail,
    captures.status, captures.error, captures.truncated, captures.location
FROM captures JOIN captures AS page ON page.id = coalesce(captures.revisit_of, captures.id)
WHERE captures.role = 'page' AND captures.record_type != 'metadata' AND page.rejection IS NOT 'takedown'
"""  # noqa: S608  (constants)
_OF_PAGE: Final = f"{_ANSWERS} AND captures.canonical_url = ? ORDER BY captures.id"
_REJECTIONS: Final = """
SELECT captures.id, page.rejection
FROM captures JOIN captures AS page ON page.id = coalesce(captures.revisit_of, captures.id)
WHERE captures.article_id = ? AND page.rejection IS NOT NULL
"""
_WITHOUT_ARTICLE: Final = f"""{_ANSWERS} AND captures.article_id IS NULL AND NOT EXISTS (
    SELECT 1 FROM captures AS sibling
    WHERE sibling.canonical_url = captures.canonical_url AND sibling.article_id IS NOT NULL)
ORDER BY captures.canonical_url, captures.id
"""  # noqa: S608  (constants)


def page(db: sqlite3.Connection, url: str) -> KnownPage | None:
    """What is known of a page, under whatever form of its URL; None where none of its captures may be told."""
    answers = [_Answer(*row) for row in db.execute(_OF_PAGE, [canonical(url)])]
    if not answers:
        return None
    captures = tuple(_captures(db, [answer.capture_id for answer in answers]))
    source = next((one.source for one in captures if one.source is not None), None)
    rejections = {answer.capture_id: answer.rejection for answer in answers if answer.rejection is not None}
    last = captures[-1]
    return KnownPage(last.url, last.canonical_url, source, _state(answers), captures, rejections)


def rejections(db: sqlite3.Connection, article_id: int) -> dict[int, RejectionReason]:
    """Of an article's captures, those that showed something else, and what."""
    return dict(db.execute(_REJECTIONS, [article_id]).fetchall())


def without_article(db: sqlite3.Connection) -> dict[PageStatus, int]:
    """How many pages gave no article, by what became of them, the most frequent first."""
    answers = (_Answer(*row) for row in db.execute(_WITHOUT_ARTICLE))
    found = Counter(
        _state(list(of_page)).status for _, of_page in groupby(answers, attrgetter("canonical_url"))
    )
    return dict(found.most_common())


def _captures(db: sqlite3.Connection, ids: Iterable[int]) -> Iterator[Capture]:
    for number in ids:
        row = db.execute(f"SELECT {CAPTURE_COLUMNS} FROM captures WHERE id = ?", [number]).fetchone()  # noqa: S608
        yield capture_of(row)


def _state(answers: Sequence[_Answer]) -> PageState:
    """What the answers of a page come to: as the last says that says anything, two absences in a row a deletion."""
    states = [answer.state() for answer in answers]
    telling = [state for state in states if state.status != "failed"] or states
    last = telling[-1]
    if last.status == "gone" and len(telling) > 1 and telling[-2].status == "gone":
        return PageState("deleted", last.reason, last.detail, last.location)
    return last
