"""Input formats. A new format is one module here and one line in `FORMATS`."""

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
    dblp_xml,
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
    proquest_text,
    pubmed_text,
    pubmed_xml,
    refworks,
    ris,
    scraped,
    tabular,
    tei,
    web_of_science,
    word_sources,
    xlsx,
    zotero,
    zotero_rdf,
)
from semsearch.readers.compression import DAMAGE
from semsearch.readers.headings import column_options
from semsearch.readers.opening import OpenedFile, find_files
from semsearch.readers.record import rejected
from semsearch.readers.tagged import TaggedFormat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from semsearch.model.policy import ReadingPolicy
    from semsearch.model.protocols import FormatReader


def _never(head: str) -> bool:  # noqa: ARG001
    """For formats in which every file with any text has records."""
    return False


def _always(head: str) -> bool:  # noqa: ARG001
    """For formats whose reader rejects everything that it does not understand."""
    return True


class Format(NamedTuple):
    """An input format, one row of the table `FORMATS`."""

    name: str
    """Name for ``--from``."""
    reader: FormatReader
    """Module or object that implements `semsearch.model.protocols.FormatReader`."""
    suffixes: tuple[str, ...]
    """Suffixes of file names, lower case, without ``.gz``. With another suffix, only the content decides."""
    is_empty: Callable[[str], bool] = _never
    """Called with the beginning of a file in which no record was found: whether the file really has no records. If not,
    the file was not understood."""


#: All formats, in the order in which the content of a file is tested: the most certain first, plain text last.
FORMATS: tuple[Format, ...] = (
    Format("json", json_records, (".json", ".jsonl", ".ndjson"), json_records.is_empty),
    Format("xlsx", xlsx, (".xlsx",), _always),
    Format("parquet", parquet, (".parquet", ".arrow", ".feather"), _always),
    Format("zotero", zotero, (".sqlite",), _always),
    Format("pubmed-xml", pubmed_xml.READER, (".xml",), pubmed_xml.READER.is_empty),
    Format("endnote-xml", endnote_xml.READER, (".xml",), endnote_xml.READER.is_empty),
    Format("arxiv-atom", atom.READER, (".xml", ".atom"), atom.READER.is_empty),
    Format("dblp", dblp_xml.READER, (".xml",), dblp_xml.READER.is_empty),
    Format("crossref-xml", crossref_xml.READER, (".xml",), crossref_xml.READER.is_empty),
    Format("mods", mods.READER, (".xml", ".mods"), mods.READER.is_empty),
    Format("zotero-rdf", zotero_rdf, (".rdf", ".xml"), zotero_rdf.is_empty),
    Format("tei", tei.READER, (".xml", ".tei"), tei.READER.is_empty),
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
    Format("proquest-text", proquest_text, (".txt",)),
    Format("pubmed-text", pubmed_text, (".txt",)),
    Format("scraped", scraped, (".txt", ".text")),
    Format("csv", tabular, (".csv", ".tsv", ".tab"), _always),
    Format("text", paragraphs, (".txt", ".text", "")),
)
NAMES = tuple(f.name for f in FORMATS)


class SourceFile:
    """One file to read, with its format. `records` reads it.

    Args:
        opened: The file.
        kind: Its format; ``None`` if no format fits, which is possible for a file found in a folder.

    Attributes:
        opened: The file.
        format: Its format, or ``None``.
        complete: Whether it was read to its end.
        understood: ``False`` if the file has text, but no record was found in it.
        count: Records found so far, papers and rejected ones.
    """

    def __init__(self, opened: OpenedFile, kind: Format | None) -> None:
        self.opened = opened
        self.format = kind
        self.complete = False
        self.understood = True
        self.count = 0

    @property
    def name(self) -> str:
        """Path as it was given, or ``<stdin>``."""
        return self.opened.name

    def records(self) -> Iterator[Paper | Rejected]:
        """Papers and rejected records, in the order of the file.

        If the file as a whole is damaged, the last one is a `Rejected` with the reason.
        """
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
    """Find the files to read, and the format of each.

    Args:
        names: Paths of files and folders; ``-`` is standard input.
        kind: Name of the format of all files. ``None`` recognises each file by its content, then by its suffix.
        encoding: Text encoding of all files. ``None`` is UTF-8, or what a byte order mark says.
        columns: ``field=Heading`` for headings of tables and keys of JSON that semsearch does not know, or that mean
            something else here.
        policy: How much of a file is in memory at once. ``None`` takes the usual sizes.

    Returns:
        The files in the order of ``names``; the files of a folder are sorted. A file of unknown format in a folder is
        there too, with the format ``None``.

    Raises:
        QueryError: A value of ``columns`` does not have this form.
        SourceError: A path does not exist or cannot be read, or there is no such encoding.
        UnknownFormat: There is no format ``kind``, or a file that was named has no known format.
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
            seen = paragraphs.what_it_is(opened.head())
            raise UnknownFormat(
                found.name, f"its format is not known (it looks like {seen}); set one with --from ({', '.join(NAMES)})"
            )
        sources.append(SourceFile(opened, fitting))
    return sources


def _check_encoding(encoding: str) -> None:
    try:
        "".encode(encoding)
    except (LookupError, UnicodeError) as error:
        raise SourceError(f"--encoding {encoding}", "no such encoding; try utf-8, cp1252 or utf-16") from error


def recognise(opened: OpenedFile, path: Path, *, named: bool = True) -> Format | None:
    """Recognise the format of a file.

    The content decides. Formats with the suffix of the file are tested first. Only plain text is recognised by suffix.

    Args:
        opened: The file.
        path: Its path, for the suffix.
        named: Whether the user named this file. In a folder, a file without a suffix (LICENSE) is not plain text.

    Returns:
        The format; ``None`` if no format fits.
    """
    name = path.name.lower().removesuffix(".gz").removesuffix(".zst")
    suffix = Path(name).suffix
    head = ""
    with contextlib.suppress(OSError, *DAMAGE):
        head = opened.head()
    if not head.strip():  # an empty file has no records in any format
        return next((f for f in FORMATS if suffix in f.suffixes), None)
    fitting = [f for f in FORMATS if suffix in f.suffixes and f.reader is not paragraphs]
    others = [f for f in FORMATS if suffix not in f.suffixes and f.reader is not paragraphs]
    last = [f for f in FORMATS if suffix in f.suffixes and f.reader is paragraphs and (named or suffix)]
    found = next((f for f in (*fitting, *others) if f.reader.recognise(head)), None)
    found = found or next((f for f in (*fitting, *others) if _has_tags(f.reader, head)), None)
    found = found or next((f for f in last if f.reader.recognise(head)), None)
    # If the suffix tells the format and the content is damaged, the file is read, so that its records are rejected.
    return found or (fitting[0] if len(fitting) == 1 else None)


def _has_tags(reader: FormatReader, head: str) -> bool:
    """Whether a text has the tags of this format, although no record in it has its first line."""
    return isinstance(reader, TaggedFormat) and reader.recognise_tags(head)
