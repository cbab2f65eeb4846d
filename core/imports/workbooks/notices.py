"""Notices about how a workbook was read."""

from __future__ import annotations

from collections.abc import Sequence, Set

from core.attributes.rules.shown import shown_text
from core.imports.workbooks.special_cells import CellTexts, cell_name, column_letters
from core.outcomes import Notice, NoticeCode

SHEETS_NAMED = 20
SHEET_NAME_MAX_CHARACTERS = 60

_WITH_TABLE = (
    "{first} holds a table of its own, which was not read; the text beside it was. Move what is "
    "needed to cells of the sheet."
)
_WITH_TABLES = (
    "{count:,} cells hold tables of their own, the first is {first}; these were not read, the "
    "texts beside them were. Move what is needed to cells of the sheet."
)
_MISPLACED = (
    "{first} was read right behind the cell before it: the place that the file states for it is "
    "in no sheet. Check that the value is under the right header."
)
_MISPLACED_CELLS = (
    "{count:,} cells were read right behind the cells before them, the first is {first}: the "
    "places that the file states for them are in no sheet. Check that the values are under the "
    "right headers."
)


def of_cells(
    cells: CellTexts, first_row: int, row_count: int, headers: Sequence[str]
) -> list[Notice]:
    """`first_row` is the row of the sheet under the header, from 0."""
    return [
        *_error_cells(cells),
        *_odd_cells(cells.with_tables, _WITH_TABLE, _WITH_TABLES, headers),
        *_odd_cells(cells.misplaced, _MISPLACED, _MISPLACED_CELLS, headers),
        *_formulas_without_result(cells),
        *_hidden_rows([r for r in cells.hidden_rows if 0 <= r - first_row < row_count]),
        *_hidden_by_default(cells),
        *_hidden_columns([c for c in sorted(cells.hidden_columns) if c < len(headers)], headers),
    ]


def _error_cells(cells: CellTexts) -> list[Notice]:
    if cells.first_error is None:
        return []
    count, (where, text) = cells.error_count, cells.first_error
    message = (
        f"Cell {where} holds the error {text} and was read as that text. Mend its formula or "
        "clear it."
        if count == 1
        else f"{count:,} cells hold errors, the first is {where} with {text}; they were read as "
        "those texts. Mend their formulas or clear them."
    )
    return [Notice(code=NoticeCode.ERROR_CELLS, message=message)]


def _odd_cells(
    places: Set[tuple[int, int]], of_one: str, of_many: str, headers: Sequence[str]
) -> list[Notice]:
    if not places:
        return []
    row, column = min(places)
    header = headers[column] if column < len(headers) else ""
    where = f"cell {cell_name(row, column)}" + (f" (column {quoted(header)})" if header else "")
    sentence = of_one if len(places) == 1 else of_many
    message = sentence.format(count=len(places), first=where)
    return [Notice(code=NoticeCode.ODD_CELLS, message=message[0].upper() + message[1:])]


def _formulas_without_result(cells: CellTexts) -> list[Notice]:
    notices = []
    for places, read_as in ((cells.without_result, "empty"), (cells.zero_results, "0")):
        if not places:
            continue
        first = cell_name(*min(places))
        what = (
            f"The formula in cell {first} has no stored result and was read as {read_as}."
            if len(places) == 1
            else f"{len(places):,} formulas have no stored result and were read as {read_as}; the "
            f"first is in cell {first}."
        )
        notices.append(
            Notice(
                code=NoticeCode.FORMULAS_WITHOUT_RESULT,
                message=f"{what} The program that wrote the workbook did not calculate. Open it in "
                "a spreadsheet program, save it and upload it again.",
            )
        )
    return notices


def _hidden_rows(rows: Sequence[int]) -> list[Notice]:
    if not rows:
        return []
    what = (
        f"Row {min(rows) + 1:,} of the sheet is hidden, by hand or by a filter, and was read like "
        "any other."
        if len(rows) == 1
        else f"{len(rows):,} rows of the sheet are hidden, by hand or by a filter, and were read "
        f"like any other; the first is row {min(rows) + 1:,}."
    )
    return [
        Notice(
            code=NoticeCode.HIDDEN_ROWS,
            message=f"{what} Delete the rows that are not to be imported.",
        )
    ]


def _hidden_by_default(cells: CellTexts) -> list[Notice]:
    if not cells.hides_rows:
        return []
    return [
        Notice(
            code=NoticeCode.HIDDEN_ROWS,
            message="The sheet hides all rows that have no settings of their own (zeroHeight). "
            "They were read like any other. Unhide them, and delete the rows that are not to be "
            "imported.",
        )
    ]


def _hidden_columns(columns: Sequence[int], headers: Sequence[str]) -> list[Notice]:
    if not columns:
        return []
    first = f"column {column_letters(columns[0])} ({quoted(headers[columns[0]])})"
    what = (
        f"The hidden {first} was read like any other."
        if len(columns) == 1
        else f"{len(columns):,} hidden columns were read like any other; the first is {first}."
    )
    return [
        Notice(
            code=NoticeCode.HIDDEN_COLUMNS,
            message=f"{what} Delete the columns that are not to be imported.",
        )
    ]


def other_sheets(others: Sequence[str], chosen: str) -> list[Notice]:
    if not others:
        return []
    also = "the sheet {} also holds" if len(others) == 1 else "the sheets {} also hold"
    return [
        Notice(
            code=NoticeCode.OTHER_SHEETS,
            message=f"Only the sheet {quoted_list([chosen])} was read; "
            f"{also.format(quoted_list(others))} data. To import another sheet, name it when you "
            "upload the file.",
        )
    ]


def quoted_list(names: Sequence[str]) -> str:
    """E.g. `"A", "B" and 3 more`."""
    shown = ", ".join(map(quoted, names[:SHEETS_NAMED]))
    more = len(names) - SHEETS_NAMED
    return f"{shown} and {more:,} more" if more > 0 else shown


def quoted(name: str) -> str:
    return f'"{shown_text(name, SHEET_NAME_MAX_CHARACTERS)}"'
