"""From the chunks' fragments to the four result files."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from core.attributes.definitions import AttributeDefinition
from core.attributes.rules.model import Column, ColumnRole
from core.imports import chunks
from core.imports.chunks import validate_chunk
from core.imports.model import Chunk, ImportOutcome
from core.imports.output.results import aggregate_results
from core.outcomes import Notice, NoticeCode
from core.settings import Settings
from core.storage import FolderStore, ImportKeys
from core.storage.chunk_summaries import ChunkUnaccounted
from tests.sources import ROOT
from tests.unit.attributes.rules.validation_kit import (
    ALL,
    COLUMNS,
    NAME,
    PRICE,
    SETTINGS,
    batch_of,
    columns_for,
    plan_of,
)

KEYS = ImportKeys("11111111-2222-3333-4444-555555555555", 1)
NOW = datetime(2026, 11, 23, 20, 13, tzinfo=UTC)
SCHEMA = json.loads((ROOT / "schemas/result-file.json").read_text())
Rows = Sequence[Sequence[str | None]]


class Import:
    """Validates chunks of rows that are in memory, then aggregates."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.store = FolderStore(folder)
        self._patch = monkeypatch

    def __call__(
        self,
        definitions: Sequence[AttributeDefinition],
        columns: Sequence[Column],
        *tables: Rows,
        settings: Settings = SETTINGS,
        batch: dict[str, Any] | None = None,
        **plan: Any,
    ) -> tuple[ImportOutcome, dict[str, Any]]:
        rows = sum(map(len, tables))
        made = plan_of(columns, **({"chunk_count": len(tables), "row_count": rows} | plan))
        self.store.put("results", KEYS.plan, msgspec.json.encode(made), "application/json")
        frozen = msgspec.json.encode(definitions)
        self.store.put("results", KEYS.definitions, frozen, "application/json")
        first = 1
        for index, table in enumerate(tables):
            found = batch_of(table, len(columns), first_row=first, **(batch or {}))
            self._patch.setattr(chunks, "read_chunk", lambda *_, found=found: found)
            chunk = Chunk(index=index, start=0, end=0, first_row=first, rows=len(table))
            validate_chunk(self.store, settings, KEYS, made, definitions, chunk)
            first += len(table)
        return self.aggregate(settings)

    def aggregate(self, settings: Settings = SETTINGS) -> tuple[ImportOutcome, dict[str, Any]]:
        outcome = aggregate_results(self.store, settings, KEYS, now=NOW)
        result = json.loads(self.store.get("results", KEYS.result))
        Draft202012Validator(SCHEMA).validate(result)
        stored = self.store.get("results", KEYS.outcome)
        assert msgspec.json.decode(stored, type=ImportOutcome) == outcome
        return outcome, result


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Import:
    return Import(tmp_path, monkeypatch)


def test_the_result_file_holds_what_the_contract_names(run: Import) -> None:
    good = ["Hat", "CM", None, "12", "Acme", "Red", None, "S;M;S", "2.50", "30"]
    bad = ["Cap", None, None, "12,5", None, None, None, None, None, None]

    outcome, result = run(ALL, COLUMNS, [good], [bad])

    assert result == {
        "jobId": KEYS.job_id,
        "s3Key": "user-uploads/x/f.csv",
        "fileName": "f",
        "processingTimestamp": "2026-11-23T20:13:00.000+00:00",
        "message": '1 of 2 rows is valid; 1 row has 1 fault; column "brand" was ignored.',
        "headers": ["Name", "Story", "Price", "Color", "Sizes", "Weight", "Length"],
        "originalHeaders": [column.header for column in COLUMNS],
        "ignoredHeaders": ["brand"],
        "products": [
            {
                "Name": "Hat",
                "Price": 12,
                "Color": "Red",
                "Sizes": ["S", "M"],
                "Weight": "2.5 kg",
                "Length": "30 cm",
            }
        ],
        "validationErrors": [
            'Row 2, column "Price": "12,5" is not a number; use a point for decimals, or import '
            "the file with locale auto."
        ],
        "faults": [
            {
                "row": 2,
                "column": "Price",
                "code": "NOT_A_NUMBER",
                "message": 'Row 2, column "Price": "12,5" is not a number; '
                "use a point for decimals, or import the file with locale auto.",
                "value": "12,5",
            }
        ],
        "counts": {
            "rows": 2,
            "blankRows": 0,
            "validRows": 1,
            "invalidRows": 1,
            "rowsWithSkippedValues": 0,
            "faults": 1,
            "faultsByCode": {"NOT_A_NUMBER": 1},
        },
        "notices": [],
        "truncated": False,
    }
    assert not outcome.clean


def test_products_store_a_measure_as_value_and_unit(run: Import) -> None:
    run(ALL, COLUMNS, [["Hat", None, None, None, None, None, None, None, "2.5", None]])

    product = json.loads(run.store.get("results", KEYS.all_products))
    assert product == {"Name": "Hat", "Weight": {"value": 2.5, "unit": "kg"}}


def test_clean_means_a_valid_row_no_invalid_one_and_no_ignored_header(run: Import) -> None:
    columns = columns_for(NAME, PRICE)

    clean, _ = run((NAME, PRICE), columns, [["Hat", "1"], [None, None]])
    nothing, _ = run((NAME, PRICE), columns, [[None, None]])
    faulty, _ = run((NAME, PRICE), columns, [["Hat", "1"], ["Hat", "x"]])

    assert (clean.clean, nothing.clean, faulty.clean) == (True, False, False)
    assert clean.message == "1 of 1 row is valid."
    assert faulty.message.startswith("1 of 2 rows is valid; ")
    assert nothing.message == "The file has no row with a value."


@pytest.mark.parametrize(
    ("rows", "reported"), [(1, "0 of 1 row is valid; "), (2, "0 of 2 rows are valid; ")]
)
def test_where_no_row_is_valid_the_verb_goes_with_all_of_them(
    run: Import, rows: int, reported: str
) -> None:
    outcome, _ = run((NAME, PRICE), columns_for(NAME, PRICE), [["Hat", "x"]] * rows)

    assert outcome.message.startswith(reported)


def test_a_missing_column_is_the_first_fault_of_the_file(run: Import) -> None:
    outcome, result = run(
        (NAME, PRICE), columns_for(PRICE), [["1"], ["x"]], missing_required=("Name",)
    )

    assert [fault["code"] for fault in result["faults"]] == [
        "REQUIRED_COLUMN_MISSING",
        "NOT_A_NUMBER",
    ]
    assert result["validationErrors"][0] == 'The file has no column "Name", a required one.'
    assert outcome.faults == 2
    assert outcome.message == (
        '0 of 2 rows are valid; the file has no column "Name", a required one; 2 rows have 1 fault.'
    )


def test_a_column_without_header_is_listed_by_its_number(run: Import) -> None:
    row = ["Hat", *[None] * 5, "?", None, None, None]

    outcome, _ = run(ALL, COLUMNS, [row])

    assert outcome.ignored_headers == ("brand", "(column 7)")
    assert [notice.code for notice in outcome.notices] == [NoticeCode.COLUMN_WITHOUT_HEADER]
    assert outcome.notices[0].message == "Column 7 has values but no header; it was not read."


def test_short_rows_are_counted_and_the_first_is_named(run: Import) -> None:
    rows = [["a", None], ["b", None], ["c", None]]

    outcome, _ = run(
        (NAME, PRICE), columns_for(NAME, PRICE), rows, rows, batch={"short_rows": (1, 2)}
    )

    assert outcome.notices == (
        Notice(
            code=NoticeCode.SHORT_ROWS,
            message="4 rows (the first is row 2) have fewer cells than there are columns; "
            "the missing cells were read as empty, at the row's end. It need not be the last "
            "cells that are missing: where a delimiter is missing within a row, the values "
            "after it are one column off.",
        ),
    )


@pytest.mark.parametrize(
    "code", [NoticeCode.EMPTY_FILE, NoticeCode.HEADER_ONLY, NoticeCode.NO_MATCHING_COLUMN]
)
def test_without_chunks_the_message_is_the_reason(run: Import, code: NoticeCode) -> None:
    reason = Notice(code=code, message="There is nothing to read.")

    outcome, result = run((NAME,), columns_for(NAME), notices=(reason,))

    assert outcome.message == "There is nothing to read."
    assert not outcome.clean
    assert result["products"] == result["faults"] == []
    assert run.store.get("results", KEYS.all_rejected) == "\ufeffName,_errors\r\n".encode()


def test_the_result_is_cut_at_whole_lines_and_says_so(run: Import) -> None:
    rows = [[f"Hat {at}", "x" if at % 2 else "1"] for at in range(100)]
    settings = Settings(results_bucket="results", result_max_bytes=1_000)

    outcome, result = run((NAME, PRICE), columns_for(NAME, PRICE), rows, rows, settings=settings)

    products = run.store.get("results", KEYS.all_products).splitlines(keepends=True)
    shown = len(result["products"])
    assert (outcome.truncated, result["truncated"], len(products)) == (True, True, 100)
    assert sum(map(len, products[:shown])) <= 1_000 < sum(map(len, products[: shown + 1]))
    assert result["products"] == [json.loads(line) for line in products[:shown]]
    assert len(result["validationErrors"]) == len(result["faults"]) < 100
    assert result["counts"]["faults"] == outcome.faults == 100
    assert f"shows only the first {shown} products and the first" in outcome.message


def test_of_many_rows_the_result_shows_a_preview(
    run: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.imports.output.results.PREVIEW_BYTES", 100)
    rows = [[f"Hat {at}"] for at in range(20)]

    few, _ = run((NAME,), columns_for(NAME), rows, settings=_files_of_rows(20))
    many, result = run((NAME,), columns_for(NAME), rows, settings=_files_of_rows(19))

    assert (few.truncated, many.truncated) == (False, True)
    assert result["products"] == [{"Name": f"Hat {at}"} for at in range(5)]
    assert many.valid_rows == 20
    assert run.store.get("results", KEYS.part(0, 0))


def _files_of_rows(most: int) -> Settings:
    return Settings(results_bucket="results", result_files_max_rows=most)


def test_a_chunk_without_summary_is_no_result(run: Import) -> None:
    run((NAME,), columns_for(NAME), [["a"]], [["b"]])
    (Path(run.store._path("results", KEYS.summary(1)))).unlink()

    with pytest.raises(ChunkUnaccounted, match="chunk 1 of 2"):
        run.aggregate()


def test_a_fragment_that_lost_bytes_is_no_result(run: Import) -> None:
    run((NAME,), columns_for(NAME), [["a"]])
    run.store.put("results", KEYS.part(0, 0), b"PAR1", "application/vnd.apache.parquet")

    with pytest.raises(ChunkUnaccounted, match="shorter"):
        run.aggregate()


def test_rows_that_do_not_add_up_are_no_result(run: Import) -> None:
    with pytest.raises(ChunkUnaccounted, match="1 rows, but 2 were planned"):
        run((NAME,), columns_for(NAME), [["a"]], row_count=2)


def test_many_ignored_headers_are_counted_not_listed(run: Import) -> None:
    columns = [
        *columns_for(NAME),
        *(Column(index=at, header=f"h{at}", role=ColumnRole.IGNORED) for at in range(1, 2_000)),
    ]

    outcome, _ = run((NAME,), columns, [["Hat", *[None] * 1_999]])

    assert outcome.message == (
        '1 of 1 row is valid; columns "h1", "h2", "h3", "h4", "h5" and 1,994 more were ignored.'
    )
    assert len(outcome.ignored_headers) == 1_999
