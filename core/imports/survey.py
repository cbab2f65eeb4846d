"""What a chunk holds, and what its cells may contain, by one pass over its bytes.

Most files have none of the oddities that cells are searched for. Each is ruled out here for all
cells at once, at a few percent of what reading the chunk costs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from core.attributes.garbled import CONTROLS, MAYBE_CODES
from core.attributes.rules.tidying import Doubts
from core.attributes.seven_bits import MAYBE_SEVEN_BITS
from core.imports.text.bitmaps import bits_equal_to, bits_of
from core.imports.text.bits import bit_positions, count_bits
from core.imports.text.cell_counts import tiles_of

LEAD_BYTES_FROM = 0xC2
"""Of a character of two bytes and more in UTF-8."""

_APOSTROPHE = re.compile(rb"'[0-9]")
_MAYBE_CODES = re.compile(MAYBE_CODES)
_MAYBE_SEVEN_BITS = re.compile(MAYBE_SEVEN_BITS.encode())

Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class TextSurvey:
    """Of a well-formed text."""

    delimiters: int
    """Between cells."""
    multi_line: NDArray[np.intp]
    """Records (from 0) in which a cell holds a line end, once for each line end."""
    doubts: Doubts
    may_hold_formulas: bool

    @classmethod
    def of(cls, text: bytes, delimiter: str, record_end: str) -> TextSurvey:
        """Of a text in UTF-8."""
        all_units = np.frombuffer(text, np.uint8) if text else np.empty(0, np.uint8)
        is_ascii, is_quoted = text.isascii(), b'"' in text
        delimiters = records = 0
        multi_line = [np.empty(0, np.intp)]
        invisible = garbled = has_hash = has_equals = has_er = has_e_plus = False
        for tile in tiles_of(text, delimiter):
            units = tile.units
            delimiters += count_bits(tile.delimiters)
            if is_quoted:
                line_ends = bits_equal_to(units, ord(record_end))
                ends = bit_positions(line_ends & tile.outside)
                within = bit_positions(line_ends & ~tile.outside)
                multi_line.append(records + np.searchsorted(ends, within))
                records += len(ends)
                has_equals = has_equals or bool((units == ord("=")).any())
            if not is_ascii:
                leads = _characters(all_units, tile.start, units >= LEAD_BYTES_FROM)
                invisible = invisible or _are_invisible(*leads)
                garbled = garbled or _are_garbled(*leads)
            has_hash = has_hash or bool((units == ord("#")).any())
            _, after, _ = _characters(all_units, tile.start, units == ord("E"))
            has_er = has_er or bool((after == ord("r")).any())
            has_e_plus = has_e_plus or bool((after == ord("+")).any())
        return cls(
            delimiters=delimiters,
            multi_line=np.concatenate(multi_line),
            doubts=Doubts(
                invisible=invisible,
                errors=has_hash or (has_er and b"Err:" in text),
                garbled=garbled or _has_controls(text, all_units) or _has_seven_bits(text),
                shortened=has_e_plus,
                entities=b"&" in text and b";" in text,
                apostrophes=b"'" in text and _APOSTROPHE.search(text) is not None,
            ),
            may_hold_formulas=has_equals and b'="' in text,
        )


def _has_controls(text: bytes, units: Bytes) -> bool:
    """Are some characters CONTROLS?"""
    return b"\x1a" in text or (len(units) > 0 and bool(units.min() < ord("\t")))


def _has_seven_bits(text: bytes) -> bool:
    """May some texts be in UTF-7 or HZ, or have codes in place of letters?"""
    is_hidden = (b"+" in text or b"~" in text) and _MAYBE_SEVEN_BITS.search(text) is not None
    has_codes = b"\\" in text or b"=" in text
    return is_hidden or (has_codes and _MAYBE_CODES.search(text) is not None)


def doubts_of_cells(frame: pl.DataFrame) -> Doubts:
    """Of a frame of texts, where there are no bytes to look at."""
    text = pl.all()
    is_longer = frame.select(pl.any_horizontal(text.str.len_bytes() != text.str.len_chars()))
    beyond_ascii = bool(is_longer.to_series().any())
    has_controls = any(frame.select(text.str.contains(CONTROLS).any()).row(0))
    signs = ("#", "Err:", "E+", "~{", "+", "&", "'", "\\", "=")
    holds = {sign: text.str.contains(sign, literal=True).any() for sign in signs}
    found = {sign: any(frame.select(has).row(0)) for sign, has in holds.items()}
    return Doubts(
        invisible=beyond_ascii,
        errors=found["#"] or found["Err:"],
        garbled=beyond_ascii or has_controls or any(found[sign] for sign in ("~{", "+", "\\", "=")),
        shortened=found["E+"],
        entities=found["&"],
        apostrophes=found["'"],
    )


def _characters(text: Bytes, start: int, flags: pl.Series) -> tuple[Bytes, Bytes, Bytes]:
    """The bytes from `start` on that have a flag, and the two after each (of the last ones of the
    text, the last byte again)."""
    at, last = bit_positions(bits_of(flags)) + start, len(text) - 1
    return text[at], text[np.minimum(at + 1, last)], text[np.minimum(at + 2, last)]


def _are_invisible(first: Bytes, second: Bytes, third: Bytes) -> bool:
    """May some character be one of MAYBE_REMOVED?"""
    is_space = (third >= 0x8B) & (third <= 0x8F) | (third >= 0xAA) & (third <= 0xAE)
    found = (
        (first == 0xC2) & (second == 0xAD)
        | (first == 0xD8) & (second == 0x9C)
        | (first == 0xE1) & (second == 0xA0) & (third == 0x8E)
        | (first == 0xE2) & ((second == 0x80) & is_space | (second == 0x81) & (third >= 0xA0))
        | (first == 0xEF) & (second == 0xB8) & ((third == 0x8E) | (third == 0x8F))
        | (first == 0xEF) & ((second == 0xBB) & (third == 0xBF))
        | (first == 0xEF) & ((second == 0xBF) & (third >= 0xB9) & (third <= 0xBB))
        | (first == 0xF3) & (second == 0xA0)
    )
    return bool(found.any())


def _are_garbled(first: Bytes, second: Bytes, third: Bytes) -> bool:
    """May some characters be GARBLED_TEXT?"""
    # a sign, or one of the letters of Windows-1252 at 0x80 to 0x9F
    is_behind = (third == 0xC2) | (third == 0xC5) | (third == 0xC6) | (third == 0xCB)
    is_behind |= third == 0xE2
    found = (
        (first == 0xC2) & (second <= 0x9F) & (second != 0x85)
        | (first == 0xC3) & is_behind
        | (first == 0xD0) & ((second == 0xA0) | (second == 0xA1)) & (third >= 0xC2)
        | (first == 0xE2)
        & (
            (second == 0x94)
            | (second == 0x95)
            | (second == 0x88)
            | (second == 0x80) & (third == 0x9A)
        )
        | (first == 0xEF) & (second == 0xBF) & (third == 0xBD)
    )
    return bool(found.any())
