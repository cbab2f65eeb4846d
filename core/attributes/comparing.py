"""How texts are compared: by what people see of them. Without polars, for functions that only
compare names.

A zero-width space after a SKU makes it another SKU, without a visible difference. So invisible
characters without a meaning are removed. The same character can mean something elsewhere: joiners
in Persian, in the scripts of India and in emoji, marks of direction next to Hebrew or Arabic,
breaks between words in Thai or Khmer. There it is kept. One expression describes this, in a syntax
that Python and Rust read alike: what stays is matched first, as group 1, and what is removed is
matched otherwise.
"""

from __future__ import annotations

import re
import unicodedata

BLANKS = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680"
    "\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""What counts as a blank around a value: every character for which `str.isspace` holds (so NBSP,
the typographic spaces, U+2028) and U+FEFF, the byte order mark that editors leave in the middle of
files."""

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
RIGHT_TO_LEFT = "[\u0590-\u05ff\u0620-\u06dc\u06de-\u08e1\u08e3-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]"
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
WITHOUT_DIRECTION = f"({_KEPT})|[{_JOINERS}{_WORD_BREAK}{_TAGS}{_OTHERS}]"
EVERYWHERE = f"({_KEPT})|{MAYBE_REMOVED}"
_MAYBE = re.compile(MAYBE_REMOVED)

_HYPHENS = dict.fromkeys(map(ord, "\u2010\u2011"), "-")
"""They look like the one on keyboards; no line ends at the second."""
_BLANK_RUN = re.compile(f"[{re.escape(BLANKS)}]+")


def visible(text: str) -> str:
    """The text without the characters that show nothing and mean nothing."""
    if text.isascii() or not _MAYBE.search(text):
        return text
    expression = WITHOUT_DIRECTION if re.search(RIGHT_TO_LEFT, text) else EVERYWHERE
    return re.sub(expression, r"\1", text)


def canonical(text: str) -> str:
    """What headers and options are compared by: composed letters, no invisible characters, one
    hyphen, and one space for every run of blanks."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip(" ")
    composed = unicodedata.normalize("NFC", visible(text)).translate(_HYPHENS)
    return _BLANK_RUN.sub(" ", composed).strip(" ")
