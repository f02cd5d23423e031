"""The compiled module; see ``_kernels.c``."""

from typing import Any

def level(wanted: str | None = None, /) -> str: ...
def pack(parts: Any, rests: Any, scale: float, dims: int, first: int, codes: Any, sums: Any, /) -> float: ...
def pairs(
    codes: Any,
    start: Any,
    dims: int,
    first: int,
    last: int,
    count: int,
    addresses: Any,
    dim: int,
    floor: float,
    out: Any,
    /,
) -> int: ...
def nearest(
    codes: Any,
    dims: int,
    first: int,
    last: int,
    count: int,
    rows: Any,
    allowed: Any,
    dim: int,
    queries: Any,
    vectors: Any,
    bias: Any,
    unit: Any,
    error: Any,
    kth: Any,
    k: int,
    slack: float,
    out: Any,
    best: Any,
    /,
) -> int: ...
def highest(
    codes: Any,
    dims: int,
    first: int,
    last: int,
    count: int,
    allowed: Any,
    lifts: Any,
    base: int,
    query: Any,
    least: int,
    filled: int,
    keys: Any,
    rows: Any,
    /,
) -> int: ...
