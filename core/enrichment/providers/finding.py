"""Finds values in the product's own texts: labelled texts, numbers, measures, flags, days.

Each finder abstains if the texts state no value, several values, or a negation. Options:
`options.py`.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator

from core.attributes.definitions import AttributeType
from core.enrichment.prompts.questions import RequestedAttribute
from core.enrichment.providers.evidence import Fact, Facts, Found, words
from core.enrichment.providers.negation import NEGATIONS, is_denied

LABELLED, MENTIONED, ONLY_ONE = 0.9, 0.6, 0.5
"""Confidence by the kind of evidence: `Colour: red`; a feature that is named; the only number with
the right unit."""

NEAR_CHARACTERS = 25
"""The longest distance between an attribute's name and its number."""

_NUMBER = r"(?<![\w.,])(?<!\d[-–])(?<!\d [-–] )[+-]?[0-9]+(?:\.[0-9]+)?(?!\d)(?![.,]\d)"
"""Not the end of a range: `3-5 kg` is not a weight."""

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
"""The spellings of each unit. Nothing is converted."""


def find_text(attribute: RequestedAttribute, facts: Facts) -> Found | None:
    """The text after the attribute's name and a colon: `Material: steel`."""
    label = _label(attribute)
    pattern = re.compile(rf"(?i)\b{label}\s*[:=]\s*([^.;|,:\n]{{1,200}})")
    found = _only((m.group(1).strip(), fact) for fact in facts for m in pattern.finditer(fact.text))
    if found is None:
        return None
    value, sources = found
    if not value or (
        attribute.max_characters is not None and len(value) > attribute.max_characters
    ):
        return None
    if attribute.definition.type is AttributeType.RICH_TEXT:
        value = html.escape(value)  # the found text is plain, not mark-up
    return Found(value, sources, LABELLED)


def find_number(attribute: RequestedAttribute, facts: Facts) -> Found | None:
    """A number beside the attribute's name: `Response time: 5`, `12 megapixels`."""
    label = _label(attribute)
    behind = re.compile(rf"(?i)\b{label}\b[^\d.,;+-]{{0,{NEAR_CHARACTERS}}}({_NUMBER})")
    before = re.compile(rf"(?i)({_NUMBER})\s?[x×-]?\s?{label}\b")
    found = _only(match for pattern in (behind, before) for match in _stated(pattern, facts))
    if found is None or not _fits(found[0], attribute):
        return None
    return Found(_plain_number(found[0]), found[1], LABELLED)


def find_measure(attribute: RequestedAttribute, facts: Facts) -> Found | None:
    """A number with the attribute's own unit: the one beside its name, or else the only one."""
    unit = attribute.definition.unit or ""
    with_unit = rf"({_NUMBER})\s?-?(?:{_unit_pattern(unit)})"
    near = re.compile(rf"(?i)\b{_label(attribute)}\b[^\d.,;+-]{{0,{NEAR_CHARACTERS}}}{with_unit}")
    anywhere = re.compile(rf"(?i){with_unit}")
    for pattern, confidence in ((near, LABELLED), (anywhere, ONLY_ONE)):
        found = _only(_stated(pattern, facts))
        if found is not None and _fits(found[0], attribute) and _has_sign(found[0], unit):
            value = {"value": _plain_number(found[0]), "unit": unit}
            return Found(value, found[1], confidence)
    return None


def find_boolean(attribute: RequestedAttribute, facts: Facts) -> Found | None:
    """A flag that the texts state: `Bluetooth: yes`, `without Bluetooth`, or the feature by name.
    Abstains on a negation in other words (`Bluetooth is not on board`)."""
    label = _label(attribute)
    labelled = re.compile(rf"(?i)\b{label}\s*[:=]\s*([^\W\d_]+)")
    without = re.compile(rf"(?i)\b(?:no|not|without|ohne|kein|keine|sans)\s+{label}\b")
    named = re.compile(rf"(?i)\b{label}\b(?:\s*[:=]|\s+(?:is|are|ist|sind|est))?\s*([^\W\d_]*)")
    stated: list[tuple[str, Fact, float]] = []
    for fact in facts:
        known = [m.group(1).casefold() for m in labelled.finditer(fact.text)]
        known = [word for word in known if word in (*_YES, *_NO)]
        if known:
            stated += [("true" if word in _YES else "false", fact, LABELLED) for word in known]
        elif without.search(fact.text):
            stated.append(("false", fact, MENTIONED))
        else:
            for match in named.finditer(fact.text):
                if match.group(1).casefold() in NEGATIONS or is_denied(fact.text[: match.start()]):
                    return None
                stated.append(("true", fact, MENTIONED))
    found = _only((value, fact) for value, fact, _ in stated)
    if found is None:
        return None
    return Found(found[0] == "true", found[1], max(confidence for _, _, confidence in stated))


def find_date(attribute: RequestedAttribute, facts: Facts) -> Found | None:
    """A day beside the attribute's name: `Release date: 2026-03-01`."""
    pattern = re.compile(rf"(?i)\b{_label(attribute)}\b[^\d;]{{0,{NEAR_CHARACTERS}}}({_DAY})")
    found = _only(_stated(pattern, facts))
    return None if found is None else Found(found[0], found[1], LABELLED)


def _stated(pattern: re.Pattern[str], facts: Facts) -> Iterator[tuple[str, Fact]]:
    """The values that the pattern finds, except those that the text negates."""
    for fact in facts:
        for match in pattern.finditer(fact.text):
            if not is_denied(fact.text[: match.start(1)]):
                yield match.group(1), fact


def _has_sign(number: str, unit: str) -> bool:
    """May a measure in this unit have the number's sign? Before a weight, `-` is only a dash."""
    folded = unit.casefold()
    return not number.startswith("-") or not any(
        folded in spellings for spellings in _UNITS if "v" not in spellings
    )


def _only(candidates: Iterator[tuple[str, Fact]]) -> tuple[str, tuple[str, ...]] | None:
    """The value that all candidates agree on, and its attributes; None if they disagree."""
    sources: dict[str, dict[str, None]] = {}
    spellings: Counter[str] = Counter()
    for value, fact in candidates:
        sources.setdefault(value.casefold(), {})[fact.attribute] = None
        spellings[value] += 1
    if len(sources) != 1:
        return None
    return spellings.most_common(1)[0][0], tuple(next(iter(sources.values())))


def _label(attribute: RequestedAttribute) -> str:
    """A pattern of the attribute's words, separated by blanks, hyphens or nothing; also plural."""
    own = [re.escape(word) for word in words(attribute.definition.name)]
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


def _fits(text: str, attribute: RequestedAttribute) -> bool:
    """Is the number within the attribute's own limits, so that the rules accept it?"""
    definition = attribute.definition
    number = float(text)
    decimals = len(text.partition(".")[2].rstrip("0"))
    return (
        (definition.min is None or number >= definition.min)
        and (definition.max is None or number <= definition.max)
        and (definition.decimals is None or decimals <= definition.decimals)
        and len(text) <= 15
    )
