"""Converts texts of query parameters to the type of the field that they are compared with.

The type is never guessed from the text: `0012345` is a number for a number field, and a text for a
text field. Each function raises ValueError with the rest of a sentence ("is not a number").
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

VALUE_MAX_CHARACTERS = 1_000

_INTEGER = re.compile(r"[+-]?[0-9]+")
_NUMBER_PATTERN = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_NUMBER = re.compile(_NUMBER_PATTERN)
_MEASURE = re.compile(rf"({_NUMBER_PATTERN})\s*(.*)", re.DOTALL)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

Number = int | float


@dataclass(frozen=True, slots=True)
class Period:
    """The time from `start` (included) to `end` (excluded) that a text names."""

    start: datetime
    end: datetime


def text_value(text: str) -> str:
    """The text without blanks at its ends, like stored values. A `$` at any place is refused, as
    the contract requires, since operators of the database begin with it."""
    value = text.strip().strip("\ufeff")
    if len(value) > VALUE_MAX_CHARACTERS:
        raise ValueError(f"is longer than {VALUE_MAX_CHARACTERS:,} characters")
    if "$" in value:
        raise ValueError("holds a $, which is not allowed in a filter")
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise ValueError("holds a character that is not allowed in a text")
    return value


def number_value(text: str) -> Number:
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        raise ValueError("is not a number; write it like 12 or 12.5")
    if _INTEGER.fullmatch(text) and len(text) <= 20 and -(2**63) <= int(text) < 2**63:
        return int(text)
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("is too large a number")
    return number


def measure_value(text: str) -> tuple[Number, str | None]:
    """Number and unit; None if no unit is given, which means any unit."""
    match = _MEASURE.fullmatch(text.strip())
    if match is None:
        raise ValueError("is not a number with an optional unit, like 2.5 or 2.5 kg")
    unit = text_value(match.group(2))
    return number_value(match.group(1)), unit or None


def boolean_value(text: str) -> bool:
    word = text.strip().lower()
    if word in ("true", "yes", "1"):
        return True
    if word in ("false", "no", "0"):
        return False
    raise ValueError("is neither true nor false")


def day_value(text: str) -> str:
    """A day as it is stored, which sorts as text."""
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        raise ValueError("is not a date; write it like 2026-03-01") from None


def time_value(text: str) -> Period:
    """A date means that whole day (UTC); a time without an offset is in UTC."""
    text = text.strip()
    try:
        # an unescaped + of an offset in the URL arrives as a blank
        moment = datetime.fromisoformat(re.sub(r"(?<=:\d\d) (?=\d\d:\d\d$)", "+", text))
    except ValueError:
        raise ValueError(
            "is not a time; write it like 2026-03-01 or 2026-03-01T12:00:00Z"
        ) from None
    try:
        start = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
        length = timedelta(days=1) if _DATE.fullmatch(text) else timedelta(milliseconds=1)
        return Period(start, start + length)
    except OverflowError:
        raise ValueError("is a time out of range") from None
