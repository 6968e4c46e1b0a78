"""News agencies among an article's authors: who wrote it for others to print is told apart from people."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_NAMED: Final = (
    "AFP", "AP", "UPI", "PA Media", "dpa", "DPA", "APA", "SDA", "KNA", "epd", "ANSA", "EFE", "ANP", "NTB", "STT", "PAP",
    "ČTK", "MTI", "AGERPRES", "BTA", "Tanjug", "Hina", "TASS", "ТАСС", "UNIAN", "УНИАН", "DHA", "İHA", "IRNA", "ISNA",
    "SANA", "WAFA", "WAM", "NNA", "QNA", "KUNA", "PTI", "ANI", "IANS", "AAP", "Reuters", "Agence France-Presse",
    "Associated Press", "Press Association", "Canadian Press", "Deutsche Presse-Agentur", "Austria Presse Agentur",
    "Keystone-SDA", "Europa Press", "Lusa", "Agência Brasil", "Anadolu Ajansı", "Anadolu Agency",
    "Demirören Haber Ajansı", "İhlas Haber Ajansı", "Press Trust of India", "Xinhua", "Kyodo", "Jiji", "Yonhap",
    "Bernama", "Interfax", "РИА Новости", "Интерфакс", "Рейтер", "Укринформ", "新华社", "新華社", "中央社", "共同通信",
    "時事通信", "路透社", "法新社", "美联社", "美聯社", "ロイター",
    "연합뉴스", "뉴시스", "رويترز", "فرانس برس", "أ ف ب",
    "ا ف ب", "أ.ف.ب", "أسوشيتد برس", "أسوشييتد برس", "د ب أ", "الأناضول", "ایرنا", "ایسنا", "رویترز", "רויטרס",
)  # fmt: skip
"""Found as whole words, in the case in which they are printed: `AP` is an agency and `ap` is somebody's initials."""
_ALONE: Final = (
    "AA", "CP", "MAP", "MENA", "SID", "sid", "sda", "SPA", "TAP", "TT", "UNI", "سانا", "واس", "وام", "وفا", "كونا",
    "أ ب", "共同", "時事",
)  # fmt: skip
"""Words of other meanings, and parts of people's names: agencies where they are the whole name."""

_AGENCY: Final = re.compile(
    rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(_NAMED, key=len, reverse=True)))})(?!\w)"
    rf"|^(?:{'|'.join(map(re.escape, _ALONE))})$"
)


def agencies_in(names: Iterable[str]) -> tuple[str, ...]:
    """The agencies that are among these names or in one of them, as "Reuters Staff" names Reuters."""
    return tuple(dict.fromkeys(found[0] for name in names for found in _AGENCY.finditer(name)))
