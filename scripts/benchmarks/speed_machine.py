"""The machine that figures are of, and the memory of this process on it."""

from __future__ import annotations

import os
import platform
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from semsearch.dense.scanners import native

_DISTRIBUTIONS = (
    "torch", "sentence-transformers", "openvino", "faiss-cpu", "numpy", "usearch", "txtai", "duckdb", "sqlite-vec",
    "lancedb",
)  # fmt: skip


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def machine() -> str:
    """Processor, cores, instructions, versions."""
    kind = platform.processor() or platform.machine()
    told = Path("/proc/cpuinfo")
    if told.exists():
        kind = next((x.split(":")[1].strip() for x in told.read_text().splitlines() if "model name" in x), kind)
    found = ", ".join(f"{name} {_version(name)}" for name in _DISTRIBUTIONS if _version(name))
    return f"{kind}, {os.cpu_count()} cores, scans by {native.level()}; Python {platform.python_version()}; {found}."


def forget_peak() -> None:
    """Count the most memory from now on (Linux: proc(5), clear_refs)."""
    Path("/proc/self/clear_refs").write_text("5", "ascii")


def peak() -> int:
    """Most memory that this process had, KiB (Linux: proc(5), VmHWM)."""
    return int(re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text("ascii"))[0])
