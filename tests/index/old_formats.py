"""Indexes that earlier commits made (tests/data/formats/README.md), and what is the same in every format."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import semsearch
from semsearch.index import IndexDirectory
from semsearch.index.schema import FORMAT_VERSION
from semsearch.service import Index
from tests.conftest import DATA
from tests.fakes import WordEncoder

MADE = DATA / "formats"
#: All of them; and those whose search tables are made in batches.
NAMES = sorted(path.name for path in MADE.iterdir() if path.is_dir())
WITHOUT_SEARCH_TABLES = ["1", "2-first"]
#: Tables under the names that they had, the latest name first; and the columns that all formats have.
_TABLES = {
    ("papers",): "seq, id, row, key, file, digest, text_digest, truncated, record",
    ("identifiers",): "scheme, value, seq",
    ("readings",): "seq, file, digest, line, record",
    ("diagnostics", "remarks", "rejected"): "rowid, file, name, line, reason, raw",
    ("segments",): "n, first_row, count, size, checksum",
    ("tombstones", "dead"): "row",
}


def unpacked(name: str, path: Path) -> Path:
    """A copy of an index."""
    with zipfile.ZipFile(MADE / name / "index.zip") as archive:
        archive.extractall(path)
    return path


def write_nothing(path: Path) -> None:
    """Open an index for writing, and close it."""
    with IndexDirectory(path).writer():
        pass


def run_sql(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path / "semsearch.db")) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def recorded(name: str) -> dict[str, Any]:
    """What the index answered when it was made."""
    answers: dict[str, Any] = json.loads((MADE / name / "answers.json").read_text("utf-8"))
    return answers


def opened(path: Path) -> Index:
    return semsearch.open(path, encoder=WordEncoder())


def version(path: Path) -> int:
    with closing(sqlite3.connect(path / "semsearch.db")) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def first_version(name: str) -> int:
    return int(name[0])


def contents(path: Path) -> dict[str, Any]:
    """All that people put into an index, read by SQL under whatever names its format has; and its files."""
    with closing(sqlite3.connect(path / "semsearch.db")) as connection:
        there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        held: dict[str, Any] = {
            names[0]: sorted(
                connection.execute(f"SELECT {columns} FROM {next(n for n in names if n in there)}"), key=repr
            )
            for names, columns in _TABLES.items()
        }
        held["meta"] = connection.execute(
            "SELECT key, value FROM meta WHERE key IN ('encoder', 'changed', 'generation', 'calibration', 'calibrated')"
        ).fetchall()
    files = (p for p in path.rglob("*") if p.is_file() and not p.name.startswith("semsearch.") and p.suffix != ".words")
    return held | {str(file.relative_to(path)): file.read_bytes() for file in files}


def answers(path: Path, like: dict[str, Any]) -> dict[str, Any]:
    """What an index answers now to what was asked when it was made."""
    index = opened(path)
    told: dict[str, Any] = {
        "dense": {query: _scored(index.search(query, 9, mode="dense", collapse=False)) for query in like["dense"]},
        "related": _scored(index.related("10.5555/kelp.1", k=9, collapse=False)),
        "papers": [paper.to_dict() for paper in index],
        "readings": {p.id: [[source.file, source.line] for source in index.readings(p.id)] for p in index},
        "rejected": [[r.source.file, r.source.line, r.reason, r.raw] for r in index.rejected()],
        "repaired": [[r.source.file, r.source.line, r.reason, r.raw] for r in index.remarks() if r.kind == "repaired"],
        "where": {
            where: sorted(hit.paper.id for hit in index.search("kelp", 9, where=where, mode="dense", collapse=False))
            for where in like.get("where", ())
        },
        "bm25": {
            words: [hit.paper.id for hit in index.search(words, 2, mode="bm25", collapse=False)]
            for words in like.get("bm25", ())
        },
        "decisions": [[d.kind, d.a["id"], d.b["id"]] for d in index.ledger.in_force()],
        "status": {key: value for key, value in index.status().to_dict().items() if key in like["status"]},
    }
    assert index.encoder.encoded == []  # type: ignore[attr-defined]
    return {key: value for key, value in told.items() if key in like}


def check_is_whole(path: Path, name: str) -> None:
    """The index is of today's format, and all that it held and answered is there."""
    assert version(path) == FORMAT_VERSION
    assert opened(path).verify() == []
    like = recorded(name)
    status = {"repaired": 0} | like["status"]
    assert answers(path, like) == like | {"status": {key: status[key] for key in like["status"]}}


def _scored(hits: Any) -> list[list[Any]]:
    return [[hit.paper.id, round(hit.score, 6)] for hit in hits]
