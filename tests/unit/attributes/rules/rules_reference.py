"""The rules once more, cell by cell in plain Python: slow, obvious, and without polars.

The tests compare the compiled rules with this; it follows the contract's words ("Validation per
type") and shares nothing with the compiled rules but the values of the model.
"""

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.attributes.rules.model import Column, ColumnRole, FaultCode
from tests.unit.attributes.rules.texts_reference import means_something, tidy, trim

FaultKey = tuple[int, str | None, str, str | None]
"""Row number, column, code, value."""


@dataclass(frozen=True)
class Broken(Exception):
    code: FaultCode
    column: Column
    value: str | None


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
            return read_text(definition, column, text, min(50, definition.max_length or 50))
        case AttributeType.LONG_TEXT | AttributeType.RICH_TEXT:
            return read_text(definition, column, text, definition.max_length or math.inf)
        case AttributeType.NUMBER:
            if not text:
                return None
            number = read_number(text, column, FaultCode.NOT_A_NUMBER, text)
            check_number(definition, column, number, text)
            return number
        case AttributeType.SINGLE_SELECT:
            meant = option_meant(definition.options, text)
            if text and meant not in definition.options:
                raise Broken(FaultCode.NOT_AN_OPTION, column, text)
            return meant or None
        case AttributeType.MULTIPLE_SELECT:
            parts = list(filter(None, map(trim, text.split(";"))))
            meant_parts = [option_meant(definition.options, part) for part in parts]
            if meant_parts != parts:
                text = ";".join(
                    option_meant(definition.options, trim(part)) for part in text.split(";")
                )
            parts = list(dict.fromkeys(meant_parts))
            if any(part not in definition.options for part in parts):
                raise Broken(FaultCode.NOT_AN_OPTION, column, text)
            return parts or None
        case AttributeType.MEASURE:
            return read_measure(definition, column, unit_column, cells)
        case AttributeType.BOOLEAN:
            words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
            if text and text.lower() not in words:
                raise Broken(FaultCode.NOT_A_BOOLEAN, column, text)
            return words[text.lower()] if text else None
        case AttributeType.DATE:
            return read_date(text, column) if text else None
        case AttributeType.DATETIME:
            return read_datetime(text, column) if text else None
        case AttributeType.URL | AttributeType.IMAGE:
            if text and (not is_url(text) or names_several(text)):
                raise Broken(FaultCode.NOT_A_URL, column, text)
            return read_text(definition, column, text, 2048)
        case AttributeType.BARCODE:
            if text and not is_gtin(text):
                raise Broken(FaultCode.INVALID_BARCODE, column, text)
            return text or None


def read_text(
    definition: AttributeDefinition, column: Column, text: str, longest: float
) -> str | None:
    if len(text) > longest:
        raise Broken(FaultCode.TEXT_TOO_LONG, column, text)
    if text and definition.pattern and not re.fullmatch(definition.pattern, text):
        raise Broken(FaultCode.PATTERN_MISMATCH, column, text)
    return text or None


def check_number(
    definition: AttributeDefinition, column: Column, number: int | float, value: str
) -> None:
    if definition.min is not None and number < definition.min:
        raise Broken(FaultCode.TOO_SMALL, column, value)
    if definition.max is not None and number > definition.max:
        raise Broken(FaultCode.TOO_LARGE, column, value)
    exponent = Decimal(repr(number)).normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    if definition.decimals is not None and -exponent > definition.decimals:
        raise Broken(FaultCode.TOO_MANY_DECIMALS, column, value)


def read_date(text: str, column: Column) -> str:
    day, time = text[:10], text[10:]
    is_midnight = re.fullmatch(r"([ T]00:00(:00(\.0{1,9})?)?)?", time) is not None
    try:
        if not is_midnight or not re.fullmatch(r"\d{4}-\d\d-\d\d", day, re.ASCII):
            raise ValueError(text)
        return date.fromisoformat(day).isoformat()
    except ValueError:
        raise Broken(FaultCode.NOT_A_DATE, column, text) from None


def read_datetime(text: str, column: Column) -> str:
    found = re.fullmatch(
        r"(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d)(:\d\d(?:[.,]\d{1,3}0*)?)?(Z|[+-]\d\d(?::?\d\d)?)?)?",
        text,
        re.ASCII,
    )
    try:
        if found is None:
            raise ValueError(text)
        day, clock, seconds, offset = found.groups()
        second, _, fraction = (seconds or ":00").replace(",", ".")[1:].partition(".")
        iso = f"{day}T{clock or '00:00'}:{second}.{fraction[:3]:0<3}{offset or 'Z'}"
        utc = datetime.fromisoformat(iso).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Broken(FaultCode.NOT_A_DATETIME, column, text) from None
    written = utc.isoformat(timespec="milliseconds").removesuffix("+00:00")
    return written.removesuffix(".000") + "Z"


def is_url(text: str) -> bool:
    if any(c.isspace() or unicodedata.category(c)[0] in "CZ" or c in '<>"\\^`{|}' for c in text):
        return False
    scheme, mark, _ = text.partition("://")
    if not mark or scheme.lower() not in ("http", "https"):
        return False
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    authority = parts.netloc
    if "@" in authority or authority.endswith(":"):
        return False
    if authority.startswith("["):
        host, _, rest = authority[1:].partition("]")
        return bool(re.fullmatch("[0-9A-Fa-f:.]+", host)) and is_port(rest, port)
    host, colon, rest = authority.partition(":")
    return all(map(is_label, host.removesuffix(".").split("."))) and is_port(colon + rest, port)


def names_several(text: str) -> bool:
    """A second address, or a second file, behind what separates a list."""
    text = text.lower()
    for at, c in enumerate(text):
        rest = text[at + 1 :].lstrip()
        if c in ",;|" and rest.startswith(("http:", "https:", "www.", "//")):
            return True
        before = text[:at].rstrip()
        kinds = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".svg", ".avif", ".bmp", ".tif", ".tiff")
        if c in ",;|" and before.endswith(kinds):
            return True
    return False


def option_meant(options: Sequence[str], text: str) -> str:
    """The only option that reads alike, or the text."""
    alike = [option for option in options if reading(option) == reading(text)]
    return text if text in options or len(alike) != 1 else alike[0]


def reading(text: str) -> str:
    shown = "".join(c for at, c in enumerate(text) if means_something(text, at))
    parts = re.split(r"[\s\x1c-\x1f\ufeff]+", unicodedata.normalize("NFC", shown))
    return " ".join(filter(None, parts))


CASE_TELLS = ("MB", "Mb", "mB", "mb", "mW", "MW", "mw", "Mw", "GB", "Gb", "kB", "kb", "TB", "Tb")


def is_port(text: str, port: int | None) -> bool:
    return text == "" or (port is not None and text == f":{port}")


def is_label(text: str) -> bool:
    kinds = [unicodedata.category(c)[0] for c in text]
    return (
        bool(text)
        and kinds[0] in "LN"
        and kinds[-1] in "LNM"
        and all(kind in "LNM" or c in "-_" for kind, c in zip(kinds, text, strict=True))
    )


def is_gtin(text: str) -> bool:
    """As the General Specifications of GS1 tell people to do it, step by step."""
    if not re.fullmatch(r"\d{8}|\d{12,14}", text, re.ASCII):
        return False
    padded = text.rjust(14, "0")
    total = sum(int(digit) * (3, 1)[at % 2] for at, digit in enumerate(padded[:13]))
    return int(padded[13]) == -total % 10


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
    elif unit and (split_measure(value) or ("", ""))[1] == unit:
        at_unit, wrong_unit = unit_column or column, unit  # it is named twice
        number_text = (split_measure(value) or ("", ""))[0]
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
    own = definition.unit or ""
    same_letters = reading(unit).lower() == reading(own).lower()
    is_own = not unit or unit == own or (same_letters and own not in CASE_TELLS)
    if not is_own and (same_letters or not is_unit(unit)):
        if unit.startswith((".", ",")):
            raise Broken(FaultCode.NOT_A_MEASURE, column, value)
        raise Broken(FaultCode.NOT_A_MEASURE, at_unit, wrong_unit)
    number = read_number(number_text, column, FaultCode.NOT_A_MEASURE, value)
    if is_own:
        unit = definition.unit or ""
    elif definition.min is not None or definition.max is not None:
        raise Broken(FaultCode.UNIT_NOT_COMPARABLE, at_unit, wrong_unit)
    check_number(definition, column, number, value)
    return {"value": number, "unit": unit}


def split_measure(text: str) -> tuple[str, str] | None:
    """The longest number at the start, and what follows it."""
    for end in range(len(text), 0, -1):
        if parse_number(text[:end]) is not None:
            return text[:end], trim(text[end:])
    return None


def validate_row(
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
        cells = [tidy(row[column.index])]
        if unit_column is not None:
            cells.append(tidy(row[unit_column.index]))
        if definition.default_value is not None and is_empty(definition, cells):
            cells[0] = definition.default_value
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


def keep_row(
    row: Sequence[str | None],
    product: Mapping[str, Any],
    broken: Sequence[Broken],
    columns: Sequence[Column],
    definitions: Mapping[str, AttributeDefinition],
) -> bool:
    """`skip_value`: does a row with these faults stay with what is left of it?"""
    lost = {fault.column.attribute for fault in broken}
    if any(definitions[name or ""].is_required for name in lost):
        return False
    own = [
        name
        for name in product
        if definitions[name].default_value is None
        or any(tidy(row[c.index]) for c in columns if c.attribute == name)
    ]
    marked = [name for name, d in definitions.items() if d.is_identifier]
    for name in [*marked, "ProductSKU", "SKU", "Barcode", "ProductName"]:
        if name in product:
            break  # the id is that of this value, whatever else is lost
        if name in lost:
            return False
    return bool(own)


def is_empty(definition: AttributeDefinition, cells: Sequence[str]) -> bool:
    if definition.type is AttributeType.MULTIPLE_SELECT:
        return not any(map(trim, cells[0].split(";")))
    return not any(cells)


def is_blank(row: Sequence[str | None], columns: Sequence[Column]) -> bool:
    return all(not tidy(row[c.index]) for c in columns if c.role is not ColumnRole.ERRORS)
