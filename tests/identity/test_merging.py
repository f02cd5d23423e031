"""The record that is merged from all records of a publication."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.identity.merging import merged
from semsearch.model.paper import Paper, Source

_NAMES = st.lists(st.sampled_from(["Smith, Ann", "Smith A", "Jones, Bo", "Zed, Cy", "et al.", "Orr, Eve"]), max_size=4)
_TEXT = st.text("abc …[]", max_size=12).map(str.strip)
_EXTRA = st.dictionaries(st.sampled_from(["AN", "DB", "N1"]), st.text("XYZ12", min_size=1, max_size=6))
_RECORD = st.builds(
    Paper, title=_TEXT, abstract=_TEXT, authors=_NAMES.map(tuple), venue=_TEXT, volume=st.sampled_from(["", "3"]),
    pages=st.sampled_from(["", "11-19", "11", "01-Jun"]), year=st.sampled_from([None, 2015]), extra=_EXTRA,
    keywords=st.lists(st.sampled_from("pqr"), max_size=2).map(tuple), doi=st.sampled_from([None, "10.9999/one.3"]),
    source=st.sampled_from([Source("a.ris", 1), Source("b.ris", 9)]),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(_RECORD, min_size=1, max_size=4))
def test_nothing_of_any_copy_is_lost(papers: list[Paper]) -> None:
    whole = merged(papers)
    for paper in papers:
        people = [name for name in paper.authors if "et al" not in name]
        assert len([name for name in whole.authors if "et al" not in name]) >= len(people)
        assert len(whole.venue) >= len(paper.venue)
        assert set(paper.keywords) <= set(whole.keywords)
        assert bool(whole.title) >= bool(paper.title)
        assert bool(whole.abstract) >= bool(paper.abstract)
        for name in ("volume", "pages", "year", "doi"):
            assert bool(getattr(whole, name)) >= bool(getattr(paper, name))
        for name, value in paper.extra.items():
            assert value in whole.extra[name].split("; ")
    for name in ("abstract", "title"):  # longest of those that are whole
        assert getattr(whole, name) in {getattr(paper, name) for paper in papers}


def test_the_best_value_of_each_field() -> None:
    embase = Paper(
        title="A TRIAL OF GATES IN GARDENS UNDER MILD RAIN", authors=("Smith, Ann", "et al."), year=2015, venue="Ann One",
        volume="3", doi="10.9999/one.3", pages="01-Jun", extra={"AN": "EMB1", "DB": "Embase"}, source=Source("e.ris", 1),
        abstract="We tested gates in forty gardens for two years and found that gates kept out half of the ha [TRUNCATED]",
    )  # fmt: skip
    medline = Paper(
        title="A trial of gates in gardens under mild rain", authors=("Smith A", "Jones, Bo", "Zed, Cy"), year=2015,
        venue="Annals of One", pages="11-9", abstract="We tested gates.", keywords=("gates",),
        extra={"AN": "MED2", "DB": "MEDLINE", "N1": "included by AB"}, source=Source("m.ris", 5),
    )  # fmt: skip
    central = Paper(title="A trial of gates", extra={"AN": "CEN3", "DB": "MEDLINE"}, keywords=("randomised", "gates"))
    whole = merged([embase, medline, central])
    assert whole.title == medline.title
    assert whole.abstract == medline.abstract
    assert whole.authors == medline.authors
    assert (whole.venue, whole.volume, whole.pages, whole.doi) == ("Annals of One", "3", "11-9", "10.9999/one.3")
    assert whole.extra == {"AN": "EMB1; MED2; CEN3", "DB": "Embase; MEDLINE", "N1": "included by AB"}
    assert whole.keywords == ("gates", "randomised")
    assert whole.origins["abstract"] == medline.source
    assert whole.origins["extra.AN"] == medline.source
    assert "volume" not in whole.origins


def test_the_keeper_decides_ties() -> None:
    one, other = Paper(title="Gates of mud", year=2015), Paper(title="Gates of mid", year=2016)
    assert merged([one, other]).title == "Gates of mud"
    assert merged([other, one]).title == "Gates of mid"
    assert merged([one]) == one
