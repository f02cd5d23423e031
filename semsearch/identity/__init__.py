"""The one rule for "these two records are the same paper".

`rule.relation` says what two papers are to each other, and `rule.is_same_paper` whether they are one. Everything that
joins records asks it: the writer of an index, the collapsing of hits, the search for duplicates. Which pairs are worth
asking about is for the one that asks to know; the rule only looks at the two papers.

How the rule works: `comparable` (each paper folded into a form that compares well) -> `comparison` (the two forms,
field by field) -> `classification` (rules in order; the first one that decides gives the `verdict`). `ids` has the
identifiers of a paper, and its id.
"""
