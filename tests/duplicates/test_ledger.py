"""Decisions outlive the index, the order and the format of the records, and a machine that stops in the middle."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from semsearch.duplicates import Decided, Ledger, ListedPapers, find_duplicates, record_key
from semsearch.duplicates.ledger import pairs_decided, problems
from semsearch.model.errors import ArgumentError, QueryError, SourceError
from semsearch.model.paper import Paper
from semsearch.readers import open_sources
from semsearch.writers import writer
from tests.conftest import ROOT, SAMPLE


def sample() -> list[Paper]:
    (source,) = open_sources([str(SAMPLE)])
    return [record for record in source.records() if isinstance(record, Paper)]


@pytest.mark.parametrize("form", ["ris", "bibtex", "csl-json", "csv", "jsonl"])
def test_decisions_hold_when_the_files_come_again_in_another_order_and_format(form: str, tmp_path: Path) -> None:
    papers = sample()
    ledger = Ledger(tmp_path / "d.jsonl")
    ledger.decide(papers[0], papers[5], "same")
    ledger.decide(papers[1], papers[2], "version")
    out = io.StringIO()
    writer(form).papers(papers[::-1], out)
    suffix = {"ris": "ris", "bibtex": "bib", "csl-json": "json", "csv": "csv", "jsonl": "jsonl"}[form]
    (tmp_path / f"again.{suffix}").write_text(out.getvalue(), "utf-8")
    (source,) = open_sources([str(tmp_path / f"again.{suffix}")])
    again = [record for record in source.records() if isinstance(record, Paper)]
    assert len(again) == len(papers)
    decided = pairs_decided(Ledger(tmp_path / "d.jsonl").in_force(), again)
    last = len(papers) - 1
    assert {pair: d.kind for pair, d in decided.items()} == {(last - 5, last): "same", (last - 2, last - 1): "version"}
    titles = {papers[0].title, papers[5].title}
    found = find_duplicates(ListedPapers(again), decisions=ledger.in_force())
    assert titles in [{p.title for p in group.papers} for group in found.groups(["same"])]


def test_a_torn_last_line_loses_one_decision_and_no_more(tmp_path: Path) -> None:
    papers = sample()
    path = tmp_path / "d.jsonl"
    ledger = Ledger(path)
    for number in range(3):
        ledger.decide(papers[number], papers[number + 5], "different")
    whole = path.read_bytes()
    for cut in range(whole[:-1].rfind(b"\n") + 1, len(whole)):
        path.write_bytes(whole[:cut])
        again = Ledger(path)
        held = 3 if cut == len(whole) - 1 else 2  # without its line end only, the line is whole
        assert len(again.in_force()) == held
        assert path.read_bytes() == whole[:cut], "reading changes nothing"
        again.decide(papers[9], papers[10], "same")
        assert [d.kind for d in Ledger(path).in_force()] == [*["different"] * held, "same"]
        assert problems(path) == []


def test_zeros_of_a_file_system_behind_the_last_line_are_torn_too(tmp_path: Path) -> None:
    papers, path = sample(), tmp_path / "d.jsonl"
    Ledger(path).decide(papers[0], papers[1], "same")
    for torn in (b"\0" * 300, b'{"number": "7f' + b"\0" * 300):
        whole = path.read_bytes()
        path.write_bytes(whole + torn)
        assert problems(path) == ["d.jsonl: the last line is cut short; the next decision removes it"]
        Ledger(path).decide(papers[0], papers[1], "version")
        assert path.read_bytes().startswith(whole + b"{")
        assert problems(path) == []


def test_damage_elsewhere_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    path.write_text('{"kind": "same"}\n{"kind": "same"}\n')
    with pytest.raises(SourceError, match=r"d\.jsonl: line 1 is no decision"):
        Ledger(path)


@pytest.mark.parametrize(
    "content",
    [
        b"TY  - JOUR\nTI  - Moss\n",
        b'{"title": "Moss"}',
        b'[{"number": "1"}]',
        b"TY  - JOUR",
        b'{"number": "1", "title": "x"}',
    ],
)
def test_a_file_that_is_no_ledger_is_never_written_to(content: bytes, tmp_path: Path) -> None:
    a, b = sample()[:2]
    path = tmp_path / "mine"
    ledger = Ledger(path)
    path.write_bytes(content)  # since the ledger was opened, too
    for act in (lambda: Ledger(path), lambda: ledger.decide(a, b, "same"), ledger.undo, lambda: ledger.take(path)):
        with pytest.raises(SourceError, match="line 1 is no decision"):
            act()
    assert path.read_bytes() == content


def decisions_of(folder: Path) -> Path:
    """A ledger of an index with a few lines of every kind, the first ones of an earlier version."""
    papers, path = sample(), folder / "decisions.jsonl"
    (folder / "semsearch.db").touch()
    ledger = Ledger(path)
    ledger.decide(papers[0], papers[1], "same")
    ledger.decide(papers[0], papers[2], "version")
    old = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    plain = [{name: value for name, value in shape.items() if name not in ("after", "check")} for shape in old]
    path.write_text("".join(json.dumps(shape, ensure_ascii=False) + "\n" for shape in plain), "utf-8")
    (folder / "decisions.end").unlink()
    ledger = Ledger(path)
    assert [d.to_dict() for d in ledger.in_force()] == plain
    ledger.decide(papers[2], papers[3], "different")
    ledger.undo()
    ledger.decide(papers[3], papers[4], "skipped")
    assert problems(path) == []
    return path


def test_every_changed_bit_is_noticed(tmp_path: Path) -> None:
    path = decisions_of(tmp_path)
    whole = path.read_bytes()
    start = whole.index(b"\n", whole.index(b"\n") + 1) + 1  # lines of earlier versions have no checksum
    for place in range(start, len(whole)):
        for bit in {place % 8, (place + 3) % 8}:  # in all, each bit is changed often enough
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << bit]) + whole[place + 1 :])
            assert problems(path), (place, bit, whole[place - 20 : place + 20])
            if bit == place % 8 and not place % 4:
                with contextlib.suppress(SourceError):  # loud, or all that was decided is there
                    assert Ledger(path).lines() == Ledger(_copy(tmp_path, whole)).lines() or place == len(whole) - 1
    path.write_bytes(whole)
    assert problems(path) == []


def _copy(folder: Path, content: bytes) -> Path:
    path = folder / "copy.jsonl"
    path.write_bytes(content)
    return path


def test_every_line_that_is_missing_moved_or_put_in_is_noticed(tmp_path: Path) -> None:
    path = decisions_of(tmp_path)
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    assert len(lines) == 5
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        assert problems(path), size
    changed = [[*lines[:n], *lines[n + 1 :]] for n in range(len(lines))]
    changed += [[*lines[:n], lines[n + 1], lines[n], *lines[n + 2 :]] for n in range(1, len(lines) - 1)]
    changed += [[*lines[:n], lines[0], *lines[n:]] for n in range(2, len(lines))]
    changed += [[*lines[:n], lines[-1], *lines[n:]] for n in range(len(lines))]
    changed += [[*lines, lines[-1]], [*lines, b"more\n"], [*lines, b"more"], [b"\xff" + lines[0], *lines[1:]]]
    for held in changed[1:]:  # the first line is of an earlier version, and the one behind it does not know it
        path.write_bytes(b"".join(held))
        assert problems(path), held
    path.unlink()
    assert problems(path) == [
        "decisions.jsonl: the last lines are missing; restore a copy, or delete decisions.end to go on without them"
    ]
    (tmp_path / "decisions.end").unlink()
    assert problems(path) == []


def test_lines_merged_by_hand_are_read_told_and_mended_by_an_export(tmp_path: Path) -> None:
    a, b, c, d = sample()[:4]
    path = tmp_path / "d.jsonl"
    one, two = Ledger(tmp_path / "1"), Ledger(tmp_path / "2")
    one.decide(a, b, "same")
    two.decide(b, c, "version")
    two.decide(c, d, "part")
    path.write_bytes((tmp_path / "1").read_bytes() + (tmp_path / "2").read_bytes().splitlines(keepends=True)[1])
    assert [d.kind for d in Ledger(path).in_force()] == ["same", "part"]
    assert [told.split(":")[1] for told in problems(path)] == [" line 2 does not follow the one before it"]
    path.write_text("".join(Ledger(path).lines()), "utf-8")
    assert problems(path) == []
    assert [d.kind for d in Ledger(path).in_force()] == ["same", "part"]


def test_undoing_goes_by_what_the_file_holds_now(tmp_path: Path) -> None:
    a, b, c = sample()[:3]
    path = tmp_path / "d.jsonl"
    mine, theirs = Ledger(path), Ledger(path)
    mine.decide(a, b, "same")
    later = theirs.decide(b, c, "version")
    assert [d.kind for d in theirs.in_force()] == ["same", "version"]
    assert mine.undo().number == later.number
    with pytest.raises(QueryError, match=f"no decision {later.number} in force"):
        theirs.undo(later.number)
    theirs.decide(b, a, "different")
    mine.decide(c, b, "part")
    assert [d.kind for d in mine.in_force()] == [d.kind for d in Ledger(path).in_force()] == ["different", "part"]
    assert Ledger(tmp_path / "none" / "d.jsonl").in_force() == []
    with pytest.raises(QueryError, match="no decision to undo"):
        Ledger(tmp_path / "none" / "d.jsonl").undo()
    assert not (tmp_path / "none").exists()


@pytest.mark.skipif(os.name == "nt", reason="links and pipes as POSIX has them")
def test_a_ledger_that_is_a_link_stays_one(tmp_path: Path) -> None:
    a, b = sample()[:2]
    link, real = tmp_path / "d.jsonl", tmp_path / "synced" / "d.jsonl"
    link.symlink_to(real)
    with pytest.raises(SourceError, match="is a link to a file that does not exist"):
        Ledger(link).decide(a, b, "same")
    assert not real.parent.exists()
    real.parent.mkdir()
    real.touch()
    Ledger(link).decide(a, b, "same")
    assert link.is_symlink()
    assert [d.kind for d in Ledger(real).in_force()] == ["same"]
    foreign = tmp_path / "foreign"
    foreign.write_text("export PATH\n")
    (tmp_path / "planted").symlink_to(foreign)
    with pytest.raises(SourceError, match="line 1 is no decision"):
        Ledger(tmp_path / "planted")
    os.mkfifo(tmp_path / "pipe")
    empty = Ledger(tmp_path / "none")
    empty._path = tmp_path / "pipe"
    with pytest.raises(SourceError, match="not a regular file"):
        empty.decide(a, b, "same")


@pytest.mark.skipif(os.name == "nt", reason="folders are not synced there")
def test_the_line_is_synced_and_so_is_the_name_of_a_new_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = sample()[:2]
    done: list[str] = []
    fsync = os.fsync

    def synced(descriptor: int) -> None:
        done.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        fsync(descriptor)

    if not Path("/proc/self/fd").exists():
        pytest.skip("no /proc here")
    monkeypatch.setattr(os, "fsync", synced)
    path = tmp_path / "new" / "er" / "d.jsonl"
    Ledger(path).decide(a, b, "same")
    assert done[0] == "d.jsonl"
    assert sorted(done[1:]) == sorted(["er", "new", tmp_path.name])
    done.clear()
    Ledger(path).decide(a, b, "version")
    assert done == ["d.jsonl"]


_WORKER = """
import sys
from semsearch.duplicates import Ledger
from semsearch.model.paper import Paper
from pathlib import Path
path, name = Path(sys.argv[1]), sys.argv[2]
for line in sys.stdin:
    made = Ledger(path).decide(Paper(title=f"worker {name}"), Paper(title=f"turn {line}"), "same").number
    if name == "3": made = Ledger(path).undo(made).number
    print(made, flush=True)
"""


def test_no_acknowledged_decision_is_lost_when_several_processes_write_after_a_torn_line(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    workers = [
        subprocess.Popen([sys.executable, "-c", _WORKER, str(path), str(n)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        for n in range(4)
    ]  # fmt: skip
    acknowledged = []
    for turn in range(100):
        with path.open("ab") as file:  # what a machine that stopped has left
            file.write([b'{"number": "0123456789ab", "kind": "sa', b"", b"\0\0", b"{"][turn % 4])
        for worker in workers:
            assert worker.stdin
            worker.stdin.write(f"{turn}\n")
            worker.stdin.flush()
        assert all("is cut short" in told for told in problems(path)), "no damage while others write"
        acknowledged += [worker.stdout.readline().strip() for worker in workers if worker.stdout]
        held = Ledger(path)
        assert not set(acknowledged) - {d.number for d in held._decisions}
    for worker in workers:
        worker.communicate()
    assert len(held.in_force()) == 100 * 3
    assert problems(path) == []


def test_the_last_decision_of_a_pair_holds_and_undoing_brings_back_the_one_before(tmp_path: Path) -> None:
    a, b = sample()[:2]
    ledger = Ledger(tmp_path / "d.jsonl")
    with pytest.raises(QueryError, match="no decision to undo"):
        ledger.undo()
    first = ledger.decide(a, b, "same")
    ledger.decide(b, a, "different")
    assert [d.kind for d in ledger.in_force()] == ["different"]
    ledger.undo()
    assert [d.number for d in ledger.in_force()] == [first.number]
    ledger.undo(first.number)
    assert ledger.in_force() == []
    assert len(ledger.lines()) == 4, "nothing is ever taken out"
    with pytest.raises(QueryError, match="no decision nnn in force"):
        ledger.undo("nnn")
    with pytest.raises(QueryError, match="no kind 'equal'"):
        ledger.decide(a, b, "equal")


def test_taking_over_another_ledger_twice_adds_nothing(tmp_path: Path) -> None:
    a, b, c = sample()[:3]
    mine, theirs = Ledger(tmp_path / "mine.jsonl"), Ledger(tmp_path / "theirs.jsonl")
    mine.decide(a, b, "same")
    theirs.decide(b, c, "version")
    theirs.undo()
    assert mine.take(tmp_path / "theirs.jsonl") == 2
    assert mine.take(tmp_path / "theirs.jsonl") == 0
    assert [d.kind for d in mine.in_force()] == ["same"]


def test_a_record_is_found_by_its_id_when_its_content_has_changed(tmp_path: Path) -> None:
    a, b = sample()[:2]
    ledger = Ledger(tmp_path / "d.jsonl")
    ledger.decide(a, b, "same")
    filled = replace(a, volume="99")
    assert record_key(filled)["content"] != record_key(a)["content"]
    assert list(pairs_decided(ledger.in_force(), [filled, b])) == [(0, 1)]
    assert Decided(ledger.in_force()).between(filled, b) == "same"
    assert Decided(ledger.in_force()).between(b, sample()[2]) is None


def test_a_line_holds_no_more_than_it_needs(tmp_path: Path) -> None:
    a, b = sample()[:2]
    Ledger(tmp_path / "d.jsonl").decide(a, b, "same")
    shape = json.loads((tmp_path / "d.jsonl").read_text())
    assert list(shape) == ["number", "kind", "time", "a", "b", "after", "check"]
    assert list(shape["a"]) == ["content", "id", "fields", "title"]


def test_decisions_are_on_two_papers_and_ledgers_are_files(tmp_path: Path) -> None:
    ledger, papers = Ledger(str(tmp_path / "d.jsonl")), sample()
    wrong: Any = "a"
    with pytest.raises(ArgumentError, match="give a Paper"):
        ledger.decide(wrong, papers[0], "same")
    with pytest.raises(QueryError, match="is one paper"):
        ledger.decide(papers[0], replace(papers[0]), "same")
    with pytest.raises(SourceError, match="no such file"):
        ledger.take("nosuch")
    assert not (tmp_path / "d.jsonl").exists()
    ledger.decide(papers[0], papers[1], "same")
    assert Ledger(tmp_path / "e.jsonl").take(str(tmp_path / "d.jsonl")) == 1
