"""If one record is not valid XML, all other records are read, in every format and however it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from semsearch.model.paper import Paper, Rejected
from semsearch.readers import open_sources

#: For each format: the text before the records, one record with a title, and the text after the records.
SHAPES = {
    "pubmed-xml": ("<PubmedArticleSet>", "<PubmedArticle><MedlineCitation><Article><ArticleTitle>{}</ArticleTitle></Article></MedlineCitation></PubmedArticle>", "</PubmedArticleSet>"),
    "arxiv-atom": ('<feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom">', '<entry><title>{}</title><arxiv:comment>c</arxiv:comment></entry>', "</feed>"),
    "mods": ('<m:modsCollection xmlns:m="http://www.loc.gov/mods/v3">', "<m:mods><m:titleInfo><m:title>{}</m:title></m:titleInfo></m:mods>", "</m:modsCollection>"),
    "jats": ('<pmc-articleset xmlns:xlink="http://www.w3.org/1999/xlink">', '<article><front><article-meta><title-group><article-title>{}</article-title></title-group><self-uri xlink:href="x"/></article-meta></front></article>', "</pmc-articleset>"),
    "marc-xml": ('<marc:collection xmlns:marc="http://www.loc.gov/MARC21/slim">', '<marc:record><marc:datafield tag="245"><marc:subfield code="a">{}</marc:subfield></marc:datafield></marc:record>', "</marc:collection>"),
    "marc-xml, searched": (
        '<zs:searchRetrieveResponse xmlns:zs="http://docs.oasis-open.org/ns/search-ws/sruResponse" xmlns:marc="http://www.loc.gov/MARC21/slim"><zs:records>',
        '<zs:record><zs:recordData><marc:record><marc:leader> </marc:leader><marc:datafield tag="245"><marc:subfield code="a">{}</marc:subfield></marc:datafield></marc:record></zs:recordData></zs:record>',
        "</zs:records></zs:searchRetrieveResponse>",
    ),
    "oai": (
        '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/" xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/"><ListRecords>',
        "<record><metadata><oai_dc:dc><dc:title>{}</dc:title></oai_dc:dc></metadata></record>", "</ListRecords></OAI-PMH>",
    ),
    "oai, prefixed": (
        '<oai:OAI-PMH xmlns:oai="http://www.openarchives.org/OAI/2.0/" xmlns:x-dc.1="http://purl.org/dc/elements/1.1/"><oai:ListRecords>',
        "<oai:record><oai:metadata><x-dc.1:dc><x-dc.1:title>{}</x-dc.1:title></x-dc.1:dc></oai:metadata></oai:record>", "</oai:ListRecords></oai:OAI-PMH>",
    ),
    "word": ("<b:Sources xmlns:b='http://schemas.openxmlformats.org/officeDocument/2006/bibliography'>", "<b:Source><b:Title>{}</b:Title></b:Source>", "</b:Sources>"),
    "crossref-xml": ('<doi_records xmlns:j-1="http://www.ncbi.nlm.nih.gov/JATS1"><doi_record>', "<crossref><journal><journal_article><titles><title>{}</title></titles><j-1:abstract><j-1:p>a</j-1:p></j-1:abstract></journal_article></journal></crossref>", "</doi_record></doi_records>"),
    "acl-xml": ('<collection id="x.1" xmlns:y="urn:y">', "<paper><title>{}</title><y:z/></paper>", "</collection>"),
    "endnote-xml": ("<xml><records>", "<record><database>d</database><titles><title>{}</title></titles></record>", "</records></xml>"),
}  # fmt: skip
BAD = ["a \x1b", "a &#xD800;", "a &#56832;&#55357;", "a &#0;", "a &#xFFFF;", "a & b", "<i>", "</i>", "&nosuch;", "a &#55357;", "&#x110000;", "a < b", "<q:i q:i=>"]  # fmt: skip


def _read(tmp_path: Path, shape: str, *titles: str) -> tuple[list[str], list[Rejected], list[str]]:
    before, record, after = SHAPES[shape]
    path = tmp_path / "x.xml"
    path.write_text(before + "\n".join(record.format(title) for title in titles) + after, encoding="utf-8")
    (source,) = open_sources([str(path)])
    assert source.format is not None
    assert source.format.name == shape.partition(",")[0]
    records = list(source.records())
    papers = [record.title for record in records if isinstance(record, Paper)]
    rejected = [record for record in records if isinstance(record, Rejected)]
    return papers, rejected, [repair.reason for repair in source.opened.repairs]


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_bad_record_is_rejected_and_its_neighbours_are_read(tmp_path: Path, shape: str, bad: str) -> None:
    papers, rejected, _ = _read(tmp_path, shape, "one", bad, "two", bad, "three")
    assert papers == ["one", "two", "three"]
    assert len(rejected) == 2
    assert all(record.reason.startswith("not valid XML") for record in rejected)
    assert "amespace" not in rejected[0].reason


@pytest.mark.parametrize("halves", ["&#55357;&#56832;", "&#xD83D;&#xDE00;", "&#xd83d;&#56832;"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_character_written_as_its_two_halves_is_put_together(tmp_path: Path, shape: str, halves: str) -> None:
    papers, rejected, repairs = _read(tmp_path, shape, "one", f"x {halves} y", "two")
    assert (papers, rejected) == (["one", "x 😀 y", "two"], [])
    assert len(repairs) == 1
    assert "two halves" in repairs[0]


def test_a_prefix_that_is_declared_nowhere_costs_nothing_beside_a_bad_record(tmp_path: Path) -> None:
    papers, rejected, _ = _read(tmp_path, "mods", "one", "\x1b", 'two</m:title><z:y z:w="1"/><m:title>')
    assert (papers, len(rejected)) == (["one", "two"], 1)


def test_a_record_that_declares_a_prefix_itself_is_read_behind_a_bad_one(tmp_path: Path) -> None:
    titles = ["one", "\x1b", 'two</m:title><m:title n=">" xmlns:q="urn:q" q:r="1">']
    before, record, after = SHAPES["mods"]
    own = record.replace("<m:mods>", """<m:mods a="b>c" xmlns:m="http://www.loc.gov/mods/v3" xmlns:q='urn:x'>""")
    path = tmp_path / "x.xml"
    path.write_text(before + "".join(own.format(title) for title in titles) + after, encoding="utf-8")
    (source,) = open_sources([str(path)])
    assert [getattr(r, "title", None) for r in source.records()] == ["one", None, "two"]
