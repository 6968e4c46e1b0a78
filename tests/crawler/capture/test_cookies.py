"""Cookies let a crawl through walls, go to no other site, and are bounded."""

from __future__ import annotations

import pytest
from scrapy import Request
from scrapy.http import Response

from crawler.capture.cookies import MAX_COOKIES, MAX_DOMAIN_BYTES, MAX_DOMAINS, OfflineCookiesMiddleware


@pytest.fixture
def cookies() -> OfflineCookiesMiddleware:
    return OfflineCookiesMiddleware()


def sets(cookies: OfflineCookiesMiddleware, url: str, *fields: str) -> None:
    response = Response(url, headers={"Set-Cookie": list(fields)} if fields else {})
    cookies.process_response(Request(url), response)


def sent(cookies: OfflineCookiesMiddleware, url: str) -> str:
    request = Request(url)
    cookies.process_request(request)
    return (request.headers.get("Cookie") or b"").decode()


def test_a_site_gets_back_what_it_set(cookies: OfflineCookiesMiddleware) -> None:
    sets(cookies, "https://news.test/a", "seen=1; Path=/", "theme=dark; Domain=news.test; Path=/")
    assert sent(cookies, "https://news.test/b") == "seen=1; theme=dark"
    assert sent(cookies, "https://www.news.test/b") == "theme=dark"
    assert sent(cookies, "https://news.test/b") == "seen=1; theme=dark", "and is not changed by being asked"


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/", "http://localhost:8000/"])
def test_a_host_without_a_domain_does_so_too(cookies: OfflineCookiesMiddleware, url: str) -> None:
    sets(cookies, url, "seen=1; Path=/")
    assert sent(cookies, url) == "seen=1"


@pytest.mark.parametrize(
    "field",
    ["id=1", "id=1; Domain=news.test", "id=1; Domain=other.test", "id=1; Domain=.test", "id=1; Domain=co.uk"],
)
@pytest.mark.parametrize("setter", ["https://news.test/", "https://news.co.uk/"])
def test_no_other_site_gets_it(cookies: OfflineCookiesMiddleware, setter: str, field: str) -> None:
    sets(cookies, setter, field)
    for other in ("https://other.test/", "https://other.co.uk/", "https://news.test.evil.example/"):
        assert sent(cookies, other) == ""


def test_those_of_one_domain_are_bounded_and_the_newest_stay(cookies: OfflineCookiesMiddleware) -> None:
    for number in range(3 * MAX_COOKIES):
        sets(cookies, "https://news.test/", f"c{number}=1; Path=/")
    names = sent(cookies, "https://news.test/").split("; ")
    assert names == [f"c{number}=1" for number in range(2 * MAX_COOKIES, 3 * MAX_COOKIES)]


def test_what_is_sent_back_never_outgrows_a_request(cookies: OfflineCookiesMiddleware) -> None:
    sets(cookies, "https://news.test/", "seen=1; Path=/", "huge=" + "x" * (MAX_DOMAIN_BYTES + 1))
    assert sent(cookies, "https://news.test/") == "seen=1"
    for number in range(20):
        sets(cookies, "https://news.test/", f"c{number:02}=" + "x" * (MAX_DOMAIN_BYTES // 10))
    assert MAX_DOMAIN_BYTES // 2 < len(sent(cookies, "https://news.test/")) < MAX_DOMAIN_BYTES + 100
    assert "c19=" in sent(cookies, "https://news.test/")


def test_the_domains_are_bounded_and_those_in_use_stay(cookies: OfflineCookiesMiddleware) -> None:
    for number in range(MAX_DOMAINS + 100):
        sets(cookies, f"https://host{number}.test/", "id=1; Path=/")
        if number % 1000 == 0:
            sets(cookies, "https://busy.test/", "id=1; Path=/")
    jar = cookies.jars[None]
    assert len(jar) == MAX_DOMAINS
    assert sent(cookies, "https://busy.test/") == "id=1"
    assert sent(cookies, "https://host0.test/") == ""
    assert sent(cookies, f"https://host{MAX_DOMAINS + 99}.test/") == "id=1"
