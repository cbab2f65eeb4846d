"""Which encoding a text is in, and the proof, in the planner's one pass, that all of it is.

The caller's option comes first, then a byte order mark, then the zero bytes of UTF-16. Without any
of these a text is UTF-8 if all of it is valid, otherwise Windows-1252 (or Latin-1 if it contains
one of the five bytes that Windows-1252 leaves undefined). A mix of encodings is refused rather than
guessed.
"""

from __future__ import annotations

import codecs
import importlib
from dataclasses import dataclass
from encodings import normalize_encoding
from functools import lru_cache

from core.errors import FileRefused
from core.outcomes import RefusalCode

UTF_8 = "utf-8"
UTF_16 = ("utf-16-le", "utf-16-be")
CP1252 = "cp1252"
LATIN_1 = "iso8859-1"

_MARKS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, UTF_8),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_PEOPLE_NAMES = {
    LATIN_1: "ISO-8859-1",
    "mac-roman": "MacRoman",
    "mac-cyrillic": "MacCyrillic",
    "cp932": "CP932 (Shift-JIS)",
    "cp949": "CP949 (Korean)",
    "big5": "Big5",
    "iso2022_jp_2": "ISO-2022-JP",
    "iso2022_kr": "ISO-2022-KR",
    "cp850": "CP850 (DOS)",
    "cp852": "CP852 (DOS, Central Europe)",
    "cp866": "CP866 (DOS, Cyrillic)",
    "cp874": "CP874 (Thai)",
    "hz": "HZ (Chinese)",
}
_NOT_FOR_FILES = frozenset(
    {"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "mbcs", "oem"}
)


@dataclass(frozen=True, slots=True)
class TextStart:
    """The encoding by the first bytes and the caller's option."""

    encoding: str | None
    """Python codec; None leaves it to the whole text: UTF-8 or a single-byte encoding."""
    mark_bytes: int
    """Length of the byte order mark; the text starts after it."""
    given: bool
    """The caller named the encoding."""

    @property
    def label(self) -> str | None:
        """The name by which the job shows the encoding."""
        return "utf-8-sig" if self.encoding == UTF_8 and self.mark_bytes else self.encoding


def text_start(head: bytes, option: str | None) -> TextStart:
    """Determine the encoding from the first bytes (a few KiB suffice) and the caller's option.

    Raises FileRefused INVALID_OPTIONS for a codec that does not exist, WRONG_ENCODING for a byte
    order mark that contradicts the option.
    """
    mark, marked = next(((m, name) for m, name in _MARKS if head.startswith(m)), (b"", None))
    if option is None:
        found = marked or _utf_16_without_mark(head) or _iso_2022(head)
        return TextStart(found, len(mark), given=False)
    encoding = codec_named(option)
    if encoding in ("utf-16", "utf-32"):
        family = encoding
        fallback = _utf_16_without_mark(head) if family == "utf-16" else None
        encoding = (marked if marked and marked.startswith(family) else fallback) or f"{family}-le"
    if marked is not None and marked != encoding:
        raise FileRefused(
            RefusalCode.WRONG_ENCODING,
            f"The file starts with the byte order mark of {people_name(marked)}, so it cannot be "
            f"read as {people_name(encoding)}; leave the encoding out, and it is detected.",
        )
    return TextStart(encoding, len(mark), given=True)


def codec_named(option: str) -> str:
    """Python's name of the codec that a caller means. Raises FileRefused INVALID_OPTIONS."""
    name = option.strip()
    if name.casefold() in ("ansi", "windows"):
        return CP1252
    try:
        found: codecs.CodecInfo | None = codecs.lookup(name)
        b"aaaa".decode(name, "ignore")  # refuses codecs that are not for text, like base64
    except (LookupError, ValueError):
        found = None
    if found is None or found.name in _NOT_FOR_FILES:
        raise FileRefused(
            RefusalCode.INVALID_OPTIONS,
            f'"{option}" is no encoding that can be read; examples are utf-8, windows-1252, '
            "iso-8859-1 and utf-16.",
        )
    return UTF_8 if found.name == "utf-8-sig" else found.name


def people_name(encoding: str) -> str:
    windows = encoding.removeprefix("cp125")
    if encoding.startswith("cp125") and len(windows) == 1:
        return f"Windows-125{windows}"
    return _PEOPLE_NAMES.get(encoding, encoding.upper())


@lru_cache(maxsize=64)
def undefined_bytes(encoding: str) -> bytes | None:
    """The bytes that a single-byte extension of ASCII leaves undefined; None for other codecs.

    In such an encoding (and in UTF-8 and UTF-16) quotes, delimiters and line ends can be found
    without decoding; text in any other is rewritten as UTF-8 first.
    """
    if encoding == LATIN_1:
        return b""
    if encoding == "ascii":
        return bytes(range(128, 256))
    try:
        module = importlib.import_module("encodings." + normalize_encoding(encoding))
    except ImportError:
        return None
    table: str | None = getattr(module, "decoding_table", None)
    if table is None or table[:128] != bytes(range(128)).decode("ascii"):
        return None
    padded = table.ljust(256, "\ufffe")  # U+FFFE marks a byte without a character
    return bytes(byte for byte in range(256) if padded[byte] == "\ufffe")


def is_scannable(encoding: str) -> bool:
    """Whether record boundaries can be found in the undecoded text."""
    return encoding == UTF_8 or encoding in UTF_16 or undefined_bytes(encoding) is not None


def unit_bytes(encoding: str) -> int:
    """Size of the unit in which a delimiter, a quote or a line end is written."""
    return 2 if encoding in UTF_16 else 1


def decode_leniently(data: bytes, encoding: str) -> str:
    """Text that `encode_leniently` turns back into the very same bytes, whatever they are."""
    return data.decode(encoding, _lenient(encoding))


def encode_leniently(text: str, encoding: str) -> bytes:
    return text.encode(encoding, _lenient(encoding))


def _lenient(encoding: str) -> str:
    return "surrogatepass" if encoding in UTF_16 else "surrogateescape"


def guess_from_head(head: bytes, whole: bool) -> str:
    """The likely encoding of a text by its beginning, where nothing names it."""
    try:
        codecs.utf_8_decode(head, "strict", whole)
    except UnicodeDecodeError:
        return eight_bit_encoding(head)
    return UTF_8


def eight_bit_encoding(data: bytes) -> str:
    return LATIN_1 if any(byte in data for byte in undefined_bytes(CP1252) or b"") else CP1252


def _iso_2022(head: bytes) -> str | None:
    """Japanese or Korean in seven bits: an escape sequence announces two-byte characters."""
    if b"\x1b$" not in head:
        return None
    return "iso2022_kr" if b"\x1b$)C" in head else "iso2022_jp_2"


def _utf_16_without_mark(head: bytes) -> str | None:
    """UTF-16 of mostly Western text has a zero in every other byte, always on the same side."""
    even, odd = head[0::2], head[1::2]
    if len(odd) < 2:
        return None
    zeros_even, zeros_odd = even.count(0) / len(even), odd.count(0) / len(odd)
    if zeros_odd >= 0.2 and zeros_even <= 0.01:
        return "utf-16-le"
    if zeros_even >= 0.2 and zeros_odd <= 0.01:
        return "utf-16-be"
    return None
