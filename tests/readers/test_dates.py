"""Dates of every format: from date, year, month and day, as the format has them, to ISO 8601."""

from __future__ import annotations

from pathlib import Path

import pytest

from semsearch.model.paper import Paper
from semsearch.readers import open_sources

WOS = "FN Clarivate Analytics Web of Science\nVR 1.0\nPT J\nAU Marrick, T\nTI Moss\n{}\nUT WOS:0001\nER\n\nEF\n"
PUBMED = (
    "<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>1</PMID><Article><Journal><JournalIssue><PubDate>{}"
    "</PubDate></JournalIssue></Journal><ArticleTitle>Moss</ArticleTitle></Article></MedlineCitation></PubmedArticle>"
    "</PubmedArticleSet>"
)
#: Name of the file, its text, and the date, the year and the extra fields that are expected.
READ = [
    ("x.bib", "@article{a, title={Moss}, year=2031, month=mar}", "2031-03", 2031, {}),
    ("x.bib", "@article{a, title={Moss}, year={2031}, month={March}}", "2031-03", 2031, {}),
    ("x.bib", "@article{a, title={Moss}, year=2031, month=3, day=5}", "2031-03-05", 2031, {}),
    ("x.bib", '@article{a, title={Moss}, year=2031, month=mar # "~5"}', "2031-03-05", 2031, {}),
    ("x.bib", '@article{a, title={Moss}, year=2031, month="15~" # mar}', "2031-03-15", 2031, {}),
    ("x.bib", "@article{a, title={Moss}, year=2031, month={mar-apr}}", "", 2031, {"month": "mar-apr"}),
    ("x.bib", "@article{a, title={Moss}, date={2031-03-15}, month=mar}", "2031-03-15", 2031, {}),
    ("x.bib", "@article{a, title={Moss}, date={2031-03-15}, month=may}", "2031-03-15", 2031, {"month": "may"}),
    ("x.bib", "@article{a, title={Moss}, year={March 2031}}", "2031-03", 2031, {}),
    ("x.bib", "@article{a, title={Moss}, month=mar}", "", None, {"month": "mar"}),
    ("x.ris", "TY  - JOUR\nTI  - Moss\nPY  - 2031\nDA  - 2031/03//\nER  - \n", "2031-03", 2031, {}),
    ("x.ris", "TY  - JOUR\nTI  - Moss\nPY  - 2031/03/15/\nER  - \n", "2031-03-15", 2031, {}),
    ("x.ris", "TY  - JOUR\nTI  - Moss\nPY  - 2031///\nER  - \n", "", 2031, {}),
    ("x.ris", "TY  - JOUR\nTI  - Moss\nPY  - 2031\nDA  - 2031/03/15/Spring\nER  - \n", "2031/03/15/Spring", 2031, {}),
    ("x.nbib", "PMID- 1\nTI  - Moss\nDP  - 2031 Mar 5\n", "2031-03-05", 2031, {}),
    ("x.nbib", "PMID- 1\nTI  - Moss\nDP  - 2031 Mar-Apr\n", "2031 Mar-Apr", 2031, {}),
    ("x.nbib", "PMID- 1\nTI  - Moss\nDP  - 2031 Spring\n", "2031 Spring", 2031, {}),
    ("x.nbib", "PMID- 1\nTI  - Moss\nDP  - 2031\n", "", 2031, {}),
    ("x.xml", PUBMED.format("<Year>2031</Year><Month>Mar</Month><Day>05</Day>"), "2031-03-05", 2031, {}),
    ("x.xml", PUBMED.format("<Year>2031</Year><Month>03</Month>"), "2031-03", 2031, {}),
    ("x.enw", "%0 Journal Article\n%T Moss\n%D 2031\n%8 March 15\n", "2031-03-15", 2031, {}),
    ("x.enw", "%0 Journal Article\n%T Moss\n%D 2031\n%8 Summer\n", "Summer", 2031, {}),
    ("x.ciw", WOS.format("PD MAR 15\nPY 2031"), "2031-03-15", 2031, {}),
    ("x.ciw", WOS.format("PD MAR\nPY 2031"), "2031-03", 2031, {}),
    ("x.ciw", WOS.format("PD MAR-APR\nPY 2031"), "MAR-APR", 2031, {}),
    ("x.csv", "Title,Year,Month\nMoss,2031,3\n", "2031-03", 2031, {}),
    ("x.csv", "Title,Year,Publication Month,Day\nMoss,2031,März,15\n", "2031-03-15", 2031, {}),
    ("x.csv", "Title,Year,Month\nMoss,2031,Spring\n", "", 2031, {"month": "Spring"}),
    ("x.csv", "Title,Date\nMoss,15 March 2031\n", "2031-03-15", 2031, {}),
    ("x.csv", "Title,Date\nMoss,03/05/2031\n", "03/05/2031", 2031, {}),
    ("x.csv", "Title,Date\nMoss,03/15/2031\n", "2031-03-15", 2031, {}),
    ("x.csv", "Title,Date\nMoss,45000\n", "2023-03-15", 2023, {}),
    ("x.csv", "Title,Year,Date\nMoss,2031,Mar-31\n", "2031-03", 2031, {}),
    ("x.csv", "Title,Year,Date,Month\nMoss,2031,in press,3\n", "2031-03", 2031, {"date": "in press"}),
    ("x.csv", "Title,Year,Date\nMoss,2031,2030-11-05\n", "2030-11-05", 2031, {}),
    ("x.txt", "Title\tPD\tPY\nMoss\tMAR 15\t2031\n", "2031-03-15", 2031, {}),
    ("x.json", '[{"title": "Moss", "issued": {"date-parts": [[2031, 3, 5]]}}]', "2031-03-05", 2031, {}),
    ("x.json", '[{"title": "Moss", "issued": {"raw": "15 March 2031"}}]', "2031-03-15", 2031, {}),
]


@pytest.mark.parametrize(("name", "text", "date", "year", "extra"), READ, ids=[f"{n}-{d}" for n, _, d, _, _ in READ])
def test_dates_of_formats(
    tmp_path: Path, name: str, text: str, date: str, year: int | None, extra: dict[str, str]
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    (paper,) = (record for source in open_sources([str(tmp_path / name)]) for record in source.records())
    assert isinstance(paper, Paper)
    kept = {field: value for field, value in paper.extra.items() if field in ("date", "month", "day", "year")}
    assert (paper.date, paper.year, kept) == (date, year, extra)
