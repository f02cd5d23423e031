"""Placeholders: what programs write where a value is missing, and the guards of spreadsheets around numbers.

R writes ``NA``, pandas ``nan`` and ``<NA>``, Python ``None``, databases ``NULL``, Excel ``#N/A``, and Scopus
``[No abstract available]``. Excel keeps a number as text in ``="19326203"`` or behind an apostrophe, and pandas makes
``91234567.0`` of a number in a column with gaps.
"""

from __future__ import annotations

import re

#: Placeholders as programs write them, in these very letters. As a name or a title, ``Null`` and ``Na`` are text.
_WRITTEN = frozenset({
    "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "NAN", "NaT", "NULL", "null", "(null)", "None", "NONE", "\\N",
    "#REF!", "#VALUE!", "#NAME?", "undefined", "-", "--", "---", "\u2013", "\u2014",
})  # fmt: skip
#: Sentences of databases, folded: without case, brackets and the dot at the end.
_SENTENCE = re.compile(
    r"no (?:english )?(?:abstract|summary|title|authors?|author name)s?"
    r"(?: (?:is |are |was )?(?:available|provided|listed|given|supplied|found|present))?"
    r"|(?:abstract|summary|title|authors?)s? (?:is |are |was )?"
    r"(?:(?:not|un)(?: |-)?(?:available|provided|listed|given|supplied|found)|missing)"
    r"|(?:not|un)(?: |-)?(?:available|applicable|specified)"
    r"|(?:an?|no) abstract is (?:not )?available for this (?:article|paper|content|document|record|item)"
    r"(?:,? so a preview has been provided)?"
    r"|this (?:article|paper|document|record|item) (?:has no|does not have an) abstract(?: available)?"
    r"|(?:abstract|summary): ?(?:n/?a|none|no|not available)|n\.a"
    r"|keine? (?:zusammenfassung|abstract|abstrakt|angaben?)(?: verfügbar| vorhanden)?"
    r"|(?:zusammenfassung |abstract )?nicht (?:verfügbar|vorhanden)"
    r"|(?:résumé |resumen |resumo |riassunto )?(?:non|no|não|pas) (?:disponible|disponível|disponibile)"
    r"|(?:sin resumen|sem resumo|pas de résumé|aucun résumé|senza riassunto)(?: disponible| disponível| disponibile)?"
    r"|(?:暂无|无|没有|無)(?:中文|英文)?摘要"
)
#: Longest text that can be a placeholder or a guarded value, in characters.
LONGEST = 90
#: With these characters a sentence can begin.
_FIRST_LETTERS = frozenset("[(.*nNuUaAsStTkKzZrRpP暂无没無")
_EXCEL_TEXT = re.compile(r'="((?:[^"]|"")*)"')
_APOSTROPHE = re.compile(r"'(?=[\d=+-])[\w.,/+-]*$")
_FLOAT = re.compile(r"(\d+)\.0+")
#: Fields whose numbers have no fraction.
_WHOLE = frozenset({"pmid", "pmcid", "year", "volume", "issue", "pages", "key"})
#: Fields in which a word of few letters can be real: an author called Null, the keyword NA for sodium.
_MANY = frozenset({"authors", "editors", "keywords", "tags"})


def is_placeholder(text: str) -> bool:
    """Whether a whole text stands for a missing value.

    Args:
        text: The value. ``NA`` is a placeholder; ``Na`` is not, since people have this name.
    """
    if len(text) > LONGEST:
        return False
    bare = text.strip()
    if bare in _WRITTEN:
        return True
    if bare[:1] not in _FIRST_LETTERS:
        return False
    folded = bare.strip("[]().\u2026* ").casefold()
    return bool(folded) and bool(_SENTENCE.fullmatch(folded))


def repaired(text: str, field: str) -> str:
    """The text without the guards of a spreadsheet; empty if it is a placeholder.

    Args:
        text: A value, as in the file.
        field: The field of `Paper` that it is for; empty if it is for none.

    Returns:
        The value. It is the same text if there was nothing to repair.
    """
    if is_placeholder(text) and (field != "title" or _is_no_title(text)):
        return ""
    if field in _MANY and ";" in text and all(is_placeholder(part) for part in text.split(";") if part.strip()):
        return "" if text.strip("; ") else text
    if text.startswith("=") and (match := _EXCEL_TEXT.fullmatch(text.strip())):
        inner = match[1].replace('""', '"')
        return "" if is_placeholder(inner) else inner
    if text.startswith("'") and _APOSTROPHE.match(text):
        return text[1:]
    if field in _WHOLE and text.endswith("0") and (match := _FLOAT.fullmatch(text.strip())):
        return match[1]
    return text


def _is_no_title(text: str) -> bool:
    """Whether a placeholder is one for a title. ``No abstract`` can be the title of a paper on abstracts."""
    return text.strip() in _WRITTEN or "title" in text.casefold() or text.startswith("[")  # PubMed: [Not Available].


def without_placeholders(values: list[str], field: str) -> list[str]:
    """A list of names or words without placeholders.

    In a list of several authors or keywords, a word such as ``NA`` is one of them. So only a list that has nothing else
    loses them. A sentence such as ``[No authors listed]`` is never a name.

    Args:
        values: The names or words.
        field: The field of `Paper` that they are for.
    """
    if not any(map(is_placeholder, values)):
        return values
    if field in _MANY and not all(map(is_placeholder, values)):
        return [value for value in values if value.strip() in _WRITTEN or not is_placeholder(value)]
    return [value for value in values if not is_placeholder(value)]
