"""Protocols for files and models: what a new input format, output format, encoder or reranker has to provide.

The protocols of the search itself are in `semsearch.model.index_protocols`. Contract suites in the tests check every
implementation against these docstrings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Protocol, TextIO, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from semsearch.model.paper import Paper, Rejected
    from semsearch.model.policy import ReadingPolicy
    from semsearch.model.results import DuplicateGroup, Hits

    Vectors: TypeAlias = NDArray[np.float32]


class Opened(Protocol):
    """A source file that is being read: its bytes, decompressed, and its text.

    Attributes:
        name: Path as the user gave it, or ``<stdin>``. `Source.file` gets this value.
        columns: Fields of `Paper` by folded heading, for the headings that the user named with ``--column``.
        policy: How much of the file is held in memory at once.
    """

    name: str
    columns: Mapping[str, str]
    policy: ReadingPolicy

    def head(self) -> str:
        """The first characters of the text, at most 64 Ki, from which the format is recognised."""
        ...

    def binary(self) -> BinaryIO:
        """A stream of the bytes, decompressed, from the start of the file."""
        ...

    def text(self) -> TextIO:
        r"""A stream of the text, from the start of the file.

        There is no BOM, and every line ends with ``\n``. Bytes that are not UTF-8 are lone surrogates.
        """
        ...

    def lines(self) -> Iterator[tuple[int, str]]:
        """Each line as ``(number, text)``: the number counts from 1, the text has no line end.

        A line that is too long is cut; then its text ends with ``OVERLONG`` (`semsearch.readers.opening`).
        """
        ...

    def chunks(self) -> Iterator[str]:
        """The text in pieces of up to 64 Ki characters."""
        ...

    def repaired(self, line: int, reason: str, raw: str) -> None:
        """Note that a record, or a line of it, breaks the rules of its format and is read all the same.

        Args:
            line: Line number in the file, from 1; 0 if the format has no lines.
            reason: What is wrong, in one line.
            raw: Text of the record.
        """
        ...


class FormatReader(Protocol):
    """Reads one input format.

    Each record of a file is one `Paper` or one `Rejected`. A bad record never raises an error.
    """

    def recognise(self, head: str) -> bool:
        """Whether a file is of this format, judged by its first characters (text, at most 64 Ki)."""
        ...

    def read(self, opened: Opened) -> Iterator[Paper | Rejected]:
        """Read the records one at a time, in the order of the file.

        Raises:
            MalformedSource: The file as a whole cannot be read. The records before the damage were yielded.
        """
        ...


class FormatWriter(Protocol):
    """Writes one output format, for people or for programs. It never closes the stream that it writes to."""

    def hits(self, answers: Iterable[Hits], out: TextIO, *, several: bool) -> None:
        """Write the hits of each query.

        Args:
            answers: The hits of each query, in the order of the queries.
            out: Text stream to write to.
            several: Whether more than one query was asked, even if only one of them has an answer.
        """
        ...

    def papers(self, papers: Iterable[Paper], out: TextIO) -> None:
        """Write papers.

        Args:
            papers: The papers, in the order in which they are written.
            out: Text stream to write to.
        """
        ...

    def groups(self, groups: Sequence[DuplicateGroup], out: TextIO) -> None:
        """Write duplicate groups.

        Args:
            groups: The groups, in the order in which they are written.
            out: Text stream to write to.
        """
        ...


class Encoder(Protocol):
    """Turns texts into unit vectors. It is deterministic: on one machine, equal batches of texts give equal bits."""

    @property
    def fingerprint(self) -> Mapping[str, str]:
        """What decides the vectors: model, weights, dim, prompts, pooling, max_tokens, text_recipe.

        Vectors can be compared only if their encoders have equal fingerprints.
        """
        ...

    @property
    def dim(self) -> int:
        """Number of dimensions of a vector."""
        ...

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """Vectors of the texts of papers: float32 ``(len(texts), dim)``, rows of norm 1, in the order of the texts."""
        ...

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of questions: float32 ``(len(texts), dim)``, rows of norm 1, in the order of the texts."""
        ...

    def truncated(self, texts: Sequence[str]) -> Sequence[bool]:
        """For each text, whether it is too long, so that the model reads only its beginning."""
        ...


class Reranker(Protocol):
    """Reads a question and a paper together. Better than a cosine, but too slow for more than some dozens of papers."""

    def score(self, question: str, texts: Sequence[str]) -> NDArray[np.float64]:
        """Score how well each text answers the question.

        Args:
            question: The question.
            texts: Texts of papers: title and abstract.

        Returns:
            float64 ``(len(texts),)``, in the order of the texts. Greater is better; the scale is that of the model.

        Raises:
            EncoderError: The model cannot be loaded, or its scores cannot be used.
        """
        ...


class Progress(Protocol):
    """A function that a long task calls to report how far it is."""

    def __call__(self, *, done: int, total: int | None, papers: int, embedded: int) -> None:
        """Report progress.

        Args:
            done: Bytes (or steps) that are done.
            total: All bytes (or steps) of the task; ``None`` if unknown.
            papers: Papers read so far.
            embedded: Papers embedded so far.
        """
        ...


def silent(*, done: int, total: int | None, papers: int, embedded: int) -> None:
    """Show nothing: the `Progress` for callers that do not want any.

    Args:
        done: See `Progress`.
        total: See `Progress`.
        papers: See `Progress`.
        embedded: See `Progress`.
    """
