"""Known-item search and exclusion on one collection: asks the made questions, and writes tables and TREC runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from scripts.benchmarks import known_items, left_out
from semsearch.model.options import MODES
from semsearch.text.cleaning import embedded_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scripts.benchmarks.runs import RunFolder
    from semsearch.model.paper import Paper
    from semsearch.model.results import Hits
    from semsearch.service import Index

#: Hits of each question.
DEPTH = 100
_FIRST_HITS = 10
#: Topics of exclusion.
_TOPICS = 5


class KnownItems(NamedTuple):
    """A set of questions, each for one known paper."""

    most: int
    """Questions, at most."""
    make: Callable[[Sequence[Paper], int], list[known_items.Asked]]
    """Makes them."""
    long: bool = False
    """Whether only papers are asked for that are longer than the model reads."""


#: The sets by name, in the order of the table.
KNOWN = {
    "author-year": KnownItems(80, known_items.by_author_and_year),
    "author-year-without": KnownItems(80, known_items.by_two_words),
    "rare-words": KnownItems(100, known_items.rare_words),
    "misspelling": KnownItems(100, known_items.misspelt),
    "last-sentence": KnownItems(60, known_items.last_sentences, long=True),
    "title-noise": KnownItems(100, known_items.noisy_titles),
}
#: Every set.
SETS = (*KNOWN, "exclusion")
_HEAD = (
    "| collection | questions | mode | asked | first | in the first ten | in the first hundred | told no match |",
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
)


def known_table(index: Index, name: str, sets: Sequence[str], runs: RunFolder | None = None) -> list[str]:
    """Ask the sets of known-item questions in each mode.

    Args:
        index: The index of the collection.
        name: Name of the collection.
        sets: Some of `KNOWN`.
        runs: Where the runs are written to.

    Returns:
        Lines of a Markdown table.
    """
    papers = list(index)
    rows = list(_HEAD)
    for kind in sets:
        chosen = KNOWN[kind]
        asked = chosen.make(_longer_than_read(index, papers) if chosen.long else papers, chosen.most)
        if runs:
            qrels = {_query_id(number): {one.paper.id: 1} for number, one in enumerate(asked, 1)}
            runs.judge(f"{name}.{kind}", qrels)
        for mode in MODES if asked else ():
            answers = index.search([one.question for one in asked], DEPTH, mode=mode)
            if runs:
                run = {_query_id(number): _ids(hits) for number, hits in enumerate(answers, 1)}
                runs.write(f"{name}.{kind}", mode, run)
            rows.append(_row(f"| {name} ({len(papers):,} papers) | {kind} | {mode}", asked, answers))
            print(rows[-1], flush=True)
    return rows


def exclusion_table(index: Index, name: str) -> list[str]:
    """Ask for five topics without a subject each; lines of a Markdown table.

    Args:
        index: The index of the collection.
        name: Name of the collection.
    """
    chosen = left_out.topics(list(index), _TOPICS)
    rows = [
        "| collection | form | hits | with the word that is left out | near to it |",
        "| --- | --- | --- | --- | --- |",
    ]
    rows += [f"| {name} | `{b.form}` | {b.hits} | {b.with_word} | {b.near} |" for b in left_out.brought(index, chosen)]
    told = ", ".join(f"{one.topic} without {one.subject}" for one in chosen)
    return [*rows, "", f"Topics of {name}: {told}."]


def _row(head: str, asked: Sequence[known_items.Asked], answers: Sequence[Hits]) -> str:
    ranks = [
        next((hit.rank for hit in hits if one.paper.id in (hit.paper.id, *hit.also)), DEPTH + 1)
        for one, hits in zip(asked, answers, strict=True)
    ]
    within = " | ".join(str(sum(rank <= depth for rank in ranks)) for depth in (1, _FIRST_HITS, DEPTH))
    return f"{head} | {len(asked)} | {within} | {sum(not hits.match for hits in answers)} |"


def _longer_than_read(index: Index, papers: Sequence[Paper]) -> list[Paper]:
    longer = index.truncated([embedded_text(paper.title, paper.abstract) for paper in papers])
    return [paper for paper, cut in zip(papers, longer, strict=True) if cut]


def _ids(hits: Hits) -> list[str]:
    """The ids of the hits in order; those of further records of a work behind its own."""
    return list(dict.fromkeys(id_ for hit in hits for id_ in (hit.paper.id, *hit.also)))


def _query_id(number: int) -> str:
    return f"q{number:03}"
