"""Shares in per cent, written so that they are true: what is not nothing is never written as 0.00 %."""

from __future__ import annotations


def percent(share: float, decimals: int = 2) -> str:
    """A share in per cent, such as ``95.24 %``.

    Args:
        share: The share, 0 to 100.
        decimals: Number of decimals.

    Returns:
        ``0 %`` only for 0, and ``100.00 %`` only for 100: what would be rounded to one of them is written ``< 0.01 %``
        or ``> 99.99 %``.
    """
    text, step = f"{share:.{decimals}f}", 10.0**-decimals
    if share == 0:
        return "0 %"
    if float(text) == 0:
        return f"< {step:.{decimals}f} %"
    if share < 100 and float(text) == 100:
        return f"> {100 - step:.{decimals}f} %"
    return f"{text} %"
