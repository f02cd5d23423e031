"""The PRISMA flow diagram: its numbers add up, its texts lie in their boxes, and it is XML whatever a name holds."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from semsearch.writers.prisma import FlowCounts, flow_diagram

SVG = "{http://www.w3.org/2000/svg}"
NUMBERS = st.integers(0, 10**7)
#: Surrogates and control characters too: names come from files.
NAMES = st.text(st.characters(codec=None), max_size=60) | st.text(
    "<>&\"'\x00\x1b\x85\u202e\ud800\ufffe W學", max_size=60
)
FEW = FlowCounts({"Roof Index": 1200, "Gutter Base": 345}, 7, 20, 300)
MANY = FlowCounts({f"Roof {number}": number * 10 for number in range(1, 15)}, 3, 1, 2, known=4)
WIDE = FlowCounts({"W" * 60: 10**9, "學" * 60: 10**9, "long name " * 9: 10**12}, 10**9, 10**8, 10**8, known=10**8)


@st.composite
def _counts(draw: st.DrawFn) -> FlowCounts:
    databases = draw(st.dictionaries(NAMES, NUMBERS, max_size=20))
    left = sum(databases.values())
    removed = []
    for _ in range(3):
        removed.append(draw(st.integers(0, left)))
        left -= removed[-1]
    return FlowCounts(databases, draw(NUMBERS), removed[0], removed[1], removed[2])


def _boxes(diagram: str) -> list[list[str]]:
    """The lines of each box, in reading order."""
    groups = ET.fromstring(diagram).iter(f"{SVG}g")
    return [[text.text or "" for text in group.iter(f"{SVG}text")] for group in groups if group.get("class") == "box"]


def _number(line: str) -> int:
    match = re.search(r"\(n = ([\d,]+)\):?$", line)
    assert match, line
    return int(match[1].replace(",", ""))


def _of(lines: list[str], start: str) -> int:
    (line,) = (line for line in lines if line.startswith(start))
    return _number(line)


@given(_counts())
@example(FlowCounts({}, 0, 0, 0))
@example(MANY)
@example(WIDE)
def test_the_numbers_of_the_diagram_add_up(counts: FlowCounts) -> None:
    found, removed, screened, *_ = _boxes(flow_diagram(counts))
    identified = _of(found[:2], "Databases")
    assert identified == sum(counts.databases.values()) + counts.rejected
    assert identified == sum(map(_number, found[2:]))
    duplicates, unread = _of(removed, "Duplicate records removed"), _of(removed, "Records that could not be read")
    known = _of(removed, "Records of publications known") if counts.known else 0
    assert duplicates == _of(removed, "within one database") + _of(removed, "between databases")
    assert _of(removed, "Records removed before screening") == duplicates + unread + known
    assert identified == duplicates + unread + known + _of(screened, "Records screened")
    assert (unread, known) == (counts.rejected, counts.known)


def test_the_boxes_are_those_of_prisma_and_the_later_ones_are_to_be_filled_in() -> None:
    assert _boxes(flow_diagram(FEW)) == [
        [
            "Records identified from:", "Databases (n = 1,552)", "Roof Index (n = 1,200)", "Gutter Base (n = 345)",
            "records that could not be read (n = 7)",
        ],
        [
            "Records removed before screening (n = 327):", "Duplicate records removed (n = 320)",
            "within one database (n = 20)", "between databases (n = 300)", "Records that could not be read (n = 7)",
        ],
        ["Records screened (n = 1,225)"], ["Records excluded (n = )"],
        ["Reports sought for retrieval (n = )"], ["Reports not retrieved (n = )"],
        ["Reports assessed for eligibility (n = )"],
        ["Reports excluded:", "Reason 1 (n = )", "Reason 2 (n = )", "Reason 3 (n = )"],
        ["Studies included in review (n = )", "Reports of included studies (n = )"],
    ]  # fmt: skip


def test_known_publications_have_a_line_only_if_there_are_any() -> None:
    assert "Records of publications known already (n = 4)" in _boxes(flow_diagram(MANY))[1]
    assert "known" not in flow_diagram(FEW)


@pytest.mark.parametrize("number", [12, 13, 14])
def test_of_many_databases_the_largest_have_a_line_and_the_others_one_line(number: int) -> None:
    databases = {f"Roof {n}": n for n in range(1, number + 1)}
    lines = _boxes(flow_diagram(FlowCounts(databases, 0, 0, 0)))[0][2:]
    if number == 12:
        assert lines == [f"Roof {n} (n = {n})" for n in range(1, 13)]
    else:
        small = number - 11
        largest = [f"Roof {n} (n = {n})" for n in range(small + 1, number + 1)]
        assert lines == [*largest, f"other ({small} databases) (n = {sum(range(small + 1))})"]


def test_of_equally_large_databases_the_first_ones_have_a_line() -> None:
    lines = _boxes(flow_diagram(FlowCounts(dict.fromkeys("abcdefghijklmno", 5), 0, 0, 0)))[0][2:]
    assert lines == [*(f"{name} (n = 5)" for name in "abcdefghijk"), "other (4 databases) (n = 20)"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("Roofs & \"Gutters\" ]]> 'new'", "Roofs & \"Gutters\" ]]> 'new'"),
        ("a\x00b\x1b[31mc\ufffe\ud800\u202ed", "ab[31mcd"),
        ("two\nlines\t here", "two lines here"),
        ("", "(no name)"),
        ("\x07", "(no name)"),
        ("n" * 40, "n" * 40),
        ("n" * 41, "n" * 39 + "…"),
        ("n" * 38 + " nnn", "n" * 38 + "…"),
    ],
)
def test_a_name_is_one_short_line_of_text(name: str, shown: str) -> None:
    diagram = flow_diagram(FlowCounts({name: 1}, 0, 0, 0))
    assert _boxes(diagram)[0][2] == f"{shown} (n = 1)"
    assert f"({shown} 1)" in (ET.fromstring(diagram).findtext(f"{SVG}desc") or "")


@given(_counts())
def test_a_diagram_is_xml_of_nothing_but_drawing(counts: FlowCounts) -> None:
    diagram = flow_diagram(counts)
    root = ET.fromstring(diagram.encode())
    kinds = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert kinds == {"svg", "title", "desc", "g", "rect", "path", "text"}
    attributes = {name for element in root.iter() for name in element.attrib}
    assert not attributes & {"href", "src", "style", "{http://www.w3.org/1999/xlink}href"}
    assert not any("url(" in value for element in root.iter() for value in element.attrib.values())


def test_a_screen_reader_finds_a_title_and_all_numbers() -> None:
    root = ET.fromstring(flow_diagram(MANY))
    assert root.get("role") == "img"
    named = {element.get("id"): element.text or "" for element in root if element.tag in (f"{SVG}title", f"{SVG}desc")}
    assert (root.get("aria-labelledby") or "").split() == list(named)
    title, description = named.values()
    assert title == "PRISMA 2020 flow diagram: identification of studies via databases"
    assert "identified: 1,053 (Roof 4 40," in description
    assert "other (3 databases) 60)" in description
    assert "3 duplicates (1 within one database, 2 between databases), 3 that could not be read, 4 of" in description
    assert "screened: 1,043." in description


def _length(text: str, size: float) -> float:
    """An estimate for an ordinary font, on its own: 0.55 of the size, and the whole size for the widest letters."""
    return sum(size if c in "MW—…" or unicodedata.east_asian_width(c) in "WF" else 0.55 * size for c in text)


def _rectangle(element: ET.Element) -> tuple[float, float, float, float]:
    x, y, width, height = (float(element.get(name, "0")) for name in ("x", "y", "width", "height"))
    return x, y, x + width, y + height


def _texts(group: ET.Element, size: float) -> Iterator[tuple[float, float, float, float]]:
    """The left, upper, right and lower end of each text; of one that is turned, as it is seen."""
    for text in group.iter(f"{SVG}text"):
        x, y, length = float(text.get("x", "")), float(text.get("y", "")), _length(text.text or "", size)
        length *= 1.1 if text.get("font-weight") == "bold" else 1
        start = length / 2 if text.get("text-anchor") == "middle" else 0
        left, up, right, down = -start, -0.8 * size, length - start, 0.25 * size
        if "transform" in text.attrib:
            angle, turn_x, turn_y = map(float, re.findall(r"[-\d.]+", text.get("transform", "")))
            assert (angle, turn_x) == (-90, x)
            left, up, right, down = up + y - turn_y, -right, down + y - turn_y, -left  # rotate(-90): (a, b) to (b, -a)
            x, y = turn_x, turn_y
        yield x + left, y + up, x + right, y + down


@given(_counts())
@example(FlowCounts({}, 0, 0, 0))
@example(MANY)
@example(WIDE)
def test_every_text_lies_in_its_box_and_no_boxes_overlap(counts: FlowCounts) -> None:
    root = ET.fromstring(flow_diagram(counts))
    page = tuple(map(float, (root.get("viewBox") or "").split()))
    (whole,) = root.findall(f"{SVG}g")
    size, boxes = float(whole.get("font-size", "")), []
    for group in whole.findall(f"{SVG}g"):
        (rectangle,) = group.findall(f"{SVG}rect")
        box = _rectangle(rectangle)
        lines = sorted(_texts(group, size), key=lambda line: line[1])
        assert lines
        assert all(_inside(line, box) for line in lines), (group.get("class"), box, lines)
        assert all(upper[3] < lower[1] for upper, lower in itertools.pairwise(lines))
        assert _inside(box, page)
        boxes.append(box)
    assert len(boxes) == 9 + 1 + 3  # boxes, the heading, the phases
    for number, one in enumerate(boxes):
        assert not any(_overlap(one, other) for other in boxes[:number])


def _inside(inner: tuple[float, ...], outer: tuple[float, ...]) -> bool:
    return inner[0] > outer[0] and inner[1] > outer[1] and inner[2] < outer[2] and inner[3] < outer[3]


def _overlap(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


@pytest.mark.parametrize("counts", [FEW, MANY, WIDE])
def test_every_arrow_leads_from_the_edge_of_a_box_to_the_edge_of_another(counts: FlowCounts) -> None:
    root = ET.fromstring(flow_diagram(counts))
    boxes = [_rectangle(g[0]) for g in root.iter(f"{SVG}g") if g.get("class") == "box"]
    arrows = [re.findall(r"\d+", path.get("d", ""))[:4] for path in root.iter(f"{SVG}path")]
    assert len(arrows) == 4 + 4
    for x, y, end_x, end_y in (map(float, arrow) for arrow in arrows):
        if y == end_y:
            assert any(x == right and up < y < down for _, up, right, down in boxes)
            assert any(end_x == left and up < y < down for left, up, _, down in boxes)
        else:
            assert any(y == down and left < x < right for left, _, right, down in boxes)
            assert any(end_y == up and left < x < right for left, up, right, _ in boxes)


def test_impossible_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        FlowCounts({"Roof Index": -1}, 5, 0, 0)
    with pytest.raises(ValueError, match="negative"):
        FlowCounts({"Roof Index": 5}, 0, -1, 0)
    # Rejected records are in no database, so they cannot be duplicates.
    with pytest.raises(ValueError, match="7 of 6 records were removed"):
        FlowCounts({"Roof Index": 2}, 4, 1, 1, known=1)
