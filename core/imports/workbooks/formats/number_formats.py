"""What a number format adds to a number: units, signs, leading zeros.

Source: ECMA-376 part 1, 18.8.31 (numFmts) and 18.8.30 (formats by number). No digit is ever
dropped: where a format would round, all digits of the value are kept, and thousands are not
grouped. So `#,##0" g"` shows `1500.5 g`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from functools import lru_cache

from core.imports.workbooks.formats.currencies import PLAIN_SIGNS, is_currency
from core.imports.workbooks.formats.fractions import FRACTION_CODE, fraction_text

FORMAT_CODE_MAX_CHARACTERS = 255
"""Excel's limit. Further sections of a hostile file are ignored, since every style would be parsed
again."""
SHOWN_DIGITS = 15
"""Significant digits of a number that a spreadsheet shows; those beyond are noise of doubles."""

BUILT_IN_CODES = {
    9: "0%",
    10: "0.00%",
    12: "# ?/?",
    13: "# ??/??",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    45: "mm:ss",
    47: "mmss.0",
}
"""The codes that every program knows by number, as far as they show more than the number, or a
part of it."""

_TOKEN = re.compile(
    r'"([^"]*)"?|\\(.)|_.?|\*.?|\[([^\]]*)\]?|(General)|([0#?])|([.,%@])|([Ee][+-])|(.)',
    re.I | re.S,
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)")
_ELAPSED = re.compile(r"h+|m+|s+", re.I)


class Showing(Enum):
    """What a format adds to a number."""

    TEXT = "text"
    """Text or zeros: `0" g"`, `"SKU-"0`, `000-000`."""
    PERCENT = "percent"
    CURRENCY = "currency"
    ELAPSED = "elapsed"
    """Minutes or seconds that count on, or hours with a text behind them: `[mm]:ss`, `[h]" h"`."""
    FRACTION = "fraction"
    """A whole number and a fraction: `# ?/?`."""
    DATE_PART = "part of a date"
    """A date without its day, month or year, as by `mmm-yy`, or only its time, as by `hh:mm`."""


@dataclass(frozen=True, slots=True)
class _Section:
    tokens: tuple[tuple[str, str], ...]
    """Kind and text: `literal`, `digit` (`0`, `#` or `?`), `point`, `general`, `elapsed`, `time`,
    `text` (`@`)."""
    condition: tuple[str, float] | None
    scale: int
    """Powers of ten that the value is multiplied by."""
    is_percent: bool
    is_inexact: bool
    """Shows a fraction or a power of ten."""

    def has(self, kind: str) -> bool:
        return any(token == kind for token, _ in self.tokens)

    @property
    def literal(self) -> str:
        return "".join(text for kind, text in self.tokens if kind == "literal")

    @property
    def is_date(self) -> bool:
        return self.has("time") and not self.has("elapsed")

    @property
    def is_part_of_date(self) -> bool:
        units = {text.lower() for kind, text in self.tokens if kind == "time"}
        has_year_of_an_era = any(
            kind == "literal" and text in ("e", "E") for kind, text in self.tokens
        )
        return bool(units) and units < set("ymd") and not has_year_of_an_era

    @property
    def is_time(self) -> bool:
        units = {text.lower() for kind, text in self.tokens if kind == "time"}
        return bool(units & set("hs")) and units <= set("hms")


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """A format that must be applied to its numbers."""

    showing: Showing
    sections: tuple[_Section, ...]
    code: str

    def shown(self, number: float) -> str | None:
        """The text that the cell shows; None if unknown. For a part of a date, the code: the names
        of the months depend on the language of the program."""
        if self.showing is Showing.DATE_PART:
            is_time_alone = self.sections[0].is_time and number < 1
            return None if is_time_alone else self.code
        if self.showing is Showing.FRACTION:
            return fraction_text(self.code, number)
        section, sign = self._section_for(number)
        if section is None or section.is_date or section.has("text"):
            return None
        if section.has("elapsed"):
            return None if number < 0 else _elapsed(section, number)
        value = Decimal(format(abs(number), f".{SHOWN_DIGITS}g"))
        if not value.is_finite():
            return None
        return (sign + _filled(section, value.scaleb(section.scale))).strip()

    @property
    def symbol(self) -> str:
        """The currency that a CURRENCY format shows."""
        return self.sections[0].literal.strip(PLAIN_SIGNS) if self.sections else ""

    def _section_for(self, number: float) -> tuple[_Section | None, str]:
        """The section that shows the number, and the sign before it."""
        sections = [s for s in self.sections[:3] if not s.has("text")]
        minus = "-" if number < 0 else ""
        if any(section.condition for section in sections):
            for section in sections:
                if section.condition is None or _holds(section.condition, number):
                    return section, minus
            return None, ""
        if number < 0 and len(sections) > 1:
            has_sign = any(sign in sections[1].literal for sign in "-(")
            return sections[1], "" if has_sign else minus
        if number == 0 and len(sections) > 2:
            return sections[2], ""
        return (sections[0], minus) if sections else (None, "")


@lru_cache(maxsize=4_096)
def number_format(code: str) -> NumberFormat | None:
    """None for a format that adds nothing to the number, and for those that show whole dates."""
    if not code:
        return None
    if FRACTION_CODE.fullmatch(code):
        return NumberFormat(Showing.FRACTION, (), code)
    sections = tuple(_section(part) for part in _split(code[:FORMAT_CODE_MAX_CHARACTERS]))
    numeric = [s for s in sections[:3] if not s.has("text")]
    if not numeric:
        return None
    if numeric[0].is_date:
        is_part = numeric[0].is_part_of_date or numeric[0].is_time
        return NumberFormat(Showing.DATE_PART, sections, code) if is_part else None
    if numeric[0].has("elapsed"):
        in_hours = any(kind == "elapsed" and text[0] in "hH" for kind, text in numeric[0].tokens)
        has_text = any(sign.isalpha() for sign in numeric[0].literal)
        return None if in_hours and not has_text else NumberFormat(Showing.ELAPSED, sections, code)
    showing = _showing(numeric)
    return NumberFormat(showing, sections, code) if showing else None


def padded_digits(code: str) -> int:
    """To how many digits a format pads whole numbers with zeros, and shows nothing else: 5 for
    `00000`, `[$-407]00000` and `00000_)`. 0 for any other."""
    first = _section(_split(code[:FORMAT_CODE_MAX_CHARACTERS])[0])
    if number_format(code) is not None:
        return 0
    signs = [text for kind, text in first.tokens if kind != "literal"]
    is_plain = not first.literal.strip() and not (first.scale or first.condition)
    zeros = signs.count("0")
    return zeros if is_plain and zeros > 1 and set(signs) <= {"0", "#"} else 0


def is_elapsed_hours(code: str) -> bool:
    """Does the format count hours on beyond a day, as `[h]:mm` does?"""
    return any(
        kind == "elapsed" and text[0] in "hH"
        for kind, text in _section(_split(code[:FORMAT_CODE_MAX_CHARACTERS])[0]).tokens
    )


def _split(code: str) -> list[str]:
    parts, start = [], 0
    for token in _TOKEN.finditer(code):
        if token[0] == ";":
            parts.append(code[start : token.start()])
            start = token.end()
    return [*parts, code[start:]]


def _section(code: str) -> _Section:
    tokens: list[tuple[str, str]] = []
    condition = None
    commas = percents = 0
    is_inexact = is_fraction = False
    for found in _TOKEN.finditer(code):
        quoted, escaped, bracket, general, digit, sign, exponent, other = found.groups()
        if bracket is not None:
            condition = _condition(bracket) or condition
            tokens += _bracket(bracket)
        elif quoted is not None or escaped is not None:
            tokens.append(("literal", quoted or escaped or ""))
        elif general:
            tokens.append(("general", general))
        elif digit:
            commas = 0
            tokens.append(("digit", digit))
        elif sign == ",":
            commas += 1  # behind the last digit, each divides by a thousand
        elif sign == "%":
            percents += 1
            tokens.append(("literal", "%"))
        elif sign:
            tokens.append(("point", sign) if sign == "." else ("text", sign))
        elif exponent:
            is_inexact = True
        elif other and other in "yYmMdDhHsS":
            tokens.append(("time", other))
        elif other == "/" and any(kind == "digit" for kind, _ in tokens):
            is_inexact = is_fraction = True
        elif other and not (is_fraction and other.isdecimal()):  # of a denominator like `# ?/8`
            tokens.append(("literal", other))
    has_digits = any(kind == "digit" for kind, _ in tokens)
    scale = (2 * percents - 3 * commas) if has_digits else 0
    return _Section(tuple(tokens), condition, scale, percents > 0, is_inexact)


def _condition(bracket: str) -> tuple[str, float] | None:
    found = _CONDITION.fullmatch(bracket.strip())
    return (found[1], float(found[2])) if found else None


def _bracket(bracket: str) -> list[tuple[str, str]]:
    """`[$€-407]` shows `€`, `[h]` hours; a colour or a condition shows nothing."""
    if bracket.startswith("$"):
        symbol = bracket[1:].rpartition("-")[0] if "-" in bracket else bracket[1:]
        return [("literal", symbol)] if symbol else []
    return [("elapsed", bracket)] if _ELAPSED.fullmatch(bracket) else []


def _holds(condition: tuple[str, float], number: float) -> bool:
    sign, bound = condition
    return {
        "<": number < bound,
        "<=": number <= bound,
        ">": number > bound,
        ">=": number >= bound,
        "=": number == bound,
        "<>": number != bound,
    }[sign]


def _showing(sections: list[_Section]) -> Showing | None:
    if any(section.is_percent for section in sections):
        return Showing.PERCENT
    texts = [section.literal.strip(PLAIN_SIGNS) for section in sections]
    if any(texts):
        return Showing.CURRENCY if all(map(is_currency, texts)) else Showing.TEXT
    first = sections[0]
    digits = [text for kind, text in first.tokens if kind == "digit"]
    before_point = _before_point(first)
    is_parted = "literal" in before_point[before_point.index("digit") :] if digits else False
    is_code = is_parted and not first.is_inexact and _is_between_digits(before_point)
    if is_code or _has_feet(first):
        return Showing.TEXT
    is_padded = digits.count("0") > 1 and before_point.count("digit") > 1
    zeros = [text for kind, text in first.tokens[: len(before_point)] if kind == "digit"]
    if is_padded and zeros.count("0") > 1 and first.has("point") and not first.is_inexact:
        return Showing.TEXT
    if first.scale and first.scale < 0:
        return Showing.TEXT
    return Showing.TEXT if len(sections) > 1 and _hides(sections) else None


def _has_feet(section: _Section) -> bool:
    """Is there an apostrophe behind the number? One within it separates thousands."""
    kinds = [kind for kind, _ in section.tokens]
    last = max((at for at, kind in enumerate(kinds) if kind in ("digit", "general")), default=None)
    behind = section.tokens[last + 1 :] if last is not None else ()
    return any(kind == "literal" and "'" in text for kind, text in behind)


def _hides(sections: list[_Section]) -> bool:
    """Is there a section without a number, as the first of `;;;`?"""
    return not (sections[0].has("digit") or sections[0].has("general"))


def _before_point(section: _Section) -> list[str]:
    kinds = [kind for kind, _ in section.tokens]
    return kinds[: kinds.index("point")] if "point" in kinds else kinds


def _is_between_digits(kinds: list[str]) -> bool:
    last = len(kinds) - 1 - kinds[::-1].index("digit")
    return "literal" in kinds[kinds.index("digit") : last]


def _filled(section: _Section, value: Decimal) -> str:
    """The digits of the value in the places of the section. Surplus digits precede the first
    place."""
    whole, _, fraction = format(value, "f").partition(".")
    fraction = fraction.rstrip("0")
    if section.is_inexact or section.has("general"):
        return _with_number(section, f"{whole}.{fraction}".rstrip("."))
    kinds = _before_point(section)
    places = kinds.count("digit")
    zeros = sum(kind == "digit" and text == "0" for kind, text in section.tokens[len(kinds) + 1 :])
    fraction = fraction.ljust(zeros, "0")
    pending = whole if places or whole != "0" else ""
    if not places and not section.has("point"):
        return section.literal  # the section shows a text in place of the number
    parts: list[str] = []
    behind = f".{fraction}" if fraction else ""
    for at in reversed(range(len(kinds))):
        kind, text = section.tokens[at]
        if kind == "literal":
            parts.append(text)
        elif kind == "digit":
            places -= 1
            if behind:
                parts.append(behind)
                behind = ""
            taken, pending = (pending[-1:], pending[:-1]) if places else (pending, "")
            parts.append(taken or ("0" if text == "0" else ""))
    tail = "".join(text for kind, text in section.tokens[len(kinds) :] if kind == "literal")
    return "".join(reversed(parts)) + behind + tail


def _with_number(section: _Section, number: str) -> str:
    """The number in place of the first digit of the section, between its texts."""
    shown, is_put = "", False
    for kind, text in section.tokens:
        if kind == "literal":
            shown += text
        elif kind in ("digit", "general") and not is_put:
            shown += number
            is_put = True
    return shown


def _elapsed(section: _Section, days: float) -> str:
    """Elapsed hours, minutes or seconds, and the smaller units after them."""
    seconds = round(days * 86_400)
    shown, previous = "", ""
    for kind, text in section.tokens:
        unit = text[0].lower() if text else ""
        if kind == "elapsed":
            shown += str(seconds // {"h": 3600, "m": 60, "s": 1}[unit]).zfill(len(text))
        elif kind == "time" and unit != previous:
            shown += f"{seconds // {'m': 60, 's': 1}.get(unit, 3600) % 60:02}"
        elif kind == "literal":
            shown += text
        previous = unit if kind == "time" else ""
    return shown.strip()
