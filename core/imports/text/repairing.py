"""Tolerant reading: rewrites text that breaks RFC 4180, and finds the cell at a byte.

Both stream through the csv module, at a tenth of the planner's pace, with one record in memory.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from core.errors import FileRefused
from core.imports.table.phrases import row_and_column
from core.imports.text.encodings import UTF_16, people_name
from core.imports.text.tolerant import PLAIN, Dialect, any_cell_size, read_records, split_lines
from core.outcomes import RefusalCode
from core.settings import Settings
from core.storage import ImportKeys, ObjectInfo, ObjectStore
from core.storage.content_types import CSV
from core.storage.read_ahead import fetch_blocks
from core.wording import can_be_raised, size_in_words

WRITE_CHARACTERS = 1024 * 1024


@dataclass(frozen=True, slots=True)
class TextSource:
    """Text in an object, by its encoding and dialect."""

    info: ObjectInfo
    text_from: int
    """Byte after the byte order mark."""
    encoding: str
    delimiter: str
    headers: tuple[str, ...]
    header_index: int
    """Records above the header row."""
    body_from: int
    """Byte at which the first record under the header row begins."""
    dialect: Dialect = PLAIN


@dataclass(frozen=True, slots=True)
class Location:
    """The record and cell that contain a byte."""

    row: int
    cell: int
    """From 0."""


@dataclass(frozen=True, slots=True)
class Rewritten:
    info: ObjectInfo
    header_bytes: int
    """Length of the header row, which the copy starts with."""
    rows: int


def transcode(
    store: ObjectStore,
    settings: Settings,
    keys: ImportKeys,
    source: ObjectInfo,
    text_from: int,
    encoding: str,
) -> ObjectInfo:
    """A copy in UTF-8 of text whose encoding hides quotes and line ends from a search in bytes.

    Raises FileRefused WRONG_ENCODING, naming the line.
    """
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    lines, offset = 1, text_from
    target = (settings.results_bucket, keys.repaired)
    with store.writer(*target, CSV) as sink:
        for block in _blocks_and_end(store, source, settings.read_block_bytes, text_from):
            before = decoder.getstate()
            try:
                text = decoder.decode(block, not block)
                sink.write(text.encode("utf-8"))
            except UnicodeError:
                good, at = _first_bad(decoder, before, block)
                offset += at
                raise FileRefused(
                    RefusalCode.WRONG_ENCODING,
                    f"Line {lines + good.count(chr(10)):,} of the file (byte {offset + 1:,}) "
                    f"cannot be read as {people_name(encoding)}. Name another encoding, or save "
                    "the file as UTF-8.",
                ) from None
            lines += text.count("\n")
            offset += len(block)
    return store.head(*target)


def _first_bad(
    decoder: codecs.IncrementalDecoder, before: tuple[bytes, int], block: bytes
) -> tuple[str, int]:
    """The text in front of the first byte of a block that cannot be decoded, and the place of that
    byte: negative if it lies in the block before. Byte by byte, since decoders of Asian encodings
    do not say where it is, or say so according to the blocks."""
    decoder.setstate(before)
    good: list[str] = []
    for at in range(len(block)):
        pending = len(decoder.getstate()[0])
        try:
            text = decoder.decode(block[at : at + 1])
            text.encode("utf-8")
        except UnicodeDecodeError as error:
            return "".join(good), at + 1 + error.start - len(error.object)
        except UnicodeError:  # half a character, or more is pending than the decoder keeps
            return "".join(good), at - pending
        good.append(text)
    return "".join(good), len(block) - len(decoder.getstate()[0])


def rewrite(
    store: ObjectStore, settings: Settings, keys: ImportKeys, source: TextSource
) -> Rewritten:
    """A well-formed copy of the header row and the records under it: UTF-8, LF, every cell quoted.

    The text must be known to be in its encoding. Raises FileRefused UNTERMINATED_QUOTE and
    RECORD_TOO_LARGE, naming the row.
    """
    buffer = io.StringIO(newline="")
    write = csv.writer(
        buffer, delimiter=source.delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL
    ).writerow
    rows = 0
    target = (settings.results_bucket, keys.repaired)
    blocks = fetch_blocks(store, source.info, settings.read_block_bytes, source.body_from)
    texts = decoded(blocks, source.encoding)
    limit = settings.max_record_bytes
    write(source.headers)
    header_bytes = len(buffer.getvalue().encode())
    with store.writer(*target, CSV) as sink, any_cell_size():
        lines = split_lines(texts, limit)
        records = read_records(lines, source.delimiter, limit, source.dialect)
        for number, record in enumerate(records, start=1):
            if record.too_large:
                raise record_too_large(number, limit)
            if not record.terminated:
                raise never_closed(Location(number, len(record.cells) - 1), source.headers)
            write(record.cells)
            rows = number
            if buffer.tell() >= WRITE_CHARACTERS:
                _flush(buffer, sink.write)
        _flush(buffer, sink.write)
    return Rewritten(store.head(*target), header_bytes, rows)


def locate(
    store: ObjectStore,
    settings: Settings,
    source: TextSource,
    offset: int,
    record_start: int,
    row: int,
) -> Location:
    """The record and the cell of the byte at `offset`.

    `record_start` is the first byte of a record at or before it, `row` that record's row number.
    """
    unit_errors = "surrogatepass" if source.encoding in UTF_16 else "surrogateescape"
    blocks = fetch_blocks(store, source.info, settings.read_block_bytes, record_start, offset)
    texts = _and_one_more(decoded(blocks, source.encoding, unit_errors))
    limit = settings.max_record_bytes
    cell = 0
    with any_cell_size():
        lines = split_lines(texts, limit)
        records = read_records(lines, source.delimiter, limit, source.dialect)
        for number, record in enumerate(records, start=row):
            row, cell = number, max(0, len(record.cells) - 1)
    return Location(row, cell)


def never_closed(at: Location, headers: tuple[str, ...]) -> FileRefused:
    where = row_and_column(at.row, at.cell, headers)
    return FileRefused(
        RefusalCode.UNTERMINATED_QUOTE,
        f'The quote (") that opens the cell in {where}, is never closed, so everything after it '
        "would be one cell. Close the quote, or double it if it belongs to the text.",
    )


def record_too_large(row: int, limit_bytes: int) -> FileRefused:
    where = f"Row {row:,}" if row > 0 else "The header row"
    return FileRefused(
        RefusalCode.RECORD_TOO_LARGE,
        f"{where} is larger than {size_in_words(limit_bytes)}, the most that one row may hold. "
        'If it should not be, a quote (") that opens a cell in it is probably never closed. '
        f"{can_be_raised('max_record_bytes')}",
    )


def decoded(blocks: Iterable[bytes], encoding: str, errors: str = "strict") -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    for block in blocks:
        yield decoder.decode(block)
    yield decoder.decode(b"", True)


def _and_one_more(texts: Iterable[str]) -> Iterator[str]:
    """The text before a byte, and a character in the byte's place, so that its record is the last
    one even when the text before it ends with a line end."""
    yield from texts
    yield "x"


def _blocks_and_end(
    store: ObjectStore, info: ObjectInfo, block_bytes: int, start: int
) -> Iterator[bytes]:
    yield from fetch_blocks(store, info, block_bytes, start)
    yield b""


def _flush(buffer: io.StringIO, write: Callable[[bytes], object]) -> None:
    write(buffer.getvalue().encode())
    buffer.seek(0)
    buffer.truncate()
