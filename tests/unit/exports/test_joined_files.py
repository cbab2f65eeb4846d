"""Files that are joined from parts: a workbook's archive."""

import io
import random
import zipfile
import zlib

import openpyxl
import polars as pl
import pytest

from core.attributes.rules.tables import Table
from core.exports.sheets import SHEET_PATH, TextTooLong, sheet_rows
from core.exports.workbooks import _combined as combined
from tests.unit.exports.export_kit import xlsx_of

WHOLE = pl.DataFrame(
    {
        "Name": [f"Name {n}" for n in range(10)],
        "Weight": [{"value": n / 2, "unit": "kg"} for n in range(10)],
        "Sizes": [["S", "M"]] * 10,
        "Price": [float(n) for n in range(10)],
    }
)


def table_of(frame: pl.DataFrame) -> Table:
    columns = [column.alias(str(at)) for at, column in enumerate(frame.get_columns())]
    return Table(tuple(frame.columns), pl.DataFrame(columns))


@pytest.mark.parametrize("seed", range(5))
def test_the_checksum_of_joined_data_follows_from_those_of_its_pieces(seed: int) -> None:
    chance = random.Random(seed)
    first, second = chance.randbytes(seed * 777), chance.randbytes(chance.randrange(100_000))

    assert combined(zlib.crc32(first), zlib.crc32(second), len(second)) == zlib.crc32(
        first + second
    )


@pytest.mark.parametrize("at", [(), (10,), (3, 4, 9)])
def test_a_workbook_of_any_parts_is_sound_and_has_all_rows(at: tuple[int, ...]) -> None:
    bounds = [0, *at]
    tables = [table_of(WHOLE[a:b]) for a, b in zip(bounds, [*at, 10], strict=True) if at and b > a]

    data = xlsx_of(tables, WHOLE.columns)

    archive = zipfile.ZipFile(io.BytesIO(data))
    assert archive.testzip() is None
    rows = sum(table.cells.height for table in tables)
    assert f'<dimension ref="A1:D{rows + 1}"/>'.encode() in archive.read(SHEET_PATH)
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    assert [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)] == (
        WHOLE["Name"].to_list() if at else []
    )
    assert sheet.freeze_panes == "A2"


def test_a_text_is_as_long_as_a_cell_counts_it() -> None:
    def rows_of(text: str) -> object:
        return sheet_rows(table_of(pl.DataFrame({"Name": ["x", text]})), 0)

    assert rows_of("é" * 32_767)
    assert rows_of("👩" * 16_383)
    for text in ("x" * 32_768, "👩" * 16_384):
        with pytest.raises(TextTooLong) as raised:
            rows_of(text)
        assert raised.value.name == "Name"
