"""The files of csv-spectrum give the values that their authors expect.

They lie beside the project, in `../shared/data` (see its README), and are not part of it.
"""

import json
from pathlib import Path

import pytest

from tests.shared_data import SHARED_DATA, needed
from tests.unit.imports.text.text_imports import csv_rows, imported

FOLDER = SHARED_DATA / "csv-spectrum"
FILES = sorted((FOLDER / "csvs").glob("*.csv"))

pytestmark = needed("csv-spectrum")


@pytest.mark.parametrize("chunk", [1, 1_000_000])
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_of_csv_spectrum_gives_its_expected_json(path: Path, chunk: int) -> None:
    # given
    data = path.read_bytes()
    expected = json.loads((FOLDER / "json" / f"{path.stem}.json").read_text(encoding="utf-8"))
    if path.stem == "location_coordinates":
        # its authors' JSON is one object, and shows another phone number than their file
        expected = [expected | {"Contact Phone Number": "2095257564"}]
    headers = csv_rows(data.decode())[0]
    # when
    result = imported(data, headers, chunk_target_bytes=chunk, read_block_bytes=16)
    # then
    assert [dict(zip(headers, row, strict=True)) for row in result.rows] == expected
