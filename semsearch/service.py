"""The Python API: an index directory with its encoder, and everything that can be done with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import partial
from os import PathLike
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, Unpack, overload

from semsearch import arguments, encoders
from semsearch.index import IndexDirectory
from semsearch.model.errors import StoreError
from semsearch.model.forking import ForkSafeLock
from semsearch.model.options import MODES
from semsearch.model.paper import Paper, Rejected, Remark, Source
from semsearch.model.policy import Policy
from semsearch.model.protocols import Encoder, Progress, Reranker, silent
from semsearch.model.results import GROUP_KINDS
from semsearch.standalone import find_duplicates, index_around, is_index, judgements, ledger, models
from semsearch.workflows.computing import computes
from semsearch.workflows.own_signals import own_signals

if TYPE_CHECKING:
    from semsearch.duplicates import Findings, Ledger
    from semsearch.evaluation import JudgedQueries
    from semsearch.index.directory import Status
    from semsearch.model.measures import Experiment
    from semsearch.model.options import RelatedKeywords, SearchKeywords, SearchOptions
    from semsearch.model.results import DuplicateGroup, Hits
    from semsearch.retrieval import Searcher, SignalSpec
    from semsearch.standalone import PathName
    from semsearch.workflows.indexing import IndexReport

__all__ = ["Index", "find_duplicates", "index_around", "is_index", "judgements", "ledger", "models"]

_Several = list[str] | tuple[str, ...]
#: What `Index.add` takes. ``Any`` stands for tables: objects that have ``__arrow_c_stream__``.
Readable = str | Path | Paper | Mapping[str, Any] | Iterable["Paper | Mapping[str, Any]"] | Any


class Index:
    """A semantic index of papers in a directory.

    Every call sees the newest commit, also one by another process. Any number of threads may share one index, also
    while one of them writes. A second writer gets `IndexBusy`.

    Args:
        path: Directory of the index; the first `add` makes it.
        model: Name or folder of a sentence-transformer (default: that of the index, or all-MiniLM-L6-v2).
        encoder: An encoder of your own, instead of ``model``.
        device: Device of torch: ``cpu``, ``cuda`` or ``mps`` (default: the best one).
        reranker: Name or folder of a cross-encoder (default: ms-marco-MiniLM-L6-v2), or a `Reranker` of your own.
        signals: Ranking signals of your own, beside cosine and BM25 (`semsearch.retrieval.SignalSpec`).
        policy: Sizes that change how fast an answer is found, but not the answer.
    """

    def __init__(
        self,
        path: str | Path = "index",
        *,
        model: str | None = None,
        encoder: Encoder | None = None,
        device: str | None = None,
        reranker: str | Reranker | None = None,
        signals: Sequence[SignalSpec] = (),
        policy: Policy | None = None,
    ) -> None:
        self.path = Path(arguments.name(path, "the index"))
        self._policy = Policy.given(policy)
        self._directory = IndexDirectory(self.path, self._policy)
        self._model = arguments.optional(arguments.name, model, "model")
        self._device = arguments.optional(arguments.text, device, "device")
        self._encoder: Encoder | None = arguments.optional(arguments.encoder, encoder, "encoder")
        self._reranker: str | Reranker | None = arguments.optional(arguments.reranker, reranker, "reranker")
        self._signals = own_signals(signals)
        self._lock = ForkSafeLock(RLock)
        self._given: dict[str, Any] = {"model": model, "encoder": encoder, "device": device, "reranker": reranker}
        self._given |= {"signals": signals, "policy": policy}

    def __reduce__(self) -> tuple[Callable[..., Index], tuple[Path]]:
        """How to copy the index to another process: the copy opens the directory again and loads its own model."""
        return partial(Index, **self._given), (self.path,)

    def __repr__(self) -> str:
        try:
            status = self.status()
        except StoreError as error:
            return f"Index({str(self.path)!r}, {error})"
        return f"Index({status.path!r}, {status.papers:,} papers, model {status.model})"

    def __len__(self) -> int:
        with self._directory.reader() as reader:
            return len(reader)

    def __iter__(self) -> Iterator[Paper]:
        with self._directory.reader() as reader:
            yield from reader.documents.papers()

    @property
    def encoder(self) -> Encoder:
        """The encoder. Its model is loaded when the first text is encoded."""
        with self._lock:
            if self._encoder is None:
                model = self._directory.model() if self._model is None else self._model
                self._encoder = encoders.load(model, device=self._device)
            return self._encoder

    @property
    def reranker(self) -> Reranker:
        """The reranker. Its model is loaded when the first pair of texts is scored."""
        with self._lock:
            if self._reranker is None or isinstance(self._reranker, str):
                self._reranker = encoders.load_reranker(self._reranker, device=self._device)
            return self._reranker

    def add(
        self,
        source: Readable,
        *,
        format: str | None = None,  # noqa: A002 - the word that users know
        encoding: str | None = None,
        columns: Sequence[str] = (),
        prune: bool = False,
        progress: Progress = silent,
    ) -> IndexReport:
        """Add papers or update them. Only what is new or changed is embedded.

        All arguments, and all papers of a list, are checked first. Papers of an iterator stay if a later one is wrong.

        Args:
            source: A file or folder (``str`` or ``Path``), one paper, an iterable of papers, or a table (pandas, polars
                or Arrow; needs the extra ``parquet``). A paper is a `Paper`, or a mapping with keys such as ``title``.
            format: For files only: their format (default: recognised).
            encoding: For files only: their encoding (default: UTF-8).
            columns: ``field=Heading`` for each heading that is not known, or means something else.
            prune: For files only: whether to remove papers that the files no longer hold.
            progress: Called after each commit.

        Returns:
            Counts, with ``read = indexed + updated + unchanged + duplicates + rejected``.

        Raises:
            ArgumentError: Something is not a paper, or an argument has the wrong type or does not fit the source.
            SourceError: A file cannot be read.
            EncoderMismatch: Another encoder made the index.
            IndexBusy: Another process is writing.
        """
        if isinstance(source, str | PathLike):
            return self.add_files(
                source, format=format, encoding=encoding, columns=columns, prune=prune, progress=progress
            )
        arguments.none_of_files(format=format, encoding=encoding, prune=prune)
        arguments.function(progress, "progress")
        records = arguments.papers(source, arguments.texts(columns, "columns"))
        from semsearch.workflows.indexing import index_papers

        total = len(source) if isinstance(source, Sized) and not isinstance(source, Mapping) else None
        return index_papers(self._directory, records, self.encoder, total=total, progress=progress)

    def add_files(
        self,
        names: str | PathLike[str] | Iterable[str | PathLike[str]],
        *,
        format: str | None = None,  # noqa: A002
        encoding: str | None = None,
        columns: Sequence[str] = (),
        prune: bool = False,
        progress: Progress = silent,
    ) -> IndexReport:
        """Do what `add` does, for several files and folders in one run.

        Args:
            names: Files and folders, or one of these; ``-`` is standard input.
            format: See `add`, also for all other arguments.
            encoding: See `add`.
            columns: See `add`.
            prune: See `add`.
            progress: See `add`.
        """
        given, headings = arguments.names(names, "names"), arguments.texts(columns, "columns")
        kind = arguments.optional(arguments.text, format, "format")
        encoding = arguments.optional(arguments.text, encoding, "encoding")
        prune = arguments.flag(prune, "prune")
        arguments.function(progress, "progress")
        from semsearch.readers import open_sources
        from semsearch.workflows.indexing import index_files

        sources = open_sources(given, kind=kind, encoding=encoding, columns=headings)
        folders = [name for name in given if Path(name).is_dir()] if prune else None
        return index_files(self._directory, sources, self.encoder, prune=folders, progress=progress)

    def remove(self, references: str | Iterable[str]) -> list[str]:
        """Remove one paper or more and return their ids. If one is not there (`UnknownPaper`), nothing is removed."""
        wanted = arguments.texts(references, "references")
        self._directory.require()  # without this, the writer would make an index that is not there
        with self._directory.writer() as writer:
            found = [writer.reader().documents.find(reference).id for reference in wanted]
            writer.remove(found)
        return list(dict.fromkeys(found))

    def compact(self) -> int:
        """Delete the vectors of removed papers and merge the vector files; return the number of deleted vectors."""
        self._directory.require()
        with self._directory.writer() as writer:
            return writer.compact()

    @overload
    def search(self, query: str, k: int = 10, **options: Unpack[SearchKeywords]) -> Hits: ...
    @overload
    def search(self, query: _Several, k: int = 10, **options: Unpack[SearchKeywords]) -> list[Hits]: ...
    def search(self, query: str | _Several, k: int = 10, **options: Unpack[SearchKeywords]) -> Hits | list[Hits]:
        """Find the k papers that answer a question best.

        A question is a text, an identifier, a title, or the name of an author. A paper must contain the words that the
        text has in quotation marks, in this order.

        Args:
            query: The question, or a list of questions.
            k: Number of hits.
            **options: See `semsearch.SearchOptions`.

        Returns:
            The hits; for a list of questions a list with the hits of each, in order.

        Raises:
            ArgumentError: The question is not a text, or there is no such option, or its value has the wrong type.
            QueryError: A question is empty, or an option is out of range.
        """
        questions = arguments.texts(query, "query")
        settings = arguments.options(k, options, questions=True)
        reranker = self.reranker if settings.rerank else None
        with self._searcher(settings, encoder=self.encoder, reranker=reranker, signals=self._signals) as searcher:
            answers = searcher.query(questions)
        return answers[0] if isinstance(query, str) else answers

    def related(
        self,
        references: str | Iterable[str] = (),
        k: int = 10,
        *,
        text: str | Iterable[str] | None = None,
        unlike: str | Iterable[str] = (),
        **options: Unpack[RelatedKeywords],
    ) -> Hits:
        """Find the k papers nearest to papers and texts that you like (to their mean), and away from others.

        Args:
            references: Ids, in any notation, of papers that you like. They are not returned.
            k: Number of hits.
            text: One or more texts that you like, such as a draft; they are encoded as papers.
            unlike: Ids of papers that you do not like; they have half the weight.
            **options: See `semsearch.SearchOptions`. ``mode`` and ``rerank`` are for questions only.

        Raises:
            ArgumentError: References, texts or an option have the wrong type.
            UnknownPaper: A reference fits no paper, or more than one.
            QueryError: There are neither references nor texts, or an option is out of range.
        """
        texts = [] if text is None else arguments.texts(text, "text")
        liked, away = arguments.texts(references, "references"), arguments.texts(unlike, "unlike")
        settings = arguments.options(k, options, questions=False)
        encoder = self.encoder if texts or settings.explain else None
        with self._searcher(settings, encoder=encoder) as searcher:
            return searcher.related(liked, texts=texts, unlike=away)

    def duplicates(
        self, threshold: float = 0.9, *, kinds: str | Iterable[str] = GROUP_KINDS, keep: str = ""
    ) -> list[DuplicateGroup]:
        """Groups of duplicates: the same publication, versions, notices, parts or reprints of one, or similar papers.

        Args:
            threshold: Least cosine of papers of kind ``similar``.
            kinds: One kind or more; only groups of these kinds are returned.
            keep: Rules that choose the keeper of a group; see `compared`.

        Raises:
            ArgumentError: An argument has the wrong type.
            QueryError: There is no such kind, or the threshold is out of range or so low that too many pairs reach it.
        """
        kinds = arguments.kinds(kinds)
        with self.compared(threshold, keep=keep) as findings:
            return list(findings.groups(kinds))

    @contextmanager
    def compared(
        self,
        threshold: float = 0.9,
        *,
        keep: str = "",
        against: PathName | Paper | Iterable[PathName | Paper] = (),
        ledger: Ledger | None = None,
        on_step: Callable[[int, int], None] | None = None,
    ) -> Iterator[Findings]:
        """Find what the papers are to each other: the same publication, versions, notices, parts, reprints, similar.

        Decisions come first, then identifiers, metadata and meaning. The ``with`` block keeps the index open.

        Args:
            threshold: Least cosine of papers of kind ``similar``.
            keep: Rules that choose the keeper, such as ``doi,newest`` (`semsearch.identity.merging.RULES`).
            against: Papers, files, folders or indexes that are known already. The findings tell which papers are new.
            ledger: Decisions (default: `Index.ledger`).
            on_step: Called with (steps done, all steps) during the comparison.

        Raises:
            QueryError: The threshold is out of range, or so low that millions of pairs reach it.
        """
        known = arguments.known(against, "against")
        how = arguments.comparison(threshold, keep, self.ledger if ledger is None else ledger, on_step)
        from semsearch.workflows.duplicates_of_files import duplicates_of_index

        with self._directory.reader(vectors=True) as reader:
            yield duplicates_of_index(reader, known, **how)

    @property
    def ledger(self) -> Ledger:
        """The decisions of people about pairs of papers: a file in the index directory."""
        from semsearch.duplicates import FILE, Ledger

        return Ledger(self.path / FILE)

    def truncated(self, texts: str | Iterable[str]) -> list[bool]:
        """For each text, whether it is too long, so that the model reads only its beginning."""
        return list(self.encoder.truncated(arguments.texts(texts, "texts")))

    def get(self, reference: str) -> Paper:
        """The paper with an id, in any notation, or with its own key. `UnknownPaper` if there is none."""
        wanted = arguments.text(reference, "reference")
        with self._directory.reader() as reader:
            return reader.documents.papers_at([reader.documents.find(wanted).row])[0]

    def readings(self, reference: str) -> list[Source]:
        """All records that were read as a paper: file and line of each, the first one first."""
        wanted = arguments.text(reference, "reference")
        with self._directory.reader() as reader:
            return reader.documents.readings(reader.documents.find(wanted).id)

    def files(self) -> list[str]:
        """All files that papers were read from, as absolute paths. A member of an archive has a path below it."""
        with self._directory.reader() as reader:
            return reader.documents.files()

    def remarks(self) -> Iterator[Remark]:
        """Rejected and repaired records (`Rejected`, `Repaired`) of all files, as each file was last read."""
        with self._directory.reader() as reader:
            yield from reader.documents.remarks()

    def rejected(self) -> list[Rejected]:
        """The rejected records of all files: records that are not papers."""
        return [record for record in self.remarks() if isinstance(record, Rejected)]

    def evaluate(self, judged: JudgedQueries, modes: str | Iterable[str] = MODES) -> Experiment:
        """Measure how well each mode of search finds what people judged relevant.

        Args:
            judged: Queries and judgements (`semsearch.judgements`). Their documents must be in the index: add
                ``judged.corpus`` first, if it is not ``None``. The doc_id of a paper is its own key, or else its id.
            modes: ``hybrid``, ``dense``, ``bm25``, or several of these.

        Returns:
            nDCG@10, R@100, RR@10 and AP of each mode, with 95 % intervals, p-values and runs.

        Raises:
            ArgumentError: An argument has the wrong type.
            QueryError: There is no such mode.
            MissingExtra: ir-measures is not installed.
        """
        collection, wanted = arguments.judged(judged), arguments.modes(modes)
        from semsearch.evaluation import run_experiment

        return run_experiment(self, collection, wanted, model=self._directory.status().model or "")

    def status(self) -> Status:
        """Number of papers, model, size on disk, truncated abstracts, last change, and what computes here."""
        return replace(self._directory.status(), computes=computes(self._given["encoder"], self._device))

    def verify(self) -> list[str]:
        """Check all files. Return one line for everything that is not as it was written; nothing if all is well."""
        from semsearch.index.ledger_file import FILE, problems

        return [*self._directory.verify(), *problems(self.path / FILE)]

    def _searcher(self, options: SearchOptions, **parts: Any) -> AbstractContextManager[Searcher]:
        from semsearch.workflows.open_searcher import open_searcher

        return open_searcher(self._directory, options, policy=self._policy.retrieval, **parts)

    def close(self) -> None:
        """Close all open files that are not in use. The next call opens them again."""
        self._directory.close()

    def __enter__(self) -> Index:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
