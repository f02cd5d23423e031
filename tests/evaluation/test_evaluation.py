"""Test collections, runs and measures, against the formulas; and the command."""

from __future__ import annotations

import itertools
import json
import math
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import semsearch
from semsearch.evaluation import read_collection, run_experiment
from semsearch.evaluation.experiment import measured
from semsearch.evaluation.judgements import judged_queries, read_qrels, read_queries
from semsearch.evaluation.statistics import interval, paired_test
from semsearch.model.errors import ArgumentError, JudgementError, QueryError
from semsearch.service import Index
from tests.conftest import Run

DOCUMENTS = [
    "moss on roofs",
    "kelp in winter",
    "trains are late",
    "moss and kelp",
    "late winter trains",
    "owls at noon",
]
QUERIES = {"q1": "moss", "q2": "winter trains", "q3": "nobody judged this"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    beir = tmp_path / "made-up"
    (beir / "qrels").mkdir(parents=True)
    corpus = [{"_id": f"d{n}", "title": "", "text": text} for n, text in enumerate(DOCUMENTS)]
    (beir / "corpus.jsonl").write_text("".join(json.dumps(c) + "\n" for c in corpus))
    (beir / "queries.jsonl").write_text("".join(json.dumps({"_id": q, "text": t}) + "\n" for q, t in QUERIES.items()))
    rows = ["query-id\tcorpus-id\tscore", "q1\td0\t2", "q1\td3\t1", "q2\td4\t1", "q2\td0\t0", "q9\td0\t1", "q8\td1\t0"]
    (beir / "qrels" / "test.tsv").write_text("\n".join(rows) + "\n")
    return beir


def test_a_beir_folder(folder: Path) -> None:
    collection = read_collection(folder)
    assert (collection.name, collection.corpus) == ("made-up", folder / "corpus.jsonl")
    assert collection.queries == {"q1": "moss", "q2": "winter trains"}
    assert collection.qrels == {"q1": {"d0": 2, "d3": 1}, "q2": {"d4": 1, "d0": 0}}
    assert collection.unasked == ("q9",)


def test_trec_judgements(tmp_path: Path) -> None:
    (tmp_path / "q.tsv").write_text("1\tmoss on roofs\n2\tkelp\n")
    (tmp_path / "qrels.txt").write_text("1 0 d0 1\n2 0 d1 0\n2 0 d2 2\n")
    collection = judged_queries(tmp_path / "q.tsv", tmp_path / "qrels.txt")
    assert (collection.queries, collection.corpus) == ({"1": "moss on roofs", "2": "kelp"}, None)
    assert collection.qrels["2"] == {"d1": 0, "d2": 2}


@pytest.mark.parametrize(
    ("content", "reader", "message"),
    [
        ("1 0\n", read_qrels, "line 1 is neither"),
        ("1 0 d0 high\n", read_qrels, "line 1 is neither"),
        ('{"_id": "1"}\n', read_queries, "line 1 is neither JSON"),
        ("only words\n", read_queries, "line 1 is neither JSON"),
    ],
)
def test_bad_lines_are_named(tmp_path: Path, content: str, reader: object, message: str) -> None:
    path = tmp_path / "file"
    path.write_text(content)
    with pytest.raises(JudgementError, match=message):
        reader(path)  # type: ignore[operator]


def test_folders_that_are_none(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(JudgementError, match="no such file; a BEIR folder holds"):
        read_collection(tmp_path)
    (folder / "qrels" / "test.tsv").write_text("q1 0 d0 0\n")
    with pytest.raises(JudgementError, match="no query has both a text and a relevant document"):
        read_collection(folder)
    (folder / "qrels" / "test.tsv").unlink()
    with pytest.raises(JudgementError, match="holds no judgements"):
        read_collection(folder)


def test_measures_equal_their_formulas() -> None:
    pytest.importorskip("ir_measures")
    qrels = {"a": {"d1": 2, "d2": 1, "d3": 0}, "b": {"d9": 1}}
    values = measured({"a": ["d3", "d2", "d1"], "b": ["d1"]}, qrels)
    gain = 1 / math.log2(3) + 2 / math.log2(4)
    assert values["nDCG@10"] == pytest.approx([gain / (2 + 1 / math.log2(3)), 0])
    assert values["RR@10"] == pytest.approx([1 / 2, 0])
    assert values["AP"] == pytest.approx([(1 / 2 + 2 / 3) / 2, 0])
    assert values["R@100"] == pytest.approx([1, 0])


def test_an_experiment(folder: Path, index: Index) -> None:
    pytest.importorskip("ir_measures")
    collection = read_collection(folder)
    index.add(str(collection.corpus))
    found = run_experiment(index, collection, ("hybrid", "dense", "bm25"), model="fake")
    assert [o.mode for o in found.outcomes] == ["hybrid", "dense", "bm25"]
    assert found.outcomes[2].run["q1"] in (["d0", "d3"], ["d3", "d0"])
    assert found.outcomes[0].p_value is None
    for outcome in found.outcomes:
        low, high = outcome.intervals["nDCG@10"]
        assert 0 <= low <= outcome.means["nDCG@10"] <= high <= 1
    assert found.to_dict()["queries"] == 2


def test_python_measures_what_the_command_measures(folder: Path, index: Index, run: Run) -> None:
    pytest.importorskip("ir_measures")
    judged = semsearch.judgements(folder)
    assert judged.corpus
    index.add(judged.corpus)
    found = index.evaluate(judged)
    assert found.to_dict() == json.loads(run("eval", str(folder), "--json")[1])
    assert [o.mode for o in index.evaluate(judged, "bm25").outcomes] == ["bm25"]
    files = {"queries": folder / "queries.jsonl", "qrels": folder / "qrels" / "test.tsv"}
    assert index.evaluate(semsearch.judgements(**files), ["dense"]).outcomes[0].means == found.outcomes[1].means


def test_judgements_are_looked_at_before_anything_is_done(folder: Path, index: Index) -> None:
    judgements: Any = semsearch.judgements
    for given in (
        {},
        {"queries": folder},
        {"folder": folder, "qrels": folder},
        {"folder": 3},
        {"queries": 3, "qrels": 3},
    ):
        with pytest.raises(ArgumentError, match="give "):
            judgements(**given)
    evaluate: Any = index.evaluate
    for wrong in (None, str(folder), {"q1": "moss"}):
        with pytest.raises(ArgumentError, match=r"give what semsearch\.judgements"):
            evaluate(wrong)
    with pytest.raises(ArgumentError, match="modes is 3"):
        evaluate(judgements(folder), 3)
    with pytest.raises(QueryError, match="no mode 'magic'"):
        evaluate(judgements(folder), ["bm25", "magic"])
    assert not index.path.exists()


def test_the_interval_of_a_mean() -> None:
    values = np.random.default_rng(0).random(200)
    low, high = interval(values.tolist())
    error = values.std() / math.sqrt(200)
    assert low == pytest.approx(values.mean() - 1.96 * error, abs=0.2 * error)
    assert high == pytest.approx(values.mean() + 1.96 * error, abs=0.2 * error)
    # Sums of four draws are binomial with p = 1/4: at most 0 in 32 % of them, at most 2 in 95 %, at most 3 in 99.6 %.
    assert interval([0, 0, 1, 0]) == (0, 0.75)
    assert interval([0.25]) == (0.25, 0.25)


def _share_of_signs(differences: list[float]) -> float:
    """By trying all signs."""
    signs = np.array(list(itertools.product((-1, 1), repeat=len(differences))))
    means = np.abs((signs * differences).mean(axis=1))
    return float(np.mean(means >= abs(np.mean(differences)) - 1e-12))


def test_the_p_value_of_a_difference() -> None:
    chance = np.random.default_rng(0)
    values = chance.random(200)
    assert paired_test((values + 0.1).tolist(), values.tolist()) == 1 / 10_001  # the least there is
    assert paired_test(values.tolist(), values.tolist()) == 1
    assert paired_test([0.5], [0.1]) == 1
    few = chance.normal(0.3, 0.5, 8).tolist()
    assert paired_test(few, [0] * 8) == pytest.approx(_share_of_signs(few))
    for mean in (0.0, 0.2, 0.4):
        more = chance.normal(mean, 0.5, 16).tolist()
        exact = _share_of_signs(more)
        p = paired_test(more, [0] * 16)
        assert p == pytest.approx(exact, abs=4 * math.sqrt(exact * (1 - exact) / 10_000) + 1e-4)
        assert paired_test([0] * 16, more) == p


def test_statistics_are_the_same_each_time_and_take_little_memory() -> None:
    values = np.random.default_rng(0).random(2000).tolist()
    tracemalloc.start()
    found = interval(values), paired_test(values[:200], values[200:400])
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (interval(values), paired_test(values[:200], values[200:400])) == found
    assert most < 2**24  # all resamples of either at once take more than four times as much


def test_the_command(run: Run, folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("ir_measures")
    code, out, err = run("eval", str(folder), "--runs", "runs", "--index", "kept")
    assert code == 0
    assert out.splitlines()[0] == "made-up: 6 papers, 2 queries, model words"
    assert [line.split()[0] for line in out.splitlines()[1:]] == ["mode", "hybrid", "dense", "bm25"]
    assert "left out: q9" in err
    lines = (tmp_path / "runs" / "made-up.dense.run").read_text().splitlines()
    assert len(lines) == 12
    scores = [float(line.split()[4]) for line in lines if line.startswith("q1 ")]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == len(scores)
    shape = json.loads(run("eval", str(folder), "--json", "--mode", "bm25", "--index", "kept")[1])
    assert [o["mode"] for o in shape["outcomes"]] == ["bm25"]
    assert run("eval")[0] == 2
    assert run("eval", "--queries", "q", "--qrels", "r")[0] == 2
