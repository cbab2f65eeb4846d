"""For any table and any chunk size, the result files are equal byte for byte; of the Parquet file,
whose row groups are the chunks', the rows."""

import json
import tempfile
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from core.file_format import OnFault, ReadingOptions
from core.imports import chunks
from core.imports.chunks import validate_chunk
from core.imports.model import Chunk, ImportOutcome
from core.imports.output.results import aggregate_results
from core.settings import Settings
from core.storage import FolderStore
from tests.sources import ROOT
from tests.unit.attributes.rules.validation_kit import (
    ALL,
    COLUMNS,
    batch_of,
    plan_of,
    tables,
    text_of,
)
from tests.unit.imports.import_kit import KEYS, NOW, files_of_import

COMMAS = ReadingOptions(delimiter=",")
FILES = (
    *(KEYS.result, KEYS.all_products, KEYS.all_faults, KEYS.all_rejected, KEYS.outcome),
    KEYS.all_product_rows,
)
LIMITS = Settings(uploads_bucket="uploads", results_bucket="results")
SCHEMA = json.loads((ROOT / "schemas/result-file.json").read_text())


def imported(
    data: bytes, options: ReadingOptions = COMMAS, **limits: Any
) -> tuple[ImportOutcome, list[bytes]]:
    return files_of_import(data, ALL, FILES, options, **limits)


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(
    tables(len(COLUMNS), max_rows=5),
    st.lists(st.integers(0, 4), max_size=3),
    st.integers(1, 400),
    st.sampled_from([100, 400, 10_000_000]),
    st.sampled_from(OnFault),
    st.sampled_from([None, 0.0, 40.0, 100.0]),
)
def test_chunked_equals_unchunked_byte_for_byte(
    rows: list[list[str | None]],
    extra: list[int],
    chunk_bytes: int,
    budget: int,
    on_fault: OnFault,
    percent: float | None,
) -> None:
    data = text_of(rows, extra)
    options = ReadingOptions(delimiter=",", on_fault=on_fault, max_faulty_rows_percent=percent)

    whole, whole_files = imported(data, options, result_max_bytes=budget)
    chunked, chunked_files = imported(
        data,
        options,
        result_max_bytes=budget,
        chunk_target_bytes=chunk_bytes,
        read_block_bytes=7,
    )

    assert chunked == whole
    assert chunked_files == whole_files
    Draft202012Validator(SCHEMA).validate(json.loads(whole_files[0]))


def aggregated(tables_of_chunks: list[list[list[str | None]]], on_fault: OnFault) -> list[bytes]:
    """As a workbook arrives: chunks are runs of rows, not of bytes."""
    plan = plan_of(
        COLUMNS,
        chunk_count=len(tables_of_chunks),
        row_count=sum(map(len, tables_of_chunks)),
        on_fault=on_fault,
    )
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        store = FolderStore(Path(folder))
        store.put("results", KEYS.plan, msgspec.json.encode(plan), "application/json")
        frozen = msgspec.json.encode(ALL)
        store.put("results", KEYS.definitions, frozen, "application/json")
        first = 1
        for index, rows in enumerate(tables_of_chunks):
            batch = batch_of(rows, len(COLUMNS), first_row=first)
            patch.setattr(chunks, "read_chunk", lambda *_, batch=batch: batch)
            chunk = Chunk(index=index, start=0, end=0, first_row=first, rows=len(rows))
            validate_chunk(store, LIMITS, KEYS, plan, ALL, chunk)
            first += len(rows)
        aggregate_results(store, LIMITS, KEYS, now=NOW)
        return [store.get("results", key) for key in FILES]


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(tables(len(COLUMNS), max_rows=6).filter(bool), st.integers(1, 6), st.sampled_from(OnFault))
def test_rows_in_chunks_equal_rows_at_once(
    rows: list[list[str | None]], size: int, on_fault: OnFault
) -> None:
    cut = [rows[start : start + size] for start in range(0, len(rows), size)]

    assert aggregated(cut, on_fault) == aggregated([rows], on_fault)


@settings(max_examples=15, deadline=None)
@given(tables(len(COLUMNS), max_rows=5), st.lists(st.integers(0, 4), max_size=2))
def test_rejected_rows_uploaded_again_are_rejected_again(
    rows: list[list[str | None]], extra: list[int]
) -> None:
    first, files = imported(text_of(rows, extra))

    again, files_again = imported(files[3])

    assert files_again[3] == files[3]
    assert (again.valid_rows, again.invalid_rows) == (0, first.invalid_rows)
    assert again.faults_by_code == first.faults_by_code
