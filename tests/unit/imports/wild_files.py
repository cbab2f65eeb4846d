"""What each of the files in `../shared/data` must give (`test_files_from_the_wild.py`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.attributes.rules.model import FaultCode
from core.outcomes import NoticeCode, RefusalCode


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
    dialect: Mapping[str, Any] = field(default_factory=dict)
    """What Python's csv module must be given besides the delimiter."""
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
    reason: str


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
        # its descriptions are HTML (`<br />`, `&bull;&nbsp;`), in attributes of plain text
        notices=[NoticeCode.HTML_ENTITIES, NoticeCode.INVISIBLE_CHARACTERS],
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
        notices=[NoticeCode.SHORT_HEADER],
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
    "csv-edge/escaping.csv": Imports(
        3,
        dialect={"skipinitialspace": True, "escapechar": "\\"},
        notices=[NoticeCode.DIALECT_DETECTED],
    ),
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
    "csv-spectrum/csvs/location_coordinates.csv": Imports(
        1, notices=[REPAIRED, NoticeCode.GARBLED_TEXT]
    ),
    "csv-spectrum/json/location_coordinates.json": Refused(
        RefusalCode.UNSUPPORTED_FILE_TYPE, "JSON"
    ),
    **spectrum("newlines", 3),
    **spectrum("newlines_crlf", 3),
    **spectrum("quotes_and_newlines", 2),
    **spectrum("simple", 1),
    **spectrum("simple_crlf", 1),
    **spectrum("utf8", 2),
    # edges of workbooks; those of calamine mostly have no header, so their first row serves as one
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
        1,
        typed={"0.00": NUMBER, "0.0000#": NUMBER},
        notices=[NoticeCode.NUMBERS_SHOWN_OTHERWISE],  # d-mmm shows a date without its year
    ),
    "xlsx-edge/tabulator_preserve-formatting-percentage.xlsx": Imports(
        3,
        typed={"col1": NUMBER, "col2": NUMBER},
        notices=[NoticeCode.NUMBERS_SHOWN_OTHERWISE],  # 52.00% is the number 0.52
    ),
    "xlsx-edge/tabulator_sheets.xlsx": Imports(1, typed={"id": NUMBER}, notices=[OTHER_SHEETS]),
    "xlsx-edge/tabulator_test_scientific_notation.xlsx": Imports(
        1, typed={"scientific_notation": NUMBER}
    ),
}
