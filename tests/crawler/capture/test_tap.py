"""The tap's protocol alone, on a transport in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.testing import StringTransport
from twisted.web._newclient import Request
from twisted.web.http_headers import Headers

from crawler.capture.addresses import PrivateAddressError
from crawler.capture.tap import MARKER, Download, TappedFactory, TappedProtocol

if TYPE_CHECKING:
    from twisted.python.failure import Failure


def connected(download: Download, address: str) -> tuple[TappedProtocol, StringTransport]:
    protocol = TappedFactory({b"1": download}, lambda _: None, "").buildProtocol(None)
    transport = StringTransport(peerAddress=IPv4Address("TCP", address, 80))
    protocol.makeConnection(transport)
    return protocol, transport


def request() -> Request:
    return Request(b"GET", b"/", Headers({b"Host": [b"news.test"], MARKER: [b"1"]}), None, persistent=True)


def test_what_is_written_is_what_is_kept() -> None:
    download = Download(max_body=1000, proxied=False, private_allowed=False)
    protocol, transport = connected(download, "8.8.8.8")
    protocol.request(request())
    [attempt] = download.attempts
    assert transport.value() == attempt.request == b"GET / HTTP/1.1\r\nHost: news.test\r\n\r\n"
    protocol.dataReceived(b"HTTP/1.1 204 No\r\n")
    protocol.dataReceived(b"\r\n")
    protocol.dataReceived(b"HTTP/1.1 408 Too slow\r\n\r\n")  # to no request: the connection idles
    assert attempt.received() == ((), b"HTTP/1.1 204 No\r\n\r\n")
    assert attempt.ip == "8.8.8.8"


@pytest.mark.parametrize(
    ("proxied", "allowed", "sent"), [(False, False, False), (False, True, True), (True, False, True)]
)
def test_a_name_that_moved_to_a_private_address_gets_nothing(
    proxied: bool, allowed: bool, sent: bool
) -> None:
    """The name was public when it was looked up, and another address when it was connected to."""
    download = Download(max_body=1000, proxied=proxied, private_allowed=allowed)
    protocol, transport = connected(download, "10.0.0.1")
    failures: list[Failure] = []
    protocol.request(request()).addErrback(failures.append)
    assert bool(transport.value()) is sent
    assert len(download.attempts) == sent
    assert [type(failure.value) for failure in failures] == ([] if sent else [PrivateAddressError])


def test_a_busy_connection_takes_no_second_request() -> None:
    download = Download(max_body=1000, proxied=False, private_allowed=False)
    protocol, _ = connected(download, "8.8.8.8")
    protocol.request(request())
    failures: list[Failure] = []
    protocol.request(request()).addErrback(failures.append)
    assert failures
    assert len(download.attempts) == 1
