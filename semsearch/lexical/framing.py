"""Framing: what people say around the subject of a question, such as "I am looking for papers on …"."""

from __future__ import annotations

import re

_WHAT = (
    r"(?:(?:recent|new|good|relevant|any|some|the|all|more|other|scientific|academic|research|published|review) )*"
    r"(?:papers?|articles?|studies|study|publications?|research|work|works|literature|evidence|references?|reviews?|"
    r"abstracts?|information|anything|something|results?|material)"
)
_ABOUT = (
    r"(?:on|about|of|for|regarding|concerning|into|in|that (?:deal|deals|dealing) with|which (?:deal|deals) with|"
    r"dealing with|related to|relating to|that (?:discuss|discusses|describe|describes|study|address)|"
    r"describing|discussing|covering|addressing)"
)
#: Beginnings of a question. Each ends before the subject.
_BEGINNINGS = re.compile(
    r"^\s*(?:(?:please|hello|hi|hey)[,!]?\s+)?(?:"
    rf"(?:can|could|would) you (?:please )?(?:find|show|give|tell|help)(?: me)?(?: find)? {_WHAT} {_ABOUT}"
    rf"|(?:i am|i'm|i’m|we are|we're) (?:looking for|searching for|interested in)(?: {_WHAT} {_ABOUT})?"
    rf"|(?:i|we)(?:'d|’d| would)? (?:like|want|need|wish)(?: to (?:read|find|see|have|get|know))? {_WHAT} {_ABOUT}"
    r"|(?:i|we)(?:'d|’d| would)? (?:like|want|need|wish) to (?:know|learn|read|understand)(?: more)?(?: about)?"
    rf"|(?:find|show|give|list|get|search for|look for)(?: me)? {_WHAT} {_ABOUT}"
    rf"|(?:are|is) there (?:any |some )?{_WHAT} {_ABOUT}"
    rf"|what {_WHAT} (?:is|are|exists?|has been done|have been (?:done|written|published))(?: there)? {_ABOUT}"
    r"|what (?:is|are|do we|does one|is currently) (?:known|know) (?:about|of|on)"
    rf"|{_WHAT} (?:on|about|regarding|concerning|dealing with|related to)"
    r"|tell me (?:more )?about"
    r")\s+(?=\S)",
    re.IGNORECASE,
)
_ENDS = re.compile(r"[\s,]+(?:please|thanks|thank you)[\s.!?]*$", re.IGNORECASE)


def unframed(question: str) -> str:
    """The question without its framing; the question itself if nothing else would be left.

    Args:
        question: The question.
    """
    kept = _ENDS.sub("", _BEGINNINGS.sub("", question, count=1))
    return kept if re.search(r"\w{2}", kept) else question
