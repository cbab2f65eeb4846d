"""Detects the kind of a file by its bytes; the name only decides between kinds of damaged files."""

from __future__ import annotations

import posixpath
import re
import struct
from collections.abc import Iterator

from core.errors import FileRefused
from core.file_format import FileKind
from core.imports.text.edges import is_wrapped_form
from core.imports.text.encodings import text_start
from core.outcomes import RefusalCode
from core.storage import ObjectInfo, ObjectStore

DETECTION_BYTES = 64 * 1024
ZIP_TAIL_BYTES = 22 + 65_535
"""The end record of a zip and the longest comment after it (APPNOTE.TXT 4.3.16)."""
ZIP_DIRECTORY_MAX_BYTES = 16 * 1024 * 1024
"""A workbook's directory has some KiB; reading on would be for a hostile file."""
CONTROL_SHARE = 0.02
"""Of bytes that no text has; compressed or random data has a tenth of them."""
NUL_SHARE = 0.3

_ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ODS_MIME = b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet"
_WORKBOOK_SUFFIXES = {
    "xlsx": FileKind.XLSX,
    "xlsm": FileKind.XLSX,
    "xlsb": FileKind.XLSB,
    "ods": FileKind.ODS,
}
_TABLE_HINT = "Save the table as CSV or as an Excel workbook (.xlsx) and upload that."

_MAGIC = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG\r\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"II*\x00", "a TIFF image"),
    (b"MM\x00*", "a TIFF image"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"PAR1", "a Parquet file"),
    (b"ARROW1", "an Arrow file"),
    (b"SQLite format 3\x00", "a SQLite database"),
    (b"\x7fELF", "a program"),
    (b"{\\rtf", "an RTF document"),
)
_ZIP_CONTENTS = (
    ("word/document.xml", "a Word document"),
    ("ppt/presentation.xml", "a PowerPoint presentation"),
    ("visio/document.xml", "a Visio drawing"),
    ("Index/Document.iwa", "an Apple Numbers, Pages or Keynote document"),
    ("META-INF/MANIFEST.MF", "a Java archive"),
)
_MARKUP = (
    (
        re.compile(
            rb"(?:<!--.{0,2000}?-->\s*)*"
            rb"<(?:!doctype html|(?:html|head|body|table|meta|style|title|div|font)\b)",
            re.I | re.S,
        ),
        "a web page (HTML)",
    ),
    (
        re.compile(rb"(?:<\?xml\b[^>]{0,200}>\s*)?(?:<!doctype html|<html\b)", re.I),
        "a web page (HTML)",
    ),
    (
        re.compile(rb"<\?xml\b.{0,500}(?:Excel\.Sheet|office:spreadsheet\")", re.I | re.S),
        "an XML spreadsheet of Excel 2003",
    ),
    (re.compile(rb"<\?xml\b", re.I), "an XML document"),
    (re.compile(rb"MIME-Version:", re.I), "a web archive (MHTML)"),
    (re.compile(rb'(\{\s*("[^"]*"\s*:|\})|\[\s*(\{\s*"|\]))'), "a JSON document"),
)
_BASE64 = re.compile(
    rb"(?:data:[\w.+/-]*(?:;[\w=.-]+)*,|[\"'])?(UEsDB[A-Za-z0-9+/_-]{20}|0M8R4KGxGuE[A-Za-z0-9+/_-]{14})"
)
"""The first bytes of a zip and of an OLE container in base64 (RFC 4648), perhaps behind the head of
a data URL or a quote."""
_CONTROLS = bytes(code for code in range(1, 32) if code not in b"\t\n\v\f\r\x1a\x1b")


def detect_kind(
    store: ObjectStore, info: ObjectInfo, file_name: str, encoding: str | None
) -> FileKind:
    """The kind of a file that can be imported. `encoding` is the caller's, if given.

    Reads the first 64 KiB, and of a zip also its directory. Raises FileRefused:
    UNSUPPORTED_FILE_TYPE and BINARY_FILE, which name the detected kind, INVALID_OPTIONS for an
    unknown encoding, WORKBOOK_DAMAGED for a truncated workbook.
    """
    head = store.get_range(info.bucket, info.key, 0, DETECTION_BYTES, info.version_id)
    if head.startswith((_ZIP, _EMPTY_ZIP)):
        return _zip_kind(store, info, head, file_name.rpartition(".")[2].lower())
    if head.startswith(_OLE2):
        return FileKind.XLS  # or an encrypted xlsx, or a .doc: decided when it is opened
    for magic, what in _MAGIC:
        if head.startswith(magic):
            raise _unsupported(what)
    if is_wrapped_form(head):
        raise FileRefused(
            RefusalCode.UNSUPPORTED_FILE_TYPE,
            "The file is the body of a web form (multipart/form-data) with the file inside. Send "
            "the file itself: PUT its bytes alone as the body (curl --upload-file, or fetch with "
            "the File as its body, not a FormData), or use the form of presigned-post.",
        )
    start = text_start(head, encoding)
    if start.encoding is None:
        _refuse_binary(head)
    text = head[start.mark_bytes :]
    if start.encoding is not None and start.encoding.startswith(("utf-16", "utf-32")):
        text = text.decode(start.encoding, "replace").encode("utf-8", "replace")
    text = text.lstrip()
    for pattern, what in _MARKUP:
        if pattern.match(text):
            raise _unsupported(what)
    _refuse_base64(text)
    return FileKind.TEXT


def _refuse_base64(text: bytes) -> None:
    """A workbook that a program encoded as text, as mails do, and never decoded."""
    found = _BASE64.match(text)
    if found is None:
        return
    what = "a workbook or zip archive" if found[1].startswith(b"UEsDB") else "a workbook (.xls)"
    raise FileRefused(
        RefusalCode.UNSUPPORTED_FILE_TYPE,
        f"The file is {what} that was encoded as text (base64). Decode it, or download the "
        "workbook again from the program that made it, and upload that.",
    )


def _refuse_binary(head: bytes) -> None:
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if controls > CONTROL_SHARE * len(head) + 2 or head.count(0) > NUL_SHARE * len(head):
        raise FileRefused(
            RefusalCode.BINARY_FILE,
            f"The file is neither text nor a workbook, but some binary format. {_TABLE_HINT}",
        )


def _unsupported(what: str) -> FileRefused:
    return FileRefused(
        RefusalCode.UNSUPPORTED_FILE_TYPE,
        f"The file is {what}, which cannot be imported. {_TABLE_HINT}",
    )


def _zip_kind(store: ObjectStore, info: ObjectInfo, head: bytes, suffix: str) -> FileKind:
    if head[30:].startswith(_ODS_MIME):  # stored uncompressed, first (OpenDocument 1.2, part 3)
        return FileKind.ODS
    directory = _zip_directory(store, info)
    if directory is None:
        first = head[30 : 30 + int.from_bytes(head[26:28], "little")]
        if suffix in _WORKBOOK_SUFFIXES or first == b"[Content_Types].xml":
            raise FileRefused(
                RefusalCode.WORKBOOK_DAMAGED,
                "The workbook is damaged: its end is missing, so it was probably cut off on its "
                "way. Save it again and upload that file.",
            )
        raise _unsupported("a damaged zip archive")
    names = set(_names_in(directory))
    known = {name.casefold() for name in names}  # parts of workbooks do not differ by case
    if "xl/workbook.bin" in known:
        return FileKind.XLSB
    if "xl/workbook.xml" in known:
        return FileKind.XLSX
    if "content.xml" in names and suffix == "ods":
        return FileKind.ODS
    for name, what in _ZIP_CONTENTS:
        if name in names:
            raise _unsupported(what)
    if head[30:].startswith(b"mimetypeapplication/vnd.oasis.opendocument"):
        raise _unsupported("an OpenDocument file, but no spreadsheet")
    if "[Content_Types].xml" in names and suffix in _WORKBOOK_SUFFIXES:
        # strict or unusual writers may keep the workbook part elsewhere
        return _WORKBOOK_SUFFIXES[suffix]
    raise _unsupported("a zip archive")


def _zip_directory(store: ObjectStore, info: ObjectInfo) -> bytes | None:
    """The central directory (or its beginning); None when there is none. Ranged reads only."""

    def read(start: int, size: int) -> bytes:
        return store.get_range(info.bucket, info.key, start, start + size, info.version_id)

    tail_start = max(0, info.size - ZIP_TAIL_BYTES)
    tail = read(tail_start, ZIP_TAIL_BYTES)
    at = tail.rfind(_EMPTY_ZIP)
    if at < 0 or len(tail) - at < 22:
        return None
    size, offset = struct.unpack_from("<II", tail, at + 12)
    locator = tail[max(0, at - 20) : at]
    if locator.startswith(b"PK\x06\x07"):  # zip64 keeps the true numbers elsewhere
        record = read(int.from_bytes(locator[8:16], "little"), 56)
        if len(record) == 56:
            size, offset = struct.unpack_from("<QQ", record, 40)
    # a file may have something before its zip, which the offset in it does not count
    for start in (offset, tail_start + at - size):
        directory = read(start, min(size, ZIP_DIRECTORY_MAX_BYTES)) if start >= 0 else b""
        if directory.startswith(b"PK\x01\x02") or (size == 0 and start == tail_start + at):
            return directory
    return None


def _names_in(directory: bytes) -> Iterator[str]:
    """Entry names of a central directory (APPNOTE.TXT 4.3.12), as far as it goes, in the form that
    nearly all programs write."""
    at = 0
    while directory.startswith(b"PK\x01\x02", at) and at + 46 <= len(directory):
        name, extra, comment = struct.unpack_from("<HHH", directory, at + 28)
        written = directory[at + 46 : at + 46 + name].decode("utf-8", "replace")
        yield posixpath.normpath("/" + written.replace("\\", "/")).lstrip("/")
        at += 46 + name + extra + comment
