"""Filters: ``year >= 2020 and (author: smith or venue: "imagined botany") and not tag: read``.

::

    filter   = or
    or       = and ("or" and)*
    and      = not ("and"? not)*              conditions without a word between them must both hold
    not      = "not" not | "(" or ")" | test
    test     = field operator value | "has" ":" field
    operator = ":" | "=" | "!=" | "~" | "!~" | ">" | ">=" | "<" | "<="
    value    = word | quoted text             "…" or '…'
    field    = year | date | title | author | venue | category | keywords | tag | type | key | source | language

When a test holds:

- ``author``, ``venue``, ``category``: one of the values of the paper contains the words, next to each other. Case and
  accents do not matter.
- ``tag``: one of the tags or keywords of the paper equals the value as a whole: ``tag: read`` is not ``to read``. With
  ``~``, one of them contains the words, next to each other: ``tag ~ read`` is ``read``, ``to read`` and ``read later``.
- ``title``: the title contains the words, next to each other, in any word form. With ``=`` the title is exactly this,
  but for case, accents and punctuation; ``!=`` is the opposite of ``=``.
- ``type``, ``key``: the whole type or citation key, whatever its case. ``type: article`` also finds what BibTeX, RIS or
  CSL call so (``JOUR``, ``article-journal``). With ``~``, the value is a part of it.
- ``keywords`` is another name for ``category``.
- ``source``: the path of a file that the paper was read from contains the value.
- ``language``: the language of the paper begins with the value (``en`` for English).
- ``~`` is the same as ``:`` for ``author``, ``venue``, ``category``, ``source`` and ``language``. ``!=`` holds where
  ``:`` does not, and ``!~`` where ``~`` does not.
- ``year``, ``date``: the comparison holds. ``year: 2019..2023`` has both ends; ``2019..`` and ``..2023`` are open. A
  date is compared by the part that is given: ``date: 2031-05`` is all of May.
"""

from __future__ import annotations

import datetime
import difflib
import re
from dataclasses import dataclass

from semsearch.model.errors import QueryError

FIELDS = (
    "year",
    "date",
    "title",
    "author",
    "venue",
    "category",
    "tag",
    "type",
    "key",
    "source",
    "language",
    "abstract",
)
_ORDERED = ("year", "date")
#: Other words for fields, in exports and in other programs.
_OTHER_NAMES = {
    "authors": "author", "creator": "author", "journal": "venue", "conference": "venue", "publication": "venue",
    "citekey": "key", "kind": "type", "categories": "category", "subject": "category", "topic": "category",
    "tags": "tag", "label": "tag", "labels": "tag", "collection": "tag", "lang": "language", "file": "source",
    "published": "date", "years": "year",
}  # fmt: skip
#: Names that are read as a field.
_SAME = {"keywords": "category", "keyword": "category"}
#: Fields that are compared as a whole with ``:`` and by words or parts with ``~``.
_WHOLE = ("tag", "type", "key")
_QUOTE = "put the whole filter in single quotes in a shell, such as --where 'year>=2020 author:\"ines falkenrath\"'"
_OPERATORS = (":", "=", "!=", "~", "!~", "<", "<=", ">", ">=")
#: Operators for fields that have no order, and those for fields that have one.
_OF_WORDS, _OF_ORDER = (":", "=", "!=", "~", "!~"), (":", "=", "!=", "<", "<=", ">", ">=")
_TOKEN = re.compile(
    r"""\s*(?:(?P<quoted>"[^"]*"|'[^']*')|(?P<operator><=|>=|!=|!~|[:=<>()~])|(?P<word>[^\s"'<>=!:()~]+))"""
)
#: In the place of a value, a tilde is a character like any other: ``source: ~/library``.
_VALUE = re.compile(r"""\s*(?:(?P<quoted>"[^"]*"|'[^']*')|(?P<operator><=|>=|!=|[:=<>()])|(?P<word>[^\s"'<>=!:()]+))""")
_DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")
#: Between the ends of a range of years or dates.
_BETWEEN = ".."
#: Deepest nesting of parentheses and ``not``. Nobody writes a deeper filter by hand.
_DEPTH = 50


@dataclass(frozen=True, slots=True)
class FieldTest:
    """A test of one field: ``year >= 2020``."""

    field: str
    """One of `FIELDS`; ``abstract`` only with the operator ``has``."""
    operator: str
    """``:`` (the field has the value), ``!=``, ``=`` (only with ``title``: the whole title), ``~`` (only with ``tag``,
    ``type`` and ``key``: one of them contains the value), ``<``, ``<=``, ``>``, ``>=``, or ``has`` (not empty)."""
    value: str
    """The value as given, without quotation marks; empty with the operator ``has``."""

    def __str__(self) -> str:
        if self.operator == "has":
            return f"has: {self.field}"
        plain = _VALUE.fullmatch(self.value)
        value = (
            self.value if plain and plain["word"] else f'"{self.value}"' if '"' not in self.value else f"'{self.value}'"
        )
        return f"{self.field}{'' if self.operator == ':' else ' '}{self.operator} {value}"


@dataclass(frozen=True, slots=True)
class Not:
    """A filter that holds if its part does not hold."""

    part: Filter
    """The filter that must not hold."""

    def __str__(self) -> str:
        return f"not {_enclosed(self.part)}"


@dataclass(frozen=True, slots=True)
class All:
    """A filter that holds if all of its parts hold."""

    parts: tuple[Filter, ...]
    """Two filters or more, in the order in which they were written."""

    def __str__(self) -> str:
        return " and ".join(map(_enclosed, self.parts))


@dataclass(frozen=True, slots=True)
class Any:
    """A filter that holds if at least one of its parts holds."""

    parts: tuple[Filter, ...]
    """Two filters or more, in the order in which they were written."""

    def __str__(self) -> str:
        return " or ".join(map(_enclosed, self.parts))


Filter = FieldTest | Not | All | Any


def _enclosed(part: Filter) -> str:
    return f"({part})" if isinstance(part, All | Any) else str(part)


def parse(text: str) -> Filter:
    """Parse the text of a filter.

    Args:
        text: The filter, in the grammar of this module.

    Returns:
        The filter.

    Raises:
        QueryError: The text is not a filter. The message says at which character, and what is expected there.
    """
    parser = _Parser(text)
    found = parser.any()
    if parser.token:
        raise parser.error("'and' or 'or'")
    return found


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._start = self._next = 0
        self._depth = 0
        self._before: FieldTest | None = None  # the test before, if its value has no quotation marks
        self.token = ""
        self._quoted = False
        self.advance()

    def error(self, expected: str) -> QueryError:
        found = f"'{self.token}'" if self.token or self._quoted else "the end"
        return QueryError(
            f"filter '{self._text[:200]}': {expected} expected at character {self._start + 1}, not {found}"
        )

    def advance(self, pattern: re.Pattern[str] = _TOKEN) -> None:
        """Read the next token. At the end of the text it is empty and not quoted."""
        rest = self._text[self._next :]
        self._start = self._next + len(rest) - len(rest.lstrip())
        self._quoted, self.token = False, ""
        if not rest.strip():
            self._next = len(self._text)
            return
        match = pattern.match(self._text, self._next)
        if not match:
            self.token = self._text[self._start]
            if self.token in "\"'":
                raise QueryError(f"{self.error('a closing quotation mark')}; {_QUOTE}")
            raise self.error("a field")
        self._next = match.end()
        self._quoted = match["quoted"] is not None
        self.token = match["quoted"][1:-1] if self._quoted else match["operator"] or match["word"]

    def _is(self, word: str) -> bool:
        return not self._quoted and self.token.lower() == word

    def any(self) -> Filter:
        parts = [self.all()]
        while self._is("or"):
            self.advance()
            parts.append(self.all())
        return parts[0] if len(parts) == 1 else Any(tuple(parts))

    def all(self) -> Filter:
        parts = [self.negation()]
        while self.token and not self._is("or") and not self._is(")"):
            if self._is("and"):
                self.advance()
            parts.append(self.negation())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def negation(self) -> Filter:
        self._depth += 1
        if self._depth > _DEPTH:
            raise QueryError(f"filter '{self._text[:40]} …': nested more than {_DEPTH} deep")
        try:
            if self._is("not"):
                self.advance()
                return Not(self.negation())
            if self._is("("):
                self.advance()
                found = self.any()
                if not self._is(")"):
                    raise self.error("')'")
                self.advance()
                return found
            return self._test()
        finally:
            self._depth -= 1

    def _test(self) -> Filter:
        name = self.token.lower()
        name = _SAME.get(name, name)
        if self._quoted or name not in (*FIELDS, "has"):
            raise self._unknown((*FIELDS, "has"))
        self.advance()
        operator = self.token if not self._quoted else ""
        if operator not in _OPERATORS:
            error = self.error(f"an operator ({', '.join(_OPERATORS)}) after '{name}'")
            raise QueryError(f"{error}; {_QUOTE}") if not self.token else error
        if name in _ORDERED and operator not in _OF_ORDER:
            raise self.error(f"one of {', '.join(_OF_ORDER)} after '{name}', which has no words,")
        if name not in _ORDERED and operator not in _OF_WORDS:
            raise self.error(f"one of {', '.join(_OF_WORDS)} after '{name}', which has no order,")
        self.advance(_VALUE)
        if not self._quoted and self.token in ("", *"():=<>", "!=", "<=", ">="):
            raise self.error(f"a value for '{name}'")
        value = self.token
        if name == "has":
            field = _SAME.get(value.lower(), value.lower())
            if field not in FIELDS:
                raise self._unknown(FIELDS)
            test: Filter = FieldTest(field, "has", "")
            self.advance()
            return Not(test) if operator.startswith("!") else test
        if name in _ORDERED and operator in (":", "=", "!=") and _BETWEEN in value:
            found = self._range(name, value)
            self.advance()
            return Not(found) if operator == "!=" else found
        self._check(name, value)
        self._before = None if self._quoted else FieldTest(name, ":", value)
        self.advance()
        if operator == "!~" and name in _WHOLE:
            return Not(FieldTest(name, "~", value))
        if name == "title":
            test = FieldTest(name, "=" if "=" in operator else ":", value)
            return Not(test) if operator.startswith("!") else test
        return FieldTest(name, _alike(operator, name), value)

    def _range(self, name: str, value: str) -> Filter:
        """``2019..2023``, both ends included; ``2019..`` and ``..2023`` are open."""
        ends = value.split(_BETWEEN)
        if len(ends) != 2 or not any(ends):
            raise self.error(f"two ends such as 2019{_BETWEEN}2023")
        for end in filter(None, ends):
            self._check(name, end)
        tests = [FieldTest(name, operator, end) for operator, end in zip((">=", "<="), ends, strict=True) if end]
        return tests[0] if len(tests) == 1 else All(tuple(tests))

    def _check(self, name: str, value: str) -> None:
        """Refuse a value that no paper can have."""
        if name == "year" and not re.fullmatch(r"\d{1,4}", value):
            raise self.error("a year such as 2031")
        if name == "date" and not _is_date(value):
            raise self.error("a date such as 2031, 2031-05 or 2031-05-02")
        if name == "abstract":
            raise QueryError(
                f"filter '{self._text[:200]}': a filter cannot search abstracts; put the words into the query "
                "(has:abstract tests whether there is an abstract)"
            )

    def _is_value(self) -> bool:
        """Whether the token is not followed by an operator, so that it was meant as a part of the value before it."""
        following = _TOKEN.match(self._text, self._next)
        return not following or following["operator"] not in _OPERATORS

    def _unknown(self, fields: tuple[str, ...]) -> QueryError:
        """The error for a field that does not exist, with the name of the one that may be meant."""
        if self._before and not self._quoted and self._is_value():
            whole = FieldTest(self._before.field, ":", f"{self._before.value} {self.token}")
            told = self.error(f"a field ({', '.join(fields)})")
            return QueryError(f"{told}; put a value with spaces in quotation marks: {whole}")
        near = difflib.get_close_matches(self.token.lower(), (*fields, *_SAME, *_OTHER_NAMES), 1)
        name = (_SAME | _OTHER_NAMES).get(near[0], near[0]) if near and not self._quoted else ""
        error = self.error(f"a field ({', '.join(fields)})")
        return QueryError(f"{error}; did you mean '{name}'?") if name else error


def _alike(operator: str, name: str) -> str:
    """The operator that stands for those that mean the same: some fields are compared as a whole or by words."""
    if name not in _WHOLE:
        operator = operator.replace("!~", "!=").replace("~", ":")
    return ":" if operator == "=" else operator


def _is_date(text: str) -> bool:
    if not _DATE.fullmatch(text):
        return False
    year, month, day = (int(part) for part in (*text.split("-"), "1", "1")[:3])
    try:
        return bool(datetime.date(year, month, day))
    except ValueError:
        return False
