"""A workbook with one sheet, written by hand, and what is read of it."""

import io
import zipfile

from tests.unit.imports.workbooks.workbook_files import Read

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
ROWS = (
    '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c>'
    '<c r="C1" t="inlineStr"><is><t>note</t></is></c><c r="D1" t="str"><v>on</v></c></row>'
    '<row r="2"><c r="A2" s="1"><v>123</v></c><c r="B2"><v>1.5E-10</v></c>'
    '<c r="C2" t="e"><v>#N/A</v></c><c r="D2" t="b"><v>1</v></c></row>'
    '<row r="3" hidden="1"><c r="A3" t="s"><v>2</v></c><c r="B3"><f>B2*2</f><v></v></c>'
    '<c r="C3"><v>123456789.123456</v></c><c r="D3" t="b"><v>0</v></c></row>'
)
TEXTS = "<si><t>ProductSKU</t></si><si><t>Price</t></si><si><t>A-2</t></si>"
EXPECTED = [("00123", "0.00000000015", "#N/A", "TRUE"), ("A-2", "", "123456789.123456", "FALSE")]


def book(rows: str, *, prefix: str = "", separator: str = "/", encoding: str = "utf-8") -> bytes:
    name = f"xmlns:{prefix[:-1]}" if prefix else "xmlns"
    declared = f'<?xml version="1.0" encoding="{encoding}"?>'
    sheet = (
        f'{declared}<{prefix}worksheet {name}="{MAIN}"><{prefix}sheetData>{rows}'
        f"</{prefix}sheetData></{prefix}worksheet>"
    )
    styles = '<numFmt numFmtId="170" formatCode="00000"/>'
    parts = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="a" '
        f'Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>'
        '<sheet name="S" sheetId="1" r:id="a"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">'
        f'<Relationship Id="a" Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="b" Type="{RELATIONS}/sharedStrings" Target="sharedStrings.xml"/>'
        f'<Relationship Id="c" Type="{RELATIONS}/styles" Target="styles.xml"/></Relationships>',
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{TEXTS}</sst>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><numFmts>{styles}</numFmts><cellXfs>'
        '<xf numFmtId="0"/><xf numFmtId="170"/></cellXfs></styleSheet>',
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in parts.items():
            archive.writestr(part.replace("/", separator), content)
        archive.writestr("xl/worksheets/sheet1.xml".replace("/", separator), sheet.encode(encoding))
    return buffer.getvalue()


def check(found: Read) -> None:
    assert found.rows == EXPECTED
    notices = dict(found.notices)
    assert "Cell C2 holds the error #N/A" in notices.pop("ERROR_CELLS")
    assert "formula in cell B3" in notices.pop("FORMULAS_WITHOUT_RESULT")
    assert "Row 3 of the sheet is hidden" in notices.pop("HIDDEN_ROWS")
    assert not notices
