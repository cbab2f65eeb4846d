"""Faults as people and programs read them: sentences, and one JSON object a line.

Faults stay columns until they are bytes, so a file in which every cell is wrong costs memory and
time in proportion, and not a Python object per cell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from core.imports.json_lines import joined, quoted
from core.imports.model import Fault, FaultCode
from core.imports.rules.shown import shown, shown_text
from core.imports.rules.wording import FAULTS_SCHEMA
from core.imports.text_scan import special_characters

HEADER_MAX_CHARACTERS = 100
EXTRA_CELLS_NAMED = 3
SAYS_KEPT = "; only this value was left out"


def too_many_cells(extra_cells: Mapping[int, Sequence[str]], max_characters: int) -> pl.DataFrame:
    """The faults of rows with more cells than there are headers; frame row → the cells beyond.
    They stand before the faults of the row's cells, which may have shifted."""
    rows = sorted(extra_cells)
    return pl.DataFrame(
        {
            "row": rows,
            "position": [-1] * len(rows),
            "code": [FaultCode.TOO_MANY_CELLS.value] * len(rows),
            "column": [None] * len(rows),
            "says": [_says_too_many(extra_cells[row], max_characters) for row in rows],
            "value": ["; ".join(extra_cells[row])[:max_characters] for row in rows],
        },
        schema=FAULTS_SCHEMA,
    )


def _says_too_many(cells: Sequence[str], max_characters: int) -> str:
    first = ", ".join(f'"{shown_text(cell, max_characters)}"' for cell in cells[:EXTRA_CELLS_NAMED])
    more = len(cells) - EXTRA_CELLS_NAMED
    named = f"{first} and {more} more" if more > 0 else first
    count = "1 cell more" if len(cells) == 1 else f"{len(cells)} cells more"
    return f"{count} than there are columns: {named}; look for a stray delimiter or a missing quote"


def says_missing_column(attribute: str) -> str:
    return (
        f'the file has no column "{shown_text(attribute, HEADER_MAX_CHARACTERS)}", a required one'
    )


def missing_column(attribute: str) -> Fault:
    """The fault of a whole file that lacks the column of a required attribute."""
    statement = says_missing_column(attribute)
    return Fault(
        row=None,
        column=attribute,
        code=FaultCode.REQUIRED_COLUMN_MISSING,
        message=f"{statement[0].upper()}{statement[1:]}.",
        value=None,
    )


def statement() -> pl.Expr:
    """What is wrong and in which column: `column "Price": "12,50" is not a number`."""
    header = shown(pl.col("column"), HEADER_MAX_CHARACTERS)
    named = pl.concat_str(pl.lit('column "'), header, pl.lit('": '), pl.col("says"))
    return pl.coalesce(named, pl.col("says"))


def fault_lines(faults: pl.DataFrame, first_row: int, kept: pl.Series | None = None) -> bytes:
    """The faults (FAULTS_SCHEMA) as NDJSON, each equal to the JSON of its `Fault`. `first_row` is
    the row number of the frame's row 0, `kept` says of the frame's rows which stay as products
    without their faulty values; None for none of them."""
    if faults.height == 0:
        return b""
    if kept is None or not kept.any():
        says_kept = flag_kept = pl.lit("")
    else:
        is_kept = pl.lit(kept[faults["row"]])
        says_kept = pl.when(is_kept).then(pl.lit(SAYS_KEPT)).otherwise(pl.lit(""))
        flag_kept = pl.when(is_kept).then(pl.lit(',"rowKept":true')).otherwise(pl.lit(""))
    number = (pl.col("row").cast(pl.Int64) + first_row).cast(pl.String)
    joint = pl.when(pl.col("column").is_null()).then(pl.lit(": ")).otherwise(pl.lit(", "))
    message = pl.concat_str(pl.lit("Row "), number, joint, statement(), says_kept, pl.lit("."))
    parts = faults.select(message.alias("message"), "column", "value")
    special = {name: special_characters(parts[name]) for name in parts.columns}
    lines = (
        faults.with_columns(parts["message"])
        .select(
            pl.concat_str(
                pl.lit('{"row":'),
                number,
                pl.lit(',"column":'),
                quoted(pl.col("column"), special["column"]).fill_null("null"),
                pl.lit(',"code":"'),
                pl.col("code"),
                pl.lit('","message":'),
                quoted(pl.col("message"), special["message"]),
                pl.lit(',"value":'),
                quoted(pl.col("value"), special["value"]).fill_null("null"),
                flag_kept,
                pl.lit("}\n"),
            ).alias("line")
        )
        .to_series()
    )
    return joined(lines)


def count_by_code(faults: pl.DataFrame) -> dict[str, int]:
    """Sorted by code."""
    counts = faults.group_by("code").len().sort("code")
    return dict(zip(counts["code"].to_list(), counts["len"].to_list(), strict=True))
