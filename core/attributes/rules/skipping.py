"""`skip_value`: which rows are kept without their faulty values, and which values remain.

A row is kept if all its faults are in attributes that are not required. It is rejected if it would
lose the value that gives the product its id, since under another id it would become a second
product, or if no value of its own remains.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from core.attributes.identity import IDENTIFYING_NAMES
from core.attributes.rules.defaults import GIVEN, has_default
from core.attributes.rules.model import Column
from core.attributes.rules.result import ValidationResult
from core.attributes.rules.rule import CellRules, Field

SKIPPED = "skipped"
"""The derived column that is true where the value of the attribute is left out."""


@dataclass(frozen=True, slots=True)
class Skipping:
    """The rows of a frame, the faulty values of which are left out."""

    kept: pl.Series
    """For each row: does it stay although it has faults?"""
    cells: pl.DataFrame
    fields: list[Field]
    """The fields of a product over `cells`, null where a value is left out."""


def skip_values(
    validation: ValidationResult, faults: pl.DataFrame, columns: Sequence[Column]
) -> Skipping:
    """`faults` (FAULTS_SCHEMA) are those of the cells and those of whole rows, which no row
    survives."""
    frame = validation.cells
    skipped = _skipped(frame.height, validation.fields, faults, columns)
    required = {r.definition.name for r in validation.fields if r.definition.is_required}
    faulty = rows_mask(frame.height, faults["row"].unique())
    fatal = rows_mask(frame.height, faults.filter(pl.col("position") < 0)["row"])
    for name in required & skipped.keys():
        fatal |= skipped[name]
    cells = frame.with_columns(
        skipped[rules.definition.name].alias(rules.name_of(SKIPPED))
        for rules in validation.fields
        if rules.definition.name in skipped
    )
    fields = [
        _unless_skipped(field, rules) if rules.definition.name in skipped else field
        for field, rules in zip(validation.products(), validation.fields, strict=True)
    ]
    candidates = (faulty & ~fatal).arg_true()
    lasting = _is_lasting(cells[candidates], fields, validation.fields, skipped.keys())
    kept = rows_mask(frame.height, candidates.filter(lasting))
    return Skipping(kept=kept, cells=cells, fields=fields)


def _skipped(
    height: int, attributes: Sequence[CellRules], faults: pl.DataFrame, columns: Sequence[Column]
) -> Mapping[str, pl.Series]:
    """Of the attributes that have faults: the rows in which they have one."""
    names = {column.index: column.attribute for column in columns}
    masks: dict[str, pl.Series] = {}
    of_cells = faults.filter(pl.col("position") >= 0).select("position", "row")
    for part in of_cells.partition_by("position", maintain_order=True):
        name = names[part["position"][0]] or ""
        mask = rows_mask(height, part["row"])
        masks[name] = masks[name] | mask if name in masks else mask  # a pair has two columns
    return {r.definition.name: masks[n] for r in attributes if (n := r.definition.name) in masks}


def _unless_skipped(field: Field, rules: CellRules) -> Field:
    there = pl.when(~pl.col(rules.name_of(SKIPPED)))

    whole = None if field.whole is None else there.then(field.whole)
    return replace(field, value=there.then(field.value), whole=whole)


def _is_lasting(
    cells: pl.DataFrame,
    fields: Sequence[Field],
    attributes: Sequence[CellRules],
    skipped: Collection[str],
) -> pl.Series:
    """For each row, whether a value of its own remains and its id is unchanged."""
    names = [rules.definition.name for rules in attributes]
    present = cells.select(field.is_present.alias(str(at)) for at, field in enumerate(fields))
    lasting = rows_mask(cells.height, ())
    for at, rules in enumerate(attributes):
        own = present[str(at)]
        lasting |= own & cells[rules.name_of(GIVEN)] if has_default(rules) else own
    marked = [rules.definition.name for rules in attributes if rules.definition.is_identifier]
    identified = rows_mask(cells.height, ())
    for name in dict.fromkeys((*marked, *IDENTIFYING_NAMES)):
        if name in names:
            at = names.index(name)
            if name in skipped:
                lasting &= identified | ~cells[attributes[at].name_of(SKIPPED)]
            identified |= present[str(at)]
    return lasting


def rows_mask(height: int, rows: pl.Series | Sequence[int]) -> pl.Series:
    """True at these rows. Always a new series: `scatter` changes the one that it is called on."""
    mask = pl.repeat(value=False, n=height, dtype=pl.Boolean, eager=True)
    return mask.scatter(rows, values=True) if len(rows) else mask
