"""The values that travel between the steps of an import.

All are frozen, and (de)serialised by msgspec in camelCase with a fixed field order, so the same
input always gives the same bytes in S3.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import msgspec

from core.attributes.rules.model import Column
from core.file_format import DateOrder, DetectedFormat, OnFault, Reading, SourceFile, ValueStep
from core.outcomes import Notice, NoticeCode, Refusal


class DataObject(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The CSV text that the chunks range over: the source itself, or its repaired copy."""

    bucket: str
    key: str
    version_id: str | None
    encoding: str
    """Codec of the bytes (`utf-8` once repaired). A BOM is never inside a chunk's range."""
    delimiter: str
    line_end: str


class Chunk(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A run of consecutive records. Text: bytes `start` to `end` of the data object.
    Workbook: `start` and `end` are 0, the rows are in `ImportKeys.rows(index)`."""

    index: int
    start: int
    end: int
    first_row: int
    """Row number of the first record; 1 is the first record under the header."""
    rows: int
    """Records in the chunk, blank ones included."""


class ValueKind(StrEnum):
    NUMBER = "number"
    MEASURE = "measure"
    DATE = "date"
    DATETIME = "datetime"


class ColumnFormat(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How the values of one column are written."""

    column: int
    kind: ValueKind
    decimal_sign: str | None = None
    """`.` or `,`; None if the column has both: a number that reads in two ways is a fault then."""
    currency: str | None = None
    """Of numbers: what may stand before or behind, in lower case."""
    date_order: DateOrder | None = None
    """None if the column has both: a date that reads in two ways is a fault then."""
    time_zone: str | None = None
    """Of times that name none; None: UTC, and the job says so."""


class ReadLocale(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How the values of a file are written: decided once, before any chunk is validated."""

    formats: tuple[ColumnFormat, ...] = ()
    """Of the columns with cells that are written otherwise than attributes.md says."""
    booleans: tuple[int, ...] = ()
    typed: tuple[int, ...] = ()
    """Columns of values that are no texts: the usual words for "nothing" are empty there."""
    texts: tuple[int, ...] = ()
    """Columns in which only the given words are empty."""
    true_words: tuple[str, ...] = ()
    false_words: tuple[str, ...] = ()
    empty_words: tuple[str, ...] = ()

    def where(self, wanted: Callable[[int], bool]) -> ReadLocale:
        """The same for some columns."""
        return msgspec.structs.replace(
            self,
            formats=tuple(form for form in self.formats if wanted(form.column)),
            booleans=tuple(filter(wanted, self.booleans)),
            typed=tuple(filter(wanted, self.typed)),
            texts=tuple(filter(wanted, self.texts)),
        )


class Plan(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What every chunk task needs. Written to `ImportKeys.plan`; the chunks have a key of their
    own."""

    job_id: str
    attempt: int
    source: SourceFile
    format: DetectedFormat
    data: DataObject | None
    """None for workbooks and for files without any record."""
    original_headers: tuple[str, ...]
    columns: tuple[Column, ...]
    """One per original header, in file order."""
    missing_required: tuple[str, ...]
    """Required attributes that nothing feeds."""
    chunk_count: int
    row_count: int
    """Records under the header, blank ones included."""
    notices: tuple[Notice, ...] = ()
    on_fault: OnFault = OnFault.SKIP_ROW
    max_faulty_rows_percent: float | None = None
    """As in ReadingOptions. In the plan, so that all chunks follow one policy."""
    left_out_rows: tuple[int, ...] = ()
    """Rows directly under the header that are part of it, such as a row of units."""
    unique_columns: tuple[int, ...] = ()
    """Indexes of the columns in which no value may come again, see core/imports/uniqueness."""
    may_hold_commas: bool = True
    """Some cell may contain a decimal comma."""
    number_columns: tuple[int, ...] = ()
    """Indexes of the columns in which a number may read in two ways (`table/two_ways.py`)."""
    locale: ReadLocale | None = None
    """None: values are written as attributes.md says."""
    value_steps: tuple[ValueStep, ...] = ()
    recognised: Reading | None = None
    """How it is read, if its headers chose a profile."""
    constants: tuple[Column, ...] = ()
    """Columns behind those of the file, whose cells the mapping gives."""

    numbers_with_signs: tuple[int, ...] = ()
    """Columns of a workbook whose formats show a currency or a percentage beside numbers, which
    only some types of attributes read."""
    numbers_as_texts: tuple[int, ...] = ()
    """Columns of a workbook whose formats show numbers as texts only, such as `007`."""

    @property
    def read_columns(self) -> tuple[Column, ...]:
        """The columns of the file, and the constants."""
        return (*self.columns, *self.constants)

    @property
    def compares_chunks(self) -> bool:
        """Whether chunks may be validated again because of values in other chunks."""
        return bool(self.unique_columns or self.number_columns)


class NotedCells(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Cells of a chunk about which a notice is given. Those of all chunks add up."""

    code: NoticeCode
    cells: int
    row: int
    column: int
    """Of the first of them, in the order of rows and then of columns."""
    text: str
    """Of that cell, cut."""


class NumbersInColumn(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How the numbers of one column are written; see core/imports/table/two_ways.py."""

    column: int
    two_ways: int = 0
    """Cells like `1.450`."""
    commas: int = 0
    """Cells with a decimal comma."""
    points: int = 0
    """Cells with a point that can only be for decimals."""
    row: int | None = None
    text: str = ""
    """Of the first cell that reads in two ways."""


class ChangedCells(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Cells of a column that one kind of value step changed. Those of all chunks add up."""

    column: int
    step: str
    """A StepKind, or `rounded`."""
    cells: int


class OddKind(StrEnum):
    """The ways in which a row can be unusual."""

    LONG = "long"
    """More cells than the header row, and not all of the row's cells blank."""
    LONG_BY_BLANKS = "long_by_blanks"
    """The same, if all surplus cells are blank: it is not a fault."""
    HEADER_AGAIN = "header_again"
    HEADER_OTHERWISE = "header_otherwise"
    """The headers once more, in another case or order."""
    TOTALS = "totals"
    ROWS_IN_A_CELL = "rows_in_a_cell"
    """A cell holds line ends and as many delimiters as whole rows would."""
    TEXT_FORMULA = "text_formula"
    """A cell is written as `="00123"`."""


class OddRows(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Rows of a chunk that are unusual in one way."""

    kind: OddKind
    count: int
    first: tuple[int, ...]
    """Row numbers of the first few."""


class Part(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Some valid rows of a chunk, at `ImportKeys.part`."""

    chunk: int
    number: int
    rows: int
    """At least one."""
    bytes: int


class ValidRows(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The valid rows of an attempt, at `ImportKeys.valid_rows`."""

    names: tuple[str, ...]
    """The attributes, in file order."""
    parts: tuple[Part, ...]
    """In the order of the rows."""

    @property
    def count(self) -> int:
        return sum(part.rows for part in self.parts)

    @property
    def bytes(self) -> int:
        return sum(part.bytes for part in self.parts)


class ChunkSummary(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Counts of one chunk; written last, so that its presence means the chunk is done."""

    index: int
    rows: int
    blank_rows: int
    valid_rows: int
    invalid_rows: int
    faults: int
    faults_by_code: dict[str, int]
    """Sorted by code."""
    short_rows: int
    first_short_row: int | None
    unread_columns: tuple[int, ...]
    """Indexes of BLANK columns in which this chunk has a cell that is not empty."""
    fault_bytes: int
    rejected_bytes: int
    parts: tuple[Part, ...] = ()
    """Of the valid rows."""
    rows_with_skipped_values: int = 0
    """Of the valid rows, those that have faults."""
    noted: tuple[NotedCells, ...] = ()
    """One a code, in the order of codes."""
    numbers: tuple[NumbersInColumn, ...] = ()
    repeats: int = 0
    taken: int = 0
    in_doubt: tuple[int, ...] = ()
    """As in RevalidationChunk: what was known when the chunk was validated."""
    odd_rows: tuple[OddRows, ...] = ()
    change_bytes: int = 0
    changes: tuple[ChangedCells, ...] = ()


class ImportOutcome(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the aggregate passes to the job: counts, codes and what determines the final status."""

    row_count: int
    blank_rows: int
    valid_rows: int
    invalid_rows: int
    faults: int
    faults_by_code: dict[str, int]
    ignored_headers: tuple[str, ...]
    message: str
    """One sentence for people: what came out."""
    notices: tuple[Notice, ...]
    clean: bool
    """At least one valid row, no row with a fault, no ignored header: the contract's COMPLETED."""
    truncated: bool
    """The result file carries only the first products or faults."""
    rows_with_skipped_values: int = 0
    """Of the valid rows, those that have faults."""
    product_files: bool = False
    """The files of valid rows were written at once: they are small."""
    changes_file: bool = False
    """The import has value steps, and so a file of the cells that they changed."""
    refusal: Refusal | None = None
    """Nothing was imported: more rows are faulty than the caller allows, or the file was deleted
    during the validation. The job fails, and links no products."""
