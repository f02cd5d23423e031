"""Finding the papers of a collection that are the same, or versions, notices, parts, reprints, or near in meaning.

The steps: `candidates` (pairs worth comparing) and pairs of near vectors -> `linking` (the rule of `semsearch.identity`
says what each pair is) -> `grouping` (clusters without contradictions) -> `merging` (the record to keep, with its gaps
filled). `finding` takes all the steps, and `ledger` keeps what people decided.
"""

from semsearch.duplicates.collection import Collection, IndexedPapers, ListedPapers, near_by
from semsearch.duplicates.finding import DEFAULT_THRESHOLD, Findings, find_duplicates
from semsearch.duplicates.ledger import FILE, SKIPPED, Decided, Decision, Ledger, record_key
from semsearch.identity.merging import DEFAULT_RULES, parse_rules
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
