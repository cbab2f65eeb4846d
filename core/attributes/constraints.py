"""The settings beyond the contract's: which type has which, and which are invalid.

| setting        | says                                             | types                       |
|----------------|--------------------------------------------------|-----------------------------|
| `isUnique`     | no two products may have one value               | short_text, number, date,   |
|                |                                                  | datetime, barcode           |
| `isIdentifier` | the value is the product's `_id`, so unique too; | short_text, number, barcode |
|                | one attribute at most                            |                             |
| `maxLength`    | characters; only ever less than the type allows  | short_text, long_text,      |
|                |                                                  | rich_text                   |
| `min`, `max`   | bounds, included; of a measure in its own unit,  | number, measure             |
|                | and other units are refused then                 |                             |
| `decimals`     | decimal places, zeros at the end not counted     | number, measure             |
| `pattern`      | a regular expression for the whole value         | short_text, long_text, url, |
|                |                                                  | image                       |
| `defaultValue` | read in place of an empty cell                   | all                         |
| `headers`      | other headers in files that mean the attribute   | all                         |

A value that says "none" (false, null, an empty text) may be given for any type: forms that show all
fields send it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.attributes.definitions import (
    SETTING_FIELDS,
    TRAITS,
    AttributeDefinition,
    AttributeType,
    Value,
    cell_text,
    is_set,
)
from core.attributes.naming import has_control_characters, trimmed
from core.schemas import FieldFault
from core.settings import Settings

_T = AttributeType

OF_EVERY_TYPE = frozenset({"defaultValue", "headers"})

TYPES_WITH: Mapping[str, frozenset[AttributeType]] = {
    field: frozenset(
        kind
        for kind, traits in TRAITS.items()
        if field in traits.settings or field in OF_EVERY_TYPE
    )
    for field in SETTING_FIELDS
}


def tidy_settings(kind: AttributeType, given: dict[str, Any]) -> None:
    """Empty texts and lists become null; empty values of settings that the type lacks are removed.
    Whole numbers written as `5.0` become integers. Changes `given`."""
    for field in ("pattern", "defaultValue"):
        if isinstance(given.get(field), str) and not trimmed(given[field]):
            given[field] = None
    for field in ("defaultValue", "headers"):
        if given.get(field) == []:
            given[field] = None
    for field in ("maxLength", "decimals"):
        if isinstance(given.get(field), float) and given[field].is_integer():
            given[field] = int(given[field])
    for field, types in TYPES_WITH.items():
        if field in given and kind not in types and not is_set(field, given[field]):
            del given[field]


def type_faults(kind: AttributeType, given: Mapping[str, Any]) -> Iterator[FieldFault]:
    """Settings that the type does not have."""
    for field, types in TYPES_WITH.items():
        if field in given and kind not in types:
            yield FieldFault(field, f"An attribute of type {kind} has no “{field}”.")


def combination_faults(
    kind: AttributeType, values: Mapping[str, Any], limits: Settings
) -> Iterator[FieldFault]:
    """Settings that contradict each other or the type. `values` are all well-formed settings that
    the attribute would have; those of other types are ignored."""
    values = {field: value for field, value in values.items() if kind in TYPES_WITH[field]}
    for bound in ("min", "max"):
        if not math.isfinite(values.get(bound, 0)):
            yield FieldFault(bound, f"“{bound}” must be a finite number.")
    yield from _header_faults(values.get("headers", ()))
    if "min" in values and "max" in values and values["min"] > values["max"]:
        yield FieldFault("max", "“max” must not be smaller than “min”.")
    longest = limits.short_text_max_characters
    if kind is _T.SHORT_TEXT and values.get("maxLength", 0) > longest:
        yield FieldFault(
            "maxLength",
            f"A short_text holds at most {longest} characters, so “maxLength” cannot be more; "
            "a long_text may be longer.",
        )
    longest = limits.long_text_max_characters
    if kind is not _T.SHORT_TEXT and values.get("maxLength", 0) > longest:
        yield FieldFault("maxLength", f"“maxLength” cannot be more than {longest:,} characters.")
    for flag, what in (("isIdentifier", "identifies its product"), ("isUnique", "is unique")):
        if flag in values and "defaultValue" in values:
            yield FieldFault(
                "defaultValue",
                f"“defaultValue” cannot go with “{flag}”: all products without a value would share "
                f"one that {what}.",
            )


def _header_faults(headers: Sequence[str]) -> Iterator[FieldFault]:
    for index, header in enumerate(headers):
        field = f"headers[{index}]"
        if not header:
            yield FieldFault(field, f"Header {index + 1} of “headers” is empty.")
        elif has_control_characters(header):
            yield FieldFault(field, f"Header {index + 1} of “headers” has a control character.")
        elif header in headers[:index]:
            yield FieldFault(field, f"Header {index + 1} of “headers”, “{header}”, is repeated.")


def pattern_faults(pattern: str) -> Iterator[FieldFault]:
    """Why the engine that runs the pattern refuses it."""
    if has_control_characters(pattern):
        yield FieldFault(
            "pattern",
            "“pattern” holds a line break or another control character; write \\n for the former.",
        )
        return
    # loads polars, which a function that only lists attributes starts without
    from core.attributes.rules.defining import pattern_fault

    if reason := pattern_fault(pattern):
        yield FieldFault("pattern", f"“pattern” {reason}.")


def typed_default(definition: AttributeDefinition, value: Any, limits: Settings) -> Value:
    """The default as it is stored; raises ValueError with a sentence when the attribute's own
    rules refuse it."""
    from core.attributes.rules.defining import read_default  # loads polars, as in `pattern_faults`

    text = trimmed(cell_text(tuple(value) if isinstance(value, list) else value))
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("“defaultValue” holds half of a character.")
    try:
        read = read_default(definition, text, limits)
    except ValueError as error:
        raise ValueError(f"“defaultValue” {error}.") from None
    if definition.type is _T.MEASURE:
        return text
    return tuple(read) if isinstance(read, list) else read


def settings_set(values: Mapping[str, Any]) -> dict[str, Any]:
    """The settings among `values` that are set."""
    return {f: values[f] for f in SETTING_FIELDS if f in values and is_set(f, values[f])}
