"""The values that validation works with: columns of a table, and the faults of its cells."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class ColumnRole(StrEnum):
    VALUE = "value"
    MEASURE_VALUE = "measure_value"
    MEASURE_UNIT = "measure_unit"
    IGNORED = "ignored"
    LEFT_OUT = "left_out"
    """The caller's mapping says that it is not read."""
    JOINED = "joined"
    """Its text is part of another column's, see `Column.joined`."""
    BLANK = "blank"
    """No header: its cells are not read, but cells that are there are reported."""
    ERRORS = "errors"
    """The `_errors` column of our own file of rejected rows, uploaded again after correction."""


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
    joined: tuple[int, ...] = ()
    """Indexes of the columns whose texts are read as one, this one's included; empty if it is read
    alone."""
    joined_by: str = ""
    constant: str | None = None
    """Of a column that the file does not have: the text of every row."""


class FaultCode(StrEnum):
    """What is wrong with a cell or a row. Stable; documented in docs/codes.md."""

    REQUIRED_VALUE_MISSING = "REQUIRED_VALUE_MISSING"
    REQUIRED_COLUMN_MISSING = "REQUIRED_COLUMN_MISSING"
    TEXT_TOO_LONG = "TEXT_TOO_LONG"
    PATTERN_MISMATCH = "PATTERN_MISMATCH"
    NOT_A_NUMBER = "NOT_A_NUMBER"
    NUMBER_OUT_OF_RANGE = "NUMBER_OUT_OF_RANGE"
    TOO_MANY_VALUES = "TOO_MANY_VALUES"
    """Of a multiple select: the list is too long."""
    NOT_AN_OPTION = "NOT_AN_OPTION"
    NOT_A_MEASURE = "NOT_A_MEASURE"
    UNIT_NOT_COMPARABLE = "UNIT_NOT_COMPARABLE"
    TOO_SMALL = "TOO_SMALL"
    TOO_LARGE = "TOO_LARGE"
    TOO_MANY_DECIMALS = "TOO_MANY_DECIMALS"
    NOT_A_BOOLEAN = "NOT_A_BOOLEAN"
    NOT_A_DATE = "NOT_A_DATE"
    NOT_A_DATETIME = "NOT_A_DATETIME"
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
