"""Titles and abstracts as plain text, and the text that is embedded.

No function here deletes words: ``p < 0.05, x<y``, ``50% of``, ``$5 and $10`` come through as they are.
"""

from __future__ import annotations

import html
import re
import unicodedata

from semsearch.model.printable import safe
from semsearch.text.surrogates import without_surrogates
from semsearch.text.tex import without_tex

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
_MARKDOWN_LINK = re.compile(r"\[([^\[\]\n]{1,300})\]\((https?://[^\s()]{1,500})\)")
# A sentence of its own at the end: a copyright sign, or the word with a year.
_COPYRIGHT = re.compile(
    r"(?<=[.!?)\]] )(?:(?:Copyright\s*)?(?:©|\([cC]\))|Copyright\b)\s*(?:19|20)\d\d\b[^\n]*$|(?<=[.!?)\]] )©[^\n]*$"
)
_COPYRIGHT_LIMIT = 300
_SPACE = re.compile(r"\s+")
#: What one pass over TeX frees, the next one sees; text that is plain stays as it is when it is read again.
_PASSES = 4


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
            text = without_tex(text)
        if text == before:
            break
    return safe(unicodedata.normalize("NFC", without_surrogates(text)))


def _unescape(match: re.Match[str]) -> str:
    return html.unescape(match[0])


def _link(match: re.Match[str]) -> str:
    label, address = match[1], match[2]
    return address if label.rstrip("/") == address.rstrip("/") else f"{label} ({address})"


def without_copyright(abstract: str) -> tuple[str, str]:
    """An abstract without the publisher's copyright line at its end, and that line; it says nothing of the paper."""
    found = _COPYRIGHT.search(abstract, max(0, len(abstract) - _COPYRIGHT_LIMIT))
    return (abstract[: found.start()].rstrip(), found[0].strip()) if found and found.start() else (abstract, "")


def embedded_text(title: str, abstract: str) -> str:
    """What the encoder sees of a paper: title, a space, abstract (the convention of the BEIR benchmark)."""
    return f"{title} {abstract}".strip()
