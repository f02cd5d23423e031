"""Turns TeX in titles and abstracts into plain Unicode. What cannot be converted stays as it is, so no word is lost."""

from __future__ import annotations

import functools
import logging
import re
import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

# Pandoc's rule for formulas in dollar signs (pandoc.org/MANUAL.html, tex_math_dollars): no space directly after the
# opening sign, no space directly before the closing sign, no digit directly after the closing sign.
# With a command inside it is a formula, whatever follows (``$\sim$5``).
_MATHS = re.compile(
    r"(?<!\\)\$\$?(?=[^\s$])(?:([^$\n]{1,500}?)(?<=[^\s\\])\$\$?(?!\d)|([^$\n]{0,500}?\\[^$\n]{1,500}?)\$\$?)"
)


_MACRO = re.compile(r"\\(?:[a-zA-Z]+\*?|[\"'`^~=.](?=\s*[\\{a-zA-Z]))")


_THIN_SPACE = re.compile(r"\\[,;:!]|(?<=\S)\\ ")


_ESCAPED = re.compile(r"\\([%&_#${}])")


# The text inside has no two equal signs next to each other. So the search needs one step for each sign of a long run.
_TEX_QUOTES = re.compile(r"``((?:[^`']|`(?!`)|'(?!')){1,400}?)''")


_TIE = re.compile(r"(?<=[A-Za-z.,;})\]])~(?=[A-Za-z0-9\\(\[{$])|(?<=\d)~(?=[A-Za-z\\(\[{$])")


_TEX_ADDRESS = re.compile(r"\\url\s*\{([^{}\s]*)\}")


_TEX_LINK = re.compile(r"\\href\s*\{([^{}\s]*)\}\s*\{([^{}]*)\}")


# Declarations of a font. They hold up to the end of their group and have no text of their own.
_FONTS = (
    r"(?:it|bf|em|tt|sc|rm|sl|sf|cal|up|normalfont|itshape|bfseries|rmfamily|sffamily|ttfamily|scshape|upshape|slshape"
    r"|mdseries|tiny|scriptsize|footnotesize|small|normalsize|large|Large|LARGE|displaystyle|textstyle|scriptstyle|boldmath)"
)
_FONT_GROUP = re.compile(rf"\{{\\{_FONTS}\s+([^{{}}]*)\}}")
_FONT = re.compile(rf"\\{_FONTS}(?![A-Za-z])\s*")


# TeX inside TeX: a reference manager escaped the TeX that was in the title or abstract. Zotero's BibTeX translator
# writes ``{\\textbackslash}emph\\{x\\}`` for ``\\emph{x}``, and an invisible second brace for a single one.
_BACKSLASH = re.compile(r"\{\\textbackslash(?:\{\})?\s*\}|\\textbackslash(?![A-Za-z])(?:\{\}|\s)?")
_PHANTOM = re.compile(r"\\[vh]?phantom\s*\{(?:\\[{}]|[^{}])*\}")
_TEX_INSIDE = re.compile("\ue00b(?:([A-Za-z]{2,})(?=\\\\?[{\\s\\d$^_-])|[\"'`^~=.](?=[A-Za-z{\\\\]))")
_ESCAPED_MARK = re.compile(r"\\([{}$_&^~#%])(?:\{\})?")


_ENVIRONMENT = re.compile(r"\\(?:begin|end)\s*\{[A-Za-z]{1,20}\*?\}(?:\[[^\]\n]{0,40}\])?|\\item(?![A-Za-z])")
_PAREN_MATHS = re.compile(r"\\\(([^$\n]{1,500}?)\\\)|\\\[([^$\n]{1,500}?)\\\]")
# A hyphenation point, an italic correction and the like print nothing.
_NOTHING = re.compile(
    r"\\[-/](?![-/])|\\(?:allowbreak|noindent|indent|protect|relax|nobreak|xspace|sloppy)(?![A-Za-z])\s?"
)


_MATHS_ALPHABET = re.compile("[\U0001d400-\U0001d7ff]+")


_ADDRESS = re.compile(r"https?://\S+")


_BRACE = re.compile("[{}]")


#: Stands for a backslash that is text, until all TeX is converted. A private character, which no text has.
BACKSLASH = "\ue00b"
_DOTLESS = re.compile(r"\\[ij](?![A-Za-z])")
_ARGUMENT_SPACE, _ARGUMENT_LIMIT = 3, 1000


def without_tex(text: str) -> str:
    """The text with its TeX as Unicode: commands, formulas in dollar signs, quotation marks, ties (``~``)."""
    if "\\" in text:
        text = _LONE_SIGN.sub(lambda m: _SIGNS[m[1]], text)  # so that no dollar sign finds a command behind it
        text = unescaped(_NOTHING.sub("", _PHANTOM.sub("", text)))
        text = _PAREN_MATHS.sub(_dollars, text)
    text = _TEX_ADDRESS.sub(r"\1", _TEX_LINK.sub(r"\2 (\1)", text))
    text = _FONT_GROUP.sub(r"\1", _TEX_QUOTES.sub(r"“\1”", text))
    pieces, position = [], 0
    for address in _ADDRESS.finditer(text):  # a tilde or an underscore in a web address is not TeX
        pieces += [_TIE.sub(" ", text[position : address.start()]), address[0]]
        position = address.end()
    text = "".join([*pieces, _TIE.sub(" ", text[position:])])
    text = _MATHS.sub(lambda m: _maths(m[0], m[1] or m[2]), text)
    if "\\" in text:
        text = _macros(_ENVIRONMENT.sub(" ", text))
        text = _ESCAPED.sub(r"\1", _THIN_SPACE.sub(" ", text))
    return text


def _dollars(match: re.Match[str]) -> str:
    return f"${(match[1] or match[2]).strip()}$"


def unescaped(text: str) -> str:
    r"""The text with each ``\\textbackslash`` as what was meant: the TeX that it begins, or a backslash.

    Args:
        text: A text that can hold TeX that was escaped as if it were plain text. If it does, its other signs, such as
            ``\\{`` and ``\\$``, are unescaped too.

    Returns:
        The text. A backslash that is no TeX is `BACKSLASH`.
    """
    if "\\textbackslash" not in text:
        return text
    inner = _BACKSLASH.sub(BACKSLASH, text)
    if any(not match[1] or _is_known(match[1]) for match in _TEX_INSIDE.finditer(inner)):
        return _ESCAPED_MARK.sub(r"\1", inner.replace(BACKSLASH, "\\"))
    return inner


def _maths(whole: str, inner: str) -> str:
    """A formula in dollar signs as Unicode; an amount of money stays as it is."""
    looks_like_maths = not re.search(r"\s", inner) or re.search(r"[\\^_{}=<>+*/]|[^\x00-\x7f]", inner)
    return _converted(f"${_FONT.sub('', inner)}$", whole).replace("^\u2218", "\u00b0") if looks_like_maths else whole


def _macros(text: str) -> str:
    """The text with each TeX command and its arguments in braces converted. The text between them stays as it is."""
    pieces, position = [], 0
    while match := _MACRO.search(text, position):
        end = _arguments_end(text, match.end())
        name, tex = match[0][1:], text[match.start() : end]
        if name.rstrip("*").isalpha() and not _is_known(name):
            before, after = text[: match.start()][-1:], text[end : end + 1]
            shown = _unknown(name, text[match.end() : end])
            left, right = " " * (before.isalnum() and shown[:1].isalnum()), " " * after.isalnum()
            pieces += [text[position : match.start()], f"{left}{shown}{right}"]
        else:
            converted, start = _converted(tex, tex), match.start()
            if text[start - 1 : start] == "{" and text[end : end + 1] == "}" and start > position:
                start, end = start - 1, end + 1  # a group around one command only protects it
            pieces += [text[position:start], converted]
        position = end
    return "".join([*pieces, text[position:]])


def _unknown(name: str, arguments: str) -> str:
    """What is shown of an unknown command: the words in its arguments, else its name."""
    words = [inner for part in _groups(arguments) if (inner := part.strip())]
    return " ".join(words) or name


def _groups(text: str) -> list[str]:
    """The contents of the groups in braces that follow each other."""
    found, depth, start = list[str](), 0, 0
    for brace in _BRACE.finditer(text):
        if brace[0] == "{":
            start = start if depth else brace.end()
            depth += 1
        else:
            depth -= 1
            if depth == 0:
                found.append(text[start : brace.start()])
    return found


def _arguments_end(text: str, position: int) -> int:
    """Position at which the arguments in braces after a command end. The argument of an accent can be one letter."""
    accent = not text[position - 1].isalpha() and text[position - 1] != "*"
    if accent and position < len(text) and text[position].isalpha():
        return position + 1
    if accent and _DOTLESS.match(text, position):  # an accent on the letter i without its dot
        return position + 2
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


#: Commands whose argument stays as it is: fonts, boxes, quotations of other packages, chemistry, units, references.
_SHOWN = (
    *("cite", "citep", "citet", "ref", "footnote", "textsc", "texttt", "textnormal", "textrm", "textsf", "textmd"),
    *("textup", "hbox", "mbox", "fbox", "makebox", "mkbibemph", "mkbibitalic", "mkbibbold", "ce", "num", "si", "unit"),
    *("operatorname", "boldsymbol", "bm", "pmb", "mathring", "uppercase", "lowercase", "MakeUppercase"),
    *("MakeLowercase", "textsubscript", "textsuperscript", "nocase", "fixedcase", "citeauthor", "citeyear"),
    *("parencite", "textcite", "autocite", "footcite", "acs", "acl", "ac", "gls", "emph", "textbf", "textit", "text"),
    "mathds",
)
_QUOTED = ("enquote", "mkbibquote", "mkbibparens")
#: Commands that print one sign.
_SIGNS = {
    "textless": "<", "textgreater": ">", "textbar": "|", "textasciicircum": "^", "textbraceleft": "{",
    "textbraceright": "}", "textquotedbl": '"', "euro": "\u20ac", "permil": "\u2030", "textunderscore": "_",
    "textdollar": "$", "textasteriskcentered": "*", "textbardbl": "\u2016", "textlangle": "\u27e8",
    "textrangle": "\u27e9", "textminus": "\u2212", "texttimes": "\u00d7", "textdiv": "\u00f7", "textohm": "\u03a9",
    "textcelsius": "\u2103", "textnumero": "\u2116", "textrightarrow": "\u2192", "textleftarrow": "\u2190",
    "micro": "\u00b5", "degree": "\u00b0", "celsius": "\u2103", "textrecipe": "\u211e", "copyright": "\u00a9",
    "slash": "/", "textvisiblespace": " ", "space": " ", "quad": " ", "qquad": " ", "thinspace": " ", "newline": " ",
    "linebreak": " ", "par": " ", "nobreakspace": " ", "enspace": " ", "left": "", "right": "", "big": "", "Big": "",
    "bigl": "", "bigr": "", "Bigl": "", "Bigr": "", "limits": "", "nolimits": "", "LaTeX": "LaTeX", "TeX": "TeX",
}  # fmt: skip


_LONE_SIGN = re.compile(r"\{\\(textless|textgreater|textbar|textquotedbl)(?:\{\})?\}")


@functools.cache
def _contexts() -> tuple[Any, Any]:
    """What pylatexenc knows of commands: how to show them, and how to parse them."""
    from pylatexenc import latex2text, latexwalker, macrospec  # here, since it takes 30 ms and --help does not need it

    logging.getLogger("pylatexenc").setLevel(logging.CRITICAL)  # it warns about formulas that _converted leaves alone
    text = latex2text.MacroTextSpec
    shown = latex2text.get_default_latex_context_db()
    macros = [text(name, simplify_repl="%(1)s") for name in _SHOWN]
    macros += [text(name, simplify_repl="\u201c%(1)s\u201d") for name in _QUOTED]
    macros += [text(name, simplify_repl="%(1)s %(2)s") for name in ("SI", "qty")]
    macros += [text(name, simplify_repl=sign) for name, sign in _SIGNS.items()]
    shown.add_context_category("semsearch", prepend=True, macros=macros)
    shown.set_unknown_macro_spec(text("", simplify_repl=lambda node: node.macroname))
    parsed = latexwalker.get_default_latex_context_db()
    arguments = {**dict.fromkeys((*_SHOWN, *_QUOTED), "{"), "SI": "{{", "qty": "{{"}
    specs = [macrospec.std_macro(name, form) for name, form in arguments.items()]
    parsed.add_context_category("semsearch", prepend=True, macros=specs)
    return shown, parsed


@functools.cache
def _is_known(name: str) -> bool:
    """Whether a command prints something that the converter knows."""
    known = _contexts()[0].get_macro_spec(name.rstrip("*"))
    return bool(known is not None and known.macroname) or name in ("begin", "end", "item")


@functools.cache
def _converter() -> Callable[[str], str]:
    from pylatexenc import latex2text

    shown, parsed = _contexts()
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
