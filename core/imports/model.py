"""The values that travel between the steps of an import.

All are frozen, and (de)serialised by msgspec in camelCase with a fixed field order, so the same
input always gives the same bytes in S3.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class RefusalCode(StrEnum):
    """Why a whole file (or job) ends without result rows. Stable; documented in docs/codes.md."""

    # the job or the object
    NO_ATTRIBUTES = "NO_ATTRIBUTES"
    OBJECT_MISSING = "OBJECT_MISSING"
    FILE_TOO_LARGE = "FILE_TOO_LARGE"
    UNSUPPORTED_FILE_TYPE = "UNSUPPORTED_FILE_TYPE"
    BINARY_FILE = "BINARY_FILE"
    INVALID_OPTIONS = "INVALID_OPTIONS"
    # text
    WRONG_ENCODING = "WRONG_ENCODING"
    MIXED_ENCODING = "MIXED_ENCODING"
    NUL_BYTES = "NUL_BYTES"
    UNTERMINATED_QUOTE = "UNTERMINATED_QUOTE"
    RECORD_TOO_LARGE = "RECORD_TOO_LARGE"
    # the table
    HEADER_ROW_MISSING = "HEADER_ROW_MISSING"
    DUPLICATE_HEADER = "DUPLICATE_HEADER"
    TOO_MANY_COLUMNS = "TOO_MANY_COLUMNS"
    # workbooks
    WORKBOOK_DAMAGED = "WORKBOOK_DAMAGED"
    WORKBOOK_ENCRYPTED = "WORKBOOK_ENCRYPTED"
    WORKBOOK_TOO_LARGE = "WORKBOOK_TOO_LARGE"
    NO_VISIBLE_SHEET = "NO_VISIBLE_SHEET"
    SHEET_NOT_FOUND = "SHEET_NOT_FOUND"
    # what the caller allows
    TOO_MANY_FAULTY_ROWS = "TOO_MANY_FAULTY_ROWS"
    # an enrichment
    TOO_MANY_PRODUCTS = "TOO_MANY_PRODUCTS"
    FILTER_OUTDATED = "FILTER_OUTDATED"
    ORDER_MISSING = "ORDER_MISSING"


class NoticeCode(StrEnum):
    """What a person should know of a file that was read all the same."""

    EMPTY_FILE = "EMPTY_FILE"
    HEADER_ONLY = "HEADER_ONLY"
    NO_MATCHING_COLUMN = "NO_MATCHING_COLUMN"
    ENCODING_GUESSED = "ENCODING_GUESSED"
    REPAIRED_QUOTES = "REPAIRED_QUOTES"
    SHORT_ROWS = "SHORT_ROWS"
    COLUMN_WITHOUT_HEADER = "COLUMN_WITHOUT_HEADER"
    ERROR_CELLS = "ERROR_CELLS"
    OTHER_SHEETS = "OTHER_SHEETS"
    OPTION_NOT_USED = "OPTION_NOT_USED"


class Notice(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    code: NoticeCode
    message: str


class FileKind(StrEnum):
    """Judged by content, never by the file's name alone."""

    TEXT = "text"
    XLSX = "xlsx"
    """Also xlsm: the same container."""
    XLSB = "xlsb"
    XLS = "xls"
    ODS = "ods"


class OnFault(StrEnum):
    """What becomes of a row with a fault."""

    SKIP_ROW = "skip_row"
    SKIP_VALUE = "skip_value"
    """It stays without the faulty values, unless it needs them."""


class ReadingOptions(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the caller says about the file and its faults; None means "detect it", "the default",
    or "no limit"."""

    delimiter: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    """Record that holds the headers, 1 is the file's (or sheet's) first record."""
    on_fault: OnFault | None = None
    """None: the row is skipped."""
    max_faulty_rows_percent: float | None = None
    """0 to 100, of the rows that are not blank; with more faulty ones nothing is imported."""


class DetectedFormat(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How the file was read; stands in the job."""

    kind: FileKind
    encoding: str | None = None
    """Python codec name, e.g. `utf-8`, `utf-8-sig`, `utf-16-le`, `cp1252`. Text only."""
    delimiter: str | None = None
    line_end: str | None = None
    """`\\n`, `\\r\\n` or `\\r`; text only. `\\r\\n` also stands for a mix of it and `\\n`."""
    sheet: str | None = None
    header_row: int = 1
    repaired: bool = False
    """The file broke RFC 4180 and was rewritten by the tolerant reader before planning."""


class SourceFile(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One version of one object in the uploads bucket."""

    bucket: str
    key: str
    size: int
    """Bytes."""
    file_name: str
    version_id: str | None = None


class DataObject(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The CSV text that the chunks range over: the source itself, or its repaired copy."""

    bucket: str
    key: str
    version_id: str | None
    encoding: str
    """Codec of the bytes (`utf-8` once repaired). A BOM is never inside a chunk's range."""
    delimiter: str
    line_end: str


class ColumnRole(StrEnum):
    VALUE = "value"
    MEASURE_VALUE = "measure_value"
    MEASURE_UNIT = "measure_unit"
    IGNORED = "ignored"
    BLANK = "blank"
    """No header: its cells are not read, but cells that are there are reported."""
    ERRORS = "errors"
    """The `_errors` column of our own rejected-rows file, coming back mended."""


class Column(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    index: int
    """Position in the file, from 0."""
    header: str
    """As in the file, blanks trimmed."""
    role: ColumnRole
    attribute: str | None = None
    did_you_mean: str | None = None
    """For an ignored header: the known header it resembles most, if any. Known are the names of
    attributes, and `<Name>Value` and `<Name>Unit` of measures."""


class Chunk(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A run of consecutive records. Text: bytes `start` to `end` of the data object.
    Workbook: `start` and `end` are 0, the rows lie in `ImportKeys.rows(index)`."""

    index: int
    start: int
    end: int
    first_row: int
    """Row number of the first record; 1 is the first record under the header."""
    rows: int
    """Records in the chunk, blank ones included."""


class Plan(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What every chunk task must know. Written to `ImportKeys.plan`; the chunks lie beside it."""

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
    """Required attributes that no column feeds."""
    chunk_count: int
    row_count: int
    """Records under the header, blank ones included."""
    notices: tuple[Notice, ...] = ()
    on_fault: OnFault = OnFault.SKIP_ROW
    max_faulty_rows_percent: float | None = None
    """As in ReadingOptions. In the plan, so that all chunks follow one policy."""
    unique_columns: tuple[int, ...] = ()
    """Indexes of the columns in which no value may come again, see core/imports/uniqueness."""


class Refusal(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A file that cannot be imported: data, not an exception."""

    code: RefusalCode
    message: str


class FaultCode(StrEnum):
    """What is wrong with a cell or a row. Stable; documented in docs/codes.md."""

    REQUIRED_VALUE_MISSING = "REQUIRED_VALUE_MISSING"
    REQUIRED_COLUMN_MISSING = "REQUIRED_COLUMN_MISSING"
    TEXT_TOO_LONG = "TEXT_TOO_LONG"
    PATTERN_MISMATCH = "PATTERN_MISMATCH"
    NOT_A_NUMBER = "NOT_A_NUMBER"
    NUMBER_OUT_OF_RANGE = "NUMBER_OUT_OF_RANGE"
    NOT_AN_OPTION = "NOT_AN_OPTION"
    NOT_A_MEASURE = "NOT_A_MEASURE"
    UNIT_NOT_COMPARABLE = "UNIT_NOT_COMPARABLE"
    TOO_SMALL = "TOO_SMALL"
    TOO_LARGE = "TOO_LARGE"
    TOO_MANY_DECIMALS = "TOO_MANY_DECIMALS"
    NOT_A_BOOLEAN = "NOT_A_BOOLEAN"
    NOT_A_DATE = "NOT_A_DATE"
    NOT_A_URL = "NOT_A_URL"
    INVALID_BARCODE = "INVALID_BARCODE"
    TOO_MANY_CELLS = "TOO_MANY_CELLS"
    NOT_UNIQUE_IN_FILE = "NOT_UNIQUE_IN_FILE"
    NOT_UNIQUE_IN_CATALOGUE = "NOT_UNIQUE_IN_CATALOGUE"


class Fault(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    row: int | None
    """1 is the first row under the header; None for a fault of the whole file."""
    column: str | None
    """The attribute's column; None for a fault of the whole row."""
    code: FaultCode
    message: str
    """One sentence that names row and column."""
    value: str | None
    """The rejected text, cut at `fault_value_max_characters`."""
    row_kept: bool = False
    """Only this value was left out, the row is a product. Absent in JSON when it is not so."""


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
    product_bytes: int
    fault_bytes: int
    rejected_bytes: int
    product_row_bytes: int = 0
    """The valid rows as CSV."""
    product_table_bytes: int = 0
    """The valid rows as Parquet; 0 when there are none."""
    product_table_footer_bytes: int = 0
    rows_with_skipped_values: int = 0
    """Of the valid rows, those that have faults."""
    repeats: int = 0
    taken: int = 0
    """As in ChunkAgain: what the chunk knew when it was judged."""


class ImportOutcome(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the aggregate hands to the job: counts, codes and the final status' ingredients."""

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
    refusal: Refusal | None = None
    """Nothing was imported: more rows are faulty than the caller allows, or the file went away
    while its chunks were judged. The job fails, and offers no products."""
