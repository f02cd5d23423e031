"""A Zotero library, ``zotero.sqlite``. Source: the schema in github.com/zotero/zotero, ``resource/schema``.

Zotero locks its file, so a copy is read. Notes, attachments, annotations and deleted items are left out.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from semsearch.model.errors import MalformedSource
from semsearch.model.paper import Paper, Rejected, Source
from semsearch.readers.record import build
from semsearch.text.file_names import real_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from semsearch.model.protocols import Opened

_ITEMS = """
SELECT i.itemID, i.key, t.typeName FROM items i JOIN itemTypes t USING (itemTypeID)
WHERE t.typeName NOT IN ('note', 'attachment', 'annotation') AND i.itemID NOT IN (SELECT itemID FROM deletedItems)
ORDER BY i.itemID
"""
_VALUES = """
SELECT f.fieldName, v.value FROM itemData d JOIN fieldsCombined f USING (fieldID) JOIN itemDataValues v USING (valueID)
WHERE d.itemID = ? ORDER BY f.fieldName
"""
_CREATORS = """
SELECT c.lastName, c.firstName, t.creatorType FROM itemCreators JOIN creators c USING (creatorID)
JOIN creatorTypes t USING (creatorTypeID) WHERE itemID = ? ORDER BY orderIndex
"""
_TAGS = "SELECT t.name FROM itemTags JOIN tags t USING (tagID) WHERE itemID = ? ORDER BY t.name"
_COLLECTIONS = """
WITH RECURSIVE named (id, path) AS (
    SELECT collectionID, collectionName FROM collections WHERE parentCollectionID IS NULL
    UNION ALL SELECT c.collectionID, named.path || '/' || c.collectionName
    FROM collections c JOIN named ON c.parentCollectionID = named.id)
SELECT path FROM named JOIN collectionItems ON id = collectionID WHERE itemID = ? ORDER BY path
"""
_VENUES = (
    "publicationTitle",
    "proceedingsTitle",
    "bookTitle",
    "conferenceName",
    "university",
    "institution",
    "repository",
)
_FIELDS = {
    "title": ("title", "caseName", "subject", "nameOfAct"),
    "abstract": ("abstractNote",),
    "venue": _VENUES,
    "volume": ("volume",),
    "issue": ("issue", "number"),
    "pages": ("pages",),
    "doi": ("DOI",),
    "issn": ("ISSN", "ISBN"),
    "url": ("url",),
    "language": ("language",),
}
_STORED_DATE = re.compile(r"\d{4}-\d\d-\d\d(?= |$)")
#: Lines of the field Extra with values for which Zotero has no field.
_EXTRA_LINE = re.compile(r"^(PMID|PMCID|arXiv|DOI|Citation Key)\s*:\s*(\S+)", re.IGNORECASE | re.MULTILINE)


def recognise(head: str) -> bool:
    """Whether it is an SQLite file. Whether it is a library of Zotero is only known when it is opened."""
    return head.startswith("SQLite format 3\x00")


def read(opened: Opened) -> Iterator[Paper | Rejected]:
    """See `semsearch.model.protocols.FormatReader`.

    Args:
        opened: The file.

    Raises:
        MalformedSource: The file is not a library of Zotero, or is damaged.
    """
    with tempfile.TemporaryDirectory(prefix="semsearch-zotero-") as folder:
        copy = Path(folder) / "zotero.sqlite"
        with opened.binary() as stream, copy.open("wb") as target:
            shutil.copyfileobj(stream, target)
        for journal in ("-wal", "-journal"):
            beside = Path(real_name(opened.name) + journal)
            if beside.is_file():
                shutil.copyfile(beside, f"{copy}{journal}")
        try:
            with closing(sqlite3.connect(copy)) as library:
                for number, (item, key, kind) in enumerate(library.execute(_ITEMS).fetchall(), 1):
                    yield _paper(library, item, key, kind, Source(opened.name, number), opened)
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            raise MalformedSource(opened.name, f"not a Zotero library, or damaged: {error}") from error


def _paper(
    library: sqlite3.Connection, item: int, key: str, kind: str, source: Source, opened: Opened
) -> Paper | Rejected:
    values = {name: str(value) for name, value in library.execute(_VALUES, (item,))}
    record: dict[str, Any] = {"type": kind, "key": values.pop("citationKey", key)}
    used: set[str] = {"date"}
    for name, candidates in _FIELDS.items():
        chosen = next((c for c in candidates if values.get(c)), None)
        if chosen:
            record[name] = values[chosen]
            used.add(chosen)
    # "2010-05-00 May 2010": the date in the form of Zotero, then as it was typed. Words can say more: "Mar-Apr 2010".
    date = values.get("date", "")
    stored = _STORED_DATE.match(date)
    typed = date[stored.end() :].strip() if stored else date
    record["date"] = stored[0] if stored and not any(map(str.isalpha, typed)) else typed
    for label, value in _EXTRA_LINE.findall(values.get("extra", "")):
        name = {"arxiv": "arxiv_id", "citation key": "key"}.get(label.lower(), label.lower())
        if name == "key" or name not in record:
            record[name] = value
    if values.get("archiveID", "").lower().startswith("arxiv:"):
        record.setdefault("arxiv_id", values["archiveID"])
    people = library.execute(_CREATORS, (item,)).fetchall()
    others = ("editor", "translator", "seriesEditor", "reviewedAuthor", "contributor")
    record["authors"] = [_name(last, first) for last, first, role in people if role not in others and (last or first)]
    record["editors"] = [_name(last, first) for last, first, role in people if role == "editor" and (last or first)]
    if not record["authors"] and not record["editors"]:
        record["authors"] = [_name(last, first) for last, first, _ in people if last or first]
    record["tags"] = [name for (name,) in (*library.execute(_TAGS, (item,)), *library.execute(_COLLECTIONS, (item,)))]
    extra = {name: value for name, value in values.items() if name not in used}
    raw = "; ".join(f"{name}: {value}" for name, value in {"item": key, "type": kind, **values}.items())
    return build(record, extra, source, raw, opened.repaired)


def _name(last: str, first: str) -> str:
    return f"{last}, {first}" if first else last
