"""The same rules over single records: REST writes and the suggestions of a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import polars as pl

from core.attributes.definitions import AttributeDefinition
from core.attributes.rules.compilation import compile_rules
from core.attributes.rules.model import Column, ColumnRole, Fault, FaultCode
from core.attributes.rules.shown import shown_text
from core.attributes.rules.tables import json_lines, table_of
from core.settings import Settings


@dataclass(frozen=True, slots=True)
class RecordResult:
    """The result for one record."""

    values: Mapping[str, Any]
    """Typed as a product stores them (a measure as value and unit), keyed by attribute; empty
    when there are faults."""
    faults: tuple[Fault, ...]
    """Without a row; the column is the attribute's name."""


def validate_values(
    values: Mapping[str, str | None],
    definitions: Sequence[AttributeDefinition],
    settings: Settings,
) -> RecordResult:
    """Validate one record of texts, keyed by attribute. Keys without a definition are ignored; a
    missing required attribute is a fault."""
    return validate_records([values], definitions, settings)[0]


def validate_records(
    records: Sequence[Mapping[str, str | None]],
    definitions: Sequence[AttributeDefinition],
    settings: Settings,
) -> list[RecordResult]:
    """Validate many records at the cost of one frame."""
    if not records:
        return []
    columns = [
        Column(index=at, header=d.name, role=ColumnRole.VALUE, attribute=d.name)
        for at, d in enumerate(definitions)
    ]
    frame = pl.DataFrame(
        {str(c.index): [record.get(c.header) for record in records] for c in columns},
        schema={str(c.index): pl.String for c in columns},
    )
    if not columns:
        return [RecordResult(values={}, faults=()) for _ in records]
    validation = compile_rules(definitions, columns, settings).validate(frame)
    faults: dict[int, list[Fault]] = {}
    for row, code, name, reason, value in validation.faults.select(
        "row", "code", "column", "reason", "value"
    ).iter_rows():
        message = f'Attribute "{shown_text(name, settings.fault_value_max_characters)}": {reason}.'
        fault = Fault(row=None, column=name, code=FaultCode(code), message=message, value=value)
        faults.setdefault(row, []).append(fault)
    valid = pl.Series([row not in faults for row in range(len(records))])
    lines = json_lines(table_of(validation.cells, validation.products(), valid))
    products = iter(msgspec.json.Decoder(dict[str, Any]).decode_lines(lines))
    return [
        RecordResult(values={}, faults=tuple(faults[row]))
        if row in faults
        else RecordResult(values=next(products), faults=())
        for row in range(len(records))
    ]
