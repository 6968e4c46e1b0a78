"""Exchanges to discover from."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from archive.records import Exchange, Provenance
from crawler.discovery import discover
from settings.app import SourceSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from archive.records import Role
    from crawler.discovery import Discovery

SITE = "https://news.example.org"


@pytest.fixture(scope="session")
def read() -> Callable[..., Discovery]:
    """`read(body, role)`: what a document of the example site gives."""

    def run(
        body: str | bytes,
        role: Role,
        *,
        url: str = f"{SITE}/endpoint",
        type: str = "",
        headers: tuple[tuple[str, str], ...] = (),
        status: int | None = 200,
        hops: int = 0,
        source: SourceSettings | None = None,
    ) -> Discovery:
        fields = [("Content-Type", type)] if type else []
        exchange = Exchange(
            url=url,
            started=datetime(2026, 1, 1, tzinfo=UTC),
            request=b"",
            status=status,
            headers=tuple((name.encode(), value.encode()) for name, value in (*fields, *headers)),
            body=body.encode() if isinstance(body, str) else body,
            provenance=Provenance(role=role, hops=hops),
        )
        return discover(exchange, source or SourceSettings(name="example", url=f"{SITE}/"))

    return run
