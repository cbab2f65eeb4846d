"""A file is what its bytes say, whatever its name."""

import base64
import codecs
import gzip
import io
import random
import re
import zipfile
from typing import Any

import pytest

from core.errors import FileRefused
from core.file_format import FileKind
from core.imports import detection as sniffing
from core.imports.detection import detect_kind
from core.storage import FolderStore, ObjectInfo
from tests.unit.imports.text.text_imports import stored

OLE2 = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)


def zip_of(*names: str, first: tuple[str, bytes] | None = None, comment: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        if first is not None:
            archive.writestr(*first)
        for name in names:
            archive.writestr(name, b"<xml/>" * 50)
        archive.comment = comment
    return buffer.getvalue()


XLSX = zip_of("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml")
ODS_MIME = ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet")
ODT_MIME = ("mimetype", b"application/vnd.oasis.opendocument.text")


def sniffed(data: bytes, name: str = "file.csv", encoding: str | None = None) -> FileKind:
    store, source = stored(data, name)
    return detect_kind(store, store.head(source.bucket, source.key), name, encoding)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (XLSX, FileKind.XLSX),
        (zip_of("xl/workbook.xml", comment=b"c" * 60_000), FileKind.XLSX),
        (zip_of("xl/workbook.bin"), FileKind.XLSB),
        (zip_of("/xl/workbook.xml"), FileKind.XLSX),
        (zip_of("./XL/Workbook.xml"), FileKind.XLSX),
        (zip_of("xl\\workbook.bin"), FileKind.XLSB),
        (zip_of("content.xml", first=ODS_MIME), FileKind.ODS),
        (OLE2, FileKind.XLS),
        (b"a,b\n1,2\n", FileKind.TEXT),
        (b"", FileKind.TEXT),
        (b"MZ,b\nPK,BZ\n", FileKind.TEXT),
        ("a;b\n1;ü\n".encode("cp1252"), FileKind.TEXT),
        (codecs.BOM_UTF16_LE + "a,b\n".encode("utf-16-le"), FileKind.TEXT),
        ("a,b\n1,2\n".encode("utf-16-be"), FileKind.TEXT),
    ],
)
@pytest.mark.parametrize("name", ["file.csv", "file.xlsx", "file.data", "file"])
def test_the_content_decides_whatever_the_extension(data: bytes, kind: FileKind, name: str) -> None:
    assert sniffed(data, name) is kind


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"%PDF-1.7\n1 0 obj", "a PDF document"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "a PNG image"),
        (b"\xff\xd8\xff\xe0" + bytes(50), "a JPEG image"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0), "a gzip archive"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(20), "a 7-Zip archive"),
        (b"SQLite format 3\x00" + bytes(90), "a SQLite database"),
        (zip_of("products.csv"), "a zip archive"),
        (zip_of(), "a zip archive"),
        (zip_of("[Content_Types].xml", "word/document.xml"), "a Word document"),
        (zip_of("Index/Document.iwa"), "an Apple Numbers"),
        (zip_of("content.xml", first=ODT_MIME), "no spreadsheet"),
        (b"\n <!DOCTYPE html><html><table>", "a web page (HTML)"),
        (b'<?xml version="1.0"?><Workbook/>', "an XML document"),
        (b'[{"name": "Lamp"}]', "a JSON document"),
        (b'{\n "name": 1}', "a JSON document"),
    ],
)
def test_a_known_format_that_is_no_table_is_refused_by_its_name(data: bytes, what: str) -> None:
    with pytest.raises(FileRefused) as refused:
        sniffed(data, "products.csv")
    assert refused.value.code == "UNSUPPORTED_FILE_TYPE"
    assert what in refused.value.message
    assert "Save the table as CSV" in refused.value.message


@pytest.mark.parametrize(
    "data",
    [random.Random(5).randbytes(4_000), bytes(500), b"\x7f\x01\x02\x03" * 30, b"MZ" + bytes(200)],
    ids=["random", "zeros", "controls", "program"],
)
def test_binary_junk_is_refused(data: bytes) -> None:
    with pytest.raises(FileRefused) as refused:
        sniffed(data)
    assert refused.value.code == "BINARY_FILE"


@pytest.mark.parametrize("name", ["products.xlsx", "products.csv"])
def test_a_workbook_that_was_cut_off_is_called_damaged(name: str) -> None:
    with pytest.raises(FileRefused) as refused:
        sniffed(XLSX[:300], name)
    assert refused.value.code == "WORKBOOK_DAMAGED"
    assert "cut off" in refused.value.message


_ENCODED = base64.b64encode(XLSX)


@pytest.mark.parametrize(
    "data",
    [
        _ENCODED,
        b"\n" + _ENCODED,
        b'"' + _ENCODED + b'"',
        b"\xef\xbb\xbf" + _ENCODED,
        base64.encodebytes(XLSX),
        base64.urlsafe_b64encode(XLSX),
        b"data:application/vnd.ms-excel;base64," + _ENCODED,
        b"data:;base64," + _ENCODED,
        base64.b64encode(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(100)),
        _ENCODED.decode().encode("utf-16"),
    ],
)
def test_a_workbook_in_base64_is_called_that(data: bytes) -> None:
    with pytest.raises(FileRefused, match="base64") as refused:
        sniffed(data, "products.xlsx")
    assert refused.value.code == "UNSUPPORTED_FILE_TYPE"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("<html><body>", "HTML"),
        ("<!-- made by us -->\n<table><tr>", "HTML"),
        ("<div><table>", "HTML"),
        ("<style>td{}</style><table>", "HTML"),
        ("<meta charset=utf-8><table>", "HTML"),
        ("<TABLE border=1>", "HTML"),
        ('<?xml version="1.0"?><!DOCTYPE html PUBLIC "x">', "HTML"),
        ('<?xml version="1.0"?>\n<html xmlns="x">', "HTML"),
        ("MIME-Version: 1.0\nContent-Type: multipart/related", "MHTML"),
        ('<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>', "Excel 2003"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_what_is_only_named_like_a_workbook_is_called_what_it_is(
    text: str, what: str, encoding: str
) -> None:
    with pytest.raises(FileRefused, match=re.escape(what)):
        sniffed(text.encode(encoding), "products.xls")


@pytest.mark.parametrize(
    "text", ["UEsDB,Price\nUEsDBBQ,1\n", "sku\nUEsDBBQABgAIAAAAIQBi7p1oXgEAAJAE"]
)
def test_a_code_that_begins_like_base64_is_text(text: str) -> None:
    assert sniffed(text.encode()) is FileKind.TEXT


def test_a_brace_or_bracket_in_a_header_is_not_json() -> None:
    assert sniffed(b"[id],{x}\n1,2\n") is FileKind.TEXT


def test_of_a_large_zip_only_both_ends_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    # given a workbook of 3 MB
    data = zip_of(*[f"xl/media/image{n}.png" for n in range(9_000)], "xl/workbook.xml")
    read: list[int] = []
    get_range = FolderStore.get_range

    def counting(self: FolderStore, bucket: str, key: str, start: int, end: int, *more: Any) -> Any:
        read.append(end - start)
        return get_range(self, bucket, key, start, end)

    monkeypatch.setattr(FolderStore, "get_range", counting)
    # when / then
    assert sniffed(data, "big.bin") is FileKind.XLSX
    assert sum(read) < len(data) / 2


def test_a_hostile_zip_directory_is_read_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sniffing, "ZIP_DIRECTORY_MAX_BYTES", 100)
    with pytest.raises(FileRefused, match="a zip archive"):
        sniffed(zip_of("aaaa", "bbbb", "xl/workbook.xml"))


def test_a_zip_after_other_bytes_is_still_found_by_its_directory() -> None:
    store, source = stored(b"PK\x03\x04" + bytes(40) + XLSX)
    info: ObjectInfo = store.head(source.bucket, source.key)
    assert detect_kind(store, info, "x.xlsx", None) is FileKind.XLSX
