"""Pages of a paper, read from the many ways in which databases write them."""

from __future__ import annotations

import re

_PAGE = re.compile(
    r"^\s*(?:pp?\.?\s*)?(?:(?:abstr(?:act)?|e?-?poster)\b[\s.:]*(?:no\b[\s.:]*)?|#\s*)?([a-z]{0,4}?)[\s.-]*0*(\d+)([a-z]?)",
    re.IGNORECASE,
)
_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mär|mai|okt|dez|fev|avr|aoû|ago|ene|dic)[a-zäéû]*"
#: ``01-Jun``: a spreadsheet took the pages 1-6 for a date. Which of the two was first cannot be told any more.
_DATE = re.compile(
    rf"\s*(?:\d{{1,2}}[-. ]+{_MONTH}\.?|{_MONTH}[-. ]\d{{1,4}}|(?:19|20)\d\d-\d\d-\d\d(?:[ T][\d:]+)?"
    rf"|\d{{1,2}}/\d{{1,2}}/(?:19|20)\d\d)\s*",
    re.IGNORECASE,
)
#: Pages of abstracts of a meeting: ``S12``, ``SAT0123``, ``iii12``, ``1234P``, ``abstract 45``, ``#12``. Other small
#: letters and longer numbers are those of articles: ``e12724``, ``c1804``.
_LETTERED = re.compile(
    r"\s*(?:[A-Z]{1,2}-?\d{1,4}\b|[A-Z]{3,7}[-\s]?\d{1,4}\b|(?:i{1,3}|i?v|vi{0,3})\d{1,4}\b|\d{1,4}[PO]\b"
    r"|#\s*\d|(?:[eE]?-?[pP]oster|[aA]bstr(?:act)?|E?-?POSTER)\b[\s.:]*(?:[nN]o\b[\s.:]*)?\d)",
)
_LETTER = re.compile(r"(?<=[A-Z])-(?=\d)")
#: Page numbers are shorter. Python counts with a few thousand digits only.
_DIGITS = 20


def first_and_last(text: str) -> tuple[str, str]:
    """First and last page: ``("123", "128")`` of ``p. 123-8``; empty if unknown.

    Letters are kept, but for ``e`` and ``p``. Pages that a spreadsheet turned into a date are unknown.

    Args:
        text: Pages as in the file.
    """
    if _DATE.fullmatch(text):
        return "", ""
    first, _, last = _LETTER.sub("", text.replace("–", "-")).partition("-")  # ``A-101`` is one page
    start, end = _PAGE.match(first), _PAGE.match(last)
    head = (start[1].lower() if start[1].lower() not in ("e", "p", "pp") else "") + start[2] if start else ""
    if not end:
        return head, ""
    digits = end[2]
    if start and len(digits) < len(start[2]):
        digits = start[2][: len(start[2]) - len(digits)] + digits
    return head, digits


def is_date(text: str) -> bool:
    """Whether a spreadsheet took pages or an issue for a date.

    Args:
        text: As in the file.
    """
    return bool(_DATE.fullmatch(text))


def is_lettered(text: str) -> bool:
    """Whether the pages are those of an abstract of a meeting: ``E72``, ``S12``, ``A-101``, ``SAT0123``, ``1234P``.

    Args:
        text: Pages as in the file.
    """
    return bool(_LETTERED.match(text))


def page_range(first: str, last: str) -> tuple[int, int] | None:
    """First and last page as numbers; ``None`` if one of them is not a number, such as ``s12``.

    Args:
        first: First page, as `first_and_last` gives it.
        last: Last page; if it is empty, the first page is the last.
    """
    ends = (first, last or first)
    # Superscripts are digits that are no number.
    return (int(ends[0]), int(ends[1])) if all(p.isdecimal() and len(p) < _DIGITS for p in ends) else None
