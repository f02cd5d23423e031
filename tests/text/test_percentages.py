"""Shares in per cent: nothing that exists is written as nothing."""

from __future__ import annotations

import pytest

from semsearch.text.percentages import percent


@pytest.mark.parametrize(
    ("share", "decimals", "text"),
    [
        (0, 2, "0 %"),
        (0.004, 2, "< 0.01 %"),
        (0.006, 2, "0.01 %"),
        (95.238, 2, "95.24 %"),
        (99.996, 2, "> 99.99 %"),
        (100, 2, "100.00 %"),
        (0.3, 0, "< 1 %"),
        (99.7, 0, "> 99 %"),
        (12.6, 0, "13 %"),
    ],
)
def test_what_is_not_zero_is_not_written_as_zero(share: float, decimals: int, text: str) -> None:
    assert percent(share, decimals) == text
