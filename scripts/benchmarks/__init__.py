"""Measurements; run through scripts/bench."""
