"""What the pages say of the code is so: files exist, the house is that of pyproject.toml, the example runs."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from semsearch.model.paper import Paper
from semsearch.retrieval import SIGNALS, SignalSpec
from semsearch.service import Index
from tests.conftest import ROOT
from tests.fakes import WordEncoder
from tests.memory_index import MemoryIndex

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text("utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_files_that_a_page_names_exist(page: Path) -> None:
    """Of the changelog only those of the newest version, which is above its second heading of a version."""
    text = page.read_text("utf-8")
    if page.name == "CHANGELOG.md":
        text = "## ".join(text.split("\n## ")[:2])
    named = set(re.findall(r"`((?:[\w.-]+/)*[\w.-]+\.(?:py|pyi|c|h|toml|txt))`", text))
    modules = {path.name for path in (ROOT / "semsearch").rglob("*.*")}
    missing = {
        name
        for name in named
        if not any((base / name).exists() for base in (ROOT, ROOT / "semsearch", page.parent))
        and not ("/" not in name and name in modules)
    }
    assert missing <= {"notes.txt"}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", page.read_text("utf-8")):
        assert target.startswith("http") or (page.parent / target).exists(), target


def test_the_house_is_that_of_the_import_linter() -> None:
    layers = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"][0][
        "layers"
    ]
    floors = [{name.strip().removeprefix("semsearch.") for name in layer.split("|")} for layer in layers]
    drawing = ARCHITECTURE.split("## The house")[1].split("\n| package")[0]
    lines = [re.split(r" {5,}", line.strip())[0] for line in drawing.splitlines() if line.startswith("    ")]
    drawn = [set(re.findall(r"\w+", line)) for line in lines if line != "|"]
    assert drawn == floors
    packages = {path.parent.name for path in (ROOT / "semsearch").glob("*/__init__.py")}
    assert packages - {"cli"} <= set(re.findall(r"`(\w+)`", ARCHITECTURE.split("| package")[1].split("\n\n")[0]))


def test_the_signal_of_the_page_runs(index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two papers with the same words: the newer one comes first with the signal, the first one read without it."""
    monkeypatch.chdir(tmp_path)
    (example,) = re.findall(r"```python\n(.*?)```", ARCHITECTURE, re.DOTALL)
    made: dict[str, object] = {}
    exec(compile(example, "docs/architecture.md", "exec"), made)
    newer = made["newer"]
    assert isinstance(newer, SignalSpec)
    texts = ["moss on roofs", "moss on roofs", "frogs in ponds", "bells and moss"]
    years = [1990, 2030, None, 2010]
    papers = [Paper(title=t, year=y, key=f"k{n}") for n, (t, y) in enumerate(zip(texts, years, strict=True))]
    index.add(papers)
    with_signal = Index(index.path, encoder=WordEncoder(), signals=[newer])
    for asked, first in ((index, ["k0", "k1"]), (with_signal, ["k1", "k0"])):
        hits = asked.search("moss roofs", collapse=False)
        assert [hit.paper.key for hit in hits][:2] == first
        assert len(hits) == 4
    assert [spec.name for spec in SIGNALS] == ["bm25", "names", "verbatim"]
    memory = MemoryIndex(papers, WordEncoder())
    assert str(made["Newer"](memory).top(2, None).rows.tolist()) == "[1, 3]"  # type: ignore[operator]
