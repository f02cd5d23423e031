"""Pure functions on text: identifiers, cleaning, TeX, folding, names of files, safe output."""
