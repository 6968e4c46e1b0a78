"""Lists of sources: there and back in each format, and rows that are no sources."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import ConfigError, UsageError
from crawler import interchange
from crawler.interchange import format_of, read_sources, write_sources
from settings.app import SourceSettings

FULL = SourceSettings(
    name="kurier",
    url="https://kurier.example/",
    schedule="0 */6 * * *",
    timezone="Asia/Damascus",
    language="ar",
    delay=2.5,
    include=[r"/20\d\d/", "a,b;c"],
    exclude=["^https://[^/]+/video/", '"quoted"'],
    endpoints=["https://kurier.example/feed?a=1&b=2"],
    prune_xpath=["//div[@class='ads']"],
    robots_override_reason="they asked us to,\nin a letter",
)
PLAIN = SourceSettings(name="b.example", url="https://b.example/ar/")


def read(text: str | bytes, form: interchange.Format, *there: SourceSettings) -> interchange.SourceList:
    content = text.encode() if isinstance(text, str) else text
    return read_sources(content, form, place="list", there=there)


@pytest.mark.parametrize("form", ["toml", "csv"])
def test_toml_and_csv_keep_every_setting(form: interchange.Format) -> None:
    back = read(write_sources([FULL, PLAIN], form), form)

    assert back.sources == (FULL, PLAIN)
    assert back.refused == ()
    assert back.remarks == ()


def test_opml_keeps_name_address_language_and_endpoints() -> None:
    several = PLAIN.model_copy(update={"endpoints": ["https://b.example/1.xml", "https://b.example/2.xml"]})

    back = read(write_sources([FULL, several], "opml"), "opml")

    assert back.sources == (
        SourceSettings(name=FULL.name, url=FULL.url, language="ar", endpoints=FULL.endpoints),
        several,
    )


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=20).map(
    str.strip
)


@given(st.lists(TEXTS.filter(bool), max_size=3), TEXTS.filter(bool), st.sampled_from(["toml", "csv"]))
def test_any_text_comes_back(endpoints: list[str], reason: str, form: interchange.Format) -> None:
    source = PLAIN.model_copy(update={"endpoints": endpoints, "robots_override_reason": reason})

    assert read(write_sources([source], form), form).sources == (source,)


def test_a_wrong_row_is_refused_with_its_line_and_the_others_count() -> None:
    text = (
        "name,url,delay\n"
        "good,https://good.example/,1\n"
        "bad,no site,1\n"
        "\n"
        "slow,https://slow.example/,soon\n"
        "UPPER,https://upper.example/,\n"
        ",https://unnamed.example/,\n"
        "good,https://other.example/,\n"
        "again,good.example,\n"
        "there,https://b.example/ar/,\n"
        "nothing,,\n"
    )

    found = read(text, "csv", PLAIN)

    assert [source.name for source in found.sources] == ["good", "unnamed.example"]
    assert [(row.line, row.name, re.split("[;,]", row.reason)[0]) for row in found.refused] == [
        (3, "bad", "url: 'no site' is no site"),
        (5, "slow", "delay: must be a valid number"),
        (6, "UPPER", "name: must be lower-case letters"),
        (8, "good", "name: 'good' is taken in line 2"),
        (9, "again", "url: https://good.example/ is there already"),
        (10, "there", "url: https://b.example/ar/ is there already"),
        (11, "nothing", "url: missing"),
    ]  # fmt: skip


def test_a_plain_list_of_addresses_will_do() -> None:
    found = read("news.example\n\nhttp://b.example/x\nno site\n", "csv")

    assert [(source.name, source.url) for source in found.sources] == [
        ("news.example", "https://news.example/"),
        ("b.example", "http://b.example/x"),
    ]
    assert [row.line for row in found.refused] == [4]


def test_csv_as_spreadsheets_write_it() -> None:
    text = "\ufeffName;Homepage;Delay;Notes\r\nkurier;https://kurier.example/;2,5;ours\r\n"

    found = read(text, "csv")

    assert found.sources == (SourceSettings(name="kurier", url="https://kurier.example/", delay=2.5),)
    assert found.remarks[0].startswith("passed over: column notes")


def test_toml_rows_bear_their_lines_and_other_tables_are_told() -> None:
    text = '[crawl]\ndelay = 1\n\n[[source]]\nurl = "a.example"\nfoo = 1\n\n[[source]]\nurl = "b.example"\n'

    found = read(text, "toml")

    assert [source.name for source in found.sources] == ["b.example"]
    assert [(row.line, row.reason.split(";")[0]) for row in found.refused] == [(4, "foo: unknown key")]
    assert found.remarks == ("passed over: crawl (only [[source]] is read)",)


OPML = """<?xml version="1.0" encoding="windows-1256"?>
<opml version="1.0"><head><title>t</title></head><body>
<outline text="Folder"><outline text="Kurier - Top" type="rss"
  xmlUrl="http://www.kurier.example/rss/top"/>
<outline text="أخبار" type="rss" xmlUrl="https://a.example/rss" htmlUrl="https://a.example/"/></outline>
<outline text="أخبار" type="rss" xmlUrl="https://a.example/rss2" htmlUrl="https://a.example/"/>
<outline text="broken" type="rss" xmlUrl="/rss" htmlUrl="javascript:alert(1)"/>
</body></opml>"""


def test_opml_of_a_feed_reader() -> None:
    found = read(OPML.encode("windows-1256"), "opml")

    assert [(source.name, source.url, source.endpoints) for source in found.sources] == [
        ("kurier.example", "http://www.kurier.example/", ["http://www.kurier.example/rss/top"]),
        ("a.example", "https://a.example/", ["https://a.example/rss", "https://a.example/rss2"]),
    ]
    assert [row.line for row in found.refused] == [7]


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (b"[[source]\n", "toml"),
        (b"source = 1\n", "toml"),
        (b"source = [1]\n", "toml"),
        (b"\xff\xfe", "toml"),
        (b"a,\xff\n", "csv"),
        (b'url\n"open', "csv"),
        (b"<opml><body>", "opml"),
        (b"", "opml"),
        (b"\x00\x01binary", "opml"),
    ],
)
def test_a_file_that_is_none_is_told_by_name(content: bytes, form: interchange.Format) -> None:
    with pytest.raises(ConfigError, match=r"^list"):
        read(content, form)


def test_entities_are_not_expanded() -> None:
    bomb = '<!DOCTYPE o [<!ENTITY a "xxxxxxxx"><!ENTITY b "&a;&a;">]><opml><body><outline text="&b;" htmlUrl="https://a.example/"/></body></opml>'
    secret = '<!DOCTYPE o [<!ENTITY a SYSTEM "file:///etc/hostname">]><opml><body><outline text="t" htmlUrl="https://a.example/"/>&a;</body></opml>'

    for text in (bomb, secret):
        try:
            found = read(text, "opml")
        except ConfigError:
            continue
        assert "a.example" in found.sources[0].url


def test_limits_on_size_and_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interchange, "MAX_SOURCES", 2)
    with pytest.raises(ConfigError, match="more than 2 sources"):
        read("a.example\nb.example\nc.example\n", "csv")
    monkeypatch.setattr(interchange, "MAX_BYTES", 10)
    with pytest.raises(ConfigError, match="larger than"):
        read("a.example\nb.example\nc.example\n", "csv")


@given(st.binary(max_size=200), st.sampled_from(["toml", "csv", "opml"]))
def test_no_bytes_at_all_do_more_than_be_refused(content: bytes, form: interchange.Format) -> None:
    try:
        found = read(content, form)
    except ConfigError:
        return
    assert all(source.url.startswith("http") for source in found.sources)


@pytest.mark.parametrize(
    ("name", "form"), [("a.toml", "toml"), ("A.CSV", "csv"), ("x/y.opml", "opml"), ("feeds.xml", "opml")]
)
def test_a_name_says_its_format(name: str, form: str) -> None:
    assert format_of(name) == form


@pytest.mark.parametrize("name", ["a", "a.txt", "csv", "-"])
def test_a_name_that_says_none_asks_for_it(name: str) -> None:
    with pytest.raises(UsageError, match=r"--format toml\|csv\|opml"):
        format_of(name)
