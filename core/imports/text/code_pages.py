"""Guesses the code page of a text that is neither UTF-8 nor UTF-16 and does not name it.

chardet compares the bytes with models of languages. It only considers code pages that are common in
trade, and Windows-1252 is preferred if the evidence is weak, since most such files use it. The
notice shows a word of the file, so that a person sees whether the guess is right.
"""

from __future__ import annotations

import codecs
import re
import unicodedata

from core.attributes.seven_bits import HZ, UTF_7, letters_in_seven_bits
from core.imports.text.encodings import CP1252, LATIN_1, UTF_8, guess_from_head

SAMPLE_BYTES = 64 * 1024
"""Models distinguish languages by some hundred letters."""

_CANDIDATES = (
    *("windows-1250", "windows-1251", "windows-1252", "windows-1253", "windows-1254"),
    *("windows-1255", "windows-1256", "windows-1257", "windows-1258", "cp874"),
    *("koi8-r", "koi8-u", "ibm866", "macroman", "maccyrillic"),
    *("gb18030", "big5", "cp932", "euc-jp", "cp949", "cp852"),
)
_WESTERN_OF_OTHERS = ("cp850", "mac-roman")
"""Of DOS and of the old Macintosh: the letters of Western Europe at other bytes. CP437 has them at
the bytes of CP850."""
_WESTERN_LETTERS = frozenset("äöüßéèêëàâçîïôùûñáíóúãõåøæœìòýÿ")
_NOT_WESTERN = re.compile(
    r"[^\W\d_][^\w\x00-\x7f‘’‐-—·×…™®°ªº€£][^\W\d_]"  # a sign within a word
    r"|[^\W\d_][‚„ˆ‹\x80-\x9f\ufffd]"  # one that opens or accents, or is none, behind a letter
    r"|[^\W\d_][¢¬¼½¾\u2500-\u259f]|[¢¬¼½¾\u2500-\u259f][^\W\d_]"  # never beside a letter
    r"|[a-zß-öø-ÿ][À-ÖØ-ÞŠŽŒŸ]|[ß-öø-ÿšžœƒ][A-Z]"  # a capital within a word
)
"""What Western text does not have within words, but has when it is read in a wrong code page."""
_WESTERN_SHARE = 0.95
_WESTERN_SIGNS = frozenset("£€$¥°±²³¼½¾®©™«»“”‘’–—…×µ§·º¹¿¡")
_BESIDE_ASCII = re.compile(r"[A-Za-z][^\W\d_\x00-\x7f]|[^\W\d_\x00-\x7f][A-Za-z]")
_LETTERS_PER_RUN = 10
_RUN_BEYOND_ASCII = re.compile(r"[^\W\d_\x00-\x7f]{3,}")
_PRIOR = 1.5
"""A text is in Windows-1252 unless another code page is so many times as likely."""
_LETTER_SHARE = 0.75
_OTHER_ALPHABETS = "[\u0370-\u1fff]"
_TWO_ALPHABETS = re.compile(f"[a-zA-Z]{_OTHER_ALPHABETS}|{_OTHER_ALPHABETS}[a-zA-Z]")
_SIGN_IN_WORD = re.compile(r"[^\W\d_][^\w\x00-\x7f‘’‐-—·×][^\W\d_]")
_WORDS_PER_MIX = 50
"""Letters of an alphabet per place where it meets Latin letters within a word: `USB-кабель` has a
hyphen there."""
_TOO_FEW_BYTES = 3
"""Letters beyond ASCII; fewer are no evidence."""
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
_LETTER_IN_WORD = re.compile(r"[^\W\d_\x00-\x7f][^\W\d_]|[^\W\d_][^\W\d_\x00-\x7f]")
_COMMON_LEAD_BYTES = {
    "gb": frozenset(range(0xB0, 0xD8)),  # GB 2312, level 1
    "big5": frozenset(range(0xA4, 0xC7)),  # Big5, level 1
    "cp932": frozenset(range(0x82, 0x98)),  # kana, and JIS X 0208, level 1
    "shift_jis": frozenset(range(0x82, 0x98)),
    "euc_j": frozenset((0xA4, 0xA5, *range(0xB0, 0xD0))),  # the same
    "cp949": frozenset(range(0xB0, 0xC9)),  # KS X 1001, Hangul
    "euc_kr": frozenset(range(0xB0, 0xC9)),
}
"""First bytes of the characters in everyday use, by the beginning of a codec's name: chardet knows
several versions of most. Two accented letters of Windows-1252 (`öß`, `éé`) are a valid pair of
bytes as well, but nearly always one of the rare characters behind these."""
_COMMON_SHARE = 0.75
_FEWEST_COMMON = 4
"""Different ones: a few come about by chance, `°b` is a character of Big5."""
_FEWEST_WORDS = 3
"""Different ones, in UTF-7 or HZ."""
_UTF_8_SHARE = 0.5
"""With more of its bytes in codes of UTF-8, a text is UTF-8 that was damaged."""


def likely_encoding(head: bytes, whole: bool) -> str:
    """The likely encoding of a text by its beginning, where nothing names it."""
    guess = guess_from_head(head, whole)
    if guess == UTF_8:
        return guessed_seven_bits(head, whole) or guess
    return guessed_code_page(telling_part(head)) or guess


def telling_part(data: bytes) -> bytes:
    """The part of a text that is weighed: from the first line with a byte beyond ASCII on."""
    beyond = _BEYOND_ASCII.search(data)
    if beyond is None:
        return b""
    line = max(data.rfind(b"\n", 0, beyond.start()), data.rfind(b"\r", 0, beyond.start())) + 1
    start = max(line, beyond.start() - SAMPLE_BYTES // 2) if line else 0
    part = data[start : start + SAMPLE_BYTES]
    return part if start + len(part) == len(data) else part[: _last_line_end(part) or len(part)]


def guessed_code_page(sample: bytes) -> str | None:
    """The Python codec of a text that is not UTF-8, by a telling part of it. None for Windows-1252
    and ISO-8859-1."""
    if western := _western_of_others(sample):
        return western
    tells_nothing = len(_BEYOND_ASCII.findall(sample)) <= _TOO_FEW_BYTES
    if tells_nothing or _is_mostly_utf_8(sample) or _has_symbols_only(sample):
        return None
    from chardet import detect_all  # loads its models: only files that need them pay for it

    found = detect_all(
        sample, ignore_threshold=True, include_encodings=_CANDIDATES, no_match_encoding=CP1252
    )
    likely: dict[str, float] = {}
    for one in found:
        name = codecs.lookup(one["encoding"] or CP1252).name
        likely[name] = max(likely.get(name, 0.0), one["confidence"])
    if CP1252 in likely:
        likely[CP1252] *= _PRIOR
    by_likelihood = sorted(likely, key=lambda name: -likely[name])
    fitting = (name for name in by_likelihood if name == CP1252 or _reads_well(sample, name))
    best = next(fitting, CP1252)
    return None if best == CP1252 else best


def guessed_seven_bits(head: bytes, whole: bool) -> str | None:
    """UTF-7 or HZ, if the beginning of a text is valid in it and holds several words in it. Plain
    text has a `+` or a `~` that neither of them allows."""
    if not head.isascii() or (b"+" not in head and b"~{" not in head):
        return None
    text = head.decode("ascii")
    for encoding in (UTF_7, HZ):
        if len(set(letters_in_seven_bits(text, encoding))) < _FEWEST_WORDS:
            continue
        try:
            codecs.getincrementaldecoder(encoding)("strict").decode(head, whole)
        except UnicodeDecodeError:
            continue
        return encoding
    return None


def other_readings(word: str, encoding: str) -> dict[str, str]:
    """By code page: how else a word may be read that was read in one of Western Europe."""
    western = (CP1252, *_WESTERN_OF_OTHERS)
    if encoding not in (*western, LATIN_1):
        return {}
    data = word.encode(encoding, "surrogateescape")
    readings = {name: data.decode(name, "replace") for name in western if name != encoding}
    return {
        name: reading
        for name, reading in readings.items()
        if reading != word and _is_possible(reading)
    }


def _is_possible(word: str) -> bool:
    known = _WESTERN_LETTERS | _WESTERN_SIGNS
    beyond = (character.lower() for character in word if character >= "\x80")
    return all(character in known for character in beyond) and not _NOT_WESTERN.search(word)


def _western_of_others(sample: bytes) -> str | None:
    """DOS or Macintosh, if the text is no Western one in Windows-1252 and is one in that."""
    text = sample.decode(CP1252, "replace")
    beyond = sum(character >= "\x80" for character in text)
    if len(_NOT_WESTERN.findall(text)) * _WORDS_PER_MIX <= beyond or _is_mostly_utf_8(sample):
        return None
    fitting = [name for name in _WESTERN_OF_OTHERS if _is_western(sample.decode(name))]
    if len(fitting) < 2:
        return fitting[0] if fitting else None
    from chardet import detect

    found = detect(sample, include_encodings=_WESTERN_OF_OTHERS)["encoding"]
    return codecs.lookup(found or fitting[0]).name


def _is_western(text: str) -> bool:
    """Its letters beyond ASCII are those of Western Europe, in words of other letters."""
    letters = [character for character in text if character >= "\x80" and character.isalpha()]
    western = sum(letter.lower() in _WESTERN_LETTERS for letter in letters)
    return (
        0 < len(letters) * _WESTERN_SHARE <= western
        and len(_NOT_WESTERN.findall(text)) * _WORDS_PER_MIX <= len(letters)
        and len(_BESIDE_ASCII.findall(text)) * 2 >= len(letters)
        and sum(map(len, _RUN_BEYOND_ASCII.findall(text))) * _LETTERS_PER_RUN <= len(letters)
    )


def _last_line_end(part: bytes) -> int:
    return max(part.rfind(b"\n"), part.rfind(b"\r")) + 1


def _is_mostly_utf_8(sample: bytes) -> bool:
    beyond = sum(byte >= 0x80 for byte in sample)
    valid = sample.decode(UTF_8, "ignore")
    continued = len(valid.encode()) - sum(character < "\x80" for character in valid)
    return continued > beyond * _UTF_8_SHARE


def _has_symbols_only(sample: bytes) -> bool:
    """Prices and sizes (`5 €`, `±2°`) name no language: such a text is in the commonest."""
    text = sample.decode(CP1252, "replace")
    return "\ufffd" not in text and not _LETTER_IN_WORD.search(text)


def _reads_well(sample: bytes, encoding: str) -> bool:
    """Whether all of it is text, and differs from Windows-1252; most letters beyond ASCII are in
    common use; and no word mixes two alphabets or contains a sign."""
    try:
        text = codecs.getincrementaldecoder(encoding)("strict").decode(sample)
    except UnicodeDecodeError:
        return False
    if text == sample.decode(CP1252, "replace"):
        return False  # `é`, `ö` and `ß` are the same bytes in Windows-1250
    beyond = [character for character in text if character >= "\x80"]
    letters = [character for character in beyond if unicodedata.category(character)[0] in "LM"]
    if not _are_in_common_use(set(letters), encoding):
        return False
    mixed = len(_TWO_ALPHABETS.findall(text)) + sum(
        unicodedata.category(found[0][1])[0] in "SPC" for found in _SIGN_IN_WORD.finditer(text)
    )
    return len(letters) >= len(beyond) * _LETTER_SHARE and mixed * _WORDS_PER_MIX <= len(beyond)


def _are_in_common_use(letters: set[str], encoding: str) -> bool:
    """True for code pages of one byte a letter."""
    for codec, lead_bytes in _COMMON_LEAD_BYTES.items():
        if encoding.startswith(codec):
            common = sum(letter.encode(encoding)[0] in lead_bytes for letter in letters)
            return common >= max(len(letters) * _COMMON_SHARE, _FEWEST_COMMON)
    return True
