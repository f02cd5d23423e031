"""Names of people: every form of a name with every separator, objects of APIs, and what is no part of a name."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from semsearch.readers.people import people_of

#: Forms of names. Each list is one export.
FORMS = {
    "Family, Given": ["Garcia, Ana", "Novák, Petr", "Dijk, Jan"],
    "Family, G.": ["Garcia, A.", "Novák, P.", "Dijk, J."],
    "Family, G.N.": ["Garcia, A.N.", "Novák, P.K.", "O'Brien, J.-P."],
    "Family, G. N.": ["Garcia, A. N.", "Novák, P. K.", "Dijk, J. M."],
    "Given Family": ["Ana Garcia", "Petr Novák", "Jan Dijk"],
    "G. Family": ["A. Garcia", "P. Novák", "J.-P. Dijk"],
    "G. N. Family": ["A. N. Garcia", "P. K. Novák", "J. M. Dijk"],
    "Family GN": ["Garcia AN", "Novák P", "Dijk JM"],
    "particles": ["van der Dijk, Jan", "de la Cruz, María", "von Quill, Ada"],
    "particles in order": ["Jan van der Dijk", "María de la Cruz", "Ada von Quill"],
    "double names": ["Garcia Lopez, Ana", "Novák-Hora, Petr", "Ibn Tobu, Omar"],
    "suffixes": ["King, M. L., Jr.", "Tobu, A., III", "Dijk, J., Sr."],
    "capitals": ["GARCIA, ANA", "NOVÁK, PETR", "DIJK, JAN"],
    "organisations": ["World Health Organization", "The Imagined Collaboration", "Slate Study Group"],
    "mixed": ["Garcia, Ana", "Ministry of Roofs", "Novák, Petr"],
    "Chinese": ["王伟", "李娜", "张敏"],
}
SEPARATORS: dict[str, Callable[[list[str]], Any]] = {
    "semicolon": "; ".join,
    "semicolon without space": ";".join,
    "semicolon at the end": lambda names: "; ".join(names) + "; ",
    "double semicolon": ";;".join,
    "wide semicolon": "；".join,
    "line end": "\n".join,
    "bar": "|".join,
    "bars with spaces": " || ".join,
    "slashes": " // ".join,
    "and": " and ".join,
    "ampersand": " & ".join,
    "JSON": json.dumps,
    "JSON without escapes": lambda names: json.dumps(names, ensure_ascii=False),
    "Python": repr,
    "NumPy": lambda names: "[" + " ".join(f'"{name}"' for name in names) + "]",
    "list": list,
    "list of objects": lambda names: [{"name": name} for name in names],
    "comma": ", ".join,
    "comma and": lambda names: ", ".join(names[:-1]) + " and " + names[-1],
    "comma, comma and": lambda names: ", ".join(names[:-1]) + ", and " + names[-1],
    "comma, comma ampersand": lambda names: ", ".join(names[:-1]) + ", & " + names[-1],
}
#: Cells with two readings. They are not split, or not in the right places, and no rule can know better.
DOUBTFUL = {
    *((form, comma) for form in ("double names", "particles", "mixed", "suffixes") for comma in SEPARATORS if "comma" in comma),
    *(("organisations", separator) for separator in ("and", "ampersand")),  # "Ministry of Health and Welfare"
    *(("organisations", separator) for separator in SEPARATORS if "comma" in separator),
    *(("mixed", separator) for separator in ("and", "ampersand")),
    *(("Chinese", separator) for separator in ("comma and", "comma, comma and", "comma, comma ampersand")),
}  # fmt: skip
CELLS = [(form, separator) for form in FORMS for separator in SEPARATORS if (form, separator) not in DOUBTFUL]


def test_there_are_enough_cells() -> None:
    assert len(CELLS) >= 200


@pytest.mark.parametrize(("form", "separator"), CELLS)
def test_every_form_with_every_separator(form: str, separator: str) -> None:
    assert people_of(SEPARATORS[separator](FORMS[form])) == tuple(FORMS[form])


@pytest.mark.parametrize(("form", "separator"), sorted(DOUBTFUL))
def test_a_doubtful_cell_loses_no_letter(form: str, separator: str) -> None:
    found = people_of(SEPARATORS[separator](FORMS[form]))
    letters = "".join(c for c in " ".join(found) if c.isalpha())
    wanted = "".join(c for c in " ".join(FORMS[form]) if c.isalpha())
    assert sorted(letters.replace("and", "")) == sorted(wanted.replace("and", ""))


@pytest.mark.parametrize("form", FORMS)
def test_one_name_is_one_name(form: str) -> None:
    for name in FORMS[form]:
        assert people_of(name) == (name,)
        assert people_of([name]) == (name,)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Garcia A, Novak P, Roofers; Slate Study Group.", ("Garcia A", "Novak P", "Roofers", "Slate Study Group")),
        ("Dijk J, UNICEF, Garcia A.", ("Dijk J", "UNICEF", "Garcia A")),
        ("Garcia, A., UNICEF, Novak, P.", ("Garcia, A.", "UNICEF", "Novak, P.")),
        ("Garcia, Ana and Novak, Petr and Dijk, Jan", ("Garcia, Ana", "Novak, Petr", "Dijk, Jan")),
        ("AndreaFoote", ("Andrea Foote",)),
        ("AndreaFoote, PeterMarsh", ("Andrea Foote", "Peter Marsh")),
        ("McDonald; LeCun; DiCaprio; FitzGerald", ("McDonald", "LeCun", "DiCaprio", "FitzGerald")),
        ("Wei Garcia 0002 and Petr Novak", ("Wei Garcia", "Petr Novak")),
        ("Garcia, Ana.; Novak, Petr.", ("Garcia, Ana", "Novak, Petr")),
        ("Garcia, A.; Novak, P.", ("Garcia, A.", "Novak, P.")),
        ("Ana Garcia1,2*, Petr Novák3", ("Ana Garcia", "Petr Novák")),
        ("Ana Garcia¹, Petr Novák²", ("Ana Garcia", "Petr Novák")),
        ("Ana Garcia, MD, PhD; Petr Novak, MSc", ("Ana Garcia", "Petr Novak")),
        ("Garcia, Ana (University of Roofs; Town); Novak, Petr (Institute)", ("Garcia, Ana", "Novak, Petr")),
        ("Garcia, Ana (57190000000); Novak, Petr (57190000001)", ("Garcia, Ana", "Novak, Petr")),
        ("Ana Garcia (Author); Petr Novak (Editor)", ("Ana Garcia", "Petr Novak")),
        ("Ana Garcia <ana@roofs.example>; Petr Novak", ("Ana Garcia", "Petr Novak")),
        ("Garcia, Ana [0000-0002-1825-0097]; Novak, Petr", ("Garcia, Ana", "Novak, Petr")),
        ("Ana Garcia et al.", ("Ana Garcia",)),
        ("Garcia A, Novak P, et al", ("Garcia A", "Novak P")),
        ("Garcia, Ana and others", ("Garcia, Ana",)),
        ("Authors: Ana Garcia; Petr Novak", ("Ana Garcia", "Petr Novak")),
        ("Food and Agriculture Organization", ("Food and Agriculture Organization",)),
        ("Department of Health and Human Services", ("Department of Health and Human Services",)),
        ("Ana Garcia; World Health Organization (WHO)", ("Ana Garcia", "World Health Organization (WHO)")),
        ("Plato", ("Plato",)), ("Plato; Hypatia", ("Plato", "Hypatia")), ("Anonymous", ("Anonymous",)),
        ("van der Berg, Jan Peter", ("van der Berg, Jan Peter",)), ("", ()), (None, ()), ([], ()), ("; ;", ()),
        ("Null, Ada", ("Null, Ada",)), ("李娜、王伟", ("李娜", "王伟")), ("田中 太郎", ("田中", "太郎")),
    ],
)  # fmt: skip
def test_texts_of_many_sources(text: str, names: tuple[str, ...]) -> None:
    assert people_of(text) == names


@pytest.mark.parametrize(
    ("person", "name"),
    [
        ({"family": "Dijk", "given": "Jan", "non-dropping-particle": "van"}, "van Dijk, Jan"),
        ({"family": "Musset", "given": "Al", "dropping-particle": "de"}, "Musset, Al de"),
        ({"family": "King", "given": "M. L.", "suffix": "Jr."}, "King, M. L., Jr."),
        ({"literal": "Roof Consortium"}, "Roof Consortium"),
        ({"firstName": "Ana", "lastName": "Garcia"}, "Garcia, Ana"),
        ({"first_name": "Ana", "last_name": "Garcia", "initials": "A"}, "Garcia, Ana"),
        ({"lastname": "Garcia", "firstname": "Ana", "initials": "A"}, "Garcia, Ana"),
        ({"forename": "Ana", "surname": "Garcia"}, "Garcia, Ana"),
        ({"LastName": "Garcia", "ForeName": "Ana", "Initials": "A"}, "Garcia, Ana"),
        ({"given-name": "Ana", "surname": "Garcia", "authname": "Garcia A."}, "Garcia, Ana"),
        ({"name": "Garcia, Ana", "givenName": "Ana", "familyName": "Garcia"}, "Garcia, Ana"),
        ({"fullName": "Garcia A", "firstName": "Ana", "lastName": "Garcia"}, "Garcia, Ana"),
        ({"full_name": "Garcia, Ana"}, "Garcia, Ana"), ({"display_name": "Ana Garcia"}, "Ana Garcia"),
        ({"author": {"display_name": "Ana Garcia"}, "position": "first"}, "Ana Garcia"),
        ({"@pid": "1/2", "text": "Wei Garcia 0002"}, "Wei Garcia"), ({"collectiveName": "Slate Group"}, "Slate Group"),
        ({"family": "Tobu"}, "Tobu"), ({"given": "Plato"}, "Plato"),
    ],
)  # fmt: skip
def test_objects_of_apis(person: dict[str, Any], name: str) -> None:
    assert people_of([person]) == (name,)
    assert people_of(person) == (name,)
    assert people_of({"author": [person, person]}) == (name, name)


def test_lists_in_lists_and_missing_people() -> None:
    assert people_of([["Tobu", "Ada", ""], ["King", "M.", "Jr."]]) == ("Ada Tobu", "M. King Jr.")
    assert people_of([None, float("nan"), "", {"name": None}, "Ada Tobu"]) == ("Ada Tobu",)
    assert people_of("[{'name': 'Ada Tobu'}, {'name': 'Jan Dijk'}]") == ("Ada Tobu", "Jan Dijk")
    assert people_of(["Garcia, Ana and Novak, Petr"]) == ("Garcia, Ana", "Novak, Petr")
    assert people_of(["Ministry of Health and Welfare"]) == ("Ministry of Health and Welfare",)


def test_an_entry_with_many_commas_is_split() -> None:
    assert people_of(["Andres, Bucchi, Buote, Byrne, Casati"]) == ("Andres", "Bucchi", "Buote", "Byrne", "Casati")
    assert people_of(["Garcia, A., Novak, P., Dijk, J."]) == ("Garcia, A.", "Novak, P.", "Dijk, J.")
