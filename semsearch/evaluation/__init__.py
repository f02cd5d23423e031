"""How well a search finds what people judged relevant: queries, judgements, runs, measures."""

from semsearch.evaluation.experiment import Experiment, ModeResult, run_experiment
from semsearch.evaluation.judgements import JudgedCollection, read_collection

__all__ = ["Experiment", "JudgedCollection", "ModeResult", "read_collection", "run_experiment"]
