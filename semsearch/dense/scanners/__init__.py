"""Scanners: they go through all rows and find the candidates of an exact top-k. In NumPy and in C."""
