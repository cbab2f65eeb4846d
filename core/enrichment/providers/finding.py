"""Values that the product's own texts say: labelled texts, numbers, measures, flags, days.

Each finder abstains where the texts say nothing, or two things, or take back what they name.
Options: `options.py`.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator

from core.attributes.definitions import AttributeType
from core.enrichment.prompts.questions import AskedAttribute
from core.enrichment.providers.evidence import Fact, Facts, Found, words
from core.enrichment.providers.negation import NEGATIONS, is_denied

LABELLED, MENTIONED, ONLY_ONE = 0.9, 0.6, 0.5
"""Confidence by the kind of evidence: `Colour: red`; a feature that is named; the only number with
the right unit."""

NEAR_CHARACTERS = 25
"""So far from the attribute's name a number may stand."""

_NUMBER = r"(?<![\w.,])(?<!\d[-–])(?<!\d [-–] )[+-]?[0-9]+(?:\.[0-9]+)?(?!\d)(?![.,]\d)"
"""Not the end of a range: `3-5 kg` is no weight."""

_DAY = r"(?<!\d)[0-9]{4}-[0-9]{2}-[0-9]{2}(?!\d)"
_YES, _NO = ("yes", "true", "ja", "oui"), ("no", "false", "nein", "non")

_UNITS = (
    ("g", "gram", "grams", "gramm"),
    ("kg", "kilogram", "kilograms", "kilo"),
    ("mg", "milligram", "milligrams"),
    ("lb", "lbs", "pound", "pounds"),
    ("oz", "ounce", "ounces"),
    ("mm", "millimeter", "millimeters", "millimetre", "millimetres"),
    ("cm", "centimeter", "centimeters", "centimetre", "centimetres"),
    ("m", "meter", "meters", "metre", "metres"),
    ("in", "inch", "inches", "zoll", '"', "″", "”", "''"),
    ("ml", "milliliter", "milliliters", "millilitre", "millilitres"),
    ("l", "liter", "liters", "litre", "litres"),
    ("w", "watt", "watts"),
    ("v", "volt", "volts"),
    ("hz", "hertz"),
    ("gb", "gigabyte", "gigabytes"),
    ("mb", "megabyte", "megabytes"),
    ("min", "minute", "minutes"),
    ("h", "hour", "hours"),
    ("s", "sec", "second", "seconds"),
)
"""Spellings of one unit. Nothing is converted."""


def find_text(asked: AskedAttribute, facts: Facts) -> Found | None:
    """What stands behind the attribute's name and a colon: `Material: steel`."""
    label = _label(asked)
    pattern = re.compile(rf"(?i)\b{label}\s*[:=]\s*([^.;|,:\n]{{1,200}})")
    found = _only((m.group(1).strip(), fact) for fact in facts for m in pattern.finditer(fact.text))
    if found is None:
        return None
    value, sources = found
    if not value or (asked.max_characters is not None and len(value) > asked.max_characters):
        return None
    if asked.definition.type is AttributeType.RICH_TEXT:
        value = html.escape(value)  # a text is found, not mark-up
    return Found(value, sources, LABELLED)


def find_number(asked: AskedAttribute, facts: Facts) -> Found | None:
    """A number beside the attribute's name: `Response time: 5`, `12 megapixels`."""
    label = _label(asked)
    behind = re.compile(rf"(?i)\b{label}\b[^\d.,;+-]{{0,{NEAR_CHARACTERS}}}({_NUMBER})")
    before = re.compile(rf"(?i)({_NUMBER})\s?[x×-]?\s?{label}\b")
    found = _only(said for pattern in (behind, before) for said in _said(pattern, facts))
    if found is None or not _fits(found[0], asked):
        return None
    return Found(_plain_number(found[0]), found[1], LABELLED)


def find_measure(asked: AskedAttribute, facts: Facts) -> Found | None:
    """A number with the attribute's own unit: beside its name, else the only one there is."""
    unit = asked.definition.unit or ""
    with_unit = rf"({_NUMBER})\s?-?(?:{_unit_pattern(unit)})"
    near = re.compile(rf"(?i)\b{_label(asked)}\b[^\d.,;+-]{{0,{NEAR_CHARACTERS}}}{with_unit}")
    anywhere = re.compile(rf"(?i){with_unit}")
    for pattern, confidence in ((near, LABELLED), (anywhere, ONLY_ONE)):
        found = _only(_said(pattern, facts))
        if found is not None and _fits(found[0], asked) and _has_sign(found[0], unit):
            value = {"value": _plain_number(found[0]), "unit": unit}
            return Found(value, found[1], confidence)
    return None


def find_boolean(asked: AskedAttribute, facts: Facts) -> Found | None:
    """Only what the texts say: `Bluetooth: yes`, `without Bluetooth`, or the feature by name. What
    they take back in other words (`Bluetooth is not on board`) is not known."""
    label = _label(asked)
    labelled = re.compile(rf"(?i)\b{label}\s*[:=]\s*([^\W\d_]+)")
    without = re.compile(rf"(?i)\b(?:no|not|without|ohne|kein|keine|sans)\s+{label}\b")
    named = re.compile(rf"(?i)\b{label}\b(?:\s*[:=]|\s+(?:is|are|ist|sind|est))?\s*([^\W\d_]*)")
    said: list[tuple[str, Fact, float]] = []
    for fact in facts:
        known = [m.group(1).casefold() for m in labelled.finditer(fact.text)]
        known = [word for word in known if word in (*_YES, *_NO)]
        if known:
            said += [("true" if word in _YES else "false", fact, LABELLED) for word in known]
        elif without.search(fact.text):
            said.append(("false", fact, MENTIONED))
        else:
            for match in named.finditer(fact.text):
                if match.group(1).casefold() in NEGATIONS or is_denied(fact.text[: match.start()]):
                    return None
                said.append(("true", fact, MENTIONED))
    found = _only((value, fact) for value, fact, _ in said)
    if found is None:
        return None
    return Found(found[0] == "true", found[1], max(confidence for _, _, confidence in said))


def find_date(asked: AskedAttribute, facts: Facts) -> Found | None:
    """A day beside the attribute's name: `Release date: 2026-03-01`."""
    pattern = re.compile(rf"(?i)\b{_label(asked)}\b[^\d;]{{0,{NEAR_CHARACTERS}}}({_DAY})")
    found = _only(_said(pattern, facts))
    return None if found is None else Found(found[0], found[1], LABELLED)


def _said(pattern: re.Pattern[str], facts: Facts) -> Iterator[tuple[str, Fact]]:
    """The values that the pattern finds, but for those that the text takes back."""
    for fact in facts:
        for match in pattern.finditer(fact.text):
            if not is_denied(fact.text[: match.start(1)]):
                yield match.group(1), fact


def _has_sign(number: str, unit: str) -> bool:
    """May a measure in this unit have the number's sign? A dash before a weight is a dash."""
    folded = unit.casefold()
    return not number.startswith("-") or not any(
        folded in spellings for spellings in _UNITS if "v" not in spellings
    )


def _only(candidates: Iterator[tuple[str, Fact]]) -> tuple[str, tuple[str, ...]] | None:
    """The value that all candidates agree on, and where it stands; None where they do not."""
    sources: dict[str, dict[str, None]] = {}
    spellings: Counter[str] = Counter()
    for value, fact in candidates:
        sources.setdefault(value.casefold(), {})[fact.attribute] = None
        spellings[value] += 1
    if len(sources) != 1:
        return None
    return spellings.most_common(1)[0][0], tuple(next(iter(sources.values())))


def _label(asked: AskedAttribute) -> str:
    """The attribute's words, with blanks, hyphens or nothing between them; a plural is as good."""
    own = [re.escape(word) for word in words(asked.definition.name)]
    return r"[\s_-]*".join(own) + "s?" if own else r"(?!)"


def _unit_pattern(unit: str) -> str:
    folded = unit.casefold()
    spellings = next((s for s in _UNITS if folded in s), (folded,))
    ordered = sorted({*spellings, folded} - {""}, key=len, reverse=True)
    return (
        "|".join(re.escape(s) + (r"(?!\w)" if s[-1].isalnum() else "") for s in ordered) or r"(?!)"
    )


def _plain_number(text: str) -> int | float:
    number = float(text)
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _fits(text: str, asked: AskedAttribute) -> bool:
    """Within the attribute's own limits, so that the rules let it pass."""
    definition = asked.definition
    number = float(text)
    decimals = len(text.partition(".")[2].rstrip("0"))
    return (
        (definition.min is None or number >= definition.min)
        and (definition.max is None or number <= definition.max)
        and (definition.decimals is None or decimals <= definition.decimals)
        and len(text) <= 15
    )
