"""Parts of a workbook that were made to be slow to look through. Each of these files kept a search
that begins anew at every hit busy for a minute to hours; a search that goes on from the last hit
is done at once."""

import io
import zipfile
from itertools import product

from core.imports.workbooks.ooxml import read_package
from core.imports.workbooks.special_cells import CellTexts, Styles
from core.imports.workbooks.xlsx.cells import find_special_xlsx_cells

SHEET = "xl/worksheets/sheet1.xml"
RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def package(**parts: str) -> zipfile.ZipFile:
    """An xlsx package with the given styles and one sheet."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "_rels/.rels",
            f'<Relationships><Relationship Id="w" Type="{RELATIONSHIPS}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr("xl/workbook.xml", '<workbook><sheet name="S" r:id="s"/></workbook>')
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships><Relationship Id="t" Type="{RELATIONSHIPS}/styles" '
            'Target="styles.xml"/></Relationships>',
        )
        archive.writestr("xl/styles.xml", parts.get("styles", "<styleSheet/>"))
        archive.writestr(SHEET, parts.get("sheet", "<worksheet/>"))
    return zipfile.ZipFile(buffer)


def found_in(sheet: str, styles: Styles | None = None) -> CellTexts:
    return find_special_xlsx_cells(package(sheet=sheet), SHEET, styles or Styles())


def test_styles_that_are_opened_a_million_times_and_never_closed_are_no_styles() -> None:
    styles = read_package(package(styles="<cellXfs " * 1_000_000)).styles
    assert styles == Styles()


def test_styles_are_read_from_the_element_that_holds_them() -> None:
    xml = (
        '<x:styleSheet><x:numFmts><x:numFmt numFmtId="170" formatCode="0000"/></x:numFmts>'
        '<x:cellStyleXfs><x:xf numFmtId="14"/></x:cellStyleXfs>'
        '<x:cellXfs count="2"><x:xf numFmtId="0"/><x:xf numFmtId="170"/></x:cellXfs>'
        "</x:styleSheet>"
    )
    assert read_package(package(styles=xml)).styles == Styles({1: 4})


def test_a_format_code_without_end_is_looked_at_up_to_the_limit_of_a_spreadsheet() -> None:
    styles = Styles.of([170] * 1_000, {170: "[" * 1_000_000})
    assert styles == Styles()


def test_marks_of_special_cells_outside_of_any_cell_are_passed_over() -> None:
    assert not found_in("<worksheet>" + 't="e"' * 800_000).texts


def test_marks_of_special_cells_in_one_endless_tag_are_passed_over() -> None:
    assert not found_in("<worksheet><c " + 't="e" ' * 800_000).texts


def test_two_marks_in_one_cell_and_one_in_the_next_find_both_cells() -> None:
    sheet = (
        '<worksheet><c r="A1" s="1" t="e"><v>#N/A</v></c><c r="B1"><v>7</v></c>'
        '<c t="e" r="C1" t2="e"><v>#REF!</v></c><d t="e"/></worksheet>'
    )
    found = found_in(sheet)
    assert {c: dict(rows) for c, rows in found.texts.items()} == {0: {0: "#N/A"}, 2: {0: "#REF!"}}
    assert (found.error_count, found.first_error) == (2, ("A1", "#N/A"))


def test_any_number_of_styles_that_pad_is_found_in_one_search() -> None:
    many = Styles.of(range(200, 10_200), dict.fromkeys(range(200, 10_200), "0000"))
    cells = "".join(
        f'<c r="{column}{row}" s="{style}"><v>7</v></c>'
        for (row, column), style in zip(product((1, 2, 3), "ABC"), range(9), strict=True)
    )
    found = found_in(f"<worksheet>{cells}</worksheet>", many)
    assert {c: dict(rows) for c, rows in found.texts.items()} == {
        column: dict.fromkeys(range(3), "0007") for column in range(3)
    }
