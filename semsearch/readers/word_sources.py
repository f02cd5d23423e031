"""The list of sources of Microsoft Word, ``Sources.xml``. Source: ISO/IEC 29500, shared ML, Bibliography."""

from __future__ import annotations

import re
from typing import Any

from semsearch.readers.xml_stream import Fields, XmlFormat, first, joined


def _convert(record: Any) -> Fields:
    people = record.iterfind("{*}Author/{*}Author//{*}Person")
    return {
        "title": first(record, "{*}Title"),
        "abstract": first(record, "{*}BIBTEX_Abstract", "{*}Comments"),
        "authors": [
            name
            for p in people
            if (name := joined(first(p, "{*}Last"), joined(first(p, "{*}First"), first(p, "{*}Middle")), by=", "))
        ]
        or [name for name in [first(record, "{*}Author/{*}Author/{*}Corporate")] if name],
        "year": first(record, "{*}Year"),
        "date": joined(*(first(record, f"{{*}}{part}") for part in ("Year", "Month", "Day"))),
        "venue": first(record, "{*}JournalName", "{*}ConferenceName", "{*}BookTitle", "{*}PeriodicalTitle"),
        "volume": first(record, "{*}Volume"),
        "issue": first(record, "{*}Issue"),
        "pages": first(record, "{*}Pages"),
        "doi": first(record, "{*}DOI"),
        "issn": first(record, "{*}StandardNumber"),
        "url": first(record, "{*}URL"),
        "keywords": first(record, "{*}BIBTEX_KeyWords"),
        "type": first(record, "{*}SourceType"),
        "key": first(record, "{*}Tag"),
        "extra": {"publisher": first(record, "{*}Publisher")},
    }


READER = XmlFormat(re.compile(r"officeDocument/2006/bibliography"), ("Source",), _convert, wrappers=("Sources",))
