"""Cursors survive the way to a client and back, and foreign ones are refused."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cursors import CursorSigner, Position, encoded_value
from core.errors import InvalidRequest
from core.settings import Settings

SIGNER = CursorSigner(Settings(cursor_secret="one"))
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.datetimes(timezones=st.just(UTC)),
)


def position(*values: Any) -> Position:
    return Position(fingerprint="f", values=tuple(map(encoded_value, values)), page=2, total=9)


@given(st.lists(VALUES, min_size=1, max_size=4))
def test_a_position_comes_back_with_its_types(values: list[Any]) -> None:
    read = SIGNER.read(SIGNER.write(position(*values)), "f")
    assert list(read.key_values) == values
    assert [type(v) for v in read.key_values] == [type(v) for v in values]


@given(st.text(max_size=60))
def test_no_other_text_is_a_cursor(text: str) -> None:
    with pytest.raises(InvalidRequest):
        SIGNER.read(text, "f")


def test_a_cursor_of_another_key_is_none_of_ours() -> None:
    other = CursorSigner(Settings(cursor_secret="two")).write(position("a"))
    with pytest.raises(InvalidRequest):
        SIGNER.read(other, "f")


def test_without_a_secret_the_connection_string_signs_and_without_both_nothing_does() -> None:
    uri = Settings(mongodb_uri="mongodb://u:p@db")
    cursor = CursorSigner(uri).write(position(datetime(2026, 3, 1, tzinfo=UTC)))
    assert CursorSigner(uri).read(cursor, "f").page == 2
    assert b"mongodb" not in cursor.encode()
    with pytest.raises(ValueError, match="CURSOR_SECRET"):
        CursorSigner(Settings())
