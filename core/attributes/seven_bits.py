"""Texts in encodings that hide other letters in ASCII: UTF-7 (`gr+APw-n`, RFC 2152) and HZ
(`~{VPND~}`, RFC 1843).

A `+` occurs in plain text too (`PA6+GF30`). Of a word behind it, the length, the last bits and the
letters that it would stand for are right by chance in about one of a thousand.
"""

from __future__ import annotations

import re
import unicodedata
from base64 import b64decode
from collections.abc import Iterator

UTF_7 = "utf-7"
HZ = "hz"

_SIX_BITS = "[A-Za-z0-9+/]"
_WORD = (
    f"(?:{_SIX_BITS}{{8}})*(?:{_SIX_BITS}{{8}}|{_SIX_BITS}{{5}}[AQgw]|"
    f"{_SIX_BITS}{{2}}[AEIMQUYcgkosw048])"
)
"""Whole letters of 16 bits each; what is left of the last six bits is 0."""
MAYBE_SEVEN_BITS = rf"\+{_WORD}(?:[^A-Za-z0-9+/]|$)|~\{{[!-w][!-~]"
"""A text without a match has none."""

_UTF_7_RUN = re.compile(rf"\+({_WORD})(-|(?!{_SIX_BITS}))")
_HZ_RUN = re.compile(r"~\{((?:[!-w][!-~])+)~\}")
_WESTERN = range(0xA0, 0x180)
_SIGNS = range(0x2010, 0x20C0)
"""Dashes, quotation marks and the signs of money."""
_OTHERS = ("CYRILLIC", "GREEK", "HEBREW", "ARABIC", "THAI", "HIRAGANA", "KATAKANA", "FULLWIDTH")
_COMMON_IDEOGRAPHS = {
    "gb2312": range(0xB0, 0xD8),
    "big5": range(0xA4, 0xC7),
    "euc_jp": range(0xB0, 0xD0),
    "euc_kr": range(0xB0, 0xC9),
}
"""First bytes of the characters in everyday use. All of a word are of one language."""


def seven_bit_reading(text: str) -> tuple[str, str] | None:
    """The encoding of a text that was not decoded, and the text as it would be read in it."""
    if "~{" in text and _HZ_RUN.search(text):
        return HZ, _HZ_RUN.sub(_ideographs_of, text)
    runs = _UTF_7_RUN.finditer(text) if "+" in text else ()
    if any(_is_certain(letters, closed) for letters, closed in map(_letters_of, runs)):
        return UTF_7, _UTF_7_RUN.sub(lambda run: _letters_of(run)[0] or run[0], text)
    return None


def letters_in_seven_bits(text: str, encoding: str) -> Iterator[str]:
    """What the hidden words of a text stand for."""
    if encoding == HZ:
        yield from (_ideographs_of(run) for run in _HZ_RUN.finditer(text))
    else:
        yield from (
            letters for run in _UTF_7_RUN.finditer(text) if (letters := _letters_of(run)[0])
        )


def _is_certain(letters: str, closed: bool) -> bool:
    """A single letter may come about by chance, unless it is one of Western Europe."""
    if len(letters) > 1:
        return True
    return closed and bool(letters) and (ord(letters) in _WESTERN or ord(letters) in _SIGNS)


def _letters_of(run: re.Match[str]) -> tuple[str, bool]:
    """Empty where the word behind the `+` stands for none; and whether a hyphen ends it."""
    word = run[1]
    data = b64decode(word + "=" * (-len(word) % 4))
    letters = data[: len(word) * 6 // 16 * 2].decode("utf-16-be", "replace")
    ideographs = {letter for letter in letters if not _is_expected(letter)}
    is_word = any(all(_is_common(one, code) for one in ideographs) for code in _COMMON_IDEOGRAPHS)
    return (letters if is_word else ""), bool(run[2])


def _is_expected(character: str) -> bool:
    code = ord(character)
    if code in _WESTERN or code in _SIGNS or 0x3000 <= code <= 0x303F:
        return True
    return unicodedata.name(character, "").startswith(_OTHERS)


def _is_common(ideograph: str, encoding: str) -> bool:
    try:
        return ideograph.encode(encoding)[0] in _COMMON_IDEOGRAPHS[encoding]
    except UnicodeEncodeError:
        return False


def _ideographs_of(run: re.Match[str]) -> str:
    return run[0].encode().decode(HZ, "replace")
