"""Turns a record with any headings, or with fields of `Paper`, into a `Paper` with clean text and an id."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from semsearch.identity import ids
from semsearch.model.paper import Paper, Rejected, Source
from semsearch.model.printable import safe
from semsearch.readers.flattening import is_empty, text_of, words_of
from semsearch.readers.heading_names import HEADINGS
from semsearch.readers.headings import DATABASES, MANY, field_of, fold_heading, rank
from semsearch.readers.identification import IDENTIFIERS, identify, identify_by_key, identify_by_labels
from semsearch.readers.mending import mended
from semsearch.readers.people import people_of
from semsearch.text.cleaning import plain, without_copyright
from semsearch.text.dates import iso_date, iso_date_in
from semsearch.text.surrogates import without_surrogates

#: Is called with the line of a record, what was repaired in it, and its text: `Opened.repaired`.
Repaired = Callable[[int, str, str], None]
#: Most characters that are kept of a rejected record.
RAW_LIMIT = 2**16

_DASHES = re.compile(r"(?<=\w)\s*[-‐-―−]+\s*(?=\w)")
#: Each name is a field of its own in the record that `build` gets.
_OWN = {name: name for name in HEADINGS}
#: ``Journal of Roofs (2031) 7:2 (11-19).`` of Embase.
_PLACE = re.compile(
    r"(?P<venue>[^()]{3,200}?) \((?P<year>[12]\d{3})\) (?P<volume>\d+)(?::(?P<issue>[\w-]+))?"
    r" \((?P<pages>[^()]+)\)(?:\.|$)"
)
_YEAR = re.compile(r"(?<!\d)(1[5-9]\d\d|20\d\d)(?!\d)")
#: Headings of the first page, and headings of the last page.
_FIRST_PAGE = frozenset(["bp", "startpage", "pagestart", "firstpage", "beginpage", "startingpage", "bibliofirstpage"])
_LAST_PAGE = frozenset(["ep", "endpage", "pageend", "lastpage", "endingpage", "bibliolastpage", "otherpages"])
#: The two columns for tags in Zotero: tags that a person gave, and tags that came with the record.
_TAG_COLUMNS = ("manualtags", "automatictags")
#: Errors that values of unexpected types cause. Then only this record is rejected.
UNREADABLE = (TypeError, ValueError, AttributeError, LookupError, OverflowError, RecursionError)


def rejected(source: Source, reason: str, raw: str) -> Rejected:
    """Reject a record.

    Args:
        source: File and line of the record.
        reason: What is wrong, in one line.
        raw: Text of the record; it is cut at `RAW_LIMIT`.
    """
    return Rejected(source, without_surrogates(reason), without_surrogates(raw[:RAW_LIMIT]))


def without_text(paper: Paper, raw: str) -> Rejected:
    """Reject a record that has neither a title nor an abstract; what was read of it is kept if an identifier names it.

    Args:
        paper: What was read.
        raw: Text of the record.
    """
    named = paper.doi or paper.pmid or paper.pmcid or paper.arxiv_id or paper.acl_id
    return replace(rejected(paper.source, "neither title nor abstract", raw), named=paper if named else None)


def unreadable(source: Source, error: BaseException, raw: str) -> Rejected:
    """Reject a record because a value in it has an unexpected type.

    Args:
        source: File and line of the record.
        error: The error that the value caused.
        raw: Text of the record.
    """
    return rejected(source, f"cannot be read: {str(error) or type(error).__name__}"[:200], raw)


def paper_of(
    record: Mapping[str, Any],
    source: Source,
    raw: str = "",
    columns: Mapping[str, str] | None = None,
    repaired: Repaired | None = None,
) -> Paper | Rejected:
    """The paper in a record with any headings. Headings that mean no field become extra fields.

    Args:
        record: Values by heading.
        source: File and line of the record.
        raw: Text of the record, which is kept if it is rejected.
        columns: See `field_of`.
        repaired: See `build`.
    """
    notes: list[str] = []
    try:
        values, extra = _by_field({without_surrogates(str(h)): v for h, v in record.items()}, columns, notes)
    except UNREADABLE as error:
        return unreadable(source, error, raw)
    return build(values, extra, source, raw, repaired, notes)


def _by_field(
    record: Mapping[str, Any], columns: Mapping[str, str] | None, notes: list[str]
) -> tuple[dict[str, Any], dict[str, str]]:
    """The values of a record by field of `Paper`, and those that fit no field."""
    fields = {heading: field_of(heading, columns) for heading in record}
    record = mended(record, fields, notes)
    chosen: dict[str, str] = {}
    for heading, value in record.items():
        name = fields[heading]
        if name and not is_empty(value) and not _is_database(heading, value):
            held = chosen.get(name)
            if held is None or rank(heading, columns) < rank(held, columns):
                chosen[name] = heading
    record, used = _tags_together(record, chosen, columns)
    extra = named_apart((safe(h), text_of(v)) for h, v in record.items() if h not in used and not is_empty(v))
    if isinstance(own := record.get("custom"), Mapping):  # where CSL-JSON has fields without a name of their own
        extra = {**extra, **{safe(str(name)): text_of(value) for name, value in own.items()}}
        del extra["custom"]
    last = next((heading for heading in extra if fold_heading(heading) in _LAST_PAGE), None)
    if last and fold_heading(first := chosen.get("pages", "")) in _FIRST_PAGE and "-" not in text_of(record[first]):
        record = {**record, first: f"{text_of(record[first])}-{extra.pop(last)}"}
    values = {name: record[heading] for name, heading in chosen.items()}
    return _with_place(values), extra


def _with_place(values: dict[str, Any]) -> dict[str, Any]:
    """The values with journal, volume, issue and pages apart, where Embase has them in one text."""
    match = _PLACE.match(values["venue"]) if isinstance(values.get("venue"), str) else None
    if not match:
        return values
    place = {name: value for name, value in match.groupdict().items() if value}
    if values.get("date"):
        del place["year"]
    return {**place, **values, "venue": place["venue"]}


def _is_database(heading: str, value: Any) -> bool:
    """Whether a column ``source`` names the database of a record, and not its journal."""
    return fold_heading(heading) == "source" and isinstance(value, str) and fold_heading(value) in DATABASES


def _tags_together(
    record: Mapping[str, Any], chosen: Mapping[str, str], columns: Mapping[str, str] | None
) -> tuple[Mapping[str, Any], set[str]]:
    """Put both columns of tags into one. Returns the record, and the headings that are not extra fields."""
    used, heading = set(chosen.values()), chosen.get("tags", "")
    if fold_heading(heading) not in _TAG_COLUMNS:
        return record, used
    both = [h for h in record if fold_heading(h) in _TAG_COLUMNS and field_of(h, columns) == "tags"]
    both.sort(key=lambda h: h != heading)
    words = [word for h in both for word in words_of(record[h])]
    return {**record, heading: list(dict.fromkeys(words))}, used | set(both)


def named_apart(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Values by name. If names are equal after cleaning, the later ones get a number."""
    found: dict[str, str] = {}
    for name, value in pairs:
        number, free = 1, name
        while free in found:
            number += 1
            free = f"{name} ({number})"
        found[free] = value
    return found


def build(
    record: Mapping[str, Any],
    extra: Mapping[str, str],
    source: Source,
    raw: str = "",
    repaired: Repaired | None = None,
    notes: list[str] | None = None,
) -> Paper | Rejected:
    """Make a paper from values of its fields: clean the texts, read the identifiers, compute the id.

    Args:
        record: Values by name of a field of `Paper`: texts or lists of texts, as in the file.
        extra: Values that fit no field, by name.
        source: File and line of the record.
        raw: Text of the record, which is kept if it is rejected.
        repaired: Called with what was repaired in the values; see `Opened.repaired`.
        notes: What was repaired before.

    Returns:
        The paper; `Rejected` if it has neither a title nor an abstract, or a value has an unexpected type.
    """
    is_mended, notes = notes is not None, notes or []
    try:
        if not is_mended:
            record, extra = mended(record, _OWN, notes), mended(extra, {}, notes)
        paper = _build(record, extra, source, raw)
    except UNREADABLE as error:
        return unreadable(source, error, raw)
    if repaired and isinstance(paper, Paper):
        for note in dict.fromkeys(notes):
            repaired(source.line, note, raw)
    return paper


def _build(record: Mapping[str, Any], extra: Mapping[str, str], source: Source, raw: str) -> Paper | Rejected:
    values: dict[str, Any] = {}
    kept = dict(extra)
    if original := kept.pop("original-type", ""):  # beside the standard type, as semsearch writes it
        record = {**record, "type": original}
    for name, value in record.items():
        if name in MANY or name == "editors":
            values[name] = people_of(value) if name in ("authors", "editors") else words_of(value)
        elif name in IDENTIFIERS:
            identify(values, kept, name, value)
        elif name == "year":
            values["year"] = _year(value)
            kept |= _no_year(value)
        else:
            values[name] = plain(text_of(value))
    _put_editors(values, kept)
    identify_by_key(values)
    identify_by_labels(values, kept)
    values["abstract"], tail = without_copyright(values.get("abstract", ""))
    if tail:
        kept.setdefault("copyright", tail)
    if values.get("pages"):
        values["pages"] = _DASHES.sub("-", values["pages"])
    _put_date(values, kept, record.get("year"))
    for name in ("url", "key"):
        values[name] = values.get(name) or None
    if ids.is_own_id(values["key"] or ""):  # from an export of semsearch; the id is computed again
        values["key"] = None
    clean = {without_surrogates(name): safe(without_surrogates(value)) for name, value in kept.items()}
    paper = ids.with_id(Paper(**values, extra={k: v for k, v in clean.items() if v}, source=source))
    if not paper.title and not paper.abstract:
        return without_text(paper, raw)
    return paper


def _put_editors(values: dict[str, Any], extra: dict[str, str]) -> None:
    """Editors are an extra field. Where there are no authors, they stand in for them, as in a list of references."""
    editors = values.pop("editors", ())
    if editors:
        extra.setdefault("editors", "; ".join(editors))
        values["authors"] = values.get("authors") or editors


def _put_date(values: dict[str, Any], extra: dict[str, str], of_year: Any) -> None:
    """The date in ISO 8601, as far as date, year, month and day prove it; else the text that is there.

    What such a date does not hold becomes an extra field.

    Args:
        values: Values by field. Month and day are taken out.
        extra: The extra fields.
        of_year: The value from which the year was read.
    """
    text, month, day = (values.pop(name, "") for name in ("date", "month", "day"))
    if not text and (written := text_of(of_year)) != str(values.get("year")) and iso_date(written):
        text = plain(written)
    if values.get("year") is None:
        values["year"] = _year(iso_date(text) or text)
    year = values["year"]
    own = iso_date_in(text, year) if text else ""
    of_parts = iso_date(f"{year} {month} {day}") if month else ""
    date = max(own, of_parts, key=len)
    if date and text and not (own and date.startswith(own)):
        extra.setdefault("date", text)
    if not (of_parts and date.startswith(of_parts)):
        extra |= {name: value for name, value in (("month", month), ("day", day)) if value}
    if (date or text) != str(year):  # otherwise the date is only the year
        values["date"] = date or text


def _year(value: Any) -> int | None:
    match = _YEAR.search(text_of(value))
    return int(match[1]) if match else None


def _no_year(value: Any) -> dict[str, str]:
    """An extra field with the text of a year that is not a number ("in press"); nothing if it is a number."""
    text = plain(text_of(value))
    return {"year": text} if text and _year(text) is None else {}
