"""Exact search among unit vectors: `flat` finds the nearest rows, `pairs` finds all pairs above a threshold."""
