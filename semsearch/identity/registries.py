"""Numbers of trials in registries. Two trials have two numbers, even under one title.

Source of the forms: the primary registries of the WHO Registry Network (who.int, "Primary registries"), each by the
numbers that it gives out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from semsearch.model.paper import Paper

_NUMBER = re.compile(
    r"\b(?:NCT\d{8}|ISRCTN\d{8}|(?:EUCTR)?20\d\d-\d{6}-\d\d|ACTRN\d{14}|CTRI[/-]\d{4}[/-]\d\d[/-]\d{6}|ChiCTR[\w-]{8,16}"
    r"|DRKS\d{8}|IRCT\d{8,16}N\d{1,3}|(?:JPRN-)?(?:UMIN\d{9}|jRCTs?\d{9,10}|JapicCTI-?\d{6})|KCT\d{7}|PACTR\d{15,16}"
    r"|RBR-?[0-9a-z]{6,7}|NTR\d{2,5}|TCTR\d{11}|SLCTR[/-]\d{4}[/-]\d{3}|LBCTR\d{10}|U1111-\d{4}-\d{4}"
    r"|CRD42\d{9})",
    re.IGNORECASE,
)
#: Longer values are text, which can name the trials of others.
_VALUE = 60
#: What some sources write before a number: ``EUCTR2009-012345-12``, ``JPRN-UMIN000000001``.
_PREFIX = re.compile(r"^(?:euctr|jprn-)")


def numbers(paper: Paper) -> frozenset[str]:
    """The numbers that the record itself has in registries, in lower case.

    They are looked for in the title, the key, the web address and short fields such as the accession number. The
    abstract is left out: it can name the trials of others.

    Args:
        paper: A record.
    """
    places = (paper.title, paper.key or "", paper.url or "", *(v for v in paper.extra.values() if len(v) <= _VALUE))
    found = {match.lower() for place in places for match in _NUMBER.findall(place)}
    return frozenset(_PREFIX.sub("", number).replace("/", "-") for number in found)
