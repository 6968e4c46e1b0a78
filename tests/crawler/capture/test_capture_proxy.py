"""Through a proxy: absolute form as sent, tunnels as if there were none."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from archive.wire import decode_body

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Any

    Crawled = Peer = Any  # of conftest.py, which cannot be imported by name

PAGE = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x\r\nok\r\n0\r\n\r\n"


def test_a_request_in_absolute_form_is_kept_as_sent(crawl: Callable[..., Crawled], peer: Peer) -> None:
    peer.pages = {"/page": [PAGE]}
    crawled = crawl("http://news.test/page", environment={"http_proxy": f"http://127.0.0.1:{peer.port}"})
    [exchange] = crawled.exchanges
    assert exchange.request == peer.log[0].request
    assert exchange.request.startswith(b"GET http://news.test/page HTTP/1.1\r\n")
    assert (exchange.response, exchange.body, exchange.ip) == (PAGE, b"ok", None)


def test_a_tunnel_is_not_recorded(
    crawl: Callable[..., Crawled], tls_peer: Callable[..., tuple[Peer, Path]]
) -> None:
    server, authority = tls_peer("news.test")
    server.pages = {"CONNECT": [b""], "/page": [PAGE], "/next": [PAGE]}
    crawled = crawl(
        "https://news.test/page",
        "https://news.test/next",
        environment={"https_proxy": f"http://127.0.0.1:{server.port}", "SSL_CERT_FILE": str(authority)},
        WARRAQ_TLS="refuse",
    )
    assert len(server.connects) == 1
    assert [exchange.request for exchange in crawled.exchanges] == [one.request for one in server.log]
    assert [exchange.response for exchange in crawled.exchanges] == [PAGE, PAGE]
    assert {exchange.ip for exchange in crawled.exchanges} == {None}
    assert {exchange.tls_fault for exchange in crawled.exchanges} == {None}
    assert set(server.alpn) == {"http/1.1"}


def test_a_fault_within_a_tunnel_is_told(
    crawl: Callable[..., Crawled], tls_peer: Callable[..., tuple[Peer, Path]]
) -> None:
    server, authority = tls_peer("other.test")
    server.pages = {"CONNECT": [b""], "/page": [PAGE]}
    proxied = {"https_proxy": f"http://127.0.0.1:{server.port}", "SSL_CERT_FILE": str(authority)}
    [exchange] = crawl("https://news.test/page", environment=proxied).exchanges
    assert exchange.tls_fault == "certificate not for news.test"
    crawled = crawl("https://news.test/page", environment=proxied, WARRAQ_TLS="refuse")
    assert crawled.exchanges == []
    assert (crawled.outcome("/page")["error"], crawled.outcome("/page")["sent"]) == ("tls", 0)


def test_the_proxy_s_password_is_not_archived(crawl: Callable[..., Crawled], peer: Peer) -> None:
    peer.pages = {"/page": [PAGE]}
    crawled = crawl(
        "http://news.test/page", environment={"http_proxy": f"http://me:secret@127.0.0.1:{peer.port}"}
    )
    [exchange] = crawled.exchanges
    sent = peer.log[0].request
    lines = [line for line in sent.split(b"\r\n") if not line.lower().startswith(b"proxy-authorization:")]
    assert exchange.request == b"\r\n".join(lines) != sent


def test_a_proxy_that_is_not_there(crawl: Callable[..., Crawled], peer: Peer) -> None:
    peer.stop()
    proxy = f"http://127.0.0.1:{peer.port}"
    crawled = crawl(
        "http://news.test/a", "https://news.test/b", environment={"http_proxy": proxy, "https_proxy": proxy}
    )
    assert [row["error"] for row in crawled.outcomes] == ["connect", "connect"]


@pytest.fixture
def newsweb(shared: Path, tmp_path: Path) -> Iterator[str]:
    """A proxy that is the origin of real pages and of hosts made of trouble."""
    ready = tmp_path / "ready"
    server = subprocess.Popen(
        [sys.executable, shared / "newsweb" / "serve.py", "--port", "0", "--ready", ready],
        stdout=subprocess.DEVNULL,
    )
    try:
        for _ in range(200):
            if ready.exists() and ready.read_text():
                break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{ready.read_text()}"
    finally:
        server.terminate()
        server.wait(10)


def asked(proxy: str, path: str) -> Any:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": proxy}))
    with opener.open(f"http://control.test{path}", timeout=20) as answer:
        return json.load(answer)


@pytest.mark.slow
def test_every_exchange_with_real_pages_is_there(
    crawl: Callable[..., Crawled], newsweb: str, shared: Path
) -> None:
    hosts = asked(newsweb, "/hosts")
    trouble = ("reset.test", "short.test", "gone.test", "loop.test", "moved.test", "hdr.test", "bomb.test")
    real = [host for host in hosts if not host.endswith(".test")][:40]
    urls = [f"https://{host}{targets[0]}" for host, targets in hosts.items() if host in {*real, *trouble}]
    urls += [f"http://{host}/robots.txt" for host in real]
    crawled = crawl(
        *urls,
        environment={"http_proxy": newsweb, "https_proxy": newsweb, "no_proxy": ""},
        CONCURRENT_REQUESTS=16,
    )
    log = asked(newsweb, "/log")
    there = Counter((one.url, one.status) for one in crawled.exchanges)
    logged = Counter(
        (f"http{'s' if row['https'] else ''}://{row['host']}{row['target']}", row["status"]) for row in log
    )
    assert there == logged
    assert len(crawled.outcomes) == len(urls)
    errors = {urlsplit(row["url"]).hostname: row["error"] for row in crawled.outcomes if row["error"]}
    assert errors == {"reset.test": "truncated", "short.test": "truncated"}
    [bomb] = [one for one in crawled.exchanges if "bomb.test" in one.url]
    assert decode_body(bomb.headers, bomb.body, 1 << 20).truncated
