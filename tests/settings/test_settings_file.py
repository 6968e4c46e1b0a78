"""warraq.toml: errors that name the place, edits that keep what was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from archive.errors import ConfigError, NotAnArchiveError, UsageError
from settings import file as settings_file
from settings.faults import MAX_SHOWN
from settings.file import create, edit, load, rewrite

if TYPE_CHECKING:
    from pathlib import Path

GOOD = '[archive]\ncontact = "a@example.org"\n'
SOURCE = GOOD + '[[source]]\nname = "a"\nurl = "http://a/"\n'


def write(folder: Path, text: str | bytes) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "warraq.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_what_create_writes_can_be_loaded_and_says_what_it_was_given(tmp_path: Path) -> None:
    path = create(tmp_path / "new" / "archive", 'Öffentlich "quoted" \\ a@example.org', "اسم")

    settings = load(path.parent)

    assert settings.archive.contact == 'Öffentlich "quoted" \\ a@example.org'
    assert settings.archive.name == "اسم"
    assert settings.crawl.delay == 2.0
    assert "[[source]]" in path.read_text("utf-8")


def test_an_archive_is_named_after_its_folder(tmp_path: Path) -> None:
    create(tmp_path / "kurier", "a@example.org")

    assert load(tmp_path / "kurier").archive.name == "kurier"


def test_create_leaves_what_is_there_alone(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD)

    with pytest.raises(UsageError, match="an archive here already"):
        create(tmp_path, "b@example.org")

    assert path.read_text() == GOOD


def test_create_refuses_a_file_in_the_folders_place(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("x")

    with pytest.raises(UsageError, match="a file, not a folder"):
        create(tmp_path / "taken", "b@example.org")


@pytest.mark.parametrize("contact", ["x", "nobody", "line\nbreak@example.org", ""])
def test_create_refuses_a_contact_that_reaches_nobody(tmp_path: Path, contact: str) -> None:
    with pytest.raises(UsageError, match="contact: "):
        create(tmp_path / "new", contact)

    assert not (tmp_path / "new").exists()


# A text, and what its error says after the file's name.
FAULTS = {
    f"{GOOD}[crawl]\ndelai = 2\n": ":4: [crawl] delai: unknown key; did you mean delay?",
    f"{GOOD}\n[crawl]\nzzz = 2\n": ":5: [crawl] zzz: unknown key; allowed here: concurrency, delay, depth,",
    f"{GOOD}[crawler]\n": ":3: crawler: unknown key; did you mean crawl?",
    f'{GOOD}[crawl]\ndelay = "2"\n': ":4: [crawl] delay: must be a valid number, not '2'",
    f"{GOOD}[crawl]\ndelay = -1\n": ":4: [crawl] delay: must be greater than or equal to 0, not -1",
    f"{GOOD}[crawl]\ndelay = 2021-01-01\n": ":4: [crawl] delay: must be a valid number",
    f'{GOOD}[crawl]\nrobots = "no"\n': ":4: [crawl] robots: must be 'obey' or 'ignore', not 'no'",
    '[archive]\nname = "x"\n': ":1: [archive] contact: missing; give a mail address or a URL",
    "": ":1: [archive] contact: missing; give a mail address or a URL",
    '# so\n\n[archive]\ncontact = "nobody"\n': ":4: [archive] contact: give a mail address or a URL",
    f"crawl = 3\n{GOOD}": ":1: crawl: must be a table ([crawl]), not 3",
    SOURCE.replace("http", "ftp"): ":5: [[source]] 'a' url: must be an address that begins with http://",
    SOURCE.replace('"a"', '"A B"'): ":4: [[source]] 1 name: must be lower-case letters, digits,",
    SOURCE.replace("name", "#"): ":3: [[source]] 1 name: missing; give lower-case letters, digits,",
    f'{SOURCE}include = [\n  "ok",\n  3,\n]\n': ":6: [[source]] 'a' include 2: must be a valid string, not 3",
    f'{SOURCE}exclude = ["("]\n': ":6: [[source]] 'a' exclude: '(' is no regular expression:",
    f'{SOURCE}timezone = "Mars"\n': ":6: [[source]] 'a' timezone: no such time zone: Mars",
    f"{SOURCE}\n{SOURCE[len(GOOD) :]}": ":8: [[source]] name: 'a' is taken by the source of line 4",
    GOOD
    + '[[watch]]\nname = "a"\nquery = "b"\n' * 2: ":7: [[watch]] name: 'a' is taken by the watch of line 4",
    f"{GOOD}[crawl\n": ":3:7: not TOML: expected ']'",
    f'{GOOD}x = "open\n': ":3:10: not TOML: illegal character",
    f"{GOOD}[crawl]\nx =": ":4: not TOML: invalid value",
    f'{GOOD}contact = "b@example.org"\n': ":3:26: not TOML: cannot overwrite a value",
}


@pytest.mark.parametrize(("text", "told"), FAULTS.items())
def test_a_fault_is_told_with_its_line_and_key(tmp_path: Path, text: str, told: str) -> None:
    path = write(tmp_path, text)

    with pytest.raises(ConfigError) as caught:
        load(tmp_path)

    assert str(caught.value).startswith(f"{path}{told}")


def test_all_faults_are_told_at_once_in_the_files_order(tmp_path: Path) -> None:
    write(tmp_path, f"{GOOD}[crawl]\nretries = 99\ndelai = 1\n[extract]\nworkers = -1\n")

    with pytest.raises(ConfigError) as caught:
        load(tmp_path)

    assert [line.split(":")[1] for line in str(caught.value).splitlines()] == ["4", "5", "7"]


def test_of_very_many_faults_the_first_are_told_and_the_others_counted(tmp_path: Path) -> None:
    write(tmp_path, GOOD + "".join(f"[[source]]\nname = {n}\nurl = 1\n" for n in range(20)))

    with pytest.raises(ConfigError) as caught:
        load(tmp_path)

    assert len(str(caught.value).splitlines()) == MAX_SHOWN + 1
    assert str(caught.value).endswith("and 30 further errors")


def test_a_file_that_is_not_utf8_is_told_with_its_line(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD.encode() + "# été\n".encode("latin-1"))

    with pytest.raises(ConfigError, match="is not UTF-8") as caught:
        load(tmp_path)

    assert str(caught.value).startswith(f"{path}:3: ")


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    write(tmp_path, b"\xef\xbb\xbf" + GOOD.encode())

    assert load(tmp_path).archive.contact == "a@example.org"


def test_nesting_without_end_is_refused(tmp_path: Path) -> None:
    write(tmp_path, f"{GOOD}x = {'[' * 100_000}\n")

    with pytest.raises(ConfigError):
        load(tmp_path)


def test_a_file_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings_file, "MAX_BYTES", 10)
    write(tmp_path, GOOD)

    with pytest.raises(ConfigError, match="larger than"):
        load(tmp_path)


@pytest.mark.parametrize("use", [load, lambda folder: rewrite(folder, str.upper)])
def test_a_folder_that_is_no_archive_is_told_what_to_do(tmp_path: Path, use: object) -> None:
    assert callable(use)
    for folder in (tmp_path, tmp_path / "absent"):
        with pytest.raises(NotAnArchiveError, match="warraq init"):
            use(folder)


COMMENTED = f"""\
# top
{GOOD}
[crawl]
delay = 3.0        # slow, they asked for it
# end of crawl

[[source]]
name = "a"         # the first
url = "https://a.example/"
"""


def test_an_edit_keeps_comments_order_and_layout(tmp_path: Path) -> None:
    path = write(tmp_path, COMMENTED)

    with edit(tmp_path) as document:
        document["crawl"]["delay"] = 5.0

    assert path.read_text() == COMMENTED.replace("delay = 3.0 ", "delay = 5.0 ")


def test_an_edit_that_would_be_wrong_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = write(tmp_path, COMMENTED)

    with pytest.raises(ConfigError, match="delay"), edit(tmp_path) as document:
        document["crawl"]["delay"] = "soon"

    assert path.read_text() == COMMENTED
    assert list(tmp_path.iterdir()) == [path]


def test_an_edit_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = write(tmp_path, COMMENTED)

    with pytest.raises(ZeroDivisionError), edit(tmp_path) as document:
        document["crawl"]["delay"] = 1 / 0

    assert path.read_text() == COMMENTED


def test_an_edit_does_not_overwrite_what_an_editor_saved_meanwhile(tmp_path: Path) -> None:
    path = write(tmp_path, COMMENTED)

    def save_and_edit(text: str) -> str:
        path.write_text(GOOD)
        return text + "# edited"

    with pytest.raises(ConfigError, match="changed by someone else"):
        rewrite(tmp_path, save_and_edit)

    assert path.read_text() == GOOD


def test_an_edit_keeps_the_files_mode_and_a_link_to_it(tmp_path: Path) -> None:
    real = tmp_path / "kept.toml"
    real.write_text(COMMENTED)
    real.chmod(0o640)
    folder = tmp_path / "archive"
    folder.mkdir()
    (folder / "warraq.toml").symlink_to(real)

    rewrite(folder, lambda text: text + "# more\n")

    assert real.read_text() == COMMENTED + "# more\n"
    assert real.stat().st_mode & 0o777 == 0o640
    assert (folder / "warraq.toml").is_symlink()


def test_tables_that_tomlkit_would_reorder_are_not_edited_through_it(tmp_path: Path) -> None:
    source, watch = '[[source]]\nname = "{0}"\nurl = "http://{0}/"\n', '[[watch]]\nname = "w"\nquery = "q"\n'
    path = write(tmp_path, before := GOOD + source.format("a") + watch + source.format("b"))

    with pytest.raises(ConfigError, match="together"), edit(tmp_path):
        pass

    assert path.read_text() == before
