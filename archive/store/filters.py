"""Which articles: one set of filters for search, export and re-extraction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from archive.text import fold

MAX_LISTED_IDS = 30_000
"""SQLite takes 32,766 parameters a statement (SQLITE_MAX_VARIABLE_NUMBER)."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A WHERE clause's part and its parameters."""

    sql: str
    parameters: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Filters:
    """Articles that fit each filter that is set; a filter of several values is fit by any of them."""

    source: tuple[str, ...] = ()
    """Slugs of sources."""
    language: tuple[str, ...] = ()
    """BCP 47 primary tags."""
    date_from: date | None = None
    """First day of `published_utc`, a day of UTC."""
    date_to: date | None = None
    """Last day, itself included."""
    topic: tuple[str, ...] = ()
    """Compared as folded texts."""
    ids: tuple[int, ...] = ()
    """Articles' ids; at most `MAX_LISTED_IDS`."""

    @property
    def by_date(self) -> bool:
        """Whether undated articles are left out."""
        return self.date_from is not None or self.date_to is not None

    def without_dates(self) -> Condition:
        """What fits but for its date; see `condition`."""
        parts: list[str] = []
        parameters: list[str | int] = []

        def any_of(column: str, values: tuple[str, ...] | tuple[int, ...]) -> None:
            if values:
                parts.append(f"{column} IN ({', '.join('?' * len(values))})")
                parameters.extend(values)

        any_of("articles.source", self.source)
        any_of("articles.language", self.language)
        any_of("articles.id", self.ids)
        if self.topic:
            holds = " OR ".join(
                ["instr((SELECT topics FROM articles_folded f WHERE f.id = articles.id), ?)"]
                * len(self.topic)
            )
            parts.append(f"({holds})")
            parameters.extend(f"\n{fold_line(topic)}\n" for topic in self.topic)
        return Condition(" AND ".join(parts) or "1", tuple(parameters))

    def condition(self) -> Condition:
        """For a statement that has `articles` in its FROM."""
        plain = self.without_dates()
        parts, parameters = [plain.sql], list(plain.parameters)
        if self.date_from is not None:
            parts.append("articles.published_utc >= ?")
            parameters.append(_midnight(self.date_from))
        if self.date_to is not None:
            parts.append("articles.published_utc < ?")
            parameters.append(_midnight(self.date_to) + int(timedelta(days=1).total_seconds()))
        return Condition(" AND ".join(parts), tuple(parameters))

    def undated(self) -> Condition:
        """The articles that a filter by date leaves out because they have none."""
        plain = self.without_dates()
        return Condition(f"{plain.sql} AND articles.published_utc IS NULL", plain.parameters)


def fold_line(text: str) -> str:
    """A topic or an author's name as `articles_folded` holds it: folded, on one line."""
    return " ".join(fold(text).split())


def _midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
