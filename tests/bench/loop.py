"""What we are measured against: csv.DictReader, a loop over rows, a function call per cell.

Written as one would write it: compiled patterns, sets for options, a checker per column chosen
once, no work done twice. It makes the same typed product or the same faults of every row; what
it leaves out (broken quotes, encodings, unusual blanks, suggestions in sentences) makes it faster.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from core.attributes.definitions import AttributeDefinition, AttributeType

NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
MEASURE = re.compile(rf"({NUMBER.pattern})\s*(.*)", re.DOTALL)
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
NOT_IN_A_URL = re.compile(r'[\s<>"{}|\\^`]')
BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
SHORT_TEXT_CHARACTERS = 50
WEIGHTS = (1, 3) * 7


class Wrong(Exception):
    """A cell breaks a rule."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


Checker = Callable[[str], Any]
"""From a cell's text to the value of the product. Raises Wrong."""


def loop_over(file: Path, definitions: Sequence[AttributeDefinition]) -> dict[str, int]:
    """Validate the file; faults by code."""
    found: Counter[str] = Counter()
    for product, faults in validated_rows(file, definitions):
        if product is None:
            found.update(fault["code"] for fault in faults)
    return dict(sorted(found.items()))


def validated_rows(
    file: Path, definitions: Sequence[AttributeDefinition]
) -> Iterator[tuple[dict[str, Any] | None, list[dict[str, Any]]]]:
    """Of every row the product, or None and its faults."""
    checkers = [(d.name, d.is_required, checker_of(d)) for d in definitions]
    with file.open(encoding="utf-8", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines), 1):
            product: dict[str, Any] = {}
            faults: list[dict[str, Any]] = []
            for name, required, check in checkers:
                text = row[name].strip()
                try:
                    if text:
                        product[name] = check(text)
                    elif required:
                        raise Wrong("REQUIRED_VALUE_MISSING", "the value is missing")
                except Wrong as wrong:
                    message = f'Row {number}, column "{name}": {wrong}.'
                    faults.append(
                        {"row": number, "column": name, "code": wrong.code, "message": message}
                    )
            yield (None if faults else product), faults


def checker_of(definition: AttributeDefinition) -> Checker:
    make = _MAKERS.get(definition.type)
    return make(definition) if make else _any_text


def _any_text(text: str) -> str:
    return text


def _short_text(_: AttributeDefinition) -> Checker:
    def check(text: str) -> str:
        if len(text) > SHORT_TEXT_CHARACTERS:
            raise Wrong("TEXT_TOO_LONG", f'"{text}" has {len(text)} characters')
        return text

    return check


def _number(definition: AttributeDefinition) -> Checker:
    low, decimals = definition.min, definition.decimals

    def check(text: str) -> int | float:
        if not NUMBER.fullmatch(text):
            raise Wrong("NOT_A_NUMBER", f'"{text}" is not a number')
        value = float(text)
        if low is not None and value < low:
            raise Wrong("TOO_SMALL", f'"{text}" is less than {low}')
        if decimals is not None and "." in text and _decimals(text) > decimals:
            raise Wrong("TOO_MANY_DECIMALS", f'"{text}" has more than {decimals} decimals')
        return int(value) if value.is_integer() and "." not in text else value

    return check


def _decimals(text: str) -> int:
    exponent = Decimal(text).normalize().as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _measure(definition: AttributeDefinition) -> Checker:
    def check(text: str) -> dict[str, Any]:
        found = MEASURE.fullmatch(text)
        if not found or found[2][:1] in tuple("0123456789.,+-"):
            raise Wrong("NOT_A_MEASURE", f'"{text}" is not a number with a unit')
        return {"value": float(found[1]), "unit": found[2].strip() or definition.unit}

    return check


def _select(definition: AttributeDefinition) -> Checker:
    options = frozenset(definition.options)

    def check(text: str) -> str:
        if text not in options:
            raise Wrong("NOT_AN_OPTION", f'"{text}" is not an option')
        return text

    return check


def _multiple_select(definition: AttributeDefinition) -> Checker:
    options = frozenset(definition.options)

    def check(text: str) -> list[str]:
        chosen = [part.strip() for part in text.split(";")]
        if wrong := [part for part in chosen if part and part not in options]:
            raise Wrong("NOT_AN_OPTION", f"{', '.join(wrong)} not among the options")
        return [part for part in chosen if part]

    return check


def _boolean(_: AttributeDefinition) -> Checker:
    def check(text: str) -> bool:
        value = BOOLEANS.get(text.lower())
        if value is None:
            raise Wrong("NOT_A_BOOLEAN", f'"{text}" is neither true nor false')
        return value

    return check


def _date(_: AttributeDefinition) -> Checker:
    def check(text: str) -> str:
        try:
            if DATE.fullmatch(text):
                return date.fromisoformat(text).isoformat()
        except ValueError:
            pass
        raise Wrong("NOT_A_DATE", f'"{text}" is not a date')

    return check


def _barcode(_: AttributeDefinition) -> Checker:
    def check(text: str) -> str:
        if not (text.isascii() and text.isdigit() and len(text) in (8, 12, 13, 14)):
            raise Wrong("INVALID_BARCODE", f'"{text}" is not a GTIN')
        if sum(int(d) * w for d, w in zip(reversed(text), WEIGHTS, strict=False)) % 10:
            raise Wrong("INVALID_BARCODE", f'"{text}" has a wrong check digit')
        return text

    return check


def _url(_: AttributeDefinition) -> Checker:
    def check(text: str) -> str:
        parts = urlsplit(text)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            raise Wrong("NOT_A_URL", f'"{text}" is not a web address')
        if len(text) > 2_048 or NOT_IN_A_URL.search(text):
            raise Wrong("NOT_A_URL", f'"{text}" holds what a web address cannot')
        return text

    return check


_MAKERS: dict[AttributeType, Callable[[AttributeDefinition], Checker]] = {
    AttributeType.SHORT_TEXT: _short_text,
    AttributeType.NUMBER: _number,
    AttributeType.MEASURE: _measure,
    AttributeType.SINGLE_SELECT: _select,
    AttributeType.MULTIPLE_SELECT: _multiple_select,
    AttributeType.BOOLEAN: _boolean,
    AttributeType.DATE: _date,
    AttributeType.BARCODE: _barcode,
    AttributeType.URL: _url,
    AttributeType.IMAGE: _url,
}
