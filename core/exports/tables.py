"""Products as a table, and the table as CSV, lines of JSON, and Parquet.

The types of the columns are those of `value_type`. Whole numbers that a double does not hold
exactly are kept beside the table.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl
from polars.datatypes import DataType

from core.attributes.rules.json_lines import Field, escaped, quoted, token_lines
from core.attributes.rules.types.select import SEPARATOR
from core.imports.model import ERRORS_HEADER
from core.imports.output.formula_guard import guarded
from core.imports.output.tables import LINE_END

BOM = b"\xef\xbb\xbf"
EXACT_DOUBLE = 2**53


@dataclass(frozen=True, slots=True)
class Table:
    values: pl.DataFrame
    """One column per attribute."""
    exact: Mapping[str, pl.Series] = field(default_factory=dict)
    """By attribute: 64-bit integers, where the number is one that a double may not hold."""

    def numbered(self) -> pl.DataFrame:
        """The columns as "0", "1", …, which no attribute's name can disturb, and the exact
        integers as "0!", …"""
        columns = [s.alias(str(at)) for at, s in enumerate(self.values.get_columns())]
        names = self.values.columns
        columns += [s.alias(f"{names.index(name)}!") for name, s in self.exact.items()]
        return pl.DataFrame(columns)


def csv_header(names: Sequence[str], *, is_guarded: bool) -> bytes:
    """The first line. Of a guarded file with a BOM, for spreadsheets, and with the column by which
    an import knows that the guard must come off."""
    line = io.StringIO()
    columns = [*names, ERRORS_HEADER] if is_guarded else names
    csv.writer(line, lineterminator=LINE_END).writerow(columns)
    return (BOM if is_guarded else b"") + line.getvalue().encode()


def csv_lines(table: Table, *, is_guarded: bool) -> bytes:
    """Without the header."""
    texts = texts_of(table)
    if is_guarded:
        kinds = zip(texts.columns, table.values.dtypes, strict=True)
        may_be_formulas = [name for name, kind in kinds if not is_plain(kind)]
        texts = texts.with_columns(
            *(guarded(pl.col(name)) for name in may_be_formulas),
            pl.lit(None, dtype=pl.String).alias(ERRORS_HEADER),
        )
    sink = io.BytesIO()
    texts.write_csv(sink, include_header=False, line_terminator=LINE_END, quote_style="necessary")
    return sink.getvalue()


def is_plain(kind: DataType) -> bool:
    """Numbers, booleans and days: no text of theirs is a formula."""
    return kind.is_numeric() or kind in (pl.Boolean, pl.Date)


def texts_of(table: Table) -> pl.DataFrame:
    """The cells as an import reads them, columns "0", "1", …"""
    kinds = list(table.values.schema.items())
    return table.numbered().select(
        _text(str(at), kind, name in table.exact).alias(str(at))
        for at, (name, kind) in enumerate(kinds)
    )


def json_lines(table: Table) -> bytes:
    kinds = list(table.values.schema.items())
    fields = [
        Field(name, pl.col(str(at)), in_quotes=kind in (pl.String, pl.Date))
        for at, (name, kind) in enumerate(kinds)
    ]
    tokens = table.numbered().select(
        _token(str(at), kind, name in table.exact).alias(str(at))
        for at, (name, kind) in enumerate(kinds)
    )
    return token_lines(tokens, fields)


def _text(column: str, kind: DataType, has_exact: bool) -> pl.Expr:
    own = pl.col(column)
    if isinstance(kind, pl.List):
        return own.list.join(SEPARATOR)
    if isinstance(kind, pl.Struct):
        number, unit = _number_of_measure(column, has_exact), own.struct.field("unit")
        return pl.concat_str(number, pl.lit(" ") + unit, ignore_nulls=True).replace("", None)
    return _scalar(column, kind, has_exact)


def _token(column: str, kind: DataType, has_exact: bool) -> pl.Expr:
    own = pl.col(column)
    if kind == pl.String:
        return escaped(own)
    if isinstance(kind, pl.List):
        literals = own.list.eval(quoted(pl.element())).list.join(",")
        return pl.concat_str(pl.lit("["), literals, pl.lit("]"))
    if isinstance(kind, pl.Struct):
        unit = pl.lit(',"unit":') + quoted(own.struct.field("unit"))
        return pl.concat_str(
            pl.lit('{"value":'),
            _number_of_measure(column, has_exact),
            unit.fill_null(""),
            pl.lit("}"),
        )
    return _scalar(column, kind, has_exact)


def _scalar(column: str, kind: DataType, has_exact: bool) -> pl.Expr:
    own = pl.col(column)
    if kind == pl.Date:
        return own.dt.to_string("%Y-%m-%d")
    if kind == pl.Float64:
        return _number(own, column, has_exact)
    return own.cast(pl.String)


def _number_of_measure(column: str, has_exact: bool) -> pl.Expr:
    return _number(pl.col(column).struct.field("value"), column, has_exact)


def _number(double: pl.Expr, column: str, has_exact: bool) -> pl.Expr:
    """Whole numbers without a decimal point, as most are written."""
    is_whole = (double == double.round(0)) & (double.abs() < EXACT_DOUBLE)
    text = (
        pl.when(is_whole)
        .then(double.cast(pl.Int64, strict=False).cast(pl.String))
        .otherwise(double.cast(pl.String))
    )
    return pl.coalesce(pl.col(f"{column}!").cast(pl.String), text) if has_exact else text
