"""A source's own rules: what they find goes before what extraction finds, and the revision names them."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from archive.errors import ConfigError
from archive.extract import Page, extract_html
from archive.extract.sites import NOTHING_KNOWN, Rules, SiteKnowledge
from archive.extract.sites.loading import load_knowledge
from archive.extract.sites.rules import Script
from archive.extract.sites.scripts import functions
from archive.records import Article, Provenance, Rejected
from settings.app import SourceSettings

if TYPE_CHECKING:
    from pathlib import Path

URL = "https://news.example/2026/01/02/bridge.html"
SENTENCES = (
    "The old bridge over the river was closed to all traffic on Monday after engineers found new cracks.",
    "Repairs are expected to last until the spring, the city council said in a statement to residents.",
    "Buses will take another way, and pedestrians may use the footbridge near the market until then.",
)
AD = "Order our printed edition today and you will get the first four weeks of it without paying anything."
PAGE = f"""<html lang="en"><head><title>Bridge closed | The Paper</title>
<meta property="og:title" content="Bridge closed"></head><body><h1>Bridge closed</h1>
<div class="teaser">Nobody knows how long.</div>
<div class="who">Ann Reed, Tom Hill</div>
<div class="when">3 January 2026</div><div class="kick">Cracks shut the bridge</div>
<div class="story"><p>{SENTENCES[0]}</p><p>{SENTENCES[1]}</p>
<div class="box"><p>{AD}</p></div><p>{SENTENCES[2]}</p></div>
</body></html>"""


def read(rules: Rules | None, html: str = PAGE, **said: object) -> Article | Rejected:
    page = Page(URL, html.encode(), "utf-8", datetime(2026, 2, 1, tzinfo=UTC), **said)  # type: ignore[arg-type]
    return extract_html(page, rules)


def article(rules: Rules | None, html: str = PAGE) -> Article:
    found = read(rules, html)
    assert isinstance(found, Article), found
    return found


def rules(**xpaths: str) -> Rules:
    return Rules({name: (expression,) for name, expression in xpaths.items()})


def script(text: str) -> Rules:
    return Rules(script=Script("rules/paper.py", text))


def test_each_field_is_read_where_its_rule_says() -> None:
    found = article(
        rules(
            prune="//div[@class='box']", body="//div[@class='story']", title="//div[@class='kick']",
            lead="//div[@class='teaser']", author="//div[@class='who']/text()", date="//div[@class='when']",
        )
    )  # fmt: skip

    assert found.text.split("\n") == list(SENTENCES)
    assert (found.title, found.lead) == ("Cracks shut the bridge", "Nobody knows how long.")
    assert (found.authors, found.published) == (("Ann Reed", "Tom Hill"), "2026-01-03")
    assert found.published_source == "rule:date"
    assert {found.sources[name] for name in ("text", "title", "lead", "authors")} == {
        "rule:body", "rule:title", "rule:lead", "rule:author",
    }  # fmt: skip


def test_a_standfirst_by_rule_is_no_part_of_the_text() -> None:
    assert SENTENCES[0] in article(Rules()).text

    found = article(rules(lead="//div[@class='story']/p[1]"))

    assert found.lead == SENTENCES[0]
    assert SENTENCES[0] not in found.text
    assert SENTENCES[1] in found.text


def test_a_date_after_the_capture_is_none() -> None:
    later = article(rules(date="//div[@class='when']"), PAGE.replace("3 January 2026", "3 March 2026"))

    assert later.published_source != "rule:date"
    assert later.published == "2026-01-02"


def test_a_rule_that_finds_nothing_leaves_what_is_found_without_it() -> None:
    without = article(Rules())
    found = article(rules(title="//h7", body="//h7", author="//h7", date="//h7", lead="//h7"))

    assert (found.title, found.text, found.sources) == (without.title, without.text, without.sources)
    assert (without.rules, len(found.rules or "")) == (None, 12)


def test_the_first_expression_that_finds_something_counts() -> None:
    two = Rules({"title": ("//h7", "//div[@class='kick']/text()", "//h1")})

    assert article(two).title == "Cracks shut the bridge"


def test_elements_inside_of_others_give_their_text_once() -> None:
    found = article(rules(body="//div[@class='story'] | //div[@class='story']/p"))

    assert found.text.split("\n").count(SENTENCES[0]) == 1


def test_with_a_rule_for_the_body_a_few_words_are_an_article() -> None:
    html = (
        "<html><body><h1>Flash</h1><div class='f'>Bridge closed</div><ul>"
        + "<li><a href='/x'>More</a></li>" * 40
    )
    assert isinstance(read(Rules(), html), Rejected)

    assert article(rules(body="//div[@class='f']"), html).text == "Bridge closed"


def test_todays_rules_take_the_place_of_those_in_the_record() -> None:
    recorded = Provenance(prune_xpath=("//div[@class='box']",))

    def has_ad(rules: Rules | None) -> bool:
        found = read(rules, provenance=recorded)
        assert isinstance(found, Article)
        return AD in found.text

    assert (has_ad(None), has_ad(Rules())) == (False, True)


def test_a_script_is_asked_before_the_expressions() -> None:
    text = "def title(root, url):\n    return [root.xpath('//h1')[0].text.upper()] if url.endswith('.html') else None\n"
    both = Rules({"title": ("//div[@class='kick']",)}, Script("rules/paper.py", text))

    assert article(both).title == "BRIDGE CLOSED"


def test_a_script_prunes_and_names_elements() -> None:
    found = article(
        script(
            "def prune(root, url):\n    return root.find_class('box')\n\n"
            "def body(root, url):\n    yield from root.find_class('story')\n"
        )
    )

    assert found.text.split("\n") == list(SENTENCES)


def test_a_fault_in_a_script_costs_the_page_and_is_told_with_its_line() -> None:
    found = read(script("def title(root, url):\n    found = root.xpath('//h7')\n    return found[0].text\n"))

    assert found == Rejected("fault", "rules/paper.py:3: IndexError: list index out of range")


def test_an_expression_that_fails_on_a_page_is_told() -> None:
    found = read(rules(title="//h1[nosuch(.)]"))

    assert isinstance(found, Rejected)
    assert found.reason == "fault"
    assert "title_xpath: '//h1[nosuch(.)]' cannot be applied" in found.detail


def test_rules_are_chosen_by_the_day_of_the_capture() -> None:
    old = Rules({"body": ("//table",)}, valid_until=date(2025, 3, 1))
    new = Rules({"body": ("//article",)})
    known = SiteKnowledge({"paper": (old, new)})

    assert known.rules_for("paper", datetime(2025, 2, 28, 23, 59, tzinfo=UTC)) is old
    assert known.rules_for("paper", datetime(2025, 3, 1, tzinfo=UTC)) is new
    assert known.rules_for("other", datetime(2025, 3, 1, tzinfo=UTC)) is None
    assert NOTHING_KNOWN.rules_for(None, datetime(2025, 3, 1, tzinfo=UTC)) is None


def test_a_digest_is_of_what_rules_say() -> None:
    one = rules(title="//h1")

    assert one.digest == Rules({"title": ("//h1",)}, valid_until=date(2025, 1, 1)).digest
    assert (
        len({one.digest, rules(body="//h1").digest, rules(title="//h2").digest, script("x = 1").digest}) == 4
    )
    assert pickle.loads(pickle.dumps(SiteKnowledge({"paper": (one,)}))) == SiteKnowledge({"paper": (one,)})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("def title(root url):\n", "rules/p.py:1: is no Python"),
        ("x = 1\nimport nosuchmodule\n", "rules/p.py:2: ModuleNotFoundError"),
        (
            "def headline(root, url):\n    return None\n",
            "has no function that is a rule; define one of prune, body",
        ),
    ],
)
def test_a_script_that_cannot_be_used_is_told_before_any_page(text: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        functions(Script("rules/p.py", text))


def source(**keys: object) -> list[SourceSettings]:
    return [SourceSettings.model_validate({"name": "paper", "url": "https://news.example/", **keys})]


def test_a_file_of_rules_goes_before_those_beside_it(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "old.py").write_text("def title(root, url):\n    return None\n")
    (tmp_path / "rules" / "paper.toml").write_text(
        "[[rules]]\nvalid_until = 2025-03-01\nbody_xpath = ['//table']\npython = 'rules/old.py'\n"
    )

    known = load_knowledge(tmp_path, source(rules="rules/paper.toml", body_xpath=["//article"]))

    old = known.rules_for("paper", datetime(2025, 1, 1, tzinfo=UTC))
    new = known.rules_for("paper", datetime(2026, 1, 1, tzinfo=UTC))
    assert old is not None
    assert new is not None
    assert (old.xpaths, new.xpaths) == ({"body": ("//table",)}, {"body": ("//article",)})
    assert old.script is not None
    assert new.script is None


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        (
            "rules/a.toml",
            "[[rules]]\nbody_xpath = ['//div[']\n",
            r"a\.toml: rules\.1\.body_xpath: .* is no XPath",
        ),
        ("rules/a.toml", "[[rules]]\nbody = ['//div']\n", r"a\.toml: rules\.1\.body: "),
        ("rules/a.toml", "[[rules]\n", r"a\.toml: not TOML"),
        ("warc/a.py", "def title(root, url): ...\n", r"where fetched pages lie; move it to"),
        ("rules/missing.toml", None, r"'paper' rules: .*missing\.toml: No such file"),
        ("../outside.py", None, r"\.\./outside\.py is not in the archive's folder"),
    ],
)
def test_a_file_of_rules_that_cannot_be_used_is_told(
    tmp_path: Path, name: str, content: str | None, told: str
) -> None:
    if content is not None:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)

    with pytest.raises(ConfigError, match=told):
        load_knowledge(tmp_path, source(rules=name))
