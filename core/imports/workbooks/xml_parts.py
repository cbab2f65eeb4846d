"""The XML parts of a workbook as well-formed UTF-8, whatever their writers did.

Spreadsheet programs read parts in UTF-16 and in the encoding that a part declares, and some writers
leave characters that XML forbids (`&#1;`, half of a pair like `&#xD83D;`, a bare `&`, bytes in no
encoding). One such character must not condemn the file: it becomes U+FFFD, which is reported as
garbled text, and a bare `&` stays an `&`.

Source: Extensible Markup Language 1.0 (2.2 characters, 2.11, 4.1, appendix F).
"""

from __future__ import annotations

import codecs
import re
import zipfile
from collections.abc import Iterator
from typing import IO
from xml.parsers.expat import XMLParserType

BLOCK_BYTES = 4 * 1024 * 1024
HEAD_BYTES = 1024
REFERENCE_MAX_CHARACTERS = 32
"""A reference to a character, or a pair of them, is shorter."""
LOST = "\ufffd"

_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
_DECLARATION = re.compile(r"""(<\?xml[^>]{0,200}?encoding\s*=\s*["'])[\w.:-]{1,40}""")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_SUSPECT = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f&]|\xef\xbf[\xbe\xbf]")
_ODD = re.compile(
    r"(?P<open><!\[CDATA\[)|(?P<close>\]\]>)"
    r"|&\#(?:[xX](?P<high>[dD][89abAB][0-9a-fA-F]{2})|(?P<high10>5[56]\d{3}));"
    r"&\#(?:[xX](?P<low>[dD][c-fC-F][0-9a-fA-F]{2})|(?P<low10>5[67]\d{3}));"
    r"|&\#(?:[xX](?P<hex>[0-9a-fA-F]{1,8})|(?P<decimal>\d{1,8}));"
    r"|&(?!(?:amp|lt|gt|quot|apos);)"
    "|[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]"
)


def parse_part(parser: XMLParserType, archive: zipfile.ZipFile, part: str) -> None:
    """Have the parser, which was created for UTF-8, follow a part of the zip. Raises ExpatError."""
    with archive.open(part) as content:
        for block in utf_8_blocks(content):
            parser.Parse(block)
    parser.Parse(b"", True)


def is_as_declared(head: bytes) -> bool:
    """Whether a part that begins so needs no other encoding to be UTF-8."""
    return encoding_of(head) in ("utf-8", "utf-8-sig")


def encoding_of(head: bytes) -> str:
    """Python's name of the encoding of a part that begins so."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    declared = _DECLARED.match(head)
    try:
        name = codecs.lookup(declared[1].decode()).name if declared else "utf-8"
        "<".encode(name)
    except (LookupError, ValueError):
        return "utf-8"
    # without a mark it cannot be what it says if its declaration could be read as ASCII
    is_impossible = name.startswith(("utf-16", "utf-32")) or not name.isascii()
    return "utf-8" if is_impossible or name == "ascii" else name


def utf_8_blocks(part: IO[bytes]) -> Iterator[bytes]:
    """The whole part, which then declares UTF-8."""
    head = part.read(HEAD_BYTES)
    decoder = codecs.getincrementaldecoder(encoding_of(head))("replace")
    mending = _Mending()
    rest, is_first = "", True
    block = head
    while block:
        text = rest + decoder.decode(block)
        at = _cut(text)
        text, rest = text[:at], text[at:]
        if is_first:
            text, is_first = _DECLARATION.sub(r"\1UTF-8", text, count=1), False
        yield mending.mended(text)
        block = part.read(BLOCK_BYTES)
    yield mending.mended(rest + decoder.decode(b"", final=True))


def _cut(text: str) -> int:
    """Where no reference and no mark of a section is cut."""
    for at in range(max(0, len(text) - REFERENCE_MAX_CHARACTERS), len(text)):
        if text[at] in "&<]":
            return at
    return len(text)


class _Mending:
    def __init__(self) -> None:
        self._is_verbatim = False
        """In a CDATA section, where `&` is a character like any other."""

    def mended(self, text: str) -> bytes:
        data = text.encode("utf-8", "replace")
        if not _SUSPECT.search(data) and not self._is_verbatim and "<![" not in text:
            return data
        return _ODD.sub(self._replacement, text).encode("utf-8", "replace")

    def _replacement(self, odd: re.Match[str]) -> str:
        found, named = odd[0], odd.groupdict()
        if named["open"] or named["close"]:
            self._is_verbatim = named["open"] is not None
            return found
        if self._is_verbatim and found.startswith("&"):
            return found
        if found == "&":
            return "&amp;"
        if not found.startswith("&"):
            return LOST
        if named["high"] or named["high10"]:
            high = int(named["high"] or "0", 16) or int(named["high10"])
            low = int(named["low"] or "0", 16) or int(named["low10"])
            is_pair = 0xD800 <= high < 0xDC00 <= low < 0xE000
            code = 0x10000 + ((high - 0xD800) << 10) + low - 0xDC00
            return chr(code) if is_pair else LOST * 2
        code = int(named["hex"], 16) if named["hex"] else int(named["decimal"])
        return found if _is_character(code) else LOST


def _is_character(code: int) -> bool:
    return (
        code in (0x9, 0xA, 0xD)
        or 0x20 <= code < 0xD800
        or 0xE000 <= code < 0xFFFE
        or 0x10000 <= code < 0x110000
    )
