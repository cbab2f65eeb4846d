"""Planning delimited text: encoding, layout, one pass for chunks, and the repair of bad quotes."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import msgspec

from core.attributes.comparing import BLANKS
from core.attributes.definitions import AttributeDefinition
from core.errors import FileRefused
from core.file_format import (
    DetectedFormat,
    FileKind,
    ReadingOptions,
    RecognisableProfile,
    SourceFile,
)
from core.imports.model import Chunk, DataObject, Plan
from core.imports.table.columns import match_columns
from core.imports.table.notices import empty_file, table_notices
from core.imports.table.rows_below_header import rows_below_header
from core.imports.text.checks import DetectingCheck, TextCheck, check_for
from core.imports.text.code_pages import guessed_code_page, likely_encoding, telling_part
from core.imports.text.dialects import detect_dialect, says_dialect
from core.imports.text.edges import end_of_text, repeated_marks, says_end_mark
from core.imports.text.encodings import (
    CP1252,
    LATIN_1,
    UTF_8,
    UTF_16,
    TextStart,
    decode_leniently,
    guess_from_head,
    is_scannable,
    people_name,
    text_start,
    unit_bytes,
)
from core.imports.text.findings import TextFindings, no_header_row
from core.imports.text.guessed_encoding import encoding_guessed
from core.imports.text.layouts import HeadTooShort, Layout, find_layout
from core.imports.text.repairing import TextSource, record_too_large, rewrite, transcode
from core.imports.text.scanning import ScanResult, TextBody, scan_text
from core.imports.text.tolerant import Dialect
from core.outcomes import Notice, NoticeCode, RefusalCode
from core.settings import Settings
from core.storage import ImportKeys, ObjectInfo, ObjectStore, read_blocks
from core.storage.read_ahead import fetch_blocks

BEFORE_A_BREACH_BYTES = 4096
"""In which the beginning of its line is looked for."""
HEAD_BYTES = 256 * 1024
"""First look at a text; doubled until it holds the header row, up to the largest record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPlanning:
    """Plans one text. Raises FileRefused for what cannot be read, ObjectMissing, and
    ProfileRecognised."""

    store: ObjectStore
    settings: Settings
    keys: ImportKeys
    source: SourceFile
    options: ReadingOptions
    definitions: Sequence[AttributeDefinition]
    profiles: Sequence[RecognisableProfile] = ()

    def plan(self, info: ObjectInfo) -> tuple[Plan, tuple[Chunk, ...]]:
        head = self._head(info, 0, HEAD_BYTES)
        start = text_start(head, self.options.encoding)
        whole = len(head) >= info.size
        guess = start.encoding or likely_encoding(head, whole)
        planned = None
        if start.encoding is None and guess not in (UTF_8, CP1252, LATIN_1):
            planned = self._plan_in(info, head, telling_part(head) or head, guess)
        return planned or self._plan_from(info, head, start)

    def _plan_guessed(
        self, info: ObjectInfo, head: bytes, data: bytes
    ) -> tuple[Plan, tuple[Chunk, ...]] | None:
        """The plan of a text in a code page other than the commonest, if `data`, a part that is not
        UTF-8, looks like that and all of the text can be read in it."""
        sample = telling_part(data)
        code_page = guessed_code_page(sample)
        return self._plan_in(info, head, sample, code_page) if code_page else None

    def _plan_in(
        self, info: ObjectInfo, head: bytes, sample: bytes, code_page: str
    ) -> tuple[Plan, tuple[Chunk, ...]] | None:
        text = sample.decode(code_page, "ignore")
        try:
            plan, chunks = self._plan_from(info, head, TextStart(code_page, 0, given=False))
        except FileRefused as refused:
            if refused.code in (RefusalCode.WRONG_ENCODING, RefusalCode.MIXED_ENCODING):
                return None
            raise
        notices = (*plan.notices, encoding_guessed(code_page, text, 0))
        return msgspec.structs.replace(plan, notices=notices), chunks

    def _plan_from(
        self, info: ObjectInfo, head: bytes, start: TextStart
    ) -> tuple[Plan, tuple[Chunk, ...]]:
        source = info
        encoding, text_from = start.encoding, start.mark_bytes
        text_from += repeated_marks(head[text_from:], head[:text_from])
        end = end_of_text(self.store, info, head, encoding)
        edges = [says_end_mark()] if end < info.size else []
        info = replace(info, size=end)
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
        text = self._in_its_dialect(text, survey)
        if survey.open_quote is not None and text.dialect.is_plain:
            raise self._findings(text).never_closed(survey.open_quote)
        guessed = None
        if isinstance(check, DetectingCheck) and check.bad_at is not None:  # so it is not UTF-8
            at = text_from + check.bad_at
            if at >= HEAD_BYTES:  # the beginning did not show it
                found = self._head(info, max(text_from, at - HEAD_BYTES // 2), HEAD_BYTES)
                planned = self._plan_guessed(source, head, found)
                if planned is not None:
                    return planned
            guessed = self._findings(text).guessed(text_from + check.bad_at)
        edges += [guessed] if guessed is not None else []
        return self._plan_table(text, layout, survey, start.label or proven, edges)

    def _in_its_dialect(self, text: TextSource, survey: ScanResult) -> TextSource:
        """The beginning may not show how cells are enclosed: examine the place where the text stops
        being well-formed."""
        place = survey.open_quote if survey.breach is None else survey.breach[0]
        if place is None:
            return text
        unit = unit_bytes(text.encoding)
        before = min(place.offset - text.body_from, BEFORE_A_BREACH_BYTES) // unit * unit
        sample = self._head(text.info, place.offset - before, before + HEAD_BYTES // 4)
        whole = place.offset + HEAD_BYTES // 4 >= text.info.size
        line = decode_leniently(sample[:before], text.encoding)
        line = line[max(line.rfind("\n"), line.rfind("\r")) + 1 :]
        behind = decode_leniently(sample[before : len(sample) // unit * unit], text.encoding)
        dialect = detect_dialect(line + behind, whole, text.delimiter, self.options, single=False)
        return replace(text, dialect=dialect)

    def _detecting_check(self, info: ObjectInfo, text_from: int) -> DetectingCheck:
        def read_again(size: int) -> Iterator[bytes]:
            block_bytes = self.settings.read_block_bytes
            return fetch_blocks(self.store, info, block_bytes, text_from, text_from + size)

        return DetectingCheck(read_again)

    def _plan_table(
        self,
        text: TextSource,
        layout: Layout,
        survey: ScanResult,
        encoding: str,
        earlier_notices: Sequence[Notice],
    ) -> tuple[Plan, tuple[Chunk, ...]]:
        # of malformed text, the pass has seen only the beginning
        cr_lf = layout.cr_lf or (survey.breach is None and survey.carriage_returns)
        line_end = "\r" if layout.record_end == "\r" else "\r\n" if cr_lf else "\n"
        data = _data_object(text.info, text.encoding, text.delimiter, line_end)
        chunks, rows = survey.chunks, survey.row_count
        matched = match_columns(text.headers, self.definitions, self.settings, self.options)
        notices = [*earlier_notices, *layout.notices, *matched.notices]
        below = rows_below_header(matched.columns, layout.below, self.definitions)
        notices += below.notices
        rewritten = survey.breach is not None or not text.dialect.is_plain
        if rewritten:
            if text.dialect != layout.dialect:
                notices.append(says_dialect(text.dialect))
            elif survey.breach is not None:
                notices.append(self._findings(text).repaired(*survey.breach))
            data, chunks, rows = self._repair(text)
        table = table_notices(matched.columns, rows, self._all_blank(data, chunks))
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
                repaired=rewritten,
            ),
            data=data if chunks else None,
            original_headers=text.headers,
            columns=matched.columns,
            missing_required=matched.missing_required,
            constants=matched.constants,
            chunk_count=len(chunks),
            row_count=rows,
            notices=(*table, *notices),
            left_out_rows=below.left_out,
            may_hold_commas=survey.may_hold_commas,
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
                return find_layout(
                    head, whole, encoding, self.options, self.definitions, suffix, self.profiles
                )
            except HeadTooShort:
                if size >= limit:
                    named_row, most = self.options.header_row, self.settings.max_record_bytes
                    raise no_header_row(head, encoding, named_row, most) from None
                size = min(size * 2, limit)

    def _survey(
        self, text: TextSource, layout: Layout, check: TextCheck, start: TextStart
    ) -> tuple[ScanResult, str]:
        """One pass over the text, refused if it is no text in its encoding; and the encoding."""
        body = TextBody(
            info=text.info,
            start=text.text_from + layout.header_bytes,
            encoding=text.encoding,
            delimiter=layout.delimiter,
            record_end=layout.record_end,
            is_plain=layout.dialect.is_plain,
        )
        survey = scan_text(self.store, self.settings, body, check, text.text_from)
        if survey.nul is not None:
            raise self._findings(text).nul_character(survey.nul)
        if survey.too_large is not None:
            raise record_too_large(survey.too_large.row, self.settings.max_record_bytes)
        proven = check.encoding if isinstance(check, DetectingCheck) else text.encoding
        if survey.bad is not None and (proven is None or not isinstance(check, DetectingCheck)):
            raise self._findings(text).bad_byte(survey.bad, start)
        return survey, proven or text.encoding

    def _repair(self, text: TextSource) -> tuple[DataObject, tuple[Chunk, ...], int]:
        """Write a well-formed copy, and plan that."""
        copy = rewrite(self.store, self.settings, self.keys, text)
        body = TextBody(copy.info, copy.header_bytes, UTF_8, text.delimiter, "\n")
        survey = scan_text(self.store, self.settings, body, check_for(UTF_8), 0)
        if survey.too_large is not None:
            raise record_too_large(survey.too_large.row, self.settings.max_record_bytes)
        if survey.breach is not None or survey.row_count != copy.rows:
            raise RuntimeError(f"the repaired copy {copy.info.key} is not well-formed")
        data = _data_object(copy.info, UTF_8, text.delimiter, "\n")
        return data, survey.chunks, survey.row_count

    def _all_blank(self, data: DataObject, chunks: Sequence[Chunk]) -> bool:
        """Whether the records under the header are blank. Usually the first block decides."""
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

    def _findings(self, text: TextSource) -> TextFindings:
        return TextFindings(self.store, self.settings, text)


def _text_source(info: ObjectInfo, text_from: int, encoding: str, layout: Layout) -> TextSource:
    return TextSource(
        info=info,
        text_from=text_from,
        encoding=encoding,
        delimiter=layout.delimiter,
        headers=layout.headers,
        header_index=layout.header_index,
        body_from=text_from + layout.header_bytes,
        dialect=layout.dialect,
    )


def _cuts(layout: Layout) -> tuple[int, str, str, Dialect]:
    """What the pass over the text depends on."""
    return layout.header_bytes, layout.delimiter, layout.record_end, layout.dialect


def _data_object(info: ObjectInfo, encoding: str, delimiter: str, line_end: str) -> DataObject:
    return DataObject(
        bucket=info.bucket,
        key=info.key,
        version_id=info.version_id,
        encoding=encoding,
        delimiter=delimiter,
        line_end=line_end,
    )
