"""Modules of the package in C, which there are only if it was built with a compiler."""

from __future__ import annotations

import importlib
from typing import Any


def compiled_module(name: str) -> Any:
    """A compiled module; ``None`` if there was no compiler when the package was installed.

    Args:
        name: Full name of the module.
    """
    try:
        return importlib.import_module(name)
    except ImportError:
        return None
