"""The bytes in the archive are the bytes on the wire, whatever a server does."""

from __future__ import annotations

import gzip
import time
from typing import TYPE_CHECKING

import pytest

from archive.wire import decode_body, header

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Crawled = Peer = Any  # of conftest.py, which cannot be imported by name

HTML = b"<html><title>News</title><p>caf\xc3\xa9</p></html>"
SOUND = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(HTML) + HTML
PACKED = gzip.compress(HTML, mtime=0)

ODD = {
    "/sound": [SOUND],
    "/empty": [b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"],
    "/cookies": [
        b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nSET-COOKIE: c=3\r\nX-B: 1\r\nX-A: 2\r\n"
        b"x-b: 3\r\nContent-Length: 2\r\n\r\nok"
    ],
    "/latin1": [b"HTTP/1.1 200 OK\r\nX-Author: Ren\xe9\r\nContent-Length: 2\r\n\r\nok"],
    "/folded": [b"HTTP/1.1 200 OK\r\nX-Long: one\r\n  two\r\n\tthree\r\nContent-Length: 2\r\n\r\nok"],
    "/colonless": [b"HTTP/1.1 200 OK\r\nthis is no field\r\nContent-Length: 2\r\n\r\nok"],
    "/lf": [b"HTTP/1.1 200 OK\nContent-Type: text/html\nContent-Length: 2\n\nok"],
    "/reason": [b"HTTP/1.1 200 D'accord, trouv\xe9 :)\r\nContent-Length: 2\r\n\r\nok"],
    "/noreason": [b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok"],
    "/longline": [b"HTTP/1.1 200 OK\r\nContent-Security-Policy: " + b"x" * 60_000
        + b"\r\nContent-Length: 2\r\n\r\nok"],
    "/chunked": [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"7;a=b\r\n" + HTML[:7] + b"\r\n",
        0.05,
        b"%X\r\n" % (len(HTML) - 7) + HTML[7:] + b"\r\n0\r\nX-Trailer: yes\r\n\r\n",
    ],
    "/gzip-chunked": [
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
        + b"a;x\r\n" + PACKED[:10] + b"\r\n%x\r\n" % (len(PACKED) - 10) + PACKED[10:] + b"\r\n0\r\n\r\n"
    ],
    "/missing": [b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone"],
    "/broken": [b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n"],
    "/moved": [b"HTTP/1.1 301 Moved\r\nLocation: /sound\r\nContent-Length: 0\r\n\r\n"],
    "/unchanged": [b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n"],
    "/bytewise": [SOUND[at : at + 1] for at in range(len(SOUND))],
    "/until-close": [b"HTTP/1.0 200 OK\r\n\r\n" + HTML, "close"],
}  # fmt: skip


def bodies_read(crawled: Crawled) -> dict[str, bytes]:
    return {
        "/" + exchange.url.rsplit("/", 1)[1]: decode_body(exchange.headers, exchange.body, 10**6).content
        for exchange in crawled.exchanges
    }


def test_blocks_are_the_bytes_on_the_wire(crawl: Callable[..., Crawled], either_peer: Peer) -> None:
    server = either_peer
    server.pages = dict(ODD)
    crawled = crawl(*[server.url(path) for path in ODD])
    assert [exchange.request for exchange in crawled.exchanges] == [one.request for one in server.log]
    assert [exchange.response for exchange in crawled.exchanges] == [one.sent for one in server.log]
    assert len(crawled.exchanges) == len(ODD)
    assert {row["error"] for row in crawled.outcomes} == {None}
    assert {(row["body"], row["kind"]) for row in crawled.outcomes} == {(0, "Response")}
    assert b"warraq" not in b"".join(one.request for one in server.log).lower()
    assert {exchange.ip for exchange in crawled.exchanges} == {"127.0.0.1"}
    bodies = bodies_read(crawled)
    for path in ("/sound", "/chunked", "/gzip-chunked", "/bytewise", "/until-close"):
        assert bodies[path] == HTML
    assert [row["response"] for row in crawled.outcomes] == [
        exchange.status for exchange in crawled.exchanges
    ]
    assert [exchange.provenance.hops for exchange in crawled.exchanges] == list(range(len(ODD)))
    assert [exchange.started for exchange in crawled.exchanges] == sorted(
        e.started for e in crawled.exchanges
    )
    assert set(server.alpn) == ({"http/1.1"} if server.tls else set())


def test_interim_responses_stand_apart(crawl: Callable[..., Crawled], peer: Peer) -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"
    peer.pages = {"/hints": [hints, 0.05, hints + SOUND]}
    [exchange] = crawl(peer.url("/hints")).exchanges
    assert exchange.interim == (hints, hints)
    assert exchange.response == SOUND
    assert b"".join(exchange.interim) + exchange.response == peer.log[0].sent


def test_methods_and_bodies(crawl: Callable[..., Crawled], peer: Peer) -> None:
    peer.pages = {"/head": [b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"], "/post": [SOUND]}
    crawled = crawl(
        {"url": peer.url("/head"), "method": "HEAD"},
        {"url": peer.url("/post"), "method": "POST", "body": "q=1", "headers": {"X-Twice": ["1", "2"]}},
    )
    assert [exchange.request for exchange in crawled.exchanges] == [one.request for one in peer.log]
    head, post = crawled.exchanges
    assert (head.status, head.body, head.error) == (200, b"", None)
    assert post.request.endswith(b"\r\n\r\nq=1")
    assert post.request.count(b"X-Twice") == 2


def test_the_hidden_second_sending_is_an_attempt_too(crawl: Callable[..., Crawled], peer: Peer) -> None:
    """Twisted finds the kept connection closed, and sends the request again by itself."""
    peer.pages = {"/first": [SOUND], "/second": ["close"]}
    real = peer.pages

    class Twice(dict[str, list[object]]):
        """Closes the connection at the second request, answers it when it comes again."""

        def __getitem__(self, path: str) -> list[object]:
            if path == "/second" and len(peer.served("/second")) == 2:
                return [SOUND]
            return list(real[path])

    peer.pages = Twice(real)  # type: ignore[assignment]
    crawled = crawl(peer.url("/first"), peer.url("/second"))
    assert [exchange.request for exchange in crawled.exchanges] == [one.request for one in peer.log]
    assert [exchange.response for exchange in crawled.exchanges] == [SOUND, b"", SOUND]
    lost, answered = crawled.of("/second")
    assert (lost.error, lost.status, answered.error, answered.status) == ("truncated", None, None, 200)
    assert lost.started < answered.started
    assert crawled.outcome("/second")["response"] == 200
    assert peer.log[0].connection == peer.log[1].connection != peer.log[2].connection


def test_one_connection_serves_many(crawl: Callable[..., Crawled], peer: Peer) -> None:
    peer.pages = {f"/{rank}": [SOUND] for rank in range(5)}
    crawl(*[peer.url(f"/{rank}") for rank in range(5)])
    assert peer.connections == 1


@pytest.mark.parametrize(
    ("sent", "truncated", "error"),
    [
        pytest.param([SOUND[:-5], "close"], "disconnect", "truncated", id="shorter than its length"),
        pytest.param([SOUND[:-5], 0.2, "reset"], "disconnect", "truncated", id="reset"),
        pytest.param(
            [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", "close"],
            "disconnect",
            "truncated",
            id="within a chunk",
        ),
        pytest.param([SOUND[:30], "close"], "disconnect", "truncated", id="within the head"),
        pytest.param(["close"], None, "truncated", id="no answer"),
        pytest.param([b"\x00garbage\r\n\r\n", "close"], "disconnect", "malformed", id="no HTTP"),
        pytest.param([SOUND[:-5], "hold"], "time", "timeout", id="stops within the body"),
        pytest.param([SOUND[:30], "hold"], "time", "timeout", id="stops within the head"),
        pytest.param(["hold"], None, "timeout", id="never answers"),
    ],
)
def test_what_breaks_off_is_kept(
    sent: list[object],
    truncated: str | None,
    error: str,
    crawl: Callable[..., Crawled],
    either_peer: Peer,
) -> None:
    server = either_peer
    server.pages = {"/page": sent}  # type: ignore[dict-item]
    crawled = crawl(server.url("/page"), DOWNLOAD_TIMEOUT=0.5)
    [exchange] = crawled.exchanges
    assert exchange.request == server.log[0].request
    assert exchange.response == server.log[0].sent
    assert (exchange.truncated, exchange.error) == (truncated, error)
    assert exchange.error_detail
    outcome = crawled.outcome("/page")
    assert (outcome["error"], outcome["truncated"]) == (error, truncated)
    assert "failure" in outcome


def test_a_reset_within_a_body_of_no_length_is_told(crawl: Callable[..., Crawled], peer: Peer) -> None:
    peer.pages = {"/page": [b"HTTP/1.1 200 OK\r\n\r\n" + HTML[:9], 0.2, "reset"]}
    crawled = crawl(peer.url("/page"))
    [exchange] = crawled.exchanges
    assert (exchange.truncated, exchange.error, exchange.body) == ("disconnect", "truncated", HTML[:9])


@pytest.mark.parametrize("framing", ["length", "chunked", "none"])
def test_a_body_too_large_is_cut_and_not_read_on(
    framing: str, crawl: Callable[..., Crawled], either_peer: Peer
) -> None:
    server, piece = either_peer, b"x" * 65536
    head = {
        "length": b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n",
        "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "none": b"HTTP/1.1 200 OK\r\n\r\n",
    }[framing]
    if framing == "chunked":
        piece = b"%x\r\n%s\r\n" % (len(piece), piece)
    server.pages = {"/big": [head, *[piece] * 500], "/sound": [SOUND]}
    crawled = crawl(server.url("/big"), server.url("/sound"), WARRAQ_MAX_BODY=100_000)
    [exchange] = crawled.of("/big")
    assert len(exchange.response) == len(head) + 100_000
    assert exchange.response == (head + piece * 2)[: len(head) + 100_000]
    assert (exchange.truncated, exchange.error, exchange.status) == ("length", "too_large", 200)
    outcome = crawled.outcome("/big")
    assert (outcome["response"], outcome["truncated"], outcome["error"]) == (200, "length", "too_large")
    assert len(server.log[0].sent) < 25 << 20  # most of it was never asked for
    assert crawled.outcome("/sound")["error"] is None


def test_a_body_just_within_the_limit_is_whole(crawl: Callable[..., Crawled], peer: Peer) -> None:
    page = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + b"x" * 5000
    peer.pages = {"/page": [page]}
    [exchange] = crawl(peer.url("/page"), WARRAQ_MAX_BODY=5000).exchanges
    assert (exchange.response, exchange.truncated, exchange.error) == (page, None, None)
    [exchange] = crawl(peer.url("/page"), WARRAQ_MAX_BODY=4999).exchanges
    assert (exchange.response, exchange.truncated, exchange.error) == (page[:-1], "length", "too_large")


def test_an_endless_head_is_given_up(crawl: Callable[..., Crawled], peer: Peer) -> None:
    peer.pages = {"/page": [b"HTTP/1.1 200 OK\r\n", *[b"X-Fill: " + b"x" * 8000 + b"\r\n"] * 2000]}
    [exchange] = crawl(peer.url("/page"), WARRAQ_MAX_BODY=1 << 30).exchanges
    assert (exchange.truncated, exchange.error) == ("length", "too_large")
    assert len(peer.log[0].sent) < 12 << 20


@pytest.mark.slow
def test_a_crawl_stopped_gently_ends_what_it_began(crawl: Callable[..., Crawled], peer: Peer) -> None:
    peer.pages = {"/slow": [SOUND[:-5], 4.0, SOUND[-5:]], "/never": [SOUND]}
    crawled = crawl(peer.url("/slow"), peer.url("/never"), interrupts=(2.5,))
    assert [exchange.response for exchange in crawled.exchanges] == [SOUND]


@pytest.mark.slow
def test_a_crawl_stopped_by_force_leaves_sound_files(crawl: Callable[..., Crawled], peer: Peer) -> None:
    peer.pages = {"/sound": [SOUND], "/stuck": [SOUND[:-5], "hold"]}
    began = time.monotonic()
    crawled = crawl(peer.url("/sound"), peer.url("/stuck"), interrupts=(2.5, 0.5))
    assert [exchange.response for exchange in crawled.exchanges] == [SOUND]
    assert time.monotonic() - began < 30
    assert "Traceback" not in crawled.log


def test_a_connection_that_fails_leaves_no_record(crawl: Callable[..., Crawled], peer: Peer) -> None:
    gone = peer.url("/page")
    peer.stop()
    crawled = crawl(gone, "http://nowhere.invalid/page2")
    assert crawled.exchanges == []
    assert (crawled.outcome("/page")["error"], crawled.outcome("/page")["sent"]) == ("connect", 0)
    assert (crawled.outcome("/page2")["error"], crawled.outcome("/page2")["sent"]) == ("dns", 0)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_private_address_is_refused(host: str, crawl: Callable[..., Crawled], peer: Peer) -> None:
    peer.pages = {"/page": [SOUND]}
    crawled = crawl(peer.url("/page", host), WARRAQ_ALLOWED_HOSTS=["named.test"])
    assert (peer.connections, crawled.exchanges) == (0, [])
    outcome = crawled.outcome("/page")
    assert (outcome["error"], outcome["failure"]) == ("private_address", "PrivateAddressError")
    assert "127.0.0.1" in outcome["detail"]


@pytest.mark.parametrize("resolver", ["CachingThreadedResolver", "CachingHostnameResolver"])
def test_a_host_that_is_none_is_a_fault_of_its_url_alone(
    resolver: str, crawl: Callable[..., Crawled], peer: Peer
) -> None:
    peer.pages = {"/sound": [SOUND]}
    odd = {
        f"http://{'a' * 70}.test/long": "dns",
        "http://a..b/dots": "dns",
        "http://under_score.invalid/score": "dns",
        "http://[::1]:9/six": "private_address",
        "http://2130706433/number": "private_address",
        "http://0x7f.1/hexadecimal": "private_address",
        "http://169.254.169.254/metadata": "private_address",
        "http://[::ffff:10.0.0.1]/mapped": "private_address",
    }
    crawled = crawl(*odd, peer.url("/sound"), DNS_RESOLVER=f"scrapy.resolver.{resolver}")
    found = {row["url"]: row["error"] for row in crawled.outcomes if row["error"]}
    assert found == odd
    assert [exchange.status for exchange in crawled.exchanges] == [200]


def test_a_redirect_inherits_no_exchange(crawl: Callable[..., Crawled], peer: Peer) -> None:
    peer.pages = {"/moved": ODD["/moved"], "/sound": [SOUND]}  # type: ignore[dict-item]
    crawled = crawl(
        peer.url("/moved"),
        DOWNLOADER_MIDDLEWARES={"scrapy.downloadermiddlewares.redirect.RedirectMiddleware": 600},
        REDIRECT_ENABLED=True,
    )
    moved, sound = crawled.exchanges
    assert (moved.status, header(moved.headers, "Location"), sound.status) == (301, b"/sound", 200)
    assert crawled.outcome("/sound")["response"] == 200
