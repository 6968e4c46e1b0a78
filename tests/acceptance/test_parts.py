"""An article on several pages, crawled: one article with the whole text, edited and rebuilt as one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crawler.demo import DemoSite
from crawler.demo.pages import Page

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.acceptance.conftest import Archive

pytestmark = pytest.mark.slow

PATH = "/2026/04/three-days-on-the-river/"
TEXTS = {
    1: "The boat left before the fog had lifted, and nobody on board spoke until the first lock was behind us.",
    2: "On the second day the river widened, and the villages along it stood farther and farther apart.",
    3: "By the third evening the sea could be smelled, and the pilot said that he would not go any further.",
}


def publish(site: DemoSite, texts: dict[int, str]) -> str:
    first = site.url.rstrip("/") + PATH
    numbers = "".join(
        f"<a href='{first}{f'{number}/' if number > 1 else ''}'>{number}</a> " for number in texts
    )
    for number, text in texts.items():
        page = (
            "<html lang=en><head><title>Three days on the river</title></head><body><article><h1>Three days on the "
            f"river</h1><p>{text}</p></article><div class=page-links>Pages: {numbers}</div></body></html>"
        )
        site.put(f"{PATH}{f'{number}/' if number > 1 else ''}", Page(page.encode()))
    return first


def test_its_pages_are_one_article(new_archive: Callable[..., Archive]) -> None:
    archive = new_archive(delay=0.01)
    with DemoSite() as site:
        first = publish(site, TEXTS)
        (summary,) = archive.rows("add", first)
        assert (summary["articles_new"], summary["articles_changed"], summary["errors"]) == (1, 0, {})
        (row,) = archive.rows("show", first)
        assert row["text"] == "\n".join(TEXTS.values())
        assert [one["id"] for one in archive.rows("search", "pilot fog")] == [row["id"]]
        edited = TEXTS | {2: TEXTS[2].replace("second day", "second morning")}
        publish(site, edited)
        (summary,) = archive.rows("add", first)
        assert (summary["articles_new"], summary["articles_changed"]) == (0, 1)
    (row,) = archive.rows("show", first)
    assert (row["text"], row["status"]) == ("\n".join(edited.values()), "edited")
    (changes,) = archive.rows("show", first, "--diff")
    spans = changes["changes"]["text"]
    assert [span["text"].strip() for span in spans if span["kind"] != "same"] == ["day", "morning"]
    archive.run("rebuild")
    assert archive.rows("show", first) == [row]
