"""Results take the place of a file whole or not at all, and never that of what is read."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from semsearch.cli.output import output_stream
from semsearch.model.errors import SourceError
from tests.conftest import ROOT, SAMPLE, Run

RIS = "".join(
    f"TY  - JOUR\nTI  - {title}\nAU  - Quillmont, D.\nPY  - 2031\nER  - \n"
    for title in ("Moss growth on slate roofs", "MOSS GROWTH ON SLATE ROOFS", "Lichens upon tiles of the coast")
)
posix = pytest.mark.skipif(os.name == "nt", reason="modes, owners and links as POSIX has them")


def _tree(folder: Path) -> dict[str, bytes]:
    """Every file but what locks and readers of the database leave."""
    ours = ("lock", "db-shm", "db-wal")
    files = (p for p in folder.rglob("*") if p.is_file() and not p.name.endswith(ours))
    return {str(p.relative_to(folder)): p.read_bytes() for p in files}


@pytest.fixture
def pile(run: Run, tmp_path: Path) -> Path:
    """``t.ris`` under many names, an archive, a folder, an index, a ledger."""
    for name in ("t.ris", "old.ris", "pile/a.ris", "pile/b.ris"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(RIS)
    os.link(tmp_path / "t.ris", tmp_path / "hard.ris")
    os.link(tmp_path / "pile/b.ris", tmp_path / "hard-in-pile.ris")
    (tmp_path / "soft.ris").symlink_to("t.ris")
    (tmp_path / "softer.ris").symlink_to(tmp_path / "soft.ris")
    (tmp_path / "outside.ris").write_text(RIS)
    (tmp_path / "pile/link.ris").symlink_to("../outside.ris")
    (tmp_path / "folder").symlink_to("pile")
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.writestr("t.ris", RIS)
    assert run("index", "t.ris")[0] == 0
    assert run("index", "t.ris", "--index", "other")[0] == 0
    assert run("index", "t.zip", "--index", "zipped")[0] == 0
    (tmp_path / "keys").write_text("sd")
    (tmp_path / "ids.txt").write_text("10.5555/none\n")
    return tmp_path


@posix
@pytest.mark.parametrize(
    "line",
    [
        *(f"duplicates apply t.ris -f ris -o {name}" for name in ("t.ris", "./t.ris", "pile/../t.ris", "hard.ris")),
        *(f"duplicates apply t.ris -o {name}" for name in ("soft.ris", "softer.ris")),
        "duplicates apply soft.ris -o t.ris",
        "duplicates apply old.ris --against t.ris -o t.ris",
        "duplicates apply old.ris --against other -o other/semsearch.db",
        "duplicates apply t.zip -f ris -o t.zip",
        "duplicates apply pile -o pile/a.ris",
        "duplicates apply pile -o pile/new.ris",
        "duplicates apply folder -o pile/new.ris",
        "duplicates apply pile -o folder/new.ris",
        "duplicates apply pile -o hard-in-pile.ris",
        "duplicates apply pile -o outside.ris",
        "duplicates apply pile -o pile/link.ris",
        "duplicates apply . -f ids -o ids.txt",
        "duplicates apply old.ris --decisions keys -o keys",
        "duplicates apply t.ris -o index/semsearch.db",
        "duplicates apply t.ris -o other/new.json",
        "duplicates review t.ris --decisions t.ris",
        "duplicates t.ris --decisions soft.ris",
        "export -o index/semsearch.db",
        "export -o index/vectors/2.faiss",
        "export --index other -o index/semsearch.db",
        "export -o index/new.json",
        "export -f ris --index other -o index/vectors/1.faiss",
        "duplicates apply t.ris --index other -o index/vectors/new.json",
        "duplicates review t.ris --decisions index/semsearch.db-wal",
        "duplicates review t.ris --decisions index/semsearch.lock",
        "duplicates t.ris --decisions index/vectors/mine",
        "index t.ris --report t.ris",
        "index t.ris --report hard.ris",
        "index pile --report pile/report.json",
        "index t.ris --index third --report third/report.json",
        "index t.ris --report index/decisions.jsonl",
        "duplicates decisions export -o index/decisions.jsonl",
        "duplicates decisions export --decisions keys -o keys",
        "index t.ris --report nowhere/report.json",
        "export -f ris -o t.ris",
        "export -f ris -o soft.ris",
        "duplicates apply -f ris -o hard.ris",
        "duplicates decisions export -o t.ris",
        "export --index zipped -f ris -o t.zip",
        "export -o pile",
    ],
)
def test_no_output_goes_onto_what_is_read(run: Run, pile: Path, line: str) -> None:
    before = _tree(pile)
    code, out, err = run(*line.split())
    assert (code, out) == (1, "")
    assert len(err.splitlines()) == 1
    assert err.startswith(f"semsearch: {Path(line.rsplit(maxsplit=1)[-1])}: "), err
    assert "; " in err, "what to do next"
    assert _tree(pile) == before


@posix
def test_standard_input_is_read_too(run: Run, pile: Path) -> None:
    for words in (["duplicates", "apply", "-", "-f", "ris", "-o", "t.ris"], ["export", "-", "-o", "t.ris"]):
        with (pile / "t.ris").open() as given:
            done = subprocess.run(
                [sys.executable, "-m", "semsearch", *words], stdin=given, capture_output=True, text=True, check=False, cwd=pile,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )  # fmt: skip
        assert (done.returncode, done.stdout) == (1, "")
        assert "t.ris: is read by this command" in done.stderr
    assert (pile / "t.ris").read_text() == RIS


def test_other_places_are_written(run: Run, pile: Path) -> None:
    for line in (
        "duplicates apply t.ris -f ris -o new.ris",
        "duplicates apply t.ris -f ris -o old.ris",
        "duplicates apply pile -o pile/.hidden.json",
        "index pile --report report.json",
        "export -f ids -o ids.txt",
    ):
        assert run(*line.split())[0] == 0, line
    assert (pile / "old.ris").read_text().count("TY  -") == 2
    assert run("export", "-f", "ids", "-o", "-")[1] == (pile / "ids.txt").read_text()
    assert not list(pile.rglob("*.part"))


@posix
def test_a_replaced_file_keeps_mode_link_and_neighbours(tmp_path: Path) -> None:
    real, link = tmp_path / "sub" / "real.csv", tmp_path / "link.csv"
    real.parent.mkdir()
    real.write_text("old")
    link.symlink_to("sub/real.csv")
    os.link(real, tmp_path / "copy.csv")
    for mode in (0o600, 0o640, 0o664, 0o755):
        real.chmod(mode)
        with output_stream(link) as stream:
            stream.write(f"{mode}")
            assert real.read_text() != f"{mode}", "not before all is written"
        assert (link.is_symlink(), real.read_text(), stat.S_IMODE(real.stat().st_mode)) == (True, f"{mode}", mode)
    assert (tmp_path / "copy.csv").read_text() == "old"
    assert [p.name for p in real.parent.iterdir()] == ["real.csv"]
    before = os.umask(0o027)
    try:
        with output_stream(tmp_path / "new.csv") as stream:
            stream.write("x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new.csv").stat().st_mode) == 0o640
    (tmp_path / "dangling").symlink_to("made.csv")
    with output_stream(tmp_path / "dangling") as stream:
        stream.write("x")
    assert (tmp_path / "made.csv").read_text() == "x"
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(SourceError, match="cannot be written"), output_stream(tmp_path / "loop") as stream:
        stream.write("x")


def test_two_outputs_to_one_file_do_not_meet(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    with output_stream(path) as one:
        one.write("one")
        with output_stream(path) as two:
            two.write("two")
        assert path.read_text() == "two"
    assert path.read_text() == "one"
    assert [p.name for p in tmp_path.iterdir()] == ["out.txt"]


def _failing(error: type[BaseException]) -> Iterator[str]:
    yield "new" * 10**5
    raise error


def test_what_fails_in_the_middle_leaves_the_old_file_and_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    for error in (ValueError, KeyboardInterrupt):
        for old in (None, "old"):
            if old:
                path.write_text(old)
            with pytest.raises(error), output_stream(path) as stream:
                stream.writelines(_failing(error))
            assert [p.read_text() for p in tmp_path.iterdir()] == ([old] if old else [])
        path.unlink()


_CHILD = """
import resource, signal, sys
from pathlib import Path
from semsearch.cli.output import output_stream
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2**16, 2**16))
try:
    with output_stream(Path(sys.argv[1])) as stream:
        for number in range(2**14): stream.write(f"{number:09}\\n")
except Exception as error: print(type(error).__name__, error)
"""


def _limited(path: Path, script: str = _CHILD) -> str:
    """An output larger than what a file may hold: as on a full disk."""
    return subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout  # fmt: skip


@posix
def test_a_disk_that_is_full_leaves_the_old_file_and_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    path.write_text("old")
    assert _limited(path) == f"SourceError {path}: cannot be written: File too large\n"
    assert [p.read_text() for p in tmp_path.iterdir()] == ["old"]
    if Path("/dev/full").exists():
        with (
            pytest.raises(SourceError, match="/dev/full: cannot be written: No space left on device"),
            output_stream(Path("/dev/full")) as stream,
        ):
            stream.write("x")


@posix
def test_what_was_killed_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    path.write_text("old")
    killed = (
        "import os, signal, sys; from pathlib import Path; from semsearch.cli.output import output_stream\n"
        "with output_stream(Path(sys.argv[1])) as stream:\n stream.write('x' * 10**6); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", killed, str(path)], check=False, cwd=ROOT)
    assert path.read_text() == "old"


@posix
def test_the_file_is_on_disk_before_it_has_its_name_and_its_name_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def synced(descriptor: int) -> None:
        done.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else f"{os.fstat(descriptor).st_size} bytes")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", synced)

    def renamed(path: Path, target: Path) -> Path:
        done.append("renamed")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", renamed)
    with output_stream(tmp_path / "out.txt") as stream:
        stream.write("12345")
    assert done == ["5 bytes", "renamed", "folder"]


@posix
def test_pipes_and_standard_output_are_written_to_as_they_are(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with output_stream(pipe) as stream:
        stream.write("through\n")
    assert os.read(reader, 100) == b"through\n"
    os.close(reader)
    (tmp_path / "log").write_text("before\n")
    (tmp_path / "a.jsonl").write_text('{"title": "Moss"}\n')
    for name in ("/dev/stdout", "log"):
        with (tmp_path / "log").open("a") as log:
            subprocess.run(
                [sys.executable, "-m", "semsearch", "duplicates", "apply", "a.jsonl", "-f", "ids", "-o", name],
                stdout=log, stderr=subprocess.DEVNULL, check=True, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
            )  # fmt: skip
    lines = (tmp_path / "log").read_text().splitlines()
    assert lines[0] == "before"
    assert len(lines) == 3


_UNPRIVILEGED = """
import os, sys
from pathlib import Path
from semsearch.cli.output import output_stream
if os.getuid() == 0: os.setgid(12345); os.setuid(12345)
try:
    with output_stream(Path(sys.argv[1])) as stream: stream.write("new")
except Exception as error: print(type(error).__name__, error)
"""


@posix
def test_a_file_in_a_folder_that_takes_no_new_one_is_written_over(tmp_path: Path) -> None:
    for folder in (tmp_path, *tmp_path.parents[:2]):
        if os.getuid() == 0:
            folder.chmod(0o755)
    closed = tmp_path / "closed"
    closed.mkdir()
    path = closed / "out.txt"
    path.write_text("old and longer")
    path.chmod(0o666)
    (closed / "mine.txt").write_text("old")
    (closed / "mine.txt").chmod(0o444)
    closed.chmod(0o555)
    try:
        assert _limited(path, _UNPRIVILEGED) == ""
        assert path.read_text() == "new"
        for name in ("mine.txt", "none.txt"):
            told = f"SourceError {closed / name}: cannot be written: Permission denied\n"
            assert _limited(closed / name, _UNPRIVILEGED) == told
    finally:
        closed.chmod(0o755)
    assert sorted(p.name for p in closed.iterdir()) == ["mine.txt", "out.txt"]


def test_eval_writes_its_runs_whole_and_onto_nothing_that_is_read(run: Run, tmp_path: Path) -> None:
    assert run("index", str(SAMPLE))[0] == 0
    first = run("export", "-f", "ids")[1].split()[0]
    (tmp_path / "queries.tsv").write_text("q1\tmoss growth\n")
    qrels = tmp_path / "queries.dense.run"
    qrels.write_text(f"q1 0 {first} 1\n")
    pytest.importorskip("ir_measures")
    words = ["eval", "--queries", "queries.tsv", "--qrels", qrels.name, "--index", "index"]
    name = None
    code, out, err = run(*words, "--runs", ".", "--mode", "dense")
    if code == 0:  # the run has another name than the judgements
        name = next(p.name for p in tmp_path.glob("*.dense.run") if p != qrels)
        (tmp_path / name).unlink()
        os.link(qrels, tmp_path / name)
        code, out, err = run(*words, "--runs", ".", "--mode", "dense")
    assert (code, out) == (1, "")
    assert "is read by this command" in err
    assert qrels.read_text() == f"q1 0 {first} 1\n"
    assert run(*words, "--runs", "runs", "--mode", "dense")[0] == 0
    assert "q1 Q0" in next((tmp_path / "runs").iterdir()).read_text()
    for wrong in ("index", "index/new", "queries.tsv"):
        code, _, err = run(*words, "--runs", wrong, "--mode", "dense")
        assert (code, len(err.splitlines())) == (1, 1)
    assert not Path("index/new").exists()
