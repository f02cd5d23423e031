"""Scans of quantised vectors: in C where it was compiled."""
