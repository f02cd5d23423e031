"""The one rule for 'these two records are the same paper'."""
