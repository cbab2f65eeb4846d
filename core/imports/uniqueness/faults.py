"""Second pass: cells that repeat a unique value become faults, like any other."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from core.attributes.rules.model import FaultCode
from core.attributes.rules.result import ValidationResult
from core.attributes.rules.rule import SHOWN, CellRules
from core.attributes.rules.shown import shown
from core.attributes.rules.wording import FAULTS_SCHEMA
from core.imports.model import Chunk
from core.imports.uniqueness.catalogue import PRODUCT, TAKEN_SCHEMA
from core.imports.uniqueness.emitting import ROW, get_frame
from core.imports.uniqueness.repeats import FIRST_ROW, POSITION, REPEATS_SCHEMA
from core.imports.uniqueness.revalidation import RevalidationChunk
from core.settings import Settings
from core.storage import ImportKeys, ObjectStore

ID_SHOWN_CHARACTERS = 100


@dataclass(frozen=True, slots=True)
class KnownRepeats:
    """The repeats that were found in one chunk; rows are numbers in the file."""

    repeats: pl.DataFrame
    """REPEATS_SCHEMA"""
    taken: pl.DataFrame
    """TAKEN_SCHEMA"""


def known_repeats(
    store: ObjectStore, bucket: str, keys: ImportKeys, chunk: Chunk
) -> KnownRepeats | None:
    """None in the first pass. Raises ObjectMissing."""
    if not isinstance(chunk, RevalidationChunk) or not (chunk.repeats or chunk.taken):
        return None
    repeats, taken = pl.DataFrame(schema=REPEATS_SCHEMA), pl.DataFrame(schema=TAKEN_SCHEMA)
    if chunk.repeats:
        repeats = get_frame(store, bucket, keys.repeats(chunk.index))
    if chunk.taken:
        taken = get_frame(store, bucket, keys.taken(chunk.index))
    return KnownRepeats(repeats, taken)


def with_repeats(
    faults: pl.DataFrame,
    known: KnownRepeats,
    validation: ValidationResult,
    first_row: int,
    settings: Settings,
) -> pl.DataFrame:
    """The faults of a frame in FAULTS_SCHEMA, with those of the cells that repeat a value. `faults`
    are the faults of the rules; `first_row` is the row number of the frame's row 0."""
    height = validation.cells.height
    here = pl.col(ROW).is_between(first_row, first_row + height - 1)
    frame_row = (pl.col(ROW).cast(pl.Int64) - first_row).cast(pl.UInt32)
    repeats = known.repeats.filter(here).with_columns(frame_row)
    taken = known.taken.filter(here).with_columns(frame_row)
    repeats = repeats.join(taken, on=[ROW, POSITION], how="anti", maintain_order="left")
    taken = taken.drop_nulls(PRODUCT)
    limit = settings.fault_value_max_characters
    found = []
    for rules in validation.fields:
        of_column = pl.col(POSITION) == rules.column.index
        in_file = pl.concat_str(
            pl.lit('"'),
            pl.col(SHOWN),
            pl.lit('" is also in row '),
            pl.col(FIRST_ROW).cast(pl.String),
            pl.lit(", and may occur only once"),
        )
        in_catalogue = pl.concat_str(
            pl.lit('"'),
            pl.col(SHOWN),
            pl.lit('" belongs to the product "'),
            shown(pl.col(PRODUCT), ID_SHOWN_CHARACTERS),
            pl.lit('" of the catalogue, and may occur only once'),
        )
        for cells, code, reason in (
            (repeats.filter(of_column), FaultCode.NOT_UNIQUE_IN_FILE, in_file),
            (taken.filter(of_column), FaultCode.NOT_UNIQUE_IN_CATALOGUE, in_catalogue),
        ):
            if cells.height:
                found.append(_described(cells, validation, rules, code, reason, limit))
    if not found:
        return faults
    return pl.concat([faults, *found]).sort("row", "position", maintain_order=True)


def _described(
    cells: pl.DataFrame,
    validation: ValidationResult,
    rules: CellRules,
    code: FaultCode,
    reason: pl.Expr,
    max_characters: int,
) -> pl.DataFrame:
    text = validation.cells[rules.reads[0]].gather(cells[ROW])
    described = (
        cells.with_columns(text.alias("text"))
        .with_columns(shown(pl.col("text"), max_characters).alias(SHOWN))
        .select(
            pl.col(ROW).alias("row"),
            pl.col(POSITION).alias("position"),
            pl.lit(code.value).alias("code"),
            pl.lit(rules.column.header).alias("column"),
            reason.alias("reason"),
            pl.col("text").str.head(max_characters).alias("value"),
        )
    )
    return pl.DataFrame(described, schema_overrides=FAULTS_SCHEMA)
