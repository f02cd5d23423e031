"""The command line as a user drives it, with the fake encoder."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path

import pytest

from semsearch.service import Index
from tests.conftest import DATA, SAMPLE, Run


@pytest.fixture
def indexed(run: Run) -> Run:
    code, out, err = run("index", str(SAMPLE))
    assert (code, err) == (0, "")
    assert out == "22 read = 22 indexed + 0 updated + 0 unchanged + 0 duplicates of an id + 0 rejected\n"
    return run


def test_index_ends_with_an_equation_and_names_where_the_rejected_are(run: Run) -> None:
    code, out, _ = run("index", str(DATA / "generic.jsonl"))
    assert code == 0
    assert out.splitlines()[0] == "7 read = 3 indexed + 0 updated + 0 unchanged + 0 duplicates of an id + 4 rejected"
    assert "'semsearch rejected --index index' shows the rejected records" in out
    code, out, err = run("rejected")
    assert [line.split(": ")[2] for line in out.splitlines()] == [
        "not valid JSON", "expected a JSON object, found list", "neither title nor abstract", "not valid JSON",
    ]  # fmt: skip
    assert err == "4 rejected records\n"
    _, out, _ = run("rejected", "--jsonl")
    assert json.loads(out.splitlines()[0])["raw"] == "not json at all"
    run("index", str(DATA / "generic.jsonl"))
    assert len(run("rejected")[1].splitlines()) == 4  # read anew, not added up


def test_index_report_prune_and_folders(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "pile"
    folder.mkdir()
    (folder / "a.jsonl").write_text('{"title": "A"}\n{"title": "B"}\nbroken\n')
    (folder / "x.bin").write_bytes(b"\x00\x01")
    code, out, err = run("index", str(folder), "--report", "report.json")
    assert code == 0
    assert "x.bin: of no known format, skipped" in err
    report = json.loads(Path("report.json").read_text())
    assert (report["read"], report["indexed"], report["rejected"], len(report["records"])) == (3, 2, 1, 1)
    (folder / "a.jsonl").write_text('{"title": "A"}\n')
    _, out, _ = run("index", str(folder), "--prune")
    assert "1 read = 0 indexed + 0 updated + 1 unchanged" in out
    assert "1 paper pruned" in out


def test_index_of_standard_input(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(SAMPLE.read_bytes())))
    assert run("index", "-")[1].startswith("22 read = 22 indexed")
    assert not list(Path("/tmp").glob("semsearch-stdin-*"))


def test_query_formats(indexed: Run) -> None:
    code, out, err = indexed(
        "query", "Bird", "song", "shifts", "upward", "in", "pitch", "beside", "wind", "farms", "-k", "3"
    )
    assert (code, err, len(out.splitlines())) == (0, "", 5)
    assert "Bird song shifts upward" in out.splitlines()[1]
    one = json.loads(indexed("query", "bird song", "-k", "3", "--format", "json")[1])
    assert [h["rank"] for h in one["hits"]] == [1, 2, 3]
    assert one["query"] == "bird song"
    lines = [json.loads(line) for line in indexed("query", "bird song", "-k", "3", "-f", "jsonl")[1].splitlines()]
    assert [{k: v for k, v in line.items() if k != "query"} for line in lines] == one["hits"]
    rows = list(csv.DictReader(io.StringIO(indexed("query", "bird song", "-k", "3", "-f", "csv")[1])))
    assert [r["id"] for r in rows] == [h["id"] for h in one["hits"]]
    assert indexed("query", "bird song", "-k", "3", "-f", "ids")[1].split() == [h["id"] for h in one["hits"]]


def test_queries_from_standard_input(indexed: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"bird song\n\nflood forecast\r\n")))
    answers = json.loads(indexed("query", "--format", "json", "-k", "2")[1])
    assert [a["query"] for a in answers] == ["bird song", "flood forecast"]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"bird song\n")))
    assert isinstance(json.loads(indexed("query", "-", "--format", "json")[1]), list)


def test_no_hit_is_no_error(indexed: Run) -> None:
    assert indexed("query", "xylophone", "--min-score", "0.999") == (0, "", "no hit for 'xylophone'\n")


def test_related_and_show(indexed: Run) -> None:
    answer = json.loads(indexed("related", "https://doi.org/10.5555/ICR.2034.3", "-k", "4", "-f", "json")[1])
    assert answer["query"] == "arxiv:3403.00200"
    assert "arxiv:3403.00200" not in [h["id"] for h in answer["hits"]]
    Path("draft.txt").write_text("Bird song shifts upward in pitch beside wind farms")
    assert "Bird song shifts" in indexed("related", "--text", "draft.txt", "-k", "1")[1]
    code, out, _ = indexed("show", "3403.00200", "brannigal2033")
    assert code == 0
    assert "arxiv:3403.00200" in out
    assert f"{SAMPLE}, line 13" in out
    assert json.loads(indexed("show", "3403.00200", "-f", "json")[1])[0]["key"] == "quillmont2034"


def test_remove_status_verify_compact(indexed: Run) -> None:
    assert indexed("remove", "3403.00200") == (0, "1 paper removed: arxiv:3403.00200\n", "")
    out = indexed("status")[1]
    assert "papers       21" in out
    assert "22 in 1 files, 1 of removed papers" in out
    assert json.loads(indexed("status", "--json")[1])["papers"] == 21
    assert indexed("compact") == (0, "1 vector of removed papers deleted\n", "")
    assert indexed("verify") == (0, "all is well\n", "")
    next(Path("index/vectors").glob("*.faiss")).unlink()
    code, out, _ = indexed("verify")
    assert (code, out) == (3, "vectors/2.faiss is missing\n1 problem\n")


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_what_is_exported_can_be_indexed_again_as_it_is(indexed: Run, form: str) -> None:
    assert indexed("export", "--format", form, "-o", f"all.{form}")[0] == 0
    code, out, _ = indexed("index", f"all.{form}", "--index", "again")
    assert (code, out) == (0, "22 read = 22 indexed + 0 updated + 0 unchanged + 0 duplicates of an id + 0 rejected\n")
    before, after = ([{**p.to_dict(), "source": 0} for p in Index(path)] for path in ("index", "again"))
    assert after == before


def test_the_index_is_where_the_user_says(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEMSEARCH_INDEX", "by-variable")
    run("index", str(SAMPLE))
    assert Path("by-variable/semsearch.db").is_file()
    run("index", str(SAMPLE), "--index", "by-option")
    assert Path("by-option/semsearch.db").is_file()
    assert not Path("index").exists()


def test_a_filter_that_no_paper_fits_is_said(indexed: Run) -> None:
    for words in (("query", "barley"), ("related", "3403.00200")):
        code, out, err = indexed(*words, "--where", "year: 1850", "--format", "json")
        assert (code, json.loads(out)["hits"], len(err.splitlines())) == (0, [], 1)
        assert ": no paper fits year: 1850 (nearest: 20" in err
        assert json.loads(out)["reason"] in err


ERRORS = [
    (("query", "x", "--index", "nowhere"), 1, "index nowhere: does not exist yet"),
    (("query", ""), 1, "the query '' is empty"),
    (("query", "x", "-k", "0"), 2, "greater than or equal to 1"),
    (("query", "x", "--min-score", "7"), 2, "less than or equal to 1"),
    (("query", "x", "--format", "papyrus"), 2, "'papyrus' is not one of table, json"),
    (("related", "nobody"), 1, "no paper 'nobody' in the index"),
    (("related",), 2, "give ids of papers, or --text FILE"),
    (("query", "x", "--mode", "magic"), 2, "no mode 'magic'; there are hybrid, dense, bm25"),
    (("query", "x", "--where", "year >="), 2, "a value for 'year' expected at character 8, not the end"),
    (("related", "x", "--where", "autor: red"), 2, "did you mean 'author'?"),
    (("query", "x", "--where", "colour: red"), 2, "a field (year, date, title, author"),
    (("related", "--text", "absent.txt"), 1, "absent.txt: No such file"),
    (("show", "nobody"), 1, "no paper 'nobody'"),
    (("remove", "nobody"), 1, "no paper 'nobody'"),
    (("index", "absent.jsonl"), 1, "absent.jsonl: no such file or folder"),
    (("index",), 2, "Missing argument"),
    (("duplicates", "-t", "5"), 2, "less than or equal to 1"),
    (("export", "-o", "/nowhere/x"), 1, "/nowhere/x: cannot be written"),
    (("nonsense",), 2, "No such command"),
]


@pytest.mark.parametrize(("words", "code", "message"), ERRORS, ids=[" ".join(w) for w, _, _ in ERRORS])
def test_errors_are_one_clear_line(indexed: Run, words: tuple[str, ...], code: int, message: str) -> None:
    found, _, err = indexed(*words)
    assert (found, message in err) == (code, True), err
    assert "Traceback" not in err
    if code == 1:
        assert len(err.splitlines()) == 1
        assert err.startswith("semsearch: ")


def test_odd_queries(indexed: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for question in (b"a" * 2**20, b"bird\x00song\x1b[31m", "\u202ebird".encode(), b"\xff\xfe bird"):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(question)))
        code, out, err = indexed("query", "-k", "99999999999")
        assert (code, err) == (0, "")
        assert "\x1b" not in out
        assert len(out.splitlines()) == 24


def test_a_text_longer_than_the_model_reads_is_said_so(indexed: Run) -> None:
    Path("draft.txt").write_text("word " * 50)
    for words in (("related", "--text", "draft.txt"), ("query", "word " * 50)):
        assert "is longer than the model's 40 tokens" in indexed(*words)[2]


def test_an_index_of_no_papers(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("\n")
    code, out, err = run("index", "empty.jsonl")
    assert (code, err) == (0, "empty.jsonl: contains no record\n")
    assert out == "0 read = 0 indexed + 0 updated + 0 unchanged + 0 duplicates of an id + 0 rejected\n"
    assert run("query", "x") == (0, "", "index index: no papers in it yet; 'semsearch index FILE…' adds some\n")
    assert run("duplicates")[0] == 0
    assert run("export", "-f", "json") == (0, "[\n]\n", "")
    assert run("verify")[0] == 0
    assert run("related", "x")[0] == 1
    assert "papers       0" in run("status")[1]


def test_control_characters_of_a_paper_reach_no_screen(run: Run, tmp_path: Path) -> None:
    (tmp_path / "evil.jsonl").write_text(
        json.dumps({"title": "\x1b]0;owned\x07 [/foo] \u202e evil", "id": "\x1b[2J", "x\x1b": "\x9b1m"})
    )
    run("index", "evil.jsonl")
    for words in (
        ("query", "evil"),
        ("show", next(iter(Index("index"))).id),
        ("export", "-f", "jsonl"),
        ("export", "-f", "table"),
    ):
        code, out, err = run(*words)
        assert code == 0
        assert not set("\x1b\x07\u202e\x9b") & set(out + err)


def test_the_report_holds_every_rejected_and_repaired_record_of_the_run(run: Run, tmp_path: Path) -> None:
    run("index", str(DATA / "generic.jsonl"))
    stray = tmp_path / "stray.csv"
    stray.write_bytes(b"title,abstract\nPlain,text\nCaf\xe9,\x93quoted\x94\n")
    code, out, err = run("index", str(stray), str(DATA / "library.bib"), "--report", "report.json")
    assert code == 0
    assert "4 repaired lines or records" in out
    assert "3 bytes not UTF-8, read as Windows-1252" in err
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert report["read"] == report["indexed"] + report["unchanged"] + report["duplicates"] + report["rejected"]
    assert report["repaired"] == 4
    found = [(r["kind"], Path(r["file"]).name, r["line"]) for r in report["records"]]
    assert found == [
        ("repaired", "stray.csv", 3),
        ("repaired", "library.bib", 15),
        ("repaired", "library.bib", 16),
        ("repaired", "library.bib", 18),
        ("rejected", "library.bib", 20),
    ]
    assert report["records"][0]["raw"] == "Café,“quoted”"
    assert report["records"][-1]["raw"] == "@book{empty, year = 2020}"
    _, out, err = run("rejected", "--jsonl")
    assert len([json.loads(line) for line in out.splitlines()]) == 9
    assert err == "5 rejected records, 4 repaired lines or records\n"


def test_export_writes_a_selection_and_no_half_file(run: Run, tmp_path: Path) -> None:
    run("index", str(SAMPLE))
    wanted = ["doi:10.5555/fir.2032.4", "doi:10.5555/fjw.2033.9"]
    assert run("export", *reversed(wanted), "--format", "ids")[1].splitlines() == wanted[::-1]
    target = tmp_path / "out.bib"
    target.write_text("old")
    code, _, err = run("export", wanted[0], "no-such-paper", "-o", str(target), "--format", "bibtex")
    assert (code, target.read_text()) == (1, "old")
    assert "no paper 'no-such-paper'" in err
    assert [p.name for p in tmp_path.iterdir() if p.suffix == ".part"] == []
    assert run("export", wanted[0], "-o", str(target), "--format", "bibtex")[0] == 0
    assert target.read_text("utf-8").count("@") == 1


def test_show_tells_where_a_filled_field_came_from(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"title": "Two readings", "doi": "10.5555/two"}\n')
    (tmp_path / "b.ris").write_text("TY  - JOUR\nTI  - Two readings\nDO  - 10.5555/two\nVL  - 7\nXX  - more\nER  - \n")
    os.utime("b.ris", (1, 1))  # so that the other file has the reading that counts
    run("index", "a.jsonl", "b.ris")
    _, out, _ = run("show", "10.5555/two")
    lines = {line.split(maxsplit=1)[0]: line for line in out.splitlines()}
    assert lines["volume"].endswith("7 [from b.ris, line 1]")
    assert lines["XX"].endswith("more [from b.ris, line 1]")
    assert "from" not in lines["title"]
    (paper,) = json.loads(run("show", "10.5555/two", "--format", "json")[1])
    assert paper["origins"]["volume"] == {"file": "b.ris", "line": 1}
    assert "doi" not in paper["origins"]


def test_what_is_collapsed_is_said(indexed: Run) -> None:
    table = indexed("query", "record linkage for systematic reviews finds the same study twice", "-k", "1")
    assert "also sem:" in table[1] or "also doi:" in table[1]
    code, out, err = indexed(
        "query", "record linkage for systematic reviews finds the same study twice", "-k", "1", "-f", "ids"
    )
    assert (code, len(out.splitlines())) == (0, 1)
    assert err == "1 further record of the same works left out; --no-collapse writes them too\n"
    assert (
        len(
            indexed("query", "record linkage for systematic reviews", "-k", "2", "--no-collapse", "-f", "ids")[
                1
            ].splitlines()
        )
        == 2
    )


def test_models_are_listed_without_loading_any(run: Run) -> None:
    code, out, err = run("models")
    assert (code, err) == (0, "")
    assert "e5-small-v2: " in out
    assert "query prompt 'query: '; document prompt 'passage: '" in out
    listed = json.loads(run("models", "--json")[1])
    assert {"all-MiniLM-L6-v2", "gte-small", "multilingual-e5-small"} <= {known["name"] for known in listed}
    assert all(known["source"] and known["licence"] and "SciFact" in known["ndcg"] for known in listed)


def test_rerank_wants_a_cross_encoder(indexed: Run, tmp_path: Path) -> None:
    code, out, err = indexed("query", "moss", "--rerank", "5", "--reranker", str(tmp_path / "none"))
    assert (code, out) == (1, "")
    assert err == f"semsearch: model {tmp_path / 'none'}: no such folder\n"


def test_index_says_what_a_newer_export_changed(run: Run) -> None:
    old, new = (
        '{"id": "k", "title": "Kelp", "abstract": "We dive."}\n',
        '{"id": "k", "title": "Kelp", "abstract": "Deep."}\n',
    )
    Path("a.jsonl").write_text(old)
    run("index", "a.jsonl")
    Path("a.jsonl").write_text(new)
    code, out, _ = run("index", "a.jsonl", "--report", "report.json")
    assert code == 0
    equation, update = out.splitlines()
    assert equation == "1 read = 0 indexed + 1 updated + 0 unchanged + 0 duplicates of an id + 0 rejected"
    assert update.startswith("updated: sem:")
    assert update.endswith(": abstract (a.jsonl:1)")
    (listed,) = json.loads(Path("report.json").read_text())["updates"]
    assert (listed["changes"], listed["line"]) == ({"abstract": ["We dive.", "Deep."]}, 1)
