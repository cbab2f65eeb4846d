"""The notice about a guessed encoding: it always shows a word as it was read."""

from __future__ import annotations

import re

from core.attributes.rules.shown import shown_text
from core.imports.table.phrases import HEADER_SHOWN_CHARACTERS
from core.imports.text.code_pages import other_readings
from core.imports.text.encodings import people_name
from core.outcomes import Notice, NoticeCode

_ACCENTED = re.compile(r"[^\W\x00-\x7f]")


_WORD_SO_FAR = re.compile(r"\w*\Z")


_WORD_RESTS = re.compile(r"\w*")


BEFORE_AN_ACCENT = 30
"""Characters of its word that are shown before it, at most."""
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_CELL_SO_FAR = re.compile(r'[^,;|\t\r\n"]*\Z')
_CELL_REST = re.compile(r'[^,;|\t\r\n"]*')


def encoding_guessed(encoding: str, text: str, at: int) -> Notice:
    """An eight-bit text does not name its encoding: show a word as it was read, the first with an
    accent from `at` on, so that a person sees whether the guess was right."""
    accent = _ACCENTED.search(text, at)
    sign = None if accent else _BEYOND_ASCII.search(text, at)
    word = _word_around(text, accent.start()) if accent else ""
    if sign is not None:  # no letter, but a sign of money or a quotation mark
        word = _signed(text, sign.start())
    example = f', for example "{_shown(word)}"' if word else ""
    others = ", ".join(
        f'"{_shown(reading)}" in {people_name(name)}'
        for name, reading in other_readings(word, encoding).items()
    )
    if others:
        example += f", which would be {others}"
    return Notice(
        code=NoticeCode.ENCODING_GUESSED,
        message=f"The file is not UTF-8 and does not say what it is; it was read as "
        f"{people_name(encoding)}{example}. If letters look wrong, name the encoding and process "
        "the file again, or save it as UTF-8.",
    )


def _shown(word: str) -> str:
    return shown_text(word, HEADER_SHOWN_CHARACTERS)


def _word_around(text: str, at: int) -> str:
    before = _WORD_SO_FAR.search(text[max(0, at - BEFORE_AN_ACCENT) : at])
    rest = _WORD_RESTS.match(text, at)
    return (before[0] if before else "") + (rest[0] if rest else "")


def _signed(text: str, at: int) -> str:
    """A sign and its neighbours in its cell."""
    before = _CELL_SO_FAR.search(text[max(0, at - BEFORE_AN_ACCENT) : at])
    rest = _CELL_REST.match(text[at : at + BEFORE_AN_ACCENT])
    return ((before[0] if before else "") + (rest[0] if rest else "")).strip()
