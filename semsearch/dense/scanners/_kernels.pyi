"""The compiled module. The head of ``_kernels.c`` says what each argument is, and its shape and type."""

from typing import Any

def level(wanted: str | None = None, /) -> str: ...
def pack(
    leading: Any,
    residual_norms: Any,
    scale: float,
    code_size: int,
    first_row: int,
    quantised: Any,
    sums: Any,
    /,
) -> float: ...
def pairs(
    quantised: Any,
    starts: Any,
    code_size: int,
    first: int,
    last: int,
    count: int,
    addresses: Any,
    dim: int,
    min_score: float,
    out: Any,
    /,
) -> int: ...
def nearest(
    quantised: Any,
    code_size: int,
    first: int,
    last: int,
    count: int,
    vectors: Any,
    filter: Any,  # noqa: A002
    dim: int,
    query_words: Any,
    queries: Any,
    biases: Any,
    units: Any,
    quantisation_errors: Any,
    thresholds: Any,
    k: int,
    error_bound: float,
    out: Any,
    best: Any,
    /,
) -> int: ...
def highest(
    quantised: Any,
    code_size: int,
    first: int,
    last: int,
    count: int,
    filter: Any,  # noqa: A002
    boosts: Any,
    first_row: int,
    query_words: Any,
    threshold: int,
    filled: int,
    keys: Any,
    rows: Any,
    /,
) -> int: ...
