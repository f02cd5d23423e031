"""Types of publications: the standard names of BibTeX, RIS and CSL for the type names of every source.

Sources: BibTeX (the fourteen entry types of btxdoc), RIS (Reference Manager's list of reference types), CSL 1.0.2
(csl-data.json); Zotero's item types and their maps to these; document types of Scopus, Web of Science, PubMed,
Crossref, OpenAlex, DataCite, DBLP, Dimensions and Lens.
"""

from __future__ import annotations

import functools
import re
from typing import NamedTuple

from semsearch.text.folding import fold


class Kind(NamedTuple):
    """The names of one type of publication in the three formats."""

    bibtex: str
    ris: str
    csl: str


#: The kinds, and the names that they have elsewhere: folded, without spaces. A later kind never takes a name of an
#: earlier one.
_KINDS: tuple[tuple[Kind, str], ...] = (
    (Kind("article", "JOUR", "article-journal"),
     "article journalarticle articlejournal jour researcharticle originalarticle review reviewarticle shortsurvey "
     "editorial letter note erratum retracted retraction correction articleinpress ejour casereport clinicaltrial "
     "randomizedcontrolledtrial systematicreview metaanalysis comparativestudy news comment j journal "
     "briefcommunication meetingreport datapaper corrigendum addendum journalarticles editorialmaterial "
     "articlereview inpress jfull"),
    (Kind("inproceedings", "CPAPER", "paper-conference"),
     "conferencepaper inproceedings paperconference conference cpaper conf proceedingsarticle proceedingspaper "
     "conferencearticle conferenceproceeding meetingabstract conferenceabstract conferenceandworkshoppapers c "
     "conferenceproceedings conferenceposter poster"),
    (Kind("proceedings", "CONF", "book"), "proceedings mvproceedings conferencereview editorship"),
    (Kind("incollection", "CHAP", "chapter"),
     "booksection bookchapter chapter chap incollection inbook bookpart suppbook suppcollection bookinbook section "
     "bookchapters partsinbooksorcollections referenceentry echap"),
    (Kind("book", "BOOK", "book"),
     "book monograph mvbook editedbook edbook collection mvcollection referencebook reference bookseries b ebook "
     "booksandtheses bookset"),
    (Kind("mastersthesis", "THES", "thesis"), "mastersthesis masterthesis diplomathesis"),
    (Kind("phdthesis", "THES", "thesis"), "thesis phdthesis thes dissertation doctoralthesis dissertationthesis etd"),
    (Kind("techreport", "RPRT", "report"),
     "report techreport rprt technicalreport workingpaper reportcomponent reportseries whitepaper govdoc"),
    (Kind("unpublished", "UNPB", "manuscript"), "unpublished manuscript unpb unpublishedwork draft inpr"),
    (Kind("misc", "UNPB", "article"),
     "preprint postedcontent eprint informalandotherpublications informalpublications epst"),
    (Kind("misc", "DATA", "dataset"), "dataset data dataaggregate datasheet dbase database componentdataset"),
    (Kind("misc", "COMP", "software"), "software computerprogram comp code computer softwaresource"),
    (Kind("misc", "ELEC", "webpage"), "webpage online www electronic elec website internetcommunication icomm weblink"),
    (Kind("misc", "BLOG", "post-weblog"), "blogpost blog postweblog forumpost post"),
    (Kind("article", "MGZN", "article-magazine"), "magazinearticle articlemagazine mgzn magazine tradejournal"),
    (Kind("article", "NEWS", "article-newspaper"), "newspaperarticle articlenewspaper newspaper newsarticle"),
    (Kind("incollection", "ENCYC", "entry-encyclopedia"), "encyclopediaarticle entryencyclopedia encyc inreference"),
    (Kind("incollection", "DICT", "entry-dictionary"), "dictionaryentry entrydictionary dict"),
    (Kind("misc", "PAT", "patent"), "patent pat patentapplication p"),
    (Kind("misc", "STAND", "standard"), "standard stand"),
    (Kind("manual", "GEN", "book"), "manual guideline practiceguideline"),
    (Kind("booklet", "PAMP", "pamphlet"), "booklet pamphlet pamp brochure"),
    (Kind("misc", "SLIDE", "speech"), "presentation talk speech slide lecture slides"),
    (Kind("misc", "BILL", "bill"), "bill unbill"),
    (Kind("misc", "CASE", "legal_case"), "case legalcase court"),
    (Kind("misc", "STAT", "legislation"), "statute legislation stat legalrule"),
    (Kind("misc", "HEAR", "hearing"), "hearing hear"),
    (Kind("misc", "VIDEO", "motion_picture"), "film videorecording video motionpicture movie mpct tvbroadcast"),
    (Kind("misc", "SOUND", "song"), "audiorecording sound song podcast radiobroadcast audio"),
    (Kind("misc", "MAP", "map"), "map"),
    (Kind("misc", "FIGURE", "figure"), "figure"),
    (Kind("misc", "ART", "graphic"), "artwork art graphic image"),
    (Kind("misc", "PCOMM", "personal_communication"), "email personalcommunication pcomm instantmessage"),
    (Kind("misc", "GEN", "interview"), "interview"),
    (Kind("article", "JOUR", "review-book"), "bookreview reviewbook"),
    (Kind("article", "JOUR", "review"), "productreview"),
    (Kind("article", "JFULL", "periodical"), "periodical serial ser"),
    (Kind("misc", "GEN", "document"), "misc document gen other generic text unspecified unknown component a"),
)  # fmt: skip
_BY_NAME: dict[str, Kind] = {}
for _kind, _names in _KINDS:
    for _name in _names.split():
        _BY_NAME.setdefault(_name, _kind)

#: The fourteen types of BibTeX, and those of RIS and CSL that are written.
BIBTEX_TYPES = frozenset((
    *("article", "book", "booklet", "conference", "inbook", "incollection", "inproceedings", "manual", "mastersthesis"),
    *("misc", "phdthesis", "proceedings", "techreport", "unpublished"),
))  # fmt: skip
RIS_TYPES = frozenset(kind.ris for kind, _ in _KINDS)
CSL_TYPES = frozenset(kind.csl for kind, _ in _KINDS)
#: What a paper is without a known type: in a journal, or anywhere.
IN_JOURNAL, ANYTHING = Kind("article", "JOUR", "article-journal"), Kind("misc", "GEN", "document")


def kind_of(name: str, venue: str = "") -> Kind:
    """The standard names of a type.

    Args:
        name: The type as its source calls it: ``journalArticle``, ``Conference Paper``, ``JOUR``. Several can have
            semicolons between them.
        venue: Journal, conference or book of the paper. With an unknown type, it makes an article of the paper.
    """
    return _known(name) or (IN_JOURNAL if venue else ANYTHING)


@functools.lru_cache(maxsize=1024)
def _known(name: str) -> Kind | None:
    found = [kind for part in re.split("[;|]", name) if (kind := _BY_NAME.get(fold(part).replace(" ", "")))]
    # "Article; Proceedings Paper" of Web of Science: the more special one counts.
    return next((kind for kind in found if kind is not _BY_NAME["article"]), found[0] if found else None)
