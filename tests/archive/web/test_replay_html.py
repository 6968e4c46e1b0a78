"""A page's links and requisites are led into the archive; what acts is dropped, whatever it is written like."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from archive.web.archived import TooLargeError
from archive.web.html import MAX_TAGS, rewrite_html

URL = "https://news.test/2026/story?id=1"


def rewritten(html: str, url: str = URL) -> str:
    return rewrite_html(html, url, lambda form: f"/20260102030405{form}/")


def body(html: str) -> str:
    found = re.search(r"<body>(.*)</body>", rewritten(html), re.DOTALL)
    assert found is not None
    return found[1]


LINK = "/20260102030405/https://news.test"
REQUISITE = "/20260102030405mp_/https://news.test"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<a href="other">x</a>', f'<a href="{LINK}/2026/other">x</a>'),
        ('<a href="/a?b=1&amp;c=2#top">x</a>', f'<a href="{LINK}/a?b=1&amp;c=2#top">x</a>'),
        ('<a href="//o.test">x</a>', '<a href="/20260102030405/https://o.test/">x</a>'),
        ('<a href="?p=2">x</a>', f'<a href="{LINK}/2026/story?p=2">x</a>'),
        ('<a href="#note">x</a>', '<a href="#note">x</a>'),
        ('<a href="/خبر">x</a>', f'<a href="{LINK}/%D8%AE%D8%A8%D8%B1">x</a>'),
        ('<img src=a.png alt="a">', f'<img src="{REQUISITE}/2026/a.png" alt="a">'),
        ('<img src="data:image/gif;base64,R0">', '<img src="data:image/gif;base64,R0">'),
        (
            '<img srcset="a.png 1x, /b,c.png  2x ,https://o.test/c.png">',
            f'<img srcset="{REQUISITE}/2026/a.png 1x, {REQUISITE}/b,c.png 2x, /20260102030405mp_/https://o.test/c.png">',
        ),
        ('<img srcset="data:image/gif;base64,R0,x 1x">', '<img srcset="data:image/gif;base64,R0,x 1x">'),
        (
            '<picture><source srcset="a.webp"></picture>',
            f'<picture><source srcset="{REQUISITE}/2026/a.webp"></picture>',
        ),
        (
            '<img src="spacer.gif" data-src="real.jpg">',
            f'<img src="{REQUISITE}/2026/real.jpg" data-src="real.jpg">',
        ),
        (
            "<video poster=p.jpg src=v.mp4></video>",
            f'<video poster="{REQUISITE}/2026/p.jpg" src="{REQUISITE}/2026/v.mp4"></video>',
        ),
        (
            "<p style=\"background:url('a.png')\">x</p>",
            f'<p style="background:url(&quot;{REQUISITE}/2026/a.png&quot;)">x</p>',
        ),
        ('<table background="t.png"></table>', f'<table background="{REQUISITE}/2026/t.png"></table>'),
        (
            '<svg viewBox="0 0 1 1"><image xlink:href="i.png"></image><use href="#i"></use></svg>',
            f'<svg viewBox="0 0 1 1"><image xlink:href="{REQUISITE}/2026/i.png"></image><use href="#i"></use></svg>',
        ),
    ],
)
def test_addresses_are_led_into_the_archive(html: str, expected: str) -> None:
    assert body(html) == expected


def test_the_head_is_led_too_and_a_base_taken_into_account() -> None:
    page = rewritten(
        '<!DOCTYPE html><html dir="rtl" lang="ar"><head><base href="https://cdn.test/x/" target="_top">'
        '<meta charset="windows-1256"><meta http-equiv="Content-Security-Policy" content="img-src \'none\'">'
        '<meta http-equiv="refresh" content="300;URL=\'next.html\'">'
        '<link rel="stylesheet" href="a.css" integrity="sha256-x" crossorigin>'
        '<link rel="preload" href="b.js"><link rel="dns-prefetch" href="//c.test">'
        '<style>@import "i.css"; p > b { background: url(u.png) }</style></head><body><a href="y">z</a>'
    )

    assert page == (
        '<!DOCTYPE html><html dir="rtl" lang="ar"><head>'
        '<meta charset="windows-1256"><meta http-equiv="Content-Security-Policy" content="">'
        '<meta http-equiv="refresh" content="300; url=/20260102030405/https://cdn.test/x/next.html">'
        '<link rel="stylesheet" href="/20260102030405mp_/https://cdn.test/x/a.css">'
        '<link rel="preload"><link rel="dns-prefetch">'
        '<style>@import url("/20260102030405mp_/https://cdn.test/x/i.css");'
        ' p > b { background: url("/20260102030405mp_/https://cdn.test/x/u.png") }</style></head>'
        '<body><a href="/20260102030405/https://cdn.test/x/y">z</a></body></html>'
    )


def test_a_page_without_a_doctype_gets_none() -> None:
    assert rewritten("<p>old").startswith("<html>")


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<SCRIPT SRC=//evil.test/x.js></SCRIPT>",
        "<svg><script href='//evil.test/x.js'></script></svg>",
        "<script>document.write('<p>'</script",
        '<img src=x onerror="alert(1)">',
        "<body ONLOAD=alert(1)>",
        '<a href="javascript:alert(1)">x</a>',
        '<a href="java\nscript:alert(1)">x</a>',
        '<a href=" &#106;avascript:alert(1)">x</a>',
        '<a href="data:text/html,<script>alert(1)</script>">x</a>',
        '<a href="data:image/svg+xml,<script>alert(1)</script>">x</a>',
        '<a href="vbscript:x">x</a><a href="file:///etc/passwd">x</a><a href="blob:https://evil.test/1">x</a>',
        '<a href="https://u:p@evil.test/">x</a>',
        '<a ping="https://evil.test/" href="https://news.test/">x</a>',
        '<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
        '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
        '<iframe src="javascript:alert(1)"></iframe>',
        '<iframe src="data:text/html,<script>alert(1)</script>"></iframe>',
        '<object data="https://evil.test/x.swf"></object><embed src="https://evil.test/x.swf">',
        '<applet code=x archive="https://evil.test/a.jar"><script>alert(1)</script></applet>',
        '<form action="https://evil.test/"><input formaction="https://evil.test/" type=submit></form>',
        '<meta http-equiv="refresh" content="0; url=javascript:alert(1)">',
        '<meta http-equiv="Set-Cookie" content="a=1; domain=evil.test">',
        '<base href="javascript:alert(1)//">',
        '<template><script>alert(1)</script></template>',
        '<div><template shadowrootmode="open"><script src="//evil.test/"></script></template></div>',
        "<!--[if IE]><script>alert(1)</script><![endif]-->",
        '<link rel="prefetch" href="https://evil.test/">',
        '<link rel="manifest" href="https://evil.test/">',
        '<p style="background:url( \'javascript:alert(1)\' )">x</p>',
        '<style>@import "javascript:alert(1)"</style>',
        '<noscript><img src="x" onerror="alert(1)"></noscript>',
        '<math><mtext></mtext><mglyph><style><!--</style><img title="--&gt;&lt;img src=x onerror=alert(1)&gt;">',
        '<video><source onerror="alert(1)"></video>',
        '<input autofocus onfocus="alert(1)">',
    ],
)  # fmt: skip
def test_what_acts_is_gone(html: str) -> None:
    page = re.sub(r"<!--.*?-->", "", rewritten(html), flags=re.DOTALL)
    page = re.sub(r'title="[^"]*"', "", page)

    assert not re.search(
        r"<script|\son\w+=|javascript:|vbscript:|srcdoc|<template|<embed|<applet|blob:", page, re.I
    )
    assert not re.search(r"(?<!mp_/)(?<!/20260102030405/)https?://evil", page)
    assert "file:" not in page
    assert "data:text" not in page


def test_a_frame_becomes_a_link() -> None:
    page = body('<iframe src="//player.test/v?a=1&amp;b=2" width=3></iframe><p>after')

    assert '<a href="/20260102030405/https://player.test/v?a=1&amp;b=2"' in page
    assert ">https://player.test/v?a=1&amp;b=2</a>" in page
    assert "iframe" not in page


@pytest.mark.parametrize(
    "html",
    ["<p>unclosed <b>bold <i>x</b> y", "<a href='x", '<img src="a.png', "<style>a{", "<table><p>x<td>y", "</p></div>",
     "<!DOCTYPE", "", "\0", "<" * 1000, "&" * 1000, "<a " + "b=1 " * 5000 + ">", f'<a href="{"x" * 1_000_000}">y</a>',
     f'<img srcset="{"a.png 1x," * 20_000}">', f'<p style="{"url(" * 200_000}">', "<div>" * 500],
)  # fmt: skip
def test_any_markup_is_survived(html: str) -> None:
    started = time.process_time()

    page = rewritten(html)

    assert page == "" or page.endswith("</html>")
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    "html", ["<p>" * (MAX_TAGS + 1), "<div>" * 50_000, "<ul><li>" * 50_000, "<b>" * 20_000]
)
def test_a_page_that_would_take_minutes_is_refused_at_once(html: str) -> None:
    started = time.process_time()

    with pytest.raises(TooLargeError):
        rewritten(html)

    assert time.process_time() - started < 5


MARKUP = st.lists(
    st.sampled_from(
        [
            "<script>",
            "</script>",
            "<style>",
            "</style>",
            "<svg>",
            "</svg>",
            "<math>",
            "<template>",
            "</template>",
            "<iframe>",
            "</iframe>",
            "<!--",
            "-->",
            "<![CDATA[",
            "]]>",
            "<p>",
            "</p>",
            "<table>",
            "<td>",
            "<select>",
            "<noscript>",
            "<title>",
            '<a href="javascript:x()">',
            '<img src=x onerror="x()">',
            "<applet>",
            "</applet>",
            "<link rel=x href=//evil.test>",
            "<base href=//evil.test/>",
            "<textarea>",
            "<plaintext>",
            "&lt;script&gt;",
            "<annotation-xml encoding=text/html>",
            "x",
        ]
    ),
    max_size=14,
).map("".join)


@given(MARKUP)
def test_read_again_it_is_what_it_was(html: str) -> None:
    """What a browser makes of the rewritten page is what was rewritten: nothing hides in the markup."""
    once = rewritten(html)
    tree = LexborHTMLParser(once)
    assert tree.root is None or not tree.css("script, base, applet, iframe, template, [onerror]")
    for link in tree.css("a[href]") if tree.root else ():
        assert not (link.attributes["href"] or "").startswith("javascript:")
