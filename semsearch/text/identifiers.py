r"""Identifiers of papers: reads any notation and returns the normal form.

Sources: DOI handbook 2.2 (a DOI is case-insensitive), Crossref's recommended pattern ``10.\\d{4,9}/[-._;()/:A-Z0-9]+``;
arXiv identifier scheme (info.arxiv.org/help/arxiv_identifier.html: ``YYMM.NNNN`` to 1412, ``YYMM.NNNNN`` since 1501,
``archive.SC/YYMMNNN`` before 0704); DataCite DOIs of arXiv (``10.48550/arXiv.…``); PubMed and PMC numbers;
ACL Anthology ids (aclanthology.org/info/ids).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from semsearch.model.identifier import Identifier
from semsearch.model.printable import shown

if TYPE_CHECKING:
    from collections.abc import Iterator


_ARCHIVES = (
    "astro-ph|cond-mat|gr-qc|hep-ex|hep-lat|hep-ph|hep-th|math-ph|nlin|nucl-ex|nucl-th|physics|quant-ph|math|cs|q-bio|"
    "q-fin|stat|eess|econ|adap-org|alg-geom|chao-dyn|chem-ph|cmp-lg|comp-gas|dg-ga|funct-an|mtrl-th|patt-sol|plasm-ph|"
    "q-alg|solv-int|acc-phys|ao-sci|atom-ph|bayes-an|supr-con"
)
#: A bare arXiv number. It has four digits after the dot until 1412, five since 1501. So text that follows without a
#: space can be told from the number.
ARXIV_NUMBER = (
    r"(?:(?:0[7-9]|1[0-4])(?:0[1-9]|1[0-2])\.\d{4}|(?:1[5-9]|[2-9]\d)(?:0[1-9]|1[0-2])\.\d{5}"
    rf"|(?:{_ARCHIVES})(?:\.[A-Z]{{2}})?/\d{{7}})"
)
_ARXIV = re.compile(rf"({ARXIV_NUMBER})(?:v([1-9]\d?))?", re.IGNORECASE)
_ARXIV_NOTATION = re.compile(
    rf"(?:arxiv\s*:\s*|https?://(?:[a-z.]+\.)?arxiv\.org/(?:abs|pdf|html|format|ps)/|(?:[a-z.]+\.)?arxiv\.org/(?:abs|pdf)/"
    rf"|(?:https?://(?:dx\.)?doi\.org/|doi\s*:\s*)?10\.48550/arxiv\.|oai:arxiv\.org:)({ARXIV_NUMBER})(?:v([1-9]\d?))?(?:\.pdf|\s?\[[\w.-]+\])?",
    re.IGNORECASE,
)
_DOI = re.compile(r"10\.\d{4,9}(?:\.\d+)*/\S+")
# Resolvers, also behind the proxy of a library: doi-org.proxy.uni.example, login.proxy.example/login?url=https://doi.org/
_DOI_PREFIX = re.compile(
    r"^(?:https?://\S{0,200}?[?&](?:q?url|u)=(?=https?(?::|%3A)))?"
    r"(?:(?:https?://|https?%3A%2F%2F)?(?:[\w-]{1,60}[.-]){0,4}doi[.-]org(?:[.-][\w.-]{1,80})?(?::\d{1,5})?(?:/|%2F)(?:doi:\s*)?"
    r"|doi\s*[:=]?\s*|info:doi/|urn:doi:)",
    re.IGNORECASE,
)
# A DOI in the address of a publisher: link.springer.com/article/10.1007/…, onlinelibrary.wiley.com/doi/abs/10.1002/…
_DOI_IN_ADDRESS = re.compile(
    r"^(?:https?://|www\.)[^\s?#]{1,200}?[/=](10\.\d{4,9}/[^\s?#&]+)|^https?://\S{1,200}?[?&;](?:id|doi)=(10\.\d{4,9}/[^\s#&]+)",
    re.IGNORECASE,
)
_PAGE_OF = re.compile(
    r"(?:/(?:full|fulltext|abstract|abs|pdf|epdf|epub|html|meta|summary|references|citations|tables|figures|metrics|pdfdirect)"
    r"(?:/\S*)?|\.(?:full|abstract|short)(?:\.pdf)?|\.pdf|\.html?|;jsessionid\S*)$",
    re.IGNORECASE,
)
_PMID = re.compile(
    r"^(?:pmid\s*[:=-]?\s*|pubmed(?:\s+id)?\s*[:=]?\s*|medline:\s*|https?://(?:identifiers\.org/|info:)pubmed[:/]|info:pmid/"
    r"|(?:https?://)?(?:www\.)?(?:pubmed\.gov/|europepmc\.org/(?:article|abstract)/med/)"
    r"|https?://(?:www[.-])?(?:pubmed[.-]ncbi[.-]nlm[.-]nih[.-]gov(?:[.-][\w.-]{1,80})?"
    r"|ncbi[.-]nlm[.-]nih[.-]gov(?:[.-][\w.-]{1,80})?/(?:entrez/\S*?list_uids=|pubmed))/?(?:\?term=)?)(\d{1,9})"
    r"(?:/|\s?\[\w+\]|[?#&]\S*)?\.?$",
    re.IGNORECASE,
)
_PMCID = re.compile(
    r"^(?:pmcid\s*[:=]?\s*|https?://(?:www[.-])?(?:(?:pmc[.-])?ncbi[.-]nlm[.-]nih[.-]gov(?:[.-][\w.-]{1,80})?/(?:pmc/)?articles/"
    r"|europepmc\.org/(?:articles?(?:/pmc)?|abstract/pmc)/))?(PMC\d{1,9})(?:\.\d+)?(?:/|[?#]\S*)?\.?$",
    re.IGNORECASE,
)
_ACL_NUMBER = r"[A-Z]\d{2}-\d{4,5}|\d{4}\.[a-z0-9]+-[a-z0-9]+\.\d+"
_ACL = re.compile(
    rf"^(?:acl\s*:\s*|https?://(?:www\.)?(?:aclanthology\.org|aclweb\.org/anthology)/)({_ACL_NUMBER})(?:\.pdf|/)?$",
    re.IGNORECASE,
)
SCHEMES = frozenset({"arxiv", "doi", "pmid", "pmcid", "acl"})


def parse_arxiv(text: str, *, bare: bool = True) -> tuple[str, int | None] | None:
    """Number and version of an arXiv id.

    Args:
        text: ``arXiv:2405.14488v2``, an address of a page or PDF on arXiv, a DataCite DOI, or the number alone.
        bare: Whether the number alone counts.

    Returns:
        ``(number, version)``, the version ``None`` if the text names none; ``None`` if the text is not an arXiv id.
    """
    text = text.strip()
    match = _ARXIV_NOTATION.fullmatch(text) or (_ARXIV.fullmatch(text) if bare else None)
    if not match:
        return None
    number = re.sub(r"^([a-z-]+)(?:\.[a-z]{2})?/", lambda m: m[1].lower() + "/", match[1], flags=re.IGNORECASE)
    return number, int(match[2]) if match[2] else None


def parse_doi(text: str) -> str | None:
    """Normal form of a DOI: lower case, without the address of a resolver, without punctuation at the end.

    Control characters are removed, since no DOI contains them. In an address, characters such as ``%2F`` are decoded. A
    closing bracket at the end stays only if the DOI contains the opening one.

    Returns:
        The DOI; ``None`` if the text does not begin with one.
    """
    stripped = shown(text).strip()
    bare = _DOI_PREFIX.sub("", stripped)
    if bare != stripped and "%" in bare:
        bare = shown(unquote(bare))
    match = _DOI.match(bare)
    if not match:
        return None
    doi = match[0].rstrip(".,;:'\"<>")
    while doi and doi[-1] in ")]}" and doi.count({")": "(", "]": "[", "}": "{"}[doi[-1]]) < doi.count(doi[-1]):
        doi = doi[:-1].rstrip(".,;:")
    return doi.lower() if doi.split("/", 1)[1] else None


def doi_in_address(text: str) -> str | None:
    """The DOI in a web address of a publisher, such as ``https://onlinelibrary.wiley.com/doi/abs/10.1002/x``.

    Args:
        text: A web address.

    Returns:
        The DOI; ``None`` if there is none.
    """
    match = _DOI_IN_ADDRESS.match(unquote(text.strip()))
    if not match:
        return None
    return parse_doi(_PAGE_OF.sub("", match[1] or match[2]))


def parse_pmid(text: str) -> str | None:
    """Digits of a PMID, written ``12345``, ``PMID: 12345`` or as an address of PubMed; ``None`` if it is not a PMID."""
    text = text.strip()
    digits = text if re.fullmatch(r"\d{1,9}", text) else (m[1] if (m := _PMID.match(text)) else None)
    return (digits.lstrip("0") or None) if digits else None


def parse_pmcid(text: str) -> str | None:
    """A PMCID, ``PMC`` and digits; ``None`` if the text is not a PMCID."""
    match = _PMCID.match(text.strip())
    return match[1].upper() if match else None


def parse_acl(text: str, *, bare: bool = True) -> str | None:
    """An ACL Anthology id, in the upper or lower case that the Anthology uses.

    Args:
        text: ``N19-1423``, ``acl:N19-1423`` or an address of the Anthology.
        bare: Whether the id alone counts.

    Returns:
        The id; ``None`` if the text is not an ACL id.
    """
    text = text.strip()
    match = _ACL.match(text) or (re.fullmatch(rf"({_ACL_NUMBER})", text, re.IGNORECASE) if bare else None)
    if not match:
        return None
    return match[1].upper() if match[1][0].isalpha() else match[1].lower()


def parse(text: str) -> Iterator[Identifier]:
    """Every identifier that the whole text can be, the most certain one first; nothing if it is other text."""
    text = text.strip()
    if arxiv := parse_arxiv(text):
        yield Identifier("arxiv", arxiv[0])
    elif doi := parse_doi(text):
        yield Identifier("doi", doi)
    if pmcid := parse_pmcid(text):
        yield Identifier("pmcid", pmcid)
    elif pmid := parse_pmid(text):
        yield Identifier("pmid", pmid)
    if acl := parse_acl(text):
        yield Identifier("acl", acl)
