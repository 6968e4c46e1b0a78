"""The project itself: documents agree with the code, versions with their ranges, licences with ours."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
from packaging.requirements import Requirement

from crawler.cli.app import COMMANDS, warraq
from crawler.cli.reference import PAGE, reference

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def commands(group: click.Group = warraq, name: str = "warraq") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group, info_name=name)
    for each in group.list_commands(context):
        command = group.get_command(context, each)
        assert command is not None
        yield f"{name} {each}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{name} {each}")


def test_the_command_reference_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == reference(), "run 'make docs'"


def test_every_command_and_option_is_explained() -> None:
    for name, command in commands():
        assert command.help, name
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, f"{name} {parameter.name}"


def test_every_command_that_prints_can_print_json() -> None:
    for name, command in commands():
        if not isinstance(command, click.Group):
            assert "--json" in {option for parameter in command.params for option in parameter.opts}, name


def test_every_command_is_documented() -> None:
    headings = set(re.findall(r"^#+ (warraq .*)$", PAGE.read_text("utf-8"), re.MULTILINE))

    assert headings == {name for name, _ in commands()}


@pytest.mark.parametrize("page", ["README.md", "CHANGELOG.md"])
def test_documents_name_only_commands_there_are(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")

    named = set(re.findall(r"(?:^\$ |`)warraq (?:--archive \S+ )?([a-z]+)", text, re.MULTILINE))

    assert named
    assert named <= set(COMMANDS)
    assert page == "CHANGELOG.md" or {"init", "sources", "crawl", "search", "show", "export"} <= named


def test_documents_link_to_what_is_there() -> None:
    for page in ROOT.glob("*.md"):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8")):
            assert (ROOT / target).exists(), f"{page.name}: {target}"


def test_targets_of_the_makefile_are_listed_by_make_help() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    helped = set(re.findall(r"@echo 'make (\w+)", makefile))
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony is not None

    assert helped <= set(phony[1].split())
    assert {"demo", "test", "quick", "check"} <= helped


def declared() -> list[Requirement]:
    extras = PROJECT["project"]["optional-dependencies"]
    lines = [*PROJECT["project"]["dependencies"], *(line for group in extras.values() for line in group)]
    return [Requirement(line) for line in lines]


def test_every_dependency_is_pinned_to_a_tested_version_within_its_range() -> None:
    pins = {}
    for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            name, version = re.fullmatch(r"([\w.-]+)==([\w.+!]+)", line).groups()  # type: ignore[union-attr]
            pins[re.sub(r"[-_.]+", "-", name).lower()] = version

    for requirement in declared():
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        assert requirement.specifier.contains(pins[name]), f"{requirement}: tested with {pins[name]}"


def test_every_dependency_has_its_reason_beside_it() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")

    for requirement in declared():
        assert re.search(rf'^ +"{re.escape(requirement.name)}[^"]*", +# \S', text, re.MULTILINE), (
            requirement.name
        )


@pytest.fixture(scope="module")
def licences() -> ModuleType:
    found = importlib.util.spec_from_file_location("licences", ROOT / ".ci" / "licences.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_no_dependency_has_the_gpl_alone(licences: ModuleType) -> None:
    needed = licences.runtime("warraq")

    assert {"warraq", "scrapy", "lxml", "pydantic-core"} <= needed.keys()
    assert "pytest" not in needed
    assert licences.main() == 0


@pytest.mark.parametrize(
    ("licence", "gpl"),
    [
        ("GPL-3.0-only", True),
        ("AGPL-3.0-or-later", True),
        ("GNU General Public License v3 (GPLv3)", True),
        ("GNU Affero General Public License v3", True),
        ("GPL-2.0-only AND MIT", True),
        ("LGPL-2.1-or-later", False),
        ("GNU Lesser General Public License v3 (LGPLv3)", False),
        ("GNU Library or Lesser General Public License (LGPL)", False),
        ("MPL-2.0", False),
        ("Apache-2.0", False),
        ("unknown", False),
    ],
)
def test_the_gpl_is_told_from_the_lesser(licences: ModuleType, licence: str, gpl: bool) -> None:
    assert licences.is_gpl(licence) is gpl


@pytest.mark.parametrize("arguments", ["--help", "--version", "search --help", "export --help"])
def test_the_command_line_starts_without_scrapy_and_trafilatura(arguments: str) -> None:
    script = (
        "import sys; sys.argv[1:] = " + repr(arguments.split()) + "\n"
        "from crawler.cli.app import main\n"
        "try: main()\n"
        "finally:\n"
        "    heavy = {'scrapy', 'twisted', 'trafilatura', 'pyarrow'} & set(sys.modules)\n"
        "    print(*sorted(heavy), file=sys.stderr)"
    )

    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)

    assert ran.stderr.strip() == ""
    assert ran.stdout


def test_what_the_package_needs_is_packaged() -> None:
    """Templates and texts are named by package-data, or an installed demo would have none."""
    patterns = {pattern.removeprefix("*") for pattern in PROJECT["tool"]["setuptools"]["package-data"]["*"]}
    folders = [ROOT / name for name in ("archive", "crawler", "settings")]
    others = {path.suffix for folder in folders for path in folder.rglob("*") if path.is_file()} - {
        ".py",
        ".pyc",
    }

    assert others <= patterns
