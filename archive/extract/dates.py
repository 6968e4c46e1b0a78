"""Dates as machines and newspapers write them.

Month names stand as journalists use them, which for Arabic is four sets: Levantine (كانون الثاني), Gulf and Egyptian
(يناير), Algerian and Tunisian (جانفي), Moroccan (يناير, but غشت, شتنبر, نونبر, دجنبر). Persian months are of the
solar hijri calendar.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

EARLIEST_YEAR = 1990
"""Nothing on the web was published before it."""

_MONTHS = """
en january february march april may june july august september october november december
en jan feb mar apr may jun jul aug sept oct nov dec
en _ _ _ _ _ _ _ _ sep _ _ _
de januar februar märz april mai juni juli august september oktober november dezember
de jänner feber mär apr mai jun jul aug sep okt nov dez
fr janvier février mars avril mai juin juillet août septembre octobre novembre décembre
fr janv févr mar avr mai juin juil aou sept oct nov déc
es enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
es ene feb mar abr may jun jul ago setiembre oct nov dic
it gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
it gen feb mar apr mag giu lug ago set ott nov dic
pt janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro
pt jan fev mar abr mai jun jul ago set out nov dez
nl januari februari maart april mei juni juli augustus september oktober november december
sv januari februari mars april maj juni juli augusti september oktober november december
no januar februar mars april mai juni juli august september oktober november desember
da januar februar marts april maj juni juli august september oktober november december
fi tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta elokuuta syyskuuta lokakuuta marraskuuta joulukuuta
pl stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia
cs ledna února března dubna května června července srpna září října listopadu prosince
sk januára februára marca apríla mája júna júla augusta septembra októbra novembra decembra
hu január február március április május június július augusztus szeptember október november december
ro ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie
hr siječnja veljače ožujka travnja svibnja lipnja srpnja kolovoza rujna listopada studenoga prosinca
tr ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık
az yanvar fevral mart aprel may iyun iyul avqust sentyabr oktyabr noyabr dekabr
id januari februari maret april mei juni juli agustus september oktober november desember
ku rêbendan sibat adar nîsan gulan pûşper tîrmeh tebax îlon cotmeh mijdar berfanbar
ru января февраля марта апреля мая июня июля августа сентября октября ноября декабря
uk січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня
bg януари февруари март април май юни юли август септември октомври ноември декември
el ιανουαρίου φεβρουαρίου μαρτίου απριλίου μαΐου ιουνίου ιουλίου αυγούστου σεπτεμβρίου οκτωβρίου νοεμβρίου δεκεμβρίου
he ינואר פברואר מרץ אפריל מאי יוני יולי אוגוסט ספטמבר אוקטובר נובמבר דצמבר
hi जनवरी फरवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर
bn জানুয়ারি ফেব্রুয়ারি মার্চ এপ্রিল মে জুন জুলাই আগস্ট সেপ্টেম্বর অক্টোবর নভেম্বর ডিসেম্বর
ur جنوری فروری مارچ اپریل مئی جون جولائی اگست ستمبر اکتوبر نومبر دسمبر
ar يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر
ar _ _ _ إبريل _ يونيه يوليه اغسطس _ اكتوبر _ _
ar كانون_الثاني شباط آذار نيسان أيار حزيران تموز آب أيلول تشرين_الأول تشرين_الثاني كانون_الأول
ar _ _ _ _ نوار _ _ _ ايلول تشرين_أول تشرين_ثاني كانون_أول
ar كانون_ثاني _ _ _ _ _ _ _ _ _ _ _
ar جانفي فيفري مارس أفريل ماي جوان جويلية أوت سبتمبر أكتوبر نوفمبر ديسمبر
ar _ فيبراير _ ابريل _ يونيو يوليوز غشت شتنبر _ نونبر دجنبر
ckb کانوونی_دووەم شوبات ئازار نیسان ئایار حوزەیران تەمموز ئاب ئەیلوول تشرینی_یەکەم تشرینی_دووەم کانوونی_یەکەم
fa ژانویه فوریه مارس آوریل مه ژوئن ژوئیه اوت سپتامبر اکتبر نوامبر دسامبر
fa-solar فروردین اردیبهشت خرداد تیر مرداد شهریور مهر آبان آذر دی بهمن اسفند
vi tháng_1 tháng_2 tháng_3 tháng_4 tháng_5 tháng_6 tháng_7 tháng_8 tháng_9 tháng_10 tháng_11 tháng_12
th มกราคม กุมภาพันธ์ มีนาคม เมษายน พฤษภาคม มิถุนายน กรกฎาคม สิงหาคม กันยายน ตุลาคม พฤศจิกายน ธันวาคม
"""

SOLAR_MARK = "fa-solar"
SOLAR_EPOCH = (1349, date(1970, 3, 21))
"""A solar hijri year and the day it began."""

ISO = re.compile(
    r"^\s*(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})"
    r"(?:[T\s,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{1,2})?)?"
    r"(?![\d:])",
    re.IGNORECASE,
)
COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?(Z|[+-]\d{2}:?\d{2})?)?$")
EPOCH = re.compile(r"^(\d{10})(?:\d{3})?$")
RFC_2822 = re.compile(r"^\s*(?:\w{3,9},?\s+)?\d{1,2}\s+[A-Za-z]{3}[a-z]*\s+\d{4}\s+\d{1,2}:\d{2}")

DAY_FIRST = re.compile(
    r"(?<![\d/.:])(\d{1,2})(?:st|nd|rd|th|er|º|ª|°)?[\s.،,\-–/]{0,3}(?:of\s+|de\s+|del\s+|من\s+)?"
    r"([^\W\d_][\w'’]*(?:\s+[^\W\d_]\w*)?)[\s.،,\-–/]{0,4}(?:de\s+|del\s+)?(\d{4})(?!\d)"
)
MONTH_FIRST = re.compile(
    r"((?:[^\W\d_]\w*\s+)?[^\W\d_]\w*)\.?\s+(\d{1,2})(?:st|nd|rd|th)?[\s,.]{1,3}(\d{4})(?!\d)"
)
YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})\s?[年년./-]\s?(\d{1,2})\s?[月월./-]\s?(\d{1,2})(?!\d)")
NUMERIC = re.compile(r"(?<![\d/.:-])(\d{1,2})\s?([./-])\s?(\d{1,2})\s?\2\s?(\d{4})(?![\d/])")
CLOCK = re.compile(
    r"(?<![\d:.])(\d{1,2})[:.h](\d{2})(?::(\d{2}))?(?![\d./])\s*([ap]\.?m\.?|صباحا|مساء|ص|م)?(?!\w)",
    re.IGNORECASE,
)
URL_DATE = re.compile(r"(?<!\d)((?:19|20)\d{2})[/-](\d{1,2})[/-](\d{1,2})(?!\d)")


@dataclass(frozen=True, slots=True)
class Moment:
    """A date as a page states it, no more exact than it was said."""

    value: datetime | date
    """A date alone; or a datetime, naive where no offset was said and no zone is known."""

    @property
    def zoned(self) -> bool:
        """Whether this is one instant for everybody."""
        return isinstance(self.value, datetime) and self.value.tzinfo is not None

    @property
    def day(self) -> date:
        """The day, in the page's own zone."""
        return self.value.date() if isinstance(self.value, datetime) else self.value

    def iso(self) -> str:
        """ISO 8601, as exact as it was said."""
        return self.value.isoformat()

    def after(self, instant: datetime) -> bool:
        """Whether it lies after an aware instant, whatever zone the page may be in."""
        if isinstance(self.value, datetime) and self.value.tzinfo is not None:
            return self.value > instant
        # A day begins 14 hours before UTC's in the easternmost zone (Pacific/Kiritimati).
        return self.day > (instant + timedelta(hours=14)).date()


def fold_name(text: str) -> str:
    """Fold a month's name, and a text that may hold one, for comparison: case, accents, hamza forms, digits."""
    out = []
    for char in unicodedata.normalize("NFKD", text.casefold()):
        if unicodedata.combining(char) or char in "\u0640\u200c\u200d\u200e\u200f\u061c":
            continue
        digit = unicodedata.decimal(char, None)
        out.append(
            str(digit) if digit is not None else {"ى": "ي", "ی": "ي", "ک": "ك", "ı": "i"}.get(char, char)
        )
    return "".join(out)


def _month_table() -> dict[str, tuple[int, bool]]:
    table: dict[str, tuple[int, bool]] = {}
    for line in _MONTHS.strip().splitlines():
        language, *names = line.split()
        for number, name in enumerate(names, start=1):
            if name != "_":
                table.setdefault(fold_name(name.replace("_", " ")), (number, language == SOLAR_MARK))
    return table


MONTHS = _month_table()
"""Folded name -> (month, whether of the solar hijri calendar)."""


def parse_machine(raw: str, zone: ZoneInfo | None = None) -> Moment | None:
    """Read a date written for machines: ISO 8601 and its common deviations, RFC 2822, seconds since 1970.

    Args:
        raw: the value of an attribute or property.
        zone: the source's zone, for a time without an offset.
    """
    raw = fold_digits(raw.strip())[:64]
    match = ISO.match(raw) or COMPACT.match(raw)
    if match:
        groups = match.groups()
        year, month, day, hour, minute, second = groups[:6]
        return _moment(
            (year, month, day),
            (hour, minute, second),
            groups[6] if len(groups) == 8 else None,
            groups[-1],
            zone,
        )
    if EPOCH.match(raw):
        return Moment(datetime.fromtimestamp(int(raw[:10]), UTC))
    if RFC_2822.match(raw):
        try:
            value = parsedate_to_datetime(raw)
        except ValueError:
            return None
        return Moment(_in_zone(value, zone))
    return None


def _moment(
    ymd: tuple[str, str, str],
    clock: tuple[str | None, ...],
    fraction: str | None,
    offset: str | None,
    zone: ZoneInfo | None,
) -> Moment | None:
    try:
        day = date(*(int(part) for part in ymd))
        if clock[0] is None or clock[1] is None:
            return Moment(day) if day.year >= EARLIEST_YEAR else None
        hour = int(clock[0])
        value = datetime(
            day.year,
            day.month,
            day.day,
            hour % 24,
            int(clock[1]),
            int(clock[2] or 0),
            int((fraction or "0").ljust(6, "0")[:6]),
        )  # noqa: DTZ001  (the offset is set below, where there is one)
        if offset:
            return Moment(value.replace(tzinfo=_offset(offset)))
    except (ValueError, OverflowError):
        return None
    return Moment(_in_zone(value, zone)) if value.year >= EARLIEST_YEAR else None


def _offset(text: str) -> timezone:
    if text.upper() in {"Z", "UTC", "GMT"}:
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0") if len(text) > 3 else text[1:].zfill(2) + "00"
    delta = timedelta(hours=int(digits[:2]), minutes=int(digits[2:4]))
    return timezone(-delta if text[0] == "-" else delta)


def _in_zone(value: datetime, zone: ZoneInfo | None) -> datetime:
    return value if value.tzinfo is not None or zone is None else value.replace(tzinfo=zone)


def fold_digits(text: str) -> str:
    """Decimal digits of every script as ASCII digits."""
    if text.isascii():
        return text
    return "".join(
        str(digit) if (digit := unicodedata.decimal(char, None)) is not None else char for char in text
    )


def find_visible(text: str, zone: ZoneInfo | None = None, *, month_first: bool = False) -> Iterator[Moment]:
    """Dates that stand in a text for people, in the order they stand.

    A clock time beside a date counts only where the zone is known.

    Args:
        text: any text; its first 400 characters are read.
        zone: the source's zone.
        month_first: whether 3/4/2024 is 4 March (the United States' way).
    """
    folded = fold_name(text[:400])
    for start, end, day in sorted(_days(folded, month_first=month_first), key=lambda found: found[0]):
        clock = _clock_near(folded, start, end) if zone is not None else None
        if clock is None:
            yield Moment(day)
        else:
            yield Moment(datetime(day.year, day.month, day.day, *clock, tzinfo=zone))


def _days(text: str, *, month_first: bool) -> Iterator[tuple[int, int, date]]:
    for match in DAY_FIRST.finditer(text):
        found = _named(match[3], match[2], match[1])
        if found:
            yield match.start(), match.end(), found
    for match in MONTH_FIRST.finditer(text):
        found = _named(match[3], match[1], match[2])
        if found:
            yield match.start(), match.end(), found
    for match in YEAR_FIRST.finditer(text):
        found = _gregorian_or_solar(int(match[1]), int(match[2]), int(match[3]))
        if found:
            yield match.start(), match.end(), found
    for match in NUMERIC.finditer(text):
        first, second = int(match[1]), int(match[3])
        day, month = (
            (second, first)
            if second > 12 or (month_first and first <= 12 and match[2] == "/")
            else (first, second)
        )
        found = _gregorian_or_solar(int(match[4]), month, day)
        if found:
            yield match.start(), match.end(), found


def _named(year: str, name: str, day: str) -> date | None:
    words = name.split()
    month = MONTHS.get(" ".join(words)) or MONTHS.get(words[0]) or MONTHS.get(words[-1])
    if month is None:
        return None
    number, solar = month
    if solar != (1300 <= int(year) <= 1500):
        return None
    return _gregorian_or_solar(int(year), number, int(day))


def _gregorian_or_solar(year: int, month: int, day: int) -> date | None:
    if 1300 <= year <= 1500:
        return solar_to_gregorian(year, month, day)
    if 2500 <= year <= 2600:  # Thai solar calendar
        year -= 543
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found if EARLIEST_YEAR <= found.year <= 2100 else None


def solar_to_gregorian(year: int, month: int, day: int) -> date | None:
    """A day of the solar hijri calendar, by the 33-year cycle, exact for the years 1178 to 1633 (Heydari-Malayeri 2004)."""
    if not (SOLAR_EPOCH[0] <= year <= 1633 and 1 <= month <= 12 and 1 <= day <= 31):
        return None
    leaps = sum((25 * past + 11) % 33 < 8 for past in range(SOLAR_EPOCH[0], year))
    days = 365 * (year - SOLAR_EPOCH[0]) + leaps + (month - 1) * 31 - max(0, month - 7) + day - 1
    return SOLAR_EPOCH[1] + timedelta(days=days)


def _clock_near(text: str, start: int, end: int) -> tuple[int, int, int] | None:
    for match in CLOCK.finditer(text[max(0, start - 30) : end + 40]):
        hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
        half = (match[4] or "").replace(".", "")
        if half in {"pm", "م", "مساء"} and hour < 12:
            hour += 12
        if half in {"am", "ص", "صباحا"} and hour == 12:
            hour = 0
        if hour < 24 and minute < 60 and second < 60:
            return hour, minute, second
    return None


def from_url(url: str) -> Moment | None:
    """The day that a URL's path names, as in /2024/05/03/."""
    match = URL_DATE.search(url)
    found = _gregorian_or_solar(int(match[1]), int(match[2]), int(match[3])) if match else None
    return Moment(found) if found else None
