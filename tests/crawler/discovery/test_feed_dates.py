from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery.dates import iso, with_offset


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Wed, 01 May 2024 10:00:00 +0300", "2024-05-01T10:00:00+03:00"),
        ("Wed, 01 May 2024 10:00:00 GMT", "2024-05-01T10:00:00+00:00"),
        ("Wed, 01 May 2024 10:00:00 -0000", "2024-05-01T10:00:00+00:00"),
        ("01 May 2024 10:00 EST", "2024-05-01T10:00:00-05:00"),
        ("Wed, 01 May 2024 10:00:00", "2024-05-01T10:00:00"),
        ("2024-05-01T10:00:00Z", "2024-05-01T10:00:00+00:00"),
        ("2024-05-01T10:00:00.123456+03:00", "2024-05-01T10:00:00+03:00"),
        ("2024-05-01T10:00+0300", "2024-05-01T10:00:00+03:00"),
        ("2024-05-01 10:00:00 +03", "2024-05-01T10:00:00+03:00"),
        ("2024-05-01 10:00:00", "2024-05-01T10:00:00"),
        ("2024-05-01 10:00:00 UTC", "2024-05-01T10:00:00+00:00"),
        (" 2024-05-01\n", "2024-05-01"),
        ("2024-02-30", None),
        ("2024-05-01T25:00:00Z", None),
        ("2024-05-01T10:00:00+99:00", None),
        ("yesterday", None),
        ("", None),
        (None, None),
        ("Wed, 01 May 99999 10:00:00 +0300", None),
    ],
)
def test_dates_keep_their_offset(text: str | None, expected: str | None) -> None:
    assert iso(text) == expected


@given(
    st.text()
    | st.from_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?([+-]\d\d:?\d\d)?")
    | st.from_regex(r"[A-Z][a-z]{2}, \d{1,3} [A-Z][a-z]{2} \d{1,5} \d\d:\d\d:\d\d [+-]\d{4,6}")
)
def test_any_text_gives_a_date_or_none(text: str) -> None:
    found = iso(text)
    if found is not None:
        datetime.fromisoformat(found)
        assert iso(found) == found


@given(st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2100, 1, 1)), st.timezones())  # noqa: DTZ001
def test_the_pair_of_wordpress_is_the_same_instant(moment: datetime, zone: object) -> None:
    aware = moment.replace(microsecond=0, tzinfo=zone)  # type: ignore[arg-type]
    utc = (aware - aware.utcoffset()).replace(tzinfo=None)  # type: ignore[operator]
    found = with_offset(aware.replace(tzinfo=None).isoformat(), utc.isoformat())
    assert found is not None
    instant = datetime.fromisoformat(found)
    assert (instant - instant.utcoffset()).replace(tzinfo=None) == utc  # type: ignore[operator]
