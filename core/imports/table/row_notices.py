"""Notices about unusual rows, combined from the results of the chunks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain

from core.imports.model import ChunkSummary, OddKind, OddRows, Plan
from core.imports.table.odd_rows import ROWS_NAMED
from core.outcomes import Notice, NoticeCode


def odd_row_notices(plan: Plan, summaries: Sequence[ChunkSummary]) -> list[Notice]:
    found = {kind: _gathered(kind, summaries) for kind in OddKind}
    notices = [_long_rows(found, summaries)]
    for kind, code, sentence_of in _NOTICES:
        odd = found[kind]
        if odd.count:
            which = f"{_rows(odd)} {sentence_of(odd.count == 1)}"
            notices.append(Notice(code=code, message=which))
    return [notice for notice in notices if notice is not None]


def _gathered(kind: OddKind, summaries: Sequence[ChunkSummary]) -> OddRows:
    odd = [rows for summary in summaries for rows in summary.odd_rows if rows.kind is kind]
    first = tuple(chain.from_iterable(rows.first for rows in odd))[:ROWS_NAMED]
    return OddRows(kind=kind, count=sum(rows.count for rows in odd), first=first)


def _rows(odd: OddRows) -> str:
    """E.g. `Row 3`, `Rows 3 and 5`, `1,200 rows (the first are 3, 5, 8)`."""
    if odd.count == 1:
        return f"Row {odd.first[0]:,}"
    if odd.count > len(odd.first):
        return f"{odd.count:,} rows (the first are {', '.join(f'{row:,}' for row in odd.first)})"
    *before, last = (f"{row:,}" for row in odd.first)
    return f"Rows {', '.join(before)} and {last}"


def _long_rows(found: dict[OddKind, OddRows], summaries: Sequence[ChunkSummary]) -> Notice | None:
    long, by_blanks = found[OddKind.LONG], found[OddKind.LONG_BY_BLANKS]
    valued = sum(summary.rows - summary.blank_rows for summary in summaries)
    if long.count * 2 > valued:
        return Notice(
            code=NoticeCode.SHORT_HEADER,
            message=f"The header row has fewer cells than most rows: {_rows(long)} "
            f"{'has' if long.count == 1 else 'have'} more. If a header is missing, or two are in "
            "one cell, the values after it are under the wrong header; compare them. If the rows "
            "only end with one delimiter too many, all is well.",
        )
    if not by_blanks.count:
        return None
    one = by_blanks.count == 1
    return Notice(
        code=NoticeCode.LONG_ROWS,
        message=f"{_rows(by_blanks)} {'has' if one else 'have'} more cells than there are columns. "
        "The surplus cells are empty and were left out; but where "
        "a row has a delimiter too many, the values after it are one column off. Compare "
        f"{'this row' if one else 'these rows'} with the headers.",
    )


def _again(one: bool) -> str:
    return (
        f"{'repeats' if one else 'repeat'} the header row and {'was' if one else 'were'} left out, "
        "as files need it that were joined end to end."
    )


def _otherwise(one: bool) -> str:
    return (
        f"{'holds' if one else 'hold'} the headers in another case or order, as where files were "
        f"joined end to end, and {'was' if one else 'were'} read as "
        f"{'a row' if one else 'rows'}. Remove {'it if it is a header row' if one else 'them'}. "
        "After another order, values may be under the wrong headers: split the file there, and "
        "upload its parts one by one."
    )


def _totals(one: bool) -> str:
    return (
        f"{'is a row' if one else 'are rows'} of totals and {'was' if one else 'were'} left out. "
        f"If {'it is a product' if one else 'they are products'}, fill the empty cells."
    )


def _in_a_cell(one: bool) -> str:
    return (
        f"{'has' if one else 'have'} a cell that seems to hold the end of one row and the "
        'beginning of another. Probably two quotes (") that belong to the text, such as inch '
        "marks, enclose all that lies between them, so that rows are missing. Double the quotes "
        "that belong to the text."
    )


def _formulas(one: bool) -> str:
    return (
        f'{"has" if one else "have"} cells written as ="…", by which spreadsheets keep a number as '
        "text; they were read as the text within the quotes."
    )


_NOTICES: tuple[tuple[OddKind, NoticeCode, Callable[[bool], str]], ...] = (
    (OddKind.HEADER_AGAIN, NoticeCode.REPEATED_HEADER, _again),
    (OddKind.HEADER_OTHERWISE, NoticeCode.HEADER_OTHERWISE, _otherwise),
    (OddKind.TOTALS, NoticeCode.TOTALS_ROW, _totals),
    (OddKind.ROWS_IN_A_CELL, NoticeCode.ROWS_IN_A_CELL, _in_a_cell),
    (OddKind.TEXT_FORMULA, NoticeCode.TEXT_FORMULAS, _formulas),
)
