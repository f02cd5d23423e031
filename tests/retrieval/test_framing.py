"""A question with framing is answered as the one without; a title that begins so is a title."""

from __future__ import annotations

from semsearch.service import Index


def test_framing_changes_neither_order_nor_score(index: Index) -> None:
    index.add(
        {"id": f"k{n}", "title": f"Moss {n} on roofs", "abstract": f"papers known studies {'slate ' * n}"}
        for n in range(8)
    )
    plain = index.search("moss on slate", 8, collapse=False)
    framed = index.search("What is known about moss on slate", 8, collapse=False)
    assert [(hit.paper.id, hit.score) for hit in framed] == [(hit.paper.id, hit.score) for hit in plain]
    assert framed.query == "What is known about moss on slate"


def test_a_title_that_begins_like_framing_names_its_paper(index: Index) -> None:
    index.add({"id": f"k{n}", "title": f"Lamps and moths {n}"} for n in range(5))
    index.add({"title": "What is known about lamps"})
    first = index.search("What is known about lamps", 3)[0]
    assert (first.paper.title, first.named_by) == ("What is known about lamps", "title")
