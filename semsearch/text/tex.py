"""Turns TeX in titles and abstracts into plain Unicode. What cannot be converted stays as it is, so no word is lost."""

from __future__ import annotations

import functools
import logging
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# Pandoc's rule for formulas in dollar signs (pandoc.org/MANUAL.html, tex_math_dollars): no space directly after the
# opening sign, no space directly before the closing sign, no digit directly after the closing sign.
# With a command inside it is a formula, whatever follows (``$\sim$5``).
_MATHS = re.compile(
    r"(?<!\\)\$\$?(?=[^\s$])(?:([^$\n]{1,500}?)(?<=[^\s\\])\$\$?(?!\d)|([^$\n]{0,500}?\\[^$\n]{1,500}?)\$\$?)"
)


_MACRO = re.compile(r"\\(?:[a-zA-Z]+\*?|[\"'`^~=.](?=\s*[\\{a-zA-Z]))")


_THIN_SPACE = re.compile(r"\\[,;:! ]")


_ESCAPED = re.compile(r"\\([%&_#$])")


# The text inside has no two equal signs next to each other. So the search needs one step for each sign of a long run.
_TEX_QUOTES = re.compile(r"``((?:[^`']|`(?!`)|'(?!')){1,400}?)''")


_TIE = re.compile(r"(?<=[A-Za-z.,;})\]])~(?=[A-Za-z0-9\\(\[{$])|(?<=\d)~(?=[A-Za-z\\(\[{$])")


_TEX_ADDRESS = re.compile(r"\\url\s*\{([^{}\s]*)\}")


_TEX_LINK = re.compile(r"\\href\s*\{([^{}\s]*)\}\s*\{([^{}]*)\}")


_FONT_GROUP = re.compile(r"\{\\(?:it|bf|em|tt|sc|rm|sl|sf|itshape|bfseries)\s+([^{}]*)\}")


_MATHS_ALPHABET = re.compile("[\U0001d400-\U0001d7ff]+")


_ADDRESS = re.compile(r"https?://\S+")


_BRACE = re.compile("[{}]")


_ARGUMENT_SPACE, _ARGUMENT_LIMIT = 3, 1000


def without_tex(text: str) -> str:
    """The text with its TeX as Unicode: commands, formulas in dollar signs, quotation marks, ties (``~``)."""
    text = _TEX_ADDRESS.sub(r"\1", _TEX_LINK.sub(r"\2 (\1)", text))
    text = _FONT_GROUP.sub(r"\1", _TEX_QUOTES.sub(r"“\1”", text))
    pieces, position = [], 0
    for address in _ADDRESS.finditer(text):  # a tilde or an underscore in a web address is not TeX
        pieces += [_TIE.sub(" ", text[position : address.start()]), address[0]]
        position = address.end()
    text = "".join([*pieces, _TIE.sub(" ", text[position:])])
    text = _MATHS.sub(lambda m: _maths(m[0], m[1] or m[2]), text)
    if "\\" in text:
        text = _macros(text)
        text = _ESCAPED.sub(r"\1", _THIN_SPACE.sub(" ", text))
    return text


def _maths(whole: str, inner: str) -> str:
    """A formula in dollar signs as Unicode; an amount of money stays as it is."""
    looks_like_maths = not re.search(r"\s", inner) or re.search(r"[\\^_{}=<>+*/]|[^\x00-\x7f]", inner)
    return _converted(f"${inner}$", whole) if looks_like_maths else whole


def _macros(text: str) -> str:
    """The text with each TeX command and its arguments in braces converted. The text between them stays as it is."""
    pieces, position = [], 0
    while match := _MACRO.search(text, position):
        end = _arguments_end(text, match.end())
        pieces += [text[position : match.start()], _converted(text[match.start() : end], text[match.start() : end])]
        position = end
    return "".join([*pieces, text[position:]])


def _arguments_end(text: str, position: int) -> int:
    """Position at which the arguments in braces after a command end. The argument of an accent can be one letter."""
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
    from pylatexenc import latex2text, latexwalker, macrospec  # here, since it takes 30 ms and --help does not need it

    logging.getLogger("pylatexenc").setLevel(logging.CRITICAL)  # it warns about formulas that _converted leaves alone
    # Citations and references become their arguments; an unknown command becomes its name.
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
    """TeX as Unicode; ``otherwise`` if the parser fails or if its result would lose all words."""
    try:
        # A bare % would start a comment and lose the rest.
        converted = _converter()(re.sub(r"(?<!\\)%", r"\\%", tex))
    except Exception:  # the parser fails in many ways, and no failure may cost a word
        return otherwise
    if not converted.strip() and re.search(r"[{$][^{}$]*\w", tex):
        return otherwise
    return _MATHS_ALPHABET.sub(lambda m: unicodedata.normalize("NFKC", m[0]), converted)
