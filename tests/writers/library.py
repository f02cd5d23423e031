"""A small library of invented papers, with all that makes writing and reading them hard."""

from __future__ import annotations

from semsearch.identity.ids import with_id
from semsearch.model.paper import Paper

#: Papers as a reader makes them. Each shows another difficulty.
LIBRARY: tuple[Paper, ...] = tuple(map(with_id, (
    Paper(
        title="Moss on roofs: BERT, mRNA and H₂O", abstract="Mass rose (p<0.05, x<y) by 50% & more; cost $5 and $10_000 #1.",
        authors=("Falkenrath, Ines", "van der Quill, Dario", "King, M. L., Jr.", "The Imagined Collaboration"), year=2031,
        date="2031-05-02", venue="Journal of Roofs & Gutters", volume="7", issue="2", pages="11-19", doi="10.5555/moss_7",
        pmid="77777777", pmcid="PMC7777777", issn="1111-2222", url="https://roofs.example/~ines/7?a=1&b=2#c", language="en",
        keywords=("moss", "roofs, old", "slate; north"), tags=("to read", "a; b", "x, y"), type="journalArticle",
        comment="12 pages, 3 figures", key="falkenrath2031moss", extra={"publisher": "Slate & Sons", "PA": "a patient note"},
    ),
    Paper(
        title="Rain that never fell", abstract="{Braces}, \"quotes\", 'single', 9 \\ 9, tilde~ and ^caret.", year=2030,
        authors=("Ministry of Health and Welfare", "Plato"), venue="Proc. ROOF", type="conferencePaper", arxiv_id="3005.00042",
        arxiv_version=2, key="rain:2030", keywords=("rain",), extra={"chemicals/cas": "7732-18-5", "Größe": "9 cm"},
    ),
    Paper(
        title="屋顶上的苔藓", abstract="我们称量了苔藓。", authors=("王伟", "李娜"), year=2029, venue="建筑学报", type="article",
        language="zh", keywords=("苔藓",), date="2029-11", key="wang2029",
    ),
    Paper(
        title="A handbook of gutters", authors=("Marrick, Tobu",), year=2028, type="book", issn="978-0-00-000000-2",
        extra={"editors": "Marrick, Tobu", "edition": "2"}, key="marrick2028",
    ),
    Paper(title="No abstract, no author", year=2027, date="Spring 2027", pages="e1234", key="bare2027"),
    Paper(title="An anthology paper", acl_id="2031.imag-main.1", year=2031, venue="Proc. IMAG", pages="1-9", type="inproceedings",
          authors=("de la Cruz, María José", "O'Brien, J.-P."), key="cruz2031", abstract="Très bien — naïve “quotes” … ½ µm."),
    Paper(abstract="An abstract without a title, as scraped pages have them.", key="scraped1", year=2026),
    Paper(title="Title that ends with a colon:", abstract="a -- b --- c", year=2025, volume="12A", issue="S1", pages="S12-S19",
          authors=("Garcia Lopez, Ana",), type="Review", venue="The Roof", key="10", comment="Tags: none"),
)))  # fmt: skip
