"""`demo`, the whole way in a process of its own: every article of the site, exactly."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest

from archive.errors import UsageError
from crawler.cli.demo import CONTACT, QUERIES, _clear
from crawler.demo.stories import Story, stories
from settings.file import create

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive that a demo left behind, with what it printed beside it."""
    folder = tmp_path_factory.mktemp("demo") / "archive"
    command = [
        sys.executable,
        "-c",
        "from crawler.cli.app import main; main()",
        "demo",
        "--folder",
        str(folder),
    ]
    ran = subprocess.run([*command, "--json"], capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr
    (folder / "printed").write_text(ran.stdout)
    return folder


@pytest.fixture(scope="module")
def printed(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "printed").read_text().splitlines()]


@pytest.fixture(scope="module")
def found(folder: Path) -> dict[str, dict[str, object]]:
    """Exported articles by their URL's path."""
    rows = [json.loads(line) for line in (folder / "articles.jsonl").read_text().splitlines()]
    return {unquote(urlsplit(row["url"]).path): row for row in rows}


def test_every_article_is_found_and_nothing_else(found: dict[str, dict[str, object]]) -> None:
    assert set(found) == {story.path for story in stories()}


@pytest.mark.parametrize("story", stories(), ids=lambda story: f"{story.number}-{story.language}")
def test_an_article_is_read_exactly(found: dict[str, dict[str, object]], story: Story) -> None:
    row = found[story.path]

    assert row["title"] == story.title
    assert row["text"] == "\n".join(story.paragraphs)
    assert row["lead"] == story.lead
    assert row["authors"] == [story.author]
    assert row["language"] == story.language
    assert row["topics"] == list(story.topics)
    assert row["published_precision"] == ("instant" if "T" in story.published else "day")
    assert datetime.fromisoformat(str(row["published"])) == datetime.fromisoformat(story.published)


def test_what_is_no_article_is_refused_with_its_reason(printed: list[dict[str, object]]) -> None:
    (crawled,) = [row for row in printed if "requests" in row]

    assert crawled["articles_new"] == len(stories())
    assert crawled["rejected"] == {"password": 1, "soft_404": 1}
    assert crawled["errors"] == {"robots": 1}


def test_every_query_of_the_demo_has_its_hit(printed: list[dict[str, object]]) -> None:
    hits = [row for row in printed if "snippet" in row]

    assert len(hits) >= len(QUERIES)
    assert len({row["title"] for row in hits}) >= len(QUERIES)


def test_the_broken_feed_counts_as_failing_and_gave_its_entries(printed: list[dict[str, object]]) -> None:
    (source,) = next(row["sources"] for row in printed if "warc_bytes" in row)  # type: ignore[misc, attr-defined]

    assert source["endpoints_failing"] == 1
    assert source["endpoints"] >= 6


def test_an_earlier_demo_is_replaced_and_nothing_else_is(tmp_path: Path) -> None:
    create(tmp_path / "demo", CONTACT, "demo")
    create(tmp_path / "mine", "me@example.org")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").write_text("precious")

    _clear(tmp_path / "demo")
    _clear(tmp_path / "absent")
    for name in ("mine", "other"):
        with pytest.raises(UsageError, match="is no demo's archive"):
            _clear(tmp_path / name)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "other"]
    assert (tmp_path / "other" / "thesis.txt").read_text() == "precious"
