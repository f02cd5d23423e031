"""`Identifier`: a DOI, arXiv id or other identifier of a paper in its normal form."""

from __future__ import annotations

from typing import NamedTuple


class Identifier(NamedTuple):
    """An identifier in its normal form. ``str()`` returns ``scheme:value``."""

    scheme: str
    """``arxiv``, ``doi``, ``pmid``, ``pmcid`` or ``acl``."""
    value: str
    """The identifier without notation and version, such as ``10.5555/x``."""

    def __str__(self) -> str:
        return f"{self.scheme}:{self.value}"
