"""The rejected rows as a CSV to correct and upload again.

Every original column with its raw text, then `_errors` with the faults, then the cells beyond the
last header. The delimiter of the file (of a workbook, a comma), CRLF, UTF-8 with a BOM
(spreadsheets read other UTF-8 as cp1252). So the spreadsheet that wrote the file can open this one,
and the reading options of its upload remain valid. Uploaded again without corrections, the file
gives the same faults; an old `_errors` column is replaced.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from core.attributes.rules.model import Column, ColumnRole
from core.file_format import ERRORS_HEADER
from core.imports.model import Plan
from core.imports.output.faults import missing_column_statement, statement
from core.imports.output.formula_guard import FIRST_BYTES, guarded

BOM = b"\xef\xbb\xbf"
SEPARATOR = "; "


def delimiter_of(plan: Plan) -> str:
    """That of the file. A character of several bytes cannot be written, and gives way."""
    delimiter = plan.format.delimiter or ","
    return delimiter if delimiter.isascii() else ","


def header_line(plan: Plan) -> bytes:
    """The file's first line, including the BOM. The header of an attribute does not change, so that
    it still matches. Any other header is guarded like a cell."""
    headers = [
        header
        if column.role in (ColumnRole.VALUE, ColumnRole.MEASURE_VALUE, ColumnRole.MEASURE_UNIT)
        else _guarded_header(header)
        for header, column in zip(plan.original_headers, plan.columns, strict=True)
        if column.role is not ColumnRole.ERRORS
    ]
    line = io.StringIO()
    csv.writer(line, delimiter=delimiter_of(plan), lineterminator="\r\n").writerow(
        [*headers, ERRORS_HEADER]
    )
    return BOM + line.getvalue().encode()


def _guarded_header(header: str) -> str:
    text: str = pl.Series([header]).to_frame("text").select(guarded(pl.col("text"))).item()
    return text


def rejected_lines(
    texts: pl.DataFrame,
    *,
    columns: Sequence[Column],
    invalid: pl.Series,
    faults: pl.DataFrame,
    missing_required: Sequence[str],
    extra_cells: Mapping[int, Sequence[str]],
    delimiter: str,
) -> bytes:
    """The lines of the rows where `invalid` (booleans) is true. `texts` are the raw cells,
    `faults` those of these rows, in order; `extra_cells` maps a frame row to its cells beyond the
    headers."""
    if not invalid.any():
        return b""
    own = [str(column.index) for column in columns if column.role is not ColumnRole.ERRORS]
    rows = texts.select(own).with_row_index("row").filter(invalid)
    file_faults = SEPARATOR.join(map(missing_column_statement, missing_required))
    # lists that are joined at once cost a quarter of a join within each group
    by_row = (
        faults.select("row", statement().alias(ERRORS_HEADER))
        .group_by("row", maintain_order=True)
        .agg(ERRORS_HEADER)
        .with_columns(pl.col(ERRORS_HEADER).list.join(SEPARATOR))
    )
    errors = pl.concat_str(
        pl.lit(file_faults or None, dtype=pl.String),
        pl.col(ERRORS_HEADER),
        separator=SEPARATOR,
        ignore_nulls=True,
    ).alias(ERRORS_HEADER)
    table = (
        rows.join(by_row, on="row", how="left", maintain_order="left")
        .with_columns(errors)
        .with_columns(pl.when(pl.col(own) != "").then(pl.col(own)))  # polars writes "" as `""`
    )
    first = pl.col(own).cast(pl.Binary).bin.get(0, null_on_oob=True)
    may_need_guard = table.select(first.is_in(FIRST_BYTES).any()) if own else table
    guard = [column for column in own if may_need_guard[column].item()]
    table = table.with_columns(guarded(pl.col(guard))) if guard else table
    return _csv_lines(table, extra_cells, delimiter)


def _csv_lines(
    table: pl.DataFrame, extra_cells: Mapping[int, Sequence[str]], delimiter: str
) -> bytes:
    """Without the column `row`."""
    body = table.drop("row")
    if not extra_cells:
        return _write(body, delimiter)
    # lines of different lengths are no table: they are put together as `_write` writes them
    line = pl.concat_str(
        *(_written(column, delimiter) for column in body.columns), separator=delimiter
    ).alias("line")
    lines = table.select("row", line).join(
        _tails(table["row"], extra_cells, delimiter), on="row", how="left", maintain_order="left"
    )
    whole = pl.concat_str("line", pl.col("tail").fill_null(""), pl.lit("\r\n"))
    text: str = lines.select(whole.str.join("")).item()
    return text.encode()


def _tails(
    rows: pl.Series, extra_cells: Mapping[int, Sequence[str]], delimiter: str
) -> pl.DataFrame:
    """`row`, and in `tail` all that follows in the line of a row with extra cells."""
    longer = [row for row in rows if row in extra_cells]
    cells = pl.DataFrame(
        {
            "row": np.repeat(longer, [len(extra_cells[row]) for row in longer]),
            "tail": [cell for row in longer for cell in extra_cells[row]],
        },
        schema={"row": rows.dtype, "tail": pl.String},
    )
    return (
        cells.with_columns(guarded(pl.col("tail")))
        .with_columns(pl.concat_str(pl.lit(delimiter), _written("tail", delimiter)).alias("tail"))
        .group_by("row", maintain_order=True)
        .agg(pl.col("tail").str.join(""))
    )


def _written(column: str, delimiter: str) -> pl.Expr:
    """The cells as `_write` writes them."""
    cell = pl.col(column)
    is_split = cell.str.contains(delimiter, literal=True) | cell.str.contains('["\r\n]')
    needs_quotes = (cell == "") | is_split
    quoted = pl.lit('"') + cell.str.replace_all('"', '""', literal=True) + pl.lit('"')
    written = pl.when(needs_quotes).then(quoted).otherwise(cell)
    return written.fill_null("").alias(column)


def _write(table: pl.DataFrame, delimiter: str) -> bytes:
    sink = io.BytesIO()
    table.write_csv(
        sink,
        include_header=False,
        separator=delimiter,
        line_terminator="\r\n",
        quote_style="necessary",
    )
    return sink.getvalue()
