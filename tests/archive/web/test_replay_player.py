"""The player: ReplayWeb.page over what we write and over what we serve, its scripts held in."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import FileResponse, HTMLResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from archive.warc import compose
from archive.web import player, player_files, replay
from tests.archive.web.browsing import PIXEL, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Frame, Page

    from tests.conftest import Ran

SITE = "https://news.test"
STORY = (
    "<!DOCTYPE html><html lang=ar dir=rtl><title>الجسر</title><h1>الجسر مفتوح</h1><p>نص <img src=/a.png></p>"
    "<script>document.body.append('by script')</script>"
).encode()
STAMPS = ("20260101000000", "20260105000000", "20260107000000")
"""Of the page, of its revisit, of a 304."""


@pytest.fixture
def program() -> Path:
    """The folder of ReplayWeb.page's two files; skips where they are not installed."""
    found = player_files.installed()
    if found is None:
        pytest.skip(f"needs ReplayWeb.page in {player_files.folder()}: make replay")
    return found


def put_story(shelf) -> None:
    first = shelf.put(f"{SITE}/story", STORY, at=STAMPS[0])
    shelf.put(f"{SITE}/a.png", PIXEL, content_type="image/png", at=STAMPS[0])
    shelf.put(f"{SITE}/story", STORY, original=first, at=STAMPS[1])
    shelf.put(f"{SITE}/story", status=304, content_type=None, original=first, at=STAMPS[2])


def played(page: Page, url: str) -> Frame:
    """The frame that the archived page is in, once it is there."""
    page.goto(url)
    for _ in range(200):
        for frame in page.frames:
            if f"mp_/{SITE}/" in frame.url and frame.evaluate("document.readyState") == "complete":
                return frame
        page.wait_for_timeout(100)
    raise TimeoutError(f"{url}: not played: {[frame.url for frame in page.frames]}")


def assert_story(frame: Frame) -> None:
    assert frame.locator("h1").inner_text() == "الجسر مفتوح"
    assert "by script" in frame.locator("body").inner_text()
    assert frame.locator("img").evaluate("image => image.naturalWidth") == 1


@contextmanager
def embedding(wacz: Path, program: Path) -> Iterator[str]:
    """A page that embeds the player as its documentation says, and a WACZ file."""

    def page(request: Any) -> HTMLResponse:
        given = request.query_params
        return HTMLResponse(
            f'<!DOCTYPE html><script src="/w/ui.js"></script><replay-web-page source="/a.wacz" '
            f'url="{given["url"]}" ts="{given["ts"]}" embed="replayonly" replayBase="/w/"></replay-web-page>'
        )

    script = "text/javascript"
    frame = HTMLResponse('<!DOCTYPE html><script src="ui.js"></script><replay-app-main></replay-app-main>')
    routes = [
        Route("/", page),
        Route("/w/", lambda _: frame),
        Route("/w/ui.js", lambda _: FileResponse(program / "ui.js", media_type=script)),
        Route("/w/sw.js", lambda _: FileResponse(program / "sw.js", media_type=script)),
        Route("/a.wacz", lambda _: FileResponse(wacz)),
    ]
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        Starlette(routes=routes), http="h11", ws="none", lifespan="off", log_level="critical"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


@pytest.mark.slow
def test_replaywebpage_shows_an_exported_wacz(
    shelf, program: Path, warraq: Callable[..., Ran], page: Page, tmp_path: Path
) -> None:
    """A page with its image, the same again, and the original of a 304 at the 304's instant."""
    put_story(shelf)
    ran = warraq("--archive", shelf.folder, "export", "wacz", tmp_path / "a.wacz")
    assert ran.exit == 0, ran.err
    with embedding(tmp_path / "a.wacz", program) as url:
        for stamp in STAMPS:
            frame = played(page, f"{url}?url={SITE}/story&ts={stamp}")
            assert f"{stamp}mp_/" in frame.url
            assert_story(frame)


@pytest.mark.slow
def test_a_page_is_played_with_its_scripts_inside_of_the_banner(shelf, program: Path, page: Page) -> None:
    put_story(shelf)
    with serving(shelf.folder, program) as served:
        page.goto(f"{served.url}/{STAMPS[0]}/{SITE}/story")
        assert "by script" not in page.frame_locator("iframe").locator("body").inner_text()
        offered = page.locator("nav a", has_text="with scripts").get_attribute("href")
        assert offered == f"/{STAMPS[0]}pl_/{SITE}/story"
        for stamp in STAMPS:
            assert_story(played(page, f"{served.url}/{stamp}pl_/{SITE}/story"))
            assert page.locator(".banner .url").inner_text() == f"{SITE}/story"
        with page.expect_navigation():
            page.locator("nav a", has_text="without scripts").click()
        assert page.url == f"{served.url}/{STAMPS[2]}/{SITE}/story"


@pytest.mark.slow
def test_a_304_of_an_older_version_plays_its_original(
    shelf, program: Path, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its record has the head of the 304, for which ReplayWeb.page shows an empty page."""
    real = compose._response

    def with_head(exchange: Any, head: dict[str, str], original: Any) -> bytes:
        given = replace(original, profile="identical-payload-digest") if original else None
        return real(exchange, head, given)

    first = shelf.put(f"{SITE}/story", STORY, at=STAMPS[0])
    shelf.put(f"{SITE}/a.png", PIXEL, content_type="image/png", at=STAMPS[0])
    monkeypatch.setattr(compose, "_response", with_head)
    empty = replace(first, payload_digest=compose.sha1(b""))
    old = shelf.put(f"{SITE}/story", status=304, content_type=None, original=empty, at=STAMPS[2])
    assert old.payload_digest == compose.sha1(b"")
    with serving(shelf.folder, program) as served:
        assert_story(played(page, f"{served.url}/{STAMPS[2]}pl_/{SITE}/story"))


HOSTILE = """
const out = OUT, udp = UDP, ws = out.replace("http", "ws"), quiet = {referrerPolicy: "no-referrer", mode: "no-cors"};
const attempt = (what) => { try { const made = what(); made?.catch?.(() => 0); } catch {} };
const rtc = (there) => {
  for (const urls of [`stun:127.0.0.1:${udp}`, `turn:${out.slice(7)}?transport=tcp`]) {
    const peer = new there.RTCPeerConnection({iceServers: [{urls, username: "a", credential: "b"}]});
    peer.createDataChannel("x");
    peer.createOffer().then((offer) => peer.setLocalDescription(offer));
  }
};
const link = (there, rel, href) => {
  const made = there.document.createElement("link");
  Object.assign(made, {rel, href});
  there.document.head.append(made);
};
const blank = document.createElement("iframe");
document.body.append(blank);
const windows = [window, blank.contentWindow, parent, parent.parent];
for (const there of windows) {
  attempt(() => there.fetch(out + "/fetch", quiet));
  attempt(() => { new there.Image().src = out + "/image"; });
  attempt(() => new there.WebSocket(ws + "/socket"));
  attempt(() => new there.EventSource(out + "/events"));
  attempt(() => there.navigator.sendBeacon(out + "/beacon", "x"));
  const work = `fetch("${out}/worker"); importScripts("${out}/import")`;
  attempt(() => new there.Worker(URL.createObjectURL(new Blob([work]))));
  attempt(() => rtc(there));
  for (const rel of ["preconnect", "prefetch", "stylesheet", "icon"]) attempt(() => link(there, rel, out + "/" + rel));
  const add = "const made = document.createElement";
  attempt(() => there.eval(`{${add}("iframe"); made.src = "${out}/frame"; document.body.append(made)}`));
}
document.body.append("all tried");
"""
LEAVING = (
    "window.open(`${out}/window`)",
    "top.location = `${out}/top`",
    "const f = document.createElement('form'); f.action = `${out}/form`; document.body.append(f); f.submit()",
    "parent.eval(`setTimeout(() => { location = '${out}/away' }, 0)`)",
    "parent.parent.eval(`setTimeout(() => { location = '${out}/outer' }, 0)`)",
    "parent.eval(`top.location = '${out}/top'`)",
    "parent.eval(`navigator.serviceWorker.getRegistrations().then((all) => Promise.all(all.map((one) =>"
    " one.unregister()))).then(() => { location = '${out}/unregistered' })`)",
)


@pytest.mark.slow
def test_a_hostile_page_in_the_player_reaches_nothing(shelf, program: Path, page: Page) -> None:
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with udp, serving(shelf.folder, program) as served:
        udp.bind(("127.0.0.1", 0))
        udp.settimeout(0.01)
        script = HOSTILE.replace("OUT", json.dumps(served.outside)).replace("UDP", str(udp.getsockname()[1]))
        shelf.put(f"{SITE}/hostile", f"<!DOCTYPE html><p>x<script>{script}</script>".encode(), at=STAMPS[0])
        for number, way in enumerate(LEAVING):
            script = f"const out = {served.outside!r}; {way}"
            shelf.put(
                f"{SITE}/leave/{number}",
                f"<!DOCTYPE html><p>x<script>{script}</script>".encode(),
                at=STAMPS[0],
            )
        frame = played(page, f"{served.url}/{STAMPS[0]}pl_/{SITE}/hostile")
        assert "all tried" in frame.locator("body").inner_text()
        page.wait_for_timeout(1500)
        assert (served.heard, served.connected) == ([], [])
        with pytest.raises(TimeoutError):
            udp.recv(100)
        tabs = [page.context.new_page() for _ in LEAVING]
        for number, tab in enumerate(tabs):
            tab.goto(f"{served.url}/{STAMPS[0]}pl_/{SITE}/leave/{number}")
        page.wait_for_timeout(5000)
        for number, tab in enumerate(tabs):
            assert tab.url == f"{served.url}/{STAMPS[0]}pl_/{SITE}/leave/{number}"
        assert len(page.context.pages) == 1 + len(tabs)
        # Chromium connects where a frame is led before it looks at what the page around lets it, and sends nothing.
        assert served.heard == []


@pytest.fixture
def stage(shelf, tmp_path: Path) -> TestClient:
    """The player of a shelf; what its program is does not matter."""
    for name in player_files.FILES:
        (tmp_path / name).write_text(f"// {name}")
    return TestClient(
        player(shelf.folder, tmp_path, {"127.0.0.1", "[::1]"}, 8089), base_url="http://127.0.0.1:9000"
    )


def test_the_player_serves_itself_and_the_archive_alone(shelf, stage: TestClient) -> None:
    put_story(shelf)
    asked = stage.get("/", params={"url": f'{SITE}/"><script>', "ts": STAMPS[0]})
    assert asked.status_code == 200
    assert '/"&gt;&lt;script&gt;"' in asked.text.replace("&#34;", '"')
    source = asked.text.split('source="', 1)[1].split('"', 1)[0]
    paths = [source, "/play/", "/play/ui.js", "/play/sw.js", "/play/wabac.js", "/play/fence.js"]
    for path in ["/?url=x&ts=2026", *paths, "/none", "/play/none", "/archive/none.wacz"]:
        answer = stage.get(path)
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("sandbox allow-scripts allow-same-origin; default-src 'self' data: blob:")
        assert "frame-ancestors 'self' http://127.0.0.1:8089" in policy
        assert "[::1]" not in policy
        assert "set-cookie" not in answer.headers
    assert [stage.get(path).status_code for path in paths] == [200] * len(paths)
    assert stage.get("/play/none").status_code == 404
    assert stage.get("/archive/none.wacz").status_code == 410
    assert stage.post("/").status_code == 405
    assert stage.get("/play/ui.js", headers={"host": "evil.test"}).status_code == 421
    alone = stage.get("/", params={"url": "x", "ts": "2026"}, headers={"sec-fetch-dest": "document"})
    assert alone.status_code == 403
    worker = stage.get("/play/sw.js").text
    assert json.dumps(stage.get("/play/").headers["content-security-policy"]) in worker


def test_the_archive_is_served_by_ranges(shelf, stage: TestClient) -> None:
    put_story(shelf)
    source = stage.get("/?url=x&ts=2026").text.split('source="', 1)[1].split('"', 1)[0]
    whole = stage.get(source).content
    assert whole.startswith(b"PK\x03\x04")
    for asked, start, end in (
        ("bytes=0-", 0, len(whole)),
        ("bytes=10-19", 10, 20),
        ("bytes=-65558", 0, len(whole)),
        ("bytes=-22", -22, len(whole)),
    ):
        part = stage.get(source, headers={"range": asked})
        assert (part.status_code, part.content) == (206, whole[start:end])
    assert stage.get(source, headers={"range": f"bytes={len(whole)}-"}).status_code == 416
    head = stage.head(source)
    assert (head.headers["content-length"], head.content) == (str(len(whole)), b"")


def test_only_pages_in_finished_files_are_offered_with_scripts(shelf) -> None:
    put_story(shelf)
    with TestClient(
        replay(shelf.folder, {"127.0.0.1", "[::1]"}, 9000), base_url="http://127.0.0.1:8089"
    ) as client:
        around = client.get(f"/{STAMPS[0]}/{SITE}/story")
        assert ">with scripts</a>" in around.text
        assert "frame-src 'self'" in around.headers["content-security-policy"]
        playing = client.get(f"/{STAMPS[2]}pl_/{SITE}/story")
        assert (
            f'src="http://127.0.0.1:9000/?url=https%3A%2F%2Fnews.test%2Fstory&amp;ts={STAMPS[2]}"'
            in playing.text
        )
        assert 'sandbox="allow-scripts allow-same-origin"' in playing.text
        assert "frame-src http://127.0.0.1:9000;" in playing.headers["content-security-policy"]
        assert "with scripts" not in client.get(f"/{STAMPS[0]}/{SITE}/a.png").text
        named = client.get(f"/{STAMPS[0]}/{SITE}/story", headers={"host": "[::1]:8089"})
        assert "with scripts" not in named.text
        path = shelf.folder / "warc" / shelf.captures[0].warc_file
        path.rename(path.with_name(path.name + ".open"))
        assert "with scripts" not in client.get(f"/{STAMPS[0]}/{SITE}/story").text
    assert "with scripts" not in shelf.get(f"/{STAMPS[0]}/{SITE}/story").text
    assert '<iframe src="/20260101000000mp_/' in shelf.get(f"/{STAMPS[0]}pl_/{SITE}/story").text
