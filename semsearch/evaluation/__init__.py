"""How well a search finds what people judged relevant: queries, judgements, runs, measures."""

from semsearch.evaluation.experiment import Experiment, Outcome, run_experiment
from semsearch.evaluation.judgements import Collection, read_collection

__all__ = ["Collection", "Experiment", "Outcome", "read_collection", "run_experiment"]
