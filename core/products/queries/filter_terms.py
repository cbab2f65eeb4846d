"""Converts one filter of a list (a field, an operator and texts) to a term of typed conditions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from core.attributes.rules.types.unit_case import is_other_by_case, is_same_unit
from core.products.fields import KEY_MAX_CHARACTERS, FieldKind, ListField, moment_key, text_key
from core.products.queries.conditions import TEXT_END, Condition, Term, any_of, equals, starts_with
from core.query_parameters import shown
from core.query_values import (
    boolean_value,
    day_value,
    measure_value,
    number_value,
    text_value,
    time_value,
)

_SMALLEST: Mapping[FieldKind, Any] = {
    FieldKind.NUMBER: float("-inf"),
    FieldKind.MEASURE: float("-inf"),
    FieldKind.BOOLEAN: False,
}
"""The smallest value of a field of each kind; all other kinds hold texts."""

_T = TypeVar("_T")


class Operator(StrEnum):
    EQUALS = "eq"
    ANY_OF = "in"
    NOT_EQUALS = "ne"
    GREATER = "gt"
    GREATER_OR_EQUAL = "gte"
    LESS = "lt"
    LESS_OR_EQUAL = "lte"
    CONTAINS = "contains"
    STARTS_WITH = "startswith"
    EXISTS = "exists"


_COMPARISONS = {
    Operator.GREATER: "$gt",
    Operator.GREATER_OR_EQUAL: "$gte",
    Operator.LESS: "$lt",
    Operator.LESS_OR_EQUAL: "$lte",
}
_READERS: Mapping[FieldKind, Callable[[str], Any]] = {
    FieldKind.NUMBER: number_value,
    FieldKind.BOOLEAN: boolean_value,
    FieldKind.DAY: day_value,
}
"""Conversions of a text to the field's type; all other kinds compare texts."""
_LISTS = frozenset({Operator.ANY_OF, Operator.NOT_EQUALS})
_IN_TEXT = frozenset({Operator.CONTAINS, Operator.STARTS_WITH})
_UNSUPPORTED: Mapping[FieldKind, frozenset[Operator]] = {
    FieldKind.TEXT: frozenset(),
    FieldKind.LONG_TEXT: frozenset(),
    FieldKind.LIST: frozenset(_COMPARISONS),
    FieldKind.NUMBER: _IN_TEXT,
    FieldKind.MEASURE: _IN_TEXT,
    FieldKind.BOOLEAN: frozenset(_COMPARISONS) | _IN_TEXT,
    FieldKind.DAY: _IN_TEXT,
    FieldKind.MOMENT: _IN_TEXT | _LISTS,
    FieldKind.TIME: _IN_TEXT | _LISTS | {Operator.EXISTS},
}
_REASONS = {
    FieldKind.LIST: "it is a list of options",
    FieldKind.NUMBER: "it is a number",
    FieldKind.MEASURE: "it is a measure",
    FieldKind.BOOLEAN: "it is true or false",
    FieldKind.DAY: "it is a date",
    FieldKind.MOMENT: "it is a time",
    FieldKind.TIME: "it is a time",
}


def term_of(
    parameter: str, field: ListField, operator: Operator | None, texts: Sequence[str]
) -> Term:
    """The term of a parameter. Raises ValueError with a sentence."""
    if operator in _UNSUPPORTED[field.kind]:
        raise ValueError(f"“{field.name}” has no filter “{operator}”: {_REASONS[field.kind]}.")
    if operator is None or operator in _LISTS:
        texts = [part for text in texts for part in text.split(",") if part.strip()]
        if not texts:
            raise ValueError(f"“{parameter}” has no value.")
    elif operator is not Operator.EQUALS and len(texts) != 1:
        raise ValueError(f"“{parameter}” is repeated {len(texts)} times; send it once.")
    elif not all(text.strip() for text in texts):
        raise ValueError(
            f"“{parameter}” has no value; “{field.name}[exists]=false” finds products without one."
        )
    match operator:
        case None | Operator.EQUALS | Operator.ANY_OF:
            return _equal(parameter, field, texts)
        case Operator.NOT_EQUALS:
            return _not_equal(parameter, field, texts)
        case Operator.CONTAINS:
            text = read_value(parameter, texts[0], text_value)
            return Term((Condition(field.name, containing(text)),), is_indexed=False)
        case Operator.STARTS_WITH:
            return _starts(field, read_value(parameter, texts[0], text_value))
        case Operator.EXISTS:
            return _exists(parameter, field, texts[0])
        case _:
            return _compared(parameter, field, operator, texts[0])


def _equal(parameter: str, field: ListField, texts: Sequence[str]) -> Term:
    conditions: tuple[Condition, ...]
    match field.kind:
        case FieldKind.MEASURE:
            numbers, unit = _measures(parameter, texts)
            conditions = (any_of(field.filter_path, numbers), *_unit(parameter, field, unit))
        case FieldKind.TIME | FieldKind.MOMENT:
            if len(texts) > 1:
                raise ValueError(f"“{parameter}” accepts only one time.")
            period = read_value(parameter, texts[0], time_value)
            start, end = (_stored_time(field, time) for time in (period.start, period.end))
            conditions = (Condition(field.filter_path, {"$gte": start, "$lt": end}),)
        case FieldKind.LONG_TEXT:
            values = [read_value(parameter, text, text_value) for text in texts]
            conditions = (any_of(field.key_path, map(text_key, values)),)
            if any(len(value) >= KEY_MAX_CHARACTERS for value in values):
                conditions += (any_of(field.name, values),)
        case _:
            conditions = (any_of(field.name, _values(parameter, field, texts)),)
    return Term(conditions, is_indexed=True)


def _not_equal(parameter: str, field: ListField, texts: Sequence[str]) -> Term:
    path: str = field.name
    values: Sequence[Any]
    if field.kind is FieldKind.MEASURE:
        path, (values, unit) = field.filter_path, _measures(parameter, texts)
        if unit is not None:
            raise ValueError(f"“{parameter}” compares only the number; leave out the unit.")
    else:
        values = _values(parameter, field, texts)
    test = {"$ne": values[0]} if len(values) == 1 else {"$nin": values}
    return Term((Condition(path, test),), is_indexed=False)


def _compared(parameter: str, field: ListField, operator: Operator, text: str) -> Term:
    symbol = _COMPARISONS[operator]
    match field.kind:
        case FieldKind.MEASURE:
            number, unit = read_value(parameter, text, measure_value)
            conditions = [
                Condition(field.filter_path, {symbol: number}),
                *_unit(parameter, field, unit),
            ]
        case FieldKind.TIME | FieldKind.MOMENT:
            period = read_value(parameter, text, time_value)
            later = operator in (Operator.GREATER, Operator.LESS_OR_EQUAL)
            bound = "$gte" if operator in (Operator.GREATER, Operator.GREATER_OR_EQUAL) else "$lt"
            time = _stored_time(field, period.end if later else period.start)
            conditions = [Condition(field.filter_path, {bound: time})]
        case FieldKind.LONG_TEXT:
            value = read_value(parameter, text, text_value)
            # the index finds candidates by the key; the whole text decides
            inclusive = "$gte" if symbol in ("$gt", "$gte") else "$lte"
            conditions = [Condition(field.key_path, {inclusive: text_key(value)})]
            conditions.append(Condition(field.name, {symbol: value}))
        case _:
            (value,) = _values(parameter, field, [text])
            conditions = [Condition(field.filter_path, {symbol: value})]
    return Term(tuple(conditions), is_indexed=True)


def _stored_time(field: ListField, time: datetime) -> datetime | str:
    """As it is compared at `filter_path`."""
    return time if field.kind is FieldKind.TIME else moment_key(time)


def _starts(field: ListField, prefix: str) -> Term:
    if field.kind is FieldKind.LIST:
        within = {"$elemMatch": {"$gte": prefix, "$lt": prefix + TEXT_END}}
        return Term((Condition(field.name, within),), is_indexed=True)
    if field.kind is FieldKind.LONG_TEXT and len(prefix) > KEY_MAX_CHARACTERS:
        key = equals(field.key_path, text_key(prefix))
        return Term((key, starts_with(field.name, prefix)), is_indexed=True)
    return Term((starts_with(field.filter_path, prefix),), is_indexed=True)


def _exists(parameter: str, field: ListField, text: str) -> Term:
    word = text.strip().lower()
    if word not in ("true", "false"):
        raise ValueError(f"“{parameter}” must be true or false.")
    if word == "false":
        return Term((equals(field.filter_path, None),), is_indexed=True)
    lowest = _SMALLEST.get(field.kind, "")
    return Term((Condition(field.filter_path, {"$gte": lowest}),), is_indexed=True)


def _values(parameter: str, field: ListField, texts: Sequence[str]) -> list[Any]:
    read = _READERS.get(field.kind, text_value)
    return [read_value(parameter, text, read) for text in texts]


def _measures(parameter: str, texts: Sequence[str]) -> tuple[list[int | float], str | None]:
    """The numbers, and their common unit."""
    measures = [read_value(parameter, text, measure_value) for text in texts]
    units = {unit for _, unit in measures}
    if len(units) > 1:
        raise ValueError(f"“{parameter}” names different units; use the same for all, or none.")
    return [number for number, _ in measures], units.pop()


def _unit(parameter: str, field: ListField, unit: str | None) -> tuple[Condition, ...]:
    if unit is None:
        return ()
    own = field.unit or ""
    if is_other_by_case(unit, own):
        raise ValueError(
            f"“{parameter}” is in {shown(unit)}, which is another unit than {own}: upper and lower "
            f"case make the difference. Write {own} if that is meant, or convert the value."
        )
    return (equals(f"{field.name}.unit", own if is_same_unit(unit, own) else unit),)


def containing(text: str) -> dict[str, str]:
    """A test for a text within a text, case-insensitive."""
    return {"$regex": re.escape(text), "$options": "i"}


def read_value(parameter: str, text: str, read: Callable[[str], _T]) -> _T:
    """The value that `read` returns. Its ValueError becomes a sentence with parameter and text."""
    try:
        return read(text)
    except ValueError as error:
        raise ValueError(f"“{parameter}”: “{shown(text)}” {error}.") from None
