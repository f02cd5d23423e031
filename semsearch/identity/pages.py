"""Pages of a paper, read from the many ways in which databases write them."""

from __future__ import annotations

import re

_PAGE = re.compile(r"^\s*(?:pp?\.?\s*)?([a-z]{0,4}?)[\s.-]*0*(\d+)([a-z]?)", re.IGNORECASE)
_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
#: ``01-Jun``: a spreadsheet took the pages 1-6 for a date. Which of the two was first cannot be told any more.
_DATE = re.compile(rf"\s*(?:\d{{1,2}}[-. ]{_MONTH}|{_MONTH}[-. ]\d{{1,4}})\s*", re.IGNORECASE)
#: Pages of abstracts of a meeting. Small letters and longer numbers are those of articles: ``e12724``, ``c1804``.
_LETTERED = re.compile(r"\s*[A-Z]{1,2}-?\d{1,4}\b")
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


def is_lettered(text: str) -> bool:
    """Whether a capital stands before the first page, as in ``E72``, ``S12`` and ``A-101``: abstracts of a meeting.

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
