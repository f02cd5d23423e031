"""Filters: ``year >= 2020 and (author: smith or venue: "imagined botany") and not tag: read``.

::

    filter   = or
    or       = and ("or" and)*
    and      = not ("and"? not)*              words that stand side by side must both hold
    not      = "not" not | "(" or ")" | test
    test     = field operator value | "has" ":" field
    operator = ":" | "=" | "!=" | ">" | ">=" | "<" | "<="
    value    = word | quoted text             "…" or '…'
    field    = year | date | author | venue | category | tag | source | language | abstract

``author``, ``venue`` and ``category`` hold when one of the paper's values has the words of the value side by side,
whatever their case and accents; ``tag`` when one of its tags or keywords is the value, as a whole; ``source`` when a
path that the paper was read from has the value in it; ``language`` when it begins with it (``en`` for English);
``year`` and ``date`` compare, a date by the part that is given: ``date: 2031-05`` is all of May.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from semsearch.model.errors import QueryError

FIELDS = ("year", "date", "author", "venue", "category", "tag", "source", "language", "abstract")
_ORDERED = ("year", "date")
_TOKEN = re.compile(r"""\s*(?:(?P<quoted>"[^"]*"|'[^']*')|(?P<operator><=|>=|!=|[:=<>()])|(?P<word>[^\s"'<>=!:()]+))""")
_DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")
#: Deepest nesting; more is no filter of a person.
_DEPTH = 50


@dataclass(frozen=True, slots=True)
class FieldTest:
    """A test of one field: ``year >= 2020``."""

    field: str
    """One of `FIELDS`; ``abstract`` only with the operator ``has``."""
    operator: str
    """``:`` (holds), ``!=``, ``<``, ``<=``, ``>``, ``>=``, ``has``."""
    value: str
    """As it was given, without quotation marks."""


@dataclass(frozen=True, slots=True)
class Not:
    """What does not hold."""

    part: Filter


@dataclass(frozen=True, slots=True)
class All:
    """What all hold."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """Of which one or more hold."""

    parts: tuple[Filter, ...]


Filter = FieldTest | Not | All | Any


def parse(text: str) -> Filter:
    """The filter that a text means.

    Raises:
        QueryError: It is none; says where and what is expected.
    """
    parser = _Parser(text)
    found = parser.any()
    if parser.token:
        raise parser.error("'and' or 'or'")
    return found


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._place = self._next = 0
        self._depth = 0
        self.token = ""
        self._quoted = False
        self.advance()

    def error(self, expected: str) -> QueryError:
        found = f"'{self.token}'" if self.token or self._quoted else "the end"
        return QueryError(
            f"filter '{self._text[:200]}': {expected} expected at character {self._place + 1}, not {found}"
        )

    def advance(self) -> None:
        """Read the next token; an empty one that is not quoted is the end."""
        rest = self._text[self._next :]
        self._place = self._next + len(rest) - len(rest.lstrip())
        self._quoted, self.token = False, ""
        if not rest.strip():
            self._next = len(self._text)
            return
        match = _TOKEN.match(self._text, self._next)
        if not match:
            self.token = self._text[self._place]
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
            raise self.error(f"an operator (:, =, !=, <, <=, >, >=) behind '{name}'")
        operator = ":" if operator == "=" else operator
        if operator not in (":", "!=") and name not in _ORDERED:
            raise self.error(f"':' or '!=' behind '{name}', which has no order,")
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
                f"filter '{self._text[:200]}': the words of an abstract are for the query; has:abstract tests for one"
            )
        self.advance()
        return FieldTest(name, operator, value)
