"""A whole import by attributes with settings: the same whatever the chunks, defaults included."""

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.attributes.definitions import AttributeDefinition
from core.file_format import ReadingOptions
from core.imports.model import ImportOutcome
from tests.unit.attributes.rules.settings_kit import Table, further_tables
from tests.unit.attributes.rules.validation_kit import as_text, attribute
from tests.unit.imports.import_kit import KEYS, files_of_import

FILES = (KEYS.result, KEYS.all_products, KEYS.all_faults, KEYS.all_rejected, KEYS.outcome)


def csv_of(headers: list[str], rows: list[list[str | None]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(headers)
    for row in rows:
        # NUL is refused long before rows are validated
        writer.writerow([(cell or "").replace("\x00", "0") for cell in row])
    return text.getvalue().encode()


def imported(
    data: bytes, definitions: tuple[AttributeDefinition, ...], **limits: Any
) -> tuple[ImportOutcome, list[bytes]]:
    return files_of_import(data, definitions, FILES, ReadingOptions(delimiter=","), **limits)


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(further_tables(), st.integers(1, 300))
def test_settings_judge_alike_in_one_chunk_and_in_many(table: Table, chunk_bytes: int) -> None:
    data = as_text(csv_of([column.header for column in table.columns], table.rows))

    whole = imported(data, table.definitions)
    chunked = imported(data, table.definitions, chunk_target_bytes=chunk_bytes, read_block_bytes=7)

    assert chunked == whole


def test_values_of_the_further_types_reach_the_result_as_a_browser_shows_them() -> None:
    definitions = (
        attribute("SKU", "short_text", is_identifier=True, pattern="[A-Z]-[0-9]+"),
        attribute("Ean", "barcode", is_unique=True),
        attribute("New", "boolean", default_value="no"),
        attribute("Since", "date"),
        attribute("Photo", "image"),
        attribute("Price", "number", min=0, decimals=2),
    )
    data = csv_of(
        ["SKU", "Ean", "New", "Since", "Photo", "Price"],
        [
            ["A-1", "00000000000017", "YES", "2026-03-01 00:00:00", "https://x.de/a.png", "10.50"],
            ["A-2", "", "", "", "", "0"],
            ["", "", "", "", "", ""],
            ["a-3", "17", "x", "1.3.2026", "a.png", "1.999"],
        ],
    )

    outcome, files = imported(data, definitions)

    result = json.loads(files[0])
    assert result["products"] == [
        {
            "SKU": "A-1",
            "Ean": "00000000000017",
            "New": True,
            "Since": "2026-03-01",
            "Photo": "https://x.de/a.png",
            "Price": 10.5,
        },
        {"SKU": "A-2", "New": False, "Price": 0},
    ]
    assert outcome.blank_rows == 1
    assert outcome.faults_by_code == {
        "INVALID_BARCODE": 1,
        "NOT_A_BOOLEAN": 1,
        "NOT_A_DATE": 1,
        "NOT_A_URL": 1,
        "PATTERN_MISMATCH": 1,
        "TOO_MANY_DECIMALS": 1,
    }
    assert all(sentence.startswith("Row 4, column ") for sentence in result["validationErrors"])
