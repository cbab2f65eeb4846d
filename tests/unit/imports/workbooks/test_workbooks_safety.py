"""A workbook that cannot be read is refused with its reason, and none can end the task."""

import base64
import io
import struct
import zipfile
from pathlib import Path
from typing import Any

import fastexcel
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import FileRefused
from core.file_format import FileKind
from core.imports.workbooks import sheets as workbook_sheets
from core.imports.workbooks.safety import ENCRYPTED_STREAM, OLE_MAGIC, guarded
from core.outcomes import RefusalCode
from core.settings import Settings
from tests.sources import ROOT
from tests.unit.imports.workbooks.workbook_files import (
    SETTINGS,
    read,
    replaced,
    table,
    with_parts,
    xlsx,
)

DATA = ROOT / "tests/data" / "workbooks"
PRODUCTS = table([["ProductSKU", "Price"], *([f"p{i}", i] for i in range(300))])
SHEET = "xl/worksheets/sheet1.xml"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def refusal(
    data: bytes, folder: Path, kind: FileKind = FileKind.XLSX, settings: Settings = SETTINGS
) -> FileRefused:
    with pytest.raises(FileRefused) as refused:
        read(data, folder, kind=kind, settings=settings)
    return refused.value


# damage


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_truncated_workbook_is_damaged(share: float, tmp_path: Path) -> None:
    found = refusal(PRODUCTS[: int(len(PRODUCTS) * share)], tmp_path)
    assert found.code == RefusalCode.WORKBOOK_DAMAGED
    assert "save it again" in found.message


@pytest.mark.parametrize("kind", list(FileKind)[1:])
def test_junk_behind_a_right_beginning_is_damaged(kind: FileKind, tmp_path: Path) -> None:
    magic = OLE_MAGIC if kind is FileKind.XLS else b"PK\x03\x04"
    junk = bytes(range(256)) * 20
    assert refusal(magic + junk, tmp_path, kind).code == RefusalCode.WORKBOOK_DAMAGED


def test_a_flipped_byte_in_the_compressed_sheet_is_damage(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(PRODUCTS)) as archive:
        start = archive.getinfo(SHEET).header_offset
    at = start + 30 + len(SHEET) + 200
    broken = PRODUCTS[:at] + bytes([PRODUCTS[at] ^ 0xFF]) + PRODUCTS[at + 1 :]
    assert refusal(broken, tmp_path).code == RefusalCode.WORKBOOK_DAMAGED


def test_a_ring_in_the_tables_of_an_xls_is_damage_and_fills_no_memory(tmp_path: Path) -> None:
    # given the first entry of the table of sectors names itself
    whole = bytearray((DATA / "products.xls").read_bytes())
    (table_sector,) = struct.unpack_from("<I", whole, 76)
    struct.pack_into("<I", whole, (table_sector + 1) * 512, 0)

    assert refusal(bytes(whole), tmp_path, FileKind.XLS).code == RefusalCode.WORKBOOK_DAMAGED


@pytest.mark.parametrize(
    "at", [48, 60, 68, 76], ids=["directory", "mini FAT", "more of the FAT", "FAT"]
)
def test_a_sector_far_behind_the_end_of_an_xls_is_damage_and_no_memory_is_taken_for_it(
    at: int, tmp_path: Path
) -> None:
    # given a header that names a sector for which the parser would take 17 GB
    whole = bytearray((DATA / "products.xls").read_bytes())
    struct.pack_into("<I", whole, at, 33_292_287)

    assert refusal(bytes(whole), tmp_path, FileKind.XLS).code == RefusalCode.WORKBOOK_DAMAGED


@pytest.mark.parametrize(
    "limits", [(0, 0xFFFF_FFFF, 0, 255), (0, 3, 0, 0xFFFF), (9, 2, 0, 5)], ids=str
)
def test_a_sheet_of_an_xls_that_claims_more_cells_than_the_format_has_is_damage(
    limits: tuple[int, int, int, int], tmp_path: Path
) -> None:
    # given its record of the first and last row and column
    whole = bytearray((DATA / "products.xls").read_bytes())
    at = whole.index(struct.pack("<HHI", 0x0200, 14, 0)) + 4
    struct.pack_into("<2I2H", whole, at, *limits)

    assert refusal(bytes(whole), tmp_path, FileKind.XLS).code == RefusalCode.WORKBOOK_DAMAGED


def test_a_cell_of_an_xls_in_a_column_that_does_not_exist_is_damage(tmp_path: Path) -> None:
    whole = bytearray((DATA / "products.xls").read_bytes())
    at = whole.index(struct.pack("<HHHH", 0x00FD, 10, 0, 0)) + 6
    struct.pack_into("<H", whole, at, 0xFFF0)

    assert refusal(bytes(whole), tmp_path, FileKind.XLS).code == RefusalCode.WORKBOOK_DAMAGED


def test_a_byte_that_was_lost_on_the_way_is_damage(tmp_path: Path) -> None:
    middle = len(PRODUCTS) // 2
    cut = PRODUCTS[:middle] + PRODUCTS[middle + 1 :]
    assert refusal(cut, tmp_path).code == RefusalCode.WORKBOOK_DAMAGED


@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/_rels/workbook.xml.rels"])
def test_a_missing_part_is_damage(part: str, tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(PRODUCTS)) as old, zipfile.ZipFile(buffer, "w") as new:
        for entry in old.infolist():
            if entry.filename != part:
                new.writestr(entry, old.read(entry))
    assert refusal(buffer.getvalue(), tmp_path).code == RefusalCode.WORKBOOK_DAMAGED


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_sheet_that_ends_in_the_middle_is_damage(share: float, tmp_path: Path) -> None:
    def cut(name: str, content: bytes) -> bytes:
        return content[: int(len(content) * share)] if name == SHEET else content

    assert refusal(with_parts(PRODUCTS, cut), tmp_path).code == RefusalCode.WORKBOOK_DAMAGED


class PanicException(BaseException):  # the name that pyo3 gives it
    """What a panic in Rust looks like from Python."""


def test_a_panic_of_the_parser_is_a_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def panic(path: Path) -> Any:
        raise PanicException("index out of bounds")

    monkeypatch.setattr(fastexcel, "read_excel", panic)
    assert refusal(PRODUCTS, tmp_path).code == RefusalCode.WORKBOOK_DAMAGED


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit, MemoryError, OSError])
def test_what_is_not_the_workbooks_fault_is_not_blamed_on_it(
    stop: type[BaseException], tmp_path: Path
) -> None:
    def fail() -> None:
        raise stop

    with pytest.raises(stop):
        guarded(tmp_path, fail)


@settings(
    max_examples=90,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    kind=st.sampled_from([FileKind.XLSX, FileKind.XLSB, FileKind.XLS]),
    flips=st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 255)), max_size=5),
    kept=st.floats(0.3, 1),
)
def test_damaged_bytes_never_do_more_than_refuse(
    kind: FileKind, flips: list[tuple[int, int]], kept: float, tmp_path: Path
) -> None:
    whole = PRODUCTS if kind is FileKind.XLSX else (DATA / f"products.{kind.value}").read_bytes()
    data = bytearray(whole[: int(len(whole) * kept)])
    for at, mask in flips:
        data[at % len(data)] ^= mask
    try:
        read(bytes(data), tmp_path, kind=kind)
    except FileRefused as refused:
        assert refused.code in set(RefusalCode)


# protection


def ole(*streams: bytes) -> bytes:
    """An OLE container in name only: its directory names the streams."""
    return OLE_MAGIC + bytes(1016) + b"".join(name.ljust(128, b"\0") for name in streams)


def test_a_password_protected_workbook_is_told(tmp_path: Path) -> None:
    found = refusal(ole(ENCRYPTED_STREAM), tmp_path, FileKind.XLS)
    assert found.code == RefusalCode.WORKBOOK_ENCRYPTED
    assert "password" in found.message


def test_encrypted_entries_of_a_zip_are_told(tmp_path: Path) -> None:
    data = bytearray(PRODUCTS)
    at = data.rfind(b"PK\x01\x02")
    data[at + 8] |= 1  # bit 0 of the general purpose flags (APPNOTE.TXT 4.4.4)
    assert refusal(bytes(data), tmp_path).code == RefusalCode.WORKBOOK_ENCRYPTED


def test_an_old_word_document_is_not_called_a_damaged_workbook(tmp_path: Path) -> None:
    found = refusal(ole("WordDocument".encode("utf-16-le")), tmp_path, FileKind.XLS)
    assert found.code == RefusalCode.UNSUPPORTED_FILE_TYPE
    assert "Word" in found.message


# size


def test_a_workbook_over_the_limit_is_refused_with_both_sizes(tmp_path: Path) -> None:
    small = Settings(results_bucket="results", max_workbook_bytes=2048)
    found = refusal(PRODUCTS, tmp_path, settings=small)
    assert found.code == RefusalCode.WORKBOOK_TOO_LARGE
    assert "2 KiB" in found.message
    assert "CSV" in found.message


def with_declared_size(data: bytes, part: str, size: int) -> bytes:
    """The zip with another size in its directory; the part itself stays as it is."""
    changed = bytearray(data)
    at = -1
    while True:
        at = changed.index(b"PK\x01\x02", at + 1)
        if changed[at + 46 : at + 46 + len(part)] == part.encode():
            struct.pack_into("<I", changed, at + 24, size)
            return bytes(changed)


def test_a_declared_size_over_the_limit_is_refused_before_anything_inflates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = with_declared_size(PRODUCTS, SHEET, 3 * 1024**3)
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_: pytest.fail("it inflated a part"))
    monkeypatch.setattr(workbook_sheets, "fastexcel", None)
    found = refusal(bomb, tmp_path)
    assert found.code == RefusalCode.WORKBOOK_TOO_LARGE
    assert "3 GiB" in found.message


def moved(data: bytes, new_part: str) -> bytes:
    """The workbook with its sheet under another name in the zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename == "xl/_rels/workbook.xml.rels":
                content = content.replace(b"worksheets/sheet1.xml", f"/{new_part}".encode())
            name = new_part if entry.filename == SHEET else entry.filename
            new.writestr(name, content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


@pytest.mark.parametrize("part", ["xl/media/sheet1.xml", "xl/media/image1.png", "Pictures/1.png"])
def test_a_sheet_named_like_a_picture_counts_to_what_the_workbook_unpacks_to(
    part: str, tmp_path: Path
) -> None:
    def grown(name: str, content: bytes) -> bytes:
        return content + b" " * 2_000_000 if name == SHEET else content

    assert len(read(moved(PRODUCTS, part), tmp_path).rows) == 300
    bomb = moved(with_parts(PRODUCTS, grown), part)
    small = Settings(results_bucket="results", max_workbook_unzipped_bytes=1_000_000)
    assert refusal(bomb, tmp_path, settings=small).code == RefusalCode.WORKBOOK_TOO_LARGE


def test_pictures_beside_the_table_do_no_harm(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        sheet.write_column(0, 0, ["ProductSKU", "a"])
        sheet.insert_image(0, 3, "photo.png", {"image_data": io.BytesIO(PNG)})

    illustrated = xlsx(fill)
    with zipfile.ZipFile(io.BytesIO(illustrated)) as archive:
        assert archive.read("xl/media/image1.png") == PNG
    assert read(illustrated, tmp_path).rows == [("a",)]


def test_a_part_that_inflates_to_more_than_it_declares_is_damage(tmp_path: Path) -> None:
    def grown(name: str, content: bytes) -> bytes:
        return content + b" " * 3_000_000 if name == SHEET else content

    liar = with_declared_size(with_parts(PRODUCTS, grown), SHEET, 4000)
    small = Settings(results_bucket="results", max_workbook_unzipped_bytes=1_000_000)
    assert refusal(liar, tmp_path, settings=small).code == RefusalCode.WORKBOOK_DAMAGED


def test_two_cells_in_opposite_corners_are_refused_before_they_are_laid_out(
    tmp_path: Path,
) -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "ProductSKU")
        sheet.write(1_048_575, 16_383, "stray")

    found = refusal(xlsx(fill), tmp_path)
    assert found.code == RefusalCode.WORKBOOK_TOO_LARGE
    assert "1,048,576 rows × 16,384 columns" in found.message


def test_the_corner_counts_even_when_the_sheet_does_not_state_its_dimension(
    tmp_path: Path,
) -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "ProductSKU")
        sheet.write(1_048_575, 16_383, "stray")

    silent = replaced(xlsx(fill), SHEET, b'<dimension ref="A1:XFD1048576"/>', b"")
    assert refusal(silent, tmp_path).code == RefusalCode.WORKBOOK_TOO_LARGE


def test_cells_that_have_but_a_format_do_not_count(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        sheet.write_column(0, 0, ["ProductSKU", "a"])
        sheet.write_blank(1_048_575, 16_383, None, book.add_format({"bold": True}))

    assert read(xlsx(fill), tmp_path).rows == [("a",)]


def test_an_xlsb_that_states_too_large_an_area_is_refused(tmp_path: Path) -> None:
    data = (DATA / "products.xlsb").read_bytes()

    def widened(name: str, content: bytes) -> bytes:
        if not name.endswith("sheet2.bin"):
            return content
        at = content.index(bytes([148, 1, 16])) + 3  # BrtWsDim and its size
        area = struct.pack("<4I", 0, 1_048_575, 0, 16_383)
        return content[:at] + area + content[at + 16 :]

    found = refusal(with_parts(data, widened), tmp_path, FileKind.XLSB)
    assert found.code == RefusalCode.WORKBOOK_TOO_LARGE
