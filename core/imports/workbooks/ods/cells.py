"""The special cells of an OpenDocument spreadsheet.

A cell has its value and, in paragraphs, the text that it shows, so number formats are not needed:
the format added whatever the text has beyond the number.

Source: OpenDocument 1.3 part 3 (9.1.4 table-cell, 6.1.2 to 6.1.5 white space, 19.385 value-type)
and LibreOffice's `calcext:value-type`, which marks errors.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from math import isfinite, nan

from core.imports.workbooks.formats.currencies import is_currency
from core.imports.workbooks.formats.number_formats import Showing
from core.imports.workbooks.special_cells import (
    CellTexts,
    Seen,
    elapsed_text,
    exact_text,
    plain_text,
)

_ERROR = re.compile(r"#[^\s\d][^\s]{0,30}|Err:\d{3}")
_NUMBER = re.compile(r"(\D*?)((?:(?<!\w)-)?\d(?:[\d.,' \u00a0\u202f\u2019]*\d)?)(.*)", re.S)
_DECIMALS = re.compile(r"-?\d[\d.,]*[.,]\d+")
"""Nothing but a number: most cells end here."""
_FRACTION = re.compile(r"-?(?:\d+ )?\d+ ?/ ?\d+")
_POWER = re.compile(r"\s*E[+-]?\d+", re.I)
_CODE = re.compile(r"0\d+|\d+(?:-\d+)+")
_ZEROS = re.compile(r"0+(?=\d)")
_DURATION = re.compile(r"PT(\d+)H(\d+)M(\d+)(?:[.,]\d+)?S")
_DATE_TIME = re.compile(r"(\d{4,6}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:[.,]\d+)?Z?")
_TIME_OF_DAY = re.compile(r"\d{1,2}(?::[0-5]\d){1,2}(?:[.,]\d+)?(?:\s?[ap]\.?\s?m\.?)?", re.I)
_PLAIN_SIGNS = " -()+/\u00a0\u202f"

NUMBERS = frozenset({"float", "percentage", "currency"})


def put_ods_cell(
    found: CellTexts,
    places: list[tuple[int, int]],
    attributes: dict[str, str],
    shown: str,
    has_breaks: bool,
) -> None:
    """`places` are row and column of the cell and its repetitions, `attributes` go by their local
    names, and `shown` is the text of its paragraphs."""
    kind = attributes.get("value-type", "")
    text: str | None = None
    if is_error(attributes, shown):
        for row, column in places:
            found.put_error(row, column, shown.strip())
        return
    if kind in NUMBERS:
        _put_number(found, places, kind, attributes.get("value", ""), shown.strip())
    elif kind == "boolean":
        is_true = attributes.get("boolean-value", "").strip() in ("true", "1")
        text = "TRUE" if is_true else "FALSE"
    elif kind == "time":
        text = _time(attributes.get("time-value", "")) or shown
    elif kind == "date":
        text = _date_time(attributes.get("date-value", ""))
    elif kind == "string" and has_breaks:
        text = shown
    elif not kind and "formula" in attributes:
        found.without_result.update(places)
    if text is not None:
        for row, column in places:
            found.texts[column][row] = text
    if (kind == "date" and _is_part_of_date(shown)) or (
        kind == "time" and _is_time_of_day(shown) and _hours(text or "") >= 24 > _hours(shown)
    ):
        seen = Seen(Showing.DATE_PART, "", shown.strip())
        for row, column in places:
            found.put_seen(row, column, seen)


def is_error(attributes: dict[str, str], shown: str) -> bool:
    if attributes.get("calcext-type") == "error":
        return True
    is_result = "formula" in attributes or attributes.get("value-type") in NUMBERS
    return is_result and _ERROR.fullmatch(shown.strip()) is not None


def _put_number(
    found: CellTexts, places: list[tuple[int, int]], kind: str, value: str, shown: str
) -> None:
    try:
        number = float(value)
    except ValueError:
        number = nan
    if not isfinite(number):
        if not shown:
            found.without_result.update(places)
        for row, column in places if shown else ():
            found.texts[column][row] = shown
        return
    text = exact_text(number)
    seen = _seen(kind, number, plain_text(number, text), shown)
    for row, column in places:
        own = found.put_seen(row, column, seen) or text if seen is not None else text
        if own is not None:
            found.texts[column][row] = own


def _seen(kind: str, number: float, plain: str, shown: str) -> Seen | None:
    if kind == "percentage":
        return Seen(
            Showing.PERCENT, plain, f"{plain_text(number * 100, exact_text(number * 100))}%"
        )
    if shown == plain or not shown or _DECIMALS.fullmatch(shown):
        return None
    if _FRACTION.fullmatch(shown):
        return Seen(Showing.FRACTION, plain, shown)
    if _CODE.fullmatch(shown) and shown.replace("-", "").lstrip("0") == plain.lstrip("0"):
        return Seen(Showing.TEXT, plain, shown)
    parts = _NUMBER.fullmatch(shown)
    if parts is None:  # a text in place of the number, or a sign like the dash of a zero
        return Seen(Showing.TEXT, plain, shown) if any(map(str.isalnum, shown)) else None
    return _seen_with_text(kind, number, plain, *parts.groups())


def _seen_with_text(
    kind: str, number: float, plain: str, before: str, digits: str, behind: str
) -> Seen | None:
    literal = f"{before}{behind}".strip(_PLAIN_SIGNS)
    if not literal or _POWER.fullmatch(behind):
        return None
    text = f"{before}{_like(digits, number) or _padded(plain.lstrip('-'), digits)}{behind}"
    if kind == "currency" or is_currency(literal):
        return Seen(Showing.CURRENCY, plain, text, literal)
    return Seen(Showing.TEXT, plain, text)


def _padded(plain: str, digits: str) -> str:
    """With the zeros before the number that are shown: `SKU-00123`."""
    whole, point, decimals = plain.partition(".")
    zeros = _ZEROS.match(digits.lstrip("-"))
    return f"{zeros[0] if zeros else ''}{whole}{point}{decimals}"


def _like(digits: str, number: float) -> str | None:
    """The digits as shown, with a point, when they are another number: `12,5` of `12,5 kg` for
    12500. None when they are the number, rounded perhaps and with its thousands grouped."""
    candidates = []
    for point in ".,":
        whole, _, decimals = digits.rpartition(point) if point in digits else (digits, "", "")
        text = f"{re.sub(r'[^0-9]', '', whole)}.{re.sub(r'[^0-9]', '', decimals)}".rstrip(".")
        candidates.append((text, len(decimals)))
    candidates.append((re.sub(r"[^0-9]", "", digits), 0))
    for text, decimals_shown in candidates:
        try:
            if abs(float(Decimal(text)) - abs(number)) <= 0.5 * 10.0**-decimals_shown:
                return None
        except InvalidOperation:
            continue
    return candidates[0][0] if "." in digits else candidates[1][0]


def _time(value: str) -> str | None:
    parts = _DURATION.fullmatch(value.strip())
    if parts is None:
        return None
    hours, minutes, seconds = map(int, parts.groups())
    text = elapsed_text((hours * 3600 + minutes * 60 + seconds) / 86_400)
    return text.zfill(5) if text.count(":") == 1 else text.zfill(8)


def _is_time_of_day(shown: str) -> bool:
    return _TIME_OF_DAY.fullmatch(shown.strip()) is not None


def _hours(time: str) -> int:
    hours = time.strip().partition(":")[0]
    return int(hours) if hours.isdecimal() else 0


def _is_part_of_date(shown: str) -> bool:
    """Does the text lack a day, a month or a year? A date with a time is not looked at."""
    if _is_time_of_day(shown):
        return True
    text = re.sub("[年月日]", " ", shown)
    numbers = re.findall(r"\d+", text)
    if not text.strip() or ":" in text or any(len(number) > 4 for number in numbers):
        return False
    return len(numbers) + any(map(str.isalpha, text)) < 3


def _date_time(value: str) -> str | None:
    parts = _DATE_TIME.fullmatch(value.strip())
    if parts is None:
        return None
    return parts[1] if parts[2] == "00:00:00" else f"{parts[1]} {parts[2]}"
