"""The compiled scans, where the package was built with a compiler; all results are the same without."""

from __future__ import annotations

import importlib
import os
from typing import Any


def _load() -> Any:
    try:
        return importlib.import_module("semsearch.dense.scanners._kernels")
    except ImportError:  # there was no compiler when the package was installed
        return None


#: The compiled module, or ``None``.
compiled = _load()

#: Threads that scan side by side.
THREADS = max(1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def level() -> str:
    """The instructions in use: ``avx512-vnni``, ``avx2``, ``generic``, or ``numpy`` without compiled scans."""
    return str(compiled.level()) if compiled else "numpy"
