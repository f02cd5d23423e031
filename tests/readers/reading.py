"""Reads a file in a test, and tells apart what came out."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from semsearch.model.paper import Paper, Rejected
from semsearch.readers import open_sources


class Reading(NamedTuple):
    """What was read from a file."""

    format: str
    papers: list[Paper]
    rejected: list[Rejected]
    repairs: list[str]
    """Reasons of the repairs."""


def read_file(path: Path, *columns: str) -> Reading:
    """Read a file. ``columns`` are values of ``--column``."""
    (source,) = open_sources([str(path)], columns=columns)
    records = list(source.records())
    assert source.format
    papers = [record for record in records if isinstance(record, Paper)]
    rejected = [record for record in records if isinstance(record, Rejected)]
    return Reading(source.format.name, papers, rejected, [repair.reason for repair in source.opened.repairs])
