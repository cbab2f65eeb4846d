"""Words for true, false and nothing, in any case."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

TRUE_WORDS = ("y", "t", "j", "ja", "oui", "si", "sí", "sì", "sim", "wahr", "vrai", "vero", "on")
FALSE_WORDS = ("n", "f", "nein", "non", "nee", "não", "falsch", "faux", "falso", "off")
"""Beside those of every boolean. None of them means the other thing in another language."""
EMPTY_WORDS = (
    *("n/a", "n.a.", "na", "nan", "null", "none", "nil", "-", "--", "–", "—", "k.a.", "k. a."),
)
"""In columns of numbers, dates, truth values, codes and addresses, where they are no values."""


def read_truths(texts: pl.Series, true: Sequence[str], false: Sequence[str]) -> pl.DataFrame:
    """In `read` the words that are known here as `true` and `false`, null for all others; none is
    `misread`."""
    known = {
        **dict.fromkeys(TRUE_WORDS, "true"),
        **dict.fromkeys(FALSE_WORDS, "false"),
        **dict.fromkeys(_folded(true), "true"),
        **dict.fromkeys(_folded(false), "false"),
    }
    read = texts.str.to_lowercase().replace_strict(known, default=None, return_dtype=pl.String)
    return pl.DataFrame({"read": read}).with_columns(pl.lit(value=False).alias("misread"))


def _folded(words: Sequence[str]) -> list[str]:
    return [word.strip().lower() for word in words]


def are_empty(texts: pl.Series, words: Sequence[str]) -> pl.Series:
    """The mask of the texts that mean nothing."""
    folded = _folded(words)
    longest = max(map(len, folded), default=0)
    likely = (texts.str.len_chars() <= longest).fill_null(value=False)
    if not likely.any():
        return likely
    return likely & texts.str.to_lowercase().is_in(folded).fill_null(value=False)
