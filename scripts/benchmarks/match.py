"""How often a question is told that nothing here matches: of its field, of others, nonsense, a few words of titles.

scripts/bench match FOLDER --keep DIR [--alike A=B]: the indexes are those that `scripts/bench quality` keeps. Questions
of every other collection are of another field, but for the pairs that are alike.
"""

from __future__ import annotations

import argparse
import random
import re
import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np

import semsearch
from semsearch.evaluation import read_collection
from semsearch.search import lexical
from semsearch.search.bm25 import Words
from semsearch.search.match import held_weight
from semsearch.vectors.calibration import NEAR_ENOUGH, WITH_WORDS, WORD_SHARE

PAGE = Path(__file__).parents[2] / "docs" / "matching.md"
HEAD = """# When nothing here matches

Written by `scripts/bench match` and not by hand, but for this text. The rule and its marks are in
`vectors/calibration.py`; they were chosen on the questions of these collections. The nonsense here is made of other
words than that which an index is measured with. `other fields`: questions of the other collections, but for those that
are alike. With gte-small, whose cosines begin at .75 where those of all-MiniLM-L6-v2 begin at 0, the same rule refused
0.3 % of own questions, 95.4 % of those of other fields and 100 % of nonsense (2026-11).
"""
_SAMPLE = 200
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
        with index._store.snapshot() as state:
            marks = state.calibration
            assert marks
            print(f"{collection.name}: nonsense {marks.noise:.3f}, neighbours {marks.typical:.3f}", flush=True)
            for name, questions in sets.items():
                chosen = chance.sample(questions, min(_SAMPLE, len(questions)))
                for question, hits in zip(chosen, index.search(chosen, 1, mode="dense"), strict=True):
                    share = held_weight(Words(state, lexical.words(question)))
                    value = marks.nearness(hits[0].score) + WORD_SHARE * share
                    asked[name].append((hits.match, value, collection.name))
    text = HEAD + f"\nModel {options.model}. Collections: {', '.join(c.name for c in collections)}.\n\n"
    text += "\n".join([*_answered(asked, [c.name for c in collections]), "", *_roc(asked)]) + "\n"
    PAGE.write_text(text, "utf-8")
    print(text)


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
        f"Nearness and half of the words' share: a match from {WITH_WORDS} on; without words from {NEAR_ENOUGH}.",
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
    words = [w for w in re.findall(r"[^\W\d_]{4,}", title) if w.lower() not in lexical.STOPWORDS] or ["matter"]
    start = chance.randrange(max(1, len(words) - count + 1))
    return " ".join(words[start : start + count])


if __name__ == "__main__":
    main()
