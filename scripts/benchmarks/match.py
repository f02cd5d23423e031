"""How often a question is told that nothing here matches: of its field, of others, nonsense, a few words of titles.

scripts/bench match FOLDER --keep DIR [--alike A=B] [--papers FILE]: the indexes are those that `scripts/bench quality`
keeps. Questions of every other collection are of another field, but for the pairs that are alike. FILE holds papers
with authors and years. It is indexed into DIR, and asked for look-ups of its papers and for what only looks like one.
"""

from __future__ import annotations

import argparse
import random
import re
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import semsearch
from scripts.benchmarks.lookups import FORMS, lookups
from semsearch.evaluation import read_collection
from semsearch.lexical import analyzer
from semsearch.retrieval.no_answer import NEAR_ENOUGH, WITH_WORDS, WORD_SHARE, TermWeights, held_weight
from semsearch.retrieval.signals import Bm25

if TYPE_CHECKING:
    from semsearch.evaluation import JudgedQueries

PAGE = Path(__file__).parents[2] / "docs" / "matching.md"
HEAD = """# When nothing here matches

`scripts/bench match` writes this page, except for the text above the first table. The rule is in
`retrieval/no_answer.py`, and the thresholds of a collection are measured by `dense/calibration.py`. The rule was chosen
with the questions of these collections. The nonsense here has other words than the nonsense that an index is measured
with. `other fields` are questions of the other collections, except those with a similar subject. With gte-small, whose
cosines begin at .75 where those of all-MiniLM-L6-v2 begin at 0, the same rule refused 0.3 % of own questions, 95.4 % of
those of other fields and 100 % of nonsense (2026-11).

A question also matches if one of the first ten hits has an author, the venue or the year of the question, and at least
80 % of the weight of its words. These words may be in the title, the abstract, the authors, the venue, the keywords or
the year. Beside a name, any year counts that papers of the collection have (`retrieval/mentions.py`). The collections
of the first table have no authors; the collection of the look-ups below has them.
"""
_SAMPLE = 200
_LOOKUPS = 72
#: Of no science, and not those that an index is measured with.
_WORDS = """
abbey anchor apricot attic bamboo banjo barrel basket beetroot bellows bobbin brooch bugle butler cabbage candle canoe
caravan cardigan carousel castanet cello cherub chestnut clarinet cloak clover compass cradle crayon cricket crumb
daffodil dagger dungeon easel eclair ferret fiddle fig flannel fountain galleon garland gazebo gherkin ginger goblet
gooseberry grotto harp heather hedgehog herring igloo inkwell jester jigsaw juggler kilt kiosk lagoon lark leek lute
magpie mango mantle meadow melon minstrel moat monocle muffin nettle nougat oboe orchid otter paddle parasol parrot
pebble pillar plum poncho porridge puppet quill quilt raft ribbon saffron sandwich satchel scarf scone shawl sleigh
sombrero sponge spoon squirrel sundial swan tambourine tapestry thistle toffee trolley truffle tulip turban ukulele
unicorn valise vest violet waffle wardrobe wheelbarrow wig willow yacht zither
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "semsearch-quality")
    parser.add_argument("--alike", action="append", default=["scifact=med", "cisi=scitldr_dev"])
    parser.add_argument("--model", default="all-MiniLM-L6-v2")
    parser.add_argument("--papers", type=Path)
    options = parser.parse_args()
    alike = {frozenset(pair.split("=")) for pair in options.alike}
    chance = random.Random(0)
    collections = [read_collection(p) for p in sorted(options.folder.iterdir()) if (p / "corpus.jsonl").is_file()]
    nonsense = [" ".join(chance.sample(_WORDS.split(), chance.randint(4, 8))) for _ in range(_SAMPLE)]
    asked: Asked = defaultdict(list)
    for collection in collections:
        index = semsearch.open(options.keep / f"{Path(options.model).name}-{collection.name}", model=options.model)
        titles = [p.title or p.abstract for p in index]
        sets = {"own questions": list(collection.queries.values()), "nonsense": nonsense}
        sets["other fields"] = [
            question
            for other in collections
            if other is not collection and frozenset((other.name, collection.name)) not in alike
            for question in chance.sample(list(other.queries.values()), min(_SAMPLE, len(other.queries)))
        ]
        for count in (1, 2, 3):
            sets[f"{count} words of a title"] = [_part(chance.choice(titles), count, chance) for _ in range(_SAMPLE)]
        with index._directory.reader() as state:
            measured = state.thresholds
            assert measured
            print(f"{collection.name}: nonsense {measured.noise:.3f}, neighbours {measured.typical:.3f}", flush=True)
            for name, questions in sets.items():
                chosen = chance.sample(questions, min(_SAMPLE, len(questions)))
                for question, hits in zip(chosen, index.search(chosen, 1, mode="dense"), strict=True):
                    terms = analyzer.terms(question)
                    share = held_weight(Bm25(state.lexical, terms), TermWeights(state, terms))
                    value = measured.normalised(hits[0].score) + WORD_SHARE * share
                    asked[name].append((hits.match, value, collection.name))
    text = HEAD + f"\nModel {options.model}. Collections: {', '.join(c.name for c in collections)}.\n\n"
    text += "\n".join([*_answered(asked, [c.name for c in collections]), "", *_roc(asked)]) + "\n"
    if options.papers:
        name = options.papers.name.partition(".")[0]
        index = semsearch.open(options.keep / f"{Path(options.model).name}-{name}", model=options.model)
        index.add(str(options.papers))
        others = [c for c in collections if frozenset((c.name, name)) not in alike]
        text += "\n".join(["", *_looked_up(index, name), "", *_not_looked_up(index, others, nonsense, chance)]) + "\n"
    PAGE.write_text(text, "utf-8")
    print(text)


def _looked_up(index: semsearch.Index, name: str) -> list[str]:
    """How many look-ups of each form find their paper, and how many of these are told that nothing matches."""
    papers = list(index)
    rows = [
        "## Look-ups of a paper",
        "",
        f"{_LOOKUPS} of each form, of random papers of {name} ({len(papers):,} papers).",
    ]
    rows += ["", "| look-up | paper in the first ten | of these told that nothing matches |", "| --- | --- | --- |"]
    for form in FORMS:
        asked = lookups(papers, form, _LOOKUPS)
        answers = index.search([text for _, text in asked], 10)
        found = [
            hits.match
            for (paper, _), hits in zip(asked, answers, strict=True)
            if any(paper.id in (hit.paper.id, *hit.also) for hit in hits)
        ]
        rows.append(f"| `{form}` | {len(found)} | {found.count(False)} |")
        print(rows[-1], flush=True)
    return rows


def _not_looked_up(
    index: semsearch.Index, others: list[JudgedQueries], nonsense: list[str], chance: random.Random
) -> list[str]:
    """How much of what names no paper there is told that nothing matches."""
    papers = list(index)
    names = [author.split()[-1] for paper in papers for author in paper.authors]
    years = [paper.year for paper in papers if paper.year]
    sets = {
        f"questions of {c.name}": chance.sample(list(c.queries.values()), min(_SAMPLE, len(c.queries))) for c in others
    }
    sets["nonsense"] = nonsense
    words = _WORDS.split()
    few = [" ".join(chance.sample(words, 2)) for _ in range(_SAMPLE)]
    sets["a family name of an author, a year, two words of nonsense"] = [
        f"{chance.choice(names)} {chance.choice(years)} {two}" for two in few
    ]
    sets["three words of nonsense and a year"] = [f"{two} {chance.choice(words)} {chance.choice(years)}" for two in few]
    rows = ["| no look-up | asked | told that nothing matches |", "| --- | --- | --- |"]
    for kind, questions in sets.items():
        refused = [not hits.match for hits in index.search(questions, 10)]
        rows.append(f"| {kind} | {len(refused)} | {np.mean(refused):.1%} |")
        print(rows[-1], flush=True)
    return rows


Asked = dict[str, list[tuple[bool, float, str]]]


def _answered(asked: Asked, names: list[str]) -> list[str]:
    rows = ["| questions | asked | told that nothing matches | by collection |", "| --- | --- | --- | --- |"]
    for kind, answers in asked.items():
        by = {name: [not match for match, _, where in answers if where == name] for name in names}
        told = ", ".join(f"{name} {np.mean(refused):.1%}" for name, refused in by.items())
        refused = float(np.mean([not match for match, _, _ in answers]))
        rows.append(f"| {kind} | {len(answers):,} | {refused:.1%} | {told} |")
    return rows


def _roc(asked: Asked) -> list[str]:
    rows = [
        f"Normalised score plus half of the share of the words: a match from {WITH_WORDS} on; without words from "
        f"{NEAR_ENOUGH}.",
        "",
    ]
    rows += ["| own questions refused | at | other fields refused | nonsense refused |", "| --- | --- | --- | --- |"]
    values = {kind: np.array([value for _, value, _ in answers]) for kind, answers in asked.items()}
    for share in (0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1):
        mark = float(np.quantile(values["own questions"], share))
        others = " | ".join(f"{np.mean(values[kind] < mark):.1%}" for kind in ("other fields", "nonsense"))
        rows.append(f"| {share:.1%} | {mark:.3f} | {others} |")
    return rows


def _part(title: str, count: int, chance: random.Random) -> str:
    words = [w for w in re.findall(r"[^\W\d_]{4,}", title) if w.lower() not in analyzer.STOPWORDS] or ["matter"]
    start = chance.randrange(max(1, len(words) - count + 1))
    return " ".join(words[start : start + count])


if __name__ == "__main__":
    main()
