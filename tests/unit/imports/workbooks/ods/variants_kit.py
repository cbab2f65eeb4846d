"""The cells of an ODS with one table, and what is read of it."""

import re
from collections.abc import Callable
from pathlib import Path

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.file_format import FileKind
from tests.unit.imports.workbooks.workbook_files import ods, read, with_parts

TEXT = AttributeType.SHORT_TEXT
HEADERS = ("ProductSKU", "Price", "It", "on", "code", "note", "day")
DEFINITIONS = (
    AttributeDefinition("ProductSKU", TEXT, is_required=True),
    AttributeDefinition("Price", AttributeType.NUMBER),
    AttributeDefinition("It", AttributeType.MEASURE, unit="kg"),
    *(AttributeDefinition(name, TEXT) for name in HEADERS[3:]),
)
CELL = "<table:table-cell{}>{}</table:table-cell>"
EMPTY = "<table:table-cell/>"


def text(value: str) -> str:
    return CELL.format(' office:value-type="string"', f"<text:p>{value}</text:p>")


def number(value: str, shown: str, kind: str = "float") -> str:
    return CELL.format(
        f' office:value-type="{kind}" office:value="{value}"', f"<text:p>{shown}</text:p>"
    )


def truth(value: str) -> str:
    attributes = f' office:value-type="boolean" office:boolean-value="{value}"'
    return CELL.format(attributes, f"<text:p>{value.upper()}</text:p>")


def day(value: str) -> str:
    attributes = f' office:value-type="date" office:date-value="{value}"'
    return CELL.format(attributes, "<text:p>01.03.24</text:p>")


ERROR = CELL.format(
    ' table:formula="of:=1/0" office:value-type="string" office:string-value=""'
    ' calcext:value-type="error"',
    "<text:p>#DIV/0!</text:p>",
)
SAME = [text("A-3"), number("7", "7"), EMPTY, truth("false"), EMPTY, text("x"), day("2024-03-01")]
ROWS = [
    [text(header) for header in HEADERS],
    [
        *(number("123", "00123"), number("1.5E-10", "0"), number("500", "500 g"), truth("true")),
        *(EMPTY, text("a<text:line-break/>b"), day("2024-03-01T12:30:00")),
    ],
    [
        *(text("A-2"), ERROR, number("0.25", "25 %", "percentage"), truth("false")),
        *(number("123456", "123-456"), text("a <text:s/>b<text:tab/>c"), EMPTY),
    ],
    SAME,
    SAME,
    [
        text("A-5"),
        number("123456789.123456", "123456789,12"),
        EMPTY,
        EMPTY,
        EMPTY,
        text("日本"),
        EMPTY,
    ],
]
EXPECTED = [
    ("00123", "0.00000000015", "500 g", "TRUE", "", "a\nb", "2024-03-01 12:30:00"),
    ("A-2", "#DIV/0!", "25%", "FALSE", "123-456", "a  b\tc", ""),
    ("A-3", "7", "", "FALSE", "", "x", "2024-03-01"),
    ("A-3", "7", "", "FALSE", "", "x", "2024-03-01"),
    ("A-5", "123456789.123456", "", "", "", "日本", ""),
]
CALCEXT = ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'


def table(
    *,
    repeats: bool = False,
    groups: str = "",
    hidden: int | None = None,
    end: bool = False,
    spans: bool = False,
    blanks: str = "",
    quote: str = '"',
    order: bool = False,
    comments: bool = False,
    styles: bool = False,
) -> str:
    """The table, written in one of many ways."""
    lines = []
    for at, row in enumerate(ROWS):
        attributes = ' table:visibility="collapse"' if at == hidden else ""
        if repeats and row is SAME and hidden not in (3, 4):
            if at == 4:
                continue
            attributes += ' table:number-rows-repeated="2"'
        cells = "".join(row)
        if repeats:
            cells = cells.replace(
                EMPTY * 3, '<table:table-cell table:number-columns-repeated="3"/>'
            )
        if end:
            cells += '<table:table-cell table:number-columns-repeated="16377"/>'
        lines.append(f"<table:table-row{attributes}>{cells}</table:table-row>")
    if groups:
        first, second = (2, 4) if groups == "table-row-group" else (0, 1)
        lines[first:second] = [f"<table:{groups}>", *lines[first:second], f"</table:{groups}>"]
    if end:
        lines.append(
            '<table:table-row table:number-rows-repeated="1048570"><table:table-cell '
            'table:number-columns-repeated="16384"/></table:table-row>'
        )
    xml = "".join(lines)
    if spans:
        xml = re.sub(
            r"<text:p>([^<]+)</text:p>", r"<text:p><text:span>\1</text:span></text:p>", xml
        )
    if order:
        xml = re.sub(r'(office:value-type="\w+") (office:[\w-]+="[^"]*")', r"\2 \1", xml)
    if styles:
        xml = xml.replace("<table:table-cell ", '<table:table-cell table:style-name="ce1" ')
    if comments:
        xml = xml.replace("<table:table-row", "<!-- row --><table:table-row")
    xml = re.sub(r"(</?table:[^<>]*>)(?=<table:|</table:)", rf"\1{blanks}", xml)
    return f'<table:table table:name="P"{CALCEXT}>{xml}</table:table>'.replace('"', quote)


def _with_other_prefixes(name: str, content: bytes) -> bytes:
    if name == "content.xml":
        for old, new in ((b"table", b"t"), (b"text", b"x")):
            content = re.sub(rb"(</?| )%b:" % old, rb"\1%b:" % new, content)
            content = content.replace(b"xmlns:%b=" % old, b"xmlns:%b=" % new)
    return content


def check(
    xml: str,
    folder: Path,
    *,
    hidden: int | None = None,
    prefixes: bool = False,
    change: Callable[[bytes], bytes] = bytes,
) -> None:
    data = change(ods(xml))
    if prefixes:
        data = with_parts(data, _with_other_prefixes)
    found = read(data, folder, kind=FileKind.ODS, definitions=DEFINITIONS)
    assert found.rows == EXPECTED
    notices = dict(found.notices)
    assert "Cell B3 holds the error #DIV/0!" in notices.pop("ERROR_CELLS")
    if hidden:
        assert f"Row {hidden + 1} of the sheet is hidden" in notices.pop("HIDDEN_ROWS")
    assert not notices
