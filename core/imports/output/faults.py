"""Faults for people and programs: sentences, and one JSON object per line.

Faults stay columns until they are written as bytes. So a file in which every cell is wrong needs no
Python object per cell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from core.attributes.rules.distinct import distinct_rows
from core.attributes.rules.model import Fault, FaultCode
from core.attributes.rules.shown import shown, shown_text
from core.attributes.rules.tables import escaped, joined, quoted
from core.attributes.rules.text_scan import special_characters
from core.attributes.rules.wording import FAULTS_SCHEMA

HEADER_MAX_CHARACTERS = 100
EXTRA_CELLS_NAMED = 3
KEPT_STATEMENT = "; only this value was left out"
_KEPT = "kept"


def too_many_cells(extra_cells: Mapping[int, Sequence[str]], max_characters: int) -> pl.DataFrame:
    """The faults of rows with more cells than there are headers. `extra_cells` maps a frame row to
    the cells beyond the headers. These faults precede those of the row's cells, which may be
    shifted."""
    rows = sorted(extra_cells)
    return pl.DataFrame(
        {
            "row": rows,
            "position": [-1] * len(rows),
            "code": [FaultCode.TOO_MANY_CELLS.value] * len(rows),
            "column": [None] * len(rows),
            "reason": [_too_many_cells_reason(extra_cells[row], max_characters) for row in rows],
            # each cell adds at least one character, its separator
            "value": [
                "; ".join(extra_cells[row][:max_characters])[:max_characters] for row in rows
            ],
        },
        schema=FAULTS_SCHEMA,
    )


def _too_many_cells_reason(cells: Sequence[str], max_characters: int) -> str:
    first = ", ".join(f'"{shown_text(cell, max_characters)}"' for cell in cells[:EXTRA_CELLS_NAMED])
    more = len(cells) - EXTRA_CELLS_NAMED
    named = f"{first} and {more:,} more" if more > 0 else first
    count = "1 cell more" if len(cells) == 1 else f"{len(cells):,} cells more"
    return f"{count} than there are columns: {named}; look for a stray delimiter or a missing quote"


def missing_column_statement(attribute: str) -> str:
    return (
        f'the file has no column "{shown_text(attribute, HEADER_MAX_CHARACTERS)}", a required one'
    )


def missing_column(attribute: str) -> Fault:
    """The fault of a whole file that lacks the column of a required attribute."""
    statement = missing_column_statement(attribute)
    return Fault(
        row=None,
        column=attribute,
        code=FaultCode.REQUIRED_COLUMN_MISSING,
        message=f"{statement[0].upper()}{statement[1:]}.",
        value=None,
    )


def statement() -> pl.Expr:
    """The fault with its column: `column "Price": "12,50" is not a number`."""
    header = shown(pl.col("column"), HEADER_MAX_CHARACTERS)
    named = pl.concat_str(pl.lit('column "'), header, pl.lit('": '), pl.col("reason"))
    return pl.coalesce(named, pl.col("reason"))


def fault_lines(faults: pl.DataFrame, first_row: int, kept: pl.Series | None = None) -> bytes:
    """The faults (FAULTS_SCHEMA) as NDJSON, each line equal to the JSON of its `Fault`. `first_row`
    is the row number of the frame's row 0. `kept` marks the frame's rows that are kept as products
    without their faulty values; None if there are none."""
    if faults.height == 0:
        return b""
    texts = faults.select("column", "code", "reason", "value")
    if kept is not None and kept.any():
        texts = texts.with_columns(kept[faults["row"]].alias(_KEPT))
    # faults repeat: the text around the row number is built once for each distinct fault
    distinct, places = distinct_rows(texts)
    around = _around_number(distinct)
    if places is not None:
        around = around[places]
    number = (faults["row"].cast(pl.Int64) + first_row).cast(pl.String)
    lines = around.select_seq(
        pl.concat_str(pl.lit('{"row":'), number, "between", number, "behind")
    ).to_series()
    return joined(lines)


def _around_number(faults: pl.DataFrame) -> pl.DataFrame:
    """The text of each fault's line `between` the row number and its second occurrence in the
    sentence, and the text `behind` that."""
    joint = pl.when(pl.col("column").is_null()).then(pl.lit(": ")).otherwise(pl.lit(", "))
    kept_statement = flag_kept = pl.lit("")
    if _KEPT in faults.columns:
        kept_statement = pl.when(_KEPT).then(pl.lit(KEPT_STATEMENT)).otherwise(pl.lit(""))
        flag_kept = pl.when(_KEPT).then(pl.lit(',"rowKept":true')).otherwise(pl.lit(""))
    message = faults.select_seq(pl.concat_str(joint, statement(), kept_statement)).to_series()
    between = pl.concat_str(
        pl.lit(',"column":'),
        _quoted("column", faults),
        pl.lit(',"code":"'),
        pl.col("code"),
        pl.lit('","message":"Row '),
    )
    behind = pl.concat_str(
        escaped(pl.lit(message), special_characters(message)),
        pl.lit('.","value":'),
        _quoted("value", faults),
        flag_kept,
        pl.lit("}\n"),
    )
    return faults.select_seq(between.alias("between"), behind.alias("behind"))


def _quoted(column: str, faults: pl.DataFrame) -> pl.Expr:
    return quoted(pl.col(column), special_characters(faults[column])).fill_null("null")


def count_by_code(faults: pl.DataFrame) -> dict[str, int]:
    """The number of faults by code, sorted by code."""
    counts = faults["code"].value_counts()
    return dict(sorted(counts.iter_rows()))
