"""``semsearch duplicates review`` in a real terminal, on a search of five databases that we made up."""

from __future__ import annotations

import fcntl
import os
import pty
import random
import re
import select
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from semsearch.duplicates import Ledger
from semsearch.model.paper import Paper
from tests.conftest import Run

DATABASES = {"Medex": 160, "Emdex": 150, "Scopia": 140, "Sciweb": 120, "Trialdex": 75}
SUBJECTS = (
    "moss",
    "lichens",
    "hares",
    "hedges",
    "slate",
    "tiles",
    "harbours",
    "ledgers",
    "gates",
    "rain",
    "snow",
    "peat",
)
VERBS = (
    "growth",
    "loss",
    "survey",
    "ageing",
    "repair",
    "drift",
    "colour",
    "weight",
    "spread",
    "count",
    "decay",
    "price",
)
PLACES = ("valleys", "islands", "deltas", "quarries", "villages", "moors", "canals", "orchards", "terraces", "marshes")
NAMES = ("Quillmont", "Venn", "Orr", "Uhl", "Renn", "Abel", "Marrick", "Tobu", "Brandel", "Heim", "Libert", "Sasha")
PLACE = "JO  - Journal of Imagined Botany\nVL  - {volume}\nIS  - {issue}\nSP  - {page}\n"


def _record(
    number: int | str, title: str, authors: tuple[str, ...], place: str, database: str, year: int = 2031
) -> str:
    lines = [
        f"TI  - {title}",
        *(f"AU  - {name}" for name in authors),
        f"PY  - {year}",
        f"DB  - {database}",
        f"AN  - {number}",
    ]
    return "TY  - JOUR\n" + "\n".join(lines) + "\n" + place + "ER  - \n"


def search(folder: Path) -> Path:
    """Write 645 records of five databases: most of them plain, many duplicates, and twelve pairs that need a person."""
    draw = random.Random(15)
    titles = [
        f"{v.capitalize()} of {s} and {o} on {p}" for v in VERBS for s in SUBJECTS for o in SUBJECTS[:4] for p in PLACES
    ]
    works = draw.sample([title for title in titles if title.split()[2] != title.split()[4]], 400)
    records: dict[str, list[str]] = {name: [] for name in DATABASES}
    number = 0

    def add(database: str, title: str, authors: tuple[str, ...], place: str) -> None:
        nonlocal number
        number += 1
        records[database].append(_record(number, title, authors, place, database))

    def place(at: int) -> str:
        return PLACE.format(volume=at % 40 + 1, issue=at % 6 + 1, page=at * 3 + 1)

    people = [(f"{one}, {a}.", f"{two}, {b}.") for one in NAMES for two in NAMES for a, b in ("AB", "CD") if one != two]
    for at in range(6):  # book reviews: by the reviewer, and by the author of the book
        add("Medex", works[at], (people[at][0],), place(at))
        add("Emdex", works[at], (people[-at - 1][1],), place(at).split("SP")[0])
    for at in range(6, 12):  # a title that was written in other words
        v, _, s, _, o, _, p = works[at].split()
        add("Scopia", works[at], people[at], "JO  - Proceedings of Slate\n")
        add("Sciweb", f"Preface: {v.lower()} of {s}, {o}, {p}", people[at], "")
    at = 12
    while number < sum(DATABASES.values()):
        free = [name for name, count in DATABASES.items() if len(records[name]) < count]
        several = draw.sample(free, min(len(free), draw.choice((1, 1, 2, 2, 3))))
        title = works[at % len(works)]
        for name in several:
            add(name, title.upper() if name == "Emdex" else title, people[at % len(people)], place(at))
        at += 1
    for name, texts in records.items():
        (folder / f"{name.lower()}.ris").write_text("".join(texts))
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return search(tmp_path_factory.mktemp("search"))


def _in_terminal(folder: Path, keys: str, columns: int, *options: str) -> tuple[str, list[str]]:
    """What the terminal got, and its screens: what stood on it before each key."""
    main, end = pty.openpty()
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    words = ["duplicates", "review", str(folder), "--decisions", str(folder / f"d{columns}.jsonl"), *options]
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    process = subprocess.Popen(
        [sys.executable, "-m", "semsearch", *words], stdin=end, stdout=end, stderr=subprocess.DEVNULL, env=environment
    )
    os.close(end)
    told, answered = "", 0  # how far the terminal was read when the last key took effect
    waiting = list(keys)
    while True:
        if not select.select([main], [], [], 0.2)[0]:
            # A key that comes before the command reads keys is thrown away (TCSAFLUSH of termios), and sent again.
            if told.endswith("> ") and waiting:
                answered = len(told)
                os.write(main, waiting[0].encode())
            continue
        try:
            read = os.read(main, 65536)
        except OSError:  # the other end is closed
            break
        if answered == len(told) and answered:
            del waiting[:1]
            answered = 0
        told += read.decode("utf-8", "replace")
    os.close(main)
    assert process.wait(60) == 0
    return told, [screen.replace("\r", "") for screen in told.split("\x1b[H")[1:]]


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_a_search_of_five_databases_is_finished(folder: Path, columns: int, run: Run) -> None:
    assert sum(path.read_text().count("TY  - ") for path in folder.glob("*.ris")) == 645
    keys = "s" * 12 + "q"
    told, screens = _in_terminal(folder, keys, columns)
    assert len(screens) == 13, "twelve decisions and a key to end: at most 20 key presses"
    assert "nothing left" in screens[-1]
    assert all(len(line) <= columns for screen in screens for line in screen.splitlines()), "nothing is wider"
    assert told.count("\x1b[2J") == len(screens), "nothing else stays on the screen"
    assert all(re.search(r"database +\S", screen) and "file" in screen for screen in screens[:-1])
    assert all("one publication)" in " ".join(screen.split()) for screen in screens[:-1])
    ledger = str(folder / f"d{columns}.jsonl")
    code, _, err = run("duplicates", "apply", str(folder), "--decisions", ledger, "-f", "ids")
    assert (code, "doubtful" in err) == (0, False)
    merged = int(re.search(r"(\d+) duplicates", err)[1])  # type: ignore[index]
    code, _, err = run("duplicates", "apply", str(folder), "-f", "ids")
    assert "12 clusters doubtful, not merged" in err
    assert int(re.search(r"(\d+) duplicates", err)[1]) == merged - 12  # type: ignore[index]
    assert "records: Emdex 150, Medex 160, Sciweb 120, Scopia 140, Trialdex 75; duplicates: 0 within" in err


def test_keys_that_put_off_undo_and_help(folder: Path) -> None:
    _, screens = _in_terminal(folder, "kd?uq", 100)
    first, second = (screen.split("> ")[0] for screen in screens[:2])
    assert first != second
    assert second.startswith("12 left"), "what was put off is still there"
    assert screens[2].startswith("11 left")
    assert "s same" in screens[3]
    assert screens[4].startswith("12 left"), "the decision is withdrawn"
    assert len(screens) == 5
    assert "12 left" in _in_terminal(folder, "q", 100)[1][0], "nothing was kept"


def test_the_most_uncertain_first(folder: Path) -> None:
    _, screens = _in_terminal(folder, "k" * 11 + "q", 90)
    chances = [int(re.search(r"about (\d+) %", " ".join(screen.split()))[1]) for screen in screens]  # type: ignore[index]
    assert len(chances) == 12
    assert [abs(chance - 50) for chance in chances] == sorted(abs(chance - 50) for chance in chances)
    assert len(set(chances)) == 2


def test_a_cluster_of_several_gets_one_key_or_goes_pair_by_pair(tmp_path: Path, run: Run) -> None:
    place = "JO  - Journal of Ledgers\nVL  - 7\nIS  - 2\n"
    names = (("Orr, E.",), ("Uhl, M.",), ("Venn, L.",))
    texts = [
        _record(n, "Ledgers of the harbour and their keepers", name, place, "Medex") for n, name in enumerate(names)
    ]
    (tmp_path / "a.ris").write_text("".join(texts))
    _, screens = _in_terminal(tmp_path, "d" + "q", 80, "--kind", "doubtful")
    assert screens[0].startswith("1 left · 3 records")
    assert "x pair by pair" in screens[0]
    assert "  1  Ledgers" in screens[0]
    assert "  3  Ledgers" in screens[0]
    assert "«Venn, L.»" in screens[0]
    assert "nothing left" in screens[1]
    ledger = str(tmp_path / "d80.jsonl")
    assert "doubtful" not in run("duplicates", str(tmp_path / "a.ris"), "--decisions", ledger)[2]
    _, screens = _in_terminal(tmp_path, "xssdq", 70)
    assert [screen.split("·")[1].split()[0] for screen in screens[:4]] == ["3", "2", "2", "2"]
    assert screens[1].startswith("3 left")


def test_decisions_in_the_folder_are_no_records(tmp_path: Path, run: Run) -> None:
    place = "JO  - Journal of Ledgers\nVL  - 7\nIS  - 2\n"
    texts = [
        _record(n, "Ledgers of the harbour and their keepers", (n,), place, "Medex") for n in ("Orr, E.", "Uhl, M.")
    ]
    (tmp_path / "a.ris").write_text("".join(texts))
    (tmp_path / "papers.jsonl").write_text('{"number": "7", "title": "Rain on a northern moor", "kind": "article"}\n')
    _in_terminal(tmp_path, "dq", 80)
    assert "3 records = 3 publications" in run("duplicates", str(tmp_path))[2]
    assert run("index", str(tmp_path))[0] == 0
    assert re.search(r"papers +3,", run("status")[1])


def test_decisions_about_files_are_listed_and_exported_where_there_is_no_index(run: Run, tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "decisions.jsonl")
    ledger.decide(Paper(title="Moss on roofs", id="a"), Paper(title="Moss on old roofs", id="b"), "same")
    before = (tmp_path / "decisions.jsonl").read_text()
    code, out, err = run("duplicates", "decisions", "list")
    assert (code, "Moss on roofs / Moss on old roofs" in out, "1 decision" in err) == (0, True, True)
    code, _, err = run("duplicates", "decisions", "export", "-o", "decisions.jsonl")
    assert (code, "would be changed" in err) == (1, True)
    assert run("duplicates", "decisions", "export", "-o", "copy.jsonl")[0] == 0
    assert (tmp_path / "copy.jsonl").read_text() == before
    assert (tmp_path / "decisions.jsonl").read_text() == before


def test_an_export_never_replaces_decisions_that_it_lacks(run: Run, tmp_path: Path) -> None:
    one, other = Ledger(tmp_path / "one.jsonl"), Ledger(tmp_path / "other.jsonl")
    other.decide(Paper(title="Moss on roofs", id="a"), Paper(title="Moss on old roofs", id="b"), "same")
    one.decide(Paper(title="Bees in lamps", id="c"), Paper(title="Bees in old lamps", id="d"), "same")
    before = (tmp_path / "other.jsonl").read_text()
    words = ["duplicates", "decisions", "--decisions", "one.jsonl"]
    export = ["duplicates", "decisions", "export", "--decisions", "one.jsonl", "-o", "other.jsonl"]
    code, _, err = run(*export)
    assert code == 2
    assert "other.jsonl holds 1 decision that would be lost" in " ".join(err.split())
    assert (tmp_path / "other.jsonl").read_text() == before
    assert run(*words[:2], "import", "other.jsonl", "--decisions", "one.jsonl")[0] == 0
    assert run(*export)[0] == 0
    assert len(Ledger(tmp_path / "other.jsonl").in_force()) == 2
