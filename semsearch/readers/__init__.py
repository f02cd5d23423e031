"""What can be read. A new format is one module here and one line in `FORMATS`."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from semsearch.model.errors import MalformedSource, SourceError, UnknownFormat
from semsearch.model.paper import Paper, Rejected, Source
from semsearch.readers import (
    acl_xml,
    atom,
    bibtex,
    cochrane,
    crossref_xml,
    endnote_tagged,
    endnote_xml,
    jats,
    json_records,
    marc_xml,
    medline,
    mods,
    oai,
    ovid,
    paragraphs,
    parquet,
    pubmed_xml,
    refworks,
    ris,
    scraped,
    tabular,
    web_of_science,
    word_sources,
    xlsx,
    zotero,
)
from semsearch.readers.compression import DAMAGE
from semsearch.readers.opening import OpenedFile, find_files
from semsearch.readers.record import column_options, rejected
from semsearch.readers.tagged import TaggedFormat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from semsearch.model.policy import ReadingPolicy
    from semsearch.model.protocols import FormatReader


def _never(head: str) -> bool:  # noqa: ARG001
    """Whatever it holds should be records."""
    return False


def _always(head: str) -> bool:  # noqa: ARG001
    """Its reader itself rejects what it does not understand."""
    return True


class Format(NamedTuple):
    """A row of the table."""

    name: str
    """What ``--from`` calls it."""
    reader: FormatReader
    """Module that implements `semsearch.model.protocols.FormatReader`."""
    suffixes: tuple[str, ...]
    """Ends of file names, lower-case, without ``.gz``. A file of another suffix is of this format by content only."""
    is_empty: Callable[[str], bool] = _never
    """Whether a file that begins so, and in which no record was met, truly holds none; else it was not understood."""


#: In the order in which content is looked at: the surest first, plain text last.
FORMATS: tuple[Format, ...] = (
    Format("json", json_records, (".json", ".jsonl", ".ndjson"), json_records.is_empty),
    Format("xlsx", xlsx, (".xlsx",), _always),
    Format("parquet", parquet, (".parquet", ".arrow", ".feather"), _always),
    Format("zotero", zotero, (".sqlite",), _always),
    Format("pubmed-xml", pubmed_xml.READER, (".xml",), pubmed_xml.READER.is_empty),
    Format("endnote-xml", endnote_xml.READER, (".xml",), endnote_xml.READER.is_empty),
    Format("arxiv-atom", atom.READER, (".xml", ".atom"), atom.READER.is_empty),
    Format("crossref-xml", crossref_xml.READER, (".xml",), crossref_xml.READER.is_empty),
    Format("mods", mods.READER, (".xml", ".mods"), mods.READER.is_empty),
    Format("oai", oai.READER, (".xml",), oai.READER.is_empty),
    Format("acl-xml", acl_xml.READER, (".xml",), acl_xml.READER.is_empty),
    Format("jats", jats.READER, (".xml", ".nxml", ".jats"), jats.READER.is_empty),
    Format("marc-xml", marc_xml.READER, (".xml", ".marcxml"), marc_xml.READER.is_empty),
    Format("word", word_sources.READER, (".xml",), word_sources.READER.is_empty),
    Format("bibtex", bibtex, (".bib", ".bibtex", ".biblatex"), bibtex.is_empty),
    Format("ris", ris.READER, (".ris", ".enl")),
    Format("medline", medline.READER, (".nbib", ".medline")),
    Format("wos", web_of_science.READER, (".ciw", ".isi")),
    Format("endnote", endnote_tagged.READER, (".enw",)),
    Format("refworks", refworks.READER, (".txt",)),
    Format("cochrane", cochrane.READER, (".txt",)),
    Format("ovid", ovid, (".txt",)),
    Format("scraped", scraped, (".txt", ".text")),
    Format("csv", tabular, (".csv", ".tsv", ".tab"), _always),
    Format("text", paragraphs, (".txt", ".text", "")),
)
NAMES = tuple(f.name for f in FORMATS)


class SourceFile:
    """One file to read, with its format; iterating over `records` reads it.

    Args:
        opened: The file.
        kind: Its format.

    Attributes:
        opened: The file.
        format: Its format, or ``None`` where none fits (only for files found in a folder).
        complete: Whether it was read to its end.
        understood: Whether there was a record in it, or truly none.
        count: Records met so far.
    """

    def __init__(self, opened: OpenedFile, kind: Format | None) -> None:
        self.opened = opened
        self.format = kind
        self.complete = False
        self.understood = True
        self.count = 0

    @property
    def name(self) -> str:
        """Path as given, or ``<stdin>``."""
        return self.opened.name

    def records(self) -> Iterator[Paper | Rejected]:
        """Papers and rejected records in file order; damage to the file as a whole ends it with a `Rejected`."""
        if self.format is None:
            return
        try:
            for record in self.format.reader.read(self.opened):
                self.count += 1
                yield record
            if not self.count and (head := self.opened.head()).strip() and not self.format.is_empty(head):
                self.understood = False
                reason = f"the file has no record of the format {self.format.name}; --from sets another format"
                yield rejected(Source(self.name, 1), reason, head)
            self.complete = self.understood
        except MalformedSource as error:
            yield Rejected(Source(self.name), error.reason)
        except DAMAGE as error:
            yield Rejected(Source(self.name), f"compressed data is damaged or cut short: {error}")
        except OSError as error:
            yield Rejected(Source(self.name), f"reading failed: {error.strerror or error}")
        finally:
            self.opened.dispose()


def open_sources(
    names: Sequence[str],
    *,
    kind: str | None = None,
    encoding: str | None = None,
    columns: Sequence[str] = (),
    policy: ReadingPolicy | None = None,
) -> list[SourceFile]:
    """The files that ``names`` mean, each with its format.

    Args:
        names: Files, folders, ``-`` for standard input.
        kind: A format's name for all of them; else each is recognised by content, then by suffix.
        encoding: Text encoding for all of them.
        columns: ``field=Heading`` for headings of tables and keys of JSON that are not known, or mean something else.
        policy: How much of a file is held in memory at once.

    Raises:
        QueryError: A column of another form.
        SourceError: A name that does not exist or may not be read.
        UnknownFormat: A file that the user named is of no known format.
    """
    forced = next((f for f in FORMATS if f.name == kind), None)
    if kind and not forced:
        raise UnknownFormat(names[0] if names else "-", f"no format '{kind}'; the formats are {', '.join(NAMES)}")
    if encoding:
        _check_encoding(encoding)
    sources = []
    named = column_options(columns)
    for found in find_files(names):
        opened = OpenedFile(found.path, found.name, encoding, found.member, named, policy)
        fitting = forced or recognise(opened, Path() if opened.temporary else Path(found.name), named=found.named)
        if fitting is None and found.named:
            raise UnknownFormat(found.name, f"its format is not known; set one with --from ({', '.join(NAMES)})")
        sources.append(SourceFile(opened, fitting))
    return sources


def _check_encoding(encoding: str) -> None:
    try:
        "".encode(encoding)
    except (LookupError, UnicodeError) as error:
        raise SourceError(f"--encoding {encoding}", "no such encoding; try utf-8, cp1252 or utf-16") from error


def recognise(opened: OpenedFile, path: Path, *, named: bool = True) -> Format | None:
    """The format of a file: by content, those whose suffix fits first; plain text by suffix only.

    Args:
        opened: The file.
        path: Its name.
        named: Whether the user named just this file; in a folder, a file without suffix is no plain text (LICENSE).
    """
    name = path.name.lower().removesuffix(".gz").removesuffix(".zst")
    suffix = Path(name).suffix
    head = ""
    with contextlib.suppress(OSError, *DAMAGE):
        head = opened.head()
    if not head.strip():  # no records, of whatever format
        return next((f for f in FORMATS if suffix in f.suffixes), None)
    fitting = [f for f in FORMATS if suffix in f.suffixes and f.reader is not paragraphs]
    others = [f for f in FORMATS if suffix not in f.suffixes and f.reader is not paragraphs]
    last = [f for f in FORMATS if suffix in f.suffixes and f.reader is paragraphs and (named or suffix)]
    found = next((f for f in (*fitting, *others) if f.reader.recognise(head)), None)
    found = found or next((f for f in (*fitting, *others) if _has_tags(f.reader, head)), None)
    found = found or next((f for f in last if f.reader.recognise(head)), None)
    # A file whose suffix says so and whose content is damaged is still read, so that its records are seen rejected.
    return found or (fitting[0] if len(fitting) == 1 else None)


def _has_tags(reader: FormatReader, head: str) -> bool:
    """Whether a text is of a format of tagged lines, and its records have lost their beginnings."""
    return isinstance(reader, TaggedFormat) and reader.recognise_tags(head)
