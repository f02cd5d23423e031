"""The part of the Python API that needs no index: duplicates in files, ledgers, judgements, known models.

`semsearch.service` exports all of this too, so that a face calls only one module.
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
    """Find what the papers of files are to each other, without an index.

    They can be the same publication, versions, notices, parts or reprints of one, or similar.

    Args:
        files: Files and folders, or one of these; ``-`` is standard input.
        against: Papers, files, folders and indexes that are known already, or one of these. The findings tell which
            papers are new.
        threshold: Least cosine, in [-1, 1], of two papers of kind ``similar``; used only with ``meaning``.
        keep: Rules that choose the keeper of a group, with commas between them, the most important one first
            (`semsearch.identity.merging.RULES`). Empty for the default rules.
        meaning: Whether to embed the papers and compare their meaning as well: ``True`` for the default model, the
            name or folder of a model, or an `Encoder`.
        ledger: Decisions of people, which come before all rules (see the function `ledger`).
        on_step: Called with (steps done, all steps) during the comparison.

    Returns:
        Groups, links and counts; ``reading`` tells which files could not be read.

    Raises:
        ArgumentError: An argument has the wrong type.
        SourceError: A file does not exist or cannot be read, or its format is not known.
        QueryError: There is no such rule in ``keep``; or the threshold is out of range, or so low that millions of
            pairs reach it.
        ModelUnavailable: The weights of the model for ``meaning`` are not there.
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
        return encoders.load(arguments.name(meaning, "meaning"))
    wanted = "True, False, a model's name or an Encoder"
    found: Encoder = arguments.able(meaning, "meaning", ("encode_documents",), wanted)
    return found


def ledger(path: PathName) -> Ledger:
    """Open the ledger of decisions about papers of files. For those about papers of an index see `Index.ledger`.

    Args:
        path: File of the decisions; the first decision makes it.

    Raises:
        ArgumentError: The argument is not a path.
        SourceError: The file is in the folder of an index and is not its ledger, or a line of it is not a decision.
    """
    from semsearch.duplicates import FILE, Ledger

    file = Path(arguments.name(path, "the ledger"))
    if file.name != FILE and (folder := ownership.index_around(file)):
        raise SourceError(str(file), f"lies in an index ({folder}), which it would damage; give another place")
    return Ledger(file)


def models() -> list[ListedModel]:
    """The models that are known by name, smaller ones first: prompts, published measures, and where the weights are.

    Any other sentence-transformer works too. No model is loaded.
    """
    from semsearch.encoders.models import listed

    return listed()


def judgements(
    folder: PathName | None = None, *, queries: PathName | None = None, qrels: PathName | None = None
) -> JudgedQueries:
    """Read queries, and what people judged relevant for them, for `Index.evaluate`.

    Give either a folder, or two files if the documents are in an index already.

    Args:
        folder: A BEIR folder: documents, queries and judgements.
        queries: File of queries: JSON Lines, or lines of ``id TAB text``.
        qrels: File of judgements, in the format of TREC or BEIR.

    Returns:
        Queries and judgements.

    Raises:
        ArgumentError: There is neither a folder nor both files, or an argument has the wrong type.
        JudgementError: A file is missing, or a line has another form.
    """
    from semsearch.evaluation import judged_queries, read_collection

    if folder is not None and queries is None and qrels is None:
        return read_collection(Path(arguments.name(folder, "folder")))
    if folder is not None or queries is None or qrels is None:
        raise ArgumentError("judgements are in a BEIR folder or in two files; give only folder, or queries and qrels")
    return judged_queries(Path(arguments.name(queries, "queries")), Path(arguments.name(qrels, "qrels")))


def is_index(path: PathName) -> bool:
    """Whether a folder is an index. The index is not opened.

    Args:
        path: The folder; it need not exist.

    Raises:
        ArgumentError: The argument is not a path.
    """
    return ownership.is_index(Path(arguments.name(path, "the index")))


def index_around(path: PathName) -> Path | None:
    """Find the index in whose folder a file is. A face must not write there.

    Args:
        path: The file; it need not exist.

    Returns:
        The folder of the index; ``None`` if the file is not in one.

    Raises:
        ArgumentError: The argument is not a path.
    """
    return ownership.index_around(Path(arguments.name(path, "the file")))
