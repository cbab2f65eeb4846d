"""Texts that were read in a wrong encoding before they came here, or never decoded.

The patterns are those of text in UTF-8 that was read as Windows-1252, Windows-1251, MacRoman or in
a code page of DOS, and of codes that programs put in place of letters. A pair of letters that is
natural (`É»` at the end of a French quotation, `Úž` in Slovak) counts only beside another pair.
"""

from __future__ import annotations

_USUAL_BEHIND = r"\x{a0}«»’”“…–—™®²³¹ºª°·‰‘©šžœŠŽŒ"
"""Follow a letter in sound text."""
_OTHERS_BEHIND = r"€‚ƒ„†‡ˆ‹•˜›Ÿ¡¢£¤¥¦§¨¬\x{ad}¯±´µ¶¸¼½¾¿\x{81}\x{8d}\x{8f}\x{90}\x{9d}"
_BEHIND = f"[{_USUAL_BEHIND}{_OTHERS_BEHIND}]"
_BEHIND_CYRILLIC = (
    r"[ЂЃ‚ѓ„…†‡€‰Љ‹ЊЌЋЏђ‘’“”•–—™љ›њќћџ\x{a0}ЎўЈ¤Ґ¦§Ё©Є«¬\x{ad}®Ї°±Ііґµ¶·ё№є»јЅѕї\x{98}]"
)
CONTROLS = r"[\x{1}-\x{8}\x{1a}]"
GARBLED_TEXT = "|".join(
    (
        r"\x{fffd}|" + CONTROLS,  # marks of a lost letter, codes of no letter
        r"[\x{80}-\x{84}\x{86}-\x{9f}]",  # Windows-1252 as ISO-8859-1
        r"Ã[\x{80}-\x{bf}]|â€|Â[\x{a0}-\x{bf}]",
        f"[ÃÄ-ÖÙ-ß][{_OTHERS_BEHIND}]",  # two bytes as Windows-1252: `Å‚`
        f"(?:[Â-ß]{_BEHIND}){{2}}",  # `Ð¿Ñ€`
        f"[à-ï](?:{_BEHIND}[{_OTHERS_BEHIND}]|[{_OTHERS_BEHIND}]{_BEHIND})",  # three: `ä¸­`
        f"(?:[РС]{_BEHIND_CYRILLIC}){{2}}",  # as Windows-1251: `РџСЂ`
        r"[├┬─┼╨╤╬╫╪┘][\x{2550}-\x{25ff}А-я¡-ÿƒ⌐]",  # as a code page of DOS: `├╝`
        r"√[©®±ºß¶¥§¨´°¢£•†≥∫ëò]|‚Ä[ìîôöúù¢]",  # as MacRoman: `√º`
        r"(?:=[C-F][0-9A-F](?:=[89AB][0-9A-F])+)",  # quoted-printable: `gr=C3=BCn`
        r"\\u0[0-9a-fA-F]{3}|\\u20[0-9a-fA-F]{2}|\\x[89a-fA-F][0-9a-fA-F]",  # JSON, Python
    )
)
MAYBE_CODES = rb"=[C-F][0-9A-F]=[89AB]|\\u[02]|\\x[89a-fA-F]"
"""Text in ASCII without a match, or one of CONTROLS, is not GARBLED_TEXT."""
