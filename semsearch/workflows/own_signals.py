"""The ranking signals that a user gives, checked before anything is searched."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from semsearch.retrieval import SignalSpec


def own_signals(value: object) -> tuple[SignalSpec, ...]:
    """The signals that a user gave, as a tuple; those of the package are not among them.

    Args:
        value: What was given as ``signals``.

    Raises:
        ArgumentError: It is not a list of `SignalSpec`.
    """
    if isinstance(value, list | tuple) and not value:
        return ()  # the usual case, without an import
    from semsearch.retrieval import SignalSpec
    from semsearch.retrieval.signals.checked import checked_specs

    return checked_specs(value, SignalSpec)
