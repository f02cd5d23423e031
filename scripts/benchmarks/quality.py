"""Every mode on every collection of a folder of BEIR folders, beside txtai with the same model; writes docs/quality.md.

scripts/bench quality [FOLDER] [--papers FILE…] [--only SET…] [--runs RUNS] [--keep DIR] [--model NAME…]

Indexes are kept in DIR, so that a second run embeds nothing. txtai (pip install txtai) is measured where it can be
imported: its hybrid index, with the first model, on the same texts. FILE holds papers, best with authors and years.
Questions are made from it by seeded rules: look-ups by author and year, rare words with and without typing errors, last
sentences of long abstracts, titles with noise, and subjects that are left out. `--only` chooses some of these sets; the
judged collections are the set `judged`. RUNS gets TREC runs and judgements, which `scripts/bench compare` compares with
those of another commit.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import platform
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import semsearch
from scripts.benchmarks.made_sets import KNOWN, SETS, exclusion_table, known_table
from scripts.benchmarks.runs import RunFolder
from semsearch.encoders.models import locate
from semsearch.encoders.registry import DEFAULT_MODEL
from semsearch.evaluation import read_collection, run_experiment
from semsearch.evaluation.experiment import DEPTH, measured
from semsearch.model.options import MODES
from semsearch.readers import open_sources
from semsearch.text.cleaning import embedded_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semsearch.evaluation import JudgedQueries
    from semsearch.model.measures import Experiment
    from semsearch.service import Index

#: Name of the set of the judged collections.
JUDGED = "judged"
PAGE = Path(__file__).parents[2] / "docs" / "quality.md"
#: What is above the tables of the questions that are made from papers.
MADE = """## Questions for one paper, and subjects left out

`scripts/bench quality --papers FILE` makes these questions from papers by seeded rules (`scripts/benchmarks`,
known_items.py and left_out.py). `author-year` is `Lastname YEAR word word`, and `author-year-without` the two words
alone. `misspelling` is `rare-words` with a typing error in each rare word. `last-sentence` asks for the last sentence
of an abstract that is longer than the model reads, word for word. `title-noise` is a title as it is pasted: in
capitals, cut off, as the name of a file, hyphenated. Below "first" stands how many questions have their paper as the
first hit.
"""
#: What is above the tables; the tables follow, written by `main`.
HEAD = """# Quality of search

`scripts/bench quality` writes this page, except for the text above the tables. The measure is nDCG@10 if no other is
named.

`query` orders papers by `(cosine - mean) / (best cosine - mean) + w BM25 / best BM25`. w is 0.65 if there are many
papers. The mean is that of the cosines of all papers (`retrieval/fusion.py`). `--mode` asks for one of the two alone.
Form and weight were chosen with five collections and two models together: mean nDCG@10 of all-MiniLM-L6-v2 / gte-small
with w = 0.4, 0.5, 0.6, 0.7 and 0.8 was .665 / .680, .668 / .681, .671 / .682, .672 / .680 and .672 / .679. Without the
mean (w = 0.5) it was .673 / .651: the cosines of gte-small are between .7 and .9, so words outweigh them. Reciprocal
ranks (k = 60) gave .655 with all-MiniLM-L6-v2. z-scores of the cosines gave .673 / .681 at best. BM25 divided by the
greatest value that it can reach, instead of the greatest value that it has, gave .664. These figures, and those of the
next two paragraphs, were measured on the day of the choice (2026-11-24); the tables below are measured anew.

BM25 has the formula of SQLite's FTS5 (k1 1.2, b .75) with Porter's stemmer. Title words count double, stop words are
left out. On SciFact, Cranfield, MED, CISI and SciTLDR this gives .704 / .368 / .687 / .331 / .922; without the stemmer
.677 / .350 / .669 / .294 / .910; with the stop words .704 / .362 / .681 / .320 / .921, and three times the time.

In mode `bm25`, a word that a question repeats counts more (k3 = 8). BM25 alone, over all papers, on CISI, Cranfield,
MED, SciFact and SciTLDR: .391 / .359 / .705 / .702 / .922 with it, .335 / .357 / .711 / .704 / .922 without it
(2026-11-27). In hybrid mode it brings nothing (mean .679 with it, .681 without it, the first 350 questions of each), so
there each word counts once. Title words that count triple, or a length that counts title words double too, change the
mean by less than .003; neither was taken.

Splitting long abstracts into passages (254 tokens, every 192 tokens) was measured and left out. The mean of the
passages lost .001 to .012 on each collection. The maximum won .015 on SciFact, and won or lost .002 on the others.
Words find what is behind the model's limit.

Pseudo-relevance feedback (`retrieval/feedback.py`) was measured with all-MiniLM-L6-v2 on 2026-11-27; the tables
below are older, and without it. nDCG@10 and R@100 without / with it: SciFact .735 / .740 and .961 / .965, Cranfield
.412 / .431 and .796 / .816, MED .819 / .826 and .961 / .967, CISI .448 / .457 and .512 / .492, SciTLDR .946 / .948
and .999 / .999; mean nDCG@10 .672 / .680. On CISI fewer of the judged papers are among the first hundred.

The signal of word for word (`retrieval/signals/verbatim.py`) was measured with all-MiniLM-L6-v2 on 2026-11-27. Of 60
last sentences of abstracts that are longer than the model reads, among 3,000 arXiv papers, hybrid has 45 first without
it and 60 with it (dense 19, BM25 60). nDCG@10 without / with it: Cranfield .430 / .429, MED .826 / .826, CISI .457 /
.457.
"""


def txtai_runs(collection: JudgedQueries, model: str) -> dict[str, dict[str, list[str]]]:
    """The run of txtai's hybrid index; none where it is not installed."""
    if importlib.util.find_spec("txtai") is None:
        return {}
    embeddings: Any = importlib.import_module("txtai").Embeddings
    assert collection.corpus
    (source,) = open_sources([str(collection.corpus)])
    papers = [record for record in source.records() if isinstance(record, semsearch.Paper)]
    texts = [(p.key or p.id, embedded_text(p.title, p.abstract), None) for p in papers]
    index = embeddings(path=str(locate(model).folder), backend="numpy", hybrid=True)
    index.index(texts)
    found = index.batchsearch(list(collection.queries.values()), DEPTH)
    run = {q: [key for key, _ in hits] for q, hits in zip(collection.queries, found, strict=True)}
    return {"txtai hybrid": run}


def lines(experiment: Experiment, others: dict[str, dict[str, float]]) -> list[str]:
    """Rows of the table of one collection."""
    model = Path(experiment.model).name
    named = f"{experiment.collection} ({experiment.papers:,} papers, {experiment.queries:,} queries)"
    rows = []
    for outcome in experiment.outcomes:
        low, high = outcome.intervals["nDCG@10"]
        means = " | ".join(f"{outcome.means[m]:.4f}" for m in ("nDCG@10", "R@100", "RR@10", "AP"))
        p = "" if outcome.p_value is None else f"{outcome.p_value:.4f}"
        rows.append(f"| {named} | {model} | {outcome.mode} | {means} | {low:.3f} to {high:.3f} | {p} |")
    for name, means_of in others.items():
        means = " | ".join(f"{means_of[m]:.4f}" for m in ("nDCG@10", "R@100", "RR@10", "AP"))
        rows.append(f"| {named} | {model} | {name} | {means} | | |")
    return rows


def _index(place: Path, collection: JudgedQueries, model: str) -> Index:
    index = semsearch.open(place / f"{Path(model).name}-{collection.name}", model=model)
    index.add(str(collection.corpus))
    return index


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", help="folder of BEIR folders")
    parser.add_argument(
        "--papers", type=Path, action="append", default=[], help="file of papers to make questions from"
    )
    parser.add_argument("--only", action="append", choices=(JUDGED, *SETS), help="measure only this set")
    parser.add_argument("--runs", type=Path, help="folder to write TREC runs and judgements to")
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "semsearch-quality")
    parser.add_argument("--model", action="append")
    parser.add_argument("--without", action="append", default=[], help="collection that txtai is not asked about")
    options = parser.parse_args()
    models, sets = options.model or [DEFAULT_MODEL], options.only or (JUDGED, *SETS)
    runs = RunFolder(options.runs) if options.runs else None
    if JUDGED in sets and options.folder:
        measure_judged(options.folder, options.keep, models, without=options.without, runs=runs)
    if options.papers and set(sets) & set(SETS):
        made = made_section(options.papers, options.keep, models[0], [name for name in SETS if name in sets], runs)
        print(made)
        if not options.only:
            PAGE.write_text(with_made(PAGE.read_text("utf-8"), made), "utf-8")


def measure_judged(
    folder: Path, keep: Path, models: Sequence[str], *, without: Sequence[str], runs: RunFolder | None
) -> None:
    """Measure the judged collections; the page is written again behind each of them."""
    rows, means = [], dict[tuple[str, str], list[float]]()
    for model in models:
        for place in sorted(p for p in folder.iterdir() if (p / "corpus.jsonl").is_file()):
            collection = read_collection(place)
            experiment = run_experiment(_index(keep, collection, model), collection, MODES, model=model)
            if runs:
                name = collection.name if model == models[0] else f"{collection.name}.{Path(model).name}"
                runs.judge(name, collection.qrels)
                for outcome in experiment.outcomes:
                    runs.write(name, outcome.mode, outcome.run)
            others = {}
            beside = model == models[0] and collection.name not in without  # txtai embeds all anew, for minutes
            for name, run in (txtai_runs(collection, model) if beside else {}).items():
                values = measured(run, collection.qrels)
                others[name] = {measure: sum(v) / len(v) for measure, v in values.items()}
            rows += lines(experiment, others)
            found = {o.mode: o.means["nDCG@10"] for o in experiment.outcomes}
            found |= {name: values["nDCG@10"] for name, values in others.items()}
            for name, value in found.items():
                means.setdefault((Path(model).name, name), []).append(value)
            print("\n".join(lines(experiment, others)), flush=True)
            made = made_of(PAGE.read_text("utf-8"))
            PAGE.write_text(with_made(page(rows, means), made), "utf-8")
    print(PAGE)


def made_section(files: Sequence[Path], keep: Path, model: str, sets: Sequence[str], runs: RunFolder | None) -> str:
    """The tables of the questions that are made from papers, as Markdown."""
    tables = []
    for path in files:
        name = path.name.partition(".")[0]
        index = semsearch.open(keep / f"{Path(model).name}-{name}", model=model)
        index.add(str(path))
        tables.append(known_table(index, name, [one for one in sets if one in KNOWN], runs))
        if "exclusion" in sets:
            tables.append(exclusion_table(index, name))
    return "\n".join("\n".join(["", *table]) for table in tables) + "\n"


def made_of(text: str) -> str:
    """The part of the page below `MADE`; empty if there is none."""
    return text.partition(MADE)[2]


def with_made(text: str, made: str) -> str:
    """The page with another part below `MADE`."""
    return text.partition(MADE)[0].rstrip("\n") + "\n\n" + MADE + made if made else text


def page(rows: list[str], means: dict[tuple[str, str], list[float]]) -> str:
    """The page as far as it has been measured."""
    versions = ", ".join(f"{n} {version(n)}" for n in ("torch", "sentence-transformers", "faiss-cpu", "ir-measures"))
    told = f"\n{platform.machine()}, Python {platform.python_version()}, {versions}.\n"
    told += "Intervals: 95 %, bootstrap over queries. p: paired randomisation test of the difference from hybrid.\n"
    table = ["", "| collection | model | mode | nDCG@10 | R@100 | RR@10 | AP | nDCG@10, 95 % | p |"]
    table += ["| --- | --- | --- | --- | --- | --- | --- | --- | --- |", *rows, ""]
    table += ["| model | mode | collections | mean nDCG@10 |", "| --- | --- | --- | --- |"]
    table += [f"| {model} | {name} | {len(v)} | {sum(v) / len(v):.4f} |" for (model, name), v in means.items()]
    return HEAD + told + "\n".join(table) + "\n"


if __name__ == "__main__":
    main()
