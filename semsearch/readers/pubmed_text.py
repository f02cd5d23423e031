"""PubMed's formats "Abstract (text)" and "Summary (text)": numbered records of paragraphs. Source: PubMed's user guide.

::

    1. J Imagined Roofs. 2031 Mar;7(2):11-19. doi: 10.5555/roof.1. Epub 2031 Jan 2.

    Moss on roofs.

    Garcia A(1), Novak P(2).

    Author information: …

    BACKGROUND: …

    Copyright © …

    DOI: 10.5555/roof.1
    PMCID: PMC7
    PMID: 77 [Indexed for MEDLINE]
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from semsearch.readers.passages import TOO_LONG, Passage
from semsearch.readers.record import paper_of, rejected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from semsearch.model.paper import Paper, Rejected
    from semsearch.model.protocols import Opened

#: The first line of a record: number, journal, date, volume, issue, pages.
_CITATION = re.compile(
    r"\ufeff?(?P<number>\d+)[.:] (?P<journal>[^.;]+(?:\([^()]*\))?)\.\s(?P<date>[12]\d{3}(?:[ -/][\w/-]+){0,3})"
    r"(?:;(?P<volume>[^():;.]*)(?:\((?P<issue>[^()]*)\))?(?::(?P<pages>[\w.,; -]*?))?)?(?=\.|$|\s)"
)
#: The first line of a record in the format "Summary": number and authors. The citation follows the title.
_NUMBERED = re.compile(r"\ufeff?\d+[.:] \S")
_IDS = re.compile(r"^(DOI|PMCID|PMID): (\S+)", re.MULTILINE)
_IN_CITATION = re.compile(r"\bdoi: (10\.\S+?)\.?(?=\s|$)", re.IGNORECASE)
_NOTE = re.compile(
    r"(?:Comment (?:in|on)|Erratum (?:in|for)|Update (?:in|of)|Retraction (?:in|of)|Republished|Conflict of interest|"
    r"Author information:|Collaborators?:|©|Copyright|\(c\)|Supplementary|Publisher:)",
    re.IGNORECASE,
)
_MARKS = re.compile(r"\(\d+\)(?:\(\d+\))*")
_SUMMARY_ID = re.compile(r"\bPMID: (\d+)(?:; PMCID: (PMC\d+))?")


def recognise(head: str) -> bool:
    """Whether the first line with text is a numbered citation, or a numbered record that ends with a PMID."""
    lines = [line for line in head.lstrip("\ufeff\n ").split("\n") if line.strip()]
    if not lines or not _NUMBERED.match(lines[0]):
        return False
    return bool(re.search(r"\bPMID: \d", head)) and lines[0].startswith(("1.", "1:"))


def read(opened: Opened) -> Iterator[Paper | Rejected]:
    """See `semsearch.model.protocols.FormatReader`."""
    passage, number = Passage(opened.name), 0
    is_after_blank = True
    for at, line in opened.lines():
        match = _NUMBERED.match(line) if is_after_blank else None
        if match and int(re.split("[.:]", line.lstrip("\ufeff"), maxsplit=1)[0]) == number + 1:
            number += 1
            yield from _record(opened, passage)
            passage = Passage(opened.name)
        passage.add(at, line)
        is_after_blank = not line.strip()
    yield from _record(opened, passage)


def _record(opened: Opened, passage: Passage) -> Iterator[Paper | Rejected]:
    raw, source = passage.raw, passage.source
    if not raw:
        return
    if passage.is_too_long:
        yield rejected(source, TOO_LONG, raw)
        return
    parts = [" ".join(part.split()) for part in re.split(r"\n\s*\n", raw)]
    ids = dict(reversed(_IDS.findall(raw)))
    record = _of_abstract(parts) if len(parts) > 1 else _of_summary(parts[0])
    record |= {name.casefold(): value for name, value in ids.items()}
    values = {name: value for name, value in record.items() if value}
    yield paper_of(values, source, raw, opened.columns, opened.repaired)


def _of_abstract(parts: list[str]) -> dict[str, str]:
    """The fields of a record of paragraphs."""
    record = _of_citation(parts[0])
    texts, notes = list[str](), list[str]()
    for part in parts[3:]:
        if _IDS.match(part):
            continue
        (notes if _NOTE.match(part) else texts).append(part)
    record["title"] = parts[1]
    people = parts[2] if len(parts) > 2 and not _IDS.match(parts[2]) else ""
    record["authors"] = _MARKS.sub("", people).removesuffix(".")
    record["abstract"] = " ".join(texts)
    return record | {"notes": "; ".join(notes)}


def _of_summary(text: str) -> dict[str, str]:
    """The fields of a record in the format "Summary": authors, title, citation and PMID in sentences."""
    whole = re.match(r"\ufeff?\d+[.:] (?P<authors>.*?)\. (?P<title>.+?[.?!]) (?P<rest>[^.]+\. [12]\d{3}.*)", text)
    if not whole:
        return {"title": re.sub(r"^\ufeff?\d+[.:] ", "", text)}
    record = _of_citation(f"1. {whole['rest']}") | {"authors": whole["authors"], "title": whole["title"]}
    if match := _SUMMARY_ID.search(text):
        record |= {"pmid": match[1], "pmcid": match[2] or ""}
    return record


def _of_citation(text: str) -> dict[str, str]:
    match = _CITATION.match(text)
    if not match:
        return {"citation": text}
    record = {name: (value or "").strip() for name, value in match.groupdict().items() if name != "number"}
    if doi := _IN_CITATION.search(text):
        record["doi"] = doi[1]
    return record | {"citation": text.partition(" ")[2]}
