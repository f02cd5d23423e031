"""Jobs that use several parts: building an index from files."""
