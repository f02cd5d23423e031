"""Tables of every source: which row is the heading, what each heading means, and rows that break the rules."""

from __future__ import annotations

import csv
import io
import json
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from semsearch.model.paper import Paper, Rejected
from semsearch.readers import open_sources
from semsearch.readers.headings import field_of
from tests.readers.reading import read_file

#: Number of generated tables; more by hand: SEMSEARCH_TABLES=20000 pytest -k generated.
COUNT = int(os.environ.get("SEMSEARCH_TABLES", "300"))

#: The headings of an export, the row below it, and what is read.
SOURCES = {
    "Scopus": ("Authors,Author full names,Author(s) ID,Title,Year,Source title,Volume,Issue,Art. No.,Page start,Page end,"
               "Page count,Cited by,DOI,Link,Abstract,Author Keywords,Index Keywords,Language of Original Document,"
               "Document Type,PubMed ID,EID"),
    "Web of Science": "Publication Type,Authors,Article Title,Source Title,Language,Author Keywords,Abstract,"
                      "Publication Year,Volume,Issue,Start Page,End Page,DOI,Pubmed Id,UT (Unique WOS ID)",
    "Embase": "Title,Author Names,Source title,Publication Year,Volume,Issue,First Page,Last Page,Abstract,"
              "Article Language,Medline PMID,DOI,PUI",
    "PubMed": "PMID,Title,Authors,Citation,First Author,Journal/Book,Publication Year,Create Date,PMCID,NIHMS ID,DOI",
    "Dimensions": "Rank,Publication ID,DOI,PMID,PMCID,Title,Abstract,Source title,PubYear,Volume,Issue,Pagination,Authors",
    "Lens": "Lens ID,Title,Date Published,Publication Year,Publication Type,Source Title,ISSNs,Volume,Issue Number,"
            "Start Page,End Page,Author/s,Abstract,Source URLs,Keywords,DOI,PMID",
    "CINAHL": "Article Title,Author,Journal Title,ISSN,ISBN,Publication Date,Volume,Issue,First Page,Page Count,"
              "Accession Number,DOI,Publisher,Doctype,Subjects,Keywords,Abstract,PLink",
    "Cochrane": "Record,Title,Author(s),Source,Year,Abstract,DOI,PubMed ID,Keywords,Type",
    "OpenAlex": "id,doi,display_name,publication_year,authorships.author.display_name,"
                "primary_location.source.display_name,biblio.volume,biblio.first_page,biblio.last_page,ids.pmid,abstract",
    "RefWorks": "Reference Type,Authors, Primary,Title Primary,Periodical Full,Pub Year,Volume,Start Page,Other Pages,"
                "Abstract,DOI",
    "Zotero": "Key,Item Type,Publication Year,Author,Title,Publication Title,ISBN,ISSN,DOI,Url,Abstract Note,Date,Pages,"
              "Issue,Volume,Manual Tags,Automatic Tags,Editor",
    "Publish or Perish": "Cites,Authors,Title,Year,Source,Publisher,ArticleURL,CitesURL,GSRank,DOI,ISSN,Volume,Issue,"
                         "StartPage,EndPage,Abstract",
    "IEEE Xplore": "Document Title,Authors,Author Affiliations,Publication Title,Date Added To Xplore,Publication Year,"
                   "Volume,Issue,Start Page,End Page,Abstract,ISSN,ISBNs,DOI,PDF Link,Author Keywords",
    "Rayyan": "key,title,year,month,day,journal,issn,volume,issue,pages,authors,url,language,publisher,location,abstract,"
              "notes,doi,keywords,pubmed_id",
    "Covidence": "Title,Authors,Abstract,Published Year,Published Month,Journal,Volume,Issue,Pages,Accession Number,DOI,"
                 "Ref,Covidence #,Study,Notes,Tags",
    "EPPI": "ItemId,Title,ParentTitle,Authors,Year,Abstract,Volume,Issue,Pages,DOI,URL,Keywords",
    "CNKI": "Title-题名,Author-作者,Source-文献来源,Keyword-关键词,Summary-摘要,PubTime-发表时间,Year-年,Volume-卷,Period-期",
    "German": "Titel,Autoren,Zusammenfassung,Jahr,Zeitschrift,Band,Heft,Seiten,Schlagwörter,DOI",
    "French": "Titre,Auteurs,Résumé,Année,Revue,Volume,Numéro,Pages,Mots-clés,DOI",
    "Spanish": "Título,Autores,Resumen,Año,Revista,Volumen,Número,Páginas,Palabras clave,DOI",
    "Portuguese": "Título,Autor(es),Resumo,Ano,Revista,Volume,Número,Páginas,Palavras-chave,DOI",
    "Italian": "Titolo,Autori,Riassunto,Anno,Rivista,Volume,Fascicolo,Pagine,Parole chiave,DOI",
    "Chinese": "标题,作者,摘要,年份,期刊,卷,期,页码,关键词,DOI",
    "Japanese": "タイトル,著者,抄録,発行年,雑誌名,巻,号,ページ,キーワード,DOI",
    "home-made": "Paper Title (English),Names of Authors,Abstract text,Year of publication,Name of journal,DOI link",
}  # fmt: skip
#: Headings that look like those of a field and mean another thing.
NOT_FIELDS = (
    "Title abbreviation", "Title of source document number", "Abstract number", "Author affiliation", "Author ID",
    "Author count", "Authors with affiliations", "Author(s) ID", "Number of authors", "Abstract language",
    "Corresponding author e-mail", "Year screened", "Cited by", "Title screening", "Abstract screening decision",
)  # fmt: skip


def _read(path: Path, *columns: str) -> tuple[list[Paper], list[Rejected], list[str]]:
    return read_file(path, *columns)[1:]


@pytest.mark.parametrize("source", SOURCES)
def test_title_authors_year_and_journal_of_each_source(tmp_path: Path, source: str) -> None:
    headings = SOURCES[source].replace("Authors, Primary", "Authors； Primary").split(",")
    headings = [heading.replace("；", ",") for heading in headings]
    fields = {"title": "Moss on roofs", "abstract": "We weighed moss.", "authors": "Garcia, Ana; Novak, Petr",
              "year": "2031", "date": "2031-05-01", "venue": "Journal of Roofs", "volume": "7", "doi": "10.5555/roof.1",
              "pmid": "91234567"}  # fmt: skip
    out = io.StringIO()
    csv.writer(out).writerows([headings, [fields.get(field_of(heading) or "", "") for heading in headings]])
    (tmp_path / "x.csv").write_text(out.getvalue(), "utf-8")
    (paper,), rejected, _ = _read(tmp_path / "x.csv")
    assert (paper.title, paper.authors, rejected) == ("Moss on roofs", ("Garcia, Ana", "Novak, Petr"), [])
    known = {field_of(heading) for heading in headings}
    assert {"title", "authors"} <= known
    assert known & {"year", "date"}
    assert source == "PubMed" or paper.abstract == "We weighed moss."
    assert source in ("home-made",) or paper.venue == "Journal of Roofs"
    assert paper.year == 2031
    assert paper.doi == ("10.5555/roof.1" if "doi" in known else None)
    assert paper.pmid == ("91234567" if "pmid" in known else None)


@pytest.mark.parametrize("heading", NOT_FIELDS)
def test_a_heading_of_another_thing_is_no_field(heading: str) -> None:
    assert field_of(heading) not in ("title", "abstract", "authors", "year", "venue")


@pytest.mark.parametrize(
    "preamble",
    [
        '"SEARCH QUERY","moss:ti"\n-------------\n\n',
        '"About the data: Exported on Mar 03, 2031. Criteria: moss in title and abstract.",,,\n',
        "sep=,\n",
        "\n\nExport of the catalogue\n12 records\n\n",
        "".join(f"Line {n} of the terms of use\n" for n in range(15)),
        "Database:,Imagined Index\nDate:,3 March 2031\nQuery:,moss and (roof or wall)\n",
        '"a preamble\nof two lines, in quotation marks"\n',
    ],
)
@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_the_heading_row_is_found_below_a_preamble(tmp_path: Path, preamble: str, suffix: str) -> None:
    text = preamble + "Title,Abstract,Authors,Year\nMoss on roofs,We weighed moss.,A. Garcia,2031\n"
    path = tmp_path / f"x.{suffix}"
    if suffix == "xlsx":
        openpyxl = pytest.importorskip("openpyxl")
        book = openpyxl.Workbook()
        for row in csv.reader(io.StringIO(text)):
            book.active.append(row)
        book.save(path)
    else:
        path.write_text(text)
    (paper,), rejected, repairs = _read(path)
    assert (paper.title, paper.abstract, paper.year, rejected) == ("Moss on roofs", "We weighed moss.", 2031, [])
    assert bool(repairs) == (suffix == "xlsx" or not preamble.startswith("sep"))  # left out, and said


def test_a_preamble_is_not_looked_for_below_twenty_lines(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("note\n" * 25 + "Title,Abstract\nMoss,We.\n")
    (source,) = open_sources([str(tmp_path / "x.csv")], kind="csv")
    assert not [r for r in source.records() if isinstance(r, Paper)]


@pytest.mark.parametrize(
    "row",
    [
        "Moss, roofs and walls,We weigh.,2031,10.5555/a,x",
        "Moss,We weigh, dry, and weigh.,2031,10.5555/a,x",
        "Moss,We weigh.,2031,10.5555/a,x,y,z",
        "Moss,We weigh.,2031,10.5555/a,x, y",
    ],
)
def test_a_row_that_is_too_long_is_repaired_where_the_texts_are_in_place(tmp_path: Path, row: str) -> None:
    (tmp_path / "x.csv").write_text(f"Title,Abstract,Year,DOI,Notes\n{row}\n")
    (paper,), rejected, repairs = _read(tmp_path / "x.csv")
    assert (paper.year, paper.doi, rejected, len(repairs)) == (2031, "10.5555/a", [], 1)
    assert (paper.title + "," + paper.abstract).replace(", ", ",") == row.partition(",2031")[0].replace(", ", ",")


@pytest.mark.parametrize("row", ["Moss,roofs,We weigh.,2031,10.5555/a,x", "A,B,C,D,E,F", "Moss,We,weigh.,x,y,z"])
def test_a_row_that_is_too_long_is_rejected_where_they_may_be_shifted(tmp_path: Path, row: str) -> None:
    (tmp_path / "x.csv").write_text(f"Title,Abstract,Year,DOI,Notes\n{row}\nGood,Fine.,2031,10.5555/b,\n")
    papers, rejected, _ = _read(tmp_path / "x.csv")
    assert ([p.title for p in papers], len(rejected)) == (["Good"], 1)
    assert rejected[0].raw == row


@pytest.mark.parametrize("suffix", ["csv", "tsv"])
def test_the_heading_row_again_is_no_paper(tmp_path: Path, suffix: str) -> None:
    mark = "," if suffix == "csv" else "\t"
    rows = [["Title", "Abstract", "Year"], ["Moss", "a", "2031"], ["Title", "Abstract", "Year"], ["Title", "b", "2032"]]
    (tmp_path / f"x.{suffix}").write_text("".join(mark.join(row) + "\n" for row in rows))
    papers, rejected, _ = _read(tmp_path / f"x.{suffix}")
    assert [p.title for p in papers] == ["Moss", "Title"]
    assert [(r.source.line, r.reason) for r in rejected] == [(3, "the heading row again")]


def test_a_database_in_the_column_source_is_not_the_journal(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("title,abstract,source\nA,a,PubMed\nB,b,Journal of Roofs\nC,c,Web of Science\n")
    papers, _, _ = _read(tmp_path / "x.csv")
    assert [p.venue for p in papers] == ["", "Journal of Roofs", ""]
    assert papers[0].extra == {"source": "PubMed"}


@pytest.mark.parametrize("heading", ["标题", "Заголовок", "عنوان", "Überschrift!", "タイトル２"])
def test_a_column_of_any_script_can_be_named(tmp_path: Path, heading: str) -> None:
    (tmp_path / "x.csv").write_text(f"{heading},other,Year\nMoss,We weigh.,2031\n", "utf-8")
    (paper,), _, _ = _read(tmp_path / "x.csv", f"title={heading}", "abstract=OTHER")
    assert (paper.title, paper.abstract) == ("Moss", "We weigh.")


def _cell(rng: random.Random, delimiter: str, *, strays: bool) -> tuple[str, str]:
    """A cell as text and as it is written: plain, quoted, over many lines, or with stray quotation marks."""
    words = " ".join(rng.choice(("moss", "roof", "5", "é", "p<0.05", "it's")) for _ in range(rng.randint(1, 9)))
    kind = rng.random()
    if kind < 0.3:
        inner = words + rng.choice(("", delimiter + " x", '"', ' "y" ', "\n", "\nline\n\nline" * rng.randint(1, 40)))
        return inner, '"' + inner.replace('"', '""') + '"'
    if strays and kind < 0.6:
        marks = "".join(rng.choice('" ') for _ in range(rng.randint(1, 5)))
        return (text := f"{words} {marks}x"), text
    return words, words


def _table(seed: int) -> tuple[str, list[list[str]], str]:
    """A table, its rows by Python's ``csv``, and its delimiter. No quotation is left unclosed."""
    rng = random.Random(seed)
    delimiter, end = rng.choice(",\t;|"), rng.choice(("\n", "\r\n"))
    headings = ["Title", "Abstract", "Year", "Notes"][: rng.randint(2, 4)]
    strays, lines = rng.random() < 0.5, [delimiter.join(headings)]
    for _ in range(rng.randint(0, 12)):
        cells = [_cell(rng, delimiter, strays=strays)[1] for _ in range(rng.randint(1, len(headings)))]
        lines.append(delimiter.join(cells))
        lines.extend([""] * (rng.random() < 0.1))
    preamble = "".join(f"export {n} of a database{end}" for n in range(rng.choice((0, 0, 0, 1, 4))))
    body = end.join(lines) + end
    rows = list(csv.reader(io.StringIO(body.replace("\r\n", "\n"), newline=""), delimiter=delimiter))
    return preamble + body, rows, delimiter


def test_generated_tables_have_the_rows_that_csv_reads(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    for seed in range(COUNT):
        text, rows, _ = _table(seed)
        path.write_text(text, "utf-8", newline="")
        (source,) = open_sources([str(path)], kind="csv")
        records = list(source.records())
        wanted = [row for row in rows[1:] if any(cell.strip() for cell in row)]
        assert len(records) == (len(wanted) or 0), seed
        for record, row in zip(records, wanted, strict=True):
            if isinstance(record, Paper):
                title, abstract = (" ".join([*row, ""][n].split()) for n in (0, 1))
                assert (record.title, record.abstract) == (title, abstract), seed
            else:
                assert record.reason == "neither title nor abstract", (seed, record)


def test_the_source_of_embase_is_journal_volume_issue_and_pages(tmp_path: Path) -> None:
    source = "Journal of Roofs (2031) 7:2 (11-19). Date of Publication: March 2031"
    (tmp_path / "x.csv").write_text(f"TITLE,AUTHORS,SOURCE\nMoss,Garcia A.,{source}\nRain,Novak P.,Roofs (Basel)\n")
    (moss, rain), _, _ = _read(tmp_path / "x.csv")
    assert (moss.venue, moss.volume, moss.issue, moss.pages, moss.year) == ("Journal of Roofs", "7", "2", "11-19", 2031)
    assert (rain.venue, rain.volume) == ("Roofs (Basel)", "")


@pytest.mark.parametrize(
    "cell", ["moss; roofs", "moss|roofs", "moss,roofs", "['moss', 'roofs']", "moss | roofs", '"moss\nroofs"']
)
def test_keywords_with_every_separator(tmp_path: Path, cell: str) -> None:
    (tmp_path / "x.tsv").write_text(f"Title\tKeywords\nMoss\t{cell}\n")
    (paper,), _, _ = _read(tmp_path / "x.tsv")
    assert paper.keywords == ("moss", "roofs")


@pytest.mark.parametrize(
    "again", ["title,ABSTRACT,year", " Title , Abstract , Year ", '"Title","Abstract","Year"', "Title,Abstract,Year,,"]
)
@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_the_heading_row_again_in_another_form(tmp_path: Path, again: str, suffix: str) -> None:
    path, text = tmp_path / f"x.{suffix}", f"Title,Abstract,Year\nMoss,a,2031\n{again}\nRain,b,2032\n"
    if suffix == "xlsx":
        book = pytest.importorskip("openpyxl").Workbook()
        for row in csv.reader(io.StringIO(text)):
            book.active.append(row)
        book.save(path)
    else:
        path.write_text(text)
    papers, rejected, _ = _read(path)
    assert [p.title for p in papers] == ["Moss", "Rain"]
    assert [(r.source.line, r.reason) for r in rejected] == [(3, "the heading row again")]


@pytest.mark.parametrize("other", ["Year,Title,Abstract", "DOI,Year,Title,Abstract", "Authors,Title,Summary"])
def test_a_heading_row_of_another_table_counts_from_there_on(tmp_path: Path, other: str) -> None:
    row = {"Year": "2032", "Title": "Rain", "Abstract": "b", "Summary": "b", "DOI": "10.5555/b", "Authors": "Garcia A"}
    below = ",".join(row[heading] for heading in other.split(","))
    (tmp_path / "x.csv").write_text(f"Title,Abstract,Year\nMoss,a,2031\n{other}\n{below}\n")
    papers, rejected, _ = _read(tmp_path / "x.csv")
    assert [(p.title, p.abstract) for p in papers] == [("Moss", "a"), ("Rain", "b")]
    assert [r.source.line for r in rejected] == [3]


@pytest.mark.parametrize(
    "line",
    ["Total: 1 records", "(c) 2031 Imagined Press. All rights reserved.,,", "2 results found", "Exported on 3 May"],
)
def test_the_last_line_of_an_export_is_no_paper(tmp_path: Path, line: str) -> None:
    (tmp_path / "x.csv").write_text(f"Title,Abstract,Year\nMoss,a,2031\n\n{line}\n")
    papers, rejected, _ = _read(tmp_path / "x.csv")
    assert ([p.title for p in papers], [r.source.line for r in rejected]) == (["Moss"], [4])


@pytest.mark.parametrize(
    "title", ["1984", "Total eclipse of 2017", "Copyright and moss", "Records of moss", "Total Recall"]
)
def test_a_title_that_resembles_the_last_line_of_an_export_is_a_paper(tmp_path: Path, title: str) -> None:
    (tmp_path / "x.csv").write_text(f"Title,Abstract,Year\n{title}\n")
    assert [p.title for p in _read(tmp_path / "x.csv")[0]] == [title]


@pytest.mark.parametrize("delimiter", list(",;|^:~\t"))
def test_the_line_for_excel_tells_the_delimiter(tmp_path: Path, delimiter: str) -> None:
    head, row = ["Title", "Abstract", "Notes, a; b, c; d, e; f"], ["Moss", "We weigh.", "x"]
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows([head, row])
    (tmp_path / "x.csv").write_text(f"sep={delimiter}\n{out.getvalue()}", newline="")
    (paper,), rejected, repairs = _read(tmp_path / "x.csv")
    assert (paper.title, paper.abstract, paper.extra, rejected, repairs) == (
        "Moss",
        "We weigh.",
        {head[2]: "x"},
        [],
        [],
    )


#: Headings in the words of people, and what they mean.
WORDS = {
    "title": ["Titel des Artikels", "Titre de l'article", "Название статьи", "タイトル（英語）", "论文标题", "Título (inglés)"],
    "abstract": ["Kurzfassung (deutsch)", "抄録（日本語）", "摘要内容", "Abstract (German)", "Résumé (anglais)"],
    "authors": ["作者姓名", "著者名（英語）", "Autor/in", "Autoria", "contributors"],
    "venue": ["Titel der Zeitschrift", "Titre du périodique", "Title of the journal", "Название журнала", "pubtitle",
              "Zeitschrift/Quelle", "发表期刊"],
    "url": ["link to paper", "Article link", "Full text link"],
    None: ["作者单位", "出版社名称", "Journal link", "Author link", "Title in catalogue", "第一作者单位", "Titel der Reihe"],
}  # fmt: skip


@pytest.mark.parametrize(("field", "heading"), [(field, heading) for field in WORDS for heading in WORDS[field]])
def test_headings_in_the_words_of_people(field: str | None, heading: str) -> None:
    assert field_of(heading) == field


EMBASE = """"TITLE","Moss on roofs"
"AUTHOR NAMES","Garcia A.","Novak P."
"SOURCE","Journal of Roofs (2031) 7:2 (11-19)."
"ABSTRACT","We weighed moss.

Then, we dried it."
"DOI","10.5555/a"

"TITLE","Rain"
"AUTHOR NAMES","Musa B."
"PUBLICATION YEAR","2032"
"""


@pytest.mark.parametrize("preamble", ["", '"SEARCH QUERY","moss:ti"\n\n', "\n\n"])
@pytest.mark.parametrize("apart", ["\n\n", "\n"])
def test_a_table_with_one_field_per_row(tmp_path: Path, preamble: str, apart: str) -> None:
    (tmp_path / "x.csv").write_text(preamble + EMBASE.replace('\n\n"TITLE', apart + '"TITLE'))
    (moss, rain), rejected, repairs = _read(tmp_path / "x.csv")
    assert (moss.title, moss.authors, moss.venue) == ("Moss on roofs", ("Garcia A.", "Novak P."), "Journal of Roofs")
    assert (moss.abstract, moss.year, moss.doi) == ("We weighed moss. Then, we dried it.", 2031, "10.5555/a")
    assert (rain.title, rain.authors, rain.year, rejected) == ("Rain", ("Musa B.",), 2032, [])
    assert len(repairs) == bool(preamble.strip())


@pytest.mark.parametrize("dump", [str, json.dumps])
def test_records_of_an_api_in_cells(tmp_path: Path, dump: Callable[[object], str]) -> None:
    rows = {
        "s2": {"paperId": "x", "title": "Moss", "abstract": "We weigh.", "year": "2031", "venue": "",
               "authors": dump([{"authorId": "1", "name": "Ana Garcia"}]), "externalIds": dump({"DOI": "10.5555/a"}),
               "journal": dump({"name": "Journal of Roofs", "volume": "7"})},
        "openalex": {"id": "W1", "display_name": "Moss", "publication_year": "2031", "doi": "10.5555/a",
                     "authorships": dump([{"author": {"display_name": "Ana Garcia"}}]), "biblio": dump({"volume": "7"}),
                     "primary_location": dump({"source": {"display_name": "Journal of Roofs"}}),
                     "abstract_inverted_index": dump({"We": [0], "weigh.": [1]})},
        "other": {"title": "Moss", "abstract": "We weigh.", "authors": "Ana Garcia", "doi": "10.5555/a", "volume": "7",
                  "journal": dump({"name": "Journal of Roofs"}), "year": "2031"},
    }  # fmt: skip
    for name, row in rows.items():
        with (tmp_path / f"{name}.csv").open("w", newline="") as stream:
            csv.writer(stream).writerows([list(row), list(row.values())])
        (paper,), rejected, _ = _read(tmp_path / f"{name}.csv")
        assert (paper.title, paper.abstract, paper.authors) == ("Moss", "We weigh.", ("Ana Garcia",)), name
        assert (paper.venue, paper.volume, paper.year, rejected) == ("Journal of Roofs", "7", 2031, []), name
        assert paper.doi == "10.5555/a", name


@pytest.mark.parametrize("cell", ["{a, b} are sets", "{x}", "[{unclosed", "{'a': f()}"])
def test_braces_in_a_text_are_text(tmp_path: Path, cell: str) -> None:
    with (tmp_path / "x.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([["title", "abstract", "note"], [cell, "We.", cell]])
    (paper,), _, _ = _read(tmp_path / "x.csv")
    assert (paper.title, paper.extra) == (cell, {"note": cell})


@pytest.mark.parametrize("suffix", ["csv", "tsv"])
def test_a_table_without_known_headings_says_which_it_has_and_what_to_do(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"x.{suffix}").write_text("Name,Wert\nx,3\n".replace(",", "," if suffix == "csv" else "\t"))
    papers, (rejected,), _ = _read(tmp_path / f"x.{suffix}")
    assert not papers
    assert "the columns are: Name, Wert" in rejected.reason
    assert "--column title=HEADING" in rejected.reason
