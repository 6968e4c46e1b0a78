"""Warraq, all of it: sitemaps read, robots.txt obeyed, each exchange in WARC, articles in the store."""

from __future__ import annotations

from pathlib import Path

import tomlkit
from scrapy.utils.misc import load_object

import crawler.spiders.news  # noqa: F401  (imported by a crawl when it begins; here, with the start)
import settings.crawl as values
from benchmarks.contestants.job import Job, ready, tell
from crawler.run import Order, run_crawl

MAX_PER_HOST = 64
"""What `per_host` allows at most."""


def configure(job: Job) -> Path:
    """Write the archive's warraq.toml: a source a host, no delay; pages alone; everything else as it is by default."""
    folder = Path(job.folder)
    text = tomlkit.dumps(
        {
            "archive": {"name": "benchmark", "contact": "benchmark@example.org"},
            "crawl": {
                "delay": 0.0,
                "concurrency": job.concurrency,
                "per_host": min(MAX_PER_HOST, job.concurrency),
                "requisites": [],  # the others fetch pages alone
            },
            "source": [
                {"name": f"host-{index:03d}", "url": f"{host}/"} for index, host in enumerate(job.hosts)
            ],
        }
    )
    (folder / "warraq.toml").write_text(text, encoding="utf-8")
    return folder


def run(*, extract: bool) -> None:
    """Crawl what the command line names."""
    job = Job.named()
    folder = configure(job)
    for path in filter(None, (values.SCHEDULER, values.DOWNLOAD_HANDLERS["http"])):
        load_object(path)
    ready()
    summary = run_crawl(folder, Order(extract=extract))
    lists = 3 * len(job.hosts)  # robots.txt, home page, sitemap
    tell(summary.captures - lists, summary.articles_new)


if __name__ == "__main__":
    run(extract=True)
