"""Pairs that one word of a title, a form of notice or a way to write a place tells apart, or does not; all made up."""

from __future__ import annotations

import pytest

from tests.identity.test_kinds import _check, _paper

_TEAM = ("Abel, Ada; Brun, Bo; Cole, Cy", 2016, "Journal of Hedges")


@pytest.mark.parametrize(
    ("title", "other"),
    [
        ("Pruning wounds in men after falls", "Pruning wounds in women after falls"),
        ("Hypotension among gardeners", "Hypertension among gardeners"),
        ("Preoperative use of nettle balm", "Postoperative use of nettle balm"),
        ("Ladder falls in Austria", "Ladder falls in Australia"),
        ("Nettle balm with massage for back pain", "Nettle balm without massage for back pain"),
        ("Antibodies to HIV in blood of foresters", "Antibodies to HCV in blood of foresters"),
        ("Roof moss and rainfall: effects of slope", "Roof moss and rainfall: chemistry"),
        ("Moss growth in winter on old slate", "Moss growth in summer on old slate"),
    ],
)
def test_words_in_contrast_keep_two_studies_of_one_team_apart(title: str, other: str) -> None:
    _check("different or doubtful or part", _paper(title, *_TEAM), _paper(other, *_TEAM))
    _check(
        "different or doubtful or part",
        _paper(title, *_TEAM, doi="10.9999/all"),
        _paper(other, *_TEAM, doi="10.9999/all"),
    )


@pytest.mark.parametrize(
    ("title", "other"),
    [
        ("Pediatric nettle rash in schools", "Paediatric nettle rash in schools"),
        ("Nettle rash in adults at work", "Nettle rash in adult at work"),
        ("Tumour growth in roof mosses", "Tumor growth in roof mosses"),
        ("Roof moss and rainfall: effects of slope", "Roof moss and rainfall: the effects of slope"),
    ],
)
def test_spellings_are_no_contrast(title: str, other: str) -> None:
    _check("same", _paper(title, *_TEAM), _paper(other, *_TEAM))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("part one", "part two"), ("Part A", "Part B"), ("volume one", "volume two"), ("first report", "second report"),
        ("premi\u00e8re partie", "deuxi\u00e8me partie"), ("Teil eins", "Teil zwei"), ("parte uno", "parte dos"),
    ],
)  # fmt: skip
def test_parts_in_words(one: str, other: str) -> None:
    title = "Guidelines for the care of hedges"
    _check("part", _paper(f"{title}: {one}", *_TEAM), _paper(f"{title}: {other}", *_TEAM))


@pytest.mark.parametrize("field", ["edition", "ET", "Edition", "7"])
@pytest.mark.parametrize(("one", "other"), [("2", "3"), ("2nd ed.", "3rd ed."), ("Second edition", "Third edition")])
def test_editions_in_the_field_of_any_format(field: str, one: str, other: str) -> None:
    book = ("Principles of hedge care", "Abel, Ada; Brun, Bo", 2016)
    _check("version", _paper(*book, extra={field: one}), _paper(*book, extra={field: other}))
    _check("same", _paper(*book, extra={field: one}), _paper(*book, extra={field: one, "publisher": "Mill"}))


@pytest.mark.parametrize(
    "pages",
    [
        "SAT0123",
        "TPS3109",
        "LBA2",
        "PUB045",
        "iii12",
        "v123",
        "1234P",
        "123O",
        "abstract 45",
        "Abstract No. 45",
        "#1234",
    ],
)
def test_an_abstract_of_a_meeting_is_not_the_article_of_the_volume(pages: str) -> None:
    title = "Pollen exposure in rural households"
    article = _paper(title, *_TEAM, "50", "", "226-236")
    _check("version or doubtful", article, _paper(title, *_TEAM, "50", "", pages))


def test_abstracts_of_two_meetings_in_one_volume() -> None:
    title = "Pollen exposure in rural households"
    _check("version or doubtful", _paper(title, *_TEAM, "50", "", "A12"), _paper(title, *_TEAM, "50", "", "S34"))


@pytest.mark.parametrize(
    ("first", "second"),
    [((2010, "3"), (2014, "5")), ((2010, "1"), (2011, "1")), ((2010, ""), (2014, ""))],
)
def test_updates_of_a_cochrane_review(first: tuple[int, str], second: tuple[int, str]) -> None:
    place = "Cochrane Database of Systematic Reviews"
    one, other = (
        _paper("Nettle balm for back pain", "Abel, Ada; Brun, Bo", year, place, "", issue, "CD001234")
        for year, issue in (first, second)
    )
    _check("version", one, other)


def test_the_protocol_of_a_cochrane_review() -> None:
    place = ("Abel, Ada; Brun, Bo", 2010, "Cochrane Database of Systematic Reviews", "", "3", "CD001234")
    _check(
        "version", _paper("Nettle balm for back pain (Protocol)", *place), _paper("Nettle balm for back pain", *place)
    )


@pytest.mark.parametrize(
    "form",
    ["{}: study protocol", "Study protocol: {}", "{}: rationale and design", "{}: protocol for a randomised trial"],
)
def test_the_protocol_of_a_study(form: str) -> None:
    title = "Nettle balm for back pain in gardeners"
    _check("version or doubtful", _paper(form.format(title), *_TEAM), _paper(title, *_TEAM))


@pytest.mark.parametrize(
    "form",
    [
        "{} (Retraction of Vol 3, Pg 111, 2016)", "{} (Expression of Concern of vol 3, pg 111, 2016)", "Berichtigung: {}",
        "Fe de errores: {}", "Corrección: {}", "Commentary: {}", "Invited Commentary: {}", "Removal notice to: {}",
        "Letter: {}", "Response to letter regarding article, {}", "Statement of Retraction: {}",
    ],
)  # fmt: skip
def test_more_forms_of_notices(form: str) -> None:
    title = "Pollen exposure in rural households"
    _check("notice", _paper(title, *_TEAM), _paper(form.format(title), *_TEAM))
    _check("notice", _paper(title, *_TEAM, doi="10.9999/a"), _paper(form.format(title), *_TEAM, doi="10.9999/a"))


def test_a_retracted_article_is_the_article() -> None:
    title, place = "Pollen exposure in rural households", ("3", "2", "111-119")
    told = f"{title} (Retracted article. See vol. 4, pg. 5, 2017)"
    _check("same", _paper(title, *_TEAM, *place), _paper(told, *_TEAM, *place))


@pytest.mark.parametrize(
    ("venue", "other"), [("Hedge Medicine", "Ocean Letters"), ("Annals of Neurology", "Annals of Urology")]
)
def test_the_same_numbers_in_another_journal(venue: str, other: str) -> None:
    place, who = ("3", "2", "11-19"), ("Abel, Ada; Brun, Bo", 2016)
    _check(
        "doubtful or version",
        _paper("Pollen in hedges", *who, venue, *place),
        _paper("Pollen in hedges", *who, other, *place),
    )
    _check(
        "different or doubtful",
        _paper("Pollen in hedges", *who, venue, *place),
        _paper("Pollen in houses", *who, other, *place),
    )


@pytest.mark.parametrize("written", ["/abstract", "/full", "/pdf", "/epdf", "?utm_source=x", ".pdf"])
def test_a_doi_that_was_copied_from_an_address(written: str) -> None:
    _check(
        "same", _paper("", doi="10.9999/hedge.1"), _paper("Pollen in hedges", *_TEAM, doi=f"10.9999/hedge.1{written}")
    )


def test_a_title_in_both_languages() -> None:
    place = ("3", "2", "11-19")
    both = "Wirkung des Schnitts auf die Luft [Influence of cutting on airborne pollen]"
    for where in (place, ()):
        _check("same", _paper(both, *_TEAM, *where), _paper("Influence of cutting on airborne pollen", *_TEAM, *where))


def test_a_title_that_was_cut_off_within_a_word() -> None:
    title = "Effect of hedge trimming on pollen exposure in rural households"
    _check("same", _paper(title, *_TEAM), _paper(title[:45] + "…", *_TEAM))


def test_pages_and_issues_that_became_dates() -> None:
    title = "Pollen exposure in rural households"
    for pages in ("2024-06-01", "2024-06-01 00:00:00", "01/06/2024", "05. Okt", "6-Mai"):
        _check("same", _paper(title, *_TEAM, "3", "2", "6-24"), _paper(title, *_TEAM, "3", "2", pages))
    _check("same", _paper(title, *_TEAM, "3", "3-4"), _paper(title, *_TEAM, "3", "04-Mar"))
