"""Kinds of pairs on which earlier versions were wrong: each in several fields of science, all of them made up."""

from __future__ import annotations

from typing import Any

import pytest

from semsearch.identity.ids import with_id
from semsearch.identity.rule import is_same_paper, relation
from semsearch.identity.titles import split_title
from semsearch.model.paper import Paper

#: How a row names the fields of a record: title, authors, year, venue, volume, issue, pages, DOI.
_FIELDS = ("title", "authors", "year", "venue", "volume", "issue", "pages", "doi")


def _paper(*values: Any, **more: Any) -> Paper:
    given = dict(zip(_FIELDS, values, strict=False))
    given["authors"] = tuple(filter(None, given.get("authors", "").split("; ")))
    return with_id(Paper(**{name: value for name, value in given.items() if value is not None}, **more))


def _check(kinds: str, a: Paper, b: Paper) -> None:
    verdict = relation(a, b)
    assert verdict.kind in kinds.split(" or "), verdict
    assert relation(b, a) == verdict, "the order does not matter"
    assert is_same_paper(a, b) == verdict.is_same_paper, "the writer of an index decides alike"


@pytest.mark.parametrize(
    ("title", "authors", "kinds"),
    [
        ("Safety of merolimab in infants with mild hay fever", "Tarn, Olu; Wick, Pia", "different"),
        ("Hedges and the price of bread in early market towns", "Sorrel, Uma", "different"),
        ("A parser for gate grammars in linear time", "Kest, Bo; Lund, Ira", "different"),
        ("Roof gardens as corridors for ground beetles", "Mott, Ada", "different"),
        ("Preface", "Loom, Evi", "different"),
        ("Efficacy of brelomab in children with severe allergic eczema", "Zorn, Ivo; Pell, Ute", "different"),
        ("Efficacy of tarolimab in adults with severe allergic asthma.", "VENN L; QUIST O", "same"),
        ("Efficacy of tarolimab in adults with severe alergic asthma", "Venn, L.", "same"),
        ("Efficacy of tarolimab in adults with severe allergic asthma", "", "same"),
        ("", "Venn, Lora", "same"),
    ],
)
def test_a_shared_doi_needs_a_second_witness(title: str, authors: str, kinds: str) -> None:
    article = _paper(
        "Efficacy of tarolimab in adults with severe allergic asthma", "Venn, Lora; Quist, Ole",
        2019, "Annals of Lung Practice", "44", "", "", "10.9999/alp.suppl1",
    )  # fmt: skip
    _check(kinds, article, _paper(title, authors, 2019, "Annals of Lung Practice", "44", doi="10.9999/alp.suppl1"))


@pytest.mark.parametrize(
    "heading",
    ["Editorial", "From the Editor", "In This Issue", "News and Notes", "Book Reviews", "Introduction to the Special Issue",
     "Editor's Note", "Letters to the Editor", "Meeting Abstracts"],
)  # fmt: skip
def test_a_heading_comes_back(heading: str) -> None:
    first = (heading, "Brandel, Viktor", 2012, "Journal of Ledger Studies", "29", "1")
    _check("same", _paper(*first, "5-7"), _paper(heading.upper(), "V Brandel", *first[2:], "5-7"))
    _check("different", _paper(*first, "5-7", "10.9999/a1"), _paper(*first, "5-7", "10.9999/a2"))
    _check("different", _paper(*first, "", "10.9999/a1"), _paper(*first, "", "10.9999/a2"))
    _check("different", _paper(*first), _paper(*first[:5], "2"))
    _check("different", _paper(*first, "5-7"), _paper(*first[:5], "2", "5-8"))
    _check("different", _paper(*first, "5-7"), _paper(*first[:3], "Annals of Hedges", "29", "1", "5-9"))


@pytest.mark.parametrize(
    ("one", "other", "kinds"),
    [
        ("226-236", "E72", "version"), ("1020-1031", "S12", "version"), ("44-51", "A-101", "version"),
        ("301-309", "P45", "version"), ("88-97", "A1204", "version"), ("S12-S19", "12-19", "same"),
        ("S12-9", "S12-S19", "same"), ("226-236", "226-36", "same"), ("833-836", "t-6", "same"),
    ],
)  # fmt: skip
def test_abstracts_of_a_meeting_have_pages_of_another_kind(one: str, other: str, kinds: str) -> None:
    place = (
        "Gate engineers alter the hedge communities of a delta",
        "Heim, KW; Mich, F",
        2010,
        "Integrative Gardens",
        "50",
    )
    _check(kinds, _paper(*place, "", one), _paper(*place, "", other))


@pytest.mark.parametrize(
    ("one", "other", "kinds"),
    [
        ("NCT09999991", "NCT09999992", "different"), ("ISRCTN99999901", "ISRCTN99999902", "different"),
        ("2009-999901-12", "EUCTR2009-999902-12-DE", "different"), ("CTRI/2010/01/999901", "CTRI/2010/01/999902", "different"),
        ("ACTRN99999999999901", "ACTRN99999999999902", "different"), ("DRKS99999901", "DRKS99999902", "different"),
        ("JPRN-UMIN999999901", "UMIN999999902", "different"), ("NCT09999991", "nct09999991", "same"),
        ("EUCTR2009-999901-12-DE", "2009-999901-12", "same"), ("JPRN-UMIN999999901", "UMIN999999901", "same"),
    ],
)  # fmt: skip
def test_numbers_of_trials_clash_like_dois(one: str, other: str, kinds: str) -> None:
    def trial(number: str, where: str) -> Paper:
        extra, title = {"AN": number} if where == "extra" else {}, "A study of tralomab in adults with asthma"
        url = f"https://trials.example/{number}" if where == "url" else None
        return _paper(title, "Pharma Co", 2020, extra=extra, url=url)

    for where in ("extra", "url"):
        _check(kinds, trial(one, where), trial(other, "extra"))


@pytest.mark.parametrize(
    ("one", "other", "kinds"),
    [
        ({"extra": {"edition": "2"}}, {"extra": {"edition": "3rd ed."}}, "version"),
        ({"extra": {"edition": "1"}}, {"extra": {"edition": "Second"}}, "same or version"),
        ({"type": "phdthesis"}, {"type": "article"}, "version"),
        ({"type": "Dissertation/Thesis"}, {"type": "Journal Article"}, "version"),
        ({"type": "Thesis"}, {}, "version"),
        ({"type": "THES"}, {"type": "JOUR"}, "version"),
        ({"type": "Poster"}, {"type": "article"}, "version"),
        ({"type": "thesis"}, {"type": "Dissertation"}, "same"),
        ({"extra": {"edition": "2"}}, {"extra": {"edition": "2nd"}}, "same"),
        ({"extra": {"edition": "2"}}, {}, "same"),
    ],
)
def test_editions_theses_and_posters(one: dict[str, Any], other: dict[str, Any], kinds: str) -> None:
    book = ("Principles of garden design in wet valleys", "Abel, Ada; Brun, Bo", 1999)
    _check(kinds, _paper(*book, **one), _paper(*book, **other))


@pytest.mark.parametrize("title", ["Untitled", "JLS$$127P", "1", "Gardens", "A 12", "No title available"])
def test_a_title_that_says_nothing_joins_nothing(title: str) -> None:
    place = (title, "", None, "Journal of Ledger Studies", "9")
    _check("different", _paper(*place, "1", key="x"), _paper(*place, "2", key="y"))
    _check("different", _paper(*place, key="x"), _paper(*place, key="y"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("10.9999/palm.ejg.3000413", "10.9999/palm/ejg/3000413"), ("10.9999/jrn.2008.49", "10.9999/jrn200849"),
        ("10.9999//a.b", "10.9999/a.b"), (r"10.9999/978-3-1\_12", "10.9999/978-3-1_12"),
        ("10.9999/(sici)1097(1999)33:2&lt;1::aid-x&gt;3.0.co;2-q", "10.9999/(sici)1097(1999)33:2<1::aid-x>3.0.co;2-q"),
        ("10.9999/palm", "10.9999/palm.ejg.3000413"), ("10.1002/central/cn-00999999", "10.9999/x.1"),
    ],
)  # fmt: skip
def test_forms_of_one_doi(one: str, other: str) -> None:
    record = ("The role of gates in garden processes", "Meral, Y.; Tosk, A.", 2002, "European Journal of Gardens", "11")
    _check("same", _paper(*record, doi=one), _paper(*record, doi=other))
    _check("version", _paper(*record, doi="10.9999/y.2"), _paper(*record, doi="10.9999/y.3"))


@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        ({}, "same"), ({"venue": "Eur J Gardens"}, "same"), ({"authors": ("Y Meral", "A Tosk")}, "same"),
        ({"pages": "47-9"}, "same"), ({"venue": "Gardening Letters"}, "version"), ({"issue": "2"}, "version"),
        ({"title": "The role of fences in town planning"}, "different"), ({"pages": "147-160"}, "version"),
    ],
)  # fmt: skip
def test_two_dois_for_one_place_in_print(change: dict[str, Any], kinds: str) -> None:
    record: dict[str, Any] = {
        "title": "The role of gates in garden processes", "authors": ("Meral, Y.", "Tosk, A."), "year": 2002,
        "venue": "European Journal of Gardens", "volume": "11", "issue": "1", "pages": "47-60", "doi": "10.9999/a.1",
    }  # fmt: skip
    _check(kinds, Paper(**record), Paper(**record | {"doi": "10.9999/b.2"} | change))


@pytest.mark.parametrize(
    ("title", "authors", "pages", "kinds"),
    [
        ("[Antiseptic prevention in knee operations: a controlled trial]", "Renard JF; Libert JM", "477-80", "same"),
        ("Antiseptische Vorbeugung bei Eingriffen am Knie", "Renard, J.; Libert, J.", "477-480", "same"),
        ("Profilaxis antibiotica en la rodilla", "J. F. Renard; J. M. Libert", "477-480", "same"),
        ("Profilassi antibiotica nel ginocchio", "Renard, Jean; Libert, Jo", "477-480", "same"),
        ("Voorzorg tegen infectie van een knie", "Renard, J. F.; Libert, J. M.", "477-480", "same"),
        ("[Antiseptic prevention in knee operations: a controlled trial]", "Roe, A.; Moe, B.", "477-80", "different"),
        (
            "[Antiseptic prevention in knee operations: a controlled trial]",
            "Renard, J. F.; Libert, J. M.",
            "477",
            "different or doubtful",
        ),
        (
            "Les haies de la vallée et le prix du pain: une enquête en chirurgie",
            "Renard, J. F.; Libert, J. M.",
            "477-480",
            "different",
        ),
    ],
)
def test_titles_in_two_languages(title: str, authors: str, pages: str, kinds: str) -> None:
    original = (
        "Prophylaxie antibiotique en chirurgie du genou",
        "Renard, J. F.; Libert, J. M.",
        1989,
        "Pathologie de l'os",
    )
    _check(kinds, _paper(*original, "37", "", "477-480"), _paper(title, authors, 1989, "Pathol Os", "37", "", pages))


@pytest.mark.parametrize(
    ("early", "final", "kinds"),
    [
        ({"pages": "1-18", "year": 2013}, {"volume": "19", "pages": "487-504"}, "same"),
        ({"pages": "1-9"}, {"volume": "19", "issue": "4", "pages": "487-504"}, "same"),
        ({"pages": "01-Jun"}, {"volume": "19", "pages": "487-504"}, "same"),
        ({"pages": "Jan-18", "volume": "19"}, {"volume": "19", "pages": "487-504"}, "same"),
        ({"pages": "12-Nov", "year": 2013}, {"volume": "19", "issue": "4", "pages": "11-12"}, "same"),
        ({"year": None, "pages": "", "volume": ""}, {"volume": "19", "pages": "487-504"}, "same"),
        ({"pages": "1-18", "volume": "18"}, {"volume": "19", "pages": "487-504"}, "version"),
        ({"pages": "33-51"}, {"volume": "19", "pages": "487-504"}, "version"),
    ],
)
def test_pages_in_press_and_pages_of_a_spreadsheet(early: dict[str, Any], final: dict[str, Any], kinds: str) -> None:
    record: dict[str, Any] = {
        "title": "Households in hedge markets of a northern valley", "authors": ("Mulen, B. P.", "Rich, R. B."),
        "venue": "Hedge and Development Economics", "year": 2014,
    }  # fmt: skip
    _check(kinds, Paper(**record | early), Paper(**record | {"venue": "Hedge & Development Economics"} | final))


@pytest.mark.parametrize(
    ("one", "other", "kinds"),
    [
        ("Query processing over views", "Query processing over views, to be published in", "same"),
        ("Query processing over views", "Query processing over views (in press)", "same"),
        ("Query processing over views", "Query processing over views, to appear", "same"),
        ("Query processing over views", "Query processing over views[J]", "same"),
        ("Query processing over views", "Query processing over views: a survey", "same or version"),
        ("Comparing hybrid peer-to-peer gardens", "Comparing hybrid peer-to-peer garden systems", "same"),
        ("Comparing hybrid gardens: costs of water", "Comparing hybrid gardens: noise of pumps", "different"),
        ("Query processing over views", "Transaction logs on slow disks", "different"),
    ],
)
def test_a_missing_year_and_what_a_citation_leaves(one: str, other: str, kinds: str) -> None:
    authors = "Young, B; Garcia, H; Oman, P"
    _check(kinds, _paper(one, authors, 2001, "VLDG"), _paper(other, authors, None, "VLDG"))


@pytest.mark.parametrize(
    "authors",
    ["Jim, G.; Pat, H.; Dennis, S.", "Jim Gray; Pat Holland; Dennis Sasha", "Gray Jim; Holland Pat; Sasha Dennis",
     "Jim, Gray; Pat, Holland; Dennis, Sasha", "JIM, G; PAT, H; DENNIS, S"],
)  # fmt: skip
def test_given_name_and_surname_exchanged(authors: str) -> None:
    place = ("The dangers of mirroring and a solution for ledgers", 1996, "Proc. Ledger Conf.")
    original = _paper(place[0], "Gray, Jim; Holland, Pat; Sasha, Dennis", *place[1:])
    _check("same", original, _paper(place[0], authors, *place[1:]))
    _check("different", original, _paper(place[0], "Orr, Eve; Uhl, Max", *place[1:]))


@pytest.mark.parametrize(
    ("venue", "kinds"),
    [
        ("ICGS 2017: Transforming Society with Gardens", "same"), ("ICGS", "same"), ("Proc. ICGS 2017", "same"),
        ("Proceedings of ICGS", "same"), ("Proceedings of the International Conference on Garden Systems", "same"),
        ("Annals of Hedges", "version"), ("ICHS 2018: Hedges for All", "version"),
    ],
)  # fmt: skip
def test_acronyms_of_conferences(venue: str, kinds: str) -> None:
    work = ("Call for bids to improve matching: evidence from garden work", "Gou, Xia; Gang, Jin")
    _check(kinds, _paper(*work, 2017, "International Conference on Garden Systems"), _paper(*work, 2018, venue))


@pytest.mark.parametrize("label", ["[Correction]", "[Erratum]", "[Corrigendum].", " [Errata]", "[correction]"])
def test_the_label_of_a_correction(label: str) -> None:
    place = ("Annals of Hedges", "7", "", "99")
    article = _paper("Hares in hedges of the delta", "Orr, Eve", 2015, "Annals of Hedges", "6", "", "11-19")
    notice = _paper("Correction: Hares in hedges of the delta", "Orr, Eve", 2016, *place)
    labelled = _paper("Hares in hedges of the delta " + label, "Orr, Eve", 2016, *place)
    _check("notice", article, labelled)
    _check("same", notice, labelled)


@pytest.mark.parametrize(
    ("venue", "authors", "kinds"),
    [
        ("Annals of One", "Abel, Ada", "same"), ("Ann One", "Abel A", "same"),
        ("Journal of Two", "Quist, Ole", "different"), ("Harbour Review", "", "different"),
        ("Quarterly Notes on Harbours", "Venn, Lora", "different"),
    ],
)  # fmt: skip
def test_a_place_in_print_counts_only_in_one_journal(venue: str, authors: str, kinds: str) -> None:
    title = "Prevalence of garden hares among adults"
    first = _paper(title, "Abel, Ada", 2015, "Annals of One", "3", "", "11-19")
    _check(kinds, first, _paper(title, authors, 2015, venue, "3", "", "11-19"))


@pytest.mark.parametrize(
    "debris", [", to be published in", " (in press)", ", to appear", "[J]", " [Online]", ". Submitted to"]
)
def test_what_a_citation_leaves_is_no_part_of_the_title(debris: str) -> None:
    assert split_title("Moss on roofs" + debris) == ("Moss on roofs", "")


def test_headings_under_the_doi_of_a_book() -> None:
    first = _paper("Introduction", "Abel, Ada", 2001, "Book of Hedges", "", "", "1-9", "10.9999/book")
    _check(
        "different", first, _paper("Introduction", "Brun, Bo", 2001, "Book of Hedges", "", "", "101-9", "10.9999/book")
    )
    _check("same", first, _paper("Introduction", "A. Abel", 2001, "Book of Hedges", "", "", "1-9", "10.9999/book"))


@pytest.mark.parametrize("title", ["Why some papers are accepted", "Shopping online", "Hares in press", "Vitamin [K]"])
def test_words_of_a_title_are_no_debris(title: str) -> None:
    assert split_title(title) == (title, "")


def test_page_numbers_without_end() -> None:
    pages = f"1-{'9' * 5000}"
    place = ("Renard, J. F.; Libert, J. M.", 1989, "Pathologie de l'os", "37", "", pages)
    _check(
        "different or doubtful or same",
        _paper("Les haies de la vallée", *place),
        _paper("Hedges of a northern plain", *place),
    )


@pytest.mark.parametrize(
    ("title", "other", "kinds"),
    [
        ("Recoil of garden gates in wind", "Rec0i1 of garden gates in wind", "same"),
        ("The colour of moss on old roofs", "The co1our of moss on o1d r00fs", "same"),
        ("Seasonal bloom of alpine lakes", "Sea5onal bl0om of a1pine 1akes", "same"),
        ("Solitary bees and the soil below them", "So1itary bees and the 5oil be1ow them", "same"),
        ("Nitrogen in hedge soil", "N1trogen in hedge so1l", "same"),
        ("Claudin1 in the gills of carp", "Claudin5 in the gills of carp", "part or different or similar"),
        ("A study of graph10 in the field", "A study of graph15 in the field", "part or different or similar"),
    ],
)
def test_digits_that_were_read_for_letters(title: str, other: str, kinds: str) -> None:
    place = ("Mott, Ada; Loom, Evi", 2004, "Annals of Hedges", "7")
    _check(kinds, _paper(title, *place), _paper(other, *place))
