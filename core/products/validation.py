"""JSON values of a caller, validated by the rules of an import.

A value is converted to the text of a cell, and the text is validated: so a number may come as a
number or as text, a list as a list or as `Red; Blue`, a measure as `2.5 kg` or as
`{"value": 2.5, "unit": "kg"}`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from core.attributes.definitions import OPTION_SEPARATOR, AttributeDefinition, AttributeType
from core.attributes.rules.model import FaultCode
from core.attributes.rules.values import validate_records
from core.products.fields import ID, SYSTEM_FIELDS
from core.query_parameters import shown
from core.settings import Settings

NOT_A_VALUE = "NOT_A_VALUE"
"""The fault of a JSON value that no cell could hold: an object, a list in a list."""
NOT_AN_OBJECT = "NOT_AN_OBJECT"

MAX_IGNORED_FIELDS = 100
"""In one answer, and their names cut as in sentences: a call can have any number of any length."""

_NEVER_WRITTEN = frozenset({ID, *SYSTEM_FIELDS})


class ItemFault(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A fault of one product of a call; the same shape as a fault of an import."""

    column: str | None
    """The attribute; None for a fault of the whole product."""
    code: str
    message: str
    value: str | None = None


MAX_FAULTS_REPORTED = 500
"""Of one call: an answer of Lambda has at most 6 MB."""


class FaultBudget:
    """Lets the first faults of a call through, and knows how many there were in all."""

    def __init__(self) -> None:
        self._given = 0

    def first(self, faults: Sequence[ItemFault]) -> tuple[ItemFault, ...]:
        left = max(MAX_FAULTS_REPORTED - self._given, 0)
        self._given += len(faults)
        return tuple(faults[:left])

    @property
    def sentence(self) -> str:
        """For the end of a message; empty if every fault is reported."""
        if self._given <= MAX_FAULTS_REPORTED:
            return ""
        return f" Only the first {MAX_FAULTS_REPORTED} of {self._given} faults are reported."


@dataclass(frozen=True, slots=True)
class ValidatedItem:
    """One product of a call. Without faults, `values` and `cleared` are to be written."""

    values: Mapping[str, Any]
    """Of the attributes that the item names; typed, as products store them."""
    cleared: frozenset[str]
    """Attributes that the caller gave explicitly without a value."""
    faults: tuple[ItemFault, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """Of attributes that the item does not name: for a new product, not for one that exists."""


@dataclass(slots=True)
class _Item:
    texts: dict[str, str | None] = field(default_factory=dict)
    faults: list[ItemFault] = field(default_factory=list)


def validate_items(
    items: Sequence[Any],
    definitions: Sequence[AttributeDefinition],
    settings: Settings,
    *,
    partial: bool,
) -> list[ValidatedItem]:
    """Validate the products of one call as one frame. With `partial` they are changes to products:
    a required attribute may be absent, but not empty.
    """
    by_name = {definition.name: definition for definition in definitions}
    read = [_read(item, by_name) for item in items]
    rules = [_optional(definition) for definition in definitions] if partial else definitions
    results = validate_records([item.texts for item in read], rules, settings)
    validated = []
    for item, result in zip(read, results, strict=True):
        shapeless = {fault.column for fault in item.faults}
        faults = item.faults + [
            ItemFault(column=f.column, code=f.code, message=f.message, value=f.value)
            for f in result.faults
            if f.column not in shapeless and None not in shapeless
        ]
        empty = frozenset(item.texts) - result.values.keys() if not result.faults else frozenset()
        if partial:
            faults += [_missing(name) for name in sorted(empty) if by_name[name].is_required]
        validated.append(
            ValidatedItem(
                values={} if faults else _named(result.values, item.texts, named=True),
                defaults={} if faults else _named(result.values, item.texts, named=False),
                cleared=frozenset() if faults else empty,
                faults=tuple(faults),
            )
        )
    return validated


def ignored_fields(items: Iterable[Any], names: Iterable[str]) -> list[str]:
    """Fields without a definition, which are not stored; in the order in which they first appear,
    and `MAX_IGNORED_FIELDS` of them. The product's own fields, such as `createdAt`, come back from
    every reader and are not reported."""
    known = {*names, *_NEVER_WRITTEN}
    found: dict[str, None] = {}
    for item in items:
        if isinstance(item, Mapping):
            for name in item:
                if name not in known:
                    found[shown(name)] = None
                    if len(found) == MAX_IGNORED_FIELDS:
                        return list(found)
    return list(found)


def _read(item: Any, by_name: Mapping[str, AttributeDefinition]) -> _Item:
    read = _Item()
    if not isinstance(item, Mapping):
        message = "A product must be a JSON object of attribute names and values."
        read.faults.append(ItemFault(column=None, code=NOT_AN_OBJECT, message=message))
        return read
    for name, definition in by_name.items():
        if name not in item:
            continue
        try:
            read.texts[name] = _text(item[name], definition)
        except ValueError as error:
            read.faults.append(
                ItemFault(column=name, code=NOT_A_VALUE, message=f'Attribute "{name}": {error}.')
            )
    return read


def _text(value: Any, definition: AttributeDefinition) -> str | None:
    """The text that a cell of this attribute would have. Raises ValueError with the rest of a
    sentence."""
    if value is None or isinstance(value, str):
        return _sound(value)
    if isinstance(value, bool | int | float):
        return _scalar(value)
    if isinstance(value, Mapping) and definition.type is AttributeType.MEASURE:
        return _measure(value)
    if isinstance(value, Sequence) and definition.type is AttributeType.MULTIPLE_SELECT:
        return _list(value)
    kind = "a list" if isinstance(value, Sequence) else "an object"
    raise ValueError(f"{kind} cannot be the value of an attribute of type {definition.type}")


def _scalar(value: bool | int | float) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value)


def _sound(text: str | None) -> str | None:
    """JSON can spell half of a surrogate pair, which is no character and cannot be stored."""
    if text is not None and any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("the text holds half of a character")
    return text


def _measure(value: Mapping[Any, Any]) -> str | None:
    number, unit = value.get("value"), value.get("unit")
    if value.keys() - {"value", "unit"}:
        raise ValueError('a measure has "value" and "unit", and nothing else')
    if isinstance(number, bool) or not isinstance(number, int | float | str | None):
        raise ValueError('the "value" of a measure must be a number')
    if not isinstance(unit, str | None):
        raise ValueError('the "unit" of a measure must be text')
    text = number if isinstance(number, str) else "" if number is None else repr(number)
    if not text.strip():
        if unit and unit.strip() and number is not None:
            raise ValueError("the measure has a unit and no value")
        return None
    return _sound(f"{text} {unit}" if unit else text)


def _list(parts: Sequence[Any]) -> str:
    texts = []
    for part in parts:
        if not isinstance(part, str | int | float):
            raise ValueError("the values of a list must be texts")
        text = part if isinstance(part, str) else _scalar(part)
        if OPTION_SEPARATOR in text:
            raise ValueError(f'"{text[:50]}" holds a "{OPTION_SEPARATOR}", which no option has')
        texts.append(text)
    return _sound(OPTION_SEPARATOR.join(texts)) or ""


def _named(
    values: Mapping[str, Any], texts: Mapping[str, str | None], *, named: bool
) -> dict[str, Any]:
    return {name: value for name, value in values.items() if (name in texts) is named}


def _optional(definition: AttributeDefinition) -> AttributeDefinition:
    # a change that empties a value means it: no default takes its place
    return msgspec.structs.replace(definition, is_required=False, default_value=None)


def _missing(name: str) -> ItemFault:
    return ItemFault(
        column=name,
        code=FaultCode.REQUIRED_VALUE_MISSING,
        message=f'Attribute "{name}": the value is missing, and it is required.',
    )
