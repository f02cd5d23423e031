"""The rule: what two papers are to each other, and whether they are one.

Import this module where a pair is at hand, not before: it loads the string comparisons (rapidfuzz).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from semsearch.identity.classification import classify
from semsearch.identity.comparable import comparable
from semsearch.identity.comparison import compare
from semsearch.identity.titles import notice_of_type
from semsearch.text.folding import fold

if TYPE_CHECKING:
    from semsearch.identity.comparable import Comparable
    from semsearch.identity.comparison import Comparison
    from semsearch.identity.verdict import Verdict
    from semsearch.model.paper import Paper

#: Cosine from which papers that are nothing else to each other are ``similar``.
SIMILAR_FROM = 0.9


def relation(a: Paper, b: Paper, cosine: float | None = None, *, similar: float = SIMILAR_FROM) -> Verdict:
    """What two papers are to each other. The order of the two does not matter.

    Args:
        a: A paper.
        b: Another; a paper and itself are ``same``.
        cosine: Of their vectors, -1 to 1; ``None`` if unknown. It can make two different papers ``similar``, and
            nothing more: meaning alone never makes one paper of two records.
        similar: Cosine from which two different papers are ``similar``.
    """
    return judge(comparable(a), comparable(b), cosine, similar=similar)[0]


def is_same_paper(a: Paper, b: Paper) -> bool:
    """Whether two records are one paper: the same, or a version of it. The order of the two does not matter.

    Args:
        a: A paper.
        b: Another paper.
    """
    return _is_plain(a, b) or relation(a, b).is_same_paper


def _is_plain(a: Paper, b: Paper) -> bool:
    """Whether two records have an identifier and the title in common, and no type says that one of them is a notice.

    The rule always makes one paper of two such records. Most records that share an identifier are so, and here it takes
    a hundredth of the time.
    """
    names = ((a.doi, b.doi), (a.pmid, b.pmid), (a.pmcid, b.pmcid), (a.arxiv_id, b.arxiv_id), (a.acl_id, b.acl_id))
    return (
        any(one and one == other for one, other in names)
        and a.title.rstrip(". ") == b.title.rstrip(". ")
        and notice_of_type(fold(a.type)) == notice_of_type(fold(b.type))
    )


def judge(
    a: Comparable, b: Comparable, cosine: float | None = None, *, similar: float = SIMILAR_FROM
) -> tuple[Verdict, Comparison]:
    """`relation` for papers that were made comparable before, with the comparison that the verdict rests on.

    For many pairs of few papers: making a paper comparable takes as long as comparing it.

    Args:
        a: A paper.
        b: Another paper. The order of the two does not matter.
        cosine: Cosine of their vectors, -1 to 1; ``None`` if unknown.
        similar: Cosine from which two different papers are ``similar``.
    """
    comparison = compare(a, b, cosine)
    return classify(a, b, comparison, similar=similar), comparison
