"""What the tests of validation share: definitions of every kind, and rows as they arrive."""

import csv
import dataclasses
import io
import json
from collections.abc import Sequence
from typing import Any

import polars as pl
from hypothesis import assume
from hypothesis import strategies as st

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.attributes.rules.compilation import RuleBook, compile_rules
from core.attributes.rules.model import Column, ColumnRole
from core.attributes.rules.tables import json_lines
from core.file_format import DetectedFormat, FileKind, OnFault, SourceFile
from core.imports.chunks import RowsOutcome, validate_rows
from core.imports.detection import _CONTROLS as CONTROLS
from core.imports.detection import CONTROL_SHARE
from core.imports.model import Plan
from core.imports.output.tables import csv_lines, parquet_file, texts_of
from core.imports.reading import RowBatch
from core.settings import Settings

SETTINGS = Settings(uploads_bucket="uploads", results_bucket="results")


def attribute(name: str, kind: str, **more: Any) -> AttributeDefinition:
    return AttributeDefinition(name=name, type=AttributeType(kind), **more)


NAME = attribute("Name", "short_text", is_required=True)
STORY = attribute("Story", "rich_text")
PRICE = attribute("Price", "number")
COLOR = attribute("Color", "single_select", options=("Red", "Dark Blue", 'The "Green"', "Grün"))
SIZES = attribute("Sizes", "multiple_select", options=("S", "M", "XL", "one;size", 'a"b'))
WEIGHT = attribute("Weight", "measure", unit="kg")
LENGTH = attribute("Length", "measure", unit="cm")

ALL = (NAME, STORY, PRICE, COLOR, SIZES, WEIGHT, LENGTH)
"""Over COLUMNS: every type, a pair of columns, an ignored header and a column without one."""

_ROLES: tuple[tuple[str, ColumnRole, str | None], ...] = (
    ("Name", ColumnRole.VALUE, "Name"),
    ("LengthUnit", ColumnRole.MEASURE_UNIT, "Length"),
    ("Story", ColumnRole.VALUE, "Story"),
    ("Price", ColumnRole.VALUE, "Price"),
    ("brand", ColumnRole.IGNORED, None),
    ("Color", ColumnRole.VALUE, "Color"),
    ("", ColumnRole.BLANK, None),
    ("Sizes", ColumnRole.VALUE, "Sizes"),
    ("Weight", ColumnRole.VALUE, "Weight"),
    ("LengthValue", ColumnRole.MEASURE_VALUE, "Length"),
)
COLUMNS = tuple(
    Column(index=at, header=header, role=role, attribute=name)
    for at, (header, role, name) in enumerate(_ROLES)
)


def columns_for(*definitions: AttributeDefinition) -> tuple[Column, ...]:
    """One column per definition, in order."""
    return tuple(
        Column(index=at, header=d.name, role=ColumnRole.VALUE, attribute=d.name)
        for at, d in enumerate(definitions)
    )


def plan_of(
    columns: Sequence[Column], *, missing_required: Sequence[str] = (), **more: Any
) -> Plan:
    """A plan over columns; the chunk task needs no more of it."""
    values: dict[str, Any] = {
        "job_id": "11111111-2222-3333-4444-555555555555",
        "attempt": 1,
        "source": SourceFile(bucket="uploads", key="user-uploads/x/f.csv", size=1, file_name="f"),
        "format": DetectedFormat(kind=FileKind.TEXT),
        "data": None,
        "original_headers": tuple(column.header for column in columns),
        "columns": tuple(columns),
        "missing_required": tuple(missing_required),
        "chunk_count": 1,
        "row_count": 1,
    }
    return Plan(**(values | more))


def batch_of(rows: Sequence[Sequence[str | None]], width: int, **more: Any) -> RowBatch:
    frame = pl.DataFrame(
        {str(at): [row[at] for row in rows] for at in range(width)},
        schema={str(at): pl.String for at in range(width)},
    )
    given: dict[str, Any] = {"frame": frame, "first_row": 1, "extra_cells": {}, "short_rows": ()}
    return RowBatch(**given | more)


class Validated(RowsOutcome):
    """The valid rows also as files show them."""

    @property
    def products(self) -> bytes:
        return b"" if self.valid is None else json_lines(self.valid)

    @property
    def product_rows(self) -> bytes:
        return b"" if self.valid is None else csv_lines(texts_of(self.valid))

    @property
    def product_table(self) -> bytes:
        return b"" if self.valid is None else parquet_file(self.valid.values())


def validated(
    rows: Sequence[Sequence[str | None]],
    columns: Sequence[Column],
    definitions: Sequence[AttributeDefinition],
    *,
    settings: Settings = SETTINGS,
    missing_required: Sequence[str] = (),
    on_fault: OnFault = OnFault.SKIP_ROW,
    **batch: Any,
) -> Validated:
    plan = plan_of(columns, missing_required=missing_required, on_fault=on_fault)
    book = compile_rules(definitions, columns, settings)
    return validated_batch(batch_of(rows, len(columns), **batch), plan, book, settings)


def validated_batch(batch: RowBatch, plan: Plan, book: RuleBook, settings: Settings) -> Validated:
    outcome = validate_rows(batch, plan, book, settings)
    return Validated(**{f.name: getattr(outcome, f.name) for f in dataclasses.fields(outcome)})


def validated_cells(definition: AttributeDefinition, *texts: str | None) -> Validated:
    """One column, one row per text."""
    return validated([[text] for text in texts], columns_for(definition), (definition,))


def as_text(data: bytes) -> bytes:
    """The same, of an example that goes on only if so short a file does not look binary."""
    controls = sum(byte in CONTROLS for byte in data)
    assume(controls <= CONTROL_SHARE * len(data) + 2)
    return data


def text_of(rows: list[list[str | None]], extra: list[int]) -> bytes:
    """A CSV with a row longer than its headers where `extra` says so."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow([column.header for column in COLUMNS])
    for at, row in enumerate(rows):
        # NUL is refused long before rows are validated
        cells = [(cell or "").replace("\x00", "0") for cell in row]
        writer.writerow([*cells, *(["more"] * extra.count(at))])
    return as_text(text.getvalue().encode())


def lines(data: bytes) -> list[Any]:
    return [json.loads(line) for line in data.decode().split("\n")[:-1]]


BLANK_TEXTS = st.sampled_from(["", " ", "\u00a0", "\ufeff", "\t", "\u2003", "\n", "\x1f"])
NUMBER_TEXTS = st.sampled_from(
    [
        "0",
        "12",
        "0012",
        "-5",
        "+5",
        "10.50",
        "10.0",
        "1e5",
        ".5",
        "5.",
        "-0",
        "1E-7",
        "12,50",
        "1,234.5",
        "nan",
        "inf",
        "0x1",
        "1_000",
        "١٢",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "1e308",
        "1e309",
        "€ 5",
        "1 000",
        ".",
        "e5",
        "1e",
        "--1",
        "1.2.3",
        "0.1000000000000000055511151231257827",
        "12345678901234567890.5",
        "1e400",
        "5e-324",
        "9e999",
    ]
)
UNIT_TEXTS = st.sampled_from(
    [
        "kg",
        "KG",
        "Cm",
        "m3",
        "fl oz",
        '"',
        "%",
        "°C",
        "m/s",
        "x 20 cm",
        "kg 5",
        "-kg",
        ",5 kg",
        "3",
        "a" * 20,
        "a" * 21,
        "x5",
        "kg;g",
        "ſ",
        "K",
    ]
)
WORDS = st.sampled_from(
    [
        "Red",
        "red",
        "Dark Blue",
        "darkblue",
        "Grün",
        'The "Green"',
        "Rde",
        "S",
        "M",
        "XL",
        "S;M",
        "M; M ;S",
        ";;",
        "S;",
        "S;Q",
        'a"b;S',
        "=1+1",
        "'=1",
        "-5",
        "@x",
        "+3",
        "\\",
        'say "hi"',
        "line\nbreak",
        "cr\rhere",
        "\u2028",
        "😀" * 50,
        "😀" * 51,
        "é" * 51,
        "x" * 50,
        "x" * 51,
        "\x00",
        "\x1b[0m",
        "a,b",
        "＝1",
        "y" * 300,
    ]
)
INVISIBLES = st.lists(
    st.sampled_from(
        [
            *("\u200b", "\u200c", "\u200d", "\u00ad", "\u200e", "\u200f", "\ufeff", "\u2060"),
            *("a", "5", "kg", " ", "\u00a0", "\u0645", "\u06cc", "\u0995", "\u09cd", "\u0e01"),
            *("\u1780", "\u05d0", "\U0001f469", "\U0001f3fd", "\ufe0f", "\U0001f52c", "\U000e0067"),
        ]
    ),
    max_size=8,
).map("".join)
"""Characters that show nothing, beside those with which they mean something."""
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
MEASURE_TEXTS = st.builds(
    lambda number, blank, unit: number + blank + unit,
    NUMBER_TEXTS,
    st.sampled_from(["", " ", "\u00a0", "\n"]),
    UNIT_TEXTS,
)
CELLS = st.one_of(
    st.none(), BLANK_TEXTS, NUMBER_TEXTS, UNIT_TEXTS, WORDS, MEASURE_TEXTS, INVISIBLES, TEXTS
).flatmap(
    lambda text: (
        st.just(text)
        if text is None
        else st.sampled_from(
            [*[text] * 4, f" {text}", f"{text}\u00a0\t", f"\u200b{text}", f"{text}\u00ad"]
        )
    )
)
"""Cells that hit every rule of every type."""


def tables(width: int, max_rows: int = 8) -> st.SearchStrategy[list[list[str | None]]]:
    return st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=max_rows)
