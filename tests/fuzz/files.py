"""Random files: texts of telling pieces, and workbooks that are damaged somewhere."""

from __future__ import annotations

import io
import tempfile
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from hypothesis import strategies as st

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.file_format import FileKind, OnFault, ReadingOptions, SourceFile
from core.imports.local_run import run_import
from core.imports.model import ImportOutcome
from core.outcomes import NoticeCode, Refusal
from core.settings import Settings
from core.storage import FolderStore, ImportKeys
from infra.staging import ROOT
from tests.unit.imports.workbooks.workbook_files import ods, table

KEYS = ImportKeys("job", 1)
NOW = datetime(2026, 3, 1, tzinfo=UTC)
DEFINITIONS = (
    AttributeDefinition("ProductSKU", AttributeType.SHORT_TEXT, is_required=True),
    AttributeDefinition("Price", AttributeType.NUMBER),
    AttributeDefinition("Weight", AttributeType.MEASURE, unit="kg"),
    AttributeDefinition("Colour", AttributeType.MULTIPLE_SELECT, options=("Red", "Blue")),
    AttributeDefinition("Since", AttributeType.DATE),
)
FILES = (KEYS.all_products, KEYS.all_faults, KEYS.all_rejected, KEYS.all_product_rows)
HEADER = b"ProductSKU,Price,Weight,Colour,Since\n"

PIECES = st.sampled_from(
    [
        *(b",", b";", b"\t", b"|", b'"', b'""', b"\n", b"\r", b"\r\n", b" ", b"'", b"\\"),
        *(b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x00", b"\xe9", b"\x80", b"\xc3\xa9"),
        *(b"A-1", b"1.5", b"-1e400", b"2.5 kg", b"Red", b"Red;Blue", b"2026-03-01", b"NaN", b"0x1"),
        *(b"ProductSKU", b"Price", b"Weight", b"_errors", b"=1+1", b"\xe2\x80\x8b", HEADER),
        *(b"sep=;\n", b"PK\x03\x04", b"{\\rtf", b"<html>", b"a" * 300),
    ]
)


@dataclass(frozen=True)
class RandomFile:
    data: bytes
    name: str
    options: ReadingOptions
    chunk_bytes: int


OPTIONS = st.builds(
    ReadingOptions,
    delimiter=st.sampled_from([None, None, None, ",", ";", "\t", "|"]),
    encoding=st.sampled_from([None, None, None, "utf-8", "utf-16", "cp1252"]),
    header_row=st.sampled_from([None, None, 1, 2, 3]),
    on_fault=st.sampled_from([None, *OnFault]),
    max_faulty_rows_percent=st.sampled_from([None, None, 0.0, 50.0]),
)


def _text(pieces: list[bytes], encoding: str, with_header: bool) -> bytes:
    data = b"".join([HEADER, *pieces] if with_header else pieces)
    return data if encoding == "raw" else data.decode("latin-1").encode(encoding)


TEXTS = st.builds(
    RandomFile,
    data=st.builds(
        _text,
        st.lists(st.one_of(PIECES, PIECES, st.binary(max_size=4)), max_size=40),
        st.sampled_from(["raw", "raw", "raw", "utf-8", "utf-16", "utf-16-le", "utf-32"]),
        st.booleans(),
    ),
    name=st.sampled_from(["products.csv", "products.tsv", "products.txt", "products.xlsx"]),
    options=OPTIONS,
    chunk_bytes=st.integers(1, 200),
)


@cache
def _sound(kind: str) -> bytes:
    rows: list[list[object]] = [
        ["ProductSKU", "Price", "Weight", "Colour", "Since"],
        ["A-1", 1.5, "2.5 kg", "Red", "2026-03-01"],
        ["A-2", "free", None, "Red;Blue", None],
    ]
    if kind == "xlsx":
        return table(rows)
    if kind == "ods":
        return ods(_ods_table(rows))
    return (ROOT / "tests" / "data" / "workbooks" / f"products.{kind}").read_bytes()


def _ods_table(rows: list[list[object]]) -> str:
    def cell(value: object) -> str:
        if isinstance(value, float):
            return (
                f'<table:table-cell office:value-type="float" office:value="{value}">'
                f"<text:p>{value}</text:p></table:table-cell>"
            )
        return (
            '<table:table-cell office:value-type="string">'
            f"<text:p>{value or ''}</text:p></table:table-cell>"
        )

    lines = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    return f'<table:table table:name="Products">{lines}</table:table>'


@dataclass(frozen=True)
class Damage:
    """One change of some bytes: those from `at` (a share of the whole), `length` of them."""

    at: float
    length: int
    new: bytes

    def of(self, data: bytes) -> bytes:
        start = int(self.at * len(data))
        return data[:start] + self.new + data[start + self.length :]


TOKENS = st.sampled_from(
    [
        *(b"", b"0", b"-1", b"99999999999", b"1e400", b'"', b"<", b">", b"/>", b"&amp;", b"&x;"),
        *(b"<c/>", b"<row>", b't="s"', b't="b"', b' r="ZZZ1"', b' r="A0"', b"\xff", b"\x00"),
        *(b' table:number-columns-repeated="3"', b' table:number-rows-repeated="2"', b"\xc3"),
    ]
)
DAMAGES = st.lists(
    st.builds(
        Damage,
        at=st.floats(0, 1, exclude_max=True),
        length=st.sampled_from([0, 0, 1, 2, 8, 100, 10**9]),
        new=st.one_of(TOKENS, st.binary(max_size=6)),
    ),
    max_size=3,
)


def _damaged(kind: str, damages: list[Damage], part: int | None) -> bytes:
    """Of a zip one part is damaged, or the whole where `part` is None."""
    data = _sound(kind)
    if part is None or kind == "xls":
        for damage in damages:
            data = damage.of(data)
        return data
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        entries = old.infolist()
        for number, entry in enumerate(entries):
            content = old.read(entry)
            if number == part % len(entries):
                for damage in damages:
                    content = damage.of(content)
            new.writestr(entry.filename, content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def workbooks(kind: FileKind, name: str) -> st.SearchStrategy[RandomFile]:
    return st.builds(
        RandomFile,
        data=st.builds(
            _damaged,
            st.just(kind.value),
            DAMAGES,
            st.one_of(st.none(), st.integers(0, 15), st.integers(0, 15)),
        ),
        name=st.just(name),
        options=OPTIONS,
        chunk_bytes=st.integers(1, 200),
    )


def check_file(file: RandomFile) -> None:
    """It is imported or refused, no row is lost, and chunks change nothing."""
    whole, whole_files = _imported(file, 1 << 20, 1 << 20)
    chunked, chunked_files = _imported(file, file.chunk_bytes, 7)
    assert type(chunked) is type(whole)
    if isinstance(whole, Refusal) or isinstance(chunked, Refusal):
        assert chunked == whole
        return
    if all(notice.code is not NoticeCode.NO_MATCHING_COLUMN for notice in whole.notices):
        validated = whole.valid_rows + whole.invalid_rows + whole.blank_rows
        assert whole.row_count == validated
    assert chunked == whole
    assert chunked_files == whole_files
    if whole_files:
        assert whole_files[0].count(b"\n") == whole.valid_rows


def _imported(
    file: RandomFile, chunk_bytes: int, block_bytes: int
) -> tuple[ImportOutcome | Refusal, list[bytes]]:
    limits = Settings(
        uploads_bucket="uploads",
        results_bucket="results",
        chunk_target_bytes=chunk_bytes,
        read_block_bytes=block_bytes,
    )
    with tempfile.TemporaryDirectory() as folder:
        store = FolderStore(Path(folder))
        store.put("uploads", file.name, file.data, "application/octet-stream")
        outcome = run_import(
            store,
            limits,
            job_id=KEYS.job_id,
            attempt=KEYS.attempt,
            source=SourceFile(
                bucket="uploads", key=file.name, size=len(file.data), file_name=file.name
            ),
            options=file.options,
            definitions=DEFINITIONS,
            now=NOW,
        )
        if isinstance(outcome, Refusal) or outcome.refusal is not None:
            return outcome, []
        return outcome, [store.get("results", key) for key in FILES]
