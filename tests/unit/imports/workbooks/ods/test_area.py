"""OpenDocument spreadsheets: what repeats counts as often as it repeats, before it is parsed."""

import io
import zipfile
from pathlib import Path

import pytest

from core.errors import FileRefused
from core.file_format import FileKind
from core.imports.workbooks import sheets as workbook_sheets
from core.outcomes import RefusalCode
from core.settings import Settings
from tests.unit.imports.workbooks.workbook_files import SETTINGS, Read, ods, read

SMALL = Settings(uploads_bucket="uploads", results_bucket="results", max_workbook_cells=1_000)
LITTLE = Settings(
    uploads_bucket="uploads", results_bucket="results", max_workbook_unzipped_bytes=100_000
)
EMPTY_ROWS = (
    '<table:table-row table:number-rows-repeated="{}">'
    '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
)


def cell(text: str, *, repeated: int = 1) -> str:
    return (
        f'<table:table-cell office:value-type="string" table:number-columns-repeated="{repeated}">'
        f"<text:p>{text}</text:p></table:table-cell>"
    )


def blank(repeated: int) -> str:
    return f'<table:table-cell table:number-columns-repeated="{repeated}"/>'


def row(*cells: str, repeated: int = 1) -> str:
    return (
        f'<table:table-row table:number-rows-repeated="{repeated}">{"".join(cells)}'
        "</table:table-row>"
    )


def sheet(*rows: str, name: str = "Products") -> str:
    return f'<table:table table:name="{name}">{"".join(rows)}</table:table>'


HEADER = row(cell("ProductSKU"), cell("Price"))
PRODUCT = row(cell("a"), '<table:table-cell office:value-type="float" office:value="7"/>')


def read_ods(xml: str, folder: Path, settings: Settings = SETTINGS) -> Read:
    return read(ods(xml), folder, kind=FileKind.ODS, settings=settings)


def refusal(
    data: bytes, folder: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings = SMALL
) -> FileRefused:
    """Given before the parser saw the file."""
    with monkeypatch.context() as patch:
        patch.setattr(workbook_sheets, "fastexcel", None)
        with pytest.raises(FileRefused) as refused:
            read(data, folder, kind=FileKind.ODS, settings=settings)
    return refused.value


@pytest.mark.parametrize(
    "rows",
    [
        (row(cell("x", repeated=300), repeated=1_000),),
        (HEADER, row(cell("x"), blank(998), cell("x"))),
        (HEADER, row(cell("x"), repeated=998)),
        (HEADER, EMPTY_ROWS.format(998), PRODUCT),
        (EMPTY_ROWS.format(1_000), HEADER, PRODUCT),
        (HEADER, row('<table:table-cell table:formula="of:=1"/>', repeated=2_000)),
        (HEADER, row('<table:covered-table-cell office:value="1"/>', repeated=2_000)),
        (
            "<table:table-row-group><table:table-header-rows>",
            row(cell("x", repeated=2), repeated=501),
            "</table:table-header-rows></table:table-row-group>",
        ),
        ("<table:table>", row(cell("x", repeated=2), repeated=501), "</table:table>"),
    ],
)
def test_more_cells_than_the_limit_are_refused_before_they_are_parsed(
    rows: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = refusal(ods(sheet(*rows)), tmp_path, monkeypatch)
    assert found.code == RefusalCode.WORKBOOK_TOO_LARGE
    assert "at most 1,000 cells" in found.message


def test_the_sentence_names_the_area(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    xml = sheet(HEADER, EMPTY_ROWS.format(1_048_574), row(blank(16_383), cell("stray")))
    found = refusal(ods(xml), tmp_path, monkeypatch, SETTINGS)
    assert "1,048,576 rows × 16,384 columns" in found.message


def test_all_sheets_count_together_since_they_are_parsed_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheets = [sheet(row(cell("x"), repeated=300), name=f"S{n}") for n in range(4)]
    assert read_ods("".join(sheets[:3]), tmp_path, SMALL).chunks == ()
    found = refusal(ods("".join(sheets)), tmp_path, monkeypatch)
    assert found.code == RefusalCode.WORKBOOK_TOO_LARGE
    assert "1,200 cells" in found.message


@pytest.mark.parametrize(
    "content",
    [
        row(cell("x" * 1_000), repeated=101),
        row(cell("x" * 1_000, repeated=101)),
        row(cell('<text:s text:c="100001"/>')),
        row(f'<table:table-cell table:formula="{"x" * 1_000}"/>', repeated=101),
    ],
)
def test_more_text_than_a_workbook_may_unpack_to_is_refused(
    content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = refusal(ods(sheet(HEADER, content)), tmp_path, monkeypatch, LITTLE)
    assert found.code == RefusalCode.WORKBOOK_TOO_LARGE
    assert "text" in found.message


@pytest.mark.parametrize(
    "xml",
    [
        sheet(HEADER, PRODUCT).replace("</text:p>", ""),
        sheet(HEADER, cell("x")),
        sheet(HEADER, "<table:table-row>", PRODUCT, "</table:table-row>"),
        sheet(HEADER, PRODUCT.replace('repeated="1"', 'repeated="+1"', 1)),
        sheet(HEADER, PRODUCT.replace('repeated="1"', f'repeated="{"9" * 5_000}"', 1)),
    ],
)
def test_what_two_readers_may_understand_in_two_ways_is_damage(
    xml: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refusal(ods(xml), tmp_path, monkeypatch).code == RefusalCode.WORKBOOK_DAMAGED


def changed(data: bytes, part: str, old: bytes, new: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(buffer, "w") as after:
        for entry in before.infolist():
            content = before.read(entry)
            assert entry.filename != part or old in content
            after.writestr(entry, content.replace(old, new) if entry.filename == part else content)
    return buffer.getvalue()


def test_a_document_type_is_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    typed = changed(
        ods(sheet(HEADER, PRODUCT)), "content.xml", b"?><office", b"?><!DOCTYPE office><office"
    )
    assert refusal(typed, tmp_path, monkeypatch).code == RefusalCode.WORKBOOK_DAMAGED


def test_an_encrypted_spreadsheet_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = changed(ods(sheet(HEADER)), "content.xml", b"<?xml", bytes(range(1, 90)))
    data = changed(data, "META-INF/manifest.xml", b"</", b"<manifest:encryption-data/></")
    assert refusal(data, tmp_path, monkeypatch).code == RefusalCode.WORKBOOK_ENCRYPTED


def test_the_blank_rows_and_columns_up_to_the_end_of_the_sheet_are_free(tmp_path: Path) -> None:
    padded = sheet(
        HEADER.replace("</table:table-row>", blank(16_382) + "</table:table-row>"),
        PRODUCT.replace("</table:table-row>", blank(16_382) + "</table:table-row>"),
        EMPTY_ROWS.format(1_048_574),
    )
    assert read_ods(padded, tmp_path, SMALL).rows == [("a", "7")]


def test_repetitions_within_the_limits_are_written_out(tmp_path: Path) -> None:
    xml = sheet(HEADER, EMPTY_ROWS.format(2), row(cell("b", repeated=2), repeated=3), PRODUCT)
    assert read_ods(xml, tmp_path, SMALL).rows == [
        *[("", "")] * 2,
        *[("b", "b")] * 3,
        ("a", "7"),
    ]
