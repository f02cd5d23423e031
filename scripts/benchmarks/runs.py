"""TREC runs and judgements in a folder: ``COLLECTION.MODE.run`` beside ``COLLECTION.qrels``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semsearch.writers.measures import write_run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


class RunFolder:
    """A folder of runs. Lines are ``query Q0 document rank score tag`` and ``query 0 document grade``.

    Args:
        path: The folder; it is made.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)

    def judge(self, collection: str, qrels: Mapping[str, Mapping[str, int]]) -> None:
        """Write the judgements of a collection.

        Args:
            collection: Name of the collection.
            qrels: Grade by query id and doc_id.
        """
        with (self.path / f"{collection}.qrels").open("w", encoding="utf-8") as out:
            for query, grades in qrels.items():
                out.writelines(f"{query} 0 {_word(doc)} {grade}\n" for doc, grade in grades.items())

    def write(self, collection: str, mode: str, run: Mapping[str, Sequence[str]]) -> None:
        """Write the run of one mode.

        Args:
            collection: Name of the collection.
            mode: Mode of search; also the tag of the run.
            run: For each query the doc_ids of its hits, best first.
        """
        with (self.path / f"{collection}.{mode}.run").open("w", encoding="utf-8") as out:
            write_run({query: [_word(doc) for doc in docs] for query, docs in run.items()}, mode, out)

    def runs(self) -> list[tuple[str, str]]:
        """Collection and mode of each run in the folder, sorted."""
        names = sorted(path.name.removesuffix(".run") for path in self.path.glob("*.run"))
        return [(name.rpartition(".")[0], name.rpartition(".")[2]) for name in names]

    def read(self, collection: str, mode: str) -> dict[str, list[str]]:
        """The run of one mode: for each query its doc_ids by rank.

        Raises:
            ValueError: A line has not six columns, or its rank is not a number.
        """
        path = self.path / f"{collection}.{mode}.run"
        found: dict[str, list[tuple[int, str]]] = {}
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            columns = line.split()
            if len(columns) != 6 or not columns[3].isdigit():
                raise ValueError(f"{path}, line {number} is not 'query Q0 document rank score tag'")
            found.setdefault(columns[0], []).append((int(columns[3]), columns[2]))
        return {query: [doc for _, doc in sorted(docs)] for query, docs in found.items()}


def _word(doc: str) -> str:
    """A doc_id without spaces, which would be columns."""
    return "_".join(doc.split())
