"""Splits the text of a BibTeX file into blocks, part by part, so that a file of any length needs little memory.

A part ends before an entry at which no brace is open. bibtexparser parses each part.
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from semsearch.readers.opening import OVERLONG

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: The beginning of an entry.
ENTRY = re.compile(
    r"^[ \t]*@[ \t]*(?!comment\b|string\b|preamble\b)[A-Za-z][\w+-]*\s*[{(]", re.IGNORECASE | re.MULTILINE
)
_SWALLOWED = re.compile(r"\n\s*[A-Za-z][\w-]*\s*=\s*[{\"\w]")
_AT = re.compile(r"[ \t]*@[ \t]*[A-Za-z][\w+-]*\s*[{(]")
_ESCAPED_BRACE = re.compile(r"\\[{}\\]")
#: Lines that only an entry has: ``title = {…}``. Outside an entry, they are one that has lost its beginning.
_FIELD_LINE = re.compile(
    r"^[ \t,]*[A-Za-z][\w+-]*[ \t]*=[ \t]*[{\"\w]|^[ \t]*[A-Za-z]+[ \t]*\{[^\s{},]+,", re.MULTILINE
)
#: Size of a part, in characters. A part in which a brace stays open ends at the largest size, at the next entry.
_PART, _LARGEST = 2**17, 2**20
#: Longest entry, in characters, and largest number of open braces that can be repaired.
_REPAIRED_LIMIT, _OPEN_LIMIT = 2**18, 20
KEYLESS = "semsearch-no-key"
_NO_KEY = re.compile(r"^(@\s*[A-Za-z][\w+-]*\s*[{(])(\s*[\w:+-]+\s*=)")
_COMMAS = re.compile(r",(?:\s*,)+")


class Block(NamedTuple):
    """A block of a BibTeX file."""

    kind: str
    """``entry``, ``string``, ``damaged`` (an entry that cannot be read), ``stray`` (fields outside any entry),
    ``between`` (other text between entries, which is a comment by the rules of BibTeX), or ``comment``."""
    line: int
    """Line in which it begins, from 1."""
    raw: str
    """Its text."""
    parsed: Any = None
    """The entry or the string, as bibtexparser gives it; else ``None``."""
    fault: str = ""
    """What is wrong with an entry that can be read all the same; else empty."""


def blocks(lines: Iterable[tuple[int, str]]) -> Iterator[Block]:
    """The blocks of a file, in its order.

    Args:
        lines: Lines with their numbers, from 1.
    """
    keys = set[str]()
    for first, text in _parts(lines):
        for block in _blocks_of(text):
            placed = block._replace(line=first + block.line)
            if block.kind == "entry":
                key = str(block.parsed.key)
                if not block.fault and key in keys:
                    placed = placed._replace(fault=_SAME_KEY)
                keys.add(key)
            yield placed


def _parts(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """The text in parts, each with the number of its first line."""
    part, first, size, depth = list[str](), 1, 0, 0
    for number, text in lines:
        line = text.removesuffix(OVERLONG)
        is_whole = size > _PART and depth <= 0
        if part and (is_whole or size > _LARGEST) and line.lstrip().startswith("@") and _AT.match(line):
            yield first, "\n".join(part)
            part, first, size, depth = [], number, 0, 0
        part.append(line)
        size += len(line) + 1
        bare = _ESCAPED_BRACE.sub("", line) if "\\" in line else line
        depth += bare.count("{") - bare.count("}")
    if part:
        yield first, "\n".join(part)


def _blocks_of(text: str) -> Iterator[Block]:
    """The blocks of a part; the first line has the number 0."""
    from bibtexparser import model

    parsed = _parsed(text)
    for number, block in enumerate(parsed):
        raw, line = block.raw or "", block.start_line or 0
        if isinstance(block, model.Entry):
            yield Block("entry", line, raw, block)
        elif isinstance(block, model.String):
            yield Block("string", line, raw, block)
        elif isinstance(block, model.ParsingFailedBlock) and ENTRY.match(raw):
            # The library stops in the middle of a faulty entry. The text up to the next entry belongs to it too.
            following = parsed[number + 1] if number + 1 < len(parsed) else None
            rest = (following.raw or "") if isinstance(following, model.ImplicitComment) else ""
            entry = block.ignore_error_block or _repaired(f"{raw}{rest}")
            if isinstance(entry, model.Entry):
                yield Block("entry", line, f"{raw}{rest}", entry, _fault(block))
            else:
                yield Block("damaged", line, f"{raw}{rest}")
        elif isinstance(block, model.ImplicitComment):
            before = parsed[number - 1] if number else None
            is_used = isinstance(before, model.ParsingFailedBlock) and bool(ENTRY.match(before.raw or ""))
            yield Block("comment" if is_used else _kind_between(raw), line, raw)
        else:
            yield Block("comment" if isinstance(block, model.Preamble | model.ExplicitComment) else "stray", line, raw)


def _kind_between(raw: str) -> str:
    """The kind of the text between two entries."""
    lines = (line.strip() for line in raw.split("\n"))
    if all(not line or line.startswith("%") for line in lines):
        return "comment"
    return "stray" if _FIELD_LINE.search(raw) else "between"


def _parsed(text: str) -> list[Any]:
    import bibtexparser

    logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)  # faulty entries are shown as rejected or repaired
    return list(bibtexparser.parse_string(text, parse_stack=[]).blocks)


_SAME_KEY = "an entry with the key of an earlier entry"


def _fault(block: Any) -> str:
    """What is wrong with an entry that is read all the same."""
    return {
        "DuplicateBlockKeyBlock": _SAME_KEY,
        "DuplicateFieldKeyBlock": "an entry with the same field twice",
    }.get(type(block).__name__, "an entry without a key or an end, or with a comma too many")


def _repaired(raw: str) -> Any:
    """The entry in a text that the library could not parse; ``None`` if it cannot be repaired."""
    if len(raw) > _REPAIRED_LIMIT:
        return None
    text = _NO_KEY.sub(rf"\1{KEYLESS},\2", raw.strip(), count=1)
    text = _COMMAS.sub(",", text)
    if text.endswith(")"):
        text = text.removesuffix(")")
    depth = text.count("{") - text.count("}")
    blocks = _parsed(text + "}" * depth) if 0 <= depth <= _OPEN_LIMIT else []
    entries = [block for block in blocks if type(block).__name__ == "Entry"]
    if len(entries) != 1 or len(blocks) != 1:
        return None
    # A field that has taken in the next one would be a wrong value, and not a repair.
    return None if any(_SWALLOWED.search(str(field.value)) for field in entries[0].fields) else entries[0]
