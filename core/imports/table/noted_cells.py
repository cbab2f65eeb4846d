"""Cells that people should know about: of one frame, added up over chunks, and as notices."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from core.attributes.rules.invisibles import names_of
from core.attributes.rules.shown import shown_text
from core.attributes.rules.tidying import Noted
from core.attributes.seven_bits import seven_bit_reading
from core.imports.model import NotedCells
from core.imports.table.phrases import row_and_column
from core.outcomes import Notice, NoticeCode

TEXT_SHOWN_CHARACTERS = 60


def noted_cells(found: Iterable[Noted], first_row: int, longest: int) -> tuple[NotedCells, ...]:
    """`first_row` is the row number of the frame's first row; texts are cut at `longest`."""
    return merged_notes(
        NotedCells(
            code=noted.code,
            cells=len(noted.rows),
            row=first_row + int(noted.rows[0]),
            column=noted.column,
            text=noted.first[:longest],
        )
        for noted in found
    )


def merged_notes(found: Iterable[NotedCells]) -> tuple[NotedCells, ...]:
    """One per code, in the order of codes. The order of the arguments does not matter."""
    by_code: dict[NoticeCode, NotedCells] = {}
    for one in found:
        other = by_code.get(one.code)
        if other is None:
            by_code[one.code] = one
            continue
        first = min(one, other, key=lambda noted: (noted.row, noted.column))
        by_code[one.code] = NotedCells(
            code=one.code,
            cells=one.cells + other.cells,
            row=first.row,
            column=first.column,
            text=first.text,
        )
    return tuple(by_code[code] for code in sorted(by_code))


def note_notices(found: Iterable[NotedCells], headers: Sequence[str]) -> list[Notice]:
    """`headers` as written in the file."""
    return [
        Notice(code=noted.code, message=_SENTENCES[noted.code](noted, headers))
        for noted in merged_notes(found)
    ]


def _invisible(noted: NotedCells, headers: Sequence[str]) -> str:
    where = row_and_column(noted.row, noted.column, headers)
    named = names_of(noted.text) or "blanks"
    if noted.cells == 1:
        return (
            f"The cell in {where}, contains characters that are invisible or look like others "
            f"({named}). They were ignored."
        )
    return (
        f"{noted.cells:,} cells contain characters that are invisible or look like others, the "
        f"first in {where} ({named}). They were ignored."
    )


def _errors(noted: NotedCells, headers: Sequence[str]) -> str:
    where = row_and_column(noted.row, noted.column, headers)
    text = shown_text(noted.text, TEXT_SHOWN_CHARACTERS)
    if noted.cells == 1:
        return (
            f"The cell in {where}, holds the error {text} and was read as that text. Mend its "
            "formula in the spreadsheet, or clear it."
        )
    return (
        f"{noted.cells:,} cells hold errors of a spreadsheet, the first is in {where}, with "
        f"{text}; they were read as those texts. Mend their formulas in the spreadsheet, or clear "
        "them."
    )


def _garbled(noted: NotedCells, headers: Sequence[str]) -> str:
    where = row_and_column(noted.row, noted.column, headers)
    text = shown_text(noted.text, TEXT_SHOWN_CHARACTERS)
    which = (
        f'The text "{text}" in {where}, looks'
        if noted.cells == 1
        else f'{noted.cells:,} texts, the first is "{text}" in {where}, look'
    )
    if reading := seven_bit_reading(noted.text):
        name, would_be = reading[0], shown_text(reading[1], TEXT_SHOWN_CHARACTERS)
        read = "It was" if noted.cells == 1 else "They were"
        return (
            f'{which} like {name.upper()}, in which "{text}" is "{would_be}". {read} not decoded. '
            f"Save the file as UTF-8, or process it again with the encoding {name}."
        )
    if re.search("[\x01-\x08\x0e-\x1b]", noted.text):
        return (
            f"{which} garbled: it contains {names_of(noted.text)}, which no text has, and which "
            "may stand where a letter was lost. It was read as it is; export the file again."
        )
    return (
        f"{which} garbled: letters were lost or changed before the file came here, when it was "
        "saved or opened in a wrong encoding. It was read as it is; export the file again."
    )


def _shortened(noted: NotedCells, headers: Sequence[str]) -> str:
    where = row_and_column(noted.row, noted.column, headers)
    which = (
        f"The cell in {where}, holds {noted.text}"
        if noted.cells == 1
        else f"{noted.cells:,} cells hold numbers such as {noted.text}, the first in {where}"
    )
    return (
        f"{which}: a spreadsheet writes long numbers so, and drops their last digits. It was read "
        "as it is; where it is a code, format the column as text and enter the codes again."
    )


def _entities(noted: NotedCells, headers: Sequence[str]) -> str:
    return (
        f"{_holding(noted, headers)} codes of HTML such as &amp; or &#228;. They were read as they "
        "are; if people should see the characters, export the file without HTML."
    )


def _apostrophes(noted: NotedCells, headers: Sequence[str]) -> str:
    return (
        f"{_holding(noted, headers)} an apostrophe before digits, which a spreadsheet sets before "
        "numbers that are texts. It was read as part of the value; if it is none, remove it."
    )


def _holding(noted: NotedCells, headers: Sequence[str]) -> str:
    where = row_and_column(noted.row, noted.column, headers)
    text = shown_text(noted.text, TEXT_SHOWN_CHARACTERS)
    if noted.cells == 1:
        return f'The cell in {where}, "{text}", has'
    return f'{noted.cells:,} cells, the first is "{text}" in {where}, have'


def _emptied(noted: NotedCells, headers: Sequence[str]) -> str:
    where = row_and_column(noted.row, noted.column, headers)
    text = shown_text(noted.text, TEXT_SHOWN_CHARACTERS)
    if noted.cells == 1:
        return f'The cell in {where}, holds "{text}" and was read as empty.'
    return (
        f"{noted.cells:,} cells hold words for nothing and were read as empty; the first is "
        f'"{text}" in {where}.'
    )


def _zoneless(noted: NotedCells, headers: Sequence[str]) -> str:
    where = row_and_column(noted.row, noted.column, headers)
    which = (
        f"The time {noted.text} in {where}, names no time zone and was"
        if noted.cells == 1
        else f"{noted.cells:,} times name no time zone, the first is {noted.text} in {where}; they "
        "were"
    )
    return f"{which} read in UTC. If that is wrong, give “timeZone” in the “locale” of the upload."


_SENTENCES = {
    NoticeCode.INVISIBLE_CHARACTERS: _invisible,
    NoticeCode.ERROR_CELLS: _errors,
    NoticeCode.DIGITS_LOST: _shortened,
    NoticeCode.GARBLED_TEXT: _garbled,
    NoticeCode.HTML_ENTITIES: _entities,
    NoticeCode.LEADING_APOSTROPHES: _apostrophes,
    NoticeCode.WORDS_READ_AS_EMPTY: _emptied,
    NoticeCode.TIME_ZONE_ASSUMED: _zoneless,
}
