"""A real WordPress in Arabic: every post read right, nothing unchanged fetched twice."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import socket
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from archive.store import ArchiveStore, Filters
from archive.urls import canonical

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.acceptance.conftest import Archive

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

MIN_EQUAL = 0.95
BOILERPLATE = (
    "مقالات ذات صلة", "اترك تعليقاً", "لن يتم نشر عنوان بريدك", "زر الذهاب إلى الأعلى", "شاركها",
    "النشرة البريدية", "اشترك في نشرتنا", "لن نشارك بريدك", "إرسال التعليق", "اقرأ أيضاً",
)  # fmt: skip


@pytest.fixture(scope="module")
def testbed(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """The testbed's script, WordPress installed and running: call it with a verb."""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        pytest.skip("WordPress is installed from Debian's packages, as root")
    kept = os.environ.get("WARRAQ_WORDPRESS")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    site = kept or str(tmp_path_factory.mktemp("wordpress"))
    environment = {**os.environ, "TB_SITE": site, "PORT": port}

    def script(verb: str) -> str:
        # To a file, not a pipe: the servers it starts would keep a pipe open.
        log = tmp_path_factory.mktemp("testbed") / verb
        with log.open("w") as out:
            done = subprocess.run(
                ["bash", shared / "wordpress" / "testbed.sh", verb],
                env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out, check=False,
            )  # fmt: skip
        assert done.returncode == 0, log.read_text()
        return log.read_text()

    script("install")
    script("reset")
    script("start")
    yield lambda verb: f"http://127.0.0.1:{port}/" if verb == "url" else script(verb)
    script("stop")


@pytest.fixture(scope="module")
def posts(testbed: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What was published."""
    site = os.environ.get("WARRAQ_WORDPRESS")
    folder = site or next(path for path in tmp_path_factory.getbasetemp().glob("wordpress*"))
    from pathlib import Path  # noqa: PLC0415

    manifest = json.loads((Path(folder) / "manifest.json").read_text(encoding="utf-8"))
    assert testbed("url").rstrip("/") == manifest["base"]
    return [post for post in manifest["posts"] if post["status"] == "publish"]


@pytest.fixture(scope="module")
def crawled(testbed: Callable[[str], str], new_archive: Callable[..., Archive]) -> Archive:
    archive = new_archive()
    archive.run("sources", "add", testbed("url"), "--name", "wp")
    archive.run("crawl")
    return archive


def _articles(archive: Archive) -> dict[str, Any]:
    with ArchiveStore.open(archive.folder, readonly=True) as store:
        return {canonical(article.url): article for article in store.select(Filters())}


def test_every_open_post_is_an_article_and_the_protected_one_is_not(
    crawled: Archive, posts: list[dict[str, Any]]
) -> None:
    found = _articles(crawled)
    missing = [post["title"] for post in posts if canonical(post["url"]) not in found]
    protected = [post["title"] for post in posts if post["special"] == "password"]
    assert missing == protected
    with ArchiveStore.open(crawled.folder, readonly=True) as store:
        assert store.statistics().rejected == {"password": 1}


def test_texts_are_equal_and_nothing_of_the_furniture_is_in_them(
    crawled: Archive, posts: list[dict[str, Any]]
) -> None:
    found = _articles(crawled)
    different = []
    for post in posts:
        article = found.get(canonical(post["url"]))
        if article is None:
            continue
        text = " ".join(filter(None, [article.lead, article.text]))
        wanted = " ".join(html.unescape(re.sub(r"<[^>]+>", "", part)) for part in post["text"])
        if wanted.split() != text.split():
            different.append(post["title"])
        assert not [line for line in BOILERPLATE if line in text and line not in wanted], post["title"]
        assert not [said for said in post["comments"] if said in text and said not in wanted], post["title"]
        assert article.title == post["title"]
        assert article.authors == (post["author"],), post["title"]
        assert article.published is not None
        assert article.published[:10] == post["date"][:10], post["title"]
    assert len(different) <= (1 - MIN_EQUAL) * len(posts), different


def test_a_second_crawl_fetches_no_unchanged_article(crawled: Archive) -> None:
    with ArchiveStore.open(crawled.folder, readonly=True) as store:
        before = store.next_capture_id()
    (summary,) = crawled.rows("crawl")
    with ArchiveStore.open(crawled.folder, readonly=True) as store:
        again = [capture.url for capture in store.captures(role="page") if capture.id >= before]
    assert again == []
    assert summary["articles_new"] == summary["articles_changed"] == 0


def test_a_third_crawl_fetches_what_changed_and_what_is_new(
    crawled: Archive, testbed: Callable[[str], str]
) -> None:
    told = dict(line.split()[:2] for line in testbed("mutate").splitlines() if line.split()[:1])
    (summary,) = crawled.rows("crawl")
    assert (summary["articles_new"], summary["articles_changed"]) == (1, 1)
    (edited,) = crawled.rows("show", told["edited"])
    assert "أضيفت هذه الفقرة لاحقاً" in edited["text"]
    assert edited["status"] == "edited"
    (new,) = crawled.rows("show", told["new"])
    assert new["title"].startswith("خبر جديد")
    (diff,) = crawled.rows("show", told["edited"], "--diff")
    changed = [span for span in diff["changes"]["text"] if span["kind"] != "same"]
    assert [span["kind"] for span in changed] == ["new"]
    assert "أضيفت هذه الفقرة لاحقاً" in changed[0]["text"]
    assert list(diff["changes"]) == ["text"]
    for looks, status in ((1, "live"), (2, "deleted")):
        (summary,) = crawled.rows("crawl", "--look-again")
        assert (summary["articles_new"], summary["articles_changed"]) == (0, 0)
        (deleted,) = crawled.rows("show", told["deleted"], "--captures")
        assert deleted["status"] == status
        assert [capture["status"] for capture in deleted["captures"]] == [200, *[404] * looks]
    statuses = [article.status for article in _articles(crawled).values()]
    assert sorted(statuses) == ["deleted", "edited", *["live"] * (len(statuses) - 2)]
