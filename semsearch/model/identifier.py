"""An identifier of a paper in its normal form."""

from __future__ import annotations

from typing import NamedTuple


class Identifier(NamedTuple):
    """One normalised identifier."""

    scheme: str
    """``arxiv``, ``doi``, ``pmid``, ``pmcid`` or ``acl``."""
    value: str
    """Normal form, without version."""

    def __str__(self) -> str:
        return f"{self.scheme}:{self.value}"
