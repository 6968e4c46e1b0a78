"""What pages and style sheets name beside text."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.records import Exchange, Provenance
from crawler.discovery.requisites import FIRST, LAST, MAX_NAMED, NEXT, requisites

if TYPE_CHECKING:
    from crawler.discovery.requisites import Kind

PAGE = "https://news.test/2026/story.html"
SHOWN: frozenset[Kind] = frozenset({"image", "style"})


def answer(
    body: bytes | str, *, url: str = PAGE, content_type: str = "text/html; charset=utf-8", role: str = "page"
) -> Exchange:
    content = body.encode() if isinstance(body, str) else body
    return Exchange(
        url, datetime.now(UTC), b"GET", b"HTTP/1.1 200 OK", 200, headers=((b"Content-Type", content_type.encode()),),
        body=content, provenance=Provenance(role=role),  # type: ignore[arg-type]
    )  # fmt: skip


def named(body: bytes | str, wanted: frozenset[Kind] | None = None, **how: str) -> list[tuple[str, str, int]]:
    found = requisites(answer(body, **how), *([wanted] if wanted is not None else []))
    return [(one.url.removeprefix("https://news.test"), one.kind, one.order) for one in found]


@pytest.mark.parametrize(
    ("html", "wanted"),
    [
        ('<img src="/a.jpg">', [("/a.jpg", "image", NEXT)]),
        ("<IMG SRC=b.jpg ALT=x>", [("/2026/b.jpg", "image", NEXT)]),
        ("<img alt='a > b' src='/c.jpg' >", [("/c.jpg", "image", NEXT)]),
        ('<img src="/a.jpg?x=1&amp;y=2#top">', [("/a.jpg?x=1&y=2", "image", NEXT)]),
        ('<img src="data:image/gif;base64,R0" data-src="/lazy.jpg">', [("/lazy.jpg", "image", NEXT)]),
        (
            '<img src="/s.jpg" srcset="/s.jpg 1x, /m.jpg 2x, /l.jpg 3x">',
            [("/s.jpg", "image", NEXT), ("/m.jpg", "image", LAST)],
        ),
        (
            '<picture><source srcset="/w.webp 640w, /wide.webp 4000w"><img src="/w.jpg"></picture>',
            [("/w.jpg", "image", NEXT), ("/w.webp", "image", LAST)],
        ),
        ('<link rel="stylesheet preload" href="/a.css">', [("/a.css", "style", FIRST)]),
        ('<link rel="icon" href="/i.png"><link rel="next" href="/2">', [("/i.png", "image", LAST)]),
        ('<meta property="og:image" content="//news.test/og.png">', [("/og.png", "image", LAST)]),
        (
            "<style>@import 'a.css'; p { background: url(b.png) } @font-face { src: url(f.woff2) }</style>",
            [
                ("/2026/a.css", "style", FIRST),
                ("/2026/b.png", "image", NEXT),
                ("/2026/f.woff2", "font", NEXT),
            ],
        ),
        ('<p style="background:url(&quot;/p.png&quot;)">', [("/p.png", "image", NEXT)]),
        ('<td background="/t.gif">', [("/t.gif", "image", NEXT)]),
        ('<video src="/v.mp4" poster="/v.jpg">', [("/v.jpg", "image", NEXT), ("/v.mp4", "video", LAST)]),
        ('<audio><source src="/a.mp3"></audio>', [("/a.mp3", "audio", LAST)]),
        ('<svg><image xlink:href="/x.svg"/></svg>', [("/x.svg", "image", NEXT)]),
        ('<script src="/a.js">var s = "<img src=/no.jpg>";</script>', [("/a.js", "script", NEXT)]),
        ('<a href="/r/Report.PDF?dl=1">r</a><a href="/pdf/">x</a>', [("/r/Report.PDF?dl=1", "pdf", LAST)]),
        ('<noscript><img src="/n.jpg"></noscript>', [("/n.jpg", "image", NEXT)]),
        ('<!-- <img src="/c.jpg"> --><img src="/d.jpg">', [("/d.jpg", "image", NEXT)]),
        ('<base href="https://news.test/deep/"><img src="a.jpg">', [("/deep/a.jpg", "image", NEXT)]),
        ('<input type="image" src="/go.png"><input src="/no.png">', [("/go.png", "image", NEXT)]),
        ('<img src=""><img src="#x"><img src="javascript:x"><img src="story.html">', []),
        ("<img src='/open.jpg", []),
    ],
)
def test_where_pages_name_them(html: str, wanted: list[tuple[str, str, int]]) -> None:
    assert named(html) == wanted


def test_each_once_at_its_best_place_style_sheets_first() -> None:
    page = (
        '<meta property="og:image" content="/a.jpg"><img src="/b.jpg"><img src="/a.jpg"><img src="/b.jpg">'
        '<link rel="stylesheet" href="/s.css">'
    )
    assert named(page) == [
        ("/s.css", "style", FIRST),
        ("/a.jpg", "image", NEXT),
        ("/b.jpg", "image", NEXT),
    ]


def test_only_what_is_wanted() -> None:
    page = '<script src="/a.js"></script><a href="/a.pdf"></a><style>@font-face{src:url(/f)}</style><img src="/i.gif">'
    assert named(page, SHOWN) == [("/i.gif", "image", NEXT)]
    assert named(page, frozenset({"pdf"})) == [("/a.pdf", "pdf", LAST)]


def test_a_style_sheet_names_images_fonts_and_sheets_relative_to_itself() -> None:
    sheet = "/* url(no) */ @import url(b.css) screen; i { background: url('../i.png') } @font-face { src: url(f.ttf) }"
    found = named(sheet, url="https://news.test/css/a.css", content_type="text/css", role="requisite")
    assert found == [("/css/b.css", "style", FIRST), ("/i.png", "image", NEXT), ("/css/f.ttf", "font", NEXT)]


def test_letters_of_any_encoding_are_asked_for_as_a_browser_would() -> None:
    page = '<meta charset="windows-1256"><img src="/صورة.jpg">'.encode("cp1256")
    assert named(page, content_type="text/html") == [("/%D8%B5%D9%88%D8%B1%D8%A9.jpg", "image", NEXT)]


@pytest.mark.parametrize(
    ("content_type", "role"), [("image/png", "requisite"), ("text/html", "requisite"), ("text/html", "feed")]
)
def test_nothing_else_is_read(content_type: str, role: str) -> None:
    assert named('<img src="/a.jpg">', content_type=content_type, role=role) == []


def test_a_page_that_names_without_end_is_cut_off() -> None:
    assert len(named("".join(f'<img src="/{n}.jpg">' for n in range(MAX_NAMED + 500)))) == MAX_NAMED


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "piece",
    [
        "<img src='",
        '<a href="',
        "<!--",
        "<style>",
        "style='",
        "<img ",
        '="',
        "url(",
        "@font-face{",
        "/*",
        "<",
    ],
)
def test_hostile_pages_take_linear_time(piece: str) -> None:
    named(piece * (1_000_000 // len(piece)))


PIECES = (
    b"<img ", b"src=", b'"', b"'", b"/a.jpg", b">", b"<style>", b"url(", b")", b"\xff", b"<!--", b"-->", b"\\",
    b"srcset=", b"2x,",
)  # fmt: skip


@given(st.binary(max_size=300) | st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join))
def test_whatever_comes_gives_fetchable_addresses(body: bytes) -> None:
    for content_type, role in (("text/html", "page"), ("text/css", "requisite")):
        for one in requisites(answer(body, content_type=content_type, role=role)):
            assert one.url.startswith(("http://", "https://"))
