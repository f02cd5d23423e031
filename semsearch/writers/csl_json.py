"""CSL-JSON for Zotero, Pandoc and citeproc. Source: github.com/citation-style-language/schema, csl-data.json."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TextIO

from semsearch.model.printable import json_text
from semsearch.writers.references import Noted, ReferenceWriter, keyword_list

if TYPE_CHECKING:
    from semsearch.model.paper import Paper

_TYPES = {
    **dict.fromkeys(("article", "jour", "journal article", "journal-article"), "article-journal"),
    **dict.fromkeys(("inproceedings", "conference", "cpaper", "conf", "proceedings-article"), "paper-conference"),
    "book": "book",
    "chap": "chapter",
    "incollection": "chapter",
    "phdthesis": "thesis",
    "thes": "thesis",
    "techreport": "report",
}
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
        shape: dict[str, Any] = {"id": paper.id, "type": _TYPES.get(paper.type.lower(), paper.type or "article")}
        shape |= {
            "citation-key": paper.key,
            "title": paper.title,
            "author": [_person(name) for name in paper.authors],
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
        shape["custom"] = dict(paper.extra)  # "additional information that does not have a designated field"
        return json_text({name: value for name, value in shape.items() if value})


def _person(name: str) -> dict[str, str]:
    family, comma, given = name.partition(", ")
    return {"family": family, "given": given} if comma and given else {"literal": name}


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
