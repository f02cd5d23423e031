"""CSL-JSON for Zotero, Pandoc and citeproc. Source: github.com/citation-style-language/schema, csl-data.json."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TextIO

from semsearch.model.printable import json_text
from semsearch.text.publication_types import CSL_TYPES, kind_of
from semsearch.writers.references import Noted, ReferenceWriter, editors_of, kept_extra, keyword_list

if TYPE_CHECKING:
    from semsearch.model.paper import Paper

_DATE = re.compile(r"(\d{4})-(\d\d?)(?:-(\d\d?))?")


class CslJsonWriter(ReferenceWriter):
    """A list of objects, one per line."""

    def _write(self, papers: Noted, out: TextIO) -> None:
        out.write("[")
        for number, (paper, note) in enumerate(papers):
            out.write(("," if number else "") + "\n" + self.record(paper, note))
        out.write("\n]\n")

    def record(self, paper: Paper, note: str) -> str:
        """See `ReferenceWriter`."""
        kind = kind_of(paper.type, paper.venue).csl if paper.type else "article"
        kind = paper.type if paper.type in CSL_TYPES else kind
        editors, authors = editors_of(paper)
        shape: dict[str, Any] = {"id": paper.id, "type": kind}
        shape |= {
            "citation-key": paper.key,
            "title": paper.title,
            "author": [_person(name) for name in authors],
            "editor": [_person(name) for name in editors],
            "issued": _issued(paper),
            "container-title": paper.venue,
            "volume": paper.volume,
            "issue": paper.issue,
            "page": paper.pages,
            "DOI": paper.doi,
            "PMID": paper.pmid,
            "PMCID": paper.pmcid,
            "aclid": paper.acl_id,
            "arxiv": f"{paper.arxiv_id}{f'v{paper.arxiv_version}' if paper.arxiv_version else ''}"
            if paper.arxiv_id
            else None,
            "ISSN": paper.issn,
            "URL": paper.url,
            "language": paper.language,
            "keyword": keyword_list(paper.keywords),
            "comment": paper.comment,
            "tags": keyword_list(paper.tags),
            "abstract": paper.abstract,
            "note": note,
        }
        shape["custom"] = kept_extra(paper, kind)  # "additional information that does not have a designated field"
        return json_text({name: value for name, value in shape.items() if value})


def _person(name: str) -> dict[str, str]:
    family, comma, given = name.partition(", ")
    given, _, suffix = given.partition(", ")
    if not (comma and given):
        return {"literal": name}
    return {"family": family, "given": given} | ({"suffix": suffix} if suffix else {})


def _issued(paper: Paper) -> dict[str, Any] | None:
    """Year, month and day, as far as the date contains them. A date in another form is kept under the key ``raw``."""
    if not paper.year:
        return {"raw": paper.date} if paper.date else None
    match = _DATE.fullmatch(paper.date)
    if match and int(match[1]) == paper.year:
        parts = [int(part) for part in match.groups() if part]
        if paper.date == "-".join(f"{part:02d}" for part in parts):
            return {"date-parts": [parts]}
    return {"date-parts": [[paper.year]]} | ({"raw": paper.date} if paper.date else {})
