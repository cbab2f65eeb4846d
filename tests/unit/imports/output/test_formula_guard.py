"""No cell of our own files runs in a spreadsheet, and every text comes back as it was."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.imports.output.formula_guard import guarded, unguarded


def guard(*texts: str | None) -> list[str | None]:
    return (
        pl.DataFrame({"t": texts}, schema={"t": pl.String})
        .select(guarded(pl.col("t")))["t"]
        .to_list()
    )


def unguard(*texts: str | None) -> list[str | None]:
    return (
        pl.DataFrame({"t": texts}, schema={"t": pl.String})
        .select(unguarded(pl.col("t")))["t"]
        .to_list()
    )


@pytest.mark.parametrize(
    "text", ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", "\t=1", "\r=1", "\n=1", "＝1", "'=1"]
)
def test_what_a_spreadsheet_would_run_is_guarded(text: str) -> None:
    assert guard(text) == ["'" + text]


@pytest.mark.parametrize("text", ["-5", "+3.5", "-1e5", "plain", "'tis", "a=b", "", " =1"])
def test_what_is_no_formula_stays_as_it_is(text: str) -> None:
    assert guard(text) == [text]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.none() | st.text("'=+-@\t\r\nx5.＝ ", max_size=5) | st.text(max_size=5),
        min_size=1,
        max_size=8,
    )
)
def test_the_guard_comes_off_exactly(texts: list[str | None]) -> None:
    assert unguard(*guard(*texts)) == texts
