"""Functions on text, without side effects: identifiers, cleaning, TeX, folding, file names, safe output."""
