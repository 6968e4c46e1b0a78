"""Replay in a real browser: a page looks like itself, runs nothing, and reaches nothing."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from archive.store import ArchiveStore, Filters
from tests.archive.web.browsing import PIXEL, serving

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive that the demo makes."""
    folder = tmp_path_factory.mktemp("demo") / "archive"
    script = "from crawler.cli.app import main; main()"
    command = [sys.executable, "-c", script, "demo", "--folder", str(folder), "--json"]
    subprocess.run(command, capture_output=True, timeout=120, check=True)
    return folder


def test_an_arabic_article_is_the_page_it_was(demo: Path, page: Page) -> None:
    with ArchiveStore.open(demo, readonly=True) as store:
        article = next(one for one in store.select(Filters(language=("ar",))) if "القمـح" in one.title)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    with serving(demo) as served:
        page.goto(f"{served.url}/2026/{article.url}")
        frame = page.frame_locator("iframe")
        assert frame.locator("h1").inner_text() == article.title
        for paragraph in article.text.split("\n"):
            assert frame.get_by_text(paragraph).count() == 1
        assert frame.locator("html").get_attribute("dir") == "rtl"
        box, body = frame.locator("h1").bounding_box(), frame.locator("body").bounding_box()
        assert box is not None
        assert body is not None
        assert frame.locator("p.byline").evaluate("p => getComputedStyle(p).direction") == "rtl"
        padding = frame.locator("body").evaluate("body => parseFloat(getComputedStyle(body).paddingRight)")
        assert padding == 16, "its style sheet is there, too"
        assert box["x"] + box["width"] == pytest.approx(body["x"] + body["width"] - padding, abs=1)
        assert page.locator(".banner .url").inner_text() == article.url

        # A link is followed by the whole window, so that the banner says what is shown; and back again.
        shown = page.url
        with page.expect_navigation(url="**/local/"):
            frame.locator("nav a").first.click()
        assert page.locator(".banner .url").inner_text().endswith("/local/")
        assert page.frame_locator("iframe").locator("h1").inner_text()
        page.go_back()
        assert page.url == shown
        assert page.frame_locator("iframe").locator("h1").inner_text() == article.title

        assert requests
        assert all(request.startswith(f"{served.url}/") for request in requests)


def test_the_list_is_of_both_directions(demo: Path, page: Page) -> None:
    with serving(demo) as served:
        page.goto(served.url)
        arabic = page.locator("li a.title", has_text="القم").first
        latin = page.locator("li a.title", has_text="Harbour").first
        assert arabic.evaluate("a => getComputedStyle(a).direction") == "rtl"
        assert latin.evaluate("a => getComputedStyle(a).direction") == "ltr"


def hostile(outside: str) -> str:
    """A page that tries every way out there is; each names itself in its request."""
    return f"""<!DOCTYPE html><html><head>
<meta http-equiv="refresh" content="0; url={outside}/refresh">
<base href="{outside}/base/" target="_top">
<link rel="stylesheet" href="{outside}/sheet.css"><link rel="preconnect" href="{outside}/preconnect">
<link rel="prefetch" href="{outside}/prefetch"><link rel="icon" href="{outside}/icon">
<style>@import "{outside}/import.css"; @import url({outside}/import2.css);
@font-face {{ font-family: spy; src: url({outside}/font.woff) }}
body {{ background: url({outside}/background.png); font-family: spy }}
p {{ background-image: image-set("{outside}/set.png" 1x); cursor: url({outside}/cursor.png), auto }}</style>
<script src="{outside}/script.js"></script>
<script>window.ran = 1; document.title = "ran"; fetch("{outside}/fetch"); top.location = "{outside}/top";</script>
</head><body onload="document.title = 'ran'">
<img src="{outside}/img.png" srcset="{outside}/srcset.png 1x" onerror="document.title = 'ran'">
<img src="//127.0.0.1:1/none" onerror="fetch('{outside}/onerror')">
<picture><source srcset="{outside}/source.png"><img src="x"></picture>
<video src="{outside}/video.mp4" poster="{outside}/poster.png" autoplay></video>
<audio src="{outside}/audio.mp3" autoplay></audio>
<iframe src="{outside}/iframe"></iframe><iframe srcdoc="<script src='{outside}/srcdoc.js'></script>"></iframe>
<object data="{outside}/object"></object><embed src="{outside}/embed">
<svg><image href="{outside}/svg.png"></image><use href="{outside}/use.svg#a"></use>
<style>text {{ fill: url({outside}/fill.svg#a) }}</style><text>t</text>
<a xlink:href="{outside}/svglink"><text y="20">svg link</text></a>
<a href="#x"><animate attributeName="href" values="{outside}/animate"></animate><text y="40">animated</text></a></svg>
<form action="{outside}/form" method="get"><input name="a" value="b" autofocus onfocus="fetch('{outside}/focus')">
<button id="send" formaction="{outside}/formaction">send</button></form>
<p id="text" style="background: url({outside}/style.png)">The text of the page.</p>
<a id="js" href="javascript:document.title='ran'">js</a>
<a id="out" href="{outside}/link" ping="{outside}/ping" target="_blank">out</a>
<math><a href="{outside}/math">m</a></math>
<template shadowrootmode="open"><img src="{outside}/shadow.png"></template>
<a id="hidden" href="{outside}/unclosed
"""


def test_a_hostile_page_runs_nothing_and_reaches_nothing(shelf, page: Page) -> None:
    url = "https://hostile.test/page"
    with serving(shelf.folder) as served:
        shelf.put(url, hostile(served.outside).encode())
        requests: list[str] = []
        page.context.on("request", lambda request, seen=requests: seen.append(request.url))
        page.goto(f"{served.url}/20260102030405/{url}")
        frame = page.frame_locator("iframe")
        assert frame.locator("#text").inner_text() == "The text of the page."
        for button in ("#js", "#send"):
            frame.locator(button).click(force=True, no_wait_after=True)
        page.wait_for_timeout(1500)
        assert page.url == f"{served.url}/20260102030405/{url}"
        assert page.frames[1].title() != "ran"

        # A link out leads to what the archive has of it: nothing.
        with page.expect_navigation():
            frame.locator("#out").click(force=True)
        assert page.url == f"{served.url}/20260102030405/{served.outside}/link"
        assert page.locator("h1").inner_text() == "Not in the archive"
        assert len(page.context.pages) == 1
        assert served.heard == []
        assert served.connected == []
        assert [one for one in requests if not one.startswith((f"{served.url}/", "data:"))] == []


def test_the_frame_holds_a_page_that_was_not_rewritten(shelf, page: Page) -> None:
    """The fences without the rewriting: markup served as it was, which every way out has been left in.

    What Chromium still does is to connect where a link under the pointer leads, ahead of a click, and to send
    nothing; the rewriting leaves it no such link.
    """
    url = "https://hostile.test/page"
    with serving(shelf.folder) as served:
        # As XML it is not rewritten, and a browser shows it as the XHTML it is.
        links = "".join(
            f'<p><a id="{target.strip("_")}" href="{served.outside}/{target}" target="{target}">link {target}</a></p>'
            for target in ("_self", "_top", "_parent", "_blank")
        )
        shelf.put(
            url,
            f"""<html xmlns="http://www.w3.org/1999/xhtml"><head>
            <meta http-equiv="refresh" content="1; url={served.outside}/refresh"/></head><body>
            <script>document.title = "ran"</script><script src="{served.outside}/script.js"></script>
            <img src="{served.outside}/img.png"/><iframe src="{served.outside}/iframe"></iframe>
            <form action="{served.outside}/form"><input type="submit" id="send"/></form>
            {links}</body></html>""".encode(),
            content_type="application/xml",
        )
        for target in ("self", "top", "parent", "blank", "send"):
            page.goto(f"{served.url}/20260102030405/{url}")
            page.frame_locator("iframe").locator(f"#{target}").click(no_wait_after=True)
            page.wait_for_timeout(700 if target != "self" else 1800)
            assert page.url == f"{served.url}/20260102030405/{url}"
            assert page.title() != "ran"
        assert len(page.context.pages) == 1
        assert served.heard == []


def test_requisites_and_revisits_are_shown(shelf, page: Page) -> None:
    site = "https://news.test"
    sheet = shelf.put(
        f"{site}/a.css",
        b"@import 'b.css'; h1 { color: rgb(1, 2, 3) }",
        content_type="text/css",
        at="20260101",
    )
    shelf.put(
        f"{site}/b.css", b"p { background: url(dot.png); color: rgb(4, 5, 6) }", content_type="text/css"
    )
    shelf.put(f"{site}/dot.png", PIXEL, content_type="image/png")
    old = shelf.put(
        f"{site}/story",
        b"<!DOCTYPE html><link rel=stylesheet href=/a.css><h1>Title</h1><p>Text <img src=dot.png>"
        b"<img class=lazy src='data:image/gif;base64,R0lGODlhAQABAAAAACw=' data-src=dot.png></p>",
        at="20260101",
    )
    shelf.put(f"{site}/a.css", status=304, content_type=None, original=sheet, at="20260105")
    shelf.put(f"{site}/story", status=304, content_type=None, original=old, at="20260105")
    with serving(shelf.folder) as served:
        page.goto(f"{served.url}/20260105000000/{site}/story")
        frame = page.frame_locator("iframe")
        assert frame.locator("h1").evaluate("e => getComputedStyle(e).color") == "rgb(1, 2, 3)"
        assert frame.locator("p").evaluate("e => getComputedStyle(e).color") == "rgb(4, 5, 6)"
        for image in frame.locator("img").all():
            assert image.evaluate("e => e.naturalWidth") == 1
            assert "dot.png" in str(image.evaluate("e => e.currentSrc"))
        assert "nothing had changed" in page.locator(".note").inner_text()
