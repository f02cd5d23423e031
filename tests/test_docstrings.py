"""Public functions say what they take, what they give and what they raise: shapes and types of arrays, errors by name.

Exempt are: methods that point to what describes them (``See `Protocol```), `__init__` beyond its class, the arguments
of commands (each has a ``help=``, see ``tests/cli/test_help.py``), and functions of one plain argument, whose first line
tells it.
A module whose functions share arguments may describe these once, in a section Args of its own docstring.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from semsearch.cli import app
from semsearch.model import errors
from tests.conftest import ROOT

#: Files and folders that are being rebuilt; their docstrings follow.
BEING_REBUILT: set[str] = set()
ERRORS = {name: one for name, one in vars(errors).items() if inspect.isclass(one) and issubclass(one, Exception)}
#: Annotations of arrays, and the names that the package has for them.
ARRAY = re.compile(r"\b(NDArray|Answer|Mask|Pairs|Rows|Scores|Vectors?)\b")
DTYPE = re.compile(r"\b(float(16|32|64)|u?int(8|16|32|64)|bool)\b", re.IGNORECASE)
SECTIONS = ("Args", "Returns", "Yields", "Raises")
SHAPE = re.compile(r"``\(.*?\)``")


def _commands(group: typer.Typer) -> Iterator[tuple[Path, str]]:
    """File and name of each function that typer runs as a command, those of groups included."""
    for command in group.registered_commands:
        assert command.callback
        function = inspect.unwrap(command.callback)
        yield Path(inspect.getfile(function)), function.__qualname__
    for sub in group.registered_groups:
        assert sub.typer_instance
        yield from _commands(sub.typer_instance)


def _is_rebuilt(path: Path) -> bool:
    name = path.relative_to(ROOT).as_posix()
    return any(name == part or name.startswith(f"{part}/") for part in BEING_REBUILT)


MODULES = [path for path in sorted((ROOT / "semsearch").rglob("*.py")) if not _is_rebuilt(path)]
COMMANDS = set(_commands(app))
Documented = tuple[str, ast.FunctionDef, str]


def _public(body: list[ast.stmt], owner: ast.ClassDef | None = None) -> Iterator[Documented]:
    """Name, definition and docstring of the public functions and methods; arguments of `__init__` are its class's."""
    for node in body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from _public(node.body, node)
        elif isinstance(node, ast.FunctionDef):
            name = f"{owner.name}.{node.name}" if owner else node.name
            if owner and node.name == "__init__":
                yield name, node, ast.get_docstring(owner) or ""
            elif not node.name.startswith("_") and "overload" not in map(ast.unparse, node.decorator_list):
                yield name, node, ast.get_docstring(node) or ""


def _section(text: str, name: str) -> str:
    found = re.search(rf"^{name}:\n((?:[ ]+.*\n?|\n)+)", text, re.MULTILINE)
    return found[1] if found else ""


def _entries(text: str) -> dict[str, str]:
    """Text by argument, of the section Args."""
    found: dict[str, str] = {}
    name = ""
    for line in _section(text, "Args").splitlines():
        if begin := re.match(r"^ {4}\*{0,2}(\w+): (.*)", line):
            name = begin[1]
            found[name] = begin[2]
        elif name:
            found[name] += f" {line.strip()}"
    return found


def _is_array(annotation: ast.expr | None) -> bool:
    """Whether an argument or a result is one or more arrays, and not a function of some."""
    text = ast.unparse(annotation) if annotation else ""
    return bool(ARRAY.search(text)) and "Callable" not in text


def _tells_array(text: str) -> bool:
    return bool(DTYPE.search(text) and SHAPE.search(text))


def _raised(body: list[ast.stmt]) -> Iterator[str]:
    """Errors of ours that the statements raise; not what a function defined among them does."""
    for node in body:
        below: list[ast.AST] = [node]
        while below:
            one = below.pop()
            if isinstance(one, ast.FunctionDef | ast.Lambda | ast.ClassDef):
                continue
            if isinstance(one, ast.Raise) and isinstance(one.exc, ast.Call):
                yield ast.unparse(one.exc.func).rpartition(".")[2]
            below += ast.iter_child_nodes(one)


def _problems(function: ast.FunctionDef, text: str, shared: str = "", *, is_command: bool = False) -> Iterator[str]:
    """What is missing in a docstring.

    Args:
        function: The function.
        text: Its docstring.
        shared: Docstring of the module, which may describe arguments of all its functions.
        is_command: Whether a user gives the arguments on the command line. Then ``help=`` describes them.
    """
    if text.startswith("See `") or "tells what each argument is" in text:
        return
    yield from (f"two sections {name}" for name in SECTIONS if len(re.findall(rf"^{name}:$", text, re.MULTILINE)) > 1)
    given = function.args
    named = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    arguments = [a for a in (*named, given.vararg, given.kwarg) if a and a.arg not in ("self", "cls")]
    arrays = [a for a in arguments if _is_array(a.annotation)]
    entries = _entries(shared) | _entries(text)
    if (len(arguments) > 1 and not is_command) or arrays:
        yield from (f"argument {a.arg} is not in Args" for a in arguments if a.arg not in entries)
    for array in arrays:
        if array.arg in entries and not _tells_array(entries[array.arg]):
            yield f"array {array.arg}: no dtype, or no shape as in ``(n, dim)``"
    if _is_array(function.returns) and not _tells_array(text.replace(_section(text, "Args"), "")):
        yield "the array returned: no dtype, or no shape as in ``(n, dim)``"
    told = _section(text, "Raises")
    for name in set(_raised(function.body)) & set(ERRORS):
        if not any(re.search(rf"\b{one.__name__}\b", told) for one in ERRORS[name].__mro__):
            yield f"{name} is not in Raises"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_public_functions_document_arguments_arrays_and_errors(path: Path) -> None:
    module = ast.parse(path.read_text("utf-8"))
    shared = ast.get_docstring(module) or ""
    found = [
        f"{name}: {problem}"
        for name, function, text in _public(module.body)
        for problem in _problems(function, text, shared, is_command=(path, name) in COMMANDS)
    ]
    assert found == []


def test_what_is_being_rebuilt_is_there() -> None:
    assert [name for name in BEING_REBUILT if not (ROOT / name).exists()] == []


BAD = '''
def arguments(one: int, other: str) -> None:
    """Args are missing."""

def arrays(rows: NDArray[np.int64], *, mask: Mask | None) -> Rows:
    """Take rows.

    Args:
        rows: Some.
        mask: bool ``(n,)``.
    """

def raises(path: Path) -> None:
    """A file."""
    if path:
        raise QueryError("no")

class Thing:
    """A thing."""

    def __init__(self, a: int, b: int) -> None:
        pass

    def search(self, query: int, k: int) -> None:
        """See `Protocol`."""

def good(rows: NDArray[np.int64], k: int) -> NDArray[np.float32]:
    """Vectors, float32 ``(len(rows), dim)``.

    Args:
        rows: int64
            ``(n,)``.
        k: How many.

    Raises:
        QueryError: Never.
    """
    def inner() -> None:
        raise StoreError("x", "y")
    raise QueryError("no")

def twice(a: int) -> None:
    """Merged by hand.

    Args:
        a: One.

    Args:
        a: The same.
    """
'''


def test_only_what_typer_runs_is_a_command() -> None:
    found = {f"{path.relative_to(ROOT / 'semsearch')} {name}" for path, name in COMMANDS}
    assert {"cli/query.py run", "cli/duplicates/listing.py run", "cli/duplicates/decisions.py import_"} <= found
    assert not any(name.startswith("cli/options.py") for name in found)
    assert all(name.startswith("cli/") for name in found)


def test_a_command_leaves_out_its_arguments_and_nothing_else() -> None:
    found = {
        name: list(_problems(function, text, is_command=True)) for name, function, text in _public(ast.parse(BAD).body)
    }
    assert found["arguments"] == found["Thing.__init__"] == []
    assert len(found["arrays"]) == 2
    assert found["raises"] == ["QueryError is not in Raises"]


def test_the_walk_finds_what_is_missing() -> None:
    found = {name: list(_problems(function, text)) for name, function, text in _public(ast.parse(BAD).body)}
    assert found == {
        "arguments": ["argument one is not in Args", "argument other is not in Args"],
        "arrays": [
            "array rows: no dtype, or no shape as in ``(n, dim)``",
            "the array returned: no dtype, or no shape as in ``(n, dim)``",
        ],
        "raises": ["QueryError is not in Raises"],
        "Thing.__init__": ["argument a is not in Args", "argument b is not in Args"],
        "Thing.search": [],
        "good": [],
        "twice": ["two sections Args"],
    }
