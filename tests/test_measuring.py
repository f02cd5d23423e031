"""The questions that `scripts/bench quality` makes, the runs that it writes, and their comparison."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from scripts.benchmarks import known_items, left_out
from scripts.benchmarks.compare import compared
from scripts.benchmarks.made_sets import KNOWN, exclusion_table, known_table
from scripts.benchmarks.quality import MADE, made_of, with_made
from scripts.benchmarks.runs import RunFolder
from semsearch.model.paper import Paper
from semsearch.service import Index

_THINGS = ("lichens", "roofs", "kelps", "owls", "trains", "birches")


def _paper(number: int) -> Paper:
    thing, rare = _THINGS[number % 6], f"{'qwxzvkjp'[number % 8]}{'aeiou'[number // 8 % 5]}ndrule{'bdfg'[number % 4]}"
    long = " ".join(f"word{n}" for n in range(50)) if number % 2 else "It is short"
    half = " and moths" if number % 12 < 6 else ""
    return Paper(
        title=f"Growth of {thing} beside {rare} in valleys{half}",
        abstract=f"We counted {thing}. {long}. Then station number {number} closed for one more winter.",
        authors=("Petra Novak", f"Ann Reed{number}"),
        year=2030 + number % 5,
        key=f"k{number}",
    )


PAPERS = [_paper(number) for number in range(140)]


@pytest.mark.parametrize("name", KNOWN)
def test_the_same_papers_give_the_same_questions(name: str) -> None:
    make = KNOWN[name].make
    assert make(PAPERS, 10) == make(PAPERS, 10)
    assert 0 < len(make(PAPERS, 10)) <= 10


def test_last_sentences_are_word_for_word() -> None:
    for question, paper in known_items.last_sentences(PAPERS, 8):
        assert question.startswith("Then station number")
        assert paper.abstract.endswith(question)


def test_author_and_year_with_and_without() -> None:
    with_name, without = known_items.by_author_and_year(PAPERS, 9), known_items.by_two_words(PAPERS, 9)
    for (asked, paper), (less, same) in zip(with_name, without, strict=True):
        assert asked == f"Novak {paper.year} {less}"
        assert all(word in paper.title for word in less.split())
        assert same is paper


def test_only_rare_words_are_misspelt() -> None:
    right, wrong = known_items.rare_words(PAPERS, 20), known_items.misspelt(PAPERS, 20)
    for (asked, paper), (typed, same) in zip(right, wrong, strict=True):
        changed = [(a, b) for a, b in zip(asked.split(), typed.split(), strict=True) if a != b]
        assert same is paper
        assert [a[1:7] for a, _ in changed] == [changed[0][0][1:7]]
        assert "ndrule" in changed[0][0]


def test_a_typing_error_is_one_error_behind_the_first_letter() -> None:
    chance = random.Random(1)
    for word in ["kelps", "eel", "aab", "oo"] * 20:
        wrong = known_items.mistyped(word, chance)
        assert wrong != word
        assert wrong[0] == word[0]
        assert abs(len(wrong) - len(word)) <= 1
        if len(wrong) == len(word):
            different = [at for at, (a, b) in enumerate(zip(word, wrong, strict=True)) if a != b]
            exchanged = len(different) == 2 and sorted(word) == sorted(wrong) and different[1] == different[0] + 1
            assert len(different) == 1 or exchanged


def test_titles_with_noise_are_not_the_titles() -> None:
    asked = known_items.noisy_titles(PAPERS, 40)
    assert all(question != paper.title for question, paper in asked)
    assert {question.isupper() for question, _ in asked} == {True, False}


def test_topics_have_papers_with_and_without_the_subject() -> None:
    found = left_out.topics(PAPERS, 5)
    assert found
    for topic, subject in found:
        about = [paper for paper in PAPERS if topic in paper.title]
        assert 0.3 <= sum(subject in f"{p.title} {p.abstract}".lower() for p in about) / len(about) <= 0.6
    assert len({word for one in found for word in one}) == 2 * len(found)


def test_what_is_left_out_is_counted(index: Index) -> None:
    papers = [
        Paper(title=f"Lichens, study {n}", abstract="Roofs." if n % 2 else "Walls.", key=f"k{n}") for n in range(30)
    ]
    index.add(papers)
    (plain, words, minus) = left_out.brought(index, [left_out.Topic("lichens", "roofs")])
    assert (plain.hits, words.hits, minus.hits) == (10, 10, 10)
    assert plain.with_word > 0
    assert (words.with_word, minus.with_word) == (0, 0)


def test_tables_and_runs(index: Index, tmp_path: Path) -> None:
    index.add(PAPERS)
    runs = RunFolder(tmp_path / "runs")
    rows = known_table(index, "made-up", ["author-year", "last-sentence"], runs)
    assert [row.split(" | ")[1:3] for row in rows[2:]] == [
        [kind, mode] for kind in ("author-year", "last-sentence") for mode in ("hybrid", "dense", "bm25")
    ]
    asked, first, ten, hundred, _ = (int(cell) for cell in rows[7].strip("| ").split(" | ")[3:])
    assert (asked, ten, hundred) == (60, 60, 60)
    assert 50 <= first <= 60
    run = runs.read("made-up.last-sentence", "bm25")
    long = [paper for paper in index if "word49" in paper.abstract]
    expected = known_items.last_sentences(long, 60)
    assert sum(docs[0] == one.paper.id for docs, one in zip(run.values(), expected, strict=True)) == first
    assert exclusion_table(index, "made-up")[2].startswith("| made-up | `{topic}` |")


def test_runs_are_compared_query_by_query(tmp_path: Path) -> None:
    before, after = RunFolder(tmp_path / "before"), RunFolder(tmp_path / "after")
    qrels = {f"q{n}": {f"d {n}": 1} for n in range(12)}
    for folder in (before, after):
        folder.judge("made", qrels)
    before.write("made", "hybrid", {f"q{n}": ["other", f"d {n}"] for n in range(12)})
    after.write("made", "hybrid", {f"q{n}": [f"d {n}", "other"] if n else ["other"] for n in range(12)})
    after.write("made", "bm25", {})
    rows = compared(before.path, after.path, "RR@10")
    assert rows[2].startswith("| made | hybrid | 12 | 0.5000 | 0.9167 | +0.4167 | 11 | 1 | ")
    assert float(rows[2].split("|")[-2]) == pytest.approx(26 / 4096, abs=1e-4)
    assert rows[3:] == ["only in one folder: made.bm25"]
    after.judge("made", {"q1": {"d 1": 1}})
    with pytest.raises(ValueError, match="judged differently"):
        compared(before.path, after.path, "RR@10")


def test_a_run_with_a_line_of_another_form_is_named(tmp_path: Path) -> None:
    (tmp_path / "made.bm25.run").write_text("q1 Q0 d1 1 1.0 bm25\nq1 d2\n")
    with pytest.raises(ValueError, match="line 2 is not"):
        RunFolder(tmp_path).read("made", "bm25")


def test_the_part_of_the_page_is_replaced_and_kept() -> None:
    page = with_made("tables\n", "one\n")
    assert page == f"tables\n\n{MADE}one\n"
    assert with_made(page, "two\n") == f"tables\n\n{MADE}two\n"
    assert with_made("other tables\n", made_of(page)) == f"other tables\n\n{MADE}one\n"
    assert with_made("tables\n", made_of("tables\n")) == "tables\n"
