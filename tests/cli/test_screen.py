"""Nothing that a terminal would obey gets to it: every command and format, on a terminal, over records full of it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from semsearch.cli.options import FORMATS
from semsearch.model.paper import Paper
from semsearch.model.printable import json_text, shown
from semsearch.readers import open_sources
from semsearch.text.identifiers import parse_doi
from tests.conftest import ROOT

pty = pytest.importorskip("pty", reason="no pseudo-terminals here")

#: Titles of the window, erasing, links, colours, C1, directions, line ends, tags, what rich takes for markup.
EVIL = (
    "\x1b]0;own\x07\x1b[2J\x1b]8;;evil\x1b\\link\x1b]8;;\x1b\\\x9b31m\x9d0;own\x9c\u202e\u2066\u200f\u061c\x7f\x08\r\u2028\x85"
    "\U000e0041\u200b\ufeff[/foo][bold]"
)
#: The same without what no file name holds.
NAME = EVIL.replace("/", "")
UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f\ud800-\udfff]"
)

_DRIVER = """
import json, os, sys, warnings
from semsearch import encoders
from tests.fakes import WordEncoder
encoders.load = lambda model=None, *, device=None: WordEncoder()
from semsearch.cli import main
for words in json.load(open("commands.json")):
    print("$", json.dumps(words), flush=True)
    sys.argv = ["semsearch", *words]
    sys.stdin = open("keys.txt")
    try: main()
    except SystemExit as stop: print("=", stop.code, flush=True)
warnings.warn(words[-1])
raise RuntimeError(words[-1])
"""


def _on_a_terminal(folder: Path, commands: list[list[str]], term: str) -> str:
    """What a terminal gets of standard output and standard error of commands, run one after the other."""
    terminal, other = pty.openpty()
    commands = [[os.ttyname(other) if word == "TTY" else word for word in words] for words in commands]
    (folder / "commands.json").write_text(json.dumps(commands))
    environment = {**os.environ, "TERM": term, "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    child = subprocess.Popen(
        [sys.executable, "-c", _DRIVER], stdin=subprocess.DEVNULL, stdout=other, stderr=other, cwd=folder, env=environment
    )  # fmt: skip
    os.close(other)
    got = b""
    while True:
        try:
            piece = os.read(terminal, 2**16)
        except OSError:  # Linux: the other end is closed
            break
        if not piece:
            break
        got += piece
    os.close(terminal)
    child.wait(timeout=60)
    return got.decode("utf-8", "surrogateescape").replace("\r\n", "\n")


def _evil_papers(folder: Path) -> Path:
    """A file with `EVIL` in every field, in a folder and under a name that hold it too, among others of no use."""
    pile = folder / f"pile{NAME}"
    pile.mkdir()
    text = f"moss {EVIL} roofs"
    record: dict[str, object] = dict.fromkeys(
        (
            *("title", "abstract", "venue", "volume", "issue", "pages", "date", "issn", "url", "language", "type"),
            *("comment", "id", "pmid", "pmcid", "arxiv_id", "acl_id", f"field {EVIL}"),
        ),
        text,
    )
    record |= {name: [text, text] for name in ("authors", "keywords", "tags")}
    records = [
        record | {"doi": f"10.5555/a{EVIL}b", "year": 2031},
        record | {"doi": "https://doi.org/10.5555/%1B%5D0;own%07%9B%C2%9Bc", "title": f"MOSS {EVIL} roofs", "id": "k2"},
        record | {"doi": None, "abstract": "\ud800 lone"},
        {"nothing": EVIL},
    ]
    path = pile / f"papers{NAME}.jsonl"
    path.write_text("".join(json.dumps(r) + "\n" for r in records))
    (pile / f"unknown{NAME}.bin").write_bytes(b"\x00\x01")
    return path


@pytest.mark.parametrize("term", ["dumb", "xterm"])
def test_no_command_and_no_format_prints_what_a_terminal_obeys(tmp_path: Path, term: str) -> None:
    path = _evil_papers(tmp_path)
    (tmp_path / "keys.txt").write_text("vdk" * 9)
    by_title, every = ["moss", "roofs", EVIL], [form for form in FORMATS if form != "trec"]
    commands = [
        ["index", str(path.parent), "--report", "report.json"],
        ["status"], ["status", "--json"], ["rejected"], ["rejected", "--jsonl"], ["verify"],
        *(["query", *by_title, "--explain", "-f", form] for form in FORMATS),
        *(["related", "k2", "-f", form] for form in FORMATS),
        *(["export", "-f", form] for form in every),
        *(["show", "k2", "-f", form] for form in every),
        *(["duplicates", "-f", form] for form in every),
        *(["duplicates", str(path), "--histogram", "-f", form] for form in every[:1]),
        ["duplicates", "review"], ["duplicates", "decisions", "list"], ["duplicates", "decisions", "export"],
        ["duplicates", "undo"], ["duplicates", "undo", EVIL], ["duplicates", "apply", "-f", "csv"],
        ["duplicates", "apply", "-f", "csv", "-o", "TTY"],
        ["query", f"--bad{EVIL}", "x"], ["query", "x", "-f", EVIL], ["query", "x", "--where", EVIL], [f"no{EVIL}"],
        ["query", "x", "--model", EVIL], ["query", EVIL, "--min-score", "0.9999"],
        ["show", EVIL], ["remove", EVIL], ["index", f"no{EVIL}.ris"], ["index", str(path), "--from", EVIL],
        ["index", str(path), "--column", EVIL], ["status", "--index", f"no{EVIL}"], ["eval", f"no{EVIL}"],
        ["export", "-o", f"no{EVIL}/x.json"], ["duplicates", "decisions", "import", f"no{EVIL}"],
        ["models"], ["models", "--json"], ["remove", "k2"], ["verify", EVIL],
    ]  # fmt: skip
    got = _on_a_terminal(tmp_path, commands, term)
    assert got.count("\n$ [") + got.startswith("$ [") == len(commands), got[-2000:]
    assert got.rstrip().splitlines()[-1].startswith("RuntimeError: "), "tracebacks pass the door too"
    assert ("\x1b[2J\x1b[3J\x1b[H" in got) == (term == "xterm"), "a dumb terminal cannot be cleared"
    if term == "xterm":  # rich's own colours and cursor, and the cleared screen of a review
        got = got.replace("\x1b[2J\x1b[3J\x1b[H", "")
        got = re.sub(r"\x1b\[[0-9;?]*[mhlAK]|\r(?=\x1b\[)", "", got)
    for block in re.split(r"^(?=\$ \[)", got, flags=re.MULTILINE):
        assert not UNSAFE.search(block), (
            block[:200],
            [ascii(block[m.start() - 20 : m.end() + 20]) for m in UNSAFE.finditer(block)],
        )
    codes = re.findall(r"^= (\w+)$", got, re.MULTILINE)
    assert codes.count("0") >= 50
    for name in ("report.json",):
        assert not UNSAFE.search((tmp_path / name).read_text("utf-8"))
        json.loads((tmp_path / name).read_text("utf-8"))


def test_json_loses_nothing_and_is_plain() -> None:
    value = {"a": EVIL, EVIL: ["\ud800", "tab\t", "é 日本 \U0001f600"]}
    for indent in (None, 2):
        text = json_text(value, indent=indent)
        assert json.loads(text) == value
        assert not UNSAFE.search(text)
        assert "é 日本 \U0001f600" in text


def test_what_is_no_harm_is_shown_as_it_is() -> None:
    text = "tabs\tand lines\n, é 日本 العربية‌ 👩‍🔬 \xa0 soft\xadhyphen"
    assert shown(text) == text
    assert not UNSAFE.search(shown(EVIL))


def test_a_doi_holds_no_control_characters(tmp_path: Path) -> None:
    assert parse_doi("10.5555/a\x1bb\u202e") == "10.5555/ab"
    assert parse_doi("https://doi.org/10.5555/a%1B%07b") == "10.5555/ab"
    path = _evil_papers(tmp_path)
    (source,) = open_sources([str(path)])
    dois = [record.doi for record in source.records() if isinstance(record, Paper) and record.doi]
    assert len(dois) >= 2
    assert not UNSAFE.search("".join(dois))


_UNDER_A_BAR = """
import sys
from semsearch.cli.progress import step_progress
with step_progress("x") as told:
    told(1, 2)
    print("sem:result")
"""


@pytest.mark.parametrize(
    "words", [["-m", "semsearch", "duplicates", "apply", "a.jsonl", "-f", "ids"], ["-c", _UNDER_A_BAR]]
)
def test_results_go_where_standard_output_goes_while_a_bar_is_on_the_terminal(words: list[str], tmp_path: Path) -> None:
    """rich would redirect them to the terminal: the file stayed empty."""
    (tmp_path / "a.jsonl").write_text('{"title": "Moss on roofs"}\n')
    terminal, other = pty.openpty()
    with (tmp_path / "out.json").open("wb") as out:
        child = subprocess.Popen(
            [sys.executable, *words],
            stdin=subprocess.DEVNULL, stdout=out, stderr=other, cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm"},
        )  # fmt: skip
    os.close(other)
    with open(terminal, "rb", buffering=0) as screen:  # noqa: PTH123
        while True:
            try:
                if not screen.read(2**16):
                    break
            except OSError:
                break
    child.wait(timeout=60)
    assert (tmp_path / "out.json").read_text().startswith("sem:")


def test_a_pipe_gets_utf_8_whatever_the_locale_is(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"title": "Moos auf Dächern 苔"}\n', "utf-8")
    locale = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    for form in ("json", "csv", "table"):
        done = subprocess.run(
            [sys.executable, "-m", "semsearch", "duplicates", "apply", "a.jsonl", "-f", form],
            capture_output=True, check=True, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT), **locale},
        )  # fmt: skip
        assert "Moos auf Dächern 苔" in done.stdout.decode("utf-8")


def test_a_full_disk_behind_standard_output_is_one_line(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "semsearch", "models"], stdout=full, stderr=subprocess.PIPE, text=True, check=False,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (
        1,
        "semsearch: standard output: cannot be written: No space left on device\n",
    )
