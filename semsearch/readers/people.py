"""Names of people, in whatever form a file has them.

A name stays as it is printed: ``Garcia, Ana`` and ``Ana Garcia`` and ``Garcia A``. What is not a part of it is taken
off: numbers of affiliations and homonyms, degrees, roles, addresses. A text of several names is split at the strongest
separator that it has; at commas only if they cannot all be those of ``family, given``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from semsearch.readers.flattening import is_empty, listed, pieces_of, text_of
from semsearch.text.cleaning import plain
from semsearch.text.names import ORGANISATION, SUFFIX

#: Keys for the parts of a name in APIs and exports, in any spelling of capitals; hyphens and underscores do not count.
_FAMILY = ("family", "last", "lastname", "surname", "familyname", "keyname")
_GIVEN = ("given", "first", "firstname", "forename", "forenames", "givenname", "givennames", "initials")
_WHOLE = (
    *(
        "literal",
        "name",
        "displayname",
        "fullname",
        "collectivename",
        "collabname",
        "authname",
        "rawauthorname",
        "text",
    ),
    *("value", "$", "#text"),
)
#: Keys under which an object has the person, or a list of people.
_INSIDE = ("author", "authors", "creator", "creators", "person", "people", "contributors")
#: Separators between names, the strongest first. The first one in the text splits it.
_SEPARATORS = (
    re.compile("[;\uff1b]+"),
    re.compile(r"[\n\r]+"),
    re.compile(r"\|+|\t+|\s//\s|\s?[\u2022\u00b7]\s?|\s\*\s"),
    re.compile("[\u3001]"),
)
_SURE_AND = re.compile(r"\s*,?\s+and\s+|\s*,?\s*&\s*")
_INITIALS = re.compile(r"(?:[^\W\d_a-z]\.?[\s-]?){1,5}", re.UNICODE)
#: ``Garcia AN``, ``van Dijk J Jr``: family name, and initials without dots, as in PubMed and in the Vancouver style.
_VANCOUVER = re.compile(r"[^\W\d_][\w'\u2019. -]*\s[^\W\d_a-z]{1,4}(?:\s(?:Jr|Sr|II|III|IV|2nd|3rd))?\.?")
_PARTICLE = re.compile(
    r"(?:van|von|vom|zu|zum|zur|de|del|della|di|da|dos|das|do|du|des|der|den|den|la|le|las|los|el|al|ter|ten|bin|ibn|af|av|"
    r"d'|l'|o'|st\.?|saint|san)(?=[\s'-])",
    re.IGNORECASE,
)
_AFFILIATION = re.compile(r"\s*\((?!\s*[A-Z]{2,8}\s*\))[^()]*\)|\s*\[[^\[\]]*\]")
_ADDRESS = re.compile(r"<?\S+@\S+\.\w+>?|https?://\S+|\b\d{4}-\d{4}-\d{4}-\d{3}[\dXx]\b")
_MARKS = re.compile(
    r"(?<=[^\W\d_.])\s?(?:\d{1,2}(?:\s?[,\u2013-]\s?\d{1,2})*[*\u2020\u2021\u00a7\u00b6#]*|[*\u2020\u2021\u00a7\u00b6#]+)(?=$|[,;\s&])"
)
_SUPERSCRIPT = re.compile(
    "[\u00b9\u00b2\u00b3\u2070\u2074-\u2079]+(?:\\s?,\\s?[\u00b9\u00b2\u00b3\u2070\u2074-\u2079]+)*"
)
#: DBLP tells people of one name apart by four digits.
_HOMONYM = re.compile(r"(?<=[^\W\d_.])\s0\d{3}$")
_DEGREE = re.compile(
    r"(?:,?\s+|,)(?:Ph\.?\s?D|M\.?\s?D|D\.?\s?Phil|M\.?\s?Sc|B\.?\s?Sc|M\.?P\.?H|Dr\.?P\.?H|R\.?N|F\.?R\.?C\.?[PS]|M\.?B\.?B\.?S|"
    r"D\.?V\.?M|Pharm\.?D|Dr\.?\s?rer\.?\s?nat|M\.?A|B\.?A|M\.?Ed|Ed\.?D|M\.?B\.?A|D\.?O|D\.?D\.?S)\.?(?=$|,|;)"
)
_OTHERS = re.compile(
    r"[,;]?\s*(?:\bet\.? al\b\.?|\band others\b|\band \d+ (?:more|others)\b|\u2026|\.\.\.)\s*$", re.IGNORECASE
)
_SEPARATED = re.compile(r"[;\[&]| and ")
_BRACKETED = re.compile(r"[(@\[:]|0000-")
#: Something that can be no part of a name: a digit or sign, words such as "et al.", a degree, a dot after a whole word,
#: a capital after a small letter, a label. A text without it needs no other search.
_ODD = re.compile(
    '[\\d*#(@\\[\u2020\u2021\u00a7\u00b6\u2026"&\u00b9\u00b2\u00b3\u2070-\u2079]|\\.\\.|[a-z\u00df-\u00ff]{2}\\.(?:\\s|;|,|$)'
    "|[a-z][A-Z]|^[ ,;*]|[ ,;*]$|^[Bb]y\\b|[Aa]uthors?\\s?:|\\b[Oo]thers\\b|\\b[Ee]t\\.? [Aa]l\\b"
    "|[ ,](?:Ph|Dr|Ed|M\\.?\\s?[DSPABE]|D\\.?\\s?[PVOD]|B\\.?\\s?[SA]|R\\.?N|F\\.?R)",
    re.MULTILINE,
)
#: ``, P`` at the end of a part between commas, as in the Vancouver style.
_CAPITALS = re.compile(r"\s[^\W\d_a-z]{1,4}(?:\s\w+)?\.?(?:,|$)")
_FULL_WORD = re.compile(r"[^\W\d_]*[a-z\u00df-\u00ff][^\W\d_]{1,}\.$")
_GLUED = re.compile(r"([A-Z\u00c0-\u00de][a-z\u00df-\u00ff]+)([A-Z\u00c0-\u00de][a-z\u00df-\u00ff]{2,})")
#: Most commas of one name: ``King, M. L., Jr.``
_MOST_COMMAS = 2
#: Beginnings of names that are written in one word with a capital inside, and words that are no people.
_NOT_GLUED = frozenset({
    "Mc", "Mac", "De", "Di", "Du", "La", "Le", "Van", "Von", "Fitz", "Da", "Del", "Des", "El", "Al", "Ver", "Te", "Ter",
})  # fmt: skip
_NO_PEOPLE = frozenset({"DeepMind", "OpenAlex", "AstraZeneca", "EuroStat", "LinkedIn", "YouTube"})
#: What stands before the first name in some exports.
_LABEL = re.compile(r"^\s*(?:authors?\s*:|by\s*:?\s)\s*", re.IGNORECASE)
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def people_of(value: Any) -> tuple[str, ...]:
    """The names of people in a value; cleaned, without empty ones.

    Args:
        value: A text of one name or several, an object for one person, or a list of these. An entry of
            ``authors_parsed`` of arXiv is a list ``[family, given, suffix]``.
    """
    if isinstance(value, Mapping):
        return people_of(inner) if (inner := _inside(value)) is not None else _cleaned([_person(value)])
    if isinstance(value, str):
        return _cleaned(split_people(value))
    pieces = pieces_of(value, split_people)
    if all(isinstance(piece, str) for piece in pieces) and _are_names("\n".join(pieces), len(pieces)):
        return _cleaned(pieces)
    names: list[str] = []
    for piece in pieces:
        if _is_parsed_name(piece):
            names.append(" ".join(filter(None, (piece[1], piece[0], *piece[2:3]))))
        elif isinstance(piece, Mapping):
            names.extend(people_of(piece))
        elif not is_empty(piece):
            names.extend(_of_one_entry(text_of(piece)))
    return _cleaned(names)


def _are_names(joined: str, count: int) -> bool:
    """Whether each of so many lines is one name: nothing separates names in them, and no more commas than names."""
    return joined.count(",") <= count and not _SEPARATED.search(joined)


def _inside(value: Mapping[str, Any]) -> Any:
    """The person or the people inside an object; ``None`` if it is a person itself."""
    return next((value[key] for key in _INSIDE if isinstance(value.get(key), list | Mapping)), None)


def _person(value: Mapping[str, Any]) -> str:
    """The name in an object for one person or one organisation."""
    parts = {re.sub(r"[^a-z$#]", "", str(key).casefold()): text_of(held) for key, held in value.items() if held}
    family = next((parts[key] for key in _FAMILY if parts.get(key)), "")
    given = next((parts[key] for key in _GIVEN if parts.get(key)), "")
    whole = next((parts[key] for key in _WHOLE if parts.get(key)), "")
    if not family:
        return whole or given or text_of(value)
    if whole and family in whole and (not given or given in whole):
        return whole
    family = " ".join(filter(None, (parts.get("nondroppingparticle", ""), family)))
    given = " ".join(filter(None, (given, parts.get("droppingparticle", ""))))
    return ", ".join(filter(None, (family, given, parts.get("suffix", ""))))


def _is_parsed_name(value: Any) -> bool:
    return isinstance(value, list) and 2 <= len(value) <= 4 and all(isinstance(part, str) for part in value)


def _of_one_entry(text: str) -> list[str]:
    """The names in one entry of a list of authors. It has several only if they are separated beyond doubt."""
    if not _SEPARATED.search(text) and text.count(",") <= _MOST_COMMAS:
        return [text]
    if ";" in text or text.count(",") > _MOST_COMMAS or listed(text) is not None:
        return split_people(text)
    parts = [part for part in _SURE_AND.split(text) if part]
    is_several = len(parts) > 1 and all("," in part for part in parts) and not ORGANISATION.search(text)
    return parts if is_several else [text]


def split_people(text: str) -> list[str]:
    """Split a text into the names in it.

    Args:
        text: One name or several.

    Returns:
        The names, as in the text.
    """
    if "[" in text and (entries := listed(text)) is not None:
        people = (one if isinstance(one, str | Mapping) else [one] for one in entries if not is_empty(one))
        return [name for one in people for name in people_of(one)]
    text = _AFFILIATION.sub("", _ADDRESS.sub("", text)) if _BRACKETED.search(text) else text
    if text.endswith(".") and text.count(".") == 1 and "," in text and _VANCOUVER.search(text):
        text = text[:-1]  # PubMed ends the list with a dot
    if _ODD.search(text):
        text = _LABEL.sub("", text)
        text = _OTHERS.sub("", _DEGREE.sub("", _SUPERSCRIPT.sub("", _MARKS.sub("", text))))
    for separator in _SEPARATORS:
        pieces = [piece.strip() for piece in separator.split(text)]
        if len([piece for piece in pieces if piece]) > 1 or (len(pieces) > 1 and ";" in text):
            return [name for piece in pieces if piece for name in _of_piece(piece.strip(" ,"))]
    if _CJK.search(text) and not re.search("[a-z]", text):
        return [name for name in re.split("[,\uff0c\\s]+", text) if name]
    return _split_at_commas(text) if "," in text else _joined_by_and(text)


def _of_piece(text: str) -> list[str]:
    """The names between two semicolons: one, or several if PubMed put a group of people after them."""
    if "," in text and _CAPITALS.search(text):
        parts = _parts(text)
        if len(parts) > 1 and any(map(_VANCOUVER.fullmatch, parts)) and not any(map(_is_given, parts)):
            return parts
    return _joined_by_and(text)


def _joined_by_and(text: str) -> list[str]:
    """The names in a text without a stronger separator: those between each ``and``, if it is no organisation."""
    if " and " not in text and "&" not in text:
        return [text] if text.strip() else []
    if ORGANISATION.search(text):
        return [text]
    return [part for part in _SURE_AND.split(text) if part.strip()]


def _split_at_commas(text: str) -> list[str]:
    """The names in a text with commas, and perhaps with ``and`` before the last one."""
    chunks = [chunk.strip(" ,") for chunk in _SURE_AND.split(text)]
    if len(chunks) > 1 and ORGANISATION.search(text) and not any(map(_VANCOUVER.fullmatch, _parts(text))):
        return _groups(_parts(text)) if text.count(",") > 1 else [text]
    if len(chunks) > 1 and all(chunk.count(",") == 1 or _is_suffixed(chunk) for chunk in chunks):
        return chunks  # Last, First and Other, Given
    if len(chunks) > 2 and all(chunk.count(",") <= 1 for chunk in chunks):
        return chunks
    parts = [part for chunk in chunks for part in _parts(chunk)]
    if len(chunks) == 1 and len(parts) == 2:
        return parts if _are_two(*parts) else [text]
    if len(chunks) == 1 and _is_suffixed(text):
        return [text]
    return _groups(parts)


def _parts(text: str) -> list[str]:
    return [part for piece in text.split(",") if (part := piece.strip())]


def _is_suffixed(text: str) -> bool:
    """Whether a text is one name with a suffix, such as ``King, Jr., M. L.`` and ``King, M. L., Jr.`` are."""
    parts = _parts(text)
    return len(parts) == 3 and any(SUFFIX.fullmatch(part) for part in parts[1:])


def _are_two(one: str, other: str) -> bool:
    """Whether two texts with a comma between them are two names, and not family and given name."""
    if _VANCOUVER.fullmatch(one) or _VANCOUVER.fullmatch(other):
        return not _INITIALS.fullmatch(other)
    if ORGANISATION.search(one) or ORGANISATION.search(other) or _PARTICLE.match(one):
        return False
    if _GLUED.fullmatch(one) and _GLUED.fullmatch(other):
        return True
    last = other.rsplit(maxsplit=1)[-1]
    return " " in one and " " in other and not _INITIALS.fullmatch(last)


def _groups(parts: list[str]) -> list[str]:
    """Names of the parts between commas: a part and the initials, given name or suffix that follow it."""
    is_paired = not any(" " in part for part in parts) and len(parts) % 2 == 0
    is_initialled = any(_is_given(part) for part in parts[1:])
    names: list[str] = []
    taken = 0
    for part in parts:
        follows = SUFFIX.fullmatch(part) or (taken == 1 and (_is_given(part) if is_initialled else is_paired))
        if names and follows:
            names[-1], taken = f"{names[-1]}, {part}", taken + 1
        else:
            names.append(part)
            taken = 1
    return names


def _is_given(part: str) -> bool:
    """Whether a part between commas is the initials of a name, such as ``A.N.`` or ``J.-P.``, and no name itself."""
    particle = part.rsplit(maxsplit=1)[-1].islower() and _PARTICLE.match(part.rsplit(maxsplit=1)[-1] + " ")
    bare = part.rsplit(maxsplit=1)[0] if particle and " " in part else part
    return bool(_INITIALS.fullmatch(bare)) and (len(bare) <= 2 or "." in bare or " " in bare)


def _cleaned(names: Sequence[str]) -> tuple[str, ...]:
    """The names as plain text, without what is no part of them, and without empty ones."""
    plainly = [name for one in names if (name := plain(one))]
    if not _ODD.search("\n".join(plainly)):  # most lists: one search instead of one for each name
        return tuple(plainly)
    return tuple(name for one in plainly for name in _clean(one))


def _clean(name: str) -> list[str]:
    if not _ODD.search(name):
        return [name]
    if name.casefold() in ("others", "et al", "et al."):
        return []
    bare = _HOMONYM.sub("", name)
    if not bare.isascii() or any(mark in bare for mark in "*#12345678(@["):
        bare = _SUPERSCRIPT.sub("", _MARKS.sub("", bare))
        bare = _AFFILIATION.sub("", _ADDRESS.sub("", bare))
    bare = _DEGREE.sub("", _OTHERS.sub("", bare)).strip(' ,;*&"')
    if _FULL_WORD.search(bare) and not SUFFIX.search(bare.split()[-1]) and not ORGANISATION.search(bare):
        bare = bare[:-1]
    glued = _GLUED.fullmatch(bare)
    if glued and glued[1] not in _NOT_GLUED and bare not in _NO_PEOPLE:
        bare = f"{glued[1]} {glued[2]}"
    return [bare] if bare else []
