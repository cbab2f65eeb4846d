"""The sentence that sums up an import, and the notices that need the whole file."""

from __future__ import annotations

from collections.abc import Sequence

from core.attributes.rules.model import Column, ColumnRole
from core.attributes.rules.shown import shown_text
from core.attributes.rules.whitespace import trim
from core.imports.model import ChunkSummary, Plan
from core.imports.output.faults import missing_column_statement
from core.imports.steps.changes import change_notices
from core.imports.table.noted_cells import note_notices
from core.imports.table.row_notices import odd_row_notices
from core.outcomes import Notice, NoticeCode
from core.wording import counted

COLUMNS_NAMED = 5
NO_ROWS_CODES = (NoticeCode.EMPTY_FILE, NoticeCode.HEADER_ONLY, NoticeCode.NO_MATCHING_COLUMN)
HEADER_MAX_CHARACTERS = 60
NOT_CLEAN = frozenset(
    {NoticeCode.ENCODING_GUESSED, NoticeCode.GARBLED_TEXT, NoticeCode.NUMBERS_READ_TWO_WAYS}
)
"""Notices of values that may be wrong, though no rule was broken."""


def ignored_headers(plan: Plan, unread_columns: Sequence[int]) -> tuple[str, ...]:
    """In file order: headers that match no attribute, and columns with values but no header."""
    unread = set(unread_columns)
    return tuple(
        column.header if column.role is ColumnRole.IGNORED else _unnamed(column)
        for column in plan.columns
        if column.role is ColumnRole.IGNORED
        or (column.role is ColumnRole.BLANK and column.index in unread)
    )


def _unnamed(column: Column) -> str:
    return f"(column {column.index + 1})"


def found_notices(
    plan: Plan, summaries: Sequence[ChunkSummary], unread: Sequence[int]
) -> list[Notice]:
    """The notices that are known only after all chunks are done."""
    notices = note_notices((noted for s in summaries for noted in s.noted), plan.original_headers)
    notices += change_notices((c for s in summaries for c in s.changes), plan.original_headers)
    if unread:
        numbers = _listed([str(index + 1) for index in unread])
        what = (
            f"Column {numbers} has values but no header; it was not read."
            if len(unread) == 1
            else f"Columns {numbers} have values but no headers; they were not read."
        )
        notices.append(Notice(code=NoticeCode.COLUMN_WITHOUT_HEADER, message=what))
    notices += odd_row_notices(plan, summaries)
    short = sum(summary.short_rows for summary in summaries)
    columns = "cells than there are columns"
    if short:
        first = min(s.first_short_row for s in summaries if s.first_short_row is not None)
        which = (
            f"Row {first} has fewer {columns}"
            if short == 1
            else f"{short:,} rows (the first is row {first}) have fewer {columns}"
        )
        notices.append(
            Notice(
                code=NoticeCode.SHORT_ROWS,
                message=f"{which}; the missing cells were read as empty, at the "
                f"row's end.{_off_by_one(plan)}",
            )
        )
    return notices


def _off_by_one(plan: Plan) -> str:
    if plan.data is not None and plan.original_headers and not trim(plan.original_headers[0]):
        return (
            " The header row begins with an empty cell, so most probably all values are one "
            "column off: compare the headers with the values."
        )
    return (
        " It need not be the last cells that are missing: where a delimiter is missing within a "
        "row, the values after it are one column off."
    )


def outcome_message(
    plan: Plan,
    *,
    valid_rows: int,
    invalid_rows: int,
    kept_rows: int = 0,
    faults: int,
    ignored: Sequence[str],
    shown_products: int | None = None,
    shown_faults: int | None = None,
) -> str:
    """E.g. `412 of 430 rows are valid; 18 rows have 23 faults; columns "a", "b" were ignored.`
    `kept_rows` are the valid rows that have faults. `shown_…` are set if the result file holds only
    that many of them."""
    rows = valid_rows + invalid_rows
    if rows == 0:
        reasons = [notice.message for notice in plan.notices if notice.code in NO_ROWS_CODES]
        return " ".join(reasons) or "The file has no row with a value."
    of_which = valid_rows or rows  # "0 of 1 row is", "0 of 2 rows are", "1 of 2 rows is"
    parts = [f"{valid_rows:,} of {counted(rows, 'row')} {_verb(of_which, 'is', 'are')} valid"]
    if plan.missing_required:
        parts += map(missing_column_statement, plan.missing_required)
    row_faults = faults - len(plan.missing_required)
    if row_faults:
        faulty = invalid_rows + kept_rows
        has = _verb(faulty, "has", "have")
        parts.append(f"{counted(faulty, 'row')} {has} {counted(row_faults, 'fault')}")
    if kept_rows:
        parts.append(
            f"{counted(kept_rows, 'row')} {_verb(kept_rows, 'was', 'were')} kept without "
            "the faulty values"
        )
    if ignored:
        named = _listed([f'"{shown_text(h, HEADER_MAX_CHARACTERS)}"' for h in ignored])
        parts.append(
            f"column{'' if len(ignored) == 1 else 's'} {named} "
            f"{_verb(len(ignored), 'was', 'were')} ignored"
        )
    if shown_products is not None or shown_faults is not None:
        cut = [
            f"the first {counted(number, noun)}"
            for number, noun in ((shown_products, "product"), (shown_faults, "fault"))
            if number is not None
        ]
        parts.append(f"this result shows only {' and '.join(cut)}; the downloads hold all")
    return f"{'; '.join(parts)}."


def _listed(names: Sequence[str]) -> str:
    more = len(names) - COLUMNS_NAMED
    first = ", ".join(names[:COLUMNS_NAMED])
    return f"{first} and {more:,} more" if more > 0 else first


def _verb(number: int, singular: str, plural: str) -> str:
    return singular if number == 1 else plural
