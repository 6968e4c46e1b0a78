"""Exchanges to write and read back: one by hand, and any that the wire may give."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, get_args

import pytest
from hypothesis import strategies as st

from archive.records import ErrorKind, Exchange, Provenance, Role, Truncation
from archive.warc.writer import WarcWriter
from archive.wire import parse_response

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PAGE = b"<html><title>News</title><p>\xd8\xae\xd8\xa8\xd8\xb1</p></html>" * 20
RESPONSE = (
    b"HTTP/1.1 200 D'accord\xe9\r\nServer: x\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nno colon\r\n"
    b"Content-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(PAGE)
) + PAGE
REQUEST = b"GET /news HTTP/1.1\r\nHost: news.test\r\nUser-Agent: warraq\r\n\r\n"


def exchange_of(request: bytes, response: bytes, **fields: object) -> Exchange:
    """An exchange as the tap makes it: what the blocks say is read from them."""
    parsed = parse_response(response, head_only=request.startswith(b"HEAD ")) if response else None
    return Exchange(
        request=request,
        response=response,
        status=parsed.status if parsed else None,
        reason=parsed.reason if parsed else b"",
        headers=parsed.headers if parsed else (),
        body=parsed.body if parsed else b"",
        **fields,  # type: ignore[arg-type]
    )


def page_of(url: str = "https://news.test/news?id=1", response: bytes = RESPONSE) -> Exchange:
    """A page as a server sent it."""
    return exchange_of(
        REQUEST,
        response,
        url=url,
        started=datetime(2026, 1, 2, 3, 4, 5, 678901, UTC),
        interim=(b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n",),
        ip="192.0.2.7",
        elapsed_ms=123,
        tls_fault="certificate expired",
        provenance=Provenance(
            role="page",
            source="news",
            via="https://news.test/feed",
            hops=2,
            title=" خبر \n second line\\n",
            published="2026-01-02T03:04:05+02:00",
            prune_xpath=("//aside", "//*[@class='a\\b']"),
        ),
    )


TEXTS = st.text(max_size=30) | st.text(alphabet="\\u0041n\r\n \t\u2028\ud800\x00%", max_size=12)
COUNTS = st.integers(min_value=0, max_value=1 << 40)
PROVENANCES = st.builds(
    Provenance,
    role=st.sampled_from(get_args(Role)),
    source=st.none() | TEXTS,
    via=st.none() | TEXTS,
    hops=COUNTS,
    attempt=COUNTS,
    redirects=COUNTS,
    title=st.none() | TEXTS,
    published=st.none() | TEXTS,
    modified=st.none() | TEXTS,
    section=st.none() | TEXTS,
    timezone=st.none() | TEXTS,
    language=st.none() | TEXTS,
    prune_xpath=st.lists(TEXTS, max_size=3).map(tuple),
)
INSTANTS = st.timedeltas(timedelta(0), timedelta(days=40_000)).map(
    lambda since: datetime(1990, 1, 1, tzinfo=UTC) + since
)
HEADS = st.sampled_from(
    [
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;x\r\nabcd\r\n0\r\nT: 1\r\n\r\n",
        b"HTTP/1.0 301\nLocation: /x\n\n",
        b"HTTP/1.1 200 \xe9\r\nContent-Length: 3\r\nbad\r\n fold\r\n\r\nabc",
        b"",
    ]
)


@st.composite
def exchanges(draw: st.DrawFn) -> Exchange:
    """Any exchange something of which was on the wire."""
    request = draw(st.sampled_from([REQUEST, b"HEAD / HTTP/1.1\r\n\r\n", b"POST / HTTP/1.1\r\n\r\n\xff\x00"]))
    path = draw(st.text(st.characters(exclude_categories=["C", "Z"]), max_size=20))
    return exchange_of(
        request,
        draw(HEADS) + draw(st.binary(max_size=60)),
        url=f"https://news.test/{path}",
        started=draw(INSTANTS),
        interim=tuple(draw(st.lists(st.binary(max_size=20), max_size=2))),
        ip=draw(st.none() | st.ip_addresses().map(str)),
        elapsed_ms=draw(COUNTS),
        truncated=draw(st.none() | st.sampled_from(get_args(Truncation))),
        error=draw(st.none() | st.sampled_from(get_args(ErrorKind))),
        error_detail=draw(st.none() | TEXTS),
        tls_fault=draw(st.none() | TEXTS),
        provenance=draw(PROVENANCES),
    )


@pytest.fixture
def any_exchange() -> st.SearchStrategy[Exchange]:
    """Any exchange something of which was on the wire."""
    return exchanges()


@pytest.fixture
def page() -> Exchange:
    """A page as a server sent it."""
    return page_of()


@pytest.fixture
def make_page() -> Callable[..., Exchange]:
    """A page by its URL and its response."""
    return page_of


@pytest.fixture
def pages() -> Callable[[int], list[Exchange]]:
    """So many different pages, an instant apart."""

    def make(number: int) -> list[Exchange]:
        return [
            exchange_of(
                REQUEST,
                b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\npage %06d" % rank,
                url=f"https://news.test/{rank}",
                started=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=rank),
            )
            for rank in range(number)
        ]

    return make


@pytest.fixture
def new_writer(tmp_path: Path) -> Callable[..., WarcWriter]:
    """A writer into `tmp_path / "warc"`."""

    def make(max_bytes: int = 10**9) -> WarcWriter:
        return WarcWriter(
            tmp_path / "warc", prefix="test", info={"software": "warraq/test"}, max_bytes=max_bytes
        )

    return make
