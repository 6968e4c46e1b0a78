"""The crawl lock: one holder, named; freed by any end of the process; not inherited."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from archive.errors import ArchiveBusyError, ArchiveError
from archive.store import CrawlLock

HOLD = """
import sys, pathlib, subprocess, time
from archive.store import CrawlLock
with CrawlLock(pathlib.Path(sys.argv[1]), "warraq crawl example"):
    print("held", flush=True)
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], close_fds=False)
    time.sleep(0.2)
    print(child.pid, flush=True)
    time.sleep(60)
"""


def start_holder(folder: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_the_second_is_told_who_is_first_and_a_kill_frees(tmp_path: Path) -> None:
    with start_holder(tmp_path) as process:
        try:
            with pytest.raises(ArchiveBusyError) as busy, CrawlLock(tmp_path, "warraq crawl"):
                pass
            assert f"'warraq crawl example' (process {process.pid} on " in str(busy.value)
            assert "Wait until it ends" in str(busy.value)
        finally:
            assert process.stdout is not None
            child = int(process.stdout.readline())
            process.send_signal(signal.SIGKILL)
            process.wait()
            os.kill(child, signal.SIGKILL)
    with CrawlLock(tmp_path, "warraq add") as lock:
        holder = lock.holder()
        assert holder is not None
        assert (holder.pid, holder.command) == (os.getpid(), "warraq add")


def test_released_it_is_free_and_names_nobody(tmp_path: Path) -> None:
    lock = CrawlLock(tmp_path, "one")
    lock.acquire()
    lock.acquire()
    lock.release()
    lock.release()
    assert lock.holder() is None
    with CrawlLock(tmp_path, "two"), pytest.raises(ArchiveBusyError, match="two"):
        lock.acquire()


def test_a_started_program_does_not_inherit_it(tmp_path: Path) -> None:
    with start_holder(tmp_path) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        process.wait()
    try:
        with CrawlLock(tmp_path, "two"):
            os.kill(child, 0)  # raises where the child is gone, and the test would show nothing
    finally:
        os.kill(child, signal.SIGKILL)


@pytest.mark.parametrize(
    "left", [b"", b"{", b"[]", b'{"pid": 1}', b"\xff\xfe", json.dumps({"pid": "x" * 9000}).encode()]
)
def test_a_lock_file_that_says_nothing_is_no_fault(tmp_path: Path, left: bytes) -> None:
    with CrawlLock(tmp_path, "one"):
        (tmp_path / ".crawl.lock").write_bytes(left)
        with pytest.raises(ArchiveBusyError, match="another process is crawling"):
            CrawlLock(tmp_path, "two").acquire()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match=r"\.crawl\.lock: cannot be written: .*see to the disk"):
        CrawlLock(tmp_path / "nowhere", command="import").acquire()
