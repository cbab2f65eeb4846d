"""Rows as JSON by expressions, against the json module."""

import json

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.attributes.comparing import BLANKS
from core.attributes.rules.rule import Field
from core.attributes.rules.tables import Table, json_lines, table_of
from core.attributes.rules.text_scan import needs_trim, special_characters
from core.attributes.rules.whitespace import trimmed

TEXT = st.text(
    st.sampled_from('ab"\\/\n\r\t\x00\x08\x0c\x1f\x7f\u2028\u2029é😀,:{}')
    | st.characters(exclude_categories=["Cs"]),
    max_size=6,
)


def written(keys: list[str], columns: list[list[str | None]], keep: list[bool]) -> bytes:
    frame = pl.DataFrame(
        {str(at): column for at, column in enumerate(columns)},
        schema={str(at): pl.String for at in range(len(columns))},
    )
    fields = [Field(key, pl.String(), pl.col(str(at))) for at, key in enumerate(keys)]
    return json_lines(table_of(frame, fields, pl.Series(keep, dtype=pl.Boolean)))


def reference(keys: list[str], columns: list[list[str | None]], keep: list[bool]) -> bytes:
    rows = [dict(zip(keys, row, strict=True)) for row in zip(*columns, strict=True)]
    kept = [row for row, wanted in zip(rows, keep, strict=True) if wanted]
    return "".join(
        json.dumps(
            {key: value for key, value in row.items() if value is not None},
            ensure_ascii=False,
            separators=(",", ":"),
        )
        + "\n"
        for row in kept
    ).encode()


@st.composite
def rows(draw: st.DrawFn) -> tuple[list[str], list[list[str | None]], list[bool]]:
    keys = draw(st.lists(TEXT, min_size=1, max_size=5, unique=True))
    height = draw(st.integers(0, 4))
    cell = draw(st.sampled_from([TEXT, TEXT | st.none(), st.none()]))
    cells = st.lists(cell | st.sampled_from(["", '"', "x"]), min_size=height, max_size=height)
    columns = [draw(cells) for _ in keys]
    return keys, columns, draw(st.lists(st.booleans(), min_size=height, max_size=height))


@settings(max_examples=200, deadline=None)
@given(rows())
@example((["a", "b"], [[None, "x"], [None, None]], [True, True]))  # no field is never null
@example((["a", "b", "c"], [[None], ["x"], [None]], [True]))  # the comma's both sides
def test_lines_equal_the_json_module(
    table: tuple[list[str], list[list[str | None]], list[bool]],
) -> None:
    assert written(*table) == reference(*table)


def test_numbers_lists_and_measures_have_their_own_forms() -> None:
    frame = pl.DataFrame(
        {
            "0": pl.Series([None, 2.0, None]),
            "0!": pl.Series([2**53 + 1, None, None]),
            "1": pl.Series([["a", 'b"'], [], None], dtype=pl.List(pl.String)),
            "2": pl.Series([{"value": None, "unit": "kg"}, None, {"value": 0.5, "unit": None}]),
            "2!": pl.Series([7, None, None]),
        }
    )

    lines = json_lines(Table(("n", "l", "m"), frame))

    assert lines.decode().splitlines() == [
        '{"n":9007199254740993,"l":["a","b\\""],"m":{"value":7,"unit":"kg"}}',
        '{"n":2.0,"l":[]}',
        '{"m":{"value":0.5}}',
    ]


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["plain", None, "", "also ~ plain", "é 😀 \x7f \u2028"], ""),
        ([None, None], ""),
        ([], ""),
        (["tab\t"], "\t"),
        (["line\nfeed", "x"], "\n"),
        (["x", "y", "\n"], "\n"),
        (["é", "\x1f\x00\x1f"], "\x00\x1f"),
        (['"'], '"'),
        (["a", "\\", 'b"\r\n'], '"\\\n\r'),
    ],
)
def test_one_look_tells_which_characters_a_column_escapes(
    texts: list[str | None], found: str
) -> None:
    assert special_characters(pl.Series(texts, dtype=pl.String)) == found


def test_a_look_counts_across_blocks() -> None:
    texts = ["x" * 100_000] * 5

    assert special_characters(pl.Series(texts)) == ""
    assert special_characters(pl.Series([*texts, "\x01", *texts, "\n"])) == "\x01\n"


BORDER = st.sampled_from(BLANKS) | st.sampled_from("aé…“”‘﷽Ж\x85\u2007\u3001\u1681") | TEXT


@settings(max_examples=300, deadline=None)
@given(st.lists(st.none() | st.builds("".join, st.lists(BORDER, max_size=3)), max_size=4))
@example([None, "é"])
@example([""])
@example(["a\ufeff"])
def test_a_column_needs_a_trim_exactly_when_trimming_changes_it(texts: list[str | None]) -> None:
    column = pl.Series("text", texts, dtype=pl.String)

    trims = column.to_frame().select(trimmed(pl.col("text"))).to_series()
    assert needs_trim(column) is not trims.equals(column)
