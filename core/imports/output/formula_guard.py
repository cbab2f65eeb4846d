"""Guards cells against execution as a formula in a spreadsheet, and removes the guard again.

A cell that begins like a formula gets a leading apostrophe, by which spreadsheets recognise a text.
A cell that already looks guarded gets one too. This makes the guard injective: `unguarded` restores
every text exactly. A plain number such as `-5` is not a formula and does not change.

Source of the characters: OWASP, "CSV Injection" (with the full-width forms that it names).
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from core.attributes.rules.model import Column, ColumnRole
from core.attributes.rules.types.number import NUMBER

DANGEROUS = r"[=+\-@\t\r\n＝＋－＠]"

FIRST_BYTES = sorted({character.encode()[0] for character in "'=+-@\t\r\n＝＋－＠"})
"""The first bytes of all texts that get a guard."""


def is_our_own(columns: Iterable[Column]) -> bool:
    """Do rejected rows come back, whose cells are guarded?"""
    return any(column.role is ColumnRole.ERRORS for column in columns)


def guarded(text: pl.Expr) -> pl.Expr:
    """The texts in a form that is safe in a spreadsheet; null stays null."""
    looks_like_formula = text.str.contains(f"^'*{DANGEROUS}")
    is_number = text.str.contains(f"^{NUMBER}$")
    # `then` names the result, so it must be the column itself
    return pl.when(~looks_like_formula | is_number).then(text).otherwise(pl.lit("'") + text)


def unguarded(text: pl.Expr) -> pl.Expr:
    """The texts as they were before `guarded`."""
    return pl.when(text.str.contains(f"^'+{DANGEROUS}")).then(text.str.slice(1)).otherwise(text)
