"""Calls of the compiled module that it has to refuse: one argument of each is wrong."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.dense.kernel_scans import BLOCK, LANES

Arguments = dict[str, Any]
#: What addresses lead to; it has to stay in memory.
_VECTOR = np.ones(3, np.float32)


def _pack() -> Arguments:
    return {
        "leading": np.ones((5, 7), np.float32),
        "residual_norms": np.ones(5, np.float32),
        "scale": 50.0,
        "code_size": 8,
        "first_row": 30,
        "quantised": np.zeros((2, 2, BLOCK, 4), np.uint8),
        "sums": np.zeros(2 * BLOCK, np.int32),
    }


def _pairs() -> Arguments:
    return {
        "quantised": np.zeros((2, 2, BLOCK, 4), np.uint8),
        "starts": np.zeros(2 * BLOCK, np.int32),
        "code_size": 8,
        "first": 0,
        "last": 2,
        "count": 40,
        "addresses": np.full(40, _VECTOR.ctypes.data, np.uint64),
        "dim": 3,
        "min_score": 0.5,
        "out": np.zeros((9, 2), np.int32),
    }


def _nearest() -> Arguments:
    return {
        "quantised": np.zeros((2, 2, BLOCK, 4), np.uint8),
        "code_size": 8,
        "first": 0,
        "last": 2,
        "count": 40,
        "vectors": np.ones((40, 3), np.float32),
        "filter": np.ones(40, np.uint8),
        "dim": 3,
        "query_words": np.zeros((2, 2, LANES), np.int32),
        "queries": np.ones((9, 3), np.float32),
        "biases": np.zeros(9, np.int32),
        "units": np.ones(9),
        "quantisation_errors": np.zeros(9),
        "thresholds": np.zeros(9, np.float32),
        "k": 4,
        "error_bound": 0.25,
        "out": np.zeros(12 * 50, np.uint8),
        "best": np.full((9, 4), -2, np.float32),
    }


def _highest() -> Arguments:
    return {
        "quantised": np.zeros((2, 2, BLOCK, 4), np.uint8),
        "code_size": 8,
        "first": 0,
        "last": 2,
        "count": 40,
        "filter": np.ones(40, np.uint8),
        "boosts": np.zeros(40, np.int32),
        "first_row": 0,
        "query_words": np.zeros(2, np.int32),
        "threshold": 0,
        "filled": 2,
        "keys": np.array([3, 5, 9, 9, 9, 9], np.int32),
        "rows": np.zeros(6, np.int64),
    }


#: A call of each function that is right, to be spoilt in one argument.
RIGHT: dict[str, Callable[[], Arguments]] = {"pack": _pack, "pairs": _pairs, "nearest": _nearest, "highest": _highest}
_WRITTEN = {"pack": ("quantised", "sums"), "pairs": ("out",), "nearest": ("out", "best"), "highest": ("keys", "rows")}
#: An empty one stands for "none".
_MAY_BE_EMPTY = {("pack", "sums"), ("nearest", "filter"), ("highest", "filter"), ("highest", "boosts")}
_NAN, _INF = float("nan"), float("inf")
#: Numbers that are out of range; more than 64 bits are no number that C can be given.
_NUMBERS: dict[str, dict[str, tuple[float, ...]]] = {
    "pack": {
        "scale": (0.0, -1.0, _NAN, _INF, 1e39, 1e-39),
        "code_size": (-8, 0, 4, 6, 7, 12, 4100, 2**40, 2**62),
        "first_row": (-1, 60, 2**40, 2**63 - 1),
    },
    "pairs": {
        "code_size": (-8, 0, 4, 6, 12, 4100, 2**62),
        "first": (-1, 3, 2**62),
        "last": (-1, 3, 2**62),
        "count": (-1, 0, 32, 39, 41, 65, 2**31, 2**63 - 1),
        "dim": (-1, 0, 2**31, 2**62),
        "min_score": (_NAN, _INF, -_INF),
    },
    "nearest": {
        "code_size": (-8, 0, 4, 6, 12, 4100, 2**62),
        "first": (-1, 3, 2**62),
        "last": (-1, 3, 2**62),
        "count": (-1, 0, 32, 39, 41, 65, 2**31, 2**63 - 1),
        "dim": (-1, 0, 2, 4, 2**31 - 1, 2**31, 2**62),
        "k": (-1, 0, 3, 5, 2**31 - 1, 2**31, 2**62),
        "error_bound": (_NAN, _INF),
    },
    "highest": {
        "code_size": (-8, 0, 4, 6, 12, 4100, 2**62),
        "first": (-1, 3, 2**62),
        "last": (-1, 3, 2**62),
        "count": (-1, 0, 32, 39, 41, 65, 2**31, 2**63 - 1),
        "first_row": (-1, 2**63 - 40),
        "threshold": (-(2**30) - 1, 2**30 + 1, 2**31, 2**62),
        "filled": (-1, 7, 2**62),
    },
}
#: Numbers inside of a buffer that are out of range.
_INSIDE: dict[tuple[str, str], tuple[float, ...]] = {
    ("pack", "leading"): (_NAN, _INF, -_INF),
    ("pack", "residual_norms"): (_NAN, _INF, -1.0),
    ("pairs", "starts"): (2**30, -(2**30) - 1),
    ("pairs", "addresses"): (0, 2**40 + 2),
    ("nearest", "units"): (0.0, -1.0, _NAN, _INF),
    ("nearest", "quantisation_errors"): (_NAN, _INF, -_INF),
    ("nearest", "thresholds"): (_NAN, _INF, -_INF),
    ("highest", "boosts"): (2**29, -(2**29) - 1),
    ("highest", "keys"): (6, 2**30, -(2**30) - 1),
}


def _wrong_type(array: NDArray[Any]) -> NDArray[Any]:
    """The same bytes as numbers of another kind."""
    other = (
        {"u": np.int8, "i": np.float32, "f": np.int32}
        if array.itemsize < 8
        else {"u": np.int64, "i": np.float64, "f": np.int64}
    )
    return array.view(other[array.dtype.kind])


def _misplaced(array: NDArray[Any]) -> NDArray[Any]:
    """The same numbers one byte further on than they should be."""
    memory = np.zeros(array.nbytes + 1, np.uint8)
    memory[1:] = array.reshape(-1).view(np.uint8)
    return memory[1:].view(array.dtype)


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    copy = array.copy()
    copy.setflags(write=False)
    return copy


def _buffers_to_refuse(function: str, name: str, array: NDArray[Any]) -> dict[str, Any]:
    flat = array.reshape(-1)
    wrong = {
        "one too few": flat[:-1].copy(),
        "one too many": np.append(flat, flat[-1:]),
        "not contiguous": np.repeat(flat, 2)[::2],
        "of another type": _wrong_type(flat),
        "in the other byte order": flat.astype(flat.dtype.newbyteorder()) if flat.itemsize > 1 else flat.view(np.int8),
        "bytes": flat.tobytes() if flat.itemsize > 1 else flat.view(np.int8),
    }
    if flat.itemsize > 1 or (function, name) == ("nearest", "out"):
        wrong["at an odd address"] = _misplaced(flat)
    if name in _WRITTEN[function]:
        wrong["read-only"] = _read_only(flat)
    if (function, name) not in _MAY_BE_EMPTY | {("pairs", "out"), ("nearest", "out")}:
        wrong["empty"] = np.empty(0, array.dtype)
    return wrong


def wrong_calls() -> dict[str, tuple[str, Arguments]]:
    """Name of the case -> function and its arguments, of which one is wrong."""
    calls: dict[str, tuple[str, Arguments]] = {}
    for function, right in RIGHT.items():
        for name, value in right().items():
            if isinstance(value, np.ndarray):
                for what, wrong in _buffers_to_refuse(function, name, value).items():
                    calls[f"{function}: {name} {what}"] = function, right() | {name: wrong}
            else:
                for number in _NUMBERS[function][name]:
                    calls[f"{function}: {name} {number}"] = function, right() | {name: number}
    for (function, name), numbers in _INSIDE.items():
        for number in numbers:
            spoilt = RIGHT[function]()
            spoilt[name][-1 if name != "keys" else 0] = number
            calls[f"{function}: {number} in {name}"] = function, spoilt
    return calls | _consistent()


def _consistent() -> dict[str, tuple[str, Arguments]]:
    """Calls whose buffers all have the lengths that the numbers say; but the numbers themselves are wrong."""
    bare: Arguments = {"filter": b"", "boosts": b""}
    calls: dict[str, tuple[str, Arguments]] = {
        "pairs: last before first": ("pairs", _pairs() | {"first": 2, "last": 1}),
        "highest: minus one row": (
            "highest",
            _highest() | bare | {"quantised": _bytes(BLOCK * 8), "last": 1, "count": -1},
        ),
        "highest: no capacity": (
            "highest",
            _highest() | {"filled": 0, "keys": np.empty(0, np.int32), "rows": np.empty(0, np.int64)},
        ),
        "highest: the second key is too large": (
            "highest",
            _highest() | {"keys": np.array([3, 2**30], np.int32), "rows": np.zeros(2, np.int64)},
        ),
        "pack: more rows than there are": (
            "pack",
            _pack() | {"quantised": _bytes(0), "sums": np.zeros(0, np.int32), "first_row": 0},
        ),
    }
    for size in (0, 6, 4100):
        words = np.zeros(size // 4, np.int32)
        sized = {"code_size": size, "quantised": _bytes(2 * BLOCK * size)}
        calls[f"highest: all of code size {size}"] = "highest", _highest() | sized | {"query_words": words}
        calls[f"pairs: all of code size {size}"] = "pairs", _pairs() | sized
        calls[f"pack: all of code size {size}"] = (
            "pack",
            _pack() | sized | {"leading": np.ones((5, min(5, size)), np.float32)},
        )
    nothing = {name: value.reshape(-1)[:0] for name, value in _nearest().items() if isinstance(value, np.ndarray)}
    for name, number in product(("dim", "k"), (-1, 0, 2**31)):
        calls[f"nearest: no rows and no queries, {name} {number}"] = (
            "nearest",
            _nearest() | nothing | {"last": 0, "count": 0, name: number},
        )
    return calls


def _bytes(n: int) -> NDArray[np.uint8]:
    return np.zeros(n, np.uint8)


def refuse(kernels: Any, function: str, arguments: Arguments) -> str:
    """Make a wrong call. See that nothing was written, and that no buffer is held any more.

    Returns:
        The message of its `ValueError`.
    """
    arrays = [value for value in arguments.values() if isinstance(value, np.ndarray)]
    before = [array.tobytes() for array in arrays]
    given = [value.data if isinstance(value, np.ndarray) else value for value in arguments.values()]
    try:
        getattr(kernels, function)(*given)
    except ValueError as error:
        for value in given:
            if isinstance(value, memoryview):
                value.release()  # a BufferError if it is held
        # What one vector of many holds is seen only when it is quantised.
        if "leading has a number" not in str(error):
            assert before == [array.tobytes() for array in arrays]
        return str(error)
    raise AssertionError("not refused")


def refuse_all(kernels: Any) -> int:
    """All wrong calls. Returns how many."""
    calls = wrong_calls()
    for function, arguments in calls.values():
        assert refuse(kernels, function, arguments).startswith(f"{function}: ")
    return len(calls)
