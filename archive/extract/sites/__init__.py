"""What is known of a site beside its pages: the rules that its source has in warraq.toml.

`SiteKnowledge` is the second argument of derivation, after the record: with the same of both, every machine reads the
same article.
"""

from archive.extract.sites.reading import Ruled, count_matches, labels, read_by_rules
from archive.extract.sites.rules import NOTHING_KNOWN, Rules, SiteKnowledge

__all__ = [
    "NOTHING_KNOWN",
    "Ruled",
    "Rules",
    "SiteKnowledge",
    "count_matches",
    "labels",
    "read_by_rules",
]
