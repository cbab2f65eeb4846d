"""Numbers that can be read in two ways: `1.450` is 1.45, or 1450 if points separate thousands.

The column decides, not the cell. If it also has numbers with a decimal comma (`1.299,00`, `12,50`),
a number like `1.450` is a fault. Chunks are validated separately, so each counts the forms in its
columns; the counts are added up after the first pass, and the chunks with such numbers in such a
column are validated again, as they are for repeated values. So the outcome does not depend on the
chunks. Files in which, by their bytes, no number can have a decimal comma skip the comparison.

A column in which every number with a point can be read in two ways gets a notice, since there is no
evidence of a fault. Not so in a file with commas as delimiter: a program that writes decimal commas
would not separate cells by commas.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

import polars as pl

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.attributes.rules.model import Column, ColumnRole, FaultCode
from core.attributes.rules.result import ValidationResult
from core.attributes.rules.wording import FAULTS_SCHEMA
from core.imports.model import NumbersInColumn, Plan
from core.imports.table.phrases import row_and_column
from core.outcomes import Notice, NoticeCode

_UNIT = r"(?:[^0-9.,].*)?$"
_TWO_WAYS = rf"(?s)^[+-]?[1-9][0-9]{{0,2}}\.[0-9]{{3}}{_UNIT}"
_POINT = rf"(?s)^[+-]?[0-9]*\.[0-9]+{_UNIT}"
_DECIMAL_COMMA = (
    r"(?s)^[+-]?(?:[0-9]{1,3}(?:[.' \u{a0}\u{202f}][0-9]{3})+,[0-9]+|0*,[0-9]+"
    rf"|[0-9]+,(?:[0-9]{{1,2}}|[0-9]{{4,}})|[0-9]{{1,3}}(?:\.[0-9]{{3}}){{2,}})\s*{_UNIT}"
)
"""`1,299` is none: its comma may separate thousands. `1.234.567` tells the same."""
_CODES = {
    AttributeType.NUMBER: FaultCode.NOT_A_NUMBER,
    AttributeType.MEASURE: FaultCode.NOT_A_MEASURE,
}


def number_columns(
    definitions: Sequence[AttributeDefinition], columns: Sequence[Column]
) -> tuple[int, ...]:
    """Indexes of the columns with numbers or measures, in file order."""
    names = {d.name for d in definitions if d.type in _CODES}
    roles = (ColumnRole.VALUE, ColumnRole.MEASURE_VALUE)
    return tuple(c.index for c in columns if c.role in roles and c.attribute in names)


def numbers_in(
    validation: ValidationResult, faults: pl.DataFrame, plan: Plan, first_row: int
) -> Iterator[NumbersInColumn]:
    """The forms of numbers in the columns of a frame. Empty for files that need no comparison."""
    may_separate_thousands = _points_may_separate_thousands(plan)
    compares = plan.number_columns or may_separate_thousands
    if plan.locale is not None or not compares:
        return
    codes = [code.value for code in _CODES.values()]
    wrong = faults.filter(pl.col("code").is_in(codes))
    for rules in validation.fields:
        if rules.definition.type not in _CODES:
            continue
        index = rules.column.index
        texts = validation.derived.frame[rules.reads[0]]
        at = _at(texts)
        values = wrong.filter(pl.col("position") == index)["value"]
        commas = int(values.str.contains(_DECIMAL_COMMA).sum())
        if len(at) or commas or may_separate_thousands:
            points = int(texts.str.contains(_POINT).sum()) - len(at)
            yield NumbersInColumn(
                column=index,
                two_ways=len(at),
                commas=commas,
                points=points,
                row=first_row + int(at[0]) if len(at) else None,
                text=texts[int(at[0])] if len(at) else "",
            )


def _at(texts: pl.Series) -> pl.Series:
    """The rows of the numbers that read in two ways."""
    if not len(texts):
        return pl.Series(dtype=pl.UInt32)
    likely = (texts.str.len_bytes() >= len("1.450")).fill_null(value=False).arg_true()
    return likely.filter(texts.gather(likely).str.contains(_TWO_WAYS))


def added_up(found: Iterable[NumbersInColumn]) -> tuple[NumbersInColumn, ...]:
    """One per column, in their order. The order of the arguments does not matter."""
    by_column: dict[int, NumbersInColumn] = {}
    for one in found:
        other = by_column.get(one.column, NumbersInColumn(column=one.column))
        first = min((n for n in (one, other) if n.row is not None), key=_row, default=one)
        by_column[one.column] = NumbersInColumn(
            column=one.column,
            two_ways=one.two_ways + other.two_ways,
            commas=one.commas + other.commas,
            points=one.points + other.points,
            row=first.row,
            text=first.text,
        )
    return tuple(by_column[column] for column in sorted(by_column))


def _row(numbers: NumbersInColumn) -> int:
    return numbers.row or 0


def columns_in_doubt(found: Iterable[NumbersInColumn]) -> tuple[int, ...]:
    """The columns in which a number like `1.450` is a fault, by the counts of all chunks."""
    return tuple(n.column for n in added_up(found) if n.two_ways and n.commas)


def with_doubts(
    faults: pl.DataFrame,
    validation: ValidationResult,
    columns: Collection[int],
    max_characters: int,
) -> pl.DataFrame:
    """The faults, and those of numbers that read in two ways in these columns. They go before
    others of the same cell: which value the settings should hold for is not known."""
    found = []
    for rules in validation.fields:
        if rules.column.index not in columns:
            continue
        texts = validation.derived.frame[rules.reads[0]]
        rows = _at(texts)
        text = pl.col("text")
        number = text.str.extract(r"^([+-]?[0-9.]+)", 1)
        found.append(
            pl.DataFrame({"row": rows, "text": texts.gather(rows)}).select(
                pl.col("row"),
                pl.lit(rules.column.index).alias("position"),
                pl.lit(_CODES[rules.definition.type].value).alias("code"),
                pl.lit(rules.column.header).alias("column"),
                pl.concat_str(
                    pl.lit('"'),
                    text,
                    pl.lit(
                        '" reads in two ways, since other cells of the column have a decimal '
                        "comma or points between thousands: write "
                    ),
                    number.str.replace(".", "", literal=True),
                    pl.lit(" if the point separates thousands, or "),
                    number,
                    pl.lit("0 if it separates decimals"),
                ).alias("reason"),
                text.str.head(max_characters).alias("value"),
            )
        )
    if not found:
        return faults
    doubted = pl.DataFrame(pl.concat(found), schema_overrides=FAULTS_SCHEMA)
    others = faults.join(doubted, on=["row", "position"], how="anti", maintain_order="left")
    return pl.concat([others, doubted]).sort("row", "position", maintain_order=True)


def doubt_notices(found: Iterable[NumbersInColumn], plan: Plan) -> list[Notice]:
    """Columns with nothing but numbers that read in two ways."""
    if not _points_may_separate_thousands(plan):
        return []
    return [
        Notice(
            code=NoticeCode.NUMBERS_READ_TWO_WAYS,
            message=f"{_which(numbers, plan)} read with a decimal point. If the point separates "
            "thousands, remove it and upload the file again.",
        )
        for numbers in added_up(found)
        if numbers.two_ways and not numbers.points
        if not (numbers.commas and plan.number_columns)  # then these are faults
    ]


def _points_may_separate_thousands(plan: Plan) -> bool:
    """By the delimiter of a text. Workbooks hold numbers, not their spelling."""
    return plan.format.delimiter not in (None, ",")


def _which(numbers: NumbersInColumn, plan: Plan) -> str:
    where = _where(numbers, plan)
    column = f'in column "{plan.columns[numbers.column].header}"'
    if numbers.two_ways == 1:
        return f"The number {numbers.text} {column} reads in two ways ({where}). It was"
    return (
        f"All {numbers.two_ways:,} numbers with a point {column} read in two ways; the first is "
        f"{numbers.text} in {where}. They were"
    )


def _where(numbers: NumbersInColumn, plan: Plan) -> str:
    return row_and_column(numbers.row or 0, numbers.column, plan.original_headers).split(",")[0]
