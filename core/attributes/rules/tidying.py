"""Removes invisible characters and surrounding blanks from texts, and notes unusual ones.

Cells that lost more than blanks are noted. Spreadsheet errors (`#N/A`) and letters that were lost
in a wrong encoding are kept, and noted too. The note of a cell depends on that cell only, so the
notes of several frames can be added up. Free text is checked as a whole, after a cheap check of the
bytes of all rows (`Doubts`). A typed value with such a character breaks a rule, so it is a suspect.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from core.attributes.rules.invisibles import MAYBE_REMOVED, has_invisibles, made_visible
from core.attributes.rules.whitespace import trimmed
from core.outcomes import NoticeCode

ERROR_TEXT = (
    r"^(?:#(?:N/A(?: N/A)?|N/D|NV|NB|REF!|¡REF!|RIF!|BEZUG!|VERW!|NAME\?|¿NOMBRE\?|NOM\?|NOME\?|"
    r"NAAM\?|NAMN\?|VALUE!|¡VALOR!|VALOR!|VALEUR!|VALORE!|WERT!|WAARDE!|NULL!|¡NULO!|NULO!|NUL!|"
    r"NULLO!|NUM!|¡NUM!|NÚM!|NOMBRE!|ZAHL!|GETAL!|(?:¡)?DIV/0!|DIV/0|DEEL/0!|SPILL!|CALC!|FIELD!|"
    r"BLOCKED!|CONNECT!|BUSY!|UNKNOWN!|EXTERNAL!|PYTHON!|GETTING_DATA|ERROR!|ÜBERLAUF!|"
    r"DZIEL/0!|ADR!|ARG!|LICZBA!|NAZWA\?|ZERO!|ROZLANIE!|"  # Polish
    r"ДЕЛ/0!|ССЫЛКА!|ЗНАЧ!|ИМЯ\?|ЧИСЛО!|ПУСТО!|Н/Д|ПЕРЕНОС!|"  # Russian
    r"DĚLENÍ_NULOU!|NENÍ_K_DISPOZICI|HODNOTA!|NÁZEV\?|ODKAZ!|ČÍSLO!|"  # Czech
    r"ZÉRÓOSZTÓ!|HIÁNYZIK|ÉRTÉK!|HIV!|NÉV\?|SZÁM!|NULLA!|"  # Hungarian
    r"SAYI/0!|YOK|DEĞER!|BAŞV!|AD\?|SAYI!|BOŞ!|"  # Turkish
    r"DIVISION/0!|SAKNAS!|VÄRDEFEL!|REFERENS!|OGILTIGT!|SKÄRNING!|"  # Swedish
    r"I/T|VÆRDI!|VERDI!|REFERENCE!|NAVN\?|"  # Danish, Norwegian
    r"JAKO/0!|PUUTTUU!|ARVO!|VIITTAUS!|NIMI\?|LUKU!|TYHJÄ!)|"  # Finnish
    r"Err:[0-9]{3}|#{4,})$"
)
"""What spreadsheets write into a CSV for a cell without a value, in the languages that are common,
and the signs that they write for a number which its column is too narrow for."""

GARBLED_TEXT = r"\x{fffd}|[\x{80}-\x{84}\x{86}-\x{9f}]|Ã[\x{80}-\x{bf}]|â€|Â[\x{a0}-\x{bf}]"
"""The mark of a lost letter; codes that no text has, which are letters of Windows-1252 read as
ISO-8859-1; and UTF-8 that was read as Windows-1252."""
SHORTENED_TEXT = r"^[1-9](?:\.[0-9]{1,5})?E\+(?:0[6-9]|[1-9][0-9])$"
"""The form in which a spreadsheet writes a number of twelve or more digits, or one in a narrow
column: at most six digits, so digits are lost."""

SIGNS_AT_ONCE = 256 * 1024
"""So many bytes stay in the processor's cache."""
LEAD_BYTES_FROM = 0xC2
"""Of a character of two bytes and more in UTF-8."""

_DOUBTFUL = r"[^ -~]|  |^ | $"
"""A text without any of these has nothing to be tidied."""


@dataclass(frozen=True, slots=True)
class Doubts:
    """What the texts of a frame may contain. Checking all bytes at once costs almost nothing."""

    invisible: bool = True
    errors: bool = False
    garbled: bool = False
    shortened: bool = False

    @classmethod
    def of(cls, text: bytes) -> Doubts:
        """Of a text in UTF-8."""
        signs = np.frombuffer(text, np.uint8) if text else np.empty(0, np.uint8)
        leads = _lead_bytes(signs) if not text.isascii() else None
        return cls(
            invisible=leads is not None and _are_invisible(*leads),
            errors=b"#" in text or (_holds_pair(signs, b"Er") and b"Err:" in text),
            garbled=leads is not None and _are_garbled(*leads),
            shortened=b"+" in text and _holds_pair(signs, b"E+"),
        )

    @classmethod
    def of_cells(cls, frame: pl.DataFrame) -> Doubts:
        """Of a frame of texts, where there are no bytes to look at."""
        text = pl.all()
        is_longer = frame.select(pl.any_horizontal(text.str.len_bytes() != text.str.len_chars()))
        beyond_ascii = bool(is_longer.to_series().any())
        holds = {sign: text.str.contains(sign, literal=True).any() for sign in ("#", "Err:", "E+")}
        found = {sign: any(frame.select(has).row(0)) for sign, has in holds.items()}
        return cls(
            invisible=beyond_ascii,
            errors=found["#"] or found["Err:"],
            garbled=beyond_ascii,
            shortened=found["E+"],
        )


Signs = NDArray[np.uint8]


def _holds_pair(signs: Signs, pair: bytes) -> bool:
    for start in range(0, len(signs), SIGNS_AT_ONCE):
        some = signs[start : start + SIGNS_AT_ONCE + 1]
        if ((some[:-1] == pair[0]) & (some[1:] == pair[1])).any():
            return True
    return False


def _lead_bytes(signs: Signs) -> tuple[Signs, Signs, Signs]:
    """The first bytes of the characters beyond ASCII, and the two bytes after each."""
    starts = range(0, len(signs), SIGNS_AT_ONCE)
    blocks = (signs[start : start + SIGNS_AT_ONCE] >= LEAD_BYTES_FROM for start in starts)
    at = np.concatenate(
        [np.flatnonzero(block) + start for start, block in zip(starts, blocks, strict=True)]
    )
    last = len(signs) - 1
    return signs[at], signs[np.minimum(at + 1, last)], signs[np.minimum(at + 2, last)]


def _are_invisible(first: Signs, second: Signs, third: Signs) -> bool:
    """May some character be one of MAYBE_REMOVED?"""
    is_space = (third >= 0x8B) & (third <= 0x8F) | (third >= 0xAA) & (third <= 0xAE)
    found = (
        (first == 0xC2) & (second == 0xAD)
        | (first == 0xD8) & (second == 0x9C)
        | (first == 0xE1) & (second == 0xA0) & (third == 0x8E)
        | (first == 0xE2) & ((second == 0x80) & is_space | (second == 0x81) & (third >= 0xA0))
        | (first == 0xEF) & ((second == 0xBB) & (third == 0xBF))
        | (first == 0xEF) & ((second == 0xBF) & (third >= 0xB9) & (third <= 0xBB))
        | (first == 0xF3) & (second == 0xA0)
    )
    return bool(found.any())


def _are_garbled(first: Signs, second: Signs, third: Signs) -> bool:
    """May some characters be GARBLED_TEXT?"""
    found = (
        (first == 0xC2) & (second <= 0x9F) & (second != 0x85)
        | (first == 0xC3) & ((second == 0x82) | (second == 0x83)) & (third == 0xC2)
        | (first == 0xC3) & (second == 0xA2) & (third == 0xE2)
        | (first == 0xEF) & (second == 0xBF) & (third == 0xBD)
    )
    return bool(found.any())


NO_FILE = Doubts()
"""For texts that were not checked and need no notice."""


@dataclass(frozen=True, slots=True)
class Noted:
    """Cells of one column about which people should know one thing."""

    code: NoticeCode
    column: int
    rows: pl.Series
    """Of the frame, in order; at least one."""
    first: str
    """The text of the first of them, as it was in the file."""


def note(code: NoticeCode, column: str, rows: pl.Series, texts: pl.Series) -> Iterable[Noted]:
    """`texts` are those of the rows."""
    if len(rows):
        yield Noted(code, int(column), rows, texts[0])


def tidied(texts: pl.Series) -> pl.Series:
    """Without invisible characters and blanks around them; null where nothing is left."""
    text = pl.col("text")
    return texts.to_frame("text").select_seq(trimmed(made_visible(text))).to_series()


def may_need_tidying(texts: pl.Series) -> bool:
    return bool(texts.str.contains(_DOUBTFUL).any()) or bool((texts == "").any())


def tidy_free_text(frame: pl.DataFrame, column: str) -> tuple[pl.Series, list[Noted]]:
    """One column of any texts; those that hold no invisible character stay as they are."""
    texts = frame[column]
    if not has_invisibles(texts):
        return texts, []
    at = texts.str.contains(MAYBE_REMOVED).fill_null(value=False).arg_true()
    before = texts.gather(at)
    after = tidied(before)
    differs = after.ne_missing(_trimmed(before))
    rows = at.filter(differs)
    noted = note(NoticeCode.INVISIBLE_CHARACTERS, column, rows, before.filter(differs))
    return texts.scatter(at, after), list(noted)


def matching(code: NoticeCode, pattern: str, column: str, texts: pl.Series) -> Iterable[Noted]:
    """The cells of a column that match."""
    at = texts.str.contains(pattern).fill_null(value=False).arg_true()
    return note(code, column, at, texts.gather(at))


def error_cells(column: str, texts: pl.Series) -> Iterable[Noted]:
    """Of trimmed texts; only the few that begin like an error are checked."""
    likely = ((texts >= "#") & (texts < "$")) | ((texts >= "Err:") & (texts < "Err;"))
    at = likely.fill_null(value=False).arg_true()
    found = texts.gather(at)
    is_error = found.str.contains(ERROR_TEXT)
    return note(NoticeCode.ERROR_CELLS, column, at.filter(is_error), found.filter(is_error))


def _trimmed(texts: pl.Series) -> pl.Series:
    return texts.to_frame("text").select_seq(trimmed(pl.col("text"))).to_series()
