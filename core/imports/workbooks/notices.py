"""What a person should know of how a workbook was read."""

from __future__ import annotations

from collections.abc import Sequence

from core.imports.workbooks.sheets import Sheet, quoted_list
from core.outcomes import Notice, NoticeCode


def error_cells(sheet: Sheet) -> list[Notice]:
    if sheet.first_error is None:
        return []
    count, (where, text) = sheet.error_count, sheet.first_error
    message = (
        f"Cell {where} holds the error {text} and was read as that text. Mend its formula or "
        "clear it."
        if count == 1
        else f"{count:,} cells hold errors, the first is {where} with {text}; they were read as "
        "those texts. Mend their formulas or clear them."
    )
    return [Notice(code=NoticeCode.ERROR_CELLS, message=message)]


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
