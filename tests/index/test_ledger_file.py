"""The file of decisions: what is missing stays told, and what is not ours stays as it is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from semsearch.duplicates.ledger import Ledger, problems
from semsearch.model.errors import SourceError
from tests.duplicates.test_ledger import decisions_of, sample


def test_a_decision_does_not_hide_that_others_are_missing(tmp_path: Path) -> None:
    papers, path = sample(), decisions_of(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(b"".join(whole.splitlines(keepends=True)[:3]))
    told = "the last lines are missing; restore a copy, or delete decisions.end"
    with pytest.raises(SourceError, match=told):
        Ledger(path).decide(papers[5], papers[6], "same")
    with pytest.raises(SourceError, match=told):
        Ledger(path).undo()
    assert problems(path) != []
    path.write_bytes(whole)
    Ledger(path).decide(papers[5], papers[6], "same")
    assert problems(path) == []


@pytest.mark.parametrize("content", [b"my thesis, the end\n", b"0123456789abcdef0123456789\n"])
def test_what_is_not_ours_beside_a_ledger_stays(tmp_path: Path, content: bytes) -> None:
    papers = sample()
    (tmp_path / "semsearch.db").touch()
    for name in ("decisions.end", "decisions.end.tmp"):
        (tmp_path / name).write_bytes(content)
        (tmp_path / f"other name of {name}").hardlink_to(tmp_path / name)
    Ledger(tmp_path / "decisions.jsonl").decide(papers[0], papers[1], "same")
    assert [(tmp_path / name).read_bytes() for name in ("decisions.end", "decisions.end.tmp")] == [content] * 2
    assert problems(tmp_path / "decisions.jsonl") == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_nobody_waits_for_a_pipe_under_a_name_of_ours(tmp_path: Path) -> None:
    papers = sample()
    (tmp_path / "semsearch.db").touch()
    os.mkfifo(tmp_path / "decisions.end")
    path = tmp_path / "decisions.jsonl"
    Ledger(path).decide(papers[0], papers[1], "same")
    assert problems(path) == []
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(SourceError, match="it is not a file"):
        Ledger(path)
    assert problems(path) == [f"{path}: cannot be read: it is not a file"]


def test_what_only_begins_like_a_decision_is_no_torn_one(tmp_path: Path) -> None:
    papers, path = sample(), tmp_path / "mine.json"
    path.write_bytes(b'{"number": "note to self: 42')
    with pytest.raises(SourceError, match="line 1 is no decision"):
        Ledger(path).decide(papers[0], papers[1], "same")
    assert path.read_bytes() == b'{"number": "note to self: 42'
