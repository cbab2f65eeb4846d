"""First pass: the unique values of a chunk, one Parquet file per chunk.

| column  | type   | holds                                                                  |
|---------|--------|------------------------------------------------------------------------|
| `row`   | UInt32 | number of the row in the file, from 1                                  |
| `id`    | String | the `_id` that the row would be saved under                            |
| `{n}`   | String | value of the file's column `n`; null if it is missing or faulty        |

Two values are equal if they are equal in the catalogue's index: numbers by value (`10`, `10.0` and
`1e1` are `10`), all others exactly as stored. Texts are escaped as in a JSON string.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import msgspec
import polars as pl

from core.attributes.definitions import AttributeType
from core.attributes.identity import ID_MAX_BYTES, IDENTIFYING_NAMES, product_id_of
from core.attributes.rules.result import ValidationResult
from core.attributes.rules.rule import CellRules
from core.attributes.rules.skipping import rows_mask, skip_values
from core.attributes.rules.tables import json_lines, scalar, table_of
from core.attributes.rules.types.number import surely_in_range
from core.imports.model import Plan
from core.storage import ObjectStore
from core.storage.content_types import PARQUET

ROW, ID = "row", "id"

_UNKNOWN = ""
"""Marks an id that only the whole product determines. No id is empty."""


def unique_values(
    validation: ValidationResult, faults: pl.DataFrame, plan: Plan, first_row: int
) -> pl.DataFrame:
    """The rows that have a value in a unique column. `faults` are the faults of the rules;
    `first_row` is the row number of the frame's row 0."""
    by_name = {rules.definition.name: rules for rules in validation.fields}
    marked = [r.definition.name for r in validation.fields if r.definition.is_identifier]
    identifying = [by_name[n] for n in dict.fromkeys((*marked, *IDENTIFYING_NAMES)) if n in by_name]
    chosen = [rules for rules in validation.fields if rules.column.index in plan.unique_columns]
    frame = validation.cells

    def if_valid(rules: CellRules, text: pl.Expr) -> pl.Expr:
        of_cells = pl.col("position").is_in(_positions(rules))
        faulty = rows_mask(frame.height, faults.filter(of_cells)["row"])
        return pl.when(pl.lit(~faulty)).then(text)

    chosen_texts = frame.select(
        if_valid(rules, stored_text(rules)).alias(str(rules.column.index)) for rules in chosen
    )
    has_value = chosen_texts.select(
        pl.any_horizontal(pl.all().is_not_null()).alias("has_value")
    ).to_series()
    texts = pl.repeat(None, frame.height, dtype=pl.String, eager=True)
    for rules in identifying:
        of_attribute = frame.select(if_valid(rules, _id_text(rules))).to_series()
        texts = texts.zip_with(texts.is_not_null(), of_attribute)
        if not (has_value & texts.is_null()).any():
            break  # the further attributes identify none of these rows
    values = chosen_texts.select(
        (pl.int_range(frame.height, dtype=pl.UInt32) + first_row).alias(ROW),
        pl.when(pl.lit(texts) != _UNKNOWN).then(pl.lit(texts)).alias(ID),
        pl.all(),
    )
    without_id = (has_value & values[ID].is_null()).arg_true()
    if len(without_id):
        ids = _ids_of_products(without_id, validation, faults, plan)
        values = values.with_columns(values[ID].scatter(without_id, ids))
    return values.filter(has_value)


def _ids_of_products(
    rows: pl.Series, validation: ValidationResult, faults: pl.DataFrame, plan: Plan
) -> list[str]:
    """The ids of these rows of the frame, derived from all valid values."""
    valid = skip_values(validation, faults, plan.columns)
    cells = valid.cells[rows]
    lines = json_lines(table_of(cells, valid.fields, ~rows_mask(cells.height, ())))
    marked = (r.definition.name for r in validation.fields if r.definition.is_identifier)
    identifier = next(marked, None)
    return [product_id_of(msgspec.json.decode(line), identifier) for line in lines.splitlines()]


def put_values(store: ObjectStore, bucket: str, key: str, parts: Sequence[pl.DataFrame]) -> None:
    put_frame(store, bucket, key, pl.concat(parts))


def put_frame(store: ObjectStore, bucket: str, key: str, frame: pl.DataFrame) -> None:
    """Write the frame as Parquet; equal frames give equal bytes."""
    data = io.BytesIO()
    frame.rechunk().write_parquet(data, compression="zstd", compression_level=1, statistics=False)
    store.put(bucket, key, data.getvalue(), PARQUET)


def get_frame(
    store: ObjectStore, bucket: str, key: str, columns: list[str] | None = None
) -> pl.DataFrame:
    """Raises ObjectMissing."""
    return pl.read_parquet(io.BytesIO(store.get(bucket, key)), columns=columns)


def stored_text(rules: CellRules) -> pl.Expr:
    """The stored value, no list or measure, as a text; equal values give equal texts."""
    field = rules.field()
    text = scalar(field.value, field.kind, field.whole)
    return number_text(text) if rules.definition.type is AttributeType.NUMBER else text


def number_text(text: pl.Expr) -> pl.Expr:
    """A canonical text for each number: whole numbers as integers, within 64 bits."""
    integer = text.cast(pl.Int64, strict=False)
    double = text.cast(pl.Float64, strict=False)
    is_whole = surely_in_range(double) & (double.floor() == double)
    whole = pl.when(is_whole).then(double).cast(pl.Int64, strict=False)
    return pl.coalesce(integer.cast(pl.String), whole.cast(pl.String), double.cast(pl.String))


def _id_text(rules: CellRules) -> pl.Expr:
    """A value in the form of `core.attributes.identity.id_text`. Null without a value; `_UNKNOWN`
    if one expression cannot compute it."""
    field = rules.field()
    if field.kind not in (pl.String, pl.Date, pl.Datetime, pl.Float64, pl.Int64):
        return pl.when(field.is_present).then(pl.lit(_UNKNOWN))
    text = stored_text(rules)
    if rules.definition.type is AttributeType.NUMBER:
        is_plain = text.str.contains(r"^-?\d+$")  # Python formats other numbers differently
    else:
        is_plain = (
            ~text.str.contains(r"[\x00-\x1f]")
            & (text.str.len_bytes() <= ID_MAX_BYTES)
            & ~text.is_in([".", ".."])
        )
    return pl.when(text.is_not_null()).then(
        pl.when(is_plain).then(text).otherwise(pl.lit(_UNKNOWN))
    )


def _positions(rules: CellRules) -> list[int]:
    return [int(column) for column in rules.reads]
