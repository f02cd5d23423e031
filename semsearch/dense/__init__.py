"""Exact search over unit vectors: `flat` for the nearest rows, `pairs` for all pairs above a threshold."""
