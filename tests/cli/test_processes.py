"""The command as a process: what starting it costs, pipes, interrupts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import ROOT, SAMPLE

SEMSEARCH = [sys.executable, "-m", "semsearch"]


def test_help_loads_nothing_heavy() -> None:
    script = (
        "import sys; sys.argv = ['semsearch', {0!r}]\n"
        "from semsearch.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(sorted({{'torch', 'faiss', 'numpy', 'rich', 'scipy', 'sqlite3', 'transformers'}} & set(sys.modules)), file=sys.stderr)\n"
    )
    for word in ("--help", "--version"):
        done = subprocess.run(
            [sys.executable, "-c", script.format(word)], capture_output=True, text=True, check=True, cwd=ROOT
        )
        assert done.stderr == "[]\n"
    for command in (["index"], ["query"], ["duplicates", "list"]):
        done = subprocess.run([*SEMSEARCH, *command, "--help"], capture_output=True, text=True, check=True, cwd=ROOT)
        assert "--index" in done.stdout


def test_importing_the_package_loads_no_numpy() -> None:
    script = "import semsearch, sys; print({'numpy', 'torch', 'faiss'} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", script], text=True, cwd=ROOT) == "set()\n"


def _fake_index(path: Path, copies: int = 1) -> None:
    script = (
        "import semsearch, sys; from tests.fakes import WordEncoder\n"
        "semsearch.open(sys.argv[1], encoder=WordEncoder()).add({'title': f'paper {n}', 'abstract': 'x ' * 500} for n in range(int(sys.argv[2])))"
    )
    subprocess.run([sys.executable, "-c", script, str(path), str(copies)], check=True, cwd=ROOT)


def test_a_closed_pipe_ends_quietly(tmp_path: Path) -> None:
    _fake_index(tmp_path / "index", 500)
    for form in ("jsonl", "json", "csv", "ids", "table"):
        line = f"{sys.executable} -m semsearch export --format {form} --index {tmp_path / 'index'} | head -n 1"
        done = subprocess.run(
            ["bash", "-c", f"set -o pipefail; {line}"], capture_output=True, text=True, check=False, cwd=ROOT
        )
        assert done.stderr == ""
        assert done.stdout


def test_an_interrupt_keeps_what_was_committed(tmp_path: Path) -> None:
    script = (
        "import signal, sys, time; from semsearch import encoders; from tests.fakes import WordEncoder\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell's background job ignores it
        "class Slow(WordEncoder):\n"
        "    def encode_documents(self, texts): time.sleep(0.2); return super().encode_documents(texts)\n"
        "encoders.load = lambda model=None, device=None: Slow()\n"
        "import semsearch.workflows.indexing as i; i.BATCH = 2\n"
        "from semsearch.cli import main; sys.argv[1:1] = ['index']; main()"
    )
    path = tmp_path / "index"
    child = subprocess.Popen(
        [sys.executable, "-c", script, str(SAMPLE), "--index", str(path)],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not list(path.glob("vectors/3.faiss")):
        time.sleep(0.02)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)
    assert (child.returncode, out) == (130, "")
    assert err == "semsearch: interrupted; what was committed stays, and the same command goes on from there\n"
    verify = subprocess.run(
        [*SEMSEARCH, "verify", "--index", str(path)], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert verify.stdout == "all is well\n"


def test_no_color_and_pipes_get_plain_text(tmp_path: Path) -> None:
    _fake_index(tmp_path / "index", 3)
    done = subprocess.run(
        [*SEMSEARCH, "export", "--format", "table", "--index", str(tmp_path / "index")],
        capture_output=True, text=True, check=True, cwd=ROOT, env={**os.environ, "FORCE_COLOR": ""},
    )  # fmt: skip
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize("given", [None, "3"])
def test_one_question_spares_threads(tmp_path: Path, given: str | None) -> None:
    _fake_index(tmp_path / "index", 5)
    script = (
        "import os, sys; from semsearch.cli import main\n"
        "try: main()\nexcept SystemExit: print(os.environ.get('OPENBLAS_NUM_THREADS'))"
    )
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    environment |= {"OPENBLAS_NUM_THREADS": given} if given else {}

    def told(command: str, *words: str) -> str:
        line = [sys.executable, "-c", script, command, *words, "--index", str(tmp_path / "index")]
        return subprocess.check_output(line, text=True, cwd=ROOT, env=environment).splitlines()[-1]

    assert told("export", "--format", "ids") == str(given)
    assert told("related", _ids(tmp_path / "index")[0]) == (given or "1")


def _ids(index: Path) -> list[str]:
    line = [*SEMSEARCH, "export", "--format", "ids", "--index", str(index)]
    return subprocess.check_output(line, text=True, cwd=ROOT).split()
