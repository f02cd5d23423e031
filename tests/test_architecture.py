"""The rules that keep the picture true."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

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


@pytest.mark.parametrize("path", OURS, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_file_over_400_lines(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 400


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
