"""Refuse a runtime dependency whose only licence is GPL or AGPL.

Warraq is Apache-2.0: who passes it on must be able to pass on what it needs under terms as free. LGPL and
MPL libraries may be used; of several licences to choose from, one that is free of the GPL is enough.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from packaging.requirements import Requirement

ROOT = "warraq"
TOOLS = frozenset({"dev", "training"})
"""Extras that are not passed on: their tools run beside the program, not in it."""

_GPL = re.compile(r"(?i)\b(A?GPL|(?:Affero )?(?:GNU )?General Public License|GNU (?:Affero )?General Public)")
_LESSER = re.compile(r"(?i)LGPL|Lesser General|Library General")


def runtime(root: str) -> dict[str, Distribution]:
    """All distributions that `root` needs to run, its extras included where they are installed."""
    found: dict[str, Distribution] = {}
    extras_of_root = set(distribution(root).metadata.get_all("Provides-Extra") or ()) - TOOLS
    waiting = [(root, frozenset(extras_of_root))]
    while waiting:
        name, extras = waiting.pop()
        key = re.sub(r"[-_.]+", "-", name).lower()
        if key in found:
            continue
        try:
            found[key] = distribution(name)
        except PackageNotFoundError:
            continue  # of an extra, or a platform, that is not installed
        for line in found[key].requires or ():
            requirement = Requirement(line)
            marker = requirement.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras | {""}):
                waiting.append((requirement.name, frozenset(requirement.extras)))
    return found


def licences(installed: Distribution) -> list[str]:
    """The licences to choose from, as the distribution names them."""
    fields = installed.metadata
    expression = fields.get("License-Expression")
    if expression:
        return [part.strip(" ()") for part in re.split(r"\bOR\b", expression)]
    classifiers = [line for line in fields.get_all("Classifier") or () if line.startswith("License ::")]
    if classifiers:
        return [line.rpartition(" :: ")[2] for line in classifiers]
    return [part.strip() for part in re.split(r"\bor\b|/", (fields.get("License") or "unknown")[:200])]


def is_gpl(licence: str) -> bool:
    """Whether a licence is the GPL or AGPL; the Lesser GPL is not."""
    return bool(_GPL.search(_LESSER.sub("", licence)))


def main() -> int:
    """Check all; print what is refused."""
    all_needed = runtime(ROOT)
    refused = {name: found for name, each in all_needed.items() if all(map(is_gpl, found := licences(each)))}
    for name, found in sorted(refused.items()):
        print(f"{name}: {' or '.join(found)}: find another library, or do without")  # noqa: T201
    print(f"licences: {len(all_needed)} distributions, {len(refused)} refused")  # noqa: T201
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
