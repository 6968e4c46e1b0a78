from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.robots import MAX_BYTES, RobotsRules

HOST = "https://news.example.org"


def rules(text: str | bytes) -> RobotsRules:
    return RobotsRules.parse(text.encode() if isinstance(text, str) else text, status=200)


def allowed(text: str | bytes, path: str, token: str = "warraq") -> bool:
    return rules(text).allows(HOST + path, token)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
def test_without_a_file_all_is_allowed(status: int) -> None:
    found = RobotsRules.parse(b"User-agent: *\nDisallow: /", status=status)
    assert not found.unavailable
    assert found.standing == "absent"
    assert found.allows(f"{HOST}/x", "warraq")


@pytest.mark.parametrize("status", [None, 429, 500, 502, 503, 599])
def test_a_server_in_trouble_means_stay_out(status: int | None) -> None:
    found = RobotsRules.parse(b"User-agent: *\nAllow: /", status=status)
    assert found.unavailable
    assert not found.allows(f"{HOST}/x", "warraq")
    assert found.allows(f"{HOST}/robots.txt", "warraq")


def test_robots_txt_itself_is_always_allowed() -> None:
    assert allowed("User-agent: *\nDisallow: /", "/robots.txt")
    assert not allowed("User-agent: *\nDisallow: /", "/robots.txt.html")


def test_an_own_group_replaces_the_common_one() -> None:
    text = "User-agent: *\nDisallow: /\n\nUser-agent: Warraq\nDisallow: /private/"
    assert allowed(text, "/x")
    assert not allowed(text, "/private/x")
    assert not allowed(text, "/x", "otherbot")


def test_groups_of_one_token_merge() -> None:
    text = (
        "User-agent: warraq\nDisallow: /a\n\nUser-agent: *\nDisallow: /c\n\nUser-agent: WARRAQ\nDisallow: /b"
    )
    assert not allowed(text, "/a")
    assert not allowed(text, "/b")
    assert allowed(text, "/c")


def test_consecutive_agents_share_their_rules() -> None:
    text = "User-agent: otherbot\nUser-agent: warraq\nDisallow: /a"
    assert not allowed(text, "/a")
    assert not allowed(text, "/a", "otherbot")


@pytest.mark.parametrize(
    "between", ["Crawl-delay: 5", "Noindex: /x", "Sitemap: https://e.org/s.xml", "", "# note"]
)
def test_other_records_do_not_part_a_group(between: str) -> None:
    text = f"User-agent: warraq\n{between}\nUser-agent: otherbot\nDisallow: /a"
    assert not allowed(text, "/a")
    assert not allowed(text, "/a", "otherbot")


@pytest.mark.parametrize("agent", ["war", "warr", "raq", "warraqbot", "news-warraq", "warraq_x"])
def test_tokens_are_compared_whole(agent: str) -> None:
    assert allowed(f"User-agent: {agent}\nDisallow: /", "/x")


@pytest.mark.parametrize("agent", ["warraq", "WARRAQ", "Warraq/1.0", "warraq (news archiver)", "warraq*"])
def test_the_token_is_what_the_line_begins_with(agent: str) -> None:
    assert not allowed(f"User-agent: {agent}\nDisallow: /", "/x")


def test_an_agent_line_for_nobody_ends_the_group_before() -> None:
    text = "User-agent: warraq\nDisallow: /a\nUser-agent: 360Spider\nDisallow: /b"
    assert allowed(text, "/b")


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("Disallow: /a\nAllow: /a/b", "/a/b/c", True),
        ("Allow: /a/b\nDisallow: /a", "/a/c", False),
        ("Disallow: /page\nAllow: /page", "/page", True),
        ("Allow: /p\nDisallow: /", "/p", True),
        ("Disallow:", "/x", True),
        ("Disallow: /*.pdf$", "/a/b.pdf", False),
        ("Disallow: /*.pdf$", "/a/b.pdf?x", True),
        ("Disallow: /*.php", "/index.php?x=1", False),
        ("Disallow: /fish*", "/fish/salmon", False),
        ("Disallow: /fish$", "/fish", False),
        ("Disallow: /fish$", "/fish/", True),
        ("Disallow: /*/print", "/a/b/print", False),
        ("Disallow: /a%3cd", "/a%3Cd", False),
        ("Disallow: /%7ejoe", "/~joe/x", False),
        ("Disallow: /a%2fb", "/a/b", True),
        ("Disallow: /مقال", "/%D9%85%D9%82%D8%A7%D9%84/1", False),
        ("Disallow: /%d9%85", "/%D9%85", False),
        ("Disallow: /A", "/a", True),
        ("Disallow: /?s=", "/?s=x", False),
        ("Disallow: /*?*print=1", "/x?a=1&print=1", False),
        ("Disallow: //x", "//x", False),
        ("Disallow: private", "/private", True),
        ("Disallow: /a # not /b", "/a", False),
        ("dISALLOW : /a", "/a", False),
        ("Dissalow: /a", "/a", False),
        ("Disallow /a", "/a", False),
    ],
)
def test_paths(text: str, path: str, expected: bool) -> None:
    assert allowed(f"User-agent: *\n{text}", path) is expected


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_byte_order_mark(end: str, start: bytes) -> None:
    body = start + end.join(["User-agent: *", "Disallow: /a", "Disallow: /b", ""]).encode()
    assert not allowed(body, "/a")
    assert not allowed(body, "/b")
    assert allowed(body, "/c")


def test_only_cr_and_lf_end_lines() -> None:
    assert allowed("User-agent: *\nAllow: /a\u2028Disallow: /b", "/b")
    assert allowed("User-agent: *\n# a comment\x85Disallow: /b", "/b")


def test_bytes_that_are_no_utf8_cost_their_line_alone() -> None:
    body = b"User-agent: *\nDisallow: /\xe9t\xe9\nDisallow: /b"
    assert not allowed(body, "/b")
    assert not allowed(body, "/%E9t%E9")
    assert allowed(body, "/c")


def test_past_the_limit_nothing_counts_and_no_rule_is_cut_in_two() -> None:
    head = b"User-agent: *\n" + b"#" * (MAX_BYTES - 14 - 12) + b"\n"
    body = head + b"Disallow: /a-long-path\nDisallow: /b"
    assert len(head) < MAX_BYTES < len(body)
    assert allowed(body, "/a")
    assert allowed(body, "/a-long-path")
    assert allowed(body, "/b")


def test_html_in_its_place_has_no_rules() -> None:
    assert allowed("<!DOCTYPE html><html><body>User-agent: * is not here</body></html>", "/x")


def test_crawl_delay() -> None:
    text = (
        "User-agent: *\nCrawl-delay: 10\n\nUser-agent: warraq\nCrawl-delay: 1.5\nCrawl-delay: 0.5\nAllow: /a"
    )
    assert rules(text).crawl_delay("Warraq") == 1.5
    assert rules(text).crawl_delay("warraq/0.1 (+mailto:a@example.org)") == 1.5
    assert rules(text).crawl_delay("otherbot") == 10
    assert (
        rules("User-agent: warraq\nDisallow: /a\nUser-agent: *\nCrawl-delay: 3").crawl_delay("warraq") is None
    )
    assert (
        rules("User-agent: *\nCrawl-delay: 3\nCrawl-delay: x\nCrawl-delay: -1\nCrawl-delay: nan").crawl_delay(
            "w"
        )
        == 3
    )
    assert RobotsRules.parse(b"", status=500).crawl_delay("warraq") is None


def test_sitemaps_stand_anywhere_and_as_written() -> None:
    text = "Sitemap: https://e.org/1.xml\nUser-agent: *\nsitemap:https://e.org/2.xml\nDisallow: /\nSitemap:"
    assert rules(text).sitemaps == ("https://e.org/1.xml", "https://e.org/2.xml")


@pytest.mark.parametrize(
    "url", ["http://[broken/x", "https://e.org", "https://e.org?x", "/x", "", "https://e.org//x"]
)
def test_odd_urls_do_not_raise(url: str) -> None:
    assert not rules("User-agent: *\nDisallow: /").allows(url, "warraq")
    assert rules("User-agent: *\nDisallow: /private").allows(url, "warraq")


def test_many_agents_with_many_rules_cost_little() -> None:
    agents = "\n".join(
        f"User-agent: {''.join('abcdefghij'[int(digit)] for digit in str(n))}" for n in range(12_000)
    )
    began = time.process_time()
    found = rules(agents + "\nCrawl-delay: 1" * 100 + "\nDisallow: /a" * 15_000)
    assert not found.allows(f"{HOST}/a", "b")
    assert found.allows(f"{HOST}/a", "warraq")
    assert time.process_time() - began < 5


robots_line = st.tuples(
    st.sampled_from(
        ["User-agent", "Allow", "Disallow", "Crawl-delay", "Sitemap", "Host", "Request-rate", ""]
    ),
    st.sampled_from([":", " ", " : ", ""]),
    st.text(max_size=20) | st.sampled_from(["*", "/", "/*", "/$", "/a*$", "/%", "warraq", "1e400"]),
).map("".join)


@given(
    st.binary() | st.lists(robots_line).map(lambda lines: "\n".join(lines).encode("utf-8", "surrogatepass")),
    st.text(),
)
def test_never_raises(body: bytes, url: str) -> None:
    found = RobotsRules.parse(body, status=200)
    assert found.allows(f"{HOST}/robots.txt", "warraq")
    assert isinstance(found.allows(url, "warraq"), bool)
    delay = found.crawl_delay("warraq")
    assert delay is None or 0 <= delay < float("inf")
