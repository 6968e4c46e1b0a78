from __future__ import annotations

import socket
import string
import timeit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.urls import (
    MAX_URL_LENGTH,
    canonical,
    host,
    is_private,
    normalise,
    origin,
    registrable_domain,
    surt,
)

STORY = "https://news.example.org/2024/05/river-rises/"


@pytest.mark.parametrize(
    "url",
    [
        "http://news.example.org/2024/05/river-rises/",
        "HTTPS://News.Example.ORG:443/2024/05/river-rises/",
        "http://news.example.org:80/2024/05/river-rises/",
        "https://news.example.org./2024/05/river-rises/",
        "https://user:secret@news.example.org/2024/05/river-rises/",
        "  https://news.example.org/2024/05/river-rises/#comments\n",
        "https://news.example.org/2024/05/river-rises/?utm_source=rss&utm_medium=rss&utm_campaign=x",
        "https://news.example.org/2024/05/river-rises/?fbclid=IwAR0x&gclid=1&mc_cid=2",
        "https://news.example.org/2024/05/river-rises/?ref=rss",
        "https://news.example.org/2024/05/river-rises/?UTM_Source=rss",
        "https://news.example.org/2024/05/river-rises/?replytocom=77#respond",
        "https://news.example.org/2024/05/river-rises/?",
        "https://news.example.org/2024/05/river-rises/?&&",
        "https://news.example.org/2024/05/river-rises/amp/",
        "https://news.example.org/2024/05/river-rises/?amp",
        "https://news.example.org/2024/05/river-rises/?amp=1",
        "https://news.example.org/2024/05/river-rises/?outputType=amp",
        "https://news.example.org/amp/2024/05/river-rises/",
        "https://news.example.org/a/../2024/./05/river-rises/",
        "https://news.example.org/2024/05/river%2Drises/",
        "https://news.example.org/2024/05/%72iver-rises/;jsessionid=0A1B",
        "https://news.example.org/2024/%2e%2e/2024/05/river-rises/",
        "https://news.example.org/2024/05/river-rises/?sid=0a1b2c3d4e5f60718293a4b5c6d7e8f9",
        "https://news.example.org/2024/05/river-rises/?CFID=12&CFTOKEN=34-ab",
        "https://news.example.org/(S(k3vjvw45yjnbp2qdjl2xvb55))/2024/05/river-rises/",
    ],
)
def test_one_article_has_one_identity(url: str) -> None:
    if ";jsessionid" in url:
        url = url.replace("/;", ";").replace("0A1B", "0A1B/")
    assert canonical(url) == STORY


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.org", "https://example.org/"),
        ("https://example.org?id=1", "https://example.org/?id=1"),
        ("http://example.org:8080/x", "https://example.org:8080/x"),
        ("https://example.org/x", "https://example.org/x"),
        ("https://example.org/x/", "https://example.org/x/"),
        ("https://www.example.org/x", "https://www.example.org/x"),
        ("https://example.org/?b=2&a=1", "https://example.org/?b=2&a=1"),
        ("https://example.org/?id=7&utm_source=x&page=2", "https://example.org/?id=7&page=2"),
        ("https://example.org/a b|c", "https://example.org/a%20b%7Cc"),
        ("https://example.org/%d8%a7", "https://example.org/%D8%A7"),
        ("https://example.org/ا", "https://example.org/%D8%A7"),
        ("https://example.org/?q=ا", "https://example.org/?q=%D8%A7"),
        ("https://example.org/100%-sure", "https://example.org/100%25-sure"),
        ("https://example.org/%2f", "https://example.org/%2F"),
        ("https://مثال.إختبار/x", "https://xn--mgbh0fb.xn--kgbechtv/x"),
        ("http://[2001:DB8::1]:80/", "https://[2001:db8::1]/"),
        ("http://0x7f.1/", "https://127.0.0.1/"),
        ("https://example.org/?sid=4711", "https://example.org/?sid=4711"),
        ("https://example.org/?session=spring-2026", "https://example.org/?session=spring-2026"),
        ("https://example.org/?sid=20260301120000000001", "https://example.org/?sid=20260301120000000001"),
        ("https://example.org/(S(k3vjvw45yjnbp2qdjl2xvb55))", "https://example.org/"),
        ("https://example.org/(S(short))/x", "https://example.org/(S(short))/x"),
        ("mailto:a@example.org", "mailto:a@example.org"),
        ("file:///tmp/a.html", "file:///tmp/a.html"),
        ("https://example.org:port/", "https://example.org:port/"),
        ("", ""),
    ],
)
def test_canonical_forms(url: str, expected: str) -> None:
    assert canonical(url) == expected


@pytest.mark.parametrize(
    ("twin", "expected"),
    [
        ("https://example.org/river-rises.amp.html", "https://example.org/river-rises.html"),
        ("https://example.org/river-rises.amp", "https://example.org/river-rises"),
        ("https://example.org/story/4711/amp", "https://example.org/story/4711"),
        ("https://amp.example.org/river-rises", "https://www.example.org/river-rises"),
        ("https://amp.sport.example.co.uk/river-rises", "https://sport.example.co.uk/river-rises"),
    ],
)
def test_amp_twins(twin: str, expected: str) -> None:
    assert canonical(twin) == expected


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/tag/amp/",
        "https://example.org/amp",
        "https://example.org/amp/",
        "https://example.org/amp/sport",
        "https://example.org/?amp=250",
        "https://amp.dev/about-this-site",
        "https://amp.com.au/river-rises",
        "https://amp.example.org/",
        "https://example.org/camp/",
        "https://example.org/summer-camp/",
        "https://example.org/?ref=12345",
        "https://example.org/?source=opinion",
        "https://example.org/?utm=1",
        "https://example.org/?page=2",
    ],
)
def test_what_only_looks_like_a_twin_keeps_its_identity(url: str) -> None:
    assert canonical(url) == url


url_text = st.text(
    st.sampled_from(string.ascii_letters + string.digits + ":/?#[]@!$&'()*+,;=%-._~ \\\t\ud800éام。A")
)
url_like = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["http://", "https://", "HTTP://", "//", "", "https:/", "https://user@"]),
        st.sampled_from(
            ["example.org", "amp.example.org", "127.1", "[::1]", "amp.amp.co.uk", "مثال.إختبار", ""]
        )
        | url_text,
        st.sampled_from(["", ":80", ":443", ":0443", ":x"]),
        st.lists(
            st.sampled_from(
                [
                    "/",
                    "amp",
                    "(S(k3vjvw45yjnbp2qdjl2xvb55))",
                    ".amp",
                    ".html",
                    "..",
                    ".",
                    "%2e",
                    "x-1",
                    "%",
                    "%4",
                    "1",
                    ";jsessionid=1",
                ]
            )
            | url_text,
            max_size=8,
        ).map("".join),
        st.sampled_from(["", "?", "?amp=1", "?a=1&utm_x=2", "?%61mp=1"]) | url_text.map("?".__add__),
    ),
)


@pytest.mark.parametrize(
    "path", ["/%2E;jsessionid=1", "/..amp", "/x-1/amp.amp/amp", "/x-1.amp/amp/", "/.;jsessionid=1/a"]
)
def test_what_one_rule_uncovers_another_sees(path: str) -> None:
    once = canonical(f"https://example.org{path}")
    assert canonical(once) == once


@given(st.text() | url_text | url_like)
def test_canonical_is_idempotent_and_takes_any_text(url: str) -> None:
    once = canonical(url)
    assert canonical(once) == once


@given(st.text() | url_text | url_like, st.none() | url_like)
def test_normalise_gives_a_legal_absolute_url_or_none(url: str, base: str | None) -> None:
    found = normalise(url, base)
    if found is not None:
        assert found.startswith(("http://", "https://"))
        assert found.isascii()
        assert not set(found) & set(' "<>\\^`{|}#\t\r\n')
        assert len(found) <= MAX_URL_LENGTH
        assert normalise(found) == found
        assert canonical(found).startswith("https://")


@given(st.text() | url_text | url_like)
def test_parts_take_any_text(url: str) -> None:
    assert host(url) == host(url).lower()
    surt(url)
    is_private(url)
    is_private(host(url))
    if host(url):
        assert origin(url).startswith(("http://", "https://"))
        assert host(url).endswith(registrable_domain(host(url)))


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("story-1", "https://example.org/news/story-1"),
        ("/story-1", "https://example.org/story-1"),
        ("../story-1", "https://example.org/story-1"),
        ("../../../story-1", "https://example.org/story-1"),
        ("?page=2", "https://example.org/news/index?page=2"),
        ("", "https://example.org/news/index?x=1"),
        ("#top", "https://example.org/news/index?x=1"),
        ("//cdn.example.net/a", "https://cdn.example.net/a"),
        (" \n/sto\nry-1 ", "https://example.org/story-1"),
        ("/a b", "https://example.org/a%20b"),
        ("\\story-1", "https://example.org/story-1"),
        ("https:\\\\example.net\\a", "https://example.net/a"),
        ("/مقال", "https://example.org/%D9%85%D9%82%D8%A7%D9%84"),
        ("/%d9%85", "https://example.org/%d9%85"),
        ("/50%-off", "https://example.org/50%-off"),
        ("http://EXAMPLE.net:80", "http://example.net/"),
        ("http://example.net:8080/x", "http://example.net:8080/x"),
        ("http://مثال.إختبار/", "http://xn--mgbh0fb.xn--kgbechtv/"),
        ("/?a[]=1&b=2", "https://example.org/?a[]=1&b=2"),
    ],
)
def test_hrefs_as_browsers_read_them(href: str, expected: str) -> None:
    assert normalise(href, "https://example.org/news/index?x=1") == expected


@pytest.mark.parametrize(
    "href",
    [
        "mailto:a@example.org",
        "javascript:void(0)",
        "ftp://example.org/",
        "tel:+1",
        "https://user:pw@example.org/",
        "https://example.org:99999/",
        "https://example.org:0/",
        "https:///x",
        "https://[::1",
        "https://exa mple.org/",
        "http://http://example.org/",
        "https://256.256.256.256/",
        "https://" + "a" * 254 + ".org/",
        "https://example.org/" + "a" * MAX_URL_LENGTH,
        "https://example.org/" + "ا" * 700,
    ],
)
def test_what_cannot_be_fetched_is_none(href: str) -> None:
    assert normalise(href, "https://example.org/") is None


def test_relative_without_a_base_is_none() -> None:
    assert normalise("/story-1") is None
    assert normalise("/story-1", "not a base") is None


def test_host_and_origin() -> None:
    assert host("https://User@News.Example.org:8443/x") == "news.example.org"
    assert host("http://[::1]:8000/") == "::1"
    assert host("/relative") == ""
    assert origin("https://News.Example.org:443/x?y#z") == "https://news.example.org"
    assert origin("http://news.example.org:8080/x") == "http://news.example.org:8080"
    assert origin("mailto:x") == ""


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://www.Example.org/A/B/?b=2&a=1#f", "org,example)/a/b?a=1&b=2"),
        ("http://example.org", "org,example)/"),
        ("http://example.org:8080/x", "org,example:8080)/x"),
        ("http://www2.news.example.org/", "org,example,news)/"),
        ("http://192.0.2.7/x", "7,2,0,192)/x"),
        ("https://example.org/?utm_source=x", "org,example)/?utm_source=x"),
        ("https://example.org//a//b/../c/", "org,example)/a/c"),
        ("https://example.org/%7Ea%2520b%2FC", "org,example)/~a%20b/c"),
        ("https://example.org/مقال", "org,example)/%d9%85%d9%82%d8%a7%d9%84"),
        ("https://example.org/a|b?c=[1]", "org,example)/a|b?c=[1]"),
        ("https://example.org/?b=1&phpsessid=" + "0a" * 16 + "&a=2", "org,example)/?a=2&b=1"),
        ("http://[2001:db8::1]/x", "2001:db8::1)/x"),
    ],
)
def test_surt(url: str, key: str) -> None:
    assert surt(url) == key


def test_registrable_domain() -> None:
    assert registrable_domain("www.news.example.co.uk") == "example.co.uk"
    assert registrable_domain("damascus.blogspot.com") == "damascus.blogspot.com"
    assert registrable_domain("127.0.0.1") == "127.0.0.1"
    assert registrable_domain("localhost") == "localhost"
    assert registrable_domain("co.uk") == "co.uk"
    assert registrable_domain("2001:db8::1") == "2001:db8::1"
    assert registrable_domain("a.news.test") == "news.test"


@pytest.mark.parametrize(
    "name",
    [
        "localhost",
        "LOCALHOST.",
        "a.localhost",
        "printer.local",
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0.0.0.0",
        "10.1.2.3",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "::1",
        "[::1]",
        "fe80::1%eth0",
        "fd00::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
    ],
)
def test_private_hosts(name: str) -> None:
    assert is_private(name)


@pytest.mark.parametrize(
    "name", ["example.org", "8.8.8.8", "2606:4700::1111", "localhost.example.org", "", "1e9.org"]
)
def test_public_hosts(name: str) -> None:
    assert not is_private(name)


@given(st.integers(0, 2**32 - 1))
def test_ipv4_in_one_number_is_read_as_the_resolver_reads_it(number: int) -> None:
    dotted = socket.inet_ntoa(number.to_bytes(4, "big"))
    assert host(f"http://{number}/") == dotted
    assert host(f"http://{number:#x}/") == dotted


def test_canonical_is_cheap_and_linear() -> None:
    url = "https://news.example.org/2024/05/river-rises-in-the-north/?id=7&utm_source=rss"
    assert min(timeit.repeat(lambda: canonical(url), number=200, repeat=5)) / 200 < 100e-6
    hostile = "https://example.org" + "/1.amp/amp" * 50_000
    assert min(timeit.repeat(lambda: canonical(hostile), number=1, repeat=2)) < 2.0
