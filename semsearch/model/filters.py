"""Filters: ``year >= 2020 and (author: smith or venue: "imagined botany") and not tag: read``.

::

    filter   = or
    or       = and ("or" and)*
    and      = not ("and"? not)*              conditions without a word between them must both hold
    not      = "not" not | "(" or ")" | test
    test     = field operator value | "has" ":" field
    operator = ":" | "=" | "!=" | ">" | ">=" | "<" | "<="
    value    = word | quoted text             "…" or '…'
    field    = year | date | author | venue | category | tag | source | language | abstract

When a test holds:

- ``author``, ``venue``, ``category``: one of the values of the paper contains the words, next to each other. Case and
  accents do not matter.
- ``tag``: one of the tags or keywords of the paper equals the value as a whole.
- ``source``: the path of a file that the paper was read from contains the value.
- ``language``: the language of the paper begins with the value (``en`` for English).
- ``year``, ``date``: the comparison holds. A date is compared by the part that is given: ``date: 2031-05`` is all of
  May.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from semsearch.model.errors import QueryError

FIELDS = ("year", "date", "author", "venue", "category", "tag", "source", "language", "abstract")
_ORDERED = ("year", "date")
_TOKEN = re.compile(r"""\s*(?:(?P<quoted>"[^"]*"|'[^']*')|(?P<operator><=|>=|!=|[:=<>()])|(?P<word>[^\s"'<>=!:()]+))""")
_DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")
#: Deepest nesting of parentheses and ``not``. Nobody writes a deeper filter by hand.
_DEPTH = 50


@dataclass(frozen=True, slots=True)
class FieldTest:
    """A test of one field: ``year >= 2020``."""

    field: str
    """One of `FIELDS`; ``abstract`` only with the operator ``has``."""
    operator: str
    """``:`` (the field has the value), ``!=``, ``<``, ``<=``, ``>``, ``>=``, or ``has`` (the field is not empty)."""
    value: str
    """The value as given, without quotation marks; empty with the operator ``has``."""


@dataclass(frozen=True, slots=True)
class Not:
    """A filter that holds if its part does not hold."""

    part: Filter
    """The filter that must not hold."""


@dataclass(frozen=True, slots=True)
class All:
    """A filter that holds if all of its parts hold."""

    parts: tuple[Filter, ...]
    """Two filters or more, in the order in which they were written."""


@dataclass(frozen=True, slots=True)
class Any:
    """A filter that holds if at least one of its parts holds."""

    parts: tuple[Filter, ...]
    """Two filters or more, in the order in which they were written."""


Filter = FieldTest | Not | All | Any


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
        self.token = ""
        self._quoted = False
        self.advance()

    def error(self, expected: str) -> QueryError:
        found = f"'{self.token}'" if self.token or self._quoted else "the end"
        return QueryError(
            f"filter '{self._text[:200]}': {expected} expected at character {self._start + 1}, not {found}"
        )

    def advance(self) -> None:
        """Read the next token. At the end of the text it is empty and not quoted."""
        rest = self._text[self._next :]
        self._start = self._next + len(rest) - len(rest.lstrip())
        self._quoted, self.token = False, ""
        if not rest.strip():
            self._next = len(self._text)
            return
        match = _TOKEN.match(self._text, self._next)
        if not match:
            self.token = self._text[self._start]
            raise self.error("a closing quotation mark" if self.token in "\"'" else "a field")
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
        if self._quoted or name not in (*FIELDS, "has"):
            raise self.error(f"a field ({', '.join(FIELDS)}, has)")
        self.advance()
        operator = self.token if not self._quoted else ""
        if operator not in (":", "=", "!=", "<", "<=", ">", ">="):
            raise self.error(f"an operator (:, =, !=, <, <=, >, >=) after '{name}'")
        operator = ":" if operator == "=" else operator
        if operator not in (":", "!=") and name not in _ORDERED:
            raise self.error(f"':' or '!=' after '{name}', which has no order,")
        self.advance()
        if not self._quoted and self.token in ("", *"():=<>", "!=", "<=", ">="):
            raise self.error(f"a value for '{name}'")
        value = self.token
        if name == "has":
            if value.lower() not in FIELDS:
                raise self.error(f"a field ({', '.join(FIELDS)})")
            test: Filter = FieldTest(value.lower(), "has", "")
            self.advance()
            return Not(test) if operator == "!=" else test
        if name == "year" and not re.fullmatch(r"\d{1,4}", value):
            raise self.error("a year in numbers")
        if name == "date" and not _DATE.fullmatch(value):
            raise self.error("a date such as 2031, 2031-05 or 2031-05-02")
        if name == "abstract":
            raise QueryError(
                f"filter '{self._text[:200]}': a filter cannot search abstracts; put the words into the query "
                "(has:abstract tests whether there is an abstract)"
            )
        self.advance()
        return FieldTest(name, operator, value)
