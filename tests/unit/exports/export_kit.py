"""Attributes of every type, values for them, and files written of a table as the machine does."""

import io
import json
import tempfile
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import strategies as st

from core.attributes.rules.tables import Table, json_lines
from core.exports.sheets import sheet_rows
from core.exports.workbooks import Part, frame
from core.file_format import ReadingOptions, SourceFile
from core.imports.local_run import run_import
from core.imports.model import ImportOutcome
from core.imports.output.tables import csv_header, csv_lines, guarded_texts, texts_of
from core.imports.output.valid_rows import ValidRowsReader, read_valid_rows
from core.settings import Settings
from core.storage import FolderStore, ImportKeys
from tests.unit.attributes.rules.validation_kit import attribute

EVERY_TYPE = (
    attribute("=Name", "short_text"),
    attribute("Long, text", "long_text"),
    attribute("Html", "rich_text"),
    attribute("Price", "number"),
    attribute("Stock", "number", decimals=0, min=-(10**15), max=10**15),
    attribute("Colour", "single_select", options=("Red", "=Blue", "a, b", "-1", "007")),
    attribute("Sizes", "multiple_select", options=("S", "M", 'L"', "+X")),
    attribute("Weight", "measure", unit="kg"),
    attribute("Sold", "boolean"),
    attribute("Born", "date"),
    attribute("Seen", "datetime"),
    attribute("Site", "url"),
    attribute("Photo", "image"),
    attribute("Gtin", "barcode"),
)
NAMES = tuple(definition.name for definition in EVERY_TYPE)

TEXTS = st.text(st.characters(exclude_characters="\0\ufffe\uffff", codec="utf-8"), max_size=40)
"""Without the two code points that no XML holds."""
TRICKY_TEXTS = [
    *("=1+1", "'=x", "''@a", "-5", "+1", "@x", "\t=x", "＝1", "-5 kg", "007", "1e5", "TRUE"),
    *("_x0041_", "_x005F_", "<r>x</r>", "<b>&amp;</b>", " a ", "a\nb", "a\r\nb", 'say "hi"'),
    *("a;b", "2024-01-02", "#N/A", "https://example.com", "\x1f", "1.10", "00", "\u200b=x"),
]
TRICKY = st.sampled_from(TRICKY_TEXTS)
NUMBERS = (
    st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([0.1 + 0.2, 1e15, 1e16, 2**53 + 1, 123456789.123456, 1e-10, -0.5, 1e22])
)
DATES = st.dates() | st.sampled_from([date(1900, 2, 28), date(1900, 3, 1), date(1899, 12, 31)])

MOMENTS = (
    st.datetimes(timezones=st.just(UTC)).map(lambda time: time.isoformat(timespec="milliseconds"))
    | st.datetimes(datetime(1900, 1, 1)).map(lambda time: f"{time.replace(microsecond=0)}Z")
    | st.sampled_from(["1900-02-28T23:59:59Z", "1900-03-01T00:00:00Z", "2024-02-29T23:59:59.999Z"])
)

CELLS: dict[str, st.SearchStrategy[str]] = {
    "=Name": (TEXTS | TRICKY).map(lambda text: text[:50]),
    "Long, text": TEXTS | TRICKY,
    "Html": TEXTS | TRICKY,
    "Price": NUMBERS.map(str),
    "Stock": st.integers(-(10**15), 10**15).map(str),
    "Colour": st.sampled_from(["Red", "=Blue", "a, b", "-1", "007"]),
    "Sizes": st.lists(st.sampled_from(["S", "M", 'L"', "+X"]), max_size=3).map(";".join),
    "Weight": st.builds("{} {}".format, NUMBERS, st.sampled_from(["kg", "g", "m²", '"'])),
    "Sold": st.sampled_from(["yes", "no"]),
    "Born": DATES.map(str),
    "Seen": MOMENTS,
    "Site": st.sampled_from(["https://example.com/a?b=c#d", "http://xn--e1.com"]),
    "Photo": st.sampled_from(["https://example.com/ä.png"]),
    "Gtin": st.sampled_from(["04006381333931", "4006381333931", "00012345678905", "12345670"]),
}
ROWS = st.lists(
    st.fixed_dictionaries({name: st.just("") | cell for name, cell in CELLS.items()}),
    min_size=1,
    max_size=6,
)
KEYS = ImportKeys("job", 1)
SETTINGS = Settings(uploads_bucket="uploads", results_bucket="results")


class Imported:
    """The results of an import in a folder of its own."""

    def __init__(self, data: bytes, file_name: str, **changes: Any) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.store = FolderStore(Path(self._folder.name))
        key = f"user-uploads/x/{file_name}"
        self.store.put("uploads", key, data, "text/csv")
        is_text = file_name.endswith(".csv")
        outcome = run_import(
            self.store,
            Settings(uploads_bucket="uploads", results_bucket="results", **changes),
            job_id=KEYS.job_id,
            attempt=KEYS.attempt,
            source=SourceFile(bucket="uploads", key=key, size=len(data), file_name=file_name),
            options=ReadingOptions(delimiter=",") if is_text else ReadingOptions(),
            definitions=EVERY_TYPE,
            now=datetime(2026, 11, 25, tzinfo=UTC),
        )
        assert isinstance(outcome, ImportOutcome), outcome
        self.outcome = outcome

    def __enter__(self) -> "Imported":
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def products(self) -> list[dict[str, Any]]:
        lines = self.store.get("results", KEYS.all_products).split(b"\n")
        return [json.loads(line) for line in lines if line]

    def tables(self) -> list[Table]:
        """The rows as parts of an export read them."""
        rows = read_valid_rows(self.store, "results", KEYS)
        reader = ValidRowsReader(self.store, SETTINGS, KEYS, rows)
        return list(reader.tables())


def csv_of(tables: Sequence[Table], names: Sequence[str], *, is_guarded: bool = False) -> bytes:
    lines = [csv_header(names, is_guarded=is_guarded)]
    for table in tables:
        texts = texts_of(table)
        lines.append(csv_lines(guarded_texts(table, texts) if is_guarded else texts))
    return b"".join(lines)


def xlsx_of(tables: Sequence[Table], names: Sequence[str]) -> bytes:
    rows, parts = 0, []
    for table in tables:
        parts.append(sheet_rows(table, rows))
        rows += table.cells.height
    sizes = [Part(len(p.compressed), p.raw_bytes, p.checksum) for p in parts]
    around = frame(names, rows, sizes)
    return b"".join([around.before, *(part.compressed for part in parts), around.after])


def ndjson_of(tables: Sequence[Table]) -> list[dict[str, Any]]:
    lines = b"".join(json_lines(table) for table in tables)
    return [json.loads(line) for line in lines.split(b"\n") if line]


def source_file(rows: Sequence[dict[str, str]]) -> bytes:
    frame_of_rows = pl.DataFrame(rows, schema=dict.fromkeys(NAMES, pl.String))
    sink = io.BytesIO()
    frame_of_rows.write_csv(sink, quote_style="always")
    return sink.getvalue()
