"""``semsearch duplicates`` as a user drives it: list, review, apply, undo, decisions, with an index and without."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest

from semsearch.cli.duplicates.source import DECISIONS, DEFAULT_KEEP
from semsearch.duplicates import DEFAULT_RULES, FILE
from semsearch.duplicates import KINDS as ALL_KINDS
from semsearch.model.results import GROUP_KINDS
from tests.conftest import SAMPLE, Run

NEW = """TY  - JOUR
TI  - Moss growth on slate roofs of the northern valleys
AU  - Quillmont, Dario
PY  - 2031
JO  - Journal of Imagined Botany
VL  - 12
SP  - 101
EP  - 118
ER  -
TY  - JOUR
TI  - MOSS GROWTH ON SLATE ROOFS OF THE NORTHERN VALLEYS
AU  - Quillmont, D.
PY  - 2031
JO  - J Imag Bot
VL  - 12
SP  - 101
DO  - 10.5555/m.1
ER  -
TY  - JOUR
TI  - Erratum: Moss growth on slate roofs of the northern valleys
AU  - Quillmont, D.
PY  - 2031
JO  - J Imag Bot
VL  - 12
SP  - 200
ER  -
TY  - JOUR
TI  - Lichens upon tiles of the southern coast
AU  - Marrick, T.
PY  - 2030
ER  -
TY  - JOUR
ER  -
"""


@pytest.fixture
def indexed(run: Run) -> Run:
    assert run("index", str(SAMPLE))[0] == 0
    return run


def test_verify_and_every_reader_tell_of_a_changed_decision(indexed: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Path("index/decisions.jsonl")
    monkeypatch.setattr("sys.stdin", io.StringIO("s" * 3))
    assert indexed("duplicates", "review", "--all", "--threshold", "-1")[0] == 0
    assert indexed("verify") == (0, "all is well\n", "")
    whole = ledger.read_bytes()
    ledger.write_bytes(whole.replace(b'"same"', b'"part"', 1))
    code, out, _ = indexed("verify")
    assert (code, out.splitlines()[-1]) == (3, "1 problem")
    assert out.startswith("decisions.jsonl: line 1 is damaged (its checksum differs)")
    for words in (["duplicates"], ["duplicates", "decisions", "list"], ["duplicates", "undo"]):
        code, _, err = indexed(*words)
        assert (code, len(err.splitlines())) == (1, 1)
        assert "index/decisions.jsonl: line 1 is no decision, or was changed (its checksum differs); put back" in err
    ledger.write_bytes(b"".join(whole.splitlines(keepends=True)[:-1]))
    assert indexed("verify")[:2] == (
        3, "decisions.jsonl: the last lines are missing; restore a copy, or delete decisions.end to go on without them\n1 problem\n",
    )  # fmt: skip


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "new.ris").write_text(NEW)
    return tmp_path / "new.ris"


def _keys(monkeypatch: pytest.MonkeyPatch, keys: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(keys))


def test_names_of_the_options_are_those_of_the_package() -> None:
    assert (*GROUP_KINDS, "different") == ALL_KINDS
    assert tuple(DEFAULT_KEEP.split(",")) == DEFAULT_RULES
    assert DECISIONS == FILE


def test_the_table_says_why(indexed: Run) -> None:
    code, out, err = indexed("duplicates")
    assert code == 0
    assert out.startswith("1. same, ")
    assert "keep  Finding the same study twice" in out
    assert "because: the same title and authors; nothing clashes; agree: title" in out
    assert "2. version" in out
    assert err.splitlines() == ["2 groups: 1 same, 1 version", "22 records = 21 publications + 1 duplicate"]
    assert indexed("duplicates", "list")[1] == out


def test_check_kind_and_threshold(indexed: Run) -> None:
    assert indexed("duplicates", "--check")[0] == 3
    code, out, _ = indexed("duplicates", "--kind", "notice,part", "--check")
    assert (code, out) == (0, "")
    code, _, err = indexed("duplicates", "--kind", "equal")
    assert code == 2
    assert "'equal' is not one of same, doubtful, version" in err
    assert indexed("duplicates", "--histogram", "-t", "0.5")[1].splitlines()[0].startswith("0.99 ")
    assert indexed("duplicates", "-t", "0.2")[1].count("similar, ") > 0


@pytest.mark.parametrize("form", ["csv", "json", "ris", "bibtex", "ids"])
def test_formats(indexed: Run, form: str) -> None:
    code, out, _ = indexed("duplicates", "--kind", "same", "--format", form)
    assert code == 0
    for mark in (
        ("doi:10.5555/jie.2034.15", "sem:45dd8236a0e202f8") if form == "ids" else ("marrick2034", "marrick2034b")
    ):
        assert len(re.findall(rf"\b{mark}\b", out)) >= 1
    assert "brannigal2033" not in out
    if form == "json":
        (group,) = json.loads(out)["groups"]
        assert group["relations"][0]["rule"] == "the same title and authors; nothing clashes"
        assert group["merged"]["doi"] == group["papers"][0]["doi"]
    if form == "csv":
        assert out.splitlines()[0].startswith("group,kind,score,keeper,rule,id,")


def test_files_without_an_index(run: Run, files: Path) -> None:
    code, out, err = run("duplicates", str(files), "--format", "jsonl")
    assert code == 0
    groups = [json.loads(line) for line in out.splitlines()]
    assert [(g["kind"], len(g["papers"])) for g in groups] == [("same", 2), ("notice", 2)]
    assert "1 record rejected; to see why" in err
    assert "5 records = 3 publications + 1 duplicate + 1 rejected" in err
    assert not Path("index").exists()
    assert run("duplicates", "nowhere.ris")[0] == 1


def test_apply_writes_each_publication_once(run: Run, files: Path) -> None:
    code, out, err = run("duplicates", "apply", str(files), "--format", "json")
    assert code == 0
    papers = json.loads(out)
    assert [p["title"][:12] for p in papers] == ["Moss growth ", "Erratum: Mos", "Lichens upon"]
    assert papers[0]["doi"] == "10.5555/m.1"
    assert papers[0]["pages"] == "101-118"
    assert err.endswith("5 records = 3 publications + 1 duplicate + 1 rejected\n")
    assert run("duplicates", "apply", str(files), "--keep", "oldest", "-o", "out.ris", "-f", "ris")[0] == 0
    assert Path("out.ris").read_text().count("TY  - ") == 3


def test_what_is_new_since_the_last_search(run: Run, files: Path, tmp_path: Path) -> None:
    (tmp_path / "old.ris").write_text(NEW[: NEW.index("TY  - ", 10)])
    code, out, err = run("duplicates", "apply", str(files), "--against", str(tmp_path / "old.ris"), "-f", "ids")
    assert code == 0
    assert len(out.splitlines()) == 2
    assert "3 publications + 1 duplicate + 1 rejected; of the publications 1 known, 2 new" in err
    run("index", str(tmp_path / "old.ris"), "--index", "old-index")
    assert run("duplicates", "apply", str(files), "--against", "old-index", "-f", "ids")[1] == out


def test_review_decides_key_by_key_and_goes_on_where_it_was(indexed: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    before = indexed("duplicates", "-f", "json")[1]
    assert indexed("duplicates", "review")[2].splitlines()[0].startswith("0 clusters to decide")
    _keys(monkeypatch, "x d q")
    code, out, err = indexed("duplicates", "review", "--all")
    assert code == 0
    assert "=abstract" in out
    assert "«with»" not in out.split("1 left")[0]
    assert "-> same: the same title and authors" in out
    assert "s same · d different · v version" in err
    assert "1 cluster decided, 1 left" in err
    assert [g["kind"] for g in json.loads(indexed("duplicates", "-f", "json")[1])["groups"]] == ["version"]
    _keys(monkeypatch, "v u k v")
    _, out, err = indexed("duplicates", "review", "--all")
    assert out.count("1 left") == 3, "what was put off comes back"
    assert indexed("duplicates", "review", "--all")[2].startswith("0 clusters to decide")
    code, out, err = indexed("duplicates", "decisions", "list")
    assert [line.split()[2] for line in out.splitlines()] == ["different", "version"]
    assert indexed("duplicates", "undo")[2].startswith("withdrawn: version: Dense retrieval")
    assert indexed("duplicates", "undo")[2].startswith("withdrawn: different: Finding the same")
    assert indexed("duplicates", "-f", "json")[1] == before
    assert indexed("duplicates", "undo")[0] == 1


def test_decisions_move_to_another_index(indexed: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    _keys(monkeypatch, "d d")
    indexed("duplicates", "review", "--all")
    assert indexed("duplicates", "decisions", "export", "-o", "kept.jsonl")[0] == 0
    indexed("index", str(SAMPLE), "--index", "second")
    assert indexed("duplicates", "--index", "second", "--check")[0] == 3
    assert indexed("duplicates", "decisions", "import", "kept.jsonl", "--index", "second")[2] == "2 lines taken over\n"
    assert indexed("duplicates", "--index", "second", "--check", "--kind", "same")[0] == 0
    assert indexed("duplicates", "decisions", "import", "none.jsonl")[0] == 2


def test_decisions_about_files_want_a_place(run: Run, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, _, err = run("duplicates", "review", str(files))
    assert code == 2
    assert "give --decisions FILE" in err
    _keys(monkeypatch, "d")
    assert run("duplicates", "review", str(files), "--decisions", "d.jsonl", "--kind", "same")[0] == 0
    assert "4 publications + 0 duplicates" in run("duplicates", str(files), "--decisions", "d.jsonl")[2]
    assert "3 publications + 1 duplicate" in run("duplicates", str(files))[2]


def test_decided_versions_are_one_hit_and_come_apart_again(indexed: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    question = ("query", "dense retrieval of scientific abstracts", "-f", "json", "-k", "3")
    before = json.loads(indexed(*question)[1])
    assert not any(hit["also"] for hit in before["hits"] if "also" in hit)
    _keys(monkeypatch, "kvq")
    indexed("duplicates", "review", "--all")
    (hit, *_) = json.loads(indexed(*question)[1])["hits"]
    assert len(hit["also"]) == 1
    indexed("duplicates", "undo")
    assert json.loads(indexed(*question)[1]) == before


def test_decisions_beside_the_file_are_used(run: Run, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = files.parent / "decisions.jsonl"
    code, _, err = run("duplicates", str(files), "--kind", "same")
    assert (code, "are used" in err) == (0, False)
    assert "1 duplicate" in err
    _keys(monkeypatch, "dq")
    assert run("duplicates", "review", str(files), "--kind", "same", "--decisions", str(ledger))[0] == 0
    code, _, err = run("duplicates", str(files), "--kind", "same")
    assert code == 0
    assert f"decisions of {ledger} are used" in err
    assert "0 duplicates" in err
    before = ledger.read_bytes()
    for option in ("-o", "--prisma"):
        assert run("duplicates", "apply", str(files), "-f", "ids", option, str(ledger))[0] != 0
    assert ledger.read_bytes() == before


def test_the_prisma_diagram_has_the_counts(run: Run, files: Path, tmp_path: Path) -> None:
    old = tmp_path / "old.ris"
    old.write_text(NEW[: NEW.index("TY  - ", 10)])
    before = files.read_text()
    applied = ("duplicates", "apply", str(files), "--against", str(old), "-o", "out.ris", "--prisma")
    assert run(*applied, "flow.svg")[0] == 0
    text = Path("flow.svg").read_text()
    for told in (
        "Databases (n = 5)", "new.ris (n = 4)", "Records removed before screening (n = 3)", "within one database (n = 1)",
        "between databases (n = 0)", "could not be read (n = 1)", "known already (n = 1)", "Records screened (n = 2)",
    ):  # fmt: skip
        assert told in text
    assert run(*applied, str(files))[0] != 0
    assert files.read_text() == before
    code, _, err = run(*applied, "out.ris")
    assert code != 0
    assert "give two" in err


BARE = """TY  - JOUR
DO  - 10.5555/m.1
DB  - Medex
ER  -
TY  - JOUR
AN  - 17
AU  - Nobody, N.
ER  -
TY  - JOUR
DO  - 10.5555/m.9
ER  -
TY  - JOUR
DO  - https://doi.org/10.5555/M.9
DB  - Scopia
ER  -
"""


def test_records_with_an_identifier_only_take_part(run: Run, files: Path, tmp_path: Path) -> None:
    (tmp_path / "bare.ris").write_text(BARE)
    code, out, err = run("duplicates", "apply", str(files), str(tmp_path / "bare.ris"), "-f", "json")
    assert code == 0
    assert "9 records = 4 publications + 3 duplicates + 2 rejected" in err
    papers = json.loads(out)
    assert [paper["doi"] for paper in papers if paper.get("doi")] == ["10.5555/m.1", "10.5555/m.9"]
    assert run("index", str(files), str(tmp_path / "bare.ris"))[1].count("9 read =") == 1
    table = run("duplicates", str(tmp_path / "bare.ris"))[1]
    assert "doi:10.5555/m.9" in table


VERSIONS = """TY  - JOUR
TI  - Moss growth on slate roofs of the northern valleys
AU  - Quillmont, Dario
AU  - Venn, Lora
PY  - 2030
DO  - 10.48550/arXiv.3001.00001
AB  - Moss grows on slate roofs, and more of it after rain than after snow.
ER  -
TY  - JOUR
TI  - Moss growth on slate roofs of the northern valleys
AU  - Quillmont, Dario
AU  - Venn, Lora
PY  - 2031
JO  - Journal of Imagined Botany
VL  - 12
SP  - 101
DO  - 10.5555/m.1
ER  -
TY  - JOUR
TI  - MOSS GROWTH ON SLATE ROOFS OF THE NORTHERN VALLEYS
AU  - Quillmont, D.
AU  - Venn, L.
PY  - 2031
JO  - J Imag Bot
VL  - 12
SP  - 101
DO  - 10.5555/m.1
ER  -
TY  - JOUR
TI  - Lichens upon tiles of the southern coast
AU  - Marrick, T.
PY  - 2030
ER  -
"""


def test_preprints_are_folded_into_articles_if_asked(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "v.ris"
    path.write_text(VERSIONS)
    code, out, err = run("duplicates", "apply", str(path), "-f", "json")
    assert (code, len(json.loads(out))) == (0, 3)
    assert "4 records = 3 publications + 1 duplicate\n" in err
    code, out, err = run("duplicates", "apply", str(path), "-f", "json", "--merge", "version")
    assert code == 0
    assert "4 records = 2 publications + 1 duplicate + 1 version of them" in err
    work, other = json.loads(out)
    assert (work["doi"], work["year"], work["venue"]) == ("10.5555/m.1", 2031, "Journal of Imagined Botany")
    assert work["abstract"].startswith("Moss grows")
    assert other["title"].startswith("Lichens")
    against = run("duplicates", "apply", str(path), "--against", str(path), "-f", "ids", "--merge", "version")
    assert against[1] == ""
    assert run("duplicates", "apply", str(path), "--merge", "notice")[0] == 2


def test_doubtful_pairs_are_merged_up_to_a_risk(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "d.ris"
    review = (
        "TY  - JOUR\nTI  - Ledgers of the harbour {n}\nAU  - {name}\nJO  - Harbour Review\nVL  - 9\nIS  - 2\nER  -\n"
    )
    words = ("gates", "tiles", "moss", "rain")
    path.write_text("".join(review.format(n=word, name=name) for word in words for name in ("Orr, E.", "Uhl, M.")))
    apply = ("duplicates", "apply", str(path), "-f", "ids")
    assert "8 publications + 0 duplicates" in run(*apply)[2]
    for rate, merged in (("1/1000", 0), ("0.04", 0), ("50/1000", 1), ("1/12", 2), ("0.3", 4)):
        assert f"{8 - merged} publications + {merged} duplicate" in run(*apply, "--max-false-merges", rate)[2], rate
    assert "4 clusters doubtful" in run(*apply, "--max-false-merges", "1/1000")[2]
    assert "2 clusters doubtful" in run(*apply, "--max-false-merges", "1/12")[2]
    for wrong in ("many", "1/0", "2", "-1/9"):
        code, _, err = run(*apply, f"--max-false-merges={wrong}")
        assert code == 2
        assert "give one such as 1/1000" in err


@pytest.mark.parametrize("form", ["ris", "csv", "enw"])
def test_an_index_keeps_all_editions_of_a_book(run: Run, tmp_path: Path, form: str) -> None:
    texts = {
        "ris": "".join(
            f"TY  - BOOK\nTI  - Care of hedges\nAU  - Abel, Ada\nPY  - 2016\nET  - {n}\nER  - \n\n" for n in (2, 3)
        ),
        "csv": "Title,Authors,Year,Edition\n" + "".join(f'Care of hedges,"Abel, Ada",2016,{n}\n' for n in (2, 3)),
        "enw": "".join(f"%0 Book\n%T Care of hedges\n%A Abel, Ada\n%D 2016\n%7 {n}nd\n\n" for n in (2, 3)),
    }
    (tmp_path / f"books.{form}").write_text(texts[form])
    code, out, _ = run("index", f"books.{form}")
    assert (code, "2 read = 2 indexed" in out) == (0, True)
    assert "version" in run("duplicates", f"books.{form}")[1]
