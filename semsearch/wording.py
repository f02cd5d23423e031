"""Text: clean it, fold it, make of it what is embedded, and make it safe for a screen.

No function here deletes words: ``p < 0.05, x<y``, ``50% of``, ``$5 and $10`` come through as they are.
"""

from __future__ import annotations

import contextlib
import functools
import html
import logging
import os
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

#: Version of `embedded_text` and `plain` together; part of the encoder's fingerprint.
TEXT_RECIPE = "2"

_TAGS = (
    "p|br|i|b|em|strong|u|sub|sup|tt|span|div|small|sc|italic|bold|title|sec|label|list|list-item|ul|ol|li|h[1-6]|"
    "abstract|inline-formula|disp-formula|tex-math|mml:[a-z]+|math|m[inorst]|mrow|msup|msub|msubsup|mfrac|mtext|font|a"
)
_ATTRIBUTES = r"""(?:\s+[\w:-]+\s*=\s*(?:"[^"<>]*"|'[^'<>]*'|[^\s"'<>]+)){0,12}\s*"""
_TAG = re.compile(rf"</?(?:jats:)?(?:{_TAGS}){_ATTRIBUTES}/?>", re.IGNORECASE)
_BLOCK_TAG = re.compile(
    r"</?(?:jats:)?(?:p|br|div|sec|title|label|list|list-item|ul|ol|li|h[1-6]|abstract)" + _ATTRIBUTES + "/?>",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
# Pandoc's rule for dollar mathematics (pandoc.org/MANUAL.html, tex_math_dollars): a non-space right of the opening
# sign, a non-space left of the closing one, no digit right after it.
# A command inside makes it mathematics whatever follows (``$\sim$5``).
_MATHS = re.compile(
    r"(?<!\\)\$\$?(?=[^\s$])(?:([^$\n]{1,500}?)(?<=[^\s\\])\$\$?(?!\d)|([^$\n]{0,500}?\\[^$\n]{1,500}?)\$\$?)"
)
_MACRO = re.compile(r"\\(?:[a-zA-Z]+\*?|[\"'`^~=.](?=\s*[\\{a-zA-Z]))")
_THIN_SPACE = re.compile(r"\\[,;:! ]")
_ESCAPED = re.compile(r"\\([%&_#$])")
# No two signs of a kind inside, so that a run of them is passed over in one step each.
_TEX_QUOTES = re.compile(r"``((?:[^`']|`(?!`)|'(?!')){1,400}?)''")
_TIE = re.compile(r"(?<=[A-Za-z.,;})\]])~(?=[A-Za-z0-9\\(\[{$])|(?<=\d)~(?=[A-Za-z\\(\[{$])")
_TEX_ADDRESS = re.compile(r"\\url\s*\{([^{}\s]*)\}")
_TEX_LINK = re.compile(r"\\href\s*\{([^{}\s]*)\}\s*\{([^{}]*)\}")
_FONT_GROUP = re.compile(r"\{\\(?:it|bf|em|tt|sc|rm|sl|sf|itshape|bfseries)\s+([^{}]*)\}")
_MATHS_ALPHABET = re.compile("[\U0001d400-\U0001d7ff]+")
_ADDRESS = re.compile(r"https?://\S+")
_MARKDOWN_LINK = re.compile(r"\[([^\[\]\n]{1,300})\]\((https?://[^\s()]{1,500})\)")
# A sentence of its own at the end: a copyright sign, or the word with a year.
_COPYRIGHT = re.compile(
    r"(?<=[.!?)\]] )(?:(?:Copyright\s*)?(?:©|\([cC]\))|Copyright\b)\s*(?:19|20)\d\d\b[^\n]*$|(?<=[.!?)\]] )©[^\n]*$"
)
_COPYRIGHT_LIMIT = 300
_SPACE = re.compile(r"\s+")
_SURROGATE, _UNDECODED = re.compile("[\ud800-\udfff]"), re.compile("[\udc80-\udcff]")
_SHOWN = re.compile(r"\\x([89a-f][0-9a-f]|5c)")
#: A backslash of the name itself that would be taken for the beginning of one of these.
_LIKE_SHOWN = re.compile(r"\\(?=x(?:[89a-f][0-9a-f]|5c))")
_NOT_WORD = re.compile(r"[\W_]+")
_ACCENT, _HYPHEN = re.compile("[\u0300-\u036f]"), re.compile(r"(?<=[^\W_])[-_\u2010-\u2015]+(?=[^\W_])")
_BRACE = re.compile("[{}]")
_ARGUMENT_SPACE, _ARGUMENT_LIMIT = 3, 1000
#: What one pass over TeX frees, the next one sees; text that is plain stays as it is when it is read again.
_PASSES = 4

# What no terminal and no page should get: C0 and C1 controls, lone surrogates, bidi controls (Unicode TR36 3.2),
# invisible tag characters, zero-width space and BOM, interlinear annotation, noncharacters.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff"
    "\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)


def safe(text: str) -> str:
    """The one door for text to a screen: one line, without control, bidi-override or invisible characters."""
    return _SPACE.sub(" ", _UNSAFE.sub("", text)).strip()


def plain(text: str) -> str:
    """Plain Unicode on one line: entities, known HTML and JATS tags, TeX, Markdown links and hard wraps resolved."""
    if "&" in text:
        text = _ENTITY.sub(_unescape, _ENTITY.sub(_unescape, text))
    if "<" in text:
        text = _TAG.sub("", _BLOCK_TAG.sub(" ", text))
    if "](" in text:
        text = _MARKDOWN_LINK.sub(_link, text)
    text = _SPACE.sub(" ", text)  # hard wraps go first: formulas run across them
    for _ in range(_PASSES):
        before = text
        if "\\" in text or "$" in text or "~" in text or "``" in text:
            text = _detex(text)
        if text == before:
            break
    return safe(unicodedata.normalize("NFC", without_surrogates(text)))


def _unescape(match: re.Match[str]) -> str:
    return html.unescape(match[0])


def _link(match: re.Match[str]) -> str:
    label, address = match[1], match[2]
    return address if label.rstrip("/") == address.rstrip("/") else f"{label} ({address})"


def without_surrogates(text: str) -> str:
    """The text with U+FFFD for each lone surrogate, which UTF-8 and SQLite cannot hold; pairs become characters."""
    if _SURROGATE.search(text):
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def shown_name(name: str) -> str:
    r"""A file's name as it is shown and stored: bytes that are not UTF-8 as ``\xff``; `real_name` is its inverse.

    Python gives such bytes as lone surrogates (PEP 383), which can be neither printed nor stored. Windows has none.
    """
    if os.name == "nt":
        return without_surrogates(name)
    with contextlib.suppress(UnicodeError):  # in the locale C, every letter beyond ASCII is such a byte
        name = os.fsencode(name).decode("utf-8", "surrogateescape")
    return _UNDECODED.sub(lambda m: f"\\x{ord(m[0]) - 0xDC00:02x}", _LIKE_SHOWN.sub(r"\\x5c", name))


def storable_name(name: str) -> str:
    """`shown_name` of what may be one already."""
    return shown_name(name) if _SURROGATE.search(name) else name


def real_name(name: str) -> str:
    """The name by which the system knows a file, from what `shown_name` gave."""
    if os.name == "nt":
        return name
    name = _SHOWN.sub(lambda m: "\\" if m[1] == "5c" else chr(0xDC00 + int(m[1], 16)), name)
    with contextlib.suppress(UnicodeError):
        name = os.fsdecode(name.encode("utf-8", "surrogateescape"))
    return name


def _detex(text: str) -> str:
    text = _TEX_ADDRESS.sub(r"\1", _TEX_LINK.sub(r"\2 (\1)", text))
    text = _FONT_GROUP.sub(r"\1", _TEX_QUOTES.sub(r"“\1”", text))
    pieces, position = [], 0
    for address in _ADDRESS.finditer(text):  # a tilde or an underscore of an address is no TeX
        pieces += [_TIE.sub(" ", text[position : address.start()]), address[0]]
        position = address.end()
    text = "".join([*pieces, _TIE.sub(" ", text[position:])])
    text = _MATHS.sub(lambda m: _maths(m[0], m[1] or m[2]), text)
    if "\\" in text:
        text = _macros(text)
        text = _ESCAPED.sub(r"\1", _THIN_SPACE.sub(" ", text))
    return text


def _maths(whole: str, inner: str) -> str:
    """Unicode of a dollar formula; a bare number of dollars stays as it is."""
    looks_like_maths = not re.search(r"\s", inner) or re.search(r"[\\^_{}=<>+*/]|[^\x00-\x7f]", inner)
    return _converted(f"${inner}$", whole) if looks_like_maths else whole


def _macros(text: str) -> str:
    """``text`` with each TeX command and its braced arguments converted, everything between left alone."""
    pieces, position = [], 0
    while match := _MACRO.search(text, position):
        end = _arguments_end(text, match.end())
        pieces += [text[position : match.start()], _converted(text[match.start() : end], text[match.start() : end])]
        position = end
    return "".join([*pieces, text[position:]])


def _arguments_end(text: str, position: int) -> int:
    """Where the braced arguments that follow a command end; an accent takes one letter instead."""
    accent = not text[position - 1].isalpha() and text[position - 1] != "*"
    if accent and position < len(text) and text[position].isalpha():
        return position + 1
    while position < len(text):
        space = position
        while space < len(text) and text[space] == " " and space - position < _ARGUMENT_SPACE:
            space += 1
        if space >= len(text) or text[space] != "{" or (space > position and not accent):
            break
        depth = 0
        for brace in _BRACE.finditer(text, space, space + _ARGUMENT_LIMIT):
            depth += 1 if brace[0] == "{" else -1
            if depth == 0:
                position = brace.end()
                break
        else:
            break
    return position


@functools.cache
def _converter() -> Callable[[str], str]:
    from pylatexenc import latex2text, latexwalker, macrospec  # 30 ms that --help must not pay

    logging.getLogger("pylatexenc").setLevel(logging.CRITICAL)  # it warns of formulas that _converted keeps as they are
    # Citations and references show what they hold; unknown commands keep their name.
    kept = ("cite", "citep", "citet", "ref", "footnote", "textsc")
    shown = latex2text.get_default_latex_context_db()
    shown.add_context_category(
        "semsearch", prepend=True, macros=[latex2text.MacroTextSpec(n, simplify_repl="%(1)s") for n in kept]
    )
    signs = {"textasciicircum": "^", "textbraceleft": "{", "textbraceright": "}"}
    shown.add_context_category(
        "semsearch signs", prepend=True, macros=[latex2text.MacroTextSpec(n, simplify_repl=s) for n, s in signs.items()]
    )
    shown.set_unknown_macro_spec(latex2text.MacroTextSpec("", simplify_repl=lambda node: node.macroname))
    parsed = latexwalker.get_default_latex_context_db()
    parsed.add_context_category("semsearch", prepend=True, macros=[macrospec.std_macro(n, "{") for n in kept])
    converter = latex2text.LatexNodes2Text(latex_context=shown, math_mode="text", keep_comments=True)
    return functools.partial(converter.latex_to_text, latex_context=parsed, tolerant_parsing=True)


@functools.lru_cache(maxsize=4096)
def _converted(tex: str, otherwise: str) -> str:
    """TeX as Unicode; ``otherwise`` where the parser fails or would leave nothing of the words it holds."""
    try:
        # A bare % would start a comment and lose the rest.
        converted = _converter()(re.sub(r"(?<!\\)%", r"\\%", tex))
    except Exception:  # the parser's failures are many, and none may cost a word
        return otherwise
    if not converted.strip() and re.search(r"[{$][^{}$]*\w", tex):
        return otherwise
    return _MATHS_ALPHABET.sub(lambda m: unicodedata.normalize("NFKC", m[0]), converted)


def without_copyright(abstract: str) -> tuple[str, str]:
    """An abstract without the publisher's copyright line at its end, and that line; it says nothing of the paper."""
    found = _COPYRIGHT.search(abstract, max(0, len(abstract) - _COPYRIGHT_LIMIT))
    return (abstract[: found.start()].rstrip(), found[0].strip()) if found and found.start() else (abstract, "")


def fold(text: str) -> str:
    """For comparing wordings: compatibility-decomposed, without accents, case, punctuation and extra space."""
    decomposed = unicodedata.normalize("NFKD", text)
    letters = "".join(c for c in decomposed if not unicodedata.combining(c))
    return _NOT_WORD.sub(" ", letters.casefold()).strip()


def fold_tag(text: str) -> str:
    """For comparing tags as a whole: without accents, case, extra space; a hyphen between words is a space.

    Finer than `fold`: ``C``, ``C++`` and ``C#`` are three tags, and vowel signs of other scripts count.
    """
    bare = _ACCENT.sub("", unicodedata.normalize("NFKD", text)).casefold()
    return _SPACE.sub(" ", _HYPHEN.sub(" ", bare)).strip()


# A spreadsheet takes a cell that begins so for a formula (OWASP, CSV Injection), unless it is a number.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?")


def guarded(cell: str) -> str:
    """The text of a CSV cell, with an apostrophe before what a spreadsheet would run; `unguarded` is its inverse."""
    return f"'{cell}" if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell


def unguarded(cell: str) -> str:
    """A cell that `guarded` wrote, as it was."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell[1:]) else cell


def embedded_text(title: str, abstract: str) -> str:
    """What the encoder sees of a paper: title, a space, abstract (the convention of the BEIR benchmark)."""
    return f"{title} {abstract}".strip()
