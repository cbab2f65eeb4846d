"""Values that the product's own texts say: options, labelled texts, numbers, flags, days.

Each finder abstains where the texts say nothing, or two things.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator

from core.attributes.definitions import AttributeType
from core.enrichment.providers.evidence import Fact, Facts, Found, words
from core.enrichment.questions import AskedAttribute

LABELLED, OPTION_ALONE, MENTIONED, ONLY_ONE = 0.9, 0.7, 0.6, 0.5
"""Confidence by the kind of evidence: `Colour: red`; an option that occurs; a feature that is
named; the only number with the right unit."""

OPTION_MIN_CHARACTERS = 3
"""A shorter option (`S`, `XL`) occurs by chance; it counts only behind the attribute's name."""

NEAR_CHARACTERS = 25
"""So far from the attribute's name a number may stand."""

_NUMBER = r"(?<![\w.,])[+-]?[0-9]+(?:\.[0-9]+)?(?!\d)(?![.,]\d)"
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


def find_options(asked: AskedAttribute, facts: Facts) -> Found | None:
    """The option that the texts name with most words, or all that they name."""
    hits = {
        option: sources
        for option in asked.definition.options
        if (sources := _naming(option, asked, facts))
    }
    if not hits:
        return None
    # "light blue" names blue only as a part of a longer option
    longest = {o: s for o, s in hits.items() if not _is_part_of_another(o, hits, facts)}
    if asked.definition.type is AttributeType.MULTIPLE_SELECT:
        sources = tuple(dict.fromkeys(name for found in longest.values() for name in found))
        return Found(list(longest), sources, OPTION_ALONE)
    best = max(len(sources) for sources in longest.values())
    chosen = [option for option, sources in longest.items() if len(sources) == best]
    if len(chosen) != 1:
        return None
    confidence = OPTION_ALONE if len(longest) == 1 else ONLY_ONE
    return Found(chosen[0], longest[chosen[0]], confidence)


def _naming(option: str, asked: AskedAttribute, facts: Facts) -> tuple[str, ...]:
    """Attributes whose texts name the option."""
    phrase = " ".join(words(option))
    if not phrase:
        return ()
    if len(phrase) < OPTION_MIN_CHARACTERS or phrase.isdigit():
        phrase = f"{' '.join(words(asked.definition.name))} {phrase}"
    return tuple(fact.attribute for fact in facts if f" {phrase} " in fact.spaced)


def _is_part_of_another(option: str, hits: dict[str, tuple[str, ...]], facts: Facts) -> bool:
    own = f" {' '.join(words(option))} "
    for other in hits:
        longer = f" {' '.join(words(other))} "
        if own != longer and own in longer:
            alone = (f.spaced.replace(longer, " | ") for f in facts)
            if not any(own in text for text in alone):
                return True
    return False


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
    found = _only(
        (m.group(1), fact)
        for fact in facts
        for pattern in (behind, before)
        for m in pattern.finditer(fact.text)
    )
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
        found = _only((m.group(1), fact) for fact in facts for m in pattern.finditer(fact.text))
        if found is not None and _fits(found[0], asked):
            value = {"value": _plain_number(found[0]), "unit": unit}
            return Found(value, found[1], confidence)
    return None


def find_boolean(asked: AskedAttribute, facts: Facts) -> Found | None:
    """Only what the texts say: `Bluetooth: yes`, `without Bluetooth`, or the feature by name."""
    label = _label(asked)
    said: list[tuple[str, Fact, float]] = []
    for fact in facts:
        for match in re.finditer(rf"(?i)\b{label}\s*[:=]\s*([^\W\d_]+)", fact.text):
            word = match.group(1).casefold()
            if word in (*_YES, *_NO):
                said.append(("true" if word in _YES else "false", fact, LABELLED))
        if said and said[-1][1] is fact:
            continue
        if re.search(rf"(?i)\b(?:no|not|without|ohne|kein|keine|sans)\s+{label}\b", fact.text):
            said.append(("false", fact, MENTIONED))
        elif re.search(rf"(?i)\b{label}\b", fact.text):
            said.append(("true", fact, MENTIONED))
    found = _only((value, fact) for value, fact, _ in said)
    if found is None:
        return None
    return Found(found[0] == "true", found[1], max(confidence for _, _, confidence in said))


def find_date(asked: AskedAttribute, facts: Facts) -> Found | None:
    """A day beside the attribute's name: `Release date: 2026-03-01`."""
    pattern = re.compile(rf"(?i)\b{_label(asked)}\b[^\d;]{{0,{NEAR_CHARACTERS}}}({_DAY})")
    found = _only((m.group(1), fact) for fact in facts for m in pattern.finditer(fact.text))
    return None if found is None else Found(found[0], found[1], LABELLED)


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
