"""docs/performance.md: text by hand around tables that `scripts/bench speed` writes, a part at a time."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
#: Heads of the tables of `scripts/bench speed`, by part.
PARTS = {
    "embedding": ["| | abstracts/s | ratio |", "| --- | --- | --- |"],
    "search": [
        "| exact top 10 | one question, ms | faiss / it | 1,000 at once, s | faiss / it |",
        "| --- | --- | --- | --- | --- |",
    ],
    "pruning": ["| exact top 10, one question | CPU-ms | flat / it | coordinates read |", "| --- | --- | --- | --- |"],
    "pairs": [
        "| all pairs with cosine >= .9 | s | it / semsearch | pairs missed or wrong |",
        "| --- | --- | --- | --- |",
    ],
    "start": ["| 100,000 papers, a process | CPU-seconds | seconds |", "| --- | --- | --- |"],
}


def write(part: str, lines: list[str], machine: str, command: str) -> None:
    """Put a part's figures between its marks on the page."""
    body = "\n".join([*PARTS.get(part, []), *lines, "", f"{datetime.now(UTC):%Y-%m-%d}: `{command}`. {machine}"])
    print(body, flush=True)
    begin, end = f"<!-- {part} -->", f"<!-- end of {part} -->"
    text = PAGE.read_text("utf-8")
    new, count = re.subn(f"{begin}.*?{end}", lambda _: f"{begin}\n{body}\n{end}", text, count=1, flags=re.DOTALL)
    if not count:
        raise SystemExit(f"{PAGE} has no place for {part}: {begin} … {end}")
    PAGE.write_text(new, "utf-8")
