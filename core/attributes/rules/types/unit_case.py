"""Units that differ only in case: `MB` and `Mb`, `mW` and `MW`.

Mostly case means nothing: suppliers write `KG` and `CM`. It does where both spellings are units of
trade: bytes and bits, milli and mega of what is sold in both, milliseconds and millisiemens. `MM`
is millimetres all the same, since nothing is sold by the megametre.
Source: the SI Brochure, 9th edition, tables 2, 4 and 7; IEC 80000-13 for bytes and bits.
"""

from __future__ import annotations

import re
from functools import lru_cache

_BYTES_OR_BITS = re.compile(r"(?i:(?P<prefix>[kmgtp])?i?)(?P<unit>[bB])(?i:/s|ps)?")
_MILLI_OR_MEGA = re.compile(
    r"(?i:m(?:wh|ah|va|w|v|a|hz|ohm|\u03c9|\u03a9|pa|j|n)(?:[/\u00b7 ].*)?)", re.ASCII
)


_SECONDS_OR_SIEMENS = re.compile("[nmu\u00b5\u03bc][sS]")


@lru_cache(maxsize=64)
def telling_positions(unit: str) -> tuple[int, ...]:
    """The letters of a unit that must be in their case."""
    bytes_or_bits = _BYTES_OR_BITS.fullmatch(unit)
    if bytes_or_bits:
        is_milli_or_mega = (bytes_or_bits["prefix"] or "").lower() == "m"
        return (*([0] if is_milli_or_mega else []), bytes_or_bits.start("unit"))
    if _SECONDS_OR_SIEMENS.fullmatch(unit):
        return (1,)
    return (0,) if _MILLI_OR_MEGA.fullmatch(unit) else ()


def is_same_unit(unit: str, own: str) -> bool:
    """Does the unit, as somebody wrote it, mean the own one: exactly, or in another case that makes
    no other unit of it?"""
    written, known = " ".join(unit.split()), " ".join(own.split())
    return unit == own or (
        written.lower() == known.lower()
        and all(written[at] == known[at] for at in telling_positions(known))
    )


def is_other_by_case(unit: str, own: str) -> bool:
    """Is it another unit only for its upper and lower case: `MW` for mW?"""
    same_letters = " ".join(unit.lower().split()) == " ".join(own.lower().split())
    return same_letters and not is_same_unit(unit, own)
