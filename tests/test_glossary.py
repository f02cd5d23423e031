"""One word for one thing: docs/glossary.md defines the words, and their old names are used nowhere that a user reads."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from semsearch.cli import app
from tests.conftest import ROOT

PAGE = ROOT / "docs" / "glossary.md"
ENTRIES = {
    name: " ".join(text.split())
    for name, text in re.findall(r"^- \*\*(.+?)\*\*: (.+?)(?=\n- \*\*|\Z)", PAGE.read_text("utf-8"), re.M | re.S)
}
#: Pages that name old words on purpose: what they were called, and what changed.
HISTORY = {PAGE, ROOT / "CHANGELOG.md"}
PAGES = sorted({*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")} - HISTORY)

#: Terms of the field that pages, help texts and code use.
TERMS = (
    *("BM25", "boost", "candidates", "capacity", "code_size", "commit batch", "cosine", "cross-encoder"),
    *("decision in force", "dense index", "diagnostics", "doc_id", "document store", "embed", "encoder", "engine"),
    *("error bound", "face", "field collapsing", "filter", "filter mask", "fingerprint", "folding", "fusion"),
    *("hybrid", "keeper", "ledger", "lexical index", "maximal marginal relevance (MMR)", "nDCG@10"),
    *("no-answer verdict", "normalised score", "notation", "percentile", "quantised vector", "rejected", "repaired"),
    *("reranking", "residual norm", "rotation", "scanner", "segment", "signal", "stop words", "sure identifier"),
    *("text recipe", "thresholds of a collection", "tombstone", "top-k", "truncated"),
)
#: Old word: what is said today.
OLD = {
    r"[Ss]tanding": "percentile; decision in force",
    r"nearer than": "percentile",
    r"[Nn]earness": "normalised score",
    r"[Ll]ift(?:s|ed|ing)?": "boost",
    r"allowed rows?|rows? allowed": "filter mask, rows of the mask",
    r"[Pp]anels?": "block",
    r"[Dd]ims": "code_size, or dimensions",
    r"[Mm]arks": "thresholds",
    r"[Ff]old(?:s|ed)? (?:hits|into (?:it|this hit))|--fold|--no-fold|fold=": "collapse",
    r"[Dd]ressings?": "notation",
    r"windows?|A window|Windows over": "commit batch; passages of a text",
    r"[Dd]ead": "tombstone, removed",
    r"[Bb]ur(?:y|ies|ied)": "add a tombstone, delete",
    r"[Ss]lack": "error bound",
    r"[Rr]emark(?:s|ed)?": "diagnostics; what databases add to a title",
}
#: The same letters in another meaning.
MEANT_OTHERWISE = (
    r"(?:quotation|question|exclamation|punctuation) marks",
    r"marks of direction",  # characters of Unicode
    r"a few marks",  # of a page that was copied
    r"remarks (?:of databases|in brackets)|without remarks",  # in titles
    r"`--fold` and `fold=`, the names of `--collapse` in version 0\.1",
    r"``fold`` of version 0\.1",
    r"`dead` and `remarks`",  # tables of format 3
)


def _help() -> Iterator[tuple[str, str]]:
    """Each command's own help with that of its options, under the name ``semsearch …``."""
    commands = [("semsearch", typer.main.get_command(app))]
    while commands:
        name, command = commands.pop()
        commands += [(f"{name} {one}", sub) for one, sub in getattr(command, "commands", {}).items()]
        shown = [str(getattr(part, "help", "") or "") for part in command.params]
        yield name, "\n".join([command.help or "", command.epilog or "", *shown])


def _docstrings(path: Path) -> str:
    """The docstrings of a module and of what is public in it, also those of fields."""
    found: list[str] = []
    holders: list[ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef] = [
        ast.parse(path.read_text("utf-8"))
    ]
    while holders:
        holder = holders.pop()
        found.append(ast.get_docstring(holder) or "")
        if isinstance(holder, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for node in holder.body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith(
                "_"
            ):
                holders.append(node)
            elif (
                isinstance(node, ast.Expr)
                and isinstance(node.value, ast.Constant)
                and isinstance(node.value.value, str)
            ):
                found.append(node.value.value)
    return "\n".join(found)


def _read_by_users() -> dict[str, str]:
    """Every text that a user reads, by the page, the command or the module that it is in."""
    texts = {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in PAGES}
    texts |= dict(_help())
    return texts | {str(p.relative_to(ROOT)): _docstrings(p) for p in sorted((ROOT / "semsearch").rglob("*.py"))}


TEXTS = _read_by_users()
#: All that the package is made of, as one text.
SOURCE = "\n".join(p.read_text("utf-8") for p in (ROOT / "semsearch").rglob("*.*") if p.suffix in (".py", ".c", ".h"))


def _old_words(text: str) -> list[str]:
    text = " ".join(text.split())
    for meant in MEANT_OTHERWISE:
        text = re.sub(meant, "", text)
    return [
        f"{found} (now: {today})"
        for word, today in OLD.items()
        for found in re.findall(rf"(?<![\w-])(?:{word})(?![\w-])", text)
    ]


def test_the_glossary_is_in_order_and_short() -> None:
    assert len(ENTRIES) == PAGE.read_text("utf-8").count("\n- **"), "an entry is '- **term**: text'"
    names = [name.casefold() for name in ENTRIES]
    assert names == sorted(names)
    for name, text in ENTRIES.items():
        sentences = re.sub(r" \((?:Before|A format reader).*?\)$", "", text)
        assert sentences.endswith("."), name
        assert len(re.findall(r"[.!?](?= [A-Z])", sentences)) <= 1, f"{name}: more than two sentences"


@pytest.mark.parametrize("term", TERMS)
def test_a_term_of_the_field_is_defined(term: str) -> None:
    assert term in ENTRIES


@pytest.mark.parametrize("term", ENTRIES)
def test_what_is_defined_is_used(term: str) -> None:
    """In another page, a help text or the code; in the code a term may be a name, such as ``DocumentStore``."""
    words = term.partition(" (")[0].partition(" of a collection")[0]
    use = re.compile(rf"(?<![a-z]){re.sub('[ -]', '[ _-]?', words)}", re.IGNORECASE)
    assert use.search(SOURCE) or any(map(use.search, TEXTS.values())), "nobody says so: take it out"


@pytest.mark.parametrize("place", sorted(TEXTS))
def test_old_words_are_gone(place: str) -> None:
    assert not _old_words(TEXTS[place])


def test_an_old_word_would_be_found() -> None:
    assert _old_words("Ids in any dressing, of the dead rows") == [
        "dressing (now: notation)",
        "dead (now: tombstone, removed)",
    ]
    assert not _old_words("quotation marks on Windows; a deadline; the outstanding")
    assert len(list(_help())) > 15
    assert "similarity" in TEXTS["semsearch query"]
    assert "cosine" in TEXTS["semsearch/model/options.py"]
