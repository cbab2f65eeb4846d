"""Products of the catalogue as a table, by the present attributes.

A product may hold a value that no longer has the type of its attribute, whose definition changed
since. As text it is written all the same; what a column of another type cannot hold is left out,
and counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import polars as pl
from polars.datatypes import DataType

from core.attributes.definitions import AttributeDefinition
from core.attributes.rules.tables import Table
from core.attributes.rules.types.select import SEPARATOR
from core.attributes.value_types import value_type


@dataclass(slots=True)
class LeftOut:
    values: int = 0
    names: list[str] = field(default_factory=list)

    def note(self, name: str) -> None:
        self.values += 1
        if name not in self.names:
            self.names.append(name)


def table_of(
    documents: Sequence[Mapping[str, Any]], definitions: Sequence[AttributeDefinition]
) -> tuple[Table, LeftOut]:
    left_out = LeftOut()
    columns = []
    for at, definition in enumerate(definitions):
        name, kind = definition.name, value_type(definition)
        stored = [document.get(name) for document in documents]
        values = [_fitting(value, kind) for value in stored]
        for value, fitting in zip(stored, values, strict=True):
            if value is not None and fitting is None:
                left_out.note(name)
        if kind == pl.Float64 or isinstance(kind, pl.Struct):
            whole = [_whole_number(value) for value in values]
            if any(number is not None for number in whole):
                columns.append(pl.Series(f"{at}!", whole, pl.Int64))
            values = [_double(value) for value in values]
        columns.append(pl.Series(str(at), values, kind))
    names = tuple(definition.name for definition in definitions)
    return Table(names, pl.DataFrame(columns)), left_out


def _fitting(value: Any, kind: DataType) -> Any:
    """The value in the form that a column of this type takes; None if there is no such form."""
    if value is None or value == []:
        return None
    return _FITTING[kind.base_type()](value)


def _list(value: Any) -> list[str]:
    return [text_of(part) for part in (value if isinstance(value, list) else [value])]


def _measure(value: Any) -> Any:
    return value if isinstance(value, dict) and _is_number(value.get("value")) else None


def _truth(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _number(value: Any) -> int | float | None:
    return value if _is_number(value) else None


def _whole(value: Any) -> int | None:
    return int(value) if _is_number(value) and value == int(value) else None


def text_of(value: Any) -> str:
    """A value as a cell holds it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return SEPARATOR.join(map(text_of, value))
    if isinstance(value, dict):
        return f"{value.get('value')} {value.get('unit') or ''}".rstrip()
    return str(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        return None


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else None


def _whole_number(value: Any) -> int | None:
    number = value.get("value") if isinstance(value, dict) else value
    return number if isinstance(number, int) else None


def _double(value: Any) -> Any:
    """The value without its number where that is a whole one."""
    if isinstance(value, dict):
        unit = value.get("unit")
        number = _double(value["value"])
        return {"value": number, "unit": None if unit is None else str(unit)}
    return value if isinstance(value, float) else None


_FITTING: Mapping[type[DataType], Callable[[Any], Any]] = {
    pl.String: text_of,
    pl.List: _list,
    pl.Struct: _measure,
    pl.Boolean: _truth,
    pl.Date: _day,
    pl.Datetime: _moment,
    pl.Float64: _number,
    pl.Int64: _whole,
}
"""By the types that `value_type` returns."""
