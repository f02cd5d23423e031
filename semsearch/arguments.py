"""Checks for the arguments of the Python API. They run first, so that a wrong argument stops nothing halfway.

Most checks return the value, in the type that the rest of the code expects. Where several texts are expected, one text
counts as a list of one text and is never split into letters. Numbers of NumPy count as numbers.

Args:
    value: The value that the caller gave.
    what: Name of the argument, for messages.
    check: The check for a value that is not ``None``.
    methods: Names of the methods that an object must have.
    wanted: What to give instead, for messages.
    format: As given with papers; only ``None`` is right.
    encoding: As given with papers; only ``None`` is right.
    prune: As given with papers; only false is right.
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
#: File name in the source of papers that are given in memory.
_MEMORY = "<python>"


def options(k: int, given: Mapping[str, Any], *, questions: bool) -> SearchOptions:
    """Check the options of a search.

    Args:
        k: Number of hits.
        given: The other options, by name: `semsearch.model.options.SearchKeywords`.
        questions: Whether the search is for questions; otherwise it is for related papers.

    Returns:
        The options.

    Raises:
        ArgumentError: There is no such option, or its value has the wrong type.
        QueryError: A value is out of range.
    """
    known = {option.name: option for option in OPTIONS if questions or not option.of_questions}
    values = _renamed(given)
    for name in values:
        if name not in known or name == "k":
            raise ArgumentError(f"no option '{name}' here; there are {', '.join(known)}")
    return SearchOptions(**{name: _of_type(known[name], value) for name, value in {"k": k, **values}.items()})


def _renamed(given: Mapping[str, Any]) -> dict[str, Any]:
    """The options under their present names: ``fold`` of version 0.1 is ``collapse``."""
    values = dict(given)
    if "fold" in values:
        if "collapse" in values:
            raise ArgumentError("fold is the old name of collapse, and both are given; give only collapse")
        # Level 4 is the caller of Index.search: above are Index.search, options() and this function.
        warnings.warn("fold is called collapse now", DeprecationWarning, stacklevel=4)
        values["collapse"] = values.pop("fold")
    return values


def _of_type(option: Option, value: object) -> Any:
    """Check the type of the value of an option. Values out of range are found later, by `SearchOptions`."""
    kinds = get_args(option.type) or (option.type,)
    if option.choices or (value is None and NoneType in kinds):
        return value
    checks: dict[Any, Callable[[object, str], Any]] = {int: integer, float: number, bool: flag, str: text}
    return checks[kinds[0]](value, option.name)


def text(value: object, what: str) -> str:
    """Check a text.

    Raises:
        ArgumentError: The value is not a text.
    """
    if not isinstance(value, str):
        raise ArgumentError(f"{what} is {_kind(value)}; give text (str)")
    return str(value)


def texts(value: object, what: str) -> list[str]:
    """Check one text or several. Lone surrogates become U+FFFD, since an index cannot hold them.

    Raises:
        ArgumentError: The value is not one text or several.
    """
    if isinstance(value, str):
        return [without_surrogates(value)]
    return [
        without_surrogates(text(one, f"{what}: one of them"))
        for one in _several(value, what, "text (str), or a list of texts")
    ]


def names(value: object, what: str) -> list[str]:
    """Check one name of a file or folder, or several.

    Raises:
        ArgumentError: The value is not one name or several, or a name is not valid; see `name`.
    """
    if isinstance(value, str | os.PathLike):
        return [name(value, what)]
    several = _several(value, what, "a path (str or Path), or a list of paths")
    return [name(one, f"{what}: one of them") for one in several]


def name(value: object, what: str) -> str:
    """Check the name of a file or folder.

    Raises:
        ArgumentError: The value is not a name, contains a NUL character, or is empty (it would be the current folder).
    """
    path = os.fspath(value) if isinstance(value, str | os.PathLike) else None
    if not isinstance(path, str):
        raise ArgumentError(f"{what} is {_kind(value)}; give a path (str or Path)")
    if "\0" in path:
        raise ArgumentError(f"{what} contains a NUL character, which a path cannot have; give a path (str or Path)")
    if not path:
        raise ArgumentError(f"{what} is empty; give a path, '.' for the folder that you are in")
    return path


def integer(value: object, what: str) -> int:
    """Check a whole number.

    Raises:
        ArgumentError: The value is not a whole number.
    """
    try:
        if isinstance(value, bool | np.bool_):
            raise TypeError
        return operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise ArgumentError(f"{what} is {_kind(value)}; give a whole number (int)") from None


def number(value: object, what: str) -> float:
    """Check a number.

    Raises:
        ArgumentError: The value is not a number.
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
        raise ArgumentError(f"{what} is {_kind(value)}; give a number")
    return float(value)


def flag(value: object, what: str) -> bool:
    """Check a value that must be true or false.

    Raises:
        ArgumentError: The value is neither. A text is refused, since ``"no"`` would count as true.
    """
    if not isinstance(value, bool | np.bool_):
        raise ArgumentError(f"{what} is {_kind(value)}; give True or False")
    return bool(value)


def optional(check: Callable[[object, str], Any], value: object, what: str) -> Any:
    """Do a check, unless the value is ``None``."""
    return None if value is None else check(value, what)


def function(value: object, what: str) -> None:
    """Check a function.

    Raises:
        ArgumentError: The value cannot be called.
    """
    if not callable(value):
        raise ArgumentError(f"{what} is {_kind(value)}; give a function")


def able(value: object, what: str, methods: Sequence[str], wanted: str) -> Any:
    """Check an object of the user's own by its methods.

    Raises:
        ArgumentError: The value does not have all methods, or it is a class instead of an object.
    """
    if isinstance(value, type) or not all(callable(getattr(value, name, None)) for name in methods):
        raise ArgumentError(f"{what} is {_kind(value)}; give {wanted}")
    return value


def encoder(value: object, what: str) -> Encoder:
    """Check an encoder of the user's own.

    Raises:
        ArgumentError: The value does not have the methods of an `Encoder`.
    """
    found: Encoder = able(value, what, ("encode_documents", "encode_queries"), "an Encoder, or a model's name as model")
    return found


def reranker(value: object, what: str) -> Any:
    """Check the name or folder of a cross-encoder, or a reranker of the user's own.

    Raises:
        ArgumentError: The value is neither.
    """
    if isinstance(value, str | os.PathLike):
        return name(value, what)
    return able(value, what, ("score",), "a name, a folder or a Reranker")


def none_of_files(*, format: object, encoding: object, prune: object) -> None:  # noqa: A002
    """Refuse arguments that are for files only, in a call that adds papers: their values must be the defaults.

    Raises:
        ArgumentError: One of them is given.
    """
    for option, value in (("format", format), ("encoding", encoding)):
        if value is not None:
            raise ArgumentError(f"{option} is for files, and these are papers; leave it out")
    if flag(prune, "prune"):
        raise ArgumentError("prune removes what files no longer hold, and these are papers; use Index.remove")


def papers(source: object, columns: Sequence[str] = ()) -> Iterable[Paper | Rejected]:
    """Check papers in memory, and make a paper or a rejected record of each.

    All papers of a list are checked at once, those of an iterator one after the other.

    Args:
        source: One paper, several papers, or a table; see `Index.add`.
        columns: ``field=Heading`` for each heading that is not known.

    Raises:
        ArgumentError: The source is not one of these, or contains something that is not a paper.
        QueryError: A column has another form.
    """
    from semsearch.readers.headings import column_options
    from semsearch.readers.parquet import is_table, read_table

    headings = column_options(columns)
    if is_table(source):
        try:
            return read_table(source, _MEMORY, headings)
        except MissingExtra:
            raise
        except Exception as error:  # Arrow and the library of the table raise errors without a common base class
            reason = " ".join(str(error).split())[:200]
            raise ArgumentError(
                f"the table {_kind(source)} cannot be read ({reason}); give one with named columns"
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
        first = [_record(one, headings) for one in itertools.islice(iterator, 1)]  # check it before an index is made
        several = itertools.chain(first, iterator)
    return _papers(several, headings)


def _record(one: object, headings: Mapping[str, str]) -> Paper | Mapping[str, Any]:
    if isinstance(one, str | os.PathLike):
        raise ArgumentError(f"one of the papers is the text {str(one)[:40]!r}; give names of files to add_files([…])")
    if not isinstance(one, Paper | Mapping):
        raise ArgumentError(f"one of the papers is {_kind(one)}; give Paper or dict for each")
    if headings and isinstance(one, Paper):
        raise ArgumentError("columns are for records with headings, and a Paper has none; leave columns out")
    return one


def _papers(source: Iterable[object], headings: Mapping[str, str]) -> Iterator[Paper | Rejected]:
    from semsearch.readers.given import given_paper

    for count, one in enumerate(source, 1):
        yield given_paper(_record(one, headings), Source(_MEMORY, count), headings)


def known(value: object, what: str) -> list[str | Paper]:
    """Check papers and names of files, folders and indexes: one of these or several.

    Raises:
        ArgumentError: The value, or a part of it, is something else.
    """
    if isinstance(value, Paper | str | os.PathLike):
        value = [value]
    several = _several(value, what, "papers (Paper), or paths (str or Path) of files or indexes")
    return [one if isinstance(one, Paper) else name(one, f"{what}: one of them") for one in several]


class Comparison(TypedDict):
    """The arguments of a search for duplicates, checked."""

    threshold: float
    decisions: list[Decision]
    keep: tuple[str, ...]
    on_step: Callable[[int, int], None] | None


def comparison(threshold: object, keep: object, ledger: object, on_step: Any) -> Comparison:
    """Check the arguments of a search for duplicates.

    Args:
        threshold: A cosine.
        keep: Rules, with commas between them; empty for the default rules.
        ledger: A ledger, or ``None``.
        on_step: A function, or ``None``.

    Raises:
        ArgumentError: An argument has the wrong type.
        QueryError: There is no such rule, or the threshold is out of range.
        SourceError: The ledger cannot be read.
    """
    from semsearch.identity.merging import parse_rules

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
    """Check one kind of duplicate groups, or several.

    Raises:
        ArgumentError: The value is not one text or several.
        QueryError: There is no such kind.
    """
    given = texts(value, "kinds")
    for kind in given:
        if kind not in GROUP_KINDS:
            raise QueryError(f"no kind '{kind}'; there are {', '.join(GROUP_KINDS)}")
    return given


def modes(value: object) -> list[str]:
    """Check one mode of search, or several.

    Raises:
        ArgumentError: The value is not one text or several.
        QueryError: There is no such mode.
    """
    given = texts(value, "modes")
    for mode in given:
        _BY_NAME["mode"].check(mode)
    return given


def judged(value: object) -> JudgedQueries:
    """Check queries with their judgements.

    Raises:
        ArgumentError: The value is something else.
    """
    from semsearch.evaluation import JudgedQueries

    if not isinstance(value, JudgedQueries):
        raise ArgumentError(f"judged is {_kind(value)}; give what semsearch.judgements(…) returns")
    return value


def _several(value: object, what: str, wanted: str, *, sets: bool = False) -> Iterable[Any]:
    """Check an iterable: not a text, which is one thing, and not a set, which has no order, unless ``sets``."""
    single = (str, bytes, bytearray, memoryview, os.PathLike, Mapping)
    if isinstance(value, single) or not isinstance(value, Iterable) or (isinstance(value, AbstractSet) and not sets):
        raise ArgumentError(f"{what} is {_kind(value)}; give {wanted}")
    return value


def _kind(value: object) -> str:
    """What a value is, in words for a message."""
    if value is None:
        return "None"
    if isinstance(value, int | float | np.generic):
        return f"{value!r}"
    return f"of type {type(value).__name__}" if not isinstance(value, str) else f"the text {value[:40]!r}"
