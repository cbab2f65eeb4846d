"""Characters that are invisible or look like others: which are removed, and how texts compare.

A zero-width space after a SKU makes it another SKU, without a visible difference. So invisible
characters without a meaning are removed, and a notice counts the cells. The same character can mean
something elsewhere: joiners in Persian, in the scripts of India and in emoji, marks of direction
next to Hebrew or Arabic, breaks between words in Thai or Khmer. There it is kept. One expression
describes this, in a syntax that Python and Rust read alike: what stays is matched first, as group
1, and what is removed is matched otherwise.
"""

from __future__ import annotations

import re
import unicodedata

import polars as pl

from core.attributes.rules.whitespace import BLANKS

_JOINERS = "\u200c\u200d"
_DIRECTIONS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_WORD_BREAK = "\u200b"
_TAGS = "\U000e0020-\U000e007f"
_OTHERS = "\u00ad\u180e\u2060-\u2064\u206a-\u206f\ufe0e\ufe0f\ufeff\ufff9-\ufffb\U000e0001"
"""Soft hyphen, word joiner, invisible operators, the selectors of text and of emoji, byte order
mark, marks of annotations."""

MAYBE_REMOVED = f"[{_JOINERS}{_DIRECTIONS}{_WORD_BREAK}{_TAGS}{_OTHERS}]"
"""Every character that is removed somewhere. All but the selectors are of Unicode's category Cf."""

_UNSPACED = "\u0e00-\u0eff\u0f00-\u109f\u1780-\u17ff\u1950-\u19df\u1a20-\u1aaf"
"""Scripts without blanks between words: Thai, Lao, Tibetan, Burmese, Khmer, Tai."""
_JOINING = (
    "\u0620-\u06dc\u06de-\u07ff\u0840-\u08e1\u08e3-\u0dff\u1800-\u180d\u180f-\u18af"
    "\u1b00-\u1cff\ua800-\uaaff\uabc0-\uabff\ufb50-\ufdff\ufe70-\ufefc"
    "\U00010a00-\U00010fff\U00011000-\U00011fff\U0001e900-\U0001e95f"
)
"""Scripts in which a joiner shapes the letters next to it: Arabic and its kin, Indic, Mongolian."""
_RIGHT_TO_LEFT = "[\u0590-\u05ff\u0620-\u06dc\u06de-\u08e1\u08e3-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]"
_EMOJI = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u25fe"
    "\u2600-\u27bf\u2934\u2935\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)
_PICTURE = f"[{_EMOJI}][\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]*[{_TAGS}]*"
_KEPT = "|".join(
    (
        f"{_PICTURE}(?:\u200d{_PICTURE})*",
        "[0-9#*][\ufe0e\ufe0f]?\u20e3",  # on a key
        f"[{_JOINERS}]?[{_JOINING}](?:[{_JOINERS}]?[{_JOINING}])*[{_JOINERS}]?",
        f"[{_JOINERS}]?[{_UNSPACED}](?:[{_JOINERS}{_WORD_BREAK}]?[{_UNSPACED}])*[{_JOINERS}]?",
    )
)
_WITHOUT_DIRECTION = f"({_KEPT})|[{_JOINERS}{_WORD_BREAK}{_TAGS}{_OTHERS}]"
_EVERYWHERE = f"({_KEPT})|{MAYBE_REMOVED}"
_MAYBE = re.compile(MAYBE_REMOVED)

_HYPHENS = dict.fromkeys(map(ord, "\u2010\u2011"), "-")
"""They look like the one on keyboards; no line ends at the second."""
_BLANK_RUN = re.compile(f"[{re.escape(BLANKS)}]+")

LOOK_ALIKES = (
    r"[\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\p{Cf}\p{Co}"
    r"\x{0}-\x{8}\x{e}-\x{1b}\x{7f}-\x{9f}\x{fffd}\x{300}-\x{36f}\p{Greek}\p{Cyrillic}"
    r"\x{2010}\x{2011}\x{2212}\x{115f}\x{1160}\x{180b}-\x{180f}\x{2800}\x{3164}\x{fe00}-\x{fe0f}\x{ffa0}]"
)
"""A Rust expression for characters that look like others, or are invisible. Greek and Cyrillic
letters that look like Latin ones are named if they occur next to Latin ones."""


def has_invisibles(column: pl.Series) -> bool:
    """Whether some text has a character that may have to be removed. ASCII texts have none; they
    are recognised by their length."""
    if column.str.len_bytes().sum() == column.str.len_chars().sum():
        return False
    return bool(column.str.contains(MAYBE_REMOVED).any())


def visible(text: str) -> str:
    """The text without the characters that show nothing and mean nothing."""
    if text.isascii() or not _MAYBE.search(text):
        return text
    expression = _WITHOUT_DIRECTION if re.search(_RIGHT_TO_LEFT, text) else _EVERYWHERE
    return re.sub(expression, r"\1", text)


def made_visible(text: pl.Expr) -> pl.Expr:
    """`visible` of a column. Costly: for the texts that need it."""
    return (
        pl.when(text.str.contains(_RIGHT_TO_LEFT))
        .then(text.str.replace_all(_WITHOUT_DIRECTION, "${1}"))
        .otherwise(text.str.replace_all(_EVERYWHERE, "${1}"))
    )


def canonical(text: str) -> str:
    """What headers and options are compared by: composed letters, no invisible characters, one
    hyphen, and one space for every run of blanks."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip(" ")
    composed = unicodedata.normalize("NFC", visible(text)).translate(_HYPHENS)
    return _BLANK_RUN.sub(" ", composed).strip(" ")


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
        or "\ufe00" <= character <= "\ufe0f"
    ):
        return True
    if "\u0300" <= character <= "\u036f":  # a letter that is written as two characters
        return True
    return beside_latin and unicodedata.name(character, "").startswith(("GREEK", "CYRILLIC"))
