"""The filters that search, export and re-extraction share, as options."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import click

from archive.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

_DAY = click.DateTime(formats=["%Y-%m-%d"])

_OPTIONS = (
    click.option("--source", multiple=True, metavar="NAME", help="Only of this source; may be repeated."),
    click.option(
        "--language", multiple=True, metavar="TAG", help="Only in this language (ar); may be repeated."
    ),
    click.option(
        "--from", "date_from", type=_DAY, metavar="DAY", help="First day of publication: YYYY-MM-DD, UTC."
    ),
    click.option(
        "--to", "date_to", type=_DAY, metavar="DAY", help="Last day of publication, itself included."
    ),
    click.option("--topic", multiple=True, metavar="TOPIC", help="Only with this topic; may be repeated."),
)


def filter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the filters' options; it receives them as one argument, `filters`."""

    @functools.wraps(command)
    def collected(
        *arguments: Any,
        source: tuple[str, ...],
        language: tuple[str, ...],
        date_from: datetime | None,
        date_to: datetime | None,
        topic: tuple[str, ...],
        **others: Any,
    ) -> Any:
        from archive.store.filters import Filters

        first, last = _day(date_from), _day(date_to)
        if first and last and first > last:
            raise UsageError(f"--from {first} is later than --to {last}")
        filters = Filters(source=source, language=language, date_from=first, date_to=last, topic=topic)
        return command(*arguments, filters=filters, **others)

    for option in reversed(_OPTIONS):
        collected = option(collected)
    return collected


def _day(instant: datetime | None) -> date | None:
    return instant.date() if instant else None
