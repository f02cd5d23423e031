"""The seams of files and models: what a new format, output, encoder or reranker has to provide.

Those of the search itself are in `semsearch.model.index_protocols`. Contract suites in the tests hold each
implementation to what its docstring here says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Protocol, TextIO, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from semsearch.model.paper import Paper, Rejected
    from semsearch.model.results import DuplicateGroup, Hits

    Vectors: TypeAlias = NDArray[np.float32]


class Opened(Protocol):
    """A source file that is being read; decompressed, and decodable as text.

    Attributes:
        name: Path as the user gave it, or ``<stdin>``; goes into `Source.file`.
        columns: Heading in the file (folded) to field of `Paper`, where the user named it.
    """

    name: str
    columns: Mapping[str, str]

    def head(self) -> str:
        """The first characters, for recognising the format."""
        ...

    def binary(self) -> BinaryIO:
        """The bytes, decompressed, from the start."""
        ...

    def text(self) -> TextIO:
        r"""The text, from the start: no BOM, every kind of line end as ``\n``; bytes not UTF-8 as lone surrogates."""
        ...

    def lines(self) -> Iterator[tuple[int, str]]:
        """``(1-based line number, line without its end)``; a line over the limit is cut and ends with ``OVERLONG``."""
        ...

    def chunks(self) -> Iterator[str]:
        """The text in pieces of up to 64 Ki characters."""
        ...

    def repaired(self, line: int, reason: str, raw: str) -> None:
        """Note that a record, or a line of one, is not as its format wants it, and is read all the same."""
        ...


class FormatReader(Protocol):
    """A format. ``papers + rejected`` is the number of records in the file; bad input never raises."""

    def recognise(self, head: str) -> bool:
        """Whether a file that begins with these characters (64 Ki at most, text) is of this format."""
        ...

    def read(self, opened: Opened) -> Iterator[Paper | Rejected]:
        """Records in file order, one at a time.

        Raises:
            MalformedSource: The file as a whole cannot be read; records before the damage were yielded.
        """
        ...


class FormatWriter(Protocol):
    """A form of output for people or programs. Writes text; closes nothing."""

    def hits(self, answers: Iterable[Hits], out: TextIO, *, several: bool) -> None:
        """The hits of each query, in order. ``several``: more than one query was asked, even if one is answered."""
        ...

    def papers(self, papers: Iterable[Paper], out: TextIO) -> None:
        """Papers, in order."""
        ...

    def groups(self, groups: Sequence[DuplicateGroup], out: TextIO) -> None:
        """Duplicate groups, in order."""
        ...


class Encoder(Protocol):
    """Text to unit vectors. Deterministic: equal batches of texts give equal bits on one machine."""

    @property
    def fingerprint(self) -> Mapping[str, str]:
        """What makes vectors comparable: model, weights, dim, prompts, pooling, max_tokens, text_recipe."""
        ...

    @property
    def dim(self) -> int:
        """Length of a vector."""
        ...

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """Vectors of texts to be found: float32 ``(len(texts), dim)``, rows of norm 1, in the order of the input."""
        ...

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of questions; shape, type and order as `encode_documents`."""
        ...

    def truncated(self, texts: Sequence[str]) -> Sequence[bool]:
        """For each text, whether the model reads only its beginning."""
        ...


class Reranker(Protocol):
    """Reads a question and a paper together; better than cosine, and too slow for more than some dozens of papers."""

    def score(self, question: str, texts: Sequence[str]) -> NDArray[np.float64]:
        """How well each text answers: float64 ``(len(texts),)``, in their order; greater is better; any scale."""
        ...


class Progress(Protocol):
    """What a long job tells whoever watches."""

    def __call__(self, *, done: int, total: int | None, papers: int, embedded: int) -> None:
        """``done`` of ``total`` bytes (or steps) are behind; ``papers`` read and ``embedded`` so far."""
        ...


def silent(*, done: int, total: int | None, papers: int, embedded: int) -> None:
    """The progress that shows nothing."""
