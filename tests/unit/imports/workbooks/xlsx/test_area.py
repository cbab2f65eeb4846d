"""The area of a sheet counts by its cells, whatever the sheet states and however it is written."""

import io
import re
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import FileRefused
from core.file_format import FileKind
from core.imports.workbooks.special_cells import column_letters
from core.imports.workbooks.xlsx import area as xlsx_area
from core.imports.workbooks.xlsx.area import too_large_sheets
from core.outcomes import RefusalCode
from core.settings import Settings
from tests.sources import ROOT
from tests.unit.imports.workbooks.workbook_files import (
    SETTINGS,
    Read,
    read,
    table,
    with_parts,
    xlsx,
)

DATA = ROOT / "tests/data" / "workbooks"
SMALL = Settings(uploads_bucket="uploads", results_bucket="results", max_workbook_cells=1_000)
SHEET = "xl/worksheets/sheet1.xml"
BASE = table([["ProductSKU"], ["a"]])
HEADER = '<row r="1"><c r="A1" t="inlineStr"><is><t>ProductSKU</t></is></c></row>'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def workbook(rows: str, *, stated: str = "", prefix: str = "", before: str = "") -> bytes:
    """A workbook whose sheet has a header in A1 and the given XML of rows under it."""
    dimension = f'<dimension ref="{stated}"/>' if stated else ""
    xmlns = f"xmlns:{prefix[:-1]}" if prefix else "xmlns"
    sheet = f"{dimension}<sheetData>{HEADER}{rows}</sheetData>"
    if prefix:
        sheet = re.sub(r"<(/?)(?=\w)", rf"<\1{prefix}", sheet)
    root = f"{prefix}worksheet"
    content = f'{before}<{root} {xmlns}="{MAIN}">{sheet}</{root}>'.encode()
    return with_parts(BASE, lambda name, old: content if name == SHEET else old)


def cell_at(place: str) -> str:
    return f'<row r="{place[1:]}"><c r="{place}"><v>7</v></c></row>'


def refusal(
    data: bytes, folder: Path, settings: Settings = SMALL, kind: FileKind = FileKind.XLSX
) -> FileRefused:
    with pytest.raises(FileRefused) as refused:
        read(data, folder, kind=kind, settings=settings)
    return refused.value


def read_small(data: bytes, folder: Path) -> Read:
    return read(data, folder, settings=SMALL)


SPELLINGS = {
    "usual": cell_at("Z1000"),
    "with a style": '<row r="1000"><c r="Z1000" s="1" t="n"><v>7</v></c></row>',
    "single quotes": "<row r='1000'><c r='Z1000'><v>7</v></c></row>",
    "another order": '<row r="1000"><c s="0" r="Z1000"><v>7</v></c></row>',
    "blanks": '<row r="1000"><c\n  r = "Z1000" ><v>7</v></c></row>',
    "many blanks": f'<row r="1000"><c {" " * 5_000}r="Z1000"><v>7</v></c></row>',
    "small letters": '<row r="1000"><c r="z1000"><v>7</v></c></row>',
    "another prefix": '<row r="1000"><y:c xmlns:y="m" r="Z1000"><y:v>7</y:v></y:c></row>',
    "no place in the row": f'<row r="1000">{"<c/>" * 25}<c><v>7</v></c></row>',
    "no place at all": f"{'<row/>' * 998}<row>{'<c/>' * 25}<c><v>7</v></c></row>",
    "an end in quotes": '<row r="1000"><c r="Z1000" x="/>"><v>7</v></c></row>',
    "an inline text": '<row r="1000"><c r="Z1000" t="inlineStr"><is><t>x</t></is></c></row>',
    "a text of no length": '<row r="1000"><c r="Z1000" t="str"><v></v></c></row>',
}


@pytest.mark.parametrize("stated", ["", "A1", "A1:B2", "B2:A1"])
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_far_cell_is_found_whatever_the_sheet_states_and_however_it_is_written(
    spelling: str, stated: str, tmp_path: Path
) -> None:
    found = refusal(workbook(SPELLINGS[spelling], stated=stated), tmp_path)
    assert found.code == RefusalCode.WORKBOOK_TOO_LARGE
    assert "1,000 rows × 26 columns" in found.message


def test_a_far_cell_is_found_in_a_sheet_with_a_prefix(tmp_path: Path) -> None:
    data = workbook(cell_at("Z1000"), stated="A1:B2", prefix="x:")
    assert refusal(data, tmp_path).code == RefusalCode.WORKBOOK_TOO_LARGE


def test_a_far_cell_is_found_behind_a_head_that_is_longer_than_a_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx_area, "BLOCK_BYTES", 1_000)
    monkeypatch.setattr(xlsx_area, "HEAD_BYTES", 100)
    data = workbook(cell_at("Z1000"), stated="A1:B2", before=f"<!--{'x' * 5_000}-->")
    assert refusal(data, tmp_path).code == RefusalCode.WORKBOOK_TOO_LARGE


@pytest.mark.parametrize("second", ['r="Z1000"', 's="0" r="Z1000"'])
def test_a_cell_with_two_places_is_damage(second: str, tmp_path: Path) -> None:
    data = workbook(f'<row r="2"><c r="A2" {second}><v>7</v></c></row>', stated="A1:A2")
    assert refusal(data, tmp_path).code == RefusalCode.WORKBOOK_DAMAGED


def renamed(data: bytes, new_part: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        for entry in old.infolist():
            new.writestr(new_part if entry.filename == SHEET else entry.filename, old.read(entry))
    return buffer.getvalue()


@pytest.mark.parametrize("part", ["xl/Worksheets/Sheet1.xml", "XL/WORKSHEETS/SHEET1.XML"])
def test_a_sheet_that_only_the_parser_finds_is_not_parsed_when_it_is_too_large(
    part: str, tmp_path: Path
) -> None:
    assert read_small(renamed(workbook(cell_at("B2")), part), tmp_path).plan.row_count == 1
    large = renamed(workbook(cell_at("Z1000")), part)
    assert refusal(large, tmp_path).code == RefusalCode.WORKBOOK_TOO_LARGE


def test_a_workbook_that_leads_to_another_sheet_than_it_seems_to_is_not_parsed(
    tmp_path: Path,
) -> None:
    def misled(name: str, content: bytes) -> bytes:
        if name == "xl/workbook.xml":
            lure = b'<!-- <sheet name="Sheet1" r:id="rId9"/> --></sheets>'
            return content.replace(b'name="Products"', b'name="Sheet1"').replace(b"</sheets>", lure)
        if name == "xl/_rels/workbook.xml.rels":
            small = b'<Relationship Id="rId9" Target="small.xml"/></Relationships>'
            return content.replace(b"</Relationships>", small)
        return content

    buffer = io.BytesIO(with_parts(workbook(cell_at("Z1000")), misled))
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("xl/small.xml", "<worksheet><sheetData/></worksheet>")
    refusal(buffer.getvalue(), tmp_path)


def test_the_first_sheet_is_read_when_another_is_too_large(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        book.add_worksheet("Products").write_column(0, 0, ["ProductSKU", "a"])
        book.add_worksheet("Stray").write(1_048_575, 16_383, "stray")

    result = read(xlsx(fill), tmp_path)
    assert result.rows == [("a",)]
    with pytest.raises(FileRefused) as refused:
        read(xlsx(fill), tmp_path, sheet="Stray")
    assert refused.value.code == RefusalCode.WORKBOOK_TOO_LARGE


@pytest.mark.parametrize(
    "rows",
    [
        cell_at("B2"),
        cell_at("B500"),
        '<row r="2"><c r="A2" t="s" s="1" cm="1"><v>0</v></c></row>',
        '<row r="2"><c r="A2"><v>7</v></c></row><row r="9999"><c r="ZZ9999" s="1"/></row>',
        '<row r="2"><c r="A2"><v>7</v></c></row><row r="9999"><c r="ZZ9999" s="1"></c></row>',
        '<row r="2"><c r="A2"><v>7</v></c></row><row r="9999"><c r="ZZ9999"><v/></c></row>',
        '<row r="2"><c r="A2"><v>7</v></c></row><row r="9999"><c s="1" r="ZZ9999"/></row>',
        "<row><c><v>7</v></c><c/></row>",
        "<row r='2'><c r='A2'><v>7</v></c></row>",
    ],
)
@pytest.mark.parametrize("stated", ["", "A1", "A1:B500", "A1:XFD1048576"])
@pytest.mark.parametrize("prefix", ["", "x:"])
def test_a_sheet_with_values_in_a_small_area_is_read(
    rows: str, stated: str, prefix: str, tmp_path: Path
) -> None:
    assert read_small(workbook(rows, stated=stated, prefix=prefix), tmp_path).plan.row_count >= 1


@given(
    cells=st.lists(
        st.tuples(st.integers(0, 40), st.integers(1, 60), st.booleans()), min_size=1, max_size=12
    ),
    stated=st.tuples(st.integers(0, 40), st.integers(1, 60)),
    limit=st.integers(1, 1_500),
    block=st.integers(1, 700),
)
def test_a_sheet_is_refused_exactly_when_its_values_span_more_than_the_limit(
    cells: list[tuple[int, int, bool]], stated: tuple[int, int], limit: int, block: int
) -> None:
    places = "".join(
        f'<c r="{column_letters(column)}{row}"><v>{row}</v></c>'
        if has_value
        else f'<c r="{column_letters(column)}{row}" s="1"/>'
        for column, row, has_value in cells
    )
    corner = f"A1:{column_letters(stated[0])}{stated[1]}"
    xml = f'<worksheet><dimension ref="{corner}"/><sheetData>{places}</sheetData></worksheet>'
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(SHEET, xml)
    valued = [(column + 1, row) for column, row, has_value in cells if has_value]
    area = max((c for c, _ in valued), default=0) * max((r for _, r in valued), default=0)
    settings = Settings(results_bucket="results", max_workbook_cells=limit)
    with pytest.MonkeyPatch.context() as patch, zipfile.ZipFile(buffer) as archive:
        patch.setattr(xlsx_area, "BLOCK_BYTES", block)
        refused = too_large_sheets(archive, settings)
    assert bool(refused) == (area > limit)


@given(last=st.integers(1, 20_000), tried=st.integers(1, 20_000))
def test_the_search_takes_exactly_the_rows_and_columns_that_it_should(
    last: int, tried: int
) -> None:
    numbers = xlsx_area._up_to(str(last), "0", "9")
    letters = xlsx_area._letters_up_to(last)
    assert (re.fullmatch(numbers, str(tried)) is not None) == (tried <= last)
    assert (re.fullmatch(letters, column_letters(tried - 1)) is not None) == (tried <= last)


# xlsb


def xlsb_with(change: Any) -> bytes:
    data = (DATA / "products.xlsb").read_bytes()
    return with_parts(data, lambda name, old: change(old) if name.endswith("sheet2.bin") else old)


def far_row(content: bytes) -> bytes:
    """A row and a number at Z1000 after all others; what the sheet states stays as it is."""
    at = content.index(END)
    row = bytes([0, 25]) + struct.pack("<I", 999) + bytes(21)
    number = bytes([5, 16]) + struct.pack("<IId", 25, 0, 7.0)
    return content[:at] + row + number + content[at:]


def test_an_xlsb_that_states_less_than_its_cells_span_is_refused(tmp_path: Path) -> None:
    large = xlsb_with(far_row)
    found = refusal(large, tmp_path, kind=FileKind.XLSB)
    assert found.code == RefusalCode.WORKBOOK_TOO_LARGE
    assert "1,000 rows × 26 columns" in found.message


BEGIN, END = b"\x91\x01\x00", b"\x92\x01\x00"
"""BrtBeginSheetData and BrtEndSheetData."""
FAR = struct.pack("<IId", 0x8080_0001, 0, 7.0)


@pytest.mark.parametrize(
    ("records", "code"),
    [
        (bytes([5, 16]) + FAR, RefusalCode.WORKBOOK_TOO_LARGE),  # before any row
        (bytes([0x85, 0x80, 16]) + FAR, RefusalCode.WORKBOOK_TOO_LARGE),  # its type in two bytes
        (bytes([37, 16]) + FAR + bytes([5, 1, 1]), RefusalCode.WORKBOOK_DAMAGED),  # its column cut
        (bytes([37, 16]) + FAR + bytes([0, 1, 1]), RefusalCode.WORKBOOK_DAMAGED),
    ],
)
def test_an_xlsb_whose_cells_the_parser_would_find_far_away_is_refused(
    tmp_path: Path, records: bytes, code: RefusalCode
) -> None:
    """Found by make fuzz: the parser asked for 69 GB, and aborted the process."""

    def only(content: bytes) -> bytes:
        return content[: content.index(BEGIN) + 3] + records + content[content.index(END) :]

    assert refusal(xlsb_with(only), tmp_path, kind=FileKind.XLSB).code == code


def test_a_picture_that_looks_like_a_large_xlsb_sheet_does_not_matter(tmp_path: Path) -> None:
    buffer = io.BytesIO((DATA / "products.xlsb").read_bytes())
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("xl/media/image1.png", b"\x91\x01\x00" + far_row(b"\x92\x01\x00"))
    result = read(buffer.getvalue(), tmp_path, kind=FileKind.XLSB, settings=SMALL)
    assert result.plan.row_count > 0


def test_a_large_xlsb_sheet_in_another_folder_is_not_parsed(tmp_path: Path) -> None:
    moved = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsb_with(far_row))) as old, zipfile.ZipFile(moved, "w") as new:
        for entry in old.infolist():
            name = entry.filename.replace("worksheets/sheet2.bin", "worksheets/x/sheet2.bin")
            content = old.read(entry).replace(b"worksheets/sheet2.bin", b"worksheets/x/sheet2.bin")
            new.writestr(name, content)
    data = moved.getvalue()
    assert read(data, tmp_path, kind=FileKind.XLSB).plan.row_count > 900
    refusal(data, tmp_path, kind=FileKind.XLSB)


def test_an_xlsb_within_the_limit_is_read(tmp_path: Path) -> None:
    data = (DATA / "products.xlsb").read_bytes()
    assert read(data, tmp_path, kind=FileKind.XLSB, settings=SMALL).plan.row_count > 0
    whole = read(xlsb_with(far_row), tmp_path, kind=FileKind.XLSB, settings=SETTINGS)
    assert whole.plan.format.header_row is not None
    assert whole.plan.row_count == 1_000 - whole.plan.format.header_row
