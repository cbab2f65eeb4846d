"""Files that nobody here wrote: each imports with the right counts, or is refused rightly.

They lie beside the project, in `../shared/data`, and are not part of it: without them this module
is skipped. Every file must stand in the table of `wild_files`. What an import gives is compared,
value by value, with an independent reading: the csv module, openpyxl, or the JSON that comes with
the file.
"""

import csv
import datetime as dt
import io
import json
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.file_format import ReadingOptions, SourceFile
from core.imports.local_run import run_import
from core.imports.model import ImportOutcome
from core.outcomes import NoticeCode, Refusal
from core.settings import Settings
from core.storage import FolderStore, ImportKeys
from tests.shared_data import SHARED_DATA, needed
from tests.unit.imports.wild_files import TABLE, Imports, NotATable, Refused, of

FOLDER = SHARED_DATA
SETTINGS = Settings(uploads_bucket="uploads", results_bucket="results", chunk_target_bytes=2**20)
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)

pytestmark = needed()


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
        form = {"delimiter": expected.delimiter, **expected.dialect}
        return list(csv.reader(io.StringIO(text, newline=""), **form))
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


def shown(cell: str) -> str:
    """Without blanks around it, and without soft hyphens and zero-width no-break spaces, which
    show nothing."""
    return cell.replace("\u00ad", "").replace("\ufeff", "").strip()


# what must hold


def paths(kind: type) -> list[str]:
    return sorted(path for path, expected in TABLE.items() if isinstance(expected, kind))


READ_BY_OPENPYXL_TOO = sorted(
    path
    for path, expected in TABLE.items()
    if isinstance(expected, Imports) and not expected.unlike_openpyxl
)


def test_every_file_of_the_folder_stands_in_the_table() -> None:
    there = {p.relative_to(FOLDER).as_posix() for p in FOLDER.rglob("*") if p.is_file()}
    assert there == set(TABLE)


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.parametrize("path", READ_BY_OPENPYXL_TOO)
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
            and (value := typed(shown(cell), types[header.strip()])) not in ("", None)
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
    assert expected.reason in refusal.message


@pytest.mark.parametrize("path", paths(NotATable))
def test_a_text_that_is_no_table_gives_no_product_and_says_so(path: str, tmp_path: Path) -> None:
    expected = TABLE[path]
    assert isinstance(expected, NotATable)
    result = import_file(path, [AttributeDefinition("sku", AttributeType.SHORT_TEXT)], tmp_path)
    assert isinstance(result, Result)
    assert expected.notice in [notice.code for notice in result.outcome.notices]
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
