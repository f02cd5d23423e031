"""Makes plain text of titles and abstracts, and makes the text that is embedded.

No function here deletes words: ``p < 0.05, x<y``, ``50% of`` and ``$5 and $10`` stay as they are.
"""

from __future__ import annotations

import html
import re
import unicodedata

from semsearch.model.printable import safe
from semsearch.text.surrogates import without_surrogates
from semsearch.text.tex import BACKSLASH, without_tex

#: Version of `embedded_text`. It is part of the fingerprint of an encoder. `plain` does not count: an index keeps the
#: texts that it made, and a vector is always that of the text that is kept.
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
# A separate sentence at the end: a copyright sign, or the word "Copyright" and a year.
_COPYRIGHT = re.compile(
    r"(?<=[.!?)\]] )(?:(?:Copyright\s*)?(?:©|\([cC]\))|Copyright\b)\s*(?:19|20)\d\d\b[^\n]*$|(?<=[.!?)\]] )©[^\n]*$"
)
_COPYRIGHT_LIMIT = 300
_SPACE = re.compile(r"\s+")
#: Most passes over the TeX of a text: one pass can uncover TeX that only the next pass sees.
_PASSES = 4


def plain(text: str) -> str:
    """The text as plain Unicode on one line.

    Entities, TeX and Markdown links become plain text. Known tags of HTML and JATS and line ends are removed.
    """
    if "&" in text:
        text = _ENTITY.sub(_unescape, _ENTITY.sub(_unescape, text))
    if "<" in text:
        text = _without_tags(text)
    if "](" in text:
        text = _MARKDOWN_LINK.sub(_link, text)
    if "  " in text or not text.isprintable():  # else its only white space is single spaces
        text = _SPACE.sub(" ", text)  # before the TeX, since a formula can continue on the next line
    for _ in range(_PASSES):
        before = text
        if "\\" in text or "$" in text or "~" in text or "``" in text:
            text = without_tex(text)
        if text == before:
            break
        text = _without_tags(text)  # Zotero writes a tag as {\textless}i{\textgreater}
    if not text.isascii():
        text = text.replace(BACKSLASH, "\\")
    return safe(unicodedata.normalize("NFC", without_surrogates(text)))


def _without_tags(text: str) -> str:
    return _TAG.sub("", _BLOCK_TAG.sub(" ", text)) if "<" in text else text


def _unescape(match: re.Match[str]) -> str:
    return html.unescape(match[0])


def _link(match: re.Match[str]) -> str:
    label, address = match[1], match[2]
    return address if label.rstrip("/") == address.rstrip("/") else f"{label} ({address})"


def without_copyright(abstract: str) -> tuple[str, str]:
    """Take the copyright line of the publisher off the end of an abstract.

    Returns:
        ``(abstract, copyright line)``; the line is empty if there is none.
    """
    found = _COPYRIGHT.search(abstract, max(0, len(abstract) - _COPYRIGHT_LIMIT))
    return (abstract[: found.start()].rstrip(), found[0].strip()) if found and found.start() else (abstract, "")


def embedded_text(title: str, abstract: str) -> str:
    """The text of a paper that is embedded: title, a space, abstract. This is the convention of the BEIR benchmark.

    Args:
        title: Title of the paper; may be empty.
        abstract: Abstract of the paper; may be empty.
    """
    return f"{title} {abstract}".strip()
