"""What the bytes of a chunk rule out is in none of its cells."""

import re

import polars as pl
from hypothesis import example, given
from hypothesis import strategies as st

from core.attributes.comparing import MAYBE_REMOVED
from core.attributes.garbled import GARBLED_TEXT
from core.attributes.rules.tidying import (
    APOSTROPHE_BEFORE_DIGITS,
    HTML_ENTITY,
    Doubts,
)
from core.imports.survey import TextSurvey
from core.imports.text import cell_counts

ODD = (
    *"aE+r:#é€’“Ã©âÂ日😀",
    *("\u200b", "\u200d", "\u00ad", "\u061c", "\u2063", "\u206a", "\ufeff", "\ufff9", "\u180e"),
    *(
        "\u202a",
        "\ufe0f",
        "\ufffd",
        "\x80",
        "\x85",
        "\x9f",
        "\u00a0",
        "\U000e0020",
        "Err:5",
        "E+06",
        *("\x01", "\x08", "\x0e", "\x1a", "\x1b", "\x1c", "\t"),
        *("Ð¿Ñ€", "РџСЂ", "Å‚", "ä¸­", "├╝", "√º", "‚Äì", "=C3=BC", "\\u00fc", "\\xfc"),
        *("+AOQ-", "~{VPND~}", "&amp;", "'00"),
    ),
)
TEXT = st.lists(st.sampled_from(ODD), max_size=12).map("".join)


def _doubts(text: bytes) -> Doubts:
    return TextSurvey.of(text, ",", "\n").doubts


@given(TEXT)
@example("\u00ad")
@example("\ufffd")
def test_a_sign_that_a_text_holds_is_never_ruled_out(text: str) -> None:
    doubts = _doubts(text.encode())
    cells = pl.Series([text])
    assert doubts.invisible or not re.search(MAYBE_REMOVED, text)
    assert doubts.garbled or not cells.str.contains(GARBLED_TEXT).item()
    assert doubts.shortened is ("E+" in text)
    assert doubts.entities or not cells.str.contains(HTML_ENTITY).item()
    assert doubts.apostrophes or not cells.str.contains(APOSTROPHE_BEFORE_DIGITS).item()
    assert doubts.errors is ("#" in text or "Err:" in text)


@given(st.integers(0, 9), st.sampled_from(["\u00ad", "\u200b", "Ã©", "\ufffd", "E+", "Err:"]))
def test_a_sign_is_found_where_two_blocks_meet(before: int, sign: str) -> None:
    text = "x" * (cell_counts.TILE_UNITS - before) + sign + "x" * 9
    found, plain = _doubts(text.encode()), _doubts(b"x")
    assert found != plain


def test_usual_letters_are_ruled_out() -> None:
    text = "Größe “5” – 20 €, 3 °C, Čeština, Ελλάδα, 日本".encode()
    assert _doubts(text) == Doubts(invisible=False)
