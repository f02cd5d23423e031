"""Nouns and seams: papers, results, options, errors, protocols. No input or output."""
