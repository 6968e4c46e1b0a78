"""A source's own rules, as values: immutable, told apart by a digest, sent to workers as they are."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

FIELDS: Final = ("prune", "body", "title", "lead", "author", "date", "modified")
"""What a rule may be for: the key in warraq.toml is `FIELD_xpath`, a script's function is called `FIELD`."""

DIGEST_DIGITS: Final = 12
"""Hexadecimal digits of a digest: 48 bits, and an archive has some thousand sets of rules at most."""


@dataclass(frozen=True, slots=True)
class Script:
    """A Python file of rules; its text travels, so that no worker reads another version of it."""

    path: str
    """As errors name it."""
    text: str


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules for a site's pages as they were from one day to another."""

    xpaths: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Name in `FIELDS` -> expressions. Of the first that finds something the findings count; of `prune` all do."""
    script: Script | None = None
    """Asked before the expressions."""
    valid_from: date | None = None
    """First day (UTC) whose captures are read by them."""
    valid_until: date | None = None
    """First day whose captures are not."""

    def __bool__(self) -> bool:
        return any(self.xpaths.values()) or self.script is not None

    @property
    def digest(self) -> str:
        """Of what they say; not of when they hold, nor of where they are written."""
        said = [
            [[name, self.xpaths[name]] for name in FIELDS if self.xpaths.get(name)],
            self.script.text if self.script else None,
        ]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:DIGEST_DIGITS]

    def hold_at(self, instant: datetime) -> bool:
        """Whether a capture of this instant (aware, UTC) is read by them."""
        day = instant.date()
        return (self.valid_from is None or day >= self.valid_from) and (
            self.valid_until is None or day < self.valid_until
        )


@dataclass(frozen=True, slots=True)
class SiteKnowledge:
    """All that derivation may know beside the record."""

    rules: Mapping[str, tuple[Rules, ...]] = field(default_factory=dict)
    """Source -> its sets of rules; the first that holds at a capture's instant counts."""

    def rules_for(self, source: str | None, instant: datetime) -> Rules | None:
        """The rules for a page.

        Args:
            source: whose page it is, as its record says.
            instant: when it was captured.

        Returns:
            Empty ones where the source has none (any more); None where the source is not known, and its record
            alone says what is to be dropped.
        """
        sets = self.rules.get(source or "")
        if sets is None:
            return None
        return next((rules for rules in sets if rules.hold_at(instant)), Rules())


NOTHING_KNOWN: Final = SiteKnowledge()
