"""Notices about the table itself, before any row is validated."""

from __future__ import annotations

from collections.abc import Sequence

from core.attributes.rules.invisibles import names_of
from core.attributes.rules.model import Column, ColumnRole
from core.attributes.rules.shown import shown_text
from core.file_format import FileKind, ReadingOptions
from core.imports.table.phrases import HEADER_SHOWN_CHARACTERS
from core.outcomes import Notice, NoticeCode

HEADERS_NAMED = 8
_TEXT_OPTIONS = (
    ("delimiter", "delimiter"),
    ("encoding", "encoding"),
    ("quote_char", "quote character"),
    ("escape_char", "escape character"),
    ("skip_initial_space", "blanks to skip"),
)

FEEDING_ROLES = frozenset({ColumnRole.VALUE, ColumnRole.MEASURE_VALUE, ColumnRole.MEASURE_UNIT})


def empty_file() -> Notice:
    return Notice(
        code=NoticeCode.EMPTY_FILE,
        message="The file is empty: it has neither headers nor rows.",
    )


def unused_options(kind: FileKind, options: ReadingOptions) -> list[Notice]:
    """Options of the caller for another kind of file: this may be the wrong file."""
    if kind is FileKind.TEXT:
        if options.sheet is None:
            return []
        sheet = shown_text(options.sheet, HEADER_SHOWN_CHARACTERS)
        what = (
            f'The file is text and has no sheets, so the sheet "{sheet}" was not looked for. If a '
            "workbook was meant, upload that."
        )
    else:
        unused = [word for name, word in _TEXT_OPTIONS if getattr(options, name) is not None]
        if not unused:
            return []
        what = (
            f"The file is a workbook, so the {' and the '.join(unused)} that "
            f"{'was given does' if len(unused) == 1 else 'were given do'} not "
            "apply. If a text file was meant, upload that."
        )
    return [Notice(code=NoticeCode.OPTION_NOT_USED, message=what)]


def table_notices(
    columns: Sequence[Column], row_count: int, only_blank_rows: bool = False
) -> list[Notice]:
    """Why a table with headers gives no product: no row, or no column that an attribute wants."""
    if not any(column.role in FEEDING_ROLES for column in columns):
        rows = f" Its {row_count:,} rows were not read." if row_count > 1 else ""
        return [
            Notice(
                code=NoticeCode.NO_MATCHING_COLUMN,
                message=f"No column of the file matches an attribute.{rows} {_found(columns)}",
            )
        ]
    if row_count == 0 or only_blank_rows:
        return [
            Notice(
                code=NoticeCode.HEADER_ONLY,
                message="The file has headers, but no row with a value under them.",
            )
        ]
    return []


def _found(columns: Sequence[Column]) -> str:
    """Headers with a suggestion go first: they are the way out."""
    named = [c for c in columns if c.header and c.role is not ColumnRole.ERRORS]
    named.sort(key=lambda column: column.did_you_mean is None)
    if not named:
        return "It has no headers."
    shown = ", ".join(_with_hint(column) for column in named[:HEADERS_NAMED])
    more = len(named) - HEADERS_NAMED
    return f"Its headers are: {shown}{f' and {more:,} more' if more > 0 else ''}."


def _with_hint(column: Column) -> str:
    header = f'"{shown_text(column.header, HEADER_SHOWN_CHARACTERS)}"'
    if column.did_you_mean is None:
        return header
    return f"{header} ({did_you_mean(column.header, column.did_you_mean)})"


def did_you_mean(header: str, name: str) -> str:
    """The question, with the characters of the header that look like others: without them it would
    ask for what the header seems to be."""
    odd = names_of(header)
    return f'did you mean "{name}"?' + (f" The header has {odd}" if odd else "")
