"""Dates: from the ways in which exports write them to ISO 8601, where the text proves the date."""

from __future__ import annotations

import datetime
import functools
import re

from semsearch.text.folding import fold

#: Names of the months, folded: English, German, French, Spanish, Portuguese, Italian, Dutch.
_NAMES = (
    "jan january januar janner janvier janv jan enero ene janeiro gennaio gen januari",
    "feb february februar fevrier fevr fev febrero fevereiro febbraio februari",
    "mar march marz mrz maerz mars marzo marco maart mrt",
    "apr april avril avr abril abr aprile",
    "may mai mayo maio maggio mag mei",
    "jun june juni juin junio junho giugno giu",
    "jul july juli juillet juil julio julho luglio lug",
    "aug august aout agosto ago augustus",
    "sep sept september septembre septiembre setiembre setembro set settembre",
    "oct october oktober okt octobre octubre outubro out ottobre ott",
    "nov november novembre noviembre novembro",
    "dec december dezember dez decembre diciembre dic dezembro dicembre",
)
MONTHS = {name: number for number, names in enumerate(_NAMES, 1) for name in names.split()}
#: Words beside a date that do not change it: days of the week, articles, prepositions.
_BESIDE = frozenset({
    "mon", "tue", "wed", "thu", "fri", "sat", "sun", "monday", "tuesday", "wednesday", "thursday", "friday",
    "saturday", "sunday", "montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag", "lundi",
    "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche", "lunes", "martes", "miercoles", "jueves",
    "viernes", "sabado", "domingo", "of", "the", "de", "del", "le", "den", "der", "do", "di",
})  # fmt: skip
#: The time of day behind a date.
_TIME = re.compile(
    r"(?<=\d)(?:\s*T|,?\s+)\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?\s*(?:[AP]M)?\s*(?:Z|[A-Z]{3,4}|[+-]\d\d:?\d\d)?$", re.I
)
#: Year, month and day in numbers: ``2031-03-05``, ``2031/3//``, ``2031 03 05``. A zero is a part that is not known.
_YEAR_FIRST = re.compile(r"(\d{4})(?:[-/. ](\d{1,2})?(?:[-/. ](\d{1,2})?)?)?[-/. ]*")
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)")
_YEAR_LAST = re.compile(r"(?:(\d{1,2})([-/. ]) ?)?(\d{1,2})[-/. ] ?(\d{4})")
#: What East Asian languages write behind year, month and day.
_UNITS = str.maketrans(dict.fromkeys("年月년월", "-") | dict.fromkeys("日号일", " "))
_ORDINAL = re.compile(r"(\d{1,2})(?:st|nd|rd|th|er)")
_GLUED = re.compile(r"(?<=\d)(?=[a-z]{3})|(?<=[a-z]{3})(?=\d)")
_YEAR = re.compile(r"1[5-9]\d\d|20\d\d")
#: A day of Excel, counted from the end of 1899: 18264 is 1950-01-01, and 73050 is 2099-12-31.
_SERIAL = re.compile(r"([1-7]\d{4})(?:\.\d+)?")
_SERIALS = range(18264, 73051)
_EXCEL_ZERO = datetime.date(1899, 12, 30)
_LONGEST = 60


@functools.lru_cache(maxsize=2**15)
def iso_date(text: str) -> str:
    """The date that a text names, as ``2031-03-15``, ``2031-03`` or ``2031``.

    Args:
        text: A date in numbers or with the name of a month, in any common order. A time of day is left out.

    Returns:
        The date; empty if the text does not prove one: two months (``Mar-Apr 2031``), a season, or a day and a month
        that could be either (``03/05/2031``). A date with dots has the day first.
    """
    text = " ".join(text[: _LONGEST + 1].split())
    if not text or len(text) > _LONGEST:
        return ""
    text = _TIME.sub("", text)
    if not text.isascii():
        text = text.translate(_UNITS).replace("- ", "-")
    text = text.strip(" -,;")
    return _in_numbers(text) or _in_words(text)


def iso_date_in(text: str, year: int | None) -> str:
    """The date in a text that need not repeat the year of its record: ``MAR 15``.

    Args:
        text: The text.
        year: The year of the record; ``None`` if it is not known.

    Returns:
        See `iso_date`.
    """
    found = iso_date(text)
    if year is None or found.startswith(str(year)):
        return found
    if _SERIAL.fullmatch(text):  # a day of Excel only if the year is right; else it is some other number
        return ""
    return found or _with_year(text, year)


def _with_year(date: str, year: int) -> str:
    """The date in a text without a year: ``MAR 15``. ``Mar-31`` of 2031 is March, in the notation of Excel."""
    words = fold(date).split()
    if not any(word in MONTHS for word in words) or any(map(_YEAR.fullmatch, words)):
        return ""
    if "-" in date and words[-1] == f"{year % 100:02}":
        words = words[:-1]
    return iso_date(f"{year} {' '.join(words)}")


def _in_numbers(text: str) -> str:
    if (match := _SERIAL.fullmatch(text)) and int(match[1]) in _SERIALS:
        return (_EXCEL_ZERO + datetime.timedelta(int(match[1]))).isoformat()
    if match := _COMPACT.fullmatch(text) or _YEAR_FIRST.fullmatch(text):
        return _iso(*(int(part or 0) for part in match.groups()))
    if match := _YEAR_LAST.fullmatch(text):
        first, sign, second, year = match[1], match[2], int(match[3]), int(match[4])
        if first is None:
            return _iso(year, second, 0)
        day = int(first)
        by_order = {_iso(year, second, day)} if sign == "." else {_iso(year, second, day), _iso(year, day, second)}
        proven = by_order - {""}
        return proven.pop() if len(proven) == 1 else ""
    return ""


def _in_words(text: str) -> str:
    """The date in a text with a month by name. Each part must be there once, and there must be nothing else."""
    years, months, days = [], [], []
    for word in _GLUED.sub(" ", fold(text)).split():
        ordinal = _ORDINAL.fullmatch(word)
        if word in MONTHS:
            months.append(MONTHS[word])
        elif _YEAR.fullmatch(word):
            years.append(int(word))
        elif ordinal or (word.isdecimal() and len(word) <= 2):
            days.append(int(ordinal[1] if ordinal else word))
        elif word not in _BESIDE and word not in ("st", "nd", "rd", "th", "er"):
            return ""
    if len(years) != 1 or len(months) != 1 or len(days) > 1:
        return ""
    return _iso(years[0], months[0], *(days or [0]))


def _iso(year: int, month: int, day: int) -> str:
    """The parts of a date that are known; empty if there is no such day."""
    if not _YEAR.fullmatch(str(year)) or (day and not month):
        return ""
    try:
        whole = datetime.date(year, month or 1, day or 1).isoformat()
    except ValueError:
        return ""
    return whole[: 10 if day else 7 if month else 4]
