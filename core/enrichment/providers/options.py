"""Options that the product's texts name. Those that a text takes back are not named by any."""

from __future__ import annotations

import re
from collections.abc import Mapping

from core.attributes.definitions import AttributeType
from core.enrichment.prompts.questions import AskedAttribute
from core.enrichment.providers.evidence import Facts, Found, apart, words
from core.enrichment.providers.negation import is_denied

OPTION_ALONE, ONE_OF_SEVERAL = 0.7, 0.5
"""Confidence: an option that occurs; one that occurs more often than others."""

OPTION_MIN_CHARACTERS = 3
"""A shorter option (`S`, `XL`) occurs by chance, and so do numbers; it counts only behind the
attribute's name."""

_PLAIN = re.compile(r"[\w\s-]+")
"""Options of words alone are found however they are joined (`light-blue`); others, such as `C++`,
`a.b` or `S/M`, as they are written."""

_GOES_ON = r"(?![^\W_])(?![+#]+(?!\w))"
"""Behind a word: `C` is not named by `C++`, but `red` is by `red+blue`."""


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
    confidence = OPTION_ALONE if len(longest) == 1 else ONE_OF_SEVERAL
    return Found(chosen[0], longest[chosen[0]], confidence)


def _naming(option: str, asked: AskedAttribute, facts: Facts) -> tuple[str, ...]:
    """Attributes whose texts name the option; none if one of them takes it back."""
    own = words(option)
    if not own:
        return ()
    near = [fact for fact in facts if f" {own[-1]} " in fact.spaced]
    if not near:
        return ()  # the quick way out for nearly all: no pattern is made
    pattern = _pattern(option, own, asked)
    sources = []
    for fact in near:
        text = apart(fact.text)
        places = [text[: match.start("option")] for match in pattern.finditer(text)]
        if any(is_denied(before) for before in places):
            return ()
        if places:
            sources.append(fact.attribute)
    return tuple(sources)


def _pattern(option: str, own: tuple[str, ...], asked: AskedAttribute) -> re.Pattern[str]:
    """A mention, as the group `option`. `own` are the option's words."""
    joined = "".join(own)
    if _PLAIN.fullmatch(option):
        named = r"[\W_]+".join(map(re.escape, own))
        length, end = len(" ".join(own)), _GOES_ON
    else:
        named = r"\s+".join(map(re.escape, apart(option).split()))
        length, last = len(option), option.rstrip()[-1]
        end = rf"(?![^\W_])(?!{re.escape(last)})"
    label = ""
    if length < OPTION_MIN_CHARACTERS or joined.isdigit():
        label = r"[\W_]+".join(map(re.escape, words(asked.definition.name)))
        label = rf"(?<![^\W_]){label}[\W_]+" if label else r"(?!)"
    return re.compile(rf"(?i)(?:{label})(?<![^\W_])(?P<option>{named}){end}")


def _is_part_of_another(option: str, hits: Mapping[str, tuple[str, ...]], facts: Facts) -> bool:
    own = f" {' '.join(words(option))} "
    for other in hits:
        longer = f" {' '.join(words(other))} "
        if own != longer and own in longer:
            alone = (f.spaced.replace(longer, " | ") for f in facts)
            if not any(own in text for text in alone):
                return True
    return False
