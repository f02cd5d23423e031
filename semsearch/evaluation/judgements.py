"""Test collections: a BEIR folder, or queries and TREC qrels. Sources: github.com/beir-cellar/beir; trec.nist.gov."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from semsearch.model.errors import JudgementError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class JudgedQueries:
    """What is asked, and what was judged."""

    name: str
    """Of the folder or the file of judgements."""
    corpus: Path | None
    """File of the documents; ``None`` where an index holds them."""
    queries: dict[str, str]
    """Text by query id, of the queries that have a judgement."""
    qrels: dict[str, dict[str, int]]
    """Relevance by query id and document id; 0 for judged as not relevant."""
    unasked: tuple[str, ...] = ()
    """Ids of judged queries that have no text; they are left out."""


def read_collection(folder: Path) -> JudgedQueries:
    """The collection in a BEIR folder: ``corpus.jsonl``, ``queries.jsonl``, and the first of the files of judgements.

    These are ``qrels/test.tsv``, then any other in ``qrels/``, then any ``qrels*.tsv`` beside.

    Raises:
        JudgementError: Something is missing, or a line is of another form.
    """
    corpus, queries = folder / "corpus.jsonl", folder / "queries.jsonl"
    judged = [folder / "qrels" / "test.tsv", *sorted(folder.glob("qrels/*.tsv")), *sorted(folder.glob("qrels*.tsv"))]
    found = next((path for path in judged if path.is_file()), None)
    for path in (corpus, queries):
        if not path.is_file():
            raise JudgementError(str(path), "no such file; a BEIR folder holds corpus.jsonl, queries.jsonl and qrels")
    if found is None:
        raise JudgementError(str(folder), "holds no judgements (qrels/test.tsv, qrels*.tsv)")
    return _collection(folder.name, corpus, read_queries(queries), read_qrels(found))


def judged_queries(queries: Path, qrels: Path) -> JudgedQueries:
    """Queries and judgements over an index that is there.

    Raises:
        JudgementError: Something is missing, or a line is of another form.
    """
    return _collection(qrels.stem, None, read_queries(queries), read_qrels(qrels))


def _collection(
    name: str, corpus: Path | None, queries: dict[str, str], qrels: dict[str, dict[str, int]]
) -> JudgedQueries:
    relevant = {query: judged for query, judged in qrels.items() if any(grade > 0 for grade in judged.values())}
    unasked = tuple(query for query in relevant if query not in queries)
    asked = {query: judged for query, judged in relevant.items() if query in queries}
    if not asked:
        raise JudgementError(name, "no query that has a text has a relevant document")
    return JudgedQueries(name, corpus, {query: queries[query] for query in asked}, asked, unasked)


def read_queries(path: Path) -> dict[str, str]:
    """Text by id: JSON Lines with ``_id`` and ``text``, or lines of ``id TAB text``."""
    queries = {}
    for number, line in _lines(path):
        try:
            if line.startswith("{"):
                shape = json.loads(line)
                queries[str(shape["_id"])] = str(shape["text"])
            else:
                query, _, text = line.partition("\t")
                if not text:
                    raise ValueError("no tab")
                queries[query] = text
        except (ValueError, KeyError, TypeError) as error:
            reason = f"line {number} is neither JSON with _id and text nor 'id TAB text'"
            raise JudgementError(str(path), reason) from error
    return queries


def read_qrels(path: Path) -> dict[str, dict[str, int]]:
    """Judgements: BEIR's three columns behind a heading, or TREC's four (``query 0 document grade``)."""
    qrels: dict[str, dict[str, int]] = {}
    for number, line in _lines(path):
        columns = line.split("\t") if "\t" in line else line.split()
        if number == 1 and columns[0] in ("query-id", "query_id", "qid"):
            continue
        try:
            query, document, grade = columns if len(columns) == 3 else (columns[0], columns[2], columns[3])
            qrels.setdefault(query, {})[document] = int(float(grade))
        except (ValueError, IndexError) as error:
            reason = f"line {number} is neither 'query document grade' nor 'query 0 document grade'"
            raise JudgementError(str(path), reason) from error
    return qrels


def _lines(path: Path) -> list[tuple[int, str]]:
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise JudgementError(str(path), f"cannot be read: {error}") from error
    return [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
