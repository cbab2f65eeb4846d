"""What counts as a blank around a value: one set of characters, for Python and for polars.

Naming the characters keeps both worlds equal: polars' own idea of white space lacks the separators
U+001C to U+001F.
"""

from __future__ import annotations

import polars as pl

from core.attributes.comparing import BLANKS

BLANK_CLASS = r"[\s\x1c-\x1f\x{feff}]"
"""The same set as a class of the Rust regex syntax (`\\s` is Unicode's White_Space)."""


def trim(text: str) -> str:
    """The text without blanks around it."""
    return text.strip(BLANKS)


def trimmed(text: pl.Expr) -> pl.Expr:
    """The column without blanks around its texts; a text of blanks alone becomes null."""
    stripped = text.str.strip_chars(BLANKS)
    return pl.when(stripped != "").then(stripped)
