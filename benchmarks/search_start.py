"""What one `warraq search` costs with its start: `python -m benchmarks.search_start`."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import click

from crawler.demo.pages import Pages

GOAL_CPU_SECONDS = 0.4
WARRAQ = (sys.executable, "-c", "from crawler.cli.app import main; main()")
QUERY = "bridge OR ferry OR نهر"


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one command, all its processes."""

    cpu_seconds: float
    """User and system."""
    seconds: float


@click.command()
@click.argument("query", default=QUERY)
@click.option("--repeat", default=5, show_default=True, type=click.IntRange(min=1), metavar="N")
@click.option(
    "--archive", type=click.Path(path_type=Path, exists=True, file_okay=False), metavar="DIR",
    help="An archive to search; default: a fresh one of the demo site's articles.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on one line.")
def search_start(*, query: str, repeat: int, archive: Path | None, as_json: bool) -> None:
    """Search, each time in a fresh process, and tell the median CPU and time."""
    with ExitStack() as stack:
        folder = archive or demo_archive(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        command = [*WARRAQ, "--archive", str(folder), "search", query]
        cost(command)  # the first run reads everything from the disk, and may migrate an older archive
        costs = [cost(command) for _ in range(repeat)]
    middle = Cost(median(each.cpu_seconds for each in costs), median(each.seconds for each in costs))
    if as_json:
        click.echo(json.dumps({"repeats": repeat, **asdict(middle), "goal_cpu_seconds": GOAL_CPU_SECONDS}))
        return
    click.echo(
        f"warraq search: {middle.cpu_seconds:.3f} s of CPU (wanted: at most {GOAL_CPU_SECONDS}), "
        f"{middle.seconds:.3f} s, median of {repeat}"
    )


def demo_archive(folder: Path) -> Path:
    """Make an archive of the demo site's articles, imported from files."""
    pages = Pages("http://demo.invalid")
    stories = {story.path for story in pages.stories}
    files = folder / "files"
    files.mkdir()
    for number, (path, page) in enumerate(pages.all()):
        if path in stories:
            (files / f"{number:03d}.html").write_bytes(page.body)
    archive = folder / "news-archive"
    for words in (["init", str(archive), "--contact", "benchmark@example.org"], ["import", str(files)]):
        subprocess.run([*WARRAQ, "--archive", str(archive), *words], check=True, stdout=subprocess.DEVNULL)
    return archive


def cost(command: list[str]) -> Cost:
    """Run a command to its end.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    ended, after = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    user, system = after.ru_utime - before.ru_utime, after.ru_stime - before.ru_stime
    return Cost(user + system, ended - began)


if __name__ == "__main__":
    search_start()
