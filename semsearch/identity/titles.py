"""What is in a title beside the title: remarks of databases, kind of notice, part of a series; and mere headings."""

from __future__ import annotations

import re

from semsearch.text.folding import fold

_GREEK = str.maketrans({
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "κ": "kappa", "λ": "lambda", "μ": "mu",
    "ω": "omega", "σ": "sigma", "τ": "tau", "θ": "theta", "ζ": "zeta", "χ": "chi", "φ": "phi", "ψ": "psi",
})  # fmt: skip
#: What databases add to a title in brackets: ``[Article in German]``, ``[33 refs]``, ``[Erratum appears …]``.
_REMARK = re.compile(
    r"""[\s.]*(?:
      \[(?:article\ in|in\ [a-z]+\]|review|\d+\ refs|see\ comment|errat|correct|comment|abstract|letter|editorial
         |republish|reprint|retract|update|translat|meeting|proceeding|summary
         |author'?s?\ transl)(?:[^\[\]]|\[[^\[\]]*\])*\]?
      |\((?:meeting\ )?abstracts?(?:\ \w+)?\)|\(multiple\ letters\)(?:\ \[\d+\])?|\(review\)|\(reprinted\ [^)]*\)
      |\(author'?s\ transl\)
    )\.?\s*$""",
    re.IGNORECASE | re.VERBOSE,
)
#: The label of a notice at the end of a title, and nothing else in the brackets.
_LABEL = re.compile(r"[\s.]*\[(corrections?|errat(?:um|a)|corrigend(?:um|a)|retraction)\]\W*$", re.IGNORECASE)
#: What a citation leaves at the end of a title: ``, to be published in``, ``[J]``.
_DEBRIS = re.compile(
    r"(?:\s*[,.;:(]\s*(?:to be published(?: in)?|to appear(?: in)?|in press|submitted(?: to)?|forthcoming|unpublished)"
    r"|\s*\[(?:online|electronic resource|[JCMDRNAPZ](?:/OL)?)\])[\s)\].,]*$",
    re.IGNORECASE,
)
#: The form of a talk, ``(demonstration description)``, wherever it stands.
_FORM = re.compile(
    r"\s*\([^()]*\b(?:paper|abstract|session|demonstration|demo|panel|tutorial|poster|talk|keynote|invited)\b[^()]*\)",
    re.IGNORECASE,
)
#: How Web of Science marks a retraction and the article that was retracted: ``(Retraction of vol 3, pg 111, 2016)``.
_RETRACTED = re.compile(
    r"\s*[(\[](?P<kind>retraction|retracted article|expression of concern|withdrawn)[.,:]? (?:of|see|in|to)? ?vol\b"
    r"[^()\[\]]*[)\]]?\W*$",
    re.IGNORECASE,
)
#: How databases cite what a correction corrects: ``(vol 360, pg 542, 2009)``, ``(J Imag (2009) 9 (12-20))``.
_CORRECTED = re.compile(
    r"\s*\((?:vol\.? ?\d+[^()]*\d{4}|[^()]*\((?:19|20)\d\d\)[^()]*(?:\([^()]*\)[^()]*)*)\)\W*$", re.IGNORECASE
)
#: The plan of a study, which is not its result.
_PROTOCOL = re.compile(
    r"(?:[:.(\[–—-]\s*(?:an? |the )?(?:(?:study|trial|review|research)\s)?protocol\b(?: for| of| and)?|"
    r"[:.(\[–—-]\s*(?:the )?(?:rationale(?: and| &)? (?:study )?design|study design and rationale|design and rationale|"
    r"statistical analysis plan|baseline (?:data|characteristics)|design and methods)\b|"
    r"^(?:study |trial |review )?protocol(?: for\b| of\b|:)|\bstudienprotokoll\b)",
    re.IGNORECASE,
)
#: A title and its translation in brackets behind it.
_IN_BRACKETS = re.compile(r"^([^\[\]]{15,})[\s.]*\[([^\[\]]{15,})\]\W*$")
#: What stands between a title and its translation.
_BETWEEN = re.compile(r"\s[/=]\s")
_GAP = r"[\s:.\-–—]*"
#: Kinds of notices: how their titles begin, and what they have after a colon, dash or bracket.
_NOTICES = tuple(
    (kind, re.compile(rf"^\W*(?:{lead})", re.IGNORECASE), re.compile(rf"[:.\-–—\[(]\s*(?:{tail})\W*$", re.IGNORECASE))
    for kind, lead, tail in (
        (
            "correction",
            r"(?:(?:author|publisher|editorial)s?['’]?s? )?"
            r"(?:correction|corrigend(?:um|a)|errat(?:um|a)|addend(?:um|a)|fe de err(?:atas?|ores)|corrección|"
            r"berichtigung|rectificatif|errata corrige)\b" + _GAP + r"(?:to[:\s]|for[:\s]|zu[:\s]|de[:\s]|à[:\s]|$)?",
            r"(?:an? )?(?:erratum|errata|corrigendum|correction)(?: to .*)?",
        ),
        (
            "retraction",
            r"(?:(?:notice|statement) of )?(?:retraction(?: notice)?|removal notice|retracted(?: article| paper)?|"
            r"withdrawn|withdrawal|"
            r"(?:editorial )?expression of concern)\b" + _GAP + r"(?:of[:\s]|to[:\s])?",
            r"(?:retraction(?: notice)?|retracted article|withdrawn)",
        ),
        (
            "reply",
            r"(?:(?:the )?author(?:s['’]?|['’]s)? (?:reply|response|rejoinder)|"
            r"response (?:by [^:]{3,60} )?to letters? (?:regarding|on|about)(?: article)?|"
            r"reply|rejoinder|rebuttal|closure|in reply|re:)" + _GAP + r"(?:to[:\s]|by[:\s])?",
            r"(?:an? |the |author(?:s['’]?|['’]s)? )?(?:reply|rejoinder|response|rebuttal)(?: (?:and|to|from|by) .*)?",
        ),
        (
            "comment",
            r"(?:(?:invited |editorial )?comments?(?:ary)? (?:on|to|re|about)\b|(?:invited |editorial )?commentary(?=:)"
            r"|discussion (?:on|of)\b|letter(?: by [^:]{3,60})? (?:re|regarding)\b(?: article)?"
            r"|letter(?: to the editor)?(?=:)|"
            r"faculty of 1000 evaluation for|f1000 ?prime recommendation of)[\s:]*",
            r"(?:an? )?(?:invited |editorial )?(?:comment|commentary|discussion)(?: (?:on|to) .*)?",
        ),
        (
            "supplement",
            r"(?:(?:additional|supplementary|supplemental|supporting) "
            r"(?:files?|data|materials?|information|tables?|figures?)(?: \w+)?"
            r"(?: (?:of|for|from|to)\b)?|data (?:presented in|from|for)(?: the)?(?: paper| article)?)[\s:]*",
            r"(?:supplementary|supporting) (?:data|materials?|information)",
        ),
    )
)  # fmt: skip
_CORRECTIONS = ("erratum", "published erratum", "corrigendum", "correction")
_RETRACTIONS = ("retraction", "retraction of publication")
_ROMAN = {
    "i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8, "ix": 9, "x": 10,
    "xi": 11, "xii": 12, "xiii": 13, "xiv": 14, "xv": 15, "xvi": 16, "xvii": 17, "xviii": 18, "xix": 19, "xx": 20,
}  # fmt: skip
_WORDS = {
    "first": 1, "second": 2, "third": 3, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5,
    "six": 6, "fourth": 4, "fifth": 5, "eins": 1, "zwei": 2, "drei": 3, "uno": 1, "dos": 2, "tres": 3, "un": 1,
    "une": 1, "deux": 2, "trois": 3, "premiere": 1, "deuxieme": 2, "seconde": 2, "troisieme": 3, "erster": 1,
    "zweiter": 2, "dritter": 3, "primera": 1, "segunda": 2, "tercera": 3,
}  # fmt: skip
_PART = re.compile(
    r"\b(?:part|pt|paper|chapter|volume|vol|section|number|no|report|study|phase|lecture|session|issue|installment|teil"
    r"|parte|partie|deel|del|tome|tomo|band)"
    r" (\d+|[ivx]+|[a-h]|one|two|three|four|five|six|first|second|third|eins|zwei|drei|uno|dos|tres|une?|deux|trois)\b"
)
_ORDINAL_PART = re.compile(
    r"\b(first|second|third|fourth|fifth|premiere|deuxieme|seconde|troisieme|erster|zweiter|dritter|primera|segunda|tercera"
    r"|\d+(?:st|nd|rd|th)) (?:part|report|communication|paper|partie|teil|parte|mitteilung)\b"
)
#: ``(2nd ed.)``, folded; and in words.
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8}
_EDITION = re.compile(
    rf"\b(?:(\d{{1,2}})(?:st|nd|rd|th)|({'|'.join(_ORDINALS)}))(?: (?:revised|international))? ed(?:ition|n)?\b"
)
#: ``II.`` or ``II:`` between title and subtitle.
_NUMERAL = re.compile(r"(?:^|[\s.:,\-–—])([IVX]{1,5})\s*[.:]\s")
#: Headings that many papers have instead of a title, folded.
_HEADING = re.compile(
    r"""(?:(?:guest\ |invited\ |joint\ )?editorials?(?:\ comments?|\ board|\ note)?|letters?(?:\ to\ the\ editors?)?
    |(?:editorial\ )?introduction(?:\ to\ (?:the|this)\ (?:special\ )?(?:issue|section|volume))?|foreword
    |preface|contents|table\ of\ contents|index|abstracts?|book\ reviews?|reviews?|erratum|errata
    |corrigendum|correction|news|news\ (?:and\ )?notices?|announcements?|obituary|in\ memoriam|reply|authors?\ reply
    |response|comment|commentary|discussion|conclusions?|references|acknowledge?ments?|readings|notes?|poster\ session
    |keynote(?:\ speech|\ address)?|(?:chair(?:man)?|president|treasurer|editor|secretary|director|publisher)\ ?s?
    \ (?:message|column|notes?|report|letter|introduction|foreword|address|welcome|page|corner)|welcome
    |(?:message|a\ word|a\ note|notes?)\ from\ .*
    |from\ the\ (?:guest\ )?(?:editors?|president|chair|publisher)(?:\ .{0,20})?
    |in\ (?:this|brief|other)(?:\ issue|\ news)?
    |(?:meeting|conference|selected|poster|oral|plenary)\ (?:abstracts?|presentations?)|highlights
    |(?:news|notes)\ (?:and|from)\ .{0,30}|calendar(?:\ of\ events)?
    |issue\ information|(?:call\ for\ papers|books?\ received|errata\ .{0,10}|list\ of\ .{0,20})
    |front\ matter|back\ matter|cover|masthead|untitled|no\ title(?:\ available)?
    |conference\ reports?|editor\ ?s\ (?:choice|note|pick)s?
    |image\ of\ the\ (?:month|week|issue)
    |journal\ club|(?:reviewers?\ )?acknowledge?ments?\ (?:to|of|for)\ (?:the\ )?(?:reviewers|referees)
    |reviewers?\ acknowledge?ments?|comentario\ editorial|editoriale
    |question|questions\ and\ answers
    |case\ reports?|images?\ in\ .*|what\ is\ your\ diagnosis|summary|overview|background|methods?|results?)""",
    re.VERBOSE,
)


def split_title(title: str, kind: str = "") -> tuple[str, str]:
    """A title without remarks and the words of a notice; and the kind of notice.

    Args:
        title: As given.
        kind: The type of the record, folded; in some databases only that says that it is a correction.

    Returns:
        The title of the paper that the notice is about, and ``correction``, ``retraction``, ``reply``, ``comment``,
        ``supplement``, or ``""`` for a paper. A title of the one word ``Reply`` is kept.
    """
    if label := _LABEL.search(title):
        labelled = "retraction" if label[1].lower() == "retraction" else "correction"
        return title[: label.start()].strip() or title, labelled
    title = _DEBRIS.sub("", title) or title
    while (shorter := _REMARK.sub("", title)) != title:
        title = shorter
    title = _FORM.sub("", title) or title
    if retracted := _RETRACTED.search(title):
        bare = split_title(title[: retracted.start()], kind)[0]
        return bare, "" if retracted["kind"].lower() == "retracted article" else "retraction"
    if corrected := _CORRECTED.search(title):
        return split_title(title[: corrected.start()], kind)[0], "correction"
    for notice, lead, tail in _NOTICES:
        for pattern in (lead, tail):
            if found := pattern.search(title):
                return (title[: found.start()] + title[found.end() :]).strip() or title, notice
    return title, notice_of_type(kind)


def notice_of_type(kind: str) -> str:
    """The kind of notice that the type of a record, folded, says that it is; ``""`` for none."""
    return "correction" if kind in _CORRECTIONS else "retraction" if kind in _RETRACTIONS else ""


def fold_title(title: str) -> str:
    """Folded, Greek letters spelled, no apostrophes: ``Parkinson's`` is one word."""
    return fold(title.translate(_GREEK).replace("'", "").replace("’", ""))


def halves(title: str) -> tuple[str, ...]:
    """Both halves, folded, of a title in two languages: ``Casa y luz / House and light``; else nothing."""
    bracketed = _IN_BRACKETS.match(title)
    pieces = list(bracketed.groups()) if bracketed else _BETWEEN.split(title)
    if len(pieces) == 1:
        return ()
    parts = tuple(filter(None, map(fold_title, pieces)))
    return parts if len(parts) == 2 and all(" " in part for part in parts) else ()


def form_of(title: str) -> str:
    """``protocol`` for the title of a plan, such as ``…: study protocol``; ``""`` for others.

    Args:
        title: As given.
    """
    return "protocol" if _PROTOCOL.search(title) else ""


def numbers(words: tuple[str, ...]) -> tuple[str, ...]:
    """The numbers in the words of a title, in order; Roman numerals as digits."""
    found = []
    for place, word in enumerate(words):
        if not word.isalpha() and (digits := re.findall(r"\d+", word)):
            found += [d.lstrip("0") or "0" for d in digits]
        elif word in _ROMAN and (len(word) > 1 or (place == len(words) - 1 and word != "x")):
            found.append(str(_ROMAN[word]))
    return tuple(found)


def is_mixed(word: str) -> bool:
    """Whether digits stand among at least as many letters: ``rec0i1``, but not ``b12`` or ``2031``."""
    digits = sum(map(str.isdigit, word))
    return 0 < 2 * digits <= len(word) and len(word) > 3


def part(title: str, words: tuple[str, ...] | None = None) -> str:
    """The number of the part that a title names: ``2`` for ``Part II`` and ``Moss. II. Light``; ``""`` for none.

    Args:
        title: As given; the dots of ``Moss. II. Light`` count.
        words: Of the folded title, for a caller who has them.
    """
    if words is None:
        words = tuple(fold_title(title).split())
    if found := _ORDINAL_PART.search(" ".join(words)):
        return str(_WORDS.get(found[1], re.sub(r"\D", "", found[1])))
    if found := _PART.search(" ".join(words)):
        return str(_ROMAN.get(found[1], _WORDS.get(found[1], found[1]))).lstrip("0") or "0"
    if found := _NUMERAL.search(title):
        return str(_ROMAN.get(found[1].lower(), ""))
    cut = title.rstrip().endswith(("…", "..."))  # ``exposure i…`` is no part
    return str(_ROMAN[words[-1]]) if len(words) > 2 and words[-1] in _ROMAN and words[-1] != "x" and not cut else ""


def edition(title: str) -> str:
    """The number of the edition that a folded title names: ``2`` for ``principles of moss 2nd ed``; ``""`` for none."""
    if not (found := _EDITION.search(title)):
        return ""
    return found[1] or str(_ORDINALS[found[2]])


def is_heading(title: str) -> bool:
    """Whether a folded title is a mere heading (``editorial``, ``letter to the editor``), one word, a code, or empty.

    Such a title says little about which paper it is. In scripts without spaces a title of one word says enough.
    """
    if not title or _HEADING.fullmatch(title):
        return True
    if not title.isascii():
        return False
    return sum(word.isalpha() and len(word) > 1 for word in title.split()) < 2
