"""Invisible characters in columns of texts (`core/attributes/comparing.py`), and their names."""

from __future__ import annotations

import unicodedata

import polars as pl

from core.attributes.comparing import (
    EVERYWHERE,
    MAYBE_REMOVED,
    RIGHT_TO_LEFT,
    WITHOUT_DIRECTION,
)

LOOK_ALIKES = (
    r"[\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\p{Cf}\p{Co}"
    r"\x{0}-\x{8}\x{e}-\x{1b}\x{7f}-\x{9f}\x{fffd}\x{300}-\x{36f}\p{Greek}\p{Cyrillic}"
    r"\x{2010}\x{2011}\x{2212}\x{ff01}-\x{ff5e}\x{115f}\x{1160}\x{180b}-\x{180f}\x{2800}\x{3164}\x{fe00}-\x{fe0f}\x{ffa0}]"
)
"""A Rust expression for characters that look like others, or are invisible. Greek and Cyrillic
letters that look like Latin ones are named if they occur next to Latin ones."""


def has_invisibles(column: pl.Series) -> bool:
    """Whether some text has a character that may have to be removed. ASCII texts have none; they
    are recognised by their length."""
    if column.str.len_bytes().sum() == column.str.len_chars().sum():
        return False
    return bool(column.str.contains(MAYBE_REMOVED).any())


def made_visible(text: pl.Expr) -> pl.Expr:
    """`visible` of a column. Costly: for the texts that need it."""
    return (
        pl.when(text.str.contains(RIGHT_TO_LEFT))
        .then(text.str.replace_all(WITHOUT_DIRECTION, "${1}"))
        .otherwise(text.str.replace_all(EVERYWHERE, "${1}"))
    )


def names_of(text: str) -> str:
    """The characters of a text that are invisible or look like others, each once: `U+00A0 NO-BREAK
    SPACE`."""
    is_latin = any("a" <= c.lower() <= "z" for c in text)
    odd = dict.fromkeys(c for c in text if _is_odd(c, beside_latin=is_latin))
    named = [code_point(c) for c in list(odd)[:NAMED_AT_MOST]]
    more = len(odd) - NAMED_AT_MOST
    return ", ".join(named) + (f" and {more} more" if more > 0 else "")


def code_point(character: str) -> str:
    unnamed = "PRIVATE USE" if unicodedata.category(character) == "Co" else "CONTROL CHARACTER"
    name = unicodedata.name(character, "") or _UNNAMED.get(character, unnamed)
    return f"U+{ord(character):04X} {name}"


NAMED_AT_MOST = 3
_BLANK_LETTERS = "\u115f\u1160\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
"""Fillers, variation selectors and the Braille blank: letters or marks that show nothing."""
_LIKE_A_HYPHEN = "\u2010\u2011\u2212"
_FULL_WIDTH = range(0xFF01, 0xFF5F)
"""Latin letters, digits and signs in the width of Chinese ones."""
_UNNAMED = {"\t": "TAB", "\n": "LINE FEED", "\r": "CARRIAGE RETURN", "\x85": "NEXT LINE"}


def _is_odd(character: str, *, beside_latin: bool) -> bool:
    if character < "\x7f":
        return not character.isprintable() and character not in "\t\n\r\v\f"
    category = unicodedata.category(character)
    if category in ("Cc", "Cf", "Co", "Zl", "Zp", "Zs") or character == "\ufffd":
        return True
    if (
        character in _BLANK_LETTERS
        or character in _LIKE_A_HYPHEN
        or ord(character) in _FULL_WIDTH
        or "\ufe00" <= character <= "\ufe0f"
    ):
        return True
    if "\u0300" <= character <= "\u036f":  # a letter that is written as two characters
        return True
    return beside_latin and unicodedata.name(character, "").startswith(("GREEK", "CYRILLIC"))
