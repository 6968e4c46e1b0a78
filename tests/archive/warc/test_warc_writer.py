"""Files, names, locks, rotation, and disks that fail."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import stat
import time
from typing import TYPE_CHECKING

import pytest

from archive.errors import WarcError
from archive.warc.reader import read_exchange, scan
from archive.warc.writer import WarcWriter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from archive.records import Exchange

NAME = re.compile(r"test-\d{17}-\d{5}-[A-Za-z0-9-]+-\d+\.warc\.gz(\.open)?")


def test_the_file_bears_open_and_a_lock_while_it_is_written(
    new_writer: Callable[..., WarcWriter], page: Exchange, tmp_path: Path
) -> None:
    writer = new_writer()
    assert not (tmp_path / "warc").exists()  # nothing fetched, nothing made
    place = writer.append(page)
    [path] = (tmp_path / "warc").iterdir()
    assert NAME.fullmatch(path.name)
    assert path.name == place.warc_file + ".open"
    with path.open("rb") as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    writer.close()
    [path] = (tmp_path / "warc").iterdir()
    assert path.name == place.warc_file
    with path.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    writer.close()  # once more does no harm


def test_a_closed_file_is_never_appended_to(
    new_writer: Callable[..., WarcWriter], page: Exchange, tmp_path: Path
) -> None:
    writer = new_writer()
    first = writer.append(page)
    writer.close()
    second = writer.append(page)
    writer.close()
    assert first.warc_file != second.warc_file
    assert list(scan(tmp_path / "warc" / first.warc_file)) == [(first, page)]
    assert len(list((tmp_path / "warc").iterdir())) == 2


def test_files_are_finished_past_their_size(
    new_writer: Callable[..., WarcWriter], pages: Callable[[int], list[Exchange]], tmp_path: Path
) -> None:
    written = pages(12)
    with new_writer(max_bytes=4000) as writer:
        places = [writer.append(exchange) for exchange in written]
    files = sorted((tmp_path / "warc").iterdir())
    assert len(files) > 2
    assert [path.stat().st_size >= 4000 for path in files[:-1]] == [True] * (len(files) - 1)
    assert [pair for path in files for pair in scan(path)] == list(zip(places, written, strict=True))


def test_a_file_is_finished_when_nothing_comes_any_more(
    new_writer: Callable[..., WarcWriter], page: Exchange, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    finished: list[str] = []
    with WarcWriter(
        tmp_path / "warc",
        prefix="test",
        info={},
        max_bytes=1 << 30,
        on_finished=lambda path, _: finished.append(path.name),
    ) as writer:
        writer.close_idle(0.0)
        assert not (tmp_path / "warc").exists(), "nothing written, nothing made"
        first = writer.append(page)
        now += 299
        writer.close_idle(300)
        assert finished == []
        assert writer.append(page).warc_file == first.warc_file, "each record begins the wait anew"
        now += 299
        writer.close_idle(300)
        assert finished == []
        now += 1
        writer.close_idle(300)
        writer.close_idle(300)
        assert finished == [first.warc_file]
        assert [path.name for path in (tmp_path / "warc").iterdir()] == finished, "no other is begun"
        second = writer.append(page)
        assert second.warc_file != first.warc_file
    assert len(list(scan(tmp_path / "warc" / first.warc_file))) == 2


def test_a_taken_name_is_passed_over(
    new_writer: Callable[..., WarcWriter], page: Exchange, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, refused = os.open, []

    def taken_once(path: os.PathLike[str], flags: int, mode: int = 0o777) -> int:
        if flags & os.O_EXCL and not refused:
            refused.append(path)
            raise FileExistsError(errno.EEXIST, "exists")
        return real(path, flags, mode)

    monkeypatch.setattr(os, "open", taken_once)
    with new_writer() as writer:
        place = writer.append(page)
    assert refused
    assert place.warc_file.split("-")[2] == "00001"


def test_everything_is_durable_in_the_right_order(
    new_writer: Callable[..., WarcWriter], page: Exchange, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    real_sync, real_fsync, real_write = os.fdatasync, os.fsync, os.write

    def fdatasync(fd: int) -> None:
        calls.append("data")
        real_sync(fd)

    def fsync(fd: int) -> None:
        calls.append("folder" if stat.S_ISDIR(os.fstat(fd).st_mode) else "file")
        real_fsync(fd)

    def write(fd: int, content: bytes) -> int:
        calls.append("write")
        return real_write(fd, content)

    monkeypatch.setattr(os, "fdatasync", fdatasync)
    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "write", write)
    writer = new_writer()
    writer.append(page)
    writer.sync()
    writer.sync()  # nothing new: no second trip to the disk
    writer.append(page)
    writer.close()
    assert calls == ["folder", "write", "write", "data", "write", "data", "folder"]


@pytest.mark.parametrize("room", [0, 1, 100, 500])
def test_a_full_disk_takes_nothing_back_but_the_attempt(
    new_writer: Callable[..., WarcWriter],
    page: Exchange,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    room: int,
) -> None:
    writer = new_writer()
    first = writer.append(page)
    path = tmp_path / "warc" / (first.warc_file + ".open")
    size, left, real = path.stat().st_size, [room], os.write

    def short(fd: int, content: memoryview) -> int:
        if not left[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        wrote = real(fd, content[: left[0]])
        left[0] -= wrote
        return wrote

    monkeypatch.setattr(os, "write", short)
    with pytest.raises(WarcError, match="No space left on device") as fault:
        writer.append(page)
    assert first.warc_file in str(fault.value)
    assert path.stat().st_size == size
    monkeypatch.undo()
    second = writer.append(page)  # there is room again
    writer.close()
    assert second.offset == size
    assert [place for place, _ in scan(tmp_path / "warc" / first.warc_file)] == [first, second]


def test_an_interruption_leaves_no_half(
    new_writer: Callable[..., WarcWriter], page: Exchange, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = new_writer()
    first = writer.append(page)
    real = os.write

    def interrupted(fd: int, content: memoryview) -> int:
        real(fd, content[:50])
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        writer.append(page)
    monkeypatch.undo()
    writer.close()
    assert [place for place, _ in scan(tmp_path / "warc" / first.warc_file)] == [first]


def test_nothing_is_written_behind_a_tail_that_stays(
    new_writer: Callable[..., WarcWriter], page: Exchange, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = new_writer()
    first = writer.append(page)
    real = os.write

    def stuck(fd: int, size: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    pieces = iter([60])

    def once(fd: int, content: memoryview) -> int:
        if room := next(pieces, 0):
            return real(fd, content[:room])
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "write", once)
    monkeypatch.setattr(os, "ftruncate", stuck)
    with pytest.raises(WarcError, match="Input/output error"):
        writer.append(page)
    monkeypatch.undo()
    second = writer.append(page)
    writer.close()
    assert second.warc_file != first.warc_file
    assert (tmp_path / "warc" / (first.warc_file + ".open")).exists()  # for the recovery to cut
    assert read_exchange(tmp_path / "warc", first.warc_file, first.offset, first.group_length) == page
    assert list(scan(tmp_path / "warc" / second.warc_file)) == [(second, page)]


def test_a_folder_that_cannot_be_written_is_named(page: Exchange, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WarcError, match=r"file.*cannot be made"):
        WarcWriter(tmp_path / "file", prefix="test", info={}, max_bytes=10).append(page)
