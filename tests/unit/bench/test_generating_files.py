"""Benchmark files are the same everywhere, are what their arguments say, and the import finds in
them exactly what was planted."""

import csv
import hashlib
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.attributes.requests import read_draft
from core.imports.model import ImportOutcome
from tests.bench import generate
from tests.bench.generate import Shape, attributes, attributes_path, write
from tests.bench.inputs import import_in_folder

SMALL = Shape(rows=1_000)
HASH = "dc9cc652eb389ec4f0964e39dc3bb7c6add86ecacf012fd1aefb7b7e5573f390"


def made(shape: Shape, path: Path, **more: int) -> bytes:
    write(shape, path, **more)
    return path.read_bytes()


def records(data: bytes, shape: Shape) -> list[list[str]]:
    text = data.decode(shape.encoding).removeprefix("\ufeff")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=shape.delimiter))


def test_the_same_arguments_give_the_same_bytes_for_ever(tmp_path: Path) -> None:
    shape = Shape(rows=3_000, columns=17, duplicates=0.05, multi_line=0.1, seed=7)

    data = made(shape, tmp_path / "a.csv")

    assert hashlib.sha256(data).hexdigest() == HASH


@pytest.mark.slow
@pytest.mark.parametrize("block_rows", [1, 7, 999, 1_000, 5_000])
def test_the_size_of_a_block_changes_nothing(block_rows: int, tmp_path: Path) -> None:
    shape = replace(SMALL, duplicates=0.1, multi_line=0.3, rows=200 if block_rows == 1 else 1_000)

    assert made(shape, tmp_path / "a.csv", block_rows=block_rows) == made(shape, tmp_path / "b.csv")


def test_another_seed_gives_another_file(tmp_path: Path) -> None:
    other = replace(SMALL, seed=2)

    assert made(SMALL, tmp_path / "a.csv") != made(other, tmp_path / "b.csv")


@pytest.mark.parametrize(
    "dialect",
    [
        {"delimiter": ";", "line_end": "\r\n", "encoding": "utf-8-sig"},
        {"delimiter": "\t", "quoting": "all", "encoding": "cp1252"},
        {"delimiter": "|", "line_end": "\r", "encoding": "utf-16-le"},
        {"encoding": "utf-16-be", "columns": 3},
        {"encoding": "utf-16"},
        {"encoding": "UTF_32"},
        {"encoding": "utf-32-be"},
        {"encoding": "utf_8_sig"},
    ],
)
def test_a_dialect_changes_the_bytes_and_not_the_cells(
    dialect: dict[str, Any], tmp_path: Path
) -> None:
    plain = replace(SMALL, columns=int(dialect.get("columns", 15)), multi_line=0.2)
    shape = replace(plain, **dialect)

    rows = records(made(shape, tmp_path / "a.csv", block_rows=300), shape)

    assert not any("\ufeff" in cell for row in rows for cell in row)
    expected = records(made(plain, tmp_path / "b.csv"), plain)
    own_lines = [[cell.replace("\n", shape.line_end) for cell in row] for row in expected]
    assert rows == own_lines
    assert len(rows) == 1 + SMALL.rows


@pytest.mark.parametrize("columns", [2, 15, 33])
def test_the_import_finds_exactly_the_bad_cells(columns: int, tmp_path: Path) -> None:
    shape = replace(SMALL, columns=columns, bad_cells=0.05)
    planted = write(shape, tmp_path / "a.csv")

    outcome = import_in_folder(tmp_path / "a.csv", tmp_path / "store").outcome

    assert isinstance(outcome, ImportOutcome)
    assert outcome.faults == planted.bad_cells
    assert outcome.row_count == planted.rows == 1_000
    assert abs(planted.bad_cells / (1_000 * columns) - 0.05) < 0.02
    assert not outcome.notices and not outcome.ignored_headers


def test_distinct_texts_never_come_again_and_are_as_right_or_wrong_as_others(
    tmp_path: Path,
) -> None:
    shape = replace(SMALL, distinct=True, multi_line=0.1)
    write(shape, tmp_path / "a.csv")

    header, *rows = records((tmp_path / "a.csv").read_bytes(), shape)
    outcome = import_in_folder(tmp_path / "a.csv", tmp_path / "store").outcome

    for name in ("ProductName", "Description", "Price", "Stock", "Weight", "AvailableFrom"):
        cells = [row[header.index(name)] for row in rows if row[header.index(name)]]
        assert len(set(cells)) == len(cells) > 700, name
    assert isinstance(outcome, ImportOutcome)
    assert outcome.faults == write(SMALL, tmp_path / "b.csv").bad_cells


def test_a_clean_file_is_clean(tmp_path: Path) -> None:
    planted = write(replace(SMALL, bad_cells=0.0), tmp_path / "a.csv")

    outcome = import_in_folder(tmp_path / "a.csv", tmp_path / "store").outcome

    assert planted.bad_cells == 0
    assert isinstance(outcome, ImportOutcome) and outcome.clean


def test_duplicates_repeat_the_sku_of_an_earlier_row(tmp_path: Path) -> None:
    shape = replace(SMALL, duplicates=0.1, bad_cells=0.0)
    planted = write(shape, tmp_path / "a.csv")

    skus = [row[0] for row in records((tmp_path / "a.csv").read_bytes(), shape)[1:]]

    own = [f"SKU-{row:09}" for row in range(shape.rows)]
    changed = [row for row in range(shape.rows) if skus[row] != own[row]]
    assert len(changed) == planted.duplicates > 50
    assert all(skus[row] in own[:row] for row in changed)


def test_multi_line_cells_hold_the_line_ends_of_the_file(tmp_path: Path) -> None:
    shape = replace(SMALL, multi_line=0.5, line_end="\r\n")

    rows = records(made(shape, tmp_path / "a.csv"), shape)

    broken = [row for row in rows if "\r\n" in row[4]]
    assert 400 < len(broken) < 600


def test_a_large_file_for_planning_repeats_its_rows(tmp_path: Path) -> None:
    written = write(SMALL, tmp_path / "a.csv", at_least_bytes=2_000_000)

    rows = records((tmp_path / "a.csv").read_bytes(), SMALL)

    assert written.bytes == (tmp_path / "a.csv").stat().st_size >= 2_000_000
    assert len(rows) - 1 == written.rows
    assert rows[1 : 1 + SMALL.rows] == rows[-SMALL.rows :]


def test_the_attributes_are_bodies_that_the_api_takes(tmp_path: Path) -> None:
    shape = replace(SMALL, columns=20)
    write(shape, tmp_path / "a.csv")

    bodies = json.loads(attributes_path(tmp_path / "a.csv").read_text(encoding="utf-8"))

    assert bodies == attributes(shape)
    assert [read_draft(body).name for body in bodies][:2] == ["SKU", "ProductName"]
    assert sum(body.get("isIdentifier", False) for body in bodies) == 1


def test_a_row_has_about_five_hundred_bytes(tmp_path: Path) -> None:
    written = write(SMALL, tmp_path / "a.csv")

    assert 400 < written.bytes / written.rows < 600


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (["--rows", "-1"], "rows must not be negative"),
        (["--rows", "5", "--bad-cells", "2"], "bad_cells is a share from 0 to 1"),
        (["--rows", "5", "--encoding", "klingon"], "unknown encoding: klingon"),
        (["--rows", "5", "--delimiter", "ab"], "The delimiter is one ASCII character"),
        (["--rows", "5", "--columns", "0"], "at least one column"),
        (["--rows", "5", "--at-least-bytes", "-5"], "not below 0"),
    ],
)
def test_nonsense_is_told_in_a_sentence(
    given: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert generate.main([str(tmp_path / "a.csv"), *given]) == 2
    assert sentence in capsys.readouterr().err


def test_an_encoding_that_lacks_a_character_leaves_the_former_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("former")

    assert generate.main([str(path), "--rows", "500", "--encoding", "ascii"]) == 2

    assert "ascii" in capsys.readouterr().err
    assert path.read_text() == "former"
    assert list(tmp_path.iterdir()) == [path]


def test_the_command_says_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main([str(tmp_path / "a.csv"), "--rows", "10", "--line-end", "crlf"]) == 0
    assert "10 rows" in capsys.readouterr().out
    assert (tmp_path / "a.csv").read_bytes().count(b"\r\n") >= 11


def test_a_folder_is_no_file_to_write(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main([str(tmp_path), "--rows", "5"]) == 2

    assert "is a folder; name a file" in capsys.readouterr().err
    assert list(tmp_path.parent.glob(f"{tmp_path.name}.*")) == []
