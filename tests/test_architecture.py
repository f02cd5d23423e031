"""The rules that keep the picture true."""

from __future__ import annotations

import ast
import re
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from tests.conftest import ROOT, SHARED

MODULES = sorted((ROOT / "semsearch").rglob("*.py"))
OURS = [
    *MODULES,
    *sorted((ROOT / "tests").rglob("*.py")),
    *(p for p in sorted((ROOT / "scripts").rglob("*")) if p.is_file()),
]


def _imports(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
        elif (
            isinstance(node, ast.Call)
            and ast.unparse(node.func).endswith("import_module")
            and isinstance(node.args[0], ast.Constant)
        ):
            names.add(str(node.args[0].value).split(".")[0])
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_only_one_module_imports_the_native_libraries(path: Path) -> None:
    native = _imports(path) & {"torch", "faiss", "openvino", "sentence_transformers", "transformers"}
    assert not native or path.name == "heavy_imports.py"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_only_faces_print_exit_and_read_the_environment(path: Path) -> None:
    if (
        "cli" in path.parts
        or path.name == "__main__.py"
        or path.relative_to(ROOT) == Path("semsearch/encoders/cache.py")
    ):
        return
    text = path.read_text("utf-8")
    tree = ast.parse(text)
    called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert not called & {"print", "exit", "sys.exit", "os.getenv", "os.environ.get", "input"}


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _all_but_annotations(node: ast.AST) -> Iterator[ast.AST]:
    """A node and those below it, but for what stands under ``if TYPE_CHECKING``."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING")):
            yield from _all_but_annotations(child)
        else:
            for other in child.orelse:
                yield from _all_but_annotations(other)


def _modules_imported(path: Path, modules: set[str], *, annotations: bool) -> set[str]:
    """Modules of the package that a module imports, wherever in the file; absolute imports only, as ours are."""
    tree = ast.parse(path.read_text("utf-8"))
    found: set[str] = set()
    for node in ast.walk(tree) if annotations else _all_but_annotations(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "relative imports are not counted here"
            full = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (full & modules) | ({str(node.module)} if full - modules else set())
    return found & modules


def _cycles(*, annotations: bool) -> list[set[str]]:
    """Modules that import each other in a circle: the strongly connected parts of the graph of imports."""
    paths = {_module(path): path for path in MODULES}
    number = {name: place for place, name in enumerate(paths)}
    edges = [
        (number[name], number[other])
        for name, path in paths.items()
        for other in _modules_imported(path, set(paths), annotations=annotations)
    ]
    assert len(edges) > len(paths), "the graph was read"
    rows, columns = np.array(edges).T
    graph = csr_array((np.ones(len(edges)), (rows, columns)), shape=(len(paths), len(paths)))
    _, labels = connected_components(graph, connection="strong")
    parts = [{name for name, place in number.items() if labels[place] == label} for label in np.unique(labels)]
    loops = {name for name, place in number.items() if (place, place) in edges}
    return [part for part in parts if len(part) > 1 or part & loops]


def test_no_import_cycle_at_run_time() -> None:
    assert _cycles(annotations=False) == []


def test_no_import_cycle_of_annotations() -> None:
    assert _cycles(annotations=True) == []


def test_functions_are_short() -> None:
    """Lines of a function with its signature and docstring."""
    lengths = [
        (node.end_lineno or 0) - node.lineno + 1
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    short = sum(length < 30 for length in lengths) / len(lengths)
    assert len(lengths) > 1000
    assert (statistics.median(lengths) <= 10, short >= 0.9) == (True, True), (statistics.median(lengths), short)


@pytest.mark.parametrize("path", OURS, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_file_over_400_lines(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 400


#: ``setattr(module, "_X", …)``, ``setattr("semsearch.a._x", …)`` and ``module._X = …`` in the code of a child process.
PRIVATE_PATCH = re.compile(
    r"""setattr\(\s*[\w.]+,\s*["'](_(?!_)\w+)|setattr\(\s*["']semsearch[\w.]*\.(_(?!_)\w+)|\b(?!self)\w+\.(_[A-Z_]+)\b[^=\n(]*[^=!<>\n]=[^=]"""
)


def test_no_test_patches_what_is_private() -> None:
    """A test that needs a small size passes one in (`semsearch.model.policy`); else it holds to how a module is made."""
    found = {
        (path.name, next(filter(None, match.groups())))
        for path in OURS
        if "tests" in path.parts and path.suffix == ".py" and path != Path(__file__)
        for match in PRIVATE_PATCH.finditer(path.read_text("utf-8"))
    }
    assert found == set()


@pytest.mark.parametrize(
    "text",
    [
        'monkeypatch.setattr(flat, "_ROWS", 0)',
        'monkeypatch.setattr("semsearch.dense.flat._ROWS", 0)',
        "segments.MERGE, segments._SMALL = 2, 1",
        "patched.setattr(\n    pairs, '_near', near)",
    ],
)
def test_a_patch_of_something_private_is_seen(text: str) -> None:
    assert PRIVATE_PATCH.search(text)


@pytest.mark.parametrize(
    "text", ['monkeypatch.setattr(os, "fsync", full)', "assert index._store == 1", "x = native._LEVEL", "a._B(c=1)"]
)
def test_what_is_no_such_patch(text: str) -> None:
    assert not PRIVATE_PATCH.search(text)


def test_floors() -> None:
    tool = Path(sys.executable).with_name("lint-imports")
    if not tool.exists():
        pytest.skip("import-linter is not installed beside this Python")
    done = subprocess.run([tool, "--no-cache"], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stdout


def test_words_that_the_architecture_forbids() -> None:
    for path in MODULES:
        assert path.stem not in {"utils", "helpers", "common", "misc"}
        assert "distance" not in path.read_text("utf-8").lower()


def test_nothing_of_shared_is_in_the_project() -> None:
    """No sentence of the seeds stands in a tracked file."""
    if not SHARED.is_dir() or not shutil.which("git"):
        pytest.skip("no ../shared beside this checkout")
    sentences = {
        s.strip() for f in (SHARED / "seeds").glob("*.txt") for s in f.read_text("utf-8").split(". ") if len(s) > 60
    }
    assert sentences
    listed = subprocess.run(["git", "ls-files"], capture_output=True, text=True, cwd=ROOT, check=True).stdout.split()
    ours = "\n".join((ROOT / name).read_text("utf-8", "replace") for name in listed if (ROOT / name).is_file())
    assert not [s for s in sentences if s in ours]
