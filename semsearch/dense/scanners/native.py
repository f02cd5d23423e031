"""The scans in C. They exist if the package was built with a compiler; results are the same without them."""

from __future__ import annotations

import os

from semsearch.model.compiled import compiled_module

#: The compiled module; ``None`` if there is none.
compiled = compiled_module("semsearch.dense.scanners._kernels")

#: Number of threads of a scan.
THREADS = max(1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def level() -> str:
    """The instructions in use: ``avx512-vnni``, ``avx2`` or ``generic``; ``numpy`` without scans in C."""
    return str(compiled.level()) if compiled else "numpy"
