"""Certificates: checked always, their faults recorded or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    Crawled = Peer = Any  # of conftest.py, which cannot be imported by name

PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
@pytest.mark.parametrize("policy", ["record", "refuse"])
def test_a_sound_certificate_passes(
    policy: str, host: str, crawl: Callable[..., Crawled], tls_peer: Callable[..., tuple[Peer, Path]]
) -> None:
    server, authority = tls_peer()
    server.pages = {"/page": [PAGE]}
    crawled = crawl(
        server.url("/page", host), environment={"SSL_CERT_FILE": str(authority)}, WARRAQ_TLS=policy
    )
    [exchange] = crawled.exchanges
    assert (exchange.tls_fault, exchange.error, exchange.body) == (None, None, b"ok")


FAULTS = [
    pytest.param({}, False, "unknown issuer", id="unknown issuer"),
    pytest.param({"valid_days": -1}, True, "expired", id="expired"),
    pytest.param({"host": "other.test"}, True, "not for localhost", id="of another host"),
]


@pytest.mark.parametrize(("certificate", "trusted", "fault"), FAULTS)
def test_a_faulty_certificate_is_recorded(
    certificate: dict[str, Any],
    trusted: bool,
    fault: str,
    crawl: Callable[..., Crawled],
    tls_peer: Callable[..., tuple[Peer, Path]],
) -> None:
    server, authority = tls_peer(**certificate)
    server.pages = {"/page": [PAGE], "/next": [PAGE]}
    crawled = crawl(
        server.url("/page", "localhost"),
        server.url("/next", "localhost"),
        environment={"SSL_CERT_FILE": str(authority)} if trusted else {},
    )
    for exchange in crawled.exchanges:
        assert exchange.body == b"ok"
        assert exchange.error is None
        assert fault in exchange.tls_fault
    assert len(crawled.exchanges) == 2
    assert server.connections == 1  # the second request on the first one's connection tells it too


@pytest.mark.parametrize(("certificate", "trusted", "fault"), FAULTS)
def test_a_faulty_certificate_is_refused(
    certificate: dict[str, Any],
    trusted: bool,
    fault: str,
    crawl: Callable[..., Crawled],
    tls_peer: Callable[..., tuple[Peer, Path]],
) -> None:
    server, authority = tls_peer(**certificate)
    server.pages = {"/page": [PAGE]}
    crawled = crawl(
        server.url("/page", "localhost"),
        environment={"SSL_CERT_FILE": str(authority)} if trusted else {},
        WARRAQ_TLS="refuse",
    )
    assert (crawled.exchanges, server.log) == ([], [])  # the request was never sent
    outcome = crawled.outcome("/page")
    assert outcome["error"] == "tls"
    assert fault in outcome["detail"]


def test_what_is_no_tls_is_named(crawl: Callable[..., Crawled], peer: Peer) -> None:
    peer.pages = {}
    crawled = crawl(peer.url("/page").replace("http:", "https:"), DOWNLOAD_TIMEOUT=2)
    assert crawled.exchanges == []
    assert crawled.outcome("/page")["error"] in {"tls", "timeout"}
