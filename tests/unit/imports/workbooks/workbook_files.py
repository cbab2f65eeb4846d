"""Workbooks made on the spot, and their reading, for the tests of this folder."""

import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.file_format import FileKind, ReadingOptions, SourceFile
from core.imports.model import Chunk, Plan
from core.imports.workbooks.planning import plan_workbook, read_workbook_rows
from core.settings import Settings
from core.storage import FolderStore, ImportKeys

DEFINITIONS = (
    AttributeDefinition("ProductSKU", AttributeType.SHORT_TEXT, is_required=True),
    AttributeDefinition("Price", AttributeType.NUMBER),
)
SETTINGS = Settings(uploads_bucket="uploads", results_bucket="results")
KEYS = ImportKeys("job", 1)


@dataclass(frozen=True)
class Read:
    plan: Plan
    chunks: tuple[Chunk, ...]
    frames: tuple[pl.DataFrame, ...]
    objects: dict[str, bytes]

    @property
    def rows(self) -> list[tuple[str, ...]]:
        return [tuple(c or "" for c in row) for frame in self.frames for row in frame.rows()]

    @property
    def notices(self) -> dict[str, str]:
        return {notice.code.value: notice.message for notice in self.plan.notices}


def read(
    data: bytes,
    folder: Path,
    *,
    kind: FileKind = FileKind.XLSX,
    sheet: str | None = None,
    header_row: int | None = None,
    settings: Settings = SETTINGS,
    definitions: Sequence[AttributeDefinition] = DEFINITIONS,
) -> Read:
    """Plan the workbook in a store of its own and read all chunks back."""
    store = FolderStore(folder)
    name = f"products.{kind.value}"
    store.put("uploads", name, data, "application/octet-stream")
    source = SourceFile(bucket="uploads", key=name, size=len(data), file_name=name)
    options = ReadingOptions(sheet=sheet, header_row=header_row)
    plan, chunks = plan_workbook(store, settings, KEYS, source, kind, options, definitions)
    frames = tuple(read_workbook_rows(store, "results", KEYS, plan, chunk) for chunk in chunks)
    objects = {key: store.get("results", key) for key in store.list_keys("results", "work/")}
    return Read(plan, chunks, frames, objects)


def xlsx(fill: Callable[[Any], None], **options: Any) -> bytes:
    """A workbook that `fill` writes with xlsxwriter."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, options) as book:
        fill(book)
    return buffer.getvalue()


def table(rows: Sequence[Sequence[Any]], *, at: tuple[int, int] = (0, 0)) -> bytes:
    """A workbook with one sheet, which holds the rows from the cell `at` (row, column, from 0)."""

    def fill(book: Any) -> None:
        sheet = book.add_worksheet("Products")
        for number, row in enumerate(rows):
            sheet.write_row(at[0] + number, at[1], row)

    return xlsx(fill)


def with_parts(data: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """The same zip, each part as `change(name, bytes)` gives it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        for entry in old.infolist():
            new.writestr(
                entry.filename, change(entry.filename, old.read(entry)), zipfile.ZIP_DEFLATED
            )
    return buffer.getvalue()


def replaced(data: bytes, part: str, old: bytes, new: bytes) -> bytes:
    def change(name: str, content: bytes) -> bytes:
        if name == part:
            assert old in content, f"{part} has no {old!r}"
            return content.replace(old, new)
        return content

    return with_parts(data, change)


def ods(table_xml: str) -> bytes:
    """An OpenDocument spreadsheet with the given `<table:table>` elements."""
    namespaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {namespaces} '
        'office:version="1.2"><office:body><office:spreadsheet>'
        f"{table_xml}</office:spreadsheet></office:body></office:document-content>"
    )
    mime = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{mime}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
        "</manifest:manifest>"
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", mime)
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("content.xml", content)
    return buffer.getvalue()
