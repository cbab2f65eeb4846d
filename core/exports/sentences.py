"""What a person reads about an export."""

from __future__ import annotations

from collections.abc import Sequence

from core.exports.model import CELL_CHARACTERS, SHEET_COLUMNS, SHEET_ROWS
from core.jobs.orders import ExportFormat
from core.jobs.sentences import EXPORT_AGAIN
from core.wording import can_be_raised, counted, size_in_words

NAMES_IN_SENTENCE = 5
NAMES: dict[ExportFormat, str] = {
    ExportFormat.CSV: "CSV",
    ExportFormat.XLSX: "Excel workbook",
    ExportFormat.NDJSON: "NDJSON",
    ExportFormat.PARQUET: "Parquet",
}
OTHER_FORMAT = "Export CSV or Parquet instead"


def accepted(rows: int | None, file_format: ExportFormat) -> str:
    what = "The products" if rows is None else counted(rows, "product").capitalize()
    return f"{what} will be exported as {NAMES[file_format]}."


def exported(rows: int, file_format: ExportFormat, size: int) -> str:
    return f"{counted(rows, 'product')} exported as {NAMES[file_format]}, {size_in_words(size)}."


def left_out(values: int, names: Sequence[str]) -> str:
    shown = ", ".join(f"“{name}”" for name in names[:NAMES_IN_SENTENCE])
    more = len(names) - NAMES_IN_SENTENCE
    rest = f" and {more} more" if more > 0 else ""
    return (
        f"{counted(values, 'value')} of {shown}{rest} left out: what is stored is not of the type "
        "that the attribute has now."
    )


def sheet_too_small(rows: int, columns: int) -> str:
    return (
        f"{counted(rows, 'product')} with {counted(columns, 'attribute')} do not fit into a sheet, "
        f"which has {SHEET_ROWS:,} rows and {SHEET_COLUMNS:,} columns. {OTHER_FORMAT}."
    )


def workbook_too_large(cells: int, limit: int) -> str:
    return (
        f"The workbook would have {counted(cells, 'cell')}, and at most {limit:,} can be imported "
        f"again. {OTHER_FORMAT}. {can_be_raised('max_workbook_cells')}"
    )


def workbook_too_many_bytes(size: int, limit: int) -> str:
    return (
        f"The workbook would have {size_in_words(size)}, and at most {size_in_words(limit)} can be "
        f"imported again. {OTHER_FORMAT}. "
        f"{can_be_raised('max_workbook_bytes', 'max_workbook_unzipped_bytes')}"
    )


def text_too_long(name: str) -> str:
    return (
        f"“{name}” has a text of more than {CELL_CHARACTERS:,} characters, which no cell of a "
        f"workbook holds. {OTHER_FORMAT}."
    )


def too_many_products(limit: int) -> str:
    return (
        f"At most {limit:,} products can be exported at once. Narrow the filter. "
        f"{can_be_raised('max_export_products')}"
    )


def filter_outdated(reason: str) -> str:
    return f"The filter no longer fits the attributes: {reason} {EXPORT_AGAIN}."


def results_missing(file_name: str) -> str:
    return (
        f"The imported products of “{file_name}” are not stored any more. "
        "Please reprocess the import, or upload the file again, and export it then."
    )
