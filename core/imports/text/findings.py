"""Notices and refusals about a text: where the problem is, and what people can do about it."""

from __future__ import annotations

from dataclasses import dataclass

from core.attributes.rules.whitespace import trim
from core.errors import FileRefused
from core.imports.table.phrases import row_and_column
from core.imports.text import repairing
from core.imports.text.boundaries import BreachKind
from core.imports.text.encodings import UTF_16, TextStart, decode_leniently, people_name
from core.imports.text.guessed_encoding import BEFORE_AN_ACCENT, encoding_guessed
from core.imports.text.repairing import Location, TextSource, locate, record_too_large
from core.imports.text.scanning import Place
from core.outcomes import Notice, NoticeCode, RefusalCode
from core.settings import Settings
from core.storage import ObjectStore
from core.wording import size_in_words

SAMPLE_BYTES = 256 * 1024
"""In which a word with an accent is looked for."""


@dataclass(frozen=True, slots=True)
class TextFindings:
    """Of one text, into which they look for the row and the column of a byte."""

    store: ObjectStore
    settings: Settings
    text: TextSource

    def nul_character(self, place: Place) -> FileRefused:
        return FileRefused(
            RefusalCode.NUL_BYTES,
            f"There is a NUL character in {self._where(place)}. Text has none: the "
            "file was damaged, or is not text. Export it again.",
        )

    def bad_byte(self, bad: Place, start: TextStart) -> FileRefused:
        byte = self._bytes(bad.offset, 1).hex().upper()
        where = self._where(bad)
        if self.text.encoding in UTF_16 or start.given:
            return FileRefused(
                RefusalCode.WRONG_ENCODING,
                f"The byte 0x{byte} in {where}, cannot be read as "
                f"{people_name(start.encoding or self.text.encoding)}. Name another encoding, or "
                "save the file as UTF-8.",
            )
        return FileRefused(
            RefusalCode.MIXED_ENCODING,
            f"The file mixes encodings: most probably it is UTF-8, but the byte 0x{byte} in "
            f"{where}, is not. Save the whole file as UTF-8, or name the encoding (windows-1252, "
            "for example) in which all of it should be read.",
        )

    def never_closed(self, quote: Place) -> FileRefused:
        return repairing.never_closed(self._whereabouts(quote), self.text.headers)

    def guessed(self, at: int) -> Notice:
        """`at`: the first byte that is not UTF-8, and so a character that was guessed."""
        start = max(self.text.text_from, at - BEFORE_AN_ACCENT)
        sample = decode_leniently(self._bytes(start, SAMPLE_BYTES), self.text.encoding)
        return encoding_guessed(self.text.encoding, sample, at - start)

    def repaired(self, place: Place, kind: BreachKind) -> Notice:
        where = self._where(place)
        what = (
            f'a quote (") in {where}, does not enclose its cell'
            if kind is BreachKind.QUOTE
            else f"a line end in {where}, is of another kind than the others"
        )
        return Notice(
            code=NoticeCode.REPAIRED_QUOTES,
            message=f"The file is not well-formed CSV: {what}. It was read as spreadsheets read "
            "such files; check that this row, and those after it, are what you meant.",
        )

    def _where(self, place: Place) -> str:
        at = self._whereabouts(place)
        return row_and_column(at.row, at.cell, self.text.headers)

    def _whereabouts(self, place: Place) -> Location:
        start, row = place.record_start, place.row
        if place.offset < start:  # in the header row or above it
            start, row = self.text.text_from, -self.text.header_index
        return locate(self.store, self.settings, self.text, place.offset, start, row)

    def _bytes(self, start: int, size: int) -> bytes:
        info = self.text.info
        return self.store.get_range(info.bucket, info.key, start, start + size, info.version_id)


def no_header_row(
    head: bytes, encoding: str, named_row: int | None, max_record_bytes: int
) -> FileRefused:
    """`head` is the beginning of a text, up to the largest permitted size; `named_row`, from 1, is
    the one that the caller called the header row."""
    size = size_in_words(len(head))
    if not trim(decode_leniently(head, encoding)):
        return FileRefused(
            RefusalCode.HEADER_ROW_MISSING,
            f"The first {size} of the file hold nothing but blank lines. Remove them, so that "
            "the header row comes first.",
        )
    if named_row is not None:
        return FileRefused(
            RefusalCode.HEADER_ROW_MISSING,
            f"Row {named_row:,}, named as the header row, does not lie in the "
            f"first {size} of the file. Name the row that holds the column headers, or leave "
            "it to be found.",
        )
    return record_too_large(0, max_record_bytes)
