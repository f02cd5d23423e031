"""Measuring how well a search finds what people judged relevant: queries, judgements, runs and measures."""

from semsearch.evaluation.experiment import run_experiment
from semsearch.evaluation.judgements import JudgedQueries, judged_queries, read_collection

__all__ = ["JudgedQueries", "judged_queries", "read_collection", "run_experiment"]
