"""PubMed XML: results of efetch, and baseline files. Source: NLM PubMed DTD, ``pubmed_250101.dtd``."""

from __future__ import annotations

import re
from typing import Any

from semsearch.readers.xml_stream import Fields, XmlFormat, every, first, joined, labelled, named, text


def _convert(record: Any) -> Fields:
    citation = next(record.iterfind("MedlineCitation"), None)
    if citation is None:
        citation = next(record.iterfind("BookDocument"), record)
    article = next(citation.iterfind("Article"), citation)
    ids = {e.get("IdType"): text(e) for e in record.iterfind("PubmedData/ArticleIdList/ArticleId")}
    ids |= {e.get("IdType"): text(e) for e in citation.iterfind("ArticleIdList/ArticleId")}
    locations = {e.get("EIdType"): text(e) for e in article.iterfind("ELocationID")}
    abstract = article.find("Abstract")
    sections = abstract.iterfind("AbstractText") if abstract is not None else ()
    return {
        "pmid": first(citation, "PMID"),
        "title": first(article, "ArticleTitle", "BookTitle") or first(article, "VernacularTitle", "Book/BookTitle"),
        "abstract": labelled((e.get("Label") or "", text(e)) for e in sections),
        "authors": [_name(a) for a in article.iterfind("AuthorList/Author")],
        "year": first(article, *_YEARS),
        "date": joined(*(first(article, f"Journal/JournalIssue/PubDate/{part}") for part in ("Year", "Month", "Day"))),
        "venue": first(article, "Journal/Title", "Journal/ISOAbbreviation", "Book/BookTitle"),
        "volume": first(article, "Journal/JournalIssue/Volume"),
        "issue": first(article, "Journal/JournalIssue/Issue"),
        "pages": first(article, "Pagination/MedlinePgn"),
        "doi": ids.get("doi") or locations.get("doi"),
        "pmcid": ids.get("pmc"),
        "issn": first(article, "Journal/ISSN", "Book/Isbn"),
        "language": first(article, "Language"),
        "keywords": every(citation, "KeywordList/Keyword")
        + every(citation, "MeshHeadingList/MeshHeading/DescriptorName"),
        "type": first(article, "PublicationTypeList/PublicationType"),
    }  # fmt: skip


_ISSUE = "Journal/JournalIssue"
_YEARS = (
    f"{_ISSUE}/PubDate/Year",
    f"{_ISSUE}/PubDate/MedlineDate",
    "ArticleDate/Year",
    "Book/PubDate/Year",
    "ContributionDate/Year",
)


def _name(author: Any) -> str:
    family = joined(first(author, "LastName"), first(author, "Suffix"))
    return joined(family, first(author, "ForeName", "Initials"), by=", ") or first(author, "CollectiveName")


READER = XmlFormat(
    re.compile(r"<Pubmed(?:Article|BookArticle)"),
    ("PubmedArticle", "PubmedBookArticle"),
    _convert,
    wrappers=("PubmedArticleSet", "PubmedBookArticleSet"),
    is_head=named("DeleteCitation", "DeleteDocument"),
)
