"""What texts are compared by."""

import sys

import pytest

from core.attributes.comparing import BLANKS, canonical


def test_blanks_are_what_python_calls_space_and_the_byte_order_mark() -> None:
    spaces = {c for c in map(chr, range(sys.maxunicode + 1)) if c.isspace()}

    assert set(BLANKS) == spaces | {"\ufeff"}


@pytest.mark.parametrize(
    ("text", "compared"),
    [
        ("  Art.Nr. ", "Art.Nr."),
        ("Net\u00a0 Weight", "Net Weight"),
        ("Net\u2011Weight", "Net-Weight"),
        ("Gro\u0308\u00dfe", "Gr\u00f6\u00dfe"),
        ("S\u200bKU", "SKU"),
    ],
)
def test_texts_that_look_alike_are_equal(text: str, compared: str) -> None:
    assert canonical(text) == compared
