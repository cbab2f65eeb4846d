"""How a rejected text is quoted in a sentence: on one line, and not without end."""

from __future__ import annotations

import re

import polars as pl

_CONTROL = "[\x00-\x1f\x7f]+"


def shown(text: pl.Expr, max_characters: int) -> pl.Expr:
    """The texts, runs of control characters (line breaks) as one space, cut with an ellipsis."""
    cut = text.str.head(max_characters)
    # the cut is a view into the text: comparing their lengths in bytes reads neither
    cut = pl.when(cut.str.len_bytes() < text.str.len_bytes()).then(cut + "…").otherwise(cut)
    return cut.str.replace_all(_CONTROL, " ")


def shown_text(text: str, max_characters: int) -> str:
    """`shown` for one text."""
    cut = text if len(text) <= max_characters else text[:max_characters] + "…"
    return re.sub(_CONTROL, " ", cut)
