"""The private names that the tap stands on: where Scrapy or Twisted move them, this fails and says which."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import scrapy
from scrapy.core.downloader.handlers import http11
from twisted.web import _newclient, http
from twisted.web.client import HTTPConnectionPool
from twisted.web.http_headers import Headers

from crawler.capture import tap

if TYPE_CHECKING:
    from twisted.python.failure import Failure


def parameters(function: object) -> list[str]:
    assert callable(function)
    return list(inspect.signature(function).parameters)


def test_scrapy_is_the_one_that_was_read() -> None:
    assert scrapy.version_info[:2] == (2, 19), (
        "the tap was written against Scrapy 2.19: read its http11.py again, then move this line"
    )


def test_the_pool_makes_its_connections_by_our_factory() -> None:
    """`_newConnection` calls `self._factory(quiescentCallback, metadata)`."""
    source = inspect.getsource(HTTPConnectionPool._newConnection)
    assert "self._factory(quiescentCallback," in source
    assert parameters(tap.TappedFactory.buildProtocol) == parameters(
        http11._LenientHTTP11ClientFactory.buildProtocol
    )
    assert "_quiescentCallback" in inspect.getsource(http11._LenientHTTP11ClientFactory.buildProtocol)


def test_scrapy_s_handler_has_what_is_replaced_in_it() -> None:
    source = inspect.getsource(http11.HTTP11DownloadHandler)
    for name in ("self._pool._factory = ", "self._contextFactory", "pool=self._pool", "self._crawler"):
        assert name in source, name
    for name in ("download_maxsize", "download_warnsize"):
        assert f'meta.get("{name}"' in inspect.getsource(http11._ScrapyAgent._cb_bodyready)
    assert parameters(http11.HTTP11DownloadHandler.download_request) == ["self", "request"]


def test_the_protocol_has_what_is_overridden_in_it() -> None:
    base = http11._LenientHTTP11ClientProtocol
    assert issubclass(base, _newclient.HTTP11ClientProtocol)
    for name in ("request", "dataReceived"):
        assert len(parameters(getattr(base, name))) == 2, name
    assert callable(base.connectionLost)
    assert isinstance(inspect.getattr_static(base, "state"), property)
    source = inspect.getsource(_newclient.HTTP11ClientProtocol.request)
    assert "request.writeTo(self.transport)" in source
    assert "self._parser = HTTPClientParser(" in source
    assert 'self._state != "QUIESCENT"' in source
    assert parameters(_newclient.Request.__init__)[1:] == [
        "method", "uri", "headers", "bodyProducer", "persistent"
    ]  # fmt: skip


def test_the_parser_has_what_is_overridden_in_it() -> None:
    parser = inspect.getsource(_newclient.HTTPClientParser.allHeadersReceived)
    assert "self.switchToBodyMode(" in parser
    assert parameters(http11._LenientHTTPClientParser.switchToBodyMode) == ["self", "decoder"]
    for decoder in (http._IdentityTransferDecoder, http._ChunkedTransferDecoder):
        assert "self.dataCallback(" in inspect.getsource(decoder)
    assert http11._LenientHTTPClientParser.MAX_LENGTH == 16384


def test_what_the_factory_makes_is_tapped() -> None:
    made = tap.TappedFactory({}, lambda _: None, "").buildProtocol(None)
    assert type(made) is tap.TappedProtocol
    assert made.state == "QUIESCENT"


def test_a_request_that_belongs_to_no_download_is_not_sent() -> None:
    """Where a change made the marker miss its way, nothing would go out unseen, nor the marker with it."""
    made = tap.TappedFactory({}, lambda _: None, "").buildProtocol(None)
    request = _newclient.Request(b"GET", b"/", Headers({tap.MARKER: [b"1"]}), None)
    failed: list[Failure] = []
    made.request(request).addErrback(failed.append)
    assert "belongs to no download" in str(failed[0].value)
