"""The benchmarks run and tell what they are for; how fast anything is, is not asserted here."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.measure import Measured
from benchmarks.pages import Body, load
from benchmarks.report import EXTRACTION, LABELS, WARRAQ, figures, ratios
from benchmarks.server import Layout

ROOT = Path(__file__).resolve().parents[2]
PAGES = 20


@pytest.mark.slow
def test_the_pipeline_is_measured_beside_its_peers(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_bytes(_article())
    row = _run("benchmarks.pipeline", "--pages", str(PAGES), "--pages-from", str(tmp_path))
    assert set(row["contestants"]) == set(LABELS)
    assert {each["pages"] for each in row["contestants"].values()} == {PAGES}
    assert {row["contestants"][name]["articles"] for name in (WARRAQ, EXTRACTION)} == {PAGES}
    assert all(each["peak_mebibytes"] > 10 for each in row["contestants"].values())
    assert all(each["value"] > 0 for each in row["ratios"])


@pytest.mark.slow
def test_the_start_of_a_search_is_measured() -> None:
    row = _run("benchmarks.search_start", "--repeat", "1")
    assert row["cpu_seconds"] > 0


def _run(module: str, *arguments: str) -> dict:
    ran = subprocess.run(
        [sys.executable, "-m", module, *arguments, "--json"], cwd=ROOT, capture_output=True, check=False
    )
    assert ran.returncode == 0, ran.stderr.decode()
    return json.loads(ran.stdout)


def _article() -> bytes:
    paragraph = (
        "<p>" + "The council has closed the old bridge to lorries after the flood in April. " * 5 + "</p>"
    )
    title = "Old bridge closed to lorries"
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1>{paragraph * 5}</body></html>".encode()


@given(st.binary(max_size=200_000), st.binary(max_size=100))
def test_a_marked_page_is_one_gzip_member(html: bytes, mark: bytes) -> None:
    stream = zlib.decompressobj(31)
    content = stream.decompress(Body.of(html).marked(mark))
    assert stream.eof
    assert not stream.unused_data
    assert content.endswith(b"<!-- " + mark + b" -->")


def test_pages_lose_their_canonical_link_alone() -> None:
    html = b'<head><LINK href="http://one.example/" rel="canonical"><link rel=icon href=/i></head>'
    content = gzip.decompress(Body.of(html).marked(b"1"))
    assert content == b"<head><link rel=icon href=/i></head><!-- 1 -->"


def test_pages_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "b.html.gz").write_bytes(gzip.compress(b"<p>second"))
    (tmp_path / "a.html").write_bytes(b"<p>first!")
    assert [body.size for body in load(tmp_path)] == [9, 9]
    (tmp_path / "manifest.jsonl").write_text('{"file": "b.html.gz"}\n', encoding="utf-8")
    assert len(load(tmp_path)) == 1


def test_a_folder_without_pages_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="neither a manifest"):
        load(tmp_path)


def test_every_page_stands_on_one_host() -> None:
    layout = Layout(("http://127.0.0.2:1", "http://127.0.0.3:1", "http://127.0.0.4:1"), 20)
    urls = layout.urls()
    assert len(set(urls)) == 20
    for host, base in enumerate(layout.hosts):
        assert sum(url.startswith(base) for url in urls) == len(layout.numbers(host))


def test_ratios_know_floors_from_ceilings() -> None:
    def measured(seconds: float, cpu: float, peak: float) -> Measured:
        return Measured(seconds, cpu, seconds - 1, cpu - 1, peak, {"pages": 100, "articles": 90})

    runs = {name: [measured(11, 11, 100)] for name in LABELS} | {
        WARRAQ: [measured(5, 9, 800), measured(3, 9, 600)]
    }
    of = {name: figures(each) for name, each in runs.items()}
    assert of[WARRAQ].pages_per_second == pytest.approx((100 / 5 + 100 / 3) / 2)
    assert of[WARRAQ].peak_mebibytes == 800
    met = {each.name: each.met for each in ratios(of, None)}
    assert met["pages/s, Warraq / naive"]
    assert met["CPU a page, Warraq with extraction off / bare Scrapy"]
    assert [name for name in met if not met[name]] == ["peak PSS MiB, 100 pages"] or sys.platform != "linux"
