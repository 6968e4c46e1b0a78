"""Dates as people write them, in the text of a page.

The text is folded and cut into numbers, words and marks; a date is a day, a month and a year that stand side by
side, in an order that some language has. The names of months stand in months.txt, as journalists use them.
Nothing is completed: without a day, a month and a year of four digits there is no date.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import TYPE_CHECKING, NamedTuple

from archive.extract.dates.calendars import ERAS, Calendar, to_gregorian
from archive.extract.dates.machine import Moment
from archive.extract.dates.months import fold, months

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from zoneinfo import ZoneInfo

MAX_READ_CHARACTERS = 400
MAX_NAME_WORDS = 3
MAX_BETWEEN = 4
"""Marks and small words between a day and its month, or a month and its year: "5.º de", ", del año"."""

TOKEN = re.compile(r"\d+|(?:[^\W\d_]|[\u0900-\u0963\u0971-\u0dff\u0e31\u0e34-\u0e4e])+|[^\w\s]|_")
YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)|年")
SMALL_WORDS = frozenset({
    "of", "de", "del", "do", "d", "di", "the", "den", "der", "e", "em", "ano", "anul", "gada", "m", "nam",
    "ي", "من", "عام", "سنه", "سال", "لعام", "لسنه", "ب", "ค", "ศ", "พ", "ב",
})  # fmt: skip
MARKS = frozenset(".,-/()|'’׳·•॰º°")
YEAR_SIGN, MONTH_SIGN, DAY_SIGN = frozenset("年년"), frozenset("月월"), frozenset("日일号號")
HIJRI_SIGNS = frozenset({"ه", "هـ", "هجري", "هجريه", "للهجره", "ah"})

CLOCK = re.compile(
    r"(?:(上午|下午|午前|午後|오전|오후)\s?)?(?<![\d:.])(\d{1,2})(?:[:.h]|時|시\s?)(\d{2})(?::(\d{2}))?(?![\d./])\s?"
    r"(?:([ap]\.?\s?m\b\.?|صباحا|مساء|ظهرا|عصرا|ليلا|ص|م|π\.?μ|μ\.?μ)(?!\w))?"
    r"(?:\s?\(?\s?(gmt|utc|cest|cet|eest|eet|msk|jst|kst|edt|est|cdt|cst|mdt|mst|pdt|pst)"
    r"\s?([+-]\s?\d{1,2}(?::?\d{2})?)?(?![\w:]))?"
)
SPACE_OR_COLON = re.compile(r"[\s:]")
LATE = frozenset({"pm", "م", "مساء", "ظهرا", "عصرا", "ليلا", "μμ", "下午", "午後", "오후"})
EARLY = frozenset({"am", "ص", "صباحا", "πμ", "上午", "午前", "오전"})
ZONES = {
    "gmt": 0, "utc": 0, "cet": 1, "cest": 2, "eet": 2, "eest": 3, "msk": 3, "jst": 9, "kst": 9,
    "edt": -4, "est": -5, "cdt": -5, "cst": -6, "mdt": -6, "mst": -7, "pdt": -7, "pst": -8,
}  # fmt: skip
"""Hours ahead of UTC; the American ones as in RFC 2822, section 4.3."""

UPDATED = re.compile(
    r"updated?\b|modified|edited|aktualisier|geandert|mis a jour|modifie|\bmaj\b|actuali[zs]|atualiz|modificad|"
    r"aggiornat|modificat|ultima modifica|bijgewerkt|gewijzigd|uppdatera|andrad|oppdater|opdater|paivitet|muokat|"
    r"aktuali[sz]|zaktual|ενημερωσ|ενημερωθ|τροποποι|frissit|modosit|обновл|оновл|изменен|актуализ|измењ|azuriran|"
    r"ажуриран|guncelle|diperbarui|diubah|cap nhat|تحديث|محدث|تعديل|عدل في|به روز|بروزرسان|بهروز|עודכן|עדכון|"
    r"更新|最終更新|업데이트|수정|अपडेट|अद्यतन|আপডেট|হালনাগাদ|اپ ڈيٹ|اب ڈيٹ|نويكر|rojanekirin"
)
"""What stands before the date of a change, folded."""
BEFORE_CHARACTERS = 40
"""How far before a date its label stands."""
NOT_PUBLISHED = re.compile(
    r"©|\(c\)|copyright|all rights|الحقوق|حقوق النشر|\btoday\b|اليوم\s?:|اليوم هو|heute ist|aujourd'hui|"
    r"registered|registration|licen[cs]e|founded|зарегистр|свидетельств|регистрац|등록(?:년월일|연월일|일자|번호)|"
    r"발행(?:년월일|연월일)"
)
"""What follows it is a date of the site: of its rights, of the reader's day, of the licence that press laws (Russia,
Korea) have it print on every page."""
IMPRINT_CHARACTERS = 80
"""How far before a date such a word stands."""


@dataclass(frozen=True, slots=True)
class Written:
    """A date in a text."""

    moment: Moment
    raw: str
    """As it stands in the text, with its clock time where that was read."""
    updated: bool = False
    """The text says that it is of a change."""
    other_order: date | None = None
    """The day where day and month are numbers that could as well stand the other way round."""
    approximate: bool = False
    """Converted from the lunar calendar: a day off either way, where months begin by sighting."""


class _Token(NamedTuple):
    text: str
    start: int
    end: int

    @property
    def number(self) -> int | None:
        return int(self.text) if self.text.isdigit() and len(self.text) <= 4 else None


class _Month(NamedTuple):
    calendar: Calendar
    number: int
    end: int
    """The token after it."""


class _Found(NamedTuple):
    start: int
    end: int
    day: date
    other_order: date | None = None
    approximate: bool = False


def find_visible(
    text: str, zone: ZoneInfo | None = None, *, month_first: bool = False, language: str | None = None
) -> Iterator[Written]:
    """Dates that stand in a text for people, in the order they stand.

    A clock time beside a date counts only where the zone is known, or said beside it.

    Args:
        text: any text; its first 400 characters are read.
        zone: the source's zone.
        month_first: whether 3/4/2024 is 4 March (the United States' way).
        language: BCP 47, of the page: what a name means that is two months in two languages.
    """
    text = text[:MAX_READ_CHARACTERS]
    if not any(map(str.isdecimal, text)):
        return
    folded, places = fold(text)
    if not YEAR.search(folded):
        return
    found = sorted(_Reading(folded, language, month_first=month_first).days())
    exact = [entry.day for entry in found if not entry.approximate]
    before = 0
    for entry in found:
        label = folded[max(before, entry.start - IMPRINT_CHARACTERS) : entry.start]
        before = entry.end
        if NOT_PUBLISHED.search(label) or (
            entry.approximate and any(_is_near(entry.day, day) for day in exact)
        ):
            continue
        moment, start, end = _with_clock(folded, entry, zone)
        yield Written(
            moment,
            " ".join(text[places[start] : places[end - 1] + 1].split()),
            UPDATED.search(label[-BEFORE_CHARACTERS:]) is not None,
            entry.other_order,
            entry.approximate,
        )


def _is_near(one: date, other: date) -> bool:
    """Whether a day of the lunar calendar can be this Gregorian one."""
    return abs((one - other).days) <= 2


class _Reading:
    """One text, cut into tokens."""

    def __init__(self, folded: str, language: str | None, *, month_first: bool) -> None:
        self._tokens = [_Token(match[0], match.start(), match.end()) for match in TOKEN.finditer(folded)]
        self._month_first = month_first
        self._language = (language or "").lower().replace("_", "-").partition("-")[0]

    def days(self) -> Iterator[_Found]:
        at = 0
        while at < len(self._tokens):
            end = at + 1
            for read in (self._numeric, self._signed, self._named):
                found = read(at)
                if found:
                    yield found[0]
                    end = found[1]
                    break
            at = end

    def _text(self, at: int) -> str:
        return self._tokens[at].text if 0 <= at < len(self._tokens) else ""

    def _number(self, at: int, digits: tuple[int, ...] = (1, 2)) -> int | None:
        """The number at a place, if it has that many digits and is no part of a longer one."""
        if not 0 <= at < len(self._tokens) or len(self._tokens[at].text) not in digits:
            return None
        return self._tokens[at].number

    def _touches(self, at: int) -> bool:
        """Whether a token follows the one before it without a space."""
        return 0 < at < len(self._tokens) and self._tokens[at - 1].end == self._tokens[at].start

    def _chained(self, at: int, marks: str, step: int) -> bool:
        """Whether a number goes on over a mark into another, as in 10.5, 10:05, 5-7 or an address."""
        beside, beyond = at + step, at + 2 * step
        if not self._text(beside) or self._text(beside) not in marks or not self._text(beyond).isdigit():
            return False
        first = min(at, beyond)
        return self._touches(first + 1) and self._touches(first + 2)

    def _numeric(self, at: int) -> tuple[_Found, int] | None:
        """5/6/2020, 05.06.2020, 2020-06-05."""
        mark = self._text(at + 1)
        if mark not in {"/", ".", "-"} or self._text(at + 3) != mark:
            return None
        if self._chained(at, ".:/-", -1) or self._chained(at + 4, "./-", 1):
            return None
        middle = self._number(at + 2)
        first, last = self._number(at, (1, 2, 4)), self._number(at + 4, (1, 2, 4))
        if middle is None or first is None or last is None:
            return None
        lengths = len(self._text(at)), len(self._text(at + 4))
        start, end = at, at + 5
        if lengths[0] == 4 and lengths[1] < 4:
            found = self._counted(first, middle, last, end)
            other = None
        elif lengths[0] < 4 and lengths[1] == 4:
            found, other = self._ordered(first, middle, last, mark, end)
        else:
            return None
        if found is None:
            return None
        day, approximate = found
        return _Found(self._tokens[start].start, self._tokens[end - 1].end, day, other, approximate), end

    def _ordered(
        self, first: int, second: int, year: int, mark: str, end: int
    ) -> tuple[tuple[date, bool] | None, date | None]:
        """Two numbers before a year, and the other way to read them; with dots nobody writes the month first."""
        day_first = self._counted(year, second, first, end)
        month_first = self._counted(year, first, second, end) if mark != "." else None
        if day_first is None or month_first is None or day_first == month_first:
            return day_first or month_first, None
        if self._month_first:
            day_first, month_first = month_first, day_first
        return day_first, month_first[0]

    def _counted(self, year: int, month: int, day: int, end: int) -> tuple[date, bool] | None:
        """A day in numbers alone: no lunar year without its sign has been a solar one since the web began."""
        calendar: Calendar = "gregorian"
        if 1300 <= year <= 1500:
            calendar = "hijri" if self._text(end) in HIJRI_SIGNS else "solar"
        found = to_gregorian(calendar, year, month, day)
        return (found, calendar == "hijri") if found else None

    def _signed(self, at: int) -> tuple[_Found, int] | None:
        """2020年6月5日, 2020년 6월 5일, 令和2年6月5日."""
        word = self._text(at)
        month, day = self._number(at + 1), self._number(at + 3)
        if month is None or day is None or word[-1:] not in YEAR_SIGN:
            return None
        if self._text(at + 2)[0] not in MONTH_SIGN or self._text(at + 4)[:1] not in DAY_SIGN:
            return None
        start, year = at, None
        for era, before in ERAS.items():
            if word == "年" and self._text(at - 1).isdigit() and self._text(at - 2).endswith(era):
                start, year = at - 2, before + int(self._text(at - 1)[:3])
            elif word.endswith(f"{era}元年"):
                year = before + 1
        if year is None and len(word) == 1:
            start, year = at - 1, self._number(at - 1, (4,))
        found = to_gregorian("gregorian", year, month, day) if year else None
        if found is None:
            return None
        # What comes before an era in the same run of letters is no part of the date.
        skipped = max(0, *(self._text(start).rfind(name) for name in ERAS))
        return _Found(self._tokens[start].start + skipped, self._tokens[at + 4].start + 1, found), at + 5

    def _named(self, at: int) -> tuple[_Found, int] | None:
        """5 June 2020, June 5, 2020, 2020. június 5."""
        if self._text(at)[:1].isdigit():
            return None
        month = self._month(at)
        if month is None:
            return None
        month = self._once_more(month)
        if month is None:
            return None
        for parts in (
            self._day_first(at, month.end),
            self._month_before(at, month.end),
            self._year_first(at, month.end),
        ):
            if parts is None:
                continue
            year, day, start, end = parts
            found = to_gregorian(month.calendar, year, month.number, day)
            if found:
                span = self._tokens[start].start, self._tokens[end - 1].end
                return _Found(*span, found, None, month.calendar == "hijri"), end
        return None

    def _month(self, at: int) -> _Month | None:
        for count in range(MAX_NAME_WORDS, 0, -1):
            words = [token.text for token in self._tokens[at : at + count]]
            if len(words) < count:
                continue
            for name in _forms(" ".join(words)):
                known = months().get(name)
                if known:
                    return self._chosen(known, at + count)
        return None

    def _chosen(self, known: Mapping[tuple[Calendar, int], frozenset[str]], end: int) -> _Month | None:
        here = [month for month, languages in known.items() if self._language in languages]
        among = here or list(known)
        return _Month(*among[0], end) if len(among) == 1 else None

    def _once_more(self, month: _Month) -> _Month | None:
        """A month named twice, by two usages: حزيران/يونيو, حزيران (يونيو)."""
        at = month.end
        if self._text(at) not in {"/", "-", "(", "|"}:
            return month
        again = self._month(at + 1)
        if again is None:
            return month
        if again[:2] != month[:2]:
            return None
        return _Month(*month[:2], again.end + (self._text(again.end) == ")"))

    def _over(self, at: int, step: int) -> int:
        """The next place that is no mark or small word."""
        for _ in range(MAX_BETWEEN):
            text = self._text(at)
            if not (text in MARKS or text in SMALL_WORDS) or text == "":
                break
            at += step
        return at

    def _day_first(self, at: int, end: int) -> tuple[int, int, int, int] | None:
        place = self._over(at - 1, -1)
        if self._number(place) is None and self._touches(place) and len(self._text(place)) <= 3:
            place -= 1  # 5th, 1er, 1η, ۵ی
        day, year_at = self._number(place), self._over(end, 1)
        year = self._number(year_at, (4,))
        if not day or year is None or self._chained(place, ".:/-", -1) or self._chained(year_at, ".", 1):
            return None
        return year, day, place, year_at + 1

    def _month_before(self, at: int, end: int) -> tuple[int, int, int, int] | None:
        place = self._over(end, 1)
        day = self._number(place)
        after = place + 1
        if self._touches(after) and self._text(after).isalpha() and len(self._text(after)) <= 3:
            after += 1
        year_at = self._over(after, 1)
        year = self._number(year_at, (4,))
        if not day or year is None or self._chained(place, ".:", 1):
            return None
        return year, day, at, year_at + 1

    def _year_first(self, at: int, end: int) -> tuple[int, int, int, int] | None:
        year_at, place = self._over(at - 1, -1), self._over(end, 1)
        if self._touches(year_at) and self._number(year_at, (4,)) is None and len(self._text(year_at)) <= 3:
            year_at -= 1
        year, day = self._number(year_at, (4,)), self._number(place)
        if not day or year is None or self._chained(place, ":", 1):
            return None
        return year, day, year_at, place + 1


def _forms(name: str) -> Iterator[str]:
    """A name as it stands, without Hebrew's preposition, without Kurdish's ending."""
    yield name
    if name.startswith("ב"):
        yield name[1:]
    if name.endswith("ي"):
        yield name[:-1]


def _with_clock(text: str, found: _Found, zone: ZoneInfo | None) -> tuple[Moment, int, int]:
    """A day with the clock time beside it, and where the two begin and end; without it where no zone is known."""
    start, end = max(0, found.start - 30), min(len(text), found.end + 40)
    after = [match for match in CLOCK.finditer(text, found.end, end) if _clock(match)]
    before = [match for match in CLOCK.finditer(text, start, found.start) if _clock(match)]
    for match in [*after[:1], *before[-1:]]:
        clock, own = _clock(match), _offset(match)
        if clock is not None and (own or zone):
            moment = Moment(datetime.combine(found.day, clock, own or zone))
            return moment, min(found.start, match.start()), max(found.end, match.end())
    return Moment(found.day), found.start, found.end


def _clock(match: re.Match[str]) -> time | None:
    hour, minute, second = int(match[2]), int(match[3]), int(match[4] or 0)
    half = match[1] or (match[5] or "").replace(".", "").replace(" ", "")
    if half in LATE and hour < 12:
        hour += 12
    if half in EARLY and hour == 12:
        hour = 0
    return time(hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def _offset(match: re.Match[str]) -> timezone | None:
    """The offset that is said beside a clock time."""
    if match[6] is None:
        return None
    minutes = 60 * ZONES[match[6]]
    said = SPACE_OR_COLON.sub("", match[7] or "")
    if said:
        digits = said[1:] if len(said) > 3 else said[1:].zfill(2) + "00"
        ahead = 60 * int(digits[:-2]) + int(digits[-2:])
        minutes += -ahead if said[0] == "-" else ahead
    return timezone(timedelta(minutes=minutes)) if -24 * 60 < minutes < 24 * 60 and minutes else UTC
