"""What an archived page cannot do, and what the port refuses."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.web import policy

PAGE = "https://news.test/story"
FORMS = ["/20260102030405/", "/20260102030405mp_/", "/20260102030405id_/"]


def directives(answer) -> dict[str, str]:
    header = answer.headers["content-security-policy"]
    named = (part.strip().partition(" ") for part in header.split(";"))
    return {name: value for name, _, value in named}


@pytest.mark.parametrize(
    "path", ["/", *(form + PAGE for form in FORMS), "/2026/https://missing.test/", "/nowhere"]
)
def test_every_answer_is_fenced(shelf, path: str) -> None:
    shelf.put(
        PAGE, b"<script>x()</script>", headers=((b"Set-Cookie", b"a=1"), (b"Content-Security-Policy", b"x"))
    )

    answer = shelf.get(path)

    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers
    assert "access-control-allow-origin" not in answer.headers
    assert directives(answer)["default-src"] == "'none'"
    assert len(answer.headers.get_list("content-security-policy")) == 1


@pytest.mark.parametrize("form", FORMS[1:])
def test_what_was_archived_may_do_nothing(shelf, form: str) -> None:
    shelf.put(PAGE, b"<p>page")

    assert directives(shelf.get(form + PAGE)) == {
        "sandbox": "",
        "default-src": "'none'",
        "img-src": "'self' data:",
        "style-src": "'self' 'unsafe-inline'",
        "font-src": "'self'",
        "media-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'self'",
    }


def test_the_frame_can_only_ever_show_this_port(shelf) -> None:
    shelf.put(PAGE, b"<p>page")

    answer = shelf.get(f"/20260102030405/{PAGE}")
    sandbox = re.search(r'<iframe [^>]*sandbox="([^"]*)"', answer.text)

    assert directives(answer)["frame-src"] == "'self'"
    assert sandbox is not None
    assert "allow-scripts" not in sandbox[1]
    assert "unsafe" not in answer.headers["content-security-policy"]


def test_our_own_script_and_style_are_those_of_the_policy(shelf) -> None:
    shelf.put(PAGE, b"<p>page")
    answer = shelf.get(f"/20260102030405/{PAGE}")
    style = re.search(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    script = re.search(r"<script>(.*?)</script>", answer.text, re.DOTALL)
    assert style is not None
    assert script is not None

    assert answer.headers["content-security-policy"] == policy.own(style[1], script[1])
    assert "script" not in shelf.get("/").headers["content-security-policy"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT"])
def test_other_methods_are_refused(shelf, method: str) -> None:
    shelf.put(PAGE, b"<p>page")

    for path in ("/", f"/20260102030405mp_/{PAGE}"):
        answer = shelf.client.request(method, path)
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("name", ["evil.test", "replay.test.evil.test", "", "evil.test:80"])
def test_another_name_is_refused(shelf, name: str) -> None:
    shelf.put(PAGE, b"<p>page")

    answer = shelf.get("/", host=name)

    assert answer.status_code == 421
    assert PAGE not in answer.text


def test_its_own_name_is_answered_on_any_port(shelf) -> None:
    assert shelf.get("/", host="Replay.test:8089").status_code == 200


@pytest.mark.parametrize("form", FORMS)
def test_head_answers_as_get_does(shelf, form: str) -> None:
    shelf.put(PAGE, b"<p>page</p>")

    got, headed = shelf.get(form + PAGE), shelf.client.head(form + PAGE)

    assert headed.status_code == got.status_code == 200
    assert headed.headers == got.headers


def test_a_page_is_not_shown_without_its_frame(shelf) -> None:
    shelf.put(PAGE, b"<p>page</p>")
    shelf.put("https://news.test/a.zip", b"PK", content_type="application/zip")

    moved = shelf.get(f"/20260102030405mp_/{PAGE}", sec_fetch_dest="document")
    saved = shelf.get("/20260102030405mp_/https://news.test/a.zip", sec_fetch_dest="document")

    assert (moved.status_code, moved.headers["location"]) == (302, f"/20260102030405/{PAGE}")
    assert saved.status_code == 200
    assert saved.headers["content-disposition"] == 'attachment; filename="a.zip"'


def test_within_the_frame_a_link_is_only_announced(shelf) -> None:
    answer = shelf.get(f"/20260102030405/{PAGE}", sec_fetch_dest="iframe")

    assert answer.status_code == 200
    assert f'<a href="/20260102030405/{PAGE}" target="_top">' in answer.text
    assert "<iframe" not in answer.text


def test_fonts_have_leave_and_nothing_else(shelf) -> None:
    url = "https://news.test/naskh.woff2"
    shelf.put(url, b"wOF2", content_type="font/woff2")

    path = f"/20260102030405mp_/{url}"
    assert shelf.get(path, sec_fetch_dest="font").headers["access-control-allow-origin"] == "null"
    moved = shelf.get(f"/2026mp_/{url}", sec_fetch_dest="font")
    assert (moved.status_code, moved.headers["access-control-allow-origin"]) == (302, "null")
    assert "access-control-allow-origin" not in shelf.get(path, sec_fetch_dest="empty").headers
    assert "access-control-allow-origin" not in shelf.get(path).headers


@given(target=st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=60))
def test_any_target_is_answered(target: str, shelf_for_good) -> None:
    answer = shelf_for_good.client.get("/" + target.lstrip("/"))

    assert answer.status_code in {200, 302, 404}
