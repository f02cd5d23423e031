"""An index that an earlier commit made is migrated to today's format by the next run that writes, and read then."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

import semsearch
from semsearch.index import IndexDirectory, connections, segment_files, words_files
from semsearch.index.database import connect
from semsearch.index.schema import FORMAT_VERSION
from semsearch.model.errors import IndexDamaged
from tests.conftest import Run
from tests.fakes import WordEncoder
from tests.index.old_formats import (
    NAMES,
    WITHOUT_SEARCH_TABLES,
    answers,
    check_is_whole,
    contents,
    first_version,
    opened,
    recorded,
    run_sql,
    unpacked,
    version,
    write_nothing,
)


def files(path: Path) -> dict[str, bytes]:
    """The files of an index, but for those that SQLite makes to read it."""
    found = (p for p in path.rglob("*") if p.is_file() and not p.name.endswith(("-wal", "-shm")))
    return {str(file.relative_to(path)): file.read_bytes() for file in found}


def test_there_is_an_index_of_each_earlier_format() -> None:
    assert {first_version(name) for name in NAMES} == set(range(1, FORMAT_VERSION))


# -- reading -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_format_that_cannot_be_read_yet_is_told_in_one_line(run: Run, tmp_path: Path, name: str) -> None:
    before = files(unpacked(name, tmp_path / "index"))
    for words in (["query", "kelp"], ["status"], ["verify"], ["show", "10.5555/kelp.1"]):
        assert run(*words) == (
            1, "", f"semsearch: index index: is of format {name[0]} and must be migrated to format {FORMAT_VERSION} before it can be read; "
            "run 'semsearch compact --index index', which embeds nothing again\n",
        )  # fmt: skip
    assert files(tmp_path / "index") == before
    assert run("compact")[0] == 0
    assert run("verify")[:2] == (0, "all is well\n")


def test_a_newer_format_is_refused_for_reading_and_writing(run: Run, tmp_path: Path) -> None:
    path = unpacked("3", tmp_path / "index")
    write_nothing(path)
    run_sql(path, f"PRAGMA user_version = {FORMAT_VERSION + 1}")
    before = files(path)
    told = f"is of format {FORMAT_VERSION + 1}, but this semsearch knows only formats up to {FORMAT_VERSION}; upgrade semsearch"
    for words in (["query", "kelp"], ["status"], ["verify"], ["compact"], ["remove", "10.5555/kelp.1"]):
        assert run(*words) == (1, "", f"semsearch: index index: {told}\n")
    assert files(path) == before


@pytest.mark.parametrize("number", [0, -1])
def test_a_format_that_does_not_exist_is_damage(tmp_path: Path, number: int) -> None:
    path = unpacked("3", tmp_path / "index")
    run_sql(path, f"PRAGMA user_version = {number}")
    assert "which does not exist" in opened(path).verify()[0]
    with pytest.raises(IndexDamaged, match="which does not exist"):
        write_nothing(path)


# -- migrating ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_writer_migrates_it(tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture) -> None:
    path = unpacked(name, tmp_path / "index")
    before = contents(path)
    write_nothing(path)
    assert contents(path) == before
    check_is_whole(path, name)
    (notice,) = (record.message for record in caplog.records)
    assert notice == (
        f"index {path}: migrated from format {name[0]} to format {FORMAT_VERSION}; earlier versions of semsearch cannot read it any more"
    )
    write_nothing(path)
    assert len(caplog.records) == 1


@pytest.mark.parametrize("name", NAMES)
def test_its_tables_are_those_of_a_new_index(tmp_path: Path, name: str) -> None:
    write_nothing(tmp_path / "new")
    write_nothing(unpacked(name, tmp_path / "old"))
    assert _shape(tmp_path / "old") == _shape(tmp_path / "new")


def _shape(path: Path) -> list[tuple[object, ...]]:
    """All tables with their columns, all indexes with theirs, triggers and views; and notes of a migration."""
    with closing(sqlite3.connect(path / "semsearch.db")) as connection:
        tables = connection.execute("SELECT type, name, tbl_name FROM sqlite_master ORDER BY type, name").fetchall()
        columns = (
            (table, *column[1:])
            for _, table, _ in tables
            for pragma in ("table_xinfo", "index_xinfo", "foreign_key_list")
            for column in connection.execute(f"PRAGMA {pragma}({table})")
        )
        notes = connection.execute("SELECT key FROM meta WHERE key LIKE 'migration%'")
        return [*tables, *columns, *notes]


@pytest.mark.parametrize("name", NAMES)
def test_what_follows_embeds_only_what_is_new(tmp_path: Path, name: str) -> None:
    path, encoder = unpacked(name, tmp_path / "index"), WordEncoder()
    like = recorded(name)
    index = semsearch.open(path, encoder=encoder)
    index.add({"title": "Lichen on slate roofs", "doi": "10.5555/lichen.9"})
    index.remove(["10.5555/lichen.9"])
    barley = {
        "title": "Barley landraces under drought",
        "abstract": "Yield of barley landraces was stable in dry years.",
    }
    index.add({"doi": "10.5555/barley.2", "pages": "1-2", **barley})
    assert encoder.encoded == ["Lichen on slate roofs"]
    assert index.verify() == []
    removed = index.status().rows - len(index)
    assert index.compact() == removed >= 4
    assert encoder.encoded == ["Lichen on slate roofs"]
    assert index.verify() == []
    told = answers(path, like)
    assert [told[key] for key in ("dense", "related", "rejected")] == [
        like[key] for key in ("dense", "related", "rejected")
    ]


@pytest.mark.parametrize("name", NAMES)
def test_decisions_hold_on(tmp_path: Path, name: str) -> None:
    path = unpacked(name, tmp_path / "index")
    held = (path / "decisions.jsonl").read_bytes() if (path / "decisions.jsonl").exists() else b""
    write_nothing(path)
    index = opened(path)
    index.ledger.decide(index.get("10.5555/barley.2"), index.get("10.5555/long.6"), "different")
    assert (path / "decisions.jsonl").read_bytes().startswith(held)
    kinds = [decision.kind for decision in opened(path).ledger.in_force()]
    assert kinds == [*(kind for kind, *_ in recorded(name).get("decisions", ())), "different"]
    assert index.verify() == []


class RecipeEncoder(WordEncoder):
    """Tells its text recipe, as the encoder of sentence-transformers does."""

    @property
    def fingerprint(self) -> Mapping[str, str]:
        return {**super().fingerprint, "text_recipe": "2"}


@pytest.mark.parametrize("name", WITHOUT_SEARCH_TABLES)
def test_vectors_of_the_first_text_recipe_are_gone_on_with(tmp_path: Path, name: str) -> None:
    path = unpacked(name, tmp_path / "index")
    first = json.dumps({**RecipeEncoder().fingerprint, "text_recipe": "1"})
    run_sql(path, f"UPDATE meta SET value = '{first}' WHERE key = 'encoder'")
    write_nothing(path)
    index = semsearch.open(path, encoder=RecipeEncoder())
    assert [[hit.paper.id, round(hit.score, 6)] for hit in index.search("carbon in bogs", 9, mode="dense", collapse=False)] == recorded(name)["dense"]["carbon in bogs"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_reader_of_an_earlier_semsearch_goes_on_with_its_state(tmp_path: Path, name: str) -> None:
    path = unpacked(name, tmp_path / "index")
    with closing(sqlite3.connect(path / "semsearch.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        tables = reader.execute("SELECT name FROM sqlite_master ORDER BY name").fetchall()
        ids = reader.execute("SELECT id FROM papers").fetchall()
        write_nothing(path)
        assert reader.execute("SELECT name FROM sqlite_master ORDER BY name").fetchall() == tables
        assert reader.execute("SELECT id FROM papers").fetchall() == ids
        assert reader.execute("PRAGMA user_version").fetchone() == (first_version(name),)
    check_is_whole(path, name)


@pytest.mark.parametrize("name", NAMES)
def test_an_index_that_is_migrated_while_it_is_opened(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between connecting and beginning to read: the tables of before are gone then."""
    path = unpacked(name, tmp_path / "index")
    monkeypatch.setattr(connections, "connect", lambda folder: _migrated_behind(connect(folder), folder))
    assert answers(path, recorded(name))["dense"] == recorded(name)["dense"]
    check_is_whole(path, name)


def _migrated_behind(connection: sqlite3.Connection, folder: Path) -> sqlite3.Connection:
    write_nothing(folder)
    return connection


@pytest.mark.parametrize("name", NAMES)
def test_its_words_are_those_of_its_papers(tmp_path: Path, name: str) -> None:
    path = unpacked(name, tmp_path / "index")
    write_nothing(path)
    _check_words(path, tmp_path)


@pytest.mark.parametrize("name", WITHOUT_SEARCH_TABLES)
def test_rows_without_a_paper_at_the_end_of_a_segment_have_no_words(tmp_path: Path, name: str) -> None:
    """Row 6 is a segment of its own, and row 9 is the last one of its segment."""
    path = unpacked(name, tmp_path / "index")
    run_sql(
        path, "PRAGMA foreign_keys = ON", "DELETE FROM papers WHERE row IN (6, 9)", "INSERT INTO dead VALUES (6), (9)"
    )
    write_nothing(path)
    _check_words(path, tmp_path)
    assert opened(path).verify() == []


def _check_words(path: Path, folder: Path) -> None:
    """The files of words are those of the papers, byte for byte; they are written once more into a folder for that."""
    with IndexDirectory(path).reader(vectors=True) as reader:
        papers = {row: reader.documents.papers_at([row])[0] for row in reader.paper_rows.tolist()}
        assert len(papers) < reader.row_count, "there are rows of removed papers"
        for segment in reader.segments:
            rows = range(segment.first_row, segment.first_row + segment.count)
            documents = [(papers[row].title, papers[row].abstract) if row in papers else ("", "") for row in rows]
            written = words_files.write(folder, segment.n, words_files.content_of(documents))
            assert (written.size, written.checksum) == (segment.words_size, segment.words_checksum)
            names = (segment_files.path_of(at, segment.n, segment_files.WORDS_FILE) for at in (path, folder))
            assert len({file.read_bytes() for file in names}) == 1


@pytest.mark.parametrize("name", NAMES)
def test_word_answers_are_those_of_a_new_index(tmp_path: Path, name: str) -> None:
    path = unpacked(name, tmp_path / "index")
    write_nothing(path)
    old, new = opened(path), opened(tmp_path / "new")
    new.add([paper.to_dict() for paper in old])
    for words in ("kelp heatwave", "urchins", "stable yield of kelp", "drained bogs and moths", "pumps"):
        told, expected = (
            [hit.paper.title for hit in index.search(words, 9, mode="bm25", collapse=False)] for index in (old, new)
        )
        assert told == expected, words
        assert bool(told) == (words != "pumps"), "only the abstract of a removed paper has it"


def test_an_index_whose_last_commits_are_missing_stays_as_it_is(tmp_path: Path) -> None:
    """Else what is missing could not be put back: it belongs to the tables of before."""
    path = unpacked("3", tmp_path / "index")
    run_sql(path, "UPDATE meta SET value = value - 1 WHERE key = 'generation'")
    with pytest.raises(IndexDamaged, match="the last commit is missing"):
        write_nothing(path)
    assert version(path) == 3
