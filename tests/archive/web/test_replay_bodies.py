"""Bodies: letters, styles, parts of media, sizes beyond what is shown."""

from __future__ import annotations

import gzip
import time
import tracemalloc
import zlib
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.css import rewrite_css
from archive.web import answers, html
from archive.web.address import Address, instant_of, stamp_of
from archive.web.ranges import UnsatisfiableRangeError, range_of

PAGE = "https://news.test/story"
FRAMED = "/20260102030405mp_/"


@pytest.mark.parametrize(
    ("encoding", "content_type", "meta"),
    [
        ("windows-1256", "text/html", "windows-1256"),
        ("windows-1256", "text/html; charset=windows-1256", ""),
        ("utf-8", "text/html; charset=ISO-8859-1", "utf-8"),
        ("utf-8-sig", "text/html", ""),
        ("utf-16", "text/html; charset=utf-16", ""),
    ],
)
def test_letters_are_right_whatever_the_page_says(shelf, encoding: str, content_type: str, meta: str) -> None:
    text = "قال مزارعون في سهل الزعتر إن أمطار الشتاء جاءت في وقتها هذا العام" * 3
    page = f'<!DOCTYPE html><html dir="rtl"><head><meta charset="{meta}"></head><body><p>{text}</p></body></html>'
    shelf.put(PAGE, page.encode(encoding), content_type=content_type)

    answer = shelf.get(FRAMED + PAGE)

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["x-archive-orig-content-type"] == content_type
    assert f"<p>{text}</p>" in answer.content.decode()


def test_a_page_without_a_type_is_known_by_its_beginning(shelf) -> None:
    shelf.put(PAGE, b"<!DOCTYPE html><a href=x>y</a>", content_type=None)
    shelf.put("https://news.test/blob", b"\x00\x00\x00\x18ftyp", content_type=None)

    assert f'href="/20260102030405/{PAGE[:18]}x"' in shelf.get(FRAMED + PAGE).text
    assert shelf.get(FRAMED + "https://news.test/blob").headers["content-type"] == "application/octet-stream"


@pytest.mark.parametrize("coding", ["gzip", "deflate", ""])
def test_content_codings_are_undone_in_the_frame(shelf, coding: str) -> None:
    body = b'{"a": "b"}'
    packed = {"gzip": gzip.compress, "deflate": zlib.compress, "": bytes}[coding](body)
    headers = ((b"Content-Encoding", coding.encode()),) if coding else ()
    shelf.put(PAGE, packed, content_type="application/json", headers=headers)

    answer = shelf.get(FRAMED + PAGE)

    assert answer.content == body
    assert answer.headers["content-type"] == "application/json"
    assert int(answer.headers["content-length"]) == len(body)


def test_styles_keep_their_bytes_but_for_their_urls(shelf) -> None:
    sheet = b'@charset "windows-1256"; p::before { content: "\xc7\xe1"; background: url(../i/a.png) }'
    shelf.put("https://news.test/css/a.css", sheet, content_type="text/css")

    answer = shelf.get(FRAMED + "https://news.test/css/a.css")

    assert answer.headers["content-type"] == "text/css"
    assert answer.content == sheet.replace(
        b"url(../i/a.png)", b'url("/20260102030405mp_/https://news.test/i/a.png")'
    )


@pytest.mark.parametrize(
    ("sheet", "expected"),
    [
        ("a{b:url(x.png)}", 'a{b:url("L(x.png)")}'),
        ("a{b:URL( 'x y.png' )}", 'a{b:url("L(x y.png)")}'),
        ('a{b:url("x\\"y.png")}', 'a{b:url("L(x\\22 y.png)")}'),
        ("a{b:url(x\\29.png)}", 'a{b:url("L(x).png)")}'),
        ("@import 'a.css' screen;", '@import url("L(a.css)") screen;'),
        ('@import "a.css";', '@import url("L(a.css)");'),
        ("@import url(a.css);", '@import url("L(a.css)");'),
        ("a{src:url(a.woff2)format('x'),url(b)}", 'a{src:url("L(a.woff2)")format(\'x\'),url("L(b)")}'),
        ("a{b:url(#x)}", "a{b:url(#x)}"),
        ("a{b:url()}", "a{b:url()}"),
        ("a{b:url(x", "a{b:url(x"),
        ("a{b:url('x", "a{b:url('x"),
        ("a{curl:1;b:myurl(x)}", "a{curl:1;b:myurl(x)}"),
        ("a{b:url('\\3c/style>')}", 'a{b:url("L(\\3c /style>)")}'),
        ("a{b:url(bad)}", 'a{b:url("")}'),
    ],
)  # fmt: skip
def test_urls_of_styles(sheet: str, expected: str) -> None:
    assert rewrite_css(sheet, lambda url: None if url == "bad" else f"L({url})") == expected


@given(st.text(st.sampled_from("url(@import\"'\\ \n)a/*;{}#")))
def test_styles_without_addresses_of_their_own_are_led_once(sheet: str) -> None:
    """Whatever the sheet, what is written is read as one URL again, and nothing else changes."""
    led = rewrite_css(sheet, lambda _: "https://a.test/x")

    seen: list[str] = []
    again = rewrite_css(led, lambda url: seen.append(url) or url)
    assert again == led
    assert set(seen) <= {"https://a.test/x"}


@pytest.mark.parametrize(
    "sheet",
    [
        "url(" * 500_000,
        "url('" * 400_000,
        '@import "' * 200_000,
        "url(" + " " * 2_000_000,
        "\\" * 2_000_001,
        "url(\\" * 300_000,
    ],
)
def test_no_style_takes_long(sheet: str) -> None:
    started = time.process_time()

    rewrite_css(sheet, lambda url: url)

    assert time.process_time() - started < 5


MEDIA = bytes(range(256)) * 8


@pytest.mark.parametrize(
    ("asked", "status", "part", "said"),
    [
        ("bytes=0-9", 206, MEDIA[:10], "bytes 0-9/2048"),
        ("bytes=2000-", 206, MEDIA[2000:], "bytes 2000-2047/2048"),
        ("bytes=-48", 206, MEDIA[2000:], "bytes 2000-2047/2048"),
        ("bytes=100-99999", 206, MEDIA[100:], "bytes 100-2047/2048"),
        ("bytes=-99999", 206, MEDIA, "bytes 0-2047/2048"),
        ("bytes=2048-", 416, b"", "bytes */2048"),
        ("bytes=-0", 416, b"", "bytes */2048"),
        ("bytes=0-1,5-6", 200, MEDIA, None),
        ("lines=0-1", 200, MEDIA, None),
        ("bytes=9-1", 200, MEDIA, None),
        ("bytes=-", 200, MEDIA, None),
        ("bytes=" + "9" * 30 + "-", 200, MEDIA, None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("chunked", [False, True])
def test_parts_of_media(shelf, asked: str, status: int, part: bytes, said: str | None, chunked: bool) -> None:
    url, headers, body = "https://news.test/a.mp4", (), MEDIA
    if chunked:
        headers = ((b"Transfer-Encoding", b"chunked"),)
        body = (
            b"".join(b"64\r\n%b\r\n" % MEDIA[at : at + 100] for at in range(0, 2000, 100))
            + b"30\r\n"
            + MEDIA[2000:]
        )
    shelf.put(url, body, content_type="video/mp4", headers=headers)

    answer = shelf.get(FRAMED + url, range=asked)

    assert (answer.status_code, answer.content) == (status, part)
    assert answer.headers.get("content-range") == said
    assert answer.headers["content-length"] == str(len(part))
    assert shelf.get(FRAMED + url, range=asked, if_range='"x"').status_code == 200


@given(st.text("bytes=-,0123456789 ", max_size=20), st.integers(0, 300))
def test_a_range_lies_within_the_body(asked: str, size: int) -> None:
    try:
        found = range_of(asked, size)
    except UnsatisfiableRangeError:
        return
    assert found is None or 0 <= found[0] < found[1] <= size


def test_a_large_file_is_streamed(shelf) -> None:
    url, size = "https://news.test/long.mp4", 48 << 20
    shelf.put(url, bytes(size), content_type="video/mp4")

    tracemalloc.start()
    try:
        with shelf.client.stream("GET", FRAMED + url, headers={"Range": "bytes=1000-2000"}) as answer:
            assert len(answer.read()) == 1001
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 24 << 20


def test_what_is_too_large_to_be_shown_is_told_and_can_be_had(shelf) -> None:
    bomb = gzip.compress(bytes(answers.MAX_DECODED_BYTES + 1))
    shelf.put(PAGE, bomb, headers=((b"Content-Encoding", b"gzip"),))
    shelf.put("https://news.test/deep", b"<div>" * 50_000)
    shelf.put(
        "https://news.test/a.json",
        bomb,
        content_type="application/json",
        headers=((b"Content-Encoding", b"gzip"),),
    )
    shelf.put("https://news.test/plain", b" " * (html.MAX_HTML_BYTES + 1))

    for url in (PAGE, "https://news.test/deep", "https://news.test/a.json", "https://news.test/plain"):
        answer = shelf.get(FRAMED + url)
        assert answer.status_code == 413
        assert f'href="/20260102030405id_/{url}"' in answer.text
    assert shelf.get(f"/20260102030405id_/{PAGE}").content == bomb


def test_what_no_frame_can_show_is_offered_to_be_saved(shelf) -> None:
    url = "https://news.test/report.pdf"
    shelf.put(url, b"%PDF", content_type="application/pdf")

    around = shelf.get(f"/20260102030405/{url}")

    assert "<iframe" not in around.text
    assert f'<a href="/20260102030405mp_/{url}" download>' in around.text
    assert shelf.get(FRAMED + url).headers["content-disposition"] == 'attachment; filename="report.pdf"'


@pytest.mark.parametrize("status", [204, 404, 410, 451, 500])
def test_the_status_is_the_archived_one(shelf, status: int) -> None:
    shelf.put(PAGE, b"" if status == 204 else b"<p>gone</p>", status=status)

    for form in ("mp_", "id_"):
        assert shelf.get(f"/20260102030405{form}/{PAGE}").status_code == status
    assert shelf.get(f"/20260102030405/{PAGE}").status_code == 200


@given(st.datetimes(timezones=st.just(UTC)), st.sampled_from([14, 17, 20]))
def test_an_instant_and_its_stamp(instant, digits: int) -> None:
    stamp = stamp_of(instant, digits)

    assert len(stamp) == digits
    read = instant_of(stamp)
    assert read is not None
    assert stamp_of(read, digits) == stamp
    if digits == 20:
        assert read == instant


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=60))
def test_an_address_is_read_back(text: str) -> None:
    address = Address.parse(f"/20260102030405id_/https://news.test/{text}")

    if address is not None:
        assert Address.parse(address.path) == address


def test_sizes_of_an_image_that_were_not_archived_are_not_offered(shelf) -> None:
    """A browser that takes one from a srcset shows nothing where it is missing, whatever `src` says."""
    body = (
        b'<img src="/a.png" srcset="/a.png 1x, /a-2x.png 2x, data:image/gif;base64,R0 3x">'
        b'<picture><source srcset="/a.webp"><img src="/a.png"></picture>'
    )
    shelf.put(PAGE, body)
    shelf.put("https://news.test/a.png", b"png", content_type="image/png", role="requisite")
    shelf.put("https://news.test/a-2x.png", b"no", status=404, role="requisite")
    shown = shelf.get(f"/20260102030405mp_/{PAGE}").text
    requisite = "/20260102030405mp_/https://news.test"
    assert f'srcset="{requisite}/a.png 1x, data:image/gif;base64,R0 3x"' in shown
    assert "a-2x" not in shown
    assert "webp" not in shown
    shelf.put("https://news.test/a.webp", b"webp", content_type="image/webp", role="requisite")
    assert f'<source srcset="{requisite}/a.webp">' in shelf.get(f"/20260102030405mp_/{PAGE}").text
