"""Records side by side: no line is wider than the screen, in any script."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.cells import cell_len

from semsearch.identity.ids import with_id
from semsearch.model.paper import Paper
from semsearch.model.results import Relation
from semsearch.writers.side_by_side import write_cluster, write_pair

TITLES = (
    "Moss growth on slate roofs of the northern valleys " * 2,
    "屋顶苔藓的生长与北方山谷的降雨量研究" * 3,
    "Moss on roofs 屋顶苔藓 of 北方",
)


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("title", TITLES)
def test_no_line_is_wider_than_the_screen(title: str, width: int) -> None:
    one = with_id(Paper(title=title, authors=("Moss, Ada",) * 9, venue="屋顶学报" * 9, year=2031, abstract=title * 9))
    papers = [one, with_id(replace(one, year=2032)), with_id(replace(one, year=2033))]
    links = [
        Relation(a.id, b.id, "doubtful", "years differ", None, {}, chance=0.4) for a, b in (papers[:2], papers[1:])
    ]
    out = io.StringIO()
    write_pair(papers[0], papers[1], links[0], out, width)
    write_cluster(papers, links, out, width)
    assert len(out.getvalue().splitlines()) > 9
    assert max(map(cell_len, out.getvalue().splitlines())) <= width
