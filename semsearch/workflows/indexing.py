"""Building an index: records are read from files and written in commit batches.

A commit batch is a fixed number of records, one after the other, whether they are papers or not. So a build that runs
again after it was killed meets the same batches. Those that were committed hold nothing new. The lost one is embedded
together with the same texts as before, so the vectors are the same to the last bit.
"""

from __future__ import annotations

import itertools
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from semsearch.dense.calibration import calibrate
from semsearch.dense.exact import check_vectors
from semsearch.dense.quantiser import spread
from semsearch.index import IndexDirectory, IndexWriter, PutResult
from semsearch.index.database import translated
from semsearch.index.fingerprint import FILES, refuse_other
from semsearch.model.errors import EncoderMismatch
from semsearch.model.paper import Paper, Rejected, Remark, Repaired
from semsearch.model.protocols import Encoder, Progress, silent
from semsearch.model.reports import ReadingReport, Update
from semsearch.readers import SourceFile
from semsearch.text.cleaning import embedded_text
from semsearch.workflows.reading import note_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from semsearch.index import IndexReader
    from semsearch.index.writer import Encoded

#: Records of a commit batch. A killed build embeds at most so many again. With more, sorting by length gains nothing.
BATCH = 256
#: Papers that are embedded again to check whether this encoder made an older index, and the least cosine with which it
#: did.
_COMPARED, _SAME = 16, 0.999
#: Most vectors from which the thresholds of a collection are measured.
_CALIBRATED = 2**16


#: Most updates that a report lists. It stays small if a whole library was updated.
UPDATES_KEPT = 1000
#: The counts of the equation, in its order.
_TERMS = ("read", "indexed", "updated", "unchanged", "duplicates")


@dataclass(slots=True)
class IndexReport(ReadingReport):
    """What a run of `index` did.

    It is always true that ``read = indexed + updated + unchanged + duplicates + rejected``.
    """

    read: int = 0
    """Records that were read."""
    indexed: int = 0
    """Papers that are new."""
    updated: int = 0
    """Papers that a newer reading changed: a record that was edited, or the same record in a newer file."""
    unchanged: int = 0
    """Papers that were in the index already, with the same content."""
    duplicates: int = 0
    """Further readings of a paper that change nothing in it. Their fields fill gaps of the paper."""
    repaired: int = 0
    """Records, or lines of them, that break the rules of their format and were read all the same."""
    embedded: int = 0
    """Texts that were embedded."""
    pruned: int = 0
    """Papers that were removed, because their files no longer hold them."""
    updates: list[Update] = field(default_factory=list)
    """What changed in the updated papers; of the first `UPDATES_KEPT`."""

    def count(self, outcome: PutResult) -> None:
        """Count a paper by what the index did with it."""
        self.indexed += outcome is PutResult.NEW
        self.updated += outcome is PutResult.UPDATED
        self.unchanged += outcome is PutResult.UNCHANGED
        self.duplicates += outcome is PutResult.DUPLICATE

    @property
    def equation(self) -> str:
        """The counts as a sum, in words: ``3 read = 2 indexed + …``."""
        return (
            f"{self.read:,} read = {self.indexed:,} indexed + {self.updated:,} updated + {self.unchanged:,} unchanged "
            f"+ {self.duplicates:,} duplicates of an id + {self.rejected:,} rejected"
        )

    def to_dict(self) -> dict[str, Any]:
        """The JSON form: the counts, those of the equation first, then what is wrong with files."""
        values = asdict(self) | {"updates": [update.to_dict() for update in self.updates]}
        counts = [name for name, value in values.items() if isinstance(value, int)]
        return {name: values[name] for name in (*_TERMS, *counts, *values)}


def index_files(
    directory: IndexDirectory,
    sources: Sequence[SourceFile],
    encoder: Encoder,
    *,
    prune: Sequence[str] | None = None,
    progress: Progress = silent,
) -> IndexReport:
    """Add the papers of files to an index, or update them.

    Args:
        directory: The index; it is made if there is none.
        sources: Files, as `semsearch.readers.open_sources` gives them.
        encoder: The encoder that made the index, or that a new index gets.
        prune: Folders. Papers are removed if they were read from ``sources`` or from a deleted file in these folders,
            and are not there any more. ``None`` removes nothing.
        progress: Called after each commit batch.

    Returns:
        What was done.

    Raises:
        EncoderMismatch: Another encoder made the index.
        IndexBusy: Another process is writing.
        StoreError: The disk is full, the folder cannot be written, or the index is damaged. The last commit is
            complete.
    """
    report = IndexReport(skipped=[s.name for s in sources if s.format is None])
    readable = [s for s in sources if s.format]
    total = sum(s.opened.size for s in readable)
    with directory.writer() as writer:
        check_encoder(directory, writer, encoder)
        for batch in _batches(_records(readable)):
            _enter(writer, batch, encoder, report)
            progress(
                done=sum(s.opened.position for s in readable), total=total, papers=report.read, embedded=report.embedded
            )
        note_files(report, readable)
        if prune is not None:
            report.pruned = writer.prune([s.name for s in readable if s.complete and not s.opened.temporary], prune)
        _derive(writer, encoder)
    return report


def index_papers(
    directory: IndexDirectory,
    papers: Iterable[Paper | Rejected],
    encoder: Encoder,
    *,
    total: int | None = None,
    progress: Progress = silent,
) -> IndexReport:
    """Add papers that are in memory, or update them.

    Args:
        directory: The index; it is made if there is none.
        papers: Papers, and records that were rejected.
        encoder: The encoder that made the index, or that a new index gets.
        total: Number of ``papers``, if it is known.
        progress: Called after each commit batch.

    Returns:
        What was done.

    Raises:
        EncoderMismatch: Another encoder made the index.
        IndexBusy: Another process is writing.
        StoreError: See `index_files`.
    """
    report = IndexReport()
    with directory.writer() as writer:
        check_encoder(directory, writer, encoder)
        for batch in _batches((None, paper) for paper in papers):
            _enter(writer, batch, encoder, report)
            progress(done=report.read, total=total, papers=report.read, embedded=report.embedded)
        _derive(writer, encoder)
    return report


def _derive(writer: IndexWriter, encoder: Encoder) -> None:
    """Compute what depends on the whole collection: thresholds, if enough has changed, and quantised vectors."""
    with translated(writer.folder, files=False):
        if writer.needs_thresholds():
            with translated(writer.folder):  # but no errors of the encoder
                vectors, live = writer.reader().sample(_CALIBRATED)
            writer.set_thresholds(calibrate(vectors, live, encoder.encode_queries))
        writer.segments.quantise()


Record = tuple[SourceFile | None, Paper | Remark | None]


def _records(sources: Sequence[SourceFile]) -> Iterator[Record]:
    """All records of all files, each with its file. ``None`` instead of a record marks the beginning of a file."""
    for source in sources:
        yield source, None
        for record in source.records():
            yield from ((source, repair) for repair in source.opened.take_repairs())
            yield source, record
        yield from ((source, repair) for repair in source.opened.take_repairs())


def _batches(records: Iterable[Record]) -> Iterator[list[Any]]:
    iterator = iter(records)
    while batch := list(itertools.islice(iterator, BATCH)):
        yield batch


def _enter(writer: IndexWriter, batch: Sequence[Record], encoder: Encoder, report: IndexReport) -> None:
    """Write the records of a commit batch in one commit."""

    def encode(texts: list[str]) -> Encoded:
        return check_vectors(encoder.encode_documents(texts), len(texts), encoder.dim), encoder.truncated(texts)

    writer.begin()
    for source, record in batch:
        if record is None:
            writer.start_file(source.name if source else "")
            continue
        report.read += not isinstance(record, Repaired)
        if isinstance(record, Remark):
            report.rejected += isinstance(record, Rejected)
            report.repaired += isinstance(record, Repaired)
            writer.remark(record)
        else:
            report.count(writer.put(record))
    report.updates += writer.take_updates()[: UPDATES_KEPT - len(report.updates)]
    report.embedded += writer.commit(encode)


def check_encoder(directory: IndexDirectory, writer: IndexWriter, encoder: Encoder) -> None:
    """Check that an encoder is that of an index. A new index gets its fingerprint.

    Args:
        directory: The index.
        writer: The writer of this index.
        encoder: The encoder.

    Raises:
        EncoderMismatch: The fingerprints differ in more than the name of the model. Or the index is from a time when
            fingerprints did not name the files of the model, and the encoder gives its papers other vectors.
    """
    with translated(writer.folder):
        held = writer.reader().fingerprint
    if held is None:
        writer.set_fingerprint(encoder.fingerprint)
        return
    refuse_other(str(directory.path), held, encoder)
    files = encoder.fingerprint.get(FILES)
    if FILES not in held and files is not None:
        nearest = _least_cosine(writer.reader(), encoder)
        if nearest < _SAME:
            raise EncoderMismatch(
                str(directory.path), f"model={held.get('model')}", f"its files as they are now (cosine {nearest:.3f})"
            )
        writer.set_fingerprint({**held, FILES: files})


def _least_cosine(reader: IndexReader, encoder: Encoder) -> float:
    """The least cosine between the vectors of some papers and those that the encoder gives now; 1 without papers."""
    rows = reader.paper_rows
    rows = rows[spread(len(rows), _COMPARED)]
    texts = [embedded_text(paper.title, paper.abstract) for paper in reader.documents.papers_at(rows)]
    if not texts:
        return 1.0
    return float(np.min(np.sum(encoder.encode_documents(texts) * reader.gathered(rows), axis=1)))
