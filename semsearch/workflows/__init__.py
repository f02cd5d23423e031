"""Tasks that use several packages: building an index from files, opening a search, looking for duplicates."""
