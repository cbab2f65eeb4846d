"""Checks before a workbook is parsed, and the meaning of the parser's failures.

Workbooks are parsed whole, in memory, by a Rust library. So a zip that would inflate beyond the
limit is refused beforehand, and this module turns every failure of the parser, including a panic,
into a refusal.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from core.errors import FileRefused
from core.file_format import FileKind
from core.outcomes import RefusalCode
from core.settings import Settings
from core.wording import can_be_raised, size_in_words, size_over_limit

OLE_MAGIC = bytes.fromhex("d0cf11e0a1b11ae1")
ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
"""Name of the stream that holds a password-protected workbook ([MS-OFFCRYPTO] 1.3.3)."""
FOREIGN_STREAMS = (
    ("WordDocument".encode("utf-16-le"), "a Word document"),
    ("PowerPoint Document".encode("utf-16-le"), "a PowerPoint presentation"),
    ("__properties_version1.0".encode("utf-16-le"), "an Outlook message"),
)

ZIP_FLAG_ENCRYPTED = 0x1
ZIP_LOCAL_HEADER_BYTES = 30
"""Before the name; its last four bytes are the lengths of name and extra field (4.3.7)."""
DEFLATE_MAX_RATIO = 1032
"""A deflate stream cannot grow more (zlib's technical notes)."""

BLOCK_BYTES = 4 * 1024 * 1024

_BROKEN_ZIP = (
    zipfile.BadZipFile,  # a directory that contradicts itself
    zlib.error,  # compressed data with wrong bytes
    EOFError,  # data that ends early
    NotImplementedError,  # zipfile raises it for a compression method that it does not know
    UnicodeError,  # names in no encoding
)
"""What `zipfile` raises for a file, which then is at fault."""

T = TypeVar("T")


def damaged() -> FileRefused:
    return FileRefused(
        RefusalCode.WORKBOOK_DAMAGED,
        "The workbook cannot be read: it is damaged or was cut off on its way. Open it in a "
        "spreadsheet program, save it again and upload it again.",
    )


def encrypted() -> FileRefused:
    return FileRefused(
        RefusalCode.WORKBOOK_ENCRYPTED,
        "The workbook is protected by a password. Save it without a password and upload it again.",
    )


def refuse_large(size: int, settings: Settings) -> None:
    """Raises FileRefused for a file (of `size` bytes) that is too large to be held in memory."""
    if size > settings.max_workbook_bytes:
        raise FileRefused(
            RefusalCode.WORKBOOK_TOO_LARGE,
            f"The workbook has {size_over_limit(size, settings.max_workbook_bytes)}; at most "
            f"{size_in_words(settings.max_workbook_bytes)} can be imported. Save the sheet as "
            "CSV, which has no such limit. "
            f"{can_be_raised('max_workbook_bytes')}",
        )


def refuse_unsafe(path: Path, kind: FileKind, settings: Settings) -> None:
    """Raises FileRefused for a container that is encrypted, broken, or would inflate beyond the
    limit. Nothing is inflated for this, unless the declared sizes may be false; those of an xlsx
    are verified when its sheets are measured, which reads every part to its end."""
    if kind is FileKind.XLS:
        return  # not a zip: its texts and numbers are in the file at their full size
    with opened_zip(path) as archive:
        _refuse_bomb(archive, kind, settings)


@contextmanager
def opened_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """The container of all kinds except xls. Damage in it raises WORKBOOK_DAMAGED."""
    try:
        with zipfile.ZipFile(path) as archive:
            if any(entry.header_offset < 0 for entry in archive.infolist()):
                raise damaged()  # bytes before the directory are lost
            yield archive
    except _BROKEN_ZIP as error:
        raise damaged() from error


def _refuse_bomb(archive: zipfile.ZipFile, kind: FileKind, settings: Settings) -> None:
    entries = archive.infolist()  # all: a sheet may be named like a picture
    if any(entry.flag_bits & ZIP_FLAG_ENCRYPTED for entry in entries):
        raise encrypted()
    limit = settings.max_workbook_unzipped_bytes
    declared = sum(entry.file_size for entry in entries)
    if declared > limit:
        raise FileRefused(
            RefusalCode.WORKBOOK_TOO_LARGE,
            f"Unpacked, the workbook would have {size_over_limit(declared, limit)}; at most "
            f"{size_in_words(limit)} can be imported. Save the sheet as CSV, or "
            f"split it. {can_be_raised('max_workbook_unzipped_bytes')}",
        )
    packed = sum(entry.compress_size for entry in entries)
    if kind is not FileKind.XLSX and packed * DEFLATE_MAX_RATIO > limit:
        for entry in entries:
            _check_declared_size(archive, entry)


def _check_declared_size(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Inflates in blocks. `zipfile` reads as many bytes as are declared and then compares the
    checksum, so an entry that holds more, or less, raises BadZipFile."""
    with archive.open(entry) as part:
        while part.read(BLOCK_BYTES):
            pass


def blank_out(path: Path, entry: zipfile.ZipInfo) -> None:
    """Overwrite the packed bytes of an entry with zeros, which are no text and do not inflate."""
    with path.open("r+b") as file:
        file.seek(entry.header_offset + ZIP_LOCAL_HEADER_BYTES - 4)
        name, extra = struct.unpack("<2H", file.read(4))
        file.seek(name + extra, 1)
        for start in range(0, entry.compress_size, BLOCK_BYTES):
            file.write(bytes(min(BLOCK_BYTES, entry.compress_size - start)))


def replace_part(path: Path, part: str, content: Path) -> None:
    """Give a part of the zip at `path` other content. Its old bytes stay in the file, unnamed."""
    with zipfile.ZipFile(path, "a") as archive:
        archive.filelist.remove(archive.NameToInfo.pop(part))
        archive.write(content, part, zipfile.ZIP_DEFLATED, compresslevel=1)


def guarded(path: Path, parse: Callable[[], T]) -> T:
    """What the parser makes of the workbook at `path`. Raises FileRefused where it fails.

    A panic in Rust is a BaseException, which `except Exception` does not catch: it would end the
    task and all its retries without a message to the user.
    """
    try:
        return parse()
    except (FileRefused, OSError, MemoryError):
        raise
    except Exception as error:
        raise _why_unreadable(path, str(error)) from error
    except BaseException as error:
        if type(error).__name__ == "PanicException":
            raise damaged() from error
        raise


def _why_unreadable(path: Path, parser_says: str) -> FileRefused:
    if "password" in parser_says.casefold():
        return encrypted()
    streams = _streams_named(path, [ENCRYPTED_STREAM, *(name for name, _ in FOREIGN_STREAMS)])
    if ENCRYPTED_STREAM in streams:
        return encrypted()
    for name, what in FOREIGN_STREAMS:
        if name in streams:
            return FileRefused(
                RefusalCode.UNSUPPORTED_FILE_TYPE,
                f"The file is {what}, which cannot be imported. Save the table as an Excel "
                "workbook (.xlsx) or as CSV.",
            )
    return damaged()


def _streams_named(path: Path, names: Sequence[bytes]) -> set[bytes]:
    """Which of the names occur in an OLE container, whose directory may be in any sector."""
    found: set[bytes] = set()
    with path.open("rb") as file:
        tail = file.read(len(OLE_MAGIC))
        if tail != OLE_MAGIC:
            return found
        while block := file.read(BLOCK_BYTES):
            found.update(name for name in names if name in tail + block)
            tail = block[-max(map(len, names)) :]
    return found
