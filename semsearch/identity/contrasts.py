"""Words of contrast: with ``men`` and ``women``, or ``hypertension`` and ``hypotension``, titles are of two studies."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: Beginnings of words that turn a word into its opposite: ``hypertension``, ``hypotension``.
_PREFIXES = tuple(
    tuple(group.split())
    for group in (
        "hyper hypo", "pre post peri", "intra inter extra", "micro macro nano", "mono poly", "uni bi multi", "endo exo",
        "over under", "in out", "homo hetero", "supra sub", "up down", "ante post", "ex in",
    )
)  # fmt: skip
#: Groups of words that name different things of one kind: populations, sides, amounts, times, viruses, countries.
_GROUPS = tuple(
    frozenset(group.split())
    for group in (
        "men women", "man woman", "male female", "males females", "boys girls", "mothers fathers", "mother father",
        "maternal paternal",
        "adult adults pediatric paediatric children child adolescents adolescent infants neonates elderly",
        "with without", "low high", "lower upper", "left right", "early late", "acute chronic", "short long",
        "small large", "vivo vitro silico", "urban rural", "north south east west", "northern southern eastern western",
        "anterior posterior", "medial lateral", "proximal distal", "dorsal ventral", "positive negative",
        "increased decreased", "increase decrease", "primary secondary tertiary", "benign malignant", "summer winter",
        "spring autumn", "morning evening", "linear nonlinear", "static dynamic", "supervised unsupervised",
        "smokers nonsmokers", "hiv hcv hbv hpv hsv", "mri ct pet", "mild moderate severe", "us uk eu",
        "one two three four five six seven eight nine ten eleven twelve", "monthly weekly daily yearly",
        "first second third fourth fifth sixth seventh eighth ninth tenth last", "old new", "男性 女性",
        """afghanistan albania algeria angola argentina armenia australia austria azerbaijan bahrain bangladesh belarus
        belgium benin bhutan bolivia botswana brazil bulgaria burundi cambodia cameroon canada chad chile china colombia
        croatia cuba cyprus denmark ecuador egypt eritrea estonia ethiopia finland france gabon gambia georgia germany
        ghana greece guatemala guinea guyana haiti honduras hungary iceland india indonesia iran iraq ireland israel
        italy jamaica japan jordan kazakhstan kenya kosovo kuwait laos latvia lebanon lesotho liberia libya lithuania
        luxembourg madagascar malawi malaysia mali malta mauritania mauritius mexico moldova mongolia montenegro morocco
        mozambique myanmar namibia nepal netherlands nicaragua niger nigeria norway oman pakistan panama paraguay peru
        philippines poland portugal qatar romania russia rwanda senegal serbia singapore slovakia slovenia somalia spain
        sudan suriname sweden switzerland syria taiwan tajikistan tanzania thailand togo tunisia turkey uganda ukraine
        uruguay uzbekistan venezuela vietnam yemen zambia zimbabwe england scotland wales""",
    )
)  # fmt: skip
*_, _COUNTRIES = _GROUPS
_GROUPS_OF: dict[str, list[frozenset[str]]] = {}
for _group in _GROUPS:
    for _word in _group:
        _GROUPS_OF.setdefault(_word, []).append(_group)
#: Letters that must remain behind a beginning.
_REST = 4


def contrasted(a: Sequence[str], b: Sequence[str]) -> bool:
    """Whether a word of one title stands in contrast to a word of the other, and neither title has both.

    Args:
        a: Words of a folded title.
        b: Words of another. The order of the two does not matter.
    """
    one, other = set(a) - set(b), set(b) - set(a)
    return any(_in_contrast(x, y) for x in one for y in other)


def _in_contrast(one: str, other: str) -> bool:
    if any(other in group for group in _GROUPS_OF.get(one, ())):
        forms = one.replace("ae", "e")[:4] == other.replace("ae", "e")[:4] and min(len(one), len(other)) > 4
        return one in _COUNTRIES or not forms  # ``adult`` and ``adults`` are one
    return any(len(rest) >= _REST and rest == two for rest, two in _rests(one, other))


def _rests(one: str, other: str) -> Iterator[tuple[str, str]]:
    """What remains of both words behind two opposite beginnings."""
    for group in _PREFIXES:
        for x in group:
            if one.startswith(x):
                for y in group:
                    if x != y and other.startswith(y):
                        yield one[len(x) :], other[len(y) :]
