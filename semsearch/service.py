"""The Python API: an index directory, its encoder, and what can be asked of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from contextlib import contextmanager
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
from semsearch.retrieval import SIGNALS, SignalSpec
from semsearch.standalone import find_duplicates, index_around, is_index, judgements, ledger, models
from semsearch.workflows.asking import searching
from semsearch.workflows.computing import computes

if TYPE_CHECKING:
    from semsearch.duplicates import Findings, Ledger
    from semsearch.evaluation import JudgedQueries
    from semsearch.index.directory import Status
    from semsearch.model.measures import Experiment
    from semsearch.model.options import RelatedKeywords, SearchKeywords
    from semsearch.model.results import DuplicateGroup, Hits
    from semsearch.standalone import PathName
    from semsearch.workflows.indexing import IndexReport

__all__ = ["Index", "find_duplicates", "index_around", "is_index", "judgements", "ledger", "models"]

#: What `Index.add` takes; ``Any``: tables, known by ``__arrow_c_stream__``.
Readable = str | Path | Paper | Mapping[str, Any] | Iterable["Paper | Mapping[str, Any]"] | Any


class Index:
    """A semantic index of papers in a directory.

    Each call sees the last commit, also one that another process has made since. Any number of threads may share one
    index: they search and read side by side, also beside one that writes; a second writer gets `IndexBusy`.

    Args:
        path: Directory; made by the first `add`.
        model: Name or folder of a sentence-transformer. Default: that of the index, else all-MiniLM-L6-v2.
        encoder: An encoder of your own, instead of ``model``.
        device: Of torch: ``cpu``, ``cuda``, ``mps``; the best there is by default.
        reranker: Name or folder of a cross-encoder, or a `Reranker` of your own, for ``search(…, rerank=50)``; by
            default cross-encoder/ms-marco-MiniLM-L6-v2.
        signals: Ranking signals of your own, beside cosine and BM25 (`semsearch.retrieval.SignalSpec`).
        policy: Sizes that change how fast an answer is found, never what it is.
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
        self._policy = policy or Policy()
        self._directory = IndexDirectory(self.path, self._policy)
        self._model = arguments.optional(arguments.name, model, "model")
        self._device = arguments.optional(arguments.text, device, "device")
        self._encoder: Encoder | None = arguments.optional(arguments.encoder, encoder, "encoder")
        self._reranker: str | Reranker | None = arguments.optional(arguments.reranker, reranker, "reranker")
        self._signals = (*SIGNALS, *signals)
        self._lock = ForkSafeLock(RLock)
        self._given: dict[str, Any] = {"model": model, "encoder": encoder, "device": device, "reranker": reranker}
        self._given |= {"signals": signals, "policy": policy}

    def __reduce__(self) -> tuple[Callable[..., Index], tuple[Path]]:
        """In another process the directory is opened again, and a model of its own is loaded there."""
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
        """The encoder; its model is loaded when the first text is encoded."""
        with self._lock:
            if self._encoder is None:
                model = self._directory.model() if self._model is None else self._model
                self._encoder = encoders.load(model, device=self._device)
            return self._encoder

    @property
    def reranker(self) -> Reranker:
        """The reranker; its model is loaded when the first pair is scored."""
        with self._lock:
            if self._reranker is None or isinstance(self._reranker, str):
                self._reranker = encoders.load_reranker(self._reranker, device=self._device)
            return self._reranker

    # -- in ------------------------------------------------------------------------------------------------------------

    def add(
        self,
        source: Readable,
        *,
        format: str | None = None,  # noqa: A002 - the word that users of a format know
        encoding: str | None = None,
        columns: Sequence[str] = (),
        prune: bool = False,
        progress: Progress = silent,
    ) -> IndexReport:
        """Add papers, or bring them up to date; only what is new or changed is embedded.

        Args:
            source: A file or folder (a ``str`` or ``Path``), one paper, an iterable of papers, or a table (a pandas or
                polars data frame, an Arrow table; needs the extra ``parquet``). A paper is a `Paper` or a mapping with
                any of the usual keys (``title``, ``abstract``, ``authors``, ``doi`` …).
            format: Of files; recognised by default.
            encoding: Of files; UTF-8 by default.
            columns: ``field=Heading`` for headings that are not known, or mean something else.
            prune: Remove papers that the files no longer hold.
            progress: Called after each commit.

        ``format``, ``encoding`` and ``prune`` are of files, and refused for papers. All arguments are looked at before
        anything is done, and so are all papers of a list; from an iterator, what came before a wrong one stays.

        Returns:
            Counts with ``read = indexed + unchanged + duplicates + rejected``.

        Raises:
            ArgumentError: No papers, or an argument that is of no use for them.
            SourceError: A file that cannot be read.
            EncoderMismatch: The index was made by another encoder.
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
        """Add files and folders (``names``; ``-`` is standard input) in one run; `add` tells what each argument is."""
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
        """Remove a paper or several, all or (`UnknownPaper`) none; returns their ids."""
        wanted = arguments.texts(references, "references")
        self._directory.require()  # an index that is not there is not made by removing from it
        with self._directory.writer() as writer:
            found = [writer.reader().documents.find(reference).id for reference in wanted]
            writer.remove(found)
        return list(dict.fromkeys(found))

    def compact(self) -> int:
        """Drop the vectors of removed papers and merge the vector files; returns the number of vectors dropped."""
        self._directory.require()
        with self._directory.writer() as writer:
            return writer.compact()

    # -- out -----------------------------------------------------------------------------------------------------------

    @overload
    def search(self, query: str, k: int = 10, **options: Unpack[SearchKeywords]) -> Hits: ...
    @overload
    def search(
        self, query: list[str] | tuple[str, ...], k: int = 10, **options: Unpack[SearchKeywords]
    ) -> list[Hits]: ...
    def search(
        self, query: str | list[str] | tuple[str, ...], k: int = 10, **options: Unpack[SearchKeywords]
    ) -> Hits | list[Hits]:
        """The k papers that answer a question best; for a list of questions a list of answers, in order.

        A question may be in words, in words of which some are in quotation marks (then a paper must hold them so), an
        identifier, a title, an author's name.

        Args:
            query: The question, or several.
            k: How many hits.
            **options: See `semsearch.SearchOptions`.

        Raises:
            ArgumentError: No question, or an option that there is none of or of the wrong type.
            QueryError: An empty question, or an option out of range.
        """
        questions = arguments.texts(query, "query")
        settings = arguments.options(k, options, questions=True)
        with searching(
            self._directory, settings, encoder=self.encoder, reranker=self.reranker if settings.rerank else None,
            signals=self._signals, policy=self._policy.retrieval,
        ) as searcher:  # fmt: skip
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
        """The k papers nearest to papers of the index and to texts (to their mean, for several), away from others.

        Args:
            references: Ids in any dressing of papers that are liked; none of these is returned.
            k: How many hits.
            text: One or more drafts that are liked; encoded as papers are.
            unlike: Ids of papers that are not liked; they count half.
            **options: See `semsearch.SearchOptions`; ``mode`` and ``rerank`` are for questions, and refused.

        Raises:
            ArgumentError: References, texts or an option of the wrong type.
            UnknownPaper: A reference that no paper, or more than one, answers to.
            QueryError: Neither references nor a text, or an option out of range.
        """
        texts = [] if text is None else arguments.texts(text, "text")
        liked, away = arguments.texts(references, "references"), arguments.texts(unlike, "unlike")
        settings = arguments.options(k, options, questions=False)
        encoder = self.encoder if texts or settings.explain else None
        with searching(self._directory, settings, encoder=encoder, policy=self._policy.retrieval) as searcher:
            return searcher.related(liked, texts=texts, unlike=away)

    def duplicates(
        self,
        threshold: float = 0.9,
        *,
        kinds: str | Iterable[str] = GROUP_KINDS,
        keep: str = "",
    ) -> list[DuplicateGroup]:
        """Groups of papers that are one publication, or versions, notices, parts, reprints of one, or similar.

        Args:
            threshold: Cosine from which papers that are nothing else are similar.
            kinds: Only groups of this kind, or of these.
            keep: What a keeper should have, first thing first.

        Raises:
            ArgumentError: An argument of the wrong type.
            QueryError: No such kind; or the threshold is out of range or so low that millions of pairs reach it.
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
        """What the papers are to each other: records of one publication, versions, notices, parts, reprints, similar.

        Identifiers, metadata and meaning (all pairs, exactly) decide together with what people decided
        (`Index.ledger`). A context manager: what is found reads from the index as long as that is open.

        Args:
            threshold: Cosine from which papers that are nothing else are similar.
            keep: What a keeper should have, best first (`semsearch.duplicates.merging.RULES`; '' for its default).
            against: What is known already: papers, files, folders, indexes. What is found tells what is new besides.
            ledger: Of decisions; `Index.ledger` by default.
            on_step: Told (done, total) as the comparison goes on.

        Raises:
            QueryError: The threshold is out of range or so low that millions of pairs reach it.
        """
        known = arguments.known(against, "against")
        how = arguments.comparison(threshold, keep, self.ledger if ledger is None else ledger, on_step)
        from semsearch.workflows.duplicates_of_files import duplicates_of_index

        with self._directory.reader(vectors=True) as reader:
            yield duplicates_of_index(reader, known, **how)

    @property
    def ledger(self) -> Ledger:
        """What people decided about pairs of papers; a file in the index directory."""
        from semsearch.duplicates import FILE, Ledger

        return Ledger(self.path / FILE)

    def truncated(self, texts: str | Iterable[str]) -> list[bool]:
        """For each text, whether the model reads only its beginning."""
        return list(self.encoder.truncated(arguments.texts(texts, "texts")))

    def get(self, reference: str) -> Paper:
        """One paper, by its id in any dressing or its own key; `UnknownPaper` if there is none."""
        wanted = arguments.text(reference, "reference")
        with self._directory.reader() as reader:
            return reader.documents.papers_at([reader.documents.find(wanted).row])[0]

    def readings(self, reference: str) -> list[Source]:
        """Every place where a paper was read, the first one first."""
        wanted = arguments.text(reference, "reference")
        with self._directory.reader() as reader:
            return reader.documents.readings(reader.documents.find(wanted).id)

    def files(self) -> list[str]:
        """Every file that papers were read from, by its absolute path; members of an archive below it."""
        with self._directory.reader() as reader:
            return reader.documents.files()

    def remarks(self) -> Iterator[Remark]:
        """Records of the files, as they were last read, that are no papers (`Rejected`) or were mended (`Repaired`)."""
        with self._directory.reader() as reader:
            yield from reader.documents.remarks()

    def rejected(self) -> list[Rejected]:
        """Of `remarks`, the records that are no papers."""
        return [remark for remark in self.remarks() if isinstance(remark, Rejected)]

    def evaluate(self, judged: JudgedQueries, modes: str | Iterable[str] = MODES) -> Experiment:
        """How well each mode of search finds what people judged relevant.

        Args:
            judged: Queries and judgements (`semsearch.judgements`). The index holds their documents: add
                ``judged.corpus`` first where there is one. A document's id is the paper's own key, or its id.
            modes: ``hybrid``, ``dense``, ``bm25``, or several of these.

        Returns:
            nDCG@10, R@100, RR@10 and AP of each mode with 95 % intervals, p-values, and the runs.

        Raises:
            ArgumentError: An argument of the wrong type.
            QueryError: No such mode.
            MissingExtra: ir-measures is absent.
        """
        asked, wanted = arguments.judged(judged), arguments.modes(modes)
        from semsearch.evaluation import run_experiment

        return run_experiment(self, asked, wanted, model=self._directory.status().model or "")

    def status(self) -> Status:
        """Papers, model, size on disk, abstracts cut at the model's limit, last change, what computes."""
        return replace(self._directory.status(), computes=computes(self._given["encoder"], self._device))

    def verify(self) -> list[str]:
        """Everything that is not as it was committed, a line each; empty when all is well."""
        from semsearch.index.ledger_file import FILE, problems

        return [*self._directory.verify(), *problems(self.path / FILE)]

    def close(self) -> None:
        """Close the files that are open and not in use; the next call opens them again."""
        self._directory.close()

    def __enter__(self) -> Index:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
