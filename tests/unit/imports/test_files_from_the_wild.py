"""Files that nobody here wrote: each imports with the right counts, or is refused rightly.

They lie beside the project, in `../shared/data`, and are not part of it: without them this module
is skipped. Every file must stand in the table below. What an import gives is compared, value by
value, with an independent reading: the csv module, openpyxl, or the JSON that comes with the file.
"""

import csv
import datetime as dt
import io
import json
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.imports.model import (
    FaultCode,
    ImportOutcome,
    NoticeCode,
    ReadingOptions,
    Refusal,
    RefusalCode,
    SourceFile,
)
from core.imports.running import run_import
from core.settings import Settings
from core.storage import FolderStore, ImportKeys

FOLDER = Path(__file__).parents[4] / "shared" / "data"
SETTINGS = Settings(uploads_bucket="uploads", results_bucket="results", chunk_target_bytes=2**20)
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason=f"the files from the wild are not at {FOLDER}"
)


def of(kind: str, **more: Any) -> AttributeDefinition:
    return AttributeDefinition("", AttributeType(kind), **more)


NUMBER, SHORT, MEASURE = of("number"), of("short_text"), of("measure", unit="kg")


@dataclass(frozen=True)
class Imports:
    """Headers that `typed` does not name become attributes of free text."""

    rows: int
    """Records under the header, blank ones included."""
    typed: Mapping[str, AttributeDefinition] = field(default_factory=dict)
    encoding: str = "utf-8"
    delimiter: str = ","
    header_row: int = 1
    blank: int = 0
    invalid: int = 0
    faults: Mapping[str, int] = field(default_factory=dict)
    notices: Sequence[NoticeCode] = ()
    sheet: str | None = None
    like_json: str | None = None
    """File with the expected rows."""
    unlike_openpyxl: str = ""
    """Why openpyxl cannot be the yardstick."""


@dataclass(frozen=True)
class Refused:
    code: RefusalCode
    says: str


@dataclass(frozen=True)
class NotATable:
    """Text without any column that could match."""

    notice: NoticeCode = NoticeCode.NO_MATCHING_COLUMN


def select(*options: str) -> AttributeDefinition:
    return of("single_select", options=options)


def spectrum(name: str, rows: int, **more: Any) -> dict[str, Imports | Refused]:
    """A file of csv-spectrum and the JSON that it should give."""
    as_json = f"csv-spectrum/json/{name}.json"
    return {
        f"csv-spectrum/csvs/{name}.csv": Imports(rows, like_json=as_json, **more),
        as_json: Refused(RefusalCode.UNSUPPORTED_FILE_TYPE, "JSON"),
    }


REPAIRED, SHORT_ROWS = NoticeCode.REPAIRED_QUOTES, NoticeCode.SHORT_ROWS
OTHER_SHEETS, ERROR_CELLS = NoticeCode.OTHER_SHEETS, NoticeCode.ERROR_CELLS
HEADER_ONLY, NO_HEADER = NoticeCode.HEADER_ONLY, NoticeCode.COLUMN_WITHOUT_HEADER
STRICT = "it does not read strict OOXML"

TABLE: dict[str, Imports | Refused | NotATable] = {
    "README.md": NotATable(),
    # product catalogues
    "catalogues/akeneo_catalog_modeling_products.csv": Imports(
        242,
        typed={
            "sku": of("short_text", is_required=True),
            "weight": NUMBER,
            "weight-unit": select("GRAM"),
            "enabled": select("0", "1"),
            "size": select("s", "m", "l", "xl", "xxl", "xxxl"),  # xs and xxs were forgotten
        },
        delimiter=";",
        invalid=16 + 6,
        faults={FaultCode.NOT_AN_OPTION: 16 + 6},
    ),
    "catalogues/akeneo_icecat_attribute_options.csv": Imports(
        121, typed={"sort_order": NUMBER}, delimiter=";"
    ),
    "catalogues/akeneo_icecat_attributes.csv": Imports(
        77, typed={"sort_order": NUMBER, "code": SHORT}, delimiter=";"
    ),
    "catalogues/akeneo_icecat_products.csv": Imports(
        1239,
        typed={
            "sku": of("short_text", is_required=True),
            "price-EUR": NUMBER,
            "weight": NUMBER,
            "weight-unit": select("KILOGRAM"),
        },
        delimiter=";",
        invalid=255,
        faults={FaultCode.NOT_AN_OPTION: 255},
    ),
    "catalogues/akeneo_product_export_non_utf8.csv": Refused(
        RefusalCode.NUL_BYTES, 'row 14, column "description-fr_FR-print"'
    ),
    "catalogues/prestashop_products_import.csv": Imports(
        2,
        typed={"Price tax excl.": NUMBER, "Quantity": NUMBER, "Weight": MEASURE},
        delimiter=";",  # one delimiter too many at the end of each row: its cell is blank
    ),
    "catalogues/unopim_products_multi_locale.csv": Imports(3, typed={"price (USD)": NUMBER}),
    "catalogues/unopim_products_sample.csv": Imports(
        18,
        typed={
            "price (USD)": NUMBER,
            "weight": MEASURE,
            "status": select("true", "false"),
            "name": of("short_text", is_required=True),  # variants leave it to their parent
        },
        invalid=11,
        faults={FaultCode.REQUIRED_VALUE_MISSING: 11},
    ),
    "catalogues/woocommerce_importer_test_sample.csv": Imports(
        7,
        typed={
            "SKU": of("short_text", is_required=True),
            "Stock": NUMBER,
            "Regular price": NUMBER,
            "Weight (kg)": MEASURE,
        },
        invalid=4,
        faults={FaultCode.REQUIRED_VALUE_MISSING: 4},
    ),
    "catalogues/woocommerce_sample_products.csv": Imports(
        24, typed={"ID": NUMBER, "Regular price": NUMBER, "Sale price": NUMBER}
    ),
    # workbooks of Akeneo's own import tests
    "catalogues/akeneo_products_with_invalid_numeric_strings.xlsx": Imports(
        2, typed={"rate_sale": NUMBER}, invalid=1, faults={FaultCode.NOT_A_NUMBER: 1}
    ),
    "catalogues/akeneo_products_with_numeric_strings.xlsx": Imports(
        2, typed={"rate_sale": NUMBER}, invalid=2, faults={FaultCode.NOT_A_NUMBER: 2}
    ),
    "catalogues/akeneo_products_with_invalid_string_dates.xlsx": Imports(2),
    "catalogues/akeneo_products_with_string_dates.xlsx": Imports(2),
    "catalogues/akeneo_products_with_timestamp_dates.xlsx": Imports(2),
    # edges of CSV
    "csv-edge/accent.csv": Imports(2, typed={"Xlongitude": NUMBER}, delimiter=";"),
    "csv-edge/bom.csv": Imports(2, typed={"id": NUMBER}, encoding="utf-8-sig"),
    "csv-edge/doublequote.csv": Imports(5),
    "csv-edge/escaping.csv": Imports(3, notices=[REPAIRED]),  # blanks before quotes, backslashes
    "csv-edge/issue-1066-largecellsize.csv": Imports(19),
    "csv-edge/latin1.csv": Imports(
        2, typed={"id": NUMBER}, encoding="cp1252", notices=[NoticeCode.ENCODING_GUESSED]
    ),
    # a remark between header and rows is a row like any other: a required column would reject it
    "csv-edge/skip-blank-at-the-end.csv": Imports(3, blank=1, notices=[SHORT_ROWS]),
    "csv-edge/skip-rows.csv": Imports(
        3,
        typed={"id": NUMBER},
        header_row=2,
        invalid=1,
        faults={FaultCode.NOT_A_NUMBER: 1},
        notices=[SHORT_ROWS],
    ),
    # csv-spectrum
    **spectrum("comma_in_quotes", 1),
    **spectrum("empty", 2),
    **spectrum("empty_crlf", 2),
    **spectrum("escaped_quotes", 2),
    **spectrum("json", 1),
    # quotes inside an unquoted cell; its JSON has another phone number than the file
    "csv-spectrum/csvs/location_coordinates.csv": Imports(1, notices=[REPAIRED]),
    "csv-spectrum/json/location_coordinates.json": Refused(
        RefusalCode.UNSUPPORTED_FILE_TYPE, "JSON"
    ),
    **spectrum("newlines", 3),
    **spectrum("newlines_crlf", 3),
    **spectrum("quotes_and_newlines", 2),
    **spectrum("simple", 1),
    **spectrum("simple_crlf", 1),
    **spectrum("utf8", 2),
    # edges of workbooks; those of calamine mostly have no header, so their first row stands for it
    "xlsx-edge/calamine_any_sheets.xlsx": Imports(4, blank=1, sheet="Visible"),
    "xlsx-edge/calamine_date.xlsx": Imports(
        2, typed={"15": NUMBER}, unlike_openpyxl="it gives a duration as a date"
    ),
    "xlsx-edge/calamine_date_1904.xlsx": Imports(
        2, typed={"15": NUMBER}, unlike_openpyxl="it gives a duration as a date"
    ),
    "xlsx-edge/calamine_date_iso.xlsx": Imports(
        5, unlike_openpyxl="it parses what the cell has as text"
    ),
    "xlsx-edge/calamine_empty_sheet.xlsx": NotATable(NoticeCode.EMPTY_FILE),
    "xlsx-edge/calamine_encoded_entities.xlsx": Imports(0, notices=[HEADER_ONLY]),
    "xlsx-edge/calamine_errors.xlsx": Imports(6, notices=[ERROR_CELLS]),
    "xlsx-edge/calamine_has_x000D_.xlsx": Imports(
        0, notices=[HEADER_ONLY], unlike_openpyxl="it leaves the escape `_x000D_` in the text"
    ),
    "xlsx-edge/calamine_inlineStr_with_value.xlsx": Imports(1),
    "xlsx-edge/calamine_merge_cells.xlsx": Imports(1, notices=[NO_HEADER]),
    "xlsx-edge/calamine_pass_protected.xlsx": Refused(RefusalCode.WORKBOOK_ENCRYPTED, "password"),
    "xlsx-edge/calamine_strict_iso_paths.xlsx": Imports(
        75,
        typed={"Thickness": NUMBER, "Number Off Bends": NUMBER, "FlatBox X": NUMBER},
        unlike_openpyxl=STRICT,
    ),
    "xlsx-edge/calamine_whitespace_trim.xlsx": Imports(2, notices=[OTHER_SHEETS]),
    "xlsx-edge/tabulator_merged-cells.xlsx": Imports(0, notices=[HEADER_ONLY]),
    "xlsx-edge/tabulator_multiline-headers.xlsx": Imports(5, blank=2, notices=[NO_HEADER]),
    "xlsx-edge/tabulator_preserve-formatting.xlsx": Imports(
        1, typed={"0.00": NUMBER, "0.0000#": NUMBER}
    ),
    "xlsx-edge/tabulator_preserve-formatting-percentage.xlsx": Imports(
        3, typed={"col1": NUMBER, "col2": NUMBER}
    ),
    "xlsx-edge/tabulator_sheets.xlsx": Imports(1, typed={"id": NUMBER}, notices=[OTHER_SHEETS]),
    "xlsx-edge/tabulator_test_scientific_notation.xlsx": Imports(
        1, typed={"scientific_notation": NUMBER}
    ),
}


@dataclass(frozen=True)
class Result:
    outcome: ImportOutcome
    plan: dict[str, Any]
    products: list[dict[str, Any]]
    faults: list[dict[str, Any]]


def import_file(
    path: str, definitions: Sequence[AttributeDefinition], folder: Path
) -> Result | Refusal:
    store, keys = FolderStore(folder), ImportKeys("job", 1)
    data, name = (FOLDER / path).read_bytes(), Path(path).name
    store.put("uploads", name, data, "application/octet-stream")
    outcome = run_import(
        store,
        SETTINGS,
        job_id=keys.job_id,
        attempt=keys.attempt,
        source=SourceFile(bucket="uploads", key=name, size=len(data), file_name=name),
        options=ReadingOptions(),
        definitions=definitions,
        now=NOW,
    )
    if isinstance(outcome, Refusal):
        return outcome
    lines = {
        key: store.get("results", key).splitlines() for key in (keys.all_products, keys.all_faults)
    }
    return Result(
        outcome,
        json.loads(store.get("results", keys.plan)),
        [json.loads(line) for line in lines[keys.all_products]],
        [json.loads(line) for line in lines[keys.all_faults]],
    )


# independent readings: a header, and rows of text


def read_independently(path: str, expected: Imports) -> tuple[list[str], list[list[str]]]:
    if expected.like_json is not None:
        records = json.loads((FOLDER / expected.like_json).read_text(encoding="utf-8"))
        return list(records[0]), [list(record.values()) for record in records]
    table = read_openpyxl(path) if path.endswith(".xlsx") else read_csv(path, expected)
    while table and not any(cell.strip() for cell in table[-1]):
        table.pop()
    return table[expected.header_row - 1], table[expected.header_row :]


def read_csv(path: str, expected: Imports) -> list[list[str]]:
    text = (FOLDER / path).read_bytes().decode(expected.encoding)
    before = csv.field_size_limit(2**31 - 1)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=expected.delimiter))
    finally:
        csv.field_size_limit(before)


def read_openpyxl(path: str) -> list[list[str]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its remarks on styles are not ours
        book = openpyxl.load_workbook(FOLDER / path, data_only=True)
    sheet = book.worksheets[0]
    return [[as_person_sees(cell.value) for cell in row] for row in sheet.iter_rows()]


def as_person_sees(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case dt.datetime() if value.time() == dt.time():
            return value.date().isoformat()
        case float() if abs(value) >= 1e-4:
            return f"{value:.9f}".rstrip("0").rstrip(".")
        case _:
            return str(value)


# what must hold


def paths(kind: type) -> list[str]:
    return sorted(path for path, expected in TABLE.items() if isinstance(expected, kind))


def test_every_file_of_the_folder_stands_in_the_table() -> None:
    there = {p.relative_to(FOLDER).as_posix() for p in FOLDER.rglob("*") if p.is_file()}
    assert there == set(TABLE)


@pytest.mark.parametrize("path", paths(Imports))
def test_the_file_imports_with_the_right_counts(path: str, tmp_path: Path) -> None:
    expected = TABLE[path]
    assert isinstance(expected, Imports)

    result = import_file(path, definitions_for(path, expected), tmp_path)

    assert isinstance(result, Result), result
    outcome = result.outcome
    assert outcome.row_count == expected.rows
    assert outcome.blank_rows == expected.blank
    assert outcome.invalid_rows == expected.invalid
    assert outcome.valid_rows == expected.rows - expected.blank - expected.invalid
    assert outcome.valid_rows == len(result.products)
    assert outcome.faults_by_code == expected.faults
    assert Counter(fault["code"] for fault in result.faults) == expected.faults
    assert [n.code for n in outcome.notices if n.code in set(NoticeCode)] == list(expected.notices)
    form = result.plan["format"]
    assert form["headerRow"] == expected.header_row
    if not path.endswith(".xlsx"):
        assert (form["encoding"], form["delimiter"]) == (expected.encoding, expected.delimiter)
    if expected.sheet:
        assert form["sheet"] == expected.sheet


@pytest.mark.parametrize("path", [p for p in paths(Imports) if not TABLE[p].unlike_openpyxl])  # type: ignore[union-attr]
def test_every_value_is_what_an_independent_reader_finds(path: str, tmp_path: Path) -> None:
    expected = TABLE[path]
    assert isinstance(expected, Imports)
    headers, rows = read_independently(path, expected)
    definitions = definitions_for(path, expected)

    result = import_file(path, definitions, tmp_path)

    assert isinstance(result, Result), result
    rejected = {fault["row"] for fault in result.faults}
    valid = [
        row
        for number, row in enumerate(rows, start=1)
        if number not in rejected and any(cell.strip() for cell in row)
    ]
    types = {definition.name: definition.type for definition in definitions}
    assert result.products == [
        {
            header.strip(): value
            for header, cell in zip(headers, row, strict=False)
            if header.strip() in types
            and (value := typed(cell.strip(), types[header.strip()])) not in ("", None)
        }
        for row in valid
    ]


@pytest.mark.parametrize("path", paths(Refused))
def test_the_file_is_refused_with_the_right_code(path: str, tmp_path: Path) -> None:
    expected = TABLE[path]
    assert isinstance(expected, Refused)
    refusal = import_file(path, [AttributeDefinition("sku", AttributeType.SHORT_TEXT)], tmp_path)
    assert isinstance(refusal, Refusal)
    assert refusal.code == expected.code
    assert expected.says in refusal.message


@pytest.mark.parametrize("path", paths(NotATable))
def test_a_text_that_is_no_table_gives_no_product_and_says_so(path: str, tmp_path: Path) -> None:
    expected = TABLE[path]
    assert isinstance(expected, NotATable)
    result = import_file(path, [AttributeDefinition("sku", AttributeType.SHORT_TEXT)], tmp_path)
    assert isinstance(result, Result)
    assert [notice.code for notice in result.outcome.notices] == [expected.notice]
    assert result.products == []
    assert result.outcome.message


def test_dates_counted_from_1900_and_from_1904_are_the_same_days(tmp_path: Path) -> None:
    for name in ("calamine_date", "calamine_date_1904"):
        definitions = [AttributeDefinition("2021-01-01", AttributeType.SHORT_TEXT)]
        result = import_file(f"xlsx-edge/{name}.xlsx", definitions, tmp_path / name)
        assert isinstance(result, Result)
        column = [product["2021-01-01"] for product in result.products]
        assert column == ["2021-01-02", "255:10:10"]


def test_error_cells_come_as_their_text(tmp_path: Path) -> None:
    definitions = [AttributeDefinition("#DIV/0!", AttributeType.SHORT_TEXT)]
    result = import_file("xlsx-edge/calamine_errors.xlsx", definitions, tmp_path)
    assert isinstance(result, Result)
    texts = [product["#DIV/0!"] for product in result.products]
    assert texts == ["#NAME?", "#VALUE!", "#NULL!", "#REF!", "#NUM!", "#N/A"]


def definitions_for(path: str, expected: Imports) -> list[AttributeDefinition]:
    """The attributes that the table gives, and free text for the other headers."""
    headers = HEADERS[path] if path in HEADERS else read_independently(path, expected)[0]
    names = dict.fromkeys(header.strip() for header in headers if header.strip())
    free = of("long_text")
    unknown = set(expected.typed) - set(names)
    assert not unknown, f"the table types headers that {path} does not have: {unknown}"
    return [
        AttributeDefinition(name, kind.type, kind.options, kind.unit, kind.is_required)
        for name in names
        for kind in [expected.typed.get(name, free)]
    ]


HEADERS = {
    "xlsx-edge/calamine_date.xlsx": ["2021-01-01", "15"],
    "xlsx-edge/calamine_date_1904.xlsx": ["2021-01-01", "15"],
    "xlsx-edge/calamine_date_iso.xlsx": ["2021-01-01"],
    "xlsx-edge/calamine_has_x000D_.xlsx": ["ABC\r\nDEF"],
    "xlsx-edge/calamine_strict_iso_paths.xlsx": [
        "Item",
        "Thickness",
        "Number Off Bends",
        "FlatBox X",
    ],
}
"""Headers of the files that openpyxl reads otherwise."""


def typed(text: str, kind: AttributeType) -> Any:
    if not text:
        return None
    if kind is AttributeType.NUMBER:
        return float(text)
    if kind is AttributeType.MEASURE:
        return {"value": float(text), "unit": "kg"}
    return text
