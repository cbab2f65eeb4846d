"""Rows directly under the header row that belong to it: a line, units, types, a second row of
headers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.attributes.definitions import (
    NUMERIC_TYPES,
    AttributeDefinition,
    types_where,
)
from core.attributes.naming import attribute_id
from core.attributes.rules.model import Column, ColumnRole
from core.attributes.rules.shown import shown_text
from core.attributes.rules.whitespace import trim
from core.imports.table.phrases import HEADER_SHOWN_CHARACTERS
from core.outcomes import Notice, NoticeCode

ROWS_EXAMINED = 3
RESEMBLING_CHARACTERS = 3

_NOT_TEXT = types_where(lambda traits: not traits.may_be_words)
UNITS = frozenset(
    {
        *("kg", "g", "mg", "t", "lb", "lbs", "oz", "µg", "m", "cm", "mm", "km", "in", "inch", "ft"),
        *("l", "ml", "cl", "dl", "hl", "m2", "m²", "cm2", "cm²", "m3", "m³", "cm3", "cm³", "gal"),
        *(
            "w",
            "kw",
            "mw",
            "v",
            "mv",
            "kv",
            "a",
            "ma",
            "ah",
            "mah",
            "wh",
            "kwh",
            "hz",
            "khz",
            "mhz",
        ),
        *("ghz", "pa", "bar", "mbar", "psi", "°c", "°f", "k", "lm", "lx", "cd", "db", "rpm", "n"),
        *("nm", "j", "kj", "kcal", "s", "sec", "ms", "min", "h", "hr", "d", "days", "months", "%"),
        *("mb", "gb", "tb", "kb", "dpi", "px", "pcs", "pc", "pieces", "stk", "stück", "stueck"),
        *("eur", "usd", "gbp", "chf", "pln", "sek", "nok", "dkk", "czk", "jpy", "€", "$", "£"),
        *("km/h", "m/s", "l/min", "g/m2", "g/m²", "ghz.", "zoll", "grad", "°"),
    }
)
_TYPES = frozenset(
    {
        *("text", "string", "str", "varchar", "char", "number", "numeric", "integer", "int"),
        *("decimal", "float", "double", "boolean", "bool", "date", "datetime", "zahl", "datum"),
    }
)
_FILLERS = frozenset({"-", "–", "—", "n/a", "/", "."})
_BRACKETS = "()[]{}<>"
_DASHES = re.compile(r"[:|+]*[-=_–—─]{2,}[-=_–—─:|+]*")
_TECHNICAL = re.compile(r"[A-Za-z_@][\w.:@-]*")


@dataclass(frozen=True, slots=True)
class HeaderRows:
    left_out: tuple[int, ...]
    """Row numbers; 1 is the first row under the header row."""
    notices: tuple[Notice, ...]


def rows_below_header(
    columns: Sequence[Column],
    below: Sequence[Sequence[str]],
    definitions: Sequence[AttributeDefinition],
) -> HeaderRows:
    """`below` are the first records under the header row. Blank ones are passed over."""
    known = {definition.name: definition for definition in definitions}
    headers = [column.header for column in columns]
    fed = [
        known.get(column.attribute or "") if column.role is ColumnRole.VALUE else None
        for column in columns
    ]
    found: list[int] = []
    notices: list[Notice] = []
    for number, record in enumerate(below[:ROWS_EXAMINED], start=1):
        cells = [trim(cell) for cell in record[: len(headers)]]
        if not any(cells):
            continue
        if _is_line(cells):
            notices.append(_says_line(number))
        elif _are_units(cells, fed):
            notices.append(_says_units(number, cells, headers, fed))
        elif _are_headers(cells, headers, fed, known) and record not in below[number:]:
            notices.append(_says_headers(number))
        else:
            break
        found.append(number)
    return HeaderRows(tuple(found), tuple(notices))


def _is_line(cells: Sequence[str]) -> bool:
    """A line of dashes, as printed tables and those of Markdown have it."""
    return all(_DASHES.fullmatch(cell) for cell in cells if cell) and any(
        len(cell) > 1 for cell in cells
    )


def _says_line(number: int) -> Notice:
    return Notice(
        code=NoticeCode.ROWS_LEFT_OUT,
        message=f"Row {number:,} under the header row is a line of dashes and was left out.",
    )


def _are_units(cells: Sequence[str], fed: Sequence[AttributeDefinition | None]) -> bool:
    """Nothing but units and types, at least one of them in a column of numbers."""
    own = {d.unit.casefold() for d in fed if d is not None and d.unit}
    words = UNITS | _TYPES | own
    filled = [
        (_bare(cell), definition) for cell, definition in zip(cells, fed, strict=False) if cell
    ]
    return all(word in words or word in _FILLERS for word, _ in filled) and any(
        word in words and definition is not None and definition.type in NUMERIC_TYPES
        for word, definition in filled
    )


def _bare(cell: str) -> str:
    return trim(cell.strip(_BRACKETS)).casefold()


def _are_headers(
    cells: Sequence[str],
    headers: Sequence[str],
    fed: Sequence[AttributeDefinition | None],
    known: Mapping[str, AttributeDefinition],
) -> bool:
    filled = [triple for triple in zip(cells, headers, fed, strict=False) if triple[0]]
    if len(filled) < 2 or 2 * len(filled) < len(headers):
        return False
    if len({cell for cell, _, _ in filled}) < len(filled):
        return False
    for cell, _, definition in filled:
        typed = definition is not None and definition.type in _NOT_TEXT
        if cell.replace(".", "").replace(",", "").isdigit() or (typed and _has_digit(cell)):
            return False
    alike = sum(_resembles(cell, header) for cell, header, _ in filled)
    technical = all(_TECHNICAL.fullmatch(cell) for cell, _, _ in filled)
    joined = sum("_" in cell for cell, _, _ in filled)
    return (
        2 * alike >= max(len(filled), 4)
        or all(cell in known for cell, _, _ in filled)
        or (technical and 2 * joined >= len(filled))
    )


def _has_digit(cell: str) -> bool:
    return any(character.isdigit() for character in cell)


def _resembles(cell: str, header: str) -> bool:
    one, other = (attribute_id(text).replace("_", "") for text in (cell, header))
    if min(len(one), len(other)) < RESEMBLING_CHARACTERS:
        return one == other and len(one) > 1
    return one in other or other in one


def _says_headers(number: int) -> Notice:
    return Notice(
        code=NoticeCode.ROWS_LEFT_OUT,
        message=f"Row {number:,} under the header row looks like a second row of headers and was "
        "left out. If it is a product, or holds the headers, name the header row.",
    )


def _says_units(
    number: int,
    cells: Sequence[str],
    headers: Sequence[str],
    fed: Sequence[AttributeDefinition | None],
) -> Notice:
    other = [
        f'column "{shown_text(trim(header), HEADER_SHOWN_CHARACTERS)}" says '
        f'"{shown_text(cell, HEADER_SHOWN_CHARACTERS)}" where {definition.unit} is read'
        for cell, header, definition in zip(cells, headers, fed, strict=False)
        if definition is not None and definition.unit and _bare(cell) in UNITS
        if _bare(cell) != definition.unit.casefold()
    ]
    warning = (
        f" Beware: {'; '.join(other)}, for numbers without a unit. Write the unit into the cells."
        if other
        else ""
    )
    return Notice(
        code=NoticeCode.ROWS_LEFT_OUT,
        message=f"Row {number:,} under the header row holds units or types and was left out; the "
        f"units of the attributes are read.{warning}",
    )
