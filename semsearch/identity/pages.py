"""Pages of a paper, read from the many ways in which databases write them."""

from __future__ import annotations

import re

_PAGE = re.compile(r"^\s*(?:pp?\.?\s*)?([a-z]{0,4}?)[\s.-]*0*(\d+)([a-z]?)", re.IGNORECASE)
#: ``01-Jun``: a spreadsheet took the pages 1-6 for a date. Which of the two was first cannot be told any more.
_DATE = re.compile(
    r"\s*(?:\d{1,2}[-. ](?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[-. ]\d{1,4})\s*",
    re.IGNORECASE,
)
#: Pages of abstracts of a meeting. Small letters and longer numbers are those of articles: ``e12724``, ``c1804``.
_LETTERED = re.compile(r"\s*[A-Z]{1,2}-?\d{1,4}\b")
_LETTER = re.compile(r"(?<=[A-Z])-(?=\d)")


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
