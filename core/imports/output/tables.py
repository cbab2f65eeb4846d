"""Tables of products as CSV and Parquet.

The CSV can be imported again and gives the same products:
columns are named after the attributes, a measure reads `2.5 kg`, the options of a multiple select
are joined by `;`, and texts do not change, unless the file is guarded against formulas.

For analysts the type of a column depends only on its definition, and numbers are doubles.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

import polars as pl
from polars.datatypes import DataType

from core.attributes.definitions import AttributeDefinition
from core.attributes.rules.model import ColumnRole
from core.attributes.rules.tables import Table, number, scalar
from core.attributes.rules.types.select import SEPARATOR
from core.attributes.value_types import value_type
from core.file_format import ERRORS_HEADER
from core.imports.model import Plan
from core.imports.output.formula_guard import guarded

LINE_END = "\r\n"
BOM = b"\xef\xbb\xbf"
COMPRESSION_LEVEL = 1
ROW_GROUP_ROWS = 20_000
"""Of a stored table, from which single row groups are decoded."""


def schema_of(definitions: Iterable[AttributeDefinition], plan: Plan) -> dict[str, DataType]:
    """Names and types of the imported attributes, in file order."""
    by_name = {definition.name: definition for definition in definitions}
    return {name: value_type(by_name[name]) for name in fed_attributes(plan)}


def fed_attributes(plan: Plan) -> tuple[str, ...]:
    """The attributes that are read from columns, in file order: the keys of the products. The two
    columns of a measure count as one attribute."""
    feeding = (ColumnRole.VALUE, ColumnRole.MEASURE_VALUE)
    return tuple(c.attribute for c in plan.read_columns if c.role in feeding and c.attribute)


def csv_header(names: Sequence[str], *, is_guarded: bool) -> bytes:
    """The first line; empty without a column. Of a guarded file with a BOM, for spreadsheets, and
    with the column by which an import knows that the guard must come off."""
    if not names:
        return b""
    line = io.StringIO()
    columns = [*names, ERRORS_HEADER] if is_guarded else names
    csv.writer(line, lineterminator=LINE_END).writerow(columns)
    return (BOM if is_guarded else b"") + line.getvalue().encode()


def csv_lines(texts: pl.DataFrame) -> bytes:
    """Without the header."""
    sink = io.BytesIO()
    texts.write_csv(sink, include_header=False, line_terminator=LINE_END, quote_style="necessary")
    return sink.getvalue()


def guarded_texts(table: Table, texts: pl.DataFrame) -> pl.DataFrame:
    """The texts of the table (`texts_of`), safe in a spreadsheet."""
    kinds = zip(texts.columns, table.kinds, strict=True)
    may_be_formulas = [name for name, kind in kinds if not is_plain(kind)]
    return texts.with_columns(
        *(guarded(pl.col(name)) for name in may_be_formulas),
        pl.lit(None, dtype=pl.String).alias(ERRORS_HEADER),
    )


def is_plain(kind: DataType) -> bool:
    """Numbers, booleans, days and times: no text of theirs is a formula."""
    return kind.is_numeric() or kind in (pl.Boolean, pl.Date, pl.Datetime)


def texts_of(table: Table) -> pl.DataFrame:
    """The cells as an import reads them, columns "0", "1", …"""
    return table.cells.select(
        _text(pl.col(str(at)), kind, table.whole(at)).alias(str(at))
        for at, kind in enumerate(table.kinds)
    )


def parquet_file(table: pl.DataFrame) -> bytes:
    """For analysts: one row group."""
    return _parquet(table, max(1, table.height), has_statistics=True)


def stored(table: Table) -> bytes:
    return _parquet(table.cells, ROW_GROUP_ROWS, has_statistics=False)


def read_stored(
    names: tuple[str, ...], data: bytes, first: int = 0, rows: int | None = None
) -> Table:
    """The rows from `first`, of which only the row groups are decoded."""
    return Table(names, pl.scan_parquet(io.BytesIO(data)).slice(first, rows).collect())


def _parquet(table: pl.DataFrame, rows: int, *, has_statistics: bool) -> bytes:
    sink = io.BytesIO()
    table.write_parquet(
        sink,
        compression="zstd",
        compression_level=COMPRESSION_LEVEL,
        row_group_size=rows,
        statistics=has_statistics,
    )
    return sink.getvalue()


def _text(own: pl.Expr, kind: DataType, whole: pl.Expr | None) -> pl.Expr:
    if isinstance(kind, pl.List):
        return own.list.join(SEPARATOR)
    if isinstance(kind, pl.Struct):
        amount, unit = number(own.struct.field("value"), whole), own.struct.field("unit")
        return pl.concat_str(amount, (pl.lit(" ") + unit).fill_null(""))
    return scalar(own, kind, whole)
