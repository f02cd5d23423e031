"""Test collections: a BEIR folder, or a file of queries and a file of judgements.

Sources: github.com/beir-cellar/beir for the formats of BEIR, trec.nist.gov for the qrels of TREC.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from semsearch.model.errors import JudgementError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class JudgedQueries:
    """Queries, and which documents people judged relevant for them."""

    name: str
    """Name of the BEIR folder, or of the file of judgements without its suffix."""
    corpus: Path | None
    """File of the documents; ``None`` if they are in an index already."""
    queries: dict[str, str]
    """Text by query id, for the queries that have a relevant document."""
    qrels: dict[str, dict[str, int]]
    """Grade by query id and doc_id; 0 means that the document was judged not relevant."""
    unasked: tuple[str, ...] = ()
    """Ids of judged queries that have no text; they are left out."""


def read_collection(folder: Path) -> JudgedQueries:
    """Read the collection in a BEIR folder: ``corpus.jsonl``, ``queries.jsonl`` and one file of judgements.

    The file of judgements is ``qrels/test.tsv``; otherwise the first ``*.tsv`` in ``qrels/``; otherwise the first
    ``qrels*.tsv`` in the folder itself.

    Args:
        folder: The folder.

    Returns:
        Queries and judgements.

    Raises:
        JudgementError: A file is missing, or a line has another form.
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
    """Read queries and judgements for documents that are in an index already.

    Args:
        queries: File of queries; see `read_queries`.
        qrels: File of judgements; see `read_qrels`.

    Returns:
        Queries and judgements, without a corpus.

    Raises:
        JudgementError: A file cannot be read, a line has another form, or no query has a text and a relevant document.
    """
    return _collection(qrels.stem, None, read_queries(queries), read_qrels(qrels))


def _collection(
    name: str, corpus: Path | None, queries: dict[str, str], qrels: dict[str, dict[str, int]]
) -> JudgedQueries:
    relevant = {query: judged for query, judged in qrels.items() if any(grade > 0 for grade in judged.values())}
    unasked = tuple(query for query in relevant if query not in queries)
    with_text = {query: judged for query, judged in relevant.items() if query in queries}
    if not with_text:
        raise JudgementError(name, "no query has both a text and a relevant document")
    return JudgedQueries(name, corpus, {query: queries[query] for query in with_text}, with_text, unasked)


def read_queries(path: Path) -> dict[str, str]:
    """Read a file of queries.

    Args:
        path: The file: JSON Lines with ``_id`` and ``text``, or lines of ``id TAB text``.

    Returns:
        Text by query id.

    Raises:
        JudgementError: The file cannot be read, or a line has another form.
    """
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
    """Read a file of judgements.

    Args:
        path: The file: three columns after a line of headings, as BEIR writes them, or four columns
            (``query 0 document grade``), as TREC writes them.

    Returns:
        Grade by query id and doc_id.

    Raises:
        JudgementError: The file cannot be read, or a line has another form.
    """
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
