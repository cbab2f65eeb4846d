"""Keeps a spreadsheet from running what stands in a cell, and takes the guard off again.

A cell that begins like a formula gets an apostrophe in front, which spreadsheets read as "this is
text". So does a cell that already looks guarded; that makes the guard injective: `unguard` gives
back every text exactly. A plain number such as `-5` is no formula and stays as it is.

Source of the characters: OWASP, "CSV Injection" (with the full-width forms that it names).
"""

from __future__ import annotations

import polars as pl

from core.attributes.rules.types.number import NUMBER

DANGEROUS = r"[=+\-@\t\r\n＝＋－＠]"

FIRST_BYTES = sorted({character.encode()[0] for character in "'=+-@\t\r\n＝＋－＠"})
"""One of them is the first byte of every text that gets a guard."""


def guarded(text: pl.Expr) -> pl.Expr:
    """The texts as a spreadsheet may see them; null stays null."""
    looks_like_formula = text.str.contains(f"^'*{DANGEROUS}")
    is_number = text.str.contains(f"^{NUMBER}$")
    # `then` names the result, so the column itself must stand there
    return pl.when(~looks_like_formula | is_number).then(text).otherwise(pl.lit("'") + text)


def unguarded(text: pl.Expr) -> pl.Expr:
    """The texts as they were before `guarded`."""
    return pl.when(text.str.contains(f"^'+{DANGEROUS}")).then(text.str.slice(1)).otherwise(text)
