"""Papers that are one publication, or versions, notices, parts, reprints of one, or near in meaning; with the reasons.

One way: `candidates` (blocks of keys) and near vectors -> `comparison` (field by field) -> `classification` (rules) ->
`grouping` (clusters, checked against chaining) -> `merging` (keeper, merged record). `ledger` keeps what people decide.
"""

from semsearch.duplicates.collection import Collection, IndexedPapers, ListedPapers, near_by
from semsearch.duplicates.finding import DEFAULT_THRESHOLD, Findings, find_duplicates
from semsearch.duplicates.ledger import FILE, SKIPPED, Decided, Decision, Ledger, record_key
from semsearch.duplicates.merging import DEFAULT_RULES, parse_rules
from semsearch.identity.verdict import DIFFERENT, KINDS

__all__ = [
    "DEFAULT_RULES",
    "DEFAULT_THRESHOLD",
    "DIFFERENT",
    "FILE",
    "KINDS",
    "SKIPPED",
    "Collection",
    "Decided",
    "Decision",
    "Findings",
    "IndexedPapers",
    "Ledger",
    "ListedPapers",
    "find_duplicates",
    "near_by",
    "parse_rules",
    "record_key",
]
