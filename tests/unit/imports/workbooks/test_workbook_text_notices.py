"""Texts in a workbook are looked at like those of a CSV: garbled, shortened, errors as text."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.file_format import ReadingOptions, SourceFile
from core.imports.local_run import run_import
from core.imports.model import ImportOutcome
from core.settings import Settings
from core.storage import FolderStore
from tests.unit.imports.workbooks.workbook_files import table, xlsx

SKU = AttributeDefinition("ProductSKU", AttributeType.SHORT_TEXT)
NAME = AttributeDefinition("Name", AttributeType.SHORT_TEXT)
NUMBER = AttributeDefinition("Price", AttributeType.NUMBER)


def imported(folder: Path, data: bytes, **limits: Any) -> ImportOutcome:
    store = FolderStore(folder)
    store.put("up", "in.xlsx", data, "application/octet-stream")
    outcome = run_import(
        store,
        Settings(uploads_bucket="up", results_bucket="out", **limits),
        job_id="job",
        attempt=1,
        source=SourceFile(bucket="up", key="in.xlsx", size=len(data), file_name="in.xlsx"),
        options=ReadingOptions(),
        definitions=(SKU, NAME, NUMBER),
        now=datetime(2026, 11, 29, tzinfo=UTC),
    )
    assert isinstance(outcome, ImportOutcome)
    return outcome


@pytest.mark.parametrize(
    ("name", "code", "is_clean"),
    [
        ("CafÃ©", "GARBLED_TEXT", False),
        ("Gr\ufffd\ufffde", "GARBLED_TEXT", False),
        ("â€œx", "GARBLED_TEXT", False),
        ("gr+APw-n", "GARBLED_TEXT", False),
        ("~{VPND~}", "GARBLED_TEXT", False),
        ("Salt &amp; Pepper", "HTML_ENTITIES", True),
        ("'00123", "LEADING_APOSTROPHES", True),
        ("4.00638E+12", "DIGITS_LOST", True),
        ("#N/A", "ERROR_CELLS", True),
        ("#BEZUG!", "ERROR_CELLS", True),
        ("Err:502", "ERROR_CELLS", True),
        ("########", "ERROR_CELLS", True),
        ("A\u200b", "INVISIBLE_CHARACTERS", True),
        ("Größe #1", None, True),
        ("E+", None, True),
    ],
)
def test_odd_texts_are_told_in_any_chunks(
    name: str, code: str | None, is_clean: bool, tmp_path: Path
) -> None:
    data = table([["ProductSKU", "Name", "Price"], *(["A", "x", 1] for _ in range(3)), ["B", name]])
    whole = imported(tmp_path / "whole", data)
    cut = imported(tmp_path / "cut", data, chunk_target_bytes=20)
    assert {notice.code.value for notice in whole.notices} == ({code} if code else set())
    assert whole.notices == cut.notices
    assert whole.clean is is_clean


def test_the_workbooks_own_errors_are_told_once(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["ProductSKU", "Name"])
        sheet.write_row(1, 0, ["A", "#N/A"])
        sheet.write_string(2, 0, "B")
        sheet.write_formula(2, 1, "=NA()", None, "#N/A")

    codes = [notice.code.value for notice in imported(tmp_path, xlsx(fill)).notices]
    assert codes == ["ERROR_CELLS"]
