"""A workbook is read alike however its package is written: names, relationships, encodings."""

import io
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import FileRefused
from core.file_format import FileKind
from core.settings import Settings
from tests.unit.imports.workbooks.binary_books import Book, Cell, xlsb
from tests.unit.imports.workbooks.ods.variants_kit import check as check_ods
from tests.unit.imports.workbooks.ods.variants_kit import table as ods_table
from tests.unit.imports.workbooks.workbook_files import ods, read
from tests.unit.imports.workbooks.xlsx.variants_kit import ROWS, book, check

RELATIONS = "xl/_rels/workbook.xml.rels"
SHEET = b"worksheets/sheet1.xml"
Change = Callable[[str, bytes], tuple[str, bytes] | None]
"""Name and content of a part, as they shall be; None leaves it out."""


def repacked(data: bytes, *changes: Change) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        for entry in old.infolist():
            part: tuple[str, bytes] | None = (entry.filename, old.read(entry))
            for change in changes:
                part = part and change(*part)
            if part is not None:
                new.writestr(*part, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def named(old: str, new: str) -> Change:
    return lambda name, content: (name.replace(old, new), content)


def before(prefix: str) -> Change:
    return lambda name, content: (f"{prefix}{name}", content)


def within(part: str, old: bytes, new: bytes) -> Change:
    def change(name: str, content: bytes) -> tuple[str, bytes]:
        if name != part:
            return name, content
        assert old in content
        return name, content.replace(old, new)

    return change


def target(new: str) -> Change:
    return within(RELATIONS, SHEET, new.encode())


def without(part: str) -> Change:
    return lambda name, content: None if name == part else (name, content)


def in_encoding(encoding: str, part: str = "") -> Change:
    def change(name: str, content: bytes) -> tuple[str, bytes]:
        return name, content.decode().encode(encoding) if part in name else content

    return change


SPELLINGS: dict[str, tuple[Change, ...]] = {
    "names from the root": (before("/"),),
    "names with a dot": (before("./"),),
    "backslashes": (named("/", "\\"),),
    "capitals": (lambda name, content: (name.upper(), content),),
    "no relationships of the package": (without("_rels/.rels"),),
    "no types": (without("[Content_Types].xml"),),
    "a dot": (target("./worksheets/sheet1.xml"),),
    "two dots": (target("../xl/worksheets/sheet1.xml"),),
    "from the root": (target("/xl/worksheets/sheet1.xml"),),
    "from the root without a slash": (target("xl/worksheets/sheet1.xml"),),
    "a target with backslashes": (target("worksheets\\sheet1.xml"),),
    "backslashes from the root": (target("\\xl\\worksheets\\sheet1.xml"),),
    "two slashes": (target("worksheets//sheet1.xml"),),
    "percent-encoding without need": (target("worksheets/sheet%31.xml"),),
    "a fragment": (target("worksheets/sheet1.xml#S"),),
    "blanks around a target": (target(" worksheets/sheet1.xml "),),
    "a blank": (named("sheet1", "sheet 1"), target("worksheets/sheet%201.xml")),
    "an umlaut": (named("sheet1", "t\u00e4"), target("worksheets/t%C3%A4.xml")),
    "a sheet elsewhere": (named("xl/worksheets/", "data/"), target("/data/sheet1.xml")),
    "texts elsewhere": (
        named("xl/sharedStrings", "xl/texts/shared"),
        within(RELATIONS, b"sharedStrings.xml", b"texts/shared.xml"),
    ),
    "another workbook part": (
        named("workbook.xml", "book2.xml"),
        within("_rels/.rels", b"workbook.xml", b"book2.xml"),
    ),
    "UTF-16": (in_encoding("utf-16"),),
    "UTF-16, big-endian, without a mark": (in_encoding("utf-16-be"),),
    "texts in UTF-16": (in_encoding("utf-16", "shared"),),
    "relationships in UTF-16": (in_encoding("utf-16", ".rels"),),
    "a byte order mark": (in_encoding("utf-8-sig"),),
    "a relation to what is not there": (
        within(
            RELATIONS,
            b"</Relationships>",
            b'<Relationship Id="z" Type="x/theme" Target="gone.xml"/></Relationships>',
        ),
    ),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_package_is_read_alike_however_it_is_written(spelling: str, tmp_path: Path) -> None:
    check(read(repacked(book(ROWS), *SPELLINGS[spelling]), tmp_path))


@given(
    names=st.sampled_from(["", "/", "./"]),
    way=st.sampled_from(["worksheets", "./worksheets", "/xl/worksheets", "..\\xl\\worksheets"]),
    sheet=st.sampled_from(["sheet1", "%73heet1", "SHEET1"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le"]),
    part=st.sampled_from(["", "shared", "workbook", "styles", "sheet1", ".rels"]),
    has_root=st.booleans(),
)
def test_any_mix_of_spellings_gives_the_same(
    names: str, way: str, sheet: str, encoding: str, part: str, has_root: bool
) -> None:
    changes = [target(f"{way}/{sheet}.xml"), in_encoding(encoding, part)]
    changes += [] if has_root else [without("_rels/.rels")]
    with tempfile.TemporaryDirectory() as folder:
        check(read(repacked(book(ROWS), *changes, before(names)), Path(folder)))


def test_texts_in_another_encoding_are_read_in_it(tmp_path: Path) -> None:
    def change(name: str, content: bytes) -> tuple[str, bytes]:
        if name != "xl/sharedStrings.xml":
            return name, content
        declared = b'<?xml version="1.0" encoding="windows-1252"?>'
        return name, declared + content.replace(b"A-2", b"\x80 \xe9")

    assert read(repacked(book(ROWS), change), tmp_path).rows[1][0] == "\u20ac \u00e9"


@pytest.mark.parametrize("spelling", ["names from the root", "names with a dot", "backslashes"])
def test_neither_do_the_names_in_an_xlsb_matter(spelling: str, tmp_path: Path) -> None:
    rows = [[Cell("ProductSKU"), Cell("Price")], [Cell("K"), Cell(5.0)]]
    data = repacked(xlsb(Book(rows)), *SPELLINGS[spelling])
    assert read(data, tmp_path, kind=FileKind.XLSB).rows == [("K", "5")]


@pytest.mark.parametrize("way", ["worksheets\\", "./worksheets/", "../xl/worksheets/"])
def test_nor_the_targets_in_an_xlsb(way: str, tmp_path: Path) -> None:
    rows = [[Cell("ProductSKU"), Cell("Price")], [Cell("K"), Cell(5.0)]]
    change = within("xl/_rels/workbook.bin.rels", b"worksheets/", way.encode())
    data = repacked(xlsb(Book(rows)), change)
    assert read(data, tmp_path, kind=FileKind.XLSB).rows == [("K", "5")]


@pytest.mark.parametrize(
    "changes",
    [
        (without("mimetype"),),
        (without("META-INF/manifest.xml"),),
        (without("mimetype"), without("META-INF/manifest.xml")),
        (before("/"),),
        (before("./"),),
        (in_encoding("utf-16", "content"),),
        (
            within("content.xml", b'encoding="UTF-8"', b'encoding="ISO-8859-1"'),
            lambda name, content: (
                name,
                content.replace("\u65e5\u672c".encode(), b"&#26085;&#26412;"),
            ),
        ),
        (within("mimetype", b"spreadsheet", b"spreadsheet-template"),),
        (within("mimetype", b"spreadsheet", b"spreadsheet\n"),),
    ],
)
def test_an_ods_is_read_alike_however_its_package_is_written(
    changes: tuple[Change, ...], tmp_path: Path
) -> None:
    check_ods(ods_table(), tmp_path, change=lambda data: repacked(data, *changes))


def test_content_in_latin_1_is_read_in_it(tmp_path: Path) -> None:
    cells = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
        for text in ("ProductSKU", "Price")
    )
    data = ods(
        f'<table:table table:name="P"><table:table-row>{cells}</table:table-row>'
        f"<table:table-row>{cells.replace('ProductSKU', 'caf#')}</table:table-row></table:table>"
    )
    data = repacked(
        data,
        within("content.xml", b'encoding="UTF-8"', b'encoding="ISO-8859-1"'),
        within("content.xml", b"caf#", b"caf\xe9"),
    )
    assert read(data, tmp_path, kind=FileKind.ODS).rows == [("caf\u00e9", "Price")]


def test_what_unpacks_to_too_much_is_refused_before_it_is_written_again(tmp_path: Path) -> None:
    data = repacked(book(ROWS.replace("note", "x" * 2_000_000)), before("/"))
    few = Settings(
        uploads_bucket="uploads", results_bucket="results", max_workbook_unzipped_bytes=1_000_000
    )
    with pytest.raises(FileRefused, match="Unpacked, the workbook would have"):
        read(data, tmp_path, settings=few)
