"""Removes invisible characters and surrounding blanks from texts, and notes unusual ones.

Cells that lost more than blanks are noted. Spreadsheet errors (`#N/A`) and letters that were lost
in a wrong encoding are kept, and noted too. The note of a cell depends on that cell only, so the
notes of several frames can be added up. Free text is checked as a whole, after a cheap check of the
bytes of all rows (`Doubts`). A typed value with such a character breaks a rule, so it is a suspect.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html.entities import name2codepoint

import polars as pl

from core.attributes.comparing import MAYBE_REMOVED
from core.attributes.garbled import GARBLED_TEXT
from core.attributes.rules.invisibles import has_invisibles, made_visible
from core.attributes.rules.whitespace import trimmed
from core.attributes.seven_bits import MAYBE_SEVEN_BITS, seven_bit_reading
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

HTML_ENTITY = f"&(?:{'|'.join(name2codepoint)}|#[0-9]{{1,7}}|#[xX][0-9A-Fa-f]{{1,6}});"
APOSTROPHE_BEFORE_DIGITS = r"^'[0-9][0-9.,/ -]*$"
"""A spreadsheet's mark of a text, which it does not show."""
SHORTENED_TEXT = r"^[1-9](?:\.[0-9]{1,5})?E\+(?:0[6-9]|[1-9][0-9])$"
"""The form in which a spreadsheet writes a number of twelve or more digits, or one in a narrow
column: at most six digits, so digits are lost."""

_DOUBTFUL = r"[^ -~]|  |^ | $"
"""A text without any of these has nothing to be tidied."""


@dataclass(frozen=True, slots=True)
class Doubts:
    """What the texts of a frame may contain (core/imports/survey.py)."""

    invisible: bool = True
    errors: bool = False
    garbled: bool = False
    shortened: bool = False
    entities: bool = False
    apostrophes: bool = False


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


def garbled_texts(column: str, texts: pl.Series) -> Iterable[Noted]:
    maybe = f"{GARBLED_TEXT}|{MAYBE_SEVEN_BITS}"
    at = texts.str.contains(maybe).fill_null(value=False).arg_true()
    found = texts.gather(at)
    is_garbled = found.str.contains(GARBLED_TEXT) | pl.Series(
        [seven_bit_reading(text) is not None for text in found], dtype=pl.Boolean
    )
    yield from note(
        NoticeCode.GARBLED_TEXT, column, at.filter(is_garbled), found.filter(is_garbled)
    )


def doubtful_texts(
    column: str, texts: pl.Series, doubts: Doubts, *, is_html: bool
) -> Iterable[Noted]:
    """Of free text, in so far as there are doubts."""
    if doubts.errors:
        yield from error_cells(column, texts)
    if doubts.garbled:
        yield from garbled_texts(column, texts)
    if doubts.entities and not is_html:
        yield from matching(NoticeCode.HTML_ENTITIES, HTML_ENTITY, column, texts)
    if doubts.apostrophes:
        code = NoticeCode.LEADING_APOSTROPHES
        yield from matching(code, APOSTROPHE_BEFORE_DIGITS, column, texts)


def _trimmed(texts: pl.Series) -> pl.Series:
    return texts.to_frame("text").select_seq(trimmed(pl.col("text"))).to_series()
