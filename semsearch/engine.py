"""The Python API: an index directory, its encoder, and what can be asked of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack, overload

from semsearch import encoders, filters
from semsearch.errors import StoreError
from semsearch.paper import DuplicateGroup, Hits, Paper, Rejected, Remark, Source
from semsearch.protocols import Encoder, Progress, Reranker, silent
from semsearch.search import Options, Searcher
from semsearch.store import Store
from semsearch.store.fingerprint import refuse_other

if TYPE_CHECKING:
    from semsearch.duplicates import Findings, Ledger
    from semsearch.indexing import IndexReport
    from semsearch.store.store import Status

#: What `Index.add` takes; ``Any`` stands for tables, known by their ``__arrow_c_stream__``.
Readable = str | Path | Paper | Mapping[str, Any] | Iterable["Paper | Mapping[str, Any]"] | Any


class Index:
    """A semantic index of papers in a directory.

    Each call sees the last commit, also one that another process has made since. For one thread at a time.

    Args:
        path: Directory; made by the first `add`.
        model: Name or folder of a sentence-transformer. By default that of the index, and of a new index
            all-MiniLM-L6-v2.
        encoder: An encoder of your own, instead of ``model``.
        device: Of torch: ``cpu``, ``cuda``, ``mps``; the best there is by default.
        reranker: Name or folder of a cross-encoder, or a `Reranker` of your own, for ``search(…, rerank=50)``; by
            default cross-encoder/ms-marco-MiniLM-L6-v2.
    """

    def __init__(
        self,
        path: str | Path = "index",
        *,
        model: str | None = None,
        encoder: Encoder | None = None,
        device: str | None = None,
        reranker: str | Reranker | None = None,
    ) -> None:
        self.path = Path(path)
        self._store = Store(self.path)
        self._model = model
        self._device = device
        self._encoder = encoder
        self._reranker = reranker

    def __repr__(self) -> str:
        try:
            status = self.status()
        except StoreError as error:
            return f"Index({str(self.path)!r}, {error})"
        return f"Index({status.path!r}, {status.papers:,} papers, model {status.model})"

    def __len__(self) -> int:
        with self._store.snapshot() as state:
            return len(state)

    def __iter__(self) -> Iterator[Paper]:
        with self._store.snapshot() as state:
            yield from state.papers()

    @property
    def encoder(self) -> Encoder:
        """The encoder; its model is loaded when the first text is encoded."""
        if self._encoder is None:
            model = self._store.model() if self._model is None else self._model
            self._encoder = encoders.load(model, device=self._device)
        return self._encoder

    @property
    def reranker(self) -> Reranker:
        """The reranker; its model is loaded when the first pair is scored."""
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

        Returns:
            Counts with ``read = indexed + unchanged + duplicates + rejected``.

        Raises:
            SourceError: A file that cannot be read.
            EncoderMismatch: The index was made by another encoder.
            IndexBusy: Another process is writing.
        """
        if isinstance(source, str | Path):
            return self.add_files(
                [str(source)], format=format, encoding=encoding, columns=columns, prune=prune, progress=progress
            )
        if isinstance(source, Paper | Mapping):
            source = [source]
        from semsearch.indexing import index_papers
        from semsearch.readers.parquet import is_table, read_table

        records = read_table(source, "<python>") if is_table(source) else _papers(source)
        return index_papers(self._store, records, self.encoder)

    def add_files(
        self,
        names: Sequence[str],
        *,
        format: str | None = None,  # noqa: A002
        encoding: str | None = None,
        columns: Sequence[str] = (),
        prune: bool = False,
        progress: Progress = silent,
    ) -> IndexReport:
        """`add` for several files and folders in one run; ``-`` is standard input."""
        from semsearch.indexing import index_files
        from semsearch.readers import open_sources

        sources = open_sources(names, kind=format, encoding=encoding, columns=columns)
        folders = [name for name in names if Path(name).is_dir()] if prune else None
        return index_files(self._store, sources, self.encoder, prune=folders, progress=progress)

    def remove(self, references: Iterable[str]) -> list[str]:
        """Remove papers, all or (`UnknownPaper`) none; returns their ids."""
        self.status()  # an index that is not there is not made by removing from it
        with self._store.writer() as writer:
            found = {f.seq: f.id for f in map(writer.snapshot().find, references)}
            writer.remove(found)
        return list(found.values())

    def compact(self) -> int:
        """Drop the vectors of removed papers and merge the vector files; returns the number of vectors dropped."""
        self.status()
        with self._store.writer() as writer:
            return writer.compact()

    # -- out -----------------------------------------------------------------------------------------------------------

    @overload
    def search(self, query: str, k: int = 10, **options: Unpack[SearchOptions]) -> Hits: ...
    @overload
    def search(
        self, query: list[str] | tuple[str, ...], k: int = 10, **options: Unpack[SearchOptions]
    ) -> list[Hits]: ...
    def search(
        self, query: str | list[str] | tuple[str, ...], k: int = 10, **options: Unpack[SearchOptions]
    ) -> Hits | list[Hits]:
        """The k papers that answer a question best; for a list of questions a list of answers, in order.

        A question may be in words, in words of which some are in quotation marks (then a paper must hold them so), an
        identifier, a title, an author's name.

        Args:
            query: The question, or several.
            k: How many hits.
            **options: See `SearchOptions`.

        Raises:
            QueryError: An empty question, or an option out of range.
        """
        questions = [query] if isinstance(query, str) else list(query)
        settings, encoder = _options(k, options), self._checked_encoder()
        loaded = encoders.load_ahead(encoder)  # while the vectors are read
        with self._store.snapshot(vectors=True) as state:
            loaded()
            reranker = self.reranker if settings.rerank else None
            answers = Searcher(state, settings, encoder, reranker, self._decided()).query(questions)
        return answers[0] if isinstance(query, str) else answers

    def related(
        self,
        references: str | Sequence[str] = (),
        k: int = 10,
        *,
        text: str | Sequence[str] | None = None,
        unlike: str | Sequence[str] = (),
        **options: Unpack[SearchOptions],
    ) -> Hits:
        """The k papers nearest to papers of the index and to texts (to their mean, for several), away from others.

        Args:
            references: Ids in any dressing of papers that are liked; none of these is returned.
            k: How many hits.
            text: One or more drafts that are liked; encoded as papers are.
            unlike: Ids of papers that are not liked; they count half.
            **options: See `SearchOptions`; ``mode`` and ``rerank`` are for questions only.

        Raises:
            UnknownPaper: A reference that no paper, or more than one, answers to.
            QueryError: Neither references nor a text, or an option out of range.
        """
        texts = [text] if isinstance(text, str) else list(text or ())
        liked = [references] if isinstance(references, str) else list(references)
        away = [unlike] if isinstance(unlike, str) else list(unlike)
        settings = _options(k, options)
        encoder = self._checked_encoder() if texts or settings.explain else None
        with self._store.snapshot(vectors=True) as state:
            searcher = Searcher(state, settings, encoder, decided=self._decided())
            return searcher.related(liked, texts=texts, unlike=away)

    def duplicates(
        self,
        threshold: float = 0.9,
        *,
        kinds: Iterable[str] = ("same", "version", "notice", "part", "reprint", "similar"),
        keep: str = "",
    ) -> list[DuplicateGroup]:
        """Groups of papers that are one publication, or versions, notices, parts, reprints of one, or similar.

        Args:
            threshold: Cosine from which papers that are nothing else are similar.
            kinds: Only groups of these kinds.
            keep: What a keeper should have, first thing first.

        Raises:
            QueryError: The threshold is out of range or so low that millions of pairs reach it.
        """
        with self.compared(threshold, keep=keep) as findings:
            return list(findings.groups(kinds))

    @contextmanager
    def compared(
        self,
        threshold: float = 0.9,
        *,
        keep: str = "",
        against: Iterable[Paper] = (),
        ledger: Ledger | None = None,
        on_step: Callable[[int, int], None] | None = None,
    ) -> Iterator[Findings]:
        """What the papers are to each other: records of one publication, versions, notices, parts, reprints, similar.

        Identifiers, metadata and meaning (all pairs, exactly) decide together with what people decided
        (`Index.ledger`). A context manager: what is found reads from the index as long as that is open.

        Args:
            threshold: Cosine from which papers that are nothing else are similar.
            keep: What a keeper should have, best first (`semsearch.duplicates.merging.RULES`; '' for its default).
            against: Papers that are known already; what is found tells what is new besides.
            ledger: Of decisions; `Index.ledger` by default.
            on_step: Told (done, total) as the comparison goes on.

        Raises:
            QueryError: The threshold is out of range or so low that millions of pairs reach it.
        """
        from semsearch.duplicates import Collection, IndexedPapers, ListedPapers, find_duplicates, parse_rules

        with self._store.snapshot(vectors=True) as state:
            known = list(against)
            collection: Collection = IndexedPapers(state)
            if known:
                collection = ListedPapers([*collection, *known], near=collection.near)
            yield find_duplicates(
                collection,
                threshold=threshold,
                decisions=(ledger or self.ledger).standing(),
                keep=parse_rules(keep),
                old=len(known),
                on_step=on_step,
            )

    @property
    def ledger(self) -> Ledger:
        """What people decided about pairs of papers; a file in the index directory."""
        from semsearch.duplicates import FILE, Ledger

        return Ledger(self.path / FILE)

    def _decided(self) -> Callable[[Paper, Paper], str | None] | None:
        if not (self.path / "decisions.jsonl").exists():  # the usual case, without an import
            return None
        from semsearch.duplicates import Decided

        decided = Decided(self.ledger.standing())
        return decided.between if decided else None

    def truncated(self, texts: list[str] | tuple[str, ...]) -> list[bool]:
        """For each text, whether the model reads only its beginning."""
        return list(self.encoder.truncated(texts))

    def get(self, reference: str) -> Paper:
        """One paper, by its id in any dressing or its own key; `UnknownPaper` if there is none."""
        with self._store.snapshot() as state:
            return state.papers_at([state.find(reference).row])[0]

    def readings(self, reference: str) -> list[Source]:
        """Every place where a paper was read, the first one first."""
        with self._store.snapshot() as state:
            return state.readings(state.find(reference).seq)

    def remarks(self) -> Iterator[Remark]:
        """Records of the files, as they were last read, that are no papers (`Rejected`) or were mended (`Repaired`)."""
        with self._store.snapshot() as state:
            yield from state.remarks()

    def rejected(self) -> list[Rejected]:
        """Records of the files, as they were last read, that are no papers."""
        return [remark for remark in self.remarks() if isinstance(remark, Rejected)]

    def status(self) -> Status:
        """Papers, model, size on disk, abstracts cut at the model's limit, last change."""
        return self._store.status()

    def verify(self) -> list[str]:
        """Everything that is not as it was committed, a line each; empty when all is well."""
        from semsearch.duplicates.ledger_file import FILE, problems

        return [*self._store.verify(), *problems(self.path / FILE)]

    def _checked_encoder(self) -> Encoder:
        with self._store.snapshot() as state:
            if state.fingerprint:
                refuse_other(str(self.path), state.fingerprint, self.encoder)
        return self.encoder


class SearchOptions(TypedDict, total=False):
    """What `Index.search` and `Index.related` take besides; `semsearch.search.Options` tells what each means."""

    mode: str
    min_score: float | None
    min_percentile: float | None
    where: str | None
    fold: bool
    diverse: float
    explain: bool
    rerank: int


def _options(k: int, given: SearchOptions) -> Options:
    where = given.get("where")
    rest = {name: value for name, value in given.items() if name != "where"}
    return Options(k=k, where=filters.parse(where) if where else None, **rest)  # type: ignore[arg-type]


def _papers(source: Iterable[Paper | Mapping[str, Any]]) -> Iterator[Paper | Rejected]:
    from semsearch.identifiers import with_id
    from semsearch.readers.record import paper_of

    for number, given in enumerate(source, 1):
        place = Source("<python>", number)
        if isinstance(given, Paper):
            yield (
                given
                if given.id and given.source.file
                else Paper.from_dict(with_id(given).to_dict() | {"source": {"file": "<python>", "line": number}})
            )
        else:
            yield paper_of(given, place, repr(given))
