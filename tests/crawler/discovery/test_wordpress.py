from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery.wordpress import api_root, posts_url

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawler.discovery import Discovery

    Read = Callable[..., Discovery]

ROOT = "https://news.example.org/wp-json/"
POST = {
    "link": "https://news.example.org/2024/05/a-story/",
    "date": "2024-05-01T13:00:00",
    "date_gmt": "2024-05-01T10:00:00",
    "modified": "2024-05-02T13:00:00",
    "modified_gmt": "2024-05-02T10:00:00",
    "title": {"rendered": "Rivers &#038; roads &#8220;now&#8221;"},
    "categories": [7],
    "class_list": ["post-1", "post", "category-local-news", "tag-x"],
}


def test_a_page_of_posts(read: Read) -> None:
    found = read(json.dumps([POST]), "wordpress", url=posts_url(ROOT), headers=(("X-WP-TotalPages", "1"),))
    (page,) = found.candidates
    assert page.url == POST["link"]
    assert page.title == "Rivers & roads “now”"
    assert (page.published, page.modified) == ("2024-05-01T13:00:00+03:00", "2024-05-02T13:00:00+03:00")
    assert (page.section, page.found_by, page.role) == ("local news", "wordpress", "page")
    assert found.read_as == "wordpress"


@pytest.mark.parametrize(
    ("local", "utc", "expected"),
    [
        ("2024-05-01T13:00:00", "2024-05-01T10:00:00", "2024-05-01T13:00:00+03:00"),
        ("2024-05-01T15:45:00", "2024-05-01T10:00:00", "2024-05-01T15:45:00+05:45"),
        ("2024-05-01T06:30:00", "2024-05-01T10:00:00", "2024-05-01T06:30:00-03:30"),
        ("2024-05-01T10:00:00", "2024-05-01T10:00:00", "2024-05-01T10:00:00+00:00"),
        ("2024-05-01T10:00:01", "2024-05-01T10:00:00", "2024-05-01T10:00:00+00:00"),
        ("2021-05-01T10:00:00", "2024-05-01T10:00:00", "2024-05-01T10:00:00+00:00"),
        (None, "2024-05-01T10:00:00", "2024-05-01T10:00:00+00:00"),
        ("2024-05-01T13:00:00", "0000-00-00T00:00:00", "2024-05-01T13:00:00"),
        ("2024-05-01T13:00:00", None, "2024-05-01T13:00:00"),
        (None, None, None),
    ],
)
def test_dates_get_the_offset_their_pair_implies(
    read: Read, local: str | None, utc: str | None, expected: str | None
) -> None:
    (page,) = read(json.dumps([POST | {"date": local, "date_gmt": utc}]), "wordpress").candidates
    assert page.published == expected


def test_the_first_page_announces_all_others_in_their_order(read: Read) -> None:
    found = read(json.dumps([POST]), "wordpress", url=posts_url(ROOT), headers=(("X-WP-TotalPages", "4"),))
    pages = [candidate for candidate in found.candidates if candidate.role == "wordpress"]
    queries = [parse_qs(urlsplit(page.url).query) for page in pages]
    assert [query["page"] for query in queries] == [["2"], ["3"], ["4"]]
    assert all(query["per_page"] == ["100"] and "date_gmt" in query["_fields"][0] for query in queries)
    assert [page.priority for page in pages] == sorted(page.priority for page in pages)


def test_a_later_page_announces_the_next_alone(read: Read) -> None:
    total = (("X-WP-TotalPages", "4"),)
    third = read(json.dumps([POST]), "wordpress", url=posts_url(ROOT, 3), headers=total)
    assert [parse_qs(urlsplit(c.url).query)["page"] for c in third.candidates if c.role == "wordpress"] == [
        ["4"]
    ]
    last = read(json.dumps([POST]), "wordpress", url=posts_url(ROOT, 4), headers=total)
    assert [c.role for c in last.candidates] == ["page"]


def test_without_a_total_a_full_page_has_a_next(read: Read) -> None:
    posts = [POST | {"link": f"https://news.example.org/{n}"} for n in range(100)]
    full = read(json.dumps(posts), "wordpress", url=posts_url(ROOT))
    assert [c.role for c in full.candidates].count("wordpress") == 1
    short = read(json.dumps(posts[:99]), "wordpress", url=posts_url(ROOT))
    assert [c.role for c in short.candidates].count("wordpress") == 0


@pytest.mark.parametrize("total", ["-1", "many", "1e9", "99999999999999999999", "²"])
def test_totals_that_make_no_sense_are_passed_over(read: Read, total: str) -> None:
    found = read(json.dumps([POST]), "wordpress", url=posts_url(ROOT), headers=(("X-WP-TotalPages", total),))
    assert len(found.candidates) == 1


def test_without_pretty_permalinks_paging_keeps_the_route(read: Read) -> None:
    url = posts_url("https://news.example.org/index.php?rest_route=/")
    assert url.startswith("https://news.example.org/index.php?rest_route=/wp/v2/posts&per_page=100")
    found = read(json.dumps([POST]), "wordpress", url=url, headers=(("X-WP-TotalPages", "2"),))
    assert "rest_route=/wp/v2/posts" in found.candidates[1].url
    assert "page=2" in found.candidates[1].url


def test_backfill_bounds() -> None:
    query = parse_qs(
        urlsplit(posts_url(ROOT, after="2024-01-01T00:00:00", before="2024-02-01T00:00:00")).query
    )
    assert (query["after"], query["before"]) == (["2024-01-01T00:00:00"], ["2024-02-01T00:00:00"])


def test_the_root_leads_to_the_posts(read: Read) -> None:
    found = read(json.dumps({"namespaces": ["oembed/1.0", "wp/v2"]}), "probe", url=ROOT)
    assert [candidate.url for candidate in found.candidates] == [posts_url(ROOT)]
    assert "without wp/v2" in read(json.dumps({"namespaces": []}), "probe", url=ROOT).faults[0]


def test_an_error_is_a_fault(read: Read) -> None:
    found = read('{"code": "rest_no_route", "message": "No <b>route</b>", "data": {}}', "wordpress")
    assert found.candidates == ()
    assert found.faults == ("WordPress answered rest_no_route: No route",)


def test_the_link_header_names_the_root() -> None:
    headers = (
        (b"Link", b"<https://news.example.org/?p=1>; rel=shortlink"),
        (b"link", b'</x>; rel="preload", <https://news.example.org/wp-json/>; rel="https://api.w.org/"'),
    )
    assert api_root(headers, "https://news.example.org/") == ROOT
    assert api_root(headers[:1], "https://news.example.org/") is None


json_value = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.just("https://news.example.org/x"),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from([*POST, "rendered", "namespaces", "code", "message"]), inner, max_size=6
        )
    ),
    max_leaves=15,
)


@given(json_value)
def test_never_raises(read: Read, content: object) -> None:
    read(json.dumps(content), "wordpress", url=posts_url(ROOT))
