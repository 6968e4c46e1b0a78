"""An archive that is filled by hand, and a client of its replay."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from starlette.testclient import TestClient

from archive.ingest import capture_of
from archive.records import Exchange, Provenance
from archive.store import ArchiveStore
from archive.warc.location import Original
from archive.warc.reader import record_id_at
from archive.warc.writer import WarcWriter
from archive.web import replay
from archive.wire import parse_response
from tests.archive.web.browsing import FLAGS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from httpx2 import Response
    from playwright.sync_api import Browser, Page

    from archive.records import Capture, Role, Truncation

REQUEST = b"GET / HTTP/1.1\r\nHost: news.test\r\n\r\n"


def instant(stamp: str) -> datetime:
    """`20260102030405`, and a fraction behind it, as an instant."""
    return datetime.strptime(stamp.ljust(20, "0"), "%Y%m%d%H%M%S%f").replace(tzinfo=UTC)


@dataclass(slots=True)
class Shelf:
    """Captures put into WARC and archive.db one by one, each file of its own, and what replay says of them."""

    folder: Path
    client: TestClient
    captures: list[Capture] = field(default_factory=list)

    def put(
        self,
        url: str,
        body: bytes = b"",
        *,
        at: str = "20260102030405",
        status: int = 200,
        content_type: str | None = "text/html; charset=utf-8",
        headers: tuple[tuple[bytes, bytes], ...] = (),
        original: Capture | None = None,
        truncated: Truncation | None = None,
        role: Role = "page",
    ) -> Capture:
        fields = [*headers]
        if content_type is not None:
            fields.append((b"Content-Type", content_type.encode()))
        if status != 304 and not any(name.lower() == b"transfer-encoding" for name, _ in headers):
            fields.append((b"Content-Length", b"%d" % len(body)))
        head = b"".join(b"%b: %b\r\n" % pair for pair in fields)
        return self.put_response(
            url,
            b"HTTP/1.1 %d Said\r\n%b\r\n%b" % (status, head, body),
            at=at,
            original=original,
            truncated=truncated,
            role=role,
        )

    def put_response(
        self,
        url: str,
        response: bytes,
        *,
        at: str = "20260102030405",
        original: Capture | None = None,
        truncated: Truncation | None = None,
        role: Role = "page",
    ) -> Capture:
        parsed = parse_response(response)
        exchange = Exchange(
            url=url,
            started=instant(at),
            request=REQUEST,
            response=response,
            status=parsed.status,
            headers=parsed.headers,
            body=parsed.body,
            truncated=truncated,
            provenance=Provenance(role=role),
        )
        referred = None
        if original is not None:
            profile = "server-not-modified" if parsed.status == 304 else "identical-payload-digest"
            referred = Original(
                original.url,
                original.started,
                record_id_at(self.folder / "warc", original.warc_file, original.offset),
                profile,  # type: ignore[arg-type]
                original.payload_digest,
            )
        with WarcWriter(self.folder / "warc", prefix="test", info={}, max_bytes=1 << 30) as writer:
            location = writer.append(exchange, revisit=referred)
        with ArchiveStore.open(self.folder) as store:
            capture = replace(
                capture_of(store.next_capture_id(), exchange, location),
                revisit_of=original.id if original else None,
            )
            store.add_captures([capture], waiting=())
        self.captures.append(capture)
        return capture

    def get(self, path: str, **headers: str) -> Response:
        """Ask replay; header names with `_` for `-`."""
        return self.client.get(
            path, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )


@pytest.fixture
def shelf(archive_folder: Path) -> Iterator[Shelf]:
    """An archive without a capture, and its replay."""
    ArchiveStore.open(archive_folder).close()
    # Nothing of an archived page may be an exception: they come through to the test.
    with TestClient(
        replay(archive_folder, {"replay.test"}), base_url="http://replay.test", follow_redirects=False
    ) as client:
        yield Shelf(archive_folder, client)


@pytest.fixture(scope="module")
def shelf_for_good(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    """One archive for many examples: nothing is put into it."""
    folder = tmp_path_factory.mktemp("shelf")
    ArchiveStore.open(folder).close()
    with TestClient(replay(folder), base_url="http://replay.test", follow_redirects=False) as client:
        shelf = Shelf(folder, client)
        shelf.put("https://news.test/story", b"<p>page</p>")
        yield shelf


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, without a window; skips where it or Playwright is absent."""
    driver = pytest.importorskip("playwright.sync_api", reason="needs playwright, of the dev dependencies")
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("needs Chromium on the PATH (Debian: apt install chromium)")
    with driver.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, headless=True, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A tab of its own."""
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    yield context.new_page()
    context.close()
