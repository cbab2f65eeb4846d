"""Numbers that a format shows as fractions: `12 5/8` for 12.625.

Source: ECMA-376 part 1, 18.8.31: digits before the slash are the numerator, those behind it bound
the digits of the denominator, or a number behind it is the denominator.
"""

from __future__ import annotations

import re
from fractions import Fraction
from math import isfinite

FRACTION_CODE = re.compile(
    r"(?:([#0?]+) +)?[#0?]+ ?/ ?(?:([#0?]{1,5})|([1-9]\d{0,4}))(?:;.*)?", re.S
)
_SHOWN = re.compile(r"(-?)(?:(\d+) +)?(\d+) ?/ ?([1-9]\d*)")


def fraction_text(code: str, number: float) -> str | None:
    """The number as the format shows it; None for a format that shows no fraction, and
    for what is no finite number."""
    parts = FRACTION_CODE.fullmatch(code)
    if parts is None or not isfinite(number):
        return None
    whole_places, digits, denominator = parts.groups()
    exact = Fraction(abs(number))
    if denominator:
        value = Fraction(round(exact * int(denominator)), int(denominator))
        numerator, below = value * int(denominator), int(denominator)
    else:
        value = exact.limit_denominator(10 ** len(digits) - 1)
        numerator, below = Fraction(value.numerator), value.denominator
    sign = "-" if number < 0 and value else ""
    if not whole_places:
        return f"{sign}{int(numerator)}/{below}"
    whole, rest = divmod(int(numerator), below)
    if not rest:
        return f"{sign}{whole}"
    return f"{sign}{whole} {rest}/{below}" if whole else f"{sign}{rest}/{below}"


def is_same_number(shown: str, number: str) -> bool:
    """Is the fraction exactly the number?"""
    parts = _SHOWN.fullmatch(" ".join(shown.split()))
    if parts is None:
        return shown == number
    sign, whole, above, below = parts.groups()
    value = Fraction(int(whole or 0)) + Fraction(int(above), int(below))
    return (-value if sign else value) == Fraction(number)
