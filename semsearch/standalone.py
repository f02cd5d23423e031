"""The part of the Python API that needs no index: duplicates among files, ledgers, judgements, known models.

`semsearch.service` hands these on, so that a face calls one module.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from semsearch import arguments, encoders
from semsearch.index import ownership
from semsearch.model.errors import ArgumentError, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from os import PathLike

    from semsearch.duplicates import Findings, Ledger
    from semsearch.encoders.models import ListedModel
    from semsearch.evaluation import JudgedQueries
    from semsearch.model.paper import Paper
    from semsearch.model.protocols import Encoder

    PathName = str | PathLike[str]


def find_duplicates(
    files: PathName | Iterable[PathName],
    *,
    against: PathName | Paper | Iterable[PathName | Paper] = (),
    threshold: float = 0.9,
    keep: str = "",
    meaning: bool | str | Encoder = False,
    ledger: Ledger | None = None,
    on_step: Callable[[int, int], None] | None = None,
) -> Findings:
    """What the papers of files are to each other, without an index: the same publication, versions, notices, parts.

    Args:
        files: Files and folders, or one; ``-`` is standard input.
        against: What is known already: papers, files, folders, folders of indexes, or one of these. What is found tells
            what is new besides.
        threshold: Cosine in [-1, 1] from which papers that are nothing else are similar; counts with ``meaning``.
        keep: What a keeper should have, best first, by commas (`semsearch.duplicates.merging.RULES`; '' for its
            default).
        meaning: Whether to embed the papers and compare their meaning as well: ``True`` for the default model, the
            name or folder of a model, or an `Encoder`.
        ledger: Of decisions, which come before all rules (`ledger`).
        on_step: Told (done, total) as the comparison goes on.

    Returns:
        Groups, links and counts; ``reading`` tells which files could not be read.

    Raises:
        ArgumentError: An argument of the wrong type.
        SourceError: A file that is not there, or of no known format.
        QueryError: A rule to keep that there is none of; the threshold is out of range, or so low that millions of
            pairs reach it.
        ModelUnavailable: No weights for ``meaning``.
    """
    names, known = arguments.names(files, "files"), arguments.known(against, "against")
    how = arguments.comparison(threshold, keep, ledger, on_step)
    encoder = None if meaning is False else _encoder(meaning)
    from semsearch.workflows.duplicates_of_files import duplicates_of_files

    return duplicates_of_files(names, known, encoder=encoder, **how)


def _encoder(meaning: str | bool | Encoder) -> Encoder:
    if isinstance(meaning, bool):
        return encoders.load()
    if isinstance(meaning, str):
        return encoders.load(meaning)
    wanted = "True, False, a model's name or an Encoder"
    found: Encoder = arguments.able(meaning, "meaning", ("encode_documents",), wanted)
    return found


def ledger(path: PathName) -> Ledger:
    """Decisions about pairs of papers in a file, for papers of files; `Index.ledger` is that of an index.

    Args:
        path: Made by the first decision.

    Raises:
        ArgumentError: No path.
        SourceError: The file lies in an index and is not its ledger, or holds a line that is no decision.
    """
    from semsearch.duplicates import FILE, Ledger

    place = Path(arguments.name(path, "the ledger"))
    if place.name != FILE and (folder := ownership.index_around(place)):
        raise SourceError(str(place), f"lies in an index ({folder}), which it would damage; give another place")
    return Ledger(place)


def models() -> list[ListedModel]:
    """Every model that is known by name, smaller ones first, with its prompts, its published figures and its place.

    Any other sentence-transformer works too. No model is loaded.
    """
    from semsearch.encoders.models import listed

    return listed()


def judgements(
    folder: PathName | None = None, *, queries: PathName | None = None, qrels: PathName | None = None
) -> JudgedQueries:
    """Questions and what people judged relevant for them, for `Index.evaluate`.

    Args:
        folder: A BEIR folder: documents, queries and judgements.
        queries: Or a file of queries, JSON Lines or lines of ``id TAB text``; the documents are in an index already.
        qrels: And a file of judgements, as TREC or BEIR write them.

    Raises:
        ArgumentError: Neither a folder nor both files, or an argument of the wrong type.
        JudgementError: Something is missing, or a line is of another form.
    """
    from semsearch.evaluation import judged_queries, read_collection

    if folder is not None and queries is None and qrels is None:
        return read_collection(Path(arguments.name(folder, "folder")))
    if folder is not None or queries is None or qrels is None:
        raise ArgumentError("judgements are in a BEIR folder, or in two files; give folder alone, or queries and qrels")
    return judged_queries(Path(arguments.name(queries, "queries")), Path(arguments.name(qrels, "qrels")))


def is_index(path: PathName) -> bool:
    """Whether there is an index in a folder; it is not opened.

    Args:
        path: The folder; need not be there.

    Raises:
        ArgumentError: No path.
    """
    return ownership.is_index(Path(arguments.name(path, "the index")))


def index_around(path: PathName) -> Path | None:
    """The folder of the index that a file lies in, which a face must not write to; ``None`` where there is none.

    Args:
        path: Of the file; need not be there.

    Raises:
        ArgumentError: No path.
    """
    return ownership.index_around(Path(arguments.name(path, "the file")))
