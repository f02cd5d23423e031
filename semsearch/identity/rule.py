"""The rule: what two papers are to each other, and whether they are one.

Import this module where a pair is at hand, not before: it loads the string comparisons (rapidfuzz).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from semsearch.identity.classification import classify
from semsearch.identity.comparable import comparable
from semsearch.identity.comparison import compare, title_similarity
from semsearch.identity.titles import is_heading, notice_of_type
from semsearch.text.folding import fold

if TYPE_CHECKING:
    from semsearch.identity.comparable import Comparable
    from semsearch.identity.comparison import Comparison
    from semsearch.identity.verdict import Verdict
    from semsearch.model.paper import Paper

#: Cosine from which papers that are nothing else to each other are ``similar``.
SIMILAR_FROM = 0.9
#: Similarity from which two titles can be readings of one title, one of them corrected. Far below that of one paper.
_ALIKE = 0.5


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


def is_same_record(a: Paper, b: Paper) -> bool:
    """Whether two records with the same key in two files are one record, such as an entry of a library exported twice.

    They are if they are one paper by the rule. They also are if the title is the same, has three words or more, and no
    other year: the key says the rest. Then the abstract may have been written anew.

    Args:
        a: A paper.
        b: Another paper. The order of the two does not matter.
    """
    titles = fold(a.title), fold(b.title)
    is_retold = titles[0] == titles[1] and titles[0].count(" ") >= 2 and (a.year == b.year or not (a.year and b.year))
    return is_retold or is_same_paper(a, b)


def can_replace(newer: Paper, older: Paper) -> bool:
    """Whether a newer reading of a paper may take the place of an older one, rather than only fill its gaps.

    It must be the same record: of the same key, or of a title that is alike. A chapter under the DOI of its book never
    takes the place of the book, even where nothing else tells the two apart.

    Args:
        newer: The record that is read now.
        older: The paper as it is.
    """
    if (newer.key and newer.key == older.key) or not (newer.title and older.title):
        return True
    titles = fold(newer.title), fold(older.title)
    return titles[0] in titles[1] or titles[1] in titles[0] or title_similarity(*titles) >= _ALIKE


def _is_plain(a: Paper, b: Paper) -> bool:
    """Whether two records have an identifier and the title in common, and no type says that one of them is a notice.

    The rule always makes one paper of two such records, unless the title is a mere heading. Most records that share an
    identifier are so, and here it takes a hundredth of the time.
    """
    names = ((a.doi, b.doi), (a.pmid, b.pmid), (a.pmcid, b.pmcid), (a.arxiv_id, b.arxiv_id), (a.acl_id, b.acl_id))
    return (
        any(one and one == other for one, other in names)
        and a.title.rstrip(". ") == b.title.rstrip(". ")
        and notice_of_type(fold(a.type)) == notice_of_type(fold(b.type))
        and not is_heading(fold(a.title))
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
