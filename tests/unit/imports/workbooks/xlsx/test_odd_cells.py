"""Cells of an xlsx that few programs write: what a person sees is what is read, and no cell
condemns its file."""

from pathlib import Path

import pytest

from core.attributes.definitions import AttributeDefinition, AttributeType
from tests.unit.imports.workbooks.workbook_files import Read, read, replaced, table
from tests.unit.imports.workbooks.xlsx.variants_kit import EXPECTED, ROWS, book

CELL = '<c r="C2" t="e"><v>#N/A</v></c>'


def reading(cell: str, folder: Path) -> Read:
    """The table with this cell in place of C2."""
    assert CELL in ROWS
    found = read(book(ROWS.replace(CELL, cell)), folder)
    assert [row[:2] for row in found.rows] == [row[:2] for row in EXPECTED]
    assert [row[3] for row in found.rows] == [row[3] for row in EXPECTED]
    assert found.rows[1] == EXPECTED[1]
    return found


@pytest.mark.parametrize("kind", ["str", "inlineStr"])
@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("a_x0041_b", "aAb"),
        ("a_x000D_b", "a\rb"),
        ("a_x000D_\nb", "a\r\nb"),
        ("_x005F_x0041_", "_x0041_"),
        ("_x00e9_t_x00E9_", "été"),
        ("a_xD83D__xDE00_b", "a\N{GRINNING FACE}b"),
        ("max_x12_y", "max_x12_y"),
        ("a_x00G1_b", "a_x00G1_b"),
        ("a_x0041b", "a_x0041b"),
        ("_x0041__x0042_", "AB"),
    ],
)
def test_escapes_of_characters_are_those_characters(
    kind: str, written: str, text: str, tmp_path: Path
) -> None:
    inner = f"<v>{written}</v>" if kind == "str" else f"<is><t>{written}</t></is>"
    assert reading(f'<c r="C2" t="{kind}">{inner}</c>', tmp_path).rows[0][2] == text


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("2024-03-01T12:30:45", "2024-03-01 12:30:45"),
        ("2024-03-01T12:30", "2024-03-01 12:30:00"),
        ("2024-03-01T12:30:45.500", "2024-03-01 12:30:45.5"),
        ("2024-03-01T12:30:45Z", "2024-03-01 12:30:45"),
        ("2024-03-01T00:00:00", "2024-03-01"),
        ("2024-03-01T00:00:00.000Z", "2024-03-01"),
        ("2024-03-01", "2024-03-01"),
        ("T12:30:00", "12:30"),
        ("12:30:45", "12:30:45"),
        ("20240301", "20240301"),
        ("soon", "soon"),
    ],
)
def test_a_date_that_is_stored_as_text_is_read_like_any_other(
    written: str, text: str, tmp_path: Path
) -> None:
    assert reading(f'<c r="C2" t="d"><v>{written}</v></c>', tmp_path).rows[0][2] == text


@pytest.mark.parametrize(
    ("cell", "text", "is_reported"),
    [
        ('<c r="C2" t="str"><f>A1</f></c>', "", True),
        ('<c r="C2"  t="str"><f>A1</f></c>', "", True),
        ('<c r="C2" t="str"><f>A1</f><v></v></c>', "", False),
        ('<c r="C2" t="str"><f>A1</f><v/></c>', "", False),
        ('<c r="C2"  t="str"><f>A1</f><v/></c>', "", False),
        ('<c r="C2" t="e"><f>A1</f></c>', "", True),
        ('<c r="C2" t="b"><f>A1</f></c>', "", True),
        ('<c r="C2"><f t="shared" si="0"/></c>', "", True),
        ('<c r="C2"><v>5</v><f>A1+5</f></c>', "5", False),
        ('<c r="C2" t="str"><v>x</v><f>A1</f></c>', "x", False),
        ('<c r="C2" t="b"><v>1</v><f>TRUE</f></c>', "TRUE", False),
    ],
)
def test_formulas_with_and_without_a_result(
    cell: str, text: str, is_reported: bool, tmp_path: Path
) -> None:
    found = reading(cell, tmp_path)
    assert found.rows[0][2] == text
    # one is in B3 already
    assert ("2 formulas" in found.notices["FORMULAS_WITHOUT_RESULT"]) == is_reported


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("a&#1;b", "a\ufffdb"),
        ("a&#x1F;b", "a\ufffdb"),
        ("a&#0;b", "a\ufffdb"),
        ("a&#xFFFF;b", "a\ufffdb"),
        ("a&#99999999;b", "a\ufffdb"),
        ("a&#xD83D;&#xDE00;b", "a\N{GRINNING FACE}b"),
        ("a&#55357;&#56832;b", "a\N{GRINNING FACE}b"),
        ("a&#xD83D;b", "a\ufffdb"),
        ("a &amp; b &#65;", "a & b A"),
        ("black & white &lt;&#9;", "black & white <"),
        ("R&D&#32;", "R&D"),
        ("a&nbsp;b&#32;", "a&nbsp;b"),
        ("<![CDATA[a & b &#1;]]>", "a & b &#1;"),
    ],
)
def test_a_character_that_xml_forbids_does_not_condemn_the_file(
    written: str, text: str, tmp_path: Path
) -> None:
    found = reading(f'<c r="C2" t="str"><v>{written}</v></c>', tmp_path)
    assert found.rows[0][2].strip() == text


@pytest.mark.parametrize("place", ["", " ", "ZZZZ9", "C", "2", "C0", "R2C3", "C-2", "?"])
def test_a_cell_without_a_possible_place_follows_the_one_before(place: str, tmp_path: Path) -> None:
    assert reading(f'<c r="{place}" t="str"><v>odd</v></c>', tmp_path).rows[0][2] == "odd"


@pytest.mark.parametrize("number", ["", "x", "-1", "0", "1048577", "9" * 9, "2.0"])
def test_neither_does_a_row_without_a_possible_number(number: str, tmp_path: Path) -> None:
    rows = ROWS.replace('<row r="2">', f'<row r="{number}">').replace('r="A2" ', "")
    assert read(book(rows), tmp_path).rows == EXPECTED


@pytest.mark.parametrize("written", ["1e400", "-1E999", "1E+309"])
def test_a_number_beyond_all_numbers_is_read_as_it_is_written(written: str, tmp_path: Path) -> None:
    assert reading(f'<c r="C2"><v>{written}</v></c>', tmp_path).rows[0][2] == written


def test_a_shared_text_with_half_a_pair_of_characters_does_not_condemn_the_file(
    tmp_path: Path,
) -> None:
    data = replaced(book(ROWS), "xl/sharedStrings.xml", b"A-2", b"A&#xD83D;2 & &#xD83D;&#xDE00;")
    assert read(data, tmp_path).rows[1][0] == "A\ufffd2 & \N{GRINNING FACE}"


@pytest.mark.parametrize("stated", ["A1:B3", "A1:B1048577", "A1:XFE3", "A1:B1048576"])
@pytest.mark.parametrize("place", ["XFE3", "ZZZ3", "B1048577", "B9999999", "ZZZZ3", "B0"])
def test_a_cell_at_a_place_that_no_sheet_has_follows_the_one_before(
    place: str, stated: str, tmp_path: Path
) -> None:
    data = replaced(
        table([["ProductSKU", "It"], ["A1", "x"], ["A2", "y"]]),
        "xl/worksheets/sheet1.xml",
        b'r="B3"',
        f'r="{place}"'.encode(),
    )
    data = replaced(data, "xl/worksheets/sheet1.xml", b'"A1:B3"', f'"{stated}"'.encode())
    definitions = [AttributeDefinition(n, AttributeType.SHORT_TEXT) for n in ("ProductSKU", "It")]
    found = read(data, tmp_path, definitions=definitions)
    assert found.rows == [("A1", "x"), ("A2", "y")]
    assert 'Cell B3 (column "It") was read right behind' in found.notices["ODD_CELLS"]


@pytest.mark.parametrize("number", ["0", "1048577", "x"])
def test_the_cells_of_a_row_that_no_sheet_has_are_told(number: str, tmp_path: Path) -> None:
    rows = ROWS.replace('<row r="2">', f'<row r="{number}">').replace(' r="A2"', "")
    found = read(book(rows.replace(' r="B2"', "").replace(' r="C2"', "")), tmp_path)
    assert "the first is cell A2" in found.notices["ODD_CELLS"]


def test_a_cell_without_a_place_is_as_good_as_any(tmp_path: Path) -> None:
    assert "ODD_CELLS" not in read(book(ROWS.replace(' r="A2"', "")), tmp_path).notices
