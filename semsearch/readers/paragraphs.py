"""Plain text: one paper per paragraph; one per line if the lines are long and there are no blank lines.

A text is taken for this only if most of its paragraphs, and most of its letters, are prose: sentences with a full stop
at the end, of two words or more, of which at least half are of letters only, and not lines with labels or comment
signs. Such are abstracts. Source code, tables, logs, settings, web pages, lists of words, subtitles and forms are
not.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from semsearch.model.paper import Paper, Rejected, Source
from semsearch.readers.opening import HEAD, OVERLONG
from semsearch.readers.record import build, rejected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from semsearch.model.protocols import Opened

#: Least mean length of lines, in characters, for one paper per line. Wrapped lines have 60 to 100 characters.
_LONG_LINE = 160
#: Longest paragraph that can be a paper, in characters. A longer one is not an abstract.
_PARAGRAPH_LIMIT = 2**20
#: Least length of prose, in words, or in signs of a script without spaces.
_LEAST_WORDS, _LEAST_SIGNS = 2, 10
_NO_SPACES = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")
#: A word of a sentence, with the punctuation around it.
_WORD = re.compile(
    r"[(\"'\u2018\u201c\u00ab\u00bf\u00a1]*[^\W\d_](?:[^\W\d_]|[-'\u2019])*[).,;:!?\"'\u2019\u201d\u00bb]*"
)
#: A line such as ``Key: value`` or ``key = value``, or one with a comment sign. And the end of a sentence.
_MARKED = re.compile(r"\s*(?:[\w.-]{1,30}\s*[:=]\s*\S|[#;/*|>\[])")
_SENTENCE_END = re.compile("[.!?\u2026\u3002\uff01\uff1f][\\])\"'\u2019\u201d\u00bb\u300d]*\\s*$")
#: What other texts look like, line by line.
_LOOKS_LIKE = (
    (re.compile(r"(?:https?://|www\.)\S+$"), "a list of web addresses"),
    (re.compile(r"(?:doi:\s*)?10\.\d{4,9}/\S+$", re.IGNORECASE), "a list of DOIs"),
    (re.compile(r"(?:pmid:?\s*)?\d{4,9}$", re.IGNORECASE), "a list of numbers, perhaps of PubMed"),
    (re.compile(r"(?:arxiv:)?\d{4}\.\d{4,5}(?:v\d+)?$", re.IGNORECASE), "a list of arXiv ids"),
    (
        re.compile(r".*(?:[{};]|\):)\s*$|\s*(?:def|class|import|from|#include|function|var|let|const|return|if)\b"),
        "a program",
    ),
    (re.compile(r"<[/!a-zA-Z]"), "a web page"),
    (re.compile(r"[\w.-]{1,40}\s*[:=]\s*\S*"), "settings or labelled lines"),
    (re.compile(r"\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d|\d\d:\d\d:\d\d"), "a log or subtitles"),
    (re.compile(r"[^,;\t]*[,;\t][^,;\t]*[,;\t]"), "a table without known headings; name them with --column"),
    (re.compile(r"\S+(?:\s\S+)?$"), "a list of words"),
)


def recognise(head: str) -> bool:
    """Whether most of the text is prose. It is tested last, since other formats hold prose too."""
    if any(c < " " and c not in "\n\t\f\r" for c in head[:4096]):
        return False
    if head.lstrip("\ufeff \n").startswith(("<", "{")):
        return False
    paragraphs = _paragraphs(head)
    if len(head) >= HEAD:
        paragraphs = paragraphs[:-1] or paragraphs  # the last one is cut
    prose = [len(paragraph) for paragraph in paragraphs if is_prose(paragraph)]
    return sum(prose) * 2 > sum(map(len, paragraphs)) and len(prose) * 2 > len(paragraphs)


def is_prose(paragraph: str) -> bool:
    """Whether a paragraph is of whole sentences, as an abstract is.

    Args:
        paragraph: Text without blank lines in it.
    """
    if not _SENTENCE_END.search(paragraph) and len(paragraph) < HEAD:
        return False
    if _NO_SPACES.search(paragraph):  # Chinese, Japanese and Thai have no spaces between words
        return len(_NO_SPACES.findall(paragraph)) >= _LEAST_SIGNS
    words = paragraph.split()
    small = sum(bool(_WORD.fullmatch(word)) for word in words)
    labelled = sum(bool(_MARKED.match(line)) for line in paragraph.split("\n"))
    has_letters = len(words) >= _LEAST_WORDS and small * 2 >= len(words)
    return has_letters and labelled * 2 <= paragraph.count("\n") + 1


def what_it_is(head: str) -> str:
    """What a text seems to be that is not prose, in a few words, for the message that refuses it.

    Args:
        head: The beginning of the text.
    """
    lines = [line.strip() for line in head.split("\n") if line.strip()][:200]
    if any(c < " " and c not in "\n\t\f\r" for c in head[:4096]):
        return "no text"
    for pattern, name in _LOOKS_LIKE:
        if sum(bool(pattern.match(line)) for line in lines) * 2 > len(lines):
            return name
    return "text, but not of paragraphs such as abstracts have"


def _paragraphs(head: str) -> list[str]:
    if _one_per_line(head):
        return head.strip().split("\n")
    return [part for part in re.split(r"\n\s*\n", head) if part.strip()]


def read(opened: Opened) -> Iterator[Paper | Rejected]:
    """See `semsearch.model.protocols.FormatReader`."""
    one_per_line = _one_per_line(opened.head())
    start, lines, length = 0, list[str](), 0
    for number, line in opened.lines():
        if line.strip():
            start = start or number
            length += len(line)
            if length <= _PARAGRAPH_LIMIT or not lines:
                lines.append(line)
        if lines and (one_per_line or not line.strip()):
            yield _paper(opened.name, start, lines, length)
            start, lines, length = 0, [], 0
    if lines:
        yield _paper(opened.name, start, lines, length)


def _one_per_line(head: str) -> bool:
    lines = head.strip().split("\n")
    return all(line.strip() for line in lines) and sum(map(len, lines)) / len(lines) >= _LONG_LINE


def _paper(file: str, start: int, lines: list[str], length: int) -> Paper | Rejected:
    raw, source = "\n".join(lines), Source(file, start)
    if length > _PARAGRAPH_LIMIT or OVERLONG in raw:
        return rejected(source, "a paragraph of more than 1 million characters", raw)
    return build({"abstract": raw}, {}, source, raw)
