"""The rejected rows: a CSV to mend and upload again."""

import csv
import io

import msgspec
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.attributes.rules.model import Column, ColumnRole
from core.attributes.rules.wording import FAULTS_SCHEMA
from core.file_format import ERRORS_HEADER
from core.imports.output.formula_guard import unguarded
from core.imports.output.rejected import BOM, header_line, rejected_lines
from tests.unit.attributes.rules.validation_kit import (
    ALL,
    CELLS,
    COLUMNS,
    NAME,
    PRICE,
    columns_for,
    lines,
    plan_of,
    validated,
)

ERRORS_COLUMN = Column(index=len(COLUMNS), header=ERRORS_HEADER, role=ColumnRole.ERRORS)


def records(data: bytes, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(), newline=""), delimiter=delimiter))


def test_a_rejected_row_keeps_its_raw_cells_and_says_what_is_wrong() -> None:
    columns = columns_for(NAME, PRICE)

    outcome = validated([["fine", "1"], ["  Hat ", "12,50"]], columns, (NAME, PRICE))

    assert records(outcome.rejected) == [
        [
            "  Hat ",
            "12,50",
            'column "Price": "12,50" is not a number; '
            "use a point for decimals, or import the file with locale auto",
        ]
    ]


def test_all_faults_of_a_row_stand_in_one_cell() -> None:
    outcome = validated([[None, "x"]], columns_for(NAME, PRICE), (NAME, PRICE))

    ((*_, errors),) = records(outcome.rejected)
    assert errors == (
        'column "Name": the value is missing, and it is required; '
        'column "Price": "x" is not a number'
    )


def test_a_missing_column_is_named_in_every_rejected_row() -> None:
    outcome = validated([["1"], ["x"]], columns_for(PRICE), (PRICE,), missing_required=["Name"])

    missing = 'the file has no column "Name", a required one'
    assert [row[-1] for row in records(outcome.rejected)] == [
        missing,
        f'{missing}; column "Price": "x" is not a number',
    ]


def test_cells_beyond_the_headers_follow_the_errors() -> None:
    rows = [["a"], ["b"], ["c"]]

    outcome = validated(rows, columns_for(PRICE), (PRICE,), extra_cells={0: ("=x", ""), 2: ("y",)})

    first, second, third = records(outcome.rejected)
    assert (first[0], first[2:]) == ("a", ["'=x", ""])
    assert (second[0], second[2:]) == ("b", [])
    assert (third[0], third[2:]) == ("c", ["y"])


CELL = st.text(st.sampled_from("a,\"\r\n' =+é"), max_size=4)


@pytest.mark.slow
@given(
    st.lists(st.lists(CELL, max_size=3), min_size=1, max_size=6),
    st.integers(1, 3),
    st.sampled_from(",;\t .a"),
)
@example([[""], ["", "x"]], 1, ",")
def test_lines_of_different_lengths_are_written_as_a_table_is(
    extras: list[list[str]], columns: int, delimiter: str
) -> None:
    bodies = [None, "a", 'b"', "c,", "d\r", "e\nf"]
    rows = range(len(extras))
    texts = pl.DataFrame(
        {str(c): [bodies[(row + c) % len(bodies)] for row in rows] for c in range(columns)},
        schema={str(c): pl.String for c in range(columns)},
    )
    longer = {row: cells for row, cells in enumerate(extras) if cells}
    given_columns = [
        Column(index=c, header=str(c), role=ColumnRole.IGNORED) for c in range(columns)
    ]

    def written(texts: pl.DataFrame, extra_cells: dict[int, list[str]]) -> bytes:
        return rejected_lines(
            texts,
            columns=given_columns,
            invalid=pl.repeat(value=True, n=texts.height, dtype=pl.Boolean, eager=True),
            faults=pl.DataFrame(schema=FAULTS_SCHEMA),
            missing_required=["Name"],
            extra_cells=extra_cells,
            delimiter=delimiter,
        )

    plain = written(texts, {})
    whole = written(texts, longer)

    # each row alone, and without cells that would make it longer, is a table
    alone = [written(texts[row : row + 1], {}) for row in range(len(extras))]
    assert b"".join(alone) == plain
    one_by_one = [
        written(texts[row : row + 1], {0: cells} if cells else {})
        for row, cells in enumerate(extras)
    ]
    assert b"".join(one_by_one) == whole
    for row, cells in enumerate(extras):
        assert one_by_one[row].startswith(alone[row].removesuffix(b"\r\n"))
        assert [
            guard_free(c) for c in records(one_by_one[row], delimiter)[0][columns + 1 :]
        ] == cells


def guard_free(cell: str) -> str:
    return str(pl.DataFrame({"t": [cell]}).select(unguarded(pl.col("t"))).item())


def test_a_row_with_extra_cells_that_is_kept_leaves_the_rejected_ones_as_they_are() -> None:
    columns = [Column(index=0, header="a", role=ColumnRole.IGNORED)]
    lines_written = rejected_lines(
        pl.DataFrame({"0": ["kept", "rejected"]}),
        columns=columns,
        invalid=pl.Series([False, True]),
        faults=pl.DataFrame(schema=FAULTS_SCHEMA),
        missing_required=["Name"],
        extra_cells={0: ("beyond",)},
        delimiter=",",
    )
    assert [row[0] for row in records(lines_written)] == ["rejected"]
    assert b"beyond" not in lines_written


def test_a_row_of_a_hundred_thousand_cells_is_one_line() -> None:
    columns = columns_for(NAME, PRICE)
    beyond = tuple(f"x{n}" for n in range(100_000))

    outcome = validated([["Hat", "1"]], columns, (NAME, PRICE), extra_cells={0: beyond})

    assert records(outcome.rejected)[0][3:] == list(beyond)


def test_the_header_line_replaces_old_errors_and_guards_only_what_feeds_nothing() -> None:
    columns = [
        Column(index=0, header="-minus", role=ColumnRole.VALUE, attribute="-minus"),
        Column(index=1, header=ERRORS_HEADER, role=ColumnRole.ERRORS),
        Column(index=2, header="=evil()", role=ColumnRole.IGNORED),
        Column(index=3, header="", role=ColumnRole.BLANK),
    ]

    data = header_line(plan_of(columns))

    assert data == "\ufeff-minus,'=evil(),,_errors\r\n".encode()


def test_no_rejected_row_gives_no_line() -> None:
    assert validated([["1"]], columns_for(PRICE), (PRICE,)).rejected == b""


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.lists(CELLS, min_size=len(COLUMNS), max_size=len(COLUMNS)), min_size=1, max_size=5),
    st.dictionaries(
        st.integers(0, 4), st.lists(st.sampled_from(["=1", "'", "x", ""]), max_size=2), max_size=2
    ),
)
def test_uploaded_again_unmended_the_same_faults_come_back(
    rows: list[list[str | None]], extras: dict[int, list[str]]
) -> None:
    extra_cells = {at: ("x", *cells) for at, cells in extras.items() if at < len(rows)}
    first = validated(rows, COLUMNS, ALL, extra_cells=extra_cells)

    back = records(first.rejected)
    width = len(COLUMNS) + 1
    again = validated(
        [row[:width] for row in back],
        (*COLUMNS, ERRORS_COLUMN),
        ALL,
        extra_cells={at: tuple(row[width:]) for at, row in enumerate(back) if len(row) > width},
    )

    assert again.rejected == first.rejected  # and so on, for ever: the guard does not pile up
    assert again.valid_rows == again.blank_rows == 0
    number = {row: at for at, row in enumerate(sorted({f["row"] for f in lines(first.faults)}), 1)}
    renumbered = [f | {"row": number[f["row"]], "message": ""} for f in lines(first.faults)]
    assert [f | {"message": ""} for f in lines(again.faults)] == renumbered


def test_a_row_with_nothing_but_old_errors_is_blank() -> None:
    columns = (*columns_for(NAME), Column(index=1, header=ERRORS_HEADER, role=ColumnRole.ERRORS))

    outcome = validated([["", 'column "Name": the value is missing']], columns, (NAME,))

    assert (outcome.blank_rows, outcome.invalid_rows) == (1, 0)


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_the_rejected_rows_have_the_delimiter_of_their_file(delimiter: str) -> None:
    columns = columns_for(NAME, PRICE)
    plan = plan_of(columns)
    form = msgspec.structs.replace(plan.format, delimiter=delimiter)

    data = header_line(msgspec.structs.replace(plan, format=form))

    assert records(data.removeprefix(BOM), delimiter) == [["Name", "Price", ERRORS_HEADER]]
