"""Whether an article is for subscribers."""

from __future__ import annotations

import pytest

from archive.extract.markup.head import Head
from archive.extract.markup.jsonld import LinkedData
from archive.extract.metadata.access import read_paywalled


@pytest.mark.parametrize(
    ("article", "meta", "found"),
    [
        ({"isAccessibleForFree": False}, {}, (True, "json-ld:isAccessibleForFree")),
        ({"isAccessibleForFree": "True"}, {}, (False, "json-ld:isAccessibleForFree")),
        ({"isAccessibleForFree": "http://schema.org/False"}, {}, (True, "json-ld:isAccessibleForFree")),
        ({"hasPart": {"isAccessibleForFree": "false"}}, {}, (True, "json-ld:isAccessibleForFree")),
        (
            {"isAccessibleForFree": True, "hasPart": [{}, {"isAccessibleForFree": False}, "x"]},
            {},
            (True, "json-ld:isAccessibleForFree"),
        ),
        ({"isAccessibleForFree": True}, {"article:content_tier": ("locked",)}, (False, "json-ld:isAccessibleForFree")),
        ({"isAccessibleForFree": "?"}, {"article:content_tier": ("Metered",)}, (True, "meta:article:content_tier")),
        ({}, {"article:content_tier": ("free",)}, (False, "meta:article:content_tier")),
        ({}, {"isaccessibleforfree": ("false",)}, (True, "meta:isAccessibleForFree")),
        ({"isAccessibleForFree": None}, {"article:content_tier": ("gold",)}, None),
        ({}, {}, None),
    ],
    ids=str,
)  # fmt: skip
def test_what_a_page_says_of_a_paywall(article, meta, found):
    assert read_paywalled(LinkedData(article), Head(meta, {}, "", None)) == found
