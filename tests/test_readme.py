"""The README says what is so: its commands run, its output is real."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

import semsearch
from semsearch.service import Index
from tests.conftest import ROOT, SAMPLE, Run

README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)


def test_the_two_commands_exist_and_ci_calls_the_second() -> None:
    first, second = [body.strip() for kind, body in BLOCKS if kind == "sh"][:2]
    assert (first, second) == ("scripts/demo", "scripts/test")
    assert second in (ROOT / ".ci" / "run").read_text("utf-8")
    assert all((ROOT / name).stat().st_mode & 0o100 for name in (first, second, ".ci/run"))


def test_every_command_of_the_usage_block_runs(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    (tmp_path / "papers.jsonl").write_bytes(SAMPLE.read_bytes())
    (tmp_path / "exports").mkdir()
    (tmp_path / "notes.txt").write_text("One paragraph about made-up things.\n")
    (tmp_path / "draft.txt").write_text("A draft about bird song.")
    usage = next(body for kind, body in BLOCKS if kind == "sh" and "semsearch index" in body)
    commands = []
    for line in usage.splitlines():
        words = shlex.split(line.split("   #")[0].split(" #")[0])
        names = words[words.index("semsearch") + 1 :]
        if "ID…" in names:  # the line that lists short commands
            commands += [[n, "3403.00200"] if n in ("show", "remove") else [n] for n in names if n != "ID…"]
        else:
            commands.append(names)
    assert len(commands) == 17
    for words in commands:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"bird song\nfloods\n")))
        code, out, err = run(*words)
        assert code == 0, (words, err)
        assert out or words[0] in ("rejected", "duplicates")


def test_the_python_block_runs(index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("papers.jsonl").write_bytes(SAMPLE.read_bytes())
    monkeypatch.setattr(semsearch, "open", lambda path: index)
    body = next(body for kind, body in BLOCKS if kind == "python")
    made: dict[str, object] = {}
    exec(compile(body, "README.md", "exec"), made)
    assert len(index) == 22


def test_the_python_block_of_the_page_on_duplicates_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = SAMPLE.read_text("utf-8")
    for name in ("new.ris", "scopus.bib"):  # recognised by content, whatever the suffix
        Path(name).write_text(text, "utf-8")
    Path("last-year.ris").write_text(text.splitlines(keepends=True)[0], "utf-8")
    page = (ROOT / "docs" / "duplicates.md").read_text("utf-8")
    (body,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    names: dict[str, Any] = {"semsearch": semsearch}
    exec(compile(body, "duplicates.md", "exec"), names)
    assert names["found"].counts["known"] == 1
    assert len(names["unique"]) == names["found"].counts["new"]


@pytest.mark.model
def test_the_output_shown_is_real(tmp_path: Path) -> None:
    shown = next(body for kind, body in BLOCKS if kind == "text")
    index = semsearch.open(tmp_path / "index")
    index.add(SAMPLE)
    question = re.search(r'query "(.*?)"', shown)
    assert question
    hits = index.search(question[1], 3)
    assert len(hits) == 3
    for hit in hits:
        assert re.search(rf"{hit.rank}  {hit.score:.3f}  .*{re.escape(hit.paper.id)}", shown)
    best = index.duplicates()[0]
    assert f"1. {best.kind}, {best.score:.3f}" in shown


def test_documented_json_keys_are_those_of_the_code(index: Index) -> None:
    documented = (ROOT / "docs" / "json.md").read_text("utf-8")
    index.add(SAMPLE)
    keys = {*index.get("3403.00200").to_dict(), *index.status().to_dict(), *index.search("x", 1)[0].to_dict()}
    assert all(f"`{key}`" in documented or f'"{key}"' in documented for key in keys)


def test_the_page_of_formats_is_that_of_the_code() -> None:
    from scripts.formats_page import PAGE, page

    assert PAGE.read_text("utf-8") == page(), "write it anew: python -m scripts.formats_page"
