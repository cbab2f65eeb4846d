"""Words for true, false and nothing, in any case."""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl

from core.attributes.comparing import BLANKS
from core.attributes.rules.whitespace import BLANK_CLASS

TRUE_WORDS = ("y", "t", "j", "ja", "oui", "si", "sí", "sì", "sim", "wahr", "vrai", "vero", "on")
FALSE_WORDS = ("n", "f", "nein", "non", "nee", "não", "falsch", "faux", "falso", "off")
"""Beside those of every boolean. None of them means the other thing in another language."""
EMPTY_WORDS = (
    *("n/a", "n.a.", "na", "nan", "null", "none", "nil", "-", "--", "–", "—", "k.a.", "k. a."),
)
"""In columns of numbers, dates, truth values, codes and addresses, where they are no values."""
_LOOKED_AT = 64
"""Cells that say whether it is worth while to look for numbers first; the answer is the same."""


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
    """The mask of the cells that mean nothing."""
    nothing = pl.zeros(len(texts), pl.Boolean, eager=True)
    return nothing.scatter(empty_rows(texts, words), values=True)


def empty_rows(texts: pl.Series, words: Sequence[str]) -> pl.Series:
    """The rows of the cells that mean nothing."""
    folded = _folded(words)
    rows = _likely(texts, folded) if folded else pl.Series(dtype=pl.UInt32)
    if not len(rows):
        return rows
    plain = texts.gather(rows).str.strip_chars(BLANKS).str.to_lowercase()
    return rows.filter(plain.is_in(folded).fill_null(value=False))


def _likely(texts: pl.Series, words: Sequence[str]) -> pl.Series:
    """The rows of all cells that may be one of the words, and of few others."""
    alike = _alike(words)
    if alike is None:
        return texts.is_not_null().arg_true()
    has_numbers = _digits_first(texts.head(_LOOKED_AT)).sum() * 2 > _LOOKED_AT
    if not has_numbers or any("0" <= word[:1] <= "9" for word in words):
        return texts.str.contains(alike).fill_null(value=False).arg_true()
    rows = (~_digits_first(texts)).arg_true()
    return rows.filter(texts.gather(rows).str.contains(alike).fill_null(value=False))


def _digits_first(texts: pl.Series) -> pl.Series:
    return ((texts >= "0") & (texts < ":")).fill_null(value=False)


def _alike(words: Sequence[str]) -> str | None:
    """A pattern of all cells that may be one of the words, which is far cheaper than to change the
    case of every cell; None if a word has letters beyond ASCII, whose case is not always a matter
    of single letters."""
    if not "".join(words).replace("–", "").replace("—", "").isascii():
        return None
    return rf"(?i)^{BLANK_CLASS}*(?:{'|'.join(map(re.escape, words))}){BLANK_CLASS}*$"
