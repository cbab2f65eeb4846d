"""The rules once more, cell by cell in plain Python: slow, obvious, and without polars.

The tests compare the compiled rules with this; it follows the contract's words ("Validation per
type") and shares nothing with the compiled rules but the values of the model.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.imports.model import Column, ColumnRole, FaultCode

FaultKey = tuple[int, str | None, str, str | None]
"""Row number, column, code, value."""


@dataclass(frozen=True)
class Broken(Exception):
    code: FaultCode
    column: Column
    value: str | None


def trim(text: str | None) -> str:
    text = text or ""
    while text and (text[0].isspace() or text[0] == "\ufeff"):
        text = text[1:]
    while text and (text[-1].isspace() or text[-1] == "\ufeff"):
        text = text[:-1]
    return text


def parse_number(text: str) -> int | float | None:
    """None for what is no number; an infinity for what is too large."""
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text, re.ASCII):
        return None
    if re.fullmatch(r"[+-]?\d+", text, re.ASCII):
        digits = text.lstrip("+-").lstrip("0")
        if len(digits) > 19 or not -(2**63) <= int(text) < 2**63:
            return math.inf
        return int(text)
    return float(text)


def is_unit(text: str) -> bool:
    return (
        0 < len(text) <= 20
        and not re.match(r"[\d\s.,;:+\-_=<>|&!?*/\\()\[\]{}@#~^]", text)
        and not re.search(r"[;\x00-\x1f\x7f-\x9f]|\s\d|\d\d", text)
        and not re.match(r"[xX]\d", text)
    )


def read_value(
    definition: AttributeDefinition, column: Column, unit_column: Column | None, cells: list[str]
) -> Any:
    """The typed value, None when there is none; raises Broken."""
    text = cells[0]
    match definition.type:
        case AttributeType.SHORT_TEXT:
            if len(text) > 50:
                raise Broken(FaultCode.TEXT_TOO_LONG, column, text)
            return text or None
        case AttributeType.LONG_TEXT | AttributeType.RICH_TEXT:
            return text or None
        case AttributeType.NUMBER:
            return read_number(text, column, FaultCode.NOT_A_NUMBER, text) if text else None
        case AttributeType.SINGLE_SELECT:
            if text and text not in definition.options:
                raise Broken(FaultCode.NOT_AN_OPTION, column, text)
            return text or None
        case AttributeType.MULTIPLE_SELECT:
            parts = list(dict.fromkeys(filter(None, map(trim, text.split(";")))))
            if any(part not in definition.options for part in parts):
                raise Broken(FaultCode.NOT_AN_OPTION, column, text)
            return parts or None
        case AttributeType.MEASURE:
            return read_measure(definition, column, unit_column, cells)


def read_number(text: str, column: Column, code: FaultCode, value: str) -> int | float:
    number = parse_number(text)
    if number is None:
        raise Broken(code, column, value)
    if math.isinf(number):
        raise Broken(FaultCode.NUMBER_OUT_OF_RANGE, column, value)
    return number


def read_measure(
    definition: AttributeDefinition, column: Column, unit_column: Column | None, cells: list[str]
) -> Any:
    value, unit = cells[0], cells[1] if unit_column else ""
    if not value and not unit:
        return None
    if not value:
        raise Broken(FaultCode.NOT_A_MEASURE, column, unit)
    at_unit, wrong_unit = column, value
    number_text = value
    if unit and parse_number(value) is not None:
        at_unit, wrong_unit = unit_column or column, unit
    elif unit:
        # a value that already names a unit leaves no room for a second one
        split = split_measure(value)
        if split is None or split[1].startswith((".", ",")):
            raise Broken(FaultCode.NOT_A_MEASURE, column, value)
        raise Broken(FaultCode.NOT_A_MEASURE, unit_column or column, unit)
    else:
        split = split_measure(value)
        if split is None or split[1].startswith((".", ",")):
            raise Broken(FaultCode.NOT_A_MEASURE, column, value)
        number_text, unit = split
    if unit and not is_unit(unit):
        if unit.startswith((".", ",")):
            raise Broken(FaultCode.NOT_A_MEASURE, column, value)
        raise Broken(FaultCode.NOT_A_MEASURE, at_unit, wrong_unit)
    number = read_number(number_text, column, FaultCode.NOT_A_MEASURE, value)
    if not unit or unit.lower() == (definition.unit or "").lower():
        unit = definition.unit or ""
    return {"value": number, "unit": unit}


def split_measure(text: str) -> tuple[str, str] | None:
    """The longest number at the start, and what follows it."""
    for end in range(len(text), 0, -1):
        if parse_number(text[:end]) is not None:
            return text[:end], trim(text[end:])
    return None


def judge_row(
    row: Sequence[str | None],
    columns: Sequence[Column],
    definitions: Mapping[str, AttributeDefinition],
) -> tuple[dict[str, Any], list[Broken]]:
    product: dict[str, Any] = {}
    broken: list[Broken] = []
    for column in columns:
        if column.role not in (ColumnRole.VALUE, ColumnRole.MEASURE_VALUE):
            continue
        definition = definitions[column.attribute or ""]
        unit_column = next(
            (
                c
                for c in columns
                if c.role is ColumnRole.MEASURE_UNIT and c.attribute == column.attribute
            ),
            None,
        )
        cells = [trim(row[column.index])]
        if unit_column is not None:
            cells.append(trim(row[unit_column.index]))
        try:
            value = read_value(definition, column, unit_column, cells)
        except Broken as fault:
            broken.append(fault)
            continue
        if value is not None:
            product[definition.name] = value
        elif definition.is_required:
            broken.append(Broken(FaultCode.REQUIRED_VALUE_MISSING, column, None))
    return product, sorted(broken, key=lambda fault: fault.column.index)


def is_blank(row: Sequence[str | None], columns: Sequence[Column]) -> bool:
    return all(not trim(row[c.index]) for c in columns if c.role is not ColumnRole.ERRORS)
