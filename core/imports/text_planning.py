"""Planning delimited text: encoding, layout, one pass for chunks, and the repair of bad quotes."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.attributes.definitions import AttributeDefinition
from core.errors import FileRefused
from core.imports.blanks import BLANKS, trim
from core.imports.boundaries import BreachKind
from core.imports.columns import match_columns
from core.imports.encodings import (
    UTF_8,
    UTF_16,
    TextStart,
    decode_leniently,
    guess_from_head,
    is_scannable,
    people_name,
    text_start,
)
from core.imports.fetching import fetch_blocks
from core.imports.layouts import HeadTooShort, Layout, find_layout
from core.imports.model import (
    Chunk,
    DataObject,
    DetectedFormat,
    FileKind,
    Notice,
    NoticeCode,
    Plan,
    ReadingOptions,
    RefusalCode,
    SourceFile,
)
from core.imports.phrases import row_and_column, size_for_people
from core.imports.repairing import (
    TextSource,
    Whereabouts,
    locate,
    never_closed,
    record_too_large,
    rewrite,
    transcode,
)
from core.imports.surveying import Place, Survey, TextBody, survey_text
from core.imports.table_notices import (
    BEFORE_AN_ACCENT,
    empty_file,
    encoding_guessed,
    table_notices,
)
from core.imports.text_checks import DetectingCheck, TextCheck, check_for
from core.settings import Settings
from core.storage import ImportKeys, ObjectInfo, ObjectStore, read_blocks

HEAD_BYTES = 256 * 1024
"""First look at a text; doubled until it holds the header row, up to the largest record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPlanning:
    """Plans one text. Raises FileRefused for what cannot be read, and ObjectMissing."""

    store: ObjectStore
    settings: Settings
    keys: ImportKeys
    source: SourceFile
    options: ReadingOptions
    definitions: Sequence[AttributeDefinition]

    def plan(self, info: ObjectInfo) -> tuple[Plan, tuple[Chunk, ...]]:
        start = text_start(self._head(info, 0, HEAD_BYTES), self.options.encoding)
        encoding, text_from = start.encoding, start.mark_bytes
        if encoding is not None and not is_scannable(encoding):
            info = transcode(self.store, self.settings, self.keys, info, text_from, encoding)
            encoding, text_from = UTF_8, 0
        if encoding in UTF_16 and (info.size - text_from) % 2:
            raise FileRefused(
                RefusalCode.WRONG_ENCODING,
                f"The file looks like {people_name(encoding)} but has an odd number of bytes: it "
                "was cut off or changed on its way. Save it again, best as UTF-8.",
            )
        guess = encoding or self._guess(info, text_from)
        layout = self._layout(info, text_from, guess)
        if layout is None:
            return self._empty(start.label or guess), ()
        text = _text_source(info, text_from, guess, layout)
        check = check_for(encoding) if encoding else self._detecting_check(info, text_from)
        survey, proven = self._survey(text, layout, check, start)
        if proven != guess:
            # the beginning did not show the encoding, so its headers may read otherwise now
            first, layout = layout, self._layout(info, text_from, proven)
            if layout is None:
                return self._empty(proven), ()
            text = _text_source(info, text_from, proven, layout)
            if _cuts(layout) != _cuts(first):
                survey, _ = self._survey(text, layout, check_for(proven), start)
        if survey.open_quote is not None:
            raise never_closed(self._whereabouts(text, survey.open_quote), text.headers)
        guessed = None
        if isinstance(check, DetectingCheck) and check.bad_at is not None:  # so it is not UTF-8
            guessed = self._guess_notice(text, text_from + check.bad_at)
        return self._plan_table(text, layout, survey, start.label or proven, guessed)

    def _detecting_check(self, info: ObjectInfo, text_from: int) -> DetectingCheck:
        def read_again(size: int) -> Iterator[bytes]:
            block_bytes = self.settings.read_block_bytes
            return fetch_blocks(self.store, info, block_bytes, text_from, text_from + size)

        return DetectingCheck(read_again)

    def _plan_table(
        self,
        text: TextSource,
        layout: Layout,
        survey: Survey,
        encoding: str,
        guessed: Notice | None,
    ) -> tuple[Plan, tuple[Chunk, ...]]:
        # of malformed text, the pass has seen only the beginning
        cr_lf = layout.cr_lf or (survey.breach is None and survey.carriage_returns)
        line_end = "\r" if layout.record_end == "\r" else "\r\n" if cr_lf else "\n"
        data = _data_object(text.info, text.encoding, text.delimiter, line_end)
        chunks, rows = survey.chunks, survey.row_count
        columns, missing = match_columns(text.headers, self.definitions, self.settings)
        notices = [guessed] if guessed is not None else []
        if survey.breach is not None:
            notices.append(self._repair_notice(text, *survey.breach))
            data, chunks, rows = self._repair(text)
        table = table_notices(columns, rows, self._all_blank(data, chunks))
        if any(notice.code is NoticeCode.NO_MATCHING_COLUMN for notice in table):
            chunks = ()
        plan = Plan(
            job_id=self.keys.job_id,
            attempt=self.keys.attempt,
            source=self.source,
            format=DetectedFormat(
                kind=FileKind.TEXT,
                encoding=encoding,
                delimiter=text.delimiter,
                line_end=line_end,
                header_row=text.header_index + 1,
                repaired=survey.breach is not None,
            ),
            data=data if chunks else None,
            original_headers=text.headers,
            columns=columns,
            missing_required=missing,
            chunk_count=len(chunks),
            row_count=rows,
            notices=(*table, *notices),
        )
        return plan, chunks

    def _empty(self, encoding: str) -> Plan:
        return Plan(
            job_id=self.keys.job_id,
            attempt=self.keys.attempt,
            source=self.source,
            format=DetectedFormat(kind=FileKind.TEXT, encoding=encoding),
            data=None,
            original_headers=(),
            columns=(),
            missing_required=(),
            chunk_count=0,
            row_count=0,
            notices=(empty_file(),),
        )

    def _head(self, info: ObjectInfo, start: int, size: int) -> bytes:
        return self.store.get_range(info.bucket, info.key, start, start + size, info.version_id)

    def _guess(self, info: ObjectInfo, text_from: int) -> str:
        head = self._head(info, text_from, HEAD_BYTES)
        return guess_from_head(head, whole=text_from + len(head) >= info.size)

    def _layout(self, info: ObjectInfo, text_from: int, encoding: str) -> Layout | None:
        """None for a text without any value."""
        size, limit = HEAD_BYTES, HEAD_BYTES + self.settings.max_record_bytes
        suffix = self.source.file_name.rpartition(".")[2].lower()
        while True:
            head = self._head(info, text_from, size)
            whole = text_from + len(head) >= info.size
            try:
                return find_layout(head, whole, encoding, self.options, self.definitions, suffix)
            except HeadTooShort:
                if size >= limit:
                    raise self._no_header_in(head, encoding) from None
                size = min(size * 2, limit)

    def _no_header_in(self, head: bytes, encoding: str) -> FileRefused:
        size = size_for_people(len(head))
        if not trim(decode_leniently(head, encoding)):
            return FileRefused(
                RefusalCode.HEADER_ROW_MISSING,
                f"The first {size} of the file hold nothing but blank lines. Remove them, so that "
                "the header row comes first.",
            )
        if self.options.header_row is not None:
            return FileRefused(
                RefusalCode.HEADER_ROW_MISSING,
                f"Row {self.options.header_row:,}, named as the header row, does not lie in the "
                f"first {size} of the file. Name the row that holds the column headers, or leave "
                "it to be found.",
            )
        return record_too_large(0, self.settings.max_record_bytes)

    def _survey(
        self, text: TextSource, layout: Layout, check: TextCheck, start: TextStart
    ) -> tuple[Survey, str]:
        """One pass over the text, refused if it is no text in its encoding; and the encoding."""
        body = TextBody(
            info=text.info,
            start=text.text_from + layout.header_bytes,
            encoding=text.encoding,
            delimiter=layout.delimiter,
            record_end=layout.record_end,
        )
        survey = survey_text(self.store, self.settings, body, check, text.text_from)
        if survey.nul is not None:
            raise FileRefused(
                RefusalCode.NUL_BYTES,
                f"There is a NUL character in {self._where(text, survey.nul)}. Text has none: the "
                "file was damaged, or is not text. Export it again.",
            )
        if survey.too_large is not None:
            raise record_too_large(survey.too_large.row, self.settings.max_record_bytes)
        proven = check.encoding if isinstance(check, DetectingCheck) else text.encoding
        if survey.bad is not None and (proven is None or not isinstance(check, DetectingCheck)):
            raise self._bad_byte(text, survey.bad, start)
        return survey, proven or text.encoding

    def _bad_byte(self, text: TextSource, bad: Place, start: TextStart) -> FileRefused:
        byte = self._head(text.info, bad.offset, 1).hex().upper()
        where = self._where(text, bad)
        if text.encoding in UTF_16 or start.given:
            return FileRefused(
                RefusalCode.WRONG_ENCODING,
                f"The byte 0x{byte} in {where}, cannot be read as "
                f"{people_name(start.encoding or text.encoding)}. Name another encoding, or save "
                "the file as UTF-8.",
            )
        return FileRefused(
            RefusalCode.MIXED_ENCODING,
            f"The file mixes encodings: most probably it is UTF-8, but the byte 0x{byte} in "
            f"{where}, is not. Save the whole file as UTF-8, or name the encoding (windows-1252, "
            "for example) in which all of it should be read.",
        )

    def _repair(self, text: TextSource) -> tuple[DataObject, tuple[Chunk, ...], int]:
        """Write a well-formed copy, and plan that."""
        copy = rewrite(self.store, self.settings, self.keys, text)
        body = TextBody(copy.info, copy.header_bytes, UTF_8, text.delimiter, "\n")
        survey = survey_text(self.store, self.settings, body, check_for(UTF_8), 0)
        if survey.too_large is not None:
            raise record_too_large(survey.too_large.row, self.settings.max_record_bytes)
        if survey.breach is not None or survey.row_count != copy.rows:
            raise RuntimeError(f"the repaired copy {copy.info.key} is not well-formed")
        data = _data_object(copy.info, UTF_8, text.delimiter, "\n")
        return data, survey.chunks, survey.row_count

    def _guess_notice(self, text: TextSource, at: int) -> Notice:
        """`at`: the first byte that is not UTF-8, and so a character that was guessed."""
        start = max(text.text_from, at - BEFORE_AN_ACCENT)
        sample = decode_leniently(self._head(text.info, start, HEAD_BYTES), text.encoding)
        return encoding_guessed(text.encoding, sample, at - start)

    def _repair_notice(self, text: TextSource, place: Place, kind: BreachKind) -> Notice:
        where = self._where(text, place)
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

    def _all_blank(self, data: DataObject, chunks: Sequence[Chunk]) -> bool:
        """Whether the records under the header hold nothing. Mostly the first block tells."""
        if not chunks:
            return False
        info = ObjectInfo(
            bucket=data.bucket,
            key=data.key,
            size=chunks[-1].end,
            version_id=data.version_id,
            etag="",
        )
        decoder = codecs.getincrementaldecoder(data.encoding)("replace")
        return not any(
            decoder.decode(block).strip(BLANKS + data.delimiter)
            for block in read_blocks(self.store, info, HEAD_BYTES, chunks[0].start)
        )

    def _where(self, text: TextSource, place: Place) -> str:
        at = self._whereabouts(text, place)
        return row_and_column(at.row, at.cell, text.headers)

    def _whereabouts(self, text: TextSource, place: Place) -> Whereabouts:
        start, row = place.record_start, place.row
        if place.offset < start:  # in the header row or above it
            start, row = text.text_from, -text.header_index
        return locate(self.store, self.settings, text, place.offset, start, row)


def _text_source(info: ObjectInfo, text_from: int, encoding: str, layout: Layout) -> TextSource:
    return TextSource(
        info=info,
        text_from=text_from,
        encoding=encoding,
        delimiter=layout.delimiter,
        headers=layout.headers,
        header_index=layout.header_index,
    )


def _cuts(layout: Layout) -> tuple[int, str, str]:
    """What the pass over the text depends on."""
    return layout.header_bytes, layout.delimiter, layout.record_end


def _data_object(info: ObjectInfo, encoding: str, delimiter: str, line_end: str) -> DataObject:
    return DataObject(
        bucket=info.bucket,
        key=info.key,
        version_id=info.version_id,
        encoding=encoding,
        delimiter=delimiter,
        line_end=line_end,
    )
