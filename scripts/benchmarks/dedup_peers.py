"""Other tools that find duplicates, on the same records; each is left out where it is not installed."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import io
import tempfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semsearch.model.paper import Paper


def is_installed(package: str) -> bool:
    """Whether a package can be imported.

    Args:
        package: Its import name.
    """
    return importlib.util.find_spec(package) is not None


def bib_dedupe(papers: Sequence[Paper]) -> list[int]:
    """The cluster of each record, as bib-dedupe finds it from the fields that it reads.

    Args:
        papers: The records.
    """
    pandas = importlib.import_module("pandas")
    tool = importlib.import_module("bib_dedupe.bib_dedupe")
    rows = [
        {
            "ID": str(place), "ENTRYTYPE": "article", "title": p.title, "author": " and ".join(p.authors),
            "year": str(p.year or ""), "journal": p.venue, "volume": p.volume, "number": p.issue, "pages": p.pages,
            "abstract": p.abstract, "doi": p.doi or "",
        }
        for place, p in enumerate(papers)
    ]  # fmt: skip
    with tempfile.TemporaryDirectory(), contextlib.redirect_stdout(io.StringIO()):
        matched = tool.match(tool.block(tool.prep(pandas.DataFrame(rows))))
        clusters = tool.cluster(matched)
    labels = list(range(len(papers)))
    for cluster in clusters:
        for name in cluster:
            labels[int(name)] = int(cluster[0])
    return labels


def asreview(papers: Sequence[Paper]) -> list[bool]:
    """Which records ASReview 1 drops: `ASReviewData.duplicated`, by DOI or by title and abstract.

    It needs packages that contradict ours (pandas before 3), so it is in no extra: install ``asreview<2`` by hand.

    Args:
        papers: The records.
    """
    pandas = importlib.import_module("pandas")
    data = importlib.import_module("asreview.data.base").ASReviewData
    rows = [{"title": p.title, "abstract": p.abstract, "doi": p.doi or None} for p in papers]
    found: list[bool] = data(pandas.DataFrame(rows)).duplicated().tolist()
    return found
