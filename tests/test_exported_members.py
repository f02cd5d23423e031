"""What ``semsearch.…`` gives: every error, every public name, each from one place, and nothing else."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import semsearch
from semsearch.model import errors
from tests.conftest import ROOT

INIT = Path(semsearch.__file__).read_text("utf-8")


def test_every_error_is_exported() -> None:
    ours = {
        name
        for name, value in vars(errors).items()
        if inspect.isclass(value) and issubclass(value, errors.SemsearchError)
    }
    assert ours <= set(semsearch.__all__)
    assert all(getattr(semsearch, name) is getattr(errors, name) for name in ours)


def test_all_that_is_public_is_in_all() -> None:
    """Names that the module itself imports or defines for all to use, but for modules and typing."""
    tree = ast.parse(INIT)
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("semsearch")
        for alias in node.names
    }
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")}
    assert sorted(imported | defined | {"__version__"}) == semsearch.__all__


def test_names_that_come_on_first_use_come_from_where_it_says() -> None:
    for name, module in semsearch._LAZY.items():
        assert getattr(semsearch, name) is getattr(import_module(module), name)
    assert dir(semsearch) == semsearch.__all__
    with pytest.raises(AttributeError, match="module 'semsearch' has no attribute 'Indx'"):
        _ = semsearch.Indx


def test_an_error_costs_nothing_heavy() -> None:
    script = "import semsearch, sys; semsearch.IndexBusy('x'); print({'numpy', 'torch', 'faiss'} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", script], text=True, cwd=ROOT) == "set()\n"
