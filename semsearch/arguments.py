"""What callers hand to `semsearch.Index`: checked before anything is done, so that nothing is half done.

A text where several are expected is one of them, and is never taken apart into letters. NumPy's numbers count too.

Args:
    value: What was given.
    what: What the error calls it.
    check: Checks a value, and gives it back.
    methods: Names of what a thing must have.
    wanted: What to give in its place, for the error.
    format: As given for files, and so are ``encoding`` and ``prune``.
    encoding: See ``format``.
    prune: See ``format``.
"""

from __future__ import annotations

import itertools
import operator
import os
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from numbers import Real
from types import NoneType
from typing import TYPE_CHECKING, Any, TypedDict, get_args

import numpy as np

from semsearch.model.errors import ArgumentError, MissingExtra, QueryError
from semsearch.model.options import OPTIONS, Option, SearchOptions
from semsearch.model.paper import Paper, Rejected, Source
from semsearch.model.results import GROUP_KINDS
from semsearch.text.surrogates import without_surrogates

if TYPE_CHECKING:
    from semsearch.duplicates import Decision
    from semsearch.evaluation import JudgedQueries
    from semsearch.model.protocols import Encoder

_BY_NAME = {option.name: option for option in OPTIONS}
#: What papers in memory are said to be read from.
_MEMORY = "<python>"


def options(k: int, given: Mapping[str, Any], *, questions: bool) -> SearchOptions:
    """How to search.

    Args:
        k: Hits.
        given: Keywords, by name: `semsearch.model.options.SearchKeywords`.
        questions: Whether it is for questions; else for papers and texts, which go by cosine alone.

    Raises:
        ArgumentError: An option that there is none of, or of the wrong type.
        QueryError: One out of range.
    """
    known = {option.name: option for option in OPTIONS if questions or not option.of_questions}
    values = _renamed(given)
    for name in values:
        if name not in known or name == "k":
            there = ", ".join(known)
            raise ArgumentError(f"no option '{name}' here; there are {there}")
    return SearchOptions(**{name: _of_type(known[name], value) for name, value in {"k": k, **values}.items()})


def _renamed(given: Mapping[str, Any]) -> dict[str, Any]:
    """Keywords under the names of today: ``fold`` of version 0.1 is ``collapse``."""
    values = dict(given)
    if "fold" in values:
        if "collapse" in values:
            raise ArgumentError("fold is the old name of collapse, and both are given; give collapse alone")
        # The caller of Index.search, above options() and this.
        warnings.warn("fold is called collapse now", DeprecationWarning, stacklevel=4)
        values["collapse"] = values.pop("fold")
    return values


def _of_type(option: Option, value: object) -> Any:
    """A value of an option, of its type."""
    kinds = get_args(option.type) or (option.type,)
    if option.choices or (value is None and NoneType in kinds):
        return value
    checks: dict[Any, Callable[[object, str], Any]] = {int: integer, float: number, bool: flag, str: text}
    return checks[kinds[0]](value, option.name)


def text(value: object, what: str) -> str:
    """A text.

    Raises:
        ArgumentError: It is something else.
    """
    if not isinstance(value, str):
        raise ArgumentError(f"{what} is {_kind(value)}; give text (str)")
    return str(value)


def texts(value: object, what: str) -> list[str]:
    """One text, or several; lone surrogates, which no index holds, become U+FFFD.

    Raises:
        ArgumentError: It is something else, or something else is among them.
    """
    if isinstance(value, str):
        return [without_surrogates(value)]
    return [
        without_surrogates(text(one, f"{what}: one of them"))
        for one in _several(value, what, "text (str), or a list of texts")
    ]


def names(value: object, what: str) -> list[str]:
    """Names of files or folders, of one or of several.

    Raises:
        ArgumentError: It is something else, or an empty name, which would mean the folder that one is in.
    """
    if isinstance(value, str | os.PathLike):
        return [name(value, what)]
    several = _several(value, what, "a path (str or Path), or a list of paths")
    return [name(one, f"{what}: one of them") for one in several]


def name(value: object, what: str) -> str:
    """The name of a file or folder; see `names`.

    Raises:
        ArgumentError: It is something else, or an empty name.
    """
    path = os.fspath(value) if isinstance(value, str | os.PathLike) else None
    if not isinstance(path, str):
        raise ArgumentError(f"{what} is {_kind(value)}; give a path (str or Path)")
    if "\0" in path:
        raise ArgumentError(f"{what} has a NUL character in it, which no path has; give a path (str or Path)")
    if not path:
        raise ArgumentError(f"{what} is empty; give a path, '.' for the folder that you are in")
    return path


def integer(value: object, what: str) -> int:
    """A whole number.

    Raises:
        ArgumentError: It is none.
    """
    try:
        if isinstance(value, bool | np.bool_):
            raise TypeError
        return operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise ArgumentError(f"{what} is {_kind(value)}; give a whole number (int)") from None


def number(value: object, what: str) -> float:
    """A number.

    Raises:
        ArgumentError: It is none.
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
        raise ArgumentError(f"{what} is {_kind(value)}; give a number")
    return float(value)


def flag(value: object, what: str) -> bool:
    """True or false.

    Raises:
        ArgumentError: It is neither: ``"no"`` would count as true.
    """
    if not isinstance(value, bool | np.bool_):
        raise ArgumentError(f"{what} is {_kind(value)}; give True or False")
    return bool(value)


def optional(check: Callable[[object, str], Any], value: object, what: str) -> Any:
    """What ``check`` makes of a value; ``None`` stays ``None``."""
    return None if value is None else check(value, what)


def function(value: object, what: str) -> None:
    """Refuse what cannot be called.

    Raises:
        ArgumentError: It cannot.
    """
    if not callable(value):
        raise ArgumentError(f"{what} is {_kind(value)}; give a function")


def able(value: object, what: str, methods: Sequence[str], wanted: str) -> Any:
    """A thing of the user's own, by what it can do.

    Raises:
        ArgumentError: It has not all of these methods, or is a class and no object.
    """
    if isinstance(value, type) or not all(callable(getattr(value, name, None)) for name in methods):
        raise ArgumentError(f"{what} is {_kind(value)}; give {wanted}")
    return value


def encoder(value: object, what: str) -> Encoder:
    """An encoder of the user's own.

    Raises:
        ArgumentError: It cannot encode.
    """
    methods = ("encode_documents", "encode_queries")
    found: Encoder = able(value, what, methods, "an Encoder, or a model's name as model")
    return found


def reranker(value: object, what: str) -> Any:
    """The name or folder of a cross-encoder, or a reranker of the user's own.

    Raises:
        ArgumentError: It is something else.
    """
    if isinstance(value, str | os.PathLike):
        return name(value, what)
    return able(value, what, ("score",), "a name, a folder or a Reranker")


def none_of_files(*, format: object, encoding: object, prune: object) -> None:  # noqa: A002
    """Refuse arguments that are of use for files only.

    Raises:
        ArgumentError: One of them is given.
    """
    for option, value in (("format", format), ("encoding", encoding)):
        if value is not None:
            raise ArgumentError(f"{option} is for files, and these are papers; leave it out")
    if flag(prune, "prune"):
        raise ArgumentError("prune removes what files no longer hold, and these are papers; use Index.remove")


def papers(source: object, columns: Sequence[str] = ()) -> Iterable[Paper | Rejected]:
    """Papers in memory, as `Index.add` takes them.

    Those of a list are all looked at before the first is given; those of an iterator as they come.

    Args:
        source: `Paper` objects, mappings, a data frame or a table.
        columns: ``field=Heading`` for headings that are not known, or mean something else.

    Raises:
        ArgumentError: It holds something else.
        QueryError: A column of another form.
    """
    from semsearch.readers.parquet import is_table, read_table
    from semsearch.readers.record import column_options

    headings = column_options(columns)
    if is_table(source):
        try:
            return read_table(source, _MEMORY, headings)
        except MissingExtra:
            raise
        except Exception as error:  # those of Arrow and of what gives the table have no common base
            told = " ".join(str(error).split())[:200]
            raise ArgumentError(
                f"the table {_kind(source)} cannot be read ({told}); give one with named columns"
            ) from error
    if isinstance(source, Paper | Mapping):
        source = [source]
    several = _several(
        source, "what is to be added", "a file or folder (str or Path), papers (Paper or dict), or a table", sets=True
    )
    if isinstance(several, Collection):
        several = [_record(one, headings) for one in several]
    else:
        iterator = iter(several)
        first = [_record(one, headings) for one in itertools.islice(iterator, 1)]  # before an index is made
        several = itertools.chain(first, iterator)
    return _papers(several, headings)


def _record(one: object, headings: Mapping[str, str]) -> Paper | Mapping[str, Any]:
    if isinstance(one, str | os.PathLike):
        raise ArgumentError(f"among the papers is the text {str(one)[:40]!r}; add_files([…]) takes names of files")
    if not isinstance(one, Paper | Mapping):
        raise ArgumentError(f"among the papers is {_kind(one)}; give Paper or dict for each")
    if headings and isinstance(one, Paper):
        raise ArgumentError("columns are for records that have headings, and a Paper has none; leave columns out")
    return one


def _papers(source: Iterable[object], headings: Mapping[str, str]) -> Iterator[Paper | Rejected]:
    from semsearch.readers.given import given_paper

    for count, one in enumerate(source, 1):
        yield given_paper(_record(one, headings), Source(_MEMORY, count), headings)


def known(value: object, what: str) -> list[str | Paper]:
    """Papers, and names of files, folders and indexes, of one or of several.

    Raises:
        ArgumentError: It is something else, or something else is among them.
    """
    if isinstance(value, Paper | str | os.PathLike):
        value = [value]
    several = _several(value, what, "papers (Paper), or paths (str or Path) of files or indexes")
    return [one if isinstance(one, Paper) else name(one, f"{what}: one of them") for one in several]


class Comparison(TypedDict):
    """How duplicates are looked for, checked."""

    threshold: float
    decisions: list[Decision]
    keep: tuple[str, ...]
    on_step: Callable[[int, int], None] | None


def comparison(threshold: object, keep: object, ledger: object, on_step: Any) -> Comparison:
    """How to look for duplicates.

    Args:
        threshold: A cosine.
        keep: Rules, by commas.
        ledger: A ledger, or ``None``.
        on_step: A function, or ``None``.

    Raises:
        ArgumentError: One of the wrong type.
        QueryError: A rule that there is none of, or a threshold out of range.
        SourceError: The ledger cannot be read.
    """
    from semsearch.duplicates.merging import parse_rules

    cosine, rules = number(threshold, "threshold"), parse_rules(text(keep, "keep"))
    if not -1 <= cosine <= 1:
        raise QueryError(f"threshold is {cosine}; give a cosine between -1 and 1, such as 0.9")
    if on_step is not None:
        function(on_step, "on_step")
    if ledger is not None:
        ledger = able(ledger, "ledger", ("in_force",), "a Ledger (Index.ledger, semsearch.ledger)")
    decisions = [] if ledger is None else ledger.in_force()  # type: ignore[attr-defined]
    return {"threshold": cosine, "decisions": decisions, "keep": rules, "on_step": on_step}


def kinds(value: object) -> list[str]:
    """Kinds of duplicate groups, of one or of several.

    Raises:
        ArgumentError: It is something else.
        QueryError: A kind that there is none of.
    """
    given = texts(value, "kinds")
    for kind in given:
        if kind not in GROUP_KINDS:
            raise QueryError(f"no kind '{kind}'; there are {', '.join(GROUP_KINDS)}")
    return given


def modes(value: object) -> list[str]:
    """Modes of search, of one or of several.

    Raises:
        ArgumentError: It is something else.
        QueryError: A mode that there is none of.
    """
    given = texts(value, "modes")
    for mode in given:
        _BY_NAME["mode"].check(mode)
    return given


def judged(value: object) -> JudgedQueries:
    """Queries and their judgements.

    Raises:
        ArgumentError: It is something else.
    """
    from semsearch.evaluation import JudgedQueries

    if not isinstance(value, JudgedQueries):
        raise ArgumentError(f"judged is {_kind(value)}; give what semsearch.judgements(…) returns")
    return value


def _several(value: object, what: str, wanted: str, *, sets: bool = False) -> Iterable[Any]:
    """Several things in an order; neither a text, which is one, nor what has no order of its own."""
    single = (str, bytes, bytearray, memoryview, os.PathLike, Mapping)
    if isinstance(value, single) or not isinstance(value, Iterable) or (isinstance(value, AbstractSet) and not sets):
        raise ArgumentError(f"{what} is {_kind(value)}; give {wanted}")
    return value


def _kind(value: object) -> str:
    """What a value is, for a message."""
    if value is None:
        return "None"
    if isinstance(value, int | float | np.generic):
        return f"{value!r}"
    return f"of type {type(value).__name__}" if not isinstance(value, str) else f"the text {value[:40]!r}"
